"""Prices prove bounds: by hand, at the best prices, and at any prices whatever."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.model.supply import Site
from armslength.planner.build import build
from armslength.planner.pricing import best_use, price, wanting
from armslength.planner.tables import Labels, Tables
from armslength.solver.highs import SolveOptions, solve
from armslength.solver.outcome import Solved
from planner.cases_by_hand import numbers, one_hall, step, training, weeks
from planner.random_cases import POOL, few, pooled, random_case, spec

CLOSE = 1e-6


def optimum(tables: Tables, labels: Labels, strict: bool = False) -> Solved:
    program, _ = build(tables, labels, strict=strict)
    found = solve(program, SolveOptions(gap_frac=1e-7))
    assert isinstance(found, Solved)
    return found


def relaxation(tables: Tables, labels: Labels, options: np.ndarray | None = None, method: str = "simplex"):
    """Returns the program without choices, where its columns are, and its answer."""
    program, layout = build(tables, labels, options=options, integers=False)
    found = solve(program, SolveOptions(method=method))
    assert isinstance(found, Solved)
    assert found.duals is not None
    return program, layout, found


def bound_at(tables: Tables, labels: Labels, method: str = "simplex") -> float:
    program, layout, found = relaxation(tables, labels, method=method)
    assert found.duals is not None
    return price(tables, program, layout, found.duals).bound_value


def test_the_best_prices_of_a_case_without_choices_prove_its_worth():
    tables, labels = numbers(one_hall())
    # 1,000 x 336 x 2 USD
    assert bound_at(tables, labels) == pytest.approx(672_000, rel=CLOSE)


@pytest.mark.parametrize("method", ["simplex", "interior"])
def test_a_bound_counts_the_best_single_hall_of_a_gang(method):
    two = [Site(id="hall", owner="t"), Site(id="room", owner="t")]
    of = one_hall(
        sites=two,
        steps=[step("hall", 0.6), step("room", 0.4)],
        workloads=[training("t", single_fabric=True)],
    )
    tables, labels = numbers(of)
    # Over both halls 1,000 could run, which is what a relaxation says; on one only 600: 600 x 336 x 2 USD.
    _, _, spread = relaxation(tables, labels)
    assert spread.objective_value == pytest.approx(672_000)
    assert bound_at(tables, labels, method) <= 672_000 * (1 + CLOSE)
    assert optimum(tables, labels).objective_value == pytest.approx(403_200)
    assert bound_at(tables, labels, method) >= 403_200 - 1


def test_a_gang_alone_takes_its_best_periods_until_its_work_is_done():
    # Work for 100 accelerators for a week and a half, of three weeks.
    gang = training("t", single_fabric=True, gang_gpus_max=100, work_gpu_hours=25_200)
    tables, _ = numbers(one_hall(horizon=weeks(3), workloads=[gang]))
    most = tables.most_used
    assert best_use(tables, np.array([[1.0, 3.0, 2.0]]), most).tolist() == [[0, 100, 50]]
    assert best_use(tables, np.array([[1.0, -3.0, -2.0]]), most).tolist() == [[100, 0, 0]]
    # A room that stays too small for it in the second week takes that week away.
    assert best_use(tables, np.array([[1.0, 3.0, 2.0]]), most * [1, 0, 1]).tolist() == [[50, 0, 100]]


def test_without_prices_every_work_may_take_all_it_could():
    tables, labels = numbers(one_hall(workloads=[training("t"), training("t", "again")]))
    program, layout, found = relaxation(tables, labels)
    assert found.duals is not None
    # Both at once
    priced = price(tables, program, layout, np.zeros_like(found.duals))
    assert priced.bound_value == pytest.approx(2 * 672_000)


def test_negative_prices_count_as_none():
    tables, labels = numbers(one_hall())
    program, layout, found = relaxation(tables, labels)
    assert found.duals is not None
    free = price(tables, program, layout, np.zeros_like(found.duals)).bound_value
    assert price(tables, program, layout, np.full_like(found.duals, -5.0)).bound_value == free


@cache
def best_of(name: str, strict: bool = False) -> tuple[Tables, Labels, float]:
    tables, labels = numbers(pooled(name), "shared")
    return tables, labels, optimum(tables, labels, strict).objective_value


@cache
def relaxed(name: str, method: str = "simplex"):
    tables, labels, _ = best_of(name)
    return relaxation(tables, labels, method=method)


def room(best: float) -> float:
    return CLOSE * abs(best) + 0.01


@pytest.mark.parametrize("name", POOL)
@pytest.mark.parametrize("method", ["simplex", "interior"])
@pytest.mark.parametrize("strict", [False, True], ids=["duty", "strict"])
def test_the_prices_of_the_relaxation_bound_the_best_plan(name, method, strict):
    tables, _, best = best_of(name, strict)
    program, layout, found = relaxed(name, method)
    bound = price(tables, program, layout, found.duals).bound_value
    assert bound >= best - room(best)
    # And no worse than the relaxation itself.
    assert bound <= found.objective_value * (1 + 1e-5) + 1.0


@few(60)
@given(st.sampled_from(list(POOL)), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.1, 1.0, 10.0]))
def test_any_prices_bound_the_best_plan(name, seed, scale):
    tables, _, best = best_of(name)
    program, layout, found = relaxed(name)
    rng = np.random.default_rng(seed)
    noise = rng.exponential(1.0, len(found.duals)) * rng.integers(0, 2, len(found.duals))
    for duals in (scale * noise * max(found.duals.max(), 1.0), found.duals * (1 + scale * (noise - 0.5))):
        assert price(tables, program, layout, duals).bound_value >= best - room(best)


@few(20)
@given(st.sampled_from(list(POOL)), st.integers(0, 2**32 - 1))
def test_prices_of_a_program_with_few_options_bound_all_of_them(name, seed):
    tables, labels, best = best_of(name)
    some = np.random.default_rng(seed).random(len(tables.option_workload)) < 0.5
    program, layout, found = relaxation(tables, labels, options=some)
    assert price(tables, program, layout, found.duals).bound_value >= best - room(best)


def test_prices_call_for_options_until_none_is_wanting():
    tables, labels = numbers(random_case(11, spec(workloads=6)), "shared")
    _, _, best = relaxation(tables, labels)
    some = np.zeros(len(tables.option_workload), dtype=bool)
    for _ in range(40):
        program, layout, found = relaxation(tables, labels, options=some)
        assert found.duals is not None
        priced = price(tables, program, layout, found.duals)
        called = wanting(tables, some, priced.worth, 3)
        assert not some[called].any()
        if not len(called):
            break
        some[called] = True
    # Nothing is called for any more, so what is held is as good as all there is, but for gangs that may not spread.
    single = tables.single[tables.option_workload]
    if not single.any():
        assert found.objective_value == pytest.approx(best.objective_value, rel=1e-5)
    assert priced.bound_value >= optimum(tables, labels).objective_value * (1 - CLOSE)


def test_at_most_so_many_options_are_called_for_each_workload():
    tables, labels = numbers(random_case(12, spec(workloads=6)), "shared")
    none = np.zeros(len(tables.option_workload), dtype=bool)
    program, layout, found = relaxation(tables, labels, options=none)
    assert found.duals is not None
    called = wanting(tables, none, price(tables, program, layout, found.duals).worth, 2)
    assert len(called) > 0
    assert np.bincount(tables.option_workload[called]).max() <= 2
