"""Traps of SQLite that were measured before this ledger was written: each stays a test."""

import random
import sqlite3
from pathlib import Path

import pytest

from armslength.errors import ArmslengthError, StoreError
from armslength.model.book import Event, Group
from armslength.store import sqlite_link
from armslength.store.opening import open_store
from armslength.store.sqlite_link import SqliteLink
from books.drawing import BEGIN, entry, private
from books.stores import Clock, open_url


def arrives(name: str, amount: int) -> Group:
    entries = (entry("title/lot-1", "debit", amount), entry("external/vendor", "credit", amount))
    event = Event(
        id=name, organisation="north", book=private("north"), kind="post", effective_at=BEGIN, entries=entries
    )
    return Group(id=f"g-{name}", events=(event,))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "books.db"
    with open_url(str(path), Clock(), 1) as store:
        store.furnish()
        store.submit(arrives("arrived", 100))
    return path


PROTECTED = ("book", "member", "event", "movement", "outcome", "clearing", "failed", "tile", "blob", "snapshot")
FORGERY = (
    "insert or replace into event select book, sequence, organisation, 'forged', kind, effective_at, recorded_at, "
    "document, salt, leaf from event where sequence = 0"
)


def test_replace_does_not_get_past_the_triggers(file: Path) -> None:
    """INSERT OR REPLACE removes rows without firing a DELETE trigger, unless recursive triggers are on."""
    link = SqliteLink(str(file))
    try:
        with pytest.raises(sqlite3.IntegrityError, match=r"stay|remain"):
            link.change(FORGERY)
        link.change("pragma recursive_triggers=0")
        link.change("begin")
        assert link.change(FORGERY), "the trap is gone from SQLite; this test no longer tests anything"
        link.rollback()
    finally:
        link.close()


@pytest.mark.parametrize("setting", ["recursive_triggers", "foreign_keys", "synchronous"])
def test_a_connection_that_does_not_keep_a_setting_is_refused(
    file: Path, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Builds of SQLite exist that leave settings out; `PRAGMA` then says nothing at all."""
    monkeypatch.setitem(sqlite_link._SETTINGS, setting, 7)
    with pytest.raises(StoreError, match=setting):
        SqliteLink(str(file))


@pytest.mark.parametrize("table", PROTECTED)
@pytest.mark.parametrize(
    "verb", ["delete from {}", "update {} set rowid = rowid", "update or replace {} set book = book"]
)
def test_rows_of_the_log_stay(file: Path, table: str, verb: str) -> None:
    link = SqliteLink(str(file))
    try:
        count = link.rows(f"select count(*) from {table}")[0][0]
        triggers = [
            name
            for (name,) in link.rows("select name from sqlite_schema where type='trigger' and tbl_name=?", (table,))
        ]
        assert len(triggers) >= 2
        if count:
            with pytest.raises(sqlite3.Error):
                link.change(verb.format(table))
    finally:
        link.close()


@pytest.mark.parametrize(("version", "named"), [((3, 51, 2), 1), ((3, 51, 3), 0)])
def test_a_sqlite_that_can_corrupt_files_is_named(
    file: Path, version: tuple[int, int, int], named: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Releases from 3.7.0 to 3.51.2 may corrupt a log that two connections write and checkpoint at one instant."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    link = SqliteLink(str(file))
    try:
        assert len(link.warnings()) == named
    finally:
        link.close()


def test_only_the_one_whose_turn_it_is_checkpoints(file: Path) -> None:
    """Readers never write, so that no second connection checkpoints while the writer does."""
    clock = Clock()
    with open_url(str(file), clock, 2) as store:
        store.submit(arrives("more", 1))
        before = file.with_name(file.name + "-wal").stat().st_size
        for _ in range(20):
            store.log()
        assert file.with_name(file.name + "-wal").stat().st_size == before


def test_closed_stores_and_wrong_addresses_say_so(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("create table mine (a)")
    connection.commit()
    connection.close()
    (tmp_path / "text.db").write_text("no database at all, only some words\n" * 50, encoding="utf-8")
    for url in (str(other), str(tmp_path / "text.db"), str(tmp_path / "no" / "folder.db"), "mysql://host/books",
                "postgresql://nobody@127.0.0.1:1/books"):  # fmt: skip
        with pytest.raises(ArmslengthError) as caught:
            open_store(url, clock=Clock(), entropy=random.Random(1).randbytes)
        assert str(caught.value)
