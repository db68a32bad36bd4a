"""Opens books with the machine's own clock and randomness."""

import secrets
from datetime import UTC, datetime

from armslength.store.books import Books
from armslength.store.opening import open_store


def open_books(url: str) -> Books:
    """Opens the books at an address: a SQLite file, a PostgreSQL database, or ``memory:``.

    Raises:
        StoreError: the address cannot be opened, or holds no books.
    """
    return open_store(url, clock=lambda: datetime.now(UTC), entropy=secrets.token_bytes)
