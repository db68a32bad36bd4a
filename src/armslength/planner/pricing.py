"""A proof of how good a plan can be, from prices alone; and which options the prices call for.

Any prices on the shared rules give a bound (weak duality): each workload on its own earns at most what its best use
brings at those prices, and the sites and fleets at most what the rules are priced at. The bound holds for every option,
also those the priced program left out, and for a single-fabric gang it counts the best single option, which a plain
relaxation does not.
"""

from dataclasses import dataclass, replace

import numpy as np

from armslength.planner.building import Layout
from armslength.planner.tables import Bools, Floats, Ints, Tables, within_start
from armslength.solver.program import Program

# Families whose prices every workload pays; what a workload limits for itself is solved for each one below.
OWN_FAMILIES = ("gang_size", "demand", "work", "single_site", "one_choice", "no_detriment")
# Families with rows that touch several sites.
TYING_FAMILIES = ("returns", "in_time", "after_rise", "in_turn", "hosted_together")


@dataclass(frozen=True)
class Priced:
    """What prices prove.

    Attributes:
        bound_value: no plan is worth more.
        worth: (Q) what the option could earn at these prices, for single-fabric gangs; how much it is underpriced for
            the others.
    """

    bound_value: float
    worth: Floats


@dataclass(frozen=True)
class Prices:
    """Prices of a run's rules, in the shapes of its tables; money, 0 or more.

    Attributes:
        paid: (H, T) what a GPU in use on average in the period pays for the rules on sites and fleets.
        starting: (Q, T) what it pays beside, for the day on which it may start.
        work: (W) per GPU-hour of the reference SKU. gang, wanted: (W, T) per GPU, and per GPU of the reference SKU.
        floor: (O) per money of own worth.
        received: (F, T) per GPU that has been received by the period's end, for then and for ever after.
        tying: prices of other families whose rows may tie several sites together, row by row.
    """

    paid: Floats
    starting: Floats
    work: Floats
    gang: Floats
    wanted: Floats
    floor: Floats
    received: Floats
    tying: dict[str, Floats]


def price(tables: Tables, program: Program, layout: Layout, duals: Floats) -> Priced:
    """Returns the bound that the prices ``duals`` of ``program`` prove for all options of ``tables``."""
    prices = prices_of(tables, program, layout, duals)
    shared = np.maximum(duals, 0.0)
    for family in program.families:
        if family.name in OWN_FAMILIES:
            shared[family.rows] = 0.0
    worked = work_side(tables, prices)
    return replace(worked, bound_value=worked.bound_value + _stock(tables, program, layout, shared) + program.constant)


def on_finer_grid(prices: Prices, coarse: Tables, tables: Tables) -> Prices:
    """Returns prices found on a coarse grid as guesses for a finer one, by straight lines between its periods.

    Prices that workloads pay in single periods are left at 0: `work_side` finds the best ones for itself.
    """
    periods = len(tables.hours)
    merge = -(-periods // len(coarse.hours))
    begin = np.arange(len(coarse.hours)) * merge
    middle = (begin + np.minimum(begin + merge, periods) - 1) / 2
    at = np.arange(periods)
    holdings, fleets = len(prices.paid), len(prices.received)
    # Where nothing can stand a price may be anything; nobody pays more than its use brings.
    each_hour = np.minimum(prices.paid, _most_paid(coarse, prices.floor)) / coarse.hours
    received = prices.received + _late_worth(coarse, prices.tying["in_time"])
    return Prices(
        paid=np.array([np.interp(at, middle, each_hour[h]) for h in range(holdings)]).reshape(holdings, -1)
        * tables.hours,
        starting=np.zeros(tables.option_rate.shape),
        work=prices.work,
        gang=np.zeros(tables.started.shape),
        wanted=np.zeros(tables.started.shape),
        floor=prices.floor,
        received=np.array([np.interp(at, begin, received[f]) for f in range(fleets)]).reshape(fleets, -1),
        tying={},
    )


def _most_paid(tables: Tables, floor: Floats) -> Floats:
    """Returns the most that any work would pay for a GPU in use, (H, T)."""
    bonus = 1.0 + floor[tables.workload_owner[tables.option_workload]]
    result = np.zeros(tables.hosted_end.shape)
    np.maximum.at(result, tables.option_holding, tables.option_rate * tables.hours * bonus[:, None])
    return result


def _late_worth(tables: Tables, duals: Floats) -> Floats:
    """Returns what one more GPU is worth from each period on for not being late within its period, (F, T)."""
    each = np.zeros(tables.fleet_received.shape)
    np.add.at(each, (tables.ready_fleet, tables.ready_period), duals * (1.0 - tables.ready_slope))
    result: Floats = each[:, ::-1].cumsum(axis=1)[:, ::-1]
    return result


def work_side(tables: Tables, prices: Prices) -> Priced:
    """Returns what all work could earn at these prices, each workload on its own, as part of a bound."""
    work, gang, wanted = prices.work, prices.gang, prices.wanted
    margin = margins(tables, prices)
    most = tables.most_used
    workload = tables.option_workload
    # What is left of a cell's margin after the workload's own prices.
    own = tables.option_ratio[:, None] * (work[workload][:, None] * tables.hours + wanted[workload]) + gang[workload]
    surplus = np.sum(most * np.maximum(margin - own, 0.0), axis=1)
    limits = _own_limits(tables, work, gang, wanted)
    spread = limits + np.bincount(workload, weights=surplus, minlength=len(limits))
    spread = np.minimum(spread, _best_per_period(tables, margin, work))
    alone = _knapsacks(tables, margin, most)
    single = tables.single
    best_single = np.zeros(len(single))
    np.maximum.at(best_single, workload, alone)
    total = float(np.where(single, np.minimum(best_single, spread), spread).sum())
    promised = np.isfinite(tables.floor)
    total += float(prices.floor[promised] @ (tables.constant - tables.floor)[promised])
    return Priced(total, np.where(single[workload], alone, surplus))


def margins(tables: Tables, prices: Prices) -> Floats:
    """Returns what each option's GPU in use on average brings beyond what it pays for sites and fleets, money, (Q, T)."""
    bonus = 1.0 + prices.floor[tables.workload_owner[tables.option_workload]]
    result: Floats = tables.option_rate * tables.hours * bonus[:, None]
    result -= prices.paid[tables.option_holding] + prices.starting
    return result


def wanting(tables: Tables, options: Bools, worth: Floats, per_workload: int) -> Ints:
    """Returns options not yet in ``options`` which the prices call for, at most ``per_workload`` each."""
    workload = tables.option_workload
    best = np.zeros(len(tables.single))
    held = options & tables.single[workload]
    np.maximum.at(best, workload[held], worth[held])
    scale = max(float(worth.max(initial=0.0)), 1.0) * 1e-6
    gain = np.where(options, -np.inf, worth - best[workload])
    order = np.lexsort((np.arange(len(gain)), -gain, workload))
    rank = np.arange(len(order)) - np.searchsorted(workload[order], workload[order])
    picked = order[(rank < per_workload) & (gain[order] > scale)]
    return np.sort(picked)


def prices_of(tables: Tables, program: Program, layout: Layout, duals: Floats) -> Prices:
    """Returns the prices ``duals`` of ``program``, in the shapes of ``tables``."""
    duals = np.maximum(duals, 0.0)
    prices = {family.name: duals[family.rows] for family in program.families}

    def of(name: str) -> Floats:
        return _spread(layout.rows[name], prices[name])

    site, fleet = tables.holding_site, tables.holding_fleet
    after_rise = np.zeros((len(tables.fleet_sku), len(tables.hours)))
    np.add.at(after_rise, tuple(layout.after_rise.reshape(-1, 2).T), prices["after_rise"])
    paid = of("usable") + _in_time(tables, of("in_time")) + after_rise[fleet] + of("hosted")
    paid += of("power_in_use")[site] * tables.holding_mw[:, None] + of("slots_in_use")[site]
    dark = np.zeros(tables.power_mean.shape)
    np.add.at(dark, (tables.dark_site, tables.dark_period), prices["goes_dark"])
    paid += dark[site] * tables.holding_mw[:, None] + _in_turn(tables, program, layout, duals)
    starting = np.zeros(tables.option_rate.shape)
    row, option, period = layout.starts
    starting[option, period] = prices["starts"][row]
    return Prices(
        paid,
        starting,
        work=of("work"),
        gang=of("gang_size"),
        wanted=of("demand"),
        floor=of("no_detriment"),
        received=of("received")[:, ::-1].cumsum(axis=1)[:, ::-1],
        tying={name: prices[name] for name in TYING_FAMILIES if name in prices},
    )


def _in_time(tables: Tables, duals: Floats) -> Floats:
    """Returns what use pays for the rows of `in_time`, (H, T)."""
    result = np.zeros(tables.hosted_end.shape)
    for days in np.unique(tables.ready_burn_in_days):
        lines = tables.ready_burn_in_days == days
        prices = np.zeros((len(tables.fleet_sku), len(tables.hours)))
        np.add.at(prices, (tables.ready_fleet[lines], tables.ready_period[lines]), duals[lines])
        result += np.where((tables.holding_burn_in_days >= days)[:, None], prices[tables.holding_fleet], 0.0)
    return result


def _in_turn(tables: Tables, program: Program, layout: Layout, duals: Floats) -> Floats:
    """Returns what use pays for the rows of `in_turn`, (H, T)."""
    result = np.zeros(tables.hosted_end.shape)
    family = next(family for family in program.families if family.name == "in_turn")
    holding, period = layout.in_turn
    np.add.at(result, (holding, period), duals[family.rows])
    return result


def _spread(rows: Ints, duals: Floats) -> Floats:
    """Puts a family's duals where its rows are, 0 elsewhere."""
    padded = np.append(duals, 0.0)
    result: Floats = padded[rows]
    return result


def _own_limits(tables: Tables, work: Floats, gang: Floats, wanted: Floats) -> Floats:
    """Returns what a workload's own limits cost at their prices, (W)."""
    finite_work = np.where(np.isfinite(tables.work), tables.work, 0.0)
    most_gang = np.where(np.isfinite(tables.gang_max), tables.gang_max, 0.0)[:, None] * tables.started
    most_wanted = np.where(np.isfinite(tables.wanted), tables.wanted, 0.0)
    result: Floats = finite_work * work + (most_gang * gang).sum(axis=1) + (most_wanted * wanted).sum(axis=1)
    return result


def _best_per_period(tables: Tables, margin: Floats, work: Floats) -> Floats:
    """Returns what a workload could earn with its best option in each period, (W); inf where it has no such limit."""
    workload, ratio = tables.option_workload, tables.option_ratio[:, None]
    count, periods = tables.wanted.shape
    training = np.isinf(tables.wanted[workload])
    per_gpu = np.where(training, margin - work[workload][:, None] * ratio * tables.hours, margin / ratio)
    best = np.zeros((count, periods))
    np.maximum.at(best, workload, per_gpu)
    with np.errstate(invalid="ignore"):
        limit = np.where(np.isinf(tables.wanted), within_start(tables.gang_max[:, None], tables.started), tables.wanted)
        earned = np.where(best > 0, best * limit, 0.0).sum(axis=1)
    finite_work = np.where(np.isfinite(tables.work), tables.work, 0.0)
    result: Floats = earned + finite_work * work
    return result


def _knapsacks(tables: Tables, margin: Floats, most: Floats) -> Floats:
    """Returns what each option of a single-fabric gang could earn alone, (Q)."""
    result: Floats = (np.maximum(margin, 0.0) * best_use(tables, margin, most)).sum(axis=1)
    return result


def best_use(tables: Tables, margin: Floats, most: Floats) -> Floats:
    """Returns each option's best use by a single-fabric gang alone: its best periods until the work is done, (Q, T)."""
    result = np.zeros(margin.shape)
    chosen = np.flatnonzero(tables.single[tables.option_workload] & (most > 0).any(axis=1))
    gain, ratio = margin[chosen], tables.option_ratio[chosen][:, None]
    wanted = np.where(gain > 0, most[chosen], 0.0)
    order = np.argsort(-gain / tables.hours, axis=1, kind="stable")
    weight = np.take_along_axis(ratio * tables.hours * wanted, order, axis=1)
    room = tables.work[tables.option_workload[chosen]][:, None] - (np.cumsum(weight, axis=1) - weight)
    share = np.clip(np.divide(room, weight, out=np.zeros_like(weight), where=weight > 0), 0.0, 1.0)
    fitting = np.zeros_like(share)
    np.put_along_axis(fitting, order, share, axis=1)
    result[chosen] = wanted * fitting
    return result


def _stock(tables: Tables, program: Program, layout: Layout, duals: Floats) -> float:
    """Returns what the shared rules are priced at, and what installing beyond those prices could bring."""
    priced = float(duals @ np.where(np.isfinite(program.row_upper), program.row_upper, 0.0))
    reduced = program.price_out(duals)
    others = (layout.moved_in, layout.coming)
    cells = np.concatenate([layout.installed.ravel(), *(columns[columns >= 0] for columns in others)])
    return priced + float(program.upper[cells] @ np.maximum(reduced[cells], 0.0))
