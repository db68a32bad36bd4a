"""Families of rows on what can be used when: commissioning, burn-in, days of receipt, crews' pace."""

import numpy as np

from armslength.planner.building import Build, added_columns, holding_key, numbered, returning
from armslength.planner.tables import Floats, Ints, Tables, last_in_turn


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
    later, holding, period = np.nonzero(layout.coming >= 0)
    fits = period + later < periods
    later, holding, period = later[fits], holding[fits], period[fits]
    entries.append((rows[holding, period + later], layout.coming[later, holding, period], np.ones(len(holding))))
    row, option, column = layout.uses_in(rows, tables.option_holding)
    if len(tables.right_fleet):
        own = np.flatnonzero(tables.option_right[option] < 0)
        row, column = row[own], column[own]
    entries.append((row, column, np.ones(len(row))))
    _, holding, period = np.nonzero(layout.granted >= 0)
    entries.append((rows[holding, period], layout.granted[layout.granted >= 0], np.ones(len(holding))))
    layout.rows["usable"] = rows
    work.builder.add_rows(
        "usable",
        upper.ravel(),
        lambda i: (*holding_key(work, i // periods), work.period(i % periods)),
        *entries,
    )


def in_time(work: Build) -> None:
    """Nothing is used before it is received and burnt in, to the day; the earliest are commissioned first.

    sum over options q on h of use[q,t] <= ready_constant[n] + ready_slope[n] * sum over h of installed[h,t]
    [accelerators], h the fleet's holdings, each arrival n in the periods in which it arrives or is in burn-in; again over
    those at sites with a longer burn-in, with that burn-in
    Binding: the day of receipt limits use. Its price: worth of one more accelerator in that period.
    """
    tables, layout = work.tables, work.layout
    count = len(tables.ready_fleet)
    entries = []
    groups: dict[tuple[int, float], tuple[Ints, Ints]] = {}
    for number, (fleet, period, days) in enumerate(
        zip(tables.ready_fleet, tables.ready_period, tables.ready_burn_in_days, strict=True)
    ):
        if (fleet, days) not in groups:
            member = (tables.holding_fleet == fleet) & (tables.holding_burn_in_days >= days)
            groups[fleet, days] = np.flatnonzero(member), np.flatnonzero(member[tables.option_holding])
        holdings, users = groups[fleet, days]
        standing, options = layout.installed[holdings, period], layout.use[users, period]
        for columns, weight in ((standing, -tables.ready_slope[number]), (options, 1.0)):
            entries.append((np.full(len(columns), number), columns, np.full(len(columns), weight)))
    layout.rows["in_time"] = np.arange(count)
    work.builder.add_rows(
        "in_time",
        tables.ready_constant,
        lambda i: (work.labels.fleets[tables.ready_fleet[i]], work.period(tables.ready_period[i])),
        *entries,
    )


IN_TURN_MAX = 500


def after_rise(work: Build) -> None:
    """What arrives in a period in which the site's own power rises before it waits for its own day, the rest for the rise.

    sum over options q on f of use[q,t] <= sum over h of f of (installed[h,t] - sum over g of lost[s,g,t] * added[h,t-g])
        - delay[n] * (sum over h of f of installed[h,t] - before[n])    [accelerators]
    each arrival n whose day is later than any rise at the fleet's sites in that period; delay = the share of the period
    between. Binding: the day of receipt limits use. Its price: worth of one more accelerator in that period.
    """
    tables, layout = work.tables, work.layout
    entries: list[tuple[Ints, Ints, Floats]] = []
    upper: list[float] = []
    keys: list[int] = []
    of_option = tables.holding_fleet[tables.option_holding]
    all_of_it = tables.ready_burn_in_days == tables.fleet_burn_in_days[tables.ready_fleet]
    for n in np.flatnonzero(tables.ready_arrives & all_of_it):
        fleet, period = int(tables.ready_fleet[n]), int(tables.ready_period[n])
        mates = np.flatnonzero(tables.holding_fleet == fleet)
        lost = tables.lost[tables.holding_site[mates], :, period]
        share = 1.0 - float(tables.ready_slope[n])
        delay = share - float(lost[:, 0].max(initial=0.0))
        if delay <= 0 or not (lost[:, 0] > 0).any() or len(keys) >= IN_TURN_MAX:
            continue
        row = len(keys)
        keys.append(int(n))
        limit = delay * float(tables.ready_constant[n]) / share
        users = layout.use[of_option == fleet, period]
        entries.append((np.full(len(users), row), users, np.ones(len(users))))
        standing = layout.installed[mates, period]
        entries.append((np.full(len(mates), row), standing, np.full(len(mates), delay - 1.0)))
        for lag in range(min(lost.shape[1], period + 1)):
            now, before = added_columns(work, mates, np.full(len(mates), period - lag))
            entries.append((np.full(len(mates), row), now, lost[:, lag]))
            entries.append((np.full(len(mates), row), before, -lost[:, lag]))
            first = (before < 0) & ~returning(work)[mates]
            limit += float((lost[:, lag] * tables.holding_stock[mates])[first].sum())
        upper.append(limit)
    layout.after_rise = np.array([[tables.ready_fleet[n], tables.ready_period[n]] for n in keys], dtype=np.int64)
    work.builder.add_rows(
        "after_rise",
        np.array(upper),
        lambda i: (work.labels.fleets[tables.ready_fleet[keys[i]]], work.period(int(tables.ready_period[keys[i]]))),
        *entries,
    )


def in_turn(work: Build) -> None:
    """What is not ready is not used, wherever it goes; what stands elsewhere cannot stand in for it.

    sum over options q on h of use[q,t] <= installed[h,b] + ready_constant[n] + ready_slope[n] * added[h]
        - (1 - ready_slope[n]) * (sum over h' of f of installed[h',b] - what stood at sites with a shorter burn-in at first)
    [accelerators]
    each arrival n of fleet f that comes or is in burn-in in period t, and each holding h of f; b is the last period by whose
    end all that is received is ready when t begins, and added what comes to h after b and until t; left out in large runs,
    where reading out trims use.
    Binding: the day of receipt limits use. Its price: worth of one more accelerator in that period.
    """
    tables, layout = work.tables, work.layout
    pairs = _turns(tables)
    entries: list[tuple[Ints, Ints, Floats]] = []
    upper = np.zeros(len(pairs))
    for row, (n, h) in enumerate(pairs):
        period, slope = int(tables.ready_period[n]), float(tables.ready_slope[n])
        mates = np.flatnonzero(tables.holding_fleet == tables.ready_fleet[n])
        elsewhere = mates[tables.holding_burn_in_days[mates] < tables.ready_burn_in_days[n]]
        moved = bool(returning(work)[h])
        before = period - 1 if moved else int(tables.ready_before[n])  # moved_in says what comes in one period only
        upper[row] = tables.ready_constant[n] + (1 - slope) * tables.holding_stock[elsewhere].sum()
        now = layout.moved_in[h, period] if moved else layout.installed[h, period]
        columns = [layout.use[tables.option_holding == h, period], np.array([now])]
        weights = [np.ones(len(columns[0])), np.full(1, -slope)]
        stood = 1.0 if moved else 1.0 - slope
        if before < 0:
            upper[row] += stood * tables.holding_stock[h] - (1 - slope) * tables.holding_stock[mates].sum()
        else:
            columns += [layout.installed[[h], before], layout.installed[mates, before]]
            weights += [np.full(1, -stood), np.full(len(mates), 1 - slope)]
        line = np.concatenate(columns)
        entries.append((np.full(len(line), row), line, np.concatenate(weights)))
    layout.in_turn = (
        np.array([h for _, h in pairs], dtype=np.int64),
        np.array([tables.ready_period[n] for n, _ in pairs], dtype=np.int64),
    )
    work.builder.add_rows(
        "in_turn",
        upper,
        lambda i: (*holding_key(work, int(pairs[i][1])), work.period(tables.ready_period[pairs[i][0]])),
        *entries,
    )


def _turns(tables: Tables) -> list[tuple[int, int]]:
    """Returns arrivals and the holdings they may go to, by the lines for the holding's own burn-in where there are any.

    First those in the period of their arrival, which matter most; as many as fit.
    """
    nested = tables.ready_burn_in_days > tables.fleet_burn_in_days[tables.ready_fleet]
    stays = ~tables.fleet_returns[tables.ready_fleet]
    groups: list[list[tuple[int, int]]] = [[], []]
    for late, marks in enumerate((tables.ready_arrives, stays & ~tables.ready_arrives)):
        for n in np.flatnonzero(marks):
            mine = tables.holding_fleet == tables.ready_fleet[n]
            if nested.any():
                mine &= tables.holding_burn_in_days == tables.ready_burn_in_days[n]
            groups[late] += [(int(n), int(h)) for h in np.flatnonzero(mine)]
    pairs = groups[0] if len(groups[0]) <= IN_TURN_MAX else []
    return pairs + groups[1] if len(groups[0] + groups[1]) <= IN_TURN_MAX else pairs


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
    rows, crew, cells = numbered(sites, tables.commissioning)
    count = len(crew)
    holding, period = np.nonzero(sites[tables.holding_site] & (layout.coming >= 0).any(axis=0))
    row = rows[tables.holding_site[holding], period]
    now, before = added_columns(work, holding, period)
    stock = np.where(before < 0, tables.holding_stock[holding], 0.0) * (~returning(work)[holding])
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
    now, before = added_columns(work, holding, period)
    stock = np.where((before < 0) & ~returning(work)[holding], tables.holding_stock[holding], 0.0)
    work.builder.add_rows(
        "crew_turn",
        -most * stock,
        lambda i: (*holding_key(work, holding[i]), work.period(period[i])),
        (rows, layout.coming[lag, holding, period], np.ones(len(rows))),
        (rows, now, -most),
        (rows, before, most),
    )
