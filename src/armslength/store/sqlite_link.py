"""A connection to a SQLite file, or to a database in memory.

Every commit is on disk before it is acknowledged. A lock file lets one process at a time write and checkpoint; the operating
system gives the lock back when a process dies. A SQLite file has no row-level security: it is one trust domain.
"""

import fcntl
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from armslength.errors import Problem, StoreError
from armslength.store.link import Row
from armslength.store.schema import SQLITE_MIGRATIONS, inventory, made

# Releases before this one can corrupt a file when two connections write and checkpoint at the same instant.
SAFE_VERSION = (3, 51, 3)
# STRICT tables.
OLDEST_VERSION = (3, 37, 0)
BUSY_SECONDS = 30.0
PAUSE_SECONDS = 0.002

_SETTINGS = {
    "foreign_keys": 1,
    # Without it INSERT OR REPLACE removes rows behind the back of a DELETE trigger.
    "recursive_triggers": 1,
    "trusted_schema": 0,
    # FULL: an acknowledged commit outlives a loss of power.
    "synchronous": 2,
}


class SqliteLink:
    """One connection."""

    problems: tuple[type[Exception], ...] = (sqlite3.Error, OSError)

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock_file: IO[str] | None = None
        try:
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
            )
        except sqlite3.Error as problem:
            raise StoreError(f"{path}: cannot be opened as books: {problem}", hint="name a file of books") from problem
        try:
            if path != ":memory:":
                self._lock_file = Path(path + ".lock").open("a", encoding="utf-8")  # noqa: SIM115 - held as long as the connection
            self._prepare()
        except (sqlite3.Error, OSError, StoreError) as problem:
            self._connection.close()
            if self._lock_file:
                self._lock_file.close()
            if isinstance(problem, StoreError):
                raise
            raise StoreError(f"{path}: cannot be opened as books: {problem}", hint="name a file of books") from problem

    def _prepare(self) -> None:
        for name, value in _SETTINGS.items():
            self._connection.execute(f"PRAGMA {name}={value}")
            (kept,) = self._connection.execute(f"PRAGMA {name}").fetchone()
            if kept != value:
                raise StoreError(f"{self.path}: SQLite does not keep the setting {name}={value}, the books need it")
        if self.path != ":memory:":
            (mode,) = self._connection.execute("PRAGMA journal_mode=WAL").fetchone()
            if mode != "wal":
                raise StoreError(f"{self.path}: this place allows no write-ahead log", hint="use a local disk")

    def words(self, problem: Exception) -> str:
        """Returns what SQLite says; it names tables and columns, never what is in them."""
        return str(problem)

    def among(self, column: str) -> str:
        """Returns the condition that a column is one of the texts of a JSON list."""
        return f"{column} IN (SELECT value FROM json_each(?))"

    def each(self, columns: str, tables: str, column: str, condition: str = "TRUE") -> str:
        """Returns a query that looks up rows by the texts of a JSON list; a cross join is made in the order written."""
        return f"SELECT {columns} FROM json_each(?) AS wanted CROSS JOIN {tables} WHERE {column} = wanted.value AND {condition}"

    def warnings(self) -> tuple[Problem, ...]:
        """Returns what a person should know about this SQLite."""
        if sqlite3.sqlite_version_info >= SAFE_VERSION or self.path == ":memory:":
            return ()
        message = f"SQLite {sqlite3.sqlite_version} can corrupt a file that two programs write at the same instant"
        hint = "let only this program write it, which takes turns with itself; SQLite 3.51.3 and later are free of the fault"
        return (Problem(self.path, message, hint, severity="warning"),)

    def migrate(self) -> None:
        """Adds whatever tables are missing; refuses a file that a later version wrote."""
        self.begin_write()
        try:
            tables = {name for (name,) in self.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            if tables and "migration" not in tables:
                raise StoreError(f"{self.path}: a database, and not one of books", hint="name another file")
            done = {number for (number,) in self.rows("SELECT number FROM migration")} if tables else set()
            if done - set(range(1, len(SQLITE_MIGRATIONS) + 1)):
                raise StoreError(f"{self.path}: written by a later version", hint="use that version, or a later one")
            for number, (name, script) in enumerate(SQLITE_MIGRATIONS, start=1):
                if number not in done:
                    self._run(script)
                    self.change("INSERT INTO migration (number, name) VALUES (?, ?)", (number, name))
            self._check_inventory()
        except BaseException:
            self.rollback()
            raise
        self.commit()

    def _check_inventory(self) -> None:
        """Refuses tables from which somebody has taken a guard away."""
        there = {made(kind, name) for kind, name in self.rows("SELECT type, name FROM sqlite_schema")}
        missing = inventory(script for _, script in SQLITE_MIGRATIONS) - there
        if missing:
            raise StoreError(
                f"{self.path}: somebody has altered the tables: {', '.join(sorted(missing))} missing",
                hint="verify the books against a signed checkpoint before you trust them; restore the file from a copy",
            )

    def _run(self, script: str) -> None:
        """Runs statements one by one: `executescript` would commit first."""
        statement = ""
        for line in script.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                self._connection.execute(statement)
                statement = ""

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Returns the rows of a query."""
        return self._connection.execute(sql, parameters).fetchall()

    def change(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Runs a statement and returns how many rows it changed."""
        return self._connection.execute(sql, parameters).rowcount

    def insert(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        """Adds rows."""
        names = columns.split()
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        self._connection.executemany(sql, rows)

    def update(self, table: str, key: str, columns: str, rows: Iterable[Row]) -> None:
        """Alters rows found by one column."""
        assignments = ", ".join(f"{name} = ?" for name in columns.split())
        self._connection.executemany(f"UPDATE {table} SET {assignments} WHERE {key} = ?", rows)

    def begin_write(self) -> None:
        """Waits for the turn to write, then begins."""
        self._take_turn()
        self._connection.execute("BEGIN IMMEDIATE")

    def begin_read(self) -> None:
        """Begins a transaction in which all queries see the same state."""
        self._connection.execute("BEGIN")

    def see(self, books: Iterable[int], organisations: Iterable[str], *, writer: bool = False) -> None:
        """Does nothing: a SQLite file is one trust domain, and the queries themselves name the books."""

    def commit(self) -> None:
        """Makes what was written durable."""
        self._connection.execute("COMMIT")
        self._give_up_turn()

    def rollback(self) -> None:
        """Undoes what was written."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._give_up_turn()

    def _take_turn(self) -> None:
        """Waits for the lock, not for ever."""
        if self._lock_file is None:
            return
        for _ in range(round(BUSY_SECONDS / PAUSE_SECONDS)):
            try:
                fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                threading.Event().wait(PAUSE_SECONDS)
            else:
                return
        raise StoreError(
            f"{self.path}: another process has been writing for {BUSY_SECONDS:.0f} s",
            hint="nothing was changed; end that process, or try again later",
        )

    def _give_up_turn(self) -> None:
        if self._lock_file:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Closes the connection; the last one to close checkpoints, hence the turn."""
        self._take_turn()
        self._connection.close()
        if self._lock_file:
            self._lock_file.close()
