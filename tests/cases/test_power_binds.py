"""Three SKUs and one megawatt, by hand: four weeks of 168 h = 672 h, 2 USD a reference GPU-hour.

Work per kW at its best use: small 0.8 / 0.5 = 1.6 (serving), big 3.0 / 2.0 = 1.5 (training),
mid 1.2 / 1.0 = 1.2 (serving). So in 1,000 kW: all 800 small (400 kW), all 250 big (500 kW), and 100 of the
650 mid (100 kW).
"""

import pytest

from armslength import plan
from armslength.model.rules import problems

HOURS = 672
VALUE = 2.0  # USD per reference GPU-hour
# Work at a time: small 800 x 0.8 = 640, big 250 x 3.0 = 750, mid 100 x 1.2 = 120; 1,510 x 672 in all.
ALONE_WORK = 1_014_720
# Device-hours: (800 + 250 + 100) x 672.
ALONE_DEVICE_HOURS = 772_800


def test_it_reads_without_problems(shipped):
    assert problems(shipped("power-binds")) == ()


@pytest.fixture(scope="module")
def comparison(shipped):
    return plan(shipped("power-binds"), runs=("alone", "as_agreed", "shared"))


@pytest.fixture(scope="module")
def used(comparison):
    def count(run, workload, sku):
        uses = comparison.plan_of(run).uses
        return sum(row.used_gpu_hours for row in uses if (row.workload, row.sku) == (workload, sku))

    return count


def test_alone_is_worth_the_best_use_of_the_megawatt(comparison):
    alone = comparison.plan_of("alone")
    assert alone.result_of("fleet").own_value == pytest.approx(ALONE_WORK * VALUE, abs=1.0)  # 2,029,440 USD
    assert alone.result_of("fleet").used_gpu_hours == pytest.approx(ALONE_DEVICE_HOURS, abs=0.1)
    assert alone.result_of("mill").own_value == 0


def test_each_model_does_what_it_does_best_per_kilowatt(used):
    assert used("alone", "training", "big") == pytest.approx(250 * HOURS, abs=0.1)
    assert used("alone", "serving", "small") == pytest.approx(800 * HOURS, abs=0.1)
    assert used("alone", "serving", "mid") == pytest.approx(100 * HOURS, abs=0.1)
    for workload, sku in (("serving", "big"), ("training", "small"), ("training", "mid")):
        assert used("alone", workload, sku) == pytest.approx(0, abs=0.1)


def test_the_rest_waits_for_power_and_not_for_chips(comparison):
    idle = comparison.plan_of("alone").idle
    # 550 mid stay dark: 550 x 672 = 369,600
    assert {(row.sku, row.cause) for row in idle if row.idle_gpu_hours > 0.1} == {("mid", "no power")}
    assert sum(row.idle_gpu_hours for row in idle) == pytest.approx(369_600, abs=0.1)


def test_a_megawatt_is_worth_what_the_middle_model_would_make_of_it(comparison):
    bindings = comparison.plan_of("alone").bindings
    power = [row for row in bindings if row.unit.startswith("MW") and "fleet-hall" in row.key]
    # 1,000 mid x 1.2 x 168 h x 2 USD = 403,200 USD per MW and week, 1,612,800 USD in the four weeks
    assert sum(row.marginal_value for row in power) == pytest.approx(1_612_800, rel=1e-6)


def test_as_agreed_a_hundred_more_run_at_the_mill(comparison):
    agreed = comparison.plan_of("as_agreed")
    # 100 mid x 1.2 x 672 h x 2 USD = 161,280 USD more
    assert agreed.result_of("fleet").own_value == pytest.approx(2_029_440 + 161_280, abs=1.0)
    gain = {row.organisation: row.gain_value for row in comparison.verdicts if row.run == "as_agreed"}
    # The fleet pays the mill 50,000 of it.
    assert gain == pytest.approx({"fleet": 111_280, "mill": 50_000}, abs=1.0)


def test_shared_fills_the_mill(comparison):
    # 0.3 MW hosts 300 mid: 300 x 1.2 x 672 h x 2 USD = 483,840 USD more than alone
    assert comparison.plan_of("shared").total_value == pytest.approx(2_029_440 + 483_840, rel=1e-3)


def test_shapley_halves_the_gain_of_two(comparison):
    shapley = next(row for row in comparison.splits if row.rule == "shapley")
    # 483,840 / 2
    assert [share.gain_value for share in shapley.shares] == pytest.approx([241_920, 241_920], rel=2e-3)
