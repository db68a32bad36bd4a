"""The named checks of `book verify`: each sees the fault it is for. A check that could not fail would be no check."""

from datetime import UTC, date, datetime, timedelta

import pytest

from armslength.model.accounts import private_book
from armslength.model.book import Account, Assertion, Book, Clearing, Entry, Event, Group
from armslength.service import book_checks
from armslength.service.book_checks import BOOK_CHECKS, WHOLE_CHECKS, BookRead, mirrors, titles
from armslength.service.book_importing import accepted, bring_in
from armslength.service.book_reading import all_events, verify
from armslength.store.scope import scope_of

A = scope_of("a", "b", operator=True)
AT = datetime(2024, 5, 1, tzinfo=UTC)
DUE_FROM = "due_from/b/deal/SLOT:k"


def event(name, kind="post", organisation="a", **more):
    given = {"effective_at": AT} | more
    return Event(id=name, organisation=organisation, book=private_book(organisation), kind=kind, **given)


def entries(*lines):
    return tuple(Entry(account=account, side=side, amount_count=amount) for account, side, amount in lines)


@pytest.fixture
def lived(books, case_of):
    """Books in which something of everything has happened: posts, reservations, a reversal, clearing, a seal."""
    lot = {"id": "lot", "sku": "k", "gpus": 100, "owner": "a", "expected_on": "2024-03-01"}
    deal = {"id": "deal", "kind": "slot_swap", "parties": ["a", "b"], "state": "in_force", "agreed_on": "2024-01-10"}
    legs = [{"id": "out", "agreement": "deal", "giver": "a", "taker": "b", "lot": "lot", "gpus": 100}]
    legs += [{"id": "back", "agreement": "deal", "giver": "b", "taker": "a", "lot": "other", "gpus": 100}]
    lots = [lot, lot | {"id": "other", "owner": "b", "expected_on": "2024-04-01"}]
    bring_in(books, case_of(lots=lots, agreements=[deal], legs=legs), until=date(2026, 6, 1))
    vendor = "external/vendor/SLOT:k"
    steps = [
        event("post", entries=entries((vendor, "debit", 10), ("slot/other", "credit", 10))),
        event("undo", "reverse", of="post", reason="wrong lot"),
        event("hold", "reserve", entries=entries((vendor, "debit", 30), ("slot/other", "credit", 30))),
        event("take", "post_reserved", of="hold", entries=entries((vendor, "debit", 20), ("slot/other", "credit", 20))),
        event(
            "said",
            "assert_balance",
            asserts=Assertion(account="slot/other", debits_count=80, credits_count=0, as_of_at=AT),
        ),
        event("seal", "seal", effective_at=AT),
        event(
            "after", entries=entries((vendor, "debit", 1), ("slot/other", "credit", 1)), effective_at=AT + timedelta(1)
        ),
    ]
    for step in steps:
        accepted(books.submit(A, Group(id=step.id, events=(step,))))
    return books


def read(books, organisation="a"):
    name = private_book(organisation)
    book = next(row for row in books.books(A) if row.id == name)
    head = books.checkpoint(A, name)
    balances = {row.account: row for row in books.balances(A, name)}
    return BookRead(book, tuple(all_events(books, A, name)), balances, head.size_count, head.root)


def altered(found, name, **changes):
    """The book with one event changed, as somebody who can write to the database would."""
    rows = []
    for row in found.rows:
        if row.event.id == name:
            inner = {key: value for key, value in changes.items() if key in Event.model_fields}
            outer = {key: value for key, value in changes.items() if key not in Event.model_fields}
            outer |= {"event": row.event.model_copy(update=inner)} if inner else {}
            rows.append(row.model_copy(update=outer))
        else:
            rows.append(row)
    return BookRead(found.book, tuple(rows), found.balances, found.size_count, found.root)


def test_every_check_holds_on_books_that_were_kept(lived):
    assert [problem for check in BOOK_CHECKS for problem in check(read(lived))] == []
    assert [problem for check in WHOLE_CHECKS for problem in check([read(lived), read(lived, "b")])] == []


def faults(found):
    """Each check with a book that has the fault it is for."""
    other = entries(("external/vendor/SLOT:k", "debit", 9), ("slot/other", "credit", 10))
    much = entries(("external/vendor/SLOT:k", "debit", 40), ("slot/other", "credit", 40))
    clear = next(row for row in found.rows if row.event.clearings)
    item = clear.event.clearings[0]
    more = (Clearing(item=item.item, by=item.by, account=item.account, amount_count=item.amount_count + 1),)
    kept = dict(found.balances)
    kept["slot/other"] = kept["slot/other"].model_copy(update={"debits_posted_count": 1})
    forged = BookRead(found.book, found.rows, kept, found.size_count, found.root)
    gone = BookRead(found.book, found.rows[:5] + found.rows[6:], found.balances, found.size_count, found.root)
    short = BookRead(found.book, found.rows[:-1], found.balances, found.size_count, found.root)
    seal = next(row.event.effective_at for row in found.rows if row.event.id == "seal")
    return {
        "dense_sequence": (gone, short),
        "balanced_events": (altered(found, "post", moved=other),),
        "balances_are_the_fold": (forged, altered(found, "after", moved=much)),
        "limits_hold": (
            altered(found, "after", moved=tuple(e.model_copy(update={"amount_count": 900}) for e in much)),
        ),
        "reservations_end_once": (altered(found, "take", moved=much), altered(found, "take", of="post")),
        "reversals_are_exact": (altered(found, "undo", moved=other), altered(found, "undo", of="after")),
        "clearing_leaves_no_debt_below_zero": (altered(found, clear.event.id, clearings=more),),
        "sealed_stays_sealed": (altered(found, "after", effective_at=seal),),
        "assertions_hold": (altered(found, "take", moved=much),),
        "leaves_and_root": (
            altered(found, "post", reason="another"),
            BookRead(found.book, found.rows, found.balances, found.size_count, "0" * 64),
        ),
    }


@pytest.mark.parametrize("name", [check.__name__ for check in BOOK_CHECKS])
def test_each_check_sees_its_fault(lived, name):
    check = getattr(book_checks, name)
    wrong = faults(read(lived))[name]
    assert wrong
    for book in wrong:
        assert list(check(book)), f"{name} sees nothing"


def test_members_of_a_shared_book_may_use_the_same_ids(books):
    """An id is its organisation's own: what one reserves, settles or takes back under it is not the other's."""
    shared = Book(id="agreement/deal", kind="agreement", members=("a", "b"))
    books.create_book(A, shared)

    def act(who, name, kind="post", **more):
        step = event(name, kind, who, **more).model_copy(update={"book": shared.id})
        accepted(books.submit(A, Group(id=f"{who}-{name}", events=(step,))))

    for place, name in enumerate(("money/x", "money/y")):
        act("a", f"open-{place}", "open_account", opens=Account(id=name, unit="USD/2"))
    for who, amount in (("a", 100), ("b", 7)):
        there = entries(("money/x", "debit", amount), ("money/y", "credit", amount))
        back = entries(("money/x", "credit", amount), ("money/y", "debit", amount))
        act(who, "lent", entries=there)
        act(who, "held", "reserve", entries=there)
        act(who, "slip", entries=back)
        act(who, "returned", entries=back)
    for who, amount in (("a", 100), ("b", 7)):
        act(who, "take", "post_reserved", of="held")
        act(who, "undo", "reverse", of="slip")
        act(who, "settle", "clear", clearings=(
            Clearing(item="lent", by="returned", account="money/x", amount_count=amount),
        ))  # fmt: skip
    assert all(not check.problems for check in verify(books, A))


def test_one_side_only_is_seen(lived):
    mine, theirs = read(lived), read(lived, "b")
    half = replace_moved(mine, DUE_FROM)
    assert any("due_from b for deal/SLOT:k" in problem.message for problem in mirrors([half, theirs]))


def replace_moved(found, account):
    """The book as if somebody had halved an amount on an account."""
    rows = tuple(
        row.model_copy(
            update={
                "moved": tuple(
                    entry.model_copy(update={"amount_count": entry.amount_count // 2 or 1})
                    if entry.account == account and entry.side == "debit"
                    else entry
                    for entry in row.moved
                )
            }
        )
        for row in found.rows
    )
    return BookRead(found.book, rows, found.balances, found.size_count, found.root)


def test_each_check_says_in_a_sentence_what_it_asks():
    assert all(text.endswith(".") and "\n" not in text for text in titles().values())
    assert len(titles()) == len(BOOK_CHECKS) + len(WHOLE_CHECKS)
