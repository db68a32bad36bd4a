"""Checkpoints (C2SP tlog-checkpoint) and what witnesses put on them (C2SP tlog-cosignature, v1).

A checkpoint says: this log has this many leaves and this root. The log signs it; a witness that saw it continue what it saw
before signs it too, with the time.
"""

import base64
import re
from dataclasses import dataclass

from armslength.errors import InputError
from armslength.proof.note import COSIGNER_KEY, Note, Signature, SigningKey, VerifierKey, exact_base64
from armslength.proof.tree import HASH_BYTES

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: its name, how many leaves it has, and its root hash."""

    origin: str
    size_count: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size_count}\n{base64.b64encode(self.root).decode()}\n"


def read_checkpoint(text: str) -> Checkpoint:
    """Reads the text of a checkpoint note. Lines after the third are refused: our logs write none, so nothing hides there.

    Raises:
        InputError: the text is no checkpoint.
    """
    lines = text.split("\n")
    root = exact_base64(lines[2]) if len(lines) == 4 else None
    if root is None or len(root) != HASH_BYTES or lines[3] or not lines[0]:
        raise InputError("checkpoint: needs three lines: origin, size, and root in base64", hint="is it cut short?")
    return Checkpoint(lines[0], decimal(lines[1]), root)


def decimal(text: str) -> int:
    """Reads an integer as these formats write it: ASCII digits, no sign, no leading zero."""
    if not _DECIMAL.fullmatch(text):
        raise InputError(f"checkpoint: {text[:30]!r} is not a size", hint="ASCII digits without a leading zero")
    return int(text)


def origin_of(operator: str, book: str) -> str:
    """Returns the name of a book's log. A key's name may hold no plus sign, so one in the book's id is written ``%2B``.

    >>> origin_of("ledger.example", "org-a+org-b")
    'ledger.example/org-a%2Borg-b'
    """
    return f"{operator}/{book.replace('+', '%2B')}"


def signed_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> Note:
    """Returns a checkpoint with the log's own signature."""
    text = str(checkpoint)
    return Note(text, (Signature(key.name, key.verifier.key_id, key.sign(text.encode())),))


def cosignature(text: str, key: SigningKey, at_seconds: int) -> Signature:
    """Returns a witness's signature of a checkpoint's text.

    Args:
        text: the note's text, without its signatures.
        key: a key that was made for cosigning.
        at_seconds: seconds since 1970, UTC, at which the witness signs.
    """
    if key.use != COSIGNER_KEY:
        raise InputError(f"key of {key.name}: made for a log, not for a witness", hint="`armslength witness init`")
    value = key.sign(_cosigned(text, at_seconds))
    return Signature(key.name, key.verifier.key_id, at_seconds.to_bytes(8, "big") + value)


def cosigned_at(note: Note, key: VerifierKey) -> int | None:
    """Returns when a witness signed a checkpoint, in seconds since 1970, or nothing if it did not validly."""
    for signature in note.by(key):
        if key.use == COSIGNER_KEY and len(signature.value) == 72:
            at_seconds = int.from_bytes(signature.value[:8], "big")
            if at_seconds < 2**63 and key.verifies(signature.value[8:], _cosigned(note.text, at_seconds)):
                return at_seconds
    return None


def is_signed(note: Note, key: VerifierKey) -> bool:
    """Tells whether the log signed the note, and the checkpoint is that log's: the key bears the name of its origin."""
    signed = any(key.verifies(s.value, note.text.encode()) for s in note.by(key) if len(s.value) == 64)
    return signed and note.text.startswith(key.name + "\n")


def _cosigned(text: str, at_seconds: int) -> bytes:
    return f"cosignature/v1\ntime {at_seconds}\n{text}".encode()
