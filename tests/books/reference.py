"""A second ledger, slow and plain, that says what the first one must answer.

It was written from the list of invariants and the nouns, without reading the ledger. It keeps lists and
dictionaries, applies an event at once, and takes it back if the group fails.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from armslength.model.book import STICKY, Balance, Book, Entry, Event, Group, Refusal
from books.reference_rules import (
    COUNTERS,
    OPPOSITE,
    Movement,
    Reservation,
    Shelf,
    Stop,
    Undo,
    Verdict,
    add,
    balance_of,
    balanced,
    check_fields,
    check_references,
    cut,
    effects,
    net_on,
    over,
    overflows,
    standing,
    usable,
    within,
)

FAILED = {
    "posted": Refusal.ALREADY_POSTED,
    "voided": Refusal.ALREADY_VOIDED,
    "expired": Refusal.ALREADY_EXPIRED,
}
ORDER = {code: place for place, code in enumerate(Refusal)}
# Each tree with the one that mirrors it; the first of a pair is seen from the giver's side.
MIRRORED = {"due_from": ("due", True), "due_to": ("due", False), "given": ("gift", True), "received": ("gift", False)}
Deltas = list[tuple[str, str, int]]
Act = tuple[Deltas, tuple[Entry, ...]]


class Reference:
    """All books of all organisations."""

    def __init__(self) -> None:
        self.shelves: dict[str, Shelf] = {}
        self.accepted: dict[tuple[str, str], Event] = {}
        self.failed: dict[tuple[str, str], Event] = {}
        self.undo: list[Undo] = []
        # When reservations lapse, perhaps ones that were refused or are resolved by then: a hint, nothing more.
        self.ends: list[datetime] = []
        # When the first event of the group at hand is recorded: reservations last from there, and up to there.
        self.began_at = datetime.max
        self.kinds: dict[str, Callable[[Shelf, Event, datetime], Act]] = {
            "open_account": self.open_account,
            "close_account": self.close_account,
            "reopen_account": self.reopen_account,
            "post": self.post,
            "reserve": self.reserve,
            "post_reserved": self.post_reserved,
            "void": self.void,
            "reverse": self.reverse,
            "clear": self.clear,
            "assert_balance": self.assert_balance,
            "seal": self.seal,
            "record": lambda shelf, event, at: ([], ()),
        }

    def create_book(self, book: Book) -> None:
        self.shelves[book.id] = Shelf(book)

    # -- deciding ---------------------------------------------------------------------------------------------------

    def submit(self, group: Group, at: datetime | Sequence[datetime], *, keep: bool = True) -> Verdict:
        """Applies a group, recorded at an instant or at one for each event, or leaves everything as it was.

        With ``keep`` unset it only says what the answer would be.
        """
        instants = [at] * len(group.events) if isinstance(at, datetime) else list(at)
        self.undo = []
        try:
            if self.seen_before(group):
                return Verdict(duplicate=True)
            self.began_at = instants[0]
            moved = [self.apply(event, now) for event, now in zip(group.events, instants, strict=True)]
            self.mirrors(group, moved)
        except Stop as stop:
            self.take_back()
            if keep and stop.code in STICKY:
                self.failed[stop.event.organisation, stop.event.id] = stop.event
            return Verdict(code=stop.code, event=stop.event.id, organisation=stop.event.organisation)
        if not keep:
            self.take_back()
            return Verdict(moved=tuple(moved))
        for event in group.events:
            self.accepted[event.organisation, event.id] = event
        return Verdict(moved=tuple(moved))

    def take_back(self) -> None:
        for step in reversed(self.undo):
            step()
        self.undo = []

    def seen_before(self, group: Group) -> bool:
        """Whether the whole group was accepted earlier; what its ids or books forbid is refused first."""
        for event in group.events:
            shelf = self.shelves.get(event.book)
            # To somebody who may not even read it, a book does not exist.
            if shelf is None or event.organisation not in (*shelf.noun.members, *shelf.noun.observers):
                raise Stop(Refusal.UNKNOWN_BOOK, event)
        for event in group.events:
            if event.organisation not in self.shelves[event.book].noun.members:
                raise Stop(Refusal.NOT_A_MEMBER, event)
        keys = [(event.organisation, event.id) for event in group.events]
        for place, (key, event) in enumerate(zip(keys, group.events, strict=True)):
            earlier = self.accepted.get(key, self.failed.get(key))
            if (earlier is not None and earlier != event) or key in keys[:place]:
                raise Stop(Refusal.ID_CONFLICT, event)
        known = [key in self.accepted for key in keys]
        if all(known):
            return True
        if any(known):
            raise Stop(Refusal.ID_CONFLICT, group.events[known.index(True)])
        for key, event in zip(keys, group.events, strict=True):
            if key in self.failed:
                raise Stop(Refusal.ID_ALREADY_FAILED, event)
        for book, size in group.expected_size_count.items():
            if len(self.shelves[book].events) != size:
                raise Stop(Refusal.STALE_SIZE, group.events[0])
        return False

    def apply(self, event: Event, at: datetime) -> tuple[Entry, ...]:
        shelf = self.shelves[event.book]
        check_fields(event)
        if event.effective_at > at:
            raise Stop(Refusal.FUTURE_EFFECT, event)
        if shelf.watermark is not None and event.effective_at <= shelf.watermark:
            raise Stop(Refusal.SEALED, event)
        try:
            deltas, moved = self.kinds[event.kind](shelf, event, at)
        except Stop as stop:
            if ORDER[stop.code] > ORDER[Refusal.UNKNOWN_EVENT]:
                check_references(shelf, event)
            raise
        check_references(shelf, event)
        self.move(shelf, event, at, deltas)
        shelf.events.append((event, moved, at))
        self.undo.append(shelf.events.pop)
        shelf.known[event.organisation, event.id] = event
        self.undo.append(lambda: shelf.known.pop((event.organisation, event.id)))
        return moved

    def move(self, shelf: Shelf, event: Event, at: datetime, deltas: Deltas) -> None:
        for asserted in shelf.assertions:
            if event.effective_at <= asserted.as_of_at and any(
                account == asserted.account and counter.endswith("posted") for account, counter, _ in deltas
            ):
                raise Stop(Refusal.ASSERTION_FAILED, event)
        for account, counter, amount in deltas:
            add(shelf.counters[account], counter, amount, self.undo)
            shelf.movements.append(Movement(account, counter, amount, event.effective_at, at))
            self.undo.append(shelf.movements.pop)
        touched = {account for account, _, _ in deltas}
        if any(over(shelf, account) for account in touched):
            raise Stop(Refusal.EXCEEDS_LIMIT, event)
        if any(overflows(shelf, account) for account in touched):
            raise Stop(Refusal.OVERFLOW, event)

    def mirrors(self, group: Group, moved: list[tuple[Entry, ...]]) -> None:
        """What a group moves on ``due_from/B`` in A's own book it moves on ``due_to/A`` in B's."""
        sums: dict[tuple[str, ...], int] = defaultdict(int)
        for event, entries in zip(group.events, moved, strict=True):
            shelf = self.shelves[event.book]
            if shelf.noun.kind != "private":
                continue
            for counter, entry, amount in effects(shelf, event, entries):
                parts = entry.account.split("/")
                if parts[0] not in MIRRORED or len(parts) < 2:
                    continue
                what, giver = MIRRORED[parts[0]]
                owner, other, unit = shelf.noun.members[0], parts[1], shelf.accounts[entry.account].unit
                pair = (owner, other) if giver else (other, owner)
                sums[what, *pair, unit, counter] += amount if entry.side == "debit" else -amount
        if any(sums.values()):
            raise Stop(Refusal.MIRROR_UNMATCHED, group.events[-1])

    def may_lapse(self, now: datetime) -> bool:
        """Whether a reservation may have lapsed since this was last asked."""
        before = len(self.ends)
        while self.ends and self.ends[0] <= now:
            heappop(self.ends)
        return len(self.ends) < before

    def overdue(self, now: datetime) -> list[str]:
        """Returns reservations whose time is up and which nobody has let go."""
        return [
            held.event.id
            for shelf in self.shelves.values()
            for held in shelf.reservations.values()
            if not held.resolved and held.expires_at is not None and held.expires_at <= now
        ]

    def expire(self, event: Event, at: datetime) -> None:
        """Takes over an expiry that the writer recorded, if it was due.

        Raises:
            AssertionError: if it was not.
        """
        shelf = self.shelves[event.book]
        held = shelf.reservations.get((event.organisation, event.of or ""))
        assert held is not None, f"{event.id}: nothing was reserved as {event.of}"
        assert not held.resolved, f"{event.id}: {event.of} was {held.resolved} before"
        assert held.expires_at is not None, f"{event.id}: {event.of} has no timeout"
        assert held.expires_at <= at, f"{event.id}: {event.of} expired early"
        self.undo = []
        self.resolve(held, "expired")
        self.move(shelf, event, at, _released(held))
        shelf.events.append((event, held.entries, at))
        shelf.known[event.organisation, event.id] = event
        self.accepted[event.organisation, event.id] = event

    # -- kinds ------------------------------------------------------------------------------------------------------

    def open_account(self, shelf: Shelf, event: Event, at: datetime) -> Act:
        account = event.opens
        assert account is not None
        if account.id in shelf.accounts:
            raise Stop(Refusal.ACCOUNT_EXISTS, event)
        shelf.accounts[account.id] = account
        shelf.counters[account.id] = dict.fromkeys(COUNTERS, 0)
        self.undo.append(lambda: (shelf.accounts.pop(account.id), shelf.counters.pop(account.id)))
        return [], ()

    def close_account(self, shelf: Shelf, event: Event, at: datetime) -> Act:
        usable(shelf, event, (event.account,))
        shelf.closed.add(str(event.account))
        self.undo.append(lambda: shelf.closed.discard(str(event.account)))
        return [], ()

    def reopen_account(self, shelf: Shelf, event: Event, at: datetime) -> Act:
        usable(shelf, event, (event.account,), even_closed=True)
        if event.account not in shelf.closed:
            raise Stop(Refusal.ACCOUNT_NOT_CLOSED, event)
        shelf.closed.discard(event.account)
        self.undo.append(lambda: shelf.closed.add(str(event.account)))
        return [], ()

    def post(self, shelf: Shelf, event: Event, at: datetime) -> Act:
        usable(shelf, event, [entry.account for entry in event.entries])
        balanced(shelf, event)
        entries = cut(shelf, event.entries) if event.up_to else event.entries
        self.keep(shelf.posted, event, entries)
        return _posting(entries), entries

    def reserve(self, shelf: Shelf, event: Event, at: datetime) -> Act:
        usable(shelf, event, [entry.account for entry in event.entries])
        balanced(shelf, event)
        until = None if event.timeout_seconds is None else self.began_at + timedelta(seconds=event.timeout_seconds)
        self.keep(shelf.reservations, event, Reservation(event, until))
        if until is not None:
            heappush(self.ends, until)
        return [(e.account, f"{e.side}_pending", e.amount_count) for e in event.entries], event.entries

    def post_reserved(self, shelf: Shelf, event: Event, at: datetime) -> Act:
        known = shelf.reservations.get((event.organisation, event.of or ""))
        usable(shelf, event, [entry.account for entry in event.entries or (known.entries if known else ())])
        balanced(shelf, event)
        held = self.reservation(shelf, event, at)
        entries = event.entries or held.entries
        if not within(entries, held.entries):
            raise Stop(Refusal.EXCEEDS_RESERVED, event)
        self.resolve(held, "posted")
        self.keep(shelf.posted, event, entries)
        return [*_released(held), *_posting(entries)], entries

    def void(self, shelf: Shelf, event: Event, at: datetime) -> Act:
        held = self.reservation(shelf, event, at)
        self.resolve(held, "voided")
        return _released(held), held.entries

    def reverse(self, shelf: Shelf, event: Event, at: datetime) -> Act:
        key = (event.organisation, event.of or "")
        original = shelf.posted.get(key, ())
        usable(shelf, event, [entry.account for entry in original])
        if not standing(shelf, *key):
            raise Stop(Refusal.UNKNOWN_EVENT, event)
        cleared = any(shelf.cleared[(*key, entry.account)] for entry in original)
        early = event.effective_at < shelf.known[key].effective_at
        if key not in shelf.posted or key in shelf.reversals or cleared or early:
            raise Stop(Refusal.NOT_REVERSIBLE, event)
        if key in shelf.reversed:
            raise Stop(Refusal.ALREADY_REVERSED, event)
        entries = tuple(entry.model_copy(update={"side": OPPOSITE[entry.side]}) for entry in original)
        self.keep(shelf.reversed, event, True, key)
        self.keep(shelf.reversals, event, True)
        self.keep(shelf.posted, event, entries)
        return _posting(entries), entries

    def clear(self, shelf: Shelf, event: Event, at: datetime) -> Act:
        usable(shelf, event, [clearing.account for clearing in event.clearings], even_closed=True)
        for clearing in event.clearings:
            keys = [(event.organisation, which) for which in (clearing.item, clearing.by)]
            if not all(standing(shelf, *key) for key in keys):
                raise Stop(Refusal.UNKNOWN_EVENT, event)
            nets = [net_on(shelf.posted.get(key, ()), clearing.account) for key in keys]
            settled = any(key in shelf.reversed or key in shelf.reversals for key in keys)
            if nets[0] * nets[1] >= 0 or settled:
                raise Stop(Refusal.NOTHING_TO_CLEAR, event)
            for key, net in zip(keys, nets, strict=True):
                add(shelf.cleared, (*key, clearing.account), clearing.amount_count, self.undo)
                if shelf.cleared[(*key, clearing.account)] > abs(net):
                    raise Stop(Refusal.EXCEEDS_RESIDUAL, event)
        return [], ()

    def assert_balance(self, shelf: Shelf, event: Event, at: datetime) -> Act:
        asserted = event.asserts
        assert asserted is not None
        usable(shelf, event, (asserted.account,), even_closed=True)
        held = self.balance(shelf.noun.id, asserted.account, effective_at=asserted.as_of_at)
        net = held.debits_posted_count - held.credits_posted_count
        if (max(net, 0), max(-net, 0)) != (asserted.debits_count, asserted.credits_count):
            raise Stop(Refusal.ASSERTION_FAILED, event)
        shelf.assertions.append(asserted)
        self.undo.append(shelf.assertions.pop)
        return [], ()

    def seal(self, shelf: Shelf, event: Event, at: datetime) -> Act:
        before = shelf.watermark
        shelf.watermark = event.effective_at
        self.undo.append(lambda: setattr(shelf, "watermark", before))
        return [], ()

    def reservation(self, shelf: Shelf, event: Event, at: datetime) -> Reservation:
        key = (event.organisation, event.of or "")
        if not standing(shelf, *key):
            raise Stop(Refusal.UNKNOWN_EVENT, event)
        held = shelf.reservations.get(key)
        if held is None:
            raise Stop(Refusal.NOT_RESERVED, event)
        if held.resolved:
            raise Stop(FAILED[held.resolved], event)
        if event.effective_at < held.effective_at:
            raise Stop(Refusal.NOT_RESERVED, event)
        if held.expires_at is not None and held.expires_at <= self.began_at:
            raise Stop(Refusal.ALREADY_EXPIRED, event)
        return held

    def resolve(self, held: Reservation, how: str) -> None:
        held.resolved = how
        self.undo.append(lambda: setattr(held, "resolved", ""))

    def keep(self, where: dict[Any, Any], event: Event, value: Any, key: tuple[str, str] | None = None) -> None:
        place = key or (event.organisation, event.id)
        where[place] = value
        self.undo.append(lambda: where.pop(place))

    # -- asking -----------------------------------------------------------------------------------------------------

    def balance(
        self, book: str, account: str, effective_at: datetime | None = None, recorded_at: datetime | None = None
    ) -> Balance:
        """The counters of an account, by walking through every movement of the book."""
        sums = dict.fromkeys(COUNTERS, 0)
        for movement in self.shelves[book].movements:
            late = effective_at is not None and movement.effective_at > effective_at
            late = late or (recorded_at is not None and movement.recorded_at > recorded_at)
            if movement.account == account and not late:
                sums[movement.counter] += movement.amount
        return balance_of(account, self.shelves[book].accounts[account].unit, sums)

    def balances(self, book: str) -> dict[str, Balance]:
        """The counters as kept, of every account of a book."""
        shelf = self.shelves[book]
        return {name: balance_of(name, shelf.accounts[name].unit, sums) for name, sums in shelf.counters.items()}

    def residuals(self, book: str, account: str) -> dict[tuple[str, str], int]:
        """What is open on an account: debits less credits of each posted event, less what was cleared."""
        shelf, residuals = self.shelves[book], {}
        for key, entries in shelf.posted.items():
            net = net_on(entries, account)
            rest = abs(net) - shelf.cleared[(*key, account)]
            if rest and key not in shelf.reversed and key not in shelf.reversals:
                residuals[key] = rest if net > 0 else -rest
        return residuals


def _posting(entries: Iterable[Entry]) -> Deltas:
    return [(entry.account, f"{entry.side}_posted", entry.amount_count) for entry in entries]


def _released(held: Reservation) -> Deltas:
    return [(entry.account, f"{entry.side}_pending", -entry.amount_count) for entry in held.entries]
