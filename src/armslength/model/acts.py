"""What is said and done about an agreement after it was proposed. Each stands in the body of one record of its book."""

from datetime import date
from typing import Literal

from pydantic import Field

from armslength.model.book import ID, LARGEST_AMOUNT
from armslength.model.governance import Register
from armslength.model.noun import Noun
from armslength.model.terms import DIGEST

Verb = Literal[
    "propose",
    "declare",
    "approve",
    "ratify",
    "vote",
    "reject",
    "recuse",
    "poll",
    "execute",
    "recall",
    "return",
    "settle",
    "fail",
    "close_out",
]


class Act(Noun):
    """What every act says."""

    person: str = Field(min_length=1, description="Person who acts.")
    proposal: str = Field(
        pattern=DIGEST, description="Digest of the version it is about: terms, policies and evidence."
    )
    note: str = Field("", max_length=2000, description="Reasons, dissent, conditions, in words.")


class Approval(Act):
    """A person's yes for one party; with ``ratify``, after the day of effect."""

    policy: str = Field(pattern=DIGEST, description="Digest of the policy under which it is given.")


class Vote(Act):
    """Stockholders' votes, as counted by an inspector who votes on nothing."""

    policy: str = Field(pattern=DIGEST, description="Digest of the policy under which they voted.")
    for_count: int = Field(ge=0, le=LARGEST_AMOUNT, description="Votes for, of those entitled to count.")
    against_count: int = Field(ge=0, le=LARGEST_AMOUNT, description="Votes against, of those.")
    abstained_count: int = Field(ge=0, le=LARGEST_AMOUNT, description="Abstentions, of those.")
    outstanding_count: int = Field(gt=0, le=LARGEST_AMOUNT, description="All votes of those entitled to count.")
    excluded: tuple[str, ...] = Field((), description="Holders left out as interested.")
    informed_by: str = Field(pattern=DIGEST, description="Digest of what the holders were told.")


class Refusal(Act):
    """A person's no for one party. Not to be taken back for this version."""


class Recusal(Act):
    """A person stands aside, for good, in all versions of the agreement."""

    organisation: str = Field(pattern=ID, description="Party from whose decision the person stands aside.")


class Declaration(Act):
    """Persons, roles and links that somebody makes known later. What was declared is never taken away."""

    declared: Register = Field(description="What is made known, or when something known ended.")


class Poll(Act):
    """An advisory poll. It is kept, and counts as nobody's approval."""

    question: str = Field(description="What was asked.")
    asked: str = Field(description="Who was asked, and how.")
    for_count: int | None = Field(None, ge=0, description="Answers for; None if only shares are known.")
    against_count: int | None = Field(None, ge=0, description="Answers against.")
    for_micro_count: int | None = Field(None, ge=0, le=1_000_000, description="Share in favour, in millionths.")


class Execution(Act):
    """The agreement takes effect: one group with what moves in every party's book."""


class Recall(Act):
    """The lender of an open loan asks for it back."""

    leg: str = Field(pattern=ID, description="Leg that is to be returned.")
    due_on: date = Field(description="Day by which; the notice agreed must have passed by then.")


class Delivery(Act):
    """A leg, or a part of it, is delivered."""

    leg: str = Field(pattern=ID, description="Leg that is delivered.")
    amount_count: int = Field(gt=0, le=LARGEST_AMOUNT, description="How much, in the leg's unit.")
    late_use_count: int = Field(0, ge=0, le=LARGEST_AMOUNT, description="Owed because it is late, as the terms say.")


class Paid(Act):
    """A payment, or a part of it, is made."""

    payment: str = Field(pattern=ID, description="Payment that is made.")
    amount_count: int = Field(gt=0, le=LARGEST_AMOUNT, description="How much, in the payment's unit.")


class Failure(Act):
    """A leg was not delivered when due. Not by itself an event of default."""

    leg: str = Field(pattern=ID, description="Leg that was not delivered.")
    missing_count: int = Field(gt=0, le=LARGEST_AMOUNT, description="How much is missing, in the leg's unit.")


class ClosedOut(Act):
    """What is owed in kind becomes owed in money: for one failed leg (mini close-out), or for all after a default."""

    legs: tuple[str, ...] = Field(min_length=1, description="Legs that are closed out.")
    reason: Literal["mini_close_out", "buy_in", "event_of_default"] = Field(description="Ground.")
    prices_count: dict[str, int] = Field(description="Price of one unit, by unit, in hundredths of the currency.")
    currency: str = Field("USD", min_length=1, description="Currency of the prices.")
    evidence: str | None = Field(None, pattern=DIGEST, description="What the prices rest on, where not agreed before.")
