"""What is wanted: workloads, the demand of serving workloads over time, and other ways to get capacity."""

from datetime import date
from typing import Literal

from pydantic import Field

from armslength.model.noun import Fact, When

Form = Literal["training", "serving"]


class Workload(Fact):
    """Work one organisation wants done: a training run, or a service.

    A training run has an amount of work; a service has a demand over time (table `demand`). Amounts of work are GPU-hours
    of the reference SKU, whose throughput ratio is 1. Instead of an amount or a demand, a workload may name a `model`:
    the amount is then worked out before planning, and the report shows it with its band.
    """

    id: str = Field(min_length=1, description="Short name used by other rows.")
    name: str = Field("", description="Name to print; the id when empty.")
    owner: str = Field(description="Organisation whose work it is.")
    form: Form = Field(description="`training` or `serving`.")
    kind: str | None = Field(None, description="Kind of work in the SKUs' throughput tables; the form when empty.")
    work_gpu_hours: float | None = Field(
        None,
        ge=0,
        description="Training only: total work, GPU-hours of the reference SKU; without end when empty.",
    )
    model: str | None = Field(
        None,
        description="Model trained or served, of the catalogue or of `models`; its size then gives that of the work.",
    )
    tokens: float | None = Field(
        None, gt=0, description="Training of a model only: tokens; those of the catalogue, or its compute, when empty."
    )
    repeated: bool = Field(
        False, description="Training of a model only: trained again and again, so that the work has no end."
    )
    users: float | None = Field(None, gt=0, description="Serving of a model only: people who use it.")
    requests_per_user_day: float | None = Field(
        None, gt=0, description="Serving of a model only: requests of one user in a day."
    )
    input_tokens: float | None = Field(None, gt=0, description="Serving of a model only: tokens read per request.")
    output_tokens: float | None = Field(None, gt=0, description="Serving of a model only: tokens written per request.")
    mean_tokens_per_second: float | None = Field(
        None, gt=0, description="Serving of a model only: output tokens, average of a day, instead of users."
    )
    gang_gpus_min: int = Field(0, ge=0, description="Training only: fewest accelerators it runs on at a time.")
    gang_gpus_max: int | None = Field(
        None,
        ge=0,
        description="Training only: most accelerators it runs on at a time; all there are when empty.",
    )
    start_on: date | None = Field(None, description="Earliest day of work; the horizon's start when empty.")
    due_on: date | None = Field(None, description="Training only: day by which it should be done.")
    work_value_per_gpu_hour: float | None = Field(
        None, ge=0, description="Worth of a GPU-hour of the reference SKU; the market price when empty."
    )
    lateness_cost_per_week: float = Field(
        0.0,
        ge=0,
        description="Training only: cost of a week of lateness, counted for the part of the work still undone.",
    )
    skus: tuple[str, ...] = Field((), description="SKUs it can use; all when empty.")
    single_fabric: bool = Field(False, description="Training only: stays on one SKU at one site.")
    sites: tuple[str, ...] = Field((), description="Sites where it may run; all when empty.")
    hardware_of: tuple[str, ...] = Field((), description="Organisations whose hardware it may touch; all when empty.")


class Demand(Fact):
    """From this day on a serving workload wants this many accelerators of the reference SKU."""

    id: str = Field(min_length=1, description="Short name used by other rows.")
    workload: str = Field(description="Id of the serving workload.")
    from_on: date = Field(description="First day of the new level.")
    wanted_gpus: float = Field(ge=0, le=10_000_000, description="Accelerators of the reference SKU wanted.")


class Alternative(Fact):
    """A realistic option which an organisation has without the other organisations of the case.

    Renting brings accelerators of others at a price; hosting brings slots and power for the organisation's own.
    """

    id: str = Field(min_length=1, description="Short name used by other rows.")
    organisation: str = Field(description="Organisation which has the option.")
    kind: Literal["rent", "hosting"] = Field(description="`rent` accelerators, or `hosting` of own ones elsewhere.")
    sku: str = Field(description="Id of the SKU rented or hosted.")
    offered_gpus: int = Field(ge=0, description="Most accelerators on offer.")
    from_on: When = Field(description="First day of the offer.")
    until_on: date | None = Field(
        None, description="First day on which the offer has ended; the horizon's end when empty."
    )
    use_price_per_gpu_hour: float = Field(ge=0, description="Price of a GPU-hour used.")
