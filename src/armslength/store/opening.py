"""Opens a store by its address: a SQLite file, a PostgreSQL database, or memory."""

from collections.abc import Callable
from datetime import datetime

from armslength.store.books import Books
from armslength.store.memory_link import MemoryLink
from armslength.store.sqlite_link import SqliteLink
from armslength.store.writer import Writer

MEMORY = "memory:"


def open_store(url: str, *, clock: Callable[[], datetime], entropy: Callable[[int], bytes]) -> Books:
    """Opens the books at an address; a SQLite file that does not exist is made.

    Args:
        url: ``memory:``, or a path to a SQLite file, which may stand after ``sqlite:``.
        clock: returns the time now, UTC.
        entropy: returns so many random bytes, fit for salts.

    Raises:
        StoreError: the address cannot be opened, or holds no books.
    """
    if url == MEMORY:
        shared = MemoryLink()
        shared.migrate()
        return Books(Writer(shared, clock, entropy), lambda: shared)
    path = url.removeprefix("sqlite:")
    link = SqliteLink(path)
    link.migrate()
    return Books(Writer(link, clock, entropy), lambda: SqliteLink(path))
