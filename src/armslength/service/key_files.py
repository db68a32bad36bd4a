"""Folders that hold a key: of a witness, or of whoever runs the books. The private half is for its owner's eyes only."""

import os
import secrets
import stat
from pathlib import Path

from armslength.errors import InputError
from armslength.proof.note import (
    COSIGNER_KEY,
    NOTE_KEY,
    SEED_BYTES,
    SigningKey,
    VerifierKey,
    checked_name,
    read_signing_key,
)

KEY_FILE = "key"
PUBLIC_FILE = "vkey"


def new_key(folder: Path, name: str, *, operator: bool = False) -> SigningKey:
    """Makes a key and keeps it in a folder: ``key`` (readable by its owner only) and ``vkey``, to be given to others.

    Args:
        folder: made if it does not exist.
        name: name of the witness or of the operator, such as ``org-b.example/witness``.
        operator: whether it is to sign checkpoints of books, instead of cosigning them.

    Raises:
        InputError: the folder holds a key already, or the name cannot be a key's.
    """
    key = SigningKey(checked_name(name), NOTE_KEY if operator else COSIGNER_KEY, secrets.token_bytes(SEED_BYTES))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(folder / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InputError(
            f"{folder / KEY_FILE}: there is a key already", hint="a key is never overwritten: name another folder"
        ) from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(key.secret_text() + "\n")
        file.flush()
        os.fsync(file.fileno())
    (folder / PUBLIC_FILE).write_text(f"{key.verifier}\n", encoding="utf-8")
    return key


def read_key(folder: Path, *, operator: bool = False) -> SigningKey:
    """Reads the key of a folder.

    Raises:
        InputError: there is none, others may read it, or it was made for the other use.
    """
    path = folder / KEY_FILE
    how = f"`armslength witness init {folder} --name NAME{' --operator' if operator else ''}` makes one"
    if not path.is_file():
        raise InputError(f"{path}: there is no key", hint=how)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError(f"{path}: others may read this key", hint=f"chmod 600 {path}, and make a new one if they did")
    key = read_signing_key(path.read_text(encoding="utf-8"))
    if (key.use == NOTE_KEY) != operator:
        made_for = "an operator, who signs books" if key.use == NOTE_KEY else "a witness"
        raise InputError(f"{path}: this key was made for {made_for}", hint=how)
    return key


def log_key(operator: SigningKey, origin: str) -> SigningKey:
    """Returns the key with which an operator signs one book's log."""
    return operator.named(origin)


def log_verifier(operator: SigningKey, origin: str) -> VerifierKey:
    """Returns what others need to know of that key."""
    return log_key(operator, origin).verifier
