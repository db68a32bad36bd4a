"""What an agreement moves in the private books of its parties: entries that mirror each other, for execution and each later step.

What one party has due from another stands as due to the first in the other's book, by the same amount, in the same group. A leg
that another returns is owed back; a leg that returns takes from what is owed; any other is given for good.
"""

from dataclasses import dataclass
from datetime import date

from armslength.governance.agreement import Agreement, Debt
from armslength.governance.obligations import (
    close_out_debts,
    converted,
    is_returned,
    legs_at_execution,
    netting,
    owed,
    owed_unit,
)
from armslength.model.accounts import due_from, due_to, exchange, given, money, received
from armslength.model.acts import ClosedOut, Delivery, Paid
from armslength.model.book import Entry, Side
from armslength.model.terms import TermsLeg


@dataclass(frozen=True, slots=True)
class Line:
    """One side of a movement, with the unit of its account."""

    account: str
    side: Side
    amount: int
    unit: str

    @property
    def entry(self) -> Entry:
        """The entry as the ledger takes it."""
        return Entry(account=self.account, side=self.side, amount_count=self.amount)


@dataclass(frozen=True, slots=True)
class Move:
    """What one event posts in one party's private book.

    Attributes:
        name: a short name, unique among the moves of one step in one book.
        clears: accounts on which it settles what is open on the other side.
    """

    organisation: str
    name: str
    lines: tuple[Line, ...]
    clears: tuple[str, ...] = ()


def execution_moves(state: Agreement, effective_on: date) -> tuple[Move, ...]:
    """Returns what the execution moves: the legs due at once, and the payments as debts."""
    moves = [
        move for leg in legs_at_execution(state.terms, effective_on) for move in leg_moves(state, leg, leg.amount_count)
    ]
    for pay in state.terms.payments:
        moves += debt_moves(state.id, Debt(pay.id, pay.payer, pay.payee, pay.unit, pay.amount_count, None, pay.reason))
    return tuple(moves)


def delivery_moves(state: Agreement, act: Delivery) -> tuple[Move, ...]:
    """Returns what a delivery or return moves, with the debt for lateness if there is one."""
    leg = state.leg(act.leg)
    assert leg is not None
    moves = leg_moves(state, leg, act.amount_count)
    late = state.terms.late_use
    if act.late_use_count and late is not None:
        moves += debt_moves(
            state.id, Debt(f"late-{leg.id}", leg.giver, leg.taker, late.unit, act.late_use_count, None, "late use")
        )
    return tuple(moves)


def leg_moves(state: Agreement, leg: TermsLeg, amount: int) -> list[Move]:
    """Returns the two mirrored postings of a leg, or of a part of it."""
    gives = Line(leg.from_account, "credit", amount, leg.unit)
    takes = Line(leg.to_account, "debit", amount, leg.unit)
    name = f"leg-{leg.id}"
    if leg.returns is not None:
        return _returning(state, leg, amount, gives, takes, name)
    if is_returned(state.terms, leg):
        ours = due_from(leg.taker, state.id, leg.unit)
        theirs = due_to(leg.giver, state.id, leg.unit)
        # Where the return came first, the debt stands on the other side already.
        return [
            Move(leg.giver, name, (gives, Line(ours, "debit", amount, leg.unit)), (ours,)),
            Move(leg.taker, name, (takes, Line(theirs, "credit", amount, leg.unit)), (theirs,)),
        ]
    ours, theirs = given(leg.taker, state.id, leg.unit), received(leg.giver, state.id, leg.unit)
    return [
        Move(leg.giver, name, (gives, Line(ours, "debit", amount, leg.unit))),
        Move(leg.taker, name, (takes, Line(theirs, "credit", amount, leg.unit))),
    ]


def _returning(state: Agreement, leg: TermsLeg, amount: int, gives: Line, takes: Line, name: str) -> list[Move]:
    unit = owed_unit(state.terms, leg)
    counts = converted(leg, amount)
    assert counts is not None
    ours, theirs = due_to(leg.taker, state.id, unit), due_from(leg.giver, state.id, unit)
    giver = [gives, Line(ours, "debit", counts, unit)]
    taker = [takes, Line(theirs, "credit", counts, unit)]
    if unit != leg.unit:
        # Two units never balance each other: each balances on an account of exchange.
        there, here = exchange(state.id, leg.unit), exchange(state.id, unit)
        giver += [Line(there, "debit", amount, leg.unit), Line(here, "credit", counts, unit)]
        taker += [Line(there, "credit", amount, leg.unit), Line(here, "debit", counts, unit)]
    return [Move(leg.giver, name, tuple(giver), (ours,)), Move(leg.taker, name, tuple(taker), (theirs,))]


def debt_moves(agreement: str, debt: Debt) -> list[Move]:
    """Returns how a debt in money comes to stand in both books."""
    ours, theirs = due_to(debt.payee, agreement, debt.unit), due_from(debt.payer, agreement, debt.unit)
    gone, come = given(debt.payee, agreement, debt.unit), received(debt.payer, agreement, debt.unit)
    amount, unit = debt.amount, debt.unit
    return [
        Move(debt.payer, f"owe-{debt.id}", (Line(gone, "debit", amount, unit), Line(ours, "credit", amount, unit))),
        Move(debt.payee, f"owe-{debt.id}", (Line(theirs, "debit", amount, unit), Line(come, "credit", amount, unit))),
    ]


def paid_moves(state: Agreement, act: Paid) -> tuple[Move, ...]:
    """Returns how a payment moves money and takes from the debt in both books."""
    debt = state.debts[act.payment]
    cash = money(debt.unit.partition("/")[0])
    ours, theirs = due_to(debt.payee, state.id, debt.unit), due_from(debt.payer, state.id, debt.unit)
    amount, unit, name = act.amount_count, debt.unit, f"pay-{debt.id}"
    return (
        Move(debt.payer, name, (Line(ours, "debit", amount, unit), Line(cash, "credit", amount, unit)), (ours,)),
        Move(debt.payee, name, (Line(cash, "debit", amount, unit), Line(theirs, "credit", amount, unit)), (theirs,)),
    )


def close_out_moves(state: Agreement, act: ClosedOut) -> tuple[Move, ...]:
    """Returns how debts in kind become debts in money and, after a default, how these are set off."""
    moves: list[Move] = []
    new = {debt.id: debt for debt in close_out_debts(state, act)}
    for name in act.legs:
        leg = state.leg(name)
        assert leg is not None
        debt = new.get(f"close-out-{leg.id}")
        moves += _closing(state, leg, debt)
    if act.reason == "event_of_default":
        moves += _setting_off(state, {**state.debts, **new})
    return tuple(moves)


def _closing(state: Agreement, leg: TermsLeg, debt: Debt | None) -> list[Move]:
    if leg.returns is None:
        # Nothing was given for it in kind yet: only the claim in money comes to stand.
        return debt_moves(state.id, debt) if debt else []
    unit = owed_unit(state.terms, leg)
    amount = owed(leg, state.open_amount(leg))
    ours, theirs = due_to(leg.taker, state.id, unit), due_from(leg.giver, state.id, unit)
    here = exchange(state.id, unit)
    giver = [Line(ours, "debit", amount, unit), Line(here, "credit", amount, unit)]
    taker = [Line(theirs, "credit", amount, unit), Line(here, "debit", amount, unit)]
    if debt:
        there = exchange(state.id, debt.unit)
        owes, due = due_to(leg.taker, state.id, debt.unit), due_from(leg.giver, state.id, debt.unit)
        giver += [Line(there, "debit", debt.amount, debt.unit), Line(owes, "credit", debt.amount, debt.unit)]
        taker += [Line(due, "debit", debt.amount, debt.unit), Line(there, "credit", debt.amount, debt.unit)]
    name = f"close-{leg.id}"
    return [Move(leg.giver, name, tuple(giver), (ours,)), Move(leg.taker, name, tuple(taker), (theirs,))]


def _setting_off(state: Agreement, debts: dict[str, Debt]) -> list[Move]:
    moves = []
    for (one, other, unit), amount in netting(debts.values()).items():
        for mine, theirs in ((one, other), (other, one)):
            owes, due = due_to(theirs, state.id, unit), due_from(theirs, state.id, unit)
            lines = (Line(owes, "debit", amount, unit), Line(due, "credit", amount, unit))
            moves.append(Move(mine, f"net-{theirs}-{unit.partition('/')[0]}", lines, (owes, due)))
    return moves
