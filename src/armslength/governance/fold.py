"""The state of an agreement: a pure fold over the records of its book. It believes nothing that a record says of itself.

Whoever can write to a book can write any record. So each is judged where it stands, by what was recorded before it and by the
ledger's own clock; what breaks a rule changes nothing and stands among the findings.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from pydantic import ValidationError

from armslength.governance.agreement import Agreement, Declared, Entered, Finding, Given, Version
from armslength.governance.conditions import Documents, execution_flaws, ratified
from armslength.governance.obligations import (
    apply_close_out,
    apply_delivery,
    apply_execution,
    apply_failure,
    apply_paid,
)
from armslength.governance.presets import digest_of
from armslength.model.acts import (
    Act,
    Approval,
    ClosedOut,
    Declaration,
    Delivery,
    Execution,
    Failure,
    Paid,
    Poll,
    Recall,
    Recusal,
    Refusal,
    Vote,
)
from armslength.model.book import Event, Recorded
from armslength.model.rules_terms import terms_problems
from armslength.model.terms import Proposal

TOPIC = "agreement."
Row = TypeVar(
    "Row",
    Proposal,
    Approval,
    Vote,
    Refusal,
    Recusal,
    Declaration,
    Poll,
    Execution,
    Recall,
    Delivery,
    Paid,
    Failure,
    ClosedOut,
)
POSTS = ("director", "officer", "approver")


class Wrong(Exception):
    """A record that breaks a rule where it stands; becomes a finding."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def fold(agreement: str, records: Iterable[Recorded], evidence: Documents | None = None) -> Agreement:
    """Returns the state of an agreement after its records.

    Args:
        agreement: its id.
        records: every event of its book, in the order of the ledger.
        evidence: the documents of the certificates it names, by digest. One that is not there does not count.
    """
    state = Agreement(agreement)
    for row in records:
        topic = row.event.topic or ""
        if row.event.kind == "record" and topic.startswith(TOPIC):
            try:
                state = _applied(state, row, topic.removeprefix(TOPIC), evidence or {})
            except Wrong as wrong:
                finding = Finding(row.sequence_count, wrong.code, wrong.text)
                state = replace(state, findings=(*state.findings, finding))
        state = replace(state, size=row.sequence_count + 1)
    return state


def proposals(agreement: str, records: Iterable[Recorded]) -> tuple[Version, ...]:
    """Returns the versions among the records, also those that came too late: whose documents are to be fetched."""
    return fold(agreement, (row for row in records if row.event.topic == f"{TOPIC}propose")).versions


def tried(state: Agreement, event: Event, recorded_at: datetime, evidence: Documents) -> Agreement:
    """Returns what an event not yet recorded would make of an agreement.

    Raises:
        Wrong: it would be a finding.
    """
    row = Recorded(
        event=event, sequence_count=state.size, recorded_at=recorded_at, group="tried", salt="0" * 32, leaf="0" * 64
    )
    return _applied(state, row, (event.topic or "").removeprefix(TOPIC), evidence)


def _applied(state: Agreement, row: Recorded, verb: str, evidence: Documents) -> Agreement:
    if verb == "propose":
        return _propose(state, row)
    if not state.versions:
        raise Wrong("nothing_proposed", f"{verb}: nothing has been proposed yet")
    if row.event.organisation not in state.terms.parties:
        raise Wrong("not_a_party", f"{verb}: {row.event.organisation} is not bound by this agreement")
    if verb == "execute":
        return _execute(state, row, evidence)
    handler = _HANDLERS.get(verb)
    if handler is None:
        raise Wrong("unknown_verb", f"{verb}: not known to this version")
    return handler(state, row)


def entered(row: Recorded, noun: type[Row]) -> Row:
    """Returns the body of a record as a noun.

    Raises:
        Wrong: it is none.
    """
    try:
        return noun.model_validate_json(json.dumps(row.event.body), strict=False)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise Wrong("unreadable", f"{row.event.topic}: {place or 'the body'}: {first['msg']}") from None


def _about_now(state: Agreement, act: Act) -> None:
    if act.proposal != state.version.digest:
        raise Wrong("other_version", f"{act.person} speaks of another version than the one now proposed")


def _before_execution(state: Agreement, what: str) -> None:
    if state.executed is not None:
        raise Wrong("too_late", f"{what} after it was executed")


def _post_held(state: Agreement, organisation: str, person: str, on: date) -> None:
    """Refuses somebody who holds no post at the organisation for which they act."""
    if not any(
        row.person == person
        and row.organisation == organisation
        and row.kind in POSTS
        and (row.from_on is None or row.from_on <= on)
        and (row.until_on is None or row.until_on > on)
        for row in state.register.roles
    ):
        raise Wrong("no_post", f"{person} has no post at {organisation} in which to act for it")


def _propose(state: Agreement, row: Recorded) -> Agreement:
    proposal = entered(row, Proposal)
    _before_execution(state, "a new version was proposed")
    terms = proposal.terms
    if terms.id != state.id:
        raise Wrong("other_agreement", f"the terms are those of {terms.id}")
    if row.event.organisation not in terms.parties:
        raise Wrong("not_a_party", f"{row.event.organisation} proposes, but would not be bound")
    if state.versions and set(terms.parties) != set(state.terms.parties):
        raise Wrong("other_parties", "a later version cannot change who is bound; propose another agreement")
    if sorted(party.organisation for party in proposal.parties) != sorted(terms.parties):
        raise Wrong("other_parties", "the parties with policies are not the parties of the terms")
    problems = terms_problems(terms)
    if problems:
        raise Wrong("bad_terms", f"terms that cannot be carried out: {problems[0]}")
    version = Version(proposal, digest_of(proposal), row.event.organisation, row.sequence_count, row.recorded_at)
    return replace(state, versions=(*state.versions, version))


def _approve(state: Agreement, row: Recorded) -> Agreement:
    return _given(state, row, after=False)


def _ratify(state: Agreement, row: Recorded) -> Agreement:
    return _given(state, row, after=True)


def _given(state: Agreement, row: Recorded, *, after: bool) -> Agreement:
    _before_execution(state, "an approval")
    act = entered(row, Approval)
    _about_now(state, act)
    given = Given(act, row.event.organisation, row.sequence_count, row.recorded_at, row.event.effective_at, after)
    return replace(state, approvals=(*state.approvals, given))


def _vote(state: Agreement, row: Recorded) -> Agreement:
    _before_execution(state, "a vote")
    act = entered(row, Vote)
    _about_now(state, act)
    return replace(state, votes=(*state.votes, _as_entered(act, row)))


def _reject(state: Agreement, row: Recorded) -> Agreement:
    _before_execution(state, "a refusal")
    act = entered(row, Refusal)
    _about_now(state, act)
    _post_held(state, row.event.organisation, act.person, row.recorded_at.date())
    return replace(state, refusals=(*state.refusals, _as_entered(act, row)))


def _recuse(state: Agreement, row: Recorded) -> Agreement:
    act = entered(row, Recusal)
    if act.organisation != row.event.organisation:
        raise Wrong("not_a_party", f"{row.event.organisation} cannot recuse somebody of {act.organisation}")
    return replace(state, recusals=(*state.recusals, _as_entered(act, row)))


def _declare(state: Agreement, row: Recorded) -> Agreement:
    act = entered(row, Declaration)
    declared = Declared(act.declared, row.event.organisation, row.sequence_count)
    return replace(state, declared=(*state.declared, declared))


def _poll(state: Agreement, row: Recorded) -> Agreement:
    return replace(state, polls=(*state.polls, _as_entered(entered(row, Poll), row)))


def _execute(state: Agreement, row: Recorded, evidence: Documents) -> Agreement:
    act = entered(row, Execution)
    _about_now(state, act)
    _post_held(state, row.event.organisation, act.person, row.recorded_at.date())
    on = row.recorded_at.date()
    wrong = execution_flaws(state, evidence, on, row.event.effective_at)
    if wrong:
        raise Wrong("executed_without", "executed although " + "; ".join(wrong))
    state = replace(state, executed=_as_entered(act, row), after_the_fact=ratified(state, on))
    return apply_execution(state, row.event.effective_at.date())


def _recall(state: Agreement, row: Recorded) -> Agreement:
    act = entered(row, Recall)
    _in_force(state, act)
    leg = state.leg(act.leg)
    if leg is None or leg.returns is None:
        raise Wrong("no_such_leg", f"{act.leg} is no leg that is to be returned")
    if leg.taker != row.event.organisation:
        raise Wrong("not_yours", f"{act.leg} is owed to {leg.taker}, which alone can recall it")
    _post_held(state, leg.taker, act.person, row.recorded_at.date())
    if leg.due_on is not None:
        raise Wrong("term_loan", f"{act.leg} is due on {leg.due_on}; only an open loan can be recalled")
    notice = state.terms.recall_notice_days or 0
    earliest = row.recorded_at.date() + timedelta(days=notice)
    if act.due_on < earliest:
        raise Wrong("short_notice", f"{act.leg} is recalled for {act.due_on}; with {notice} days' notice, {earliest}")
    recalls = (*state.recalls, _as_entered(act, row))
    # A later recall may give more time, never less than an earlier one was answered with.
    due = max(act.due_on, state.due.get(leg.id, act.due_on))
    return replace(state, recalls=recalls, due={**state.due, leg.id: due})


def _return(state: Agreement, row: Recorded) -> Agreement:
    act = entered(row, Delivery)
    _in_force(state, act)
    leg = state.leg(act.leg)
    if leg is None:
        raise Wrong("no_such_leg", f"{act.leg} is no leg of the terms")
    if leg.giver != row.event.organisation:
        raise Wrong("not_yours", f"{act.leg} is to be delivered by {leg.giver}")
    _post_held(state, leg.giver, act.person, row.recorded_at.date())
    return _or_wrong(lambda: apply_delivery(state, _as_entered(act, row)))


def _settle(state: Agreement, row: Recorded) -> Agreement:
    act = entered(row, Paid)
    _in_force(state, act)
    debt = state.debts.get(act.payment)
    if debt is None:
        raise Wrong("no_such_payment", f"{act.payment} is not owed")
    if debt.payer != row.event.organisation:
        raise Wrong("not_yours", f"{act.payment} is owed by {debt.payer}")
    _post_held(state, debt.payer, act.person, row.recorded_at.date())
    return _or_wrong(lambda: apply_paid(state, act))


def _fail(state: Agreement, row: Recorded) -> Agreement:
    act = entered(row, Failure)
    _in_force(state, act)
    leg = state.leg(act.leg)
    if leg is None or leg.taker != row.event.organisation:
        raise Wrong("not_yours", f"{act.leg} is not owed to {row.event.organisation}")
    _post_held(state, leg.taker, act.person, row.recorded_at.date())
    return _or_wrong(lambda: apply_failure(state, _as_entered(act, row)))


def _close_out(state: Agreement, row: Recorded) -> Agreement:
    act = entered(row, ClosedOut)
    _in_force(state, act)
    _post_held(state, row.event.organisation, act.person, row.recorded_at.date())
    return _or_wrong(lambda: apply_close_out(state, _as_entered(act, row)))


def _in_force(state: Agreement, act: Act) -> None:
    if state.executed is None:
        raise Wrong("not_in_force", "it has not been executed")
    _about_now(state, act)


def _or_wrong(step: Callable[[], Agreement | str]) -> Agreement:
    found = step()
    if isinstance(found, str):
        raise Wrong("not_owed", found)
    return found


Kept = TypeVar("Kept", bound=Act)


def _as_entered(act: Kept, row: Recorded) -> Entered[Kept]:
    return Entered(act, row.event.organisation, row.sequence_count, row.recorded_at, row.event.effective_at)


_HANDLERS: Mapping[str, Callable[[Agreement, Recorded], Agreement]] = {
    "approve": _approve,
    "ratify": _ratify,
    "vote": _vote,
    "reject": _reject,
    "recuse": _recuse,
    "declare": _declare,
    "poll": _poll,
    "recall": _recall,
    "return": _return,
    "settle": _settle,
    "fail": _fail,
    "close_out": _close_out,
}
