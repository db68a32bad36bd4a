"""Families of rows on work: rights of use, gangs, demand, single fabric, no detriment."""

import numpy as np

from armslength.planner.building import Build, holding_key, numbered, option_key, returning
from armslength.planner.tables import Bools, Floats, within_start


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
    rows, upper, cells = numbered(marks, np.zeros(marks.shape))
    right = tables.option_right
    option, period, column = work.layout.uses_of(right >= 0)
    row = rows[right[option], tables.option_holding[option], period]
    grant = layout.granted[marks]
    work.builder.add_rows(
        "use_right",
        upper,
        lambda i: (
            work.labels.rights[cells[i, 0]],
            *holding_key(work, cells[i, 1]),
            work.period(cells[i, 2]),
        ),
        (row, column, np.ones(len(option))),
        (rows[marks], grant, -np.ones(len(grant))),
    )
    agreed = np.ones(tables.right_gpus.shape, dtype=bool)
    total, limit, places = numbered(agreed, tables.right_gpus)
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
    rows, upper, cells = numbered(marks, limit)
    row, option, column = work.layout.uses_in(rows, tables.option_workload)
    weights = np.broadcast_to(weight, work.options.shape)[option]
    entry = (row, column, weights)
    work.layout.rows[name] = rows
    work.builder.add_rows(name, upper, lambda i: (work.labels.workloads[cells[i, 0]], work.period(cells[i, 1])), entry)


def starts(work: Build) -> None:
    """In the period in which a training run may begin, it uses accelerators only from that day on.

    sum over options q of w on h of use[q,t] <= started[w,t] * installed[h,t]    [accelerators], each run w, holding h
    Binding: the start day limits use. Its price: worth of one more accelerator in that period.
    """
    tables, layout = work.tables, work.layout
    started = tables.started[tables.option_workload]
    partly = (started > 0) & (started < 1) & (layout.use >= 0)
    option, period = np.nonzero(partly)
    place = np.stack([tables.option_workload[option], tables.option_holding[option], period])
    rows, first, row = np.unique(place, axis=1, return_index=True, return_inverse=True)
    workload, holding, when = rows
    layout.starts = (row.ravel(), option, period)
    work.builder.add_rows(
        "starts",
        np.zeros(len(first)),
        lambda i: (*option_key(work, option[first[i]]), work.period(when[i])),
        (row.ravel(), layout.use[option, period], np.ones(len(option))),
        (np.arange(len(first)), layout.installed[holding, when], -tables.started[workload, when]),
    )


def work(work: Build) -> None:
    """A training run does no more than its work.

    sum over options q of w and periods t of ratio[q] * hours[t] * use[q,t] <= work[w]    [GPU-hours of the reference SKU]
    Binding: the run is finished. Its price: worth of one more GPU-hour of this work.
    """
    tables = work.tables
    limited = np.isfinite(tables.work)
    rows, upper, cells = numbered(limited, tables.work)
    option, period, column = work.layout.uses_of(limited[tables.option_workload])
    weights = tables.option_ratio[option] * tables.hours[period]
    entry = (rows[tables.option_workload[option]], column, weights)
    work.layout.rows["work"] = rows
    work.builder.add_rows("work", upper, lambda i: (work.labels.workloads[cells[i, 0]],), entry)


def single_site(work: Build) -> None:
    """A single-fabric gang runs on one SKU at one site.

    use[q,t] <= most[q,t] * chosen[q]; sum over options q of w of chosen[q] <= 1; chosen is 0 or 1
    Binding: the gang could use more elsewhere. It has no price: one cannot buy a part of a choice.
    """
    tables, layout = work.tables, work.layout
    choosing = layout.chosen >= 0
    option, period, column = work.layout.uses_of(choosing)
    rows = np.arange(len(option))
    most = tables.most_used[option, period]
    work.builder.add_rows(
        "single_site",
        np.zeros(len(rows)),
        lambda i: (*option_key(work, option[i]), work.period(period[i])),
        (rows, column, np.ones(len(rows))),
        (rows, layout.chosen[option], -most),
    )
    gangs = np.zeros(len(tables.single), dtype=bool)
    gangs[tables.option_workload[choosing]] = True
    row_of, upper, cells = numbered(gangs, np.ones(len(gangs)))
    choices = np.flatnonzero(choosing)
    work.builder.add_rows(
        "one_choice",
        upper,
        lambda i: (work.labels.workloads[cells[i, 0]],),
        (row_of[tables.option_workload[choices]], layout.chosen[choices], np.ones(len(choices))),
    )


def gang_stands(work: Build) -> None:
    """A gang runs only where as many accelerators as its smallest size stand together.

    use[q,t] <= most[q,t] * stands[q,t]; gang_min[w] * stands[q,t] <= installed[h,t]; stands is 0 or 1    [accelerators]
    stands[q,t] <= chosen[q], and stands[q,t-1] <= stands[q,t] while nothing is handed back, which shortens the search
    Binding: accelerators are gathered for the gang. It has no price.
    """
    tables, layout = work.tables, work.layout
    marks = layout.stands >= 0 if work.kept.standing is None else work.kept.standing & (layout.use >= 0)
    option, period = np.nonzero(marks)
    rows = np.arange(len(option))
    least = tables.gang_min[tables.option_workload[option]]
    stands = layout.stands[option, period]
    installed = layout.installed[tables.option_holding[option], period]
    settled = work.kept.standing is not None
    work.builder.add_rows(
        "gang_stands",
        np.where(settled, -least, 0.0),
        lambda i: (*option_key(work, option[i]), work.period(period[i])),
        (rows, installed, -np.ones(len(rows))),
        (rows, stands, least),
    )
    if not settled:
        most = tables.most_used[option, period]
        entries = [(rows, layout.use[option, period], np.ones(len(rows))), (rows, stands, -most)]
        work.builder.add_rows(
            "gang_stands_most",
            np.zeros(len(rows)),
            lambda i: (*option_key(work, option[i]), work.period(period[i])),
            *entries,
        )
        _standing_order(work)


def _standing_order(work: Build) -> None:
    """Says what follows for the choices `stands`: they need the option chosen, and once enough stand they stay."""
    layout, tables = work.layout, work.tables
    stands = layout.stands
    option, period = np.nonzero((stands >= 0) & (layout.chosen >= 0)[:, None])
    pairs = [(stands[option, period], layout.chosen[option])]
    both = (stands[:, 1:] >= 0) & (stands[:, :-1] >= 0) & ~returning(work)[tables.option_holding][:, None]
    later, when = np.nonzero(both)
    pairs.append((stands[later, when], stands[later, when + 1]))
    low, high = (np.concatenate(part) for part in zip(*pairs, strict=True))
    place = np.concatenate([np.stack([option, period], axis=1), np.stack([later, when], axis=1)])
    rows, ones = np.arange(len(low)), np.ones(len(low))
    work.builder.add_rows(
        "gang_stands_order",
        np.zeros(len(low)),
        lambda i: (*option_key(work, place[i, 0]), work.period(place[i, 1])),
        (rows, low, ones),
        (rows, high, -ones),
    )


def strict_gang(work: Build) -> None:
    """A strict gang that runs in a period has at least its smallest size all through; strict runs only.

    sum over options q of w of use[q,t] >= gang_min[w] * started[w,t] * running[w,t]    [accelerators]
    use[q,t] <= most[q,t] * running[w,t]; running is 0 or 1
    Binding: the gang runs at its smallest size, or not at all. It has no price.
    """
    tables, layout = work.tables, work.layout
    marks = layout.running >= 0 if work.kept.least is None else work.kept.least > 0
    least = tables.gang_min[:, None] * tables.started
    rows, bound, cells = numbered(marks, least if work.kept.least is None else work.kept.least)
    workload = tables.option_workload
    option, period, column = layout.uses
    row = rows[workload[option], period]
    there = np.flatnonzero(row >= 0)
    row, option, period, column = row[there], option[there], period[there], column[there]
    entries = [(row, column, -np.ones(len(row)))]
    if work.kept.least is None:
        entries.append((np.arange(len(bound)), layout.running[marks], bound))
        bound = np.zeros(len(bound))
    names = work.labels.workloads
    work.builder.add_rows("strict_gang", -bound, lambda i: (names[cells[i, 0]], work.period(cells[i, 1])), *entries)
    running = layout.running[workload[option], period]
    both = np.flatnonzero(running >= 0)
    option, period, column, running = option[both], period[both], column[both], running[both]
    place = np.arange(len(both))
    work.builder.add_rows(
        "strict_gang_most",
        np.zeros(len(both)),
        lambda i: (*option_key(work, option[i]), work.period(period[i])),
        (place, column, np.ones(len(both))),
        (place, running, -tables.most_used[option, period]),
    )


def no_detriment(work: Build) -> None:
    """Nobody's own work is worth less than alone; only where no detriment is asked for in kind.

    sum over options q of o's workloads and periods t of rate[q,t] * hours[t] * use[q,t] >= worth alone[o]    [money]
    Binding: the organisation gains nothing itself. Its price: total value given up to keep it as well off.
    """
    tables = work.tables
    promised = np.isfinite(tables.floor)
    rows, limit, cells = numbered(promised, tables.constant - tables.floor)
    owner = tables.workload_owner[tables.option_workload]
    option, period, column = work.layout.uses_of(promised[owner])
    worth = tables.option_rate[option, period] * tables.hours[period]
    entry = (rows[owner[option]], column, -worth)
    work.layout.rows["no_detriment"] = rows
    work.builder.add_rows("no_detriment", limit, lambda i: (work.labels.organisations[cells[i, 0]],), entry)
