"""What else moves between organisations: people, data, money, compute, equity, goods, services."""

from typing import Literal

from pydantic import Field

from armslength.model.noun import Fact, When

TransferKind = Literal["people", "data", "money", "compute", "equity", "goods", "service"]
TransferState = Literal["claimed", "proposed", "agreed", "done"]
TransferUnit = Literal["people", "licences", "currency", "frac", "gpu_hours"]


class Transfer(Fact):
    """Something that one organisation gives another beside accelerators.

    Only what is ``done`` moves in the books. The rest is kept there as what somebody says or wants:

    * ``claimed``: told, but not confirmed by either party; two claims may exclude each other (``instead_of``).
    * ``proposed``: wanted; a poll of outsiders leaves it there.
    * ``agreed``: bound, but not known to be carried out.
    * ``done``: carried out.
    """

    id: str = Field(min_length=1, description="Short name used by other rows.")
    name: str = Field("", description="Name to print; the id when empty.")
    kind: TransferKind = Field(description="What moves.")
    giver: str = Field(description="Organisation that gives.")
    taker: str = Field(description="Organisation that receives.")
    beneficiary: str | None = Field(None, description="Who has the benefit, in words, where it is not the taker.")
    unit: TransferUnit = Field(description="Unit of the quantity; `currency` is the case's.")
    moved_quantity: float | None = Field(None, ge=0, description="How much, in `unit`; empty where nobody says.")
    sku: str | None = Field(None, description="SKU of the accelerators whose GPU-hours are counted.")
    paid_cost: float | None = Field(None, ge=0, description="Money paid for it; 0 for nothing, empty if not known.")
    state: TransferState = Field("claimed", description="How far it has come; only what is done is booked.")
    moved_on: When | None = Field(None, description="Day on which it moves; the books use its middle day.")
    due_back_on: When | None = Field(None, description="Day on which the same is to return; empty where it stays.")
    agreement: str | None = Field(None, description="Id of the agreement under which it moves.")
    against: str | None = Field(None, description="Id of the transfer that is given in return.")
    instead_of: tuple[str, ...] = Field((), description="Ids of transfers that cannot be true beside it.")
