"""What is owed after an agreement took effect: delivery and return, lateness, failure, close-out and netting. Whole numbers only.

The words are those of securities lending (GMSLA 2010): return 8.2, recall 8.1, failure to deliver and mini close-out 9, events of
default 10, close-out netting 11. A step returns the new state, or why it cannot be.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from armslength.governance.agreement import Agreement, Debt, Entered
from armslength.model.acts import ClosedOut, Delivery, Failure, Paid
from armslength.model.terms import Terms, TermsLeg
from armslength.units import HOURS_PER_DAY, SECONDS_PER_HOUR

HOUR_SECONDS = int(SECONDS_PER_HOUR)
DAY_HOURS = int(HOURS_PER_DAY)


def legs_at_execution(terms: Terms, effective_on: date) -> tuple[TermsLeg, ...]:
    """Returns the legs that are delivered as the agreement takes effect: those due, and those with no day, unless they return."""
    return tuple(
        leg
        for leg in terms.legs
        if (leg.due_on is not None and leg.due_on <= effective_on) or (leg.due_on is None and leg.returns is None)
    )


def owed_unit(terms: Terms, leg: TermsLeg) -> str:
    """Returns the unit in which a leg's debt stands: that of what it returns."""
    return next((row.unit for row in terms.legs if row.id == leg.returns), leg.unit)


def converted(leg: TermsLeg, amount: int) -> int | None:
    """Returns what an amount of a leg counts for in the unit of its debt, or None where it does not come out whole."""
    if leg.equivalent is None:
        return amount
    whole, rest = divmod(amount * leg.equivalent.numerator_count, leg.equivalent.denominator_count)
    return None if rest else whole


def owed(leg: TermsLeg, amount: int) -> int:
    """Returns what an open amount of a leg is in the unit of its debt, rounded up: nothing owed is lost."""
    if leg.equivalent is None:
        return amount
    return -(-amount * leg.equivalent.numerator_count // leg.equivalent.denominator_count)


def is_returned(terms: Terms, leg: TermsLeg) -> bool:
    """Whether another leg returns this one, so that it is owed back until then."""
    return any(row.returns == leg.id for row in terms.legs)


def late_use_count(state: Agreement, leg: TermsLeg, amount: int, on: date) -> int:
    """Returns what a late return costs by the terms: units owed x hours late x price of an hour, in money's smallest part."""
    due = state.due_on(leg)
    if leg.returns is None or state.terms.late_use is None or due is None or on <= due:
        return 0
    return owed(leg, amount) * (on - due).days * DAY_HOURS * state.terms.late_use.price_per_hour_count


def make_whole_count(lost_gpu_seconds: int, price_per_hour_count: int, costs_count: int = 0) -> int:
    """Returns what puts a lender where it would have been: lost use at a comparable price, and its costs, rounded up.

    Args:
        lost_gpu_seconds: use lost.
        price_per_hour_count: price of a GPU-hour, in money's smallest part.
        costs_count: costs caused, in money's smallest part.

    >>> make_whole_count(3600 * 100, 285)
    28500
    """
    if min(lost_gpu_seconds, price_per_hour_count, costs_count) < 0:
        raise ValueError("lost use, price and costs are not negative")
    return -(-lost_gpu_seconds * price_per_hour_count // HOUR_SECONDS) + costs_count


def apply_execution(state: Agreement, effective_on: date) -> Agreement:
    """Returns the state with the payments owed and the legs delivered that are due at once."""
    terms = state.terms
    debts = {
        pay.id: Debt(pay.id, pay.payer, pay.payee, pay.unit, pay.amount_count, pay.due_on, pay.reason)
        for pay in terms.payments
    }
    delivered = {leg.id: leg.amount_count for leg in legs_at_execution(terms, effective_on)}
    return replace(state, debts=debts, delivered=delivered)


def apply_delivery(state: Agreement, row: Entered[Delivery]) -> Agreement | str:
    """Returns the state after a leg, or a part of it, was delivered, or why it cannot be."""
    act, on = row.act, row.effective_at.date()
    leg = state.leg(act.leg)
    assert leg is not None
    still = state.open_amount(leg)
    if act.amount_count > still:
        return f"{act.amount_count:,} of {leg.id} would be delivered, {still:,} are owed"
    if converted(leg, act.amount_count) is None:
        return f"{act.amount_count:,} of {leg.id} do not convert into whole units of {owed_unit(state.terms, leg)}"
    if row.effective_at > row.recorded_at:
        return f"{leg.id} would be delivered in the future"
    cost = late_use_count(state, leg, act.amount_count, on)
    if act.late_use_count != cost:
        return f"{leg.id} is late by its terms for {cost:,}, not {act.late_use_count:,}"
    debts = dict(state.debts)
    if cost and state.terms.late_use is not None:
        debt = Debt(
            f"late-{leg.id}-{row.sequence}", leg.giver, leg.taker, state.terms.late_use.unit, cost, None, "late use"
        )
        debts[debt.id] = debt
    delivered = {**state.delivered, leg.id: state.delivered.get(leg.id, 0) + act.amount_count}
    return replace(state, deliveries=(*state.deliveries, row), delivered=delivered, debts=debts)


def apply_paid(state: Agreement, act: Paid) -> Agreement | str:
    """Returns the state after a payment, or a part of it, was made, or why it cannot be."""
    debt = state.debts[act.payment]
    if act.amount_count > debt.open:
        return f"{act.amount_count:,} of {debt.id} would be paid, {debt.open:,} are owed"
    paid = replace(debt, paid=debt.paid + act.amount_count)
    return replace(state, debts={**state.debts, debt.id: paid})


def apply_failure(state: Agreement, row: Entered[Failure]) -> Agreement | str:
    """Returns the state after a leg was not delivered when due, or why that cannot be said."""
    leg = state.leg(row.act.leg)
    assert leg is not None
    due = state.due_on(leg)
    if due is None or row.recorded_at.date() <= due:
        return f"{leg.id} is due on {due}" if due else f"{leg.id} has no day on which it is due; recall it first"
    if row.act.missing_count != state.open_amount(leg):
        return f"{state.open_amount(leg):,} of {leg.id} are missing, not {row.act.missing_count:,}"
    return replace(state, failures=(*state.failures, row))


def apply_close_out(state: Agreement, row: Entered[ClosedOut]) -> Agreement | str:
    """Returns the state after debts in kind became debts in money, or why they cannot."""
    wrong = close_out_flaw(state, row.act, row.organisation)
    if wrong:
        return wrong
    debts = dict(state.debts)
    for debt in close_out_debts(state, row.act):
        debts[debt.id] = debt
    if row.act.reason == "event_of_default":
        debts = netted(debts)
    closed = state.closed | set(row.act.legs)
    return replace(state, close_outs=(*state.close_outs, row), closed=closed, debts=debts)


def close_out_flaw(state: Agreement, act: ClosedOut, organisation: str) -> str:
    """Returns why a close-out cannot be, or an empty string."""
    failed = {row.act.leg for row in state.failures if row.organisation == organisation}
    open_legs = {leg.id for leg in state.terms.legs if state.open_amount(leg)}
    named = set(act.legs)
    if named - open_legs:
        return f"nothing of {', '.join(sorted(named - open_legs))} is owed"
    if act.reason != "event_of_default" and named - failed:
        return f"{', '.join(sorted(named - failed))} did not fail, or is not owed to {organisation}: `agree fail` first"
    if act.reason == "event_of_default" and not failed:
        return f"nothing owed to {organisation} has failed, so it cannot close out all"
    if act.reason == "event_of_default" and named != open_legs:
        return f"after a default all open legs are closed out together: {', '.join(sorted(open_legs))}"
    for leg in _legs(state, act.legs):
        unit = owed_unit(state.terms, leg)
        agreed = state.terms.close_out_price_count.get(unit)
        price = act.prices_count.get(unit)
        if price is None or price < 0:
            return f"no price for {unit}"
        if agreed is not None and price != agreed:
            return f"the price of {unit} was agreed at {agreed:,}, not {price:,}"
        if agreed is None and act.evidence is None:
            return f"no price of {unit} was agreed, so the one used needs evidence"
    return ""


def close_out_debts(state: Agreement, act: ClosedOut) -> tuple[Debt, ...]:
    """Returns the debts in money that take the place of debts in kind."""
    found = []
    for leg in _legs(state, act.legs):
        amount = owed(leg, state.open_amount(leg)) * act.prices_count[owed_unit(state.terms, leg)]
        if amount:
            unit = f"{act.currency}/2"
            found.append(Debt(f"close-out-{leg.id}", leg.giver, leg.taker, unit, amount, None, act.reason))
    return tuple(found)


def netting(debts: Iterable[Debt]) -> dict[tuple[str, str, str], int]:
    """Returns what may be set off: (one, other, unit), in order of name, with the smaller of what they owe each other."""
    total: dict[tuple[str, str, str], int] = defaultdict(int)
    for debt in debts:
        total[debt.payer, debt.payee, debt.unit] += debt.open
    return {
        (one, other, unit): min(amount, total[other, one, unit])
        for (one, other, unit), amount in sorted(total.items())
        if one < other and min(amount, total.get((other, one, unit), 0)) > 0
    }


def netted(debts: dict[str, Debt]) -> dict[str, Debt]:
    """Returns debts after what two owe each other has been set off, oldest first."""
    new = dict(debts)
    for (one, other, unit), amount in netting(debts.values()).items():
        for payer, payee in ((one, other), (other, one)):
            rest = amount
            for debt in [row for row in new.values() if (row.payer, row.payee, row.unit) == (payer, payee, unit)]:
                part = min(rest, debt.open)
                new[debt.id] = replace(debt, paid=debt.paid + part)
                rest -= part
    return new


def _legs(state: Agreement, names: Iterable[str]) -> list[TermsLeg]:
    return [leg for name in names if (leg := state.leg(name)) is not None]


def status(state: Agreement, *, refused: bool = False, ready: bool = False) -> str:
    """Returns how far an agreement has come, in one word of the house."""
    if not state.versions:
        return "nothing proposed"
    if state.executed is None:
        return "rejected" if refused else ("approved" if ready else "proposed")
    if any(state.open_amount(leg) for leg in state.terms.legs) or any(debt.open for debt in state.debts.values()):
        return "in force"
    return "closed out" if state.closed else "ended"
