"""Two universities and a laboratory, by hand: twelve weeks of 168 h, 2 EUR a GPU-hour, 64 cards in all.

Laboratory: 16 cards in the hall. East: 32 cards, room for 16 for eight weeks, until 3 March,
then for 32 for four. West: 16 cards, but its model needs 32 at a time.
"""

from datetime import date

import pytest

from armslength import plan
from armslength.model.rules import problems

WEEK = 168
VALUE = 2.0  # EUR per GPU-hour

# Alone. Laboratory: 16 x 12 weeks = 192 GPU-weeks. East: 16 x 8 + 32 x 4 = 256. West: never 32 together.
ALONE = {"lab": 192 * WEEK, "east": 256 * WEEK, "west": 0}
# As agreed: 16 of East's, which had no room, work for the laboratory for eight weeks: 32 x 8 + 16 x 4 = 320.
AGREED = {"lab": 320 * WEEK, "east": 256 * WEEK, "west": 0}
# Shared: the hall takes all 64 cards from the first day: 64 x 12 = 768 GPU-weeks.
SHARED = 768 * WEEK


def test_it_reads_without_problems(shipped):
    assert problems(shipped("shared-hall")) == ()


@pytest.fixture(scope="module")
def comparison(shipped):
    # Strict: a gang of 32 does not run half of the time on 16 cards.
    return plan(shipped("shared-hall"), runs=("alone", "as_agreed", "shared"), strict=True)


def test_the_recall_ends_the_loan_when_the_room_is_ready(shipped):
    case = shipped("shared-hall")
    loan = case.agreements[0]
    # Recalled on 3 February; 28 days' notice end on 3 March.
    assert (date(2025, 3, 3) - loan.recalled_on).days == loan.recall_notice_days
    extended = next(row for row in case.steps if row.id == "east-room-extended")
    assert extended.from_on.p50_on == date(2025, 3, 3)


@pytest.mark.parametrize("name", ["lab", "east", "west"])
def test_alone(comparison, name):
    result = comparison.plan_of("alone").result_of(name)
    assert result.used_gpu_hours == pytest.approx(ALONE[name], abs=0.1)
    assert result.own_value == pytest.approx(ALONE[name] * VALUE, abs=0.1)


@pytest.mark.parametrize("name", ["lab", "east", "west"])
def test_as_agreed(comparison, name):
    result = comparison.plan_of("as_agreed").result_of(name)
    assert result.used_gpu_hours == pytest.approx(AGREED[name], abs=0.1)
    assert result.own_value == pytest.approx(AGREED[name] * VALUE, abs=0.1)


def test_the_loan_helps_the_laboratory_and_harms_nobody(comparison):
    standing = {row.organisation: row.standing for row in comparison.verdicts if row.run == "as_agreed"}
    assert standing == {"lab": "better", "east": "same", "west": "same"}
    gain = {row.organisation: row.gain_value for row in comparison.verdicts if row.run == "as_agreed"}
    # 128 GPU-weeks x 168 h x 2 EUR
    assert gain["lab"] == pytest.approx(43_008)


def test_shared_uses_every_card_from_the_first_day(comparison):
    shared = comparison.plan_of("shared")
    # 768 x 168 = 129,024 GPU-hours, 258,048 EUR; a thousandth of the gain may go for fewer agreements.
    assert sum(row.used_gpu_hours for row in shared.results) == pytest.approx(SHARED, rel=1e-3)
    assert shared.total_value == pytest.approx(258_048, rel=1e-3)


def test_shared_harms_nobody_in_kind(comparison):
    alone, shared = comparison.plan_of("alone"), comparison.plan_of("shared")
    for name in ("lab", "east", "west"):
        assert shared.result_of(name).own_value >= alone.result_of(name).own_value - 0.01


def test_a_gang_of_32_never_runs_on_fewer(comparison):
    for run in ("alone", "as_agreed"):
        uses = comparison.plan_of(run).uses
        assert sum(row.used_gpu_hours for row in uses if row.workload == "language") == 0


def test_the_gangs_stay_on_one_site(comparison):
    for run in ("alone", "as_agreed", "shared"):
        for workload in ("climate", "protein", "language"):
            uses = comparison.plan_of(run).uses
            assert len({row.site for row in uses if row.workload == workload and row.used_gpu_hours}) <= 1
