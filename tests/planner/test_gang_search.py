"""The search for the places of gangs, beside the solver's own search with each choice a whole number."""

from dataclasses import replace

import numpy as np
import pytest

from armslength.model.as_of import as_of
from armslength.model.supply import Site
from armslength.planner.build import build
from armslength.planner.building import STANDS_MAX
from armslength.planner.effort import Effort
from armslength.planner.gang_search import Placed, placed_gangs
from armslength.planner.linear import values_of
from armslength.planner.tables import Floats, Labels, Tables
from armslength.solver.highs import SolveOptions, solve
from armslength.solver.outcome import Outcome, Solved
from benchmarks.draw import SPECS
from benchmarks.generator import make_case
from planner.cases_by_hand import agreement, case, leg, lot, numbers, serving, step, training, weeks

GAP_FRAC = 1e-6
# Ten workloads on few accelerators: most gangs must wait until enough stand together.
TIGHT = replace(SPECS["XS"], workloads=10, single_fabric_frac=1.0, gpus_per_organisation=600)
seeds = pytest.mark.parametrize("seed", [3, 5, 9, 22, 23])


def tight(seed: int) -> tuple[Tables, Labels]:
    return numbers(as_of(make_case(TIGHT, seed), None), "shared")


def searched(tables: Tables, labels: Labels) -> Placed:
    found = placed_gangs(tables, labels, Effort(), GAP_FRAC)
    assert found is not None
    return found


def whole(tables: Tables, labels: Labels) -> tuple[Outcome, Floats]:
    """Returns what the solver itself finds, and the use in it, (Q, T)."""
    program, layout = build(tables, labels)
    stands = int((layout.stands >= 0).sum())
    assert bool(stands) == bool(tables.in_question.any())
    assert stands < STANDS_MAX
    outcome = solve(program, SolveOptions(GAP_FRAC))
    return outcome, values_of(layout.use, outcome.x) if isinstance(outcome, Solved) else np.zeros(0)


def own_worth(tables: Tables, use: Floats) -> Floats:
    worth = (use * tables.option_rate * tables.hours).sum(axis=1)
    owner = tables.workload_owner[tables.option_workload]
    return np.bincount(owner, worth, minlength=len(tables.constant)) + tables.constant


@seeds
def test_it_finds_what_the_solver_finds(seed):
    tables, labels = tight(seed)
    best, _ = whole(tables, labels)
    assert isinstance(best, Solved)
    found = searched(tables, labels)
    assert found.objective_value == pytest.approx(best.objective_value, rel=2 * GAP_FRAC)
    assert found.objective_value <= best.bound_value + GAP_FRAC * best.bound_value
    assert best.objective_value <= found.bound_value + GAP_FRAC * found.bound_value


@seeds
def test_it_leaves_each_gang_one_option_and_the_cells_where_enough_stand(seed):
    tables, labels = tight(seed)
    found = searched(tables, labels)
    per_gang = np.bincount(tables.option_workload, found.options, minlength=len(tables.single))
    assert (per_gang[tables.single] <= 1).all()
    assert found.options[~tables.single[tables.option_workload]].all()
    assert not (found.standing & ~found.cells).any()
    stands_for = tables.single[tables.option_workload]
    assert not found.standing[~stands_for].any()


@pytest.mark.parametrize(
    ("seed", "organisation", "more_frac"),
    [(3, 0, 0.05), (5, 0, 0.05), (9, 1, 0.05), (13, 0, 0.01), (22, 0, 0.05), (23, 1, 0.2)],
)
def test_promises_are_kept_at_the_least_cost(seed, organisation, more_frac):
    tables, labels = tight(seed)
    free, use = whole(tables, labels)
    worth = own_worth(tables, use)[organisation]
    floor = np.full(len(tables.floor), -np.inf)
    floor[organisation] = worth + more_frac * abs(worth)
    promised = replace(tables, floor=floor)
    best, _ = whole(promised, labels)
    found = searched(promised, labels)
    assert isinstance(free, Solved)
    assert isinstance(best, Solved)
    assert best.objective_value < free.objective_value
    assert found.objective_value == pytest.approx(best.objective_value, rel=2 * GAP_FRAC)


def test_promises_that_nobody_can_keep_leave_no_plan():
    tables, labels = tight(3)
    floor = np.full(len(tables.floor), 1e15)
    assert placed_gangs(replace(tables, floor=floor), labels, Effort(), GAP_FRAC) is None


def lent_for_a_gang(smallest: int) -> tuple[Tables, Labels]:
    """Returns 8 of t's own from the second week on, and a's 8 for the first two; a gang of t's and a service beside it."""
    gang = training("t", gang_gpus_min=smallest, single_fabric=True, sites=("hall",))
    service = serving("t", sites=("room",), work_value_per_gpu_hour=1.0)
    of = case(
        "t",
        "a",
        horizon=weeks(4),
        lots=[lot("t", 8, 7), lot("a", 8)],
        sites=[Site(id="hall", owner="t"), Site(id="room", owner="t")],
        steps=[step("hall", 0.016), step("room", 0.016)],
        workloads=[gang, service],
        agreements=[agreement("loan", "a", "t")],
        legs=[leg("a", "t", 8, lot="a-lot", until_on=14)],
    )
    return numbers(of, "as_agreed")


@pytest.mark.parametrize("smallest", [4, 8, 12, 16])
def test_where_some_are_handed_back_each_period_stands_for_itself(smallest):
    tables, labels = lent_for_a_gang(smallest)
    assert tables.fleet_returns.any()
    best, _ = whole(tables, labels)
    assert isinstance(best, Solved)
    found = placed_gangs(tables, labels, Effort(), GAP_FRAC)
    assert found is not None
    assert found.objective_value == pytest.approx(best.objective_value, rel=1e-5)


@pytest.mark.parametrize("more", [1e9, -1e9])
def test_what_is_won_or_lost_anyway_changes_nothing(more):
    tables, labels = tight(15)
    plain = searched(tables, labels)
    constant = tables.constant.copy()
    constant[0] += more
    shifted = placed_gangs(replace(tables, constant=constant), labels, Effort(), GAP_FRAC / 100)
    assert shifted is not None
    assert shifted.objective_value - more == pytest.approx(plain.objective_value, rel=2 * GAP_FRAC)
    assert (shifted.options == plain.options).all()


def test_two_searches_are_the_same():
    tables, labels = tight(15)
    first, second = searched(tables, labels), searched(tables, labels)
    assert first.objective_value == second.objective_value
    assert first.bound_value == second.bound_value
    for name in ("options", "cells", "standing"):
        assert (getattr(first, name) == getattr(second, name)).all()


def test_what_is_proved_holds_whenever_time_runs_out():
    tables, labels = tight(15)
    best = searched(tables, labels)
    bounds, plans = [], 0
    for ticks in (1, 5, 10, 20, 40, 80, 1_000):
        clock = iter(range(100_000))
        effort = Effort(time_limit_seconds=float(ticks), clock=lambda clock=clock: float(next(clock)))
        found = placed_gangs(tables, labels, effort, GAP_FRAC)
        if found is None:
            continue
        plans += 1
        bounds.append(found.bound_value)
        assert found.objective_value <= best.bound_value + 1e-6
        assert found.bound_value >= best.objective_value - 1e-6
    assert plans >= 3
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[0] > bounds[-1]


def test_long_searches_say_how_far_they_are():
    heard: list[str] = []
    clock = iter(range(100_000))
    effort = Effort(clock=lambda: float(next(clock)), say=heard.append)
    tables, labels = tight(15)
    assert placed_gangs(tables, labels, effort, GAP_FRAC) is not None
    assert heard
    assert all(line.startswith("places of gangs: ") for line in heard)
    assert any("a plan worth" in line for line in heard)
