"""A no-detriment certificate from plan.json, which is not believed: plans are checked and verdicts worked out again."""

from datetime import date
from time import perf_counter

from armslength.errors import InputError, Problem
from armslength.governance.certificate import certificate_of, statement_of
from armslength.model.certificate import Certificate
from armslength.model.comparison import Comparison
from armslength.model.digest import case_digest
from armslength.model.plan import Plan
from armslength.model.terms import Terms
from armslength.planner.alternatives import best_alternatives
from armslength.planner.check import check
from armslength.planner.effort import Effort
from armslength.planner.verdict import agreed_settlements, verdicts
from armslength.proof.note import SigningKey
from armslength.proof.statement import envelope
from armslength.units import MONEY_TOLERANCE

AGAIN = "plan again: `armslength plan CASE`"
WORTH_FRAC = 1e-6


def certificate(comparison: Comparison, terms: Terms, outputs: str, made_on: date) -> Certificate:
    """Returns the certificate of terms taken from a plan, after checking the plan afresh.

    Raises:
        InputError: the plan lacks a run, was edited so that it breaks a rule, or says another verdict than follows from it.
    """
    _refuse_doubtful(comparison)
    return certificate_of(comparison, terms, outputs, made_on)


def signed(found: Certificate, *keys: SigningKey) -> bytes:
    """Returns a certificate in an envelope with signatures."""
    return envelope(statement_of(found), *keys)


def _refuse_doubtful(comparison: Comparison) -> None:
    case, digest = comparison.case, case_digest(comparison.case)
    plans: dict[str, Plan] = {plan.run: plan for plan in comparison.plans}
    alone = plans.get("alone")
    if alone is None:
        raise InputError("the plan has no run alone, so there is nothing to compare with", hint=AGAIN)
    found = [
        Problem(run, "it was made from another case than the one that stands beside it", AGAIN)
        for run, plan in plans.items()
        if plan.case_digest != digest
    ]
    for run, plan in plans.items():
        broken = [row for row in check(case, plan, alone) if row.severity == "error"]
        found += [Problem(f"{run}: {row.place}", row.message, row.hint) for row in broken]
    if not found:
        found += _other_verdicts(comparison, plans, alone)
    if found:
        raise InputError("no certificate: this plan does not stand up to a second look", hint=AGAIN, problems=found)


def _other_verdicts(comparison: Comparison, plans: dict[str, Plan], alone: Plan) -> list[Problem]:
    """Returns where the verdicts of a plan are not those that follow from its runs."""
    case = comparison.case
    effort = Effort(1e-3, None, alone.strict_gangs, perf_counter, lambda _: None)
    options = best_alternatives(case, alone, effort)
    found = []
    for row in comparison.verdicts:
        plan = plans.get(row.run)
        if plan is None:
            found.append(Problem(row.run, "a verdict on a run that is not there"))
            continue
        paid = agreed_settlements(case) if row.run == "as_agreed" else {row.organisation: row.settlement_value}
        again = next(
            one for one in verdicts(case, row.run, alone, plan, paid, options) if one.organisation == row.organisation
        )
        pairs = ((row.alone_value, again.alone_value), (row.run_value, again.run_value))
        if any(abs(one - other) > MONEY_TOLERANCE + WORTH_FRAC * abs(other) for one, other in pairs):
            found.append(Problem(f"{row.run}: {row.organisation}", "the verdict is not what follows from the plans"))
    return found
