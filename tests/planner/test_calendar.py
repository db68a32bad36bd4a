"""The time grid against plain counting, day by day and hour by hour."""

from calendar import monthrange
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.model.case import Horizon
from armslength.planner.calendar import Calendar, boundaries
from planner.cases_by_hand import MONDAY, day, weeks, year


def test_weeks_begin_with_the_horizon():
    # Wednesday 3 January to Friday 19 January: 7, 7 and 2 days
    days = boundaries(date(2024, 1, 3), date(2024, 1, 19), "week")
    assert days == [date(2024, 1, 3), date(2024, 1, 10), date(2024, 1, 17), date(2024, 1, 19)]


def test_months_are_those_of_the_calendar_cut_at_both_ends():
    days = boundaries(date(2023, 11, 15), date(2024, 3, 2), "month")
    months = [date(2023, 11, 15), date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]
    assert days == [*months, date(2024, 3, 2)]


def test_four_weeks_are_28_days():
    days = boundaries(MONDAY, day(60), "four_weeks")
    assert days == [day(0), day(28), day(56), day(60)]


def test_a_horizon_of_a_day_is_one_period():
    assert boundaries(MONDAY, day(1), "month") == [day(0), day(1)]


def test_the_clock_counts_24_hours_a_day():
    # January 2024 has 744 hours, February 696; 366 days in all.
    calendar = Calendar(year("month"))
    assert calendar.hours[:2].tolist() == [744, 696]
    assert calendar.hours.sum() == 366 * 24


def test_counted_months_all_have_the_same_hours():
    assert Calendar(year("month", 730.0)).hours == pytest.approx([730] * 12)
    # On weeks the same hours lie elsewhere: 7 of January's 31 days first.
    by_week = Calendar(year("week", 730.0)).hours
    assert by_week[0] == pytest.approx(730 * 7 / 31)
    assert by_week.sum() == pytest.approx(12 * 730)


def test_the_share_after_a_day():
    calendar = Calendar(weeks(3))
    assert calendar.share_after(-5) == pytest.approx([1, 1, 1])
    assert calendar.share_after(10) == pytest.approx([0, 4 / 7, 1])
    # Inside a day hours pass evenly.
    assert calendar.share_after(10.5) == pytest.approx([0, 3.5 / 7, 1])
    assert calendar.share_after(99) == pytest.approx([0, 0, 0])


def test_the_average_of_steps():
    calendar = Calendar(weeks(2))
    # 8 for three days, 1 for four and for one day, then 15
    assert calendar.average([(0, 8.0), (3, 1.0), (8, 15.0)]) == pytest.approx([(8 * 3 + 4) / 7, (1 + 15 * 6) / 7])
    assert calendar.average([]) == pytest.approx([0, 0])


def test_weeks_late_counts_from_the_due_day():
    calendar = Calendar(weeks(3))
    # Due on day 10: days 10 to 14 of the second week are 0 to 4 days late, 2 on average, for 4 of 7 days; days 14 to
    # 21 are 4 to 11 days late.
    assert calendar.weeks_late(10) == pytest.approx([0, 2 * 4 / 7 / 7, 7.5 / 7])


GRIDS = st.sampled_from(["week", "four_weeks", "month"])
HORIZONS = st.builds(
    lambda start, days, grid, hours: Horizon(
        start_on=start, end_on=start + timedelta(days=days), grid=grid, counted_hours_per_month=hours
    ),
    st.dates(date(2023, 1, 1), date(2025, 1, 1)),
    st.integers(1, 400),
    GRIDS,
    st.none() | st.floats(672, 744),
)


def hours_of(horizon: Horizon, of: date) -> float:
    per_month = horizon.counted_hours_per_month
    return 24.0 if per_month is None else per_month / monthrange(of.year, of.month)[1]


@given(HORIZONS)
def test_periods_cover_the_horizon_once_and_count_its_days(horizon):
    calendar = Calendar(horizon)
    assert calendar.days[0] == horizon.start_on
    assert calendar.days[-1] == horizon.end_on
    for number, (first, after) in enumerate(zip(calendar.days, calendar.days[1:], strict=False)):
        assert first < after
        counted = sum(hours_of(horizon, first + timedelta(days=i)) for i in range((after - first).days))
        assert calendar.hours[number] == pytest.approx(counted)


@given(HORIZONS, st.integers(-20, 420))
def test_the_share_after_a_day_is_the_share_of_the_hours_of_its_days(horizon, offset):
    calendar = Calendar(horizon)
    share = calendar.share_after(float(offset))
    first_counted = horizon.start_on + timedelta(days=offset)
    for number, (first, after) in enumerate(zip(calendar.days, calendar.days[1:], strict=False)):
        days = [first + timedelta(days=i) for i in range((after - first).days)]
        counted = sum(hours_of(horizon, of) for of in days if of >= first_counted)
        assert share[number] * calendar.hours[number] == pytest.approx(counted, abs=1e-6)


@given(
    HORIZONS,
    st.lists(st.tuples(st.integers(-20, 420), st.floats(0, 100)), max_size=4, unique_by=lambda s: s[0]),
)
def test_an_average_times_the_hours_is_the_same_on_every_grid(horizon, steps):
    levels = [(float(offset), level) for offset, level in sorted(steps)]
    totals = []
    for grid in ("week", "month", "four_weeks"):
        calendar = Calendar(horizon.model_copy(update={"grid": grid}))
        totals.append(float(calendar.average(levels) @ calendar.hours))
    assert totals == pytest.approx([totals[0]] * 3, abs=1e-6)


@given(HORIZONS, st.integers(1, 5))
def test_merged_periods_count_the_same_hours(horizon, merge):
    fine, coarse = Calendar(horizon), Calendar(horizon, merge)
    assert set(coarse.days) <= set(fine.days)
    assert coarse.hours.sum() == pytest.approx(fine.hours.sum())
    assert coarse.count == -(-fine.count // merge)


@given(HORIZONS, st.integers(-20, 420))
def test_weeks_late_is_the_mean_over_the_periods_time(horizon, due):
    calendar = Calendar(horizon)
    late = calendar.weeks_late(float(due))
    for number in range(calendar.count):
        moments = np.linspace(calendar.edges[number], calendar.edges[number + 1], 2001)
        middles = (moments[1:] + moments[:-1]) / 2
        assert late[number] == pytest.approx(np.maximum(middles - due, 0).mean() / 7, abs=1e-3)
