"""The parts of the check alone: days and hours, levels, who holds which lots, grants that serve several."""

from datetime import date
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.model.agreement import Agreement, Leg
from armslength.model.case import Horizon
from armslength.model.noun import on_day
from armslength.planner import read_out
from armslength.planner.check_days import Days, Levels
from armslength.planner.check_findings import exceeds
from armslength.planner.check_flow import unserved
from armslength.planner.check_titles import parcels
from armslength.units import GPU_HOUR_TOLERANCE
from planner.test_check_examples import loan_case
from planner.test_check_redirect import lot

JANUARY = date(2024, 1, 1)


def test_months_are_cut_at_their_first_days_and_weeks_every_seven() -> None:
    months = Days(Horizon(start_on=date(2024, 1, 10), end_on=date(2024, 3, 5), grid="month"))
    assert [span.start_on for span in months.spans] == [date(2024, 1, 10), date(2024, 2, 1), date(2024, 3, 1)]
    assert [span.hours for span in months.spans] == [22 * 24, 29 * 24, 4 * 24]
    weeks = Days(Horizon(start_on=date(2024, 1, 10), end_on=date(2024, 1, 26)))
    assert [span.days for span in weeks.spans] == [7, 7, 2]
    four = Days(Horizon(start_on=date(2024, 1, 10), end_on=date(2024, 2, 7), grid="four_weeks"))
    assert [span.days for span in four.spans] == [28]
    assert Days(Horizon(start_on=JANUARY, end_on=JANUARY)).spans == ()


def test_counted_hours_are_spread_evenly_over_a_months_days() -> None:
    days = Days(Horizon(start_on=JANUARY, end_on=date(2024, 3, 1), grid="week", counted_hours_per_month=730.0))
    assert days.spans[0].hours == pytest.approx(7 * 730 / 31)
    # 29 January to 4 February: three days of January, four of a February with 29.
    assert days.spans[4].hours == pytest.approx(3 * 730 / 31 + 4 * 730 / 29)
    assert days.between(-50, 500) == pytest.approx(2 * 730)
    assert days.between(0.5, 1.25) == pytest.approx(0.75 * 730 / 31)
    assert days.share_after(days.spans[0], date(2024, 1, 3)) == pytest.approx(5 / 7)
    assert days.share_after(days.spans[0], None) == 1


@given(st.floats(-10, 70), st.floats(0.01, 40), st.integers(0, 8), st.sampled_from([None, 700.0]))
def test_what_comes_up_evenly_gives_what_many_small_steps_give(
    begin: float, length: float, period: int, hours: float | None
) -> None:
    days = Days(Horizon(start_on=JANUARY, end_on=date(2024, 3, 1), counted_hours_per_month=hours))
    span = days.spans[period]
    begin = max(begin, 0.0)
    steps = 2_000
    each = [days.after(span, begin + (i + 0.5) * length / steps) / steps for i in range(steps)]
    assert days.coming_up(span, begin, begin + length) == pytest.approx(sum(each), abs=0.01)


def test_levels_hold_from_their_day_and_the_last_of_a_day_counts() -> None:
    days = Days(Horizon(start_on=JANUARY, end_on=date(2024, 1, 15)))
    level = Levels([(3, 5.0), (-4, 1.0), (3, 7.0), (10, 2.0)])
    assert level.hours_of_level(days, days.spans[0]) == (3 * 1 + 4 * 7) * 24
    assert level.hours_of_level(days, days.spans[1]) == (3 * 7 + 4 * 2) * 24
    assert [level.highest_before(moment) for moment in (-4, 0, 3, 4, 14)] == [0, 1, 1, 7, 7]
    assert level.record_days(days.spans[0]) == [(0, 1), (3, 7)]
    assert level.record_days(days.spans[1]) == [(7, 7)]
    assert level.first_day_above_zero() == -4
    assert Levels([]).first_day_above_zero() is None


def held(legs: tuple[Leg, ...], agreements: tuple[Agreement, ...]) -> dict[str, list[tuple[int, float, float]]]:
    """Who holds the loan case's lots in the run as agreed: (GPUs, from day, until day)."""
    case = loan_case().model_copy(
        update={
            "organisations": (),
            "lots": (lot("l", "a", 10, date(2025, 1, 8)),),
            "legs": legs,
            "agreements": agreements,
        }
    )
    found = parcels(case, "as_agreed", lambda day: float((day - date(2025, 1, 6)).days))
    return {holder: [(p.gpus, p.start, p.end) for p in rows] for (holder, _), rows in sorted(found.items())}


def deal(name: str, kind: str, state: str = "in_force") -> Agreement:
    return Agreement.model_validate({"id": name, "kind": kind, "parties": ("a", "b"), "state": state})


def leg(name: str, giver: str, taker: str, gpus: int, **days: date) -> Leg:
    whens = {field: on_day(day) for field, day in days.items()}
    return Leg(id=f"{name}-{giver}", agreement=name, giver=giver, taker=taker, lot="l", gpus=gpus, **whens)


def test_title_moves_for_good_from_receipt_or_later() -> None:
    assert held((leg("r", "a", "b", 4),), (deal("r", "redirect"),)) == {
        "a": [(6, 2, inf)],
        "b": [(4, 2, inf)],
    }
    later = leg("r", "a", "b", 4, from_on=date(2025, 1, 20))
    assert held((later,), (deal("r", "redirect", "ended"),)) == {"a": [(6, 2, inf)], "b": [(4, 14, inf)]}
    assert held((later,), (deal("r", "redirect", "proposed"),)) == {"a": [(10, 2, inf)]}


def test_title_passes_on_in_whatever_order_the_legs_stand() -> None:
    first, second = leg("r", "a", "b", 4), leg("r", "b", "c", 3)
    expected = {"a": [(6, 2, inf)], "b": [(1, 2, inf)], "c": [(3, 2, inf)]}
    for legs in ((first, second), (second, first)):
        assert held(legs, (deal("r", "slot_swap"),)) == expected


def test_a_loan_returns_and_one_ended_before_receipt_changes_nothing() -> None:
    term = leg("n", "a", "b", 4, from_on=date(2025, 1, 10), until_on=date(2025, 1, 16))
    assert held((term,), (deal("n", "loan"),)) == {
        "a": [(6, 2, inf), (4, 2, 4), (4, 10, inf)],
        "b": [(4, 4, 10)],
    }
    over = leg("n", "a", "b", 4, until_on=date(2025, 1, 7))
    assert sum(gpus for gpus, _, _ in held((over,), (deal("n", "loan"),))["a"]) == 10
    assert held((leg("n", "a", "b", 4),), (deal("n", "loan"),)) == {"a": [(6, 2, inf)], "b": [(4, 2, inf)]}


def test_grants_serve_whom_they_fit_and_make_way_for_others() -> None:
    # The first asker must leave the only grant that fits the second.
    assert unserved([5.0, 5.0], [5.0, 5.0], [[True, True], [True, False]]) == 0
    assert unserved([5.0, 5.0], [5.0, 4.0], [[True, True], [True, False]]) == 1
    assert unserved([3.0], [], [[]]) == 3
    assert unserved([], [2.0], []) == 0


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=4),
    st.lists(st.integers(0, 9), min_size=1, max_size=4),
    st.integers(0, 2**16 - 1),
)
def test_the_shortfall_is_that_of_the_worst_group_of_askers(asked: list[int], granted: list[int], bits: int) -> None:
    fits = [[bool(bits >> (4 * i + j) & 1) for j in range(len(granted))] for i in range(len(asked))]
    worst = 0
    for group in range(1, 2 ** len(asked)):
        members = [i for i in range(len(asked)) if group >> i & 1]
        reach = {j for i in members for j in range(len(granted)) if fits[i][j]}
        worst = max(worst, sum(asked[i] for i in members) - sum(granted[j] for j in reach))
    assert unserved([float(a) for a in asked], [float(g) for g in granted], fits) == pytest.approx(worst)


@pytest.mark.parametrize("wanted", [1e3, 1e6, 9e7, 4e9])
def test_a_run_counts_as_finished_where_the_check_says_so(wanted):
    # Large runs end a little short of the tolerance by rounding of long sums alone.
    for short in (0.0, 0.0099, 0.01, 0.0101, 0.0105, 0.012, 0.03, 0.06):
        total = wanted - short
        assert read_out.reaches(total, wanted) == (not exceeds(wanted, total, GPU_HOUR_TOLERANCE))
