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
from armslength.planner.whole import shifted

SMALL = 1e-9

Hand = tuple[str, int]  # a holder and the index of a SKU


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
        installed: (H, T) whole accelerators. use: (Q, T) accelerators on average. loss: (G, H, T) what crews' pace costs.
    """
    pairs: list[tuple[int, str]] = []
    stocks: list[Ints] = []
    for fleet in range(len(labels.fleets)):
        mine = np.flatnonzero(tables.holding_fleet == fleet)
        holders = labels.fleet_holders[fleet]
        placed = _placed(case, calendar, tables, labels, fleet, installed[mine]) if len(holders) > 1 else None
        for place, holding in enumerate(mine):
            for number, holder in enumerate(holders):
                part = installed[holding] if placed is None else placed[place, number]
                if part.any():
                    pairs.append((int(holding), holder))
                    stocks.append(part)
    stacked = np.array(stocks, dtype=np.int64).reshape(len(stocks), calendar.count)
    burn_in = [site.burn_in_days for site in case.sites]
    at_hand, ready = _usable(scope, calendar, tables, labels, pairs, stacked, burn_in, loss)
    shared = _use(tables, case, pairs, stacked, (at_hand, ready), use)
    usable = _within_ready(pairs, tables, at_hand, ready, shared)
    return Titled([holding for holding, _ in pairs], [holder for _, holder in pairs], stacked, usable, shared)


def _placed(case: Case, calendar: Calendar, tables: Tables, labels: Labels, fleet: int, installed: Ints) -> Ints:
    """Gives titles to what is commissioned, period by period, (holdings of the fleet, holders, T).

    Args:
        installed: (holdings of the fleet, T) whole accelerators.
    """
    holders = labels.fleet_holders[fleet]
    number_of = {holder: number for number, holder in enumerate(holders)}
    mine = np.flatnonzero(tables.holding_fleet == fleet)
    place_of = {int(tables.holding_site[holding]): place for place, holding in enumerate(mine)}
    moves = [(offset, number_of[holder], gpus) for holder, offset, gpus in labels.fleet_moves[fleet]]
    now = np.zeros((len(mine), len(holders)), dtype=np.int64)
    for holder, site, gpus in labels.fleet_stocks[fleet]:
        now[place_of[site], number_of[holder]] += gpus
    fixed = now.sum(axis=0)
    owners = [case.sites[tables.holding_site[holding]].owner for holding in mine]
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


def _usable(
    scope: Scope,
    calendar: Calendar,
    tables: Tables,
    labels: Labels,
    pairs: list[tuple[int, str]],
    stacked: Ints,
    burn_in_days: list[float],
    loss: Floats,
) -> tuple[Floats, dict[Hand, Floats]]:
    """Returns accelerators usable on average per pair, (X, T), and how many of each holder's are ready, (T).

    The first is what stands and is burnt in, the second what is received, to the day; both limit use.
    """
    if not pairs:
        return np.zeros((0, calendar.count)), {}
    holding = np.array([pair[0] for pair in pairs])
    usable = np.zeros(stacked.shape)
    stock: dict[tuple[int, str], int] = defaultdict(int)
    for place in {place for place, _ in pairs}:
        for holder, site, gpus in labels.fleet_stocks[int(tables.holding_fleet[place])]:
            stock[place, holder] += gpus if site == tables.holding_site[place] else 0
    added = _added_by_holder(pairs, stacked, stock)
    grown = _grown(pairs, added)
    for row, (place, holder) in enumerate(pairs):
        mine = shifted(loss[:, place] * grown[row])
        usable[row] = _usable_row(tables, place, stacked[row], stock[place, holder], mine)
    limits: dict[Hand, Floats] = {}
    for hand, rows in _rows_of_hands(pairs, tables).items():
        site_burn_in = np.array([burn_in_days[int(site)] for site in tables.holding_site[holding[rows]]])
        # Each site's own burn-in is in its rows already; receipt is matched with the shortest, as which stands where is open.
        fresh = stacked[rows] > np.array([[stock[pairs[row]]] for row in rows])
        shortest = np.where(fresh, site_burn_in[:, None], np.inf).min(axis=0)
        shortest = np.where(np.isfinite(shortest), shortest, 0.0)
        limits[hand] = np.full(calendar.count, np.inf)
        for burn_in in np.unique(shortest):
            holder, sku = hand
            ready = _ready(scope, calendar, labels.skus[sku], holder, float(burn_in), stacked[rows].sum(axis=0))
            limits[hand] = np.where(shortest == burn_in, ready, limits[hand])
    return usable, limits


def _rows_of_hands(pairs: list[tuple[int, str]], tables: Tables) -> dict[Hand, list[int]]:
    """Returns the rows of each holder and SKU."""
    result: dict[Hand, list[int]] = defaultdict(list)
    for row, (place, holder) in enumerate(pairs):
        result[_hand_of(tables, place, holder)].append(row)
    return result


def _hand_of(tables: Tables, holding: int, holder: str) -> Hand:
    return holder, int(tables.fleet_sku[tables.holding_fleet[holding]])


def _added_by_holder(pairs: list[tuple[int, str]], stacked: Ints, stock: dict[tuple[int, str], int]) -> Floats:
    """Returns what each holder adds at each holding in each period, (X, T)."""
    first = np.array([[stock.get(pair, 0)] for pair in pairs]).reshape(len(pairs), 1)
    before = np.concatenate([first, stacked[:, :-1]], axis=1)
    added: Floats = np.maximum(stacked - before, 0).astype(np.float64)
    return added


def _grown(pairs: list[tuple[int, str]], added: Floats) -> Floats:
    """Returns each holder's share of what is commissioned at its holding in each period, (X, T)."""
    total: dict[int, Floats] = defaultdict(lambda: np.zeros(added.shape[1]))
    for row, (place, _) in enumerate(pairs):
        total[place] = total[place] + added[row]
    shares = [added[row] / np.maximum(total[place], 1.0) for row, (place, _) in enumerate(pairs)]
    return np.array(shares).reshape(added.shape)


def _within_ready(
    pairs: list[tuple[int, str]],
    tables: Tables,
    at_hand: Floats,
    ready: dict[Hand, Floats],
    use: dict[tuple[int, str], Floats],
) -> Floats:
    """Takes what is not ready yet from what nobody uses, so that every use keeps what it rests on, (X, T)."""
    used = np.zeros_like(at_hand)
    row_of = {pair: row for row, pair in enumerate(pairs)}
    for (option, holder), gpus in use.items():
        used[row_of[int(tables.option_holding[option]), holder]] += gpus
    usable = at_hand.copy()
    for hand, rows in _rows_of_hands(pairs, tables).items():
        spare = np.maximum(at_hand[rows] - used[rows], 0.0)
        excess = np.maximum(at_hand[rows].sum(axis=0) - ready[hand], 0.0)
        usable[rows] -= spare * np.minimum(1.0, excess / np.maximum(spare.sum(axis=0), SMALL))
    return usable


def _usable_row(tables: Tables, holding: int, installed: Ints, stock: int, loss: Floats) -> Floats:
    before = np.concatenate([[stock], installed[:-1]])
    added = np.maximum(installed - before, 0)
    usable = installed - loss
    for lag in range(tables.lost.shape[1]):
        usable[lag:] -= tables.lost[tables.holding_site[holding], lag, lag:] * added[: len(added) - lag]
    return np.maximum(usable, 0.0)


def _ready(scope: Scope, calendar: Calendar, sku: str, holder: str, burn_in_days: float, installed: Ints) -> Floats:
    """Returns how many of a holder's installed accelerators are received and burnt in, on average, (T)."""
    standing = sum(gpus for owner, kind, _, gpus in scope.stocks if (owner, kind) == (holder, sku))
    moves = [(calendar.offset(row.on), row.gpus) for row in scope.moves if (row.holder, row.sku) == (holder, sku)]
    return ready_gpus(calendar, ready_limits(calendar, standing, moves, burn_in_days), installed.astype(np.float64))


def _use(
    tables: Tables,
    case: Case,
    pairs: list[tuple[int, str]],
    installed: Ints,
    limits: tuple[Floats, dict[Hand, Floats]],
    use: Floats,
) -> dict[tuple[int, str], Floats]:
    """Gives titles to use: own accelerators first, then whoever has most left at the holding.

    Args:
        limits: accelerators usable per pair, (X, T), and how many of each holder's are ready, (T).
    """
    usable = limits[0]
    ready = {hand: gpus.copy() for hand, gpus in limits[1].items()}
    at: dict[int, list[int]] = defaultdict(list)
    for row, (holding, _) in enumerate(pairs):
        at[holding].append(row)
    owner = [workload.owner for workload in case.workloads]
    options: dict[int, list[int]] = defaultdict(list)
    for used in np.flatnonzero(use.max(axis=1, initial=0.0) > 0):
        options[int(tables.option_holding[used])].append(int(used))
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
                    key = (option, pairs[row][1])
                    hand = ready[_hand_of(tables, *pairs[row])]
                    since_start = tables.started[tables.option_workload[option]] * installed[row] - result.get(key, 0.0)
                    given = np.minimum(np.minimum(want[option], left[row]), np.maximum(since_start, 0.0))
                    given = np.minimum(given, np.maximum(hand, 0.0))
                    if given.max() > SMALL:
                        want[option] = want[option] - given
                        left[row] = left[row] - given
                        hand -= given
                        result[key] = result.get(key, 0.0) + given
    return result
