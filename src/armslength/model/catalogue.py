"""Models as a planner sees them: size, shape, what they were trained on. And the tables a size is judged with."""

from datetime import date
from typing import Literal

from pydantic import Field

from armslength.model.noun import Confidence, Fact, Noun

Structure = Literal["dense", "moe"]
Precision = Literal["bf16", "fp16", "fp8", "int8"]

# What a shape needs before parameters can be counted from it.
SHAPE_FIELDS: tuple[str, ...] = (
    "layers_count",
    "width_count",
    "heads_count",
    "head_width_count",
    "vocabulary_count",
)
EXPERT_FIELDS: tuple[str, ...] = ("experts_count", "chosen_experts_count", "expert_width_count")


class Model(Fact):
    """A model that is trained or served. Its shape, where known, gives exact counts of parameters and operations.

    The shape is that of a decoder of layers with attention and a feed-forward network, which may be a mixture of experts.
    """

    id: str = Field(min_length=1, description="Short name used by other rows.")
    name: str = Field("", description="Name to print; the id when empty.")
    maker: str = Field("", description="Who made it.")
    released_on: date | None = Field(None, description="Day of release.")
    licence: str = Field("", description="Licence of the weights; `closed` where they are not published.")
    structure: Structure = Field("dense", description="`dense`, or `moe`: a mixture of experts.")
    total_params: float | None = Field(
        None, gt=0, description="Published parameters; counted from the shape if there is one."
    )
    active_params: float | None = Field(None, gt=0, description="Published parameters used per token; all when empty.")
    train_tokens: float | None = Field(None, gt=0, description="Tokens it was trained on.")
    train_yottaflop: float | None = Field(
        None, gt=0, description="Training compute as published or estimated by others."
    )
    train_yottaflop_low: float | None = Field(None, gt=0, description="Low end of what that may be.")
    train_yottaflop_high: float | None = Field(None, gt=0, description="High end of what that may be.")
    context_tokens: int | None = Field(None, ge=1, description="Longest context served.")
    sequence_tokens: int | None = Field(None, ge=1, description="Length of the sequences it was mostly trained on.")
    layers_count: int | None = Field(None, ge=1, description="Layers.")
    width_count: int | None = Field(None, ge=1, description="Width of the residual stream.")
    heads_count: int | None = Field(None, ge=1, description="Query heads.")
    kv_heads_count: int | None = Field(
        None, gt=0, description="Key and value heads; as many as query heads when empty."
    )
    head_width_count: int | None = Field(None, ge=1, description="Width of a head, without rotary parts kept apart.")
    ffn_width_count: int | None = Field(None, ge=1, description="Width of the feed-forward network of dense layers.")
    ffn_matrices_count: int = Field(3, ge=2, le=3, description="Matrices of a feed-forward network: 3 gated, 2 plain.")
    experts_count: int | None = Field(None, ge=1, description="Experts of a layer among which a token chooses.")
    chosen_experts_count: int | None = Field(None, ge=1, description="Experts chosen for a token.")
    expert_width_count: int | None = Field(None, ge=1, description="Width of an expert.")
    beside_width_count: int = Field(
        0, ge=0, description="Width of the network that every token passes beside its experts: shared, or residual."
    )
    dense_layers_count: int = Field(0, ge=0, description="Layers without experts in a mixture of experts.")
    router_bias: bool = Field(False, description="Whether the choice of experts has a bias for each.")
    query_rank_count: int | None = Field(None, ge=1, description="Latent attention: rank of the queries.")
    kv_rank_count: int | None = Field(None, ge=1, description="Latent attention: rank of keys and values together.")
    rope_width_count: int = Field(0, ge=0, description="Latent attention: rotary width kept apart, of each head.")
    vocabulary_count: int | None = Field(None, ge=1, description="Entries of the vocabulary.")
    tied_embedding: bool = Field(False, description="Whether input and output share one table.")
    positions_count: int = Field(0, ge=0, description="Learned positions; 0 for rotary ones.")
    norms_count: int = Field(2, ge=0, description="Norms over the width in a layer.")
    head_norms_count: int = Field(0, ge=0, description="Norms over the width of a head in a layer.")
    biases: bool = Field(False, description="Whether matrices and norms have biases.")


class Ground(Noun):
    """Where some fields of a model in the catalogue come from."""

    fields: tuple[str, ...] = Field(min_length=1, description="Names of the fields.")
    source: str = Field(min_length=1, description="Where from, in words.")
    confidence: Confidence = Field(description="How far to trust it.")
    note: str = Field("", description="Anything a reader should know.")


class Score(Noun):
    """A benchmark result as the model's maker published it. Makers test in different ways: scores are a class, no rank."""

    benchmark: str = Field(description="Name of the benchmark.")
    score_frac: float = Field(ge=0, le=1, description="Share solved.")
    how: str = Field("", description="How it was tested, such as 5-shot.")
    source: str = Field(description="Where it was published.")
    confidence: Confidence = Field(description="How far to trust the copy of the figure.")


class CatalogueModel(Model):
    """A model of the catalogue: every field with its ground, and the maker's own benchmark figures."""

    yardstick: bool = Field(False, description="Whether reports use it to say what GPU-hours could have trained.")
    grounds: tuple[Ground, ...] = Field((), description="Where each field comes from.")
    scores: tuple[Score, ...] = Field((), description="The maker's own benchmark figures.")


class Accelerator(Noun):
    """What an accelerator can do: dense peaks, memory, power at the site's meter."""

    id: str = Field(min_length=1, description="Short name, the same as in cases.")
    name: str = Field(description="Name to print.")
    generation: str = Field(description="Word by which the table of utilisation knows it.")
    peak_tflops_per_gpu: dict[Precision, float] = Field(description="Dense peak for each precision.")
    memory_gb_per_gpu: float = Field(gt=0, description="Memory.")
    site_kw_per_gpu: float = Field(gt=0, description="Power at the site's meter, all in.")
    site_kw_per_gpu_low: float = Field(gt=0, description="Low end of it.")
    site_kw_per_gpu_high: float = Field(gt=0, description="High end of it.")
    source: str = Field(description="Where peak and memory are from.")
    power_source: str = Field(description="Where the power is from.")
    confidence: Confidence = Field(description="How far to trust it.")
    note: str = Field("", description="Anything a reader should know.")


class Setting(Noun):
    """A default of the calculator, with its range and where it is from."""

    id: str = Field(min_length=1, description="Short name.")
    name: str = Field(description="Name to print.")
    unit: str = Field(description="Unit of the quantities.")
    quantity_low: float = Field(gt=0, description="Low end, in `unit`.")
    central_quantity: float = Field(gt=0, description="What is used, in `unit`.")
    quantity_high: float = Field(gt=0, description="High end, in `unit`.")
    structure: Structure | None = Field(None, description="Only for models of this structure.")
    generations: tuple[str, ...] = Field((), description="Only for accelerators of these generations.")
    precisions: tuple[Precision, ...] = Field((), description="Only for these precisions.")
    largest_params: float | None = Field(None, description="Only for models of at most so many parameters.")
    sku: str | None = Field(None, description="Only for this accelerator.")
    from_on: date | None = Field(None, description="Only from this day on.")
    source: str = Field(description="Where from.")
    confidence: Confidence = Field(description="How far to trust it.")
    note: str = Field("", description="Anything a reader should know.")


class ReportedRun(Noun):
    """A training run whose GPU-hours were published: what the calculator's defaults are held to."""

    id: str = Field(min_length=1, description="Short name.")
    model: str = Field(description="Model of the catalogue.")
    sku: str = Field(description="Accelerator it ran on.")
    precision: Precision = Field("bf16", description="Precision whose peak utilisation is counted against.")
    trained_tokens: float = Field(gt=0, description="Tokens.")
    reported_gpu_hours: float = Field(gt=0, description="GPU-hours, as published.")
    source: str = Field(description="Where from.")
    confidence: Confidence = Field(description="How far to trust it.")
    note: str = Field("", description="Anything a reader should know.")
