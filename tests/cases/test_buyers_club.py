"""A buyers' club of six, by hand: six months of 730 h, 3 USD a GPU-hour served, no power at Ash in March."""

import pytest

from armslength import plan
from armslength.model.rules import problems

MONTH = 730
VALUE = 3.0  # USD per GPU-hour
OTHERS = ("birch", "cedar", "elm", "fir", "oak")

# A member in good months serves 8 of its 10: 8 x 6 x 730.
MEMBER_ALONE = 35_040
# Ash has five good months: 8 x 5 x 730.
ASH_ALONE = 29_200
# The agreed lease gives Ash two of Birch's in March: 2 x 730.
LEASED = 1_460
# The others have 5 x 2 = 10 to spare in March, more than the 8 that Ash lacks: 8 x 730 x 3 USD.
GAIN = 17_520


def test_it_reads_without_problems(shipped):
    assert problems(shipped("buyers-club")) == ()


@pytest.fixture(scope="module")
def comparison(shipped):
    return plan(shipped("buyers-club"), runs=("alone", "as_agreed", "shared"))


@pytest.fixture(scope="module")
def gains(comparison):
    return lambda rule: {
        share.organisation: share.gain_value
        for split in comparison.splits
        if split.rule == rule
        for share in split.shares
    }


def test_alone(comparison):
    alone = comparison.plan_of("alone")
    assert alone.result_of("ash").used_gpu_hours == pytest.approx(ASH_ALONE, abs=0.1)
    assert alone.result_of("ash").own_value == pytest.approx(87_600, abs=0.1)  # 29,200 x 3
    for name in OTHERS:
        assert alone.result_of(name).used_gpu_hours == pytest.approx(MEMBER_ALONE, abs=0.1)
        assert alone.result_of(name).own_value == pytest.approx(105_120, abs=0.1)  # 35,040 x 3


def test_march_is_idle_for_want_of_power(comparison):
    idle = comparison.plan_of("alone").idle
    # All ten of Ash's cards in March: 10 x 730. Two have no work in the other five months: 2 x 5 x 730.
    dark = sum(row.idle_gpu_hours for row in idle if row.title == "ash" and row.cause == "no power")
    spare = sum(row.idle_gpu_hours for row in idle if row.title == "ash" and row.cause == "no work")
    assert (dark, spare) == pytest.approx((7_300, 7_300), abs=0.1)


def test_as_agreed(comparison):
    agreed = comparison.plan_of("as_agreed")
    assert agreed.result_of("ash").used_gpu_hours == pytest.approx(ASH_ALONE + LEASED, abs=0.1)
    for name in OTHERS:
        assert agreed.result_of(name).used_gpu_hours == pytest.approx(MEMBER_ALONE, abs=0.1)


def test_verdict_on_the_lease(comparison):
    gain = {row.organisation: row.gain_value for row in comparison.verdicts if row.run == "as_agreed"}
    # Ash serves 1,460 GPU-hours more, worth 4,380 USD, and pays 2,920: 1,460 better off. Birch gets 2,920.
    assert gain["ash"] == pytest.approx(1_460, abs=0.1)
    assert gain["birch"] == pytest.approx(2_920, abs=0.1)
    assert all(gain[name] == pytest.approx(0, abs=0.1) for name in ("cedar", "elm", "fir", "oak"))


def test_shared_serves_ash_in_full(comparison):
    shared = comparison.plan_of("shared")
    for row in shared.results:
        assert row.used_gpu_hours == pytest.approx(MEMBER_ALONE, rel=1e-3)
    # 6 x 105,120 = 630,720 against 87,600 + 5 x 105,120 = 613,200
    assert shared.total_value - comparison.plan_of("alone").total_value == pytest.approx(GAIN, rel=1e-3)


def test_equal_gain_gives_a_sixth_to_each(comparison, gains):
    # 17,520 / 6
    assert list(gains("equal_gain").values()) == pytest.approx([2_920] * 6, rel=2e-3)
    # Ash and four others make the whole gain without the fifth, and get only five sixths of it.
    assert next(row.in_core for row in comparison.splits if row.rule == "equal_gain") is False


def test_shapley_pays_for_what_each_adds_in_every_order(gains):
    # With k others before it Ash brings min(8, 2 k) cards' work: (0 + 2 + 4 + 6 + 8 + 8) / 6 = 28/6 cards
    # of 730 h x 3 USD = 2,190 USD: 10,220. The others share (8 - 28/6) x 2,190 = 7,300: 1,460 each.
    assert gains("shapley") == pytest.approx({"ash": 10_220} | dict.fromkeys(OTHERS, 1_460), rel=2e-3)


def test_the_nucleolus_gives_all_to_ash(comparison, gains):
    # Four of the five others suffice: v(all) - v(all without one) = 0 for each. The core is one point.
    nucleolus = gains("nucleolus")
    assert nucleolus["ash"] == pytest.approx(GAIN, rel=2e-3)
    assert all(nucleolus[name] == pytest.approx(0, abs=0.002 * GAIN) for name in OTHERS)
    assert next(row.in_core for row in comparison.splits if row.rule == "nucleolus") is True
