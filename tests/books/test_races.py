"""T5: two writers of one store at the same moment, and what happens when nothing keeps them apart.

The second writer is let loose while the first has decided and not yet committed: the moment at which stale news costs most.
"""

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from armslength.model.book import Accepted, Account, Book, Entry, Event, Group, Refusal, Refused
from armslength.store.postgresql_link import _TURN, PostgresqlLink
from armslength.store.scope import scope_of
from armslength.store.sqlite_link import SqliteLink
from books.drawing import BEGIN, entry
from books.stores import Clock, Opened, open_url

NORTH = scope_of("north", operator=True)
BOOK = "private/north"
HELD, ASKED = 12_000, 8_000
LINKS: dict[str, type] = {"sqlite": SqliteLink, "postgresql": PostgresqlLink}


def event(name: str, kind: str, **fields: Any) -> Group:
    at = {"effective_at": BEGIN + timedelta(days=1), **fields}
    made = Event.model_validate({"id": name, "organisation": "north", "book": BOOK, "kind": kind} | at)
    return Group(id=f"g-{name}", events=(made,))


def move(debit: str, credit: str, amount: int) -> tuple[Entry, ...]:
    return entry(debit, "debit", amount), entry(credit, "credit", amount)


def furnish(store: Opened) -> None:
    """12,000 accelerators in a store room, from which no more may be taken."""
    store.store.create_book(NORTH, Book(id=BOOK, kind="private", members=("north",)))
    for name, limit in (("stored", "credits_must_not_exceed_debits"), ("external/vendor", "none"), ("lent", "none")):
        account = Account(id=name, unit="GPU:a", limit=limit)  # type: ignore[arg-type]
        assert isinstance(submit(store, event(f"open-{name[:4]}", "open_account", opens=account)), Accepted)
    arrived = event("arrived", "post", entries=move("stored", "external/vendor", HELD))
    assert isinstance(submit(store, arrived), Accepted)


def submit(store: Opened, group: Group) -> Accepted | Refused:
    return store.store.submit(NORTH, group)


class Race:
    """Two stores on one database, each with a writer of its own."""

    def __init__(self, url: str, kind: str, patch: pytest.MonkeyPatch) -> None:
        self.stack = ExitStack()
        clock = Clock()
        with open_url(url, clock, 1) as store:
            furnish(store)
        self.first = self.stack.enter_context(open_url(url, clock, 2))
        self.second = self.stack.enter_context(open_url(url, clock, 3))
        self.link = LINKS[kind]
        self.patch = patch
        # Each has read the same past before the race.
        for store in (self.first, self.second):
            submit(store, event(f"warm-{id(store)}", "record", topic="warm.up"))

    def run(self, first: Group, second: Group) -> list[Accepted | Refused | Exception]:
        """Submits both; the second begins when the first is about to commit."""
        decided, answers = threading.Event(), {}
        commit = self.link.commit

        def slow_commit(link: Any) -> None:
            if threading.current_thread().name == "first":
                decided.set()
                self.loose.wait(0.15)
            commit(link)

        def send(store: Opened, group: Group) -> None:
            try:
                answers[threading.current_thread().name] = submit(store, group)
            except Exception as problem:  # noqa: BLE001 - whatever it is, it is the outcome
                answers[threading.current_thread().name] = problem
            if threading.current_thread().name == "second":
                self.loose.set()

        self.loose = threading.Event()
        self.patch.setattr(self.link, "commit", slow_commit)
        threads = [
            threading.Thread(target=send, args=(self.first, first), name="first"),
            threading.Thread(target=send, args=(self.second, second), name="second"),
        ]
        threads[0].start()
        assert decided.wait(10)
        threads[1].start()
        for thread in threads:
            thread.join(40)
        return [answers["first"], answers["second"]]

    def taken(self) -> int:
        balance = self.first.store.balance(NORTH, BOOK, "stored")
        return balance.credits_posted_count + balance.credits_pending_count


@pytest.fixture(params=["sqlite", "postgresql"])
def race(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Race]:
    in_file = request.param == "sqlite"
    url = str(tmp_path / "books.db") if in_file else str(request.getfixturevalue("database"))
    made = Race(url, request.param, monkeypatch)
    with made.stack:
        yield made


def reserve(name: str, amount: int = ASKED) -> Group:
    return event(name, "reserve", entries=move("lent", "stored", amount))


def test_a_limit_holds_against_two_reservations_at_once(race: Race) -> None:
    """Write skew: by read and insert alone both would find 12,000 free."""
    first, second = race.run(reserve("a"), reserve("b"))
    assert isinstance(first, Accepted)
    assert isinstance(second, Refused)
    assert second.code is Refusal.EXCEEDS_LIMIT
    assert race.taken() == ASKED


def test_no_update_is_lost(race: Race) -> None:
    first, second = race.run(reserve("a", 5_000), reserve("b", 6_000))
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert race.taken() == 11_000
    assert {one.recorded[0].sequence_count for one in (first, second)} == {6, 7}


def test_a_reservation_is_resolved_once(race: Race) -> None:
    submit(race.first, reserve("held"))
    first, second = race.run(event("post", "post_reserved", of="held"), event("void", "void", of="held"))
    assert isinstance(first, Accepted)
    assert isinstance(second, Refused)
    assert second.code is Refusal.ALREADY_POSTED


def test_nothing_slips_into_an_account_that_is_being_closed(race: Race) -> None:
    """A phantom: the account was open when the second writer last looked."""
    first, second = race.run(event("close", "close_account", account="lent"), reserve("late"))
    assert isinstance(first, Accepted)
    assert isinstance(second, Refused)
    assert second.code is Refusal.ACCOUNT_CLOSED


def test_one_id_has_one_outcome(race: Race) -> None:
    """The same group through two writers, as when a client gives up waiting and tries another server."""
    first, second = race.run(reserve("same"), reserve("same"))
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert second.duplicate
    assert first.recorded == second.recorded
    assert race.taken() == ASKED


def unlocked(kind: str) -> Any:
    """Begins to write without waiting for the turn."""

    def begin_file(link: Any) -> None:
        link._connection.execute("BEGIN")

    def begin_server(link: Any) -> None:
        link._step_down()
        link._connection.run("BEGIN ISOLATION LEVEL READ COMMITTED")

    return begin_file if kind == "sqlite" else begin_server


def locked_inside_a_snapshot(link: Any) -> None:
    """Takes the turn after the snapshot: whoever waits for it decides on what stood before."""
    link._step_down()
    link._connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
    link._connection.run("SELECT 1 FROM turn")
    link._connection.run(f"SELECT pg_advisory_lock({_TURN})")


def goes_wrong(race: Race) -> bool:
    first, second = race.run(reserve("a"), reserve("b"))
    right = isinstance(first, Accepted) and isinstance(second, Refused) and race.taken() == ASKED
    return not right


def test_without_the_turn_the_race_is_seen(race: Race) -> None:
    """The proof that the tests above can fail."""
    kind = next(name for name, link in LINKS.items() if link is race.link)
    race.patch.setattr(race.link, "begin_write", unlocked(kind))
    assert goes_wrong(race)


def test_a_lock_inside_a_snapshot_is_seen(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Race(database, "postgresql", monkeypatch)
    with made.stack:
        monkeypatch.setattr(PostgresqlLink, "begin_write", locked_inside_a_snapshot)
        assert goes_wrong(made)


@contextmanager
def many(stores: list[Opened], per_thread: int, threads: int) -> Iterator[list[Any]]:
    """Reservations of one each, from many threads, until there is nothing left."""
    answers: list[Any] = []

    def work(number: int) -> None:
        chance = random.Random(number)
        for n in range(per_thread):
            answers.append(submit(chance.choice(stores), reserve(f"t{number}-{n}", 500)))

    running = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    yield answers


def test_many_clients_never_take_more_than_there_is(race: Race) -> None:
    with many([race.first, race.second], per_thread=6, threads=8) as answers:
        accepted = [one for one in answers if isinstance(one, Accepted)]
        assert len(answers) == 48
        assert len(accepted) == HELD // 500
        assert race.taken() == HELD
