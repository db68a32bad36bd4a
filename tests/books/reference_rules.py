"""What the reference model keeps of a book, and the rules that need nothing else."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from armslength.model.book import LARGEST_AMOUNT, Account, Assertion, Balance, Book, Entry, Event, Refusal

Undo = Callable[[], object]
Key = tuple[str, str]
OPPOSITE = {"debit": "credit", "credit": "debit"}
COUNTERS = ("debit_posted", "credit_posted", "debit_pending", "credit_pending")
# What a kind must carry, and what it may carry besides; what every kind may carry is not listed.
NEEDS = {
    "open_account": {"opens"},
    "close_account": {"account"},
    "reopen_account": {"account"},
    "post": {"entries"},
    "reserve": {"entries"},
    "post_reserved": {"of"},
    "void": {"of"},
    "expire": {"of"},
    "reverse": {"of"},
    "clear": {"clearings"},
    "assert_balance": {"asserts"},
    "seal": set(),
    "record": set(),
}
MAY = {"post": {"up_to"}, "reserve": {"timeout_seconds"}, "post_reserved": {"entries"}}
SPECIAL = ("opens", "account", "entries", "up_to", "timeout_seconds", "of", "clearings", "asserts")


@dataclass(frozen=True)
class Verdict:
    """What the ledger must answer: what each event moves, or the code of the refusal."""

    moved: tuple[tuple[Entry, ...], ...] = ()
    code: Refusal | None = None
    event: str = ""
    organisation: str = ""
    duplicate: bool = False


@dataclass(frozen=True)
class Movement:
    """What an event did to one counter of one account."""

    account: str
    counter: str
    amount: int
    effective_at: datetime
    recorded_at: datetime


@dataclass
class Reservation:
    event: Event
    expires_at: datetime | None
    resolved: str = ""

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.event.entries

    @property
    def effective_at(self) -> datetime:
        return self.event.effective_at


@dataclass
class Shelf:
    """One book."""

    noun: Book
    accounts: dict[str, Account] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    counters: dict[str, dict[str, int]] = field(default_factory=dict)
    events: list[tuple[Event, tuple[Entry, ...], datetime]] = field(default_factory=list)
    known: dict[Key, Event] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    reservations: dict[Key, Reservation] = field(default_factory=dict)
    posted: dict[Key, tuple[Entry, ...]] = field(default_factory=dict)
    reversed: dict[Key, bool] = field(default_factory=dict)
    reversals: dict[Key, bool] = field(default_factory=dict)
    cleared: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))
    assertions: list[Assertion] = field(default_factory=list)
    watermark: datetime | None = None


class Stop(Exception):
    """A group is refused."""

    def __init__(self, code: Refusal, event: Event) -> None:
        super().__init__(code)
        self.code, self.event = code, event


def balance_of(account: str, unit: str, sums: dict[str, int]) -> Balance:
    return Balance(
        account=account,
        unit=unit,
        debits_posted_count=sums["debit_posted"],
        credits_posted_count=sums["credit_posted"],
        debits_pending_count=sums["debit_pending"],
        credits_pending_count=sums["credit_pending"],
    )


def check_fields(event: Event) -> None:
    given = {name for name in SPECIAL if getattr(event, name) not in (None, (), False)}
    allowed = NEEDS[event.kind] | MAY.get(event.kind, set())
    wrong = not NEEDS[event.kind] <= given <= allowed
    wrong = wrong or event.kind == "expire" or event.id.startswith("ledger:")
    wrong = wrong or (event.kind == "record" and not event.topic)
    wrong = wrong or (event.corrects is not None and not event.reason)
    if event.up_to:
        wrong = wrong or len(event.entries) != 2 or len({entry.amount_count for entry in event.entries}) != 1
        wrong = wrong or {entry.side for entry in event.entries} != {"debit", "credit"}
    if wrong:
        raise Stop(Refusal.WRONG_FIELDS, event)


def check_references(shelf: Shelf, event: Event) -> None:
    if event.corrects is not None and not standing(shelf, event.organisation, event.corrects):
        raise Stop(Refusal.UNKNOWN_EVENT, event)


def standing(shelf: Shelf, organisation: str, event: str) -> bool:
    """Whether an organisation has an event of that id in the book."""
    return (organisation, event) in shelf.known


def usable(shelf: Shelf, event: Event, accounts: Iterable[str | None], *, even_closed: bool = False) -> None:
    names = tuple(accounts)
    if any(name not in shelf.accounts for name in names):
        raise Stop(Refusal.UNKNOWN_ACCOUNT, event)
    if not even_closed and any(name in shelf.closed for name in names):
        raise Stop(Refusal.ACCOUNT_CLOSED, event)


def balanced(shelf: Shelf, event: Event) -> None:
    sums: dict[str, int] = defaultdict(int)
    for entry in event.entries:
        sums[shelf.accounts[entry.account].unit] += entry.amount_count if entry.side == "debit" else -entry.amount_count
    if any(sums.values()):
        raise Stop(Refusal.UNBALANCED, event)


def over(shelf: Shelf, account: str) -> bool:
    """Whether an account's limit is broken, what is pending counted in full."""
    sums, limit = shelf.counters[account], shelf.accounts[account].limit
    if limit == "debits_must_not_exceed_credits":
        return sums["debit_posted"] + sums["debit_pending"] > sums["credit_posted"]
    if limit == "credits_must_not_exceed_debits":
        return sums["credit_posted"] + sums["credit_pending"] > sums["debit_posted"]
    return False


def overflows(shelf: Shelf, account: str) -> bool:
    sums = shelf.counters[account]
    return any(sums[f"{side}_posted"] + sums[f"{side}_pending"] > LARGEST_AMOUNT for side in OPPOSITE)


def cut(shelf: Shelf, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Amounts of an ``up_to`` event: what the limits leave room for, at most what was asked."""
    amount = entries[0].amount_count
    for entry in entries:
        sums, limit = shelf.counters[entry.account], shelf.accounts[entry.account].limit
        if limit.startswith(entry.side):
            used = sums[f"{entry.side}_posted"] + sums[f"{entry.side}_pending"]
            amount = min(amount, sums[f"{OPPOSITE[entry.side]}_posted"] - used)
    return tuple(entry.model_copy(update={"amount_count": amount}) for entry in entries) if amount > 0 else ()


def within(part: Iterable[Entry], whole: Iterable[Entry]) -> bool:
    """Whether no account and side of a part has more than the whole."""
    left: dict[Key, int] = defaultdict(int)
    for entry in whole:
        left[entry.account, entry.side] += entry.amount_count
    for entry in part:
        left[entry.account, entry.side] -= entry.amount_count
    return all(amount >= 0 for amount in left.values())


def net_on(entries: Iterable[Entry], account: str) -> int:
    """Debits less credits of some entries on one account."""
    return sum(
        entry.amount_count if entry.side == "debit" else -entry.amount_count
        for entry in entries
        if entry.account == account
    )


def holdings(shelves: Iterable[Shelf], tree: str, serial: str) -> list[tuple[str, int]]:
    """Which private books say that they have a device, and how many of it: one of one, if all is well."""
    return [
        (shelf.noun.id, sums["debit_posted"] - sums["credit_posted"])
        for shelf in shelves
        for account, sums in shelf.counters.items()
        if shelf.noun.kind == "private"
        and account.startswith(f"{tree}/")
        and account.endswith(f"/{serial}")
        and sums["debit_posted"] != sums["credit_posted"]
    ]


def effects(shelf: Shelf, event: Event, moved: Iterable[Entry]) -> Iterator[tuple[str, Entry, int]]:
    """What an event does to posted and to pending sums; what lapses at another time is another sum."""
    if event.kind in {"reserve", "void", "post_reserved"}:
        held = shelf.reservations[event.organisation, event.id if event.kind == "reserve" else event.of or ""]
        for entry in held.entries:
            sign = 1 if event.kind == "reserve" else -1
            yield f"pending {held.event.timeout_seconds}", entry, sign * entry.amount_count
    if event.kind in {"post", "post_reserved", "reverse"}:
        for entry in moved:
            yield "posted", entry, entry.amount_count


def add(sums: dict[Any, int], key: Any, amount: int, undo: list[Undo]) -> None:
    sums[key] += amount
    undo.append(lambda: sums.__setitem__(key, sums[key] - amount))
