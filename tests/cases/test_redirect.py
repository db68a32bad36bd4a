"""The redirect case: what each day knew, and the statements that hold whatever the assumptions are.

By hand: X's January and June orders are planned for 16 January and 15 June 2024, 151 days apart. The swap
gives X 6,000 GPUs for those days: 6,000 x 151 x 24 = 21,744,000 GPU-hours. Tesla gives up as much if, and
only if, it could have used them.

That is without the crews. At 1,200 a day they take ten days for 12,000, or five on average: 12,000 x 5 x 24 =
1,440,000 GPU-hours. Half of it would be lost with two lots of 6,000 as well. How much of it shows depends on
the grid, so what turns on it is a range. What does not, such as no loss at all, is given exactly.
"""

from datetime import date

import pytest

from armslength import plan
from armslength.model.as_of import as_of
from armslength.model.case import TABLES
from armslength.model.noun import Fact
from armslength.model.rules import problems

MADE, PROMISED, PUBLIC, KNOWN = date(2023, 12, 31), date(2024, 4, 30), date(2024, 6, 4), date(2025, 1, 31)
DAYS = (MADE, PROMISED, PUBLIC, KNOWN)
MOVED_GPU_HOURS = 6_000 * 151 * 24
RAMP_GPU_HOURS = 12_000 * 5 * 24
SLACK_GPU_HOURS = 1_000  # of tens of millions: what the solver's tolerances may leave


@pytest.fixture(scope="module")
def case(shipped):
    return shipped("redirect-2023")


@pytest.fixture(scope="module")
def planned(case):
    """Alone and as agreed, as of each day, without the questions."""
    bare = case.model_copy(update={"questions": ()})
    return {day: plan(as_of(bare, day), runs=("alone", "as_agreed")) for day in DAYS}


def between(gpu_hours, low, high):
    return low - SLACK_GPU_HOURS <= gpu_hours <= high + SLACK_GPU_HOURS


def row(case, table, name):
    return next(found for found in getattr(case, table) if found.id == name)


def gain(comparison, name):
    """GPU-hours that an organisation uses more as agreed than alone."""
    agreed, alone = comparison.plan_of("as_agreed"), comparison.plan_of("alone")
    return agreed.result_of(name).used_gpu_hours - alone.result_of(name).used_gpu_hours


@pytest.mark.parametrize("day", [None, *DAYS])
def test_it_reads_without_problems(case, day):
    found = problems(as_of(case, day) if day else case)
    # The room that nobody knows of is 0 MW, and the rules say that such a site never opens.
    assert [problem.severity for problem in found if "tesla-spare" not in problem.message] == []


@pytest.mark.parametrize("day", DAYS)
def test_each_day_sees_only_its_own_past(case, day):
    seen = as_of(case, day)
    facts = [fact for table in TABLES for fact in getattr(seen, table) if isinstance(fact, Fact)]
    assert facts
    assert all(fact.known_on is None or fact.known_on <= day for fact in facts)


def test_every_row_names_its_source_and_how_far_to_trust_it(case):
    known = {source.id for source in case.sources}
    facts = [fact for table in TABLES for fact in getattr(case, table) if isinstance(fact, Fact)]
    assert {fact.source for fact in facts} <= known
    assert all(fact.confidence for fact in facts)


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        (MADE, date(2024, 8, 15)),
        (PROMISED, date(2024, 10, 15)),
        (PUBLIC, date(2024, 9, 15)),
        (KNOWN, date(2024, 10, 31)),
    ],
)
def test_the_hall_opens_on_the_day_that_was_then_expected(case, day, opens):
    assert row(as_of(case, day), "steps", "texas-hall-opens").from_on.p50_on == opens


@pytest.mark.parametrize(("day", "gpus"), [(MADE, 10_000), (PROMISED, 35_000), (PUBLIC, 35_000)])
def test_the_stock_is_the_one_then_stated(case, day, gpus):
    assert [stock.gpus for stock in as_of(case, day).stock] == [gpus]


def test_the_promise_of_april_and_memphis_are_not_known_when_the_deal_is_made(case):
    made = as_of(case, MADE)
    assert {lot.id for lot in made.lots} == {"tesla-shipped", "x-january", "x-june"}
    assert {site.id for site in made.sites} == {"tesla-existing", "tesla-spare", "texas-south", "x-halls"}
    assert {said.id for said in made.statements} == {"cluster-2023-08", "memo-out", "memo-back"}
    assert {price.id for price in made.prices} == {"h100-2023"}
    for day in (PROMISED, PUBLIC):
        assert "memphis" not in {site.id for site in as_of(case, day).sites}


def test_the_swap_moves_twelve_thousand_each_way(case):
    legs = [leg for leg in case.legs if leg.agreement == "swap-2023-12"]
    assert sum(leg.gpus for leg in legs if leg.giver == "tesla") == 12_000
    assert sum(leg.gpus for leg in legs if leg.giver == "x-corp") == 12_000


def test_competing_claims_stand_side_by_side_and_bind_nothing(case):
    claims = [agreement for agreement in case.agreements if agreement.id != "swap-2023-12"]
    assert {agreement.kind for agreement in claims} == {"contribution", "capacity_lease"}
    assert all(agreement.state == "proposed" for agreement in claims)


def test_eighty_five_thousand_needs_the_hall(case):
    # 50,000 more x 1.3 to 1.5 kW = 65 to 75 MW; the case's 1.4 kW gives 70 MW, within the hall's 100 MW.
    sku = case.skus[0]
    now, then = (row(case, "statements", name) for name in ("active-2024-04", "active-by-year-end"))
    more_mw = (then.claimed_quantity - now.claimed_quantity) * sku.site_kw_per_gpu / 1000
    assert more_mw == pytest.approx(70.0)
    assert row(as_of(case, PROMISED), "steps", "texas-hall-opens").power_mw >= more_mw


@pytest.mark.parametrize("day", DAYS)
def test_the_sister_company_gains_five_months_of_six_thousand(planned, day):
    # 20,304,000 to 21,744,000
    assert between(gain(planned[day], "x-corp"), MOVED_GPU_HOURS - RAMP_GPU_HOURS, MOVED_GPU_HOURS)


def test_what_the_sister_company_uses_in_all(planned):
    # From receipt and 72 h of burn-in to 1 July 2025: 529 days after 19 January 2024, 378 after 18 June 2024.
    alone = planned[KNOWN].plan_of("alone").result_of("x-corp").used_gpu_hours
    agreed = planned[KNOWN].plan_of("as_agreed").result_of("x-corp").used_gpu_hours
    # (6,000 x 529 + 6,000 x 378) x 24 = 130,608,000, less at most 2 x 6,000 x 2.5 x 24 for the crew.
    assert between(alone, 130_608_000 - 720_000, 130_608_000)
    # 12,000 x 529 x 24 = 152,352,000, less at most 12,000 x 5 x 24.
    assert between(agreed, 152_352_000 - 1_440_000, 152_352_000)


@pytest.mark.parametrize("day", DAYS)
def test_the_car_maker_loses_no_use_with_the_hall_of_that_day(planned, day):
    assert gain(planned[day], "tesla") == pytest.approx(0, abs=SLACK_GPU_HOURS)
    verdict = next(row for row in planned[day].verdicts if row.organisation == "tesla")
    assert verdict.standing == "same"


def test_the_gain_in_money_at_the_price_of_early_2024(planned):
    verdict = next(row for row in planned[KNOWN].verdicts if row.organisation == "x-corp")
    # 20,304,000 to 21,744,000 GPU-hours x 2.85 USD
    assert 57_860_000 <= verdict.gain_value <= 61_980_000
    assert verdict.gain_value == pytest.approx(verdict.used_gpu_hours * 2.85, rel=1e-6)
    # Prices of up to 8 USD were seen in the middle of 2024.
    assert verdict.gain_value_high == pytest.approx(verdict.used_gpu_hours * 8, rel=1e-6)


def test_a_hall_open_all_along_would_have_cost_the_car_maker_what_the_sister_company_gained(case, with_step):
    open_hall = with_step(as_of(case, MADE), "texas-hall-opens", opens=date(2024, 1, 1))
    both = plan(open_hall, runs=("alone", "as_agreed"))
    assert between(-gain(both, "tesla"), MOVED_GPU_HOURS - RAMP_GPU_HOURS, MOVED_GPU_HOURS)
    assert next(row for row in both.verdicts if row.organisation == "tesla").standing == "worse"


@pytest.mark.parametrize("day", [MADE, KNOWN])
def test_at_the_break_even_day_the_car_maker_neither_gains_nor_loses(case, with_step, day):
    # 15 June 2024: the day of the last return lot.
    opened = with_step(as_of(case, day), "texas-hall-opens", opens=date(2024, 6, 15))
    both = plan(opened, runs=("alone", "as_agreed"))
    assert gain(both, "tesla") == pytest.approx(0, abs=SLACK_GPU_HOURS)


ROOM = [(0.0, 0), (4.2, 0), (8.4, 0), (12.6, 3_000), (16.8, 6_000)]


@pytest.mark.parametrize(("room_mw", "extra_gpus"), ROOM)
def test_the_gain_needs_room_for_more_than_the_sister_companys_own(case, with_step, room_mw, extra_gpus):
    # At 1.4 kW: room for 0, 3,000, 6,000, 9,000, 12,000; its own January order fills the first 6,000, so
    # up to there as agreed and alone are the same.
    both = plan(with_step(as_of(case, KNOWN), "x-room", power_mw=room_mw), runs=("alone", "as_agreed"))
    ramp = RAMP_GPU_HOURS if extra_gpus else 0
    assert between(gain(both, "x-corp"), extra_gpus * 151 * 24 - ramp, extra_gpus * 151 * 24)


def test_with_spare_room_the_swap_would_have_cost_the_car_maker_use(case, with_step):
    # As of the deal nothing else is on order: room for 12,000 from January, 6,000 of it empty until June.
    both = plan(with_step(as_of(case, MADE), "tesla-spare-room", power_mw=16.8), runs=("alone", "as_agreed"))
    assert between(-gain(both, "tesla"), MOVED_GPU_HOURS - RAMP_GPU_HOURS, MOVED_GPU_HOURS)
    # Room for 6,000 is filled by the January return lot.
    both = plan(with_step(as_of(case, MADE), "tesla-spare-room", power_mw=8.4), runs=("alone", "as_agreed"))
    assert gain(both, "tesla") == pytest.approx(0, abs=SLACK_GPU_HOURS)


def test_the_orders_promised_in_april_would_have_filled_the_spare_room(case, with_step):
    # Seen from 2025, 12,000 more come in the first quarter, planned for its middle, 15 February. They take
    # the room that the swap left empty: the loss ends after 30 days, 6,000 x 30 x 24 = 4,320,000 less the
    # crew's time.
    both = plan(with_step(as_of(case, KNOWN), "tesla-spare-room", power_mw=16.8), runs=("alone", "as_agreed"))
    assert between(-gain(both, "tesla"), 4_320_000 - RAMP_GPU_HOURS, 4_320_000)


def test_a_fair_split_would_have_paid_the_car_maker_half(case):
    bare = case.model_copy(update={"questions": ()})
    shapley = next(split for split in plan(as_of(bare, KNOWN), runs=("alone", "shared")).splits if split.chosen)
    gains = {share.organisation: share.gain_value for share in shapley.shares}
    # X has the room, Tesla the GPUs: neither gains alone. xAI adds nothing. Half of 57.9 to 62.0 million USD.
    assert gains["tesla"] == pytest.approx(gains["x-corp"], rel=0.01)
    assert 28_900_000 <= gains["tesla"] <= 31_000_000
    assert gains["xai"] == pytest.approx(0, abs=0.01 * gains["tesla"])


def test_memphis_in_august_runs_what_its_power_allows_and_not_what_was_claimed(case):
    monthly = case.horizon.model_copy(update={"grid": "month"})
    bare = case.model_copy(update={"questions": (), "horizon": monthly})
    alone = plan(as_of(bare, date(2024, 7, 31)), runs=("alone",)).plan_of("alone")
    august = [period.start_on for period in alone.periods].index(date(2024, 8, 1))
    here = [use for use in alone.uses if (use.site, use.period_index) == ("memphis", august)]
    used = sum(use.used_gpu_hours for use in here)
    # (43 MW x 30 days + 85 MW x 1 day) / 31 = 44.35 MW, or 31,682 GPUs at 1.4 kW, for 744 h: 23.57 million.
    assert 0 < used <= 23_572_000
    # Received: 100,000 x 744 h. The claim counts more than three times what could run.
    supplies = [row for row in alone.supplies if (row.title, row.period_index) == ("xai", august)]
    received = sum(row.received_gpu_hours for row in supplies)
    assert received == pytest.approx(74_400_000)
    assert received > 3 * used
