"""T13: what protects the log is all there, stays there, and what this version wrote can be read for ever."""

import sqlite3
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from armslength.errors import StoreError
from armslength.proof.encoding import bytes_of, leaf_of
from armslength.store.postgresql_schema import SCHEMA
from books.lockstep import drive
from books.postgres import Cluster
from books.stores import EVERYBODY, Clock, Opened, open_url
from books.trees import root_of

VERSION = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]["version"]
WRITTEN = Path(__file__).resolve().parents[1] / "golden" / "books"
SERVER = f"""
select 'table ' || table_name || ' ' || string_agg(column_name || ' ' || data_type, ', ' order by ordinal_position)
    from information_schema.columns where table_schema = '{SCHEMA}' group by table_name
union all select 'trigger ' || event_object_table || ' ' || trigger_name || ' ' || action_timing || ' '
    || event_manipulation || ' ' || action_orientation from information_schema.triggers where trigger_schema = '{SCHEMA}'
union all select 'trigger ' || relname || ' ' || tgname || ' on truncate' from pg_trigger
    join pg_class on pg_class.oid = tgrelid where not tgisinternal and tgtype & 32 > 0
union all select 'policy ' || tablename || ' ' || policyname || ' ' || cmd || ' using ' || qual || ' check '
    || coalesce(with_check, 'none') from pg_policies where schemaname = '{SCHEMA}'
union all select 'security ' || relname || ' ' || relrowsecurity || ' forced ' || relforcerowsecurity from pg_class
    where relnamespace = '{SCHEMA}'::regnamespace and relkind = 'r'
union all select 'grant ' || table_name || ' ' || privilege_type || ' to ' || grantee
    from information_schema.role_table_grants where table_schema = '{SCHEMA}' and grantee <> 'postgres'
union all select 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
    where connamespace = '{SCHEMA}'::regnamespace
union all select 'index ' || indexdef from pg_indexes where schemaname = '{SCHEMA}'
order by 1"""


def inventory_of_file(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("select type, name, sql from sqlite_schema where sql is not null order by type, name")
        return "\n".join(f"-- {kind} {name}\n{sql}" for kind, name, sql in rows) + "\n"


def inventory_of_server(cluster: Cluster, url: str) -> str:
    with closing(cluster.connect(url.rpartition("/")[2])) as connection:
        cursor = connection.cursor()
        cursor.execute(SERVER)
        return "\n".join(text for (text,) in cursor.fetchall()) + "\n"


def test_the_inventory_of_a_file(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    path = tmp_path / "books.db"
    with open_url(str(path), Clock(), 1):
        before = inventory_of_file(path)
    with open_url(str(path), Clock(), 1):
        assert inventory_of_file(path) == before, "opening it again alters it"
    golden("books/inventory-sqlite.sql", before)
    assert before.count("CREATE TRIGGER") >= 20


def test_the_inventory_of_a_server(cluster: Cluster, database: str, golden: Callable[[str, str], None]) -> None:
    before = inventory_of_server(cluster, database)
    with open_url(database, Clock(), 1) as store:
        store.furnish()
    assert inventory_of_server(cluster, database) == before
    golden("books/inventory-postgresql.txt", before)


def test_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    with open_url(str(path), Clock(), 1) as store:
        store.furnish()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("insert into migration (number, name) values (999, 'from the future')")
    with pytest.raises(StoreError, match="later version"), open_url(str(path), Clock(), 1):
        pass


def test_a_later_version_of_a_server_is_refused(cluster: Cluster, database: str) -> None:
    with closing(cluster.connect(database.rpartition("/")[2])) as connection:
        connection.cursor().execute(f"insert into {SCHEMA}.migration (number, name) values (999, 'from the future')")
    with pytest.raises(StoreError, match="later version"), open_url(database, Clock(), 1):
        pass


def write_a_book(path: Path) -> str:
    """Returns the text of a file of books in which a little of everything has happened."""
    clock = Clock()
    with open_url(str(path), clock, seed=7) as store:
        drive(store, clock, 7, 60)
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(dumped(connection)) + "\n"


def dumped(connection: sqlite3.Connection) -> Iterator[str]:
    """Yields statements that make the same database: tables, then rows, then what keeps them as they are."""
    schema = connection.execute(
        "select type, name, sql from sqlite_schema where sql is not null order by rowid"
    ).fetchall()
    yield from (f"{sql};" for kind, _, sql in schema if kind == "table")
    for table in (name for kind, name, _ in schema if kind == "table"):
        columns = [row[1] for row in connection.execute(f"pragma table_info({table})")]
        quoted = " || ', ' || ".join(f"quote({column})" for column in columns)
        for (values,) in connection.execute(f"select {quoted} from {table} order by 1"):
            yield f"INSERT INTO {table} VALUES ({values});"
    yield from (f"{sql};" for kind, _, sql in schema if kind != "table")


@pytest.fixture(params=sorted(WRITTEN.glob("written-by-*.sql")), ids=lambda file: file.stem)
def released(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Yields a book as some version wrote it."""
    path = tmp_path / "released.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(request.param.read_text(encoding="utf-8"))
    with open_url(str(path), Clock(), 8) as store:
        yield store


def test_a_book_of_this_version_is_kept(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Written once, by `make accept` where there is none; removed and written again only while the version is unreleased."""
    file = WRITTEN / f"written-by-{VERSION}.sql"
    if request.config.getoption("--accept") and not file.exists():
        file.write_text(write_a_book(tmp_path / "books.db"), encoding="utf-8")
    assert file.exists(), f"{file.name} is missing; `make accept` writes it"


def test_old_books_verify(released: Opened) -> None:
    for book, events in released.log().items():
        leaves = [leaf_of(bytes_of(one), bytes.fromhex(one.salt)) for one in events]
        assert [leaf.hex() for leaf in leaves] == [one.leaf for one in events]
        assert released.store.checkpoint(EVERYBODY, book).root == root_of(leaves).hex()
        for account in released.store.accounts(EVERYBODY, book):
            now = released.store.balance(EVERYBODY, book, account.id)
            later = Clock().now + timedelta(days=99)
            assert released.store.balance(EVERYBODY, book, account.id, recorded_at=later) == now


def test_old_books_go_on(released: Opened) -> None:
    from books.drawing import opening

    again = opening("north")
    assert released.submit(again) == released.submit(again)
    assert released.store.size(EVERYBODY, "private/north") > 10
