"""What the wait could have trained: by hand on a small case, and on the shipped redirect."""

from datetime import date

import pytest

from armslength import plan
from armslength.demand.waiting import WAITING, waiting_gpu_hours
from armslength.model.noun import on_day
from demand.swapped_lot import FIRST, waiting_case


@pytest.fixture(scope="module")
def waited():
    return plan(waiting_case(), runs=("alone",))


def test_the_wait_by_hand(waited):
    case, alone = waited.case, waited.plan_of("alone")
    hours = {lot.id: waiting_gpu_hours(case, alone, lot) for lot in case.lots}
    assert hours["first"] == pytest.approx(1000 * 182 * 24)
    assert hours["second"] == pytest.approx(500 * 122 * 24)
    assert hours["back"] == pytest.approx(0, abs=1)


def test_waits_add_up_to_the_idle_hours_of_the_plan(waited):
    case, alone = waited.case, waited.plan_of("alone")
    idle = sum(row.idle_gpu_hours for row in alone.idle if row.title == "owner" and row.cause in WAITING)
    waits = sum(waiting_gpu_hours(case, alone, lot) for lot in case.lots if lot.owner == "owner")
    assert waits == pytest.approx(idle)


def test_the_first_received_goes_first_into_a_hall_too_small_for_all():
    found = plan(waiting_case(hall_mw=1.0), runs=("alone",))
    hours = {lot.id: waiting_gpu_hours(found.case, found.plan_of("alone"), lot) for lot in found.case.lots}
    assert hours["first"] == pytest.approx(1000 * 182 * 24)
    assert hours["second"] == pytest.approx(500 * 306 * 24)


def test_only_lots_that_moved_and_waited_are_told(waited):
    (prospect,) = waited.prospects
    assert (prospect.lot, prospect.organisation, prospect.lot_gpus) == ("first", "owner", 1000)
    assert prospect.months.central_quantity == pytest.approx(182 / 30.4375)
    assert "6.0 months" in prospect.text


def test_operations_and_runs_by_hand(waited):
    (prospect,) = waited.prospects
    hours = 1000 * 182 * 24
    # Dense: whole-run utilisation of 0.39 x 0.87 on 989.4 TFLOP/s.
    flop = hours * 3600 * 989.4e12 * 0.39 * 0.87
    assert prospect.model_flop.central_quantity == pytest.approx(flop)
    run = next(row.runs for row in prospect.runs if row.model == "llama-2-70b")
    assert run.central_quantity == pytest.approx(hours / waited.sizings[0].size.central_quantity)
    # The fewer GPU-hours a run takes, the more runs fit.
    assert run.quantity_high == pytest.approx(hours / waited.sizings[0].size.quantity_low)
    assert run.quantity_low == pytest.approx(hours / waited.sizings[0].size.quantity_high)


def test_no_wait_no_prospect():
    assert plan(waiting_case(opens=FIRST), runs=("alone",)).prospects == ()


def test_cases_that_speak_of_no_model_are_told_nothing():
    bare = waiting_case()
    workloads = tuple(row.model_copy(update={"model": None, "repeated": False}) for row in bare.workloads)
    found = plan(bare.model_copy(update={"workloads": workloads}), runs=("alone",))
    assert (found.sizings, found.prospects) == ((), ())


def test_models_that_were_not_out_are_no_yardsticks():
    found = plan(waiting_case(), runs=("alone",), as_of=date(2024, 1, 15))
    named = {row.model for row in found.prospects[0].runs}
    assert {"grok-1", "gpt-4", "llama-2-70b"} <= named
    assert not {"grok-2", "deepseek-v3", "llama-3.1-405b"} & named


@pytest.fixture(scope="module")
def redirect(shipped_redirect):
    return plan(shipped_redirect.model_copy(update={"questions": ()}), runs=("alone",))


def test_the_twelve_thousand_of_the_redirect(redirect):
    (prospect,) = redirect.prospects
    assert (prospect.lot, prospect.lot_gpus) == ("tesla-shipped", 12_000)
    # From 16 January to 31 October 2024: 289 days, and a day or two of commissioning and burn-in on a monthly grid.
    hours = prospect.waiting.central_quantity
    assert 12_000 * 289 * 24 <= hours <= 12_000 * 293 * 24
    # 6.6e25 FLOP for six months of 12,000 at 0.35: the same for nine and a half at 0.39 x 0.87.
    low, central, high = (
        getattr(prospect.model_flop, end) for end in ("quantity_low", "central_quantity", "quantity_high")
    )
    assert central == pytest.approx(6.6e25 * hours / 52.6e6 * 0.39 * 0.87 / 0.35, rel=0.01)
    assert 0.7 * central < low < central < high < 1.3 * central


def test_the_wait_of_the_redirect_moves_with_the_hall(shipped_redirect):
    bare = shipped_redirect.model_copy(update={"questions": ()})
    steps = tuple(
        row.model_copy(update={"from_on": on_day(date(2024, 4, 1))}) if row.id == "texas-hall-opens" else row
        for row in bare.steps
    )
    (prospect,) = plan(bare.model_copy(update={"steps": steps}), runs=("alone",)).prospects
    # From 16 January to 1 April: 76 days.
    assert 12_000 * 76 * 24 <= prospect.waiting.central_quantity <= 12_000 * 82 * 24


def test_the_redirect_sizes_the_family_the_driving_stack_and_the_service(redirect):
    sizes = {row.workload: row for row in redirect.sizings}
    assert set(sizes) == {"driving-training", "grok-1.5-training", "grok-2-training", "grok-chat", "memphis-training"}
    # 2.96e25 FLOP: 18, 24 and 33 million hours at whole-run utilisation of 0.45, 0.35 and 0.25.
    size = sizes["grok-2-training"].size
    assert size.quantity_low < 18e6 < 33e6 < size.quantity_high
    assert sizes["memphis-training"].repeated
    assert sizes["grok-chat"].size.unit == "GPUs"
    assert all(row.size.quantity_low < row.size.central_quantity < row.size.quantity_high for row in sizes.values())
