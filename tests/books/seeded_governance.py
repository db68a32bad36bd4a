"""Governance broken on purpose, one small way at a time. Each row must make some story of tests/governance/scenarios.py fail.

A row names a module, a piece of its text, and what stands there instead. The broken functions take the place of the good ones for
as long as the `with` block lasts, also where they were imported by name.
"""

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType, ModuleType


@dataclass(frozen=True)
class Seeded:
    """One bug.

    Attributes:
        name: a short name.
        story: the story that sees it.
        what: what goes wrong, in words.
        module: module it is in, below armslength.
        old: a piece of the module's text.
        new: what stands there instead.
    """

    name: str
    story: str
    what: str
    module: str
    old: str
    new: str


APPROVALS, INTEREST, FOLD = "governance.approvals", "governance.interest", "governance.fold"
CONDITIONS, CERTIFICATE, OBLIGATIONS = "governance.conditions", "governance.certificate", "governance.obligations"
AGREEMENT, MOVES, PRESETS = "governance.agreement", "governance.moves", "governance.presets"

SEEDED: tuple[Seeded, ...] = (
    Seeded("proposer-approves", "who_proposed_cannot_approve",
           "the proposer's approval counts", APPROVALS,
           "if any(version.proposal.proposer == person for version in state.versions):", "if False:"),
    Seeded("earlier-proposer-approves", "who_proposed_an_earlier_version_cannot_approve",
           "only the last version's proposer is barred", APPROVALS,
           "for version in state.versions)", "for version in state.versions[-1:])"),
    Seeded("holding-missed", "interest_runs_through_a_holding",
           "interest is looked for one step deep only", INTEREST,
           "if side != own and shares.get(side, 0) >= least_share",
           "if side != own and shares.get(side, 0) >= least_share and len(paths[side]) < 2"),
    Seeded("parent-missed", "interest_runs_through_a_parent",
           "who is paid by a sister company of the other side counts as free", INTEREST,
           "if role.kind in PAID and role.organisation != avoid:", "if False:"),
    Seeded("family-missed", "interest_runs_through_family",
           "family does not count", INTEREST,
           'if link.kind == "family":\n        pairs', 'if False:\n        pairs'),
    Seeded("beneficiary-missed", "interest_in_who_else_gains_counts",
           "who gains without being bound is not looked at", AGREEMENT,
           "names = {*self.terms.parties, *self.terms.beneficiaries} - {own}", "names = {*self.terms.parties} - {own}"),
    Seeded("interest-at-approval-only", "an_interest_bought_before_the_execution_counts",
           "ties are looked at on the day of the proposal only", AGREEMENT,
           "return window(self.versions[0].recorded_at.date(), now_on, party.policy.look_back_days)",
           "return window(self.versions[0].recorded_at.date(), self.versions[0].recorded_at.date(), 0)"),
    Seeded("sold-in-time", "an_interest_sold_after_the_proposal_still_counts",
           "a tie that ends before the approval does not count any more", INTEREST,
           "return Window(begins, max(proposed_on, now_on))", "return Window(now_on, now_on)"),
    Seeded("declared-and-forgotten", "an_interest_declared_after_the_approval_counts_at_execution",
           "what is declared later is not looked at", AGREEMENT,
           "parts = [version.proposal.declared for version in self.versions] + [row.register for row in self.declared]",
           "parts = [version.proposal.declared for version in self.versions]"),
    Seeded("clean-second-version", "a_second_version_cannot_hide_an_interest",
           "a new version makes old declarations go away", AGREEMENT,
           "parts = [version.proposal.declared for version in self.versions] +",
           "parts = [version.proposal.declared for version in self.versions[-1:]] +"),
    Seeded("interest-ignored", "the_head_of_both_sides_cannot_approve",
           "an interest is found and not acted on", INTEREST,
           "if side != own and shares.get(side, 0) >= least_share", "if False and side"),
    Seeded("dependence-ignored", "a_dependent_member_spoils_the_committee",
           "who answers to the interested spoils no committee", APPROVALS,
           "return not (party.policy.independent and dependence_of(state, party, person, on))", "return True"),
    Seeded("twice-is-two", "the_same_person_twice_is_one",
           "the same person's second approval is a second one", APPROVALS,
           "yes = counted & free\n", "yes = [row.act.person for row in state.approvals if row.act.person in counted & free]\n"),
    Seeded("other-party-approves", "another_party_cannot_approve_for_one",
           "approvals recorded by another party count", APPROVALS,
           "return given.organisation == party.organisation", "return True"),
    Seeded("no-post-needed", "a_post_declared_after_the_approval_does_not_heal_it",
           "anybody declared may approve", APPROVALS,
           "if not _roles(state, party, person, SIGNATORIES, on, sequence):", "if False:"),
    Seeded("ended-post", "a_post_that_has_ended_gives_no_power",
           "a post that has ended still gives power", APPROVALS,
           "and (row.until_on is None or row.until_on > on)\n    ]", "and True\n    ]"),
    Seeded("puppet-directors", "the_other_side_cannot_make_directors",
           "the other side can make directors", APPROVALS,
           "if declared.organisation == party.organisation and (sequence is None or declared.sequence < sequence):",
           "if sequence is None or declared.sequence < sequence:"),
    Seeded("healed-afterwards", "a_post_declared_after_the_approval_does_not_heal_it",
           "a post declared after the approval makes it good", APPROVALS,
           "and (sequence is None or declared.sequence < sequence):", "and True:"),
    Seeded("recusal-forgotten", "who_stood_aside_does_not_count",
           "who stood aside counts", APPROVALS,
           "    if _recused(state, party, person):\n        return", "    if False:\n        return"),
    Seeded("recusal-per-version", "standing_aside_is_for_good",
           "standing aside ends with the version", APPROVALS,
           "        for row in state.recusals\n", "        for row in state.recusals if row.sequence > state.version.sequence\n"),
    Seeded("recusal-not-asked", "the_interested_must_have_stood_aside",
           "a policy's demand for recusal is not checked", APPROVALS,
           "if policy.recusal:", "if False:"),
    Seeded("no-is-nothing", "a_no_of_one_who_may_sign_is_final",
           "a refusal has no effect", APPROVALS,
           'veto = need.body == "signatories" and bool(noes)', "veto = False"),
    Seeded("poll-approves", "a_poll_is_no_approval",
           "an advisory poll's policy lets agreements through", APPROVALS,
           "if not policy.binding:", "if False:"),
    Seeded("other-version", "an_approval_of_another_version_is_a_finding",
           "an approval of another version is taken for one of this", FOLD,
           "if act.proposal != state.version.digest:", "if False:"),
    Seeded("terms-changed", "changed_terms_void_all_approvals",
           "approvals survive a change of terms, policies or evidence", APPROVALS,
           "if given.sequence < state.version.sequence:", "if False:"),
    Seeded("digest-without-evidence", "an_approval_names_the_evidence_it_was_given_on",
           "the digest of a proposal leaves its evidence out", PRESETS,
           "sha256(canonical(body_of(noun)))", "sha256(canonical({k: v for k, v in body_of(noun).items() if k != 'evidence'}))"),
    Seeded("policy-unbound", "an_approval_under_another_policy_does_not_count",
           "an approval under another policy counts", APPROVALS,
           "if given.act.policy != state.policies.get(party.organisation):", "if False:"),
    Seeded("guard-lowered", "nobody_lowers_anothers_guard",
           "one side chooses a laxer policy for the other", CONDITIONS,
           "if fitting is not None and party.policy not in own:", "if False:"),
    Seeded("rank-believed", "a_policy_of_ones_own_is_not_as_strict_as_it_says",
           "a policy's own word on its strictness is taken", CONDITIONS,
           "strict = shipped.get(policy.id) == policy and policy", "strict = bool(shipped) and policy"),
    Seeded("no-certificate", "no_certificate_no_effect",
           "no certificate is asked for", CONDITIONS,
           "    if asked:\n        unmet +=", "    if False:\n        unmet +="),
    Seeded("unsigned-certificate", "a_certificate_nobody_signed_is_none",
           "a certificate without a known signature counts", CERTIFICATE,
           "if not found.signers:", "if False:"),
    Seeded("other-inputs", "a_certificate_of_another_plan_is_none",
           "a certificate of another plan counts", CERTIFICATE,
           "elif (certificate.inputs, certificate.outputs) != (terms.plan.inputs, terms.plan.outputs):", "elif False:"),
    Seeded("other-legs", "a_certificate_of_other_legs_is_none",
           "a certificate of other legs counts", CERTIFICATE,
           "if certificate.legs != digest_of_all(terms.legs):", "if False:"),
    Seeded("more-deals", "a_certificate_for_more_deals_than_agreed_is_none",
           "a certificate that rests on more deals counts", CERTIFICATE,
           "elif set(certificate.deals) - set(terms.plan.deals):", "elif False:"),
    Seeded("stale-certificate", "a_stale_certificate_is_none",
           "any age of certificate will do", CERTIFICATE,
           "if days_max is not None and age > days_max:", "if False:"),
    Seeded("hindsight", "a_ratification_cannot_use_hindsight",
           "a certificate may use what was not known yet", CERTIFICATE,
           "    if known > day:\n", "    if False:\n"),
    Seeded("future-certificate", "a_certificate_from_the_future_is_none",
           "a certificate may be dated later than its use", CERTIFICATE,
           "if certificate.made_on > on:", "if False:"),
    Seeded("loser-unpaid", "a_loser_must_be_made_whole",
           "the terms may pay less than makes the loser whole", CERTIFICATE,
           "if short > certificate.tolerance_cents_count:", "if False:"),
    Seeded("payer-forgotten", "a_payer_must_not_become_the_loser",
           "what a payer pays is not counted against it", CERTIFICATE,
           "net[payment.payer] = net.get(payment.payer, 0) - payment.amount_count", "pass"),
    Seeded("any-money", "money_of_another_kind_makes_nobody_whole",
           "money of another currency makes somebody whole", CERTIFICATE,
           "if payment.unit == unit:", "if True:"),
    Seeded("interested-votes", "a_vote_that_counts_the_interested_does_not_count",
           "votes of interested holders may be counted", APPROVALS,
           "    if missing:\n", "    if False:\n"),
    Seeded("vote-again", "nobody_votes_until_it_passes",
           "a second count replaces the first", APPROVALS,
           "act = valid[0].act\n", "act = valid[-1].act\n"),
    Seeded("absent-help", "nobody_votes_until_it_passes",
           "who does not vote does not count against", APPROVALS,
           'if need.basis == "outstanding" else act.against_count', "if False else act.against_count"),
    Seeded("condition-added-later", "the_first_proposal_must_have_been_conditioned",
           "a condition may be added after the bargaining", APPROVALS,
           "if name not in first or name not in state.terms.conditions", "if name not in state.terms.conditions"),
    Seeded("backdated-approval", "an_approval_after_the_day_of_effect_does_not_count",
           "an approval after the day of effect counts as one before", APPROVALS,
           "if late and not given.after:", "if False:"),
    Seeded("early-ratification", "a_ratification_before_the_day_of_effect_does_not_count",
           "a ratification counts as an approval", APPROVALS,
           "if given.after and not late:", "if False:"),
    Seeded("label-lost", "a_ratification_counts_and_is_called_one",
           "a ratified agreement is not called so", CONDITIONS,
           "return any(row.recorded_at.date() > effect for row in carrying)", "return False"),
    Seeded("backdated-effect", "nothing_takes_effect_before_its_approvals",
           "an agreement takes effect before its approvals", CONDITIONS,
           "if last is not None and effective_at < last:", "if False:"),
    Seeded("another-day", "it_takes_effect_on_its_day_only",
           "an agreement takes effect on another day than its own", CONDITIONS,
           "if effect is not None and effective_at.date() != effect:", "if False:"),
    Seeded("executed-anyway", "one_side_alone_binds_nobody",
           "an execution without its conditions takes effect", FOLD,
           "    if wrong:\n", "    if False:\n"),
    Seeded("executed-twice", "it_takes_effect_once", "an agreement takes effect twice", CONDITIONS,
           "if state.executed is not None:", "if False:"),
    Seeded("outsider", "an_outsider_records_nothing",
           "an outsider's records are taken", FOLD,
           "if row.event.organisation not in state.terms.parties:", "if False:"),
    Seeded("proposed-after", "nothing_is_proposed_after_it_took_effect",
           "terms change after they took effect", FOLD,
           '    _before_execution(state, "a new version was proposed")\n', ""),
    Seeded("over-return", "no_more_is_returned_than_is_owed",
           "more is returned than is owed", OBLIGATIONS,
           "if act.amount_count > still:", "if False:"),
    Seeded("over-payment", "no_more_is_paid_than_is_owed",
           "more is paid than is owed", OBLIGATIONS,
           "if act.amount_count > debt.open:", "if False:"),
    Seeded("short-notice", "a_recall_needs_the_notice_agreed",
           "a recall needs no notice", FOLD,
           "if act.due_on < earliest:", "if False:"),
    Seeded("recall-by-borrower", "a_recall_needs_the_notice_agreed",
           "the borrower recalls", FOLD,
           "if leg.taker != row.event.organisation:\n        raise Wrong(\"not_yours\", f\"{act.leg} is owed",
           "if False:\n        raise Wrong(\"not_yours\", f\"{act.leg} is owed"),
    Seeded("late-for-nothing", "a_late_return_costs_what_the_terms_say",
           "lateness costs nothing", OBLIGATIONS,
           "if act.late_use_count != cost:", "if False:"),
    Seeded("close-out-at-will", "only_what_failed_is_closed_out",
           "what did not fail is closed out", OBLIGATIONS,
           'if act.reason != "event_of_default" and named - failed:', "if False:"),
    Seeded("price-at-will", "a_close_out_uses_the_price_agreed",
           "a close-out uses another price than agreed", OBLIGATIONS,
           "if agreed is not None and price != agreed:", "if False:"),
    Seeded("one-sided-debt", "what_is_moved_is_mirrored",
           "only one book learns of a debt", MOVES,
           'Move(debt.payee, f"owe-{debt.id}", (Line(theirs, "debit", amount, unit), Line(come, "credit", amount, unit))),',
           ""),
)  # fmt: skip


@contextmanager
def seeded(bug: Seeded) -> Iterator[None]:
    """Puts broken functions in the place of good ones for a while."""
    module = importlib.import_module(f"armslength.{bug.module}")
    source = inspect.getsource(module)
    assert source.count(bug.old) == 1, f"{bug.name}: stands {source.count(bug.old)} times in {bug.module}"
    broken = ModuleType(module.__name__)
    broken.__dict__["__file__"] = module.__file__
    exec(compile(source.replace(bug.old, bug.new), module.__file__ or "", "exec"), broken.__dict__)
    good = dict(_functions(module))
    codes = {name: function.__code__ for name, function in good.items()}
    changed = {name: function.__code__ for name, function in _functions(broken) if name in good}
    assert {name for name, code in changed.items() if code.co_code != codes[name].co_code or code != codes[name]}
    try:
        for name, code in changed.items():
            good[name].__code__ = code
        yield
    finally:
        for name, code in codes.items():
            good[name].__code__ = code


def _functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    """Yields the functions of a module and of its classes, by name."""
    for name, value in list(vars(module).items()):
        if isinstance(value, FunctionType) and value.__module__ == module.__name__:
            yield name, value
        elif isinstance(value, type) and value.__module__ == module.__name__:
            for inner, member in list(vars(value).items()):
                function = getattr(member, "fget", None) or getattr(member, "func", None) or member
                if isinstance(function, FunctionType) and not function.__closure__:
                    yield f"{name}.{inner}", function
