"""Lets the store's SQLite connections run on a recording file system, without the store knowing.

The store speaks to Python's own ``sqlite3``; file systems of our making need ``apsw``. This is the part of the one that
the store uses, on top of the other.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import apsw
import pytest

from books.power import Disk, RecordingSystem


@contextmanager
def translated() -> Iterator[None]:
    """Raises the errors of one library as those of the other."""
    try:
        yield
    except apsw.ConstraintError as problem:
        raise sqlite3.IntegrityError(str(problem)) from problem
    except apsw.Error as problem:
        raise sqlite3.OperationalError(f"{type(problem).__name__}: {problem}") from problem


class Found:
    """Rows of a statement that has run."""

    def __init__(self, rows: list[tuple[Any, ...]], rowcount: int) -> None:
        self.waiting = iter(rows)
        self.rowcount = rowcount

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self.waiting, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self.waiting)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self.waiting


USUAL_PAGES = 1000  # after which SQLite checkpoints by itself
# A setting forced upon the store behind its back, and what the store is told when it asks.
Forced = dict[str, tuple[str, int]]


class Connection:
    """What the store uses of ``sqlite3.Connection``."""

    def __init__(self, path: str, system: str, forced: Forced, checkpoint_pages: int) -> None:
        with translated():
            self.inner = apsw.Connection(path, vfs=system)
            self.inner.set_busy_timeout(10_000)
            self.inner.wal_autocheckpoint(checkpoint_pages)
        self.forced = forced

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Found:
        for name, (value, told) in self.forced.items():
            if sql.lower().startswith(f"pragma {name}"):
                with translated():
                    self.inner.execute(f"pragma {name}={value}")
                return Found([(told,)], -1)
        with translated():
            rows = list(self.inner.execute(sql, tuple(parameters)))
        return Found(rows, self.inner.changes())

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> Found:
        with translated():
            self.inner.executemany(sql, rows)
        return Found([], self.inner.changes())

    @property
    def in_transaction(self) -> bool:
        return bool(self.inner.in_transaction)

    def close(self) -> None:
        with translated():
            self.inner.close()


@contextmanager
def recording(
    disk: Disk, name: str, forced: Forced | None = None, checkpoint_pages: int = USUAL_PAGES
) -> Iterator[None]:
    """Within it, every connection that the store opens writes through a recording file system."""
    import armslength.store.sqlite_link as link

    system = RecordingSystem(name, disk)

    def connect(path: str, **_: object) -> Connection:
        return Connection(path, system.name, forced or {}, checkpoint_pages)

    stand_in = SimpleNamespace(
        connect=connect,
        Error=sqlite3.Error,
        OperationalError=sqlite3.OperationalError,
        IntegrityError=sqlite3.IntegrityError,
        complete_statement=sqlite3.complete_statement,
        sqlite_version=sqlite3.sqlite_version,
        sqlite_version_info=sqlite3.sqlite_version_info,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(link, "sqlite3", stand_in)
        yield
