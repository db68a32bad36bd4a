"""Writes a bundle: what an auditor is given of a book, with proofs that hold without the books and without us.

A bundle is a zip file of texts. docs/books-proof.md describes it; ``audit/verify.py`` verifies it and shares nothing with this.
"""

import base64
import json
import zipfile
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from armslength.errors import InputError, UnknownName, nearest
from armslength.model.book import Book, Recorded
from armslength.proof.balances import ENCODING, Row, row_leaves, row_salt
from armslength.proof.checkpoint import Checkpoint, read_checkpoint
from armslength.proof.encoding import bytes_of
from armslength.proof.exchange import LeafProof, WitnessRequest
from armslength.proof.note import Note, read_note
from armslength.proof.tree import Reader, by_tiles, consistency_proof, inclusion_proof, reader
from armslength.service.sealing import every_event, newest_note
from armslength.store.books import Books
from armslength.store.scope import Scope

FORMAT = "armslength-bundle/v1"
HISTORY_MOST = 16
README = """A bundle of the book {book}: {what}.

Verify it offline: armslength audit THIS_FILE --policy POLICY, or with the copy of verify.py that you keep.
POLICY is yours: it names the log and the witnesses whose keys you got from themselves, not from whoever gave you this.
events.txt holds a line per event: place, salt, and the event itself. Salts and events are what is disclosed here; the hashes
of all other events tell nothing about them.
"""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What of a book is shown.

    Attributes:
        accounts: all events of the accounts whose ids begin with one of these.
        events: these events, by id, or as ``ORGANISATION=ID`` where several members have one of that id.
        evidence: whether documents that the events name come along.
        since: sizes of earlier checkpoints to which the bundle shall connect, besides those that witnesses signed last.

    Neither accounts nor events means the whole book.
    """

    accounts: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    evidence: bool = True
    since: tuple[int, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every event is shown."""
        return not self.accounts and not self.events


@dataclass(frozen=True, slots=True)
class Written:
    """What a bundle holds: its path, the checkpoint, how many events, and whether any witness signed."""

    path: Path
    checkpoint: Checkpoint
    events_count: int
    witnesses_count: int


@dataclass
class _Content:
    book: Book
    note: Note
    head: Checkpoint
    read: Reader
    accounts: list[str] = field(default_factory=list)
    seals: list[Recorded] = field(default_factory=list)
    cited: set[str] = field(default_factory=set)
    events_count: int = 0


def write_bundle(
    books: Books,
    scope: Scope,
    book: str,
    path: Path,
    disclosure: Disclosure,
    *,
    say: Callable[[str], None] = lambda _: None,
) -> Written:
    """Writes a bundle of what a book's newest signed checkpoint covers.

    Args:
        books: the store.
        scope: who asks.
        book: id of the book.
        path: the zip file; it must not exist.
        disclosure: what of the book is shown.
        say: told of progress.

    Raises:
        InputError: no checkpoint is signed yet, the file exists, or an id is that of several members' events.
        UnknownName: an account or event is not in the book.
    """
    if path.exists():
        raise InputError(f"{path}: exists already", hint="name another file; a bundle is never written over")
    note = newest_note(books, scope, book)
    head = read_checkpoint(note.text)
    owner = next(one for one in books.books(scope) if one.id == book)
    content = _Content(owner, note, head, by_tiles(lambda *span: books.hashes(scope, book, *span)))
    content.accounts = _accounts(books, scope, book, disclosure)
    fresh = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as file:
            _write_events(file, content, every_event(books, scope, book, stop=head.size_count, say=say), disclosure)
            _write_balances(file, content, books, scope, disclosure)
            _write_history(file, content, books.notes(scope, book), disclosure)
            for digest in sorted(content.cited) if disclosure.evidence else ():
                document = books.blob_get(scope, book, digest)
                if document is not None:
                    _put(file, "evidence/" + digest.replace(":", "-"), document)
            _write_cover(file, content, disclosure)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return Written(path, head, content.events_count, len(note.signatures) - 1)


def _accounts(books: Books, scope: Scope, book: str, disclosure: Disclosure) -> list[str]:
    known = [account.id for account in books.accounts(scope, book)]
    for prefix in disclosure.accounts:
        if not any(name.startswith(prefix) for name in known):
            raise UnknownName(f"book {book} has no account that begins with `{prefix}`", hint=nearest(prefix, known))
    return [name for name in known if name.startswith(disclosure.accounts)] if disclosure.accounts else []


def _write_events(file: zipfile.ZipFile, content: _Content, events: Iterable[Recorded], disclosure: Disclosure) -> None:
    wanted: dict[str, set[str]] = {name: set() for name in disclosure.events}
    chosen = set(content.accounts)
    shown: list[int] = []
    with file.open(_entry("events.txt"), "w", force_zip64=True) as lines:
        for recorded in events:
            if recorded.event.kind == "seal":
                content.seals.append(recorded)
            if not (disclosure.whole or _is_shown(recorded, wanted, chosen)):
                continue
            lines.write(f"{recorded.sequence_count} {recorded.salt} ".encode() + bytes_of(recorded) + b"\n")
            content.cited.update(recorded.event.evidence)
            content.events_count += 1
            for name in wanted.keys() & _names(recorded):
                wanted[name].add(recorded.event.organisation)
            if not disclosure.whole:
                shown.append(recorded.sequence_count)
    _each_is_one(content, wanted)
    for index in shown:
        path = inclusion_proof(content.read, index, content.head.size_count)
        _put(file, f"proofs/{index}.tlog-proof", str(LeafProof(index, path, content.note)).encode())


def _names(recorded: Recorded) -> set[str]:
    """Returns what an event may be called: an id is an organisation's own, so in a shared book it may not be enough."""
    event = recorded.event
    return {event.id, f"{event.organisation}={event.id}"}


def _each_is_one(content: _Content, wanted: dict[str, set[str]]) -> None:
    """Refuses names of no event, and of several: what is not meant is not to be shown."""
    absent = sorted(name for name, found in wanted.items() if not found)
    if absent:
        raise UnknownName(
            f"book {content.book.id}: no event {', '.join(absent)} in the {content.head.size_count:,} signed ones",
            hint="a newer checkpoint may hold it: `armslength book checkpoint`",
        )
    for name, found in wanted.items():
        if len(found) > 1:
            raise InputError(
                f"book {content.book.id}: {', '.join(sorted(found))} each have an event {name}",
                hint=f"say whose: --event {min(found)}={name}",
            )


def _is_shown(recorded: Recorded, wanted: Collection[str], accounts: Collection[str]) -> bool:
    """Tells whether an event is shown; seals come with accounts, for they say how many events those had."""
    event = recorded.event
    touches = any(account in accounts for account in recorded.versions_count)
    named = not _names(recorded).isdisjoint(wanted)
    return named or touches or (event.kind == "seal" and bool(accounts))


def _write_balances(
    file: zipfile.ZipFile, content: _Content, books: Books, scope: Scope, disclosure: Disclosure
) -> None:
    """Writes the sealed balances: all in a whole bundle, else those of the accounts shown, each with its path."""
    for recorded in content.seals:
        body = recorded.event.body
        kept = body.get("balances")
        document = books.blob_get(scope, content.book.id, kept) if isinstance(kept, str) else None
        if body.get("encoding") != ENCODING or document is None:
            continue
        read = json.loads(document)
        secret, rows = bytes.fromhex(read["secret"]), [Row(**row) for row in read["rows"]]
        hashes = reader(row_leaves(rows, secret))
        lines, paths = [], {}
        for place, row in enumerate(rows):
            if not disclosure.whole and row.account not in content.accounts:
                continue
            lines.append(f"{place} {row_salt(secret, row.account).hex()} ".encode() + row.content() + b"\n")
            paths[place] = [_hash_text(value) for value in inclusion_proof(hashes, place, len(rows))]
        if lines:
            _put(file, f"balances/{recorded.sequence_count}.txt", b"".join(lines))
            _put(file, f"balances/{recorded.sequence_count}.json", json.dumps(paths).encode())


def _write_history(
    file: zipfile.ZipFile, content: _Content, notes: tuple[tuple[int, str], ...], disclosure: Disclosure
) -> None:
    """Writes earlier checkpoints, and the proofs that this one continues them."""
    earlier = {size: text for size, text in notes if size < content.head.size_count}
    cosigned = [size for size, text in earlier.items() if len(read_note(text).signatures) > 1]
    for size in sorted({*cosigned[-HISTORY_MOST:], *disclosure.since}):
        path = consistency_proof(content.read, size, content.head.size_count)
        _put(file, f"history/from-{size}.txt", str(WitnessRequest(size, path, content.note)).encode())
        if size in earlier:
            _put(file, f"history/old-{size}.txt", earlier[size].encode())


def _write_cover(file: zipfile.ZipFile, content: _Content, disclosure: Disclosure) -> None:
    about = {
        "format": FORMAT,
        "book": content.book.id,
        "whole": disclosure.whole,
        "accounts": content.accounts,
        "events_count": content.events_count,
    }
    what = "all of it" if disclosure.whole else f"{content.events_count:,} of {content.head.size_count:,} events"
    _put(file, "checkpoint", str(content.note).encode())
    _put(file, "bundle.json", (json.dumps(about, indent=1) + "\n").encode())
    _put(file, "README.txt", README.format(book=content.book.id, what=what).encode())


def _hash_text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _entry(name: str) -> zipfile.ZipInfo:
    """Returns an entry without the time of day, so that the same disclosure gives the same bytes."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _put(file: zipfile.ZipFile, name: str, content: bytes) -> None:
    file.writestr(_entry(name), content)
