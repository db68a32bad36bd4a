"""What a case opens in the books: holdings, legs with debts and their clearing, payments, transfers; and what it leaves out."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from armslength.connectors.book_opening import opening
from armslength.connectors.case_file import read_case
from armslength.errors import InputError, UnknownName
from armslength.model.book import Entry, Event, Group, Refusal
from armslength.service.book_checks import titles
from armslength.service.book_importing import bring_in
from armslength.service.book_reading import held, owed, state, trace, verify
from armslength.store.scope import scope_of

CASES = Path(__file__).resolve().parents[2] / "cases"
LAST = date(2026, 6, 1)
LOT = {"id": "lot", "sku": "k", "gpus": 100, "owner": "a", "expected_on": "2024-03-01"}
STOCK = {"id": "stock", "site": "hall", "owner": "a", "sku": "k", "gpus": 50}
EYES = scope_of("a", "b", operator=True)


def deal(kind, *legs, **more):
    row = {"id": "deal", "kind": kind, "parties": ["a", "b"], "state": "in_force", "agreed_on": "2024-01-10"}
    return {"agreements": [row | more], "legs": [{"agreement": "deal", **leg} for leg in legs]}


def amounts(books, organisation, prefix=""):
    """Posted debits less credits of each account on which something stands."""
    rows = held(books, EYES, [f"private/{organisation}"], prefix)
    found = {row.account.id: row.balance.debits_posted_count - row.balance.credits_posted_count for row in rows}
    return {name: amount for name, amount in found.items() if amount and not name.startswith("external/")}


def test_before_receipt_a_lot_is_a_slot_and_after_it_title_custody_and_use(books, case_of):
    bring_in(books, case_of(lots=[LOT], stock=[STOCK]), until=LAST)
    assert amounts(books, "a") == {
        "slot/lot": 100,
        "custody/vendor/ordered/lot": 100,
        "title/stock": 50,
        "custody/hall/energised/stock": 50,
        "use/a/stock": 50,
    }


@pytest.mark.parametrize(
    ("stage", "account"),
    [
        ("allocated", "custody/vendor/ordered/lot"),
        ("shipped", "custody/vendor/in_transit/lot"),
        ("received", "custody/a/stored/lot"),
        ("energised", "custody/a/energised/lot"),
    ],
)
def test_each_stage_has_its_place(books, case_of, stage, account):
    bring_in(books, case_of(lots=[LOT | {"stage": stage}]), until=LAST)
    assert amounts(books, "a")[account] == 100


def test_an_expected_receipt_is_no_receipt(books, case_of):
    bring_in(books, case_of(lots=[LOT]), until=date(2024, 12, 31))
    assert "title/lot" not in amounts(books, "a")


def test_a_swap_owes_until_the_other_leg_and_is_cleared(books, case_of):
    lots = [LOT, LOT | {"id": "other", "owner": "b", "expected_on": "2024-06-01"}]
    legs = [{"id": "out", "giver": "a", "taker": "b", "lot": "lot", "gpus": 100}]
    legs += [{"id": "back", "giver": "b", "taker": "a", "lot": "other", "gpus": 100}]
    case = case_of(lots=lots, **deal("slot_swap", *legs))
    bring_in(books, case, until=date(2024, 4, 1))
    (open_,) = owed(books, EYES, "a", "b", LAST)
    assert (open_.due_from_count, open_.due_to_count, open_.oldest_on) == (100, 0, date(2024, 3, 1))
    bring_in(books, case, until=LAST)
    (open_,) = owed(books, EYES, "a", "b", LAST)
    assert (open_.due_from_count, open_.due_to_count, open_.oldest_on) == (0, 0, None)
    assert books.open_items(EYES, "private/a", "due_from/b/deal/SLOT:k") == ()
    assert amounts(books, "a")["slot/other"] == 100


def test_an_uneven_swap_owes_nothing(books, case_of):
    lots = [LOT, LOT | {"id": "other", "owner": "b"}]
    legs = [{"id": "out", "giver": "a", "taker": "b", "lot": "lot", "gpus": 100}]
    legs += [{"id": "back", "giver": "b", "taker": "a", "lot": "other", "gpus": 80}]
    bring_in(books, case_of(lots=lots, **deal("slot_swap", *legs)), until=LAST)
    assert amounts(books, "a", "due") == {}
    assert amounts(books, "a", "given")["given/b/deal/SLOT:k"] == 100


def test_a_loan_moves_custody_and_use_and_comes_back(books, case_of):
    leg = {"id": "l", "giver": "a", "taker": "b", "sku": "k", "site": "shed", "gpus": 30}
    case = case_of(stock=[STOCK], **deal("loan", leg | {"from_on": "2024-02-01", "until_on": "2024-05-01"}))
    bring_in(books, case, until=date(2024, 3, 1))
    assert amounts(books, "b") == {
        "custody/shed/stored/stock": 30,
        "use/b/stock": 30,
        "due_to/a/deal/GPU:k": -30,
        "due_to/a/deal/USE:k": -30,
    }
    assert amounts(books, "a")["title/stock"] == 50
    bring_in(books, case, until=LAST)
    assert amounts(books, "b") == {}
    assert amounts(books, "a")["use/a/stock"] == 50


@pytest.mark.parametrize(("kind", "trees"), [("hosting", {"custody"}), ("capacity_lease", {"use"})])
def test_hosting_moves_custody_and_a_lease_the_use(books, case_of, kind, trees):
    leg = {"id": "l", "giver": "a", "taker": "b", "sku": "k", "site": "shed", "gpus": 30, "from_on": "2024-02-01"}
    bring_in(books, case_of(stock=[STOCK], **deal(kind, leg | {"until_on": "2025-01-01"})), until=date(2024, 3, 1))
    assert {name.partition("/")[0] for name in amounts(books, "b")} == trees | {"due_to"}


def test_what_the_giver_does_not_hold_is_left_out_and_said(books, case_of):
    """The lot is on order only: the plan may count on it, the books may not."""
    leg = {"id": "l", "giver": "a", "taker": "b", "sku": "k", "site": "hall", "gpus": 80, "from_on": "2024-04-01"}
    done = bring_in(books, case_of(lots=[LOT], **deal("capacity_lease", leg)), until=LAST)
    assert len(done.left_out) == 1
    assert "leg `l` of `deal` is not booked" in done.left_out[0]
    assert amounts(books, "b") == {}


def test_proposed_agreements_and_claims_move_nothing(books, case_of):
    leg = {"id": "l", "giver": "a", "taker": "b", "lot": "lot", "gpus": 100}
    claim = {"id": "t", "kind": "money", "giver": "b", "taker": "a", "unit": "currency", "moved_quantity": 5}
    bring_in(books, case_of(lots=[LOT], transfers=[claim], **deal("redirect", leg, state="proposed")), until=LAST)
    assert amounts(books, "b") == {}
    assert [(row.state, row.amount_count) for row in state(books, EYES, "a", LAST).moves] == [("claimed", 500)]


def test_transfers_that_are_done_are_posted_in_both_books_with_what_is_paid(books, case_of):
    row = {"kind": "people", "giver": "a", "taker": "b", "unit": "people", "moved_quantity": 3, "state": "done"}
    rows = [
        row | {"id": "hired", "moved_on": "2024-02-01", "paid_cost": 0.1},
        row | {"id": "lent", "moved_on": "2024-02-01", "due_back_on": "2024-09-01"},
    ]
    bring_in(books, case_of(transfers=rows), until=LAST)
    assert amounts(books, "a", "given") == {"given/b/hired/PEOPLE": 3}
    assert amounts(books, "a", "due_from") == {"due_from/b/lent/PEOPLE": 3}
    assert amounts(books, "b", "money") == {"money/USD": -10}


def test_bringing_it_in_again_changes_nothing_and_a_changed_row_is_said(books, case_of):
    case = case_of(lots=[LOT])
    assert bring_in(books, case, until=LAST).made_count == 1
    before = books.checkpoint(EYES, "private/a")
    again = bring_in(books, case, until=LAST)
    assert (again.made_count, again.known_count, again.refused) == (0, 1, ())
    changed = bring_in(books, case_of(lots=[LOT | {"gpus": 90}]), until=LAST)
    assert [problem.place for problem in changed.refused] == ["c:lot:lot"]
    assert "says otherwise now" in changed.refused[0].message
    assert books.checkpoint(EYES, "private/a") == before


def test_ids_that_cannot_stand_in_an_account_are_all_named(case_of):
    lots = [LOT | {"id": "a lot"}, LOT | {"id": "x" * 40}]
    with pytest.raises(InputError) as raised:
        opening(case_of(lots=lots, stock=[STOCK | {"id": "a/b"}]), LAST)
    assert {problem.place for problem in raised.value.problems} == {"lots[0].id", "lots[1].id", "stock[0].id"}


def test_stock_and_lots_share_their_accounts(case_of):
    with pytest.raises(InputError) as raised:
        opening(case_of(lots=[LOT], stock=[STOCK | {"id": "lot"}]), LAST)
    assert "stand on accounts of that name" in raised.value.problems[0].message


@pytest.mark.parametrize("name", ["redirect-2023", "shared-hall", "worked-example", "buyers-club", "power-binds"])
def test_every_shipped_case_opens_and_every_check_holds(books, name):
    case = read_case(CASES / name)
    done = bring_in(books, case, until=date(2026, 6, 1))
    assert done.refused == ()
    assert done.made_count > 0
    found = verify(books, scope_of(*(row.id for row in case.organisations), operator=True))
    assert {check.name for check in found} >= set(titles())
    assert [problem for check in found for problem in check.problems] == []


def test_the_redirect_case_day_by_day(books, redirect, everybody):
    """By hand: after the first return lot 6,000 of 12,000 are owed; after the second nothing."""
    for until, due in ((date(2024, 1, 15), None), (date(2024, 3, 1), 6_000), (date(2024, 6, 15), 0)):
        bring_in(books, redirect, until=until)
        rows = owed(books, everybody, "tesla", "x-corp", until)
        assert [row.due_from_count for row in rows] == ([] if due is None else [due])
    way = trace(books, everybody, "x-june")
    assert [(stop.recorded.event.book, stop.moves[0][:2]) for stop in way.stops] == [
        ("private/x-corp", ("slot/x-june", 6_000)),
        ("private/x-corp", ("slot/x-june", -6_000)),
        ("private/tesla", ("slot/x-june", 6_000)),
    ]


def test_a_stranger_to_a_book_sees_none(opened):
    with pytest.raises(UnknownName, match="there is no book `tesla`"):
        state(opened, scope_of("x-corp"), "tesla", LAST)


def test_a_group_is_refused_as_a_whole(books, case_of):
    """A leg whose giver lost its slots otherwise: nothing of the group stands in either book."""
    case = case_of(lots=[LOT], **deal("redirect", {"id": "l", "giver": "a", "taker": "b", "lot": "lot", "gpus": 100}))
    bring_in(books, case, until=date(2024, 2, 1))
    entries = tuple(
        Entry(account=name, side=side, amount_count=60)
        for name, side in (("slot/lot", "credit"), ("external/vendor/SLOT:k", "debit"))
    )
    at = datetime(2024, 2, 2, tzinfo=UTC)
    lost = Event(id="lost", organisation="a", book="private/a", kind="post", effective_at=at, entries=entries)
    books.submit(EYES, Group(id="lost", events=(lost,)))
    done = bring_in(books, case, until=LAST)
    assert [problem.place for problem in done.refused] == ["c:leg:l"]
    assert done.refused[0].message.startswith(Refusal.EXCEEDS_LIMIT.value)
    assert amounts(books, "b") == {}
