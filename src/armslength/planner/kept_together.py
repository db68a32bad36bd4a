"""Keeps gangs out of the periods in which too few accelerators for their smallest size stand together."""

from dataclasses import replace

import numpy as np

from armslength.planner.building import Kept
from armslength.planner.effort import Effort
from armslength.planner.linear import Answer, solve_linear
from armslength.planner.tables import Labels, Tables
from armslength.planner.whole import SMALL_GPUS, SNAP

ROUNDS = 6
SLACK_FRAC = 1e-4  # of all worth: what may be left out without another look


def kept_together(tables: Tables, labels: Labels, answer: Answer, effort: Effort) -> Answer:
    """Keeps gangs out of the periods in which too few accelerators for their smallest size stand together.

    The bound stays: it was proved without this rule, which only forbids.
    """
    cells = np.ones(answer.use.shape, dtype=bool)
    for _ in range(ROUNDS):
        enough = tables.enough_of(np.floor(answer.installed + SNAP))
        apart = (answer.use > SMALL_GPUS) & ~enough
        if not apart.any():
            return answer
        lost = float((answer.use * np.maximum(tables.option_rate, 0.0) * tables.hours)[apart].sum())
        effort.say(
            f"gangs without enough accelerators at one place: {lost / abs(answer.objective_value):.3%} of all worth"
        )
        slack = max(SLACK_FRAC, effort.gap_frac / 5)
        small = lost <= slack * abs(answer.objective_value)
        # An exact run without choices takes no time worth saving.
        late = answer.method != "exact" and not effort.has(0.0)
        if answer.least is None and (small or late):
            break  # dearer to solve again than to leave out
        cells &= ~apart & (answer.layout.use >= 0)
        least = None
        if answer.least is not None:
            dropped = np.zeros(answer.least.shape, dtype=bool)
            np.logical_or.at(dropped, tables.option_workload, apart)
            least = np.where(dropped, 0.0, answer.least)
            cells &= ~dropped[tables.option_workload]
        method = "simplex" if answer.method == "exact" else "interior"
        again = solve_linear(
            tables,
            labels,
            answer.layout.options,
            answer.method,
            None,
            kept=Kept(cells, least),
            solver_method=method,
        )
        answer = replace(again, bound_value=answer.bound_value, proved=answer.proved)
    kept = np.where(tables.enough_of(np.floor(answer.installed + SNAP)), answer.use, 0.0)
    value = float((kept * tables.option_rate * tables.hours).sum()) + float(tables.constant.sum())
    return replace(answer, use=kept, objective_value=value)
