"""Solving what remains of a run once all its choices are made; the answer in arrays, with its prices."""

from dataclasses import dataclass, replace

import numpy as np

from armslength.errors import Infeasible, SolveStopped
from armslength.planner.build import build
from armslength.planner.building import Kept, Layout
from armslength.planner.tables import Bools, Floats, Labels, Tables
from armslength.solver.highs import SolveOptions, solve
from armslength.solver.outcome import NoAnswer, Solved, Stopped
from armslength.solver.program import Program

GRANT_SLACK_FRAC = 1e-7  # of what is set aside first: what the solver's tolerance may take


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


def grants_first(program: Program, layout: Layout, tables: Tables, effort_gap: float) -> Program:
    """Returns the program in which as much as can be is set aside for use rights: what was agreed comes before value."""
    granted = layout.granted >= 0
    if not granted.any():
        return program
    value = np.zeros_like(program.value)
    value[layout.granted[granted]] = np.broadcast_to(tables.hours, granted.shape)[granted]
    aside = replace(program, value=value, constant=0.0)
    most = solved(aside, SolveOptions(gap_frac=effort_gap)).objective_value
    kept = aside.with_floor("agreed_first", most * (1 - GRANT_SLACK_FRAC))
    return replace(kept, value=program.value, constant=program.constant)


def solve_linear(
    tables: Tables,
    labels: Labels,
    options: Bools,
    method: str,
    choices: Solved | None,
    kept: Kept | None = None,
    *,
    solver_method: str = "simplex",
) -> Answer:
    """Solves what remains once all choices are made; its prices are the plan's prices."""
    kept = kept or Kept()
    program, layout = build(tables, labels, options=options, integers=False, kept=kept)
    if solver_method == "simplex":
        program = replace(program, upper=_own_upper(tables, layout, program))
    program = grants_first(program, layout, tables, effort_gap=0.0)
    # See `stages`: presolve may loop on such programs, and for an interior point it spoils the prices.
    first = solve(program, SolveOptions(method=solver_method, presolve=False))
    answer = first if isinstance(first, Solved) else solved(program, SolveOptions(presolve=solver_method == "simplex"))
    assert answer.duals is not None
    bound = answer.bound_value if choices is None else max(choices.bound_value, answer.objective_value)
    return Answer(
        program,
        layout,
        answer.duals,
        values_of(layout.installed, answer.x),
        values_of(layout.use, answer.x),
        values_of(layout.coming, answer.x),
        kept.least,
        values_of(layout.granted, answer.x),
        answer.objective_value,
        bound,
        choices is None or choices.proved,
        method,
    )


def _own_upper(tables: Tables, layout: Layout, program: Program) -> Floats:
    """Returns the columns' upper bounds without those that rows imply, so that the rows carry the prices, (columns)."""
    upper = program.upper.copy()
    upper[layout.installed] = np.inf
    cells = layout.use >= 0
    upper[layout.use[cells]] = tables.most_asked[cells]
    return upper


def least_use(tables: Tables, running: Bools) -> Floats:
    """Returns the least use of gangs in the periods in which they run, (W, T)."""
    return np.where(running, tables.gang_min[:, None] * tables.started, 0.0)


def values_of(columns: np.ndarray, x: Floats) -> Floats:
    """Returns the values of columns in the shape of their numbers, 0 where there is no column."""
    return np.where(columns >= 0, x[np.maximum(columns, 0)], 0.0) if len(x) else np.zeros(columns.shape)


def solved(program: Program, options: SolveOptions) -> Solved:
    """Solves a program or says why that cannot be.

    Raises:
        Infeasible: no answer keeps the rules; carries the smallest conflict found.
        SolveStopped: a limit was hit before any answer.
    """
    outcome = solve(program, options)
    match outcome:
        case Solved():
            return outcome
        case NoAnswer():
            raise no_plan(outcome)
        case Stopped(reason, _):
            raise SolveStopped(
                f"the solver stopped before any plan was found: {reason}",
                hint="give it more time with --time-limit",
            )


def no_plan(outcome: NoAnswer) -> Infeasible:
    """Returns the error that says which rules cannot all hold."""
    rules = "; ".join(f"{family} ({', '.join(key)})" for family, key in outcome.conflict) or "the rules together"
    return Infeasible(
        f"no plan keeps all the rules; these cannot all hold: {rules}",
        hint="change one of them; `armslength check` may show more",
        conflict=outcome.conflict,
    )
