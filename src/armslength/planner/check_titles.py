"""Who holds which lots when, as the check reads it from lots and agreed legs.

Alone and shared runs leave every lot with its owner. The run `as_agreed` follows the legs that name a lot:
title legs (redirect, slot swap) change the holder for good, loan legs for a term.
Part of the independent check: imports neither arrays nor the solver nor any other part of the planner.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import inf

from armslength.model.agreement import Agreement, Leg
from armslength.model.case import Case, Run

MOVES_TITLE = ("redirect", "slot_swap")
BINDS = ("approved", "in_force")


@dataclass(frozen=True, slots=True)
class Parcel:
    """Part of a lot in one holder's hands from a day until before another, days from the horizon's start."""

    lot: str
    holder: str
    sku: str
    gpus: int
    start: float
    end: float


def parcels(case: Case, run: Run, offset: Callable[[date], float]) -> dict[tuple[str, str], list[Parcel]]:
    """Returns what every (holder, SKU) holds from lots in a run, whenever received."""
    held: dict[str, list[Parcel]] = {
        lot.id: [Parcel(lot.id, lot.owner, lot.sku, lot.gpus, offset(lot.expected_on.p50_on), inf)] for lot in case.lots
    }
    if run == "as_agreed":
        agreements = {agreement.id: agreement for agreement in case.agreements}
        legs = [leg for leg in case.legs if leg.lot in held and leg.agreement in agreements]
        titles = [leg for leg in legs if _moves_title(agreements[leg.agreement])]
        loans = [leg for leg in legs if _lends(agreements[leg.agreement])]
        for group in (titles, loans):
            for leg in _in_order(group, held):
                assert leg.lot is not None
                held[leg.lot] = _moved(held[leg.lot], leg, agreements[leg.agreement], offset)
    found: dict[tuple[str, str], list[Parcel]] = defaultdict(list)
    for rows in held.values():
        for parcel in rows:
            if parcel.gpus and parcel.end > parcel.start:
                found[parcel.holder, parcel.sku].append(parcel)
    return dict(found)


def ends_on(leg: Leg, agreement: Agreement) -> date | None:
    """Returns the first day on which a leg has ended: as agreed, or recall plus notice; None if open.

    A notice with part of a day ends at the start of that day.
    """
    if leg.until_on is not None:
        return leg.until_on.p50_on
    if agreement.kind == "loan" and agreement.recalled_on is not None:
        return agreement.recalled_on + timedelta(days=agreement.recall_notice_days or 0.0)
    return None


def binds(agreement: Agreement) -> bool:
    """Returns whether an agreement is in force for the run `as_agreed`."""
    return agreement.state in BINDS


def _moves_title(agreement: Agreement) -> bool:
    return agreement.kind in MOVES_TITLE and (binds(agreement) or agreement.state == "ended")


def _lends(agreement: Agreement) -> bool:
    return agreement.kind == "loan" and binds(agreement)


def _in_order(legs: list[Leg], held: dict[str, list[Parcel]]) -> list[Leg]:
    """Orders legs so that who passes a lot on has received it first."""
    waiting = list(legs)
    has = {(parcel.lot, parcel.holder): parcel.gpus for rows in held.values() for parcel in rows}
    ordered: list[Leg] = []
    while waiting:
        ready = next((leg for leg in waiting if has.get((leg.lot or "", leg.giver), 0) >= leg.gpus), waiting[0])
        waiting.remove(ready)
        ordered.append(ready)
        lot = ready.lot or ""
        has[lot, ready.giver] = has.get((lot, ready.giver), 0) - ready.gpus
        has[lot, ready.taker] = has.get((lot, ready.taker), 0) + ready.gpus
    return ordered


def _moved(rows: list[Parcel], leg: Leg, agreement: Agreement, offset: Callable[[date], float]) -> list[Parcel]:
    """Returns a lot's parcels after one leg; no more moves than the giver has."""
    start = offset(leg.from_on.p50_on) if leg.from_on is not None else -inf
    until = ends_on(leg, agreement) if agreement.kind == "loan" else None
    end = offset(until) if until is not None else inf
    left = leg.gpus
    after: list[Parcel] = []
    for parcel in rows:
        part = min(left, parcel.gpus) if parcel.holder == leg.giver else 0
        left -= part
        after.append(replace(parcel, gpus=parcel.gpus - part))
        moving = replace(parcel, gpus=part)
        taken = replace(moving, holder=leg.taker, start=max(parcel.start, start), end=min(parcel.end, end))
        if agreement.kind in MOVES_TITLE:
            after.append(taken)
        elif taken.end <= taken.start:
            after.append(moving)
        else:
            before, back = replace(moving, end=taken.start), replace(moving, start=taken.end)
            after += [before, taken, back]
    return [parcel for parcel in after if parcel.gpus and parcel.end > parcel.start]
