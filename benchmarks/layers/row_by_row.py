"""The duty form written row by row, for layers that add one row at a time.

Each row comes as arrays of columns and coefficients, found through index lists made once: the quickest that a
careful user of such a layer would write.
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from benchmarks.layers.inputs import Bools, Floats, Inputs, Ints
from benchmarks.layers.limits import Limits, limits

Row = tuple[Ints, Floats, float]  # columns, coefficients, upper limit


class Layer(Protocol):
    """A modelling layer that takes one column and one row at a time."""

    def add_columns(self, upper: Floats, value: Floats) -> None: ...

    def add_row(self, columns: Ints, coefficients: Floats, upper: float) -> None: ...


def write_model(layer: Layer, tables: Inputs) -> None:
    """Writes the duty form of a run into a layer."""
    rules = limits(tables)
    installed = np.arange(tables.most_installed.size).reshape(tables.most_installed.shape)
    use = np.full(rules.used.shape, -1)
    use[rules.used] = installed.size + np.arange(int(rules.used.sum()))
    worth = tables.option_rate * tables.hours
    layer.add_columns(tables.most_installed.ravel(), np.zeros(installed.size))
    layer.add_columns(tables.most_used[rules.used], worth[rules.used])
    for family in (_standing, _using, _working):
        for columns, coefficients, upper in family(tables, rules, installed, use):
            if len(columns):
                layer.add_row(columns, coefficients, upper)


def _members(group: Ints, count: int) -> list[Ints]:
    """Returns the members of each group."""
    order = np.argsort(group, kind="stable")
    return np.split(order, np.cumsum(np.bincount(group, minlength=count))[:-1])


def _cells(marks: Bools) -> Iterator[tuple[int, int]]:
    first, period = np.nonzero(marks)
    return zip(first.tolist(), period.tolist(), strict=True)


def _standing(tables: Inputs, rules: Limits, installed: Ints, use: Ints) -> Iterator[Row]:
    of_fleet = _members(tables.holding_fleet, len(tables.fleet_sku))
    at_site = _members(tables.holding_site, len(tables.fabric))
    ones = np.ones(len(installed))
    for f, t in _cells(rules.received.marks):
        yield installed[of_fleet[f], t], ones[: len(of_fleet[f])], rules.received.limit[f, t]
    for s, t in _cells(rules.power.marks):
        yield installed[at_site[s], t], tables.holding_mw[at_site[s]], rules.power.limit[s, t]
    for s, t in _cells(rules.slots.marks):
        yield installed[at_site[s], t], ones[: len(at_site[s])], rules.slots.limit[s, t]
    pair = np.array([-1.0, 1.0])
    for h, t in _cells(rules.keeps_standing.marks):
        both = installed[h, t::-1][:2]
        yield both, pair[: len(both)], rules.keeps_standing.limit[h, t]
    for s, t in _cells(rules.commissioning.marks):
        here = at_site[s]
        columns = np.concatenate([installed[here, t], installed[here, t - 1]]) if t else installed[here, t]
        signs = np.repeat([1.0, -1.0], len(here))[: len(columns)]
        yield columns, signs, rules.commissioning.limit[s, t]


def _using(tables: Inputs, rules: Limits, installed: Ints, use: Ints) -> Iterator[Row]:
    fleet, site = tables.holding_fleet[tables.option_holding], tables.holding_site[tables.option_holding]
    mw = tables.holding_mw[tables.option_holding]
    of_fleet, at_site = _members(fleet, len(tables.fleet_sku)), _members(site, len(tables.fabric))
    on_holding = _members(tables.option_holding, len(installed))
    ones = np.ones(len(use))
    for s, t in _cells(rules.power_in_use.marks):
        columns = use[at_site[s], t]
        yield columns[columns >= 0], mw[at_site[s]][columns >= 0], rules.power_in_use.limit[s, t]
    for s, t in _cells(rules.slots_in_use.marks):
        columns = use[at_site[s], t]
        yield columns[columns >= 0], ones[: int((columns >= 0).sum())], rules.slots_in_use.limit[s, t]
    for f, t in _cells(rules.in_time.marks):
        columns = use[of_fleet[f], t]
        yield columns[columns >= 0], ones[: int((columns >= 0).sum())], rules.in_time.limit[f, t]
    lags = len(rules.weight)
    for h, t in _cells(rules.usable.marks):
        columns = use[on_holding[h], t]
        columns = columns[columns >= 0]
        weight = rules.weight[: t + 1, h, t]
        stood = installed[h, t::-1][:lags]
        kept = weight != 0
        yield (
            np.concatenate([stood[kept], columns]),
            np.concatenate([weight[kept], ones[: len(columns)]]),
            rules.usable.limit[h, t],
        )


def _working(tables: Inputs, rules: Limits, installed: Ints, use: Ints) -> Iterator[Row]:
    options = _members(tables.option_workload, len(tables.single))
    ones = np.ones(len(use))
    for w, t in _cells(rules.gang_size.marks):
        columns = use[options[w], t]
        yield columns[columns >= 0], ones[: int((columns >= 0).sum())], rules.gang_size.limit[w, t]
    for w, t in _cells(rules.demand.marks):
        columns = use[options[w], t]
        ratio = tables.option_ratio[options[w]][columns >= 0]
        yield columns[columns >= 0], ratio, rules.demand.limit[w, t]
    for q, t in zip(rules.start_option.tolist(), rules.start_period.tolist(), strict=True):
        share = tables.started[tables.option_workload[q], t]
        columns = np.array([use[q, t], installed[tables.option_holding[q], t]])
        yield columns, np.array([1.0, -share]), 0.0
    for w in np.flatnonzero(rules.work_done.marks).tolist():
        columns = use[options[w]]
        work = tables.option_ratio[options[w]][:, None] * tables.hours
        yield columns[columns >= 0], work[columns >= 0], rules.work_done.limit[w]
