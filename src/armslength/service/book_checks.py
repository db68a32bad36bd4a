"""Named checks of whole books, made again from the events alone: nothing here is shared with the ledger's own code."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from armslength.errors import Problem
from armslength.model.accounts import MIRRORS, serial, tree
from armslength.model.book import Account, Balance, Book, Entry, Recorded
from armslength.proof.encoding import bytes_of, leaf_of
from armslength.proof.tree import Frontier, append, root_of

_FOUR = ("debits_posted", "credits_posted", "debits_pending", "credits_pending")
_RESOLVES = ("post_reserved", "void", "expire")
_POSTS = ("post", "post_reserved", "reverse")
_Key = tuple[str, str]
# What one device can have only one of at a time.
_ONE_OF = {"title": "owner", "custody": "place", "use": "user"}


@dataclass(slots=True)
class BookRead:
    """One book as it was read.

    Attributes:
        book: the book.
        rows: its events, in its order.
        balances: the balances which the store keeps, by account.
        size_count: length of its log as the store says.
        root: root of its log as the store says.
    """

    book: Book
    rows: Sequence[Recorded]
    balances: Mapping[str, Balance]
    size_count: int
    root: str
    accounts: dict[str, Account] = field(init=False)

    def __post_init__(self) -> None:
        self.accounts = {row.event.opens.id: row.event.opens for row in self.rows if row.event.opens is not None}

    def say(self, row: Recorded, message: str) -> Problem:
        """Returns a problem at an event."""
        return Problem(f"{self.book.id} event {row.sequence_count} ({row.event.id})", message)


def dense_sequence(read: BookRead) -> Iterator[Problem]:
    """Events are numbered from 0 without a gap, and each is recorded later than the one before."""
    before: datetime | None = None
    for place, row in enumerate(read.rows):
        if row.sequence_count != place:
            yield read.say(row, f"stands at place {place}, so an event is missing or stands twice")
        if before is not None and row.recorded_at <= before:
            yield read.say(row, f"is recorded at {row.recorded_at}, not after the one before it at {before}")
        before = row.recorded_at
    if read.size_count != len(read.rows):
        message = f"the log says {read.size_count:,} events, but {len(read.rows):,} were read"
        yield Problem(read.book.id, message)


def balanced_events(read: BookRead) -> Iterator[Problem]:
    """In each event, per unit, debits equal credits."""
    for row in read.rows:
        sums: Counter[str] = Counter()
        for entry in row.moved:
            sums[read.accounts[entry.account].unit] += (
                entry.amount_count if entry.side == "debit" else -entry.amount_count
            )
        for unit, amount in sums.items():
            if amount:
                yield read.say(row, f"moves {amount:+,} {unit} more debit than credit")


def balances_are_the_fold(read: BookRead) -> Iterator[Problem]:
    """The balances that the store keeps are what the events come to."""
    last: Mapping[str, Counter[str]] = defaultdict(Counter)
    for _, state in _states(read):
        last = state
    for name in read.accounts:
        kept, made = read.balances.get(name), last.get(name, Counter())
        for counter in _FOUR:
            stored = getattr(kept, f"{counter}_count") if kept else 0
            if stored != made[counter]:
                message = f"{counter.replace('_', ' ')} are kept as {stored:,}; the events come to {made[counter]:,}"
                yield Problem(f"{read.book.id} account {name}", message)


def limits_hold(read: BookRead) -> Iterator[Problem]:
    """No account breaks its limit at any event, what is reserved counted."""
    for row, state in _states(read):
        for name in {entry.account for entry in row.moved}:
            limit, counters = read.accounts[name].limit, state[name]
            debits, credits = counters["debits_posted"], counters["credits_posted"]
            if limit == "credits_must_not_exceed_debits" and credits + counters["credits_pending"] > debits:
                yield read.say(row, f"leaves {name} with more credits than debits")
            if limit == "debits_must_not_exceed_credits" and debits + counters["debits_pending"] > credits:
                yield read.say(row, f"leaves {name} with more debits than credits")


def reservations_end_once(read: BookRead) -> Iterator[Problem]:
    """A reservation is posted, voided or lapses at most once, and no more is posted than was reserved."""
    reserved = {_named(row, row.event.id): row for row in read.rows if row.event.kind == "reserve"}
    ended: set[_Key] = set()
    for row in read.rows:
        of = _named(row, row.event.of)
        if row.event.kind not in _RESOLVES:
            continue
        if of not in reserved:
            yield read.say(row, f"ends `{row.event.of}`, which is no reservation")
            continue
        if of in ended:
            yield read.say(row, f"ends `{row.event.of}` a second time")
        ended.add(of)
        held = _by_side(reserved[of].moved)
        for key, amount in _by_side(row.moved).items():
            if amount > held[key]:
                yield read.say(row, f"moves {amount:,} on {key[0]}, but only {held[key]:,} were reserved")


def reversals_are_exact(read: BookRead) -> Iterator[Problem]:
    """A reversal is the exact inversion of one event, and happens once."""
    by_id = {_named(row, row.event.id): row for row in read.rows}
    done: set[_Key] = set()
    for row in read.rows:
        of = _named(row, row.event.of)
        if row.event.kind != "reverse":
            continue
        if of in done:
            yield read.say(row, f"reverses `{row.event.of}` a second time")
        done.add(of)
        turned = {
            (name, "credit" if side == "debit" else "debit"): n for (name, side), n in _by_side(row.moved).items()
        }
        if of not in by_id or turned != _by_side(by_id[of].moved):
            yield read.say(row, f"is not the exact inversion of `{row.event.of}`")


def clearing_leaves_no_debt_below_zero(read: BookRead) -> Iterator[Problem]:
    """What settles an open item is never more than the item, nor more than what settles it."""
    posted = {_named(row, row.event.id): _by_side(row.moved) for row in read.rows}
    applied: Counter[tuple[_Key, str]] = Counter()
    for row in read.rows:
        for clearing in row.event.clearings:
            for name in (clearing.item, clearing.by):
                key = _named(row, name)
                applied[key, clearing.account] += clearing.amount_count
                most = max(posted.get(key, Counter())[clearing.account, side] for side in ("debit", "credit"))
                if applied[key, clearing.account] > most:
                    yield read.say(row, f"clears more of `{name}` on {clearing.account} than it has")


def sealed_stays_sealed(read: BookRead) -> Iterator[Problem]:
    """Nothing is booked at or before a seal."""
    watermark: datetime | None = None
    for row in read.rows:
        if watermark is not None and row.event.effective_at <= watermark:
            yield read.say(row, f"takes effect at {row.event.effective_at}, but the book is sealed to {watermark}")
        if row.event.kind == "seal":
            watermark = max(watermark or row.event.effective_at, row.event.effective_at)


def assertions_hold(read: BookRead) -> Iterator[Problem]:
    """What outside documents said an account held is still so."""
    for row in read.rows:
        said = row.event.asserts
        if said is None:
            continue
        net = sum(
            entry.amount_count if entry.side == "debit" else -entry.amount_count
            for other in read.rows
            if other.event.kind in _POSTS and other.event.effective_at <= said.as_of_at
            for entry in other.moved
            if entry.account == said.account
        )
        if net != said.debits_count - said.credits_count:
            message = (
                f"asserted {said.debits_count - said.credits_count:,} on {said.account}; the events come to {net:,}"
            )
            yield read.say(row, message)


def leaves_and_root(read: BookRead) -> Iterator[Problem]:
    """Each leaf is the hash of its event, and the leaves come to the root of the log."""
    leaves: list[bytes] = []
    for row in read.rows:
        content = bytes_of(row)
        if leaf_of(content, bytes.fromhex(row.salt)).hex() != row.leaf:
            yield read.say(row, "is not what its leaf was made from: it was altered")
        leaves.append(bytes.fromhex(row.leaf))
    frontier, _ = append(Frontier(), leaves)
    if root_of(frontier).hex() != read.root:
        yield Problem(
            read.book.id, f"the leaves come to root {root_of(frontier).hex()[:16]}, the log says {read.root[:16]}"
        )


def mirrors(reads: Sequence[BookRead]) -> Iterator[Problem]:
    """What one organisation says that another owes, was given or gave, that other says too."""
    owners = {read.book.members[0] for read in reads if read.book.kind == "private"}
    sides: dict[tuple[str, str, str, str, str], int] = defaultdict(int)
    for read in reads:
        if read.book.kind != "private":
            continue
        own = read.book.members[0]
        for row in read.rows:
            if row.event.kind not in _POSTS:
                continue
            for entry in row.moved:
                parts = entry.account.split("/")
                if parts[0] in MIRRORS and len(parts) > 2 and parts[1] in owners:
                    signed = entry.amount_count if entry.side == "debit" else -entry.amount_count
                    sides[own, parts[1], parts[0], "/".join(parts[2:]), read.accounts[entry.account].unit] += signed
    for (own, other, name, what, unit), amount in sorted(sides.items()):
        back = sides.get((other, own, MIRRORS[name], what, unit), 0)
        if amount != -back:
            message = f"{name} {other} for {what} stands at {amount:+,} {unit}; in the other's book at {back:+,}"
            yield Problem(f"private book of {own}", message)


def serial_numbers(reads: Sequence[BookRead]) -> Iterator[Problem]:
    """A device with a serial number has one owner, one place and one user at a time, whoever's books say so."""
    for (kind, number), moves in sorted(_devices(reads).items()):
        said: Counter[str] = Counter()
        stands: Counter[str] = Counter()
        for at, same in groupby(sorted(moves, key=lambda move: move.at), key=lambda move: move.at):
            for move in same:
                said[move.where] += move.amount
                stands[move.where] += move.amount * move.stands
            # A booking that was taken back is no fault; what others passed on because of it is none either.
            if min(sum((+said).values()), sum((+stands).values())) > 1:
                where = " and ".join(sorted(+stands))
                message = f"it has more than one {_ONE_OF[kind]} from {at} on: {where}"
                yield Problem(
                    f"serial number {number}", message, "reverse what is wrong, in both books if it was passed on"
                )
                break


@dataclass(frozen=True, slots=True)
class _DeviceMove:
    """One entry on an account of a device: when, on which account of whom, debits positive; and if it was not taken back."""

    at: datetime
    where: str
    amount: int
    stands: bool


def _devices(reads: Sequence[BookRead]) -> dict[tuple[str, str], list[_DeviceMove]]:
    """Returns what happened to each device in each of the trees, over all private books."""
    found: dict[tuple[str, str], list[_DeviceMove]] = defaultdict(list)
    for read in reads:
        if read.book.kind != "private":
            continue
        undone = {row.event.of for row in read.rows if row.event.kind == "reverse"}
        for row in read.rows:
            stands = row.event.kind != "reverse" and row.event.id not in undone
            for entry in row.moved if row.event.kind in _POSTS else ():
                number, kind = serial(entry.account), tree(entry.account)
                if number is not None and kind in _ONE_OF:
                    amount = entry.amount_count if entry.side == "debit" else -entry.amount_count
                    where = f"{entry.account} in {read.book.id}"
                    found[kind, number].append(_DeviceMove(row.event.effective_at, where, amount, stands))
    return found


BOOK_CHECKS: tuple[Callable[[BookRead], Iterable[Problem]], ...] = (
    dense_sequence,
    balanced_events,
    balances_are_the_fold,
    limits_hold,
    reservations_end_once,
    reversals_are_exact,
    clearing_leaves_no_debt_below_zero,
    sealed_stays_sealed,
    assertions_hold,
    leaves_and_root,
)
# Of all books together.
WHOLE_CHECKS: tuple[Callable[[Sequence[BookRead]], Iterable[Problem]], ...] = (mirrors, serial_numbers)


def titles(checks: Iterable[Callable[..., object]] = (*BOOK_CHECKS, *WHOLE_CHECKS)) -> dict[str, str]:
    """Returns each check's name with what it asks, in a sentence."""
    return {check.__name__: (check.__doc__ or "").strip() for check in checks}


def _named(row: Recorded, name: str | None) -> _Key:
    """Returns what tells an event that this one names from all others: ids are each organisation's own."""
    return row.event.organisation, name or ""


def _by_side(entries: Iterable[Entry]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        found[entry.account, entry.side] += entry.amount_count
    return found


def _states(read: BookRead) -> Iterator[tuple[Recorded, Mapping[str, Counter[str]]]]:
    """Yields each event with the counters of all accounts after it."""
    state: dict[str, Counter[str]] = defaultdict(Counter)
    reserved: dict[_Key, Recorded] = {}
    for row in read.rows:
        kind = row.event.kind
        if kind == "reserve":
            reserved[_named(row, row.event.id)] = row
        if kind in _RESOLVES and _named(row, row.event.of) in reserved:
            _add(state, reserved[_named(row, row.event.of)].moved, "pending", -1)
        if kind not in ("void", "expire"):
            _add(state, row.moved, "pending" if kind == "reserve" else "posted", 1)
        yield row, state


def _add(state: dict[str, Counter[str]], entries: Iterable[Entry], what: str, sign: int) -> None:
    for entry in entries:
        state[entry.account][f"{entry.side}s_{what}"] += sign * entry.amount_count
