"""The plain time-indexed form of the same rules, as most would first write it down.

One on/off choice per gang, option and period, between the smallest and the largest size; one choice of site
and SKU per gang; no bounds tightened. The rows on supply, sites and work are the planner's own, so that both
forms plan by the same rules; how gangs are chosen shares nothing with it.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from armslength.model.case import Case
from armslength.planner.build import build
from armslength.planner.scope import scope_of
from armslength.planner.tables import Labels, Tables
from armslength.planner.tabulate import tabulate
from armslength.solver.highs import SolveOptions, solve
from armslength.solver.outcome import NoAnswer, Solved, Stopped
from armslength.solver.program import Family, Floats, Ints, Program
from benchmarks.case_folder import read


@dataclass(frozen=True)
class PlainResult:
    """How far the plain form came. Values are None where no answer was found."""

    columns: int
    rows: int
    binaries: int
    seconds: float
    objective_value: float | None
    bound_value: float | None
    gap_frac: float | None


Entry = tuple[Ints, Ints, Floats]  # rows within the family, columns, coefficients


def plain_program(tables: Tables, labels: Labels, on_off: bool = True) -> Program:
    """Returns the plain form of a run.

    Args:
        tables: the run in numbers.
        labels: names for keys.
        on_off: one on/off choice per gang, option and period; without, a gang may run part of a period.
    """
    base, layout = build(tables, labels, integers=False)
    use = layout.use
    single = tables.single[tables.option_workload]
    gang = (use >= 0) & (single | (tables.gang_min[tables.option_workload] > 0))[:, None]
    count = len(base.value)
    on = np.full(use.shape, -1)
    if on_off:
        on[gang] = count + np.arange(int(gang.sum()))
        count += int(gang.sum())
    chosen = np.where(single, count + np.cumsum(single) - 1, -1)
    loose = base.upper.copy()
    loose[use[use >= 0]] = np.inf
    plain = _with_choices(replace(base, upper=loose), count + int(single.sum()) - len(base.value))
    return _gang_rows(plain, tables, use, on, chosen)


def _with_choices(program: Program, count: int) -> Program:
    """Returns the program with so many more columns that are 0 or 1."""
    return replace(
        program,
        value=np.concatenate([program.value, np.zeros(count)]),
        lower=np.concatenate([program.lower, np.zeros(count)]),
        upper=np.concatenate([program.upper, np.ones(count)]),
        integer=np.concatenate([program.integer, np.ones(count, dtype=bool)]),
    )


def _gang_rows(program: Program, tables: Tables, use: Ints, on: Ints, chosen: Ints) -> Program:
    runs = on if (on >= 0).any() else np.where(chosen[:, None] >= 0, use, -1)
    option, period = np.nonzero(runs >= 0)
    workload, holding = tables.option_workload[option], tables.option_holding[option]
    most = np.minimum(tables.gang_max[workload], tables.fabric[tables.holding_site[holding]])
    # A gang without a largest size is held by its choice to what there is.
    most = np.minimum(most, tables.fleet_received.max(axis=1)[tables.holding_fleet[holding]])
    share = tables.started[workload, period]
    row, ones = np.arange(len(option)), np.ones(len(option))
    used, choice = use[option, period], chosen[option]
    if runs is on:
        switch = on[option, period]
        least = tables.gang_min[workload] * share
        program = _with_rows(program, "least", np.zeros(len(row)), (row, used, -ones), (row, switch, least))
        most_on = (row, switch, -most * share)
        program = _with_rows(program, "most", np.zeros(len(row)), (row, used, ones), most_on)
        bound = choice >= 0
        row, ones = np.arange(int(bound.sum())), np.ones(int(bound.sum()))
        where = ((row, switch[bound], ones), (row, choice[bound], -ones))
        program = _with_rows(program, "on_where_chosen", np.zeros(len(row)), *where)
    else:
        most_chosen = (row, choice, -most * share)
        program = _with_rows(program, "most", np.zeros(len(row)), (row, used, ones), most_chosen)
    singles = np.flatnonzero(chosen >= 0)
    one = (tables.option_workload[singles], chosen[singles], np.ones(len(singles)))
    return _with_rows(program, "one_choice", np.ones(len(tables.single)), one)


def _with_rows(program: Program, name: str, upper: Floats, *entries: Entry) -> Program:
    """Returns the program with one more family of rows ``row <= upper``."""
    rows, columns, coefficients = (np.concatenate(part) for part in zip(*entries, strict=True))
    order = np.argsort(rows, kind="stable")
    ends = np.cumsum(np.bincount(rows, minlength=len(upper)))
    family = Family(name, len(program.row_upper), len(upper), lambda index: (str(index),))
    return replace(
        program,
        families=(*program.families, family),
        row_lower=np.concatenate([program.row_lower, np.full(len(upper), -np.inf)]),
        row_upper=np.concatenate([program.row_upper, upper]),
        starts=np.concatenate([program.starts, program.starts[-1] + ends]),
        columns=np.concatenate([program.columns, columns[order]]),
        coefficients=np.concatenate([program.coefficients, coefficients[order]]),
    )


def solve_plain(case: Case, seconds: float, *, on_off: bool = True, gap_frac: float = 1e-3) -> PlainResult:
    """Solves the plain form of the shared run and says how far it came.

    Args:
        case: the case, rows in order of id.
        seconds: time limit, building included.
        on_off: see `plain_program`.
        gap_frac: relative gap at which to stop.
    """
    began = time.perf_counter()
    program = plain_program(*tabulate(case, scope_of(case, "shared")), on_off)
    left = seconds - (time.perf_counter() - began)
    outcome = solve(program, SolveOptions(gap_frac=gap_frac, time_limit_seconds=left))
    took = time.perf_counter() - began
    size = (len(program.value), len(program.row_lower), int(program.integer.sum()), took)
    match outcome:
        case Solved():
            gap = outcome.gap_frac if np.isfinite(outcome.bound_value) else None
            bound = outcome.bound_value if np.isfinite(outcome.bound_value) else None
            return PlainResult(*size, outcome.objective_value, bound, gap)
        case Stopped():
            bound = outcome.bound_value if np.isfinite(outcome.bound_value) else None
            return PlainResult(*size, None, bound, None)
        case NoAnswer():
            raise AssertionError("nothing is forced, so an empty plan always keeps the rules")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints, as one line of JSON, how far the plain form comes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plain_form", description="Solve the plain form.")
    parser.add_argument("case", type=Path, help="folder of the case")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds (60)")
    parser.add_argument("--gap", type=float, default=1e-3, help="relative gap at which to stop (0.001)")
    parser.add_argument("--duty", action="store_true", help="gangs may run part of a period: no on/off choices")
    chosen = parser.parse_args(arguments)
    result = solve_plain(read(chosen.case), chosen.time_limit, on_off=not chosen.duty, gap_frac=chosen.gap)
    print(json.dumps(asdict(result)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
