"""A case to the books it opens: what each organisation holds, then what has moved by a day. Pure.

What a case only expects is no event: a lot whose stage is `reserved` stays a delivery slot, however late the day is.
Agreements that bind (approved, in force, ended) move their legs on their days; proposed ones are recorded and move nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from armslength.connectors.book_legs import leg_days, write_leg
from armslength.connectors.book_sheet import Act, Line, Sheet, credit, debit, told
from armslength.connectors.book_ties import ties_of, write_tie
from armslength.connectors.book_transfers import write_settlement, write_transfer
from armslength.errors import InputError, Problem
from armslength.model import accounts
from armslength.model.accounts import VENDOR, Stage
from armslength.model.as_of import as_of
from armslength.model.book import Account, Book, Group
from armslength.model.case import TABLES, Case
from armslength.model.rules_agreements import BINDING_STATES
from armslength.model.rules_references import place
from armslength.model.supply import Lot, Stock

_STAGES: dict[str, Stage] = {
    "reserved": "ordered",
    "allocated": "ordered",
    "shipped": "in_transit",
    "received": "stored",
    "installed": "installed",
    "energised": "energised",
}
_BEFORE_RECEIPT = ("ordered", "in_transit")
# In which order rows of one day take effect; `returns` are the ends of legs.
ORDER = (
    "organisations",
    "roles",
    "links",
    "stock",
    "lots",
    "agreements",
    "legs",
    "returns",
    "settlements",
    "transfers",
)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a case makes in the books.

    Attributes:
        books: private books of the organisations, and one for each agreement.
        accounts: accounts the groups need, as (book, account).
        groups: in the order in which they take effect.
        begin_on: the first day on which anything takes effect.
        left_out: what the case says but the books cannot take, in words.
    """

    books: tuple[Book, ...]
    accounts: tuple[tuple[str, Account], ...]
    groups: tuple[Group, ...]
    begin_on: date
    left_out: tuple[str, ...]


def opening(case: Case, until: date, *, agreements: bool = True, tables: Collection[str] = ORDER) -> Opening:
    """Returns the books that a case opens.

    Args:
        case: any case without errors, with all its versions.
        until: the last day counted: what became known, or takes effect, later is left for a later import.
        agreements: whether agreements are brought in too; without them, lots stand with whom they stood before.
        tables: which tables are written.

    Raises:
        InputError: when an id of the case cannot stand in the name of an account; all are listed.
    """
    seen = as_of(case, until)
    _refuse_unfit(seen)
    since = _first_known(case)
    sheet = Sheet(seen.id)
    first = min([seen.horizon.start_on, until, *since.values()])
    wanted = [act for act in _acts(seen, since, first, until, agreements) if act[2] in tables]
    acts = sorted(wanted, key=lambda act: (*act[:2], _rank(seen, *act[2:])))
    for on, _, table, index in acts:
        _write(sheet, seen, table, index, on)
    return Opening(
        books=tuple(_books(seen, agreements)),
        accounts=tuple((book, row) for (book, _), row in sheet.accounts.items()),
        groups=tuple(sheet.groups),
        begin_on=first,
        left_out=tuple(sheet.left_out),
    )


def _acts(
    case: Case, since: dict[tuple[str, str], date], first: date, until: date, agreements: bool
) -> Iterator[tuple[date, int, str, int]]:
    """Yields (day, order within the day, table, row) of what takes effect by the day."""
    for rank, table in enumerate(ORDER):
        if not agreements and table in ("agreements", "legs", "returns", "settlements"):
            continue
        for index, on in _days(case, table, since, first):
            if on is not None and on <= until:
                yield on, rank, table, index


def _rank(case: Case, table: str, index: int) -> int:
    """Of the legs of one day the largest first, so that what is given opens a debt which the others return."""
    return -case.legs[index].gpus if table == "legs" else 0


def _days(case: Case, table: str, since: dict[tuple[str, str], date], first: date) -> Iterator[tuple[int, date | None]]:
    """Yields each row of a table with the day on which it takes effect."""
    if table in ("legs", "returns"):
        for index, (starts, ends) in enumerate(leg_days(case)):
            yield index, (starts if table == "legs" else ends)
        return
    for index, row in enumerate(getattr(case, table)):
        known = since.get((table, row.id), first)
        if table == "settlements":
            yield index, row.paid_on
        elif table == "transfers" and row.state == "done":
            yield index, row.moved_on.p50_on
        elif table == "agreements":
            yield index, row.agreed_on or known
        else:
            yield index, known


def _write(sheet: Sheet, case: Case, table: str, index: int, on: date) -> None:
    """Writes what one row makes."""
    match table:
        case "organisations":
            for tie in ties_of(case, case.organisations[index]):
                write_tie(sheet, case, tie, on, of=case.organisations[index].id)
        case "roles" | "links":
            write_tie(sheet, case, getattr(case, table)[index], on)
        case "stock":
            _write_stock(sheet, case.stock[index], on)
        case "lots":
            _write_lot(sheet, case.lots[index], on)
        case "agreements":
            row = case.agreements[index]
            body = told(row, agreement=row.id, kind=row.kind, state=row.state, name=row.name)
            shared = accounts.agreement_book(row.id)
            bound = row.state in BINDING_STATES
            acts = [Act(row.parties[0], book=shared)] if bound else [Act(party) for party in row.parties]
            sheet.add(f"agreement:{row.id}", on, "case.agreement", acts, body)
        case "legs" | "returns":
            write_leg(sheet, case, index, on, back=table == "returns")
        case "settlements":
            write_settlement(sheet, case, case.settlements[index], on)
        case _:
            write_transfer(sheet, case, case.transfers[index], on)


def _write_stock(sheet: Sheet, row: Stock, on: date) -> None:
    lines = _held(row.id, row.sku, row.owner, row.site, "energised", row.gpus)
    _open_with(sheet, f"stock:{row.id}", row.owner, lines, on, row)


def _write_lot(sheet: Sheet, row: Lot, on: date) -> None:
    stage = _STAGES[row.stage]
    if stage not in _BEFORE_RECEIPT:
        lines = _held(row.id, row.sku, row.owner, row.ship_to or row.owner, stage, row.gpus)
    else:
        slots, devices = accounts.slot_unit(row.sku), accounts.device_unit(row.sku)
        lines = (
            debit(accounts.slot(row.id), slots, row.gpus),
            credit(accounts.external(VENDOR, slots), slots, row.gpus),
            debit(accounts.custody(VENDOR, stage, row.id), devices, row.gpus),
            credit(accounts.external(VENDOR, devices), devices, row.gpus),
        )
    _open_with(sheet, f"lot:{row.id}", row.owner, lines, on, row)


def _held(lot: str, sku: str, owner: str, where: str, stage: Stage, gpus: int) -> tuple[Line, ...]:
    """Title, custody and use of what has been received."""
    pairs = (
        (accounts.title(lot), accounts.title_unit(sku)),
        (accounts.custody(where, stage, lot), accounts.device_unit(sku)),
        (accounts.use(owner, lot), accounts.use_unit(sku)),
    )
    return tuple(
        line
        for name, unit in pairs
        for line in (debit(name, unit, gpus), credit(accounts.external(VENDOR, unit), unit, gpus))
    )


def _open_with(sheet: Sheet, key: str, owner: str, lines: tuple[Line, ...], on: date, row: Lot | Stock) -> None:
    body = told(row, lot=row.id, sku=row.sku, gpus=row.gpus)
    if row.gpus:
        sheet.add(key, on, "case.opening", [Act(owner, lines)], body)


def _books(case: Case, agreements: bool) -> Iterator[Book]:
    for row in case.organisations:
        yield Book(id=accounts.private_book(row.id), kind="private", members=(row.id,))
    for deal in case.agreements if agreements else ():
        if deal.state in BINDING_STATES:
            yield Book(id=accounts.agreement_book(deal.id), kind="agreement", members=deal.parties)


def _first_known(case: Case) -> dict[tuple[str, str], date]:
    """The first day on which each fact was known, over all its versions."""
    found: dict[tuple[str, str], list[date]] = defaultdict(list)
    for table in TABLES:
        for row in getattr(case, table):
            known_on = getattr(row, "known_on", None)
            if known_on is not None:
                found[table, row.id].append(known_on)
    return {key: min(days) for key, days in found.items()}


def _refuse_unfit(case: Case) -> None:
    """Raises InputError when ids cannot stand in the names of accounts, naming all of them."""
    tables = (*ORDER, "skus", "sites")
    found = [
        problem
        for table in tables
        if table != "returns"
        for index, row in enumerate(getattr(case, table))
        if (problem := accounts.unfit(place(table, index, "id"), row.id))
    ]
    found += _clashes(case)
    for name, where in ((case.id, "id"), (case.currency, "currency")):
        problem = accounts.unfit(where, name)
        found += [problem] if problem else []
    if found:
        raise InputError(f"the case `{case.id}` cannot be brought into the books", problems=found)


def _clashes(case: Case) -> Iterator[Problem]:
    """Stock and lots share the accounts of lots, so they may not share an id."""
    lots = {row.id for row in case.lots}
    for index, row in enumerate(case.stock):
        if row.id in lots:
            message = f"`{row.id}` is the id of a lot too; in the books both stand on accounts of that name"
            yield Problem(place("stock", index, "id"), message, "give the stock another id")
