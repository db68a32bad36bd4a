"""The no-detriment certificate: made from a plan, signed as a statement over the plan's digests, and checked afresh.

It says how each party fares with the deal and with its best realistic other option, as a checked plan has it. It cannot say that
the plan's inputs are true, nor that terms are at arm's length.
"""

import json
from collections.abc import Iterable
from datetime import date
from math import ceil, floor
from typing import Literal

from pydantic import ValidationError

from armslength.errors import InputError
from armslength.governance.agreement import Attested
from armslength.governance.presets import body_of, digest_of_all
from armslength.model.certificate import PREDICATE_TYPE, Certificate, PartyResult
from armslength.model.comparison import Comparison, Verdict
from armslength.model.terms import Proposal, Terms
from armslength.proof.note import read_verifier_key
from armslength.proof.statement import STATEMENT_TYPE, opened, statement
from armslength.units import SECONDS_PER_HOUR

CENTS = 100
ROUNDING_FRAC = 1e-6  # of the worth: what a verdict calls the same
ROWS_MOST = 60
METHOD = (
    "Worth of each party's own work in a plan of the deal against its worth in a plan of its own, or under its best listed "
    "other option; GPU-hours at the work's stated value or at the market price. OECD Transfer Pricing Guidelines 2022, "
    "1.38 and 9.27. Both plans proved to the gap stated, and checked by code that shares nothing with the planner."
)


def certificate_of(comparison: Comparison, terms: Terms, outputs: str, made_on: date) -> Certificate:
    """Returns what a plan says about the parties of an agreement that was taken from it.

    Args:
        comparison: the plan, with the run alone and the run with the deal.
        terms: the agreement; its ``plan`` names the deals taken.
        outputs: digest of plan.json.
        made_on: today.

    Raises:
        InputError: the plan lacks a run, or a party.
    """
    case = comparison.case
    deals = terms.plan.deals if terms.plan else ()
    run: Literal["as_agreed", "shared"] = "as_agreed" if set(deals) & {row.id for row in case.agreements} else "shared"
    verdicts = {row.organisation: row for row in comparison.verdicts if row.run == run}
    lacking = [name for name in terms.parties if name not in verdicts]
    if lacking:
        raise InputError(
            f"the plan has no verdict on {', '.join(lacking)} in the run {run.replace('_', ' ')}",
            hint="plan with the runs alone, as agreed and shared: `armslength plan CASE`",
        )
    plan = comparison.plan_of(run)
    results = tuple(_result(verdicts[name]) for name in terms.parties)
    return Certificate(
        case_id=case.id,
        inputs=f"sha256:{plan.case_digest}",
        outputs=outputs,
        legs=digest_of_all(terms.legs),
        deals=deals_of_run(comparison, run, terms.parties),
        run=run,
        as_of_on=case.as_of,
        made_on=made_on,
        currency=case.currency,
        results=results,
        alternatives=tuple(row.id for row in case.alternatives if row.organisation in terms.parties),
        comparables=tuple(
            f"{row.sku}: {row.market_price_per_gpu_hour:g} {case.currency} a GPU-hour from {row.from_on}"
            f" ({row.source or 'no source'})"
            for row in case.prices[:ROWS_MOST]
        ),
        method=METHOD,
        assumptions=tuple(row.text for row in case.assumptions[:ROWS_MOST]),
        tolerance_cents_count=max(_tolerance(verdicts[name]) for name in terms.parties),
        planner=f"armslength {plan.provenance.armslength_version}, {plan.provenance.solver}",
        gap=f"{plan.provenance.gap_frac:.2g}" if plan.provenance.proved else "not proved",
    )


def deals_of_run(comparison: Comparison, run: str, parties: Iterable[str]) -> tuple[str, ...]:
    """Returns the deals on which the parties' results rest, all together: those in which one of them takes part."""
    bound = set(parties)
    if run == "as_agreed":
        binding = [row for row in comparison.case.agreements if row.state in ("approved", "in_force", "ended")]
        return tuple(row.id for row in binding if bound & set(row.parties))
    return tuple(deal.id for deal in comparison.plan_of("shared").deals if {deal.giver, deal.taker} & bound)


def _result(row: Verdict) -> PartyResult:
    with_deal, baseline = floor(row.run_value * CENTS), ceil(row.alone_value * CENTS)
    short = baseline - with_deal
    return PartyResult(
        organisation=row.organisation,
        baseline=row.best_alternative or "standing alone",
        baseline_cents_count=baseline,
        with_deal_cents_count=with_deal,
        compensation_cents_count=short if short > _tolerance(row) else 0,
        usable_gpu_seconds=round(row.usable_gpu_hours * SECONDS_PER_HOUR),
    )


def _tolerance(row: Verdict) -> int:
    return ceil(CENTS * max(1.0, ROUNDING_FRAC * max(abs(row.alone_value), abs(row.run_value))))


def statement_of(certificate: Certificate) -> bytes:
    """Returns a certificate as an in-toto statement over the digests of its plan's inputs and outputs and of the legs."""
    subjects = {"inputs": certificate.inputs, "outputs": certificate.outputs, "legs": certificate.legs}
    return statement(subjects, PREDICATE_TYPE, body_of(certificate))


def attested(document: bytes | None, proposal: Proposal) -> Attested:
    """Returns the certificate in a signed envelope, and which of the proposal's signers stand behind it.

    Args:
        document: bytes of the envelope; None where they cannot be found.
        proposal: names the signers.
    """
    if document is None:
        return Attested(None, problem="the document itself is not in the books")
    try:
        keys = [read_verifier_key(row.key) for row in proposal.signers]
        payload, signers = opened(document, *keys)
        return _read(payload, signers)
    except InputError as error:
        return Attested(None, problem=error.message)


def _read(payload: bytes, signers: tuple[str, ...]) -> Attested:
    try:
        read = json.loads(payload)
        certificate = Certificate.model_validate_json(json.dumps(read["predicate"]))
        if (read["_type"], read["predicateType"]) != (STATEMENT_TYPE, PREDICATE_TYPE):
            return Attested(None, signers, "it is a statement of another kind")
        named = {row["name"]: f"sha256:{row['digest']['sha256']}" for row in read["subject"]}
    except (ValueError, KeyError, TypeError, ValidationError, RecursionError):
        return Attested(None, signers, "it is no no-detriment certificate of this version")
    if named != {"inputs": certificate.inputs, "outputs": certificate.outputs, "legs": certificate.legs}:
        return Attested(None, signers, "its subjects are not the digests it speaks of")
    return Attested(certificate, signers)


def flaws(found: Attested, proposal: Proposal, on: date, days_max: int | None) -> tuple[str, ...]:
    """Returns why a certificate does not carry a proposal, judged on a day; nothing when it does.

    Args:
        found: the certificate, with who signed it.
        proposal: the version it is to carry.
        on: day of the judgement; for terms with a day of effect in the past, that day is what it must be fresh for.
        days_max: oldest certificate that counts; any, when None.
    """
    if found.certificate is None:
        return (f"the certificate cannot be used: {found.problem}",)
    certificate, terms = found.certificate, proposal.terms
    wrong = []
    if not found.signers:
        wrong.append("the certificate is not signed by anybody the proposal names as signer")
    if terms.plan is None:
        wrong.append("the terms name no plan, so no certificate can belong to them")
    elif (certificate.inputs, certificate.outputs) != (terms.plan.inputs, terms.plan.outputs):
        wrong.append("the certificate was made from another plan than the terms")
    elif set(certificate.deals) - set(terms.plan.deals):
        rest = ", ".join(sorted(set(certificate.deals) - set(terms.plan.deals)))
        wrong.append(f"the certificate holds only together with {rest}, which the terms leave out")
    if certificate.legs != digest_of_all(terms.legs):
        wrong.append("the certificate speaks of other legs than the terms")
    wrong += _stale(certificate, terms, on, days_max)
    wrong += _short(certificate, terms)
    return tuple(wrong)


def _stale(certificate: Certificate, terms: Terms, on: date, days_max: int | None) -> list[str]:
    day = terms.effective_on if terms.effective_on is not None and terms.effective_on < on else on
    known = certificate.as_of_on or certificate.made_on
    if certificate.made_on > on:
        return [f"the certificate is dated {certificate.made_on}, after {on}"]
    if known > day:
        return [f"the certificate uses what was known by {known}; the deal takes effect on {day}: hindsight"]
    age = (day - known).days
    if days_max is not None and age > days_max:
        return [f"the certificate is as of {known}, {age} days before {day}; the policy takes {days_max} at most"]
    return []


def _short(certificate: Certificate, terms: Terms) -> list[str]:
    """Who would be worse off after what the terms pay, payers included."""
    unit = f"{certificate.currency}/2"
    net = dict.fromkeys(terms.parties, 0)
    for payment in terms.payments:
        if payment.unit == unit:
            net[payment.payee] = net.get(payment.payee, 0) + payment.amount_count
            net[payment.payer] = net.get(payment.payer, 0) - payment.amount_count
    results = {row.organisation: row for row in certificate.results}
    wrong = [f"the certificate says nothing of {name}" for name in terms.parties if name not in results]
    for name, row in sorted(results.items()):
        short = row.baseline_cents_count - row.with_deal_cents_count - net.get(name, 0)
        if short > certificate.tolerance_cents_count:
            wrong.append(
                f"{name} would be worse off by {short / CENTS:,.2f} {certificate.currency} than with {row.baseline}, "
                f"after payments of {net.get(name, 0) / CENTS:,.2f}"
            )
    return wrong
