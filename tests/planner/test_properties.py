"""What holds for every case, on small random ones: sharing, order, capacity, money, repetition, gaps and the check."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armslength.model.case import ALL_KINDS, TABLES, Case
from armslength.model.noun import When, on_day
from armslength.model.plan import Plan
from armslength.model.supply import Step
from armslength.planner.check import check
from armslength.planner.method import Effort
from armslength.planner.runs import run_plan
from armslength.service.planning import plan_case
from planner.cases_by_hand import idle_by_cause, solved
from planner.random_cases import SEEDS, generated, random_case, simple_cases, spec

GAP = 1e-6
EFFORT = Effort(gap_frac=GAP)
FEW = settings(max_examples=12)


def planned(of: Case, run: str, strict: bool = False, floor: dict[str, float] | None = None) -> Plan:
    return run_plan(of, run, Effort(gap_frac=1e-3, strict=strict), floor)  # type: ignore[arg-type]


def within(plan: Plan) -> float:
    """Returns by how much money a plan may fall short of the best: its proved gap, and a cent."""
    return plan.provenance.bound_value - plan.total_value + 0.01


@FEW
@given(generated(), st.booleans())
def test_every_plan_keeps_every_rule(of, strict):
    before = planned(of, "alone", strict)
    plan = planned(of, "shared", strict)
    assert check(of, before) == ()
    assert check(of, plan, before) == ()


@FEW
@given(generated())
def test_sharing_is_worth_at_least_as_much_as_standing_alone(of):
    before, after = planned(of, "alone"), planned(of, "shared")
    assert after.total_value >= before.total_value - within(after)
    assert after.provenance.bound_value >= before.total_value - 0.01


@FEW
@given(simple_cases())
def test_sharing_in_kind_leaves_nobody_below_alone(of):
    before = solved(of, "alone")
    floor = {row.organisation: row.own_value for row in before.results}
    after = planned(of, "shared", floor=floor)
    for row in after.results:
        # Whole accelerators: each site may lose one for the time of the horizon, at up to 5 USD.
        assert row.own_value >= floor[row.organisation] - 0.01
    assert after.total_value >= before.total_value - 0.01


@settings(max_examples=6)
@given(simple_cases())
def test_after_the_split_nobody_is_below_alone(of):
    found = plan_case(of, ("alone", "shared"), gap=GAP)
    for row in found.verdicts:
        assert row.gain_value >= -0.01
    net: dict[str, float] = {}
    for payment in found.payments:
        net[payment.payee] = net.get(payment.payee, 0) + payment.amount_cost
        net[payment.payer] = net.get(payment.payer, 0) - payment.amount_cost
    for row in found.verdicts:
        assert net.get(row.organisation, 0) == pytest.approx(row.settlement_value, abs=0.02)


def shuffled(of: Case, seed: int) -> Case:
    """Returns the same case with the rows of every table, and names inside rows, in another order."""
    rng = random.Random(seed)

    def mixed(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(rng.sample(rows, len(rows)))

    tables = {table: mixed(getattr(of, table)) for table in TABLES}
    tables["workloads"] = tuple(
        row.model_copy(update={"skus": mixed(row.skus)}) for row in tables["workloads"]
    )
    return of.model_copy(update=tables)


@settings(max_examples=6)
@given(SEEDS, SEEDS)
def test_the_order_of_rows_changes_nothing(seed, order):
    of = random_case(seed, spec(days=56, workloads=3))
    plain = plan_case(of, ("alone", "shared"), gap=1e-3)
    mixed = plan_case(shuffled(of, order), ("alone", "shared"), gap=1e-3)
    for one, other in zip(plain.plans, mixed.plans, strict=True):
        same = one.model_copy(update={"case_digest": other.case_digest})
        assert same.model_dump_json() == other.model_dump_json()


@settings(max_examples=6)
@given(generated())
def test_the_same_case_gives_the_same_bytes(of):
    first, second = (planned(of, "shared").model_dump_json() for _ in range(2))
    assert first == second


def more_power(of: Case, index: int) -> Case:
    steps = list(of.steps)
    chosen = steps[index % len(steps)]
    steps[index % len(steps)] = chosen.model_copy(update={"power_mw": (chosen.power_mw or 0.0) + 0.05})
    return of.model_copy(update={"steps": tuple(steps)})


def more_chips(of: Case, index: int) -> Case:
    lots = list(of.lots)
    chosen = lots[index % len(lots)]
    lots[index % len(lots)] = chosen.model_copy(update={"gpus": chosen.gpus + 37})
    return of.model_copy(update={"lots": tuple(lots)})


@FEW
@given(simple_cases(), st.integers(0, 5), st.sampled_from([more_power, more_chips]))
def test_more_capacity_is_never_worth_less(of, index, change):
    for run in ("alone", "shared"):
        before, after = solved(of, run), solved(change(of, index), run)
        assert after.total_value >= before.total_value - 0.02


@FEW
@given(simple_cases(), st.integers(0, 5))
def test_a_kind_of_agreement_more_is_never_worth_less(of, dropped):
    kinds = tuple(kind for number, kind in enumerate(ALL_KINDS) if number != dropped)
    fewer = of.model_copy(update={"sharing": of.sharing.model_copy(update={"kinds": kinds})})
    assert solved(of, "shared").total_value >= solved(fewer, "shared").total_value - 0.02


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


@settings(max_examples=6)
@given(SEEDS)
def test_ten_times_the_money_is_ten_times_the_worth(seed):
    of = random_case(seed, spec(days=56, workloads=3))
    for run in ("alone", "shared"):
        one, ten = planned(of, run), planned(times_ten(of), run)
        assert ten.total_value == pytest.approx(10 * one.total_value, abs=10 * within(one) + within(ten))


@FEW
@given(generated())
def test_strict_gangs_are_never_worth_more_than_duty(of):
    for run in ("alone", "shared"):
        strict, duty = planned(of, run, strict=True), planned(of, run)
        assert strict.total_value <= duty.provenance.bound_value + 0.01
        assert strict.strict_gangs
        assert not duty.strict_gangs


@FEW
@given(generated())
def test_strict_gangs_never_run_below_their_smallest_size(of):
    plan = planned(of, "shared", strict=True)
    hours: dict[tuple[str, int], float] = {}
    for row in plan.uses:
        key = row.workload, row.period_index
        hours[key] = hours.get(key, 0.0) + row.used_gpu_hours
    smallest = {row.id: row.gang_gpus_min for row in of.workloads if row.start_on is None}
    for (workload, period), used in hours.items():
        least = smallest.get(workload, 0) * plan.periods[period].counted_hours
        assert used >= least - 0.01


@FEW
@given(generated())
def test_idle_gpu_hours_add_up_by_cause(of):
    for run in ("alone", "shared"):
        plan = planned(of, run)
        idle: dict[str, float] = {}
        used: dict[str, float] = {}
        for row in plan.idle:
            assert row.idle_gpu_hours > 0
            idle[row.title] = idle.get(row.title, 0.0) + row.idle_gpu_hours
        for use in plan.uses:
            used[use.title] = used.get(use.title, 0.0) + use.used_gpu_hours
        for result in plan.results:
            name = result.organisation
            # Exactly: to a hundredth of a GPU-hour for each SKU and period.
            rounding = 0.01 * len(of.skus) * len(plan.periods)
            assert idle.get(name, 0.0) == pytest.approx(result.idle_gpu_hours, abs=1e-3)
            together = idle.get(name, 0.0) + used.get(name, 0.0)
            assert together == pytest.approx(result.received_gpu_hours, abs=rounding)
        assert sum(idle_by_cause(plan).values()) == pytest.approx(sum(idle.values()))


@FEW
@given(generated())
def test_the_plan_is_within_its_proved_gap_of_its_bound(of):
    plan = planned(of, "shared")
    source = plan.provenance
    assert source.objective_value == pytest.approx(plan.total_value)
    assert source.bound_value >= source.objective_value - 0.01
    assert source.proved == (source.gap_frac <= 1e-3)


@settings(max_examples=6)
@given(simple_cases())
def test_a_hall_that_opens_twice_over_is_the_same_hall(of):
    """Steps that say what is so already change nothing."""
    again = tuple(
        Step(id=f"{row.id}-again", site=row.site, from_on=row.from_on, power_mw=row.power_mw)
        for row in of.steps
        if row.from_on.p50_on != of.horizon.start_on
    )
    later = tuple(row.model_copy(update={"from_on": _next_week(row)}) for row in again)
    for run in ("alone", "shared"):
        one = solved(of, run)
        other = solved(of.model_copy(update={"steps": (*of.steps, *later)}), run)
        assert other.total_value == pytest.approx(one.total_value, abs=0.02)


def _next_week(row: Step) -> When:
    return on_day(row.from_on.p50_on + timedelta(days=7))
