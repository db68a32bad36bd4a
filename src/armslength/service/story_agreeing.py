"""Acts of a story that plan, propose, decide and execute: each through the same services as the commands."""

from dataclasses import replace

from armslength.errors import UnknownName, nearest
from armslength.governance.presets import digest_of
from armslength.model.acts import Poll, Recusal, Refusal, Vote
from armslength.model.agreement_file import AgreementFile
from armslength.model.as_of import as_of
from armslength.model.book import Recorded
from armslength.model.case import Case
from armslength.model.comparison import Comparison
from armslength.model.noun import on_day
from armslength.model.story import AskPoll, CountVotes, Deliver, Execute, MakePlan, Propose, Speak
from armslength.proof.note import SigningKey
from armslength.service import agreeing
from armslength.service.agreeing import Seen
from armslength.service.dossier import plan_document
from armslength.service.key_files import new_key, read_key
from armslength.service.planning import plan_case
from armslength.service.proposing import Draft, draft_from_plan, register_of
from armslength.service.proposing import propose as propose_draft
from armslength.service.story_stage import NotAsTold, Stage
from armslength.units import MILLION

PLANNER = "planner.example/certificates"


def make_plan(stage: Stage, act: MakePlan) -> list[str]:
    """Plans the case alone and as agreed, and compares the verdicts with what the story says."""
    case = _varied(as_of(stage.case, act.known_on), act)
    comparison = plan_case(case, ("alone", "as_agreed"))
    folder = stage.out / "plans" / act.name
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text(plan_document(comparison), encoding="utf-8")
    stage.plans[act.name] = folder
    found = {row.organisation: row for row in comparison.verdicts if row.run == "as_agreed"}
    for name, standing in act.standings.items():
        if name not in found or found[name].standing != standing:
            met = found[name].standing if name in found else "not in the plan"
            raise NotAsTold(f"{name} should come out {standing}, but is {met}")
    return [*_verdict_lines(comparison), f"plan.json in plans/{act.name}"]


def _varied(case: Case, act: MakePlan) -> Case:
    """The case without its questions, with one step at another level or day."""
    case = case.model_copy(update={"questions": ()})
    if act.step is None:
        return case
    if act.step not in {row.id for row in case.steps}:
        names = [row.id for row in case.steps]
        raise UnknownName(f"the case has no step `{act.step}`", hint=nearest(act.step, names))
    update: dict[str, object] = {}
    if act.power_mw is not None:
        update["power_mw"] = act.power_mw
    if act.opens_on is not None:
        update["from_on"] = on_day(act.opens_on)
    steps = tuple(row.model_copy(update=update) if row.id == act.step else row for row in case.steps)
    return case.model_copy(update={"steps": steps})


def _verdict_lines(comparison: Comparison) -> list[str]:
    lines = []
    for row in comparison.verdicts:
        if row.run == "as_agreed":
            need = f"; to be made whole it needs {row.make_whole_cost / MILLION:,.1f} M" if row.make_whole_cost else ""
            lines.append(
                f"{row.organisation} is {row.standing}: {row.usable_gpu_hours / MILLION:+,.1f} M GPU-hours usable, "
                f"{row.gain_value / MILLION:+,.1f} M {comparison.case.currency}{need}"
            )
    return lines


def propose(stage: Stage, act: Propose) -> list[str]:
    """Proposes an agreement, or a new version of it."""
    draft = _draft(stage, act)
    documents = tuple((row.kind, row.title, row.text.encode()) for row in act.documents)
    parties = draft.file.parties | act.parties
    draft = replace(
        draft, file=draft.file.model_copy(update={"parties": parties}), documents=(*draft.documents, *documents)
    )
    given = {"conditions": act.conditions, "beneficiaries": act.beneficiaries}
    changes: dict[str, object] = {name: value for name, value in given.items() if value}
    now = stage.clock.now()
    seen = propose_draft(stage.books, draft, act.organisation, act.person, now, changes=changes)
    lines = [
        f"{party.organisation} decides by {party.policy.id}"
        + (f", though the strictest that fits is {party.strictest}" if party.policy.id != party.strictest else "")
        for party in seen.state.proposal.parties
    ]
    return [f"version {len(seen.state.versions)}, {seen.state.version.digest[:19]}", *lines, *_lacks(seen)]


def _draft(stage: Stage, act: Propose) -> Draft:
    if act.terms is not None:
        declared = register_of(as_of(stage.case, act.tried_on))
        return Draft(AgreementFile(terms=act.terms, parties=act.parties, declared=declared), stage.folder, (), ())
    if act.plan not in stage.plans:
        raise UnknownName(f"no plan is called `{act.plan}`", hint=nearest(act.plan or "", stage.plans))
    key = _key(stage) if act.certificate else None
    folder = stage.plans[act.plan]
    return draft_from_plan(folder, act.taken, stage.clock.now(), key=key, agreement=act.agreement)


def _key(stage: Stage) -> SigningKey:
    """The key that signs certificates, made when it is first needed."""
    folder = stage.out / "keys" / "planner"
    return read_key(folder) if folder.exists() else new_key(folder, PLANNER)


def speak(stage: Stage, act: Speak | CountVotes | AskPoll) -> list[str]:
    """A person approves, refuses, stands aside, counts votes, or asks a poll."""
    books, now = stage.books, stage.clock.now()
    seen = agreeing.look(books, act.agreement, act.organisation, now)
    proposal, agreement, organisation = seen.state.version.digest, act.agreement, act.organisation
    match act:
        case Speak(act="approve"):
            done = agreeing.approve(books, agreement, organisation, act.person, now, note=act.note)
        case Speak(act="reject"):
            no = Refusal(person=act.person, proposal=proposal, note=act.note)
            done = agreeing.said(books, agreement, organisation, "reject", no, now)
        case Speak():
            aside = Recusal(person=act.person, proposal=proposal, note=act.note, organisation=organisation)
            done = agreeing.said(books, agreement, organisation, "recuse", aside, now)
        case CountVotes():
            done = agreeing.vote(books, agreement, organisation, _vote(seen, act), now)
        case _:
            poll = Poll(
                person=act.person,
                proposal=proposal,
                question=act.question,
                asked=act.asked,
                for_micro_count=round(act.in_favour_frac * MILLION),
            )
            done = agreeing.said(books, agreement, organisation, "poll", poll, now)
    return ["recorded", *_lacks(done)]


def _vote(seen: Seen, act: CountVotes) -> Vote:
    told = next((row.digest for row in seen.state.proposal.evidence if row.kind == act.informed_by), None)
    party = seen.state.party(act.organisation)
    if told is None or party is None:
        raise UnknownName(f"no {act.informed_by} is attached, or {act.organisation} is no party")
    return Vote(
        person=act.person,
        proposal=seen.state.version.digest,
        policy=digest_of(party.policy),
        for_count=act.for_count,
        against_count=act.against_count,
        abstained_count=act.abstained_count,
        outstanding_count=act.outstanding_count,
        excluded=act.excluded,
        informed_by=told,
    )


def carry_out(stage: Stage, act: Execute | Deliver) -> list[str]:
    """Executes an agreement, or delivers its legs."""
    books = stage.books
    before = {book.id: books.size(stage.scope, book.id) for book in books.books(stage.scope)}
    now = stage.clock.now()
    if isinstance(act, Execute):
        seen = agreeing.execute(books, act.agreement, act.organisation, act.person, now)
    else:
        seen = agreeing.look(books, act.agreement, act.organisation, now)
        for leg in act.legs:
            seen = agreeing.deliver(books, act.agreement, act.organisation, act.person, leg, stage.clock.now())
    lines = []
    for book in books.books(stage.scope):
        size = books.size(stage.scope, book.id)
        if size > before[book.id]:
            new = books.events(stage.scope, book.id, after=before[book.id] - 1, limit=size - before[book.id])
            lines.append(f"{book.id}: {_moved(new)}")
    return [seen.status.replace("_", " "), *lines]


def _moved(rows: tuple[Recorded, ...]) -> str:
    said = [
        f"{entry.account} {'+' if entry.side == 'debit' else '-'}{entry.amount_count:,}"
        for row in rows
        for entry in row.moved
    ]
    cleared = sum(len(row.event.clearings) for row in rows)
    return "; ".join(said or [f"{len(rows)} record"]) + (f"; {cleared} item settled" if cleared else "")


def _lacks(seen: Seen) -> list[str]:
    """What an agreement still lacks."""
    unmet = seen.conditions.unmet
    return [f"still missing: {words}" for words in unmet] or ["nothing is missing any more"]
