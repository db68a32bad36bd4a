"""Large runs solved by prices.

A coarse grid is solved with few options per workload; its prices call further options, until they prove that no more are
needed. Single-fabric gangs are settled there on one option each. On the true grid the settled plan is then solved, and
beside it the program without choices, whose prices prove how good any plan can be (`pricing`).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from armslength.planner.building import Kept
from armslength.planner.by_sites import priced_by_sites
from armslength.planner.effort import Effort
from armslength.planner.gathering import earned, gathered, main_options, one_each
from armslength.planner.kept_together import kept_together
from armslength.planner.linear import Answer, least_use, solve_linear
from armslength.planner.pricing import on_finer_grid, price, prices_of, wanting
from armslength.planner.stock_first import stock_like, too_much_stock, use_of_stock
from armslength.planner.tables import Bools, Floats, Ints, Labels, Tables
from armslength.planner.whole import SMALL_GPUS, SNAP
from armslength.solver.outcome import gap

FIRST_OPTIONS = 3
NEAR_BEST = 0.97
COARSE_GAP = 0.002
ROUNDS_MAX = 8
SETTLE_ROUNDS = 8
CALLED_FRAC = 0.65  # of the time limit: what calling options leaves to the rest
SETTLED_FRAC = 0.6  # of the time limit: kept for the true grid
USE_FRAC = 0.36  # the same where stock comes first
BOUND_ROUNDS = 4
BOUND_OPTIONS = 6
NEXT_ROUND = 1.25  # times as long as the one before
STRICT_ROUNDS = 40
SUPPORT_CELLS_MAX = 220_000
SUPPORT_TASTE = 0.05  # what a gang's option could earn counts this much beside what it does earn


def by_prices(tables: Tables, labels: Labels, effort: Effort, grids: Sequence[tuple[Tables, Labels]]) -> Answer:
    """Solves a large run; ``grids`` are the same run on coarser grids, coarsest first, options in the same order."""
    left = effort.left()
    effort = effort if left is None else effort.within(left)
    coarse = grids[0]
    options, rough, worth = _called_options(*coarse, _first_options(coarse[0]), effort)
    for finer in grids[1:]:
        options[wanting(coarse[0], options, worth, FIRST_OPTIONS)] = True
        coarse = finer
        options, rough, worth = _called_options(*coarse, options, effort)
    if too_much_stock(tables):
        return _stock_first(tables, labels, coarse, rough, effort)
    support = _support(coarse[0], options, rough.use, worth, len(labels.periods))
    effort.say(f"true grid: {int(support.sum())} of {len(support)} options")
    with ThreadPoolExecutor(max_workers=1) as other:
        # The bound and the plan do not wait for each other; the solver works outside the interpreter's lock.
        bounding = other.submit(_bounded, tables, labels, support, effort)
        settled, rough = _settled(coarse[0], coarse[1], support, rough, effort)
        final = _relaxed(tables, labels, settled, _enough(coarse[0], rough, len(labels.periods)))
        own = price(tables, final.program, final.layout, final.duals).bound_value
        effort.say(f"plan worth {final.objective_value:,.0f}")
        if effort.strict:
            final = restored_strictness(tables, final, effort, lambda kept: _relaxed(tables, labels, settled, kept))
        final = kept_together(tables, labels, final, effort)
        bound = bounding.result()
    return _bounded_by(final, min(bound, own), effort)


def _bounded_by(answer: Answer, bound_value: float, effort: Effort) -> Answer:
    bound = max(bound_value, answer.objective_value)
    proved = gap(answer.objective_value, bound) <= effort.gap_frac
    return replace(answer, bound_value=bound, proved=proved)


def _stock_first(
    tables: Tables,
    labels: Labels,
    coarse: tuple[Tables, Labels],
    rough: Answer,
    effort: Effort,
) -> Answer:
    """Settles stock and gangs on the coarse grid, then use on the true grid; its bound comes from the coarse prices."""
    prices = on_finer_grid(prices_of(coarse[0], rough.program, rough.layout, rough.duals), coarse[0], tables)
    with ThreadPoolExecutor(max_workers=1) as other:
        pricing = other.submit(priced_by_sites, tables, labels, prices)
        found = gathered(coarse[0], rough, effort, _rest(effort, USE_FRAC))
        bound, worth = pricing.result()
    settled = main_options(coarse[0], found.options, found.use)
    stock = stock_like(tables, coarse[0], found, prices.paid / tables.hours)
    enough = tables.enough_of(stock.installed)
    effort.say(f"stock settled; use on the true grid: {int(settled.sum())} options, bound {bound:,.0f}")

    def use(kept: Kept) -> Answer:
        cells = enough if kept.cells is None else enough & kept.cells
        return use_of_stock(tables, labels, settled, stock, worth, Kept(cells, kept.least))

    final = use(Kept())
    if effort.strict:
        final = restored_strictness(tables, final, effort, use)
    return _bounded_by(kept_together(tables, labels, final, effort), bound, effort)


def _rest(effort: Effort, rest_frac: float) -> float | None:
    """Returns the seconds left beside a share of the time limit."""
    left = effort.left()
    if left is None or effort.time_limit_seconds is None:
        return None
    return max(left - rest_frac * effort.time_limit_seconds, 0.0)


def _bounded(tables: Tables, labels: Labels, support: Bools, effort: Effort) -> float:
    """Returns a bound: prices of the program without choices, and again with the options they call for while time lasts."""
    bound = np.inf
    support = support.copy()
    for _ in range(BOUND_ROUNDS):
        begun = effort.now()
        relaxed = _relaxed(tables, labels, support)
        priced = price(tables, relaxed.program, relaxed.layout, relaxed.duals)
        bound = min(bound, priced.bound_value)
        effort.say(f"bound {bound:,.0f}, without choices {relaxed.objective_value:,.0f}")
        left = effort.left()
        spent = effort.now() - begun
        new = wanting(tables, support, priced.worth, BOUND_OPTIONS)
        near = gap(relaxed.objective_value, bound) <= effort.gap_frac / 4
        if near or not len(new) or (left is not None and left < NEXT_ROUND * spent):
            break
        support[new] = True
    return bound


def _first_options(tables: Tables) -> Bools:
    """Picks a few options per workload, spread evenly, to begin with."""
    workload = tables.option_workload
    first = np.zeros(len(workload), dtype=bool)
    usable = tables.most_used.max(axis=1, initial=0.0) > 0
    for number in np.unique(workload):
        mine = np.flatnonzero((workload == number) & usable)
        if len(mine):
            step = max(1, len(mine) // FIRST_OPTIONS)
            # Workloads begin at different options, so that together they touch all sites.
            first[mine[(number % step) :: step][:FIRST_OPTIONS]] = True
    return first


def _called_options(tables: Tables, labels: Labels, options: Bools, effort: Effort) -> tuple[Bools, Answer, Floats]:
    """Adds the options that prices call for until they prove that no more are needed, or time is short."""
    begun, round_number = effort.now(), 0
    while True:
        round_number += 1
        rough = _relaxed(tables, labels, options)
        priced = price(tables, rough.program, rough.layout, rough.duals)
        reached = gap(rough.objective_value, priced.bound_value)
        grid = f"coarse grid of {len(tables.hours)} periods"
        effort.say(f"{grid}, round {round_number}: {int(options.sum())} options, gap {reached:.2%}")
        new = wanting(tables, options, priced.worth, FIRST_OPTIONS)
        near = reached <= max(COARSE_GAP, effort.gap_frac / 4) or not len(new) or round_number == ROUNDS_MAX
        if near or not _may_go_on(effort, begun, round_number, CALLED_FRAC):
            return options, rough, priced.worth
        options = options.copy()
        options[new] = True


def _support(tables: Tables, options: Bools, use: Floats, worth: Floats, periods: int) -> Bools:
    """Returns the options worth taking to a true grid of ``periods``: used, or for gangs nearly as good as the best."""
    workload = tables.option_workload
    single = tables.single[workload]
    best = np.zeros(len(tables.single))
    np.maximum.at(best, workload, np.where(single, worth, 0.0))
    near = ~single | (worth >= NEAR_BEST * best[workload])
    chosen = options & ((use.max(axis=1) > 0) | near)
    most = SUPPORT_CELLS_MAX // max(periods, 1)
    if chosen.sum() > most:
        # Too many for the true grid: those that earn most for their workload come first, at least one for each.
        weight = earned(tables, use) + np.where(single, SUPPORT_TASTE * worth, 0.0)
        order = np.lexsort((-np.where(chosen, weight, -1.0), workload))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order)) - np.searchsorted(workload[order], workload[order])
        total = np.bincount(workload, weights=np.where(chosen, weight, 0.0))
        share = np.where(chosen, weight / np.maximum(total[workload], 1e-9), -1.0)
        cut = np.sort(share[chosen])[-most]
        chosen = chosen & ((share >= cut) | (rank == 0))
    result: Bools = chosen
    return result


def _relaxed(tables: Tables, labels: Labels, options: Bools, kept: Kept | None = None) -> Answer:
    return solve_linear(tables, labels, options, "prices", None, kept, solver_method="interior")


def _enough(coarse: Tables, rough: Answer, periods: int) -> Kept:
    """Leaves out the cells of a true grid in which too few stand for a gang even at the end of the coarse period."""
    enough = coarse.enough_of(np.floor(rough.installed + SNAP))
    merge = -(-periods // enough.shape[1])
    return Kept(np.repeat(enough, merge, axis=1)[:, :periods])


def _settled(
    coarse: Tables, coarse_labels: Labels, support: Bools, rough: Answer, effort: Effort
) -> tuple[Bools, Answer]:
    """Settles each single-fabric gang on one option, by its use without choices, then by prices on the coarse grid.

    At the prices of a settled plan each gang sees what it could earn elsewhere. Those with most to gain move, all at once;
    if the plan is then worth less, half as many move.
    """
    workload = coarse.option_workload
    single = coarse.single[workload]
    best = one_each(coarse, support, earned(coarse, rough.use))
    answer = _relaxed(coarse, coarse_labels, best)
    movers = max(1, int(coarse.single.sum()) // 3)
    begun, tries = effort.now(), 0
    while tries < SETTLE_ROUNDS and movers >= 1 and _may_go_on(effort, begun, tries, SETTLED_FRAC):
        tries += 1
        worth = price(coarse, answer.program, answer.layout, answer.duals).worth
        trial = _moved(best, support, workload, single, worth, movers)
        if trial is None:
            break
        tried = _relaxed(coarse, coarse_labels, trial)
        effort.say(f"settling gangs: {tried.objective_value:,.0f}")
        if tried.objective_value > answer.objective_value:
            best, answer = trial, tried
        else:
            movers //= 2
    return best, answer


def _may_go_on(effort: Effort, begun: float, tries: int, rest_frac: float) -> bool:
    """Whether another try fits, leaving a share of the time limit for the true grid."""
    left = effort.left()
    if left is None or effort.time_limit_seconds is None:
        return True
    each = (effort.now() - begun) / max(tries, 1)
    return left - each > rest_frac * effort.time_limit_seconds


def _moved(options: Bools, support: Bools, workload: Ints, single: Bools, worth: Floats, movers: int) -> Bools | None:
    """Returns the options after the gangs with most to gain have moved to their best; None if nobody gains."""
    here = np.zeros(workload.max(initial=0) + 1)
    held = options & single
    here[workload[held]] = worth[held]
    gain = np.where(support & single & ~options, worth - here[workload], 0.0)
    gain[gain <= 1e-6 * max(float(worth.max(initial=0.0)), 1.0)] = 0.0
    best = np.zeros_like(here)
    np.maximum.at(best, workload, gain)
    ranked = [gang for gang in np.argsort(-best, kind="stable")[:movers] if best[gang] > 0]
    if not ranked:
        return None
    result = options.copy()
    for gang in ranked:
        mine = np.flatnonzero(workload == gang)
        result[mine] = mine == mine[np.argmax(gain[mine])]
    return result


def restored_strictness(tables: Tables, duty: Answer, effort: Effort, again: Callable[[Kept], Answer]) -> Answer:
    """Restores strictness: periods in which a gang runs below its smallest size are dropped, worst first; late, all at once.

    What keeps its smallest size already is held there, so every step has an answer. ``again`` solves the run with less.
    """
    workload = tables.option_workload
    cells = np.ones(duty.use.shape, dtype=bool)
    answer = duty
    least = least_use(tables, np.broadcast_to((tables.gang_min > 0)[:, None], tables.started.shape))
    for _ in range(STRICT_ROUNDS):
        used = np.zeros(least.shape)
        np.add.at(used, workload, answer.use)
        short = (used > SMALL_GPUS) & (used < least * (1 - 1e-6))
        if not short.any():
            return answer
        ratio = np.where(short, used / np.maximum(least, 1e-9), np.inf)
        late = not effort.has(0.0)
        worst = np.median(ratio[short]) if short.sum() > 20 and not late else 1.0
        cells &= ~(short & (ratio <= worst))[workload]
        held = np.where((least > 0) & (used >= least * (1 - 1e-6)), np.minimum(least, used), 0.0)
        if late:  # no gang runs in further periods, so that the next answer is the last
            cells &= ((least == 0) | (held > 0))[workload]
        effort.say(f"strict gangs: {int(short.sum())} periods below the smallest size")
        answer = again(Kept(cells, held))
    return answer
