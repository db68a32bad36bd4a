"""Agreements by hand: records in their order, with a clock of their own, folded without a store."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from armslength.governance.agreement import Agreement
from armslength.governance.certificate import statement_of
from armslength.governance.conditions import Conditions, conditions
from armslength.governance.fold import fold
from armslength.governance.presets import body_of, digest_of, digest_of_all, policy
from armslength.model.acts import Act, Approval, ClosedOut, Delivery, Execution, Paid, Recusal, Refusal, Vote
from armslength.model.book import Event, Recorded
from armslength.model.certificate import Certificate, PartyResult
from armslength.model.governance import Link, Person, Register, Role
from armslength.model.noun import Noun
from armslength.model.terms import Evidence, Party, PlanReference, Proposal, Signer, Terms, TermsLeg, TermsPayment
from armslength.proof.note import NOTE_KEY, SigningKey
from armslength.proof.statement import digest_of as digest_of_bytes
from armslength.proof.statement import envelope

START = datetime(2024, 3, 1, 12, tzinfo=UTC)
KEY = SigningKey("north.example/planner", NOTE_KEY, bytes(range(32)))
OTHER_KEY = SigningKey("somebody.example/else", NOTE_KEY, bytes(32))
INPUTS, OUTPUTS = "sha256:" + "1" * 64, "sha256:" + "2" * 64
PROXY, CHARTER = "sha256:" + "3" * 64, "sha256:" + "4" * 64

# North is listed; chief leads it and controls South through a holding. Ann, Bob and Cid sit on its special committee.
PEOPLE = ("chief", "ann", "bob", "cid", "pat", "sam", "sue", "tom", "clerk", "teller")
ROLES = (
    ("chief", "north", "director", None),
    ("chief", "north", "officer", None),
    ("ann", "north", "director", "special"),
    ("bob", "north", "director", "special"),
    ("cid", "north", "director", "special"),
    ("pat", "north", "approver", None),
    ("clerk", "north", "approver", None),
    ("teller", "north", "inspector", None),
    ("sam", "south", "approver", None),
    ("sue", "south", "approver", None),
    ("tom", "south", "approver", None),
)
LINKS = (("chief", "holding", "controls", None), ("holding", "south", "controls", None))


def role(person: str, organisation: str, kind: str, committee: str | None = None, **more: Any) -> Role:
    name = f"{person}-{organisation}-{kind}"
    return Role(id=name, person=person, organisation=organisation, kind=kind, committee=committee, **more)


def link(holder: str, target: str, kind: str, share: float | None = None, **more: Any) -> Link:
    return Link(id=f"{holder}-{kind}-{target}", holder=holder, target=target, kind=kind, share_frac=share, **more)


def register(
    *, roles: tuple[Any, ...] = ROLES, links: tuple[Any, ...] = LINKS, people: tuple[str, ...] = PEOPLE
) -> Register:
    return Register(
        persons=tuple(Person(id=name) for name in people),
        roles=tuple(row if isinstance(row, Role) else role(*row) for row in roles),
        links=tuple(row if isinstance(row, Link) else link(*row) for row in links),
    )


def leg(name: str, giver: str, taker: str, amount: int = 100, **more: Any) -> TermsLeg:
    fields = {"unit": "SLOT:h100", "from_account": "slot/lot-1", "to_account": "slot/lot-1"} | more
    return TermsLeg(id=name, giver=giver, taker=taker, amount_count=amount, **fields)


def terms(**more: Any) -> Terms:
    """A hundred slots from North to South, sixty and forty back, and a payment that makes North whole."""
    fields: dict[str, Any] = {
        "id": "swap",
        "kind": "slot_swap",
        "parties": ("north", "south"),
        "legs": (
            leg("out", "north", "south"),
            leg("back-1", "south", "north", 60, returns="out", due_on=date(2024, 4, 1)),
            leg("back-2", "south", "north", 40, returns="out", due_on=date(2024, 6, 1)),
        ),
        "payments": (TermsPayment(id="whole", payer="south", payee="north", unit="USD/2", amount_count=5000),),
        "plan": PlanReference(inputs=INPUTS, outputs=OUTPUTS, deals=("swap",)),
    }
    return Terms(**(fields | more))


def certificate(of: Terms, **more: Any) -> Certificate:
    """North would lose 50.00 by the deal, South gains 80.00."""
    fields: dict[str, Any] = {
        "case_id": "case",
        "inputs": INPUTS,
        "outputs": OUTPUTS,
        "legs": digest_of_all(of.legs),
        "deals": ("swap",),
        "run": "as_agreed",
        "as_of_on": None,
        "made_on": date(2024, 2, 28),
        "currency": "USD",
        "results": (result("north", -5000), result("south", 8000)),
        "alternatives": (),
        "comparables": (),
        "method": "by hand",
        "tolerance_cents_count": 1,
        "planner": "none",
        "gap": "0",
    }
    return Certificate(**(fields | more))


def result(organisation: str, change: int) -> PartyResult:
    return PartyResult(
        organisation=organisation,
        baseline="standing alone",
        baseline_cents_count=100_000,
        with_deal_cents_count=100_000 + change,
        compensation_cents_count=max(0, -change),
        usable_gpu_seconds=0,
    )


def signed(of: Certificate, *keys: SigningKey) -> bytes:
    return envelope(statement_of(of), *(keys or (KEY,)))


def proposal(of: Terms, document: bytes | None = None, **more: Any) -> Proposal:
    policies = more.pop("policies", {})
    evidence = [Evidence(kind="charter", digest=CHARTER), Evidence(kind="proxy_statement", digest=PROXY)]
    if document is not None:
        evidence.append(Evidence(kind="certificate", digest=digest_of_bytes(document)))
    fields: dict[str, Any] = {
        "terms": of,
        "parties": tuple(party(name, policies.get(name, "internal_two_sided")) for name in of.parties),
        "evidence": tuple(evidence),
        "signers": (Signer(key=str(KEY.verifier)),),
        "declared": register(),
        "proposer": "clerk",
    }
    return Proposal(**(fields | more))


def party(name: str, how: str) -> Party:
    return Party(organisation=name, policy=policy(how), strictest=how)


@dataclass
class Stage:
    """Records of one agreement, in their order; each takes an hour."""

    id: str = "swap"
    now: datetime = START
    rows: list[Recorded] = field(default_factory=list)
    documents: dict[str, bytes] = field(default_factory=dict)
    last: Proposal | None = None
    known: tuple[tuple[int, int], Agreement] | None = None

    def record(
        self, organisation: str, verb: str, noun: Noun | dict[str, Any], *, effective_at: datetime | None = None
    ) -> None:
        event = Event(
            id=f"{verb}.{len(self.rows)}",
            organisation=organisation,
            book=f"agreement/{self.id}",
            kind="record",
            effective_at=effective_at or self.now,
            topic=f"agreement.{verb}",
            body=noun if isinstance(noun, dict) else body_of(noun),
        )
        number = len(self.rows)
        self.rows.append(
            Recorded(
                event=event, sequence_count=number, recorded_at=self.now, group=event.id, salt="0" * 32, leaf="0" * 64
            )
        )
        self.now += timedelta(hours=1)

    def propose(self, what: Proposal, organisation: str = "north", document: bytes | None = None) -> "Stage":
        if document is not None:
            self.documents[digest_of_bytes(document)] = document
        self.record(organisation, "propose", what)
        if not any(row.event.topic == "agreement.execute" for row in self.rows):
            self.last = what
        return self

    @property
    def digest(self) -> str:
        assert self.last is not None
        return digest_of(self.last)

    def how(self, organisation: str) -> str:
        """Returns the digest of a party's policy."""
        assert self.last is not None
        return next((digest_of(row.policy) for row in self.last.parties if row.organisation == organisation), INPUTS)

    def say(self, organisation: str, verb: str, noun: type[Act], person: str, /, **more: Any) -> "Stage":
        at = more.pop("effective_at", None)
        more.setdefault("proposal", self.digest)
        self.record(organisation, verb, noun(person=person, **more), effective_at=at)
        return self

    def approve(self, organisation: str, *people: str, verb: str = "approve", **more: Any) -> "Stage":
        for person in people:
            how = more.get("policy") or self.how(organisation)
            self.say(organisation, verb, Approval, person, **(more | {"policy": how}))
        return self

    def vote(self, person: str = "teller", **more: Any) -> "Stage":
        fields = {
            "policy": self.how("north"),
            "for_count": 60,
            "against_count": 10,
            "abstained_count": 0,
            "outstanding_count": 100,
            "excluded": ("chief", "holding"),
            "informed_by": PROXY,
        }
        return self.say("north", "vote", Vote, person, **(fields | more))

    def recuse(self, organisation: str, person: str) -> "Stage":
        return self.say(organisation, "recuse", Recusal, person, organisation=organisation)

    def reject(self, organisation: str, person: str) -> "Stage":
        return self.say(organisation, "reject", Refusal, person)

    def execute(self, organisation: str = "north", person: str = "pat", **more: Any) -> "Stage":
        return self.say(organisation, "execute", Execution, person, **more)

    def back(
        self, name: str, amount: int, *, by: str = "south", person: str = "sam", late: int = 0, **more: Any
    ) -> "Stage":
        fields = {"leg": name, "amount_count": amount, "late_use_count": late}
        return self.say(by, "return", Delivery, person, **(fields | more))

    def pay(self, name: str, amount: int, *, by: str = "south", person: str = "sam") -> "Stage":
        return self.say(by, "settle", Paid, person, payment=name, amount_count=amount)

    def close_out(self, *legs: str, by: str = "north", person: str = "pat", **more: Any) -> "Stage":
        fields = {"legs": legs, "reason": "mini_close_out", "prices_count": {"SLOT:h100": 300}} | more
        return self.say(by, "close_out", ClosedOut, person, **fields)

    def on(self, day: date) -> "Stage":
        """Moves the clock to noon of a later day."""
        self.now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        return self

    @property
    def state(self) -> Agreement:
        """The fold of all records; kept until one more is there."""
        key = len(self.rows), len(self.documents)
        if self.known is None or self.known[0] != key:
            self.known = key, fold(self.id, self.rows, self.documents)
        return self.known[1]

    @property
    def conditions(self) -> Conditions:
        return conditions(self.state, self.documents, self.now.date())

    @property
    def unmet(self) -> str:
        return "\n".join(self.conditions.unmet)

    @property
    def codes(self) -> list[str]:
        return [row.code for row in self.state.findings]


def proposed(of: Terms | None = None, *, with_certificate: bool = True, **more: Any) -> Stage:
    """Returns a stage with one proposal."""
    what = of or terms()
    document = more.pop("document", signed(certificate(what)) if with_certificate else None)
    text = proposal(what, document, **more)
    # Each side has proposed it, so that each has chosen its own policy.
    return Stage(id=what.id).propose(text, "south", document=document).propose(text, document=document)


def approved(of: Terms | None = None, **more: Any) -> Stage:
    """Returns a stage in which both sides have approved."""
    return proposed(of, **more).approve("north", "ann", "bob").approve("south", "sam", "sue")


def in_force(of: Terms | None = None, **more: Any) -> Stage:
    """Returns a stage in which an agreement was executed."""
    return approved(of, **more).execute()
