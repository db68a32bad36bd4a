"""Gangs of the largest runs, placed part by part: beside the search for all of them at once."""

from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from armslength.model.as_of import as_of
from armslength.model.supply import Site
from armslength.planner import gathering, method, runs, stock_first
from armslength.planner.building import Kept
from armslength.planner.check import check
from armslength.planner.effort import Effort
from armslength.planner.gang_search import placed_gangs
from armslength.planner.gathering import Gathered, earned, gathered, parts_of_sites
from armslength.planner.linear import Answer, solve_linear
from armslength.planner.runs import run_plan
from armslength.planner.tables import Labels, Tables
from armslength.solver.outcome import NoAnswer
from benchmarks.draw import SPECS
from benchmarks.generator import make_case
from planner.cases_by_hand import numbers, one_hall, step, training

# Two regions: no work may run in both. Few accelerators, so that gangs must wait until enough stand together.
REGIONS = replace(
    SPECS["XS"],
    organisations=3,
    sites=6,
    workloads=12,
    region_count=2,
    single_fabric_frac=1.0,
    gpus_per_organisation=600,
)
seeds = pytest.mark.parametrize("seed", [1, 2, 3, 4])


def drawn(seed: int, spec=REGIONS) -> tuple[Tables, Labels, Answer]:
    tables, labels = numbers(as_of(make_case(spec, seed), None), "shared")
    everything = np.ones(len(tables.option_workload), dtype=bool)
    return tables, labels, solve_linear(tables, labels, everything, "test", None, solver_method="interior")


def found(seed: int, seconds: float | None = None, effort: Effort | None = None) -> tuple[Tables, Labels, Gathered]:
    tables, labels, rough = drawn(seed)
    return tables, labels, gathered(tables, rough, effort or Effort(), seconds)


def test_sites_are_tied_by_the_work_that_may_run_at_either():
    tables, _, rough = drawn(1)
    part = parts_of_sites(tables, rough.layout.options)
    assert sorted(set(part)) == [0, 1]
    site = tables.holding_site[tables.option_holding]
    for workload in range(len(tables.single)):
        assert len(set(part[site[tables.option_workload == workload]])) <= 1
    assert sorted(parts_of_sites(tables, ~rough.layout.options)) == list(range(len(part)))


@seeds
def test_what_is_found_is_a_plan_near_the_best(seed):
    tables, labels, plan = found(seed)
    workload = tables.option_workload
    per_gang = np.bincount(workload, plan.options, minlength=len(tables.single))
    assert (per_gang[tables.single] <= 1).all()
    assert not plan.use[~plan.options].any()
    standing = tables.enough_of(np.floor(plan.installed + 1e-3))
    assert not plan.use[~standing & tables.single[workload][:, None]].any()
    assert plan.objective_value == pytest.approx(earned(tables, plan.use).sum() + tables.constant.sum(), rel=1e-3)
    # What stands keeps every rule: with use only where enough stand, and as much standing, there is such a plan.
    single = tables.single[workload][:, None]
    kept = Kept(standing | ~single, None, standing & single & plan.options[:, None])
    solved = solve_linear(tables, labels, plan.options, "test", None, kept)
    assert solved.objective_value >= plan.objective_value * (1 - 1e-5)
    best = placed_gangs(tables, labels, Effort(), 1e-4)
    assert best is not None
    assert 0.97 * best.objective_value <= plan.objective_value <= best.bound_value * (1 + 1e-6)


@pytest.mark.parametrize(("least", "gathered_gpus", "worth"), [(500, 500, 369_600), (900, 0, 201_600)])
def test_accelerators_gather_where_that_is_worth_it(least, gathered_gpus, worth):
    """Two halls of 800 for 600 accelerators; a gang of 500 worth 2 USD beside other work worth 1 USD, for 336 hours."""
    gang = training("t", "gang", single_fabric=True, gang_gpus_min=least, gang_gpus_max=max(least, 500))
    other = training("t", "other", work_value_per_gpu_hour=1.0)
    halls = [Site(id="hall", owner="t"), Site(id="room", owner="t")]
    steps = [step("hall", 0.8), step("room", 0.8)]
    tables, labels = numbers(one_hall(gpus=600, sites=halls, steps=steps, workloads=[gang, other]))
    everything = np.ones(len(tables.option_workload), dtype=bool)
    rough = solve_linear(tables, labels, everything, "test", None, solver_method="interior")
    plan = gathered(tables, rough, Effort(), None)
    # 336 x (500 x 2 + 100 x 1); a gang of 900 never begins: 336 x 600 x 1.
    assert plan.objective_value == pytest.approx(worth, rel=1e-5)
    assert plan.use[tables.single[tables.option_workload]].sum(axis=0) == pytest.approx([gathered_gpus] * 2, rel=1e-4)
    if gathered_gpus:
        assert plan.installed.max(axis=0).min() >= least


@seeds
def test_a_plan_of_several_parts_keeps_every_rule(seed, monkeypatch):
    monkeypatch.setattr(stock_first, "STOCK_CELLS_MAX", -1)
    monkeypatch.setattr(method, "EXACT_CELLS_MAX", -1)
    monkeypatch.setattr(runs, "WHOLE_CELLS_MAX", -1)
    monkeypatch.setattr(runs, "COARSE_PERIODS", 4)
    of = as_of(make_case(REGIONS, seed), None)
    best = placed_gangs(*numbers(of, "shared"), Effort(), 1e-4)
    assert best is not None
    plan = run_plan(of, "shared", Effort(gap_frac=1e-3))
    assert plan.provenance.method == "stock first"
    assert not check(of, plan)
    assert 0.96 * best.objective_value <= plan.provenance.objective_value <= best.bound_value * (1 + 1e-6)
    assert plan.provenance.bound_value >= best.objective_value * (1 - 1e-6)


def test_rounds_never_make_it_worse_and_end_with_the_time(monkeypatch):
    said: list[str] = []
    clock = count()
    effort = Effort(clock=lambda: float(next(clock)), say=said.append)
    found(2, 1000.0, effort)
    worth = [float(line.rsplit(" ", 1)[1].replace(",", "")) for line in said if "round" in line]
    assert worth == sorted(worth)
    assert len(worth) > 2
    said.clear()
    found(2, 2.0, effort)
    assert sum("round" in line for line in said) == 1  # the first is always made
    said.clear()
    monkeypatch.setattr(gathering, "ROUNDS_MAX", 2)
    found(2, None, effort)
    assert sum("round" in line for line in said) == 2


def test_a_part_that_cannot_be_solved_stays_as_it_was(monkeypatch):
    monkeypatch.setattr(gathering, "solve", lambda *_: NoAnswer(()))
    tables, _, rough = drawn(1)
    plan = gathered(tables, rough, Effort(), None)
    assert plan.installed == pytest.approx(rough.installed)
    per_gang = np.bincount(tables.option_workload, plan.options, minlength=len(tables.single))
    assert (per_gang[tables.single] <= 1).all()
