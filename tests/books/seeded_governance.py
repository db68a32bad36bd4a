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
        what: what goes wrong, in words.
        module: module it is in, below armslength.
        old: a piece of the module's text.
        new: what stands there instead.
    """

    name: str
    what: str
    module: str
    old: str
    new: str


APPROVALS, INTEREST, FOLD = "governance.approvals", "governance.interest", "governance.fold"
CONDITIONS, CERTIFICATE, OBLIGATIONS = "governance.conditions", "governance.certificate", "governance.obligations"
AGREEMENT, MOVES, PRESETS = "governance.agreement", "governance.moves", "governance.presets"

SEEDED: tuple[Seeded, ...] = (
    Seeded("proposer-approves", "the proposer's approval counts", APPROVALS,
           "if any(version.proposal.proposer == person for version in state.versions):", "if False:"),
    Seeded("earlier-proposer-approves", "only the last version's proposer is barred", APPROVALS,
           "for version in state.versions)", "for version in state.versions[-1:])"),
    Seeded("holding-missed", "interest is looked for one step deep only", INTEREST,
           "                waiting.append(edge.target)\n    shares", "                pass\n    shares"),
    Seeded("parent-missed", "who is paid by a sister company of the other side counts as free", INTEREST,
           "if role.kind in PAID and role.organisation != avoid:", "if False:"),
    Seeded("family-missed", "family does not count", INTEREST,
           'if link.kind == "family":\n        pairs', 'if False:\n        pairs'),
    Seeded("beneficiary-missed", "who gains without being bound is not looked at", AGREEMENT,
           "names = {*self.terms.parties, *self.terms.beneficiaries} - {own}", "names = {*self.terms.parties} - {own}"),
    Seeded("interest-at-approval-only", "ties are looked at on the day of the proposal only", AGREEMENT,
           "return window(self.versions[0].recorded_at.date(), now_on, party.policy.look_back_days)",
           "return window(self.versions[0].recorded_at.date(), self.versions[0].recorded_at.date(), 0)"),
    Seeded("sold-in-time", "a tie that ends before the approval does not count any more", INTEREST,
           "return Window(begins, max(proposed_on, now_on))", "return Window(now_on, now_on)"),
    Seeded("declared-and-forgotten", "what is declared later is not looked at", AGREEMENT,
           "parts = [version.proposal.declared for version in self.versions] + [row.register for row in self.declared]",
           "parts = [version.proposal.declared for version in self.versions]"),
    Seeded("clean-second-version", "a new version makes old declarations go away", AGREEMENT,
           "parts = [version.proposal.declared for version in self.versions] +",
           "parts = [version.proposal.declared for version in self.versions[-1:]] +"),
    Seeded("interest-ignored", "an interest is found and not acted on", INTEREST,
           "if side != own and shares.get(side, 0) >= least_share", "if False and side"),
    Seeded("dependence-ignored", "who answers to the interested spoils no committee", APPROVALS,
           "return not (party.policy.independent and dependence_of(state, party, person, on))", "return True"),
    Seeded("twice-is-two", "the same person's second approval is a second one", APPROVALS,
           "yes = counted & free\n", "yes = [row.act.person for row in state.approvals if row.act.person in counted & free]\n"),
    Seeded("other-party-approves", "approvals recorded by another party count", APPROVALS,
           "return given.organisation == party.organisation", "return True"),
    Seeded("no-post-needed", "anybody declared may approve", APPROVALS,
           "if not _roles(state, party, person, SIGNATORIES, on, sequence):", "if False:"),
    Seeded("ended-post", "a post that has ended still gives power", APPROVALS,
           "and (row.until_on is None or row.until_on > on)\n    ]", "and True\n    ]"),
    Seeded("puppet-directors", "the other side can make directors", APPROVALS,
           "if declared.organisation == party.organisation and (sequence is None or declared.sequence < sequence):",
           "if sequence is None or declared.sequence < sequence:"),
    Seeded("healed-afterwards", "a post declared after the approval makes it good", APPROVALS,
           "and (sequence is None or declared.sequence < sequence):", "and True:"),
    Seeded("recusal-forgotten", "who stood aside counts", APPROVALS,
           "    if _recused(state, party, person):\n        return", "    if False:\n        return"),
    Seeded("recusal-per-version", "standing aside ends with the version", APPROVALS,
           "        for row in state.recusals\n", "        for row in state.recusals if row.sequence > state.version.sequence\n"),
    Seeded("recusal-not-asked", "a policy's demand for recusal is not checked", APPROVALS, "if policy.recusal:", "if False:"),
    Seeded("no-is-nothing", "a refusal has no effect", APPROVALS,
           'veto = need.body == "signatories" and bool(noes)', "veto = False"),
    Seeded("poll-approves", "an advisory poll's policy lets agreements through", APPROVALS,
           "if not policy.binding:", "if False:"),
    Seeded("other-version", "an approval of another version is taken for one of this", FOLD,
           "if act.proposal != state.version.digest:", "if False:"),
    Seeded("terms-changed", "approvals survive a change of terms, policies or evidence", APPROVALS,
           "if given.sequence < state.version.sequence:", "if False:"),
    Seeded("digest-without-evidence", "the digest of a proposal leaves its evidence out", PRESETS,
           "sha256(canonical(body_of(noun)))", "sha256(canonical({k: v for k, v in body_of(noun).items() if k != 'evidence'}))"),
    Seeded("policy-unbound", "an approval under another policy counts", APPROVALS,
           "if given.act.policy != digest_of(party.policy):", "if False:"),
    Seeded("no-certificate", "no certificate is asked for", CONDITIONS, "    if asked:\n        unmet +=", "    if False:\n        unmet +="),
    Seeded("unsigned-certificate", "a certificate without a known signature counts", CERTIFICATE,
           "if not found.signers:", "if False:"),
    Seeded("other-inputs", "a certificate of another plan counts", CERTIFICATE,
           "elif (certificate.inputs, certificate.outputs) != (terms.plan.inputs, terms.plan.outputs):", "elif False:"),
    Seeded("other-legs", "a certificate of other legs counts", CERTIFICATE,
           "if certificate.legs != digest_of_all(terms.legs):", "if False:"),
    Seeded("more-deals", "a certificate that rests on more deals counts", CERTIFICATE,
           "elif set(certificate.deals) - set(terms.plan.deals):", "elif False:"),
    Seeded("stale-certificate", "any age of certificate will do", CERTIFICATE,
           "if days_max is not None and age > days_max:", "if False:"),
    Seeded("hindsight", "a certificate may use what was not known yet", CERTIFICATE, "    if known > day:\n", "    if False:\n"),
    Seeded("future-certificate", "a certificate may be dated later than its use", CERTIFICATE,
           "if certificate.made_on > on:", "if False:"),
    Seeded("loser-unpaid", "the terms may pay less than makes the loser whole", CERTIFICATE,
           "if short > certificate.tolerance_cents_count:", "if False:"),
    Seeded("payer-forgotten", "what a payer pays is not counted against it", CERTIFICATE,
           "net[payment.payer] = net.get(payment.payer, 0) - payment.amount_count", "pass"),
    Seeded("any-money", "money of another currency makes somebody whole", CERTIFICATE, "if payment.unit == unit:", "if True:"),
    Seeded("interested-votes", "votes of interested holders may be counted", APPROVALS, "    if missing:\n", "    if False:\n"),
    Seeded("vote-again", "a second count replaces the first", APPROVALS, "act = valid[0].act\n", "act = valid[-1].act\n"),
    Seeded("absent-help", "who does not vote does not count against", APPROVALS,
           'if need.basis == "outstanding" else act.against_count', "if False else act.against_count"),
    Seeded("condition-added-later", "a condition may be added after the bargaining", APPROVALS,
           "if name not in first or name not in state.terms.conditions", "if name not in state.terms.conditions"),
    Seeded("backdated-approval", "an approval after the day of effect counts as one before", APPROVALS,
           "if late and not given.after:", "if False:"),
    Seeded("early-ratification", "a ratification counts as an approval", APPROVALS, "if given.after and not late:", "if False:"),
    Seeded("label-lost", "a ratified agreement is not called so", CONDITIONS,
           "return any(row.recorded_at.date() > effect for row in carrying)", "return False"),
    Seeded("backdated-effect", "an agreement takes effect before its approvals", CONDITIONS,
           "if last is not None and effective_at < last:", "if False:"),
    Seeded("another-day", "an agreement takes effect on another day than its own", CONDITIONS,
           "if effect is not None and effective_at.date() != effect:", "if False:"),
    Seeded("executed-anyway", "an execution without its conditions takes effect", FOLD, "    if wrong:\n", "    if False:\n"),
    Seeded("executed-twice", "an agreement takes effect twice", CONDITIONS, "if state.executed is not None:", "if False:"),
    Seeded("outsider", "an outsider's records are taken", FOLD,
           "if row.event.organisation not in state.terms.parties:", "if False:"),
    Seeded("proposed-after", "terms change after they took effect", FOLD,
           '    _before_execution(state, "a new version was proposed")\n', ""),
    Seeded("over-return", "more is returned than is owed", OBLIGATIONS, "if act.amount_count > still:", "if False:"),
    Seeded("over-payment", "more is paid than is owed", OBLIGATIONS, "if act.amount_count > debt.open:", "if False:"),
    Seeded("short-notice", "a recall needs no notice", FOLD, "if act.due_on < earliest:", "if False:"),
    Seeded("recall-by-borrower", "the borrower recalls", FOLD,
           "if leg.taker != row.event.organisation:\n        raise Wrong(\"not_yours\", f\"{act.leg} is owed",
           "if False:\n        raise Wrong(\"not_yours\", f\"{act.leg} is owed"),
    Seeded("late-for-nothing", "lateness costs nothing", OBLIGATIONS, "if act.late_use_count != cost:", "if False:"),
    Seeded("close-out-at-will", "what did not fail is closed out", OBLIGATIONS,
           'if act.reason != "event_of_default" and named - failed:', "if False:"),
    Seeded("price-at-will", "a close-out uses another price than agreed", OBLIGATIONS,
           "if agreed is not None and price != agreed:", "if False:"),
    Seeded("one-sided-debt", "only one book learns of a debt", MOVES,
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
                function = member.fget if isinstance(member, property) else member
                if isinstance(function, FunctionType) and not function.__closure__:
                    yield f"{name}.{inner}", function
