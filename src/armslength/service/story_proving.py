"""Acts of a story that seal, backdate, sign, witness and audit."""

import zipfile
from datetime import UTC, datetime, time
from pathlib import Path

from armslength.errors import CheckFailed
from armslength.model.accounts import agreement_book, private_book
from armslength.model.book import Event, Group
from armslength.model.story import Backdate, Prove, Seal
from armslength.service import auditing, bundling, key_files, sealing, witnessing
from armslength.service.book_importing import accepted
from armslength.service.book_reading import end_of
from armslength.service.story_stage import NotAsTold, Stage

OPERATOR = "books.example"


def seal(stage: Stage, act: Seal | Backdate) -> list[str]:
    """Seals a book, or tries to slip something in as of an earlier day."""
    book = private_book(act.organisation)
    if isinstance(act, Seal):
        row = sealing.seal(stage.books, stage.scope, book, act.organisation, end_of(act.until_on))
        return [f"sealed to the end of {act.until_on} by event {row.sequence_count}"]
    event = Event(
        id=f"backdate:{act.effective_on}",
        organisation=act.organisation,
        book=book,
        kind="record",
        effective_at=datetime.combine(act.effective_on, time(12), UTC),
        topic="story.backdate",
        body={"text": act.text},
    )
    accepted(stage.books.submit(stage.scope, Group(id=event.id, events=(event,))))
    return ["recorded"]


def prove(stage: Stage, act: Prove) -> list[str]:
    """Signs, witnesses, bundles and audits the book of an agreement; then alters the bundle, and audits again."""
    books, scope, book = stage.books, stage.scope, agreement_book(act.agreement)
    operator = stage.out / "keys" / "operator"
    if not operator.exists():
        key_files.new_key(operator, OPERATOR, operator=True)
    _, log = sealing.sign_book(books, scope, book, operator)
    folders = [_witness(stage, name, str(log)) for name in act.witnesses]
    for folder in folders:
        witnessing.cosign_book(folder, books, scope, book, stage.clock.now())
    policy = stage.out / "trusted.txt"
    policy.write_text(_policy(str(log), dict(zip(act.witnesses, folders, strict=True))), encoding="utf-8")
    bundle = stage.out / f"{act.agreement}-{act.tried_on}.zip"
    done = bundling.write_bundle(books, scope, book, bundle, bundling.Disclosure())
    outcome = auditing.audit([bundle], policy)[0]
    if outcome.code:
        raise CheckFailed(f"the bundle does not verify:\n{outcome.text}")
    lines = [
        f"{done.events_count} events, root {done.checkpoint.root.hex()[:16]}, signed by {done.witnesses_count} witnesses",
        f"{bundle.name} verifies offline: {', '.join(name for name, made in outcome.made_count.items() if made)}",
    ]
    return lines + (_altered(stage, act.alter, bundle, policy) if act.alter else [])


def _witness(stage: Stage, name: str, log: str) -> Path:
    """Returns the folder of an organisation's witness, which watches the log."""
    folder = stage.out / "keys" / f"witness-{name}"
    if not folder.exists():
        key_files.new_key(folder, f"{name}.example/witness")
    witnessing.trust(folder, log)
    return folder


def _policy(log: str, witnesses: dict[str, Path]) -> str:
    keys = [f"witness {name} {key_files.read_key(folder).verifier}" for name, folder in witnesses.items()]
    return "\n".join([f"log {log}", *keys, f"group everybody all {' '.join(witnesses)}", "quorum everybody", ""])


def _altered(stage: Stage, alter: tuple[str, str], bundle: Path, policy: Path) -> list[str]:
    """Alters one text in a copy of the bundle; the audit must fail."""
    copy = stage.out / f"altered-{bundle.name}"
    changed = 0
    with zipfile.ZipFile(bundle) as before, zipfile.ZipFile(copy, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            new = content.replace(alter[0].encode(), alter[1].encode())
            changed += new != content
            after.writestr(name, new)
    if not changed:
        raise NotAsTold(f"nothing in the bundle says {alter[0]!r}, so nothing was altered")
    outcome = auditing.audit([copy], policy)[0]
    if not outcome.code:
        raise CheckFailed("an altered bundle verifies")
    wrong = [f"{name}: {flaws[0]}" for name, flaws in outcome.flaws.items() if flaws]
    return [f"with {alter[0]!r} altered to {alter[1]!r} it fails: {wrong[0] if wrong else outcome.text}"]
