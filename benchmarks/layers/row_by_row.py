"""The duty form for layers that add one row at a time.

Each row comes as arrays of columns and coefficients, found through index lists made once: the quickest that a
careful user of such a layer would write.
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from benchmarks.layers.inputs import Entries, Floats, Inputs, Ints, Rule

Row = tuple[Ints, Floats, float]  # columns, coefficients, upper limit


class Layer(Protocol):
    """A modelling layer that takes columns together and rows one at a time."""

    def add_columns(self, upper: Floats, value: Floats) -> None: ...

    def add_row(self, columns: Ints, coefficients: Floats, upper: float) -> None: ...


def write_model(layer: Layer, inputs: Inputs) -> None:
    """Writes the duty form of a run into a layer."""
    count = len(inputs.stock_upper)
    use = np.full(inputs.used.shape, -1)
    use[inputs.used] = count + np.arange(int(inputs.used.sum()))
    layer.add_columns(
        np.concatenate([inputs.stock_upper, inputs.use_upper[inputs.used]]),
        np.concatenate([np.zeros(count), inputs.use_value[inputs.used]]),
    )
    for rule in inputs.rules:
        for columns, coefficients, upper in _over_time(rule, inputs, use) if rule.over_time else _rows(rule, use):
            if len(columns):
                layer.add_row(columns, coefficients, upper)
    for entries in inputs.others:
        for number, upper in enumerate(entries.upper.tolist()):
            layer.add_row(*_part(entries, number), upper)


def _part(entries: Entries, number: int) -> tuple[Ints, Floats]:
    here = slice(entries.starts[number], entries.starts[number + 1])
    return entries.columns[here], entries.coefficients[here]


def _members(group: Ints, count: int) -> list[Ints]:
    """Returns the options of each group."""
    order = np.argsort(group, kind="stable")
    return np.split(order, np.cumsum(np.bincount(group, minlength=count))[:-1])


def _rows(rule: Rule, use: Ints) -> Iterator[Row]:
    members = _members(rule.group, len(rule.marks))
    groups, periods = np.nonzero(rule.marks)
    for number, (group, period) in enumerate(zip(groups.tolist(), periods.tolist(), strict=True)):
        columns, coefficients = use[members[group], period], rule.weight[members[group]]
        real = columns >= 0
        columns, coefficients = columns[real], coefficients[real]
        if rule.stock is not None:
            stock, factors = _part(rule.stock, number)
            columns, coefficients = np.concatenate([stock, columns]), np.concatenate([factors, coefficients])
        yield columns, coefficients, rule.upper[group, period]


def _over_time(rule: Rule, inputs: Inputs, use: Ints) -> Iterator[Row]:
    members = _members(rule.group, len(rule.marks))
    for group in np.flatnonzero(rule.marks).tolist():
        columns = use[members[group]]
        weights = rule.weight[members[group]][:, None] * inputs.hours
        yield columns[columns >= 0], weights[columns >= 0], rule.upper[group]
