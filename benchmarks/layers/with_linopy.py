"""The duty form in linopy: whole arrays at a time, grouped sums, sparse, handed to HiGHS directly."""

import linopy
import numpy as np
import xarray as xr

from benchmarks.layers.inputs import Bools, Built, Entries, Floats, Inputs, Ints, Rule

linopy.options["semantics"] = "v1"


def _array(values: Floats | Ints | Bools, *dims: str) -> xr.DataArray:
    coords = {dim: np.arange(size) for dim, size in zip(dims, np.shape(values), strict=True)}
    return xr.DataArray(values, dims=dims, coords=coords)


class _Work:
    """A linopy model of the duty form under construction."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.model = linopy.Model(sparse=True)
        self.stock = self.model.add_variables(lower=0, upper=_array(inputs.stock_upper, "column"), name="stock")
        self.use = self.model.add_variables(
            lower=0,
            upper=_array(inputs.use_upper, "option", "period"),
            mask=_array(inputs.used, "option", "period"),
            name="use",
        )
        worth = _array(inputs.use_value, "option", "period")
        self.model.add_objective((worth * self.use).sum(), sense="max")

    def add_rule(self, rule: Rule) -> None:
        """Adds a family about use as sums over the options of each group."""
        group = _array(rule.group, "option").rename("group")
        used = (_array(rule.weight, "option") * self.use).groupby(group).sum()
        dims: tuple[str, ...] = ("group", "period")
        if rule.over_time:
            used = (_array(self.inputs.hours, "period") * used).sum("period")
            dims = ("group",)
        rows = np.flatnonzero(rule.marks.reshape(len(rule.marks), -1).any(axis=1))
        rows = rows[np.isin(rows, rule.group)]
        marks, limit = _array(rule.marks, *dims), _array(rule.upper, *dims)
        total = used.sel(group=rows)
        if rule.stock is not None:
            total = total.fillna(0) + self._stock_part(rule, rule.stock).reindex(group=rows)
        limited = total <= limit.sel(group=rows)
        self.model.add_constraints(limited, mask=marks.sel(group=rows), name=rule.name)

    def _stock_part(self, rule: Rule, entries: Entries) -> linopy.LinearExpression:
        """Returns the stock terms of the rule's rows, by group and period."""
        groups, periods = np.nonzero(rule.marks)
        row = np.repeat(np.arange(len(groups)), np.diff(entries.starts))
        terms = _array(entries.coefficients, "entry") * self.stock.isel(column=_array(entries.columns, "entry"))
        keyed = terms.assign_coords(group=("entry", groups[row]), period=("entry", periods[row]))
        return keyed.groupby(["group", "period"]).sum().fillna(0)

    def add_entries(self, entries: Entries) -> None:
        """Adds a family which is given entry by entry."""
        count = len(self.inputs.stock_upper)
        option, period = np.nonzero(self.inputs.used)
        row = np.repeat(np.arange(len(entries.upper)), np.diff(entries.starts))
        stock = entries.columns < count
        sums = []
        for mine, of in ((stock, self.stock), (~stock, self.use)):
            if mine.any():
                columns = entries.columns[mine]
                cells = (
                    {"column": _array(columns, "entry")}
                    if of is self.stock
                    else {
                        "option": _array(option[columns - count], "entry"),
                        "period": _array(period[columns - count], "entry"),
                    }
                )
                terms = _array(entries.coefficients[mine], "entry") * of.isel(cells)
                grouped = terms.groupby(_array(row[mine], "entry").rename("row")).sum()
                sums.append(grouped.reindex(row=np.arange(len(entries.upper))).fillna(0))
        self.model.add_constraints(sum(sums) <= _array(entries.upper, "row"), name=entries.name)


def write(inputs: Inputs) -> Built:
    """Writes the duty form and hands it to HiGHS."""
    work = _Work(inputs)
    for rule in inputs.rules:
        work.add_rule(rule)
    for entries in inputs.others:
        work.add_entries(entries)
    solver = work.model.to_highspy()

    def solve() -> float:
        solver.setOptionValue("output_flag", False)
        solver.run()
        value: float = solver.getObjectiveValue()
        return abs(value)

    def counts() -> tuple[int, int, int]:
        rows = np.diff(work.model.matrices.A.tocsr().indptr)
        return solver.getNumCol(), int((rows > 0).sum()), solver.getNumNz()

    return Built(counts, solve)
