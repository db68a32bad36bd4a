"""What must hold of agreements whoever writes the records: invariants I14 to I18, each as small stories.

Each story is a function that asserts. They run as tests; and a core broken on purpose must fail one of them.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime

from armslength.governance.moves import execution_moves
from armslength.governance.presets import policy
from armslength.model.acts import Approval, Declaration, Failure, Poll, Recall
from armslength.model.terms import LateUse, TermsPayment
from governance.stage import (
    INPUTS,
    LINKS,
    OTHER_KEY,
    PEOPLE,
    ROLES,
    Stage,
    approved,
    certificate,
    in_force,
    leg,
    link,
    proposal,
    proposed,
    register,
    result,
    role,
    signed,
    terms,
)

MFW = {"north": "mfw_dual", "south": "internal_two_sided"}
BOTH = ("committee_approval", "minority_vote")
Story = Callable[[], None]


def mfw(**more: object) -> Stage:
    return proposed(terms(conditions=BOTH), policies=MFW, **more)


def refused(stage: Stage, *codes: str) -> None:
    """Asserts that nothing took effect, and that the records say why."""
    assert stage.state.executed is None
    assert stage.codes == list(codes or ("executed_without",)), stage.state.findings


# I14: nothing binds a party without its own valid approval under the policy in force; effects only after all conditions.


def both_sides_approve_and_it_takes_effect() -> None:
    stage = in_force()
    assert stage.state.executed is not None
    assert not stage.codes
    assert not stage.state.after_the_fact


def one_side_alone_binds_nobody() -> None:
    refused(proposed().approve("north", "ann", "bob").execute())


def one_pair_of_eyes_is_not_four() -> None:
    refused(proposed().approve("north", "ann").approve("south", "sam", "sue").execute())


def the_same_person_twice_is_one() -> None:
    refused(proposed().approve("north", "ann", "ann").approve("south", "sam", "sue").execute())


def another_party_cannot_approve_for_one() -> None:
    # Records of South that carry the names of North's people.
    refused(proposed().approve("south", "ann", "bob", "sam", "sue").execute())


def an_outsider_records_nothing() -> None:
    stage = proposed()
    stage.record("east", "approve", Approval(person="ann", proposal=stage.state.version.digest, policy=INPUTS))
    assert stage.codes == ["not_a_party"]


def an_approval_under_another_policy_does_not_count() -> None:
    stage = proposed().approve("north", "ann", "bob", policy="sha256:" + "9" * 64).approve("south", "sam", "sue")
    refused(stage.execute())


def somebody_without_a_post_cannot_approve() -> None:
    people = (*PEOPLE, "guest")
    stage = proposed(declared=register(people=people)).approve("north", "ann", "guest").approve("south", "sam", "sue")
    refused(stage.execute())


def a_post_that_has_ended_gives_no_power() -> None:
    gone = role("ann", "north", "director", "special", until_on=date(2024, 2, 1))
    rows = (gone, *(row for row in ROLES if row[0] != "ann"))
    refused(approved(declared=register(roles=rows)).execute())


def the_other_side_cannot_make_directors() -> None:
    stage = proposed(declared=register(people=(*PEOPLE, "puppet")))
    made = register(people=("puppet",), roles=(role("puppet", "north", "director"),), links=())
    stage.say("south", "declare", Declaration, "sam", declared=made)
    refused(stage.approve("north", "ann", "puppet").approve("south", "sam", "sue").execute())


def a_post_declared_after_the_approval_does_not_heal_it() -> None:
    stage = proposed(declared=register(people=(*PEOPLE, "late"))).approve("north", "ann", "late")
    made = register(people=(), roles=(role("late", "north", "approver"),), links=())
    stage.say("north", "declare", Declaration, "pat", declared=made)
    refused(stage.approve("south", "sam", "sue").execute())


def a_poll_is_no_approval() -> None:
    stage = proposed(policies={"north": "advisory_poll", "south": "internal_two_sided"})
    stage.say("north", "poll", Poll, "pat", question="Shall we?", asked="everybody", for_micro_count=679_000)
    stage.approve("north", "ann", "bob").approve("south", "sam", "sue")
    assert "authorises nothing" in stage.unmet
    refused(stage.execute())


def nobody_lowers_anothers_guard() -> None:
    document = signed(certificate(terms()))
    stage = Stage().propose(proposal(terms(), document), "north", document=document)
    stage.approve("north", "ann", "bob").approve("south", "sam", "sue")
    assert "south itself has not proposed" in stage.unmet
    refused(stage.execute())


def a_policy_of_ones_own_is_not_as_strict_as_it_says() -> None:
    own = policy("internal_two_sided").model_copy(update={"id": "ours", "strictness_rank": 1})
    document = signed(certificate(terms()))
    text = proposal(terms(), document)
    parties = tuple(row.model_copy(update={"policy": own}) for row in text.parties)
    stage = Stage().propose(text.model_copy(update={"parties": parties}), "north", document=document)
    refused(stage.approve("north", "ann", "bob").approve("south", "sam", "sue").execute())


def a_no_of_one_who_may_sign_is_final() -> None:
    stage = proposed().reject("north", "cid").approve("north", "ann", "bob").approve("south", "sam", "sue")
    assert stage.conditions.refused
    refused(stage.execute())


def it_takes_effect_once() -> None:
    assert in_force().execute().codes == ["executed_without"]


def nothing_is_returned_before_it_takes_effect() -> None:
    assert approved().back("back-1", 60).codes == ["not_in_force"]


def who_does_not_owe_cannot_return_or_pay() -> None:
    assert in_force().back("back-1", 60, by="north", person="pat").codes == ["not_yours"]
    assert in_force().pay("whole", 100, by="north", person="pat").codes == ["not_yours"]


def no_more_is_returned_than_is_owed() -> None:
    stage = in_force().on(date(2024, 3, 20)).back("back-1", 50).back("back-1", 11)
    assert stage.codes == ["not_owed"]
    assert stage.state.delivered["back-1"] == 50


def no_more_is_paid_than_is_owed() -> None:
    stage = in_force().pay("whole", 4000).pay("whole", 1001)
    assert stage.codes == ["not_owed"]
    assert stage.state.debts["whole"].open == 1000


# I15: no approval counts from a person with an interest on another side; the proposer does not approve; one person, one side.


def the_head_of_both_sides_cannot_approve() -> None:
    refused(proposed().approve("north", "ann", "chief").approve("south", "sam", "sue").execute())


def interest_runs_through_a_holding() -> None:
    links = (*LINKS, link("bob", "fund", "owns", 0.3), link("fund", "holding", "owns", 0.1))
    refused(approved(declared=register(links=links)).execute())


def interest_runs_through_a_parent() -> None:
    # Bob is paid by a company that the owner of South controls.
    links = (*LINKS, link("holding", "sister", "controls"))
    refused(approved(declared=register(links=links, roles=(*ROLES, role("bob", "sister", "employee")))).execute())


def interest_runs_through_family() -> None:
    links = (*LINKS, link("kin", "bob", "family"), link("kin", "south", "owns", 0.01))
    refused(approved(declared=register(links=links)).execute())


def interest_in_who_else_gains_counts() -> None:
    what = terms(beneficiaries=("user",))
    links = (*LINKS, link("bob", "user", "owns", 0.2))
    refused(approved(what, declared=register(links=links)).execute())


def an_interest_declared_after_the_approval_counts_at_execution() -> None:
    stage = approved()
    found = register(people=(), roles=(), links=(link("bob", "south", "owns", 0.02),))
    stage.say("south", "declare", Declaration, "sam", declared=found)
    refused(stage.execute())


def an_interest_sold_after_the_proposal_still_counts() -> None:
    links = (*LINKS, link("bob", "south", "owns", 0.02, until_on=date(2024, 3, 2)))
    stage = proposed(declared=register(links=links)).on(date(2024, 3, 10))
    refused(stage.approve("north", "ann", "bob").approve("south", "sam", "sue").execute())


def an_interest_bought_before_the_execution_counts() -> None:
    links = (*LINKS, link("bob", "south", "owns", 0.02, from_on=date(2024, 3, 5)))
    stage = approved(declared=register(links=links))
    refused(stage.on(date(2024, 3, 6)).execute())


def a_second_version_cannot_hide_an_interest() -> None:
    links = (*LINKS, link("bob", "south", "owns", 0.02))
    stage = proposed(declared=register(links=links))
    document = signed(certificate(terms()))
    stage.propose(proposal(terms(), document), document=document)
    refused(stage.approve("north", "ann", "bob").approve("south", "sam", "sue").execute())


def who_proposed_cannot_approve() -> None:
    refused(proposed(proposer="bob").approve("north", "ann", "bob").approve("south", "sam", "sue").execute())


def who_proposed_an_earlier_version_cannot_approve() -> None:
    stage = proposed(proposer="bob")
    document = signed(certificate(terms()))
    stage.propose(proposal(terms(), document), document=document)
    refused(stage.approve("north", "ann", "bob").approve("south", "sam", "sue").execute())


def one_person_does_not_act_for_two_sides() -> None:
    roles = (*ROLES, role("pat", "south", "approver"))
    # A post at one side is an interest on it, so it bars from deciding for the other, both ways.
    stage = (
        proposed(declared=register(roles=roles)).approve("north", "ann", "bob", "pat").approve("south", "sam", "pat")
    )
    refused(stage.execute())


def who_stood_aside_does_not_count() -> None:
    refused(approved().recuse("north", "bob").execute())


def standing_aside_is_for_good() -> None:
    stage = proposed().recuse("north", "bob")
    document = signed(certificate(terms()))
    stage.propose(proposal(terms(), document), document=document)
    refused(stage.approve("north", "ann", "bob").approve("south", "sam", "sue").execute())


def a_small_share_counts_unless_the_policy_says_otherwise() -> None:
    links = (*LINKS, link("bob", "south", "owns", 0.0001))
    refused(approved(declared=register(links=links)).execute())


def a_dependent_member_spoils_the_committee() -> None:
    roles = (*ROLES, role("cid", "north", "employee"))
    links = (*LINKS, link("chief", "north", "controls"))
    stage = mfw(declared=register(roles=roles, links=links)).recuse("north", "chief").approve("north", "ann", "bob")
    assert "spoils" in stage.vote().unmet


def a_vote_that_counts_the_interested_does_not_count() -> None:
    links = (*LINKS, link("chief", "north", "owns", 0.2))
    stage = mfw(declared=register(links=links)).recuse("north", "chief").approve("north", "ann", "bob")
    stage.vote(excluded=()).approve("south", "sam", "sue")
    refused(stage.execute())


def nobody_votes_until_it_passes() -> None:
    stage = mfw().recuse("north", "chief").approve("north", "ann", "bob").vote(for_count=40).vote(for_count=90)
    refused(stage.approve("south", "sam", "sue").execute())


def abstaining_does_not_help_where_all_votes_count() -> None:
    stage = mfw().recuse("north", "chief").approve("north", "ann", "bob")
    stage.vote(for_count=50, against_count=0, abstained_count=50).approve("south", "sam", "sue")
    refused(stage.execute())


def the_strictest_policy_can_be_met() -> None:
    links = (*LINKS, link("chief", "north", "owns", 0.2))
    stage = mfw(declared=register(links=links)).recuse("north", "chief").approve("north", "ann", "bob")
    stage.vote().approve("south", "sam", "sue").execute()
    assert stage.state.executed is not None, stage.state.findings


def the_interested_must_have_stood_aside() -> None:
    stage = mfw().approve("north", "ann", "bob").vote().approve("south", "sam", "sue")
    assert "has not recused" in stage.unmet
    refused(stage.execute())


# I16: an approval binds the exact terms and evidence; any change voids all of them.


def changed_terms_void_all_approvals() -> None:
    what = terms()
    richer = what.model_copy(
        update={"payments": (TermsPayment(id="whole", payer="south", payee="north", unit="USD/2", amount_count=5001),)}
    )
    stage = approved(what)
    document = signed(certificate(richer))
    stage.propose(proposal(richer, document), document=document)
    assert len(stage.unmet.splitlines()) == 2
    refused(stage.execute())


def changed_evidence_voids_all_approvals() -> None:
    stage = approved()
    document = signed(certificate(terms(), assumptions=("something else",)))
    stage.propose(proposal(terms(), document), document=document)
    refused(stage.execute())


def a_changed_policy_voids_all_approvals() -> None:
    stage = approved()
    document = signed(certificate(terms()))
    weaker = policy("internal_two_sided").model_copy(update={"text": "the same, in other words"})
    again = proposal(terms(), document)
    parties = tuple(row.model_copy(update={"policy": weaker}) for row in again.parties)
    stage.propose(again.model_copy(update={"parties": parties}), document=document)
    refused(stage.execute())


def going_back_to_the_old_words_does_not_bring_approvals_back() -> None:
    document = signed(certificate(terms()))
    stage = approved()
    other = terms(text="other words")
    stage.propose(proposal(other, document), document=document)
    stage.propose(proposal(terms(), document), document=document)
    refused(stage.execute())


def an_approval_of_another_version_is_a_finding() -> None:
    assert proposed().approve("north", "ann", proposal="sha256:" + "7" * 64).codes == ["other_version"]


def an_approval_names_the_evidence_it_was_given_on() -> None:
    stage = proposed()
    seen = stage.digest
    document = signed(certificate(terms(), assumptions=("something else",)))
    stage.propose(proposal(terms(), document), document=document)
    assert stage.approve("north", "ann", proposal=seen).codes == ["other_version"]


def nothing_is_proposed_after_it_took_effect() -> None:
    assert in_force().propose(proposal(terms(text="more"), None)).codes == ["too_late"]


def a_late_proposal_changes_nothing_that_was_done() -> None:
    document = signed(certificate(terms()))
    stage = in_force(document=document)
    # The same certificate, and nobody named who may sign it.
    stage.propose(proposal(terms(), document, signers=()), "south", document=document)
    assert stage.codes == ["too_late"]
    assert stage.state.executed is not None


def terms_that_cannot_be_carried_out_are_no_proposal() -> None:
    stage = Stage().propose(proposal(terms(legs=(leg("out", "north", "south", from_account="due_from/south/a/b"),))))
    assert stage.codes == ["bad_terms"]
    text = proposal(terms())
    twice = text.model_copy(update={"parties": (*text.parties, text.parties[0])})
    assert Stage().propose(twice).codes == ["other_parties"]


# I17: where the policy asks, no execution without a valid, fresh certificate of this plan and these legs; nobody worse off.


def no_certificate_no_effect() -> None:
    stage = approved(with_certificate=False)
    assert "no no-detriment certificate" in stage.unmet
    refused(stage.execute())


def a_missing_document_is_no_certificate() -> None:
    stage = approved()
    stage.documents.clear()
    refused(stage.execute())


def a_certificate_nobody_signed_is_none() -> None:
    refused(approved(document=signed(certificate(terms()), OTHER_KEY)).execute())


def a_certificate_of_another_plan_is_none() -> None:
    refused(approved(document=signed(certificate(terms(), inputs="sha256:" + "8" * 64))).execute())
    refused(approved(document=signed(certificate(terms(), outputs="sha256:" + "8" * 64))).execute())


def a_certificate_of_other_legs_is_none() -> None:
    other = terms(legs=(leg("out", "north", "south", 101),))
    refused(approved(document=signed(certificate(other))).execute())


def a_stale_certificate_is_none() -> None:
    refused(approved(document=signed(certificate(terms(), made_on=date(2023, 11, 1)))).execute())
    refused(approved(document=signed(certificate(terms(), as_of_on=date(2023, 11, 1)))).execute())
    refused(approved().on(date(2024, 6, 20)).execute())


def a_certificate_from_the_future_is_none() -> None:
    early = certificate(terms(), made_on=date(2024, 3, 9), as_of_on=date(2024, 2, 20))
    refused(approved(document=signed(early)).execute())


def a_loser_must_be_made_whole() -> None:
    poorer = terms(payments=(TermsPayment(id="whole", payer="south", payee="north", unit="USD/2", amount_count=4990),))
    refused(approved(poorer).execute())
    refused(approved(terms(payments=())).execute())


def a_payer_must_not_become_the_loser() -> None:
    dearer = terms(payments=(TermsPayment(id="whole", payer="south", payee="north", unit="USD/2", amount_count=9000),))
    refused(approved(dearer).execute())


def money_of_another_kind_makes_nobody_whole() -> None:
    other = terms(payments=(TermsPayment(id="whole", payer="south", payee="north", unit="EUR/2", amount_count=5000),))
    refused(approved(other).execute())


def a_certificate_for_more_deals_than_agreed_is_none() -> None:
    refused(approved(document=signed(certificate(terms(), deals=("swap", "lease")))).execute())


def every_party_must_be_in_the_certificate() -> None:
    refused(approved(document=signed(certificate(terms(), results=(result("south", 1), result("east", 1))))).execute())


# I18: what is approved after the day of effect is a ratification, and called so for ever; nothing is backdated.

BEFORE = date(2024, 1, 10)


def late(**more: object) -> Stage:
    what = terms(effective_on=BEFORE, **more)
    return proposed(what, document=signed(certificate(what, as_of_on=date(2024, 1, 5))))


def an_approval_after_the_day_of_effect_does_not_count() -> None:
    stage = late().approve("north", "ann", "bob").approve("south", "sam", "sue")
    refused(stage.execute(effective_at=datetime(2024, 1, 10, tzinfo=UTC)))


def a_ratification_counts_and_is_called_one() -> None:
    stage = late().approve("north", "ann", "bob", verb="ratify").approve("south", "sam", "sue", verb="ratify")
    stage.execute(effective_at=datetime(2024, 1, 10, tzinfo=UTC))
    assert stage.state.executed is not None, stage.state.findings
    assert stage.state.after_the_fact
    stage.on(date(2024, 5, 1)).back("back-1", 60).back("back-2", 40).pay("whole", 5000)
    assert stage.state.after_the_fact


def a_ratification_before_the_day_of_effect_does_not_count() -> None:
    stage = proposed().approve("north", "ann", "bob", verb="ratify").approve("south", "sam", "sue")
    refused(stage.execute())


def nothing_takes_effect_before_its_approvals() -> None:
    refused(approved().execute(effective_at=datetime(2024, 2, 1, tzinfo=UTC)))


def it_takes_effect_on_its_day_only() -> None:
    stage = late().approve("north", "ann", "bob", verb="ratify").approve("south", "sam", "sue", verb="ratify")
    refused(stage.execute(effective_at=datetime(2024, 1, 9, tzinfo=UTC)))


def a_ratification_cannot_use_hindsight() -> None:
    what = terms(effective_on=BEFORE)
    stage = proposed(what, document=signed(certificate(what)))
    stage.approve("north", "ann", "bob", verb="ratify").approve("south", "sam", "sue", verb="ratify")
    refused(stage.execute(effective_at=datetime(2024, 1, 10, tzinfo=UTC)))


def the_first_proposal_must_have_been_conditioned() -> None:
    stage = proposed(terms(), policies=MFW)
    conditioned = terms(conditions=BOTH)
    document = signed(certificate(conditioned))
    stage.propose(proposal(conditioned, document, policies=MFW), document=document)
    stage.recuse("north", "chief").approve("north", "ann", "bob").vote().approve("south", "sam", "sue")
    refused(stage.execute())


# What is owed afterwards.


def a_recall_needs_the_notice_agreed() -> None:
    legs = (leg("out", "north", "south"), leg("back", "south", "north", returns="out"))
    stage = in_force(terms(legs=legs, recall_notice_days=10))
    assert stage.say("north", "recall", Recall, "pat", leg="back", due_on=date(2024, 3, 5)).codes == ["short_notice"]
    assert stage.say("south", "recall", Recall, "sam", leg="back", due_on=date(2024, 5, 5)).codes[1:] == ["not_yours"]
    stage.say("north", "recall", Recall, "pat", leg="back", due_on=date(2024, 3, 20))
    assert stage.state.due == {"back": date(2024, 3, 20)}


def a_term_loan_is_not_recalled() -> None:
    assert in_force().say("north", "recall", Recall, "pat", leg="back-1", due_on=date(2025, 1, 1)).codes == [
        "term_loan"
    ]


def a_late_return_costs_what_the_terms_say() -> None:
    what = terms(late_use=LateUse(unit="USD/2", price_per_hour_count=2, source="by hand"))
    stage = in_force(what).on(date(2024, 4, 3)).back("back-1", 60)
    assert stage.codes == ["not_owed"]
    stage.back("back-1", 60, late=60 * 48 * 2)
    assert [debt.amount for debt in stage.state.debts.values()] == [5000, 5760]


def nothing_fails_before_it_is_due() -> None:
    stage = in_force().say("north", "fail", Failure, "pat", leg="back-1", missing_count=60)
    assert stage.codes == ["not_owed"]


def only_what_failed_is_closed_out() -> None:
    price = {"close_out_price_count": {"SLOT:h100": 300}}
    stage = in_force(terms(**price)).on(date(2024, 4, 2)).close_out("back-1")
    assert stage.codes == ["not_owed"]
    stage.say("north", "fail", Failure, "pat", leg="back-1", missing_count=60).close_out("back-1")
    assert stage.state.debts["close-out-back-1"].amount == 60 * 300
    assert stage.state.open_amount(leg("back-1", "south", "north", 60)) == 0


def a_close_out_uses_the_price_agreed() -> None:
    price = {"close_out_price_count": {"SLOT:h100": 200}}
    stage = in_force(terms(**price)).on(date(2024, 4, 2))
    stage.say("north", "fail", Failure, "pat", leg="back-1", missing_count=60).close_out("back-1")
    assert stage.codes == ["not_owed"]


def a_price_not_agreed_needs_evidence() -> None:
    stage = in_force().on(date(2024, 4, 2)).say("north", "fail", Failure, "pat", leg="back-1", missing_count=60)
    assert stage.close_out("back-1").codes == ["not_owed"]
    assert stage.close_out("back-1", evidence=INPUTS).codes == ["not_owed"]
    assert stage.state.closed == {"back-1"}


def who_is_not_owed_cannot_close_out() -> None:
    stage = in_force().on(date(2024, 4, 2)).say("north", "fail", Failure, "pat", leg="back-1", missing_count=60)
    assert stage.close_out("back-1", by="south", person="sam", evidence=INPUTS).codes == ["not_owed"]


def what_is_moved_is_mirrored() -> None:
    state = in_force().state
    sums: dict[tuple[str, str, str], int] = {}
    for move in execution_moves(state, date(2024, 3, 1)):
        balance: dict[str, int] = {}
        for line in move.lines:
            signed_amount = line.amount if line.side == "debit" else -line.amount
            balance[line.unit] = balance.get(line.unit, 0) + signed_amount
            tree, other = line.account.split("/")[0], line.account.split("/")[1]
            if tree in ("due_from", "given"):
                sums[move.organisation, other, line.unit] = (
                    sums.get((move.organisation, other, line.unit), 0) + signed_amount
                )
            elif tree in ("due_to", "received"):
                sums[other, move.organisation, line.unit] = (
                    sums.get((other, move.organisation, line.unit), 0) + signed_amount
                )
        assert not any(balance.values())
    assert sums
    assert not any(sums.values())


def records_are_read_again_from_nothing() -> None:
    stage = in_force()
    assert stage.state == Stage("swap", stage.now, stage.rows, stage.documents, stage.last).state


STORIES: tuple[Story, ...] = tuple(
    value
    for name, value in list(globals().items())
    if callable(value) and getattr(value, "__module__", "") == __name__ and name not in ("refused", "mfw", "late")
)
