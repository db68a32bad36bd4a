"""Rules about what agreements move together: never more than there is, never what the giver does not hold.

They look at a case with one version of each fact, and count approved, in-force and ended agreements only.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from armslength.errors import Problem
from armslength.model.agreement import Leg
from armslength.model.case import Case
from armslength.model.rules_agreements import BINDING_STATES, LEASE_KINDS, TITLE_KINDS, agreements_by_id
from armslength.model.rules_references import place


class _Bound(NamedTuple):
    """A leg of a binding agreement, with its position and the agreement's kind and day."""

    position: int
    leg: Leg
    kind: str
    agreed_on: date


def _bound(case: Case) -> list[_Bound]:
    """Legs that bind, in the order in which the agreements were made."""
    agreements = agreements_by_id(case)
    found = []
    for index, leg in enumerate(case.legs):
        agreement = agreements.get(leg.agreement)
        if agreement is not None and agreement.state in BINDING_STATES:
            found.append(_Bound(index, leg, agreement.kind, agreement.agreed_on or date.min))
    return sorted(found, key=lambda row: (row.agreed_on, row.leg.agreement, row.leg.id))


def moved_lots(case: Case) -> Iterator[Problem]:
    """Legs that move more of a lot than their giver holds of it, earlier agreements taken into account."""
    lots = {lot.id: lot for lot in case.lots}
    held = {lot.id: {lot.owner: lot.gpus} for lot in case.lots}
    for index, leg, kind, _ in _bound(case):
        lot = lots.get(leg.lot or "")
        if lot is None or kind not in (*TITLE_KINDS, "loan"):
            continue
        holders = held[lot.id]
        holds = holders.get(leg.giver, 0)
        if leg.gpus > holds:
            others = ", ".join(f"{name} {gpus:,}" for name, gpus in sorted(holders.items()) if gpus)
            hint = f"then held of its {lot.gpus:,}: {others or 'nobody'}; agreed_on gives the order"
            if leg.giver not in holders:
                message = f"`{leg.giver}` cannot give {leg.gpus:,} accelerators of lot `{lot.id}`: it holds none"
                yield Problem(place("legs", index, "giver"), message, hint)
            else:
                message = f"`{leg.id}` moves {leg.gpus:,} of lot `{lot.id}`; `{leg.giver}` holds {holds:,} of it"
                yield Problem(place("legs", index, "gpus"), message, hint)
        holders[leg.giver] = max(0, holds - leg.gpus)
        holders[leg.taker] = holders.get(leg.taker, 0) + min(leg.gpus, holds)


def lent_use(case: Case) -> Iterator[Problem]:
    """Use or custody given of more accelerators of a SKU at once than the giver could ever hold."""
    lots = {lot.id: lot for lot in case.lots}
    most = _ever_held(case)
    given: dict[tuple[str, str, bool], list[_Bound]] = defaultdict(list)
    for row in _bound(case):
        lot = lots.get(row.leg.lot or "")
        sku = row.leg.sku or (lot.sku if lot else None)
        if sku is not None and (row.kind == "hosting" or _is_use(row)):
            given[row.leg.giver, sku, row.kind == "hosting"].append(row)
    for (giver, sku, hosted), rows in given.items():
        day, gpus, index = _peak(rows, case.horizon.start_on)
        holds = most.get((giver, sku), 0)
        if gpus > holds:
            what = "custody" if hosted else "use"
            message = (
                f"`{giver}` gives {what} of {gpus:,} accelerators of `{sku}` at once from {day}, "
                f"but could never hold more than {holds:,}"
            )
            hint = "its lots, its stock and what others give it count; correct the legs, or add what is missing"
            yield Problem(place("legs", index, "gpus"), message, hint)


def _is_use(row: _Bound) -> bool:
    """Whether a leg gives the use of accelerators of a SKU; loans of a lot are counted with the lot."""
    return row.kind in LEASE_KINDS or (row.kind == "loan" and row.leg.lot is None)


def _ever_held(case: Case) -> dict[tuple[str, str], int]:
    """The most accelerators of each SKU that each organisation could come to hold."""
    lots = {lot.id: lot for lot in case.lots}
    most: dict[tuple[str, str], int] = defaultdict(int)
    for lot in case.lots:
        most[lot.owner, lot.sku] += lot.gpus
    for stock in case.stock:
        most[stock.owner, stock.sku] += stock.gpus
    for row in _bound(case):
        lot_moved = lots.get(row.leg.lot or "")
        sku = row.leg.sku or (lot_moved.sku if lot_moved else None)
        if sku is not None and row.kind != "hosting":
            most[row.leg.taker, sku] += row.leg.gpus
    for option in case.alternatives:
        if option.kind == "rent":
            most[option.organisation, option.sku] += option.offered_gpus
    return most


def _peak(rows: list[_Bound], start_on: date) -> tuple[date, int, int]:
    """The day, the most accelerators given at once, and the position of the leg that brings them there."""
    changes = []
    for row in rows:
        begins = row.leg.from_on.p50_on if row.leg.from_on else start_on
        changes.append((begins, 1, row.leg.gpus, row.position))
        if row.leg.until_on is not None:
            changes.append((row.leg.until_on.p50_on, 0, -row.leg.gpus, row.position))
    now, best = 0, (start_on, 0, rows[0].position)
    for day, _, change, index in sorted(changes):
        now += change
        if now > best[1]:
            best = day, now, index
    return best
