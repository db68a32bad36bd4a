"""The duty form in linopy: whole arrays at a time, grouped sums, sparse, handed to HiGHS directly."""

import linopy
import numpy as np
import xarray as xr

from benchmarks.layers.inputs import Bools, Built, Floats, Inputs, Ints
from benchmarks.layers.limits import Limits, Rule, limits

linopy.options["semantics"] = "v1"


def _array(values: Floats | Ints | Bools, *dims: str) -> xr.DataArray:
    coords = {dim: np.arange(size) for dim, size in zip(dims, np.shape(values), strict=True)}
    return xr.DataArray(values, dims=dims, coords=coords)


def _group(values: Ints, dim: str, name: str) -> xr.DataArray:
    return _array(values, dim).rename(name)


class _Model:
    """A linopy model of the duty form under construction."""

    def __init__(self, tables: Inputs) -> None:
        self.tables = tables
        self.rules: Limits = limits(tables)
        self.model = linopy.Model(sparse=True)
        rules = self.rules
        self.installed = self.model.add_variables(
            lower=0, upper=_array(tables.most_installed, "holding", "period"), name="installed"
        )
        self.use = self.model.add_variables(
            lower=0,
            upper=_array(np.where(rules.used, tables.most_used, 0.0), "option", "period"),
            mask=_array(rules.used, "option", "period"),
            name="use",
        )
        worth = _array(tables.option_rate * tables.hours, "option", "period")
        self.model.add_objective((worth * self.use).sum(), sense="max")

    def add(self, name: str, expression: linopy.LinearExpression, rule: Rule, *dims: str) -> None:
        """Adds the marked rows of ``expression <= limit``."""
        kept = rule.marks.reshape(len(rule.marks), -1).any(axis=1)
        rows = np.flatnonzero(kept)
        if not len(rows):
            return
        first = dims[0]
        limit = np.where(rule.marks, rule.limit, 0.0)
        here = expression.sel({first: rows})
        self.model.add_constraints(
            here <= _array(limit, *dims).sel({first: rows}),
            mask=_array(rule.marks, *dims).sel({first: rows}),
            name=name,
        )


def write(tables: Inputs) -> Built:
    """Writes the duty form and hands it to HiGHS."""
    work = _Model(tables)
    _standing(work)
    _using(work)
    _working(work)
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


def _standing(work: _Model) -> None:
    tables, rules, installed = work.tables, work.rules, work.installed
    fleet = _group(tables.holding_fleet, "holding", "fleet")
    site = _group(tables.holding_site, "holding", "site")
    mw = _array(tables.holding_mw, "holding")
    before = installed.shift(period=1).fillna(0)
    work.add("received", installed.groupby(fleet).sum(), rules.received, "fleet", "period")
    work.add("power", (mw * installed).groupby(site).sum(), rules.power, "site", "period")
    work.add("slots", installed.groupby(site).sum(), rules.slots, "site", "period")
    work.add("keeps_standing", before - installed, rules.keeps_standing, "holding", "period")
    commissioned = (installed - before).groupby(site).sum()
    work.add("commissioning", commissioned, rules.commissioning, "site", "period")


def _using(work: _Model) -> None:
    tables, rules, use = work.tables, work.rules, work.use
    option = tables.option_holding
    site = _group(tables.holding_site[option], "option", "site")
    fleet = _group(tables.holding_fleet[option], "option", "fleet")
    holding = _group(option, "option", "holding")
    mw = _array(tables.holding_mw[option], "option")
    work.add("power_in_use", (mw * use).groupby(site).sum(), rules.power_in_use, "site", "period")
    work.add("slots_in_use", use.groupby(site).sum(), rules.slots_in_use, "site", "period")
    work.add("in_time", use.groupby(fleet).sum(), rules.in_time, "fleet", "period")
    standing = sum(
        _array(weight, "holding", "period") * work.installed.shift(period=lag).fillna(0)
        for lag, weight in enumerate(rules.weight)
    )
    work.add("usable", use.groupby(holding).sum() + standing, rules.usable, "holding", "period")


def _working(work: _Model) -> None:
    tables, rules, use = work.tables, work.rules, work.use
    workload = _group(tables.option_workload, "option", "workload")
    ratio = _array(tables.option_ratio, "option")
    hours = _array(tables.hours, "period")
    work.add("gang_size", use.groupby(workload).sum(), rules.gang_size, "workload", "period")
    work.add("demand", (ratio * use).groupby(workload).sum(), rules.demand, "workload", "period")
    done = (ratio * hours * use).groupby(workload).sum().sum("period")
    work.add("work_done", done, rules.work_done, "workload")
    option, period = _array(rules.start_option, "cell"), _array(rules.start_period, "cell")
    share = tables.started[tables.option_workload[rules.start_option], rules.start_period]
    holding = _array(tables.option_holding[rules.start_option], "cell")
    here = use.isel(option=option, period=period) - _array(share, "cell") * work.installed.isel(
        holding=holding, period=period
    )
    work.model.add_constraints(here <= 0, name="starts")
