"""The later stages of a plan. Many plans are worth the same; these choose among them.

First the simplest: as much work as can be on its owner's own sites, so that agreements stand only where they bring
something. Then the earliest: with use settled, commission as soon as the rules allow. That is what a planner would do, and
it makes the causes of idleness true: what waits, waits for power, not by whim.
"""

from dataclasses import replace

import numpy as np

from armslength.planner.linear import Answer
from armslength.planner.tables import Floats, Tables
from armslength.solver.highs import SolveOptions, solve
from armslength.solver.outcome import Solved
from armslength.solver.program import Program

SLACK_GPUS = 1e-6
STAGE_SECONDS = 30.0
SIMPLEX_COLUMNS_MAX = 20_000  # larger stages take the simplex method several times as long
# Worth that may be given up for simplicity, as a share of all: below what the solver can tell apart.
SLACK_VALUE_FRAC = 1e-9


def simplest(tables: Tables, answer: Answer) -> Answer:
    """Returns an answer worth the same in which as many GPU-hours as can be are used on the user's own sites."""
    workload_owner = tables.workload_owner[tables.option_workload]
    own = tables.site_owner[tables.holding_site[tables.option_holding]] == workload_owner
    value = np.zeros_like(answer.program.value)
    cells = answer.layout.use >= 0
    value[answer.layout.use[cells]] = np.broadcast_to(own[:, None] * tables.hours, cells.shape)[cells]
    least = answer.objective_value - SLACK_VALUE_FRAC * max(abs(answer.objective_value), 1.0)
    return restaged(answer, replace(answer.program.with_floor("worth", least), value=value, constant=0.0))


def energised_early(tables: Tables, answer: Answer) -> Answer:
    """Returns the answer with the same use and the most accelerators standing, earliest."""
    program, layout = answer.program, answer.layout
    used = layout.use[layout.use >= 0]
    amounts = answer.use[layout.use >= 0]
    # Use is held from below only: more of it brings nothing here, and what was settled is put back afterwards.
    lower = program.lower.copy()
    lower[used] = np.maximum(0.0, amounts - SLACK_GPUS * np.maximum(1.0, amounts))
    value = np.zeros_like(program.value)
    value[layout.installed] = tables.hours / tables.hours.sum()
    early = restaged(answer, replace(program, lower=lower, value=value, constant=0.0))
    return replace(early, use=answer.use)


def with_stock(answer: Answer) -> Answer:
    """Returns the answer with its stock held where it is in later stages."""
    lower, upper = answer.program.lower.copy(), answer.program.upper.copy()
    cells = answer.layout.installed
    lower[cells] = upper[cells] = answer.installed
    return replace(answer, program=replace(answer.program, lower=lower, upper=upper))


def restaged(answer: Answer, stage: Program) -> Answer:
    """Solves a later stage. If it cannot be solved nothing is lost: the plan of the stage before stands."""
    # HiGHS 1.15 has been seen to loop for ever while presolving such programs; without presolve they take milliseconds.
    method = "simplex" if len(stage.value) <= SIMPLEX_COLUMNS_MAX else "interior"
    outcome = solve(stage, SolveOptions(method=method, presolve=False, time_limit_seconds=STAGE_SECONDS))
    if not isinstance(outcome, Solved):
        return answer
    layout = answer.layout
    return replace(
        answer,
        installed=_values(layout.installed, outcome.x),
        use=_values(layout.use, outcome.x),
        coming=_values(layout.coming, outcome.x),
    )


def _values(columns: np.ndarray, x: Floats) -> Floats:
    return np.where(columns >= 0, x[np.maximum(columns, 0)], 0.0)
