"""How a run is solved: small ones exactly, large ones by prices; both with a proved bound.

Exact: the program with its whole choices goes to the solver as it is.

By prices: a coarse grid is solved with few options per workload; its prices call further options, until they prove that
no more are needed. Then the same on the true grid, single-fabric gangs are settled one after the other, and the program
that remains has no choices left. The bound comes from prices (`pricing`), so the gap is proved for the full problem.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from armslength.errors import Infeasible, SolveStopped
from armslength.planner.build import Layout, build
from armslength.planner.pricing import price, wanting
from armslength.planner.tables import Bools, Floats, Ints, Labels, Tables
from armslength.planner.whole import SMALL_GPUS, SNAP
from armslength.solver.highs import SolveOptions, solve
from armslength.solver.outcome import NoAnswer, Solved, Stopped, gap
from armslength.solver.program import Program

EXACT_CELLS_MAX = 20_000
WHOLE_CELLS_MAX = 600
FIRST_OPTIONS = 3
NEAR_BEST = 0.97
COARSE_GAP = 0.002
ROUNDS_MAX = 8
SETTLE_ROUNDS = 8
BOUND_ROUNDS = 4
BOUND_OPTIONS = 6
TOGETHER_ROUNDS = 4
STRICT_ROUNDS = 40
SUPPORT_CELLS_MAX = 220_000
SUPPORT_TASTE = 0.05  # what a gang's option could earn counts this much beside what it does earn


@dataclass(frozen=True)
class Effort:
    """How hard to try.

    Attributes:
        gap_frac: relative gap to prove.
        time_limit_seconds: stop improving after this long; None for no limit.
        strict: whether gangs keep their smallest size all through any period in which they run.
        clock: seconds from any start; None where time does not matter.
        say: hears what is being done.
    """

    gap_frac: float = 1e-4
    time_limit_seconds: float | None = None
    strict: bool = False
    clock: Callable[[], float] | None = None
    say: Callable[[str], None] = lambda _: None

    def left(self, since: float) -> float | None:
        """Returns the seconds left, None for no limit."""
        if self.time_limit_seconds is None or self.clock is None:
            return None
        return self.time_limit_seconds - (self.clock() - since)

    def now(self) -> float:
        """Returns the clock's seconds, 0 without a clock."""
        return self.clock() if self.clock else 0.0


@dataclass(frozen=True)
class Answer:
    """A solved run, still in arrays.

    Attributes:
        program, layout, duals: the program without choices whose answer this is, and its prices.
        installed: (H, T) accelerators. use: (Q, T) accelerators on average. coming: (H, T) what crews' pace costs.
        least: (W, T) least use that strict gangs were held to, if any.
        granted: (A, H, T) accelerators set aside for use rights.
        bound_value: no plan under the same rules is worth more.
        method: words for the provenance.
        settled: whether the stock is whole, and later stages must leave it as it is.
    """

    program: Program
    layout: Layout
    duals: Floats
    installed: Floats
    use: Floats
    coming: Floats
    least: Floats | None
    granted: Floats
    objective_value: float
    bound_value: float
    proved: bool
    method: str
    settled: bool = False


def solve_run(
    tables: Tables, labels: Labels, effort: Effort, coarse: tuple[Tables, Labels] | None = None
) -> Answer:
    """Solves a run.

    Args:
        tables: the run in numbers.
        labels: names for keys.
        effort: how hard to try.
        coarse: the same run on a coarser grid, options in the same order; helps large runs.

    Raises:
        Infeasible: no plan keeps the rules.
        SolveStopped: a limit was hit before any plan.
    """
    cells = int((tables.most_used > 0).sum())
    if cells <= EXACT_CELLS_MAX or len(labels.rights):
        return _together(tables, labels, _exact(tables, labels, effort))
    return _together(tables, labels, _by_prices(tables, labels, effort, coarse or (tables, labels)))


def _together(tables: Tables, labels: Labels, answer: Answer) -> Answer:
    """Keeps gangs out of the periods in which too few accelerators for their smallest size stand together.

    The bound stays: it was proved without this rule, which only forbids.
    """
    cells = np.ones(answer.use.shape, dtype=bool)
    for _ in range(TOGETHER_ROUNDS):
        enough = tables.enough_of(np.floor(answer.installed + SNAP))
        apart = (answer.use > SMALL_GPUS) & ~enough
        if not apart.any():
            return answer
        cells &= ~apart & (answer.layout.use >= 0)
        least = None
        if answer.least is not None:
            dropped = np.zeros(answer.least.shape, dtype=bool)
            np.logical_or.at(dropped, tables.option_workload, apart)
            least = np.where(dropped, 0.0, answer.least)
            cells &= ~dropped[tables.option_workload]
        method = "simplex" if answer.method == "exact" else "interior"
        again = _linear(
            tables, labels, answer.layout.options, answer.method, None, cells=cells, least=least, solver_method=method
        )
        answer = replace(again, bound_value=answer.bound_value, proved=answer.proved)
    return replace(answer, use=np.where(tables.enough_of(np.floor(answer.installed + SNAP)), answer.use, 0.0))


def whole_run(tables: Tables, labels: Labels, effort: Effort) -> Answer:
    """Solves a small run with stock in whole accelerators, where rounding afterwards would cost more than the gap."""
    program, layout = build(tables, labels, strict=effort.strict, whole=True)
    program = _grants_first(program, layout, tables, effort_gap=effort.gap_frac)
    options = SolveOptions(gap_frac=effort.gap_frac / 2, time_limit_seconds=effort.left(effort.now()))
    whole = _solved(program, options)
    prices = _exact(tables, labels, effort)
    return replace(
        prices,
        installed=np.round(_values(layout.installed, whole.x)),
        use=_values(layout.use, whole.x),
        coming=_values(layout.coming, whole.x),
        objective_value=whole.objective_value,
        bound_value=whole.bound_value,
        proved=whole.proved,
        settled=True,
    )


def _exact(tables: Tables, labels: Labels, effort: Effort) -> Answer:
    program, layout = build(tables, labels, strict=effort.strict)
    program = _grants_first(program, layout, tables, effort_gap=effort.gap_frac)
    since = effort.now()
    if not program.integer.any():
        return _linear(tables, labels, np.ones(len(tables.option_workload), dtype=bool), "exact", None)
    first = _solved(program, SolveOptions(gap_frac=effort.gap_frac / 2, time_limit_seconds=effort.left(since)))
    options = layout.options.copy()
    choosing = layout.chosen >= 0
    options[choosing] = first.x[layout.chosen[choosing]] > 0.5
    on = np.ones(layout.use.shape, dtype=bool)
    least = None
    if effort.strict:
        runs = _values(layout.running, first.x) > 0.5
        least = _least(tables, runs)
        on = (runs | (layout.running < 0))[tables.option_workload]
    return _linear(tables, labels, options, "exact", first, cells=on, least=least)


def _grants_first(program: Program, layout: Layout, tables: Tables, effort_gap: float) -> Program:
    """Returns the program in which as much as can be is set aside for use rights: what was agreed comes before value."""
    granted = layout.granted >= 0
    if not granted.any():
        return program
    value = np.zeros_like(program.value)
    value[layout.granted[granted]] = np.broadcast_to(tables.hours, granted.shape)[granted]
    aside = replace(program, value=value, constant=0.0)
    most = _solved(aside, SolveOptions(gap_frac=effort_gap)).objective_value
    kept = aside.with_floor("agreed_first", most * (1 - 1e-9))
    return replace(kept, value=program.value, constant=program.constant)


def _linear(
    tables: Tables,
    labels: Labels,
    options: Bools,
    method: str,
    choices: Solved | None,
    *,
    cells: Bools | None = None,
    least: Floats | None = None,
    solver_method: str = "simplex",
) -> Answer:
    """Solves what remains once all choices are made; its prices are the plan's prices."""
    program, layout = build(tables, labels, options=options, integers=False, cells=cells, least=least)
    program = _grants_first(program, layout, tables, effort_gap=0.0)
    answer = _solved(program, SolveOptions(method=solver_method))
    assert answer.duals is not None
    bound = answer.bound_value if choices is None else max(choices.bound_value, answer.objective_value)
    return Answer(
        program,
        layout,
        answer.duals,
        _values(layout.installed, answer.x),
        _values(layout.use, answer.x),
        _values(layout.coming, answer.x),
        least,
        _values(layout.granted, answer.x),
        answer.objective_value,
        bound,
        choices is None or choices.proved,
        method,
    )


def _by_prices(tables: Tables, labels: Labels, effort: Effort, coarse: tuple[Tables, Labels]) -> Answer:
    since = effort.now()
    options = _first_options(coarse[0])
    options, rough, worth = _called_options(coarse[0], coarse[1], options, effort)
    support = _support(coarse[0], options, rough.use, worth, len(labels.periods))
    effort.say(f"true grid: {int(support.sum())} of {len(support)} options")
    with ThreadPoolExecutor(max_workers=1) as other:
        # The bound and the plan do not wait for each other; the solver works outside the interpreter's lock.
        bounding = other.submit(_bounded, tables, labels, support, effort, since)
        settled = _settled(coarse[0], coarse[1], support, rough, effort, since)
        final = _relaxed(tables, labels, settled)
        effort.say(f"plan worth {final.objective_value:,.0f}; waiting for its bound")
        bound = bounding.result()
    own = price(tables, final.program, final.layout, final.duals).bound_value
    bound = max(min(bound, own), final.objective_value)
    if effort.strict:
        final = _strict(tables, labels, settled, final, effort)
    proved = gap(final.objective_value, bound) <= effort.gap_frac
    return replace(final, bound_value=bound, proved=proved, method="prices")


def _bounded(tables: Tables, labels: Labels, support: Bools, effort: Effort, since: float) -> float:
    """Returns a bound: prices of the program without choices, and again with the options they call for while time lasts."""
    bound = np.inf
    support = support.copy()
    for _ in range(BOUND_ROUNDS):
        begun = effort.now()
        relaxed = _relaxed(tables, labels, support)
        priced = price(tables, relaxed.program, relaxed.layout, relaxed.duals)
        bound = min(bound, priced.bound_value)
        effort.say(f"bound {bound:,.0f}, without choices {relaxed.objective_value:,.0f}")
        left = effort.left(since)
        spent = effort.now() - begun
        new = wanting(tables, support, priced.worth, BOUND_OPTIONS)
        near = gap(relaxed.objective_value, bound) <= effort.gap_frac / 4
        if near or not len(new) or (left is not None and left < 2.5 * spent):
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


def _called_options(
    tables: Tables, labels: Labels, options: Bools, effort: Effort
) -> tuple[Bools, Answer, Floats]:
    """Adds the options that prices call for until they prove that no more are needed."""
    for round_number in range(ROUNDS_MAX):
        rough = _relaxed(tables, labels, options)
        priced = price(tables, rough.program, rough.layout, rough.duals)
        reached = gap(rough.objective_value, priced.bound_value)
        effort.say(f"coarse grid, round {round_number + 1}: {int(options.sum())} options, gap {reached:.2%}")
        new = wanting(tables, options, priced.worth, FIRST_OPTIONS)
        if reached <= COARSE_GAP or not len(new):
            break
        options = options.copy()
        options[new] = True
    return options, rough, priced.worth


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
        earned = _earned(tables, use) + np.where(single, SUPPORT_TASTE * worth, 0.0)
        order = np.lexsort((-np.where(chosen, earned, -1.0), workload))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order)) - np.searchsorted(workload[order], workload[order])
        total = np.bincount(workload, weights=np.where(chosen, earned, 0.0))
        share = np.where(chosen, earned / np.maximum(total[workload], 1e-9), -1.0)
        cut = np.sort(share[chosen])[-most]
        chosen &= (share >= cut) | (rank == 0)
    return chosen


def _relaxed(tables: Tables, labels: Labels, options: Bools) -> Answer:
    return _linear(tables, labels, options, "prices", None, solver_method="interior")


def _settled(
    coarse: Tables, coarse_labels: Labels, support: Bools, rough: Answer, effort: Effort, since: float
) -> Bools:
    """Settles each single-fabric gang on one option, by its use without choices, then by prices on the coarse grid.

    At the prices of a settled plan each gang sees what it could earn elsewhere. Those with most to gain move, all at once;
    if the plan is then worth less, half as many move.
    """
    workload = coarse.option_workload
    single = coarse.single[workload]
    best = _one_each(support, workload, single, _earned(coarse, rough.use))
    answer = _relaxed(coarse, coarse_labels, best)
    movers = max(1, int(coarse.single.sum()) // 3)
    begun, tries = effort.now(), 0
    while tries < SETTLE_ROUNDS and movers >= 1 and _may_go_on(effort, since, begun, tries):
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
    return best


def _may_go_on(effort: Effort, since: float, begun: float, tries: int) -> bool:
    """Whether another try fits, leaving half of the time for the true grid."""
    left = effort.left(since)
    if left is None or effort.time_limit_seconds is None:
        return True
    each = (effort.now() - begun) / max(tries, 1)
    return left - each > effort.time_limit_seconds / 2


def _one_each(options: Bools, workload: Ints, single: Bools, weight: Floats) -> Bools:
    """Keeps, of each gang's options, the one with most weight."""
    result = options & ~single
    mine = np.flatnonzero(options & single)
    order = mine[np.lexsort((mine, -weight[mine], workload[mine]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = workload[order][1:] != workload[order][:-1]
    result[order[first]] = True
    return result


def _moved(
    options: Bools, support: Bools, workload: Ints, single: Bools, worth: Floats, movers: int
) -> Bools | None:
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


def _earned(tables: Tables, use: Floats) -> Floats:
    result: Floats = (use * tables.hours * np.maximum(tables.option_rate, 0.0)).sum(axis=1)
    return result


def _least(tables: Tables, running: Bools) -> Floats:
    """Returns the least use of gangs in the periods in which they run, (W, T)."""
    return np.where(running, tables.gang_min[:, None] * tables.started, 0.0)


def _strict(tables: Tables, labels: Labels, options: Bools, duty: Answer, effort: Effort) -> Answer:
    """Restores strictness: periods in which a gang runs below its smallest size are dropped, worst first.

    What keeps its smallest size already is held there, so every step has an answer.
    """
    workload = tables.option_workload
    cells = np.ones(duty.use.shape, dtype=bool)
    answer = duty
    least = _least(tables, np.broadcast_to((tables.gang_min > 0)[:, None], tables.started.shape))
    for _ in range(STRICT_ROUNDS):
        used = np.zeros(least.shape)
        np.add.at(used, workload, answer.use)
        short = (used > SMALL_GPUS) & (used < least * (1 - 1e-6))
        if not short.any():
            return answer
        ratio = np.where(short, used / np.maximum(least, 1e-9), np.inf)
        worst = np.median(ratio[short]) if short.sum() > 20 else 1.0
        cells &= ~(short & (ratio <= worst))[workload]
        held = np.where((least > 0) & (used >= least * (1 - 1e-6)), np.minimum(least, used), 0.0)
        effort.say(f"strict gangs: {int(short.sum())} periods below the smallest size")
        answer = _linear(
            tables, labels, options, "prices", None, cells=cells, least=held, solver_method="interior"
        )
    return answer


def _values(columns: np.ndarray, x: Floats) -> Floats:
    return np.where(columns >= 0, x[np.maximum(columns, 0)], 0.0) if len(x) else np.zeros(columns.shape)


def _solved(program: Program, options: SolveOptions) -> Solved:
    outcome = solve(program, options)
    match outcome:
        case Solved():
            return outcome
        case NoAnswer(conflict):
            rules = "; ".join(f"{family} ({', '.join(key)})" for family, key in conflict) or "the rules together"
            raise Infeasible(
                f"no plan keeps all the rules; these cannot all hold: {rules}",
                hint="change one of them; `armslength check` may show more",
                conflict=conflict,
            )
        case Stopped(reason, _):
            raise SolveStopped(
                f"the solver stopped before any plan was found: {reason}", hint="give it more time with --time-limit"
            )
