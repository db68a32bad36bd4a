"""What must hold before an agreement takes effect: every party's policy, the certificate, the day. All at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from armslength.governance.agreement import Agreement
from armslength.governance.approvals import PartyStanding, standing, vote_why_not, why_not
from armslength.governance.certificate import attested, flaws
from armslength.governance.presets import policies, strictest
from armslength.model.governance import Policy
from armslength.model.terms import Proposal

# Documents by digest, as found. Who signed them is asked of the version that names them, and of no other.
Documents = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Conditions:
    """How far an agreement is from taking effect, judged on a day.

    Attributes:
        unmet: everything missing, in words; empty when it may be executed.
        warnings: what a reader should know although nothing asks for it.
    """

    parties: tuple[PartyStanding, ...]
    unmet: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def refused(self) -> bool:
        """Whether some party can no longer approve this version."""
        return any(row.refused for row in self.parties)


def conditions(state: Agreement, evidence: Documents, on: date) -> Conditions:
    """Returns what an agreement still lacks, judged afresh with all that its records hold by a day."""
    parties = tuple(standing(state, row, on) for row in state.proposal.parties)
    unmet = [words for row in parties for words in row.unmet]
    missing = [name for name in state.terms.parties if state.party(name) is None]
    unmet += [f"{name} is bound but has no policy under which it decides" for name in missing]
    unmet += chosen_by_another(state, parties)
    asked = [row.party for row in parties if asks_certificate(row)]
    wrong = certificate_flaws(state.proposal, evidence, on)
    if asked:
        unmet += wrong or ()
    warnings = below_strictest(parties) + undeclared(state)
    if wrong and not asked and any(row.kind == "certificate" for row in state.proposal.evidence):
        warnings += wrong
    if not asked and not any(row.kind == "certificate" for row in state.proposal.evidence):
        warnings.append("no no-detriment certificate is attached: nothing here says that nobody is worse off")
    return Conditions(parties, tuple(unmet), tuple(warnings))


def asks_certificate(row: PartyStanding) -> bool:
    """Whether a party's policy asks for a certificate as its people stand."""
    policy = row.party.policy
    return policy.certificate_days_max is not None and (
        not policy.certificate_on_conflict_only or row.conflict != "none"
    )


def certificate_flaws(proposal: Proposal, evidence: Documents, on: date) -> list[str]:
    """Returns why no attached certificate carries the proposal; nothing when one does."""
    days = [row.policy.certificate_days_max for row in proposal.parties]
    asked = [row for row in days if row is not None]
    attached = [row for row in proposal.evidence if row.kind == "certificate"]
    if not attached:
        return ["no no-detriment certificate is attached"]
    found = [
        flaws(attested(evidence.get(row.digest), proposal), proposal, on, min(asked) if asked else None)
        for row in attached
    ]
    return [] if any(not row for row in found) else list(found[0])


def below_strictest(parties: tuple[PartyStanding, ...]) -> list[str]:
    """Returns, for each party that decides by another policy than the strictest that fits, a sentence that says so."""
    said = []
    for row in parties:
        fitting = _laxer_than(row)
        if fitting is not None:
            party = row.party
            said.append(
                f"{party.organisation} decides by {party.policy.id}; the strictest that fits is {fitting.id}"
                f" (conflict: {row.conflict})"
            )
    return said


def chosen_by_another(state: Agreement, parties: tuple[PartyStanding, ...]) -> list[str]:
    """Returns, for each party whose laxer policy somebody else has chosen for it, a sentence that says so.

    A party chooses a policy by proposing a version in which it stands; nobody can lower another's guard.
    """
    said = []
    for row in parties:
        fitting, party = _laxer_than(row), row.party
        own = [
            each.policy
            for version in state.versions
            if version.organisation == party.organisation
            for each in version.proposal.parties
            if each.organisation == party.organisation
        ]
        if fitting is not None and party.policy not in own:
            said.append(
                f"{party.policy.id} is laxer than {fitting.id}, which fits {party.organisation}, and"
                f" {party.organisation} itself has not proposed to decide by it"
            )
    return said


def _laxer_than(row: PartyStanding) -> Policy | None:
    """Returns the strictest shipped policy that fits a party, if the party decides by one not known to be as strict."""
    fitting = strictest(row.conflict, row.party.jurisdiction, row.party.minority)
    shipped = {each.id: each for each in policies()}
    policy = row.party.policy
    # What a policy of one's own says of its strictness is its own word.
    strict = shipped.get(policy.id) == policy and policy.strictness_rank <= fitting.strictness_rank
    return None if strict else fitting


def undeclared(state: Agreement) -> list[str]:
    """Returns, for each party of which nobody is declared, that no conflict can be found there."""
    known = {row.organisation for row in state.register.roles}
    return [
        f"nobody is declared with a post at {name}, so no conflict of its people can be found"
        for name in state.terms.parties
        if name not in known
    ]


def execution_flaws(
    state: Agreement, evidence: Documents, recorded_on: date, effective_at: datetime
) -> tuple[str, ...]:
    """Returns why an agreement may not take effect now; nothing when it may.

    Args:
        state: all that was recorded before.
        evidence: the certificates' documents, by digest, as found.
        recorded_on: day on which the execution is recorded, by the ledger's clock.
        effective_at: business time it claims.
    """
    if not state.versions:
        return ("nothing was proposed",)
    if state.executed is not None:
        return ("it was executed already",)
    found = conditions(state, evidence, recorded_on)
    wrong = list(found.unmet)
    if found.refused:
        wrong.insert(0, "a party has said no to this version")
    effect = state.terms.effective_on
    if effect is not None and effective_at.date() != effect:
        wrong.append(f"the terms take effect on {effect}, not on {effective_at.date()}")
    if effect is None and not found.unmet:
        last = max((row.recorded_at for row in _carrying(state, found)), default=None)
        if last is not None and effective_at < last:
            wrong.append(
                f"it would take effect at {effective_at:%Y-%m-%d %H:%M:%S} UTC, before its last approval was recorded "
                f"({last:%Y-%m-%d %H:%M:%S} UTC): approvals cannot be backdated"
            )
    return tuple(wrong)


def ratified(state: Agreement, on: date) -> bool:
    """Whether any approval or vote that carries an agreement was recorded after its day of effect."""
    effect = state.terms.effective_on
    if effect is None:
        return False
    parties = tuple(standing(state, row, on) for row in state.proposal.parties)
    carrying = _carrying(state, Conditions(parties, (), ()))
    return any(row.recorded_at.date() > effect for row in carrying)


@dataclass(frozen=True, slots=True)
class _Recorded:
    recorded_at: datetime


def _carrying(state: Agreement, found: Conditions) -> list[_Recorded]:
    rows = []
    for row in found.parties:
        party = row.party
        on = max((given.on for given in state.approvals), default=state.version.recorded_at.date())
        rows += [
            _Recorded(given.recorded_at)
            for given in state.approvals
            if given.organisation == party.organisation and not why_not(state, party, given, on)
        ]
        rows += [
            _Recorded(vote.recorded_at)
            for vote in state.votes
            if vote.organisation == party.organisation and not vote_why_not(state, party, vote, vote.on)
        ]
    return rows
