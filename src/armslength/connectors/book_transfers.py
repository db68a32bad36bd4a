"""Payments under agreements, and what moves beside accelerators, to events in the books of both organisations."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from armslength.connectors.book_sheet import Act, Line, Sheet, credit, debit, told
from armslength.model import accounts
from armslength.model.agreement import Settlement
from armslength.model.case import Case
from armslength.model.transfer import Transfer
from armslength.units import SECONDS_PER_HOUR


def write_settlement(sheet: Sheet, case: Case, row: Settlement, on: date) -> None:
    """Writes a payment under an agreement."""
    amount = cents(row.amount_cost)
    if not amount:
        return
    name, unit = accounts.money(case.currency), accounts.money_unit(case.currency)
    acts = _gone(row.payer, row.payee, row.agreement, ((name, unit, amount),))
    body = told(row, agreement=row.agreement, settlement=row.id, giver=row.payer, taker=row.payee)
    sheet.add(f"settlement:{row.id}", on, "case.settlement", acts, body)


def write_transfer(sheet: Sheet, case: Case, row: Transfer, on: date) -> None:
    """Writes a transfer: posted when it is done, else recorded as what somebody says or wants."""
    under = row.agreement or row.id
    what = _what(case, row)
    body = told(
        row,
        transfer=row.id,
        name=row.name,
        kind=row.kind,
        state=row.state,
        giver=row.giver,
        taker=row.taker,
        beneficiary=row.beneficiary,
        agreement=row.agreement,
        instead_of=list(row.instead_of) or None,
        unit=what[1] if what else None,
        amount_count=what[2] if what else None,
        paid_count=None if row.paid_cost is None else cents(row.paid_cost),
        paid_unit=None if row.paid_cost is None else accounts.money_unit(case.currency),
    )
    if row.state != "done" or what is None:
        sheet.add(f"transfer:{row.id}", on, f"transfer.{row.state}", [Act(row.giver), Act(row.taker)], body)
        return
    moved = _due(row, under, what) if row.due_back_on else _gone(row.giver, row.taker, under, (what,))
    sheet.add(f"transfer:{row.id}", on, "transfer.done", _with_payment(case, row, under, moved), body)


def cents(amount_cost: float) -> int:
    """Returns money in hundredths, rounded once.

    >>> cents(0.1 + 0.2)
    30
    """
    return int((Decimal(repr(amount_cost)) * 100).to_integral_value(ROUND_HALF_EVEN))


def _what(case: Case, row: Transfer) -> tuple[str, str, int] | None:
    """Account, unit and amount of what moves; None where nobody says how much."""
    if row.moved_quantity is None:
        return None
    quantity = row.moved_quantity
    money = accounts.money_unit(case.currency)
    match row.unit:
        case "people":
            return "people/staff", "PEOPLE", int(quantity)
        case "licences":
            return f"data/{row.id}", f"LICENCE:{row.id}", int(quantity)
        case "frac":
            return f"equity/{row.giver}", f"EQUITY-ppm:{row.giver}", round(quantity * accounts.MICRO_SHARES)
        case "gpu_hours":
            sku = row.sku or ""
            return f"compute/{sku}", accounts.time_unit(sku), round(quantity * SECONDS_PER_HOUR)
        case "currency":
            name = accounts.money(case.currency) if row.kind == "money" else f"{row.kind}/{case.currency}"
            return name, money, cents(quantity)


def _gone(giver: str, taker: str, under: str, moved: tuple[tuple[str, str, int], ...]) -> tuple[Act, Act]:
    """Both sides of what goes for good."""
    gives: list[Line] = []
    takes: list[Line] = []
    for name, unit, amount in moved:
        gives += [debit(accounts.given(taker, under, unit), unit, amount), credit(name, unit, amount)]
        takes += [debit(name, unit, amount), credit(accounts.received(giver, under, unit), unit, amount)]
    return Act(giver, tuple(gives)), Act(taker, tuple(takes))


def _due(row: Transfer, under: str, what: tuple[str, str, int]) -> tuple[Act, Act]:
    """Both sides of what is to come back."""
    name, unit, amount = what
    due_from, due_to = accounts.due_from(row.taker, under, unit), accounts.due_to(row.giver, under, unit)
    return (
        Act(row.giver, (debit(due_from, unit, amount), credit(name, unit, amount))),
        Act(row.taker, (debit(name, unit, amount), credit(due_to, unit, amount))),
    )


def _with_payment(case: Case, row: Transfer, under: str, moved: tuple[Act, Act]) -> tuple[Act, Act]:
    """The two sides with what is paid for it the other way."""
    paid = cents(row.paid_cost or 0.0)
    if not paid:
        return moved
    name, unit = accounts.money(case.currency), accounts.money_unit(case.currency)
    takes, gives = _gone(row.taker, row.giver, under, ((name, unit, paid),))
    return Act(row.giver, moved[0].lines + gives.lines), Act(row.taker, moved[1].lines + takes.lines)
