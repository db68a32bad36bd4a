"""An agreement in a terminal: what is proposed, what each side still needs, what moved and what is owed. Plain text in a pipe."""

import json
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from armslength.governance.agreement import Agreement, Attested
from armslength.governance.approvals import PartyStanding
from armslength.governance.conditions import Conditions
from armslength.governance.obligations import owed_unit, status
from armslength.governance.presets import digest_of
from armslength.model.disclosure import Disclosure
from armslength.model.governance import Policy

SHORT = 19  # letters of a digest: `sha256:` and twelve of 64
CENTS = 100


def agreement_lines(state: Agreement, found: Conditions, evidence: dict[str, Attested]) -> list[str]:
    """Returns what to say of an agreement, in lines."""
    terms = state.terms
    head = f"{terms.name or terms.id} ({terms.kind.replace('_', ' ')}): {_status(state, found)}"
    lines = [head, f"  version {len(state.versions)}, {state.version.digest}"]
    if terms.text:
        lines.append(f"  {terms.text}")
    lines += ["", "Terms", *_terms(state)]
    for row in found.parties:
        lines += ["", *_party(state, row)]
    if state.executed is None:
        lines += ["", *_missing(found)]
    lines += _certificate(evidence)
    if found.warnings:
        lines += ["", "Note", *(f"  {words}" for words in found.warnings)]
    lines += _after(state)
    if state.polls:
        lines += ["", "Polls (kept; they approve nothing)", *(f"  {words}" for words in _polls(state))]
    if state.findings:
        lines += ["", "Records that broke a rule where they stand, and changed nothing"]
        lines += [f"  record {row.sequence}: {row.code}: {row.text}" for row in state.findings]
    return lines


def _status(state: Agreement, found: Conditions) -> str:
    word = status(state, refused=found.refused, ready=not found.unmet)
    if state.executed is None:
        return f"{word}; nothing has taken effect"
    label = "RATIFIED AFTER THE FACT" if state.after_the_fact else "approved before"
    return f"{word}; took effect {state.executed.effective_at.date()}, recorded {state.executed.on} ({label})"


def _terms(state: Agreement) -> list[str]:
    terms = state.terms
    lines = []
    for leg in terms.legs:
        due = state.due_on(leg)
        when = f", due {due}" if due else (", on recall" if leg.returns else "")
        what = f"{leg.giver} → {leg.taker}: {money(leg.amount_count, leg.unit)} of {leg.from_account}{when}"
        if leg.returns:
            factor = leg.equivalent
            rate = f" at {factor.numerator_count}:{factor.denominator_count}" if factor else ""
            what += f"; returns {leg.returns}{rate}"
        lines.append(f"  {leg.id}: {what}")
    lines += [
        f"  {pay.id}: {pay.payer} pays {pay.payee} {money(pay.amount_count, pay.unit)} ({pay.reason.replace('_', ' ')})"
        for pay in terms.payments
    ]
    if terms.beneficiaries:
        lines.append(f"  others who gain: {', '.join(terms.beneficiaries)}")
    if terms.effective_on:
        lines.append(f"  takes effect on {terms.effective_on}")
    if terms.conditions:
        lines.append(f"  conditioned on {' and '.join(name.replace('_', ' ') for name in terms.conditions)}")
    return lines or ["  nothing moves"]


def _party(state: Agreement, row: PartyStanding) -> list[str]:
    party = row.party
    conflict = {
        "none": "no conflict is declared",
        "director": "a director or officer has an interest on another side",
        "controller": "whoever is at the head of one side stands on another",
    }.get(row.conflict, row.conflict)
    lines = [
        f"{party.organisation}: {party.policy.name} ({party.policy.id}, {digest_of(party.policy)[:SHORT]}); {conflict}"
    ]
    recused = [r.act.person for r in state.recusals if r.organisation == party.organisation]
    if recused:
        lines.append(f"  stood aside: {', '.join(dict.fromkeys(recused))}")
    lines += [f"  {'met' if need.met else 'open'}: {need.words}" for need in row.needs]
    for need in row.needs:
        if need.counted:
            lines.append(f"  counted: {', '.join(need.counted)}")
    counted = {person for need in row.needs for person in need.counted}
    # Who has approved this version too need not be reminded of an older one.
    lines += [f"  does not count: {person}: {why}" for person, why in row.discounted if person not in counted]
    noes = [
        r.act.person for r in state.refusals if r.organisation == party.organisation and _now(state, r.act.proposal)
    ]
    if noes:
        lines.append(f"  said no: {', '.join(noes)}")
    return lines


def _now(state: Agreement, digest: str) -> bool:
    return digest == state.version.digest


def _missing(found: Conditions) -> list[str]:
    if not found.unmet:
        return ["All conditions are met: `armslength agree execute` makes it take effect."]
    return [f"Still missing ({len(found.unmet)})", *(f"  {words}" for words in found.unmet)]


def _certificate(evidence: dict[str, Attested]) -> list[str]:
    lines: list[str] = []
    for digest, attested in evidence.items():
        lines += ["", f"Certificate {digest[:SHORT]}"]
        found = attested.certificate
        if found is None:
            lines.append(f"  cannot be used: {attested.problem}")
            continue
        day = f"as of {found.as_of_on}" if found.as_of_on else "with all that was known"
        lines.append(
            f"  {day}, made {found.made_on}, signed by {', '.join(attested.signers) or 'nobody named as signer'}"
        )
        for row in found.results:
            change = (row.with_deal_cents_count - row.baseline_cents_count) / CENTS
            if abs(row.with_deal_cents_count - row.baseline_cents_count) <= found.tolerance_cents_count:
                lines.append(f"  {row.organisation}: no better and no worse than {row.baseline}, before payments")
                continue
            need = f"; needs {row.compensation_cents_count / CENTS:,.2f}" if row.compensation_cents_count else ""
            lines.append(
                f"  {row.organisation}: {change:+,.2f} {found.currency} against {row.baseline}, before payments{need}"
            )
        lines.append(f"  rests on {', '.join(found.deals)}; {len(found.assumptions)} assumptions; gap {found.gap}")
    return lines


def _after(state: Agreement) -> list[str]:
    if state.executed is None:
        return []
    lines = ["", "Delivered and owed"]
    for leg in state.terms.legs:
        rest = state.open_amount(leg)
        done = state.delivered.get(leg.id, 0)
        word = "closed out in money" if leg.id in state.closed else (f"{rest:,} open" if rest else "done")
        due = state.due_on(leg)
        when = f", due {due}" if due and rest else ""
        lines.append(f"  {leg.id}: {done:,} of {leg.amount_count:,} {leg.unit}, {word}{when}")
    for debt in state.debts.values():
        rest_paid = f"{money(debt.open, debt.unit)} open" if debt.open else "paid"
        lines.append(
            f"  {debt.id}: {debt.payer} owes {debt.payee} {money(debt.amount, debt.unit)} ({debt.reason.replace('_', ' ')}),"
            f" {rest_paid}"
        )
    lines += [f"  failed: {row.act.leg}, {row.act.missing_count:,} missing on {row.on}" for row in state.failures]
    for unit in sorted({owed_unit(state.terms, leg) for leg in state.terms.legs if leg.returns}):
        rest = sum(
            state.open_amount(leg) for leg in state.terms.legs if leg.returns and owed_unit(state.terms, leg) == unit
        )
        lines.append(f"  to be returned in {unit}: {f'{rest:,}' if rest else 'nothing; residual 0'}")
    return lines


def _polls(state: Agreement) -> Iterable[str]:
    for row in state.polls:
        act = row.act
        share = f"{act.for_micro_count / 10_000:g} % for" if act.for_micro_count is not None else ""
        count = f"{act.for_count:,} for, {act.against_count or 0:,} against" if act.for_count is not None else ""
        yield f"{row.on}: {act.question} ({act.asked}): {', '.join(part for part in (count, share) if part) or 'no figures'}"


def money(amount: int, unit: str) -> str:
    """Returns an amount of money for people, from hundredths."""
    return f"{amount / CENTS:,.2f} {unit.partition('/')[0]}" if unit.endswith("/2") else f"{amount:,} {unit}"


def print_lines(lines: Iterable[str], console: Console) -> None:
    """Prints lines as they are; a head is bold in a terminal."""
    for line in lines:
        style = "bold" if line and not line.startswith(" ") else ""
        console.print(Text(line, style=style), soft_wrap=True)


def agreement_json(state: Agreement, found: Conditions, evidence: dict[str, Attested]) -> str:
    """Returns an agreement for machines."""
    document = {
        "agreement": state.id,
        "status": status(state, refused=found.refused, ready=not found.unmet),
        "version": state.version.digest,
        "versions": len(state.versions),
        "after_the_fact": state.after_the_fact,
        "executed_on": state.executed.on.isoformat() if state.executed else None,
        "terms": state.terms.model_dump(mode="json", exclude_defaults=True),
        "unmet": list(found.unmet),
        "warnings": list(found.warnings),
        "parties": [
            {
                "organisation": row.party.organisation,
                "policy": row.party.policy.id,
                "policy_digest": digest_of(row.party.policy),
                "conflict": row.conflict,
                "ready": row.ready,
                "needs": [{"met": need.met, "words": need.words, "counted": list(need.counted)} for need in row.needs],
                "does_not_count": [{"person": person, "why": why} for person, why in row.discounted],
            }
            for row in found.parties
        ],
        "open": {leg.id: state.open_amount(leg) for leg in state.terms.legs},
        "debts": [
            {"id": d.id, "payer": d.payer, "payee": d.payee, "unit": d.unit, "amount": d.amount, "open": d.open}
            for d in state.debts.values()
        ],
        "certificates": [
            {"digest": digest, "signers": list(row.signers), "problem": row.problem} for digest, row in evidence.items()
        ],
        "findings": [{"record": row.sequence, "code": row.code, "text": row.text} for row in state.findings],
    }
    return json.dumps(document, indent=2)


def disclosure_lines(rows: Iterable[Disclosure], names: dict[str, str]) -> list[str]:
    """Returns rows of disclosure, each as a block of lines."""
    lines: list[str] = []
    for row in rows:
        value = "not stated" if row.value_cents_count is None else f"{row.value_cents_count / CENTS:,.2f}"
        lines += [
            f"{names[row.rule]}: {row.organisation}, {row.agreement} ({row.status})",
            f"  with: {', '.join(row.counterparties)}",
            *([f"  related person: {row.person}"] if row.person else []),
            f"  basis: {row.basis}",
            f"  what: {row.description}",
            f"  value: {value}" + ("; no price is stated for what moves" if row.nominal else ""),
            f"  settled: {row.settlement}",
            *(f"  outstanding: {words}" for words in row.outstanding),
            *(f"  commitment: {words}" for words in row.commitments),
            f"  {row.approval}",
            *([f"  to weigh: {row.note}"] if row.note else []),
            "",
        ]
    return lines


def policies_table(rows: Iterable[Policy]) -> Table:
    """Returns the policies as a table, strictest first."""
    table = Table(box=None, pad_edge=False)
    for head in ("Policy", "Name", "Conflicts", "Where", "Asks"):
        table.add_column(head, no_wrap=head == "Policy")
    for row in rows:
        asks = ", ".join(need.body for need in row.needs) if row.binding else "approves nothing"
        table.add_row(
            row.id,
            row.name,
            ", ".join(row.fits_conflicts) or "-",
            ", ".join(row.fits_jurisdictions) or "anywhere",
            asks,
        )
    return table


def policy_lines(row: Policy) -> list[str]:
    """Returns a policy in full."""
    age = row.certificate_days_max
    return [
        f"{row.name} ({row.id})",
        f"  {row.text}",
        f"  digest: {digest_of(row)}",
        *(
            f"  needs: {need.body}"
            + (", most of the disinterested" if need.majority else "")
            + (f", at least {need.approvals_count_min}" if need.body != "stockholders" else f", {need.basis}")
            for need in row.needs
        ),
        f"  independent approvers: {'yes' if row.independent else 'no'}; recusal: {'yes' if row.recusal else 'no'}",
        f"  certificate: {'not asked for' if age is None else f'at most {age} days old'}",
        *([f"  attached: {', '.join(row.evidence)}"] if row.evidence else []),
        *(f"  source ({source.confidence}): {source.title}" for source in row.sources),
    ]
