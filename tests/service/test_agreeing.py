"""Agreements on real books: what is refused leaves no trace, what takes effect is mirrored, all of it can be checked."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from armslength.errors import InputError, LedgerError, NotAgreed, UnknownName
from armslength.governance.presets import digest_of
from armslength.model.accounts import agreement_book, private_book
from armslength.model.acts import ClosedOut, Failure, Recusal, Vote
from armslength.model.agreement_file import AgreementFile, FileParty
from armslength.model.book import Accepted, Entry, Event, Group
from armslength.model.terms import LateUse
from armslength.service import agreeing, book_reading
from armslength.service.agreement_rows import disclosures
from armslength.service.proposing import Draft, propose
from armslength.store.scope import scope_of
from governance.desk import Desk, opened
from governance.stage import KEY, certificate, leg, register, signed, terms

OPEN_BACK = (leg("out", "north", "south"), leg("back", "south", "north", returns="out"))


@pytest.fixture
def desk() -> Iterator[Desk]:
    with opened() as found:
        yield found


def draft(of=None, *, document=None, how="internal_two_sided", **more) -> Draft:
    what = of or terms()
    document = document if document is not None else signed(certificate(what))
    parties = {name: FileParty(policy=how) for name in what.parties}
    file = AgreementFile(terms=what, parties=parties, declared=more.pop("declared", register()))
    documents = (("certificate", "by hand", document), ("charter", "", b"charter"), ("proxy_statement", "", b"proxy"))
    return Draft(file, Path(), documents, (str(KEY.verifier),))


def approved(desk: Desk, **more) -> agreeing.Seen:
    # Each side proposes it, so that each has chosen its own policy.
    propose(desk.books, draft(**more), "south", "tom", desk.now())
    propose(desk.books, draft(**more), "north", "clerk", desk.now())
    for organisation, person in (("north", "ann"), ("north", "bob"), ("south", "sam"), ("south", "sue")):
        seen = agreeing.approve(desk.books, "swap", organisation, person, desk.now())
    return seen


def in_force(desk: Desk, **more) -> agreeing.Seen:
    approved(desk, **more)
    return agreeing.execute(desk.books, "swap", "north", "pat", desk.now())


def checks(desk: Desk) -> list[str]:
    scope = scope_of("north", "south")
    return [str(problem) for row in book_reading.verify(desk.books, scope) for problem in row.problems]


def test_from_proposal_to_end(desk):
    seen = in_force(desk)
    assert seen.status == "in force"
    assert desk.balance("north", "slot/lot-1") == 400
    assert desk.balance("south", "slot/lot-1") == 400
    assert desk.balance("north", "due_from/south/swap/SLOT:h100") == 100
    assert desk.balance("south", "due_to/north/swap/SLOT:h100") == -100
    agreeing.settle(desk.books, "swap", "south", "sam", "whole", desk.now())
    desk.later(120)
    agreeing.deliver(desk.books, "swap", "south", "sam", "back-1", desk.now())
    seen = agreeing.deliver(desk.books, "swap", "south", "sam", "back-2", desk.now())
    assert seen.status == "ended"
    for organisation, name in (("north", "due_from/south/swap/SLOT:h100"), ("south", "due_to/north/swap/SLOT:h100")):
        assert desk.balance(organisation, name) == 0
        assert desk.books.open_items(scope_of(organisation), private_book(organisation), name) == ()
    assert desk.balance("north", "money/USD") == 5000
    assert checks(desk) == []


def test_nothing_moves_before_its_conditions(desk):
    propose(desk.books, draft(), "north", "clerk", desk.now())
    before = desk.counts()
    with pytest.raises(NotAgreed) as refused:
        agreeing.execute(desk.books, "swap", "north", "pat", desk.now())
    assert len(refused.value.problems) == 3
    assert desk.counts() == before


@pytest.mark.parametrize(
    ("organisation", "person", "why"),
    [
        ("north", "chief", "has an interest"),
        ("north", "clerk", "proposed it"),
        ("north", "sam", "has no post"),
        ("north", "nobody", "nobody of that name"),
        ("east", "ann", "no agreement"),
    ],
)
def test_an_approval_that_would_not_count_is_refused(desk, organisation, person, why):
    propose(desk.books, draft(), "north", "clerk", desk.now())
    before = desk.counts()
    with pytest.raises((NotAgreed, UnknownName), match=why):
        agreeing.approve(desk.books, "swap", organisation, person, desk.now())
    assert desk.counts() == before


def test_to_approve_twice_changes_nothing(desk):
    propose(desk.books, draft(), "north", "clerk", desk.now())
    agreeing.approve(desk.books, "swap", "north", "ann", desk.now())
    before = desk.counts()
    agreeing.approve(desk.books, "swap", "north", "ann", desk.now())
    assert desk.counts() == before


def test_a_new_version_needs_new_approvals(desk):
    approved(desk)
    again = terms(text="in other words")
    seen = propose(desk.books, draft(again), "north", "clerk", desk.now())
    assert len(seen.state.versions) == 3
    with pytest.raises(NotAgreed):
        agreeing.execute(desk.books, "swap", "north", "pat", desk.now())


def test_what_the_giver_lacks_stops_all_of_it(desk):
    what = terms(legs=(leg("out", "north", "south", 501), *terms().legs[1:]))
    approved(desk, of=what, document=signed(certificate(what)))
    before = desk.counts()
    with pytest.raises(LedgerError) as refused:
        agreeing.execute(desk.books, "swap", "north", "pat", desk.now())
    assert refused.value.code == "exceeds_limit"
    assert desk.counts() == before
    # The same agreement takes effect once what is given is there: the refused id is not used again by later steps.
    assert agreeing.look(desk.books, "swap", "north", desk.now()).status == "approved"


def test_an_account_that_is_not_there_is_named(desk):
    what = terms(legs=(leg("out", "north", "south", 5, from_account="slot/none", to_account="slot/none"),))
    approved(desk, of=what, document=signed(certificate(what)))
    with pytest.raises(NotAgreed, match="no account slot/none"):
        agreeing.execute(desk.books, "swap", "north", "pat", desk.now())


def test_the_strictest_policy_is_the_default(desk):
    seen = propose(desk.books, draft(how=None), "north", "clerk", desk.now())
    # Chief leads North and controls South, so neither side has a head without an interest on the other.
    assert [row.policy.id for row in seen.state.proposal.parties] == ["mfw_dual", "mfw_dual"]
    assert seen.conditions.warnings == ()


def test_a_weaker_policy_is_said_to_be_one(desk):
    seen = propose(desk.books, draft(), "north", "clerk", desk.now())
    assert any("the strictest that fits is mfw_dual" in words for words in seen.conditions.warnings)


def test_a_vote_and_a_recusal(desk):
    what = terms(conditions=("committee_approval", "minority_vote"))
    propose(desk.books, draft(what, how=None), "south", "tom", desk.now(), policies={"south": "internal_two_sided"})
    state = agreeing.look(desk.books, "swap", "north", desk.now()).state
    proxy = next(row.digest for row in state.proposal.evidence if row.kind == "proxy_statement")
    count = Vote(
        person="teller",
        proposal=state.version.digest,
        policy=digest_of(state.party("north").policy),
        for_count=60,
        against_count=1,
        abstained_count=0,
        outstanding_count=100,
        informed_by=proxy,
    )
    with pytest.raises(NotAgreed, match="no inspector"):
        agreeing.vote(desk.books, "swap", "north", count.model_copy(update={"person": "ann"}), desk.now())
    agreeing.vote(desk.books, "swap", "north", count, desk.now())
    recusal = Recusal(person="chief", proposal=state.version.digest, organisation="north", note="both sides")
    agreeing.said(desk.books, "swap", "north", "recuse", recusal, desk.now())
    for organisation, person in (("north", "ann"), ("north", "bob"), ("south", "sam"), ("south", "sue")):
        agreeing.approve(desk.books, "swap", organisation, person, desk.now())
    assert agreeing.execute(desk.books, "swap", "south", "sam", desk.now()).status == "in force"
    assert checks(desk) == []


def test_lateness_failure_and_close_out(desk):
    what = terms(
        late_use=LateUse(unit="USD/2", price_per_hour_count=2, source="by hand"),
        close_out_price_count={"SLOT:h100": 300},
    )
    in_force(desk, of=what, document=signed(certificate(what)))
    with pytest.raises(NotAgreed, match="is due on"):
        fail(desk, "back-1", 60)
    desk.later(33)  # to 3 April; the first return was due on the 1st
    seen = agreeing.deliver(desk.books, "swap", "south", "sam", "back-1", desk.now(), amount=20)
    late = next(debt for name, debt in seen.state.debts.items() if name.startswith("late"))
    assert late.amount == 20 * 48 * 2
    fail(desk, "back-1", 40)
    act = ClosedOut(
        person="pat",
        proposal=seen.state.version.digest,
        legs=("back-1",),
        reason="mini_close_out",
        prices_count={"SLOT:h100": 300},
    )
    seen = agreeing.close_out(desk.books, "swap", "north", act, desk.now())
    assert seen.state.debts["close-out-back-1"].amount == 12_000
    assert desk.balance("north", "due_from/south/swap/SLOT:h100") == 40
    assert desk.balance("north", "due_from/south/swap/USD") == 5000 + late.amount + 12_000
    default = act.model_copy(update={"legs": ("back-2",), "reason": "event_of_default"})
    seen = agreeing.close_out(desk.books, "swap", "north", default, desk.now())
    for name in list(seen.state.debts):
        if seen.state.debts[name].open:
            seen = agreeing.settle(desk.books, "swap", "south", "sam", name, desk.now())
    assert seen.status == "closed out"
    assert desk.balance("south", "due_to/north/swap/USD") == 0
    assert checks(desk) == []


def fail(desk: Desk, name: str, missing: int) -> agreeing.Seen:
    state = agreeing.look(desk.books, "swap", "north", desk.now()).state
    act = Failure(person="pat", proposal=state.version.digest, leg=name, missing_count=missing)
    return agreeing.said(desk.books, "swap", "north", "fail", act, desk.now())


def test_debts_both_ways_are_set_off_after_a_default(desk):
    legs = (
        leg("a", "north", "south", 50, due_on=date(2024, 3, 10)),
        leg("b", "south", "north", 20, due_on=date(2024, 3, 10)),
    )
    what = terms(legs=legs, payments=(), close_out_price_count={"SLOT:h100": 100})
    results = certificate(what).results
    free = certificate(
        what,
        results=tuple(
            row.model_copy(update={"with_deal_cents_count": 100_000, "compensation_cents_count": 0}) for row in results
        ),
    )
    seen = in_force(desk, of=what, document=signed(free))
    desk.later(20)
    act = Failure(person="sam", proposal=seen.state.version.digest, leg="a", missing_count=50)
    agreeing.said(desk.books, "swap", "south", "fail", act, desk.now())
    out = ClosedOut(
        person="sam",
        proposal=seen.state.version.digest,
        legs=("a", "b"),
        reason="event_of_default",
        prices_count={"SLOT:h100": 100},
    )
    seen = agreeing.close_out(desk.books, "swap", "south", out, desk.now())
    assert {name: debt.open for name, debt in seen.state.debts.items()} == {"close-out-a": 3000, "close-out-b": 0}
    assert desk.balance("north", "due_to/south/swap/USD") == -3000
    assert desk.balance("north", "due_from/south/swap/USD") == 0
    assert checks(desk) == []


def test_old_news_is_refused(desk):
    seen = approved(desk)
    # Somebody records something between the look and the step.
    group, _ = agreeing._prepared(desk.books, seen, "recuse", "north", recusal_of(seen, "cid"), desk.now())
    agreeing.said(desk.books, "swap", "north", "recuse", recusal_of(seen, "chief"), desk.now())
    with pytest.raises(LedgerError) as refused:
        agreeing._submitted(desk.books, seen, group, "north", desk.now())
    assert refused.value.code in ("stale_size", "id_conflict")


def recusal_of(seen: agreeing.Seen, person: str) -> Recusal:
    return Recusal(person=person, proposal=seen.state.version.digest, organisation="north")


def test_a_forged_execution_is_found(desk):
    propose(desk.books, draft(), "north", "clerk", desk.now())
    book, scope = agreement_book("swap"), scope_of("north", "south")
    state = agreeing.look(desk.books, "swap", "north", desk.now()).state
    record = Event(
        id="forged",
        organisation="north",
        book=book,
        kind="record",
        effective_at=desk.now(),
        topic="agreement.execute",
        body={"person": "pat", "proposal": state.version.digest},
    )
    moved = Event(
        id="forged.move",
        organisation="north",
        book=private_book("north"),
        kind="post",
        effective_at=desk.now(),
        topic="agreement.execute",
        body={"agreement": "swap"},
        entries=(
            Entry(account="slot/lot-1", side="credit", amount_count=1),
            Entry(account="external/opening-0/SLOT:h100", side="debit", amount_count=1),
        ),
    )
    assert isinstance(desk.books.submit(scope, Group(id="forged", events=(record, moved))), Accepted)
    assert agreeing.look(desk.books, "swap", "north", desk.now()).status == "proposed"
    found = checks(desk)
    assert any("executed although" in row for row in found)
    assert any("without a valid act" in row for row in found)


def test_an_execution_that_moves_less_than_its_terms_is_found(desk):
    seen = approved(desk)
    record = Event(
        id="bare",
        organisation="north",
        book=agreement_book("swap"),
        kind="record",
        effective_at=desk.now(),
        topic="agreement.execute",
        body={"person": "pat", "proposal": seen.state.version.digest},
    )
    assert isinstance(desk.books.submit(scope_of("north"), Group(id="bare", events=(record,))), Accepted)
    assert any("not what the terms" in row for row in checks(desk))


def test_a_day_of_effect_to_come(desk):
    what = terms(effective_on=date(2024, 3, 10))
    approved(desk, of=what, document=signed(certificate(what)))
    with pytest.raises(NotAgreed, match="takes effect on 2024-03-10"):
        agreeing.execute(desk.books, "swap", "north", "pat", desk.now())
    desk.later(10)
    seen = agreeing.execute(desk.books, "swap", "north", "pat", desk.now())
    assert seen.state.executed.effective_at.date() == date(2024, 3, 10)
    assert not seen.state.after_the_fact


def test_ratified_after_the_fact(desk):
    what = terms(effective_on=date(2024, 2, 1))
    document = signed(certificate(what, as_of_on=date(2024, 1, 20)))
    propose(desk.books, draft(what, document=document), "south", "tom", desk.now())
    propose(desk.books, draft(what, document=document), "north", "clerk", desk.now())
    with pytest.raises(NotAgreed, match="only a ratification"):
        agreeing.approve(desk.books, "swap", "north", "ann", desk.now())
    for organisation, person in (("north", "ann"), ("north", "bob"), ("south", "sam"), ("south", "sue")):
        agreeing.approve(desk.books, "swap", organisation, person, desk.now(), after=True)
    seen = agreeing.execute(desk.books, "swap", "north", "pat", desk.now())
    assert seen.state.after_the_fact
    assert all("RATIFIED AFTER THE FACT" in row.approval for row in disclosures(desk.books, "north", desk.now()))
    assert checks(desk) == []


def test_rows_of_disclosure(desk):
    in_force(desk)
    rows = disclosures(desk.books, "north", desk.now())
    assert [(row.rule, row.person) for row in rows] == [("asc_850", None), ("ias_24", None)]
    assert rows[0].basis == "chief controls holding; holding controls south"
    assert "due from south: 50.00 USD (settlement)" in rows[0].outstanding
    assert "the value of what moves is not stated" in rows[0].note


def test_terms_with_problems_are_refused_whole(desk):
    wrong = terms(
        legs=(
            leg("out", "north", "east"),
            leg("out", "north", "south", from_account="due_from/south/x/y"),
            leg("back", "north", "south", returns="out"),
        )
    )
    with pytest.raises(InputError) as refused:
        propose(desk.books, draft(wrong), "north", "clerk", desk.now())
    assert len(refused.value.problems) >= 4
    assert agreement_book("swap") not in desk.counts()


def test_who_is_no_party_can_neither_propose_nor_look(desk):
    with pytest.raises(InputError, match="not among the parties"):
        propose(desk.books, draft(), "east", "clerk", desk.now())
    propose(desk.books, draft(), "north", "clerk", desk.now())
    with pytest.raises(UnknownName):
        agreeing.look(desk.books, "swap", "east", desk.now())


def test_an_observer_looks_and_does_not_act(desk):
    what = terms(observers=("auditor",))
    propose(desk.books, draft(what, document=signed(certificate(what))), "north", "clerk", desk.now())
    assert agreeing.look(desk.books, "swap", "auditor", desk.now()).status == "proposed"
    with pytest.raises(NotAgreed, match="not bound"):
        agreeing.approve(desk.books, "swap", "auditor", "ann", desk.now())


def test_time_stands_in_the_books_not_in_what_is_said(desk):
    seen = approved(desk)
    assert all(row.recorded_at > desk.time[0] - timedelta(minutes=1) for row in seen.state.approvals)
    # An approval whose business time lies in the past is judged by when it was recorded.
    assert all(row.recorded_at >= row.effective_at for row in seen.state.approvals)
