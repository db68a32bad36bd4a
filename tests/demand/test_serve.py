"""Services: rates against published ones, the day, memory, the fleet, and questions that cannot be answered."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.demand.serve import estimate_serving
from armslength.errors import InputError
from armslength.model.estimate import ServeQuestion

CHAT = {"users": 1e6, "requests_per_user_day": 5.0, "input_tokens": 1000.0, "output_tokens": 400.0}


def serve(**given_values):
    return estimate_serving(ServeQuestion(**{"sku": "h100-sxm", "model": "grok-1", **given_values}))


def ends(figure):
    return figure.quantity_low, figure.central_quantity, figure.quantity_high


def problems(**given_values):
    with pytest.raises(InputError) as caught:
        serve(**given_values)
    return {problem.place: f"{problem.message} ({problem.hint})" for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("name", "published"),
    # Output tokens/s of one H100, FP8, 1,000 in and out, at the largest load.
    [("llama-3.1-8b", 15_220), ("llama-3-70b", 2_100), ("llama-3.1-405b", 365), ("qwen3-235b-a22b", 1_860)],
)
def test_published_rates_are_inside_the_band(name, published):
    low, _, high = ends(serve(model=name, mean_tokens_per_second=1.0).rate)
    assert low < published < 1.01 * high
    assert high / low < 3


def test_a_service_reported_with_other_requests_is_inside_the_band():
    # A 70B model as a service on two H100 saturates at 920 tokens/s with 5,000 in and 500 out.
    low, _, high = ends(
        serve(model="llama-3-70b", mean_tokens_per_second=1.0, input_tokens=5000.0, output_tokens=500.0).rate
    )
    assert low < 460 < high


def test_grok_1_is_in_the_range_of_like_models():
    # 50,000 / 83.76 = 597 tokens/s at the benchmark's load; 0.8 of it in service.
    assert serve(mean_tokens_per_second=1.0).rate.central_quantity == pytest.approx(0.8 * 50_000 / 83.7566, rel=1e-4)


def test_no_rate_is_above_what_the_peak_allows():
    for name in ("llama-3.1-8b", "grok-1", "deepseek-v3", "qwen3-235b-a22b"):
        found = serve(model=name, mean_tokens_per_second=100.0)
        assert found.rate.quantity_high < found.bound.central_quantity


def test_users_come_to_tokens_by_hand():
    found = serve(**CHAT, gpu_tokens_per_second=500.0, peak_to_mean_ratio=1.5, headroom_frac=0.25)
    tokens = 1e6 * 5 * 400 / 86_400
    assert ends(found.mean) == pytest.approx([tokens / 500] * 3)
    assert ends(found.peak) == pytest.approx([1.5 * tokens / 500] * 3)
    # 69.4 / 0.75 = 92.6, in replicas of eight.
    assert found.fleet.central_quantity == 8 * ceil(1.5 * tokens / 500 / 0.75 / 8) == 96
    assert len(found.hours) == 24
    assert max(figure.central_quantity for figure in found.hours) == pytest.approx(found.peak.central_quantity)
    assert sum(figure.central_quantity for figure in found.hours) / 24 == pytest.approx(found.mean.central_quantity)


def test_memory_by_hand():
    found = serve(**CHAT, peak_to_mean_ratio=1.0)
    assert found.weights.central_quantity == pytest.approx(315.684820992)
    # A request stays 400 / 30 s and holds 1,200 tokens of 262,144 bytes on average.
    requests = 1e6 * 5 / 86_400 * 400 / 30
    assert found.kv.central_quantity == pytest.approx(requests * 1200 * 262_144 / 1e9)
    # Four of 80 GB hold 288 GB at 0.9: too few for the weights.
    assert found.replica.central_quantity == 8


def test_sixteen_bits_take_twice_the_weights_and_half_the_peak():
    eight, sixteen = serve(**CHAT, precision="fp8"), serve(**CHAT, precision="bf16")
    assert sixteen.weights.central_quantity == 2 * eight.weights.central_quantity
    assert sixteen.rate.central_quantity == pytest.approx(eight.rate.central_quantity / 2, rel=1e-3)


def test_the_fleet_holds_keys_and_values_beside_the_weights():
    for name in ("llama-3-70b", "grok-1", "deepseek-v3"):
        found = serve(model=name, mean_tokens_per_second=1e5, input_tokens=20_000.0, output_tokens=500.0)
        replicas = found.fleet.central_quantity / found.replica.central_quantity
        room = found.fleet.central_quantity * 80 * 0.9 - replicas * found.weights.central_quantity
        assert room >= found.kv.central_quantity
        assert found.fleet.central_quantity >= found.peak.central_quantity / 0.7


def test_a_curve_of_ones_own():
    curve = tuple(float(hour) for hour in range(24))
    found = serve(**CHAT, curve_ratio=curve)
    assert found.hours[0].central_quantity == 0
    assert found.hours[23].central_quantity == pytest.approx(found.peak.central_quantity)
    assert found.peak.central_quantity / found.mean.central_quantity == pytest.approx(2.0)


@given(load=st.floats(0.1, 1e8), tokens_in=st.floats(1, 1e5), tokens_out=st.floats(1, 1e5), ratio=st.floats(1, 2))
def test_bands_are_in_order_and_the_fleet_holds_the_peak(load, tokens_in, tokens_out, ratio):
    found = serve(
        mean_tokens_per_second=load, input_tokens=tokens_in, output_tokens=tokens_out, peak_to_mean_ratio=ratio
    )
    for figure in (found.rate, found.mean, found.peak, found.fleet, *found.hours):
        assert 0 <= figure.quantity_low <= figure.central_quantity <= figure.quantity_high
    assert found.fleet.central_quantity >= found.peak.central_quantity


@pytest.mark.parametrize(
    ("given_values", "place", "words"),
    [
        ({}, "users", "nothing says how many users"),
        ({"users": 10.0}, "output_tokens", "output tokens"),
        ({**CHAT, "mean_tokens_per_second": 1.0}, "users", "leave one out"),
        ({**CHAT, "curve_ratio": (1.0, 2.0)}, "curve_ratio", "not 24"),
        ({**CHAT, "curve_ratio": (0.0,) * 24}, "curve_ratio", "only zeros"),
        ({**CHAT, "curve_ratio": (-1.0, *(1.0,) * 23)}, "curve_ratio", "below zero"),
        ({**CHAT, "curve_ratio": (1.0,) * 24, "peak_to_mean_ratio": 1.5}, "peak_to_mean_ratio", "leave one out"),
        ({**CHAT, "peak_to_mean_ratio": 5.0}, "peak_to_mean_ratio", "1 to 2"),
        ({**CHAT, "headroom_frac": 1.0}, "headroom_frac", "at most 1"),
        ({**CHAT, "model": "grok-3"}, "model", "not published"),
        ({**CHAT, "users": 0.0}, "users", "is zero"),
        ({**CHAT, "model": None}, "model", "nothing says what is served"),
    ],
)
def test_questions_that_cannot_be_answered_say_why(given_values, place, words):
    assert words in problems(**given_values)[place]
