"""Opens books with the machine's own clock and randomness."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from armslength.errors import InputError, UnknownName, nearest
from armslength.store.books import Books
from armslength.store.opening import open_store
from armslength.store.scope import Scope, scope_of

SERVERS = ("postgresql://", "postgres://")


def open_books(url: str) -> Books:
    """Opens the books at an address: a SQLite file, a PostgreSQL database, or ``memory:``.

    Raises:
        StoreError: the address cannot be opened, or holds no books.
    """
    return open_store(url, clock=lambda: datetime.now(UTC), entropy=secrets.token_bytes)


def scope_for(books: Books, url: str, named: Sequence[str] = ()) -> Scope:
    """Returns whose eyes a command looks with: those of the organisations named, or of everybody in a file.

    A file is one trust domain: whoever can open it can read it. On a server nobody is everybody.

    Raises:
        InputError: nobody is named and the books are on a server.
        UnknownName: an organisation has no book here.
    """
    on_server = url.startswith(SERVERS)
    everybody = () if on_server else books.organisations(scope_of(operator=True))
    if not named:
        if on_server:
            raise InputError(
                "for whom?", hint="name an organisation with --as; a server shows nobody everybody's books"
            )
        return scope_of(*everybody, operator=True)
    for name in named:
        if everybody and name not in everybody:
            hint = nearest(name, everybody) or f"those with books here: {', '.join(everybody)}"
            raise UnknownName(f"`{name}` has no book here", hint=hint)
    return scope_of(*named, operator=True)
