"""Signed notes, and the keys that sign them (C2SP signed-note 1.0): a text, a blank line, and lines with signatures.

Ed25519 only. Keys are made from a seed that is passed in; where a seed is kept is not decided here.
"""

import base64
import binascii
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest as hmac_digest

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from armslength.errors import InputError

NOTE_KEY = 0x01
"""Signs the text of a note as it stands: how a log signs its checkpoints."""
COSIGNER_KEY = 0x04
"""Signs a time together with the text (C2SP tlog-cosignature, v1): how a witness signs."""

NOTE_BYTES_MAX = 1_000_000
SEED_BYTES = 32
SIGNATURE_START = "— "


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name and the use that are bound to it."""

    name: str
    use: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart; an aid, not a proof."""
        return sha256(self.name.encode() + b"\n" + bytes([self.use]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.use]) + self.public).decode()}"

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Tells whether a signature of 64 bytes over a message is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its name and use. Its text is a secret; it does not show in a trace."""

    name: str
    use: int
    seed: bytes = field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(self.name, self.use, public)

    def secret_text(self) -> str:
        """Returns the line that a key file holds."""
        packed = base64.b64encode(bytes([self.use]) + self.seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{packed}"

    def sign(self, message: bytes) -> bytes:
        """Returns 64 bytes over a message."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    def named(self, name: str) -> "SigningKey":
        """Returns a key of its own for another name, made from this one's seed.

        A policy may list a public key only once, so an operator's logs each need one, and one file keeps them all.
        """
        seed = hmac_digest(self.seed, b"armslength key for " + name.encode(), "sha256")
        return SigningKey(checked_name(name), self.use, seed)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: whose, the key's id, and the bytes."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{SIGNATURE_START}{self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a newline, and its signatures. It means nothing before one of them was verified."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(str(signature) for signature in self.signatures)

    def by(self, key: VerifierKey) -> tuple[Signature, ...]:
        """Returns the signatures that claim to be a key's; they are still to be verified."""
        return tuple(s for s in self.signatures if (s.name, s.key_id) == (key.name, key.key_id))

    def joined(self, *more: Signature) -> "Note":
        """Returns the note with further signatures; a newer one of a key takes the place of its older one."""
        fresh = {(signature.name, signature.key_id): signature for signature in more}
        kept = [s for s in self.signatures if (s.name, s.key_id) not in fresh]
        return Note(self.text, (*kept, *fresh.values()))


def read_note(text: str) -> Note:
    """Reads a signed note.

    Raises:
        InputError: it is no signed note: too long, a control character, no signature line, or base64 that is not exact.
    """
    if len(text) > NOTE_BYTES_MAX:
        raise InputError("signed note: longer than a million letters", hint="give the checkpoint itself")
    if any(letter < " " and letter != "\n" for letter in text):
        raise InputError("signed note: holds a control character", hint="fetch it again, with newlines as they are")
    body, gap, lines = text.rpartition("\n\n")
    if not gap or not body or not lines.endswith("\n"):
        raise InputError("signed note: needs a text, an empty line and signature lines", hint="is the file cut short?")
    return Note(body + "\n", tuple(read_signature(line) for line in lines[:-1].split("\n")))


def read_signature(line: str) -> Signature:
    """Reads one signature line, without its newline."""
    name, _, packed = line.removeprefix(SIGNATURE_START).partition(" ")
    value = exact_base64(packed)
    if not line.startswith(SIGNATURE_START) or not _is_name(name) or value is None or len(value) <= 4:
        raise InputError(f"signed note: not a signature line: {line[:80]!r}", hint="each is `— NAME BASE64`")
    return Signature(name, value[:4], value[4:])


def read_verifier_key(text: str) -> VerifierKey:
    """Reads a public key written as ``name+id+base64``."""
    name, _, rest = text.strip().partition("+")
    key_id, _, packed = rest.partition("+")
    value = exact_base64(packed)
    if value is None or len(value) != 33 or value[0] not in (NOTE_KEY, COSIGNER_KEY) or not _is_name(name):
        raise InputError(f"key: not a verifier key: {text.strip()[:80]!r}", hint="it reads NAME+8 HEX DIGITS+BASE64")
    key = VerifierKey(name, value[0], value[1:])
    if key.key_id.hex() != key_id:
        raise InputError(f"key of {name}: its id should be {key.key_id.hex()}", hint="a letter was lost or changed")
    return key


def read_signing_key(text: str) -> SigningKey:
    """Reads what ``SigningKey.secret_text`` wrote. The text never shows in an error."""
    parts = text.strip().removeprefix("PRIVATE+KEY+").split("+", 2)
    value = exact_base64(parts[2]) if len(parts) == 3 else None
    if not text.startswith("PRIVATE+KEY+") or value is None or len(value) != 33 or not _is_name(parts[0]):
        raise InputError("key file: not a private key", hint="`armslength witness init` makes one")
    key = SigningKey(parts[0], value[0], value[1:])
    if key.verifier.key_id.hex() != parts[1]:
        raise InputError(f"key file of {parts[0]}: damaged, its id does not fit", hint="take it from a backup")
    return key


def checked_name(name: str) -> str:
    """Returns the name of a key if it may be one: not empty, no spaces, no plus sign."""
    if not _is_name(name):
        raise InputError(
            f"key: {name[:80]!r} cannot be a key's name",
            hint="no spaces and no plus sign, such as org-b.example/witness",
        )
    return name


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and name.isprintable() and not any(letter.isspace() for letter in name)


def exact_base64(text: str) -> bytes | None:
    """Returns the bytes of standard base64, or nothing unless the text is exactly what encoding them gives."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return value if base64.b64encode(value).decode() == text else None
