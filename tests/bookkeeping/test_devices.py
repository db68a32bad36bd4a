"""Devices with serial numbers: one owner, one place and one user at a time, over the books of all organisations."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from armslength.cli.main import main
from armslength.errors import InvalidCase
from armslength.model import accounts
from armslength.model.accounts import private_book
from armslength.model.book import Entry, Event, Group, Recorded
from armslength.model.rules_terms import terms_problems
from armslength.model.terms import Terms
from armslength.proof.encoding import bytes_of, leaf_of
from armslength.proof.tree import Frontier, append, root_of
from armslength.service.book_importing import accepted, bring_in, init_books, open_accounts
from armslength.service.book_reading import all_events, verify
from armslength.store.books import Books
from armslength.store.opening import open_store
from armslength.store.scope import scope_of

ALL = scope_of("a", "b", "c", operator=True)
DAY = timedelta(days=1)
AT = datetime(2024, 5, 1, tzinfo=UTC)
TITLE = accounts.title_unit("k")
VENDOR = accounts.external("vendor", TITLE)
ONE, OTHER = accounts.title("sn:1"), accounts.title("sn:2")


def post(name: str, organisation: str, debit: str, credit: str, *, at: datetime = AT, **more: Any) -> Event:
    entries = (
        Entry(account=debit, side="debit", amount_count=1),
        Entry(account=credit, side="credit", amount_count=1),
    )
    known: dict[str, Any] = {"kind": "post", "entries": entries, "book": private_book(organisation)} | more
    return Event(id=name, organisation=organisation, effective_at=at, **known)


def undo(name: str, of: str, organisation: str, *, at: datetime = AT) -> Event:
    book = private_book(organisation)
    return Event(id=name, organisation=organisation, book=book, kind="reverse", effective_at=at, of=of)


def passed(name: str, giver: str, taker: str, *, at: datetime = AT, gives: str = ONE) -> tuple[Event, Event]:
    """The title to a device goes from one to another, as both books say."""
    return (
        post(f"{name}-out", giver, accounts.given(taker, "deal", TITLE), gives, at=at),
        post(f"{name}-in", taker, ONE, accounts.received(giver, "deal", TITLE), at=at),
    )


def done(books: Books, *events: Event) -> None:
    accepted(books.submit(ALL, Group(id=events[0].id, events=events)))


def furnish(books: Books) -> None:
    """Three organisations; the first has two devices."""
    names = ("a", "b", "c")
    init_books(books, names)
    mine = [accounts.account(ONE, TITLE), accounts.account(OTHER, TITLE), accounts.account(VENDOR, TITLE)]
    for name in names:
        others = [other for other in names if other != name]
        shared = [make(other, "deal", TITLE) for other in others for make in (accounts.given, accounts.received)]
        rows = [*mine, *(accounts.account(path, TITLE) for path in shared)]
        open_accounts(books, ALL, [(private_book(name), row) for row in rows], AT - DAY)
    done(books, post("arrives-1", "a", ONE, VENDOR, at=AT - DAY))
    done(books, post("arrives-2", "a", OTHER, VENDOR, at=AT - DAY))


def found(books: Books) -> dict[str, list[str]]:
    """What each check that is not content says."""
    return {
        check.name: [f"{problem.place}: {problem.message}" for problem in check.problems]
        for check in verify(books, ALL)
        if check.problems
    }


def test_a_device_is_passed_on_and_back(books: Books) -> None:
    furnish(books)
    done(books, *passed("sold", "a", "b"))
    done(books, *passed("resold", "b", "c", at=AT + DAY))
    done(books, *passed("bought-back", "c", "a", at=AT + 2 * DAY))
    assert found(books) == {}


def test_two_owners(books: Books) -> None:
    furnish(books)
    done(books, post("again", "c", ONE, VENDOR, at=AT + DAY))
    what = "serial number 1: it has more than one owner from 2024-05-02 00:00:00+00:00 on"
    assert found(books) == {"serial_numbers": [f"{what}: title/sn:1 in private/a and title/sn:1 in private/c"]}


def test_twice_in_one_book(books: Books) -> None:
    furnish(books)
    done(books, post("again", "a", ONE, VENDOR))
    assert list(found(books)) == ["serial_numbers"]


@pytest.mark.parametrize(("tree", "word"), [("custody/hall/stored", "place"), ("use/b", "user")])
def test_two_places_and_two_users(books: Books, tree: str, word: str) -> None:
    furnish(books)
    names = {"a": "custody/dock/stored/sn:1" if word == "place" else "use/a/sn:1", "b": f"{tree}/sn:1"}
    unit = accounts.device_unit("k") if word == "place" else accounts.use_unit("k")
    outside = accounts.external("vendor", unit)
    for owner, name in names.items():
        rows = [accounts.account(name, unit), accounts.account(outside, unit)]
        open_accounts(books, ALL, [(private_book(owner), row) for row in rows], AT - DAY)
    done(books, post("here", "a", names["a"], outside))
    assert found(books) == {}
    done(books, post("there", "b", names["b"], outside))
    (said,) = found(books)["serial_numbers"]
    assert f"more than one {word} from 2024-05-01" in said


def test_overlap_in_the_past_is_found_though_it_is_over(books: Books) -> None:
    """The seller's side is dated a week after the buyer's: for a week both say that it is theirs."""
    furnish(books)
    out, into = passed("sold", "a", "b")
    done(books, into, out.model_copy(update={"effective_at": AT + 7 * DAY}))
    assert list(found(books)) == ["serial_numbers"]


def test_what_was_taken_back_is_no_fault(books: Books) -> None:
    furnish(books)
    done(books, post("slip", "c", ONE, VENDOR, at=AT + DAY))
    assert list(found(books)) == ["serial_numbers"]
    done(books, undo("mended", "slip", "c", at=AT + 2 * DAY))
    assert found(books) == {}


def test_what_was_passed_on_before_it_was_taken_back_is_no_fault(books: Books) -> None:
    """Sold to b, by b to c and back, then the first sale is undone: there was one owner all along."""
    furnish(books)
    done(books, *passed("sold", "a", "b"))
    done(books, *passed("lent", "b", "c", at=AT + DAY))
    done(books, *passed("back", "c", "b", at=AT + 2 * DAY))
    done(books, undo("u-1", "sold-out", "a", at=AT + 3 * DAY), undo("u-2", "sold-in", "b", at=AT + 3 * DAY))
    assert found(books) == {}


# -- below the application ------------------------------------------------------------------------------------------


@contextmanager
def opened(file: Path) -> Iterator[Books]:
    def entropy(size: int) -> bytes:
        return bytes(size)

    with open_store(str(file), clock=lambda: datetime(2026, 1, 1, tzinfo=UTC), entropy=entropy) as books:
        yield books


def other_device(row: Recorded) -> Recorded:
    """The giver's side of the sale, as if it had given its other device."""

    def turned(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        return tuple(e.model_copy(update={"account": OTHER}) if e.account == ONE else e for e in entries)

    event = row.event.model_copy(update={"entries": turned(row.event.entries)})
    versions = {OTHER if name == ONE else name: version for name, version in row.versions_count.items()}
    row = row.model_copy(update={"event": event, "moved": turned(row.moved), "versions_count": versions})
    return row.model_copy(update={"leaf": leaf_of(bytes_of(row), bytes.fromhex(row.salt)).hex()})


def doctor(file: Path, rows: list[Recorded], place: int) -> None:
    """Puts another event in place of one, and mends all that follows from it, as somebody would who may do anything."""
    rows = [*rows[:place], other_device(rows[place]), *rows[place + 1 :]]
    frontier, tiles = append(Frontier(), [bytes.fromhex(row.leaf) for row in rows])
    with sqlite3.connect(file) as link:
        guards = link.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            link.execute(f"DROP TRIGGER {name}")
        ((book,),) = link.execute("SELECT number FROM book WHERE id = ?", (private_book("a"),))
        number = dict(link.execute("SELECT id, number FROM account WHERE book = ?", (book,)))
        new = (bytes_of(rows[place]).decode(), bytes.fromhex(rows[place].leaf), book, place)
        link.execute("UPDATE event SET document = ?, leaf = ? WHERE book = ? AND sequence = ?", new)
        moved = (number[OTHER], book, place, number[ONE])
        link.execute("UPDATE movement SET account = ? WHERE book = ? AND sequence = ? AND account = ?", moved)
        # Both had one debit; the credit changes over, and with it the version.
        link.execute("UPDATE account SET credits_posted = 0, version = version - 1 WHERE number = ?", (number[ONE],))
        link.execute("UPDATE account SET credits_posted = 1, version = version + 1 WHERE number = ?", (number[OTHER],))
        heads = (frontier.packed(), root_of(frontier), book)
        link.execute("UPDATE head SET frontier = ?, root = ? WHERE book = ?", heads)
        for tile in tiles:
            at = (tile.root, book, tile.level, tile.place)
            link.execute("UPDATE tile SET root = ? WHERE book = ? AND level = ? AND place = ?", at)
        for _, sql in guards:
            link.execute(sql)
    link.close()


def test_a_doctored_file_is_reported_by_this_check_and_by_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One leg of a sale names another device now: hashes, sums, limits and what the two owe each other all fit."""
    file = tmp_path / "books.db"
    with opened(file) as books:
        furnish(books)
        done(books, *passed("sold", "a", "b"))
        assert found(books) == {}
        rows = list(all_events(books, ALL, private_book("a")))
    place = next(row.sequence_count for row in rows if row.event.id == "sold-out")
    doctor(file, rows, place)
    with opened(file) as books:
        what = "serial number 1: it has more than one owner from 2024-05-01 00:00:00+00:00 on"
        assert found(books) == {"serial_numbers": [f"{what}: title/sn:1 in private/a and title/sn:1 in private/b"]}
        # The doctor's work is whole: the books go on from there, and only that device is in two hands.
        done(books, *passed("more", "b", "c", at=AT + DAY))
        assert list(found(books)) == ["serial_numbers"]
    assert main(["book", "verify", "--db", str(file)]) == 1
    said = capsys.readouterr().out
    assert "serial number 1" in said
    assert "1 problem" in said


# -- at the doors ---------------------------------------------------------------------------------------------------


def test_a_case_names_one_device_by_its_serial_number(books: Books, case_of: Any) -> None:
    lot = {"id": "sn:7", "sku": "k", "gpus": 1, "owner": "a", "expected_on": "2024-03-01", "stage": "received"}
    bring_in(books, case_of(lots=[lot]), until=AT.date())
    assert books.balance(ALL, private_book("a"), accounts.title("sn:7")).debits_posted_count == 1
    with pytest.raises(InvalidCase) as error:
        case_of(lots=[lot | {"gpus": 8}], stock=[{"id": "sn:8", "sku": "k", "gpus": 2, "owner": "a", "site": "hall"}])
    said = [(problem.place, problem.message) for problem in error.value.problems if "serial" in problem.message]
    assert said == [
        ("case.yaml lots[0].gpus (line 1)", "`sn:7` is a serial number, and would be 8 accelerators"),
        ("case.yaml stock[0].gpus (line 1)", "`sn:8` is a serial number, and would be 2 accelerators"),
    ]


def test_terms_cannot_turn_one_device_into_another() -> None:
    leg = {"id": "x", "giver": "a", "taker": "b", "unit": TITLE, "amount_count": 1, "from_account": ONE}
    terms = {"id": "deal", "kind": "redirect", "parties": ("a", "b")}
    right = Terms.model_validate(terms | {"legs": (leg | {"to_account": ONE},)})
    assert terms_problems(right) == ()
    for there in (OTHER, "title/lot-7"):
        wrong = Terms.model_validate(terms | {"legs": (leg | {"to_account": there},)})
        assert [problem.hint for problem in terms_problems(wrong)] == [
            "a device keeps its serial number: end both accounts with it"
        ]
