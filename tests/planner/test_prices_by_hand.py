"""Binding rules and their prices: what one more unit of each scarce thing would be worth, found by adding the unit.

Two weeks of 168 hours; a GPU-hour is worth 2 USD, so an accelerator for the two weeks is worth 672 USD.
"""

from typing import Any

import pytest

from armslength.model.plan import Plan
from planner.cases_by_hand import (
    alone,
    demand,
    lot,
    one_hall,
    serving,
    step,
    training,
    two_lots,
    weeks,
)

CENT = 0.01


def price(plan: Plan, family: str) -> dict[tuple[str, ...], float]:
    return {row.key: row.marginal_value for row in plan.bindings if row.family == family}


def test_a_megawatt_more_is_worth_a_thousand_accelerators():
    plan = alone(one_hall(0.5))
    assert sum(price(plan, "power").values()) == pytest.approx(672_000, abs=1)
    assert price(plan, "received") == {}
    # Half a megawatt more makes it so.
    assert alone(one_hall(1.0)).total_value - plan.total_value == pytest.approx(0.5 * 672_000, abs=1)


def test_where_there_is_room_an_accelerator_more_is_worth_its_work():
    plan = alone(one_hall(2.0))
    assert sum(price(plan, "received").values()) == pytest.approx(672, abs=CENT)
    assert price(plan, "power") == {}


def test_a_slot_more_is_worth_an_accelerator():
    plan = alone(one_hall(steps=[step("hall", 5.0, 0, 400)]))
    assert sum(price(plan, "slots").values()) == pytest.approx(672, abs=CENT)


def test_an_hour_more_of_work_is_worth_its_value():
    plan = alone(one_hall(workloads=[training("t", work_gpu_hours=1000.0)]))
    assert price(plan, "work") == {("t-train",): pytest.approx(2, abs=1e-6)}
    assert "t-train is finished" in next(row.text for row in plan.bindings if row.family == "work")


def test_an_accelerator_more_wanted_is_worth_a_week():
    plan = alone(one_hall(workloads=[serving("t")], demand=[demand("t-serve", 100)]))
    # The whole demand of two weeks is cheap to serve: 168 x 2 USD for each.
    weekly = {("t-serve", "2024-01-01"): 336, ("t-serve", "2024-01-08"): 336}
    assert price(plan, "demand") == pytest.approx(weekly, abs=CENT)


def test_a_lot_a_week_sooner_is_worth_a_week():
    plan = alone(two_lots())
    # One more in the first week, that is one moved forward, is worth 336; one more in all 336 as well.
    assert price(plan, "received") == pytest.approx(
        {("t:h100", "2024-01-01"): 336, ("t:h100", "2024-01-08"): 336}, abs=CENT
    )
    sooner = alone(two_lots(lots=[lot("t", 9, 0, "first"), lot("t", 7, 7, "second")]))
    assert sooner.total_value - plan.total_value == pytest.approx(336, abs=CENT)


def test_a_crew_twice_as_fast_is_worth_what_comes_sooner():
    slow, fast = (alone(one_hall(horizon=weeks(3), site={"commissioning_gpus_per_week": rate})) for rate in (200, 400))
    assert sum(price(slow, "commissioning").values()) > 0
    # 200 a week: (200 + 600 + 1,000) x 84 GPU-hours; 400: (400 + 1,200) x 84, then 800 x 168 + 200 x 126
    assert slow.total_value == pytest.approx(1_800 * 84 * 2, rel=1e-6)
    assert fast.total_value == pytest.approx((1_600 * 84 + 800 * 168 + 200 * 126) * 2, rel=2e-3)


def test_bindings_come_dearest_first_and_in_words():
    plan = alone(one_hall(0.5))
    values = [row.marginal_value for row in plan.bindings]
    assert values == sorted(values, reverse=True)
    assert all(value > 0 for value in values)
    dearest = plan.bindings[0]
    assert (dearest.family, dearest.key[0], dearest.unit) == ("power", "hall", "MW from then on")
    assert "All power of hall is taken" in dearest.text


@pytest.mark.parametrize("tables", [{"workloads": []}, {"lots": []}, {"steps": []}])
def test_where_nothing_is_scarce_nothing_has_a_price(tables: dict[str, Any]):
    assert alone(one_hall(**tables)).bindings == ()
