"""The books: what a caller with a scope can read and submit. All of it may be called from any thread."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256

from armslength.errors import LedgerError, Problem, StoreError
from armslength.model.book import (
    Accepted,
    Account,
    Balance,
    Book,
    Group,
    OpenItem,
    Recorded,
    Refusal,
    Refused,
    TreeHead,
)
from armslength.proof.tree import Frontier, Reader, by_tiles, unpacked
from armslength.store import reading
from armslength.store.link import Link
from armslength.store.scope import Scope
from armslength.store.writer import GROUPS_MAX, Writer

PAGE_MAX = 10_000


class Books:
    """A set of books in one store.

    Args:
        writer: the one writer of this process.
        connect: makes a connection to read with.
        warnings: what a person should know about the database program.
    """

    def __init__(self, writer: Writer, connect: Callable[[], Link], warnings: tuple[Problem, ...] = ()) -> None:
        self.warnings = warnings
        self._writer = writer
        self._connect = connect
        self._idle: list[Link] = []
        self._guard = threading.Lock()
        self._closed = False

    def submit(self, scope: Scope, group: Group) -> Accepted | Refused:
        """Decides on a group; the answer is durable.

        Raises:
            StoreError: the outcome is not known; submit the same group again.
        """
        return self.submit_many(scope, (group,))[0]

    def submit_many(self, scope: Scope, groups: Sequence[Group]) -> tuple[Accepted | Refused, ...]:
        """Decides on groups one after another, each by itself; many share a commit."""
        answers: list[Accepted | Refused] = []
        for start in range(0, len(groups), GROUPS_MAX):
            part = groups[start : start + GROUPS_MAX]
            barred = [_barred(scope, group) for group in part]
            allowed = iter(self._writer.submit([group for group, no in zip(part, barred, strict=True) if not no]))
            answers += [no or next(allowed) for no in barred]
        return tuple(answers)

    def expire_due(self) -> int:
        """Lets reservations lapse whose time is up, as any commit does before all else; returns how many."""
        return self._writer.expire_due()

    def create_book(self, scope: Scope, book: Book) -> None:
        """Makes a book; one that exists already with the same members is left as it is.

        Raises:
            LedgerError: the scope is no operator's, or a book of that id exists with other members.
        """
        if not scope.operator:
            raise LedgerError("only an operator makes books", code=Refusal.NOT_A_MEMBER.value)
        if book.kind == "private" and (len(book.members) != 1 or book.observers):
            raise LedgerError(
                f"{book.id}: a private book has one member and no observers", code=Refusal.WRONG_FIELDS.value
            )
        self._writer.create_book(book)

    def books(self, scope: Scope) -> tuple[Book, ...]:
        """Returns the books that the scope may read, by id."""
        with self._reading(scope) as (link, visible):
            return reading.books(link, visible)

    def organisations(self, scope: Scope) -> tuple[str, ...]:
        """Returns who has books here, for an operator of a store that is one trust domain; others learn of themselves."""
        if not scope.operator:
            return tuple(sorted(scope.organisations))
        with self._reading(scope) as (link, _):
            return reading.organisations(link)

    def events(self, scope: Scope, book: str, *, after: int = -1, limit: int = 100) -> tuple[Recorded, ...]:
        """Returns a page of a book: at most ``limit`` events whose sequence is above ``after``."""
        with self._book(scope, book) as (link, number):
            return reading.events(link, number, after, max(0, min(limit, PAGE_MAX)))

    def event(self, scope: Scope, organisation: str, name: str) -> Recorded | None:
        """Returns an organisation's event by its id, or None where there is none that the scope may see."""
        with self._reading(scope) as (link, visible):
            found = reading.event(link, organisation, name)
            return found if found and found.event.book in visible else None

    def size(self, scope: Scope, book: str) -> int:
        """Returns how many events a book holds."""
        return self.checkpoint(scope, book).size_count

    def checkpoint(self, scope: Scope, book: str) -> TreeHead:
        """Returns the length and root hash of a book's log."""
        with self._book(scope, book) as (link, number):
            return reading.head(link, number, book)

    def frontier(self, scope: Scope, book: str) -> Frontier:
        """Returns what is needed to lengthen a book's log."""
        with self._book(scope, book) as (link, number):
            return unpacked(*reading.frontier(link, number))

    def leaves(self, scope: Scope, book: str, *, start: int = 0, stop: int | None = None) -> tuple[bytes, ...]:
        """Returns leaf hashes of a book, by sequence."""
        return self.hashes(scope, book, 0, start, 2**62 if stop is None else stop)

    def hashes(self, scope: Scope, book: str, level: int, start: int, stop: int) -> tuple[bytes, ...]:
        """Returns stored hashes of a book's log, as ``proof.tree.Reader`` asks for them."""
        with self._book(scope, book) as (link, number):
            return reading.hashes(link, number, level, start, stop)

    @contextmanager
    def hash_reader(self, scope: Scope, book: str) -> Iterator[Reader]:
        """Lends what proofs read from: a book's hashes as they are now, each tile of them fetched once."""
        with self._book(scope, book) as (link, number):
            yield by_tiles(lambda level, start, stop: reading.hashes(link, number, level, start, stop))

    def accounts(self, scope: Scope, book: str, prefix: str = "") -> tuple[Account, ...]:
        """Returns the accounts whose ids begin with a prefix, by id."""
        with self._book(scope, book) as (link, number):
            return tuple(account for _, account in reading.accounts(link, number, prefix).values())

    def balance(
        self,
        scope: Scope,
        book: str,
        account: str,
        *,
        effective_at: datetime | None = None,
        recorded_at: datetime | None = None,
    ) -> Balance:
        """Returns an account's balance: now, or as of an instant on either clock or on both.

        Raises:
            LedgerError: the scope sees no such book, or the book has no such account.
        """
        with self._book(scope, book) as (link, number):
            found = reading.balance(link, number, account, effective_at, recorded_at)
            if found is None:
                raise LedgerError(f"book {book} has no account {account}", code=Refusal.UNKNOWN_ACCOUNT.value)
            return found

    def balances(
        self,
        scope: Scope,
        book: str,
        prefix: str = "",
        *,
        effective_at: datetime | None = None,
        recorded_at: datetime | None = None,
    ) -> tuple[Balance, ...]:
        """Returns the balances of all accounts whose ids begin with a prefix, by id."""
        with self._book(scope, book) as (link, number):
            return reading.balances(link, number, prefix, effective_at, recorded_at)

    def open_items(self, scope: Scope, book: str, account: str) -> tuple[OpenItem, ...]:
        """Returns what was posted on an account and is not wholly settled, in the order of the log."""
        with self._book(scope, book) as (link, number):
            return reading.open_items(link, number, account)

    def blob_put(self, scope: Scope, book: str, content: bytes) -> str:
        """Keeps a document beside a book; returns its digest, ``sha256:...``. Keeping it again changes nothing."""
        digest = "sha256:" + sha256(content).hexdigest()
        with self._book(scope, book) as (link, number):
            known = reading.blob(link, number, digest)
        if known is None:
            self._writer.keep_blob(number, digest, content)
        return digest

    def blob_get(self, scope: Scope, book: str, digest: str) -> bytes | None:
        """Returns a document kept beside a book, or None."""
        with self._book(scope, book) as (link, number):
            return reading.blob(link, number, digest)

    def note_put(self, scope: Scope, book: str, size_count: int, text: str) -> None:
        """Keeps a signed checkpoint of a book at some length, in place of an earlier text for that length."""
        self.note_change(scope, book, size_count, lambda _: text)

    def note_change(self, scope: Scope, book: str, size_count: int, change: Callable[[str | None], str]) -> None:
        """Changes what is kept as signed checkpoint of that length; nobody else changes it at the same time.

        Args:
            scope: who asks.
            book: id of the book.
            size_count: length of the log.
            change: makes the new text from the old one, or from None where there is none.
        """
        with self._book(scope, book) as (_, number):
            pass
        self._writer.keep_note(number, size_count, change)

    def notes(self, scope: Scope, book: str) -> tuple[tuple[int, str], ...]:
        """Returns the signed checkpoints of a book, shortest log first."""
        with self._book(scope, book) as (link, number):
            return reading.notes(link, number)

    def close(self) -> None:
        """Closes all connections."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for link in idle:
            link.close()
        self._writer.close()

    def __enter__(self) -> "Books":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _reading(self, scope: Scope) -> Iterator[tuple[Link, dict[str, int]]]:
        """Lends a connection in a transaction which sees the scope's books only."""
        with self._guard:
            link = self._idle.pop() if self._idle else None
        link = link or self._connect()
        try:
            link.begin_read()
            link.see((), scope.organisations)
            numbers = reading.book_numbers(link, scope.organisations)
            link.see(numbers.values(), scope.organisations)
            yield link, numbers
            link.rollback()
        except link.problems as problem:
            with suppress(*link.problems):
                link.rollback()
            link.close()
            raise StoreError(f"the books could not be read: {link.words(problem)}", hint="try again") from problem
        except BaseException:
            link.rollback()
            self._put_back(link)
            raise
        self._put_back(link)

    def _put_back(self, link: Link) -> None:
        with self._guard:
            if not self._closed:
                self._idle.append(link)
                return
        link.close()

    @contextmanager
    def _book(self, scope: Scope, book: str) -> Iterator[tuple[Link, int]]:
        with self._reading(scope) as (link, visible):
            if book not in visible:
                raise LedgerError(
                    f"there is no book {book}", code=Refusal.UNKNOWN_BOOK.value, hint="name a book of your own"
                )
            yield link, visible[book]


def _barred(scope: Scope, group: Group) -> Refused | None:
    """Returns a refusal where an event speaks for an organisation that the scope is not."""
    for event in group.events:
        if event.organisation not in scope.organisations:
            message = f"event {event.id}: you may not submit for {event.organisation}"
            code, who = Refusal.NOT_A_MEMBER, event.organisation
            return Refused(code=code, event=event.id, organisation=who, message=message)
    return None
