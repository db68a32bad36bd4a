"""T7: what an organisation can observe is a function of its own books alone.

The same script is run for one organisation twice, with other secrets in the others' books: its answers must be equal to the
byte. What is masked is random by design: salts, and the hashes over them.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pg8000.dbapi
import pytest

from armslength.errors import ArmslengthError
from armslength.model.book import Account, Book, Event, Group
from armslength.store.postgresql_schema import APP_ROLE, BOOKS, SCHEMA
from armslength.store.scope import scope_of
from books.drawing import BEGIN, entry
from books.postgres import Cluster
from books.stores import Clock, Opened, open_url

NORTH, SOUTH, OPERATOR = scope_of("north"), scope_of("south"), scope_of("operator", operator=True)
MINE, THEIRS = "private/north", "private/south"
DAY = timedelta(days=1)
RANDOM = re.compile(r"'?\b[0-9a-f]{32}([0-9a-f]{32})?\b'?")


def event(organisation: str, name: str, kind: str, **fields: Any) -> Event:
    known = {"id": name, "organisation": organisation, "kind": kind, "effective_at": BEGIN + DAY}
    return Event.model_validate({"book": f"private/{organisation}"} | known | fields)


def alone(*events: Event) -> Group:
    return Group(id=f"g-{events[0].id}", events=events)


def opened(organisation: str, name: str, unit: str = "USD/2") -> Event:
    return event(
        organisation, f"open-{name.replace('/', '-')}", "open_account", opens=Account(id=name, unit=unit, limit="none")
    )


def posted(organisation: str, name: str, amount: int) -> Event:
    entries = (entry("money/USD", "debit", amount), entry("external/market", "credit", amount))
    return event(organisation, name, "post", entries=entries)


class Secret:
    """What goes on in the other organisations' books between the steps of the one that watches."""

    def __init__(self, store: Opened, clock: Clock, size: int) -> None:
        self.store, self.clock, self.size, self.number = store, clock, size, 0

    def goes_on(self) -> None:
        for _ in range(self.size):
            self.number += 1
            self.store.store.submit(SOUTH, alone(posted("south", f"e-{self.number}", 7_000_000 + self.number)))

    def furnish(self) -> None:
        self.store.store.submit(SOUTH, alone(opened("south", "money/USD"), opened("south", "external/market")))
        if self.size:
            account = opened("south", f"people/{self.size}", "PEOPLE")
            self.store.store.submit(SOUTH, alone(account))
            self.store.store.blob_put(SOUTH, THEIRS, b"a secret")
        held = (
            event(
                "south",
                "held",
                "reserve",
                entries=posted("south", "unsent", 5).entries,
                timeout_seconds=60 * self.size or None,
            )
            if self.size
            else posted("south", "held", 5)
        )
        self.store.store.submit(SOUTH, alone(held))


def watch(store: Opened, clock: Clock, size: int) -> list[str]:
    """Everything that the north is told while it does its own business, and pries into the others'."""
    for book in (
        Book(id=MINE, kind="private", members=("north",)),
        Book(id=THEIRS, kind="private", members=("south",)),
        Book(id="agreement/theirs", kind="agreement", members=("south", "east")),
        Book(id="agreement/ours", kind="agreement", members=("north", "south")),
    ):
        store.store.create_book(OPERATOR, book)
    secret = Secret(store, clock, size)
    secret.furnish()
    told: list[str] = []

    def ask(what: Callable[[], object]) -> None:
        clock.now += timedelta(seconds=10)
        secret.goes_on()
        try:
            answer = repr(what())
        except ArmslengthError as problem:
            answer = f"{type(problem).__name__} {problem.code} {problem}"
        told.append(RANDOM.sub("*", answer))

    for question in questions(store):
        ask(question)
    return told


def questions(store: Opened) -> Iterator[Callable[[], object]]:
    books = store.store
    held = posted("north", "unsent", 3).entries
    own = (
        alone(opened("north", "money/USD"), opened("north", "external/market")),
        # Ids that the south has used too, or will use.
        alone(posted("north", "e-1", 5)), alone(posted("north", "held", 5)), alone(posted("north", "e-1", 5)),
        alone(event("north", "lapses", "reserve", entries=held, timeout_seconds=15)),
        alone(event("north", "void-theirs", "void", of="e-2")), alone(event("north", "reverse-theirs", "reverse", of="e-3")),
        alone(event("north", "record", "record", book="agreement/ours", topic="agreement.propose")),
        alone(event("north", "one-sided", "post", entries=(
            entry("due_from/south/x/USD", "debit", 1), entry("external/market", "credit", 1)))),
        alone(event("north", "missing", "post", entries=(
            entry("people/3", "debit", 1), entry("people/4", "credit", 1)))),
    )  # fmt: skip
    for group in own:
        yield lambda group=group: books.submit(NORTH, group)
    for name in (THEIRS, "agreement/theirs", "agreement/nobody"):
        record = alone(event("north", f"pry-{name[-6:]}", "record", book=name, topic="agreement.approve"))
        yield lambda record=record: books.submit(NORTH, record)
        pry = alone(posted("north", f"size-{name[-6:]}", 1)).model_copy(update={"expected_size_count": {name: 3}})
        yield lambda pry=pry: books.submit(NORTH, pry)
        for reading in (
            lambda name: books.events(NORTH, name), lambda name: books.size(NORTH, name),
            lambda name: books.checkpoint(NORTH, name), lambda name: books.leaves(NORTH, name),
            lambda name: books.accounts(NORTH, name), lambda name: books.balance(NORTH, name, "money/USD"),
            lambda name: books.balances(NORTH, name), lambda name: books.open_items(NORTH, name, "money/USD"),
            lambda name: books.blob_get(NORTH, name, "sha256:" + "0" * 64), lambda name: books.notes(NORTH, name),
            lambda name: books.blob_put(NORTH, name, b"x"), lambda name: books.note_put(NORTH, name, 1, "x"),
            lambda name: books.frontier(NORTH, name), lambda name: books.hashes(NORTH, name, 1, 0, 9),
        ):  # fmt: skip
            yield lambda reading=reading, name=name: str(reading(name))
    as_south = alone(posted("south", "forged", 1))
    yield lambda: books.submit(NORTH, as_south)
    yield lambda: books.event(NORTH, "south", "e-1")
    yield lambda: books.event(NORTH, "south", "nothing")
    yield lambda: books.books(NORTH)
    for name in (MINE, "agreement/ours"):
        yield lambda name=name: books.events(NORTH, name)
        yield lambda name=name: books.size(NORTH, name)
    yield lambda: books.balances(NORTH, MINE)
    yield lambda: books.balances(NORTH, MINE, recorded_at=BEGIN + 200 * DAY + timedelta(seconds=60))


def test_two_worlds_that_differ_in_secrets_look_the_same(
    tmp_path: Any, request: pytest.FixtureRequest, address: str
) -> None:
    told = []
    for size in (0, 3):
        url = address
        if address.startswith("postgresql"):
            cluster: Cluster = request.getfixturevalue("cluster")
            url = cluster.create(f"twin_{size}", request.getfixturevalue("template"))
        elif address != "memory:":
            url = f"{address}.{size}"
        clock = Clock()
        with open_url(url, clock, 1) as store:
            told.append(watch(store, clock, size))
        if address.startswith("postgresql"):
            cluster.drop(f"twin_{size}")
    assert len(told[0]) > 60
    for one, other in zip(*told, strict=True):
        assert one == other


def test_what_is_forbidden_answers_as_what_does_not_exist(store: Opened, clock: Clock) -> None:
    told = watch(store, clock, 2)
    names = (THEIRS, "agreement/theirs", "agreement/nobody")
    masked = [re.sub(r"(pry|size)-[/\w]+|theirs|nobody", "N", re.sub("|".join(names), "BOOK", one)) for one in told]
    first = next(n for n, one in enumerate(told) if "unknown_book" in one)
    per_book = 16
    blocks = [masked[first + n * per_book : first + (n + 1) * per_book] for n in range(3)]
    assert all("BOOK" in line or "None" in line or "unknown_book" in line for line in blocks[0])
    blocks = [[line.replace("private/south", "BOOK") for line in block] for block in blocks]
    assert blocks[0] == blocks[2]
    assert blocks[1] == blocks[2]


# -- below the application: PostgreSQL's own walls --------------------------------------------------------------------

TABLES = (
    "book",
    "member",
    "head",
    "event",
    "account",
    "movement",
    "outcome",
    "clearing",
    "waiting",
    "failed",
    "blob",
    "note",
)


@pytest.fixture(scope="module")
def watched(cluster: Cluster, template: str) -> Iterator[str]:
    """Yields the name of a database in which the books have something in them."""
    clock = Clock()
    with open_url(cluster.create("watched", template), clock, 1) as store:
        watch(store, clock, 2)
    yield "watched"
    cluster.drop("watched")


@pytest.fixture
def walls(cluster: Cluster, watched: str) -> Iterator[pg8000.dbapi.Connection]:
    """Yields a bare connection as the application's role."""
    connection = cluster.connect(watched, APP_ROLE)
    connection.cursor().execute(f"set search_path to {SCHEMA}")
    yield connection
    connection.close()


def rows(connection: pg8000.dbapi.Connection, sql: str) -> list[Any]:
    cursor = connection.cursor()
    cursor.execute(sql)
    return list(cursor.fetchall())


@pytest.mark.parametrize("table", TABLES)
def test_who_has_named_no_book_sees_no_row(walls: pg8000.dbapi.Connection, table: str) -> None:
    assert rows(walls, f"select count(*) from {table}") == [[0]] or rows(walls, f"select count(*) from {table}") == [
        (0,)
    ]


def test_naming_books_ends_with_the_transaction(walls: pg8000.dbapi.Connection) -> None:
    walls.autocommit = False
    rows(walls, f"select set_config('{BOOKS}', '1', true)")
    seen = {row[0] for row in rows(walls, "select book from event")}
    assert seen == {1}
    walls.commit()
    assert not rows(walls, "select book from event")
    walls.rollback()


FORBIDDEN = (
    "update event set document = '{}'",
    "delete from event",
    "truncate event",
    "truncate event cascade",
    "update movement set debits_posted = 1",
    "delete from failed",
    "alter table event disable trigger all",
    "alter table event disable row level security",
    "drop policy own_books on event",
    "drop table blob",
    "set session_replication_role = replica",
    "set role postgres",
    "create table mine (a int)",
    "update book set document = '{}'",
    "insert into member (organisation, book) values ('north', 2)",
)


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_the_applications_role_may_not(walls: pg8000.dbapi.Connection, sql: str) -> None:
    with pytest.raises(pg8000.dbapi.Error):
        rows(walls, sql)


@pytest.mark.parametrize(
    "sql", ["truncate event cascade", "delete from event", "update event set document = '{}'", "truncate failed"]
)
def test_even_the_owner_cannot_alter_by_accident(cluster: Cluster, watched: str, sql: str) -> None:
    """Row triggers do not fire on TRUNCATE; a superuser can always switch triggers off, which is what witnesses are for."""
    owner = cluster.connect(watched)
    try:
        owner.cursor().execute(f"set search_path to {SCHEMA}")
        with pytest.raises(pg8000.dbapi.Error, match="stay"):
            owner.cursor().execute(sql)
    finally:
        owner.close()
