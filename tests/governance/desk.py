"""Books in memory with a clock of their own, and two organisations that hold something."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from armslength.model.accounts import account, private_book
from armslength.model.book import Accepted, Balance, Book, Entry, Event, Group, Side
from armslength.store.books import Books
from armslength.store.opening import open_store
from armslength.store.scope import scope_of

Held = tuple[str, str, int]  # account, unit, amount on the debit side


@dataclass
class Desk:
    """Books, and the time at the desk; each look at the clock takes a second."""

    books: Books
    time: list[datetime] = field(default_factory=lambda: [datetime(2024, 3, 1, 12, tzinfo=UTC)])

    def now(self) -> datetime:
        self.time[0] += timedelta(seconds=1)
        return self.time[0]

    def later(self, days: int) -> None:
        self.time[0] += timedelta(days=days)

    def hold(self, organisation: str, *rows: Held) -> None:
        """Makes an organisation's book and puts something into it, from outside."""
        book = private_book(organisation)
        self.books.create_book(
            scope_of(organisation, operator=True), Book(id=book, kind="private", members=(organisation,))
        )
        events = []
        for number, (name, unit, amount) in enumerate(rows):
            outside = f"external/opening-{number}/{unit.partition('/')[0]}"
            for what in (name, outside):
                events.append(self._event(organisation, f"open.{what}", kind="open_account", opens=account(what, unit)))
            sides: tuple[tuple[str, Side], ...] = ((name, "debit"), (outside, "credit"))
            entries = tuple(Entry(account=what, side=side, amount_count=amount) for what, side in sides)
            events.append(self._event(organisation, f"hold.{name}", kind="post", entries=entries))
        answer = self.books.submit(scope_of(organisation), Group(id=f"hold.{organisation}", events=tuple(events)))
        assert isinstance(answer, Accepted), answer

    def _event(self, organisation: str, name: str, **more: object) -> Event:
        fields = {
            "id": name,
            "organisation": organisation,
            "book": private_book(organisation),
            "effective_at": self.now(),
        }
        return Event.model_validate(fields | more)

    def balance(self, organisation: str, name: str) -> int:
        """Returns posted debits less credits."""
        row: Balance = self.books.balance(scope_of(organisation), private_book(organisation), name)
        return row.debits_posted_count - row.credits_posted_count

    def counts(self) -> dict[str, int]:
        """Returns how many events each book holds."""
        scope = scope_of("north", "south")
        return {book.id: self.books.size(scope, book.id) for book in self.books.books(scope)}


@contextmanager
def opened() -> Iterator[Desk]:
    desk = Desk.__new__(Desk)
    time = [datetime(2024, 3, 1, 12, tzinfo=UTC)]

    def clock() -> datetime:
        time[0] += timedelta(milliseconds=1)
        return time[0]

    with open_store("memory:", clock=clock, entropy=Random(7).randbytes) as books:
        desk.books, desk.time = books, time
        desk.hold("north", ("slot/lot-1", "SLOT:h100", 500), ("use/north/lot-7", "USE:h100", 1000))
        desk.hold("south", ("slot/lot-1", "SLOT:h100", 300), ("money/USD", "USD/2", 10_000_000))
        yield desk
