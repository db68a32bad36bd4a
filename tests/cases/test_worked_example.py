"""The example by hand, to the GPU-hour, on the monthly and on the weekly grid.

North: 12,000 from January, hall open from October. South: 6,000 from January, 6,000 from June, room for
12,000. A month counts 730 h; a GPU-hour is worth 2.50 USD.
"""

from datetime import date

import pytest

from armslength import plan
from armslength.model.rules import problems

GRIDS = ("month", "week")

# South alone: 6,000 in Jan-May, 12,000 in Jun-Dec: (6,000 x 5 + 12,000 x 7) x 730 = 114,000 x 730
SOUTH_ALONE = 83_220_000
# North alone: 12,000 in Oct-Dec: 12,000 x 3 x 730
NORTH_ALONE = 26_280_000
# The swap: 6,000 more in the south for five months: 6,000 x 5 x 730
GAIN = 21_900_000
# Had the hall opened on 1 March: 6,000 fewer in the north in Mar, Apr and May: 6,000 x 3 x 730
LOSS_IF_MARCH = 13_140_000


def test_it_reads_without_problems(shipped):
    assert problems(shipped("worked-example")) == ()


@pytest.fixture(params=GRIDS)
def case(request, shipped):
    case = shipped("worked-example")
    horizon = case.horizon.model_copy(update={"grid": request.param})
    return case.model_copy(update={"horizon": horizon, "questions": ()})


@pytest.fixture
def hours():
    return lambda plan, name: plan.result_of(name).used_gpu_hours


def approx(gpu_hours):
    return pytest.approx(gpu_hours, abs=1.0)


def test_alone(case, hours):
    alone = plan(case, runs=("alone",)).plan_of("alone")
    assert hours(alone, "north") == approx(NORTH_ALONE)
    assert hours(alone, "south") == approx(SOUTH_ALONE)
    # 26.28 M x 2.50 and 83.22 M x 2.50
    assert alone.result_of("north").own_value == pytest.approx(65_700_000)
    assert alone.result_of("south").own_value == pytest.approx(208_050_000)


def test_north_loses_nothing_and_south_gains_five_months(case, hours):
    agreed = plan(case, runs=("alone", "as_agreed")).plan_of("as_agreed")
    # Title returns to the north in time for October: 12,000 x 3 x 730 again.
    assert hours(agreed, "north") == approx(NORTH_ALONE)
    # 12,000 x 12 x 730
    assert hours(agreed, "south") == approx(105_120_000)
    assert 105_120_000 - SOUTH_ALONE == GAIN


def test_the_verdict_names_the_gain_and_the_one_left_out(case):
    verdicts = {row.organisation: row for row in plan(case, runs=("alone", "as_agreed")).verdicts}
    assert verdicts["north"].standing == "same"
    assert verdicts["south"].standing == "better"
    # 21.9 M x 2.50 USD
    assert verdicts["south"].gain_value == pytest.approx(54_750_000)
    assert verdicts["north"].gain_value == pytest.approx(0, abs=1.0)


def test_a_hall_open_in_march_would_have_cost_the_north_three_months(case, hours, with_step):
    early = with_step(case, "north-hall-opens", opens=date(2024, 3, 1))
    both = plan(early, runs=("alone", "as_agreed"))
    # Alone: 12,000 in Mar-Dec, 12,000 x 10 x 730 = 87,600,000.
    assert hours(both.plan_of("alone"), "north") == approx(87_600_000)
    # As agreed: 6,000 x 3 + 12,000 x 7 = 102,000 x 730 = 74,460,000.
    assert hours(both.plan_of("as_agreed"), "north") == approx(74_460_000)
    assert LOSS_IF_MARCH == 87_600_000 - 74_460_000
    north = next(row for row in both.verdicts if row.organisation == "north")
    assert north.standing == "worse"
    # 13.14 M x 2.50 USD
    assert north.make_whole_cost == pytest.approx(32_850_000)


@pytest.mark.parametrize(("month", "months_lost"), [(5, 1), (6, 0), (7, 0)])
def test_break_even_is_the_day_of_the_last_return_lot(case, hours, with_step, month, months_lost):
    opened = with_step(case, "north-hall-opens", opens=date(2024, month, 1))
    both = plan(opened, runs=("alone", "as_agreed"))
    lost = hours(both.plan_of("alone"), "north") - hours(both.plan_of("as_agreed"), "north")
    assert lost == approx(6_000 * months_lost * 730)


def test_shared_reaches_the_most_there_is(case):
    both = plan(case, runs=("alone", "shared"))
    shared = both.plan_of("shared")
    # South's room is full in Jan-Sep, all run in Oct-Dec: (12,000 x 9 + 24,000 x 3) x 730 = 131,400,000.
    used = sum(row.used_gpu_hours for row in shared.results)
    assert used == pytest.approx(131_400_000, rel=1e-3)
    # 131.4 M against 26.28 M + 83.22 M = 109.5 M alone: 21.9 M x 2.50 USD.
    assert shared.total_value - both.plan_of("alone").total_value == pytest.approx(54_750_000, rel=2e-3)


def test_an_equal_split_pays_each_half(case):
    both = plan(case, runs=("alone", "shared"))
    equal = next(row for row in both.splits if row.rule == "equal_gain")
    # 54.75 M / 2
    assert [share.gain_value for share in equal.shares] == pytest.approx([27_375_000, 27_375_000], rel=2e-3)


@pytest.fixture(scope="module")
def answers(shipped):
    found = plan(shipped("worked-example"), runs=("alone", "as_agreed")).answers
    return {answer.question: answer for answer in found}


def test_the_question_about_the_hall_finds_the_first_of_june(answers):
    answer = answers["day-of-the-hall"]
    # January to May: 6,000 x 5, 4, 3, 2, 1 months x 730; from June nothing.
    lost = [6_000 * months * 730 for months in (5, 4, 3, 2, 1, 0, 0, 0, 0, 0)]
    assert [-point.used_gpu_hours for point in answer.points] == pytest.approx(lost, abs=1.0)
    assert answer.break_even_on == date(2024, 6, 1)


def test_the_south_gains_nothing_without_room_for_more_than_its_own(answers):
    gained = [point.used_gpu_hours for point in answers["room-in-the-south"].points]
    # Its own January lot fills room for 0, 3,000 or 6,000. For 9,000: 3,000 x 5 x 730; for 12,000: double.
    assert gained == pytest.approx([0, 0, 0, 10_950_000, 21_900_000], abs=1.0)
