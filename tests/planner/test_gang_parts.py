"""Places of gangs part by part, beside one search for all of them."""

from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from armslength.model.as_of import as_of
from armslength.planner.building import Kept
from armslength.planner.effort import Effort
from armslength.planner.gang_parts import parts_of_sites, placed_by_parts
from armslength.planner.gang_search import placed_gangs
from armslength.planner.linear import Answer, solve_linear
from armslength.planner.tables import Bools, Labels, Tables
from benchmarks.draw import SPECS
from benchmarks.generator import make_case
from planner.cases_by_hand import numbers

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


def drawn(seed: int, spec=REGIONS) -> tuple[Tables, Labels, Bools, Answer]:
    tables, labels = numbers(as_of(make_case(spec, seed), None), "shared")
    everything = np.ones(len(tables.option_workload), dtype=bool)
    return tables, labels, everything, solve_linear(tables, labels, everything, "test", None)


def test_sites_are_tied_by_the_work_that_may_run_at_either():
    tables, _, everything, _ = drawn(1)
    part = parts_of_sites(tables, everything)
    assert sorted(set(part)) == [0, 1]
    site = tables.holding_site[tables.option_holding]
    for workload in range(len(tables.single)):
        assert len(set(part[site[tables.option_workload == workload]])) <= 1
    assert sorted(parts_of_sites(tables, ~everything)) == list(range(len(part)))


@seeds
def test_what_is_found_is_a_plan_near_the_best(seed):
    tables, labels, everything, start = drawn(seed)
    found = placed_by_parts(tables, labels, everything, start, Effort(), 1000.0)
    assert found is not None
    options, installed = found
    per_gang = np.bincount(tables.option_workload, options, minlength=len(tables.single))
    assert (per_gang[tables.single] <= 1).all()
    standing = tables.enough_of(np.floor(installed + 1e-3))
    best = placed_gangs(tables, labels, Effort(), 1e-4)
    assert best is not None
    # What stands keeps every rule: with use only where enough stand, and as much standing, there is a plan.
    single = tables.single[tables.option_workload][:, None]
    kept = Kept(standing | ~single, None, standing & single & options[:, None])
    plan = solve_linear(tables, labels, options, "test", None, kept)
    assert 0.97 * best.objective_value <= plan.objective_value <= best.bound_value * (1 + 1e-9)


def test_a_run_of_one_part_is_left_to_others():
    tables, labels, everything, start = drawn(1, replace(REGIONS, region_count=0))
    assert placed_by_parts(tables, labels, everything, start, Effort(), 1000.0) is None


@pytest.mark.parametrize("seconds", [-5.0, 59.0, 61.0])
def test_without_time_for_every_part_there_is_nothing(seconds):
    tables, labels, everything, start = drawn(2)
    # Each look at the clock takes half a minute: two parts are begun with 61 seconds, and neither gets far.
    clock = count(step=30)
    effort = Effort(time_limit_seconds=1000.0, clock=lambda: float(next(clock)))
    assert placed_by_parts(tables, labels, everything, start, effort, seconds) is None
