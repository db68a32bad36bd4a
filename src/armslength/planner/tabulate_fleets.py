"""Fleets: accelerators of one SKU in hands that may do the same with them; what they receive, and when it is ready."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from armslength.model.case import Case
from armslength.planner.calendar import Calendar
from armslength.planner.ready import ready_before, ready_limits
from armslength.planner.scope import Allowed, Scope
from armslength.planner.tables import Bools, Floats, Ints
from armslength.planner.tabulate_sites import SiteTable

# Fleet, period, slope, constant, burn-in in days: see `Tables`.
ReadyLine = tuple[int, int, float, float, float]
LONGER_LINES_MAX = 100


@dataclass
class Fleet:
    """One SKU in the hands of holders under the same permissions."""

    sku: int
    allowed: Allowed
    holders: set[str] = field(default_factory=set)
    moves: list[tuple[str, float, int]] = field(default_factory=list)  # (holder, offset in days, signed accelerators)
    stocks: list[tuple[str, int, int]] = field(default_factory=list)  # (holder, site, accelerators)

    @property
    def received(self) -> list[tuple[float, int]]:
        """What is gained or handed back, whoever holds it: (offset in days, signed accelerators)."""
        return [(offset, gpus) for _, offset, gpus in self.moves]

    @property
    def stock(self) -> dict[int, int]:
        """Accelerators standing from the start, by site."""
        total: dict[int, int] = defaultdict(int)
        for _, site, gpus in self.stocks:
            total[site] += gpus
        return total


def fleets_of(case: Case, scope: Scope, calendar: Calendar) -> list[Fleet]:
    """Groups supply by SKU and permissions. Outside the shared run every holder is a group of its own."""
    skus = {row.id: index for index, row in enumerate(case.skus)}
    sites = {row.id: index for index, row in enumerate(case.sites)}
    fleets: dict[tuple[object, int], Fleet] = {}

    def fleet_of(holder: str, sku: str, received: bool) -> Fleet:
        allowed = scope.allowed[holder, received]
        key = (allowed if scope.run == "shared" and allowed else holder, skus[sku])
        fleet = fleets.setdefault(key, Fleet(skus[sku], allowed))
        fleet.holders.add(holder)
        return fleet

    for holder, sku, site, gpus in sorted(scope.stocks):
        fleet_of(holder, sku, True).stocks.append((holder, sites[site], gpus))
    for move in sorted(scope.moves, key=lambda m: (m.holder, m.sku, m.on, m.gpus)):
        fleet = fleet_of(move.holder, move.sku, move.received)
        fleet.moves.append((move.holder, calendar.offset(move.on), move.gpus))
    return sorted(
        fleets.values(), key=lambda fleet: (sorted(fleet.holders), fleet.sku, sorted(map(str, fleet.allowed)))
    )


def supply_table(
    fleets: list[Fleet], calendar: Calendar, sites: SiteTable, holdings: tuple[Ints, Ints]
) -> dict[str, np.ndarray]:
    """Returns what fleets receive and when it is ready, in the fields of `Tables`.

    One set of lines per burn-in of the fleet's sites; in large runs only for the shortest, as reading out trims the rest.

    Args:
        holdings: indices of fleet and site wherever a fleet may stand, twice (H).
    """
    received = np.zeros((len(fleets), calendar.count))
    shortest: list[ReadyLine] = []
    longer: list[ReadyLine] = []
    for index, fleet in enumerate(fleets):
        standing = sum(fleet.stock.values())
        received[index] += standing
        for offset, gpus in fleet.received:
            received[index] += gpus * (calendar.edges[1:] > offset)
        burn_ins = sites.burn_in_days[holdings[1][holdings[0] == index]]
        for number, days in enumerate(np.unique(burn_ins)):
            # What stands from the start does not move, so it stands in for nothing at sites with a longer burn-in.
            there = standing - _elsewhere(fleet, sites, float(days))
            limits = ready_limits(calendar, there, fleet.received, float(days))
            (longer if number else shortest).extend((index, *limit, float(days)) for limit in limits)
    ready = shortest + (longer if len(longer) <= LONGER_LINES_MAX else [])
    columns = list(zip(*ready, strict=True)) or [()] * 5
    return {
        "fleet_received": received,
        "ready_fleet": np.array(columns[0], dtype=np.int64),
        "ready_period": np.array(columns[1], dtype=np.int64),
        "ready_slope": np.array(columns[2], dtype=np.float64),
        "ready_constant": np.array(columns[3], dtype=np.float64),
        "ready_burn_in_days": np.array(columns[4], dtype=np.float64),
        "ready_arrives": _arrives(fleets, sites, received, ready),
        "ready_before": np.array(
            [ready_before(calendar, fleets[fleet].received, days)[period] for fleet, period, _, _, days in ready],
            dtype=np.int64,
        ),
    }


def _elsewhere(fleet: Fleet, sites: SiteTable, burn_in_days: float) -> int:
    """Returns how many of a fleet stand from the start at sites with a shorter burn-in."""
    return sum(gpus for site, gpus in fleet.stock.items() if sites.burn_in_days[site] < burn_in_days)


def _arrives(fleets: list[Fleet], sites: SiteTable, received: Floats, ready: list[ReadyLine]) -> Bools:
    """Marks the lines of readiness of which all accelerators before them were there and ready from the period's start."""
    standing = np.array([[float(sum(fleet.stock.values()))] for fleet in fleets]).reshape(len(fleets), 1)
    before = np.concatenate([standing, received[:, :-1]], axis=1)
    marks = [
        slope < 1
        and received[fleet, period] > before[fleet, period]
        and constant >= (1 - slope) * (before[fleet, period] - _elsewhere(fleets[fleet], sites, days)) - 1e-6
        for fleet, period, slope, constant, days in ready
    ]
    return np.array(marks, dtype=bool)
