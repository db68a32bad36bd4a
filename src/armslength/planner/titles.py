"""Who holds title to what stands and works where, when several organisations share one fleet.

A shared run decides how many accelerators stand at which site and which work they do; accelerators of one SKU are alike.
Titles are given to them afterwards: an organisation's own accelerators stand at its own site and do its own work before
anyone else's do, and partners already at a site come before new ones. That keeps agreements few.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from armslength.model.case import Case
from armslength.planner.calendar import Calendar
from armslength.planner.ready import ready_gpus, ready_limits
from armslength.planner.scope import Scope
from armslength.planner.tables import Floats, Ints, Labels, Tables

SMALL = 1e-9


@dataclass(frozen=True)
class Titled:
    """Stock and use with titles. Axes: X pairs of holder and holding, Y triples of option and holder.

    Attributes:
        holding, holder: (X) index of the holding, id of the holder.
        installed: (X, T) whole accelerators. usable: (X, T) accelerators on average.
        use: per option and holder, (T) accelerators on average.
    """

    holding: list[int]
    holder: list[str]
    installed: Ints
    usable: Floats
    use: dict[tuple[int, str], Floats]


def titled(
    case: Case,
    scope: Scope,
    calendar: Calendar,
    tables: Tables,
    labels: Labels,
    installed: Ints,
    use: Floats,
    loss: Floats,
) -> Titled:
    """Gives titles to a run's stock and use.

    Args:
        installed: (H, T) whole accelerators. use: (Q, T) accelerators on average. loss: (H, T) what crews' pace costs.
    """
    supply = _supply(scope, calendar, labels)
    pairs: list[tuple[int, str]] = []
    stocks: list[Ints] = []
    for fleet in range(len(labels.fleets)):
        mine = np.flatnonzero(tables.holding_fleet == fleet)
        holders = labels.fleet_holders[fleet]
        placed = _placed(case, scope, tables, labels, fleet, mine, installed, supply) if len(holders) > 1 else None
        for place, holding in enumerate(mine):
            for number, holder in enumerate(holders):
                part = installed[holding] if placed is None else placed[place, number]
                if part.any():
                    pairs.append((int(holding), holder))
                    stocks.append(part)
    stacked = np.array(stocks, dtype=np.int64).reshape(len(stocks), calendar.count)
    burn_in = [site.burn_in_days for site in case.sites]
    usable = _usable(scope, calendar, tables, labels, pairs, stacked, burn_in, loss)
    shared = _use(tables, labels, case, pairs, usable, use)
    return Titled([holding for holding, _ in pairs], [holder for _, holder in pairs], stacked, usable, shared)


def _supply(scope: Scope, calendar: Calendar, labels: Labels) -> dict[tuple[str, str], Floats]:
    """Returns what each holder has received of each SKU by each period's end, stock left out, (T)."""
    result: dict[tuple[str, str], Floats] = defaultdict(lambda: np.zeros(calendar.count))
    for move in scope.moves:
        key = (move.holder, move.sku)
        result[key] = result[key] + move.gpus * (calendar.edges[1:] > calendar.offset(move.on))
    return result


def _placed(
    case: Case,
    scope: Scope,
    tables: Tables,
    labels: Labels,
    fleet: int,
    mine: Ints,
    installed: Ints,
    supply: dict[tuple[str, str], Floats],
) -> Ints:
    """Gives titles to what is commissioned, period by period, (holdings of the fleet, holders, T)."""
    holders = labels.fleet_holders[fleet]
    sku = labels.skus[tables.fleet_sku[fleet]]
    received = np.array([supply[holder, sku] if (holder, sku) in supply else 0 * tables.hours for holder in holders])
    periods = installed.shape[1]
    placed = np.zeros((len(mine), len(holders), periods), dtype=np.int64)
    now = np.zeros((len(mine), len(holders)), dtype=np.int64)
    for place, holding in enumerate(mine):
        site = labels.sites[tables.holding_site[holding]]
        for number, holder in enumerate(holders):
            now[place, number] = sum(g for h, k, s, g in scope.stocks if (h, k, s) == (holder, sku, site))
    fixed = now.sum(axis=0)
    owners = [case.sites[tables.holding_site[holding]].owner for holding in mine]
    for period in range(periods):
        grow = installed[mine, period] - now.sum(axis=1)
        for old in (True, False):
            # What was there before the period comes before what arrives in it: it can be used from the first day.
            held = received[:, max(period - 1, 0)] * (period > 0) if old else received[:, period]
            spare = np.floor(held + 0.5).astype(np.int64) + fixed - now.sum(axis=0)
            _hand_out(now, grow, np.maximum(spare, 0), owners, holders)
        placed[:, :, period] = now
    return placed


def _hand_out(now: Ints, grow: Ints, spare: Ints, owners: list[str], holders: tuple[str, ...]) -> None:
    """Hands out spare accelerators to growing holdings: own site first, then partners there already, then the largest."""
    number_of = {holder: number for number, holder in enumerate(holders)}
    growing = [int(place) for place in np.flatnonzero(grow > 0)]
    for place in growing:
        own = number_of.get(owners[place])
        if own is not None:
            _hand(now, grow, spare, place, own)
    for place in growing:
        for number in sorted(range(len(holders)), key=lambda n: (-int(now[place, n] > 0), -int(spare[n]), holders[n])):
            if grow[place] <= 0:
                break
            _hand(now, grow, spare, place, number)


def _hand(now: Ints, grow: Ints, spare: Ints, place: int, number: int) -> None:
    gpus = min(int(grow[place]), int(spare[number]))
    now[place, number] += gpus
    grow[place] -= gpus
    spare[number] -= gpus


def _usable(
    scope: Scope,
    calendar: Calendar,
    tables: Tables,
    labels: Labels,
    pairs: list[tuple[int, str]],
    stacked: Ints,
    burn_in_days: list[float],
    loss: Floats,
) -> Floats:
    """Returns accelerators usable on average per pair, (X, T), and within each holder's receipts to the day."""
    if not pairs:
        return np.zeros((0, calendar.count))
    holding = np.array([pair[0] for pair in pairs])
    usable = np.zeros(stacked.shape)
    stock = {(h, k, s): g for h, k, s, g in _summed(scope.stocks)}
    grown = _grown(tables, labels, pairs, stacked, stock)
    for row, (place, holder) in enumerate(pairs):
        sku, site = labels.skus[tables.fleet_sku[tables.holding_fleet[place]]], labels.sites[tables.holding_site[place]]
        usable[row] = _usable_row(tables, place, stacked[row], stock.get((holder, sku, site), 0), loss[place] * grown[row])
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row, (place, holder) in enumerate(pairs):
        groups[int(tables.holding_fleet[place]), holder].append(row)
    for (fleet, holder), rows in groups.items():
        burn_in = min(burn_in_days[int(tables.holding_site[place])] for place in holding[rows])
        limit = _ready(scope, calendar, labels.skus[tables.fleet_sku[fleet]], holder, burn_in, stacked[rows].sum(axis=0))
        total = usable[rows].sum(axis=0)
        usable[rows] *= np.where(total > limit, limit / np.maximum(total, SMALL), 1.0)
    return usable


def _summed(stocks: tuple[tuple[str, str, str, int], ...]) -> list[tuple[str, str, str, int]]:
    total: dict[tuple[str, str, str], int] = defaultdict(int)
    for holder, sku, site, gpus in stocks:
        total[holder, sku, site] += gpus
    return [(*key, gpus) for key, gpus in total.items()]


def _grown(
    tables: Tables,
    labels: Labels,
    pairs: list[tuple[int, str]],
    stacked: Ints,
    stock: dict[tuple[str, str, str], int],
) -> Floats:
    """Returns each holder's share of what is commissioned at its holding in each period, (X, T)."""
    added = np.zeros(stacked.shape)
    total: dict[int, Floats] = defaultdict(lambda: np.zeros(stacked.shape[1]))
    for row, (place, holder) in enumerate(pairs):
        sku, site = labels.skus[tables.fleet_sku[tables.holding_fleet[place]]], labels.sites[tables.holding_site[place]]
        before = np.concatenate([[stock.get((holder, sku, site), 0)], stacked[row, :-1]])
        added[row] = np.maximum(stacked[row] - before, 0)
        total[place] = total[place] + added[row]
    for row, (place, _) in enumerate(pairs):
        added[row] /= np.maximum(total[place], 1.0)
    return added


def _usable_row(tables: Tables, holding: int, installed: Ints, stock: int, loss: Floats) -> Floats:
    before = np.concatenate([[stock], installed[:-1]])
    added = np.maximum(installed - before, 0)
    usable = installed - np.minimum(loss, added)
    for lag in range(tables.lost.shape[1]):
        usable[lag:] -= tables.lost[tables.holding_site[holding], lag, lag:] * added[: len(added) - lag]
    return np.maximum(usable, 0.0)


def _ready(
    scope: Scope, calendar: Calendar, sku: str, holder: str, burn_in_days: float, installed: Ints
) -> Floats:
    """Returns how many of a holder's installed accelerators are received and burnt in, on average, (T)."""
    standing = sum(gpus for owner, kind, _, gpus in scope.stocks if (owner, kind) == (holder, sku))
    moves = [(calendar.offset(row.on), row.gpus) for row in scope.moves if (row.holder, row.sku) == (holder, sku)]
    return ready_gpus(calendar, ready_limits(calendar, standing, moves, burn_in_days), installed)


def _use(
    tables: Tables, labels: Labels, case: Case, pairs: list[tuple[int, str]], usable: Floats, use: Floats
) -> dict[tuple[int, str], Floats]:
    """Gives titles to use: own accelerators first, then whoever has most left at the holding."""
    at: dict[int, list[int]] = defaultdict(list)
    for row, (holding, _) in enumerate(pairs):
        at[holding].append(row)
    owner = [workload.owner for workload in case.workloads]
    options: dict[int, list[int]] = defaultdict(list)
    for option in np.flatnonzero(use.max(axis=1, initial=0.0) > 0):
        options[int(tables.option_holding[option])].append(int(option))
    result: dict[tuple[int, str], Floats] = {}
    for holding, mine in options.items():
        left = {row: usable[row].copy() for row in at[holding]}
        want = {option: use[option].copy() for option in mine}
        for own in (True, False):
            for option in mine:
                user = owner[tables.option_workload[option]]
                rows = sorted(left, key=lambda row: (-float(left[row].sum()), pairs[row][1]))
                for row in rows:
                    if own and pairs[row][1] != user and len(rows) > 1:
                        continue
                    given = np.minimum(want[option], left[row])
                    if given.max() > SMALL:
                        want[option] = want[option] - given
                        left[row] = left[row] - given
                        key = (option, pairs[row][1])
                        result[key] = result.get(key, 0.0) + given
    return result
