"""Training runs: arithmetic by hand, bands, and questions that cannot be answered."""

from datetime import date
from math import exp, hypot, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.demand.train import estimate_training
from armslength.errors import InputError
from armslength.model.catalogue import CatalogueModel
from armslength.model.estimate import TrainQuestion


def train(**given_values):
    return estimate_training(TrainQuestion(**{"sku": "h100-sxm", **given_values}))


def ends(figure):
    return figure.quantity_low, figure.central_quantity, figure.quantity_high


def problems(**given_values):
    with pytest.raises(InputError) as caught:
        train(**given_values)
    return {problem.place: f"{problem.message} ({problem.hint})" for problem in caught.value.problems}


def test_given_everything_nothing_is_uncertain_but_the_power():
    # 6 x 10^9 x 10^12 FLOP / (989.4 x 10^12 x 0.4 x 0.9) / 3600 s
    found = train(
        total_params=1e9, tokens=1e12, steady_mfu_frac=0.4, goodput_frac=0.9, gpus=8, use_price_per_gpu_hour=2.0
    )
    hours = 6e21 / (989.4e12 * 0.36) / 3600
    assert ends(found.gpu_hours) == pytest.approx((hours, hours, hours))
    assert ends(found.weeks) == pytest.approx([hours / 8 / 168] * 3)
    assert ends(found.cost) == pytest.approx([2 * hours] * 3)
    assert ends(found.energy) == pytest.approx([hours * kw / 1000 for kw in (1.3, 1.4, 1.5)])
    assert ends(found.power) == pytest.approx([8 * kw / 1000 for kw in (1.3, 1.4, 1.5)])
    # 10, 16 and 18 bytes a parameter in 80 GB.
    assert ends(found.floor) == (1, 1, 1)


def test_ends_add_relative_distances_in_squares():
    found = train(train_yottaflop=1.0, structure="moe")
    mfu, goodput = (0.22, 0.34, 0.48), (0.80, 0.87, 0.92)
    central = 1e24 / (989.4e12 * 0.34 * 0.87) / 3600
    low = central * exp(-hypot(log(mfu[2] / mfu[1]), log(goodput[2] / goodput[1])))
    high = central * exp(hypot(log(mfu[1] / mfu[0]), log(goodput[1] / goodput[0])))
    assert ends(found.gpu_hours) == pytest.approx((low, central, high))


def test_grok_1_on_twelve_thousand():
    found = train(model="grok-1", tokens=6.2e12, gpus=12_000)
    # 522 GFLOP a token x 6.2T; 316 x 10^9 parameters x 16 bytes / 80 GB = 63.1.
    assert found.model_flop.central_quantity == pytest.approx(3.24e24, rel=0.002)
    assert ends(found.floor) == (40, 64, 72)
    low, central, high = ends(found.gpu_hours)
    # 2.9e24 at whole-run utilisation of 0.25, 0.35 and 0.45 is 3.3, 2.3 and 1.8 million hours.
    assert low < 2.3e6 < high
    assert found.weeks.central_quantity == pytest.approx(central / 12_000 / 168)
    assert any("2.9e24" in note for note in found.notes)


@pytest.mark.parametrize(("name", "flop"), [("grok-2", 2.96e25), ("grok-3", 4.64e26), ("gpt-4", 2.1e25)])
def test_without_tokens_the_catalogues_operations_count_with_their_range(name, flop):
    found = train(model=name)
    assert found.model_flop.central_quantity == pytest.approx(flop)
    assert found.model_flop.quantity_low < flop < found.model_flop.quantity_high
    assert found.gpu_hours.quantity_high / found.gpu_hours.quantity_low > 3


def test_recomputation_is_shown_apart_and_changes_nothing_else():
    plain, again = train(model="llama-3.1-405b"), train(model="llama-3.1-405b", recompute=True)
    assert plain.hardware_flop is None
    assert again.hardware_flop.central_quantity == pytest.approx(plain.model_flop.central_quantity * 8 / 6)
    assert again.gpu_hours == plain.gpu_hours
    assert again.model_flop == plain.model_flop


def test_a_longer_sequence_takes_more():
    short, long = (
        train(model="llama-3-70b", sequence_tokens=length).model_flop.central_quantity for length in (4096, 131072)
    )
    # 6 x 80 layers x 8192 per token of sequence, for 15T tokens.
    assert long - short == pytest.approx(6 * 80 * 8192 * (131072 - 4096) * 15e12)


def test_accelerators_for_a_day_to_finish_by():
    asked = train(model="llama-3.1-405b", start_on=date(2027, 1, 1), finish_on=date(2027, 3, 2))
    hours = 60 * 24
    for end in ("quantity_low", "central_quantity", "quantity_high"):
        gpus = getattr(asked.gpus, end)
        needed = getattr(asked.gpu_hours, end) / hours
        assert needed <= gpus < needed + 1
    assert asked.weeks is None
    # 30.84 million hours over 60 days: what was used is inside the band.
    assert asked.gpus.quantity_low < 30.84e6 / hours < asked.gpus.quantity_high


def test_the_price_is_of_the_first_day():
    early, late = (train(model="grok-1", tokens=1e12, start_on=day) for day in (date(2023, 6, 1), date(2025, 11, 1)))
    assert early.cost.central_quantity / late.cost.central_quantity == pytest.approx(9.5 / 1.7)


def test_without_a_price_there_is_no_cost_and_a_note():
    found = train(model="grok-1", tokens=1e12, sku="mi300x")
    assert found.cost is None
    assert any("No price" in note for note in found.notes)


def test_too_few_accelerators_for_the_memory_is_said():
    assert any("at least 64" in note for note in train(model="grok-1", tokens=1e12, gpus=20).notes)
    assert not any("at least" in note for note in train(model="grok-1", tokens=1e12, gpus=64).notes)


def test_every_input_has_a_source():
    for found in (train(model="grok-1", tokens=6.2e12), train(total_params=7e9, tokens=1e12), train(model="gpt-4")):
        assert all(figure.source for figure in found.inputs)
        assert all(figure.confidence or figure.source == "given" for figure in found.inputs)


@given(
    params=st.floats(1e8, 1e13),
    tokens=st.floats(1e9, 1e15),
    gpus=st.integers(1, 10**6),
    share=st.floats(0.01, 1),
)
def test_bands_are_in_order_and_more_accelerators_take_less_time(params, tokens, gpus, share):
    one = train(total_params=params, active_params=params * share, tokens=tokens, gpus=gpus)
    two = train(total_params=params, active_params=params * share, tokens=tokens, gpus=2 * gpus)
    for figure in (one.gpu_hours, one.weeks, one.energy, one.cost, one.floor):
        assert 0 < figure.quantity_low <= figure.central_quantity <= figure.quantity_high
    assert two.weeks.central_quantity == pytest.approx(one.weeks.central_quantity / 2)
    assert two.gpu_hours == one.gpu_hours


def test_more_active_than_there_are():
    found = problems(total_params=10e9, active_params=20e9, tokens=1e12)
    assert "more than the 10,000,000,000 there are" in found["active_params"]


def test_no_accelerators_negative_tokens_and_shares_above_one_are_all_said_at_once():
    found = problems(model="grok-1", tokens=-1.0, gpus=0, steady_mfu_frac=1.5)
    assert set(found) == {"tokens", "gpus", "steady_mfu_frac"}
    assert "is zero" in found["gpus"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0])
def test_numbers_that_are_none(value):
    assert "tokens" in problems(model="grok-1", tokens=value)


def test_a_precision_without_a_peak():
    assert (
        "it has bf16, fp16, int8" in problems(model="grok-1", tokens=1e12, sku="a100-sxm", precision="fp8")["precision"]
    )


@pytest.mark.parametrize(
    ("given_values", "place", "words"),
    [
        ({}, "model", "nothing says what is trained"),
        ({"model": "grok1", "tokens": 1e12}, "model", "did you mean grok-1"),
        ({"model": "grok-1", "tokens": 1e12, "sku": "h10"}, "sku", "h100"),
        ({"model": "grok-1.5", "tokens": 1e12}, "tokens", "leave the tokens out"),
        ({"model": "mixtral-8x22b"}, "tokens", "give the tokens"),
        ({"model": "grok-1", "tokens": 1e12, "train_yottaflop": 1.0}, "flops", "leave one out"),
        ({"model": "grok-1", "tokens": 1e12, "total_params": 1e9}, "total_params", "leave one out"),
        ({"active_params": 1e9, "tokens": 1e12}, "active_params", "give all parameters"),
        ({"total_params": 2e9, "active_params": 1e9, "structure": "dense", "tokens": 1e12}, "structure", "dense model"),
        ({"model": "grok-1", "tokens": 1e12, "finish_on": date(2027, 1, 1)}, "start_on", "first day"),
        (
            {"model": "grok-1", "tokens": 1e12, "finish_on": date(2027, 1, 1), "start_on": date(2027, 1, 1)},
            "finish_on",
            "not after the start",
        ),
        (
            {"model": "grok-1", "tokens": 1e12, "finish_on": date(2028, 1, 1), "start_on": date(2027, 1, 1), "gpus": 8},
            "finish_on",
            "leave one out",
        ),
    ],
)
def test_questions_that_cannot_be_answered_say_why(given_values, place, words):
    assert words in problems(**given_values)[place]


def test_a_planners_own_model_comes_before_the_catalogues():
    own = CatalogueModel(id="grok-1", total_params=1e9, source="ours")
    found = estimate_training(TrainQuestion(model="grok-1", tokens=1e12, sku="h100-sxm"), (own,))
    assert found.model_flop.central_quantity == 6e21
    assert any("No shape" in note for note in found.notes)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"total_params": 1e9, "active_params": 2e9}, "more than"),
        ({"layers_count": 4}, "part of its shape"),
        ({"experts_count": 2, "chosen_experts_count": 3}, "chooses 3"),
        ({"heads_count": 6, "kv_heads_count": 4}, "cannot share"),
        ({"train_yottaflop": 1.0, "train_yottaflop_low": 2.0}, "outside its own range"),
        ({"train_yottaflop_low": 2.0}, "without train_yottaflop"),
    ],
)
def test_a_model_that_contradicts_itself_is_refused(fields, words):
    own = CatalogueModel(id="odd", **fields)
    with pytest.raises(InputError) as caught:
        estimate_training(TrainQuestion(model="odd", tokens=1e12, sku="h100-sxm"), (own,))
    assert any(words in problem.message for problem in caught.value.problems)
