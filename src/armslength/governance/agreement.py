"""What an agreement's records add up to: its versions, who said what, what moved and what is still owed. Nouns of the fold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Generic, TypeVar

from armslength.governance.interest import Interest, Window, group_of, window
from armslength.governance.presets import digest_of
from armslength.model.acts import (
    Act,
    Approval,
    ClosedOut,
    Delivery,
    Execution,
    Failure,
    Poll,
    Recall,
    Recusal,
    Refusal,
    Vote,
)
from armslength.model.certificate import Certificate
from armslength.model.governance import Register
from armslength.model.terms import Party, Proposal, Terms, TermsLeg

Said = TypeVar("Said", bound=Act, covariant=True)


@dataclass(frozen=True, slots=True)
class Entered(Generic[Said]):
    """An act with what the ledger says of its record; nobody can choose ``recorded_at``."""

    act: Said
    organisation: str
    sequence: int
    recorded_at: datetime
    effective_at: datetime

    @property
    def on(self) -> date:
        """Day on which it was recorded, UTC."""
        return self.recorded_at.date()


@dataclass(frozen=True, slots=True)
class Given(Entered[Approval]):
    """A person's yes; ``after`` when it was given as a ratification."""

    after: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One proposal, by its digest."""

    proposal: Proposal
    digest: str
    organisation: str
    sequence: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Declared:
    """Persons, roles and links that an organisation made known."""

    register: Register
    organisation: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Debt:
    """Money owed under the agreement, in the unit's smallest part."""

    id: str
    payer: str
    payee: str
    unit: str
    amount: int
    due_on: date | None
    reason: str
    paid: int = 0

    @property
    def open(self) -> int:
        """What is left to pay."""
        return self.amount - self.paid


@dataclass(frozen=True, slots=True)
class Attested:
    """A certificate as it was found: who signed it, or why it cannot be used."""

    certificate: Certificate | None
    signers: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the records that should not be there; for whoever checks the books.

    Attributes:
        sequence: place of the record in the agreement's book.
        code: a short stable word.
        text: what is wrong, in words.
    """

    sequence: int
    code: str
    text: str


@dataclass(frozen=True)
class Agreement:
    """The state of an agreement after some number of records; a pure function of them and of the evidence.

    Attributes:
        versions: every proposal, oldest first; the last is in force as the text.
        executed: the execution, if it was valid where it stands.
        delivered: amount delivered of each leg, in its unit.
        due: later due days of legs, set by a recall.
        debts: money owed, by id.
        closed: legs whose debt in kind became money.
        findings: records that broke a rule where they stand. They change nothing.
    """

    id: str
    size: int = 0
    versions: tuple[Version, ...] = ()
    declared: tuple[Declared, ...] = ()
    approvals: tuple[Given, ...] = ()
    votes: tuple[Entered[Vote], ...] = ()
    refusals: tuple[Entered[Refusal], ...] = ()
    recusals: tuple[Entered[Recusal], ...] = ()
    polls: tuple[Entered[Poll], ...] = ()
    executed: Entered[Execution] | None = None
    after_the_fact: bool = False
    recalls: tuple[Entered[Recall], ...] = ()
    deliveries: tuple[Entered[Delivery], ...] = ()
    failures: tuple[Entered[Failure], ...] = ()
    close_outs: tuple[Entered[ClosedOut], ...] = ()
    delivered: Mapping[str, int] = field(default_factory=dict)
    due: Mapping[str, date] = field(default_factory=dict)
    debts: Mapping[str, Debt] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()

    @property
    def version(self) -> Version:
        """The proposal in force as the text."""
        return self.versions[-1]

    @property
    def proposal(self) -> Proposal:
        """The proposal that approvals are about now."""
        return self.versions[-1].proposal

    @property
    def terms(self) -> Terms:
        """What is agreed, if it is."""
        return self.versions[-1].proposal.terms

    @cached_property
    def register(self) -> Register:
        """All that was ever declared for this agreement. What was declared once is never taken away again."""
        parts = [version.proposal.declared for version in self.versions] + [row.register for row in self.declared]
        return Register(
            persons=tuple(dict.fromkeys(row for part in parts for row in part.persons)),
            roles=tuple(dict.fromkeys(row for part in parts for row in part.roles)),
            links=tuple(dict.fromkeys(row for part in parts for row in part.links)),
        )

    @cached_property
    def found(self) -> dict[tuple[str, str, str, date], tuple[Interest, ...]]:
        """Interests and dependences found so far, so that each is looked for once in a state, which never changes."""
        return {}

    @cached_property
    def policies(self) -> Mapping[str, str]:
        """Digest of each party's policy, by organisation."""
        return {row.organisation: digest_of(row.policy) for row in self.proposal.parties}

    def party(self, organisation: str) -> Party | None:
        """Returns one side of the agreement, or None."""
        return next((row for row in self.proposal.parties if row.organisation == organisation), None)

    def leg(self, name: str) -> TermsLeg | None:
        """Returns a leg of the terms, or None."""
        return next((row for row in self.terms.legs if row.id == name), None)

    def days(self, party: Party, now_on: date) -> Window:
        """Returns the days on which ties count for a party's decision."""
        return window(self.versions[0].recorded_at.date(), now_on, party.policy.look_back_days)

    def sides(self, party: Party, now_on: date) -> tuple[str, ...]:
        """Returns the other sides of a party's decision: counterparties, who else gains, and all that they control."""
        days, own = self.days(party, now_on), party.organisation
        names = {*self.terms.parties, *self.terms.beneficiaries} - {own}
        mine = group_of(self.register, own, days) - set(self.terms.parties)
        others = {name for side in names for name in group_of(self.register, side, days)}
        return tuple(sorted((names | others) - mine - {own}))

    def due_on(self, leg: TermsLeg) -> date | None:
        """Returns the day a leg is due: the one recalled for, else the one agreed."""
        return self.due.get(leg.id, leg.due_on)

    def open_amount(self, leg: TermsLeg) -> int:
        """Returns what of a leg is not delivered, in its unit."""
        return 0 if leg.id in self.closed else leg.amount_count - self.delivered.get(leg.id, 0)
