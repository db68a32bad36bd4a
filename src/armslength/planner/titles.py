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
from armslength.planner.ready import ready_before, ready_gpus, ready_limits
from armslength.planner.scope import Scope
from armslength.planner.tables import Floats, Ints, Labels, Tables
from armslength.planner.title_choice import FleetUse, chosen_titles
from armslength.planner.whole import SMALL_GPU_HOURS, usable_gpus

SMALL = 1e-9
SHORT_FRAC = 1e-5  # of all worth: less without a title is left as it is


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


@dataclass(frozen=True)
class Setting:
    """One run: its nouns, what it may do, and its numbers."""

    case: Case
    scope: Scope
    calendar: Calendar
    tables: Tables
    labels: Labels


def titled(run: Setting, installed: Ints, use: Floats, loss: Floats) -> Titled:
    """Gives titles to a run's stock and use.

    Args:
        installed: (H, T) whole accelerators. use: (Q, T) accelerators on average. loss: (G, H, T) what crews' pace costs.
    """
    tables, labels = run.tables, run.labels
    usable = usable_gpus(tables, installed, loss)
    placed = {
        fleet: _placed(run, fleet, installed[tables.holding_fleet == fleet]) for fleet in range(len(labels.fleets))
    }
    first = _given(run, placed, usable, use)
    better, settled = dict(placed), {}
    for fleet in _short_of_titles(tables, labels, use, first):
        chosen = chosen_titles(run.calendar, tables, labels, _fleet_use(run, fleet, installed, use), placed[fleet])
        if chosen is not None:
            better[fleet], given = chosen
            settled.update(given)
    if not settled:
        return first
    second = _given(run, better, usable, use, settled)
    return max(first, second, key=lambda found: _worth(tables, found))


def _given(
    run: Setting,
    placed: dict[int, Ints],
    usable: Floats,
    use: Floats,
    settled: dict[tuple[int, str], Floats] | None = None,
) -> Titled:
    """Returns use with titles, for stock whose titles are settled: per fleet, (its holdings, its holders, T).

    Args:
        settled: use per option and holder, (T), of the fleets for which that is settled already.
    """
    tables, labels = run.tables, run.labels
    pairs: list[tuple[int, str]] = []
    stocks: list[Ints] = []
    for fleet, titles in placed.items():
        for place, holding in enumerate(np.flatnonzero(tables.holding_fleet == fleet)):
            for number, holder in enumerate(labels.fleet_holders[fleet]):
                if titles[place, number].any():
                    pairs.append((int(holding), holder))
                    stocks.append(titles[place, number])
    stacked = np.array(stocks, dtype=np.int64).reshape(len(stocks), run.calendar.count)
    supply = _supply(run, pairs, stacked, usable)
    settled = settled or {}
    fleet_of = tables.holding_fleet[tables.option_holding]
    open_fleets = ~np.isin(fleet_of, [fleet_of[option] for option, _ in settled])
    shared = _within_pools(tables, supply, settled) | _use(
        tables, run.case, supply, np.where(open_fleets[:, None], use, 0.0)
    )
    # Uses too small to be more than rounding: everything that follows is counted without them.
    shared = {key: np.where(gpus * tables.hours > SMALL_GPU_HOURS, gpus, 0.0) for key, gpus in shared.items()}
    return Titled(
        [holding for holding, _ in pairs],
        [holder for _, holder in pairs],
        stacked,
        _usable(tables, supply, shared),
        shared,
    )


def _worth(tables: Tables, found: Titled) -> float:
    return sum(float(gpus * tables.hours @ tables.option_rate[option]) for (option, _), gpus in found.use.items())


def _short_of_titles(tables: Tables, labels: Labels, use: Floats, found: Titled) -> list[int]:
    """Returns the fleets of several holders in which use that matters found no title."""
    missing = use.copy()
    for (option, _), gpus in found.use.items():
        missing[option] -= gpus
    worth = (np.maximum(missing, 0.0) * tables.hours * np.maximum(tables.option_rate, 0.0)).sum(axis=1)
    lost = np.bincount(tables.holding_fleet[tables.option_holding], worth, minlength=len(labels.fleets))
    dear = lost > SHORT_FRAC * max(_worth(tables, found), 1.0)
    return [int(fleet) for fleet in np.flatnonzero(dear) if len(labels.fleet_holders[fleet]) > 1]


def _fleet_use(run: Setting, fleet: int, installed: Ints, use: Floats) -> FleetUse:
    tables, labels = run.tables, run.labels
    mine = np.flatnonzero(tables.holding_fleet == fleet)
    owners = [run.case.sites[tables.holding_site[holding]].owner for holding in mine]
    own = np.array([[owner == holder for holder in labels.fleet_holders[fleet]] for owner in owners])
    return FleetUse(fleet, mine, installed[mine], use, own.reshape(len(mine), len(labels.fleet_holders[fleet])))


def _placed(run: Setting, fleet: int, installed: Ints) -> Ints:
    """Gives titles to what is commissioned, period by period, (holdings of the fleet, holders, T).

    Args:
        installed: (holdings of the fleet, T) whole accelerators.
    """
    calendar, tables, labels = run.calendar, run.tables, run.labels
    holders = labels.fleet_holders[fleet]
    if len(holders) == 1:
        return installed[:, None, :]
    number_of = {holder: number for number, holder in enumerate(holders)}
    mine = np.flatnonzero(tables.holding_fleet == fleet)
    place_of = {int(tables.holding_site[holding]): place for place, holding in enumerate(mine)}
    moves = [(offset, number_of[holder], gpus) for holder, offset, gpus in labels.fleet_moves[fleet]]
    now = np.zeros((len(mine), len(holders)), dtype=np.int64)
    for holder, site, gpus in labels.fleet_stocks[fleet]:
        now[place_of[site], number_of[holder]] += gpus
    fixed = now.sum(axis=0)
    owners = [run.case.sites[tables.holding_site[holding]].owner for holding in mine]
    placed = np.zeros((len(mine), len(holders), calendar.count), dtype=np.int64)
    for period in range(calendar.count):
        grow = installed[:, period] - now.sum(axis=1)
        begin, end = calendar.edges[period], calendar.edges[period + 1]
        # What comes first is used first: what was there before the period, then what arrives in it, day by day.
        for day in sorted({begin} | {offset for offset, _, _ in moves if begin < offset < end}):
            spare = fixed - now.sum(axis=0)
            for offset, number, gpus in moves:
                spare[number] += gpus if offset <= day else 0
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


@dataclass(frozen=True)
class _Supply:
    """What each pair of holding and holder can give, and what several of them can give together.

    Attributes:
        pairs: (X) holding and holder.
        installed: (X, T) whole accelerators. at_hand: (X, T) those of them past the site's burn-in, on average.
        pools: (rows, most that they give together on average, (T)). A holding gives what its crew has ready, a holder
            what it has received, to the day.
    """

    pairs: list[tuple[int, str]]
    installed: Ints
    at_hand: Floats
    pools: list[tuple[list[int], Floats]]


def _supply(run: Setting, pairs: list[tuple[int, str]], stacked: Ints, usable: Floats) -> _Supply:
    tables, labels = run.tables, run.labels
    stock: dict[tuple[int, str], int] = defaultdict(int)
    for place in {place for place, _ in pairs}:
        for holder, site, gpus in labels.fleet_stocks[int(tables.holding_fleet[place])]:
            stock[place, holder] += gpus if site == tables.holding_site[place] else 0
    first = np.array([stock[pair] for pair in pairs], dtype=np.int64)
    at_hand = np.zeros(stacked.shape)
    of_holding: dict[int, list[int]] = defaultdict(list)
    of_holder: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row, (place, holder) in enumerate(pairs):
        at_hand[row] = _past_burn_in(tables, place, stacked[row], int(first[row]))
        of_holding[place].append(row)
        of_holder[holder, int(tables.fleet_sku[tables.holding_fleet[place]])].append(row)
    pools = [(rows, usable[place]) for place, rows in of_holding.items()]
    for (holder, sku), rows in of_holder.items():
        hand = holder, labels.skus[sku]
        burn_in = np.array([run.case.sites[tables.holding_site[pairs[row][0]]].burn_in_days for row in rows])
        fresh = stacked[rows] > first[rows][:, None]
        pools.append((rows, _ready(run.scope, run.calendar, hand, burn_in, fresh, stacked[rows].sum(axis=0))))
        fleets = tables.holding_fleet[[pairs[row][0] for row in rows]]
        if len(rows) > 1 and not tables.fleet_returns[fleets].any():
            most = _ready_here(run.scope, run.calendar, hand, burn_in, first[rows], stacked[rows])
            pools += [([row], most[place]) for place, row in enumerate(rows)]
    return _Supply(pairs, stacked, at_hand, pools)


def _past_burn_in(tables: Tables, holding: int, installed: Ints, stock: int) -> Floats:
    """Returns how many of a holder's accelerators at a holding are past burn-in on average, (T)."""
    added = np.maximum(np.diff(installed, prepend=stock), 0)
    result = installed.astype(np.float64)
    for lag in range(tables.lost.shape[1]):
        result[lag:] -= tables.lost[tables.holding_site[holding], lag, lag:] * added[: len(added) - lag]
    return np.maximum(result, 0.0)


def _ready(
    scope: Scope, calendar: Calendar, hand: tuple[str, str], burn_in_days: Floats, fresh: np.ndarray, installed: Ints
) -> Floats:
    """Returns how many of a holder's installed accelerators of a SKU are received and burnt in, on average, (T).

    Each site's own burn-in is in its rows already. Receipt is matched with the shortest, as which stands where is open.

    Args:
        burn_in_days: of the site of each row. fresh: (rows, T) whether more stands there than from the start.
    """
    standing, moves = _in_hand(scope, calendar, hand)
    shortest = np.where(fresh, burn_in_days[:, None], np.inf).min(axis=0)
    shortest = np.where(np.isfinite(shortest), shortest, 0.0)
    result = np.zeros(calendar.count)
    for days in np.unique(shortest):
        limits = ready_limits(calendar, standing, moves, float(days))
        result = np.where(shortest == days, ready_gpus(calendar, limits, installed.astype(np.float64)), result)
    return result


def _ready_here(
    scope: Scope, calendar: Calendar, hand: tuple[str, str], burn_in_days: Floats, stock: Ints, installed: Ints
) -> Floats:
    """Returns how many of a holder's accelerators at each site can be received and burnt in, on average, (rows, T).

    What was ready and stood elsewhere stays there, and does not stand in for what is in burn-in here.

    Args:
        burn_in_days: of each row's site. stock, installed: (rows), (rows, T) accelerators, never fewer than before.
    """
    standing, moves = _in_hand(scope, calendar, hand)
    total = installed.sum(axis=0).astype(np.float64)
    stood = np.concatenate([stock[:, None], installed], axis=1)
    result = np.zeros(installed.shape)
    for days in np.unique(burn_in_days):
        ready = ready_gpus(calendar, ready_limits(calendar, standing, moves, float(days)), total)
        before = stood[:, ready_before(calendar, moves, float(days)) + 1]
        here = burn_in_days == days
        result[here] = ready - (before.sum(axis=0) - before[here])
    return np.maximum(result, 0.0)


def _in_hand(scope: Scope, calendar: Calendar, hand: tuple[str, str]) -> tuple[int, list[tuple[float, int]]]:
    """Returns what a holder has of a SKU from the start, and what is received or handed back, by day."""
    standing = sum(gpus for owner, sku, _, gpus in scope.stocks if (owner, sku) == hand)
    moves = [(calendar.offset(row.on), row.gpus) for row in scope.moves if (row.holder, row.sku) == hand]
    return standing, moves


def _use(tables: Tables, case: Case, supply: _Supply, use: Floats) -> dict[tuple[int, str], Floats]:
    """Gives titles to use: own accelerators first, then whoever has most left at the holding."""
    at: dict[int, list[int]] = defaultdict(list)
    for row, (holding, _) in enumerate(supply.pairs):
        at[holding].append(row)
    left = supply.at_hand.copy()
    limits: list[list[Floats]] = [[] for _ in supply.pairs]
    for rows, most in supply.pools:
        shared = most.copy()
        for row in rows:
            limits[row].append(shared)
    workload = tables.option_workload
    by_start: dict[tuple[int, int], Floats] = {}
    options: dict[int, list[int]] = defaultdict(list)
    for used in np.flatnonzero(use.max(axis=1, initial=0.0) > 0):
        options[int(tables.option_holding[used])].append(int(used))
    result: dict[tuple[int, str], Floats] = {}
    for holding, mine in options.items():
        want = {option: use[option].copy() for option in mine}
        for own, option in [(own, option) for own in (True, False) for option in mine]:
            user = case.workloads[workload[option]].owner
            for row in sorted(at[holding], key=lambda row: (-float(left[row].sum()), supply.pairs[row][1])):
                holder = supply.pairs[row][1]
                if own and holder != user and len(at[holding]) > 1:
                    continue
                start = (int(workload[option]), row)
                since_start = by_start.setdefault(start, tables.started[start[0]] * supply.installed[row])
                given = np.minimum.reduce([want[option], left[row], since_start, *limits[row]]).clip(min=0.0)
                if given.max() > SMALL:
                    for left_over in (want[option], left[row], since_start, *limits[row]):
                        np.subtract(left_over, given, out=left_over)
                    result[option, holder] = result.get((option, holder), 0.0) + given
    return result


def _within_pools(tables: Tables, supply: _Supply, use: dict[tuple[int, str], Floats]) -> dict[tuple[int, str], Floats]:
    """Returns settled use, less what a pool cannot give: rounding, as a rule."""
    row_of = {pair: row for row, pair in enumerate(supply.pairs)}
    share = np.ones_like(supply.at_hand)
    used = _used(tables, supply, use)
    for rows, most in supply.pools:
        total = (used[rows] * share[rows]).sum(axis=0)
        share[rows] *= np.where(total > most, most / np.maximum(total, SMALL), 1.0)
    share = np.minimum(share, np.divide(supply.at_hand, used, out=np.ones_like(used), where=used > 0))
    return {
        (option, holder): gpus * share[row_of[int(tables.option_holding[option]), holder]]
        for (option, holder), gpus in use.items()
    }


def _used(tables: Tables, supply: _Supply, use: dict[tuple[int, str], Floats]) -> Floats:
    """Returns use per pair of holding and holder, (X, T)."""
    row_of = {pair: row for row, pair in enumerate(supply.pairs)}
    used = np.zeros_like(supply.at_hand)
    for (option, holder), gpus in use.items():
        used[row_of[int(tables.option_holding[option]), holder]] += gpus
    return used


def _usable(tables: Tables, supply: _Supply, use: dict[tuple[int, str], Floats]) -> Floats:
    """Returns accelerators usable per pair: what a pool cannot give is taken from what nobody uses, (X, T)."""
    used = _used(tables, supply, use)
    usable = supply.at_hand.copy()
    for rows, most in supply.pools:
        spare = np.maximum(usable[rows] - used[rows], 0.0)
        excess = np.maximum(usable[rows].sum(axis=0) - most, 0.0)
        usable[rows] -= spare * np.minimum(1.0, excess / np.maximum(spare.sum(axis=0), SMALL))
    # A hair that nobody uses is rounding of the use, not idleness.
    return np.where(np.abs(usable - used) * tables.hours < SMALL_GPU_HOURS, used, usable)
