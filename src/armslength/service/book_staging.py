"""A lot comes further: received, installed, energised, retired. Custody moves; at receipt the slot becomes title and use."""

from datetime import UTC, date, datetime, time

from armslength.connectors.book_sheet import Line, credit, debit
from armslength.errors import InputError, UnknownName, nearest
from armslength.model import accounts
from armslength.model.accounts import STAGES, VENDOR, Stage, private_book
from armslength.model.book import Entry, Event, Group, Recorded, Refused
from armslength.service.book_importing import accepted, open_accounts
from armslength.store.books import Books
from armslength.store.scope import Scope

_BEFORE_RECEIPT = ("ordered", "in_transit")


def advance(
    books: Books,
    scope: Scope,
    organisation: str,
    lot: str,
    stage: Stage,
    place: str,
    on: date,
    *,
    gpus: int | None = None,
) -> Recorded:
    """Moves accelerators of a lot to a stage at a place, in its holder's book.

    Args:
        books: the books.
        scope: whose eyes and hands.
        organisation: who has custody.
        lot: id of the lot.
        stage: how far they have come.
        place: site where they stand then; the vendor before receipt.
        on: business day.
        gpus: how many; all that are not so far yet when None.

    Raises:
        UnknownName: when the organisation holds nothing of that lot.
        InputError: when fewer than asked for have yet to come that far, or the place has a name that cannot be kept.
        LedgerError: when the books refuse.
    """
    problem = accounts.unfit("place", place)
    if problem:
        raise InputError(f"{place}: this place cannot be kept", problems=[problem])
    book = private_book(organisation)
    before, wanted = _wanted(books, scope, organisation, lot, stage, gpus)
    lines = _lines(organisation, lot, before, accounts.custody(place, stage, lot), wanted, stage)
    at = datetime.combine(on, time(), UTC)
    open_accounts(
        books,
        scope,
        [(book, accounts.account(line.account, line.unit)) for line in lines],
        min(at, _first(books, scope, book)),
    )
    name = f"stage:{lot}:{stage}:{place}:{on}:{books.size(scope, book)}"
    event = Event(
        id=name,
        organisation=organisation,
        book=book,
        kind="post",
        effective_at=at,
        entries=tuple(Entry(account=line.account, side=line.side, amount_count=line.amount_count) for line in lines),
        topic=f"lot.{stage}",
        body={"lot": lot, "place": place, "gpus": wanted},
    )
    answer = books.submit(scope, Group(id=name, events=(event,)))
    accepted(answer)
    assert not isinstance(answer, Refused)
    return answer.recorded[0]


def _wanted(
    books: Books, scope: Scope, organisation: str, lot: str, stage: Stage, gpus: int | None
) -> tuple[list[tuple[str, Stage, str, int]], int]:
    """Returns what has yet to come as far as a stage, and how many of it are meant."""
    held = _custody(books, scope, private_book(organisation), lot)
    before = [row for row in held if STAGES.index(row[1]) < STAGES.index(stage)]
    most = sum(amount for *_, amount in before)
    wanted = most if gpus is None else gpus
    if not 0 < wanted <= most:
        message = f"{lot}: {wanted:,} GPUs are to be {stage}, but {most:,} of {organisation}'s are not so far yet"
        raise InputError(message, hint=f"`armslength book trace {lot}` shows where they stand")
    return before, wanted


def _custody(books: Books, scope: Scope, book: str, lot: str) -> list[tuple[str, Stage, str, int]]:
    """Accounts of custody of a lot on which something stands: (account, stage, unit, amount), furthest back first."""
    found: list[tuple[str, Stage, str, int]] = []
    lots: set[str] = set()
    for row in books.balances(scope, book, "custody/"):
        parts = row.account.split("/")
        lots.add(parts[-1])
        amount = row.debits_posted_count - row.credits_posted_count - row.credits_pending_count
        for stage in STAGES:
            if parts[-1] == lot and parts[2] == stage and amount > 0:
                found.append((row.account, stage, row.unit, amount))
    if not found:
        hint = nearest(lot, lots) or f"lots there: {', '.join(sorted(lots)[:12]) or 'none'}"
        raise UnknownName(f"{book}: nothing of a lot `{lot}` stands there", hint=hint)
    return sorted(found, key=lambda row: STAGES.index(row[1]))


def _lines(
    organisation: str, lot: str, held: list[tuple[str, Stage, str, int]], target: str, wanted: int, stage: Stage
) -> list[Line]:
    lines: list[Line] = []
    left = wanted
    for account, before, unit, amount in held:
        part = min(left, amount)
        if not part:
            continue
        left -= part
        lines += [credit(account, unit, part), debit(target, unit, part)]
        if before in _BEFORE_RECEIPT and stage not in _BEFORE_RECEIPT:
            lines += _received(organisation, lot, unit.partition(":")[2], part)
    return lines


def _received(organisation: str, lot: str, sku: str, gpus: int) -> list[Line]:
    """At receipt the delivery slot is used up, and title and the right of use come from the vendor."""
    slots, title, use = accounts.slot_unit(sku), accounts.title_unit(sku), accounts.use_unit(sku)
    return [
        credit(accounts.slot(lot), slots, gpus),
        debit(accounts.external(VENDOR, slots), slots, gpus),
        debit(accounts.title(lot), title, gpus),
        credit(accounts.external(VENDOR, title), title, gpus),
        debit(accounts.use(organisation, lot), use, gpus),
        credit(accounts.external(VENDOR, use), use, gpus),
    ]


def _first(books: Books, scope: Scope, book: str) -> datetime:
    """Business time of the book's first event, so that an account is open from there on."""
    found = books.events(scope, book, limit=1)
    return found[0].event.effective_at if found else datetime.max.replace(tzinfo=UTC)
