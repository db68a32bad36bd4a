"""`armslength audit`, `armslength witness`, and checkpoints, seals and bundles of `armslength book`."""

import argparse
import json
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from armslength.cli.book_commands import opened
from armslength.cli.progress import Progress
from armslength.errors import InputError
from armslength.proof.checkpoint import read_checkpoint
from armslength.proof.exchange import read_request
from armslength.proof.note import read_note
from armslength.service import auditing, bundling, key_files, sealing, witnessing
from armslength.service.book_reading import the_book
from armslength.store.books import Books
from armslength.store.scope import Scope


def audit(parsed: argparse.Namespace) -> int:
    """Verifies bundles."""
    with Progress() as progress:
        found = auditing.audit(
            parsed.bundle, parsed.policy, parsed.held, lag_seconds=parsed.lag_seconds, say=progress.say
        )
    if parsed.json:
        print(json.dumps([one.document() for one in found], indent=2))
    else:
        print("\n\n".join(f"{one.path}\n{one.text}" for one in found))
    return auditing.worst(found)


def witness_init(parsed: argparse.Namespace) -> int:
    """Makes a key."""
    key = key_files.new_key(parsed.folder, parsed.name, operator=parsed.operator)
    print(f"Key:    {parsed.folder / key_files.KEY_FILE} (for your eyes only; keep a copy somewhere safe)")
    print(f"Public: {key.verifier}")
    if parsed.operator:
        print(f"Next: armslength book checkpoint --operator {parsed.folder}")
    else:
        print("Give the public key to those who shall trust this witness.")
        print(f"Next: armslength witness trust --folder {parsed.folder} VKEY, with the key of each book's log")
    return 0


def witness_trust(parsed: argparse.Namespace) -> int:
    """Watches logs."""
    for given in parsed.vkey:
        lines = Path(given).read_text(encoding="utf-8").split() if Path(given).is_file() else [given]
        for vkey in lines:
            print(f"Watches {witnessing.trust(parsed.folder, vkey).name}")
    print(f"Next: armslength witness cosign --folder {parsed.folder}")
    return 0


def witness_cosign(parsed: argparse.Namespace) -> int:
    """Signs what continues what was signed before."""
    if parsed.request:
        request = read_request(parsed.request.read_text(encoding="utf-8"))
        print(request.checkpoint.joined(witnessing.cosign(parsed.folder, request)), end="")
        return 0
    logs = {one.origin for one in witnessing.watched(parsed.folder)}
    if not logs:
        raise InputError(f"{parsed.folder}: watches no log", hint="armslength witness trust --folder DIR VKEY")
    with opened(parsed) as (books, scope):
        names = [the_book(books, scope, name).id for name in parsed.book] or _watched(books, scope, logs)
        for name in names:
            head = read_checkpoint(witnessing.cosign_book(parsed.folder, books, scope, name).text)
            print(f"Signed {head.origin}: {head.size_count:,} events")
    return 0


def _watched(books: Books, scope: Scope, logs: set[str]) -> list[str]:
    """Returns the books whose newest signed checkpoint is of a log that the witness watches."""
    newest = {book.id: books.notes(scope, book.id)[-1:] for book in books.books(scope)}
    found = [name for name, notes in newest.items() if notes and notes[0][1].partition("\n")[0] in logs]
    if not found:
        raise InputError(
            "none of the books here has a signed checkpoint of a log that this witness watches",
            hint="`armslength book checkpoint` shows the logs and their keys; `armslength witness trust` watches one",
        )
    return found


def witness_status(parsed: argparse.Namespace) -> int:
    """Shows what a witness signed last."""
    found = witnessing.watched(parsed.folder)
    if parsed.json:
        rows = [
            {"origin": one.origin, "size_count": one.size_count, "signed_at": _moment(one.signed_at)} for one in found
        ]
        print(json.dumps(rows, indent=2))
        return 0
    print(f"Witness: {key_files.read_key(parsed.folder).verifier}")
    table = Table("Log", "Events signed", "Signed at")
    for one in found:
        table.add_row(one.origin, f"{one.size_count:,}", _moment(one.signed_at) or "never")
    Console().print(table if found else "It watches no log yet.")
    return 0


def checkpoint(parsed: argparse.Namespace) -> int:
    """Signs or shows checkpoints, and carries requests and signatures to and from witnesses elsewhere."""
    with opened(parsed) as (books, scope):
        names = [the_book(books, scope, name).id for name in parsed.book]
        if parsed.request or parsed.cosignature:
            return _exchange(parsed, books, scope, names)
        rows = []
        for name in names or [book.id for book in books.books(scope)]:
            if parsed.operator:
                note, key = sealing.sign_book(books, scope, name, parsed.operator)
                rows.append((name, note, str(key)))
            else:
                rows.append((name, sealing.newest_note(books, scope, name), ""))
    if parsed.json:
        print(json.dumps([{"book": name, "checkpoint": str(note), "log": vkey} for name, note, vkey in rows], indent=2))
        return 0
    for name, note, vkey in rows:
        head = read_checkpoint(note.text)
        signers = ", ".join(signature.name for signature in note.signatures)
        print(f"{name}: {head.size_count:,} events, root {head.root.hex()[:16]}..., signed by {signers}")
        if vkey:
            print(f"  log key: {vkey}")
    return 0


def _exchange(parsed: argparse.Namespace, books: Books, scope: Scope, names: list[str]) -> int:
    if len(names) != 1:
        raise InputError("a request or a signature is of one book", hint="name the book")
    if parsed.request:
        parsed.request.write_text(
            str(sealing.witness_request(books, scope, names[0], parsed.since)), encoding="utf-8", newline="\n"
        )
        print(f"Wrote {parsed.request}; the witness answers it with `armslength witness cosign --request`")
    if parsed.cosignature:
        note = read_note(parsed.cosignature.read_text(encoding="utf-8"))
        origin = read_checkpoint(note.text).origin
        for signed in (one for one in note.signatures if one.name != origin):
            witnessing.leave(books, scope, names[0], note.text, signed)
            print(f"Added the signature of {signed.name}")
    return 0


def seal(parsed: argparse.Namespace) -> int:
    """Seals a book."""
    with opened(parsed) as (books, scope), Progress() as progress:
        book = the_book(books, scope, parsed.book)
        members = [name for name in book.members if name in scope.organisations]
        by = parsed.by or (members[0] if len(members) == 1 else "")
        if by not in book.members:
            raise InputError(f"{book.id}: who seals it?", hint=f"--by, one of {', '.join(book.members)}")
        done = sealing.seal(books, scope, book.id, by, parsed.until, say=progress.say)
    if parsed.json:
        print(done.model_dump_json(indent=2))
        return 0
    body = done.event.body
    print(f"{book.id}: sealed until {_moment(done.event.effective_at)} by event {done.sequence_count}")
    print(f"{body['accounts_count']} balances over {body['size_count']} events, root {body['balances_root']}")
    return 0


def bundle(parsed: argparse.Namespace) -> int:
    """Writes a bundle."""
    with opened(parsed) as (books, scope), Progress() as progress:
        book = the_book(books, scope, parsed.book)
        disclosure = bundling.Disclosure(
            accounts=tuple(parsed.account),
            events=tuple(parsed.event),
            evidence=not parsed.no_evidence,
            since=tuple(parsed.since),
        )
        done = bundling.write_bundle(books, scope, book.id, parsed.out, disclosure, say=progress.say)
    if parsed.json:
        row = {"path": str(done.path), "events_count": done.events_count, "size_count": done.checkpoint.size_count}
        print(json.dumps(row | {"witnesses_count": done.witnesses_count}, indent=2))
        return 0
    print(f"Wrote {done.path}: {done.events_count:,} of {done.checkpoint.size_count:,} events of {book.id}")
    if not done.witnesses_count:
        print("No witness has signed this checkpoint: an auditor who asks for one will not accept it.")
    print(f"Next: armslength audit {done.path} --policy POLICY")
    return 0


def _moment(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC") if at else ""


WITNESS_COMMANDS = {
    "init": witness_init,
    "trust": witness_trust,
    "cosign": witness_cosign,
    "status": witness_status,
}
BOOK_COMMANDS = {"checkpoint": checkpoint, "seal": seal, "bundle": bundle}
