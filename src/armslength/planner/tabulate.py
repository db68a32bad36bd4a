"""The door from nouns to arrays: a case and a scope become `Tables`."""

from dataclasses import dataclass

import numpy as np

from armslength.model.case import Case
from armslength.model.supply import Site, Sku
from armslength.planner.calendar import Calendar
from armslength.planner.scope import DemandClass, Scope
from armslength.planner.tables import Bools, Floats, Ints, Labels, Tables
from armslength.planner.tabulate_demand import DemandTable, demand_table
from armslength.planner.tabulate_fleets import Fleet, fleets_of, supply_table
from armslength.planner.tabulate_sites import SiteTable, site_table
from armslength.units import mw


@dataclass(frozen=True)
class _Holdings:
    fleet: Ints
    site: Ints
    mw: Floats
    stock: Floats
    hosted_end: Floats
    hosted_mean: Floats


def site_mw_per_gpu(sku: Sku, site: Site) -> float:
    """Returns the MW one accelerator of ``sku`` draws at the meter of ``site``."""
    if site.pue_ratio is not None and sku.it_kw_per_gpu is not None:
        return mw(1, sku.it_kw_per_gpu * site.pue_ratio)
    return mw(1, sku.site_kw_per_gpu)


def tabulate(
    case: Case, scope: Scope, floor: dict[str, float] | None = None, *, merge: int = 1
) -> tuple[Tables, Labels]:
    """Returns the arrays of one run and the ids behind their indices.

    Args:
        case: the case, rows in order of id.
        scope: what the run may do.
        floor: least worth of each organisation's own work, in money, where it is promised.
        merge: periods of the grid that are taken together, for a coarse view.
    """
    calendar = Calendar(case.horizon, merge)
    fleets = fleets_of(case, scope, calendar)
    sites = site_table(case, calendar)
    demand = demand_table(case, calendar)
    holdings = _holdings(case, scope, calendar, fleets, sites)
    workload, holding, right = _options(case, scope, fleets, holdings)
    sku_of_option = np.array([fleet.sku for fleet in fleets], dtype=np.int64)[holdings.fleet[holding]]
    tables = Tables(
        **_of_sites(sites),
        **_of_demand(demand),
        hours=calendar.hours,
        fleet_sku=np.array([fleet.sku for fleet in fleets], dtype=np.int64),
        **supply_table(fleets, calendar, sites, (holdings.fleet, holdings.site)),
        fleet_returned=_returned(scope, calendar, fleets, holdings),
        holding_fleet=holdings.fleet,
        holding_site=holdings.site,
        holding_mw=holdings.mw,
        holding_stock=holdings.stock,
        can_use=_can_use(case, demand),
        hosted_end=holdings.hosted_end,
        hosted_mean=holdings.hosted_mean,
        option_workload=workload,
        option_holding=holding,
        option_right=right,
        option_ratio=demand.ratio[workload, sku_of_option],
        option_rate=demand.rate[workload, sku_of_option],
        site_owner=_site_owners(case),
        **_joint_rights(case, scope, calendar, fleets, holdings),
        right_gpus=_right_gpus(scope, calendar),
        right_fleet=_right_fleets(case, scope, fleets),
        floor=np.array([(floor or {}).get(row.id, -np.inf) for row in case.organisations]),
        constant=_constants(case, demand),
    )
    return tables, _labels(case, scope, calendar, fleets)


def _of_sites(sites: SiteTable) -> dict[str, np.ndarray]:
    """Returns the fields of `Tables` that are the sites' own."""
    same = (
        "power_end",
        "power_mean",
        "slots_end",
        "slots_mean",
        "commissioning",
        "pace",
        "lost",
        "fabric",
        "burn_in_days",
    )
    dark = list(zip(*sites.dark, strict=True)) or [(), (), (), ()]
    return {name: getattr(sites, name) for name in same} | {
        "dark_site": np.array(dark[0], dtype=np.int64),
        "dark_period": np.array(dark[1], dtype=np.int64),
        "dark_slope": np.array(dark[2], dtype=np.float64),
        "dark_constant": np.array(dark[3], dtype=np.float64),
    }


def _of_demand(demand: DemandTable) -> dict[str, np.ndarray]:
    """Returns the fields of `Tables` that are the workloads' own."""
    same = ("started", "gang_min", "gang_max", "work", "wanted", "single")
    return {name: getattr(demand, name) for name in same} | {"workload_owner": demand.owner}


def _can_use(case: Case, demand: DemandTable) -> Bools:
    allowed = [[not row.skus or sku.id in row.skus for sku in case.skus] for row in case.workloads]
    return np.array(allowed, dtype=bool).reshape(demand.ratio.shape) & (demand.ratio > 0)


def _returned(scope: Scope, calendar: Calendar, fleets: list[Fleet], holdings: _Holdings) -> Floats:
    """Returns accelerators that a fleet hands back, or takes home when hosting ends, in each period, (F, T)."""
    result = np.zeros((len(fleets), calendar.count))
    for index, fleet in enumerate(fleets):
        for offset, gpus in fleet.received:
            inside = (calendar.edges[:-1] <= offset) & (offset < calendar.edges[1:])
            result[index, inside] += max(-gpus, 0)
    with np.errstate(invalid="ignore"):
        ends = -np.minimum(np.diff(holdings.hosted_end, axis=1, prepend=0.0), 0.0)
    np.add.at(result, holdings.fleet, np.nan_to_num(ends, nan=0.0, posinf=0.0))
    return result


def _site_owners(case: Case) -> Ints:
    organisation = {row.id: index for index, row in enumerate(case.organisations)}
    return np.array([organisation[site.owner] for site in case.sites], dtype=np.int64)


def _constants(case: Case, demand: DemandTable) -> Floats:
    result = np.zeros(len(case.organisations))
    np.add.at(result, demand.owner, demand.constant)
    return result


def _holdings(case: Case, scope: Scope, calendar: Calendar, fleets: list[Fleet], sites: SiteTable) -> _Holdings:
    """Lists where each fleet may stand: where somebody may use it, where it stands, and where it is hosted."""
    rows: list[tuple[int, int, float, float, Floats, Floats]] = []
    open_ended = np.full(calendar.count, np.inf)
    for number, fleet in enumerate(fleets):
        owners = {owner for owner, _ in fleet.allowed} | (fleet.holders if len(fleet.holders) == 1 else set())
        hosts = _hosted(scope, calendar, fleet, case.skus[fleet.sku].id)
        for index, site in enumerate(case.sites):
            own = site.owner in owners or index in fleet.stock
            if not own and site.id not in hosts:
                continue
            if not own or (site.id in hosts and site.owner not in owners):
                end, mean = hosts[site.id]
            else:
                end = mean = open_ended
            if sites.power_end[index].max() > 0:
                kw = site_mw_per_gpu(case.skus[fleet.sku], site)
                rows.append((number, index, kw, float(fleet.stock.get(index, 0)), end, mean))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    shape = (len(rows), calendar.count)
    return _Holdings(
        np.array(columns[0], dtype=np.int64),
        np.array(columns[1], dtype=np.int64),
        np.array(columns[2], dtype=np.float64),
        np.array(columns[3], dtype=np.float64),
        np.array(columns[4], dtype=np.float64).reshape(shape),
        np.array(columns[5], dtype=np.float64).reshape(shape),
    )


def _hosted(scope: Scope, calendar: Calendar, fleet: Fleet, sku: str) -> dict[str, tuple[Floats, Floats]]:
    """Returns what may be hosted at each site by agreement: (accelerators by period end, on average)."""
    result: dict[str, tuple[Floats, Floats]] = {}
    for right in scope.host_rights:
        if right.owner in fleet.holders and right.sku == sku:
            levels = [(calendar.offset(right.from_on), float(right.gpus))]
            if right.until_on is not None:
                levels.append((calendar.offset(right.until_on), 0.0))
            end = calendar.at_end(levels)
            before = result.get(right.site, (np.zeros(calendar.count), np.zeros(calendar.count)))
            result[right.site] = (before[0] + end, before[1] + calendar.average(levels))
    return result


def _options(case: Case, scope: Scope, fleets: list[Fleet], holdings: _Holdings) -> tuple[Ints, Ints, Ints]:
    """Lists which workload may use which holding, by permission or under which use right."""
    site_index = {row.id: index for index, row in enumerate(case.sites)}
    sku_index = {row.id: index for index, row in enumerate(case.skus)}
    holding_sku = np.array([fleet.sku for fleet in fleets], dtype=np.int64)[holdings.fleet]
    found: list[tuple[Ints, Ints, Ints]] = []
    masks: dict[DemandClass, list[tuple[int, Bools]]] = {}
    for number, workload in enumerate(case.workloads):
        wanted = DemandClass(workload.owner, tuple(sorted(workload.hardware_of)))
        if wanted not in masks:
            masks[wanted] = list(_permitted(case, scope, fleets, holdings, wanted))
        fits = np.ones(len(holdings.site), dtype=bool)
        if workload.skus:
            fits &= np.isin(holding_sku, [sku_index[sku] for sku in workload.skus])
        if workload.sites:
            fits &= np.isin(holdings.site, [site_index[site] for site in workload.sites])
        kind = workload.kind or workload.form
        ratios = np.array([sku.throughput_ratio.get(kind, 1.0) for sku in case.skus])
        fits &= ratios[holding_sku] > 0 if len(holding_sku) else fits
        for right, mask in masks[wanted]:
            chosen = np.flatnonzero(fits & mask)
            found.append((np.full(len(chosen), number), chosen, np.full(len(chosen), right)))
    parts = [np.concatenate(part).astype(np.int64) for part in zip(*found, strict=True)] if found else []
    return (parts[0], parts[1], parts[2]) if parts else (_no_ints(), _no_ints(), _no_ints())


def _permitted(
    case: Case, scope: Scope, fleets: list[Fleet], holdings: _Holdings, wanted: DemandClass
) -> list[tuple[int, Bools]]:
    """Returns (use right or -1, mask of holdings) for a demand class."""
    own = np.zeros(len(holdings.site), dtype=bool)
    for index, (fleet, site) in enumerate(zip(holdings.fleet, holdings.site, strict=True)):
        allowed = fleets[fleet].allowed
        hosted = wanted.owner in fleets[fleet].holders and scope.run != "shared"
        titled = not wanted.hardware_of or bool(fleets[fleet].holders & set(wanted.hardware_of))
        own[index] = (case.sites[site].owner, wanted) in allowed or (hosted and titled)
    result = [(-1, own)]
    for number, right in enumerate(scope.use_rights):
        if right.taker != wanted.owner or (wanted.hardware_of and right.giver not in wanted.hardware_of):
            continue
        mask = np.array(
            [
                right.giver in fleets[fleet].holders
                and case.skus[fleets[fleet].sku].id == right.sku
                and right.site in (None, case.sites[site].id)
                for fleet, site in zip(holdings.fleet, holdings.site, strict=True)
            ],
            dtype=bool,
        )
        result.append((number, mask))
    return result


def _joint_rights(
    case: Case, scope: Scope, calendar: Calendar, fleets: list[Fleet], holdings: _Holdings
) -> dict[str, np.ndarray]:
    """Returns the hosting rights that cover several halls together, for `Tables`."""
    rights = sorted({right.leg: right for right in scope.host_rights if right.several}.items())
    pairs, ends, means = [], [], []
    for number, (_, right) in enumerate(rights):
        levels = [(calendar.offset(right.from_on), float(right.gpus))]
        if right.until_on is not None:
            levels.append((calendar.offset(right.until_on), 0.0))
        ends.append(calendar.at_end(levels))
        means.append(calendar.average(levels))
        halls = {other.site for other in scope.host_rights if other.leg == right.leg}
        for index, (fleet, site) in enumerate(zip(holdings.fleet, holdings.site, strict=True)):
            own = right.owner in fleets[fleet].holders and case.skus[fleets[fleet].sku].id == right.sku
            if own and case.sites[site].id in halls:
                pairs.append((index, number))
    shape = (len(rights), calendar.count)
    return {
        "joint_holding": np.array([pair[0] for pair in pairs], dtype=np.int64),
        "joint_right": np.array([pair[1] for pair in pairs], dtype=np.int64),
        "joint_end": np.array(ends, dtype=np.float64).reshape(shape),
        "joint_mean": np.array(means, dtype=np.float64).reshape(shape),
    }


def _right_gpus(scope: Scope, calendar: Calendar) -> Floats:
    result = np.zeros((len(scope.use_rights), calendar.count))
    for number, right in enumerate(scope.use_rights):
        levels = [(calendar.offset(right.from_on), float(right.gpus))]
        if right.until_on is not None:
            levels.append((calendar.offset(right.until_on), 0.0))
        result[number] = calendar.average(levels)
    return result


def _right_fleets(case: Case, scope: Scope, fleets: list[Fleet]) -> Ints:
    found = []
    for right in scope.use_rights:
        fits = [i for i, f in enumerate(fleets) if right.giver in f.holders and case.skus[f.sku].id == right.sku]
        found.append(fits[0] if fits else -1)
    return np.array(found, dtype=np.int64)


def _no_ints() -> Ints:
    return np.zeros(0, dtype=np.int64)


def _labels(case: Case, scope: Scope, calendar: Calendar, fleets: list[Fleet]) -> Labels:
    return Labels(
        organisations=tuple(row.id for row in case.organisations),
        sites=tuple(row.id for row in case.sites),
        skus=tuple(row.id for row in case.skus),
        fleets=tuple(f"{'+'.join(sorted(fleet.holders))}:{case.skus[fleet.sku].id}" for fleet in fleets),
        fleet_holders=tuple(tuple(sorted(fleet.holders)) for fleet in fleets),
        fleet_moves=tuple(tuple(fleet.moves) for fleet in fleets),
        fleet_stocks=tuple(tuple(fleet.stocks) for fleet in fleets),
        workloads=tuple(row.id for row in case.workloads),
        rights=tuple(right.leg for right in scope.use_rights),
        periods=tuple(day.isoformat() for day in calendar.days[:-1]),
    )
