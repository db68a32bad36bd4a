"""The two ways of solving: exactly, and by prices. Both within their proved gap; both strict when asked."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given

from armslength.errors import Infeasible, SolveStopped
from armslength.model.case import Case
from armslength.model.plan import Plan
from armslength.planner import linear, method, runs
from armslength.planner.building import Kept
from armslength.planner.by_prices import one_each, restored_strictness
from armslength.planner.check import check
from armslength.planner.effort import Effort
from armslength.planner.linear import Answer
from armslength.planner.method import solve_run
from armslength.planner.runs import run_plan
from armslength.solver.outcome import NoAnswer, Stopped, gap
from planner.cases_by_hand import numbers, one_hall, stock, training
from planner.random_cases import POOL, SEEDS, few, pooled, random_case, spec

PRICED_GAP = 1e-3


@pytest.fixture
def by_prices(monkeypatch) -> None:
    """Makes even the smallest run be solved by prices."""
    monkeypatch.setattr(method, "EXACT_CELLS_MAX", -1)
    monkeypatch.setattr(runs, "WHOLE_CELLS_MAX", -1)


def exact(of: Case, strict: bool = False) -> Answer:
    tables, labels = numbers(of, "shared")
    return solve_run(tables, labels, Effort(gap_frac=1e-7, strict=strict))


def priced(of: Case, strict: bool = False) -> Answer:
    tables, labels = numbers(of, "shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(method, "EXACT_CELLS_MAX", -1)
        return solve_run(tables, labels, Effort(gap_frac=PRICED_GAP, strict=strict))


@cache
def exact_of(name: str, strict: bool) -> Answer:
    return exact(pooled(name), strict)


@cache
def priced_of(name: str, strict: bool) -> Answer:
    return priced(pooled(name), strict)


every_case = pytest.mark.parametrize("name", POOL)
both_gangs = pytest.mark.parametrize("strict", [False, True], ids=["duty", "strict"])


def test_small_runs_are_solved_exactly():
    assert exact(one_hall()).method == "exact"


@pytest.mark.usefixtures("by_prices")
def test_large_runs_are_solved_by_prices():
    answer = exact(one_hall())
    assert answer.method == "prices"
    # 1,000 x 336 x 2 USD
    assert answer.objective_value == pytest.approx(672_000, rel=1e-5)
    assert answer.bound_value == pytest.approx(672_000, rel=1e-5)
    assert answer.proved


@every_case
@both_gangs
def test_the_answer_by_prices_is_within_its_proved_gap_of_the_best(name, strict):
    best, answer = exact_of(name, strict), priced_of(name, strict)
    slack = 1e-6 * max(abs(best.objective_value), 1.0)
    assert answer.method == "prices"
    assert answer.objective_value <= best.bound_value + slack
    assert best.objective_value <= answer.bound_value + slack
    assert answer.proved == (gap(answer.objective_value, answer.bound_value) <= PRICED_GAP)


@every_case
@both_gangs
def test_the_exact_answer_is_proved(name, strict):
    best = exact_of(name, strict)
    assert best.method == "exact"
    assert best.proved
    assert best.objective_value == pytest.approx(best.bound_value, rel=1e-5, abs=0.01)


@few(6)
@given(SEEDS)
def test_the_answer_by_prices_is_near_the_best_without_choices(seed):
    of = random_case(seed, spec(workloads=5))
    loose = tuple(row.model_copy(update={"single_fabric": False, "gang_gpus_min": 0}) for row in of.workloads)
    of = of.model_copy(update={"workloads": loose})
    best, answer = exact(of), priced(of)
    assert answer.objective_value == pytest.approx(best.objective_value, rel=5e-3, abs=1.0)


def below_smallest(answer: Answer, of: Case) -> np.ndarray:
    """Returns how many accelerators a running gang lacks of its smallest size, per workload and period."""
    tables, _ = numbers(of, "shared")
    used = np.zeros(tables.started.shape)
    np.add.at(used, tables.option_workload, answer.use)
    least = tables.gang_min[:, None] * tables.started
    return np.where(used > 1e-4, np.maximum(least - used, 0.0), 0.0)


@every_case
def test_strict_gangs_are_strict_in_both_methods(name):
    for answer in (exact_of(name, True), priced_of(name, True)):
        assert below_smallest(answer, pooled(name)).max(initial=0.0) <= 1e-3


@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
@every_case
def test_strict_gangs_are_strict_when_time_is_over_with_one_more_program(name, late):
    tables, labels = numbers(pooled(name), "shared")
    everything = np.ones(len(tables.option_workload), dtype=bool)
    options = one_each(tables, everything, tables.option_rate.sum(axis=1))
    asked: list[Kept] = []

    def again(kept: Kept) -> Answer:
        asked.append(kept)
        return linear.solve_linear(tables, labels, options, "prices", None, kept, solver_method="interior")

    effort = Effort(time_limit_seconds=0.5 if late else None, clock=lambda: 1.0, begun_seconds=0.0)
    answer = restored_strictness(tables, again(Kept()), effort, again)
    assert below_smallest(answer, pooled(name)).max(initial=0.0) <= 1e-3
    assert not late or len(asked) <= 2


@every_case
@both_gangs
def test_plans_by_prices_keep_every_rule(name, strict, by_prices):
    plan: Plan = run_plan(pooled(name), "shared", Effort(gap_frac=PRICED_GAP, strict=strict))
    assert check(pooled(name), plan) == ()
    assert plan.provenance.method == "prices"


def test_the_prices_of_an_answer_are_those_of_its_program():
    answer = exact(one_hall())
    assert len(answer.duals) == len(answer.program.row_lower)
    assert answer.installed.shape == (1, 2)
    assert answer.use == pytest.approx(np.full((1, 2), 1000.0))


def test_two_solves_give_the_same_answer():
    of = random_case(5)
    first, second = exact(of), exact(of)
    assert first.use.tobytes() == second.use.tobytes()
    assert first.installed.tobytes() == second.installed.tobytes()


def test_what_cannot_be_is_said_with_its_rules():
    # 2 MW of stock in a hall of 1 MW
    with pytest.raises(Infeasible) as caught:
        exact(one_hall(lots=[], stock=[stock("t", "hall", 2000)]))
    families = {family for family, _ in caught.value.conflict}
    assert families == {"keeps_standing", "power"}
    assert all("hall" in key for _, key in caught.value.conflict)
    assert "power (hall" in str(caught.value)


def test_a_solver_that_stops_says_what_to_do(monkeypatch):
    monkeypatch.setattr(linear, "solve", lambda *_: Stopped("Time limit reached", 9.0))
    with pytest.raises(SolveStopped, match="Time limit reached") as caught:
        exact(one_hall())
    assert "--time-limit" in str(caught.value)
    assert caught.value.retryable


def test_a_conflict_without_rows_is_still_said(monkeypatch):
    monkeypatch.setattr(linear, "solve", lambda *_: NoAnswer(()))
    with pytest.raises(Infeasible, match="the rules together"):
        exact(one_hall())


@pytest.mark.usefixtures("by_prices")
def test_one_hears_what_is_done():
    heard: list[str] = []
    tables, labels = numbers(one_hall(workloads=[training("t", single_fabric=True)]))
    solve_run(tables, labels, Effort(say=heard.append))
    assert any("coarse grid" in line for line in heard)
    assert any("bound" in line for line in heard)


def test_effort_counts_down_by_the_clock_it_is_given():
    ticks = iter([10.0, 14.0, 99.0])
    effort = Effort(time_limit_seconds=30.0, clock=lambda: next(ticks))
    assert effort.left() == 26.0
    assert not effort.has(0.0)


def test_without_a_clock_there_is_no_limit():
    assert Effort(time_limit_seconds=30.0).left() is None
    assert Effort(clock=lambda: 5.0).left() is None
    assert Effort(clock=lambda: 5.0).has(1e9)
    assert Effort().now() == 0.0
