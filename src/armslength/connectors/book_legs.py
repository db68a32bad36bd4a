"""Legs of agreements to events: what leaves one organisation's book enters the other's in the same group.

* Title before receipt moves as the delivery slot, and custody with it.
* What is to come back, and what is exchanged like for like, is due; the way back clears it.
* Everything else goes for good.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from armslength.connectors.book_sheet import Act, Line, Sheet, credit, debit, told
from armslength.model import accounts
from armslength.model.accounts import tree
from armslength.model.agreement import Agreement, Leg
from armslength.model.case import Case
from armslength.model.rules_agreements import BINDING_STATES, LEASE_KINDS, TITLE_KINDS


@dataclass(frozen=True, slots=True)
class _Part:
    """Some accelerators on one account of the giver, and where they go.

    Attributes:
        source: account in the giver's book.
        target: account in the taker's book.
        unit: unit of both.
        gpus: how many.
    """

    source: str
    target: str
    unit: str
    gpus: int


def leg_days(case: Case) -> Iterator[tuple[date | None, date | None]]:
    """Yields for each leg its first day and the day on which it returns; None where it does not take effect."""
    binding = {row.id: row for row in case.agreements if row.state in BINDING_STATES}
    lots = {row.id: row for row in case.lots}
    for leg in case.legs:
        deal = binding.get(leg.agreement)
        if deal is None:
            yield None, None
            continue
        lot = lots.get(leg.lot or "")
        starts = leg.from_on or (lot.expected_on if lot else None)
        ends = leg.until_on.p50_on if leg.until_on else deal.recalled_on
        yield (starts.p50_on if starts else deal.agreed_on), ends


def write_leg(sheet: Sheet, case: Case, index: int, on: date, *, back: bool) -> None:
    """Writes the group of a leg, or of its return; what the giver does not hold is left out and said."""
    leg = case.legs[index]
    deal = next(row for row in case.agreements if row.id == leg.agreement)
    giver, taker = (leg.taker, leg.giver) if back else (leg.giver, leg.taker)
    parts, missing = _parts(sheet, case, deal, leg, giver, taker)
    if missing:
        what = "return" if back else "leg"
        sheet.left_out.append(
            f"{what} `{leg.id}` of `{deal.id}` is not booked: on {on} {giver} holds {missing:,} of its {leg.gpus:,} too few"
        )
        return
    debts = _debt_units(case, deal) | ({part.unit for part in parts} if leg.until_on or deal.recalled_on else set())
    acts = (
        _act(sheet, giver, taker, deal, parts, debts, gives=True),
        _act(sheet, taker, giver, deal, parts, debts, gives=False),
    )
    body = told(leg, agreement=deal.id, leg=leg.id, giver=giver, taker=taker, gpus=leg.gpus)
    key = f"{'return' if back else 'leg'}:{leg.id}"
    sheet.add(key, on, "case.return" if back else "case.leg", acts, body)
    _remember(sheet, key, acts)


def _debt_units(case: Case, deal: Agreement) -> set[str]:
    """Units in which a swap goes both ways in equal amounts, so that each way is owed against the other."""
    if deal.kind != "slot_swap":
        return set()
    lots = {row.id: row for row in case.lots}
    ways: dict[str, dict[tuple[str, str], int]] = {}
    for leg in case.legs:
        if leg.agreement == deal.id and leg.lot in lots:
            ways_of = ways.setdefault(lots[leg.lot].sku, {})
            ways_of[leg.giver, leg.taker] = ways_of.get((leg.giver, leg.taker), 0) + leg.gpus
    even = {sku for sku, found in ways.items() if all(found.get(way[::-1]) == gpus for way, gpus in found.items())}
    return {unit for sku in even for unit in (accounts.slot_unit(sku), accounts.title_unit(sku))}


def _parts(
    sheet: Sheet, case: Case, deal: Agreement, leg: Leg, giver: str, taker: str
) -> tuple[tuple[_Part, ...], int]:
    """What moves on which accounts, and how many accelerators the giver lacks."""
    skus = {row.id: row.sku for row in case.lots} | {row.id: row.sku for row in case.stock}
    sku = skus.get(leg.lot or "") or leg.sku or ""
    found: list[_Part] = []
    for kind in _trees(deal, sheet, giver, leg):
        left = leg.gpus
        for name, lot in _sources(sheet, giver, kind, leg, [one for one, of in skus.items() if of == sku]):
            gpus = min(left, max(0, sheet.amount(giver, name)))
            if gpus:
                found.append(_Part(name, _target(name, lot, kind, leg, taker), _unit(kind, sku), gpus))
                left -= gpus
        if left:
            return (), left
    return tuple(found), 0


def _trees(deal: Agreement, sheet: Sheet, giver: str, leg: Leg) -> tuple[str, ...]:
    """The trees of accounts on which a form of agreement moves something."""
    if deal.kind in TITLE_KINDS:
        before = sheet.amount(giver, accounts.slot(leg.lot or "")) > 0
        return ("slot", "custody") if before else ("title", "custody", "use")
    if deal.kind in LEASE_KINDS:
        return ("use",)
    return ("custody",) if deal.kind == "hosting" else ("custody", "use")


def _sources(sheet: Sheet, giver: str, kind: str, leg: Leg, lots: list[str]) -> Iterator[tuple[str, str]]:
    """Yields (account, lot) of the giver from which a leg may take, in the order of lots."""
    held = sorted(name for organisation, name in sheet.held if organisation == giver and tree(name) == kind)
    for lot in [leg.lot] if leg.lot else sorted(lots):
        for name in held:
            parts = name.split("/")
            mine = kind != "use" or parts[1] == giver
            # What stands at the site of a lease or loan is meant; a host receives at the site named.
            if parts[-1] == lot and mine:
                yield name, lot


def _target(name: str, lot: str, kind: str, leg: Leg, taker: str) -> str:
    if kind == "use":
        return accounts.use(taker, lot)
    if kind == "custody" and leg.site and name.split("/")[2] not in ("ordered", "in_transit"):
        return accounts.custody(leg.site, "stored", lot)
    return name


def _unit(kind: str, sku: str) -> str:
    units = {"slot": accounts.slot_unit, "title": accounts.title_unit, "use": accounts.use_unit}
    return units.get(kind, accounts.device_unit)(sku)


def _act(
    sheet: Sheet, own: str, other: str, deal: Agreement, parts: tuple[_Part, ...], debts: set[str], *, gives: bool
) -> Act:
    """One side of a move, clearing what is open between the two."""
    lines: list[Line] = []
    clearings: list[tuple[str, str, int]] = []
    for unit in dict.fromkeys(part.unit for part in parts):
        total = sum(part.gpus for part in parts if part.unit == unit)
        side = credit if gives else debit
        lines += [side(part.source if gives else part.target, unit, part.gpus) for part in parts if part.unit == unit]
        for name, amount in _against(sheet, own, other, deal, unit, total, unit in debts, gives):
            lines.append((debit if gives else credit)(name, unit, amount))
            clearings += _settles(sheet, own, name, amount, gives)
    return Act(own, tuple(lines), tuple(clearings))


def _against(
    sheet: Sheet, own: str, other: str, deal: Agreement, unit: str, total: int, debt: bool, gives: bool
) -> Iterator[tuple[str, int]]:
    """Accounts that face a move: a debt of one's own that it pays first, then what becomes due, or is gone."""
    paid_on = (accounts.due_to if gives else accounts.due_from)(other, deal.id, unit)
    owed = max(0, (-1 if gives else 1) * sheet.amount(own, paid_on))
    if owed:
        yield paid_on, min(owed, total)
    rest = total - min(owed, total)
    if rest and debt:
        yield (accounts.due_from if gives else accounts.due_to)(other, deal.id, unit), rest
    elif rest:
        yield (accounts.given if gives else accounts.received)(other, deal.id, unit), rest


def _settles(sheet: Sheet, own: str, name: str, amount: int, gives: bool) -> Iterator[tuple[str, str, int]]:
    """Yields (item, account, amount) of the open items which a move on an account settles, oldest first."""
    if tree(name) != ("due_to" if gives else "due_from"):
        return
    left = amount
    for item, open_amount in sheet.items(own, name):
        part = min(left, open_amount)
        if part:
            yield item, name, part
            left -= part


def _remember(sheet: Sheet, key: str, acts: tuple[Act, ...]) -> None:
    """Notes which items a group opened and settled."""
    for act in acts:
        for item, name, amount in act.clearings:
            sheet.settle(act.organisation, name, item, amount)
        settled = {name for _, name, _ in act.clearings}
        for line in act.lines:
            if tree(line.account) in ("due_from", "due_to") and line.account not in settled:
                sheet.open_item(act.organisation, line.account, sheet.id_of(key, act.organisation), line.amount_count)
