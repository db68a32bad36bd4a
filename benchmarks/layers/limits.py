"""Which rules of the duty form have rows where, and their limits: what each layer starts its rows from."""

from dataclasses import dataclass

import numpy as np

from benchmarks.layers.inputs import Bools, Floats, Inputs, Ints


@dataclass(frozen=True)
class Rule:
    """Rows of one family: a mask of cells and their limits, of one shape."""

    marks: Bools
    limit: Floats


@dataclass(frozen=True)
class Limits:
    """The duty form of a run without agreements and returns; axes as in the planner's `Tables`."""

    used: Bools  # (Q, T) cells with a use column
    received: Rule  # (F, T)
    keeps_standing: Rule  # (H, T)
    power: Rule  # (S, T)
    slots: Rule
    power_in_use: Rule
    slots_in_use: Rule
    commissioning: Rule
    usable: Rule  # (H, T)
    in_time: Rule  # (F, T)
    gang_size: Rule  # (W, T)
    demand: Rule  # (W, T)
    work_done: Rule  # (W)
    start_option: Ints  # (cells) options and periods in which a run may begin
    start_period: Ints
    weight: Floats  # (G + 1, H, T) coefficients of what stood so many periods before, in `usable`


def limits(tables: Inputs) -> Limits:
    """Returns the rows of the duty form."""
    used = tables.most_used > 0
    everywhere = np.ones(tables.most_installed.shape, dtype=bool)
    started = tables.started[tables.option_workload]
    option, period = np.nonzero((started > 0) & (started < 1) & used)
    weight, usable = _usable(tables)
    standing = np.zeros(everywhere.shape)
    standing[:, 0] = -tables.holding_stock
    several = np.bincount(tables.option_workload, minlength=len(tables.single)) > 1
    largest = np.where(tables.started > 0, tables.gang_max[:, None], 0.0) * tables.started
    return Limits(
        used=used,
        received=Rule(_before_rise(tables.fleet_received), tables.fleet_received),
        keeps_standing=Rule(everywhere, standing),
        power=_level(tables.power_end),
        slots=_level(tables.slots_end),
        power_in_use=_mean(tables.power_mean, tables.power_end),
        slots_in_use=_mean(tables.slots_mean, tables.slots_end),
        commissioning=_commissioning(tables),
        usable=Rule(everywhere, usable),
        in_time=Rule(tables.fleet_usable < tables.fleet_received - 1e-9, tables.fleet_usable),
        gang_size=Rule(several[:, None] & np.isfinite(largest), largest),
        demand=Rule(np.isfinite(tables.wanted), tables.wanted),
        work_done=Rule(np.isfinite(tables.work), tables.work),
        start_option=option,
        start_period=period,
        weight=weight,
    )


def _before_rise(levels: Floats) -> Bools:
    """Marks the periods in which a limit on what only grows can bind."""
    marks = np.ones(levels.shape, dtype=bool)
    marks[:, :-1] = levels[:, 1:] != levels[:, :-1]
    return marks


def _level(levels: Floats) -> Rule:
    return Rule(_before_rise(levels) & np.isfinite(levels), levels)


def _mean(mean: Floats, end: Floats) -> Rule:
    return Rule((mean < end) & np.isfinite(mean), mean)


def _commissioning(tables: Inputs) -> Rule:
    arriving = np.zeros(len(tables.commissioning))
    np.add.at(arriving, tables.holding_site, tables.most_installed[:, -1])
    limit = tables.commissioning.copy()
    np.add.at(limit[:, 0], tables.holding_site, tables.holding_stock)
    marks = np.isfinite(tables.commissioning) & (tables.commissioning < arriving[:, None])
    return Rule(marks, limit)


def _usable(tables: Inputs) -> tuple[Floats, Floats]:
    """Returns the coefficients of earlier standing, and the limit that the stock gives."""
    lost = tables.lost[tables.holding_site].transpose(1, 0, 2)  # (G, H, T)
    lags, holdings, periods = lost.shape
    weight = np.zeros((lags + 1, holdings, periods))
    weight[0] = -1.0
    limit = np.zeros((holdings, periods))
    for lag in range(lags):
        loss = np.where(np.arange(periods) >= lag, lost[lag], 0.0)
        weight[lag] += loss
        weight[lag + 1] -= loss
        if lag < periods:
            limit[:, lag] += loss[:, lag] * tables.holding_stock
    for lag in range(1, lags + 1):
        weight[lag][:, :lag] = 0.0
    return weight, limit
