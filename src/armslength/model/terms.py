"""What parties propose to each other: terms with legs and payments, their policies, what they rest on.

No number here is a fraction: everything is hashed, and counted in the smallest part of a unit.
"""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from armslength.model.book import ID, LARGEST_AMOUNT
from armslength.model.governance import Condition, Policy, Register
from armslength.model.noun import Noun

DIGEST = r"^sha256:[0-9a-f]{64}$"

TermsKind = Literal[
    "redirect",
    "slot_swap",
    "loan",
    "hosting",
    "capacity_lease",
    "contribution",
    "secondment",
    "data_licence",
    "investment",
    "poll",
]


class ConversionFactor(Noun):
    """How much of the unit that was given a unit returned counts for, such as two of an older model for one of a newer."""

    unit: str = Field(pattern=ID, description="Unit of what was given, in which the debt stands.")
    numerator_count: int = Field(gt=0, le=10**9, description="So many of `unit` ...")
    denominator_count: int = Field(gt=0, le=10**9, description="... for so many of the unit returned.")
    agreed_on: date = Field(description="Day on which it was agreed.")
    source: str = Field(min_length=1, description="What it rests on: a table with its date, or a document.")


class TermsLeg(Noun):
    """One movement: an amount of a unit leaves an account in the giver's book and arrives in one of the taker's.

    A leg that another one ``returns`` is owed back until then; one that none returns is given for good.
    """

    id: str = Field(pattern=ID, description="Short name within the agreement.")
    giver: str = Field(pattern=ID, description="Organisation that gives.")
    taker: str = Field(pattern=ID, description="Organisation that receives.")
    unit: str = Field(pattern=ID, description="What is counted, such as `TITLE:h100`, `USE:h100` or `USD/2`.")
    amount_count: int = Field(gt=0, le=LARGEST_AMOUNT, description="How much, in the unit's smallest part.")
    from_account: str = Field(pattern=ID, description="Account in the giver's book, such as `title/lot-7`.")
    to_account: str = Field(pattern=ID, description="Account in the taker's book.")
    due_on: date | None = Field(None, description="Day it is due; at execution when empty.")
    returns: str | None = Field(None, pattern=ID, description="Id of the leg that it gives back, or exchanges for.")
    equivalent: ConversionFactor | None = Field(None, description="Where it returns another unit than was given.")
    value_count: int | None = Field(
        None,
        ge=0,
        le=LARGEST_AMOUNT,
        description="What it is worth, in hundredths of the currency; None if not stated.",
    )
    value_source: str = Field("", description="What that worth rests on.")


class TermsPayment(Noun):
    """Money owed under the agreement from its execution on."""

    id: str = Field(pattern=ID, description="Short name within the agreement.")
    payer: str = Field(pattern=ID, description="Organisation that pays.")
    payee: str = Field(pattern=ID, description="Organisation that is paid.")
    unit: str = Field(pattern=ID, description="Such as `USD/2`: hundredths of a dollar.")
    amount_count: int = Field(gt=0, le=LARGEST_AMOUNT, description="How much, in the unit's smallest part.")
    due_on: date | None = Field(None, description="Day it is due; on demand when empty.")
    reason: Literal["settlement", "price", "loan_fee", "make_whole"] = Field(
        "settlement", description="What it is for."
    )


class LateUse(Noun):
    """What the taker owes for each hour by which a return is late: the use that the giver lost (manufactured usage)."""

    unit: str = Field(pattern=ID, description="Money, such as `USD/2`.")
    price_per_hour_count: int = Field(ge=0, le=10**9, description="For one unit late by one hour, smallest part.")
    source: str = Field(min_length=1, description="The comparable price it rests on, with its date.")


class PlanReference(Noun):
    """The plan that a proposal was made from."""

    inputs: str = Field(pattern=DIGEST, description="Digest of the case as planned.")
    outputs: str = Field(pattern=DIGEST, description="Digest of plan.json.")
    deals: tuple[str, ...] = Field(description="Ids of the deals or agreements taken from it.")


class Terms(Noun):
    """What is agreed. An approval binds these words and numbers and no others."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,59}$", description="Short name of the agreement.")
    name: str = Field("", description="Name to print; the id when empty.")
    kind: TermsKind = Field(description="Form.")
    text: str = Field("", max_length=4000, description="What it is, in words.")
    parties: tuple[str, ...] = Field(min_length=2, description="Organisations that are bound.")
    beneficiaries: tuple[str, ...] = Field((), description="Others who gain by it, such as the user of what is lent.")
    observers: tuple[str, ...] = Field((), description="Organisations that may read: an auditor, a lender, an adviser.")
    legs: tuple[TermsLeg, ...] = Field((), description="What moves.")
    payments: tuple[TermsPayment, ...] = Field((), description="What is paid.")
    effective_on: date | None = Field(None, description="Day it takes effect; when it is executed, if empty.")
    recall_notice_days: int | None = Field(
        None, ge=0, le=3660, description="Open loan: days between recall and return."
    )
    late_use: LateUse | None = Field(None, description="What a late return costs; nothing agreed when empty.")
    close_out_price_count: dict[str, int] = Field(
        default_factory=dict,
        description="Agreed price of one unit on close-out, by unit, in hundredths of the currency.",
    )
    conditions: tuple[Condition, ...] = Field((), description="Approvals without which it shall not take effect.")
    plan: PlanReference | None = Field(None, description="Plan it was made from, if any.")

    @model_validator(mode="after")
    def _parties_differ(self) -> "Terms":
        if len(set(self.parties)) != len(self.parties):
            raise ValueError("a party stands twice")
        return self


class Party(Noun):
    """One side of an agreement, and the policy by which it decides."""

    organisation: str = Field(pattern=ID, description="Organisation that is bound.")
    listed: bool = Field(False, description="Whether its shares are publicly traded.")
    jurisdiction: str = Field("", description="Where it is incorporated, such as us-de; unknown when empty.")
    minority: bool = Field(True, description="Whether it has holders other than whoever controls it.")
    policy: Policy = Field(description="Policy in force for it, in full.")
    strictest: str = Field(description="Id of the strictest policy that fitted when this was proposed.")


class Evidence(Noun):
    """A document that a proposal rests on, by its digest."""

    kind: str = Field(
        min_length=1, description="Such as certificate, charter, minutes, proxy_statement, vendor_confirmation."
    )
    digest: str = Field(pattern=DIGEST, description="`sha256:` and the SHA-256 of its bytes.")
    title: str = Field("", description="What it is, in words.")


class Signer(Noun):
    """Whose signature under a certificate counts."""

    key: str = Field(
        min_length=1, max_length=300, description="Verifier key, as the command that makes keys prints it."
    )


class Proposal(Noun):
    """A version of an agreement, whole: what an approval approves."""

    terms: Terms = Field(description="What is agreed.")
    parties: tuple[Party, ...] = Field(min_length=2, description="The sides, with their policies.")
    evidence: tuple[Evidence, ...] = Field((), description="What it rests on.")
    signers: tuple[Signer, ...] = Field((), description="Who may sign its certificate.")
    declared: Register = Field(default_factory=Register, description="Who stands where, as the proposer knows it.")
    proposer: str = Field(min_length=1, description="Person who proposes; cannot approve.")
