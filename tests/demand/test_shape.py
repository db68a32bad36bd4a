"""Parameters and operations against published counts and arithmetic by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.demand.shape import counts_of, forward_flop_per_token, has_shape, missing_fields, train_flop_per_token
from armslength.demand.tables import model_named
from armslength.model.catalogue import CatalogueModel, Model

# As published in the makers' own releases, or counted there from the weights.
PUBLISHED = {
    "grok-1": 315_684_820_992,
    "llama-2-70b": 68_976_648_192,
    "llama-3-70b": 70_553_706_496,
    "llama-3.1-8b": 8_030_261_248,
    "llama-3.1-405b": 405_853_388_800,
    "mixtral-8x22b": 140_620_634_112,
    "dbrx": 131_596_523_520,
    "qwen3-235b-a22b": 235_093_634_560,
    "deepseek-v3": 671_026_419_200,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_the_published_ones(name):
    assert counts_of(model_named(name)).total_params == PUBLISHED[name]


@pytest.mark.parametrize(
    ("name", "field", "billions"),
    [
        ("mixtral-8x22b", "active_params", 39),
        ("dbrx", "active_params", 36),
        ("qwen3-235b-a22b", "active_params", 22),
        ("grok-2", "active_params", 115),
        ("grok-2", "total_params", 270),
        ("gpt-3", "total_params", 175),
        # Its makers leave the input table out: 36.6 of the 37.6 billion.
        ("deepseek-v3", "multiplied_params", 37),
        ("deepseek-v3", "total_params", 671),
    ],
)
def test_rounded_counts_are_the_announced_ones(name, field, billions):
    assert round(getattr(counts_of(model_named(name)), field) / 1e9) == pytest.approx(billions, abs=0.6)


def test_grok_1_by_hand():
    # One expert: 3 x 6144 x 32768. Attention: 2 x 6144 x 6144 + 2 x 6144 x 1024. Router: 6144 x 8. Four norms.
    expert, attention, router, norms = 603_979_776, 88_080_384, 49_152, 24_576
    table, last_norm = 131_072 * 6_144, 6_144
    layer = attention + 8 * expert + router + norms
    counts = counts_of(model_named("grok-1"))
    assert counts.total_params == 64 * layer + table + last_norm == 315_684_820_992
    assert counts.active_params == 64 * (attention + 2 * expert + router + norms) + table + last_norm == 83_756_587_008
    # Keys and values: 2 x 64 layers x 8 heads x 128, of two bytes each.
    assert 2 * counts.kv_width_count == 262_144


def test_operations_of_a_small_model_by_hand():
    # Two layers of width 8 with two heads of 4 and one of them for keys; network of 16, gated; 10 words, two tables.
    tiny = Model(
        id="tiny",
        layers_count=2,
        width_count=8,
        heads_count=2,
        kv_heads_count=1,
        head_width_count=4,
        ffn_width_count=16,
        vocabulary_count=10,
    )
    attention = 8 * 8 + 8 * 4 + 8 * 4 + 8 * 8  # queries, keys, values, output
    products = 2 * (attention + 3 * 8 * 16) + 10 * 8
    counts = counts_of(tiny)
    assert counts.multiplied_params == products == 1_232
    assert counts.total_params == products + 10 * 8 + (2 * 2 + 1) * 8
    # Looking back at 6 tokens: 2 layers x 2 heads x (6 dot products of 4 and 6 sums of 4), two operations each.
    seen = 2 * 2 * (6 * 4 + 6 * 4) * 2
    assert forward_flop_per_token(counts, 6) == 2 * products + seen == 2_848
    # On average a token of a sequence of 12 looks back at 6; the backward pass costs twice as much.
    assert train_flop_per_token(counts, 12) == 3 * 2_848


def test_operations_of_grok_1_are_six_per_parameter_and_attention():
    counts = counts_of(model_named("grok-1"))
    per_token = train_flop_per_token(counts, 8_192)
    attention = 6 * 64 * 8_192 * 48 * 128  # 19.3 x 10^9
    assert per_token == 6 * counts.multiplied_params + attention
    assert per_token / 1e9 == pytest.approx(503 + 19, abs=1)


def test_latent_attention_by_hand():
    # Ranks of 1536 and 512, rotary part of 64, heads of 128: the published shape of one layer's attention.
    queries = 7_168 * 1_536 + 1_536 * 128 * (128 + 64)
    keys_and_values = 7_168 * (512 + 64) + 512 * 128 * (128 + 128)
    layer = queries + keys_and_values + 128 * 128 * 7_168
    counts = counts_of(model_named("deepseek-v3"))
    expert, dense = 3 * 7_168 * 2_048, 3 * 7_168 * 18_432
    products = 61 * layer + 58 * (9 * expert + 256 * 7_168) + 3 * dense + 129_280 * 7_168
    assert counts.multiplied_params == products
    assert counts.kv_width_count == 61 * (512 + 64)
    assert counts.attention_width_count == 61 * 128 * (128 + 64 + 128)


def test_a_shape_says_what_is_missing():
    assert not has_shape(Model(id="m"))
    assert missing_fields(Model(id="m", structure="moe", layers_count=1, width_count=8, heads_count=1)) == (
        "head_width_count",
        "vocabulary_count",
        "experts_count",
        "chosen_experts_count",
        "expert_width_count",
    )


@given(chosen=st.integers(1, 8), beside=st.integers(0, 64), tied=st.booleans())
def test_a_token_never_uses_more_than_there_is(chosen, beside, tied):
    row = CatalogueModel(
        id="m",
        structure="moe",
        layers_count=3,
        width_count=16,
        heads_count=4,
        head_width_count=4,
        experts_count=8,
        chosen_experts_count=chosen,
        expert_width_count=32,
        beside_width_count=beside,
        vocabulary_count=50,
        tied_embedding=tied,
    )
    counts = counts_of(row)
    assert counts.multiplied_params <= counts.active_params <= counts.total_params
    spare = (8 - chosen) * 3 * 16 * 32 * 3
    assert counts.total_params - counts.active_params == spare
