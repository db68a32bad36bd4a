"""The columns of a program under construction, and what the families of rows share.

Columns, all per period t:
    installed[h,t]   accelerators standing at holding h at the period's end
    use[q,t]         accelerators option q uses on average
    moved_in[h,t]    accelerators commissioned, only for fleets that hand some back
    granted[a,h,t]   accelerators set aside for use right a
    coming[g,h,t]    accelerators lost on average, g periods later, while the crew works through what it commissions
    stands[q,t]      1 if as many accelerators as the smallest gang needs stand there at the period's end
    chosen[q]        1 if a single-fabric gang runs on this option
    running[q,t]     1 if a strict gang runs in the period
"""

from dataclasses import dataclass, field

import numpy as np

from armslength.planner.tables import Bools, Floats, Ints, Labels, Tables
from armslength.solver.program import ProgramBuilder

STANDS_MAX = 400


def _none() -> Ints:
    return np.zeros(0, dtype=np.int64)


@dataclass
class Layout:
    """Where the columns of a program are: -1 where a cell has none.

    Attributes:
        options: (Q) which options the program holds.
        after_rise: fleet and period of each row of `after_rise`.
        starts: row of `starts`, option and period of each use it limits.
        in_turn: holding and period of each row of `in_turn`.
        rows: row numbers within each family, in the shape of what the family limits; -1 where it has no row.
        uses: option, period and column of each cell of use, by option and period.
        installed: (H, T). use: (Q, T). moved_in: (H, T). granted: (A, H, T). coming: (G, H, T). chosen: (Q).
        running: (W, T).
    """

    options: Bools
    uses: tuple[Ints, Ints, Ints]
    installed: Ints
    use: Ints
    moved_in: Ints
    granted: Ints
    coming: Ints
    chosen: Ints
    running: Ints
    stands: Ints
    rows: dict[str, Ints] = field(default_factory=dict)
    after_rise: Ints = field(default_factory=lambda: _none().reshape(0, 2))
    starts: tuple[Ints, Ints, Ints] = field(default_factory=lambda: (_none(), _none(), _none()))
    in_turn: tuple[Ints, Ints] = field(default_factory=lambda: (_none(), _none()))

    def uses_in(self, rows: Ints, place: Ints) -> tuple[Ints, Ints, Ints]:
        """Returns row, option and column of the uses at cells that have a row.

        Args:
            rows: (X, T) numbers of rows, -1 where there is none.
            place: (Q) each option's place on the first axis of ``rows``.
        """
        option, period, column = self.uses
        # Flat places and `take`: several times as fast as two indices and masks.
        row = rows.ravel().take(place.take(option) * rows.shape[1] + period)
        there = row >= 0
        if there.all():
            return row, option, column
        mine = np.flatnonzero(there)
        return row.take(mine), option.take(mine), column.take(mine)

    def uses_of(self, options: Bools) -> tuple[Ints, Ints, Ints]:
        """Returns option, period and column of the uses of some options; ``options`` is (Q)."""
        option, period, column = self.uses
        mine = np.flatnonzero(options.take(option))
        return option.take(mine), period.take(mine), column.take(mine)


@dataclass(frozen=True)
class Kept:
    """What earlier choices leave: (Q, T) cells of use, (W, T) least use of gangs, (Q, T) where gangs stand together."""

    cells: Bools | None = None
    least: Floats | None = None
    standing: Bools | None = None


@dataclass
class Build:
    """A program under construction: what the families below write into."""

    tables: Tables
    labels: Labels
    options: Bools
    strict: bool
    integers: bool
    kept: Kept = field(default_factory=Kept)
    whole: bool = False
    standing: bool = True
    builder: ProgramBuilder = field(default_factory=ProgramBuilder)
    layout: Layout = field(init=False)

    def __post_init__(self) -> None:
        self.layout = _columns(self)

    def period(self, index: int) -> str:
        """Returns the name of a period."""
        return self.labels.periods[index]


def _columns(work: Build) -> Layout:
    tables, builder, labels = work.tables, work.builder, work.labels
    holdings, periods = tables.hosted_end.shape
    most_used = np.where(work.options[:, None], tables.most_used, 0.0)
    if work.kept.cells is not None:
        most_used = np.where(work.kept.cells, most_used, 0.0)
    installed = builder.add_columns(
        "installed",
        np.ones((holdings, periods), dtype=bool),
        lambda i: (*holding_key(work, i // periods), work.period(i % periods)),
        upper=tables.most_installed,
        integer=work.whole,
    )
    used = most_used > 0
    option, period = np.nonzero(used)
    use = builder.add_columns(
        "use",
        used,
        lambda i: (*option_key(work, option[i]), work.period(period[i])),
        upper=most_used,
        value=tables.option_rate * tables.hours,
    )
    returning = np.flatnonzero(tables.fleet_returns[tables.holding_fleet])
    moved_mask = np.zeros((holdings, periods), dtype=bool)
    moved_mask[returning] = True
    moved_in = builder.add_columns(
        "moved_in",
        moved_mask,
        lambda i: (*holding_key(work, returning[i // periods]), work.period(i % periods)),
        upper=tables.most_installed,
    )
    rights = len(labels.rights)
    granting = np.zeros((rights, holdings, periods), dtype=bool)
    right_of = tables.option_right
    granting[right_of[right_of >= 0], tables.option_holding[right_of >= 0]] = True
    granting &= (tables.right_gpus > 0)[:, None, :]
    grants = np.argwhere(granting)
    granted = builder.add_columns(
        "granted",
        granting,
        lambda i: (labels.rights[grants[i, 0]], *holding_key(work, grants[i, 1]), work.period(grants[i, 2])),
        upper=tables.right_gpus[:, None, :],
    )
    growing = _crew_matters(tables)[tables.holding_site] & (tables.most_installed > tables.holding_stock[:, None])
    costs = (tables.pace[:, :, -1] > 0).transpose(1, 0, 2)[:, tables.holding_site]  # (G, H, T)
    paced = np.argwhere(growing & costs)
    coming = builder.add_columns(
        "coming",
        growing & costs,
        lambda i: (str(paced[i, 0]), *holding_key(work, paced[i, 1]), work.period(paced[i, 2])),
        upper=tables.most_installed,
    )
    uses = option, period, use[used]
    return Layout(work.options, uses, installed, use, moved_in, granted, coming, *_binaries(work, most_used))


def _binaries(work: Build, most_used: Floats) -> tuple[Ints, Ints, Ints]:
    """Adds the choices that only whole numbers can make: which option, and run or not."""
    tables = work.tables
    single = work.options & tables.single[tables.option_workload] & work.integers
    several = np.bincount(tables.option_workload[single], minlength=len(tables.single)) > 1
    single &= several[tables.option_workload]
    singles = np.flatnonzero(single)
    chosen = work.builder.add_columns("chosen", single, lambda i: option_key(work, singles[i]), upper=1.0, integer=True)
    run_mask = np.zeros(tables.started.shape, dtype=bool)
    if work.strict and work.integers:
        np.logical_or.at(run_mask, tables.option_workload, most_used > 0)
        run_mask &= (tables.gang_min > 0)[:, None]
    cells = np.argwhere(run_mask)
    running = work.builder.add_columns(
        "running",
        run_mask,
        lambda i: (work.labels.workloads[cells[i, 0]], work.period(cells[i, 1])),
        upper=1.0,
        integer=True,
    )
    return chosen, running, _standing_columns(work, most_used)


def _standing_columns(work: Build, most_used: Floats) -> Ints:
    """Adds the choice whether as many accelerators as a single-fabric gang needs stand at an option, (Q, T).

    While there are few such cells. A strict gang needs no such choice. In other runs `gang_search` sees to it.
    """
    tables = work.tables
    workload, holding = tables.option_workload, tables.option_holding
    mask = np.zeros(most_used.shape, dtype=bool)
    if work.standing and work.integers and not work.strict:
        asked = tables.single[workload] & (tables.holding_stock[holding] < tables.gang_min[workload])
        mask = (most_used > 0) & asked[:, None]
        if mask.sum() > STANDS_MAX:
            mask = np.zeros_like(mask)
    cells = np.argwhere(mask)
    return work.builder.add_columns(
        "stands",
        mask,
        lambda i: (*option_key(work, cells[i, 0]), work.period(cells[i, 1])),
        upper=1.0,
        integer=True,
    )


def _crew_matters(tables: Tables) -> Bools:
    """Returns where a crew needs a noticeable time for all that could be installed, (S, T)."""
    room = np.zeros(tables.commissioning.shape)
    np.add.at(room, tables.holding_site, tables.most_installed)
    result: Bools = np.isfinite(tables.commissioning) & (tables.commissioning > 0) & (room > 0)
    return result


def holding_key(work: Build, index: int) -> tuple[str, ...]:
    """Returns the names of a holding: fleet and site."""
    tables, labels = work.tables, work.labels
    return labels.fleets[tables.holding_fleet[index]], labels.sites[tables.holding_site[index]]


def option_key(work: Build, index: int) -> tuple[str, ...]:
    """Returns the names of an option: workload, fleet and site."""
    tables = work.tables
    return (
        work.labels.workloads[tables.option_workload[index]],
        *holding_key(work, tables.option_holding[index]),
    )


def last_before_rise(levels: Floats) -> Bools:
    """Marks the periods in which a limit on a never-decreasing stock can bind: before it rises, and the last."""
    marks = np.ones(levels.shape, dtype=bool)
    marks[:, :-1] = levels[:, 1:] != levels[:, :-1]
    return marks


def steady(work: Build) -> bool:
    """Whether no fleet ever hands accelerators back, so that stock never falls."""
    return not bool(work.tables.fleet_returns.any())


def returning(work: Build) -> Bools:
    """Whether a holding belongs to a fleet that hands some back, (H)."""
    result: Bools = work.tables.fleet_returns[work.tables.holding_fleet]
    return result


def added_columns(work: Build, holding: Ints, period: Ints) -> tuple[Ints, Ints]:
    """Returns the two columns whose difference is commissioned at each (holding, period); -1 where there is none."""
    layout, moved = work.layout, returning(work)[holding]
    now = np.where(moved, layout.moved_in[holding, period], layout.installed[holding, period])
    before = np.where(moved | (period == 0), -1, layout.installed[holding, np.maximum(period - 1, 0)])
    return now, before


def numbered(marks: Bools, values: Floats) -> tuple[Ints, Floats, Ints]:
    """Numbers the marked cells: (row of each cell or -1, the cells' values, the cells' places)."""
    rows = np.full(marks.shape, -1, dtype=np.int64)
    rows[marks] = np.arange(int(marks.sum()))
    return rows, values[marks].astype(np.float64).copy(), np.argwhere(marks)
