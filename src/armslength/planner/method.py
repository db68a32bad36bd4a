"""How a run is solved: small ones exactly, large ones by prices; both with a proved bound.

Exact: the program with its whole choices goes to the solver as it is. By prices: see `by_prices`.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from armslength.planner.build import build
from armslength.planner.building import Kept
from armslength.planner.by_prices import by_prices, restored_strictness
from armslength.planner.effort import Effort
from armslength.planner.gang_search import placed_gangs
from armslength.planner.gathering import earned, one_each
from armslength.planner.kept_together import SLACK_FRAC, kept_together
from armslength.planner.linear import Answer, grants_first, least_use, no_plan, solve_linear, solved, values_of
from armslength.planner.tables import Bools, Floats, Labels, Tables
from armslength.planner.whole import SNAP
from armslength.solver.highs import SolveOptions, solve
from armslength.solver.outcome import NoAnswer, Stopped, gap

EXACT_CELLS_MAX = 20_000
WHOLE_CELLS_MAX = 600
SEARCH_SHARE = 4.0  # the search is asked for this part of the gap: titles and rounding take some, and it costs little


def solve_run(tables: Tables, labels: Labels, effort: Effort, coarse: Sequence[tuple[Tables, Labels]] = ()) -> Answer:
    """Solves a run.

    Args:
        tables: the run in numbers.
        labels: names for keys.
        effort: how hard to try.
        coarse: the same run on coarser grids, coarsest first, options in the same order; they help large runs.

    Raises:
        Infeasible: no plan keeps the rules.
        SolveStopped: a limit was hit before any plan.
    """
    cells = int((tables.most_used > 0).sum())
    if cells <= EXACT_CELLS_MAX or len(labels.rights):
        return kept_together(tables, labels, _exact(tables, labels, effort), effort)
    return by_prices(tables, labels, effort, coarse or [(tables, labels)])


def whole_run(tables: Tables, labels: Labels, effort: Effort) -> Answer:
    """Solves a small run with stock in whole accelerators, where rounding afterwards would cost more than the gap."""
    program, layout = build(tables, labels, strict=effort.strict, whole=True)
    program = grants_first(program, layout, tables, effort_gap=effort.gap_frac)
    whole = solved(program, SolveOptions(gap_frac=effort.gap_frac / 2, time_limit_seconds=effort.left()))
    prices = _exact(tables, labels, effort)
    return replace(
        prices,
        installed=np.round(values_of(layout.installed, whole.x)),
        use=values_of(layout.use, whole.x),
        coming=values_of(layout.coming, whole.x),
        objective_value=whole.objective_value,
        bound_value=whole.bound_value,
        proved=whole.proved,
        settled=True,
    )


def _exact(tables: Tables, labels: Labels, effort: Effort) -> Answer:
    """Solves the program with its choices: a search of our own, or the solver's where gangs are strict."""
    if effort.strict:
        return _strict(tables, labels, effort)
    if not _choices(tables):
        everything = np.ones(len(tables.option_workload), dtype=bool)
        answer = solve_linear(tables, labels, everything, "exact", None)
        if not _apart(tables, answer.installed, answer.use).any():
            return answer
    placed = placed_gangs(tables, labels, effort, effort.gap_frac / SEARCH_SHARE)
    if placed is None:
        return _best_guess(tables, labels, effort)
    kept = Kept(placed.cells, None, placed.standing)
    answer = solve_linear(tables, labels, placed.options, "exact", None, kept)
    bound = max(placed.bound_value, answer.objective_value)
    proved = gap(answer.objective_value, bound) <= effort.gap_frac / 2
    return replace(answer, bound_value=bound, proved=proved)


def _strict(tables: Tables, labels: Labels, effort: Effort) -> Answer:
    """Solves the program whose gangs keep their smallest size all through the periods in which they run."""
    program, layout = build(tables, labels, strict=True)
    program = grants_first(program, layout, tables, effort_gap=effort.gap_frac)
    outcome = solve(program, SolveOptions(effort.gap_frac / 2, time_limit_seconds=effort.left()))
    if isinstance(outcome, NoAnswer):
        raise no_plan(outcome)
    if isinstance(outcome, Stopped):
        return _best_guess(tables, labels, effort)
    options = layout.options.copy()
    choosing = layout.chosen >= 0
    options[choosing] = outcome.x[layout.chosen[choosing]] > 0.5
    runs = values_of(layout.running, outcome.x) > 0.5
    on = (runs | (layout.running < 0))[tables.option_workload] & (layout.use >= 0)
    return solve_linear(tables, labels, options, "exact", outcome, Kept(on, least_use(tables, runs)))


def _best_guess(tables: Tables, labels: Labels, effort: Effort) -> Answer:
    """Returns a plan where time was too short for choices: each gang where it does most when gangs may spread."""
    everything = np.ones(len(tables.option_workload), dtype=bool)
    relaxed = solve_linear(tables, labels, everything, "exact", None)
    options = one_each(tables, everything, earned(tables, relaxed.use))
    answer = solve_linear(tables, labels, options, "exact", None)
    if effort.strict:

        def again(kept: Kept) -> Answer:
            return solve_linear(tables, labels, options, "exact", None, kept=kept, solver_method="interior")

        answer = restored_strictness(tables, answer, effort, again)
    return replace(answer, bound_value=max(relaxed.objective_value, answer.objective_value), proved=False)


def _choices(tables: Tables) -> bool:
    """Whether any single-fabric gang has more than one option."""
    usable = tables.single[tables.option_workload] & (tables.most_used.max(axis=1, initial=0.0) > 0)
    return bool((np.bincount(tables.option_workload[usable], minlength=1) > 1).any())


def _apart(tables: Tables, installed: Floats, use: Floats) -> Bools:
    """Returns the single-fabric gangs that do much where fewer than their smallest size stand, (W)."""
    enough = tables.enough_of(np.floor(installed + SNAP))
    worth = use * np.maximum(tables.option_rate, 0.0) * tables.hours
    lost = np.bincount(tables.option_workload, (worth * ~enough).sum(axis=1), minlength=len(tables.single))
    result: Bools = tables.in_question & (lost > SLACK_FRAC * float(worth.sum()))
    return result
