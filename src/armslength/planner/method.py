"""How a run is solved: small ones exactly, large ones by prices; both with a proved bound.

Exact: the program with its whole choices goes to the solver as it is.

By prices: a coarse grid is solved with few options per workload; its prices call further options, until they prove that
no more are needed. Then the same on the true grid, single-fabric gangs are settled one after the other, and the program
that remains has no choices left. The bound comes from prices (`pricing`), so the gap is proved for the full problem.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from armslength.errors import Infeasible, SolveStopped
from armslength.planner.build import Layout, build
from armslength.planner.pricing import price, wanting
from armslength.planner.tables import Bools, Floats, Labels, Tables
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
SETTLE_ROUNDS = 4
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
    first = _solved(program, SolveOptions(gap_frac=effort.gap_frac, time_limit_seconds=effort.left(since)))
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
    relaxed = _relaxed(tables, labels, support)
    priced = price(tables, relaxed.program, relaxed.layout, relaxed.duals)
    bound = priced.bound_value
    effort.say(f"bound {bound:,.0f}, relaxation {relaxed.objective_value:,.0f}")
    if gap(relaxed.objective_value, bound) > effort.gap_frac / 2 and _time_for(effort, since, 2.5):
        support[wanting(tables, support, priced.worth, FIRST_OPTIONS)] = True
        relaxed = _relaxed(tables, labels, support)
        priced = price(tables, relaxed.program, relaxed.layout, relaxed.duals)
        bound = min(bound, priced.bound_value)
    settled = _settled(coarse[0], coarse[1], support, relaxed, tables)
    final = _relaxed(tables, labels, settled)
    bound = max(min(bound, price(tables, final.program, final.layout, final.duals).bound_value), final.objective_value)
    if effort.strict:
        final = _strict(tables, labels, settled, final, effort)
    proved = gap(final.objective_value, bound) <= effort.gap_frac
    return replace(final, bound_value=bound, proved=proved, method="prices")


def _time_for(effort: Effort, since: float, factor: float) -> bool:
    """Whether there is time for ``factor`` times what was done so far."""
    left = effort.left(since)
    return left is None or left > factor * (effort.now() - since) / 2


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


def _settled(coarse: Tables, coarse_labels: Labels, support: Bools, relaxed: Answer, tables: Tables) -> Bools:
    """Settles single-fabric gangs on one option each: the clear ones first, the others after solving again."""
    workload = tables.option_workload
    single = tables.single[workload]
    options = support.copy()
    weight = _earned(tables, relaxed.use)
    open_gangs = set(np.unique(workload[single & options]).tolist())
    for round_number in range(SETTLE_ROUNDS):
        last = round_number == SETTLE_ROUNDS - 1
        shares = {gang: _best_share(options, workload, weight, gang) for gang in open_gangs}
        ranked = sorted(open_gangs, key=lambda gang: (-shares[gang][1], gang))
        clear = [gang for gang in ranked if last or shares[gang][1] > 0.9]
        clear = clear or ranked[: max(1, len(ranked) // 2)]
        for gang in clear:
            mine = np.flatnonzero(options & (workload == gang))
            options[mine] = mine == shares[gang][0]
        open_gangs -= set(clear)
        if not open_gangs:
            break
        again = _relaxed(coarse, coarse_labels, options)
        weight = _earned(coarse, again.use)
    return options


def _best_share(options: Bools, workload: np.ndarray, weight: Floats, gang: int) -> tuple[int, float]:
    mine = np.flatnonzero(options & (workload == gang))
    total = weight[mine].sum()
    best = int(mine[np.argmax(weight[mine])])
    return best, float(weight[best] / total) if total > 0 else 1.0


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
