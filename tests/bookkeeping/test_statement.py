"""A statement: every transfer between an organisation and others, once, with what stands open and what is only said."""

import io
from datetime import UTC, date, datetime

from rich.console import Console

from armslength.model.accounts import account, private_book
from armslength.model.book import Entry, Event, Group
from armslength.render.statement import print_statement, statement_html
from armslength.service.book_importing import accepted, bring_in, open_accounts
from armslength.service.book_reading import state
from armslength.store.scope import scope_of

DAY = date(2024, 12, 31)


def printed(found, width):
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    print_statement(found, console)
    return console.file.getvalue()


def test_the_statement_of_the_car_maker(opened, everybody, golden):
    golden("books/statement-tesla.txt", printed(state(opened, everybody, "tesla", DAY), 100))


def test_both_sides_tell_the_same(opened, everybody):
    """What one gave, the other received: the same days, units and amounts."""
    sides = {name: state(opened, everybody, name, DAY).moves for name in ("tesla", "x-corp", "xai")}
    other = {"gave": "received", "received": "gave"}
    told = {
        (name, row.counterparty, row.direction, row.moved_on, row.unit, row.amount_count, row.state, row.agreement)
        for name, rows in sides.items()
        for row in rows
    }
    assert told == {(other_one, name, other[way], *rest) for name, other_one, way, *rest in told}
    assert len(told) > 10


def test_what_is_not_known_yet_is_not_there(opened, everybody):
    found = state(opened, everybody, "tesla", date(2024, 1, 10))
    assert (found.moves, found.open) == ((), ())


def test_a_reservation_stands_there_until_it_is_resolved(books, case_of):
    eyes = scope_of("a", "b", operator=True)
    lot = {"id": "lot", "sku": "k", "gpus": 10, "owner": "a", "expected_on": "2024-03-01"}
    bring_in(books, case_of(lots=[lot, lot | {"id": "other", "owner": "b"}]), until=date(2025, 1, 1))
    at = datetime(2024, 6, 1, tzinfo=UTC)
    unit, names = "SLOT:k", {"a": ("given/b/deal/SLOT:k", "slot/lot"), "b": ("slot/lot", "received/a/deal/SLOT:k")}
    wanted = [(private_book(who), account(name, unit)) for who, both in names.items() for name in both]
    open_accounts(books, eyes, wanted, datetime(2023, 1, 1, tzinfo=UTC))

    def events(kind, name, **more):
        return tuple(
            Event(
                id=f"{name}:{who}",
                organisation=who,
                book=private_book(who),
                kind=kind,
                effective_at=at,
                **({"of": f"hold:{who}"} if kind != "reserve" else {"entries": sides(both)}),
                **more,
            )
            for who, both in names.items()
        )

    def sides(both):
        return (
            Entry(account=both[0], side="debit", amount_count=4),
            Entry(account=both[1], side="credit", amount_count=4),
        )

    accepted(books.submit(eyes, Group(id="hold", events=events("reserve", "hold"))))
    assert [row.state for row in state(books, eyes, "a", DAY).moves] == ["reserved"]
    accepted(books.submit(eyes, Group(id="void", events=events("void", "void"))))
    assert state(books, eyes, "a", DAY).moves == ()


def test_the_page_escapes_what_it_is_told(books, case_of):
    claim = {
        "id": "t",
        "kind": "money",
        "giver": "b",
        "taker": "a",
        "unit": "currency",
        "name": "<script>alert(1)</script>",
    }
    bring_in(books, case_of(transfers=[claim]), until=DAY)
    page = statement_html(state(books, scope_of("a", "b"), "a", DAY), "0")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
