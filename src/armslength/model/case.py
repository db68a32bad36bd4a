"""The case: all that is known about one question, as of one day."""

from datetime import date
from typing import Literal

from pydantic import Field

from armslength.model.agreement import (
    Agreement,
    AgreementKind,
    Assumption,
    Leg,
    Settlement,
    Source,
    Statement,
)
from armslength.model.catalogue import Model
from armslength.model.demand import Alternative, Demand, Workload
from armslength.model.governance import Link, Person, Role
from armslength.model.noun import Noun
from armslength.model.supply import Lot, Organisation, Price, Site, Sku, Step, Stock
from armslength.model.transfer import Transfer

Grid = Literal["week", "four_weeks", "month"]
SplitRule = Literal["equal_gain", "shapley", "nucleolus", "proportional"]
NoDetriment = Literal["in_kind", "money", "both"]
Run = Literal["alone", "as_agreed", "shared"]
ALL_KINDS: tuple[AgreementKind, ...] = ("redirect", "slot_swap", "loan", "hosting", "capacity_lease")


class Horizon(Noun):
    """The days planned for, and how they are cut into periods."""

    start_on: date = Field(description="First day planned.")
    end_on: date = Field(description="First day no longer planned.")
    grid: Grid = Field("week", description="Length of a period: `week`, `four_weeks` or `month`.")
    counted_hours_per_month: float | None = Field(
        None,
        ge=672,
        le=744,
        description="Hours counted for each calendar month (such as 730), spread evenly over its days; the clock's if empty.",
    )


class Sharing(Noun):
    """The rules under which the organisations may share."""

    no_detriment: NoDetriment = Field(
        "money",
        description="`in_kind`: nobody's own work is worth less than alone; `money`: so after settlement; `both`: both.",
    )
    kinds: tuple[AgreementKind, ...] = Field(ALL_KINDS, description="Forms of agreement that may be used.")
    groups: tuple[tuple[str, ...], ...] = Field(
        (), description="Sets of organisations which may deal with each other; one set of all when empty."
    )
    split: SplitRule = Field("equal_gain", description="How the gain of sharing is divided.")
    tolerance_frac: float = Field(
        0.001, ge=0, le=0.5, description="Share of the gain that may be given up for fewer agreements."
    )
    deal_gpus_min: int = Field(0, ge=0, description="Smallest agreement, accelerators.")
    deal_weeks_min: float = Field(0.0, ge=0, description="Shortest agreement, weeks.")


class Vary(Noun):
    """One fact that a question varies, and the values it takes."""

    step: str | None = Field(None, description="Id of the step varied.")
    lot: str | None = Field(None, description="Id of the lot varied.")
    label: str = Field("", description="Words for the axis; the id when empty.")
    dates_on: tuple[date, ...] = Field((), description="Days tried for the step's start or the lot's receipt.")
    levels_mw: tuple[float, ...] = Field((), description="Power levels tried for the step, MW.")


class Question(Noun):
    """What if: the verdict on what was agreed, while one fact or two facts vary."""

    id: str = Field(min_length=1, description="Short name.")
    text: str = Field(description="The question in words.")
    organisation: str = Field(description="Organisation whose gain or loss is asked for.")
    vary: tuple[Vary, ...] = Field(min_length=1, max_length=2, description="One fact for a curve, two for a table.")


class Case(Noun):
    """Everything known about who ordered what, which halls are powered when, what everyone wants and has agreed."""

    id: str = Field(min_length=1, description="Short name of the case.")
    title: str = Field("", description="Title to print; the id when empty.")
    description: str = Field("", description="What the case is about, in a few sentences.")
    currency: str = Field("USD", min_length=1, description="Currency of all money in the case.")
    as_of: date | None = Field(None, description="Only what was known by this day is in the case; everything if empty.")
    horizon: Horizon = Field(description="The days planned for.")
    sharing: Sharing = Field(default_factory=Sharing, description="Rules of sharing.")
    organisations: tuple[Organisation, ...] = Field((), description="Who takes part.")
    skus: tuple[Sku, ...] = Field((), description="Accelerator models.")
    lots: tuple[Lot, ...] = Field((), description="What is on order or received.")
    sites: tuple[Site, ...] = Field((), description="Where accelerators can be powered.")
    steps: tuple[Step, ...] = Field((), description="Power and slots of the sites over time.")
    stock: tuple[Stock, ...] = Field((), description="What is energised at the start.")
    workloads: tuple[Workload, ...] = Field((), description="What everyone wants to run.")
    models: tuple[Model, ...] = Field((), description="Models of the planner's own, beside the shipped catalogue.")
    demand: tuple[Demand, ...] = Field((), description="Demand of serving workloads over time.")
    agreements: tuple[Agreement, ...] = Field((), description="What was agreed.")
    legs: tuple[Leg, ...] = Field((), description="What moves under the agreements.")
    settlements: tuple[Settlement, ...] = Field((), description="What is paid under the agreements.")
    transfers: tuple[Transfer, ...] = Field((), description="What else moves between the organisations.")
    persons: tuple[Person, ...] = Field((), description="Persons who decide, vote, hold shares or control.")
    roles: tuple[Role, ...] = Field((), description="What the persons are at the organisations.")
    links: tuple[Link, ...] = Field((), description="Who controls, owns or depends on whom.")
    statements: tuple[Statement, ...] = Field((), description="Public claims.")
    prices: tuple[Price, ...] = Field((), description="Market prices of GPU-hours over time.")
    alternatives: tuple[Alternative, ...] = Field((), description="Other realistic options.")
    assumptions: tuple[Assumption, ...] = Field((), description="What no source gives.")
    sources: tuple[Source, ...] = Field((), description="Where facts come from.")
    questions: tuple[Question, ...] = Field((), description="What-if questions for the report.")


# Tables that can stand in a CSV file or a workbook sheet of the same name, in the order people read them.
TABLES: tuple[str, ...] = (
    "organisations",
    "skus",
    "lots",
    "sites",
    "steps",
    "stock",
    "workloads",
    "models",
    "demand",
    "agreements",
    "legs",
    "settlements",
    "transfers",
    "persons",
    "roles",
    "links",
    "statements",
    "prices",
    "alternatives",
    "assumptions",
    "sources",
)
