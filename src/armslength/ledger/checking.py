"""Checks that several kinds of event share. Each yields every reason it finds; the earliest in the list is the answer."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from armslength.ledger.state import AccountState, Draft
from armslength.model.book import LARGEST_AMOUNT, Entry, Event, Refusal
from armslength.proof.encoding import unencodable

_ORDER = {code: place for place, code in enumerate(Refusal)}

_PARTS = ("entries", "up_to", "timeout_seconds", "of", "opens", "account", "clearings", "asserts")
# Per kind: the fields it needs, and those it may have besides.
FIELDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    kind: (frozenset(needs.split()), frozenset(may.split()))
    for kind, needs, may in (
        ("open_account", "opens", ""),
        ("close_account", "account", ""),
        ("reopen_account", "account", ""),
        ("post", "entries", "up_to"),
        ("reserve", "entries", "timeout_seconds"),
        ("post_reserved", "of", "entries"),
        ("void", "of", ""),
        ("expire", "of", ""),
        ("reverse", "of", ""),
        ("clear", "clearings", ""),
        ("assert_balance", "asserts", ""),
        ("seal", "", ""),
        ("record", "", ""),
    )
}
_JUST_ENTRIES = (True, False, False, False, False, False, False, False)


class Why(NamedTuple):
    """A reason to refuse: which, in words, and what to do next."""

    code: Refusal
    message: str
    hint: str = ""


def earliest(whys: Iterable[Why]) -> Why | None:
    """Returns the reason that stands first in the list of refusals, or None when there is none."""
    return min(whys, key=lambda why: _ORDER[why.code], default=None)


def wrong_fields(event: Event, *, by_writer: bool) -> Iterator[Why]:
    """Yields what is wrong with an event by itself."""
    used = (
        bool(event.entries),
        event.up_to,
        event.timeout_seconds is not None,
        event.of is not None,
        event.opens is not None,
        event.account is not None,
        bool(event.clearings),
        event.asserts is not None,
    )
    if not (used == _JUST_ENTRIES and event.kind in {"post", "reserve"}):
        yield from _fields(event, {name for name, given in zip(_PARTS, used, strict=True) if given})
    if event.body or event.reason or event.evidence:
        for name in ("body", "reason", "evidence"):
            flaw = unencodable(getattr(event, name))
            if flaw:
                yield _wrong(f"`{name}` holds {flaw}")
    if event.corrects and not event.reason.strip():
        yield _wrong("`corrects` needs a `reason`")
    if event.kind == "record" and not event.topic:
        yield _wrong("a record needs a `topic`")
    if not by_writer and (event.kind == "expire" or event.id.startswith("ledger:")):
        yield _wrong(
            "expiries, and ids that begin with `ledger:`, are the ledger's own", "void the reservation instead"
        )


def _fields(event: Event, used: set[str]) -> Iterator[Why]:
    needs, may = FIELDS[event.kind]
    for name in sorted(needs - used):
        yield _wrong(f"{event.kind} needs `{name}`")
    for name in sorted(used - needs - may):
        yield _wrong(f"{event.kind} has no use for `{name}`")
    if event.up_to and (
        len(event.entries) != 2
        or event.entries[0].amount_count != event.entries[1].amount_count
        or event.entries[0].side == event.entries[1].side
    ):
        yield _wrong("`up_to` needs two entries, a debit and a credit of equal amount")
    if event.asserts and event.asserts.debits_count and event.asserts.credits_count:
        yield _wrong("an asserted balance stands on one side", "give the difference of debits and credits")


def _wrong(message: str, hint: str = "") -> Why:
    return Why(Refusal.WRONG_FIELDS, message, hint)


def wrong_times(draft: Draft, event: Event, recorded_at: datetime) -> Iterator[Why]:
    """Yields what is wrong with when an event takes effect."""
    if event.effective_at > recorded_at:
        message = f"it takes effect at {event.effective_at.isoformat()}, later than now, {recorded_at.isoformat()}"
        yield Why(Refusal.FUTURE_EFFECT, message, "reserve it, or record it when it happens")
    sealed_at = draft.seen_book(event.book).sealed_at
    if sealed_at is not None and event.effective_at <= sealed_at:
        message = f"book {event.book} is sealed up to {sealed_at.isoformat()}"
        yield Why(Refusal.SEALED, message, "book a correction in the open period, with `corrects`")
    if event.corrects and draft.past(event, event.corrects) is None:
        yield no_event(event, event.corrects)


def no_event(event: Event, name: str) -> Why:
    """Returns that an event named does not exist."""
    message = f"{event.organisation} has no event {name} in book {event.book}"
    return Why(Refusal.UNKNOWN_EVENT, message, "events of other books and organisations cannot be named")


def usable(draft: Draft, event: Event, accounts: Iterable[str], *, closed_too: bool = False) -> Iterator[Why]:
    """Yields which accounts do not exist or are closed."""
    for name in accounts:
        state = draft.seen(event.book, name)
        if state is None:
            yield Why(
                Refusal.UNKNOWN_ACCOUNT, f"book {event.book} has no account {name}", "open it with `open_account` first"
            )
        elif state.closed and not closed_too:
            yield Why(Refusal.ACCOUNT_CLOSED, f"account {name} is closed", "open it again with `reopen_account`")


def enterable(draft: Draft, event: Event, entries: Sequence[Entry]) -> Iterator[Why]:
    """Yields which accounts do not exist or are closed, and the units in which debits and credits on the others differ."""
    sums: dict[str, int] = {}
    for entry in entries:
        state = draft.seen(event.book, entry.account)
        if state is None or state.closed:
            yield from usable(draft, event, (entry.account,))
        if state is not None:
            amount = entry.amount_count if entry.side == "debit" else -entry.amount_count
            sums[state.unit] = sums.get(state.unit, 0) + amount
    for unit, difference in sums.items():
        if difference:
            more, less = ("debits", "credits") if difference > 0 else ("credits", "debits")
            yield Why(Refusal.UNBALANCED, f"in {unit} its {more} exceed its {less} by {abs(difference)}")


def asserted(event: Event, state: AccountState) -> Why | None:
    """Returns that what an outside document said of an account would no longer hold."""
    if state.asserted_at is None or event.effective_at > state.asserted_at:
        return None
    message = f"the balance of {state.id} is asserted up to {state.asserted_at.isoformat()}"
    return Why(Refusal.ASSERTION_FAILED, message, "book a correction after that instant, with `corrects`")


def over(state: AccountState) -> Why | None:
    """Returns that an account, as changed, breaks its limit or outgrows its counters."""
    debits, credits_ = state.debits_posted + state.debits_pending, state.credits_posted + state.credits_pending
    if state.limit == "credits_must_not_exceed_debits" and credits_ > state.debits_posted:
        return _over_limit(state, "credits", credits_, "debits", state.debits_posted)
    if state.limit == "debits_must_not_exceed_credits" and debits > state.credits_posted:
        return _over_limit(state, "debits", debits, "credits", state.credits_posted)
    if debits > LARGEST_AMOUNT or credits_ > LARGEST_AMOUNT:
        return Why(Refusal.OVERFLOW, f"the counters of {state.id} would exceed {LARGEST_AMOUNT}")
    return None


def _over_limit(state: AccountState, more: str, more_count: int, less: str, less_count: int) -> Why:
    message = (
        f"{more} of {state.id} would be {more_count} {state.unit}, reserved ones included, and {less} are {less_count}"
    )
    return Why(Refusal.EXCEEDS_LIMIT, message, "book less, or void a reservation")
