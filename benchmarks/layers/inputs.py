"""What every layer is given, read without importing the planner, and what it hands back.

Almost all of the program is about use: who uses how many accelerators where and when. Every layer writes that
part itself, from the run's numbers. The small part about stock (receiving, commissioning, power) comes to the
peers as ready-made entries; ours writes that, too, and finds its own bounds.
"""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from armslength.planner.building import Layout
    from armslength.planner.tables import Labels, Tables
    from armslength.solver.program import Program

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
ZERO = 1e-9  # HiGHS leaves out smaller coefficients; they are what is left where terms cancel


@dataclass(frozen=True)
class Entries:
    """Rows ``row <= upper`` over stock and use; the entries of row i stand at ``starts[i]:starts[i + 1]``."""

    name: str
    upper: Floats
    starts: Ints
    columns: Ints
    coefficients: Floats


@dataclass(frozen=True)
class Rule:
    """Rows about use: for each marked cell (group, period), a weighted sum of the group's use, ``<= upper``.

    Attributes:
        name: the family.
        group: (options) the group of each.
        weight: (options) coefficient of its use.
        over_time: whether use is summed over the periods, weighted by their hours; then cells are (group).
        marks: (groups, periods) or (groups): where there are rows.
        upper: of the same shape.
        stock: entries over stock columns of the marked rows, in their order; None where there are none.
    """

    name: str
    group: Ints
    weight: Floats
    over_time: bool
    marks: Bools
    upper: Floats
    stock: Entries | None


@dataclass(frozen=True)
class Inputs:
    """The duty form of a run. Columns are numbered: stock, then used cells in order of option and period.

    Attributes:
        folder: where ours finds the run's tables.
        stock_upper: (stock columns) bounds.
        used: (options, periods) which cells have a use column.
        use_upper, use_value: (options, periods).
        hours: (periods).
    """

    folder: Path
    stock_upper: Floats
    used: Bools
    use_upper: Floats
    use_value: Floats
    hours: Floats
    rules: tuple[Rule, ...]
    others: tuple[Entries, ...]


@dataclass(frozen=True)
class Built:
    """A model as far as a solver needs it.

    Attributes:
        counts: returns columns, rows and entries; rows without entries say nothing and are not counted.
        solve: returns the optimum of the linear program, without the constant.
    """

    counts: Callable[[], tuple[int, int, int]]
    solve: Callable[[], float]


def save(tables: "Tables", labels: "Labels", program: "Program", layout: "Layout", folder: Path) -> None:
    """Writes a run for the layers: its tables for ours, the duty form for the peers."""
    (folder / "tables.pickle").write_bytes(pickle.dumps((tables, labels)))
    (folder / "inputs.pickle").write_bytes(pickle.dumps(_inputs(tables, program, layout, folder)))


def load(folder: Path) -> Inputs:
    """Reads what `save` wrote for the peers."""
    inputs: Inputs = pickle.loads((folder / "inputs.pickle").read_bytes())
    return inputs


def _inputs(tables: "Tables", program: "Program", layout: "Layout", folder: Path) -> Inputs:
    used = layout.use >= 0
    in_order = np.argsort(np.concatenate([np.flatnonzero(~np.isin(_all(program), layout.use[used])), layout.use[used]]))
    stock_count = len(program.value) - int(used.sum())
    grouped = _groups(tables)
    rules, others = [], []
    for family in program.families:
        entries = _entries(program, family.name, in_order)
        if not len(entries.columns):
            continue
        if family.name in grouped and family.name in layout.rows:
            rules.append(_rule(tables, entries, layout.rows[family.name], *grouped[family.name], stock_count))
        else:
            others.append(_filled(entries))
    stock = np.flatnonzero(~np.isin(_all(program), layout.use[used]))
    return Inputs(
        folder,
        program.upper[stock],
        used,
        np.where(used, program.upper[layout.use], 0.0),
        np.where(used, program.value[layout.use], 0.0),
        tables.hours,
        tuple(rules),
        tuple(others),
    )


def _all(program: "Program") -> Ints:
    return np.arange(len(program.value))


def _groups(tables: "Tables") -> dict[str, tuple[Ints, Floats, bool]]:
    """Returns, for the families about use, each option's group and weight, and whether periods are summed."""
    holding, workload = tables.option_holding, tables.option_workload
    site, ones = tables.holding_site[holding], np.ones(len(holding))
    return {
        "usable": (holding, ones, False),
        "power_in_use": (site, tables.holding_mw[holding], False),
        "slots_in_use": (site, ones, False),
        "gang_size": (workload, ones, False),
        "demand": (workload, tables.option_ratio, False),
        "work": (workload, tables.option_ratio, True),
    }


def _entries(program: "Program", name: str, in_order: Ints) -> Entries:
    """Returns a family's entries, with columns numbered stock first."""
    family = next(family for family in program.families if family.name == name)
    starts = program.starts[family.first : family.first + family.count + 1]
    kept = slice(int(starts[0]), int(starts[-1]))
    real = np.abs(program.coefficients[kept]) > ZERO
    ends = np.concatenate([[0], np.cumsum(real)])[starts - starts[0]]
    columns = in_order[program.columns[kept][real]]
    return Entries(name, program.row_upper[family.rows], ends, columns, program.coefficients[kept][real])


def _rule(
    tables: "Tables",
    entries: Entries,
    rows: Ints,
    group: Ints,
    weight: Floats,
    over_time: bool,
    stock_count: int,
) -> Rule:
    marks = rows >= 0
    upper = np.zeros(rows.shape)
    upper[marks] = entries.upper[rows[marks]]
    stock = entries.columns < stock_count
    part = None
    if stock.any():
        row = np.repeat(np.arange(len(entries.upper)), np.diff(entries.starts))[stock]
        starts = np.searchsorted(row, np.arange(len(entries.upper) + 1))
        part = Entries(entries.name, entries.upper, starts, entries.columns[stock], entries.coefficients[stock])
    return Rule(entries.name, group, weight, over_time, marks, upper, part)


def _filled(entries: Entries) -> Entries:
    """Leaves out rows without entries."""
    counts = np.diff(entries.starts)
    starts = np.concatenate([[0], np.cumsum(counts[counts > 0])])
    return Entries(entries.name, entries.upper[counts > 0], starts, entries.columns, entries.coefficients)
