"""A story: acts on days, in order, with what each should meet and what it shows. Replayed, it is carried out, not told.

Names of people and figures in a story may be invented where no source gives them; the story says where.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from armslength.model.agreement_file import FileParty
from armslength.model.book import ID
from armslength.model.governance import Condition
from armslength.model.noun import Noun
from armslength.model.terms import Terms


class Act(Noun):
    """What every act of a story says."""

    title: str = Field(min_length=1, description="What is tried, in a few words.")
    tried_on: date = Field(description="Day on which it is tried; the clock of the replay's books stands there.")
    shows: str = Field("", description="What the outcome shows.")
    expect: Literal["done", "refused"] = Field("done", description="What the books should answer.")
    says: tuple[str, ...] = Field((), description="Words that must stand in the answer.")
    invented: str = Field("", description="What in it is made up, because no source gives it.")


class OpenBooks(Act):
    """The books are opened from the case as it stood before its agreements."""

    act: Literal["open"] = Field(description="Which act this is.")


class BringIn(Act):
    """Rows of some tables of the case that have become known are brought in."""

    act: Literal["bring"] = Field(description="Which act this is.")
    tables: tuple[Literal["transfers", "stock", "roles", "links"], ...] = Field(min_length=1, description="Which.")


class MakePlan(Act):
    """The case is planned alone and as agreed, with what was known by a day, perhaps with other room at a site."""

    act: Literal["plan"] = Field(description="Which act this is.")
    name: str = Field(pattern=ID, description="Name by which later acts mean this plan.")
    known_on: date = Field(description="Last day of knowledge.")
    step: str | None = Field(None, description="Id of a step that is varied.")
    power_mw: float | None = Field(None, ge=0, description="Power of that step instead, MW.")
    opens_on: date | None = Field(None, description="First day of that step instead.")
    standings: dict[str, Literal["better", "same", "worse"]] = Field(
        default_factory=dict, description="How each organisation should come out, against standing alone."
    )


class Document(Noun):
    """A document attached to a proposal."""

    kind: str = Field(min_length=1, description="Such as charter or proxy_statement.")
    title: str = Field(min_length=1, description="What it is, in words.")
    text: str = Field(min_length=1, description="Its text.")


class Propose(Act):
    """An agreement, or a new version of one, is proposed: from a plan, or with terms written out."""

    act: Literal["propose"] = Field(description="Which act this is.")
    agreement: str = Field(pattern=ID, description="Id of the agreement.")
    organisation: str = Field(description="In whose name.")
    person: str = Field(description="Who proposes.")
    plan: str | None = Field(None, description="Name of the plan it is taken from.")
    taken: tuple[str, ...] = Field((), description="Ids of the case's agreements that are taken.")
    certificate: bool = Field(False, description="Whether the plan's no-detriment certificate is attached.")
    terms: Terms | None = Field(None, description="Terms written out, where there is no plan.")
    parties: dict[str, FileParty] = Field(default_factory=dict, description="How parties decide.")
    conditions: tuple[Condition, ...] = Field((), description="Approvals on which it depends.")
    beneficiaries: tuple[str, ...] = Field((), description="Others who gain by it.")
    documents: tuple[Document, ...] = Field((), description="What else is attached.")


class Speak(Act):
    """A person approves, refuses, or stands aside, for an organisation."""

    act: Literal["approve", "reject", "recuse"] = Field(description="Which act this is.")
    agreement: str = Field(pattern=ID, description="Id of the agreement.")
    organisation: str = Field(description="For whom.")
    person: str = Field(description="Who.")
    note: str = Field("", description="Reasons.")


class CountVotes(Act):
    """The stockholders' votes are counted."""

    act: Literal["vote"] = Field(description="Which act this is.")
    agreement: str = Field(pattern=ID, description="Id of the agreement.")
    organisation: str = Field(description="Whose stockholders.")
    person: str = Field(description="Inspector who counted.")
    for_count: int = Field(ge=0, description="Votes for, of those entitled to count.")
    against_count: int = Field(ge=0, description="Votes against, of those.")
    abstained_count: int = Field(ge=0, description="Abstentions, of those.")
    outstanding_count: int = Field(gt=0, description="All votes of those entitled to count.")
    excluded: tuple[str, ...] = Field((), description="Holders left out as interested.")
    informed_by: str = Field(description="Kind of the attached document that the holders were given.")


class AskPoll(Act):
    """An advisory poll is recorded."""

    act: Literal["poll"] = Field(description="Which act this is.")
    agreement: str = Field(pattern=ID, description="Id of the agreement.")
    organisation: str = Field(description="In whose name it is recorded.")
    person: str = Field(description="Who asked.")
    question: str = Field(description="What was asked.")
    asked: str = Field(description="Who was asked.")
    in_favour_frac: float = Field(ge=0, le=1, description="Share in favour.")


class Execute(Act):
    """The agreement is to take effect."""

    act: Literal["execute"] = Field(description="Which act this is.")
    agreement: str = Field(pattern=ID, description="Id of the agreement.")
    organisation: str = Field(description="Who executes.")
    person: str = Field(description="In person.")


class Deliver(Act):
    """Legs of an agreement are delivered or returned."""

    act: Literal["deliver"] = Field(description="Which act this is.")
    agreement: str = Field(pattern=ID, description="Id of the agreement.")
    organisation: str = Field(description="Who delivers.")
    person: str = Field(description="In person.")
    legs: tuple[str, ...] = Field(min_length=1, description="Ids of the legs.")


class Advance(Act):
    """A lot comes further: it is received, installed, energised."""

    act: Literal["stage"] = Field(description="Which act this is.")
    organisation: str = Field(description="In whose book.")
    lot: str = Field(description="Id of the lot.")
    stage: Literal["in_transit", "stored", "installed", "energised", "retired"] = Field(description="How far.")
    place: str = Field(description="Where it stands then.")


class Owed(Act):
    """What stands open between two organisations is looked up."""

    act: Literal["owed"] = Field(description="Which act this is.")
    first: str = Field(description="Whose book.")
    second: str = Field(description="The other organisation.")
    unit: str = Field(description="Unit.")
    due_from_count: int = Field(ge=0, description="What the other should owe.")
    due_to_count: int = Field(0, ge=0, description="What the first should owe.")


class Disclose(Act):
    """The rows of related-party disclosure are made."""

    act: Literal["disclose"] = Field(description="Which act this is.")
    organisation: str = Field(description="Who discloses.")
    rules: tuple[str, ...] = Field(description="Rules for which there must be a row.")


class Seal(Act):
    """A book is sealed up to the end of a day."""

    act: Literal["seal"] = Field(description="Which act this is.")
    organisation: str = Field(description="Whose book.")
    until_on: date = Field(description="Last day sealed.")


class Backdate(Act):
    """Somebody tries to record something as of an earlier day."""

    act: Literal["backdate"] = Field(description="Which act this is.")
    organisation: str = Field(description="Whose book.")
    effective_on: date = Field(description="Day that is claimed.")
    text: str = Field(description="What is to be slipped in.")


class Prove(Act):
    """Checkpoints are signed, the witnesses sign them, and an auditor verifies the bundle of an agreement offline."""

    act: Literal["prove"] = Field(description="Which act this is.")
    agreement: str = Field(pattern=ID, description="Id of the agreement.")
    witnesses: tuple[str, ...] = Field(min_length=1, description="Organisations that witness, all of whom must sign.")
    alter: tuple[str, str] | None = Field(
        None, description="Text that somebody alters in the bundle, and what it becomes; the audit must then fail."
    )


class Page(Act):
    """The statement of an organisation is made."""

    act: Literal["statement"] = Field(description="Which act this is.")
    organisation: str = Field(description="Whose.")


class Verify(Act):
    """Every named check is made on all books."""

    act: Literal["verify"] = Field(description="Which act this is.")


class Later(Act):
    """A place that is left open."""

    act: Literal["later"] = Field(description="Which act this is.")


StoryAct = Annotated[
    OpenBooks
    | BringIn
    | MakePlan
    | Propose
    | Speak
    | CountVotes
    | AskPoll
    | Execute
    | Deliver
    | Advance
    | Owed
    | Disclose
    | Seal
    | Backdate
    | Prove
    | Page
    | Verify
    | Later,
    Field(discriminator="act"),
]


class Story(Noun):
    """Acts in order."""

    title: str = Field(min_length=1, description="Title.")
    about: str = Field("", description="What it is, and what in it is invented.")
    acts: tuple[StoryAct, ...] = Field(min_length=1, description="What is tried, in order; days never go back.")


class Told(Noun):
    """What came of one act."""

    number_count: int = Field(ge=1, description="Its place in the story.")
    tried_on: date = Field(description="Day.")
    act: str = Field(description="What kind of act.")
    title: str = Field(description="What was tried.")
    outcome: Literal["done", "refused", "open"] = Field(description="What the books answered.")
    as_expected: bool = Field(description="Whether that is what the story says.")
    answer: tuple[str, ...] = Field(description="The answer, line by line.")
    shows: str = Field("", description="What it shows.")
    invented: str = Field("", description="What in it is made up.")
    flaw: str = Field("", description="How the answer differs from what the story says.")


class Replayed(Noun):
    """A story carried out."""

    title: str = Field(description="Title.")
    about: str = Field(description="What it is.")
    told: tuple[Told, ...] = Field(description="What came of each act.")

    @property
    def as_told(self) -> bool:
        """Whether every act met what the story says."""
        return all(row.as_expected for row in self.told)
