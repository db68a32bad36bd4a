"""Worlds of organisations and books for questions of who may see what, and an oracle that never asks a store.

The oracle knows who is a member or observer of which book, and keeps its own notes of what was recorded where.
"""

import random
from dataclasses import dataclass, field
from typing import Any

from armslength.model.book import Accepted, Account, Book, Event, Group, Refused
from armslength.store.books import Books
from armslength.store.scope import Scope, scope_of
from books.drawing import BEGIN, entry

NAMES = ("ada", "bea", "cyd", "dov", "eve", "fay")
MISSING = ("private/nobody", "agreement/none", "private/ad", "agreement/deal-00", "agreement/deal-0/x")


@dataclass
class Notes:
    """What the test itself knows of a book.

    Attributes:
        secret: stands in everything that is put into the book, and nowhere else.
        events: (organisation, id) in the book's order.
        sums: of each account the posted debits and credits.
        items: of each account (organisation, event, amount) posted on it and not cleared.
        entries: how many were posted.
        held: (organisation, id) of reservations.
    """

    book: Book
    secret: str
    events: list[tuple[str, str]] = field(default_factory=list)
    sums: dict[str, list[int]] = field(default_factory=dict)
    items: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    signed: dict[int, str] = field(default_factory=dict)
    entries: int = 0
    held: set[tuple[str, str]] = field(default_factory=set)

    @property
    def readers(self) -> set[str]:
        return {*self.book.members, *self.book.observers}

    def account(self, place: int) -> str:
        return (f"money/{self.secret}", f"external/{self.secret}")[place]


class World:
    """Some organisations, their books, and what stands in them, drawn from a seed.

    Args:
        seed: which world.
        walls: whether the store itself keeps organisations apart, so that an operator too sees its own only.
    """

    def __init__(self, seed: int, *, walls: bool = False) -> None:
        self.walls = walls
        self.chance = random.Random(f"pairs/{seed}")
        self.notes: dict[str, Notes] = {}
        self.made = dict.fromkeys(NAMES, 0)
        for name in NAMES[:-1]:  # the last has no book of its own
            self._draw(Book(id=f"private/{name}", kind="private", members=(name,)))
        for number in range(6):
            members = tuple(self.chance.sample(NAMES, self.chance.choice((2, 2, 3))))
            rest = [name for name in NAMES if name not in members]
            observers = tuple(self.chance.sample(rest, self.chance.choice((0, 0, 1, 2))))
            book = Book(id=f"agreement/deal-{number}", kind="agreement", members=members, observers=observers)
            self._draw(book)

    def _draw(self, book: Book) -> None:
        self.notes[book.id] = Notes(book, f"x{self.chance.getrandbits(48):012x}")

    def fill(self, books: Books) -> None:
        """Makes the books in a store."""
        for notes in self.notes.values():
            books.create_book(scope_of(operator=True), notes.book)
            own = notes.book.members[0]
            opens = [Account(id=notes.account(place), unit="USD/2", limit="none") for place in (0, 1)]
            events = [self.event(own, notes, "open_account", opens=one) for one in opens]
            for event, one in zip(events, opens, strict=True):
                notes.sums[one.id], notes.items[one.id] = [0, 0], []
                self.submit(books, own, event)
            for _ in range(self.chance.randrange(2, 6)):
                who = self.chance.choice(notes.book.members)
                self.submit(books, who, self.posted(who, notes))
            self._live(books, own, notes)
            content = f"a document {notes.secret}".encode()
            notes.blobs[books.blob_put(scope_of(own), notes.book.id, content)] = content
            notes.signed[1] = f"signed {notes.secret}"
            books.note_put(scope_of(own), notes.book.id, 1, notes.signed[1])

    def _live(self, books: Books, own: str, notes: Notes) -> None:
        """Something of everything: what is reserved, what was let go, and what was settled."""
        first = self.posted(own, notes)
        back = tuple(
            entry(one.account, "credit" if one.side == "debit" else "debit", one.amount_count) for one in first.entries
        )
        again = self.event(own, notes, "post", entries=back)
        settled = [
            {"item": first.id, "by": again.id, "account": one.account, "amount_count": one.amount_count} for one in back
        ]
        waits = self.event(own, notes, "reserve", entries=back, timeout_seconds=10**9)
        gone = self.event(own, notes, "reserve", entries=back)
        for event in (
            first, again, self.event(own, notes, "clear", clearings=tuple(settled)), waits, gone,
            self.event(own, notes, "void", of=gone.id),
        ):  # fmt: skip
            assert isinstance(self.submit(books, own, event), Accepted)
        for items in notes.items.values():
            items[:] = [row for row in items if row[:2] not in ((own, first.id), (own, again.id))]

    def event(self, who: str, notes: Notes, kind: str, **more: Any) -> Event:
        """An event of an organisation. Ids are counted by each for itself, so that others use the same ones."""
        self.made[who] += 1
        known: dict[str, Any] = {"id": f"e-{self.made[who]}", "organisation": who, "book": notes.book.id, "kind": kind}
        return Event.model_validate(known | {"effective_at": BEGIN, "reason": notes.secret} | more)

    def posted(self, who: str, notes: Notes) -> Event:
        amount = self.chance.randrange(1, 10**9)
        entries = (entry(notes.account(0), "debit", amount), entry(notes.account(1), "credit", amount))
        return self.event(who, notes, "post", entries=entries)

    def submit(self, books: Books, who: str, event: Event) -> Accepted | Refused:
        """Submits an event, and notes it if it was accepted."""
        answer = books.submit(scope_of(who), Group(id=f"g-{who}-{event.id}", events=(event,)))
        if isinstance(answer, Accepted):
            self.note(event)
        return answer

    def note(self, event: Event) -> None:
        notes = self.notes[event.book]
        notes.events.append((event.organisation, event.id))
        if event.kind == "reserve":
            notes.held.add((event.organisation, event.id))
        for line in event.entries if event.kind == "post" else ():
            notes.entries += 1
            notes.sums[line.account][line.side == "credit"] += line.amount_count
            notes.items[line.account].append((event.organisation, event.id, line.amount_count))

    def sees(self, scope: Scope, name: str) -> Notes | None:
        """The oracle: whether any of the scope's organisations is a member or observer of the book."""
        notes = self.notes.get(name)
        return notes if notes is not None and notes.readers & scope.organisations else None

    @property
    def readers(self) -> frozenset[str]:
        return frozenset(who for notes in self.notes.values() for who in notes.readers)

    def secrets_from(self, scope: Scope) -> list[str]:
        """What no answer to the scope may hold: what stands in other books, and their names."""
        others = [notes for notes in self.notes.values() if not notes.readers & scope.organisations]
        return [text for notes in others for text in (notes.secret, notes.book.id)]

    def actor(self) -> Scope:
        """One organisation most of the time; at times two, a stranger, nobody, or an operator."""
        kind = self.chance.choices(("one", "two", "stranger", "nobody", "operator"), (70, 10, 8, 2, 10))[0]
        if kind == "two":
            return scope_of(*self.chance.sample(NAMES, 2))
        if kind == "one":
            return scope_of(self.chance.choice(NAMES))
        if kind == "operator":
            return scope_of(*self.chance.sample(NAMES, self.chance.randrange(2)), operator=True)
        return scope_of("zoe") if kind == "stranger" else scope_of()
