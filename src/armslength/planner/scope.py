"""What a run may do: who holds which accelerators from when, and whose work may use whose hardware where.

Nouns in, nouns out. The three runs differ here and nowhere else.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta

from armslength.model.agreement import Agreement, Leg
from armslength.model.case import Case, Run
from armslength.model.demand import Workload

TITLE_KINDS = ("redirect", "slot_swap")
USE_KINDS = ("loan", "capacity_lease", "contribution")


@dataclass(frozen=True, slots=True)
class Move:
    """Accelerators that a holder gains (or, negative, hands back) on a day."""

    holder: str
    sku: str
    gpus: int
    on: date
    received: bool = False  # whether it had been received when the horizon starts


@dataclass(frozen=True, slots=True)
class UseRight:
    """The right of a taker's workloads to use some of a giver's accelerators."""

    leg: str
    giver: str
    taker: str
    sku: str
    site: str | None
    gpus: int
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class HostRight:
    """The right of a giver's accelerators to stand at a taker's site."""

    leg: str
    owner: str
    sku: str
    site: str
    gpus: int
    from_on: date
    until_on: date | None
    several: bool = False  # whether the same right covers other halls too


@dataclass(frozen=True, slots=True)
class DemandClass:
    """Workloads that the same hardware may serve: one owner, one rule on whose hardware they touch."""

    owner: str
    hardware_of: tuple[str, ...]


Allowed = frozenset[tuple[str, DemandClass]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run may do.

    Attributes:
        moves: supply by holder.
        stocks: (holder, sku, site, gpus) standing from the start.
        allowed: for (holder, received before the start): pairs of site owner and demand class that are permitted.
        stranded: as stocks, at sites of organisations that are not part of the run.
        use_rights: use granted by agreements in force.
        host_rights: custody granted by agreements in force.
    """

    run: Run
    moves: tuple[Move, ...]
    stocks: tuple[tuple[str, str, str, int], ...]
    allowed: dict[tuple[str, bool], Allowed]
    stranded: tuple[tuple[str, str, str, int], ...] = ()
    use_rights: tuple[UseRight, ...] = ()
    host_rights: tuple[HostRight, ...] = ()


def class_of(workload: Workload) -> DemandClass:
    """Returns the demand class of a workload."""
    return DemandClass(workload.owner, tuple(sorted(workload.hardware_of)))


def scope_of(case: Case, run: Run) -> Scope:
    """Returns what ``run`` may do in ``case``."""
    here = {site.id for site in case.sites}
    stocks = tuple((row.owner, row.sku, row.site, row.gpus) for row in case.stock if row.site in here)
    stranded = tuple((row.owner, row.sku, row.site, row.gpus) for row in case.stock if row.site not in here)
    if run == "shared":
        return Scope(run, _own_lots(case), stocks, _shared_permissions(case), stranded)
    alone = Scope(run, _own_lots(case), stocks, _own_permissions(case), stranded)
    if run == "alone":
        return alone
    return replace(
        alone,
        moves=tuple(_agreed_moves(case)),
        use_rights=tuple(_use_rights(case)),
        host_rights=tuple(_host_rights(case)),
    )


def in_force(case: Case) -> dict[str, Agreement]:
    """Returns the agreements that bind the run as agreed, by id; title that has passed stays passed when one has ended."""
    return {
        row.id: row
        for row in case.agreements
        if row.state in ("approved", "in_force") or (row.state == "ended" and row.kind in TITLE_KINDS)
    }


def _own_lots(case: Case) -> tuple[Move, ...]:
    start = case.horizon.start_on
    return tuple(
        Move(lot.owner, lot.sku, lot.gpus, lot.expected_on.p50_on, lot.expected_on.p50_on < start) for lot in case.lots
    )


def _classes(case: Case) -> dict[str, set[DemandClass]]:
    found: dict[str, set[DemandClass]] = defaultdict(set)
    for workload in case.workloads:
        found[workload.owner].add(class_of(workload))
    return found


def _own_permissions(case: Case) -> dict[tuple[str, bool], Allowed]:
    classes = _classes(case)
    result = {}
    for organisation in case.organisations:
        name = organisation.id
        own = frozenset(
            (name, wanted) for wanted in classes[name] if not wanted.hardware_of or name in wanted.hardware_of
        )
        result[name, True] = result[name, False] = own
    return result


def _shared_permissions(case: Case) -> dict[tuple[str, bool], Allowed]:
    """Composes the permitted forms of agreement: title or loan, then hosting, then lease."""
    classes = _classes(case)
    kinds = set(case.sharing.kinds)
    result = {}
    bound = any(wanted.hardware_of for kind in classes.values() for wanted in kind)
    alike: dict[tuple[object, bool], Allowed] = {}
    for organisation in case.organisations:
        owner = organisation.id
        groups = _groups_of(case, owner)
        for received in (False, True):
            passes_on = "loan" in kinds or (not received and bool(kinds & set(TITLE_KINDS)))
            # Where title may pass on and nobody minds whose hardware it is, all members of the same groups are alike.
            mark = (frozenset(frozenset(group) for group in groups if len(group) > 1), received)
            if passes_on and not bound and mark in alike:
                result[owner, received] = alike[mark]
                continue
            pairs: set[tuple[str, DemandClass]] = set()
            for group in groups:
                for holder in group if passes_on else {owner}:
                    hosts = group if "hosting" in kinds else {holder}
                    users = group if "capacity_lease" in kinds else {holder}
                    pairs |= {
                        (host, wanted)
                        for host in hosts
                        for user in users
                        for wanted in classes[user]
                        if not wanted.hardware_of or owner in wanted.hardware_of
                    }
            result[owner, received] = alike[mark] = frozenset(pairs)
    return result


def _groups_of(case: Case, owner: str) -> list[set[str]]:
    """Returns the groups an organisation deals in; parties to one deal share a group."""
    if not case.sharing.groups:
        return [{organisation.id for organisation in case.organisations}]
    return [{owner}, *(set(group) for group in case.sharing.groups if owner in group)]


def _agreed_moves(case: Case) -> list[Move]:
    """Applies title legs and loans of lots to the lots, leg by leg in the order of their days."""
    binding = in_force(case)
    start = case.horizon.start_on
    held = {lot.id: {(lot.owner, lot.expected_on.p50_on): lot.gpus} for lot in case.lots}
    skus = {lot.id: lot.sku for lot in case.lots}
    moves: list[Move] = []
    pending = _lot_legs(case)
    while pending:
        # A giver may itself be a taker: a leg waits until its giver holds what it gives.
        leg = next((row for row in pending if _holds(held[str(row.lot)], row)), pending[0])
        pending.remove(leg)
        agreement, lot = binding[leg.agreement], str(leg.lot)
        loan = agreement.kind == "loan"
        back_on = end_of(agreement, leg) if loan else None
        begins = leg.from_on.p50_on if leg.from_on else None
        if begins and back_on and back_on <= begins:
            continue  # over before it begins: nothing moves
        for received_on, gpus in _take(held[lot], leg):
            day = max(received_on, begins) if begins else received_on
            if back_on is not None and back_on <= day:
                held[lot][leg.giver, received_on] += gpus
                continue
            if loan and day > received_on:
                # Until the loan begins the lender has what it lends.
                moves.append(Move(leg.giver, skus[lot], gpus, received_on, received_on < start))
                moves.append(Move(leg.giver, skus[lot], -gpus, day))
            key = (leg.taker, day)
            held[lot][key] = held[lot].get(key, 0) + gpus
            if back_on is not None:
                moves.append(Move(leg.taker, skus[lot], -gpus, back_on))
                moves.append(Move(leg.giver, skus[lot], gpus, back_on))
    for lot, rows in held.items():
        moves.extend(Move(holder, skus[lot], gpus, day, day < start) for (holder, day), gpus in rows.items() if gpus)
    return moves


def _lot_legs(case: Case) -> list[Leg]:
    binding = in_force(case)
    legs = [
        leg
        for leg in case.legs
        if leg.agreement in binding and leg.lot and binding[leg.agreement].kind in (*TITLE_KINDS, "loan")
    ]
    return sorted(legs, key=lambda leg: (binding[leg.agreement].agreed_on or date.min, leg.agreement, leg.id))


def _holds(held: dict[tuple[str, date], int], leg: Leg) -> bool:
    return sum(gpus for (holder, _), gpus in held.items() if holder == leg.giver) >= leg.gpus


def _take(held: dict[tuple[str, date], int], leg: Leg) -> list[tuple[date, int]]:
    """Takes the leg's quantity out of what its giver holds of the lot, earliest first."""
    wanted, taken = leg.gpus, []
    for holder, day in sorted(held, key=lambda key: key[1]):
        if holder == leg.giver and wanted > 0 and held[holder, day] > 0:
            gpus = min(wanted, held[holder, day])
            held[holder, day] -= gpus
            wanted -= gpus
            taken.append((day, gpus))
    return taken


def end_of(agreement: Agreement, leg: Leg) -> date | None:
    """Returns the first day on which a leg has ended: its term, or for an open loan recall and notice; None while open."""
    if leg.until_on:
        return leg.until_on.p50_on
    if agreement.kind == "loan" and agreement.recalled_on is not None:
        return agreement.recalled_on + timedelta(days=agreement.recall_notice_days or 0.0)
    return None


def _begins(case: Case, leg: Leg) -> date:
    return leg.from_on.p50_on if leg.from_on else case.horizon.start_on


def _use_rights(case: Case) -> list[UseRight]:
    binding = in_force(case)
    return [
        UseRight(
            leg.id,
            leg.giver,
            leg.taker,
            str(leg.sku),
            leg.site,
            leg.gpus,
            _begins(case, leg),
            end_of(binding[leg.agreement], leg),
        )
        for leg in case.legs
        if leg.agreement in binding and binding[leg.agreement].kind in USE_KINDS and not leg.lot
        if _begins(case, leg) < (end_of(binding[leg.agreement], leg) or date.max)  # recalled before it begins: nothing
    ]


def _host_rights(case: Case) -> list[HostRight]:
    binding = in_force(case)
    lots = {lot.id: lot for lot in case.lots}
    return [
        HostRight(
            leg.id,
            leg.giver,
            leg.sku or lots[str(leg.lot)].sku,
            site.id,
            leg.gpus,
            _begins(case, leg),
            end_of(binding[leg.agreement], leg),
            several=not leg.site and sum(site.owner == leg.taker for site in case.sites) > 1,
        )
        for leg in case.legs
        if leg.agreement in binding and binding[leg.agreement].kind == "hosting"
        if _begins(case, leg) < (end_of(binding[leg.agreement], leg) or date.max)
        for site in case.sites
        if (leg.site == site.id if leg.site else site.owner == leg.taker)
    ]
