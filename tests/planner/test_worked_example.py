"""The worked example to the GPU-hour, on monthly and weekly grids, with months of 730 h and with the clock's hours.

T has 12,000 accelerators from 1 January and a hall for 50,000 that opens on 1 October. X has 6,000 from 1 January,
6,000 from 1 June, and powered room for 12,000 from 1 January. Both have more work than accelerators. They swap T's
12,000 for X's 6,000 and 6,000.
"""

from datetime import date
from typing import NamedTuple

import pytest

from armslength.model.agreement import AgreementKind
from armslength.model.case import ALL_KINDS, Case, Grid, Question, Vary
from armslength.model.supply import Site
from armslength.planner.coalition import splits
from armslength.planner.effort import Effort
from armslength.planner.questions import answered, with_value
from armslength.planner.verdict import verdicts
from planner.cases_by_hand import (
    agreed,
    agreement,
    alone,
    case,
    idle_by_cause,
    leg,
    lot,
    shared,
    sharing,
    step,
    training,
    used,
    year,
)

JANUARY, MARCH, JUNE, OCTOBER = (date(2024, month, 1) for month in (1, 3, 6, 10))


class Hours(NamedTuple):
    """A grid and a way of counting, and the hours from a day to another in 2024."""

    grid: Grid
    per_month: float | None

    def between(self, first: date, after: date) -> float:
        if self.per_month is None:
            return 24.0 * (after - first).days
        return self.per_month * ((after.year - first.year) * 12 + after.month - first.month)


WAYS = [Hours("month", 730.0), Hours("week", 730.0), Hours("week", None), Hours("month", None)]
NEXT_YEAR = date(2025, 1, 1)
# A hundredth of a GPU-hour for each of up to 54 periods.
TO_THE_GPU_HOUR = 0.5


def swap(way: Hours, opens: date = OCTOBER, kinds: tuple[AgreementKind, ...] = ALL_KINDS) -> Case:
    return case(
        "t",
        "x",
        horizon=year(way.grid, way.per_month),
        sharing=sharing(kinds=kinds),
        lots=[
            lot("t", 12_000, JANUARY, "t-january"),
            lot("x", 6_000, JANUARY, "x-january"),
            lot("x", 6_000, JUNE, "x-june"),
        ],
        sites=[Site(id="hall", owner="t"), Site(id="room", owner="x")],
        # 1 kW each: 50,000 and 12,000 accelerators
        steps=[step("hall", 50.0, opens, name="opens"), step("room", 12.0, JANUARY)],
        workloads=[training("t", work_value_per_gpu_hour=2.5), training("x", work_value_per_gpu_hour=2.5)],
        agreements=[agreement("slot_swap", "t", "x")],
        legs=[
            leg("t", "x", 12_000, "there", lot="t-january"),
            leg("x", "t", 6_000, "back-january", lot="x-january"),
            leg("x", "t", 6_000, "back-june", lot="x-june"),
        ],
    )


@pytest.fixture(params=WAYS, ids=lambda way: f"{way.grid}-{way.per_month or 'clock'}")
def way(request) -> Hours:
    return request.param


def test_alone_t_waits_for_its_hall(way):
    plan = alone(swap(way))
    # 12,000 x October to December; 6,000 x January to May and 12,000 x June to December. Months of 730 h:
    # 12,000 x 2,190 = 26.28 M, and 6,000 x 3,650 + 12,000 x 5,110 = 83.22 M
    x_hours = 6_000 * way.between(JANUARY, JUNE) + 12_000 * way.between(JUNE, NEXT_YEAR)
    assert used(plan, "t") == pytest.approx(12_000 * way.between(OCTOBER, NEXT_YEAR), abs=TO_THE_GPU_HOUR)
    assert used(plan, "x") == pytest.approx(x_hours, abs=TO_THE_GPU_HOUR)
    waited = 12_000 * way.between(JANUARY, OCTOBER)
    assert idle_by_cause(plan) == {"no power": pytest.approx(waited, abs=TO_THE_GPU_HOUR)}


def test_the_swap_gives_x_five_months_of_6000_and_costs_t_nothing(way):
    before, after = alone(swap(way)), agreed(swap(way))
    gained = used(after, "x") - used(before, "x")
    # 6,000 x 5 x 730 = 21.9 M; by the clock January to May 2024 has 152 days: 6,000 x 3,648 = 21,888,000
    assert gained == pytest.approx(21_900_000 if way.per_month else 21_888_000, abs=TO_THE_GPU_HOUR)
    assert used(after, "t") == pytest.approx(used(before, "t"), abs=TO_THE_GPU_HOUR)


def test_had_the_hall_opened_in_march_t_would_have_lost(way):
    early = swap(way, opens=MARCH)
    lost = used(alone(early), "t") - used(agreed(early), "t")
    # 6,000 x March to May: x 3 x 730 = 13.14 M; by the clock 92 days: 6,000 x 2,208 = 13,248,000
    assert lost == pytest.approx(13_140_000 if way.per_month else 13_248_000, abs=TO_THE_GPU_HOUR)


def test_the_verdict_says_so_in_money(way):
    early = swap(way, opens=MARCH)
    before = alone(early)
    found = {row.organisation: row for row in verdicts(early, "as_agreed", before, agreed(early), {}, {})}
    # 13.14 M x 2.50 USD = 32.85 M; 21.9 M x 2.50 = 54.75 M; by the clock 33.12 M and 54.72 M
    lost, gained = (32_850_000, 54_750_000) if way.per_month else (33_120_000, 54_720_000)
    assert (found["t"].standing, found["x"].standing) == ("worse", "better")
    assert found["t"].make_whole_cost == pytest.approx(lost, abs=2.0)
    assert found["x"].gain_value == pytest.approx(gained, abs=2.0)
    assert {row.period_index for row in found["t"].changes} <= set(range(len(before.periods)))


@pytest.mark.parametrize(("opens", "lost_days"), [(date(2024, 5, 31), 1), (JUNE, 0), (date(2024, 6, 2), 0)])
def test_the_day_of_the_last_return_lot_is_the_turn(way, opens, lost_days):
    turn = swap(way, opens=opens)
    lost = used(alone(turn), "t") - used(agreed(turn), "t")
    # On 31 May T has 6,000 of its 12,000: a day of 6,000, of 24 h or of 730/31 h.
    hours = 730.0 / 31 if way.per_month else 24.0
    assert lost == pytest.approx(6_000 * lost_days * hours, abs=TO_THE_GPU_HOUR)


@pytest.mark.parametrize("way", [WAYS[0], WAYS[2]], ids=["month-730", "week-clock"])
def test_the_break_even_is_found_to_the_day(way):
    days = (MARCH, date(2024, 5, 1), date(2024, 7, 1), OCTOBER)
    question = Question(
        id="when", text="When?", organisation="t", vary=(Vary(step="opens", label="The hall", dates_on=days),)
    )
    answer = answered(swap(way), question, Effort(gap_frac=1e-6))
    assert answer.break_even_on == JUNE
    assert [point.gain_value < -1.0 for point in answer.points] == [True, True, False, False]
    assert "2024-06-01" in answer.reading


def test_a_varied_fact_changes_nothing_else():
    way = WAYS[0]
    assert with_value(swap(way), Vary(step="opens"), MARCH) == swap(way, opens=MARCH)


def test_sharing_finds_the_gain_of_the_swap_and_an_equal_split_pays_half(way):
    of = swap(way)
    before = alone(of)
    plan = shared(of, alone=before)
    gain = plan.total_value - before.total_value
    # 21.9 M x 2.50 = 54.75 M: X's room is full of somebody's accelerators from January on.
    worth = 54_750_000 if way.per_month else 54_720_000
    assert gain == pytest.approx(worth, abs=2.0)
    equal = next(row for row in splits(of, before, plan, Effort(gap_frac=1e-6)) if row.rule == "equal_gain")
    assert [share.gain_value for share in equal.shares] == pytest.approx([worth / 2] * 2, abs=2.0)
    assert equal.in_core


def test_hosting_alone_creates_the_same_gain(way):
    of = swap(way, kinds=("hosting",))
    before = alone(of)
    plan = shared(of, alone=before)
    # X's room is full from January on here too, with 6,000 of T doing T's own work beside X's first 6,000.
    gained = 6_000 * way.between(JANUARY, JUNE)
    assert used(plan) - used(before) == pytest.approx(gained, abs=TO_THE_GPU_HOUR)
    assert {deal.kind for deal in plan.deals} == {"hosting"}
