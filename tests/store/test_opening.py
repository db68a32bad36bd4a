"""What opening a store refuses, says, and leaves alone; and what several threads and processes do to one."""

import fcntl
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from armslength.errors import LedgerError, StoreError
from armslength.ledger import decide as deciding
from armslength.model.accounts import account
from armslength.model.book import Accepted, Book, Entry, Event, Group, Refusal, Refused
from armslength.store import expiring, sqlite_link, writer
from armslength.store.books import Books
from armslength.store.opening import open_store
from armslength.store.postgresql_schema import POSTGRESQL_MIGRATIONS
from armslength.store.schema import APPEND_ONLY, DERIVED, SQLITE_MIGRATIONS, inventory
from armslength.store.scope import scope_of

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
BOTH = scope_of("north", "south", operator=True)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = BEGIN + timedelta(days=100)

    def __call__(self) -> datetime:
        return self.now


def opened(url: str, clock: Clock | None = None) -> Books:
    return open_store(url, clock=clock or Clock(), entropy=bytes)


def event(name: str, kind: str, who: str = "north", **fields: object) -> Event:
    return Event(id=name, organisation=who, book=who, kind=kind, effective_at=BEGIN, **fields)


def group(*events: Event) -> Group:
    return Group(id=f"group-{events[0].id}", events=events)


def moving(name: str, debit: str, credit: str, amount: int, who: str = "north", **fields: object) -> Event:
    entries = (
        Entry(account=debit, side="debit", amount_count=amount),
        Entry(account=credit, side="credit", amount_count=amount),
    )
    return event(name, "reserve" if fields else "post", who, entries=entries, **fields)


def furnish(books: Books) -> None:
    for who, names in (("north", ("due_from/south", "external/v")), ("south", ("due_to/north", "external/v"))):
        books.create_book(BOTH, Book(id=who, kind="private", members=(who,)))
        events = [event(f"open-{name}", "open_account", who, opens=account(name, "GPU:x")) for name in names]
        assert isinstance(books.submit(BOTH, group(*events)), Accepted)


def lending(name: str, amount: int, seconds: int) -> Group:
    return group(
        moving(name, "due_from/south", "external/v", amount, timeout_seconds=seconds),
        moving(name, "external/v", "due_to/north", amount, "south", timeout_seconds=seconds),
    )


def test_a_folder_a_picture_and_a_foreign_database_are_no_books(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG" * 500)
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE customer (id INTEGER)")
    connection.close()
    for path, words in ((tmp_path, "cannot be opened"), (picture, "cannot be"), (foreign, "not one of books")):
        with pytest.raises(StoreError, match=words):
            opened(str(path))
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(StoreError, match="not kept there"):
        opened("mysql://somewhere/books")


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    pytest.importorskip("pg8000")
    with pytest.raises(StoreError) as caught:
        opened("postgresql://keeper:secret@127.0.0.1:1/books")
    assert "keeper@127.0.0.1:1/books" in str(caught.value)
    assert "refused" in str(caught.value)
    assert "secret" not in str(caught.value)
    with pytest.raises(StoreError, match="sslmode"):
        opened("postgresql://keeper@127.0.0.1:1/books?sslmode=maybe")


def test_books_of_a_later_version_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "books.db"
    opened(str(file)).close()
    with sqlite3.connect(file) as connection:
        connection.execute("INSERT INTO migration VALUES (99, 'from the future')")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(StoreError, match="later version"):
        opened(str(file))
    assert file.read_bytes() == before


@pytest.mark.parametrize("guard", ["TRIGGER event_stays", "TRIGGER account_remains", "INDEX event_id"])
def test_books_without_a_guard_are_not_opened(tmp_path: Path, guard: str) -> None:
    file = tmp_path / "books.db"
    opened(str(file)).close()
    with sqlite3.connect(file) as connection:
        connection.execute(f"DROP {guard}")
    connection.close()
    with pytest.raises(StoreError, match=f"{guard.lower()} missing"):
        opened(str(file))


def test_both_stores_have_the_same_tables_and_guard_each_of_them() -> None:
    sqlite = inventory(script for _, script in SQLITE_MIGRATIONS)
    postgresql = inventory(text for _, statements in POSTGRESQL_MIGRATIONS for text in statements)
    for kind in ("table", "index"):
        assert {name for name in sqlite if name.startswith(kind)} == {n for n in postgresql if n.startswith(kind)}
    for table in (*APPEND_ONLY, *DERIVED):
        assert {f"trigger {table}_remains"} <= sqlite & postgresql
    assert {f"trigger {table}_stays" for table in APPEND_ONLY} <= sqlite & postgresql


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "books.db"
    broken = (*SQLITE_MIGRATIONS, ("broken", "CREATE TABLE extra (x INTEGER);\nCREATE TABLE extra (x INTEGER);\n"))
    monkeypatch.setattr(sqlite_link, "SQLITE_MIGRATIONS", broken)
    with pytest.raises(StoreError, match="already exists"):
        opened(str(file))
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    connection.close()


def test_an_old_sqlite_is_spoken_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 2))
    with opened(str(tmp_path / "books.db")) as books:
        (warning,) = books.warnings
        assert warning.severity == "warning"
        assert "3.51.3" in warning.hint
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    with opened(str(tmp_path / "books.db")) as books:
        assert books.warnings == ()


def test_a_writer_that_never_ends_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "books.db"
    with opened(str(file)) as books:
        furnish(books)
        with open(f"{file}.lock", "a", encoding="utf-8") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            monkeypatch.setattr(sqlite_link, "BUSY_SECONDS", 0.02)
            with pytest.raises(StoreError, match="another process"):
                books.submit(BOTH, group(event("late", "record", topic="t")))
            assert books.size(BOTH, "north") == 2
        monkeypatch.setattr(sqlite_link, "BUSY_SECONDS", 30.0)
        assert isinstance(books.submit(BOTH, group(event("late", "record", topic="t"))), Accepted)


def test_two_programs_take_turns_and_see_one_another(tmp_path: Path) -> None:
    url = str(tmp_path / "books.db")
    with opened(url) as one, opened(url) as other:
        furnish(one)
        for number in range(6):
            books = (one, other)[number % 2]
            answer = books.submit(BOTH, group(moving(f"m-{number}", "external/v", "external/v", 1)))
            assert isinstance(answer, Accepted)
            assert answer.recorded[0].sequence_count == 2 + number
            assert answer.recorded[0].versions_count == {"external/v": 2 + number}
        assert one.checkpoint(BOTH, "north") == other.checkpoint(BOTH, "north")


def test_threads_are_all_answered_each_with_its_own(tmp_path: Path) -> None:
    with opened(str(tmp_path / "books.db")) as books:
        furnish(books)
        answers: dict[str, object] = {}

        def client(number: int) -> None:
            for turn in range(5):
                name = f"{number}-{turn}"
                answers[name] = books.submit(BOTH, group(event(name, "record", topic="t")))

        threads = [threading.Thread(target=client, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 60
        for name, answer in answers.items():
            assert isinstance(answer, Accepted)
            assert answer.recorded[0].event.id == name
        assert books.size(BOTH, "north") == 62


def test_a_fault_in_one_request_is_not_the_others_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened("memory:") as books:
        furnish(books)
        decide = deciding.decide

        def faulty(world, asked, now, **rest):  # type: ignore[no-untyped-def]
            if asked.events[0].id == "poison":
                raise ZeroDivisionError
            return decide(world, asked, now, **rest)

        monkeypatch.setattr(writer, "decide", faulty)
        worker = books._writer
        requests = [writer._Request([group(event(name, "record", topic="t"))]) for name in ("a", "poison", "b")]
        worker._commit_batch(requests)
        assert [type(request.problem) for request in requests] == [type(None), ZeroDivisionError, type(None)]
        assert [r.event.id for r in books.events(BOTH, "north", after=1)] == ["a", "b"]


def test_a_commit_that_another_writer_overtook_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened("memory:") as books:
        furnish(books)
        link = books._writer._link
        change = link.change

        def overtaken(sql: str, parameters: tuple[object, ...] = ()) -> int:
            if sql.startswith("UPDATE turn SET number"):
                change("UPDATE turn SET number = number + 1")
            return change(sql, parameters)

        monkeypatch.setattr(link, "change", overtaken)
        with pytest.raises(StoreError, match="another writer"):
            books.submit(BOTH, group(event("late", "record", topic="t")))
        monkeypatch.undo()
        assert books.size(BOTH, "north") == 2
        assert isinstance(books.submit(BOTH, group(event("late", "record", topic="t"))), Accepted)


def test_mirrored_reservations_lapse_together_however_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "DUE_MAX", 3)
    clock = Clock()
    with opened("memory:", clock) as books:
        furnish(books)
        for name, seconds in (("a", 10), ("b", 10), ("c", 20), ("d", 10**6)):
            assert isinstance(books.submit(BOTH, lending(name, 5, seconds)), Accepted)
        clock.now += timedelta(seconds=30)
        assert books.expire_due() == 6
        assert books.expire_due() == 0
        assert books.balance(BOTH, "north", "due_from/south").debits_pending_count == 5
        assert books.balance(BOTH, "south", "due_to/north").credits_pending_count == 5


def test_a_reservation_is_not_mirrored_by_another_that_ends_later() -> None:
    clock = Clock()
    with opened("memory:", clock) as books:
        furnish(books)
        answers = books.submit_many(BOTH, (lending("a", 5, 60), lending("b", 5, 60)))
        assert all(isinstance(answer, Accepted) for answer in answers)
        crossed = group(event("free", "void", of="a"), event("free", "void", "south", of="b"))
        refused = books.submit(BOTH, crossed)
        assert isinstance(refused, Refused)
        assert refused.code == Refusal.MIRROR_UNMATCHED
        clock.now += timedelta(days=1)
        books.expire_due()
        assert books.balance(BOTH, "north", "due_from/south").debits_pending_count == 0
        assert books.balance(BOTH, "south", "due_to/north").credits_pending_count == 0


def test_reservations_lapse_after_a_seal_even_if_the_clock_goes_back() -> None:
    clock = Clock()
    with opened("memory:", clock) as books:
        furnish(books)
        assert isinstance(books.submit(BOTH, lending("a", 5, 60)), Accepted)
        clock.now += timedelta(days=2)
        sealing = Event(id="closed", organisation="north", book="north", kind="seal", effective_at=clock.now)
        assert isinstance(books.submit(BOTH, group(sealing)), Accepted)
        clock.now -= timedelta(days=1)
        books.expire_due()
        assert books.balance(BOTH, "north", "due_from/south").debits_pending_count == 0


def test_books_are_made_by_operators_and_once(tmp_path: Path) -> None:
    with opened("memory:") as books:
        furnish(books)
        made = Book(id="deal", kind="agreement", members=("north", "south"))
        with pytest.raises(LedgerError, match="operator"):
            books.create_book(scope_of("north"), made)
        books.create_book(BOTH, made)
        books.create_book(BOTH, made)
        with pytest.raises(LedgerError, match="other members"):
            books.create_book(BOTH, Book(id="deal", kind="agreement", members=("north",)))
        with pytest.raises(LedgerError, match="one member"):
            books.create_book(BOTH, Book(id="mine", kind="private", members=("north", "south")))


def test_documents_and_notes_stay_beside_their_book() -> None:
    with opened("memory:") as books:
        furnish(books)
        digest = books.blob_put(scope_of("north"), "north", b"minutes")
        assert books.blob_put(scope_of("north"), "north", b"minutes") == digest
        assert books.blob_get(scope_of("north"), "north", digest) == b"minutes"
        assert books.blob_get(scope_of("south"), "south", digest) is None
        with pytest.raises(LedgerError, match="no book north"):
            books.blob_get(scope_of("south"), "north", digest)
        books.note_put(scope_of("north"), "north", 2, "first")
        books.note_put(scope_of("north"), "north", 2, "second")
        assert books.notes(scope_of("north"), "north") == ((2, "second"),)
