"""Cases at the edge: each has a sensible answer, which its test states."""

from datetime import date

import pytest

from armslength.errors import Infeasible, InvalidCase
from armslength.model.case import Horizon, Run
from armslength.model.supply import Sku
from armslength.planner.check import check
from armslength.service.planning import plan_case
from planner.cases_by_hand import (
    MONDAY,
    alone,
    case,
    day,
    demand,
    idle_by_cause,
    lot,
    one_hall,
    serving,
    shared,
    solved,
    step,
    stock,
    training,
    used,
    weeks,
)

RUNS: tuple[Run, ...] = ("alone", "as_agreed", "shared")
ALL = 1000 * 336.0


@pytest.mark.parametrize("run", RUNS)
def test_without_work_accelerators_are_energised_and_idle(run):
    plan = solved(one_hall(workloads=[]), run)
    assert plan.total_value == 0
    assert idle_by_cause(plan) == {"no work": pytest.approx(ALL)}


@pytest.mark.parametrize("run", RUNS)
def test_one_organisation_plans_the_same_in_every_run(run):
    plan = solved(one_hall(), run)
    assert used(plan) == pytest.approx(ALL)
    assert plan.deals == ()


def test_one_organisation_has_no_verdicts_and_no_split():
    found = plan_case(one_hall())
    assert [plan.run for plan in found.plans] == ["alone", "shared"]
    assert found.verdicts == ()
    assert found.splits == ()
    assert any("no run as agreed" in note for note in found.notes)


@pytest.mark.parametrize("run", RUNS)
def test_a_lot_of_zero_is_nothing(run):
    plan = solved(one_hall(gpus=0), run)
    assert plan.total_value == 0
    assert (plan.supplies, plan.holdings, plan.uses, plan.idle) == ((), (), (), ())


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("steps", [[], [step("hall", 0.0)], [step("hall", 1.0, 14)], [step("hall", 1.0, 500)]])
def test_in_a_hall_that_never_opens_everything_waits_for_power(run, steps):
    plan = solved(one_hall(steps=steps), run)
    assert plan.total_value == 0
    assert plan.holdings == ()
    assert idle_by_cause(plan) == {"no power": pytest.approx(ALL)}


@pytest.mark.parametrize("run", RUNS)
def test_accelerators_without_any_hall_wait_for_power(run):
    plan = solved(one_hall(sites=[], steps=[]), run)
    assert idle_by_cause(plan) == {"no power": pytest.approx(ALL)}


@pytest.mark.parametrize("run", RUNS)
def test_what_is_dated_before_the_horizon_is_there_from_the_start(run):
    before = {"arrives": date(2023, 5, 1), "opens": date(2022, 1, 1)}
    of = one_hall(**before, workloads=[training("t", start_on=date(2023, 12, 1))])
    assert used(solved(of, run)) == pytest.approx(ALL)


def test_what_is_dated_after_the_horizon_never_comes():
    assert used(alone(one_hall(arrives=14))) == 0
    assert alone(one_hall(arrives=14)).supplies == ()
    assert used(alone(one_hall(workloads=[training("t", start_on=day(14))]))) == 0


def test_a_horizon_of_one_day():
    plan = alone(one_hall(horizon=Horizon(start_on=MONDAY, end_on=day(1))))
    assert len(plan.periods) == 1
    assert used(plan) == pytest.approx(24_000)


@pytest.mark.parametrize("run", RUNS)
def test_an_sku_that_does_nothing_for_the_work_stays_idle(run):
    useless = Sku(id="h100", site_kw_per_gpu=1.0, throughput_ratio={"training": 0.0, "serving": 1.0})
    plan = solved(one_hall(skus=[useless]), run)
    assert plan.total_value == 0
    assert sum(idle_by_cause(plan).values()) == pytest.approx(ALL)


def test_it_still_serves_where_it_serves():
    half = Sku(id="h100", site_kw_per_gpu=1.0, throughput_ratio={"training": 0.0, "serving": 0.5})
    both = [training("t"), serving("t")]
    plan = alone(one_hall(skus=[half], workloads=both, demand=[demand("t-serve", 100)]))
    # 200 at half the throughput
    assert used(plan) == pytest.approx(200 * 336)
    assert {row.workload for row in plan.uses} == {"t-serve"}


@pytest.mark.parametrize("run", RUNS)
def test_stock_beyond_a_sites_power_cannot_be(run):
    of = one_hall(lots=[], stock=[stock("t", "hall", 1001)])
    with pytest.raises(Infeasible) as caught:
        solved(of, run)
    families = {family for family, _ in caught.value.conflict}
    assert "power" in families
    assert families <= {"power", "keeps_standing"}
    assert any("hall" in key for family, key in caught.value.conflict if family == "power")
    assert "power (hall" in caught.value.message
    assert caught.value.hint


def test_stock_beyond_a_sites_slots_cannot_be():
    full = [step("hall", 5.0, 0, 1000)]
    of = one_hall(lots=[], stock=[stock("t", "hall", 1001)], steps=full)
    with pytest.raises(Infeasible) as caught:
        alone(of)
    assert {family for family, _ in caught.value.conflict} == {"slots", "keeps_standing"}


def test_the_use_case_says_the_same_of_what_cannot_be():
    of = one_hall(lots=[], stock=[stock("t", "hall", 1001)])
    with pytest.raises(Infeasible, match=r"(?s)1,001 h100 of t.*1 MW.*1.001 MW") as caught:
        plan_case(of)
    assert {family for family, _ in caught.value.conflict} == {"power", "keeps_standing"}


def test_stock_at_a_dark_site_waits_for_power():
    plan = alone(one_hall(lots=[], stock=[stock("t", "hall", 100)], steps=[]))
    assert plan.holdings == ()
    assert idle_by_cause(plan) == {"no power": pytest.approx(100 * 336)}


def test_an_empty_case_is_invalid_and_says_what_is_missing():
    with pytest.raises(InvalidCase) as caught:
        plan_case(case())
    assert any("nobody to plan for" in problem.message for problem in caught.value.problems)


@pytest.mark.parametrize("run", RUNS)
def test_organisations_with_nothing_are_planned_all_the_same(run):
    plan = solved(case("a", "b", horizon=weeks(1)), run)
    assert [row.organisation for row in plan.results] == ["a", "b"]
    assert plan.total_value == 0


def test_a_case_with_problems_is_refused_with_all_of_them():
    of = one_hall(lots=[lot("nobody", 5), lot("t", 5, name="x", sku="none")])
    with pytest.raises(InvalidCase) as caught:
        plan_case(of)
    places = {problem.place for problem in caught.value.problems}
    assert {"lots[0].owner", "lots[1].sku"} <= places


def test_work_worth_nothing_may_run_or_not():
    plan = alone(one_hall(workloads=[training("t", work_value_per_gpu_hour=0.0)]))
    assert plan.total_value == 0
    assert check(one_hall(workloads=[training("t", work_value_per_gpu_hour=0.0)]), plan) == ()


def test_a_gang_larger_than_all_there_is_never_runs():
    gang = training("t", gang_gpus_min=1001, gang_gpus_max=2000)
    for strict in (True, False):
        assert used(alone(one_hall(workloads=[gang]), strict=strict)) == 0


def test_a_gang_of_none_never_runs():
    assert used(alone(one_hall(workloads=[training("t", gang_gpus_max=0)]))) == 0


def test_work_of_no_hours_is_done():
    plan = alone(one_hall(workloads=[training("t", work_gpu_hours=0.0)]))
    assert used(plan) == 0
    assert plan.workloads[0].done_gpu_hours == 0


def test_a_million_accelerators_are_as_easy_as_a_thousand():
    plan = shared(one_hall(1_000.0, 1_000_000))
    assert used(plan) == pytest.approx(1_000_000 * 336, rel=1e-9)


def test_one_accelerator_is_a_plan_too():
    plan = alone(one_hall(0.001, 1))
    assert used(plan) == pytest.approx(336)
    assert {row.installed_gpus for row in plan.holdings} == {1}
