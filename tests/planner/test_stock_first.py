"""The largest runs: stock from a coarse grid, use on the true one, a bound from prices answered site by site."""

import numpy as np
import pytest

from armslength.errors import Infeasible
from armslength.planner import by_prices, method, runs, stock_first
from armslength.planner.by_sites import priced_by_sites
from armslength.planner.check import check
from armslength.planner.effort import Effort
from armslength.planner.gathering import gathered
from armslength.planner.linear import solve_linear
from armslength.planner.pricing import Prices, on_finer_grid, price, prices_of
from armslength.planner.runs import run_plan
from armslength.planner.scope import scope_of
from armslength.planner.stock_first import stock_like
from armslength.planner.tabulate import tabulate
from planner.cases_by_hand import numbers, one_hall
from planner.random_cases import POOL, pooled

every_case = pytest.mark.parametrize("name", POOL)


def no_prices(tables) -> Prices:
    holdings, periods = tables.hosted_end.shape
    return Prices(
        paid=np.zeros((holdings, periods)),
        starting=np.zeros(tables.option_rate.shape),
        work=np.zeros(len(tables.single)),
        gang=np.zeros(tables.started.shape),
        wanted=np.zeros(tables.started.shape),
        floor=np.zeros(len(tables.floor)),
        received=np.zeros(tables.fleet_received.shape),
        tying={},
    )


def relaxed(tables, labels):
    everything = np.ones(len(tables.option_workload), dtype=bool)
    return solve_linear(tables, labels, everything, "test", None, solver_method="interior")


def with_coarse(name: str):
    """Returns a run's tables and labels, and its tables three periods at a time with their answer without choices."""
    of = pooled(name)
    scope = scope_of(of, "shared")
    coarse, coarse_labels = tabulate(of, scope, None, merge=3)
    return *tabulate(of, scope, None), coarse, relaxed(coarse, coarse_labels)


def test_one_hall_by_hand():
    tables, labels = numbers(one_hall())
    answer = relaxed(tables, labels)
    prices = prices_of(tables, answer.program, answer.layout, answer.duals)
    bound, worth = priced_by_sites(tables, labels, prices)
    # 1,000 x 336 x 2 USD
    assert bound == pytest.approx(672_000, rel=1e-6)
    assert {"received", "power", "usable"} <= set(worth)
    # When use costs nothing, work alone takes all it could and the hall earns nothing.
    assert priced_by_sites(tables, labels, no_prices(tables))[0] == pytest.approx(672_000, rel=1e-6)


@every_case
def test_sites_prove_as_much_as_the_whole_program_at_its_own_prices(name):
    tables, labels = numbers(pooled(name), "shared")
    answer = relaxed(tables, labels)
    prices = prices_of(tables, answer.program, answer.layout, answer.duals)
    bound, _ = priced_by_sites(tables, labels, prices)
    slack = 1e-6 * max(abs(answer.objective_value), 1.0)
    # Each site answers the prices as well as it can, which is never more than what its rules are priced at. What is
    # paid for the day of start falls to nobody there, so such a run may prove a little less.
    whole = price(tables, answer.program, answer.layout, answer.duals).bound_value
    assert bound <= whole + slack or (prices.starting > 0).any()


@every_case
@pytest.mark.parametrize("seed", range(3))
def test_any_prices_prove_a_bound(name, seed):
    tables, labels = numbers(pooled(name), "shared")
    best = method.solve_run(tables, labels, Effort(gap_frac=1e-7)).objective_value
    prices = no_prices(tables)
    rng = np.random.default_rng(seed)
    scale = float(np.maximum(tables.option_rate * tables.hours, 0.0).mean())
    prices.paid[:] = rng.uniform(0, 2 * scale, prices.paid.shape)
    prices.received[:] = np.sort(rng.uniform(0, 2 * scale, prices.received.shape), axis=1)[:, ::-1]
    bound, _ = priced_by_sites(tables, labels, prices)
    assert bound >= best - 1e-6 * max(abs(best), 1.0)


@every_case
def test_prices_of_a_coarse_grid_prove_a_bound_on_the_true_one(name):
    tables, labels, coarse, rough = with_coarse(name)
    prices = on_finer_grid(prices_of(coarse, rough.program, rough.layout, rough.duals), coarse, tables)
    best = method.solve_run(tables, labels, Effort(gap_frac=1e-7)).objective_value
    bound, _ = priced_by_sites(tables, labels, prices)
    assert bound >= best - 1e-6 * max(abs(best), 1.0)


@every_case
def test_stock_follows_the_coarse_plan_and_keeps_the_limits(name):
    tables, _, coarse, rough = with_coarse(name)
    found = gathered(coarse, rough, Effort(), None)
    stock = stock_like(tables, coarse, found, np.zeros(tables.hosted_end.shape)).installed
    assert (stock == np.round(stock)).all()
    standing = np.zeros(tables.fleet_received.shape)
    np.add.at(standing, tables.holding_fleet, stock)
    assert (standing <= tables.fleet_received + 1e-6).all()
    drawn = np.zeros(tables.power_end.shape)
    np.add.at(drawn, tables.holding_site, stock * tables.holding_mw[:, None])
    assert (drawn <= tables.power_end + 1e-6).all()


@pytest.fixture
def stock_comes_first(monkeypatch) -> None:
    """Makes even the smallest run be solved in this way."""
    monkeypatch.setattr(stock_first, "STOCK_CELLS_MAX", -1)
    monkeypatch.setattr(method, "EXACT_CELLS_MAX", -1)
    monkeypatch.setattr(runs, "WHOLE_CELLS_MAX", -1)
    monkeypatch.setattr(runs, "COARSE_PERIODS", 4)


@every_case
@pytest.mark.parametrize("strict", [False, True], ids=["duty", "strict"])
def test_plans_keep_every_rule_and_their_bound(name, strict, request):
    of = pooled(name)
    tables, labels = numbers(of, "shared")
    best = method.solve_run(tables, labels, Effort(gap_frac=1e-6, strict=strict))
    request.getfixturevalue("stock_comes_first")
    plan = run_plan(of, "shared", Effort(gap_frac=1e-3, strict=strict))
    assert plan.provenance.method == "stock first"
    assert not check(of, plan)
    slack = 1e-6 * max(abs(best.objective_value), 1.0)
    assert plan.provenance.objective_value <= best.bound_value + slack
    assert plan.provenance.bound_value >= best.objective_value - slack


@pytest.mark.usefixtures("stock_comes_first")
def test_one_hall_is_planned_to_its_worth():
    plan = run_plan(one_hall(), "shared", Effort(gap_frac=1e-3))
    assert plan.total_value == pytest.approx(672_000, rel=1e-6)
    assert plan.provenance.proved


def test_a_promise_that_cannot_be_kept_is_said(monkeypatch, stock_comes_first):
    of = one_hall()
    with pytest.raises(Infeasible):
        run_plan(of, "shared", Effort(gap_frac=1e-3), floor={row.id: 1e12 for row in of.organisations})


def test_the_limit_is_by_cells_of_stock():
    tables, _ = numbers(one_hall())
    assert not stock_first.too_much_stock(tables)
    assert by_prices.too_much_stock is stock_first.too_much_stock
