"""Tables become a program of named families. The families' docstrings are the mathematics of the project.

Columns, all per period t:
    installed[h,t]   accelerators standing at holding h at the period's end
    use[q,t]         accelerators option q uses on average
    moved_in[h,t]    accelerators commissioned, only for fleets that hand some back
    granted[a,h,t]   accelerators set aside for use right a
    coming[g,h,t]    accelerators lost on average, g periods later, while the crew works through what it commissions
    chosen[q]        1 if a single-fabric gang runs on this option
    running[q,t]     1 if a strict gang runs in the period
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from armslength.planner.tables import Bools, Floats, Ints, Labels, Tables, last_in_turn, within_start
from armslength.solver.program import Program, ProgramBuilder


IN_TURN_MAX = 2_000


@dataclass
class Layout:
    """Where the columns of a program are: -1 where a cell has none.

    Attributes:
        options: (Q) which options the program holds.
        in_turn: holding and period of each row of `in_turn`.
        rows: row numbers within each family, in the shape of what the family limits; -1 where it has no row.
        installed: (H, T). use: (Q, T). moved_in: (H, T). granted: (A, H, T). coming: (G, H, T). chosen: (Q).
        running: (W, T).
    """

    options: Bools
    installed: Ints
    use: Ints
    moved_in: Ints
    granted: Ints
    coming: Ints
    chosen: Ints
    running: Ints
    rows: dict[str, Ints] = field(default_factory=dict)
    in_turn: tuple[Ints, Ints] = field(default=(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)))


@dataclass
class Build:
    """A program under construction: what the families below write into."""

    tables: Tables
    labels: Labels
    options: Bools
    strict: bool
    integers: bool
    cells: Bools | None = None
    least: Floats | None = None
    whole: bool = False
    builder: ProgramBuilder = field(default_factory=ProgramBuilder)
    layout: Layout = field(init=False)

    def __post_init__(self) -> None:
        self.layout = _columns(self)

    def period(self, index: int) -> str:
        """Returns the name of a period."""
        return self.labels.periods[index]


def build(
    tables: Tables,
    labels: Labels,
    *,
    options: Bools | None = None,
    strict: bool = False,
    integers: bool = True,
    cells: Bools | None = None,
    least: Floats | None = None,
    whole: bool = False,
) -> tuple[Program, Layout]:
    """Returns the program of a run, and where its columns are.

    Args:
        tables: the run in numbers.
        labels: names for keys.
        options: (Q) which options to include; all by default.
        strict: whether gangs keep their smallest size all through any period in which they run.
        integers: whether to choose one option for each single-fabric gang; without, gangs may spread.
        cells: (Q, T) where use is allowed at all; everywhere by default.
        least: (W, T) least use of each gang, accelerators; none by default.
        whole: whether stock comes in whole accelerators already here, and not by rounding afterwards.
    """
    chosen = np.ones(len(tables.option_workload), dtype=bool) if options is None else options
    work = Build(tables, labels, chosen, strict, integers, cells, least, whole)
    for family in FAMILIES:
        family(work)
    return work.builder.program(constant=float(tables.constant.sum())), work.layout


def _columns(work: Build) -> Layout:
    tables, builder, labels = work.tables, work.builder, work.labels
    holdings, periods = tables.hosted_end.shape
    most_used = np.where(work.options[:, None], tables.most_used, 0.0)
    if work.cells is not None:
        most_used = np.where(work.cells, most_used, 0.0)
    installed = builder.add_columns(
        "installed",
        np.ones((holdings, periods), dtype=bool),
        lambda i: (*_holding(work, i // periods), work.period(i % periods)),
        upper=tables.most_installed,
        integer=work.whole,
    )
    cells = np.argwhere(most_used > 0)
    use = builder.add_columns(
        "use",
        most_used > 0,
        lambda i: (*_option(work, cells[i, 0]), work.period(cells[i, 1])),
        upper=most_used,
        value=tables.option_rate * tables.hours,
    )
    returning = np.flatnonzero(tables.fleet_returns[tables.holding_fleet])
    moved_mask = np.zeros((holdings, periods), dtype=bool)
    moved_mask[returning] = True
    moved_in = builder.add_columns(
        "moved_in",
        moved_mask,
        lambda i: (*_holding(work, returning[i // periods]), work.period(i % periods)),
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
        lambda i: (labels.rights[grants[i, 0]], *_holding(work, grants[i, 1]), work.period(grants[i, 2])),
        upper=tables.right_gpus[:, None, :],
    )
    growing = _crew_matters(tables)[tables.holding_site] & (tables.most_installed > tables.holding_stock[:, None])
    costs = (tables.pace[:, :, -1] > 0).transpose(1, 0, 2)[:, tables.holding_site]  # (G, H, T)
    paced = np.argwhere(growing & costs)
    coming = builder.add_columns(
        "coming",
        growing & costs,
        lambda i: (str(paced[i, 0]), *_holding(work, paced[i, 1]), work.period(paced[i, 2])),
        upper=tables.most_installed,
    )
    return Layout(work.options, installed, use, moved_in, granted, coming, *_binaries(work, most_used))


def _crew_matters(tables: Tables) -> Bools:
    """Returns where a crew needs a noticeable time for all that could be installed, (S, T)."""
    room = np.zeros(tables.commissioning.shape)
    np.add.at(room, tables.holding_site, tables.most_installed)
    result: Bools = np.isfinite(tables.commissioning) & (tables.commissioning > 0) & (room > 0)
    return result


def _binaries(work: Build, most_used: Floats) -> tuple[Ints, Ints]:
    """Adds the choices that only whole numbers can make: which option, and run or not."""
    tables = work.tables
    single = work.options & tables.single[tables.option_workload] & work.integers
    several = np.bincount(tables.option_workload[single], minlength=len(tables.single)) > 1
    single &= several[tables.option_workload]
    singles = np.flatnonzero(single)
    chosen = work.builder.add_columns(
        "chosen", single, lambda i: _option(work, singles[i]), upper=1.0, integer=True
    )
    used = np.zeros(tables.started.shape, dtype=bool)
    np.logical_or.at(used, tables.option_workload, most_used > 0)
    strict = work.strict and work.integers
    run_mask = used & (tables.gang_min > 0)[:, None] if strict else np.zeros_like(used)
    cells = np.argwhere(run_mask)
    running = work.builder.add_columns(
        "running",
        run_mask,
        lambda i: (work.labels.workloads[cells[i, 0]], work.period(cells[i, 1])),
        upper=1.0,
        integer=True,
    )
    return chosen, running


def _holding(work: Build, index: int) -> tuple[str, ...]:
    tables, labels = work.tables, work.labels
    return labels.fleets[tables.holding_fleet[index]], labels.sites[tables.holding_site[index]]


def _option(work: Build, index: int) -> tuple[str, ...]:
    tables = work.tables
    return (work.labels.workloads[tables.option_workload[index]], *_holding(work, tables.option_holding[index]))


def _last_before_rise(levels: Floats) -> Bools:
    """Marks the periods in which a limit on a never-decreasing stock can bind: before it rises, and the last."""
    marks = np.ones(levels.shape, dtype=bool)
    marks[:, :-1] = levels[:, 1:] != levels[:, :-1]
    return marks


def _steady(work: Build) -> bool:
    return not bool(work.tables.fleet_returns.any())


def received(work: Build) -> None:
    """Nothing stands anywhere before it is received.

    sum over sites s of installed[f,s,t] <= received[f,t]    [accelerators], each fleet f and period t
    Binding: every accelerator received is installed. Its price: worth of one more accelerator received by then.
    """
    tables = work.tables
    total = tables.fleet_received
    marks = _last_before_rise(total) if _steady(work) else np.ones(total.shape, dtype=bool)
    rows, upper, cells = _numbered(marks, total)
    holding, period = np.nonzero(marks[tables.holding_fleet])
    entry = (rows[tables.holding_fleet[holding], period], work.layout.installed[holding, period], np.ones(len(holding)))
    work.layout.rows["received"] = rows
    work.builder.add_rows(
        "received", upper, lambda i: (work.labels.fleets[cells[i, 0]], work.period(cells[i, 1])), entry
    )


def keeps_standing(work: Build) -> None:
    """What stands at a site stays there, unless a loan is returned.

    installed[h,t] >= installed[h,t-1]                          [accelerators], each holding h of a fleet without returns
    moved_in[h,t] >= installed[h,t] - installed[h,t-1]          [accelerators], each other holding
    Binding: nothing is commissioned. Its price: cost of having commissioned too early.
    """
    tables, installed = work.tables, work.layout.installed
    holdings, periods = installed.shape
    for name, mask, sign in (
        ("keeps_standing", ~tables.fleet_returns[tables.holding_fleet], 1.0),
        ("moved_in", tables.fleet_returns[tables.holding_fleet], -1.0),
    ):
        chosen = np.flatnonzero(mask)
        rows = np.arange(len(chosen) * periods).reshape(len(chosen), periods)
        stock = tables.holding_stock[chosen]
        upper = np.zeros(rows.shape)
        # keeps_standing: installed[t-1] - installed[t] <= 0; moved_in: installed[t] - installed[t-1] - moved_in[t] <= 0
        upper[:, 0] = -sign * stock
        here = installed[chosen]
        before = np.concatenate([np.full((len(chosen), 1), -1), here[:, :-1]], axis=1)
        ones = np.ones(rows.size)
        entries = [(rows.ravel(), here.ravel(), -sign * ones), (rows.ravel(), before.ravel(), sign * ones)]
        if name == "moved_in":
            entries.append((rows.ravel(), work.layout.moved_in[chosen].ravel(), -ones))
        work.builder.add_rows(
            name,
            upper.ravel(),
            lambda i, chosen=chosen: (*_holding(work, chosen[i // periods]), work.period(i % periods)),  # type: ignore[misc]
            *entries,
        )


def returns(work: Build) -> None:
    """A fleet takes down no more than it hands back or takes home from a host.

    sum over h of f of (installed[h,t-1] + moved_in[h,t] - installed[h,t]) <= returned[f,t]    [accelerators]
    only fleets that hand some back. Binding: only what must go is taken down. Its price: worth of moving one more.
    """
    tables, layout = work.tables, work.layout
    marks = np.broadcast_to(tables.fleet_returns[:, None], tables.fleet_returned.shape)
    rows, upper, cells = _numbered(marks, tables.fleet_returned)
    holding, period = np.nonzero(marks[tables.holding_fleet])
    row = rows[tables.holding_fleet[holding], period]
    first = period == 0
    np.add.at(upper, row[first], -tables.holding_stock[holding[first]])
    before = np.where(first, -1, layout.installed[holding, np.maximum(period - 1, 0)])
    ones = np.ones(len(row))
    work.builder.add_rows(
        "returns",
        upper,
        lambda i: (work.labels.fleets[cells[i, 0]], work.period(cells[i, 1])),
        (row, before, ones),
        (row, layout.moved_in[holding, period], ones),
        (row, layout.installed[holding, period], -ones),
    )


def power(work: Build) -> None:
    """What is commissioned at a site fits its power.

    sum over holdings h at s of mw[h] * installed[h,t] <= power_end[s,t]    [MW], each site s and period t
    Binding: the site's power is full. Its price: worth of one more MW from that period on.
    """
    _site_limit(work, "power", work.tables.power_end, work.tables.holding_mw)


def slots(work: Build) -> None:
    """What is commissioned at a site fits its slots.

    sum over holdings h at s of installed[h,t] <= slots_end[s,t]    [accelerators], each site s and period t
    Binding: every slot is taken. Its price: worth of one more slot from that period on.
    """
    _site_limit(work, "slots", work.tables.slots_end, np.ones(len(work.tables.holding_mw)))


def _site_limit(work: Build, name: str, limit: Floats, weight: Floats) -> None:
    tables = work.tables
    marks = _last_before_rise(limit) if _steady(work) else np.ones(limit.shape, dtype=bool)
    marks = marks & np.isfinite(limit)
    rows, upper, cells = _numbered(marks, limit)
    holding, period = np.nonzero(marks[tables.holding_site])
    entry = (rows[tables.holding_site[holding], period], work.layout.installed[holding, period], weight[holding])
    work.layout.rows[name] = rows
    work.builder.add_rows(name, upper, lambda i: (work.labels.sites[cells[i, 0]], work.period(cells[i, 1])), entry)


def power_in_use(work: Build) -> None:
    """What is used at a site draws no more than its power on average; only where power rises or falls in a period.

    sum over options q at s of mw * use[q,t] <= power_mean[s,t]    [MW], each site s and period t with a step
    Binding: power limits use. Its price: worth of one more MW in that period.
    """
    tables = work.tables
    _use_limit(work, "power_in_use", tables.power_mean, tables.power_end, tables.holding_mw)


def slots_in_use(work: Build) -> None:
    """What is used at a site fits its slots on average; only where slots rise or fall in a period.

    sum over options q at s of use[q,t] <= slots_mean[s,t]    [accelerators], each site s and period t with a step
    Binding: slots limit use. Its price: worth of one more slot in that period.
    """
    tables = work.tables
    _use_limit(work, "slots_in_use", tables.slots_mean, tables.slots_end, np.ones(len(tables.holding_mw)))


def _use_limit(work: Build, name: str, mean: Floats, end: Floats, weight: Floats) -> None:
    tables = work.tables
    marks = (mean < end) & np.isfinite(mean)
    rows, upper, cells = _numbered(marks, mean)
    site = tables.holding_site[tables.option_holding]
    option, period = np.nonzero(marks[site] & (work.layout.use >= 0))
    entry = (
        rows[site[option], period],
        work.layout.use[option, period],
        weight[tables.option_holding[option]],
    )
    work.layout.rows[name] = rows
    work.builder.add_rows(name, upper, lambda i: (work.labels.sites[cells[i, 0]], work.period(cells[i, 1])), entry)


def hosted(work: Build) -> None:
    """Hosted accelerators are used only in the hosting's term.

    sum over options q on h of use[q,t] <= hosted_mean[h,t]    [accelerators], each hosted holding h and period t
    Binding: hosting limits use. Its price: worth of hosting one more accelerator in that period.
    """
    tables = work.tables
    marks = np.isfinite(tables.hosted_mean) & (tables.hosted_mean < tables.hosted_end)
    rows, upper, cells = _numbered(marks, tables.hosted_mean)
    option, period = np.nonzero(marks[tables.option_holding] & (work.layout.use >= 0))
    entry = (rows[tables.option_holding[option], period], work.layout.use[option, period], np.ones(len(option)))
    work.layout.rows["hosted"] = rows
    work.builder.add_rows("hosted", upper, lambda i: (*_holding(work, cells[i, 0]), work.period(cells[i, 1])), entry)


def commissioning(work: Build) -> None:
    """A site commissions no more than its crew can.

    sum over holdings h at s of (installed[h,t] - installed[h,t-1]) <= rate[s] * weeks[t]    [accelerators]
    Binding: the crew is busy. Its price: worth of commissioning one more accelerator in that period.
    """
    tables, layout = work.tables, work.layout
    most = tables.most_installed
    arriving = np.zeros(tables.commissioning.shape)
    np.add.at(arriving, tables.holding_site, most[:, -1:] * np.ones_like(most))
    marks = np.isfinite(tables.commissioning) & (tables.commissioning < arriving)
    rows, upper, cells = _numbered(marks, tables.commissioning)
    holding, period = np.nonzero(marks[tables.holding_site])
    row = rows[tables.holding_site[holding], period]
    now, before = _added_columns(work, holding, period)
    first = (before < 0) & ~_returning(work)[holding]
    np.add.at(upper, row[first], tables.holding_stock[holding[first]])
    ones = np.ones(len(row))
    entries = [(row, now, ones), (row, before, -ones)]
    layout.rows["commissioning"] = rows
    work.builder.add_rows(
        "commissioning", upper, lambda i: (work.labels.sites[cells[i, 0]], work.period(cells[i, 1])), *entries
    )


def usable(work: Build) -> None:
    """Work runs only on accelerators that stand, are commissioned and past burn-in.

    sum over options q on h of use[q,t] + granted[.,h,t]
        <= installed[h,t] - sum over lags g of (coming[g,h,t-g] + lost[s,g,t] * (installed[h,t-g] - installed[h,t-g-1]))
    [accelerators], each holding h and period t
    Binding: every usable accelerator works. Its price: worth of one more accelerator at this site in that period.
    """
    tables, layout = work.tables, work.layout
    holdings, periods = layout.installed.shape
    rows = np.arange(holdings * periods).reshape(holdings, periods)
    upper = np.zeros((holdings, periods))
    entries = [(rows.ravel(), layout.installed.ravel(), -np.ones(rows.size))]
    returning = tables.fleet_returns[tables.holding_fleet]
    for lag in range(tables.lost.shape[1]):
        loss = tables.lost[tables.holding_site, lag]
        holding, period = np.nonzero(loss > 0)
        weight, row = loss[holding, period], rows[holding, period]
        moved = returning[holding]
        born = period - lag
        now = np.where(moved, layout.moved_in[holding, born], layout.installed[holding, born])
        before = np.where(moved | (born == 0), -1, layout.installed[holding, born - 1])
        entries += [(row, now, weight), (row, before, -weight)]
        first = (born == 0) & ~moved
        np.add.at(upper.ravel(), row[first], weight[first] * tables.holding_stock[holding[first]])
    own = tables.option_right < 0
    lag, holding, period = np.nonzero(layout.coming >= 0)
    fits = period + lag < periods
    lag, holding, period = lag[fits], holding[fits], period[fits]
    entries.append((rows[holding, period + lag], layout.coming[lag, holding, period], np.ones(len(holding))))
    option, period = np.nonzero((layout.use >= 0) & own[:, None])
    entries.append(
        (rows[tables.option_holding[option], period], layout.use[option, period], np.ones(len(option)))
    )
    _, holding, period = np.nonzero(layout.granted >= 0)
    entries.append((rows[holding, period], layout.granted[layout.granted >= 0], np.ones(len(holding))))
    layout.rows["usable"] = rows
    work.builder.add_rows(
        "usable", upper.ravel(), lambda i: (*_holding(work, i // periods), work.period(i % periods)), *entries
    )


def in_time(work: Build) -> None:
    """Nothing is used before it is received and burnt in, to the day; the earliest are commissioned first.

    sum over options q on fleet f of use[q,t] <= ready_constant[n] + ready_slope[n] * sum over h of f of installed[h,t]
    [accelerators], each arrival n in the periods in which it arrives or is in burn-in
    Binding: the day of receipt limits use. Its price: worth of one more accelerator in that period.
    """
    tables, layout = work.tables, work.layout
    count = len(tables.ready_fleet)
    entries = []
    for number, (fleet, period) in enumerate(zip(tables.ready_fleet, tables.ready_period, strict=True)):
        standing = layout.installed[tables.holding_fleet == fleet, period]
        options = layout.use[tables.holding_fleet[tables.option_holding] == fleet, period]
        for columns, weight in ((standing, -tables.ready_slope[number]), (options, 1.0)):
            entries.append((np.full(len(columns), number), columns, np.full(len(columns), weight)))
    layout.rows["in_time"] = np.arange(count)
    work.builder.add_rows(
        "in_time",
        tables.ready_constant,
        lambda i: (work.labels.fleets[tables.ready_fleet[i]], work.period(tables.ready_period[i])),
        *entries,
    )


def in_turn(work: Build) -> None:
    """What arrives in a period is used only from its day, wherever it goes; what stands elsewhere cannot stand in for it.

    sum over options q on h of use[q,t] <= installed[h,t-1] + ready_constant[n] + ready_slope[n] * added[h,t]
        - (1 - ready_slope[n]) * sum over h' of f of installed[h',t-1]    [accelerators]
    each arrival n of fleet f inside period t and each holding h of f; left out in large runs, where reading out trims use.
    Binding: the day of receipt limits use. Its price: worth of one more accelerator in that period.
    """
    tables, layout = work.tables, work.layout
    arrivals = np.flatnonzero(tables.ready_arrives)
    pairs = [(n, h) for n in arrivals for h in np.flatnonzero(tables.holding_fleet == tables.ready_fleet[n])]
    pairs = pairs if len(pairs) <= IN_TURN_MAX else []
    entries: list[tuple[Ints, Ints, Floats]] = []
    upper = np.zeros(len(pairs))
    for row, (n, h) in enumerate(pairs):
        period, slope = int(tables.ready_period[n]), float(tables.ready_slope[n])
        mates = np.flatnonzero(tables.holding_fleet == tables.ready_fleet[n])
        upper[row] = tables.ready_constant[n]
        now, before = _added_columns(work, np.array([h]), np.array([period]))
        columns = [layout.use[tables.option_holding == h, period], now]
        weights = [np.ones(len(columns[0])), np.full(1, -slope)]
        if period == 0:
            stock = tables.holding_stock
            upper[row] += stock[h] - slope * (stock[h] if before[0] < 0 else 0.0) - (1 - slope) * stock[mates].sum()
        else:
            columns += [before, layout.installed[[h], period - 1], layout.installed[mates, period - 1]]
            weights += [np.full(1, slope), np.full(1, -1.0), np.full(len(mates), 1 - slope)]
        line = np.concatenate(columns)
        entries.append((np.full(len(line), row), line, np.concatenate(weights)))
    layout.in_turn = (
        np.array([h for _, h in pairs], dtype=np.int64),
        np.array([tables.ready_period[n] for n, _ in pairs], dtype=np.int64),
    )
    work.builder.add_rows(
        "in_turn",
        upper,
        lambda i: (*_holding(work, pairs[i][1]), work.period(tables.ready_period[pairs[i][0]])),
        *entries,
    )


def crew_pace(work: Build) -> None:
    """A crew works through what it commissions one after the other, so the last are ready later than the first.

    sum over h at s of coming[g,h,t] >= line i through pace[s,g,i-1,t] and pace[s,g,i,t] at added[s,t]    [accelerators]
    where added = sum over h at s of (installed[h,t] - installed[h,t-1]), each lag g, line i between i - 1 and i n-ths of
    what the crew can do in period t; coming is lost in period t + g
    Binding: the crew takes its time. Its price: worth of one more accelerator a crew had ready.
    """
    tables, layout = work.tables, work.layout
    lags, pieces = tables.pace.shape[1], tables.pace.shape[2] - 1
    sites = np.zeros(tables.commissioning.shape, dtype=bool)
    np.logical_or.at(sites, tables.holding_site, (layout.coming >= 0).any(axis=0))
    rows, crew, cells = _numbered(sites, tables.commissioning)
    count = len(crew)
    holding, period = np.nonzero(sites[tables.holding_site] & (layout.coming >= 0).any(axis=0))
    row = rows[tables.holding_site[holding], period]
    now, before = _added_columns(work, holding, period)
    stock = np.where(before < 0, tables.holding_stock[holding], 0.0) * (~_returning(work)[holding])
    entries: list[tuple[Ints, Ints, Floats]] = []
    upper: list[Floats] = []
    places: list[Ints] = []
    begun = 0
    for lag in range(lags):
        for piece in range(pieces):
            low, high = tables.pace[:, lag, piece][sites], tables.pace[:, lag, piece + 1][sites]
            costs = np.flatnonzero(high > 1e-12)  # a line at nothing says nothing
            line = np.full(count, -1)
            line[costs] = begun + np.arange(len(costs))
            slope = (high - low) / (crew / pieces)
            limit = slope * crew * piece / pieces - low
            np.add.at(limit, row, slope[row] * stock)
            mine = np.flatnonzero(line[row] >= 0)
            place, rise = line[row[mine]], slope[row[mine]]
            entries += [
                (place, layout.coming[lag, holding[mine], period[mine]], -np.ones(len(mine))),
                (place, now[mine], rise),
                (place, before[mine], -rise),
            ]
            upper.append(limit[costs])
            places.append(cells[costs])
            begun += len(costs)
    where = np.concatenate(places)
    work.builder.add_rows(
        "crew_pace",
        np.concatenate(upper),
        lambda i: (work.labels.sites[where[i, 0]], work.period(where[i, 1])),
        *entries,
    )


def crew_turn(work: Build) -> None:
    """What a crew's pace costs falls on what the crew commissions; only at sites where several fleets stand.

    coming[g,h,t] <= most[s,g,t] * (installed[h,t] - installed[h,t-1])    [accelerators]
    where most = what the last of a full period's accelerators loses. Binding: the fleet comes last. Its price: worth of
    letting another fleet come last.
    """
    tables, layout = work.tables, work.layout
    several = np.bincount(tables.holding_site, minlength=len(tables.power_end))[tables.holding_site] > 1
    lag, holding, period = np.nonzero((layout.coming >= 0) & several[:, None])
    rows = np.arange(len(lag))
    most = last_in_turn(tables)[lag, tables.holding_site[holding], period]
    now, before = _added_columns(work, holding, period)
    stock = np.where((before < 0) & ~_returning(work)[holding], tables.holding_stock[holding], 0.0)
    work.builder.add_rows(
        "crew_turn",
        -most * stock,
        lambda i: (*_holding(work, holding[i]), work.period(period[i])),
        (rows, layout.coming[lag, holding, period], np.ones(len(rows))),
        (rows, now, -most),
        (rows, before, most),
    )


def _returning(work: Build) -> Bools:
    """Whether a holding belongs to a fleet that hands some back, (H)."""
    result: Bools = work.tables.fleet_returns[work.tables.holding_fleet]
    return result


def _added_columns(work: Build, holding: Ints, period: Ints) -> tuple[Ints, Ints]:
    """Returns the two columns whose difference is commissioned at each (holding, period); -1 where there is none."""
    layout, moved = work.layout, _returning(work)[holding]
    now = np.where(moved, layout.moved_in[holding, period], layout.installed[holding, period])
    before = np.where(moved | (period == 0), -1, layout.installed[holding, np.maximum(period - 1, 0)])
    return now, before


def use_right(work: Build) -> None:
    """A taker uses what is set aside for it, and no more is set aside than was agreed.

    sum over options q under right a on h of use[q,t] <= granted[a,h,t]        [accelerators]
    sum over holdings h of granted[a,h,t] <= agreed[a,t]                       [accelerators]
    Binding: the taker uses all. Its price: worth to the taker of one more accelerator.
    """
    tables, layout = work.tables, work.layout
    if not len(work.labels.rights):
        return
    marks = layout.granted >= 0
    rows, upper, cells = _numbered(marks, np.zeros(marks.shape))
    right = tables.option_right
    option, period = np.nonzero((layout.use >= 0) & (right >= 0)[:, None])
    row = rows[right[option], tables.option_holding[option], period]
    grant = layout.granted[marks]
    work.builder.add_rows(
        "use_right",
        upper,
        lambda i: (work.labels.rights[cells[i, 0]], *_holding(work, cells[i, 1]), work.period(cells[i, 2])),
        (row, layout.use[option, period], np.ones(len(option))),
        (rows[marks], grant, -np.ones(len(grant))),
    )
    agreed = np.ones(tables.right_gpus.shape, dtype=bool)
    total, limit, places = _numbered(agreed, tables.right_gpus)
    which, _, when = np.nonzero(marks)
    work.builder.add_rows(
        "agreed_use",
        limit,
        lambda i: (work.labels.rights[places[i, 0]], work.period(places[i, 1])),
        (total[which, when], grant, np.ones(len(grant))),
    )


def gang_size(work: Build) -> None:
    """A training run uses no more accelerators at a time than its largest gang.

    sum over options q of w of use[q,t] <= gang_max[w] * started[w,t]    [accelerators], each training run w, period t
    Binding: the gang is as large as it can be. Its price: worth of one more accelerator in the gang.
    """
    tables = work.tables
    limit = within_start(tables.gang_max[:, None], tables.started)
    several = np.bincount(tables.option_workload[work.options], minlength=len(tables.single)) > 1
    _workload_limit(work, "gang_size", limit, several[:, None] & np.isfinite(limit), 1.0)


def demand(work: Build) -> None:
    """A service uses no more than is wanted.

    sum over options q of w of ratio[q] * use[q,t] <= wanted[w,t]    [accelerators of the reference SKU]
    Binding: all demand is served. Its price: worth of one more accelerator wanted.
    """
    limit = work.tables.wanted
    _workload_limit(work, "demand", limit, np.isfinite(limit), work.tables.option_ratio)


def _workload_limit(work: Build, name: str, limit: Floats, marks: Bools, weight: Floats | float) -> None:
    tables = work.tables
    rows, upper, cells = _numbered(marks, limit)
    option, period = np.nonzero(marks[tables.option_workload] & (work.layout.use >= 0))
    weights = np.broadcast_to(weight, work.options.shape)[option]
    entry = (rows[tables.option_workload[option], period], work.layout.use[option, period], weights)
    work.layout.rows[name] = rows
    work.builder.add_rows(
        name, upper, lambda i: (work.labels.workloads[cells[i, 0]], work.period(cells[i, 1])), entry
    )


def starts(work: Build) -> None:
    """In the period in which a training run may begin, it uses accelerators only from that day on.

    use[q,t] <= started[w,t] * (installed[h,t] less what is not yet usable)    [accelerators]
    Binding: the start day limits use. Its price: worth of one more accelerator in that period.
    """
    tables, layout = work.tables, work.layout
    started = tables.started[tables.option_workload]
    partly = (started > 0) & (started < 1) & (layout.use >= 0)
    option, period = np.nonzero(partly)
    rows = np.arange(len(option))
    share = started[option, period]
    entries = [
        (rows, layout.use[option, period], np.ones(len(rows))),
        (rows, layout.installed[tables.option_holding[option], period], -share),
    ]
    work.builder.add_rows(
        "starts", np.zeros(len(rows)), lambda i: (*_option(work, option[i]), work.period(period[i])), *entries
    )


def work(work: Build) -> None:
    """A training run does no more than its work.

    sum over options q of w and periods t of ratio[q] * hours[t] * use[q,t] <= work[w]    [GPU-hours of the reference SKU]
    Binding: the run is finished. Its price: worth of one more GPU-hour of this work.
    """
    tables = work.tables
    limited = np.isfinite(tables.work)
    rows, upper, cells = _numbered(limited, tables.work)
    option, period = np.nonzero(limited[tables.option_workload][:, None] & (work.layout.use >= 0))
    weights = tables.option_ratio[option] * tables.hours[period]
    entry = (rows[tables.option_workload[option]], work.layout.use[option, period], weights)
    work.layout.rows["work"] = rows
    work.builder.add_rows("work", upper, lambda i: (work.labels.workloads[cells[i, 0]],), entry)


def single_site(work: Build) -> None:
    """A single-fabric gang runs on one SKU at one site.

    use[q,t] <= most[q,t] * chosen[q]; sum over options q of w of chosen[q] <= 1; chosen is 0 or 1
    Binding: the gang could use more elsewhere. It has no price: one cannot buy a part of a choice.
    """
    tables, layout = work.tables, work.layout
    choosing = layout.chosen >= 0
    option, period = np.nonzero((layout.use >= 0) & choosing[:, None])
    rows = np.arange(len(option))
    most = tables.most_used[option, period]
    work.builder.add_rows(
        "single_site",
        np.zeros(len(rows)),
        lambda i: (*_option(work, option[i]), work.period(period[i])),
        (rows, layout.use[option, period], np.ones(len(rows))),
        (rows, layout.chosen[option], -most),
    )
    gangs = np.zeros(len(tables.single), dtype=bool)
    gangs[tables.option_workload[choosing]] = True
    row_of, upper, cells = _numbered(gangs, np.ones(len(gangs)))
    choices = np.flatnonzero(choosing)
    work.builder.add_rows(
        "one_choice",
        upper,
        lambda i: (work.labels.workloads[cells[i, 0]],),
        (row_of[tables.option_workload[choices]], layout.chosen[choices], np.ones(len(choices))),
    )


def strict_gang(work: Build) -> None:
    """A strict gang that runs in a period has at least its smallest size all through; strict runs only.

    sum over options q of w of use[q,t] >= gang_min[w] * started[w,t] * running[w,t]    [accelerators]
    use[q,t] <= most[q,t] * running[w,t]; running is 0 or 1
    Binding: the gang runs at its smallest size, or not at all. It has no price.
    """
    tables, layout = work.tables, work.layout
    marks = layout.running >= 0 if work.least is None else work.least > 0
    least = tables.gang_min[:, None] * tables.started
    rows, bound, cells = _numbered(marks, least if work.least is None else work.least)
    workload = tables.option_workload
    option, period = np.nonzero((layout.use >= 0) & marks[workload])
    row = rows[workload[option], period]
    entries = [(row, layout.use[option, period], -np.ones(len(row)))]
    if work.least is None:
        entries.append((np.arange(len(bound)), layout.running[marks], bound))
        bound = np.zeros(len(bound))
    names = work.labels.workloads
    work.builder.add_rows(
        "strict_gang", -bound, lambda i: (names[cells[i, 0]], work.period(cells[i, 1])), *entries
    )
    running = layout.running[workload[option], period]
    both = np.flatnonzero(running >= 0)
    option, period, running = option[both], period[both], running[both]
    place = np.arange(len(both))
    work.builder.add_rows(
        "strict_gang_most",
        np.zeros(len(both)),
        lambda i: (*_option(work, option[i]), work.period(period[i])),
        (place, layout.use[option, period], np.ones(len(both))),
        (place, running, -tables.most_used[option, period]),
    )


def no_detriment(work: Build) -> None:
    """Nobody's own work is worth less than alone; only where no detriment is asked for in kind.

    sum over options q of o's workloads and periods t of rate[q,t] * hours[t] * use[q,t] >= worth alone[o]    [money]
    Binding: the organisation gains nothing itself. Its price: total value given up to keep it as well off.
    """
    tables = work.tables
    promised = np.isfinite(tables.floor)
    rows, limit, cells = _numbered(promised, tables.constant - tables.floor)
    owner = tables.workload_owner[tables.option_workload]
    option, period = np.nonzero((work.layout.use >= 0) & promised[owner][:, None])
    worth = tables.option_rate[option, period] * tables.hours[period]
    entry = (rows[owner[option]], work.layout.use[option, period], -worth)
    work.layout.rows["no_detriment"] = rows
    work.builder.add_rows("no_detriment", limit, lambda i: (work.labels.organisations[cells[i, 0]],), entry)


def _numbered(marks: Bools, values: Floats) -> tuple[Ints, Floats, Ints]:
    """Numbers the marked cells: (row of each cell or -1, the cells' values, the cells' places)."""
    rows = np.full(marks.shape, -1, dtype=np.int64)
    rows[marks] = np.arange(int(marks.sum()))
    return rows, values[marks].astype(np.float64).copy(), np.argwhere(marks)


FAMILIES = (
    received,
    keeps_standing,
    returns,
    power,
    slots,
    power_in_use,
    slots_in_use,
    hosted,
    commissioning,
    usable,
    in_time,
    in_turn,
    crew_pace,
    crew_turn,
    use_right,
    gang_size,
    demand,
    starts,
    work,
    single_site,
    strict_gang,
    no_detriment,
)


def family_names() -> Iterator[str]:
    """Yields the families' public names."""
    yield from (family.__name__ for family in FAMILIES)
