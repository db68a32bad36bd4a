"""What can be used when: receipt, power and slots to the day, crews, burn-in, and what a SKU draws at a site.

One organisation with work without end. A week of 1,000 accelerators is 168,000 GPU-hours; `days` below counts a
thousand accelerators for a day, 24,000 GPU-hours.
"""

from datetime import date

import pytest

from armslength.model.case import Case, Grid, Horizon
from armslength.model.plan import Plan
from armslength.model.supply import Site, Sku
from armslength.planner.check import check
from planner.cases_by_hand import (
    H100,
    MONDAY,
    alone,
    case,
    day,
    idle_by_cause,
    lot,
    one_hall,
    step,
    stock,
    training,
    used,
    used_by_period,
    weeks,
)

# Rounded to 0.00001 accelerators, of which there are a thousand in a "day".
NEARLY = 1e-6


def days(plan: Plan) -> list[float]:
    """Returns, per period, for how many days a thousand accelerators worked."""
    return [hours / 24_000 for hours in used_by_period(plan)]


def idle_days(plan: Plan) -> dict[str, float]:
    """Returns the same for idle accelerators by cause, without what rounding leaves."""
    return {cause: hours / 24_000 for cause, hours in idle_by_cause(plan).items() if hours > 0.1}


def test_a_lot_counts_from_the_day_of_receipt():
    plan = alone(one_hall(arrives=3))
    assert days(plan) == pytest.approx([4, 7], abs=NEARLY)
    assert idle_days(plan) == {}


def test_a_hall_counts_from_the_day_it_opens():
    plan = alone(one_hall(opens=10))
    assert days(plan) == pytest.approx([0, 4], abs=NEARLY)
    assert sum(idle_days(plan).values()) == pytest.approx(10, abs=NEARLY)


@pytest.mark.parametrize(("arrives", "opens", "first"), [(3, 5, 2), (5, 3, 2), (9, 2, 0), (2, 9, 0)])
def test_the_later_of_receipt_and_power_counts(arrives, opens, first):
    plan = alone(one_hall(arrives=arrives, opens=opens))
    # The first week has 7 - 5 = 2 days, or none with the second having 14 - 9 = 5.
    assert days(plan) == pytest.approx([first, 7 if first else 5], abs=NEARLY)


def test_burn_in_follows_the_later_of_receipt_and_power():
    plan = alone(one_hall(arrives=2, opens=4, site={"burn_in_days": 4.5}, horizon=weeks(3)))
    # Ready on day 4 + 4.5 = 8.5
    assert days(plan) == pytest.approx([0, 5.5, 7], abs=NEARLY)
    # From receipt on day 2 to day 4 there is no power; from then on burn-in.
    assert sum(idle_days(plan).values()) == pytest.approx(6.5, abs=NEARLY)


def hall_and_room(arrives: int, burn_in: float) -> Case:
    """Returns a thousand that arrive for the hall, and a thousand in the room for which there is no work."""
    return case(
        "t",
        horizon=weeks(3),
        lots=[lot("t", 1000, arrives)],
        stock=[stock("t", "room", 1000)],
        sites=[Site(id=name, owner="t", burn_in_days=burn_in) for name in ("hall", "room")],
        steps=[step("hall", 1.0), step("room", 1.0)],
        workloads=[training("t", sites=("hall",))],
    )


@pytest.mark.parametrize(
    ("arrives", "burn_in", "ready"), [(12, 4, 16), (5, 4, 9), (9, 3, 12), (12, 2.5, 14.5), (3, 14, 17)]
)
def test_what_idles_elsewhere_does_not_stand_in_for_what_is_in_burn_in(arrives, burn_in, ready):
    plan = alone(hall_and_room(arrives, burn_in))
    assert sum(days(plan)) == pytest.approx(21 - ready, abs=NEARLY)
    assert plan.provenance.bound_value == pytest.approx(plan.total_value, rel=1e-9)


def test_the_check_does_not_take_what_idles_elsewhere_for_what_is_in_burn_in():
    of = hall_and_room(12, 4)
    plan = alone(of)
    # Ready on day 16 of 21: five days of the third week. One thousandth of a GPU-day more is one too many.
    by_place = {(row.site, row.period_index): row for row in plan.holdings}
    row = by_place["hall", 2]
    assert row.usable_gpu_hours == pytest.approx(5 * 24_000, abs=0.01)
    more = row.model_copy(update={"usable_gpu_hours": row.usable_gpu_hours + 24.0})
    edited = plan.model_copy(update={"holdings": tuple(more if old == row else old for old in plan.holdings)})
    said = [problem.message for problem in check(of, edited) if problem.place.startswith("usable")]
    assert said == [
        "120,024 GPU-hours usable, 120,000 possible (received, past burn-in, and not among the 1,000 GPUs "
        "that stand elsewhere): 24 GPU-hours too many"
    ]


def test_stock_needs_no_burn_in_and_no_crew():
    hall = {"burn_in_days": 5.0, "commissioning_gpus_per_week": 1}
    plan = alone(one_hall(lots=[], stock=[stock("t", "hall", 1000)], site=hall))
    assert days(plan) == pytest.approx([7, 7], abs=NEARLY)


def test_a_crew_works_through_a_lot_one_after_the_other():
    plan = alone(one_hall(horizon=weeks(4), site={"commissioning_gpus_per_week": 400}))
    # In thousands: 0.4 come up evenly in a week, 0.2 in half of one: 0.4 x 3.5; 0.4 x 7 + 0.4 x 3.5;
    # 0.8 x 7 + 0.2 x 7 - 0.2 x 1.75; 7.
    assert days(plan) == pytest.approx([1.4, 4.2, 6.65, 7], abs=1e-4)
    # 28 - 19.25
    assert idle_days(plan) == {"commissioning": pytest.approx(8.75, abs=1e-4)}


def test_a_crew_starts_when_there_is_power():
    plan = alone(one_hall(horizon=weeks(3), opens=3, site={"commissioning_gpus_per_week": 400}))
    # Four days of the crew: 400 x 4/7 = 228 whole accelerators, two days each on average; 228 x 7 + 400 x 3.5 days.
    assert days(plan)[:2] == pytest.approx([0.456, 1.596 + 1.4], abs=1e-3)


def test_a_crew_of_none_commissions_nothing():
    plan = alone(one_hall(site={"commissioning_gpus_per_week": 0}))
    assert days(plan) == [0, 0]
    assert idle_days(plan) == {"commissioning": 14}


@pytest.mark.parametrize("burn_in", [1.0, 5.0, 7.0, 10.0])
def test_burn_in_only_shifts_what_a_crew_brings_up(burn_in):
    hall = {"commissioning_gpus_per_week": 500, "burn_in_days": burn_in}
    plan = alone(one_hall(horizon=weeks(6), site=hall))
    # Two weeks to commission a thousand evenly: all but the mean 7 days and burn-in of 42 days.
    # The planner may count a crew's week as lost in one piece: at most 0.5 x 7 days of the first, and of the second.
    assert sum(days(plan)) <= 42 - 7 - burn_in + NEARLY
    assert sum(days(plan)) >= 42 - 7 - burn_in - 1.5


def test_a_bad_month_lowers_use_and_not_what_stands():
    dips = [step("hall", 1.0), step("hall", 0.4, 7), step("hall", 1.0, 17)]
    plan = alone(one_hall(horizon=weeks(4), steps=dips))
    # 0.4 x 7 in the second week, 0.4 x 3 + 4 in the third
    assert days(plan) == pytest.approx([7, 2.8, 5.2, 7], abs=NEARLY)
    assert {row.installed_gpus for row in plan.holdings} == {1000}
    # 0.6 x 10
    assert idle_days(plan) == {"no power": pytest.approx(6, abs=NEARLY)}


def test_a_half_empty_hall_that_goes_dark_stops_all_the_same():
    dark = [step("hall", 2.0), step("hall", 0.0, 10)]
    # Room for two thousand, a thousand there: three days of the second week.
    assert days(alone(one_hall(steps=dark))) == pytest.approx([7, 3], abs=NEARLY)


def test_slots_are_limits_like_power():
    few = [step("hall", 1.0, 0, 800), step("hall", None, 10, 400)]
    plan = alone(one_hall(steps=few))
    # 0.8 x 7; 0.8 x 3 + 0.4 x 4
    assert days(plan) == pytest.approx([5.6, 4], abs=NEARLY)
    assert idle_days(plan) == {"no slot": pytest.approx(4.4, abs=NEARLY)}


def test_slots_never_stated_are_without_limit():
    assert days(alone(one_hall(steps=[step("hall", 1.0)]))) == pytest.approx([7, 7], abs=NEARLY)


def test_a_site_that_states_a_pue_draws_it_times_it_power():
    sku = Sku(id="h100", site_kw_per_gpu=9.0, it_kw_per_gpu=0.8)
    plan = alone(one_hall(skus=[sku], site={"pue_ratio": 1.25}))
    # 0.8 kW x 1.25 = 1 kW: all thousand fit into 1 MW. Without a PUE 9 kW each: 111 of them.
    assert days(plan) == pytest.approx([7, 7], abs=NEARLY)
    plain = alone(one_hall(skus=[sku]))
    assert {row.installed_gpus for row in plain.holdings} == {111}


def test_power_goes_to_the_sku_that_does_most_with_it():
    fast = Sku(id="fast", site_kw_per_gpu=2.0, throughput_ratio={"training": 3.0})
    plan = alone(one_hall(0.1, skus=[H100, fast], lots=[lot("t", 100), lot("t", 30, 0, "fast-lot", sku="fast")]))
    # 100 kW: 30 x 2 kW do 3 each per 2 kW; the other 40 kW go to 40 of the slower SKU. (30 x 3 + 40) x 336 x 2 USD
    assert plan.total_value == pytest.approx((90 + 40) * 336 * 2, abs=0.1)
    assert {(row.sku, row.installed_gpus) for row in plan.holdings} == {("fast", 30), ("h100", 40)}


def test_a_single_fabric_gang_is_no_larger_than_the_fabric():
    gang = [training("t", single_fabric=True)]
    plan = alone(one_hall(site={"fabric_gpus_max": 300}, workloads=gang))
    assert days(plan) == pytest.approx([2.1, 2.1], abs=NEARLY)


def test_several_halls_share_a_lot_as_their_power_allows():
    two = [Site(id="hall", owner="t"), Site(id="room", owner="t")]
    plan = alone(one_hall(sites=two, steps=[step("hall", 0.25), step("room", 0.5, 7)]))
    assert days(plan) == pytest.approx([1.75, 0.25 * 7 + 0.5 * 7], abs=NEARLY)


def count(of: Case, grid: Grid) -> Case:
    return of.model_copy(update={"horizon": of.horizon.model_copy(update={"grid": grid})})


def test_counted_hours_lie_evenly_on_a_months_days():
    horizon = Horizon(start_on=date(2024, 2, 1), end_on=date(2024, 4, 1), counted_hours_per_month=725.0)
    of = one_hall(horizon=horizon, arrives=date(2024, 2, 11), opens=date(2024, 2, 1))
    # 725 / 29 = 25 h a day from 11 February on, 19 days; then March: 475 + 725 = 1,200 h
    for grid in ("month", "week", "four_weeks"):
        assert used(alone(count(of, grid))) == pytest.approx(1_200_000, abs=0.1)


def test_the_last_period_is_cut_at_the_horizons_end():
    plan = alone(one_hall(horizon=Horizon(start_on=MONDAY, end_on=day(10))))
    assert [(row.end_on - row.start_on).days for row in plan.periods] == [7, 3]
    assert days(plan) == pytest.approx([7, 3], abs=NEARLY)


def test_a_plan_says_where_everything_stands():
    plan = alone(case("t", lots=[lot("t", 5)], sites=[Site(id="hall", owner="t")], steps=[step("hall", 0.003)]))
    # 3 kW for 3 of 5: three stand, without work; two are in storage.
    assert {(row.site, row.installed_gpus, row.usable_gpu_hours) for row in plan.holdings} == {("hall", 3, 504.0)}
    assert {(row.received_gpus, row.received_gpu_hours) for row in plan.supplies} == {(5, 840.0)}
    assert idle_by_cause(plan) == {"no work": pytest.approx(3 * 336), "no power": pytest.approx(2 * 336)}
