"""Families of rows on what stands where: receipt, power, slots, hosting, crews."""

import numpy as np

from armslength.planner.building import (
    Build,
    added_columns,
    holding_key,
    last_before_rise,
    numbered,
    returning,
    steady,
)
from armslength.planner.tables import Floats


def received(work: Build) -> None:
    """Nothing stands anywhere before it is received.

    sum over sites s of installed[f,s,t] <= received[f,t]    [accelerators], each fleet f and period t
    Binding: every accelerator received is installed. Its price: worth of one more accelerator received by then.
    """
    tables = work.tables
    total = tables.fleet_received
    marks = last_before_rise(total) if steady(work) else np.ones(total.shape, dtype=bool)
    rows, upper, cells = numbered(marks, total)
    holding, period = np.nonzero(marks[tables.holding_fleet])
    entry = (
        rows[tables.holding_fleet[holding], period],
        work.layout.installed[holding, period],
        np.ones(len(holding)),
    )
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
    periods = installed.shape[1]
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
            lambda i, chosen=chosen: (*holding_key(work, chosen[i // periods]), work.period(i % periods)),  # type: ignore[misc]
            *entries,
        )


def returns(work: Build) -> None:
    """A fleet takes down no more than it hands back or takes home from a host.

    sum over h of f of (installed[h,t-1] + moved_in[h,t] - installed[h,t]) <= returned[f,t]    [accelerators]
    only fleets that hand some back. Binding: only what must go is taken down. Its price: worth of moving one more.
    """
    tables, layout = work.tables, work.layout
    marks = np.broadcast_to(tables.fleet_returns[:, None], tables.fleet_returned.shape)
    rows, upper, cells = numbered(marks, tables.fleet_returned)
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
    marks = last_before_rise(limit) if steady(work) else np.ones(limit.shape, dtype=bool)
    marks = marks & np.isfinite(limit)
    rows, upper, cells = numbered(marks, limit)
    holding, period = np.nonzero(marks[tables.holding_site])
    entry = (
        rows[tables.holding_site[holding], period],
        work.layout.installed[holding, period],
        weight[holding],
    )
    work.layout.rows[name] = rows
    work.builder.add_rows(name, upper, lambda i: (work.labels.sites[cells[i, 0]], work.period(cells[i, 1])), entry)


def power_in_use(work: Build) -> None:
    """What is used at a site draws no more than its power on average; only where power rises or falls in a period.

    sum over options q at s of mw * use[q,t] <= power_mean[s,t]    [MW], each site s and period t with a step
    Binding: power limits use. Its price: worth of one more MW in that period.
    """
    tables = work.tables
    _use_limit(work, "power_in_use", tables.power_mean, tables.power_end, tables.holding_mw)


def goes_dark(work: Build) -> None:
    """In a period in which power falls, what stands draws what it needs while there is power, and the rest after.

    sum over options q at s of mw * use[q,t] <= dark_constant[d] + dark_slope[d] * sum over h at s of mw[h] * installed[h,t]
    [MW], each level d of the period but its lowest. Binding: the fall of power limits use. Its price: worth of one more MW.
    """
    tables, layout = work.tables, work.layout
    site_of = tables.holding_site[tables.option_holding]
    entries = []
    for row, (site, period, slope) in enumerate(
        zip(tables.dark_site, tables.dark_period, tables.dark_slope, strict=True)
    ):
        here, users = np.flatnonzero(tables.holding_site == site), np.flatnonzero(site_of == site)
        for columns, weight in (
            (layout.installed[here, period], -slope * tables.holding_mw[here]),
            (layout.use[users, period], tables.holding_mw[tables.option_holding[users]]),
        ):
            entries.append((np.full(len(columns), row), columns, weight))
    work.builder.add_rows(
        "goes_dark",
        tables.dark_constant,
        lambda i: (work.labels.sites[tables.dark_site[i]], work.period(tables.dark_period[i])),
        *entries,
    )


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
    rows, upper, cells = numbered(marks, mean)
    site = tables.holding_site[tables.option_holding]
    row, option, column = work.layout.uses_in(rows, site)
    entry = (row, column, weight[tables.option_holding[option]])
    work.layout.rows[name] = rows
    work.builder.add_rows(name, upper, lambda i: (work.labels.sites[cells[i, 0]], work.period(cells[i, 1])), entry)


def hosted(work: Build) -> None:
    """Hosted accelerators are used only in the hosting's term.

    sum over options q on h of use[q,t] <= hosted_mean[h,t]    [accelerators], each hosted holding h and period t
    Binding: hosting limits use. Its price: worth of hosting one more accelerator in that period.
    """
    tables = work.tables
    marks = np.isfinite(tables.hosted_mean) & (tables.hosted_mean < tables.hosted_end)
    rows, upper, cells = numbered(marks, tables.hosted_mean)
    row, _, column = work.layout.uses_in(rows, tables.option_holding)
    entry = (row, column, np.ones(len(row)))
    work.layout.rows["hosted"] = rows
    work.builder.add_rows("hosted", upper, lambda i: (*holding_key(work, cells[i, 0]), work.period(cells[i, 1])), entry)


def hosted_together(work: Build) -> None:
    """Hosting that names no hall covers all halls of the host together.

    sum over holdings h of the right of installed[h,t] <= granted at the period's end; the same of use[q,t] on average
    [accelerators]. Binding: the hosting is full. Its price: worth of hosting one more accelerator.
    """
    tables, layout = work.tables, work.layout
    rights, periods = tables.joint_end.shape
    if not rights:
        return
    rows = np.arange(rights * periods).reshape(rights, periods)
    standing = layout.installed[tables.joint_holding]
    places = rows[tables.joint_right]
    entries = [(places.ravel(), standing.ravel(), np.ones(standing.size))]
    for holding, right in zip(tables.joint_holding, tables.joint_right, strict=True):
        used = layout.use[tables.option_holding == holding]
        entries.append(
            (np.broadcast_to(rows[right] + rights * periods, used.shape).ravel(), used.ravel(), np.ones(used.size))
        )
    limits = np.concatenate([tables.joint_end.ravel(), tables.joint_mean.ravel()])
    work.builder.add_rows("hosted_together", limits, lambda i: (work.period(i % periods),), *entries)


def commissioning(work: Build) -> None:
    """A site commissions no more than its crew can.

    sum over holdings h at s of (installed[h,t] - installed[h,t-1]) <= rate[s] * weeks[t]    [accelerators]
    Binding: the crew is busy. Its price: worth of commissioning one more accelerator in that period.
    """
    tables, layout = work.tables, work.layout
    most = tables.most_installed
    arriving = np.zeros(tables.commissioning.shape)
    np.add.at(arriving, tables.holding_site, most.max(axis=1, keepdims=True) * np.ones_like(most))
    marks = np.isfinite(tables.commissioning) & (tables.commissioning < arriving)
    rows, upper, cells = numbered(marks, tables.commissioning)
    holding, period = np.nonzero(marks[tables.holding_site])
    row = rows[tables.holding_site[holding], period]
    now, before = added_columns(work, holding, period)
    first = (before < 0) & ~returning(work)[holding]
    np.add.at(upper, row[first], tables.holding_stock[holding[first]])
    ones = np.ones(len(row))
    entries = [(row, now, ones), (row, before, -ones)]
    layout.rows["commissioning"] = rows
    work.builder.add_rows(
        "commissioning", upper, lambda i: (work.labels.sites[cells[i, 0]], work.period(cells[i, 1])), *entries
    )
