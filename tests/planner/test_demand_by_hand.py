"""What work is wanted and what it is worth: gangs, due dates, services, prices, and what a workload may touch.

One hall with 1,000 accelerators from Monday 1 January 2024 on, for four weeks: 672,000 GPU-hours. Work is worth 2 USD.
"""

import pytest

from armslength.model.demand import Workload
from armslength.model.supply import Site, Sku
from planner.cases_by_hand import (
    H100,
    alone,
    case,
    day,
    demand,
    idle_by_cause,
    lot,
    one_hall,
    price,
    serving,
    step,
    training,
    used,
    used_by_period,
    weeks,
)

FOUR = {"horizon": weeks(4)}
DAY = 24_000.0  # GPU-hours of the thousand in a day
CENT = 0.1


def result(plan, workload="t-train"):
    return next(row for row in plan.workloads if row.workload == workload)


def test_work_ends_when_it_is_done():
    plan = alone(one_hall(**FOUR, workloads=[training("t", work_gpu_hours=10 * DAY)]))
    row = result(plan)
    assert row.done_gpu_hours == pytest.approx(10 * DAY, abs=0.01)
    assert row.wanted_gpu_hours == 10 * DAY
    assert sum(idle_by_cause(plan).values()) == pytest.approx(18 * DAY, abs=0.1)
    assert idle_by_cause(plan)["no work"] == pytest.approx(18 * DAY, abs=0.1)


def test_work_without_end_is_never_finished():
    row = result(alone(one_hall(**FOUR)))
    assert row.wanted_gpu_hours is None
    assert row.finished_on is None


def test_a_gang_is_no_larger_than_its_largest():
    plan = alone(one_hall(**FOUR, workloads=[training("t", gang_gpus_max=250, start_on=day(10))]))
    # A quarter of the thousand: 4 days in the second week, then 7 and 7
    assert used_by_period(plan) == pytest.approx([0, DAY, 1.75 * DAY, 1.75 * DAY], abs=0.1)


def late(due: int, cost: float, days: float = 20, **fields) -> Workload:
    work = {"work_gpu_hours": days * DAY, "due_on": day(due), "lateness_cost_per_week": cost}
    return training("t", **work, **fields)


def test_lateness_is_charged_for_the_part_undone():
    # A week does 7 of 20 days of work, evenly. Undone: 10 on day 10, when it is due, 6 on day 14, 0 on day 21:
    # 4 x (10 + 6) / 2 / 20 + 7 x 6 / 2 / 20 = 1.6 + 1.05 = 2.65 days of 7, at 7,000 USD a week.
    row = result(alone(one_hall(**FOUR, workloads=[late(10, 7_000.0)])))
    assert row.lateness_cost == pytest.approx(2_650, abs=CENT)
    assert row.work_value == pytest.approx(2 * 20 * DAY, abs=CENT)


def test_work_undone_is_late_until_the_horizons_end():
    # Of 40 days of work 28 are done. Undone: 40 - 7 x 2 = 26 on day 14, when it is due, 12 on day 28:
    # 14 x (26 + 12) / 2 / 40 = 6.65 days of 7, at 7,000 USD a week
    row = result(alone(one_hall(**FOUR, workloads=[late(14, 7_000.0, days=40)])))
    assert row.lateness_cost == pytest.approx(6_650, abs=CENT)


def test_what_is_due_before_the_horizon_is_late_from_its_first_day():
    # Undone: 1 on day 0, 13/20 on day 7, 6/20 on day 14, 0 on day 21: (33 + 19 + 6) / 2 / 20 x 7 days of 7
    row = result(alone(one_hall(**FOUR, workloads=[late(-30, 7_000.0)])))
    assert row.lateness_cost == pytest.approx((33 + 19 + 6) / 40 * 7_000, abs=CENT)


def test_what_is_due_after_the_horizon_is_never_late():
    assert result(alone(one_hall(**FOUR, workloads=[late(28, 7_000.0, days=40)]))).lateness_cost == 0


def test_work_that_never_starts_is_charged_all_the_same():
    dark = alone(one_hall(**FOUR, steps=[], workloads=[late(14, 7_000.0)]))
    # All undone from day 14 to day 28: two weeks
    assert dark.total_value == pytest.approx(-14_000)
    assert result(dark).lateness_cost == pytest.approx(14_000)


def test_the_dearer_lateness_goes_first():
    rush = training(
        "t",
        "rush",
        work_gpu_hours=7 * DAY,
        due_on=day(7),
        lateness_cost_per_week=1e6,
        work_value_per_gpu_hour=1.0,
    )
    plan = alone(one_hall(**FOUR, workloads=[training("t"), rush]))
    assert used_by_period(plan, "rush") == pytest.approx([7 * DAY, 0, 0, 0], abs=0.1)


def test_a_service_follows_its_curve():
    curve = [demand("t-serve", 200), demand("t-serve", 600, 10), demand("t-serve", 5_000, 21)]
    plan = alone(one_hall(**FOUR, workloads=[serving("t")], demand=curve))
    # 200 x 7; 200 x 3 + 600 x 4; 600 x 7; all thousand
    assert used_by_period(plan) == pytest.approx([1.4 * DAY, 3 * DAY, 4.2 * DAY, 7 * DAY], abs=0.1)
    # Wanted in all: 1.4 + 3 + 4.2 + 5 x 7
    assert result(plan, "t-serve").wanted_gpu_hours == pytest.approx(43.6 * DAY, abs=0.1)


def test_a_service_without_a_curve_wants_nothing():
    assert used(alone(one_hall(workloads=[serving("t")]))) == 0


def test_a_curve_begun_before_the_horizon_goes_on():
    plan = alone(one_hall(workloads=[serving("t")], demand=[demand("t-serve", 100, -50)]))
    assert used(plan) == pytest.approx(100 * 336, abs=0.1)


def test_a_faster_sku_serves_more_with_fewer():
    fast = Sku(id="fast", site_kw_per_gpu=1.0, throughput_ratio={"serving": 2.5})
    of = one_hall(
        skus=[fast],
        lots=[lot("t", 1000, sku="fast")],
        workloads=[serving("t")],
        demand=[demand("t-serve", 500)],
    )
    plan = alone(of)
    # 500 of the reference SKU are 200 of this one; a GPU-hour of it is worth 2.5 x 2 USD.
    assert used(plan) == pytest.approx(200 * 336, abs=0.1)
    assert plan.total_value == pytest.approx(500 * 336 * 2, abs=CENT)


def test_a_kind_of_work_may_differ_from_its_form():
    sku = Sku(id="h100", site_kw_per_gpu=1.0, throughput_ratio={"training": 0.5, "sparse": 1.5})
    plain, sparse = (alone(one_hall(skus=[sku], workloads=[training("t", kind=kind)])) for kind in (None, "sparse"))
    assert plain.total_value == pytest.approx(0.5 * 14 * DAY * 2, abs=CENT)
    assert sparse.total_value == pytest.approx(1.5 * 14 * DAY * 2, abs=CENT)


MARKET = {"workloads": [training("t", work_value_per_gpu_hour=None)]}


def test_without_a_stated_value_the_market_price_of_the_day_counts():
    plan = alone(one_hall(**MARKET, prices=[price(3.0), price(1.0, 10)]))
    # 3 USD for ten days, 1 USD for four
    assert plan.total_value == pytest.approx((3 * 10 + 1 * 4) * DAY, abs=CENT)


def test_the_first_price_also_holds_before_its_day():
    plan = alone(one_hall(**MARKET, prices=[price(3.0, 7)]))
    assert plan.total_value == pytest.approx(3 * 14 * DAY, abs=CENT)


def test_a_sku_without_a_price_takes_the_reference_skus_by_throughput():
    fast = Sku(id="fast", site_kw_per_gpu=1.0, throughput_ratio={"training": 2.5})
    of = one_hall(**MARKET, skus=[fast, H100], lots=[lot("t", 1000, sku="fast")], prices=[price(3.0)])
    assert alone(of).total_value == pytest.approx(2.5 * 3 * 14 * DAY, abs=CENT)


def test_without_any_price_work_is_worth_nothing():
    plan = alone(one_hall(**MARKET))
    assert plan.total_value == 0


@pytest.mark.parametrize(("names", "works"), [((), 14), (("h100",), 14), (("fast",), 0), (("fast", "h100"), 14)])
def test_work_runs_only_on_the_skus_it_names(names, works):
    fast = Sku(id="fast", site_kw_per_gpu=1.0)
    plan = alone(one_hall(skus=[H100, fast], workloads=[training("t", skus=names)]))
    assert used(plan) == pytest.approx(works * DAY, abs=0.1)


@pytest.mark.parametrize(("names", "works"), [((), 14), (("hall",), 14), (("room",), 0)])
def test_work_runs_only_at_the_sites_it_names(names, works):
    two = [Site(id="hall", owner="t"), Site(id="room", owner="t")]
    plan = alone(one_hall(sites=two, workloads=[training("t", sites=names)]))
    assert used(plan) == pytest.approx(works * DAY, abs=0.1)


@pytest.mark.parametrize(("names", "works"), [((), 14), (("t",), 14), (("x",), 0), (("t", "x"), 14)])
def test_work_touches_only_the_hardware_it_names(names, works):
    of = one_hall(workloads=[training("t", hardware_of=names)])
    of = case("t", "x", **{name: getattr(of, name) for name in ("lots", "sites", "steps", "workloads")})
    assert used(alone(of)) == pytest.approx(works * DAY, abs=0.1)


def test_a_sku_that_does_nothing_for_a_kind_is_left_idle():
    useless = Sku(id="h100", site_kw_per_gpu=1.0, throughput_ratio={"training": 0.0})
    plan = alone(one_hall(skus=[useless]))
    assert used(plan) == 0
    assert sum(idle_by_cause(plan).values()) == pytest.approx(14 * DAY)


def test_a_single_fabric_gang_takes_the_better_of_two_halls():
    two = [Site(id="hall", owner="t"), Site(id="room", owner="t")]
    gang = [training("t", single_fabric=True, gang_gpus_min=300)]
    plan = alone(one_hall(sites=two, steps=[step("hall", 0.9, 7), step("room", 0.4)], workloads=gang))
    # 900 for one week of 168 h against 400 for two: 151,200 against 134,400
    assert used(plan) == pytest.approx(900 * 168, abs=0.1)
    assert {row.site for row in plan.uses} == {"hall"}


def test_a_single_fabric_gang_mixes_no_skus():
    other = Sku(id="other", site_kw_per_gpu=1.0)
    lots = [lot("t", 300), lot("t", 200, name="others", sku="other")]
    plan = alone(one_hall(skus=[H100, other], lots=lots, workloads=[training("t", single_fabric=True)]))
    assert used(plan) == pytest.approx(300 * 336, abs=0.1)
