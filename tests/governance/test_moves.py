"""Whatever agreements move is balanced per unit and mirrored per pair, and debts in kind end at zero: drawn at random."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armslength.governance.agreement import Agreement, Debt
from armslength.governance.moves import Move, close_out_moves, delivery_moves, execution_moves, paid_moves
from armslength.governance.obligations import make_whole_count, netted, netting, status
from armslength.model.acts import ClosedOut, Delivery, Paid
from armslength.model.rules_terms import terms_problems
from armslength.model.terms import ConversionFactor, LateUse, TermsPayment
from governance.stage import Stage, certificate, in_force, leg, proposal, result, signed, terms

PLAIN = {"due_from": 1, "given": 1, "due_to": -1, "received": -1}
PARTIES = ("north", "south")


def faults(moves: tuple[Move, ...]) -> list[str]:
    """Returns what is not balanced per event and unit, or not mirrored per pair, tree and unit."""
    found, mirror = [], Counter()
    for move in moves:
        units = Counter()
        for line in move.lines:
            amount = line.amount if line.side == "debit" else -line.amount
            units[line.unit] += amount
            tree, other = line.account.split("/")[:2]
            if tree in PLAIN:
                pair = (move.organisation, other) if PLAIN[tree] == 1 else (other, move.organisation)
                name = "due" if tree.startswith("due") else "gone"
                # What stands on the debit side with one stands on the credit side with the other: both add up to zero.
                mirror[*pair, name, line.unit] += amount
        found += [f"{move.name}: {unit}" for unit, amount in units.items() if amount]
    return found + [str(key) for key, amount in mirror.items() if amount]


@st.composite
def swaps(draw):
    """Legs both ways: each outward leg is returned in parts, in full or in part, some in another unit at a factor."""
    legs = []
    for number in range(draw(st.integers(1, 3))):
        giver = draw(st.sampled_from(PARTIES))
        taker = next(name for name in PARTIES if name != giver)
        amount = draw(st.integers(1, 50)) * 6
        legs.append(leg(f"out-{number}", giver, taker, amount, due_on=draw(st.sampled_from([None, date(2024, 5, 1)]))))
        rest = amount
        for part in range(draw(st.integers(0, 2))):
            ratio = draw(st.sampled_from([1, 2, 3]))
            most = rest // ratio
            if most < 1:
                break
            back = draw(st.integers(1, most))
            rest -= back * ratio
            more = {"returns": f"out-{number}", "due_on": date(2024, 4, 1)}
            if ratio > 1:
                more |= {
                    "unit": "SLOT:b200",
                    "from_account": "slot/lot-9",
                    "to_account": "slot/lot-9",
                    "equivalent": ConversionFactor(
                        unit="SLOT:h100",
                        numerator_count=ratio,
                        denominator_count=1,
                        agreed_on=date(2024, 1, 1),
                        source="by hand",
                    ),
                }
            legs.append(leg(f"back-{number}-{part}", taker, giver, back, **more))
    payments = tuple(
        TermsPayment(id=f"pay-{i}", payer=one, payee=other, unit="USD/2", amount_count=draw(st.integers(1, 10**6)))
        for i, (one, other) in enumerate(draw(st.lists(st.permutations(PARTIES), max_size=2)))
    )
    late = draw(st.sampled_from([None, LateUse(unit="USD/2", price_per_hour_count=3, source="by hand")]))
    return terms(legs=tuple(legs), payments=payments, late_use=late, close_out_price_count={"SLOT:h100": 70})


def started(what) -> Stage:
    free = certificate(what, results=(result("north", 10**9), result("south", 10**9)))
    text = proposal(what, signed(free))
    stage = Stage().propose(text, "south", document=signed(free)).propose(text)
    return stage.approve("north", "ann", "bob").approve("south", "sam", "sue").execute()


def dues(moves: list[Move]) -> Counter:
    """Returns what stands on accounts of debts, by organisation and account."""
    found = Counter()
    for move in moves:
        for line in move.lines:
            if line.account.startswith("due_"):
                found[move.organisation, line.account] += line.amount if line.side == "debit" else -line.amount
    return found


@settings(max_examples=12)
@given(swaps(), st.data())
def test_all_that_moves_is_balanced_and_mirrored_and_ends_at_zero(what, data):
    assert terms_problems(what) == ()
    stage = started(what)
    state: Agreement = stage.state
    assert state.executed is not None, state.findings
    moves = list(execution_moves(state, state.executed.effective_at.date()))
    stage.on(date(2024, 5, 3))
    person = {"north": "pat", "south": "sam"}
    for row in what.legs:
        amount = state.open_amount(row)
        if not amount:
            continue
        part = data.draw(st.integers(1, amount)) if row.returns is None else amount
        due = state.due_on(row)
        late = 0
        if what.late_use and row.returns and due:
            owed = part * (row.equivalent.numerator_count if row.equivalent else 1)
            late = owed * (stage.now.date() - due).days * 24 * 3
        stage.back(row.id, part, by=row.giver, person=person[row.giver], late=late)
        act = Delivery(person="x", proposal=stage.digest, leg=row.id, amount_count=part, late_use_count=late)
        moves += delivery_moves(state, act)
        state = stage.state
        assert not state.findings, state.findings
    for debt in list(state.debts.values()):
        if debt.open:
            moves += paid_moves(state, Paid(person="x", proposal=stage.digest, payment=debt.id, amount_count=debt.open))
            stage.pay(debt.id, debt.open, by=debt.payer, person=person[debt.payer])
            state = stage.state
    assert faults(tuple(moves)) == []
    # What is owed in kind is what was given and not returned; in money nothing is owed any more.
    for (organisation, account), amount in dues(moves).items():
        unit = account.split("/")[-1]
        if unit == "USD":
            assert amount == 0
        else:
            mine = [row for row in what.legs if row.returns is None and row.giver == organisation]
            if account.startswith("due_from"):
                assert amount == sum(_unreturned(state, row) for row in mine if _owed_back(what, row))


def _owed_back(what, row) -> bool:
    return any(other.returns == row.id for other in what.legs)


def _unreturned(state: Agreement, row) -> int:
    back = sum(
        state.delivered.get(other.id, 0) * (other.equivalent.numerator_count if other.equivalent else 1)
        for other in state.terms.legs
        if other.returns == row.id
    )
    return state.delivered.get(row.id, 0) - back


@settings(max_examples=10)
@given(swaps())
def test_a_close_out_of_all_is_balanced_and_mirrored(what):
    state = started(what).state
    assert state.executed is not None
    legs = tuple(row.id for row in what.legs if state.open_amount(row))
    if legs:
        act = ClosedOut(
            person="x",
            proposal=state.version.digest,
            legs=legs,
            reason="event_of_default",
            prices_count={"SLOT:h100": 70},
        )
        before = list(execution_moves(state, state.executed.effective_at.date()))
        after = close_out_moves(state, act)
        assert faults((*before, *after)) == []
        sums = dues([*before, *after])
        for name in PARTIES:
            other = next(each for each in PARTIES if each != name)
            # After a default one of the two owes, not both.
            both = (sums[name, f"due_from/{other}/swap/USD"], sums[name, f"due_to/{other}/swap/USD"])
            assert 0 in both


@given(st.lists(st.tuples(st.permutations(PARTIES), st.integers(1, 1000)), max_size=6))
def test_setting_off_changes_nobodys_net(rows):
    debts = {
        str(i): Debt(str(i), one, other, "USD/2", amount, None, "") for i, ((one, other), amount) in enumerate(rows)
    }
    new = netted(debts)

    def net(of, name):
        return sum(d.open for d in of.values() if d.payee == name) - sum(d.open for d in of.values() if d.payer == name)

    assert all(net(debts, name) == net(new, name) for name in PARTIES)
    assert netting(new.values()) == {}


def test_status_words():
    stage = in_force()
    assert status(stage.state) == "in force"
    stage.on(date(2024, 5, 1)).back("back-1", 60).back("back-2", 40).pay("whole", 5000)
    assert status(stage.state) == "ended"


@pytest.mark.parametrize(
    ("seconds", "price", "costs", "whole"), [(3600, 285, 0, 285), (1, 285, 0, 1), (0, 285, 7, 7), (7200, 0, 0, 0)]
)
def test_make_whole_rounds_up(seconds, price, costs, whole):
    assert make_whole_count(seconds, price, costs) == whole


def test_make_whole_takes_nothing_negative():
    with pytest.raises(ValueError, match="not negative"):
        make_whole_count(-1, 1)
