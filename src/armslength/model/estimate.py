"""What a model takes: questions to the calculator and its answers, every figure with its band and where it is from."""

from datetime import date

from pydantic import Field

from armslength.model.catalogue import Precision, ReportedRun, Structure
from armslength.model.noun import Confidence, Noun


class Figure(Noun):
    """A quantity with its band."""

    name: str = Field(description="What it is.")
    unit: str = Field(description="Unit of the quantities.")
    quantity_low: float = Field(description="Low end, in `unit`.")
    central_quantity: float = Field(description="Central value, in `unit`.")
    quantity_high: float = Field(description="High end, in `unit`.")
    source: str = Field("", description="Where it is from; for a result, from what it is computed.")
    confidence: Confidence | None = Field(None, description="How far to trust it; a result is our arithmetic.")
    note: str = Field("", description="Anything a reader should know.")


class TrainQuestion(Noun):
    """What is asked about a training run. What is not given comes from the catalogue and the tables of defaults."""

    model: str | None = Field(None, description="Model of the catalogue.")
    tokens: float | None = Field(None, description="Tokens to train on.")
    train_yottaflop: float | None = Field(None, description="Training compute, where it is known outright.")
    total_params: float | None = Field(None, description="All parameters, for a model outside the catalogue.")
    active_params: float | None = Field(None, description="Parameters used per token.")
    structure: Structure | None = Field(None, description="`moe` or `dense`, for a model outside the catalogue.")
    sequence_tokens: int | None = Field(None, description="Length of a training sequence.")
    sku: str = Field(description="Accelerator.")
    precision: Precision | None = Field(None, description="Precision of the matrix products.")
    gpus: int | None = Field(None, description="Accelerators it runs on.")
    start_on: date | None = Field(None, description="First day.")
    finish_on: date | None = Field(None, description="Day by which it has to be done: asks for the accelerators.")
    steady_mfu_frac: float | None = Field(None, description="Share of peak reached while training runs.")
    goodput_frac: float | None = Field(None, description="Share of the GPU-hours in which training runs.")
    recompute: bool = Field(False, description="Whether activations are computed a second time to save memory.")
    use_price_per_gpu_hour: float | None = Field(None, description="Price of a GPU-hour.")


class TrainEstimate(Noun):
    """What a training run takes."""

    subject: str = Field(description="The run in words.")
    structure: Structure = Field(description="Structure of the model.")
    sku: str = Field(description="Accelerator.")
    precision: Precision = Field(description="Precision whose peak is counted against.")
    inputs: tuple[Figure, ...] = Field(description="What goes in, each with its source.")
    model_flop: Figure = Field(description="Operations the model needs: what utilisation is counted in.")
    hardware_flop: Figure | None = Field(description="Operations carried out, recomputation included; None without it.")
    gpu_hours: Figure = Field(description="GPU-hours of the whole run.")
    gpus: Figure | None = Field(description="Accelerators needed to finish by the day asked for.")
    weeks: Figure | None = Field(description="Duration on the accelerators given.")
    power: Figure | None = Field(description="Site power while it runs.")
    energy: Figure = Field(description="Energy at the site's meter.")
    cost: Figure | None = Field(description="Cost at the price of a GPU-hour; None where no price is known.")
    floor: Figure | None = Field(description="Fewest accelerators whose memory holds the training states.")
    notes: tuple[str, ...] = Field((), description="What a reader should know, and what is left out.")


class ServeQuestion(Noun):
    """What is asked about a service."""

    model: str | None = Field(None, description="Model of the catalogue.")
    total_params: float | None = Field(None, description="All parameters, for a model outside the catalogue.")
    active_params: float | None = Field(None, description="Parameters used per token.")
    structure: Structure | None = Field(None, description="`moe` or `dense`, for a model outside the catalogue.")
    sku: str = Field(description="Accelerator.")
    precision: Precision | None = Field(None, description="Precision of the weights.")
    mean_tokens_per_second: float | None = Field(None, description="Output tokens per second, average of a day.")
    users: float | None = Field(None, description="People who use it.")
    requests_per_user_day: float | None = Field(None, description="Requests of one of them in a day.")
    input_tokens: float | None = Field(None, description="Tokens read per request.")
    output_tokens: float | None = Field(None, description="Tokens written per request.")
    curve_ratio: tuple[float, ...] = Field((), description="Load of the 24 hours of a day, in any unit.")
    peak_to_mean_ratio: float | None = Field(None, description="Load of the busiest hour over the average.")
    headroom_frac: float | None = Field(None, description="Share of the fleet kept free in the busiest hour.")
    gpu_tokens_per_second: float | None = Field(None, description="Output tokens per second of one accelerator.")
    use_price_per_gpu_hour: float | None = Field(None, description="Price of a GPU-hour.")


class ServeEstimate(Noun):
    """What a service takes."""

    subject: str = Field(description="The service in words.")
    structure: Structure = Field(description="Structure of the model.")
    sku: str = Field(description="Accelerator.")
    precision: Precision = Field(description="Precision of the weights.")
    inputs: tuple[Figure, ...] = Field(description="What goes in, each with its source.")
    rate: Figure = Field(description="Output tokens per second of one accelerator, for requests of this shape.")
    bound: Figure | None = Field(description="More than any accelerator could do: peak over operations per token.")
    hours: tuple[Figure, ...] = Field(description="Accelerators busy in each of the 24 hours of a day.")
    mean: Figure = Field(description="Accelerators busy, average of the day.")
    peak: Figure = Field(description="Accelerators busy in the busiest hour.")
    fleet: Figure = Field(description="Accelerators to hold: the peak with headroom, in whole replicas.")
    replica: Figure | None = Field(description="Accelerators of one replica: fewest whose memory holds it.")
    weights: Figure | None = Field(description="Memory of the weights of one replica.")
    kv: Figure | None = Field(description="Memory of keys and values of all requests in the busiest hour.")
    cost: Figure | None = Field(description="Cost of the fleet for a day.")
    notes: tuple[str, ...] = Field((), description="What a reader should know, and what is left out.")


class Sizing(Noun):
    """How the size of a workload in a case was worked out from its model."""

    workload: str = Field(description="Workload.")
    model: str = Field(description="Model.")
    size: Figure = Field(description="GPU-hours of one run of the reference SKU, or accelerators of a service's fleet.")
    repeated: bool = Field(
        False, description="Whether the run is repeated without end, so that its size is that of one."
    )
    inputs: tuple[Figure, ...] = Field(description="What went in, each with its source.")
    notes: tuple[str, ...] = Field((), description="What a reader should know.")


class Runs(Noun):
    """How many times a model could have been trained."""

    model: str = Field(description="Model.")
    name: str = Field(description="Name to print.")
    runs: Figure = Field(description="Runs.")


class Prospect(Noun):
    """What accelerators that would have waited could have trained in that time."""

    lot: str = Field(description="Lot that would have waited, standing alone.")
    organisation: str = Field(description="Organisation that would have held it.")
    lot_gpus: int = Field(description="Accelerators of the lot.")
    waiting: Figure = Field(
        description="GPU-hours from receipt until they can be used, from the plan of standing alone."
    )
    months: Figure = Field(description="Average wait of one of them.")
    model_flop: Figure = Field(description="Operations of a dense model's training that fit into the wait.")
    runs: tuple[Runs, ...] = Field(description="The same as runs of known models.")
    text: str = Field(description="In words.")


class RunCheck(Noun):
    """A published run beside what the calculator gives for it."""

    run: ReportedRun = Field(description="The run as published.")
    gpu_hours: Figure = Field(description="What the calculator gives.")
    whole_run_mfu_frac: float = Field(description="MFU which the published GPU-hours imply, restarts and all.")
    inside: bool = Field(description="Whether the published GPU-hours are inside the band.")
