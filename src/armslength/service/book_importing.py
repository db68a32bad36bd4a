"""Brings things into the books: a case, metered use, groups of events from a file. Doing it again changes nothing."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from armslength.connectors.book_opening import ORDER, Opening, opening
from armslength.connectors.case_file import read_case
from armslength.connectors.metered import MeteredRow, metered_groups, read_metered
from armslength.errors import InputError, LedgerError, Problem
from armslength.model.accounts import private_book
from armslength.model.book import Account, Book, Event, Group, Refusal, Refused
from armslength.model.case import Case
from armslength.service.book_reading import all_events
from armslength.store.books import Books
from armslength.store.scope import Scope, scope_of

Say = Callable[[str], None]
_ACCOUNTS_PER_GROUP = 1000
_GROUPS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        made_count: groups that took effect now.
        known_count: groups that had taken effect before; nothing was changed.
        refused: groups that the books refused, in words.
        left_out: what the source says but the books cannot take, in words.
        books: books that the import needs.
    """

    made_count: int
    known_count: int
    refused: tuple[Problem, ...]
    left_out: tuple[str, ...]
    books: tuple[str, ...]


def init_books(books: Books, organisations: Sequence[str]) -> tuple[str, ...]:
    """Makes a private book for each organisation; returns the ids of the books. One that is there stays as it is."""
    operator = scope_of(*organisations, operator=True)
    made = []
    for name in organisations:
        book = Book(id=private_book(name), kind="private", members=(name,))
        books.create_book(operator, book)
        made.append(book.id)
    return tuple(made)


def import_case(
    books: Books, path: Path, *, until: date | None = None, agreements: bool = True, say: Say = lambda _: None
) -> Imported:
    """Opens the books from the case at ``path``; see :func:`bring_in`.

    Raises:
        InvalidCase: when the case has errors.
    """
    return bring_in(books, read_case(path), until=until, agreements=agreements, say=say)


def bring_in(
    books: Books,
    case: Case,
    *,
    until: date | None = None,
    agreements: bool = True,
    tables: Collection[str] = ORDER,
    say: Say = lambda _: None,
) -> Imported:
    """Opens the books from a case: holdings, then what moved by a day.

    Args:
        books: where to.
        case: any case without errors.
        until: last day counted; today when None.
        agreements: whether the case's agreements are brought in too.
        tables: which tables are brought in.
        say: hears what is being done.

    Raises:
        InputError: when an id of the case cannot stand in the books.
        LedgerError: when an account or book cannot be opened.
    """
    made = opening(case, until or datetime.now(UTC).date(), agreements=agreements, tables=tables)
    scope = scope_of(*(row.id for row in case.organisations), operator=True)
    for book in made.books:
        books.create_book(scope, book)
    begin = datetime.combine(made.begin_on, datetime.min.time(), UTC)
    open_accounts(books, scope, made.accounts, begin)
    return _submit(books, scope, made, say)


def import_metered(books: Books, scope: Scope, path: Path, say: Say = lambda _: None) -> Imported:
    """Brings in metered use from a CSV file.

    Raises:
        InputError: when the file contradicts itself, or meters more accelerators than stand energised in the books.
    """
    rows = read_metered(path)
    problems = [*_beyond(books, scope, rows)]
    if problems:
        raise InputError(f"{path}: the books hold too little for what is metered", problems=problems)
    groups, accounts = metered_groups(rows)
    earliest = min((group.events[0].effective_at for group in groups), default=datetime.now(UTC))
    open_accounts(books, scope, accounts, earliest)
    owners = tuple(dict.fromkeys(private_book(row.owner) for row in rows))
    return _submit_groups(books, scope, groups, owners, (), say)


def import_groups(books: Books, scope: Scope, path: Path, say: Say = lambda _: None) -> Imported:
    """Submits the groups of events in a JSON file: a list of groups, as the reference of the books describes them.

    Raises:
        InputError: when the file is no list of groups; every problem is listed.
    """
    try:
        groups = TypeAdapter(tuple[Group, ...]).validate_json(path.read_bytes())
    except ValidationError as error:
        found = [
            Problem(".".join(map(str, detail["loc"])) or "file", detail["msg"])
            for detail in error.errors(include_url=False, include_context=False)[:50]
        ]
        raise InputError(f"{path}: this is no list of groups of events", problems=found) from error
    named = tuple(dict.fromkeys(event.book for group in groups for event in group.events))
    return _submit_groups(books, scope, groups, named, (), say)


def open_accounts(books: Books, scope: Scope, needed: Iterable[tuple[str, Account]], begin: datetime) -> int:
    """Opens the accounts that are not open yet; returns how many.

    Raises:
        LedgerError: when one is there with another unit or limit, or cannot be opened.
    """
    by_book: dict[str, list[Account]] = defaultdict(list)
    for book, account in needed:
        by_book[book].append(account)
    opened = 0
    for book, accounts in by_book.items():
        known = {row.id: row for row in books.accounts(scope, book)}
        missing = [row for row in accounts if row.id not in known]
        for row in accounts:
            if row.id in known and known[row.id] != row:
                message = (
                    f"{book}: account {row.id} is there in {known[row.id].unit}, not {row.unit}, or with another limit"
                )
                raise LedgerError(message, code=Refusal.ACCOUNT_EXISTS.value, hint="use another id in the case")
        for start in range(0, len(missing), _ACCOUNTS_PER_GROUP):
            _open(books, scope, book, missing[start : start + _ACCOUNTS_PER_GROUP], begin)
        opened += len(missing)
    return opened


def accepted(answer: object) -> None:
    """Raises LedgerError where a group was refused."""
    if isinstance(answer, Refused):
        raise LedgerError(answer.message, code=answer.code.value, hint=answer.hint)


def _open(books: Books, scope: Scope, book: str, accounts: Sequence[Account], begin: datetime) -> None:
    organisation = book.partition("/")[2]
    events = tuple(
        Event(
            id=f"open:{row.id}"[:128],
            organisation=organisation,
            book=book,
            kind="open_account",
            effective_at=begin,
            opens=row,
        )
        for row in accounts
    )
    accepted(books.submit(scope, Group(id=events[0].id, events=events)))


def _submit(books: Books, scope: Scope, made: Opening, say: Say) -> Imported:
    names = tuple(book.id for book in made.books)
    return _submit_groups(books, scope, made.groups, names, made.left_out, say)


def _submit_groups(
    books: Books,
    scope: Scope,
    groups: Sequence[Group],
    names: tuple[str, ...],
    left_out: tuple[str, ...],
    say: Say,
) -> Imported:
    made = known = 0
    refused: list[Problem] = []
    for start in range(0, len(groups), _GROUPS_AT_ONCE):
        say(f"group {start + 1:,} of {len(groups):,}")
        part = groups[start : start + _GROUPS_AT_ONCE]
        for group, answer in zip(part, books.submit_many(scope, part), strict=True):
            if isinstance(answer, Refused):
                refused.append(_told(group, answer))
            elif answer.duplicate:
                known += 1
            else:
                made += 1
    return Imported(made, known, tuple(refused), left_out, names)


def _told(group: Group, answer: Refused) -> Problem:
    if answer.code is Refusal.ID_CONFLICT:
        message = "the source says otherwise now than when it was brought in; the books keep what was recorded"
        return Problem(group.id, message, "put it right with an event of its own that names the old one in `corrects`")
    return Problem(group.id, f"{answer.code.value}: {answer.message}", answer.hint)


def _beyond(books: Books, scope: Scope, rows: Sequence[MeteredRow]) -> Iterator[Problem]:
    """More accelerators metered than stand energised at the beginning of the interval."""
    stood = {name: _energised(books, scope, name) for name in {row.owner for row in rows} & scope.organisations}
    for row in rows:
        if row.owner not in stood:
            where = f"row {row.number}, column owner"
            yield Problem(where, f"`{row.owner}` has no book here", "bring in its case first")
            continue
        standing = sum(count for at, count in stood[row.owner].get(row.lot, ()) if at <= row.from_at)
        if standing < row.gpus:
            message = f"{row.gpus:,} GPUs of `{row.lot}` are metered, but {standing:,} stand energised at {row.from_at}"
            hint = "`armslength book stage` records their energising; or correct the number"
            yield Problem(f"row {row.number}, column gpus", message, hint)


def _energised(books: Books, scope: Scope, organisation: str) -> dict[str, list[tuple[datetime, int]]]:
    """How many accelerators of each lot were energised, or ceased to be, and when."""
    found: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for row in all_events(books, scope, private_book(organisation)):
        if row.event.kind not in ("post", "post_reserved", "reverse"):
            continue
        for entry in row.moved:
            parts = entry.account.split("/")
            if parts[0] == "custody" and parts[2] == "energised":
                sign = 1 if entry.side == "debit" else -1
                found[parts[-1]].append((row.event.effective_at, sign * entry.amount_count))
    return found
