"""Books that come out the same each time: the clock ticks by the second, and chance is drawn from a seed."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from armslength.audit import verify
from armslength.model.book import Accepted, Account, Book, Clearing, Entry, Event, Group, Recorded
from armslength.proof.checkpoint import Checkpoint, cosignature, origin_of, signed_checkpoint
from armslength.proof.note import COSIGNER_KEY, NOTE_KEY, Note, SigningKey, read_note
from armslength.service import bundling
from armslength.service.bundling import Disclosure
from armslength.store.books import Books
from armslength.store.opening import open_store
from armslength.store.scope import Scope, scope_of

BOOK = "private/north"
START = datetime(2024, 1, 2, 9, tzinfo=UTC)
UNIT = "GPU:H100"
LOT, OTHER_LOT, VENDOR = "title/lot-7", "title/lot-8", "external/vendor"
LIMIT = "credits_must_not_exceed_debits"

OPERATOR = SigningKey("ledger.example", NOTE_KEY, b"\x01" * 32)
WITNESS = SigningKey("south.example/witness", COSIGNER_KEY, b"\x02" * 32)
OTHER_WITNESS = SigningKey("auditor.example/witness", COSIGNER_KEY, b"\x03" * 32)
LOG = OPERATOR.named(origin_of(OPERATOR.name, BOOK))
POLICY = f"log {LOG.verifier}\nwitness south {WITNESS.verifier}\nquorum south\n"


@dataclass
class Clock:
    """A second passes each time somebody looks."""

    now: datetime = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Desk:
    """Somebody at work on one book."""

    books: Books
    clock: Clock
    scope: Scope = field(default_factory=lambda: scope_of("north", operator=True))
    book: str = BOOK

    def event(self, id: str, kind: str, **fields: object) -> Event:
        fields.setdefault("effective_at", self.clock.now)
        return Event(id=id, organisation="north", book=self.book, kind=kind, **fields)

    def submit(self, *events: Event, **fields: object) -> tuple[Recorded, ...]:
        answer = self.books.submit(self.scope, Group(id=f"group:{events[0].id}", events=events, **fields))
        assert isinstance(answer, Accepted), answer
        return answer.recorded

    def open(self, account: str, limit: str = LIMIT) -> None:
        self.submit(self.event(f"open:{account}", "open_account", opens=Account(id=account, unit=UNIT, limit=limit)))

    def move(self, id: str, kind: str, debit: str, credit: str, count: int, **fields: object) -> None:
        self.submit(self.event(id, kind, entries=both(debit, credit, count), **fields))

    def head(self) -> Checkpoint:
        kept = self.books.checkpoint(self.scope, self.book)
        return Checkpoint(LOG.name, kept.size_count, bytes.fromhex(kept.root))

    def sign(self, *witnesses: SigningKey, key: SigningKey = LOG) -> Note:
        note = signed_checkpoint(self.head(), key)
        at = int(self.clock.now.timestamp())
        note = note.joined(*(cosignature(note.text, witness, at) for witness in witnesses))
        self.books.note_put(self.scope, self.book, self.head().size_count, str(note))
        return note

    def bundle(self, path: Path, **shown: object) -> Path:
        return bundling.write_bundle(self.books, self.scope, self.book, path, Disclosure(**shown)).path


def both(debit: str, credit: str, count: int) -> tuple[Entry, Entry]:
    return (
        Entry(account=debit, side="debit", amount_count=count),
        Entry(account=credit, side="credit", amount_count=count),
    )


def desk(url: str = "memory:", seed: int = 7) -> Desk:
    """Returns an empty book. Equal work on two of them gives equal leaves."""
    clock, random = Clock(), Random(seed)
    books = open_store(url, clock=clock, entropy=random.randbytes)
    made = Desk(books, clock)
    books.create_book(made.scope, Book(id=BOOK, kind="private", members=("north",)))
    return made


def work(at: Desk, *, bought: int = 100) -> None:
    """Does a little of everything."""
    at.open(LOT)
    at.open(OTHER_LOT)
    at.open(VENDOR, "none")
    at.move("buy", "post", LOT, VENDOR, bought)
    at.move("hold", "reserve", OTHER_LOT, LOT, 40)
    at.submit(at.event("take", "post_reserved", of="hold", entries=both(OTHER_LOT, LOT, 10)))
    at.move("hold-2", "reserve", OTHER_LOT, LOT, 5)
    at.submit(at.event("drop", "void", of="hold-2"))
    at.move("wrong", "post", LOT, VENDOR, 3)
    at.submit(at.event("undo", "reverse", of="wrong"))
    at.submit(at.event("settle", "clear", clearings=(Clearing(item="buy", by="take", account=LOT, amount_count=10),)))
    minutes = at.books.blob_put(at.scope, BOOK, b"Minutes of the committee.")
    at.submit(
        at.event("said", "record", topic="agreement.approve", body={"by": "ann", "count": 3}, evidence=(minutes,))
    )


def audited(path: Path, policy: str = POLICY, held: tuple[str, ...] = ()) -> verify.Bundle:
    """Returns a bundle after its checks; its flaws are in it."""
    bundle = verify.Bundle(path, verify.Policy(policy), [verify.Head(text) for text in held])
    bundle.verify()
    return bundle


def flawed(bundle: verify.Bundle) -> set[str]:
    """Returns the checks that failed."""
    return {check for check, flaws in bundle.flaws.items() if flaws}


def note_of(text: str) -> Note:
    return read_note(text)
