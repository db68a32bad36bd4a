"""The two texts in which proofs travel.

A leaf's proof with its checkpoint (C2SP tlog-proof), and the request that asks a witness to sign (C2SP tlog-witness,
add-checkpoint).
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from armslength.errors import InputError
from armslength.proof.checkpoint import decimal
from armslength.proof.note import Note, exact_base64, read_note
from armslength.proof.tree import HASH_BYTES

PROOF_HEAD = "c2sp.org/tlog-proof@v1"
HASHES_MAX = 63


@dataclass(frozen=True, slots=True)
class WitnessRequest:
    """What a witness is asked to sign: a checkpoint, and the proof that it continues the one of the old size."""

    old_count: int
    path: tuple[bytes, ...]
    checkpoint: Note

    def __str__(self) -> str:
        return f"old {self.old_count}\n{_hash_lines(self.path)}\n{self.checkpoint}"


@dataclass(frozen=True, slots=True)
class LeafProof:
    """That a leaf stands at an index of the tree which a checkpoint signs."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: Note

    def __str__(self) -> str:
        return f"{PROOF_HEAD}\nindex {self.index}\n{_hash_lines(self.path)}\n{self.checkpoint}"


def read_request(text: str) -> WitnessRequest:
    """Reads a request to a witness.

    Raises:
        InputError: it is none, or one of its parts is not as the format asks.
    """
    head, path, note = _parts(text, "old ", "request to a witness")
    return WitnessRequest(decimal(head), path, note)


def read_leaf_proof(text: str) -> LeafProof:
    """Reads a leaf's proof. Extra data, which nobody signs, is passed over.

    Raises:
        InputError: it is none, or one of its parts is not as the format asks.
    """
    first, _, rest = text.partition("\n")
    if first != PROOF_HEAD:
        raise InputError(f"proof: begins with {first[:40]!r}", hint=f"a proof begins with {PROOF_HEAD}")
    if rest.startswith("extra "):
        rest = rest.partition("\n")[2]
    head, path, note = _parts(rest, "index ", "proof")
    return LeafProof(decimal(head), path, note)


def _hash_lines(hashes: Sequence[bytes]) -> str:
    return "".join(base64.b64encode(value).decode() + "\n" for value in hashes)


def _parts(text: str, start: str, what: str) -> tuple[str, tuple[bytes, ...], Note]:
    head, gap, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    if not gap or not first.startswith(start):
        raise InputError(f"{what}: needs `{start}N`, hashes, an empty line and a checkpoint", hint="is it cut short?")
    path = [exact_base64(line) for line in lines]
    if len(path) > HASHES_MAX or any(value is None or len(value) != HASH_BYTES for value in path):
        raise InputError(f"{what}: a line is not a hash in base64, or there are more than {HASHES_MAX}")
    return first.removeprefix(start), tuple(value for value in path if value is not None), read_note(note)
