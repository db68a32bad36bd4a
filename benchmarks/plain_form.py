"""The plain time-indexed form of the same rules, as most would first write it down.

One on/off choice per gang, option and period, between the smallest and the largest size; one choice of site
and SKU per gang. Limits stand as the rules state them: every rule in every period, no bounds tightened,
nothing left out because it cannot bind. It shares the numbers (`Tables`) with the planner, not its form.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from armslength.model.case import Case
from armslength.planner.scope import scope_of
from armslength.planner.tables import Bools, Floats, Ints, Tables
from armslength.planner.tabulate import tabulate
from armslength.solver.highs import SolveOptions, solve
from armslength.solver.outcome import NoAnswer, Solved, Stopped
from armslength.solver.program import Program, ProgramBuilder
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


@dataclass(frozen=True)
class _Columns:
    installed: Ints  # (H, T)
    use: Ints  # (Q, T)
    on: Ints  # (Q, T)
    chosen: Ints  # (Q)


class _Plain:
    """A plain program under construction."""

    def __init__(self, tables: Tables, on_off: bool) -> None:
        self.tables = tables
        self.builder = ProgramBuilder()
        holdings, periods = tables.hosted_end.shape
        workload = tables.option_workload
        may_run = tables.started[workload] > 0
        single = tables.single[workload]
        gang = single | (tables.gang_min[workload] > 0)
        add = self.builder.add_columns
        self.columns = _Columns(
            installed=add("installed", np.ones((holdings, periods), dtype=bool), _key),
            use=add("use", may_run, _key, value=tables.option_rate * tables.hours),
            on=add("on", may_run & (gang & on_off)[:, None], _key, upper=1.0, integer=True),
            chosen=add("chosen", single, _key, upper=1.0, integer=True),
        )

    def add(
        self, name: str, marks: Bools, limit: Floats, *entries: tuple[tuple[Ints, ...], Ints, Floats]
    ) -> None:
        """Adds a row for each marked cell; each entry is (cell of the row, column, coefficient)."""
        rows = np.full(marks.shape, -1, dtype=np.int64)
        rows[marks] = np.arange(int(marks.sum()))
        placed = []
        for cell, column, coefficient in entries:
            row = rows[cell]
            placed.append((row[row >= 0], column[row >= 0], coefficient[row >= 0]))
        self.builder.add_rows(name, np.asarray(limit)[marks], _key, *placed)


def _key(index: int) -> tuple[str, ...]:
    return (str(index),)


def plain_program(tables: Tables, on_off: bool = True) -> Program:
    """Returns the plain form of a run.

    Args:
        tables: the run in numbers; a run without agreements and without returns.
        on_off: one on/off choice per gang, option and period; without, a gang may run part of a period.
    """
    assert not tables.fleet_returns.any()
    assert not len(tables.right_fleet)
    plain = _Plain(tables, on_off)
    _supply_rows(plain)
    _site_rows(plain)
    _usable_rows(plain)
    _work_rows(plain)
    _gang_rows(plain)
    return plain.builder.program(constant=float(tables.constant.sum()))


def _cells(columns: Ints) -> tuple[Ints, Ints, Ints]:
    """Returns (first index, period, column) of the cells which have a column."""
    first, period = np.nonzero(columns >= 0)
    return first, period, columns[first, period]


def _supply_rows(plain: _Plain) -> None:
    tables, installed = plain.tables, plain.columns.installed
    everywhere = np.ones(tables.fleet_received.shape, dtype=bool)
    holding, period, column = _cells(installed)
    fleet = tables.holding_fleet[holding]
    plain.add("received", everywhere, tables.fleet_received, ((fleet, period), column, np.ones(len(column))))
    option, period, column = _cells(plain.columns.use)
    fleet = tables.holding_fleet[tables.option_holding[option]]
    plain.add("in_time", everywhere, tables.fleet_usable, ((fleet, period), column, np.ones(len(column))))
    holding, period, column = _cells(installed)
    limit = np.zeros(installed.shape)
    limit[:, 0] = -tables.holding_stock
    ones = np.ones(len(column))
    before = _shifted(installed, 1)[holding, period]
    cell = (holding, period)
    plain.add("keeps_standing", limit <= 0, limit, (cell, column, -ones), (cell, before, ones))


def _shifted(installed: Ints, lag: int) -> Ints:
    """Returns the columns ``lag`` periods earlier, -1 before the start."""
    earlier = np.full(installed.shape, -1, dtype=np.int64)
    earlier[:, lag:] = installed[:, : installed.shape[1] - lag]
    return earlier


def _site_rows(plain: _Plain) -> None:
    tables = plain.tables
    holding, period, column = _cells(plain.columns.installed)
    option, when, used = _cells(plain.columns.use)
    at = tables.option_holding[option]
    here, there = (tables.holding_site[holding], period), (tables.holding_site[at], when)
    one = np.ones(len(tables.holding_mw))
    for name, weight, end, mean in (
        ("power", tables.holding_mw, tables.power_end, tables.power_mean),
        ("slots", one, tables.slots_end, tables.slots_mean),
    ):
        plain.add(name, np.isfinite(end), end, (here, column, weight[holding]))
        plain.add(f"{name}_in_use", np.isfinite(mean), mean, (there, used, weight[at]))
    limit = tables.commissioning.copy()
    np.add.at(limit[:, 0], tables.holding_site, tables.holding_stock)
    before = _shifted(plain.columns.installed, 1)[holding, period]
    ones = np.ones(len(column))
    plain.add("commissioning", np.isfinite(limit), limit, (here, column, ones), (here, before, -ones))


def _usable_rows(plain: _Plain) -> None:
    tables, installed = plain.tables, plain.columns.installed
    limit = np.zeros(installed.shape)
    holding, period, column = _cells(installed)
    cell = (holding, period)
    entries = [(cell, column, -np.ones(len(column)))]
    for lag in range(tables.lost.shape[1]):
        loss = tables.lost[tables.holding_site, lag][holding, period]
        entries.append((cell, _shifted(installed, lag)[holding, period], loss))
        entries.append((cell, _shifted(installed, lag + 1)[holding, period], -loss))
        limit[:, lag] += tables.lost[tables.holding_site, lag, lag] * tables.holding_stock
    option, when, used = _cells(plain.columns.use)
    entries.append(((tables.option_holding[option], when), used, np.ones(len(used))))
    plain.add("usable", np.ones(limit.shape, dtype=bool), limit, *entries)


def _work_rows(plain: _Plain) -> None:
    tables = plain.tables
    option, period, column = _cells(plain.columns.use)
    workload = tables.option_workload[option]
    cell, ones = (workload, period), np.ones(len(column))
    largest = np.where(tables.started > 0, tables.gang_max[:, None], 0.0) * tables.started
    plain.add("gang_size", np.isfinite(largest), largest, (cell, column, ones))
    wanted = np.isfinite(tables.wanted)
    plain.add("demand", wanted, tables.wanted, (cell, column, tables.option_ratio[option]))
    work = tables.option_ratio[option] * tables.hours[period]
    plain.add("work_done", np.isfinite(tables.work), tables.work, ((workload,), column, work))
    started = tables.started[tables.option_workload]
    partly = (plain.columns.use >= 0) & (started < 1)
    here = partly[option, period]
    at = plain.columns.installed[tables.option_holding[option[here]], period[here]]
    share = started[option[here], period[here]]
    begin = (option[here], period[here])
    limit = np.zeros(partly.shape)
    plain.add("starts", partly, limit, (begin, column[here], ones[here]), (begin, at, -share))


def _gang_rows(plain: _Plain) -> None:
    tables, columns = plain.tables, plain.columns
    gang = columns.on if (columns.on >= 0).any() else np.where(columns.chosen[:, None] >= 0, columns.use, -1)
    option, period, on = _cells(gang)
    workload, cell = tables.option_workload[option], (option, period)
    marks, none, ones = gang >= 0, np.zeros(gang.shape), np.ones(len(on))
    use, chosen = columns.use[option, period], columns.chosen[option]
    most = np.minimum(
        tables.gang_max[workload], tables.fabric[tables.holding_site[tables.option_holding[option]]]
    )
    # A gang without a largest size is held by its choice to what there is.
    most = np.minimum(
        most, tables.fleet_received.max(axis=1)[tables.holding_fleet[tables.option_holding[option]]]
    )
    share = tables.started[workload, period]
    if gang is columns.on:
        least = tables.gang_min[workload] * share
        plain.add("least", marks, none, (cell, use, -ones), (cell, on, least))
        plain.add("most", marks, none, (cell, use, ones), (cell, on, -most * share))
        chooses = marks & (columns.chosen >= 0)[:, None]
        plain.add("on_where_chosen", chooses, none, (cell, on, ones), (cell, chosen, -ones))
    else:
        plain.add("most", marks, none, (cell, use, ones), (cell, chosen, -most * share))
    singles = np.flatnonzero(columns.chosen >= 0)
    which = tables.option_workload[singles]
    column = columns.chosen[singles]
    plain.add(
        "one_choice", tables.single, np.ones(len(tables.single)), ((which,), column, np.ones(len(column)))
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
    tables, _ = tabulate(case, scope_of(case, "shared"))
    program = plain_program(tables, on_off)
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
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.plain_form", description="Solve the plain form."
    )
    parser.add_argument("case", type=Path, help="folder of the case")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds (60)")
    parser.add_argument("--gap", type=float, default=1e-3, help="relative gap at which to stop (0.001)")
    parser.add_argument(
        "--duty", action="store_true", help="gangs may run part of a period: no on/off choices"
    )
    chosen = parser.parse_args(arguments)
    result = solve_plain(read(chosen.case), chosen.time_limit, on_off=not chosen.duty, gap_frac=chosen.gap)
    print(json.dumps(asdict(result)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
