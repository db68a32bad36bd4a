"""What an organisation's books say of its dealings with others: one statement, and what an account holds or is owed."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from armslength.model.noun import Noun

MoveState = Literal["posted", "reserved", "claimed", "proposed", "agreed"]
Direction = Literal["gave", "received"]


class Move(Noun):
    """One thing that went between the organisation and another, or is said to have gone."""

    moved_on: date = Field(description="Business day.")
    counterparty: str = Field(description="The other organisation.")
    direction: Direction = Field(description="Seen from the organisation of the statement.")
    how: str = Field(description="for good; to be returned; in return; or what is said of it.")
    what: str = Field(description="Name to print.")
    unit: str | None = Field(description="Unit; None where nobody says how much.")
    amount_count: int | None = Field(description="Amount in the unit's smallest part; None where nobody says.")
    state: MoveState = Field(description="Only what is posted has moved.")
    agreement: str = Field("", description="Agreement or transfer under which it moved.")
    event: str = Field(description="Id of the event.")
    book: str = Field(description="Book of the event.")
    sequence_count: int = Field(ge=0, description="Its place in the book.")
    recorded_at: datetime = Field(description="When the ledger took it.")
    source: str = Field("", description="Where it is from and how far to trust it, where the event says so.")
    note: str = Field("", description="What the event adds.")
    evidence: tuple[str, ...] = Field((), description="Digests of the documents it rests on.")


class Open(Noun):
    """What stands open between the organisation and another in one unit under one agreement."""

    counterparty: str = Field(description="The other organisation.")
    agreement: str = Field(description="Agreement or transfer.")
    unit: str = Field(description="Unit.")
    due_from_count: int = Field(ge=0, description="What the other owes, smallest part of the unit.")
    due_to_count: int = Field(ge=0, description="What the organisation owes, smallest part of the unit.")
    oldest_on: date | None = Field(description="Business day of the oldest open item; None when nothing is open.")


class Tie(Noun):
    """Who controls, owns or sits where, as recorded."""

    holder: str = Field(description="Person or organisation.")
    target: str = Field(description="Organisation or person.")
    kind: str = Field(description="controls, owns, director, officer and others.")
    share_micro_count: int | None = Field(None, description="Share owned, in millionths.")
    source: str = Field("", description="Where it is from and how far to trust it.")
    note: str = Field("", description="What is added.")


class Decided(Noun):
    """One thing said or decided about an agreement, as its book has it."""

    agreement: str = Field(description="Agreement.")
    topic: str = Field(description="Such as agreement.approve.")
    organisation: str = Field(description="Party in whose name it was recorded.")
    person: str = Field(description="Person who acted; empty where none is named.")
    decided_on: date = Field(description="Business day.")
    recorded_at: datetime = Field(description="When the ledger took it; this is what counts.")
    note: str = Field("", description="Reasons given.")


class Statement(Noun):
    """Every transfer between an organisation and others, with what is open, who is tied to whom, and who decided."""

    organisation: str = Field(description="Whose books were read.")
    as_of_on: date = Field(description="Last business day counted.")
    ties: tuple[Tie, ...] = Field(description="Who controls, owns or sits where.")
    open: tuple[Open, ...] = Field(description="What stands open.")
    moves: tuple[Move, ...] = Field(description="What moved, in order; then what is only said.")
    decisions: tuple[Decided, ...] = Field(description="What was said and decided about its agreements.")
    heads: dict[str, str] = Field(description="Size and root of each book read, as `size:root`.")
