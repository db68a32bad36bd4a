"""What a decision needs to know about the books, and what it leaves behind.

A ``World`` is the part of the books that some groups can touch, as loaded by a store. A decision never alters it: it works on
a ``Draft``, and only an accepted one is applied.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from armslength.model.book import Balance, Book, Entry, Event, Limit, Recorded, Refusal
from armslength.proof.tree import Frontier

Key = tuple[str, str]
Counters = tuple[int, int, int, int]
"""Posted debits, posted credits, pending debits, pending credits."""


@dataclass(slots=True)
class BookState:
    """A book and the end of its log."""

    book: Book
    number: int = 0
    size_count: int = 0
    recorded_at: datetime | None = None
    sealed_at: datetime | None = None
    frontier: Frontier = field(default_factory=Frontier)

    def copy(self) -> "BookState":
        """Returns an equal state that may be altered."""
        return BookState(self.book, self.number, self.size_count, self.recorded_at, self.sealed_at, self.frontier)


@dataclass(slots=True)
class AccountState:
    """An account and its four counters, never one signed number.

    ``version`` counts the events that touched it; ``sampled`` is the version at which a store last took snapshots.
    """

    book: str
    id: str
    unit: str
    limit: Limit
    number: int = 0
    closed: bool = False
    version: int = 0
    debits_posted: int = 0
    credits_posted: int = 0
    debits_pending: int = 0
    credits_pending: int = 0
    asserted_at: datetime | None = None
    sampled: int = 0

    @property
    def counters(self) -> Counters:
        """The four counters, in their order."""
        return self.debits_posted, self.credits_posted, self.debits_pending, self.credits_pending

    def copy(self) -> "AccountState":
        """Returns an equal state that may be altered."""
        return AccountState(
            self.book,
            self.id,
            self.unit,
            self.limit,
            self.number,
            self.closed,
            self.version,
            self.debits_posted,
            self.credits_posted,
            self.debits_pending,
            self.credits_pending,
            self.asserted_at,
            self.sampled,
        )

    def headroom(self, side: str) -> int | None:
        """Returns how much its limit still lets go on a side, None if any; what is pending counts as used."""
        if side == "debit" and self.limit == "debits_must_not_exceed_credits":
            return self.credits_posted - self.debits_posted - self.debits_pending
        if side == "credit" and self.limit == "credits_must_not_exceed_debits":
            return self.debits_posted - self.credits_posted - self.credits_pending
        return None

    def balance(self) -> Balance:
        """Returns the counters as a noun."""
        return balance_of(self.id, self.unit, self.counters)


def balance_of(account: str, unit: str, counters: Sequence[int]) -> Balance:
    """Returns four counters as a noun."""
    return Balance(
        account=account,
        unit=unit,
        debits_posted_count=counters[0],
        credits_posted_count=counters[1],
        debits_pending_count=counters[2],
        credits_pending_count=counters[3],
    )


@dataclass(slots=True)
class Past:
    """An event already in the books, with what has become of it since.

    Attributes:
        event: as submitted.
        group: id of its group.
        moved: what it moved.
        recorded: the event as kept; None until its leaf is made.
        outcome: ``posted``, ``voided`` or ``expired`` of a reservation, ``reversed`` of a posting; empty while it stands.
        cleared: per account, how much of it is settled.
        due_at: when a reservation lapses.
    """

    event: Event
    group: str
    moved: tuple[Entry, ...]
    recorded: Recorded | None = None
    outcome: str = ""
    cleared: dict[str, int] = field(default_factory=dict)
    due_at: datetime | None = None

    def standing(self, account: str) -> int:
        """Returns what it posted on an account: debits less credits."""
        if self.event.kind not in {"post", "post_reserved", "reverse"}:
            return 0
        return sum(
            entry.amount_count if entry.side == "debit" else -entry.amount_count
            for entry in self.moved
            if entry.account == account
        )


@dataclass(frozen=True, slots=True)
class Failed:
    """An id that was refused for good, and the digest of the event that had it."""

    code: Refusal
    digest: bytes


@dataclass(slots=True)
class World:
    """What is loaded of the books. What is missing from a map does not exist.

    Attributes:
        books: by id.
        accounts: by book and id.
        pasts: events by organisation and id: those the groups name, and those whose ids they use.
        failed: ids refused for good, by organisation and id.
        posted_as_of: per book, account and instant that an assertion names: posted debits and credits.
    """

    books: dict[str, BookState] = field(default_factory=dict)
    accounts: dict[Key, AccountState] = field(default_factory=dict)
    pasts: dict[Key, Past] = field(default_factory=dict)
    failed: dict[Key, Failed] = field(default_factory=dict)
    posted_as_of: dict[tuple[str, str, datetime], tuple[int, int]] = field(default_factory=dict)


class Movement(NamedTuple):
    """What one event changes on one account: what is added to each counter, and what the counters are then."""

    account: AccountState
    added: Counters
    after: Counters


@dataclass(slots=True)
class Act:
    """One event of an accepted group and everything it does."""

    event: Event
    sequence_count: int
    recorded_at: datetime
    moved: tuple[Entry, ...] = ()
    versions: dict[str, int] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    outcome: str = ""
    due_at: datetime | None = None


@dataclass(slots=True)
class Draft:
    """The changes of one group, laid over a world."""

    world: World
    group: str
    recorded_at: datetime
    acts: list[Act] = field(default_factory=list)
    books: dict[str, BookState] = field(default_factory=dict)
    accounts: dict[Key, AccountState] = field(default_factory=dict)
    pasts: dict[Key, Past] = field(default_factory=dict)

    def book(self, name: str) -> BookState:
        """Returns a book's state, which may be altered."""
        state = self.books.get(name)
        if state is None:
            state = self.books[name] = self.world.books[name].copy()
        return state

    def seen_book(self, name: str) -> BookState:
        """Returns a book's state, to be read only."""
        return self.books.get(name) or self.world.books[name]

    def seen(self, book: str, account: str) -> AccountState | None:
        """Returns an account's state, to be read only."""
        key = (book, account)
        return self.accounts.get(key) or self.world.accounts.get(key)

    def account(self, book: str, account: str) -> AccountState:
        """Returns the state of an account that exists, which may be altered."""
        key = (book, account)
        state = self.accounts.get(key)
        if state is None:
            state = self.accounts[key] = self.world.accounts[key].copy()
        return state

    def past(self, event: Event, name: str) -> Past | None:
        """Returns an event that another one names: of the same organisation, in the same book."""
        key = (event.organisation, name)
        past = self.pasts.get(key) or self.world.pasts.get(key)
        return past if past is not None and past.event.book == event.book else None

    def alter_past(self, past: Past) -> Past:
        """Returns a past event's state, which may be altered."""
        key = (past.event.organisation, past.event.id)
        if key not in self.pasts:
            self.pasts[key] = replace(past, cleared=dict(past.cleared))
        return self.pasts[key]


@dataclass(frozen=True, slots=True)
class Known:
    """All of a group was accepted before: its events as they were recorded then."""

    recorded: tuple[Recorded, ...]


def apply(world: World, draft: Draft) -> None:
    """Makes the changes of an accepted group part of the world."""
    world.books.update(draft.books)
    world.accounts.update(draft.accounts)
    world.pasts.update(draft.pasts)
