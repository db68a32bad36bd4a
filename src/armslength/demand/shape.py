"""Parameters, operations and memory counted from a model's shape, in plain integers.

Operations are those of matrix products; a product of an m×n matrix with a vector is 2mn. Left out: norms,
activations, softmax, rotary embeddings, the optimiser, and whatever a maker adds for training only, such as
losses on further tokens. Together they are a few per cent.
"""

from dataclasses import dataclass

from armslength.model.catalogue import EXPERT_FIELDS, SHAPE_FIELDS, Model

FORWARD_AND_BACKWARD = 3  # a backward pass takes twice the operations of a forward pass
RECOMPUTED = 4 / 3  # full recomputation adds one more forward pass: 8 instead of 6 operations per parameter


@dataclass(frozen=True, slots=True)
class Counts:
    """What a shape comes to.

    Attributes:
        total_params: all parameters.
        active_params: all but the experts that a token does not choose, with the embedding.
        multiplied_params: those which a token is multiplied with; no norms, no biases, no input table.
        attention_width_count: widths of queries and values over all heads and layers, added up.
        kv_width_count: numbers kept per token of context for attention, over all layers.
    """

    total_params: int
    active_params: int
    multiplied_params: int
    attention_width_count: int
    kv_width_count: int


def has_shape(model: Model) -> bool:
    """Returns whether parameters can be counted from the model's shape."""
    return not missing_fields(model)


def missing_fields(model: Model) -> tuple[str, ...]:
    """Returns the fields that are missing before parameters can be counted."""
    needed = SHAPE_FIELDS + (EXPERT_FIELDS if model.structure == "moe" else ())
    missing = [field for field in needed if getattr(model, field) is None]
    if model.ffn_width_count is None and (model.structure == "dense" or model.dense_layers_count):
        missing.append("ffn_width_count")
    return tuple(missing)


def counts_of(model: Model) -> Counts:
    """Returns the counts of a model whose shape is known.

    Sources of the forms: grouped-query attention, arXiv 2305.13245; gated feed-forward networks, arXiv 2002.05202;
    mixtures of experts with the best k, arXiv 1701.06538; latent attention and shared experts, arXiv 2405.04434.
    """
    assert has_shape(model), model.id
    layers, width = model.layers_count or 0, model.width_count or 0
    heads, head, entries = model.heads_count or 0, model.head_width_count or 0, model.vocabulary_count or 0
    attention, attention_norms = _attention(model, width, heads, head)
    norms = model.norms_count * width + model.head_norms_count * head + attention_norms
    with_experts = layers - model.dense_layers_count if model.structure == "moe" else 0
    chosen, spare, router_bias = _experts(model, width) if with_experts else (0, 0, 0)
    dense = _network(model, width, model.ffn_width_count or 0)
    products = layers * attention + with_experts * chosen + (layers - with_experts) * dense
    table = entries * width
    biases = _biases(model, layers, width, heads * head) if model.biases else 0
    rest = layers * norms + width + with_experts * router_bias + biases + model.positions_count * width
    active = products + table * (1 if model.tied_embedding else 2) + rest
    return Counts(
        total_params=active + with_experts * spare,
        active_params=active,
        multiplied_params=products + table,
        attention_width_count=layers * heads * (2 * head + (model.rope_width_count if model.kv_rank_count else 0)),
        kv_width_count=layers * _kv_width(model, heads, head),
    )


def _attention(model: Model, width: int, heads: int, head: int) -> tuple[int, int]:
    """Parameters of one layer's attention: of its matrices, and of norms inside it."""
    if model.kv_rank_count is None:
        kept = model.kv_heads_count or heads
        return 2 * width * heads * head + 2 * width * kept * head, 0
    query = heads * (head + model.rope_width_count)
    rank = model.query_rank_count
    queries = width * query if rank is None else width * rank + rank * query
    kept = model.kv_rank_count
    keys_and_values = width * (kept + model.rope_width_count) + kept * heads * 2 * head
    return queries + keys_and_values + heads * head * width, (rank or 0) + kept


def _network(model: Model, width: int, inner: int) -> int:
    return model.ffn_matrices_count * width * inner


def _experts(model: Model, width: int) -> tuple[int, int, int]:
    """Parameters of a layer with experts: used by a token, not used by it, and of the choice's biases."""
    experts, chosen = model.experts_count or 0, model.chosen_experts_count or 0
    each = _network(model, width, model.expert_width_count or 0)
    used = chosen * each + _network(model, width, model.beside_width_count) + width * experts
    return used, (experts - chosen) * each, experts if model.router_bias else 0


def _biases(model: Model, layers: int, width: int, attention_width: int) -> int:
    """Biases of attention, of a plain feed-forward network and of all norms."""
    kept = (model.kv_heads_count or model.heads_count or 0) * (model.head_width_count or 0)
    each = attention_width + 2 * kept + width + (model.ffn_width_count or 0) + width
    return layers * (each + model.norms_count * width) + width


def _kv_width(model: Model, heads: int, head: int) -> int:
    if model.kv_rank_count is not None:
        return model.kv_rank_count + model.rope_width_count
    return 2 * (model.kv_heads_count or heads) * head


def train_flop_per_token(counts: Counts, sequence_tokens: int) -> float:
    """Returns the operations of training on one token, forward and backward, without recomputation.

    6 per parameter multiplied with, and attention over half the sequence on average, since it looks back only:
    3 × 2 × (widths of queries and values) × sequence / 2. For grouped-query attention this is 6 × layers × sequence
    × heads × head width: half of the 12 × ... in arXiv 2204.02311, appendix B, which counts the whole square.
    """
    return FORWARD_AND_BACKWARD * forward_flop_per_token(counts, sequence_tokens / 2)


def forward_flop_per_token(counts: Counts, context_tokens: float) -> float:
    """Returns the operations of one token's forward pass which attends to ``context_tokens``."""
    return 2.0 * counts.multiplied_params + 2.0 * counts.attention_width_count * context_tokens
