"""Whoever runs the books tries to change the past. Each trick, who sees it, and that without the trick nobody cries.

The operator holds the log's key and can write anything. A fork is made honestly: the same work with one thing different,
signed with the same key. It must be seen at the next checkpoint at the latest.
"""

import sqlite3
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from armslength.errors import NotSigned, StoreError
from armslength.proof.exchange import WitnessRequest
from armslength.proof.note import read_note
from armslength.proof.tree import consistency_proof
from armslength.service import key_files, sealing, witnessing
from armslength.service.book_checks import BOOK_CHECKS, BookRead
from proof.small_books import (
    BOOK,
    LOG,
    LOT,
    OTHER_LOT,
    OTHER_WITNESS,
    POLICY,
    VENDOR,
    WITNESS,
    Desk,
    audited,
    desk,
    flawed,
    work,
)

TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"


def rewrite(path: Path, *statements: str, guards_back: bool = True) -> None:
    """Writes into the file as somebody who may do anything: without the guards, which stand again afterwards."""
    with sqlite3.connect(path) as link:
        guards = link.execute(TRIGGERS).fetchall()
        for name, _ in guards:
            link.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert link.execute(statement).rowcount > 0, statement
        for _, sql in guards if guards_back else ():
            link.execute(sql)
    link.close()


def next_request(at: Desk, old: int) -> WitnessRequest:
    size = at.head().size_count
    path = consistency_proof(lambda *span: at.books.hashes(at.scope, BOOK, *span), min(old, size), size)
    return WitnessRequest(old, path, at.sign())


def witnessed(tmp_path: Path, at: Desk) -> Path:
    """Returns a witness who has signed the book as it stands."""
    folder = tmp_path / "witness"
    key_files.new_key(folder, "south.example/witness")
    witnessing.trust(folder, str(LOG.verifier))
    witnessing.cosign(folder, next_request(at, 0))
    return folder


def witness_says(folder: Path, at: Desk, old: int) -> str:
    try:
        witnessing.cosign(folder, next_request(at, old))
    except NotSigned as refusal:
        return refusal.code
    return "signed"


def named_checks(at: Desk) -> set[str]:
    """Returns those of the checks of `book verify` that find something."""
    rows = at.books.events(at.scope, BOOK, limit=1000)
    balances = {balance.account: balance for balance in at.books.balances(at.scope, BOOK)}
    (book,) = at.books.books(at.scope)
    head = at.books.checkpoint(at.scope, BOOK)
    read = BookRead(book, rows, balances, head.size_count, head.root)
    return {check.__name__ for check in BOOK_CHECKS if list(check(read))}


@pytest.fixture
def honest() -> Desk:
    made = desk()
    work(made)
    return made


def later(at: Desk) -> Desk:
    at.move("later", "post", LOT, VENDOR, 5)
    return at


def test_an_honest_operator_is_believed(tmp_path, honest):
    folder = witnessed(tmp_path, honest)
    note = honest.sign(WITNESS)
    assert witness_says(folder, later(honest), 12) == "signed"
    honest.sign(WITNESS)
    assert flawed(audited(honest.bundle(tmp_path / "b.zip"), held=(str(note),))) == set()
    assert named_checks(honest) == set()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET document = replace(document, '\"amount_count\":100', '\"amount_count\":900') WHERE sequence = 3",
        'UPDATE event SET document = replace(document, \'"by":"ann"\', \'"by":"bob"\') WHERE kind = \'record\'',
        "UPDATE event SET document = replace(document, '2024-01-02T', '2023-12-02T') WHERE sequence = 3",
        "UPDATE event SET salt = zeroblob(16) WHERE sequence = 3",
        "UPDATE event SET leaf = zeroblob(32) WHERE sequence = 3",
    ],
    ids=["amount", "approver", "date", "salt", "leaf"],
)
def test_an_edited_row_is_seen_by_whoever_audits_the_book(tmp_path, statement):
    at = desk(str(tmp_path / "books.sqlite"))
    work(at)
    at.sign(WITNESS)
    at.books.close()
    rewrite(tmp_path / "books.sqlite", statement)
    again = desk(str(tmp_path / "books.sqlite"))
    seen_by_checks = named_checks(again)
    assert seen_by_checks
    if "leaf" not in statement:  # a bundle makes leaves again from what the events say
        assert "inclusion" in flawed(audited(again.bundle(tmp_path / "b.zip")))
    again.books.close()


def test_guards_that_were_taken_away_are_missed_when_the_books_are_opened(tmp_path):
    at = desk(str(tmp_path / "books.sqlite"))
    work(at)
    at.books.close()
    rewrite(tmp_path / "books.sqlite", guards_back=False)
    with pytest.raises(StoreError):
        desk(str(tmp_path / "books.sqlite"))


def fork(change: Callable[[Desk], None]) -> Desk:
    made = desk()
    change(made)
    return made


def swapped(at: Desk) -> None:
    at.open(OTHER_LOT)
    at.open(LOT)
    at.open(VENDOR, "none")
    at.move("buy", "post", LOT, VENDOR, 100)
    for n in range(8):
        at.move(f"fill-{n}", "post", LOT, VENDOR, 1)


def dropped(at: Desk) -> None:
    at.open(LOT)
    at.open(VENDOR, "none")
    for n in range(10):
        at.move(f"fill-{n}", "post", LOT, VENDOR, 1)


@pytest.mark.parametrize(
    "change", [lambda at: work(at, bought=900), swapped, dropped], ids=["altered", "reordered", "left out"]
)
def test_a_log_rewritten_throughout_is_seen_by_the_witness_at_the_next_checkpoint(tmp_path, honest, change):
    folder = witnessed(tmp_path, honest)
    note = honest.sign(WITNESS)
    other = fork(change)
    assert witness_says(folder, other, 12) == "split_view"
    other.sign(OTHER_WITNESS)
    bundle = other.bundle(tmp_path / "b.zip")
    assert "quorum" in flawed(audited(bundle))
    assert "history" in flawed(audited(bundle, held=(str(note),)))


def test_a_backup_put_back_is_seen_by_the_witness(tmp_path, honest):
    backup = fork(work)
    note = later(honest).sign(WITNESS)
    folder = witnessed(tmp_path, honest)
    assert witness_says(folder, backup, 13) == "old_news"
    backup.move("other", "post", LOT, VENDOR, 6)
    assert witness_says(folder, backup, 13) == "split_view"
    backup.move("more", "post", LOT, VENDOR, 6)
    assert witness_says(folder, backup, 13) == "split_view"
    backup.sign(WITNESS)
    assert "history" in flawed(audited(backup.bundle(tmp_path / "b.zip"), held=(str(note),)))


def test_two_views_of_one_book_cannot_both_be_signed_by_all(tmp_path, honest):
    folder = witnessed(tmp_path, honest)
    other = fork(lambda at: work(at, bought=900))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    second = witnessed(elsewhere, other)
    assert witness_says(second, honest, 12) == "split_view"
    assert witness_says(folder, other, 12) == "split_view"
    both = POLICY.replace(
        "quorum south", f"witness auditor {OTHER_WITNESS.verifier}\ngroup all-of-us all south auditor\n"
    )
    honest.sign(WITNESS)
    other.sign(OTHER_WITNESS)
    for at, name in ((honest, "a"), (other, "b")):
        assert "quorum" in flawed(audited(at.bundle(tmp_path / f"{name}.zip"), both + "quorum all-of-us"))


def test_two_bundles_of_two_views_give_the_operator_away(tmp_path, honest):
    other = fork(lambda at: work(at, bought=900))
    mine, theirs = honest.sign(WITNESS), other.sign(WITNESS)
    assert flawed(audited(honest.bundle(tmp_path / "a.zip"), held=(str(theirs),))) == {"history"}
    assert flawed(audited(other.bundle(tmp_path / "b.zip"), held=(str(mine),))) == {"history"}


def test_an_approval_that_is_backdated_is_seen_by_its_place(tmp_path, honest):
    honest.clock.now += timedelta(days=7)
    honest.sign(WITNESS)
    honest.clock.now -= timedelta(days=6)
    honest.submit(honest.event("approved", "record", topic="agreement.approve", body={"by": "ann"}))
    honest.clock.now += timedelta(days=7)
    honest.sign(WITNESS)
    for shown in ({}, {"events": ("approved",)}):
        bundle = audited(honest.bundle(tmp_path / f"{len(shown)}.zip", **shown))
        assert flawed(bundle) == {"times"}
        assert "event 12 is dated 2024-01-03" in bundle.flaws["times"][0]


def test_an_event_dated_after_its_checkpoint_is_seen(tmp_path, honest):
    honest.clock.now += timedelta(days=7)
    honest.submit(honest.event("approved", "record", topic="agreement.approve", body={"by": "ann"}))
    honest.clock.now -= timedelta(days=7)
    honest.sign(WITNESS)
    assert flawed(audited(honest.bundle(tmp_path / "b.zip"))) == {"times"}


def test_an_event_kept_back_is_missed(tmp_path, honest):
    sealing.seal(honest.books, honest.scope, BOOK, "north", honest.clock.now)
    honest.sign(WITNESS)
    path = honest.bundle(tmp_path / "b.zip", accounts=(OTHER_LOT,))
    assert flawed(audited(path)) == set()
    alter(path, "events.txt", lambda lines: b"".join(line for line in lines if not line.startswith(b"5 ")))
    bundle = audited(path)
    assert {"completeness", "balances"} <= flawed(bundle)
    assert any("where 3 was due" in flaw for flaw in bundle.flaws["completeness"])


def test_the_last_event_kept_back_is_missed_by_the_seal(tmp_path, honest):
    sealing.seal(honest.books, honest.scope, BOOK, "north", honest.clock.now)
    honest.sign(WITNESS)
    path = honest.bundle(tmp_path / "b.zip", accounts=(OTHER_LOT,))
    alter(path, "events.txt", lambda lines: b"".join(line for line in lines if not line.startswith(b"7 ")))
    assert "balances" in flawed(audited(path))


def test_a_balance_that_is_made_up_is_seen(tmp_path, honest):
    sealing.seal(honest.books, honest.scope, BOOK, "north", honest.clock.now)
    honest.sign(WITNESS)
    path = honest.bundle(tmp_path / "b.zip")
    (name,) = [name for name in zipfile.ZipFile(path).namelist() if name.startswith("balances/") and "txt" in name]
    alter(path, name, lambda lines: b"".join(lines).replace(b'"debits_posted_count":10,', b'"debits_posted_count":90,'))
    assert flawed(audited(path)) == {"balances"}


def test_a_document_that_was_exchanged_is_seen(tmp_path, honest):
    honest.sign(WITNESS)
    path = honest.bundle(tmp_path / "b.zip")
    (name,) = [name for name in zipfile.ZipFile(path).namelist() if name.startswith("evidence/")]
    alter(path, name, lambda _: b"Minutes of another committee.")
    assert flawed(audited(path)) == {"evidence"}


def test_another_book_s_checkpoint_does_not_serve(tmp_path, honest):
    honest.sign(WITNESS)
    path = honest.bundle(tmp_path / "b.zip")
    text = read_note(str(honest.sign(WITNESS))).text.replace(BOOK, "private/other")
    alter(path, "checkpoint", lambda lines: (text + "\n" + str(honest.sign()).rpartition("\n\n")[2]).encode())
    assert {"signature", "order"} <= flawed(audited(path))


def alter(path: Path, name: str, change: Callable[[list[bytes]], bytes]) -> None:
    """Rewrites one file of a bundle."""
    with zipfile.ZipFile(path) as file:
        files = {inside: file.read(inside) for inside in file.namelist()}
    changed = change(files[name].splitlines(keepends=True))
    assert changed != files[name]
    with zipfile.ZipFile(path, "w") as file:
        for inside, content in (files | {name: changed}).items():
            file.writestr(inside, content)
