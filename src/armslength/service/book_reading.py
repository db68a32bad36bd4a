"""What a person asks of the books: accounts, balances, the way of a lot, what is owed, exports, checks, a statement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from armslength.connectors.book_csv import book_csv
from armslength.connectors.book_journal import beancount_text, ledger_text
from armslength.connectors.focus import Tariff, focus_csv
from armslength.errors import Problem, UnknownName, nearest
from armslength.model.accounts import private_book, tree
from armslength.model.book import Account, Balance, Book, Recorded
from armslength.model.statement import Open, Statement
from armslength.service.agreement_checks import agreements
from armslength.service.book_checks import BOOK_CHECKS, WHOLE_CHECKS, BookRead
from armslength.service.book_statement import statement
from armslength.store.books import Books
from armslength.store.scope import Scope

_PAGE = 5_000
FORMATS = ("csv", "ledger", "beancount", "focus")


@dataclass(frozen=True, slots=True)
class Held:
    """An account of a book with what stands on it.

    Attributes:
        book: id of the book.
        account: the account.
        balance: its four counters.
    """

    book: str
    account: Account
    balance: Balance


@dataclass(frozen=True, slots=True)
class Stop:
    """One station on the way of a lot.

    Attributes:
        recorded: the event.
        moves: (account, signed amount, unit): debits positive.
    """

    recorded: Recorded
    moves: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The way of a lot through the books.

    Attributes:
        lot: id of the lot.
        stops: events which moved it, by business time.
        now: accounts on which something of it stands.
    """

    lot: str
    stops: tuple[Stop, ...]
    now: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of one named check.

    Attributes:
        name: the check.
        problems: what it found; none is good.
    """

    name: str
    problems: tuple[Problem, ...]


def the_book(books: Books, scope: Scope, name: str) -> Book:
    """Returns a book by its id, or the private book of an organisation named.

    Raises:
        UnknownName: when the scope sees no such book.
    """
    seen = {book.id: book for book in books.books(scope)}
    found = seen.get(name) or seen.get(private_book(name))
    if found is None:
        hint = nearest(name, [*seen, *(id.partition("/")[2] for id in seen)]) or f"books: {', '.join(seen) or 'none'}"
        raise UnknownName(f"there is no book `{name}`", hint=hint)
    return found


def all_events(books: Books, scope: Scope, book: str) -> Iterator[Recorded]:
    """Yields every event of a book, page by page."""
    after = -1
    while page := books.events(scope, book, after=after, limit=_PAGE):
        yield from page
        after = page[-1].sequence_count


def held(
    books: Books,
    scope: Scope,
    names: Sequence[str],
    prefix: str = "",
    *,
    as_of: date | None = None,
    recorded_at: datetime | None = None,
) -> tuple[Held, ...]:
    """Returns the accounts of some books with their balances.

    Args:
        books: the books.
        scope: whose eyes.
        names: ids of the books.
        prefix: beginning of the accounts' paths.
        as_of: last business day counted; all when None.
        recorded_at: only what the ledger had taken by then; all when None.
    """
    effective = end_of(as_of) if as_of else None
    found = []
    for name in names:
        balances = books.balances(scope, name, prefix, effective_at=effective, recorded_at=recorded_at)
        by_id = {balance.account: balance for balance in balances}
        found += [
            Held(name, account, by_id[account.id])
            for account in books.accounts(scope, name, prefix)
            if account.id in by_id
        ]
    return tuple(found)


def end_of(day: date) -> datetime:
    """Returns the last instant of a day, UTC."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1) - timedelta(microseconds=1)


def trace(books: Books, scope: Scope, lot: str) -> Trace:
    """Returns the way of a lot through all books that the scope sees.

    Raises:
        UnknownName: when no account of theirs is that lot's.
    """
    stops: list[Stop] = []
    now: list[Held] = []
    lots: set[str] = set()
    for book in books.books(scope):
        units = {row.id: row.unit for row in books.accounts(scope, book.id)}
        mine = {name for name in units if name.rpartition("/")[2] == lot and tree(name) != "external"}
        lots |= {name.rpartition("/")[2] for name in units if tree(name) in ("slot", "title", "custody", "use")}
        if not mine:
            continue
        now += [row for row in held(books, scope, [book.id]) if row.account.id in mine and _stands(row.balance)]
        for row in all_events(books, scope, book.id):
            if row.event.kind in ("post", "post_reserved", "reverse", "reserve", "void", "expire"):
                moves = tuple(
                    (entry.account, entry.amount_count * (1 if entry.side == "debit" else -1), units[entry.account])
                    for entry in row.moved
                    if entry.account in mine
                )
                stops += [Stop(row, moves)] if moves else []
    if not stops and not now:
        hint = nearest(lot, lots) or f"lots here: {', '.join(sorted(lots)[:12]) or 'none'}"
        raise UnknownName(f"no account is that of a lot `{lot}`", hint=hint)
    stops.sort(key=lambda stop: (stop.recorded.event.effective_at, stop.recorded.recorded_at))
    return Trace(lot, tuple(stops), tuple(now))


def owed(books: Books, scope: Scope, first: str, second: str, as_of: date | None = None) -> tuple[Open, ...]:
    """Returns what stands open between two organisations, as the first one's book has it.

    Raises:
        UnknownName: when the scope does not see the first one's book, or sees others but none of the second one.
    """
    found = state(books, scope, first, as_of)
    rows = tuple(row for row in found.open if row.counterparty == second)
    if not rows and len(scope.organisations) > 1:
        the_book(books, scope, second)
    return rows


def state(books: Books, scope: Scope, organisation: str, as_of: date | None = None) -> Statement:
    """Returns an organisation's statement.

    Raises:
        UnknownName: when the scope does not see its book.
    """
    own = the_book(books, scope, organisation)
    mine = own.members[0]
    shared = [book for book in books.books(scope) if book.kind == "agreement" and mine in book.members]
    rows = {book.id: tuple(all_events(books, scope, book.id)) for book in (own, *shared)}
    units = {row.id: row.unit for row in books.accounts(scope, own.id)}
    heads = {}
    for book in (own, *shared):
        head = books.checkpoint(scope, book.id)
        heads[book.id] = f"{head.size_count}:{head.root}"
    return statement(mine, rows, units, as_of or datetime.now(UTC).date(), heads)


def exported(books: Books, scope: Scope, book: str, form: str, tariff: Tariff) -> Iterator[str]:
    """Yields the lines of a book in one of FORMATS."""
    found = the_book(books, scope, book).id
    rows = all_events(books, scope, found)
    accounts = books.accounts(scope, found)
    match form:
        case "csv":
            return book_csv(rows, {row.id: row.unit for row in accounts})
        case "ledger":
            return ledger_text(rows, accounts)
        case "beancount":
            return beancount_text(rows, accounts)
        case _:
            return focus_csv(rows, tariff)


def verify(books: Books, scope: Scope) -> tuple[Checked, ...]:
    """Makes every named check on all books that the scope sees."""
    reads = [_read(books, scope, book) for book in books.books(scope)]
    found = [
        Checked(check.__name__, tuple(problem for read in reads for problem in check(read))) for check in BOOK_CHECKS
    ]
    agreed = agreements(reads, lambda book, digest: books.blob_get(scope, book, digest))
    found += [Checked(check.__name__, tuple(check(reads))) for check in WHOLE_CHECKS]
    return (*found, Checked("agreements", tuple(agreed)))


def heads(books: Books, scope: Scope) -> Mapping[str, tuple[int, str]]:
    """Returns length and root of every book the scope sees."""
    found = (books.checkpoint(scope, book.id) for book in books.books(scope))
    return {head.book: (head.size_count, head.root) for head in found}


def _read(books: Books, scope: Scope, book: Book) -> BookRead:
    """A book as of its present length: what is recorded meanwhile is left for the next time."""
    rows = tuple(all_events(books, scope, book.id))
    balances = {row.account: row for row in books.balances(scope, book.id)}
    head = books.checkpoint(scope, book.id)
    return BookRead(book, rows, balances, head.size_count, head.root)


def _stands(balance: Balance) -> bool:
    return (
        balance.debits_posted_count != balance.credits_posted_count
        or balance.debits_pending_count != 0
        or balance.credits_pending_count != 0
    )
