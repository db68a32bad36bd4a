"""What people do with an agreement after it was proposed: look, approve, refuse, stand aside, execute, return, pay, close out.

Each step is tried on the records before it is recorded: what would be a finding is refused here, with every reason, and leaves no
trace. Who a person is, is not checked here: whoever can write to the books can say a name. A web service in front of it will.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from armslength.errors import LedgerError, NotAgreed, Problem, UnknownName, nearest
from armslength.governance.agreement import Agreement, Attested, Version
from armslength.governance.approvals import vote_why_not, why_not
from armslength.governance.certificate import attested
from armslength.governance.conditions import Conditions, conditions, execution_flaws
from armslength.governance.fold import Wrong, fold, proposals, tried
from armslength.governance.moves import Move, close_out_moves, delivery_moves, execution_moves, paid_moves
from armslength.governance.obligations import close_out_flaw, converted, late_use_count, status
from armslength.governance.presets import digest_of
from armslength.model.accounts import agreement_book
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
    Verb,
    Vote,
)
from armslength.model.book import Group, Recorded, Refused
from armslength.model.book import Refusal as Refusals
from armslength.model.governance import Register
from armslength.service.agreement_posting import sheet_of
from armslength.store.books import Books
from armslength.store.scope import scope_of

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """An agreement as it stands: its state, what it lacks, and the certificates' documents that were found.

    Attributes:
        on: day for which it was judged.
    """

    state: Agreement
    conditions: Conditions
    evidence: dict[str, bytes]
    on: date

    @property
    def certificates(self) -> dict[str, Attested]:
        """The certificates of the version in force as the text, by digest, with who signed them."""
        named = [row.digest for row in self.state.proposal.evidence if row.kind == "certificate"]
        return {digest: attested(self.evidence.get(digest), self.state.proposal) for digest in named}

    @property
    def status(self) -> str:
        """How far it has come, in one word of the house."""
        return status(self.state, refused=self.conditions.refused, ready=not self.conditions.unmet)


def records(books: Books, organisation: str, book: str) -> tuple[Recorded, ...]:
    """Returns every event of a book that an organisation may read."""
    found: list[Recorded] = []
    while page := books.events(scope_of(organisation), book, after=len(found) - 1, limit=PAGE):
        found += page
    return tuple(found)


def agreements(books: Books, organisation: str) -> tuple[str, ...]:
    """Returns the ids of the agreements in which an organisation takes part, or which it may read."""
    prefix = agreement_book("")
    return tuple(
        row.id.removeprefix(prefix) for row in books.books(scope_of(organisation)) if row.id.startswith(prefix)
    )


def look(books: Books, agreement: str, organisation: str, now: datetime) -> Seen:
    """Returns an agreement as it stands, in the eyes of one of its members or observers.

    Raises:
        UnknownName: there is none of that name that the organisation may read, or nothing is proposed in it.
    """
    book = agreement_book(agreement)
    try:
        rows = records(books, organisation, book)
    except LedgerError as error:
        if error.code != Refusals.UNKNOWN_BOOK.value:
            raise
        known = agreements(books, organisation)
        hint = nearest(agreement, known) or f"{organisation} can read: {', '.join(known) or 'no agreement'}"
        raise UnknownName(f"there is no agreement {agreement}", hint=hint) from None
    versions = proposals(agreement, rows)
    if not versions:
        raise UnknownName(f"{agreement}: nothing has been proposed in it", hint="`armslength agree propose` does")
    evidence = found_evidence(versions, lambda digest: books.blob_get(scope_of(organisation), book, digest))
    state = fold(agreement, rows, evidence)
    return Seen(state, conditions(state, evidence, now.date()), evidence, now.date())


def found_evidence(versions: Iterable[Version], document: Callable[[str], bytes | None]) -> dict[str, bytes]:
    """Returns the documents of the certificates that versions name, by digest, as far as they are there."""
    named = {row.digest for version in versions for row in version.proposal.evidence if row.kind == "certificate"}
    found = {digest: document(digest) for digest in sorted(named)}
    return {digest: content for digest, content in found.items() if content is not None}


def approve(
    books: Books, agreement: str, organisation: str, person: str, now: datetime, *, note: str = "", after: bool = False
) -> Seen:
    """Records a person's approval for a party, or with ``after`` a ratification.

    Raises:
        NotAgreed: it would not count; every reason is said and nothing is recorded.
    """
    seen = look(books, agreement, organisation, now)
    state, party = seen.state, seen.state.party(organisation)
    if party is None:
        raise _no_party(state, organisation)
    if any(
        row.act.person == person and row.organisation == organisation and not why_not(state, party, row, seen.on)
        for row in state.approvals
    ):
        return seen
    act = Approval(person=person, proposal=state.version.digest, policy=digest_of(party.policy), note=note)
    verb: Verb = "ratify" if after else "approve"
    group, new = _prepared(books, seen, verb, organisation, act, now)
    why = why_not(new, party, new.approvals[-1], seen.on)
    if why:
        raise NotAgreed(f"{person} cannot {verb} {agreement} for {organisation}: {why}", hint=_hint_of(why))
    return _submitted(books, seen, group, organisation, now)


def vote(books: Books, agreement: str, organisation: str, act: Vote, now: datetime) -> Seen:
    """Records a count of stockholders' votes.

    Raises:
        NotAgreed: it would not count.
    """
    seen = look(books, agreement, organisation, now)
    party = seen.state.party(organisation)
    if party is None:
        raise _no_party(seen.state, organisation)
    group, new = _prepared(books, seen, "vote", organisation, act, now)
    why = vote_why_not(new, party, new.votes[-1], seen.on)
    if why:
        raise NotAgreed(f"this count of votes would not count for {organisation}: {why}")
    return _submitted(books, seen, group, organisation, now)


def said(
    books: Books,
    agreement: str,
    organisation: str,
    verb: Verb,
    act: Refusal | Recusal | Declaration | Poll | Recall | Failure,
    now: datetime,
) -> Seen:
    """Records something that is said and moves nothing: a refusal, recusal, declaration, poll, recall or failure.

    Raises:
        NotAgreed: it would break a rule where it stands.
    """
    seen = look(books, agreement, organisation, now)
    group, _ = _prepared(books, seen, verb, organisation, act, now)
    return _submitted(books, seen, group, organisation, now)


def declare(books: Books, agreement: str, organisation: str, person: str, register: Register, now: datetime) -> Seen:
    """Makes persons, roles and links known for an agreement; they are never taken away again."""
    seen = look(books, agreement, organisation, now)
    act = Declaration(person=person, proposal=seen.state.version.digest, declared=register)
    return said(books, agreement, organisation, "declare", act, now)


def execute(books: Books, agreement: str, organisation: str, person: str, now: datetime) -> Seen:
    """Makes an agreement take effect: one linked group with what moves in every party's book.

    Raises:
        NotAgreed: a condition is not met; all that are not are said, and nothing moves.
    """
    seen = look(books, agreement, organisation, now)
    state = seen.state
    effect = state.terms.effective_on
    effective_at = datetime.combine(effect, time(), UTC) if effect is not None else now
    if effective_at > now:
        raise NotAgreed(f"{agreement} takes effect on {effect}; today is {now.date()}", hint="execute it then")
    flaws = execution_flaws(state, seen.evidence, seen.on, effective_at)
    if flaws:
        raise NotAgreed(
            f"{agreement} cannot take effect: {len(flaws)} condition{'s' if len(flaws) > 1 else ''} not met",
            hint=f"`armslength agree show {agreement}` says what each party still needs",
            problems=[Problem(agreement, flaw) for flaw in flaws],
        )
    act = Execution(person=person, proposal=state.version.digest)
    moves = execution_moves(state, effective_at.date())
    group, _ = _prepared(books, seen, "execute", organisation, act, now, moves=moves, effective_at=effective_at)
    return _submitted(books, seen, group, organisation, now)


def deliver(
    books: Books,
    agreement: str,
    organisation: str,
    person: str,
    leg_id: str,
    now: datetime,
    *,
    amount: int | None = None,
    on: date | None = None,
) -> Seen:
    """Delivers or returns a leg, or a part of it, and books what its lateness costs by the terms.

    Args:
        amount: how much; all that is open when None.
        on: day on which it happened; today when None.

    Raises:
        UnknownName: the terms have no such leg.
        NotAgreed: more than is owed, or not in force.
    """
    seen = look(books, agreement, organisation, now)
    state, leg = seen.state, seen.state.leg(leg_id)
    if leg is None:
        names = [row.id for row in state.terms.legs]
        raise UnknownName(
            f"{agreement} has no leg {leg_id}", hint=nearest(leg_id, names) or f"legs: {', '.join(names)}"
        )
    effective_at = datetime.combine(on, time(), UTC) if on is not None and on != now.date() else now
    wanted = state.open_amount(leg) if amount is None else amount
    if wanted <= 0:
        raise NotAgreed(f"nothing of {leg_id} is open")
    cost = late_use_count(state, leg, wanted, effective_at.date())
    act = Delivery(person=person, proposal=state.version.digest, leg=leg_id, amount_count=wanted, late_use_count=cost)
    if state.executed is not None and effective_at < state.executed.effective_at:
        raise NotAgreed(f"{leg_id} cannot be delivered before {agreement} took effect")
    if converted(leg, wanted) is None:
        raise NotAgreed(f"{wanted:,} of {leg_id} do not convert into whole units", hint="deliver another amount")
    moves = delivery_moves(state, act)
    group, _ = _prepared(books, seen, "return", organisation, act, now, moves=moves, effective_at=effective_at)
    return _submitted(books, seen, group, organisation, now)


def settle(
    books: Books,
    agreement: str,
    organisation: str,
    person: str,
    payment: str,
    now: datetime,
    *,
    amount: int | None = None,
) -> Seen:
    """Pays what is owed, or a part of it.

    Raises:
        UnknownName: nothing of that name is owed.
        NotAgreed: more than is owed, or by somebody else.
    """
    seen = look(books, agreement, organisation, now)
    debt = seen.state.debts.get(payment)
    if debt is None:
        names = list(seen.state.debts)
        hint = nearest(payment, names) or (f"owed: {', '.join(names)}" if names else "nothing is owed in money")
        raise UnknownName(f"{agreement} has no payment {payment}", hint=hint)
    wanted = debt.open if amount is None else amount
    if wanted <= 0:
        raise NotAgreed(f"{payment} is paid already")
    act = Paid(person=person, proposal=seen.state.version.digest, payment=payment, amount_count=wanted)
    group, _ = _prepared(books, seen, "settle", organisation, act, now, moves=paid_moves(seen.state, act))
    return _submitted(books, seen, group, organisation, now)


def close_out(books: Books, agreement: str, organisation: str, act: ClosedOut, now: datetime) -> Seen:
    """Turns what is owed in kind into debts in money: for failed legs, or for all after a default.

    Raises:
        NotAgreed: nothing failed, a price is missing, or it is not theirs to close out.
    """
    seen = look(books, agreement, organisation, now)
    flaw = close_out_flaw(seen.state, act, organisation)
    if flaw:
        raise NotAgreed(f"{agreement} cannot be closed out: {flaw}")
    moves = close_out_moves(seen.state, act)
    group, _ = _prepared(books, seen, "close_out", organisation, act, now, moves=moves)
    return _submitted(books, seen, group, organisation, now)


def overview(books: Books, organisation: str, now: datetime) -> tuple[tuple[str, str], ...]:
    """Returns each agreement that an organisation may read, with how far it has come."""
    found = []
    for name in agreements(books, organisation):
        try:
            found.append((name, look(books, name, organisation, now).status))
        except UnknownName:
            found.append((name, "nothing proposed"))
    return tuple(found)


def policy_digest(state: Agreement, organisation: str) -> str:
    """Returns the digest of the policy under which a party decides.

    Raises:
        NotAgreed: the organisation is not bound.
    """
    party = state.party(organisation)
    if party is None:
        raise _no_party(state, organisation)
    return digest_of(party.policy)


def attach(books: Books, agreement: str, organisation: str, content: bytes) -> str:
    """Keeps a document beside an agreement's book; returns its digest."""
    return books.blob_put(scope_of(organisation), agreement_book(agreement), content)


def _prepared(
    books: Books,
    seen: Seen,
    verb: Verb,
    organisation: str,
    act: Act,
    now: datetime,
    *,
    moves: Iterable[Move] = (),
    effective_at: datetime | None = None,
) -> tuple[Group, Agreement]:
    """Returns the group of an act and what it would make of the agreement."""
    at = effective_at or now
    record = sheet_of(books, seen.state, verb, organisation, act, at).events[0]
    try:
        new = tried(seen.state, record, now, seen.evidence)
    except Wrong as wrong:
        raise NotAgreed(f"{seen.state.id}: {wrong.text}", hint="nothing was recorded") from None
    return sheet_of(books, seen.state, verb, organisation, act, at, moves), new


def _submitted(books: Books, seen: Seen, group: Group, organisation: str, now: datetime) -> Seen:
    """Submits a group in the name of all whose books it touches: the approvals are their authority."""
    answer = books.submit(scope_of(*{event.organisation for event in group.events}), group)
    if isinstance(answer, Refused):
        stale = answer.code == Refusals.STALE_SIZE
        hint = "somebody recorded something meanwhile: look again, then repeat" if stale else answer.hint
        raise LedgerError(f"{seen.state.id}: {answer.message}", code=answer.code.value, hint=hint)
    return look(books, seen.state.id, organisation, max(now, answer.recorded[-1].recorded_at))


def _no_party(state: Agreement, organisation: str) -> NotAgreed:
    return NotAgreed(f"{organisation} is not bound by {state.id}", hint=f"parties: {', '.join(state.terms.parties)}")


def _hint_of(why: str) -> str:
    if why.startswith("has an interest"):
        return "who has an interest stands aside: `armslength agree recuse`"
    if "only a ratification" in why:
        return "`armslength agree ratify` records it as what it is"
    return "nothing was recorded"
