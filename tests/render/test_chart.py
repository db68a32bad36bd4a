"""Axes, steps and flows: where things stand in a chart."""

import re
from datetime import date

import pytest

from armslength.model.case import Horizon
from armslength.model.comparison import Answer, Comparison, Point
from armslength.model.plan import Period
from armslength.render.axis import Times, scale_of, times_of
from armslength.render.chart import Grid, Layer, difference_bars, stacked_bars, step_chart
from armslength.render.curve import gain_curve
from armslength.render.sankey import REST, Link, largest_kept, sankey
from armslength.render.tally import limits_mw, tally_of

YEAR = Times(date(2024, 1, 1), date(2025, 1, 1))
HALVES = Grid.of(YEAR, [0.0, 50.0, 100.0])


def test_ticks_are_few_and_name_the_year_once() -> None:
    texts = [tick.text for tick in YEAR.ticks(5)]
    assert texts == ["Jan 2024", "Apr", "Jul", "Oct"]


@pytest.mark.parametrize("days", [1, 3, 20, 45, 80, 200, 800, 4000, 20000])
@pytest.mark.parametrize("most", [4, 5, 10])
def test_ticks_never_exceed_what_fits(days: int, most: int) -> None:
    times = Times(date(2024, 1, 17), date.fromordinal(date(2024, 1, 17).toordinal() + days))
    ticks = times.ticks(most)
    assert 1 <= len(ticks) <= most + 1
    assert all(0 <= tick.at_ratio <= 100 for tick in ticks)


def test_an_axis_of_no_days_stands_still() -> None:
    assert Times(date(2024, 1, 1), date(2024, 1, 1)).at(date(2024, 1, 1)) == 0.0


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (-3.0, 0.0), (0.0, 12_000.0), (-5e6, 7e7), (0.1, 0.3)])
def test_scales_hold_their_values_and_zero(low: float, high: float) -> None:
    scale = scale_of(low, high, 100.0)
    assert scale.low <= min(low, 0.0)
    assert scale.high >= max(high, 0.0)
    assert 0.0 in scale.steps
    assert scale.y(scale.high) == 0.0
    assert scale.y(scale.low) == 100.0


def test_steps_stand_at_their_values() -> None:
    chart = step_chart(HALVES, [Layer("line", "limit", [0.0, 10.0])], top=10.0, label="x", height=100.0)
    assert 'd="M0 100H500V0H1000"' in chart


def test_area_closes_at_zero() -> None:
    chart = step_chart(HALVES, [Layer("area", "area-used", [5.0, 5.0])], top=10.0, label="x", height=100.0)
    assert 'd="M0 50H1000V100H0Z"' in chart


def test_stacked_bars_stand_upon_each_other() -> None:
    series = [("cause-no-power", "no power", [4.0, 0.0]), ("cause-no-work", "no work", [6.0, 0.0])]
    chart = stacked_bars(HALVES, series, top=10.0, label="x", height=100.0)
    bars = re.findall(r'<rect class="(cause[\w-]+)".*? y="([\d.]+)" height="([\d.]+)"', chart)
    assert bars == [("cause-no-power", "60", "40.0"), ("cause-no-work", "0", "60.0")]


def test_differences_go_up_and_down() -> None:
    chart = difference_bars(HALVES, [10.0, -10.0], label="x", height=100.0)
    assert re.findall(r'<rect class="(more|less)".*? y="([\d.]+)"', chart) == [("more", "0"), ("less", "50")]


def test_labels_of_charts_are_escaped() -> None:
    assert 'aria-label="a &lt;b&gt; &#34;c&#34;"' in step_chart(HALVES, [], top=1.0, label='a <b> "c"')


def test_bands_fill_their_nodes() -> None:
    links = [
        Link(0, "a", "s", 3.0, "b-0"),
        Link(0, "b", "s", 1.0, "b-1"),
        Link(1, "s", "a", 3.0, "b-0"),
        Link(1, "s", "b", 1.0, "b-1"),
    ]
    drawing = sankey(links, {}, {}, label="x", height=200.0)
    nodes = [float(height) for height in re.findall(r'height="([\d.]+)" transform', drawing)]
    assert nodes == [150.0, 50.0, 200.0, 150.0, 50.0]


def test_small_nodes_are_gathered_and_counted() -> None:
    links = [Link(0, f"o{i}", "s", float(i + 1), "b-0") for i in range(10)]
    kept, gathered = largest_kept(links, 3)
    assert gathered == 7
    assert {link.start for link in kept} == {"o9", "o8", "o7", REST}
    assert sum(link.size for link in kept) == sum(link.size for link in links)


def test_an_empty_flow_draws_nothing() -> None:
    assert "<path" not in sankey([], {}, {}, label="x")


def _answer(*labels: str, gains: tuple[float, ...], on: date | None = None) -> Answer:
    points = tuple(
        Point(labels=(label,), gain_value=gain, used_gpu_hours=0.0) for label, gain in zip(labels, gains, strict=True)
    )
    return Answer(
        question="q", text="What?", organisation="o", axes=("x",), points=points, break_even_on=on, reading=""
    )


def test_break_even_is_marked_only_inside_the_tried_days() -> None:
    inside = _answer("2024-01-01", "2024-03-01", gains=(-5.0, 5.0), on=date(2024, 2, 1))
    outside = _answer("2024-01-01", "2024-03-01", gains=(5.0, 5.0), on=date(2025, 2, 1))
    assert 'class="break-even"' in gain_curve(inside, "USD")
    assert 'class="break-even"' not in gain_curve(outside, "USD")


def test_gains_losses_and_neither_have_shapes_of_their_own() -> None:
    chart = gain_curve(_answer("1 MW", "2 MW", "3 MW", gains=(-5.0, 0.0, 5.0)), "USD")
    assert chart.count("mark less") == chart.count("mark same") == chart.count("mark more") == 1
    assert "1 MW: −5 USD; 2 MW: 0 USD; 3 MW: +5 USD." in chart


@pytest.mark.parametrize("labels", [("2024-01-01",), ("alpha", "beta"), ("5 MW", "5 MW"), ("",)])
def test_odd_labels_still_draw(labels: tuple[str, ...]) -> None:
    chart = gain_curve(_answer(*labels, gains=tuple(-1.0 for _ in labels)), "USD")
    assert chart.count("mark less") == len(labels)
    assert "nan" not in chart


def test_power_of_a_site_counts_only_the_days_after_a_step(swap: Comparison) -> None:
    limits = limits_mw(swap.case, swap.plans[0], "texas")
    assert limits == [0.0] * 9 + [70.0] * 3
    halved = Period(start_on=date(2024, 9, 1), end_on=date(2024, 10, 31), counted_hours=1440.0)
    plan = swap.plans[0].model_copy(update={"periods": (halved,)})
    assert limits_mw(swap.case, plan, "texas") == [35.0]


def test_drawn_power_never_exceeds_the_site(swap: Comparison) -> None:
    for plan in swap.plans:
        tally = tally_of(swap.case, plan)
        for site, drawn in tally.site_usable_mw.items():
            limits = limits_mw(swap.case, plan, site)
            assert limits is not None
            assert all(x <= limit + 1e-9 for x, limit in zip(drawn, limits, strict=True))
            assert max(drawn) == pytest.approx(16.8)


def test_flows_add_up_to_what_was_received(swap: Comparison) -> None:
    for plan in swap.plans:
        tally = tally_of(swap.case, plan)
        received = sum(result.received_gpu_hours for result in plan.results)
        assert sum(tally.flows.values()) == pytest.approx(received)


def test_axis_of_a_plan_is_its_periods(swap: Comparison) -> None:
    horizon: Horizon = swap.case.horizon
    times = times_of(swap.plans[0].periods)
    assert (times.start_on, times.end_on) == (horizon.start_on, horizon.end_on)
    assert times.edges(swap.plans[0].periods)[-1] == 100.0
