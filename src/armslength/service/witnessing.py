"""Being a witness: keeping what each log showed last, and signing only what continues it.

A witness's folder holds its key and one file per log, which it rewrites before a signature leaves.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from armslength.errors import InputError, NotSigned, SplitView
from armslength.proof.checkpoint import cosignature, cosigned_at, read_checkpoint
from armslength.proof.exchange import WitnessRequest
from armslength.proof.note import NOTE_KEY, Note, Signature, VerifierKey, read_note, read_verifier_key
from armslength.proof.tree import consistency_proof
from armslength.proof.witness import Held, examine
from armslength.service.key_files import read_key
from armslength.store.books import Books
from armslength.store.scope import Scope

LOGS_FOLDER = "logs"


@dataclass(frozen=True, slots=True)
class Watched:
    """What a witness knows of one log.

    Attributes:
        origin: name of the log.
        size_count: events in what it signed last; 0 if nothing.
        signed_at: when it signed that, UTC, or None.
    """

    origin: str
    size_count: int
    signed_at: datetime | None


def trust(folder: Path, vkey: str) -> VerifierKey:
    """Makes a witness watch a log, known by its public key.

    Raises:
        InputError: it is no log's key, or the witness knows that log under another key.
    """
    read_key(folder)
    key = read_verifier_key(vkey)
    if key.use != NOTE_KEY:
        raise InputError(
            f"key of {key.name}: a witness's, not a log's", hint="`armslength book checkpoint` shows a log's"
        )
    with _locked(folder):
        known = _held(folder, key.name)
        if known and known.log != key:
            raise InputError(
                f"{key.name}: this witness knows that log under another key ({known.log.key_id.hex()})",
                hint=f"if the operator changed its key for a reason you accept, remove {_log_file(folder, key.name)}",
            )
        if not known:
            _keep(folder, Held(key))
    return key


def cosign(folder: Path, request: WitnessRequest, at: datetime | None = None) -> Signature:
    """Returns the witness's signature of a checkpoint that continues what it signed before.

    Args:
        folder: the witness's.
        request: the checkpoint, and how it continues an earlier one.
        at: the time; now when None. A replay of the past passes its own.

    Raises:
        NotSigned: it does not sign, and why.
        SplitView: the log showed different books; both notes are kept in the witness's folder.
    """
    key = read_key(folder)
    origin = request.checkpoint.text.partition("\n")[0]
    with _locked(folder):
        held = _held(folder, origin)
        if held is None:
            raise NotSigned(
                f"{origin}: not a log that this witness watches",
                code="other_log",
                hint="`armslength witness trust` names one",
            )
        try:
            examine(held, request)
        except SplitView as split:
            split.hint = f"{split.hint}; they are in {_keep_evidence(folder, split)}"
            raise
        signed = cosignature(request.checkpoint.text, key, int((at or datetime.now(UTC)).timestamp()))
        _keep(folder, Held(held.log, Note(request.checkpoint.text, request.checkpoint.signatures).joined(signed)))
    return signed


def cosign_book(folder: Path, books: Books, scope: Scope, book: str, at: datetime | None = None) -> Note:
    """Signs the newest signed checkpoint of a book that the store holds, and leaves the signature there.

    Raises:
        InputError: nobody has signed a checkpoint of it yet.
        NotSigned: the witness does not sign, and why.
    """
    notes = books.notes(scope, book)
    if not notes:
        raise InputError(f"{book}: no checkpoint is signed yet", hint="`armslength book checkpoint` signs one")
    note = read_note(notes[-1][1])
    held = _held(folder, note.text.partition("\n")[0])
    old = held.size_count if held else 0
    shown = read_checkpoint(note.text)
    path: tuple[bytes, ...] = ()
    if old <= shown.size_count:
        with books.hash_reader(scope, book) as read:
            path = consistency_proof(read, old, shown.size_count)
    signed = cosign(folder, WitnessRequest(old, path, note), at)
    return leave(books, scope, book, note.text, signed)


def leave(books: Books, scope: Scope, book: str, text: str, signed: Signature) -> Note:
    """Adds a signature to a checkpoint in the store; other witnesses may be adding theirs at this moment."""
    size = read_checkpoint(text).size_count
    left: list[Note] = []

    def add(kept: str | None) -> str:
        note = read_note(kept) if kept else None
        if note is None or note.text != text:
            raise InputError(f"{book}: the store holds no such checkpoint of {size:,} events", hint="sign it first")
        left.append(note.joined(signed))
        return str(left[-1])

    books.note_change(scope, book, size, add)
    return left[-1]


def watched(folder: Path) -> tuple[Watched, ...]:
    """Returns what a witness knows of each of its logs, by name."""
    key = read_key(folder).verifier
    found = []
    for path in sorted((folder / LOGS_FOLDER).glob("*.json")):
        held = _read_held(path)
        at = cosigned_at(held.last, key) if held.last else None
        when = datetime.fromtimestamp(at, UTC) if at is not None else None
        found.append(Watched(held.log.name, held.size_count, when))
    return tuple(sorted(found, key=lambda one: one.origin))


def _log_file(folder: Path, origin: str) -> Path:
    return folder / LOGS_FOLDER / f"{sha256(origin.encode()).hexdigest()[:24]}.json"


def _held(folder: Path, origin: str) -> Held | None:
    path = _log_file(folder, origin)
    return _read_held(path) if path.exists() else None


def _read_held(path: Path) -> Held:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        last = document["last"]
        return Held(read_verifier_key(document["log"]), read_note(last) if last else None)
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f"{path}: damaged",
            hint="take it from a backup; without it the witness cannot know what it signed, so it signs nothing",
        ) from None


def _keep(folder: Path, held: Held) -> None:
    """Writes what a witness holds of a log, so that either the old or the new state is there after a power cut."""
    path = _log_file(folder, held.log.name)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    document = {"log": str(held.log), "last": str(held.last) if held.last else None}
    _write_durably(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _keep_evidence(folder: Path, split: SplitView) -> Path:
    text = f"{split.message}\n\n---- held ----\n{split.held}\n---- shown ----\n{split.shown}"
    path = folder / f"split-view-{sha256(text.encode()).hexdigest()[:16]}.txt"
    _write_durably(path, text)
    return path


def _write_durably(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lets one process at a time look at what is held and change it; two at once could roll a log back."""
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
