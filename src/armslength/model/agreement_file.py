"""What a person writes to propose an agreement: the terms, who decides by which policy, who stands where, what it rests on."""

from pydantic import Field

from armslength.model.governance import Policy, Register
from armslength.model.noun import Noun
from armslength.model.terms import Terms


class FileEvidence(Noun):
    """A document named by its file."""

    kind: str = Field(min_length=1, description="Such as certificate, charter, minutes, proxy_statement.")
    file: str = Field(min_length=1, description="Path of the document, from the folder of this file.")
    title: str = Field("", description="What it is, in words.")


class FileParty(Noun):
    """How a party decides; what is left out is taken from the strictest policy that fits."""

    policy: str | Policy | None = Field(None, description="Id of a shipped policy, or one of your own, in full.")
    listed: bool = Field(False, description="Whether its shares are publicly traded.")
    jurisdiction: str = Field("", description="Where it is incorporated, such as us-de; unknown when empty.")
    minority: bool = Field(True, description="Whether it has holders other than whoever controls it.")


class AgreementFile(Noun):
    """A proposal as a person writes it."""

    terms: Terms = Field(description="What is agreed.")
    parties: dict[str, FileParty] = Field(default_factory=dict, description="How each party decides, by organisation.")
    declared: Register = Field(default_factory=Register, description="Who stands where.")
    evidence: tuple[FileEvidence, ...] = Field((), description="Documents it rests on.")
    signers: tuple[str, ...] = Field((), description="Verifier keys whose signature under a certificate counts.")
