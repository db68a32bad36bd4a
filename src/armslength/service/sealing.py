"""Signing checkpoints of a book, and sealing its balances up to an instant."""

import json
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from armslength.errors import InputError, LedgerError
from armslength.model.book import Accepted, Event, Group, Recorded, Refusal
from armslength.proof.balances import SECRET_BYTES, Row, balances, seal_body
from armslength.proof.checkpoint import Checkpoint, origin_of, signed_checkpoint
from armslength.proof.encoding import instant
from armslength.proof.exchange import WitnessRequest
from armslength.proof.note import Note, VerifierKey, read_note
from armslength.proof.tree import consistency_proof
from armslength.service.key_files import log_key, read_key
from armslength.store.books import Books
from armslength.store.scope import Scope

PAGE = 5_000
TRIES = 5


def sign_book(books: Books, scope: Scope, book: str, operator: Path) -> tuple[Note, VerifierKey]:
    """Signs a book's checkpoint of this moment and keeps it; signatures of witnesses that are there already stay.

    Args:
        books: the store.
        scope: who asks.
        book: id of the book.
        operator: folder with the key of whoever runs the books.

    Returns:
        The checkpoint and the public key of the book's log.
    """
    key = read_key(operator, operator=True)
    own = log_key(key, origin_of(key.name, book))
    head = books.checkpoint(scope, book)
    note = signed_checkpoint(Checkpoint(own.name, head.size_count, bytes.fromhex(head.root)), own)
    books.note_change(scope, book, head.size_count, lambda kept: str(_joined(kept, note)))
    return read_note(dict(books.notes(scope, book))[head.size_count]), own.verifier


def newest_note(books: Books, scope: Scope, book: str) -> Note:
    """Returns the newest checkpoint that witnesses have signed, or else the newest one.

    Raises:
        InputError: nobody has signed any.
    """
    notes = [read_note(text) for _, text in books.notes(scope, book)]
    if not notes:
        raise InputError(
            f"{book}: no checkpoint is signed yet", hint=f"armslength book checkpoint {book} --operator FOLDER"
        )
    return next((note for note in reversed(notes) if len(note.signatures) > 1), notes[-1])


def witness_request(books: Books, scope: Scope, book: str, since_count: int) -> WitnessRequest:
    """Returns what a witness elsewhere needs to sign the newest checkpoint.

    Args:
        books: the store.
        scope: who asks.
        book: id of the book.
        since_count: size of the checkpoint that the witness signed last; 0 if none.
    """
    notes = books.notes(scope, book)
    if not notes or notes[-1][0] < since_count:
        raise InputError(f"{book}: no signed checkpoint of {since_count:,} events or more", hint="sign one first")
    size, text = notes[-1]
    with books.hash_reader(scope, book) as read:
        path = consistency_proof(read, since_count, size)
    return WitnessRequest(since_count, path, read_note(text))


def seal(
    books: Books,
    scope: Scope,
    book: str,
    organisation: str,
    until: datetime | None = None,
    *,
    say: Callable[[str], None] = lambda _: None,
) -> Recorded:
    """Seals a book up to an instant: nothing is booked at or before it any more, and the balances then are committed to.

    The balances are added up from the events, and must be those which the store keeps.

    Args:
        books: the store.
        scope: who asks; must hold the organisation.
        book: id of the book.
        organisation: member that seals it.
        until: the last instant that is sealed; now, if None.
        say: told of progress.

    Raises:
        LedgerError: the books refuse it, for instance because a later instant is sealed already.
    """
    until = (until or datetime.now(UTC)).astimezone(UTC)
    for _ in range(TRIES):
        size = books.size(scope, book)
        head = books.checkpoint(scope, book)
        last: list[str] = []
        events = _noting_seals(every_event(books, scope, book, stop=size, say=say), last)
        rows = balances(events, until)
        _compare(books, scope, book, rows, until, size)
        if books.size(scope, book) != size or head.size_count != size:
            continue
        secret = secrets.token_bytes(SECRET_BYTES)
        body = seal_body(rows, secret, size_count=size, log_root=bytes.fromhex(head.root), as_of_at=until)
        kept = {"secret": secret.hex(), "rows": [{name: getattr(row, name) for name in Row.__slots__} for row in rows]}
        body |= {
            "balances": books.blob_put(scope, book, json.dumps(kept).encode()),
            "previous": last[-1] if last else "",
        }
        event = Event(
            id=f"seal:{instant(until)}:{secrets.token_hex(4)}",
            organisation=organisation,
            book=book,
            kind="seal",
            effective_at=until,
            body=body,
        )
        answer = books.submit(scope, Group(id=event.id, events=(event,), expected_size_count={book: size}))
        if isinstance(answer, Accepted):
            return answer.recorded[0]
        if answer.code != Refusal.STALE_SIZE:
            raise LedgerError(f"{book}: {answer.message}", code=answer.code.value, hint=answer.hint)
    raise LedgerError(
        f"{book}: others kept writing", code=Refusal.STALE_SIZE.value, hint="seal an instant further back"
    )


def every_event(
    books: Books, scope: Scope, book: str, *, stop: int, say: Callable[[str], None] = lambda _: None
) -> Iterator[Recorded]:
    """Yields the first ``stop`` events of a book, page by page."""
    after = -1
    while after + 1 < stop:
        page = books.events(scope, book, after=after, limit=min(PAGE, stop - after - 1))
        if not page:
            return
        yield from page
        after = page[-1].sequence_count
        say(f"{after + 1:,} of {stop:,} events of {book}")


def _joined(kept: str | None, note: Note) -> Note:
    """Returns a checkpoint with the signatures that the kept one has, unless that is of another tree."""
    before = read_note(kept) if kept else None
    return before.joined(*note.signatures) if before and before.text == note.text else note


def _noting_seals(events: Iterator[Recorded], seals: list[str]) -> Iterator[Recorded]:
    for recorded in events:
        if recorded.event.kind == "seal":
            seals.append(recorded.event.id)
        yield recorded


def _compare(books: Books, scope: Scope, book: str, rows: tuple[Row, ...], until: datetime, size: int) -> None:
    """Stops unless the store's own balances at that instant are those that the events add up to."""
    for kept, row in zip(books.balances(scope, book, effective_at=until), rows, strict=False):
        names = [name for name in Row.__slots__ if name.endswith(("posted_count", "pending_count"))]
        wrong = [name for name in names if getattr(kept, name) != getattr(row, name)]
        if (kept.account != row.account or wrong) and books.size(scope, book) == size:
            raise LedgerError(
                f"{book}: {kept.account} is not what its events add up to ({', '.join(wrong)})",
                code="projection",
                hint="nothing was sealed; run `armslength book verify` and keep a copy of the file",
            )
