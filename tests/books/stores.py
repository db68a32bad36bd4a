"""Stores as the tests open them: with a clock and random bytes of the tests' own, and eyes that see all."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from armslength.model.book import Accepted, Book, Group, Recorded, Refused
from armslength.store.books import Books
from armslength.store.opening import open_store
from armslength.store.scope import scope_of
from books.drawing import BEGIN, ORGANISATIONS, books, opening

EVERYBODY = scope_of(*ORGANISATIONS, operator=True)


PAGE = 1000


class Clock:
    """A clock that stands still until it is set; it never goes back."""

    def __init__(self, now: datetime = BEGIN + timedelta(days=200)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def reach(self, now: datetime) -> None:
        self.now = max(self.now, now)


def system_clock() -> datetime:
    return datetime.now(UTC)


class Opened:
    """A store, seen by everybody at once."""

    def __init__(self, store: Books, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.clock = clock

    def submit(self, group: Group) -> Accepted | Refused:
        return self.store.submit(EVERYBODY, group)

    def events(self, book: str, after: int = -1) -> list[Recorded]:
        """All events of a book after one, page by page."""
        found: list[Recorded] = []
        while True:
            page = self.store.events(EVERYBODY, book, after=after, limit=PAGE)
            found += page
            if len(page) < PAGE:
                return found
            after = page[-1].sequence_count

    def log(self) -> dict[str, list[Recorded]]:
        return {book.id: self.events(book.id) for book in self.store.books(EVERYBODY)}

    def furnish(self) -> None:
        """Makes the drawn world's books and accounts, unless they are there."""
        for book in books():
            self.store.create_book(EVERYBODY, book)
        for organisation in ORGANISATIONS:
            answer = self.submit(opening(organisation))
            assert isinstance(answer, Accepted), answer


@contextmanager
def open_url(url: str, clock: Callable[[], datetime] = system_clock, seed: int | None = None) -> Iterator[Opened]:
    """Opens a store; random bytes come from the seed, or from the system where there is none."""
    chance = random.Random(seed) if seed is not None else random.SystemRandom()
    with open_store(url, clock=clock, entropy=chance.randbytes) as store:
        yield Opened(store, clock)


def book_of(store: Opened, name: str) -> Book:
    return next(book for book in store.store.books(EVERYBODY) if book.id == name)
