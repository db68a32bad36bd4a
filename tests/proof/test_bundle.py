"""Bundles: what they show and what they keep to themselves, and that nothing in them can be changed unseen."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from random import Random

import pytest

from armslength.audit import ahead, verify
from armslength.errors import InputError, LedgerError, UnknownName
from armslength.model.book import Accepted, Account, Book, Event, Group, Refused
from armslength.proof.balances import balances
from armslength.service import auditing, sealing
from armslength.service.auditing import audit
from armslength.store.scope import scope_of
from proof.small_books import (
    BOOK,
    LOT,
    OTHER_LOT,
    OTHER_WITNESS,
    POLICY,
    UNIT,
    VENDOR,
    WITNESS,
    audited,
    both,
    desk,
    flawed,
    work,
)

COSMETIC = {"README.txt"}


@pytest.fixture(scope="module")
def at():
    made = desk()
    work(made)
    made.sign(WITNESS)
    sealing.seal(made.books, made.scope, BOOK, "north", made.clock.now)
    made.move("after", "post", LOT, VENDOR, 8)
    made.move("held", "reserve", OTHER_LOT, LOT, 8)
    made.submit(made.event("up", "post", entries=both(VENDOR, LOT, 500), up_to=True))
    sealing.seal(made.books, made.scope, BOOK, "north", made.clock.now)
    made.sign(WITNESS)
    return made


@pytest.fixture(scope="module")
def whole(at, tmp_path_factory) -> Path:
    return at.bundle(tmp_path_factory.mktemp("whole") / "b.zip")


@pytest.fixture(scope="module")
def part(at, tmp_path_factory) -> Path:
    return at.bundle(tmp_path_factory.mktemp("part") / "b.zip", accounts=(OTHER_LOT,))


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(files: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def test_a_whole_bundle_verifies_by_every_check(whole):
    bundle = audited(whole)
    assert flawed(bundle) == set()
    assert {check for check in bundle.flaws if not bundle.made[check]} == set()


@pytest.mark.parametrize("lines", [1, 3, 1000])
def test_two_processes_find_what_one_finds(whole, tmp_path, monkeypatch, lines):
    monkeypatch.setattr(ahead, "LINES_AT_ONCE", lines)
    files = contents(whole)
    content = files["events.txt"].replace(b'"amount_count":8', b'"amount_count":9')
    for path in (whole, packed(files | {"events.txt": content}, tmp_path / "changed.zip")):
        alone, together = (verify.Bundle(path, verify.Policy(POLICY)) for _ in range(2))
        assert alone.verify() == together.verify(each=ahead.ahead)
        assert (alone.flaws, alone.made) == (together.flaws, together.made)
    assert "inclusion" in flawed(together)


def test_a_large_bundle_is_read_by_two_processes(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(auditing, "LARGE_BYTES", 0)
    assert audit([whole])[0].code == verify.UNPROVEN
    files = contents(whole)
    files["events.txt"] = files["events.txt"].replace(b'"encoding":', b'"encoding": ', 1)
    with pytest.raises(InputError, match="CANONICAL-JSON"):
        audit([packed(files, tmp_path / "spaced.zip")])


def test_a_part_verifies_and_says_up_to_where(part):
    assert flawed(audited(part)) == set()
    bundle = verify.Bundle(part, verify.Policy(POLICY))
    text = verify.report(bundle, bundle.verify())
    assert f"all events of {OTHER_LOT} are claimed to be shown (up to event 16)" in text
    assert text.endswith("VERIFIED")


def test_a_part_says_nothing_about_the_rest(at, part, tmp_path):
    shown = contents(part)
    lines = shown["events.txt"].decode().splitlines()
    events = at.books.events(at.scope, BOOK, limit=100)
    hidden = [one for one in events if OTHER_LOT not in one.versions_count and one.event.kind != "seal"]
    everything = b"".join(shown.values()).decode()
    assert len(hidden) + len(lines) == len(events)
    for one in hidden:
        assert one.salt not in everything
        assert f'"id":"{one.event.id}"' not in everything
    rows = b"".join(content for name, content in shown.items() if name.startswith("balances/")).decode()
    assert OTHER_LOT in rows
    assert LOT not in rows
    kept = [one.event.body["balances"] for one in events if one.event.kind == "seal"]
    secrets = [json.loads(at.books.blob_get(at.scope, BOOK, digest))["secret"] for digest in kept]
    assert not any(secret in everything for secret in secrets)
    one = contents(at.bundle(tmp_path / "one.zip", events=("after",)))
    assert not any(name.startswith("balances/") for name in one)
    assert len(one["events.txt"].splitlines()) == 1


def test_without_a_policy_nothing_is_proven(whole):
    (outcome,) = audit([whole])
    assert (outcome.code, outcome.document()["outcome"]) == (7, "unproven")


def test_a_quorum_that_is_not_met_fails(whole):
    policy = POLICY.replace("quorum south", f"witness auditor {OTHER_WITNESS.verifier}\nquorum auditor")
    assert flawed(audited(whole, policy)) == {"quorum"}


def signed_part(name: str, content: bytes, which: str) -> int:
    """Returns how many bytes of a file a change must be seen in; the rest is a signature that then does not count."""
    if name.startswith(("history/", "proofs/")):
        unused = name.startswith("history/from-") and which == "whole"
        return 0 if unused else content.rindex(b"\n\n")
    return len(content)


@pytest.mark.parametrize("which", ["whole", "part"])
def test_no_byte_can_be_changed_unseen(which, request, tmp_path):
    """A few hundred places, every file in turn."""
    files = contents(request.getfixturevalue(which))
    random = Random(11)
    names = [name for name in sorted(set(files) - COSMETIC) if signed_part(name, files[name], which)]
    for turn in range(120):
        name = names[turn % len(names)]
        content = bytearray(files[name])
        place = random.randrange(signed_part(name, files[name], which))
        content[place] ^= 1 << random.randrange(7)
        path = packed(files | {name: bytes(content)}, tmp_path / "changed.zip")
        try:
            bundle = audited(path)
        except auditing.UNREADABLE:
            continue
        # Of the cover, the book is checked; accounts that it claims to show whole, only as far as a seal tells.
        claimed = bundle.complete & set(bundle.attested)
        cover = name == "bundle.json" and bundle.book.name == BOOK and claimed <= {OTHER_LOT}
        assert flawed(bundle) or cover, f"{name}, byte {place}: {bytes(content[max(0, place - 20) : place + 20])!r}"


def test_no_file_can_be_left_out_unseen(whole, part, tmp_path):
    for source in (whole, part):
        files = contents(source)
        for name in sorted(files):
            path = packed(
                {inside: content for inside, content in files.items() if inside != name}, tmp_path / "cut.zip"
            )
            try:
                bundle = audited(path)
            except auditing.UNREADABLE:
                continue
            optional = name.startswith(("evidence/", "history/old-", "README", "history/from-")) or "balances" in name
            assert flawed(bundle) or optional, name


def test_the_verifier_runs_alone(whole, tmp_path):
    """Copied out, in an interpreter that cannot see the package."""
    alone = tmp_path / "verify.py"
    alone.write_bytes(Path(verify.__file__).read_bytes())
    (tmp_path / "policy").write_text(POLICY)
    command = [sys.executable, "-I", str(alone), str(whole), str(tmp_path / "policy")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("VERIFIED\n")


def test_the_verifier_can_be_read_in_an_hour():
    assert len(Path(verify.__file__).read_text().splitlines()) < 400


def test_the_same_disclosure_gives_the_same_bytes(at, whole, tmp_path):
    assert at.bundle(tmp_path / "again.zip").read_bytes() == whole.read_bytes()


def test_bundles_of_one_book_are_held_against_each_other(at, whole, tmp_path):
    (tmp_path / "policy").write_text(POLICY)
    other = desk()
    work(other, bought=900)
    other.sign(WITNESS)
    theirs = other.bundle(tmp_path / "theirs.zip")
    one, two = audit([whole, theirs], tmp_path / "policy")
    assert one.flaws["history"]
    assert auditing.worst((one, two)) == verify.FAILED
    assert audit([theirs], tmp_path / "policy")[0].code == verify.VERIFIED


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x05\x06" + bytes(18), b"not a zip", b"PK\x03\x04 cut short"],
    ids=["empty", "no files", "text", "cut"],
)
def test_what_is_no_bundle_is_told_so(content, tmp_path):
    path = tmp_path / "b.zip"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a bundle, or damaged"):
        audit([path])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bundle.json", b"[]"),
        ("bundle.json", b"[" * 100_000),
        ("bundle.json", b'{"whole": true, "book": 5, "accounts": []}'),
        ("events.txt", b"0 00000000000000000000000000000000 {}\n"),
        ("events.txt", b"x\n"),
        ("events.txt", b'0 00000000000000000000000000000000 {"a":1,"a":1}\n'),
        ("events.txt", b'0 00000000000000000000000000000000 {"a":1.5}\n'),
        ("events.txt", b'0 00000000000000000000000000000000 {"a":NaN}\n'),
        ("events.txt", b"0 00000000000000000000000000000000 " + b"[" * 100_000 + b"\n"),
        ("checkpoint", b"\xff\xfe"),
    ],
)
def test_any_bytes_end_in_words(whole, tmp_path, name, content):
    path = packed(contents(whole) | {name: content}, tmp_path / "b.zip")
    with pytest.raises(InputError, match="not a bundle, or damaged"):
        audit([path])


def test_a_bad_policy_or_checkpoint_is_named(whole, tmp_path):
    bad = tmp_path / "bad.txt"
    bad.write_text("nonsense\n")
    for arguments in ({"policy": bad}, {"held": [bad]}):
        with pytest.raises(InputError, match=r"bad\.txt"):
            audit([whole], **arguments)


def test_a_bundle_is_never_written_over(at, whole):
    with pytest.raises(InputError, match="exists already"):
        at.bundle(whole)


def test_a_name_that_is_not_there_is_told(at, tmp_path):
    with pytest.raises(UnknownName, match="custody/"):
        at.bundle(tmp_path / "b.zip", accounts=("custody/",))
    with pytest.raises(UnknownName, match="nothing-of-it"):
        at.bundle(tmp_path / "b.zip", events=("nothing-of-it",))
    assert not list(tmp_path.iterdir())


def test_without_a_signed_checkpoint_there_is_no_bundle(tmp_path):
    made = desk()
    work(made)
    with pytest.raises(InputError, match="no checkpoint is signed"):
        made.bundle(tmp_path / "b.zip")


def test_sealed_balances_are_those_of_the_store(at):
    events = at.books.events(at.scope, BOOK, limit=100)
    rows = {row.account: row for row in balances(events, at.clock.now)}
    for kept in at.books.balances(at.scope, BOOK):
        row = rows[kept.account]
        assert kept.model_dump(exclude={"account", "unit"}) == {
            name: getattr(row, name) for name in type(kept).model_fields if name.endswith("_count")
        }


def test_a_seal_does_not_count_what_is_effective_later(tmp_path):
    made = desk()
    work(made)
    until = made.clock.now
    made.move("later", "post", LOT, VENDOR, 1_000)
    sealed = sealing.seal(made.books, made.scope, BOOK, "north", until)
    made.sign(WITNESS)
    bundle = audited(made.bundle(tmp_path / "b.zip"))
    assert flawed(bundle) == set()
    rows = contents(tmp_path / "b.zip")[f"balances/{sealed.sequence_count}.txt"].splitlines()
    assert not any(b"1000" in row.split(b" ", 2)[2] for row in rows)


def test_nothing_is_booked_under_a_seal(at):
    answer = at.books.submit(at.scope, _group(at.event("late", "post", entries=both(LOT, VENDOR, 1), effective_at=AT)))
    assert isinstance(answer, Refused)
    assert answer.code == "sealed"
    with pytest.raises(LedgerError, match="sealed"):
        sealing.seal(at.books, at.scope, BOOK, "north", AT)


def test_each_seal_names_the_one_before(at):
    seals = [one for one in at.books.events(at.scope, BOOK, limit=100) if one.event.kind == "seal"]
    assert [one.event.body["previous"] for one in seals] == ["", seals[0].event.id]


def _group(event):
    from armslength.model.book import Group

    return Group(id=f"group:{event.id}", events=(event,))


AT = desk().clock.now


def test_one_event_of_many_fits_in_three_thousand_bytes(tmp_path):
    made = desk()
    made.open(LOT)
    made.open(VENDOR, "none")
    for n in range(300):
        made.move(f"buy-{n}", "post", LOT, VENDOR, 1)
    made.sign(WITNESS)
    path = made.bundle(tmp_path / "b.zip", events=("buy-150",))
    assert flawed(audited(path)) == set()
    assert path.stat().st_size < 3_000


def test_an_agreement_book_is_bundled_by_each_party(tmp_path):
    made = desk()
    book = Book(id="agreement/a+b", kind="agreement", members=("north", "south"), observers=("auditor",))
    made.books.create_book(made.scope, book)
    made.book = book.id
    made.submit(made.event("open", "open_account", opens=Account(id=LOT, unit=UNIT)))
    from armslength.service.key_files import new_key

    new_key(tmp_path / "op", "ledger.example", operator=True)
    _, vkey = sealing.sign_book(made.books, made.scope, book.id, tmp_path / "op")
    path = made.bundle(tmp_path / "b.zip")
    assert vkey.name == "ledger.example/agreement/a%2Bb"
    assert flawed(audited(path, f"log {vkey}\nquorum none\n")) == set()


def test_an_id_of_several_members_shows_nothing_that_is_not_meant(tmp_path):
    made = desk()
    made.scope = scope_of("north", "south", operator=True)
    made.book = "agreement/a"
    made.books.create_book(made.scope, Book(id=made.book, kind="agreement", members=("north", "south")))
    for member in ("north", "south"):
        said = {"organisation": member, "book": made.book, "kind": "record", "effective_at": made.clock.now}
        event = Event(id="said", topic="agreement.approve", body={"by": member}, **said)
        answer = made.books.submit(made.scope, Group(id=f"{member}-says", events=(event,)))
        assert isinstance(answer, Accepted), answer
    made.sign()
    with pytest.raises(InputError, match="north, south each have an event said") as refused:
        made.bundle(tmp_path / "b.zip", events=("said",))
    assert "--event north=said" in refused.value.hint
    assert not list(tmp_path.iterdir())
    shown = contents(made.bundle(tmp_path / "b.zip", events=("south=said",)))["events.txt"]
    assert shown.count(b"\n") == 1
    assert b'"by":"south"' in shown


def test_a_line_of_nothing_is_no_event(whole, tmp_path):
    files = contents(whole)
    padded = packed(files | {"events.txt": files["events.txt"] + b"\n"}, tmp_path / "b.zip")
    with pytest.raises(InputError):
        audit([padded])
    assert io.BytesIO(files["events.txt"]).readline()


def test_a_bundle_that_shows_no_event_proves_nothing(part, tmp_path):
    files = {name: content for name, content in contents(part).items() if not name.startswith("proofs/")}
    empty = packed(files | {"events.txt": b""}, tmp_path / "b.zip")
    assert "inclusion" in flawed(audited(empty))


def test_names_in_a_bundle_cannot_drive_a_terminal(whole, tmp_path):
    cover = json.dumps({"book": BOOK, "whole": False, "accounts": ["\x1b[2J\x1b]0;gone\x07"]})
    path = packed(contents(whole) | {"bundle.json": cover.encode()}, tmp_path / "b.zip")
    bundle = verify.Bundle(path, verify.Policy(POLICY))
    assert "\x1b" not in verify.report(bundle, verify.FAILED)
