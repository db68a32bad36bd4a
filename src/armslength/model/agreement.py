"""What was agreed and what was said: agreements with their legs, settlements, and public statements."""

from datetime import date
from typing import Literal

from pydantic import Field

from armslength.model.noun import Fact, Noun, When

AgreementKind = Literal["redirect", "slot_swap", "loan", "hosting", "capacity_lease", "contribution"]
AgreementState = Literal["proposed", "approved", "in_force", "ended"]
Metric = Literal["ordered", "received", "installed", "energised", "h100_equivalent", "money_spent"]


class Agreement(Fact):
    """A deal between two organisations; what moves is in its legs.

    * ``redirect``: title of (part of) a lot moves before receipt.
    * ``slot_swap``: title against title, at two or more dates.
    * ``loan``: use and custody move for a term; equivalents return.
    * ``hosting``: custody at another's site; use stays.
    * ``capacity_lease``: use of energised accelerators in place, take-or-pay or not.
    * ``contribution``: as a lease, against equity.
    """

    id: str = Field(min_length=1, description="Short name used by other rows.")
    name: str = Field("", description="Name to print; the id when empty.")
    kind: AgreementKind = Field(description="Form of the agreement.")
    parties: tuple[str, ...] = Field(description="Ids of the organisations that are bound.")
    state: AgreementState = Field("proposed", description="Only approved and in_force agreements bind `--as-agreed`.")
    agreed_on: date | None = Field(None, description="Day of agreement.")
    take_or_pay: bool = Field(False, description="Whether leased capacity is paid for when unused.")
    recall_notice_days: float | None = Field(None, ge=0, description="Open loan: days between recall and return.")
    recalled_on: date | None = Field(None, description="Open loan: day on which the lender recalls.")
    equity_frac: float | None = Field(None, ge=0, le=1, description="Contribution: share of equity received for it.")
    conditions: tuple[str, ...] = Field((), description="What must hold before it takes effect, in words.")


class Leg(Fact):
    """One movement under an agreement: title, use or custody of a quantity, from a day.

    Title legs (redirect, slot swap) name a lot. Use and custody legs (loan, hosting, lease, contribution) name a SKU and,
    where it matters, a site.
    """

    id: str = Field(min_length=1, description="Short name used by other rows.")
    agreement: str = Field(description="Id of the agreement.")
    giver: str = Field(description="Organisation that gives title, use or custody.")
    taker: str = Field(description="Organisation that receives it.")
    lot: str | None = Field(None, description="Lot from which it comes.")
    sku: str | None = Field(None, description="SKU, where no lot is named.")
    site: str | None = Field(None, description="Site where it stands or will stand.")
    gpus: int = Field(ge=0, le=10_000_000, description="Quantity, accelerators.")
    from_on: When | None = Field(None, description="Day it takes effect; the lot's receipt when empty.")
    until_on: When | None = Field(None, description="First day on which it has ended; open when empty.")


class Settlement(Fact):
    """Money one party pays another under an agreement."""

    id: str = Field(min_length=1, description="Short name used by other rows.")
    agreement: str = Field(description="Id of the agreement.")
    payer: str = Field(description="Organisation that pays.")
    payee: str = Field(description="Organisation that is paid.")
    amount_cost: float = Field(ge=0, description="Amount in the case's currency.")
    paid_on: date | None = Field(None, description="Day of payment.")


class Statement(Fact):
    """A public claim about capacity or money. Claims of different metrics are never added or compared."""

    id: str = Field(min_length=1, description="Short name used by other rows.")
    organisation: str = Field(description="Organisation the claim is about.")
    speaker: str = Field(description="Who said it.")
    said_on: When = Field(description="Day it was said.")
    quote: str = Field("", description="What was said, in short.")
    metric: Metric = Field(description="What is counted.")
    unit: Literal["gpus", "currency"] = Field("gpus", description="Unit of the quantity.")
    claimed_quantity: float = Field(ge=0, description="How much is claimed, in `unit`.")
    by_on: When | None = Field(None, description="Day for which it is claimed; the day it was said when empty.")
    forward_looking: bool = Field(False, description="Whether it speaks of the future.")


class Assumption(Noun):
    """Something no source gives, stated openly with its range."""

    id: str = Field(min_length=1, description="Short name used by other rows.")
    text: str = Field(description="What is assumed, in words.")
    unit: str = Field("", description="Unit of the quantities.")
    central_quantity: float | None = Field(None, description="What the case uses, in `unit`.")
    range_quantity_low: float | None = Field(None, description="Low end, in `unit`.")
    range_quantity_high: float | None = Field(None, description="High end, in `unit`.")
    reason: str = Field("", description="Why this range; the sources it leans on.")


class Source(Noun):
    """Where facts come from."""

    id: str = Field(min_length=1, description="Short name used by other rows.")
    title: str = Field(description="Author, title, publication.")
    published_on: When | None = Field(None, description="Day of publication.")
    confidence: Literal["A", "B", "C"] | None = Field(None, description="A primary; B established press; C secondary.")
