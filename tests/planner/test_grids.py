"""Days inside periods are counted right: weekly, monthly and four-weekly plans agree.

Exactly, where one lot, one step of power and one start meet: each is a step function of time, and the hours in which
all three have begun are those after the last of them, whatever the periods are.

Within the grid, where several do. A period in which something changes may be planned differently on two grids; in all
others the state is that of the day, and a plan of one grid can be followed on the other. So two plans differ by at most
what all accelerators could earn in the periods in which something changes, of both grids.
"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.model.case import Case, Grid, Horizon
from armslength.model.noun import on_day
from armslength.planner.calendar import Calendar
from planner.cases_by_hand import MONDAY, alone, day, one_hall, solved, training, used
from planner.random_cases import event_days, few, on_grid, simple_cases

GRIDS: tuple[Grid, ...] = ("week", "four_weeks", "month")
DAYS = 120
SOME_DAY = st.integers(-10, DAYS + 5)


@few(25)
@given(SOME_DAY, SOME_DAY, SOME_DAY, st.sampled_from([0.0, 2.0, 6.5, 33.0]), st.none() | st.floats(672, 744))
def test_one_lot_one_hall_and_one_start_agree_on_every_grid(arrives, opens, starts, burn_in, per_month):
    horizon = Horizon(start_on=MONDAY, end_on=day(DAYS), counted_hours_per_month=per_month)
    of = one_hall(
        gpus=10,
        arrives=arrives,
        opens=opens,
        horizon=horizon,
        site={"burn_in_days": burn_in},
        workloads=[training("t", start_on=day(starts))],
    )
    # Commissioned on the later of receipt, opening and the first day; burn-in follows.
    ready = max(arrives, opens, 0) + burn_in
    last = max(ready, float(starts))
    whole = Calendar(horizon.model_copy(update={"end_on": day(DAYS), "grid": "four_weeks"}))
    hours = float(whole.share_after(last) @ whole.hours)
    for grid in GRIDS:
        assert used(alone(on_grid(of, grid))) == pytest.approx(10 * hours, abs=0.01)


def tolerance(of: Case) -> float:
    """Returns what all accelerators could earn in the periods of both grids in which something changes, money."""
    gpus = sum(row.gpus for row in of.lots)
    dearest = max(row.work_value_per_gpu_hour or 0.0 for row in of.workloads)
    hours = 0.0
    for grid in ("week", "month"):
        calendar = Calendar(on_grid(of, grid).horizon)  # type: ignore[arg-type]
        for number, (first, after) in enumerate(zip(calendar.days, calendar.days[1:], strict=False)):
            if any(first < changed < after for changed in event_days(of)):
                hours += float(calendar.hours[number])
    # Whole accelerators: one at each hall for the time of the horizon.
    rounding = len(of.sites) * dearest * 24 * (of.horizon.end_on - of.horizon.start_on).days
    return gpus * dearest * hours + rounding


@few(10)
@given(simple_cases(days=180))
def test_weekly_and_monthly_plans_agree_within_the_grid(of):
    for run in ("alone", "shared"):
        weekly, monthly = (solved(on_grid(of, grid), run) for grid in ("week", "month"))  # type: ignore[arg-type]
        assert weekly.total_value == pytest.approx(monthly.total_value, abs=tolerance(of))


def first_days(of: Case, grid: Grid) -> Case:
    """Returns the case with every change moved to the first day of a period that both grids have."""
    shared_days = sorted(
        set(Calendar(on_grid(of, "week").horizon).days) & set(Calendar(on_grid(of, "four_weeks").horizon).days)
    )

    def nearest(when: date) -> date:
        return min(shared_days, key=lambda candidate: abs(candidate - when))

    lots = tuple(row.model_copy(update={"expected_on": on_day(nearest(row.expected_on.p50_on))}) for row in of.lots)
    steps = tuple(row.model_copy(update={"from_on": on_day(nearest(row.from_on.p50_on))}) for row in of.steps)
    work = tuple(
        row.model_copy(update={"start_on": nearest(row.start_on)}) if row.start_on else row for row in of.workloads
    )
    return on_grid(of.model_copy(update={"lots": lots, "steps": steps, "workloads": work}), grid)


@few(10)
@given(simple_cases(days=168))
def test_grids_agree_exactly_where_everything_changes_on_first_days(of):
    for run in ("alone", "shared"):
        weekly, coarse = (solved(first_days(of, grid), run) for grid in ("week", "four_weeks"))  # type: ignore[arg-type]
        dearest = max(row.work_value_per_gpu_hour or 0.0 for row in of.workloads)
        # Whole accelerators may be rounded to another hall: one at each, for the time of the horizon.
        rounding = len(of.sites) * dearest * 24 * 168
        assert weekly.total_value == pytest.approx(coarse.total_value, abs=rounding)
        assert weekly.provenance.bound_value == pytest.approx(coarse.provenance.bound_value, rel=1e-6, abs=0.5)


def test_the_last_days_of_a_horizon_count_on_every_grid():
    horizon = Horizon(start_on=MONDAY, end_on=MONDAY + timedelta(days=100))
    for grid in GRIDS:
        assert used(alone(on_grid(one_hall(gpus=10, horizon=horizon), grid))) == pytest.approx(10 * 2400)
