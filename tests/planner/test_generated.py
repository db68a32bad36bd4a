"""What holds for every plan, on small random cases with everything in them: gangs, services, crews, burn-in, prices."""

import random
from typing import Any

import pytest

from armslength.model.case import TABLES, Case, Run
from armslength.model.plan import Plan
from armslength.planner.check import check
from armslength.planner.effort import Effort
from armslength.planner.runs import run_plan
from armslength.service.planning import plan_case
from planner.cases_by_hand import idle_by_cause
from planner.random_cases import POOL, POOL_GAP, plan_of, pooled

CENT = 0.01
RUNS: tuple[Run, ...] = ("alone", "shared")
every_case = pytest.mark.parametrize("name", POOL)
every_run = pytest.mark.parametrize("run", RUNS)
both_gangs = pytest.mark.parametrize("strict", [False, True], ids=["duty", "strict"])


def short_of(plan: Plan) -> float:
    """Returns by how much money a plan may fall short of the best there is."""
    return plan.provenance.bound_value - plan.total_value + CENT


@every_case
@every_run
@both_gangs
def test_every_plan_keeps_every_rule(name, run, strict):
    before = plan_of(name, "alone", strict)
    assert check(pooled(name), plan_of(name, run, strict), before) == ()


@every_case
@both_gangs
def test_sharing_is_worth_at_least_as_much_as_standing_alone(name, strict):
    before, after = plan_of(name, "alone", strict), plan_of(name, "shared", strict)
    assert after.total_value >= before.total_value - CENT
    assert after.provenance.bound_value >= before.total_value - CENT


@every_case
@every_run
@both_gangs
def test_the_bound_is_above_the_plan_and_proved_says_how_near(name, run, strict):
    source = plan_of(name, run, strict).provenance
    assert source.objective_value == pytest.approx(plan_of(name, run, strict).total_value)
    assert source.bound_value >= source.objective_value - CENT
    assert source.proved == (source.gap_frac <= POOL_GAP)
    assert source.options["gangs"] == ("strict" if strict else "duty")


@every_case
@every_run
def test_strict_gangs_are_never_worth_more_than_duty(name, run):
    strict, duty = plan_of(name, run, True), plan_of(name, run)
    assert strict.total_value <= duty.provenance.bound_value + CENT
    assert strict.strict_gangs
    assert not duty.strict_gangs


@every_case
@every_run
def test_strict_gangs_run_at_their_smallest_size_or_not_at_all(name, run):
    plan = plan_of(name, run, True)
    hours: dict[tuple[str, int], float] = {}
    for row in plan.uses:
        key = row.workload, row.period_index
        hours[key] = hours.get(key, 0.0) + row.used_gpu_hours
    smallest = {row.id: row.gang_gpus_min for row in pooled(name).workloads if row.start_on is None}
    for (workload, period), used in hours.items():
        assert used >= smallest.get(workload, 0) * plan.periods[period].counted_hours - 0.01


@every_case
@every_run
@both_gangs
def test_idle_gpu_hours_add_up_by_cause(name, run, strict):
    plan = plan_of(name, run, strict)
    idle: dict[tuple[str, str, int], float] = {}
    for row in [*plan.idle, *plan.uses]:
        key = row.title, row.sku, row.period_index
        hours = row.idle_gpu_hours if hasattr(row, "idle_gpu_hours") else row.used_gpu_hours
        assert hours > 0
        idle[key] = idle.get(key, 0.0) + hours
    received = {(row.title, row.sku, row.period_index): row.received_gpu_hours for row in plan.supplies}
    for key in idle.keys() | received.keys():
        assert idle.get(key, 0.0) == pytest.approx(received.get(key, 0.0), abs=0.01)
    total = sum(row.idle_gpu_hours for row in plan.results)
    assert sum(idle_by_cause(plan).values()) == pytest.approx(total)


def shuffled(of: Case, seed: int) -> Case:
    """Returns the same case with the rows of every table, and names inside rows, in another order."""
    rng = random.Random(seed)

    def mixed(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(rng.sample(rows, len(rows)))

    tables = {table: mixed(getattr(of, table)) for table in TABLES}
    tables["workloads"] = tuple(row.model_copy(update={"skus": mixed(row.skus)}) for row in tables["workloads"])
    return of.model_copy(update=tables)


@pytest.mark.parametrize("name", ["month-2-40-0", "four_weeks-2-40-1"])
@pytest.mark.parametrize("order", [1])
def test_the_order_of_rows_changes_nothing(name, order):
    of = pooled(name)
    plain = plan_case(of, RUNS, gap=POOL_GAP)
    mixed = plan_case(shuffled(of, order), RUNS, gap=POOL_GAP)
    for one, other in zip(plain.plans, mixed.plans, strict=True):
        same = one.model_copy(update={"case_digest": other.case_digest})
        assert same.model_dump_json() == other.model_dump_json()
    assert plain.model_copy(update={"case": None, "plans": ()}) == mixed.model_copy(update={"case": None, "plans": ()})


@pytest.mark.parametrize("name", list(POOL)[::4])
@every_run
def test_the_same_case_gives_the_same_bytes(name, run):
    again, once_more = (run_plan(pooled(name), run, Effort(gap_frac=POOL_GAP)) for _ in range(2))
    assert again.model_dump_json() == once_more.model_dump_json()


MONEY = {
    "workloads": ("work_value_per_gpu_hour", "lateness_cost_per_week"),
    "prices": ("market_price_per_gpu_hour",),
}


def times_ten(of: Case) -> Case:
    tables: dict[str, Any] = {}
    for table, names in MONEY.items():
        rows = []
        for row in getattr(of, table):
            values = {name: getattr(row, name) for name in names}
            rows.append(row.model_copy(update={n: 10 * v for n, v in values.items() if v is not None}))
        tables[table] = tuple(rows)
    return of.model_copy(update=tables)


@pytest.mark.parametrize("name", list(POOL)[1::4])
@every_run
def test_ten_times_the_money_is_ten_times_the_worth(name, run):
    one = plan_of(name, run)
    ten = run_plan(times_ten(pooled(name)), run, Effort(gap_frac=POOL_GAP))
    assert ten.total_value == pytest.approx(10 * one.total_value, abs=10 * short_of(one) + short_of(ten))
    assert ten.provenance.bound_value >= 10 * one.total_value - CENT
