"""What there is to run on: organisations, SKUs, lots, sites with their steps, stock, prices."""

from datetime import date
from typing import Literal

from pydantic import Field

from armslength.model.noun import Fact, Noun, When

Stage = Literal["reserved", "allocated", "shipped", "received", "installed", "energised"]


class Ownership(Noun):
    """A share that one organisation holds in another."""

    organisation: str = Field(description="Id of the organisation in which the share is held.")
    share_frac: float = Field(ge=0, le=1, description="Share held, 0 to 1.")
    from_on: date | None = Field(None, description="First day of holding.")


class Organisation(Fact):
    """A legal entity that holds, hosts or uses accelerators."""

    id: str = Field(min_length=1, description="Short name used by other rows.")
    name: str = Field("", description="Name to print; the id when empty.")
    listed: bool = Field(False, description="Whether its shares are publicly traded.")
    controlled_by: str | None = Field(None, description="Person or organisation that controls it.")
    owns: tuple[Ownership, ...] = Field((), description="Shares held in other organisations.")


class Sku(Fact):
    """An accelerator model: any vendor, any kind."""

    id: str = Field(min_length=1, description="Short name used by other rows.")
    name: str = Field("", description="Name to print; the id when empty.")
    site_kw_per_gpu: float = Field(gt=0, le=100, description="All-in power at the site's meter per accelerator, kW.")
    it_kw_per_gpu: float | None = Field(
        None, gt=0, le=100, description="IT power per accelerator, kW; used at sites which state a PUE."
    )
    throughput_ratio: dict[str, float] = Field(
        default_factory=dict,
        description="Work per hour relative to the reference SKU, per kind of work; 1 where nothing is stated.",
    )
    same_as: str | None = Field(
        None,
        description="Accelerator of the shipped table whose peak it has, for sizes of models; its own id when empty.",
    )
    throughput_table: str | None = Field(None, description="Name and date of the table the ratios come from.")
    capital_price_per_gpu: float | None = Field(None, ge=0, description="Purchase price per accelerator.")
    depreciation_years: float | None = Field(None, gt=0, le=20, description="Depreciation life, years.")


class Lot(Fact):
    """A quantity of one SKU on one order line."""

    id: str = Field(min_length=1, description="Short name used by other rows.")
    sku: str = Field(description="Id of the SKU.")
    gpus: int = Field(ge=0, le=10_000_000, description="Quantity, accelerators.")
    owner: str = Field(description="Organisation which holds title.")
    ship_to: str | None = Field(None, description="Organisation to which it is shipped; the owner when empty.")
    vendor: str | None = Field(None, description="Who sells it.")
    order: str | None = Field(None, description="Order line at the vendor.")
    stage: Stage = Field("reserved", description="How far it has come.")
    expected_on: When = Field(description="Day of receipt.")
    purchase_cost: float | None = Field(None, ge=0, description="What the lot costs.")


class Site(Fact):
    """A hall, or several that act as one, with power."""

    id: str = Field(min_length=1, description="Short name used by other rows.")
    name: str = Field("", description="Name to print; the id when empty.")
    owner: str = Field(description="Organisation which runs the site and has its power.")
    pue_ratio: float | None = Field(
        None, ge=1, le=3, description="Facility power over IT power; needs `it_kw_per_gpu` on the SKU."
    )
    commissioning_gpus_per_week: int | None = Field(
        None, ge=0, description="Most accelerators that can be commissioned in a week; unlimited when empty."
    )
    burn_in_days: float = Field(0.0, ge=0, le=90, description="Days between commissioning and first use.")
    fabric_gpus_max: int | None = Field(
        None, ge=0, description="Largest set of accelerators on one fabric; the whole site when empty."
    )


class Step(Fact):
    """From this day on a site has this much power and this many slots."""

    id: str = Field(min_length=1, description="Short name used by other rows.")
    site: str = Field(description="Id of the site.")
    from_on: When = Field(description="First day of the new level.")
    power_mw: float | None = Field(
        None, ge=0, le=100_000, description="Site power from that day, MW; unchanged if empty."
    )
    gpu_slots: int | None = Field(None, ge=0, description="Slots from that day; unchanged if empty.")


class Stock(Fact):
    """Accelerators already energised at a site when the horizon starts."""

    id: str = Field(min_length=1, description="Short name used by other rows.")
    site: str = Field(description="Id of the site.")
    owner: str = Field(description="Organisation which holds title.")
    sku: str = Field(description="Id of the SKU.")
    gpus: int = Field(ge=0, le=10_000_000, description="Quantity, accelerators.")


class Price(Fact):
    """The market price of a GPU-hour from a day on; the range is what sources disagree by."""

    id: str = Field(min_length=1, description="Short name used by other rows.")
    sku: str = Field(description="Id of the SKU.")
    from_on: date = Field(description="First day of the price.")
    market_price_per_gpu_hour: float = Field(ge=0, description="Central market price per GPU-hour.")
    market_price_per_gpu_hour_low: float | None = Field(None, ge=0, description="Low end of what sources say.")
    market_price_per_gpu_hour_high: float | None = Field(None, ge=0, description="High end of what sources say.")
