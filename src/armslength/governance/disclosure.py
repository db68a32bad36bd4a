"""Related-party disclosure: which transactions a rule asks about, with a row for each. It decides nothing, leaves nothing out.

Where a value is not stated, a row is given and says so: what is not known to be below a threshold is not below it.
"""

import tomllib
from functools import lru_cache
from importlib.resources import files

from armslength.governance.agreement import Agreement
from armslength.governance.approvals import interest_of, interested_heads, interested_holders
from armslength.governance.conditions import Conditions
from armslength.governance.interest import WHOLE, Interest
from armslength.governance.obligations import owed, owed_unit, status
from armslength.governance.presets import frozen
from armslength.model.disclosure import Disclosure, DisclosureRule
from armslength.model.terms import Party, Terms

CENTS = 100


@lru_cache(maxsize=1)
def rules() -> tuple[DisclosureRule, ...]:
    """Returns the rules that are known."""
    text = (files("armslength") / "data" / "disclosure.toml").read_text(encoding="utf-8")
    return tuple(DisclosureRule.model_validate(frozen(row)) for row in tomllib.loads(text)["rows"])


def disclosures(state: Agreement, found: Conditions, organisation: str) -> tuple[Disclosure, ...]:
    """Returns the rows of an agreement for one of its parties; none where no relation is declared.

    Args:
        state: the agreement.
        found: its conditions, judged on the day of the statement.
        organisation: party that would disclose.
    """
    standing = next((row for row in found.parties if row.party.organisation == organisation), None)
    if standing is None:
        return ()
    party = standing.party
    related = _related(state, party, found)
    if not related:
        return ()
    rows: list[Disclosure] = []
    for rule in rules():
        if rule.listed_only and not party.listed:
            continue
        value = _value(state.terms)
        if rule.threshold_cents_count is not None and value is not None and value <= rule.threshold_cents_count:
            continue
        if rule.by_person:
            rows += [_row(state, found, party, rule, person, ties) for person, ties in related]
        else:
            rows.append(_row(state, found, party, rule, None, tuple(tie for _, ties in related for tie in ties)))
    return tuple(rows)


def _related(state: Agreement, party: Party, found: Conditions) -> list[tuple[str, tuple[Interest, ...]]]:
    """Returns the party's directors, officers, holders and controllers who have an interest on another side, with it."""
    on = max(row.recorded_at.date() for row in state.versions)
    if state.executed is not None:
        on = max(on, state.executed.on)
    related = dict(interested_heads(state, party, on))
    for holder in interested_holders(state, party, on):
        ties = interest_of(state, party, holder, on)
        related.setdefault(holder, ties or (Interest(holder, (f"{holder} stands on the other side",), WHOLE),))
    standing = next(row for row in found.parties if row.party.organisation == party.organisation)
    if not related and standing.conflict != "none":
        words = (f"declared as a conflict of kind {standing.conflict}",)
        related[party.organisation] = (Interest(state.terms.parties[0], words, WHOLE),)
    return sorted(related.items())


def _row(
    state: Agreement,
    found: Conditions,
    party: Party,
    rule: DisclosureRule,
    person: str | None,
    ties: tuple[Interest, ...],
) -> Disclosure:
    terms, value = state.terms, _value(state.terms)
    share = max((tie.share for tie in ties), default=WHOLE)
    return Disclosure(
        rule=rule.id,
        organisation=party.organisation,
        agreement=state.id,
        status=status(state, refused=found.refused, ready=not found.unmet),
        counterparties=tuple(name for name in (*terms.parties, *terms.beneficiaries) if name != party.organisation),
        person=person,
        basis=" | ".join(dict.fromkeys([*_posts(state, party, person), *(str(tie) for tie in ties)])),
        description=_description(terms),
        nominal=_nominal(terms),
        value_cents_count=value,
        interest_cents_count=value * share // WHOLE if value is not None and person and share < WHOLE else None,
        outstanding=_outstanding(state, party.organisation),
        commitments=_commitments(state),
        settlement=_settlement(terms),
        approval=_approval(state, found),
        note=_note(rule, ties, value),
    )


def _posts(state: Agreement, party: Party, person: str | None) -> list[str]:
    """What a related person is at the organisation that would disclose."""
    kinds = dict.fromkeys(
        role.kind for role in state.register.roles if role.person == person and role.organisation == party.organisation
    )
    return [f"{person} is {' and '.join(kinds)} of {party.organisation}"] if kinds else []


def _value(terms: Terms) -> int | None:
    """Returns the larger of what the legs are worth and what is paid, hundredths; None where a leg's worth is not stated."""
    if any(leg.value_count is None for leg in terms.legs):
        return None
    legs = sum(leg.value_count or 0 for leg in terms.legs if leg.returns is None)
    return max(legs, sum(pay.amount_count for pay in terms.payments))


def _nominal(terms: Terms) -> bool:
    return not any(pay.reason in ("price", "settlement", "loan_fee") for pay in terms.payments)


def _description(terms: Terms) -> str:
    legs = [
        f"{leg.giver} gives {leg.taker} {_money(leg.amount_count, leg.unit)}"
        + (f" on {leg.due_on}" if leg.due_on else "")
        for leg in terms.legs
    ]
    paid = [f"{pay.payer} pays {pay.payee} {_money(pay.amount_count, pay.unit)}" for pay in terms.payments]
    return "; ".join([*legs, *(paid or ["nothing is paid"])])


def _settlement(terms: Terms) -> str:
    back = [leg for leg in terms.legs if leg.returns]
    kind = f"in kind, {len(back)} return leg{'s' if len(back) != 1 else ''}" if back else ""
    money = "in money" if terms.payments else ""
    return " and ".join(part for part in (kind, money) if part) or "none stated"


def _outstanding(state: Agreement, own: str) -> tuple[str, ...]:
    rows = []
    for debt in state.debts.values():
        if debt.open and own in (debt.payer, debt.payee):
            way = f"due to {debt.payee}" if debt.payer == own else f"due from {debt.payer}"
            day = f", by {debt.due_on}" if debt.due_on else ""
            rows.append(f"{way}: {_money(debt.open, debt.unit)} ({debt.reason}){day}")
    for leg in state.terms.legs:
        open_amount = state.open_amount(leg)
        if state.executed is not None and leg.returns and open_amount and own in (leg.giver, leg.taker):
            way = f"due to {leg.taker}" if leg.giver == own else f"due from {leg.giver}"
            due = state.due_on(leg)
            rows.append(
                f"{way}: {owed(leg, open_amount):,} {owed_unit(state.terms, leg)}" + (f", by {due}" if due else "")
            )
    return tuple(rows)


def _commitments(state: Agreement) -> tuple[str, ...]:
    if state.executed is None:
        return ()
    return tuple(
        f"{leg.giver} to deliver {_money(state.open_amount(leg), leg.unit)} to {leg.taker}"
        + (f" by {state.due_on(leg)}" if state.due_on(leg) else "")
        for leg in state.terms.legs
        if state.open_amount(leg)
    )


def _approval(state: Agreement, found: Conditions) -> str:
    policies = ", ".join(f"{row.party.organisation}: {row.party.policy.id}" for row in found.parties)
    if state.executed is None:
        return f"not in effect; policies {policies}"
    if state.after_the_fact:
        return f"RATIFIED AFTER THE FACT, executed {state.executed.on}; policies {policies}"
    return f"approved, executed {state.executed.on}; policies {policies}"


def _note(rule: DisclosureRule, ties: tuple[Interest, ...], value: int | None) -> str:
    notes = []
    if value is None:
        notes.append("the value of what moves is not stated, so nothing shows that it is small")
    least = rule.minor_share_micro_count
    if least is not None and ties and all(tie.share < least for tie in ties):
        notes.append("the interest is by shares below a tenth: counsel to say whether it is material")
    return "; ".join(notes)


def _money(amount: int, unit: str) -> str:
    return f"{amount / CENTS:,.2f} {unit.partition('/')[0]}" if unit.endswith("/2") else f"{amount:,} {unit}"
