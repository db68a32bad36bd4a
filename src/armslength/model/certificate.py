"""The no-detriment certificate: what a plan says about each party against its next best option, before the fact."""

from datetime import date
from typing import Literal

from pydantic import Field

from armslength.model.noun import Noun
from armslength.model.terms import DIGEST

PREDICATE_TYPE = "https://armslength.example/no-detriment/v1"


class PartyResult(Noun):
    """One party with the deal and with its next best option, in hundredths of the currency."""

    organisation: str = Field(description="Party.")
    baseline: str = Field(description="Option realistically available that it is compared with.")
    baseline_cents_count: int = Field(description="Worth of that option.")
    with_deal_cents_count: int = Field(description="Worth with the deal, before any payment.")
    compensation_cents_count: int = Field(ge=0, description="What it must be paid so as not to be worse off.")
    usable_gpu_seconds: int = Field(description="GPU-seconds usable more (fewer, negative) than under the baseline.")


class Certificate(Noun):
    """What a checked plan says of a deal. It holds under its assumptions, for its day, and for these legs only.

    Each party's worth with the deal is compared with the best option realistically available to it (OECD Transfer Pricing
    Guidelines 2022, 1.38 and 9.27), with the information of ``as_of_on``. It does not say that terms are at arm's length.
    """

    case_id: str = Field(description="Case planned.")
    inputs: str = Field(pattern=DIGEST, description="Digest of the case as planned.")
    outputs: str = Field(pattern=DIGEST, description="Digest of plan.json.")
    legs: str = Field(pattern=DIGEST, description="Digest of the legs it speaks of.")
    deals: tuple[str, ...] = Field(description="Deals on which the result rests, all together.")
    run: Literal["as_agreed", "shared"] = Field(description="Run of the plan compared with standing alone.")
    as_of_on: date | None = Field(None, description="Only what was known by this day was used; all, if empty.")
    made_on: date = Field(description="Day on which it was made.")
    currency: str = Field(description="Currency of the amounts.")
    results: tuple[PartyResult, ...] = Field(min_length=2, description="Each party.")
    alternatives: tuple[str, ...] = Field(description="Other options considered, besides standing alone.")
    comparables: tuple[str, ...] = Field(description="Prices used, with their days and sources.")
    method: str = Field(description="How outcomes were valued.")
    assumptions: tuple[str, ...] = Field((), description="What no source gives and the result rests on.")
    tolerance_cents_count: int = Field(ge=0, description="Differences up to this are rounding.")
    planner: str = Field(description="Version of the planner and of its solver.")
    gap: str = Field(description="How far the plans may be from the best, a share, as text.")
    seed: str = Field("none", description="Seed of chance; none was used where it says so.")
