"""Rows of related-party disclosure, one for each transaction and rule; a draft for those who answer for it."""

from typing import Literal

from pydantic import Field

from armslength.model.noun import Noun

RuleId = Literal["item_404a", "asc_850", "ias_24"]


class DisclosureRule(Noun):
    """What a rule asks for."""

    id: RuleId = Field(description="Short name.")
    name: str = Field(description="Name to print.")
    asks: str = Field(description="What it asks for, in words.")
    listed_only: bool = Field(False, description="Whether it binds only organisations whose shares are traded.")
    by_person: bool = Field(False, description="Whether it asks for a row for each related person.")
    threshold_cents_count: int | None = Field(
        None, ge=0, description="Value above which it asks, hundredths of a dollar."
    )
    minor_share_micro_count: int | None = Field(
        None, ge=0, description="Share below which an interest by shares alone is not deemed material, millionths."
    )
    source: str = Field(description="Where it stands.")
    confidence: Literal["A", "B", "C", "ours"] = Field(
        description="A read in the text; B in a commentary; C from memory."
    )


class Disclosure(Noun):
    """One transaction under one rule, for one organisation."""

    rule: RuleId = Field(description="Rule.")
    organisation: str = Field(description="Organisation that would disclose.")
    agreement: str = Field(description="Agreement.")
    status: str = Field(description="How far the agreement has come.")
    counterparties: tuple[str, ...] = Field(description="The other sides, and others who gain.")
    person: str | None = Field(None, description="Related person, where the rule asks for one.")
    basis: str = Field(description="On what basis they are related, step by step.")
    description: str = Field(description="What moves and what is paid, also for nothing.")
    nominal: bool = Field(description="Whether something moves for no stated price.")
    value_cents_count: int | None = Field(None, description="Value of the transaction, hundredths; None if not stated.")
    interest_cents_count: int | None = Field(
        None, description="The person's part of it by shares; None if not by shares."
    )
    outstanding: tuple[str, ...] = Field((), description="What is due from and to, with units and days.")
    commitments: tuple[str, ...] = Field((), description="What is still to be delivered.")
    settlement: str = Field(description="How it is settled.")
    approval: str = Field(description="Under which policies it was approved, or that it was ratified after the fact.")
    note: str = Field("", description="What a reader should weigh.")
