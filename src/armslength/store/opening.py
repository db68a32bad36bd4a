"""Opens a store by its address: a SQLite file, a PostgreSQL database, or memory."""

from collections.abc import Callable
from datetime import datetime

from armslength.errors import StoreError
from armslength.store.books import Books
from armslength.store.link import Link
from armslength.store.memory_link import MemoryLink
from armslength.store.sqlite_link import SqliteLink
from armslength.store.writer import Writer

MEMORY = "memory:"


def open_store(url: str, *, clock: Callable[[], datetime], entropy: Callable[[int], bytes]) -> Books:
    """Opens the books at an address; a SQLite file that does not exist is made.

    Args:
        url: ``memory:``; or a path to a SQLite file, which may stand after ``sqlite:``; or ``postgresql://...``.
        clock: returns the time now, UTC.
        entropy: returns so many random bytes, fit for salts.

    Raises:
        StoreError: the address cannot be opened, or holds no books.
    """
    connect = _connector(url)
    first = connect()
    try:
        first.migrate()
        warnings = first.warnings()
    except first.problems as problem:
        raise StoreError(
            f"{url}: the tables of the books cannot be made: {problem}", hint="name another file"
        ) from problem
    finally:
        first.close()
    return Books(Writer(connect, clock, entropy), connect, warnings)


def _connector(url: str) -> Callable[[], Link]:
    """Returns what makes connections to an address."""
    if url == MEMORY:
        shared = MemoryLink()
        return lambda: shared
    scheme, colon, _ = url.partition("://")
    if scheme in {"postgresql", "postgres"} and colon:
        return lambda: _postgresql(url)
    if colon:
        raise StoreError(
            f"{url}: books are not kept there", hint="name a file, or postgresql://user@host:5432/database"
        )
    path = url.removeprefix("sqlite:")
    return lambda: SqliteLink(path)


def _postgresql(url: str) -> Link:
    try:
        from armslength.store.postgresql_link import PostgresqlLink
    except ModuleNotFoundError as missing:
        raise StoreError("PostgreSQL needs one more package", hint="pip install 'armslength[postgresql]'") from missing
    return PostgresqlLink(url)
