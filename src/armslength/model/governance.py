"""Who decides for whom, and who stands where: persons, roles, links of control and ownership; and approval policies.

Persons, roles and links are facts of a case: each may have a source and a day from which it was known. A policy is data: it
says whose approvals a party needs before an agreement may bind it.
"""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from armslength.model.noun import Fact, Noun

RoleKind = Literal["director", "officer", "employee", "approver", "inspector", "adviser"]
LinkKind = Literal["controls", "owns", "family", "relationship"]
Body = Literal["signatories", "board", "committee", "stockholders"]
VoteBasis = Literal["votes_cast", "outstanding"]
Conflict = Literal["any", "none", "director", "controller"]
Condition = Literal["committee_approval", "minority_vote"]


class Person(Fact):
    """A natural person who decides, votes, holds shares or controls."""

    id: str = Field(min_length=1, description="Short name used by other rows.")
    name: str = Field("", description="Name to print; the id when empty.")


class Role(Fact):
    """What a person is at an organisation, and from when until when.

    * ``director``: sits on the board, and on the ``committee`` named, if any.
    * ``officer``, ``employee``: is paid by the organisation, and so depends on it and on whoever controls it.
    * ``approver``: may sign for the organisation under its own rules.
    * ``inspector``: counts the votes of its stockholders, and votes on nothing.
    * ``adviser``: is paid for advice.
    """

    id: str = Field(min_length=1, description="Short name used by other rows.")
    person: str = Field(min_length=1, description="Id of the person.")
    organisation: str = Field(min_length=1, description="Id of the organisation.")
    kind: RoleKind = Field(description="What the person is there.")
    committee: str | None = Field(None, description="Committee of the board on which a director sits.")
    from_on: date | None = Field(None, description="First day; always, if empty.")
    until_on: date | None = Field(None, description="First day on which it has ended; still so, if empty.")

    @model_validator(mode="after")
    def _in_order(self) -> "Role":
        _refuse_backwards(self.from_on, self.until_on)
        return self


class Link(Fact):
    """A tie by which somebody gains or loses with an organisation, or depends on somebody.

    * ``controls``: elects most of its board, or holds a third or more and manages it, or otherwise has the last word.
    * ``owns``: holds a share of it, ``share_frac``.
    * ``family``: two persons of one household or near kin; it counts both ways.
    * ``relationship``: another tie that would weigh on a decision: debt, business, long friendship. It counts from
      ``holder`` to ``target``.
    """

    id: str = Field(min_length=1, description="Short name used by other rows.")
    holder: str = Field(min_length=1, description="Person or organisation that controls, owns, or depends.")
    target: str = Field(min_length=1, description="Organisation, or with family and relationship a person.")
    kind: LinkKind = Field(description="Form of the tie.")
    share_frac: float | None = Field(None, gt=0, le=1, description="Share owned; asked for with `owns` only.")
    from_on: date | None = Field(None, description="First day; always, if empty.")
    until_on: date | None = Field(None, description="First day on which it has ended; still so, if empty.")

    @model_validator(mode="after")
    def _share_where_owned(self) -> "Link":
        if (self.kind == "owns") != (self.share_frac is not None):
            raise ValueError("share_frac goes with kind owns, and with no other")
        _refuse_backwards(self.from_on, self.until_on)
        return self


def _refuse_backwards(from_on: date | None, until_on: date | None) -> None:
    if from_on is not None and until_on is not None and until_on <= from_on:
        raise ValueError("until_on must be after from_on")
