"""What each kind of event does to the books, once nothing stands against it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from armslength.ledger.checking import (
    Why,
    asserted,
    earliest,
    enterable,
    no_event,
    over,
    usable,
    wrong_fields,
    wrong_times,
)
from armslength.ledger.state import AccountState, Act, Draft, Movement, Past
from armslength.model.book import Entry, Event, Refusal
from armslength.proof.encoding import touched_accounts

OPPOSITE = {"debit": "credit", "credit": "debit"}
_RESOLVED = {
    "posted": Refusal.ALREADY_POSTED,
    "voided": Refusal.ALREADY_VOIDED,
    "expired": Refusal.ALREADY_EXPIRED,
}
_OUTCOMES = {"post_reserved": "posted", "void": "voided", "expire": "expired", "reverse": "reversed"}
_POSTING = frozenset({"post", "post_reserved"})
# Where an account's posted and pending counters begin among its four.
_POSTED, _PENDING = 0, 2


def act(draft: Draft, event: Event, recorded_at: datetime, *, by_writer: bool) -> Why | None:
    """Adds what an event does to the draft, or returns why it may not be done; the draft is then of no use."""
    whys = [*wrong_fields(event, by_writer=by_writer), *wrong_times(draft, event, recorded_at)]
    whys += _KINDS[event.kind](draft, event, bool(whys), recorded_at)
    if whys:
        return earliest(whys)
    done = draft.acts[-1]
    draft.pasts[event.organisation, event.id] = Past(event, draft.group, done.moved, due_at=done.due_at)
    return None


def _begin(draft: Draft, event: Event, recorded_at: datetime) -> Act:
    book = draft.book(event.book)
    done = Act(event, book.size_count, recorded_at)
    book.size_count += 1
    book.recorded_at = recorded_at
    draft.acts.append(done)
    return done


def _number(draft: Draft, done: Act) -> None:
    """Gives an event that moves nothing its place in the own order of each account that it touches."""
    for name in touched_accounts(done.event, ()):
        state = draft.account(done.event.book, name)
        state.version += 1
        done.versions[name] = state.version


def _move(draft: Draft, done: Act, *changes: tuple[Sequence[Entry], int, int]) -> Iterator[Why]:
    """Changes the counters and yields what then breaks a limit. Several changes of one account are one movement.

    Args:
        draft: the group's changes so far.
        done: the event's.
        changes: entries, the first of the two counters that they change, and 1 to add or -1 to take away.
    """
    added: dict[str, list[int]] = {}
    for entries, first, sign in changes:
        for entry in entries:
            if entry.account not in added:
                added[entry.account] = [0, 0, 0, 0]
            added[entry.account][first + (entry.side == "credit")] += sign * entry.amount_count
    for name, (debits, credits_, debits_held, credits_held) in added.items():
        state = draft.account(done.event.book, name)
        state.debits_posted += debits
        state.credits_posted += credits_
        state.debits_pending += debits_held
        state.credits_pending += credits_held
        state.version += 1
        done.versions[name] = state.version
        done.movements.append(Movement(state, (debits, credits_, debits_held, credits_held), state.counters))
        if (debits or credits_) and (why := asserted(done.event, state)):
            yield why
        if why := over(state):
            yield why


def _post(draft: Draft, event: Event, stopped: bool, recorded_at: datetime) -> Iterator[Why]:
    whys = [*enterable(draft, event, event.entries)]
    if whys or stopped:
        yield from whys
        return
    done = _begin(draft, event, recorded_at)
    done.moved = _cut(draft, event) if event.up_to else event.entries
    if event.kind == "post":
        yield from _move(draft, done, (done.moved, _POSTED, 1))
        return
    if event.timeout_seconds is not None:
        done.due_at = draft.recorded_at + timedelta(seconds=event.timeout_seconds)
    yield from _move(draft, done, (done.moved, _PENDING, 1))


def _cut(draft: Draft, event: Event) -> tuple[Entry, ...]:
    """Returns the two entries, cut to what both accounts' limits allow."""
    rooms = [draft.account(event.book, entry.account).headroom(entry.side) for entry in event.entries]
    amount = min((event.entries[0].amount_count, *(room for room in rooms if room is not None)))
    if amount <= 0:
        return ()
    return tuple(entry.model_copy(update={"amount_count": amount}) for entry in event.entries)


def _resolve(draft: Draft, event: Event, stopped: bool, recorded_at: datetime) -> Iterator[Why]:
    """Posts, voids or lets lapse what is reserved. What is not posted is released."""
    past = draft.past(event, event.of) if event.of else None
    whys = [*_not_reserved(draft, event, past)]
    held = past.moved if past and past.event.kind == "reserve" else ()
    posted = (event.entries or held) if event.kind == "post_reserved" else ()
    whys += enterable(draft, event, posted)
    whys += _exceeds(event, held)
    if whys or stopped or past is None:
        yield from whys
        return
    done = _begin(draft, event, recorded_at)
    done.moved = posted or held
    done.outcome = draft.alter_past(past).outcome = _OUTCOMES[event.kind]
    done.due_at = past.due_at
    yield from _move(draft, done, (posted, _POSTED, 1), (held, _PENDING, -1))


def _not_reserved(draft: Draft, event: Event, past: Past | None) -> Iterator[Why]:
    if event.of and past is None:
        yield no_event(event, event.of)
    elif past and past.event.kind != "reserve":
        yield Why(Refusal.NOT_RESERVED, f"{past.event.id} is no reservation but a {past.event.kind}")
    elif past and past.outcome:
        yield Why(_RESOLVED[past.outcome], f"the reservation {past.event.id} is already {past.outcome}")
    elif past and event.effective_at < past.event.effective_at:
        yield Why(Refusal.NOT_RESERVED, f"it takes effect before the reservation {past.event.id}", "date it later")
    elif past and past.due_at and past.due_at <= draft.recorded_at and event.kind != "expire":
        yield Why(Refusal.ALREADY_EXPIRED, f"the reservation {past.event.id} expired at {past.due_at.isoformat()}")


def _exceeds(event: Event, held: tuple[Entry, ...]) -> Iterator[Why]:
    """Yields where more is posted than was reserved on an account and side."""
    if not held:
        return
    room: dict[tuple[str, str], int] = {}
    for entry in held:
        room[entry.account, entry.side] = room.get((entry.account, entry.side), 0) + entry.amount_count
    for entry in event.entries:
        left = room.get((entry.account, entry.side), 0) - entry.amount_count
        room[entry.account, entry.side] = left
        if left < 0:
            message = f"{entry.side}s of {entry.account} exceed what {event.of} reserved by {-left}"
            yield Why(Refusal.EXCEEDS_RESERVED, message, "post at most what is reserved")


def _reverse(draft: Draft, event: Event, stopped: bool, recorded_at: datetime) -> Iterator[Why]:
    past = draft.past(event, event.of) if event.of else None
    whys = [no_event(event, event.of)] if event.of and past is None else []
    if past and past.event.kind in _POSTING and event.effective_at < past.event.effective_at:
        whys.append(Why(Refusal.NOT_REVERSIBLE, f"it takes effect before {past.event.id}", "date it later"))
    if past and past.event.kind not in _POSTING:
        whys.append(
            Why(Refusal.NOT_REVERSIBLE, f"{past.event.id} is a {past.event.kind}; only what is posted can be reversed")
        )
    elif past and past.outcome:
        whys.append(Why(Refusal.ALREADY_REVERSED, f"{past.event.id} is already reversed"))
    elif past and any(past.cleared.values()):
        whys.append(
            Why(Refusal.NOT_REVERSIBLE, f"part of {past.event.id} is cleared", "book the opposite as a new event")
        )
    moved = past.moved if past else ()
    whys += usable(draft, event, [entry.account for entry in moved])
    if whys or stopped or past is None:
        yield from whys
        return
    done = _begin(draft, event, recorded_at)
    done.moved = tuple(entry.model_copy(update={"side": OPPOSITE[entry.side]}) for entry in moved)
    done.outcome = draft.alter_past(past).outcome = "reversed"
    yield from _move(draft, done, (done.moved, _POSTED, 1))


def _open(draft: Draft, event: Event, stopped: bool, recorded_at: datetime) -> Iterator[Why]:
    opens = event.opens
    if opens is not None and draft.seen(event.book, opens.id):
        yield Why(Refusal.ACCOUNT_EXISTS, f"book {event.book} has an account {opens.id} already")
        return
    if opens is None or stopped:
        return
    draft.accounts[event.book, opens.id] = AccountState(event.book, opens.id, opens.unit, opens.limit)
    _number(draft, _begin(draft, event, recorded_at))


def _close(draft: Draft, event: Event, stopped: bool, recorded_at: datetime) -> Iterator[Why]:
    """Closes an account, or opens it again."""
    if event.account is None:
        return
    closing = event.kind == "close_account"
    whys = [*usable(draft, event, [event.account], closed_too=not closing)]
    state = draft.seen(event.book, event.account)
    if state and not closing and not state.closed:
        whys.append(Why(Refusal.ACCOUNT_NOT_CLOSED, f"account {event.account} is not closed"))
    if whys or stopped:
        yield from whys
        return
    draft.account(event.book, event.account).closed = closing
    _number(draft, _begin(draft, event, recorded_at))


def _clear(draft: Draft, event: Event, stopped: bool, recorded_at: datetime) -> Iterator[Why]:
    whys = [*usable(draft, event, [clearing.account for clearing in event.clearings], closed_too=True)]
    for clearing in event.clearings:
        sides = [draft.past(event, name) for name in (clearing.item, clearing.by)]
        whys += [
            no_event(event, name) for name, past in zip((clearing.item, clearing.by), sides, strict=True) if not past
        ]
        pasts = [draft.alter_past(past) for past in sides if past]
        standing = [past.standing(clearing.account) for past in pasts]
        settled = any(past.event.kind == "reverse" or past.outcome == "reversed" for past in pasts)
        if len(pasts) == 2 and (standing[0] * standing[1] >= 0 or settled):
            message = f"{clearing.item} and {clearing.by} do not stand open on opposite sides of {clearing.account}"
            whys.append(Why(Refusal.NOTHING_TO_CLEAR, message))
            continue
        for past, amount in zip(pasts, standing, strict=True):
            past.cleared[clearing.account] = past.cleared.get(clearing.account, 0) + clearing.amount_count
            left = abs(amount) - past.cleared[clearing.account]
            if left < 0 and len(pasts) == 2:
                message = (
                    f"of {past.event.id} on {clearing.account} only {left + clearing.amount_count} is left to clear"
                )
                whys.append(Why(Refusal.EXCEEDS_RESIDUAL, message))
    if whys or stopped:
        yield from whys
        return
    _number(draft, _begin(draft, event, recorded_at))


def _assert(draft: Draft, event: Event, stopped: bool, recorded_at: datetime) -> Iterator[Why]:
    asserts = event.asserts
    if asserts is None:
        return
    whys = [*usable(draft, event, [asserts.account], closed_too=True)]
    if asserts.as_of_at > recorded_at:
        message = f"it speaks of {asserts.as_of_at.isoformat()}, later than now"
        whys.append(Why(Refusal.FUTURE_EFFECT, message, "assert what is past"))
    if not whys:
        debits, credits_ = _posted_as_of(draft, event, asserts.account, asserts.as_of_at)
        held, said = debits - credits_, asserts.debits_count - asserts.credits_count
        if held != said:
            message = f"{asserts.account} held {_sided(held)} at {asserts.as_of_at.isoformat()}, not {_sided(said)}"
            whys.append(Why(Refusal.ASSERTION_FAILED, message, "find the missing event, or correct the account first"))
    if whys or stopped:
        yield from whys
        return
    state = draft.account(event.book, asserts.account)
    state.asserted_at = max(asserts.as_of_at, state.asserted_at or asserts.as_of_at)
    _number(draft, _begin(draft, event, recorded_at))


def _posted_as_of(draft: Draft, event: Event, account: str, as_of_at: datetime) -> tuple[int, int]:
    """Returns what is posted to an account, earlier events of the same group included."""
    debits, credits_ = draft.world.posted_as_of.get((event.book, account, as_of_at), (0, 0))
    for done in draft.acts:
        if done.event.book == event.book and done.event.effective_at <= as_of_at:
            for movement in done.movements:
                if movement.account.id == account:
                    debits += movement.added[0]
                    credits_ += movement.added[1]
    return debits, credits_


def _sided(amount: int) -> str:
    return f"{abs(amount)} on the {'credit' if amount < 0 else 'debit'} side"


def _seal(draft: Draft, event: Event, stopped: bool, recorded_at: datetime) -> Iterator[Why]:
    if not stopped:
        draft.book(event.book).sealed_at = event.effective_at
        _begin(draft, event, recorded_at)
    yield from ()


def _record(draft: Draft, event: Event, stopped: bool, recorded_at: datetime) -> Iterator[Why]:
    if not stopped:
        _begin(draft, event, recorded_at)
    yield from ()


_KINDS: dict[str, Callable[[Draft, Event, bool, datetime], Iterator[Why]]] = {
    "post": _post,
    "reserve": _post,
    "post_reserved": _resolve,
    "void": _resolve,
    "expire": _resolve,
    "reverse": _reverse,
    "open_account": _open,
    "close_account": _close,
    "reopen_account": _close,
    "clear": _clear,
    "assert_balance": _assert,
    "seal": _seal,
    "record": _record,
}
