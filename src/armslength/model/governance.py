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


class Register(Noun):
    """Who stands where, as far as somebody has declared it."""

    persons: tuple[Person, ...] = Field((), description="Persons.")
    roles: tuple[Role, ...] = Field((), description="What they are, and where.")
    links: tuple[Link, ...] = Field((), description="Ties of control, ownership and dependence.")


class Need(Noun):
    """One approval that a policy asks of a party.

    * ``signatories``: so many different persons who may sign (directors, officers, approvers).
    * ``board``: directors; ``committee``: directors who sit on a committee.
    * ``stockholders``: a count of votes, from which the interested holders are left out.
    """

    body: Body = Field(description="Whose approval.")
    approvals_count_min: int = Field(1, ge=1, description="Fewest approvals that count.")
    majority: bool = Field(False, description="Whether most of the body's disinterested members must approve.")
    members_count_min: int = Field(0, ge=0, description="Fewest disinterested members the body must have.")
    all_members_qualify: bool = Field(False, description="Whether one interested or dependent member spoils the body.")
    basis: VoteBasis | None = Field(None, description="Stockholders: most of the votes cast, or of all outstanding.")
    board_mostly: Literal["disinterested", "interested"] | None = Field(
        None, description="Asked for only where most directors are so; always, if empty."
    )


class PolicySource(Noun):
    """The law, rule or case that a policy mirrors."""

    title: str = Field(description="Statute, case, rule or guidance, and where in it.")
    dated_on: date | None = Field(None, description="Day of the law, decision or text.")
    confidence: Literal["A", "B", "C", "ours"] = Field(
        description="A read in the text; B in a commentary; C from memory."
    )


class Policy(Noun):
    """Whose approvals a party needs before an agreement may bind it. Data; its digest stands in every approval."""

    id: str = Field(min_length=1, description="Short name.")
    name: str = Field(description="Name to print.")
    text: str = Field(description="What it asks, in words; and what it does not say.")
    strictness_rank: int = Field(ge=1, description="1 asks most; the default is the strictest that fits.")
    fits_conflicts: tuple[Conflict, ...] = Field(
        description="Conflicts it is made for: any; none; a director or officer; whoever is at the head of both sides."
    )
    fits_jurisdictions: tuple[str, ...] = Field((), description="Where, such as us-de or us-tx; anywhere when empty.")
    fits_minority_only: bool = Field(False, description="Whether it needs holders other than the controller.")
    binding: bool = Field(True, description="Whether it can authorise anything at all; an advisory poll cannot.")
    needs: tuple[Need, ...] = Field((), description="All of these must be met.")
    independent: bool = Field(False, description="Whether approvers must also not depend on anybody interested.")
    interest_share_micro_count: int = Field(
        1, ge=1, le=1_000_000, description="Share that counts as an interest, in millionths; 1 is any share at all."
    )
    look_back_days: int = Field(
        0, ge=0, le=36_600, description="Ties that ended fewer days than this before the proposal count."
    )
    recusal: bool = Field(False, description="Whether interested directors and officers must have recused themselves.")
    conditions: tuple[Condition, ...] = Field((), description="Conditions the first proposal must have contained.")
    certificate_days_max: int | None = Field(
        None,
        ge=0,
        description="Oldest no-detriment certificate that counts at execution, days; none is asked if empty.",
    )
    certificate_on_conflict_only: bool = Field(
        False, description="Whether the certificate is asked for only where somebody has a conflict."
    )
    evidence: tuple[str, ...] = Field((), description="Kinds of documents that must be attached, such as charter.")
    sources: tuple[PolicySource, ...] = Field((), description="What it mirrors.")
