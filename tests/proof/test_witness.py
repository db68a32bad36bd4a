"""Witnesses: what they sign, what they refuse, and that they cannot be made to forget."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from armslength.errors import InputError, NotSigned, SplitView
from armslength.proof.checkpoint import cosigned_at
from armslength.proof.exchange import WitnessRequest
from armslength.proof.note import read_note, read_verifier_key
from armslength.proof.tree import consistency_proof
from armslength.proof.witness import Held, examine
from armslength.service import key_files, witnessing
from proof.small_books import BOOK, LOG, OPERATOR, desk, work


def request(at, old: int) -> WitnessRequest:
    """Returns the request for the log as it stands."""
    path = consistency_proof(lambda *span: at.books.hashes(at.scope, BOOK, *span), old, at.head().size_count)
    return WitnessRequest(old, path, at.sign())


@pytest.fixture
def at():
    made = desk()
    work(made)
    return made


@pytest.fixture
def folder(tmp_path):
    key_files.new_key(tmp_path / "w", "south.example/witness")
    witnessing.trust(tmp_path / "w", str(LOG.verifier))
    return tmp_path / "w"


def code(folder, wanted: WitnessRequest) -> str:
    with pytest.raises(NotSigned) as refusal:
        witnessing.cosign(folder, wanted)
    assert refusal.value.hint
    return refusal.value.code


def test_a_witness_signs_what_continues_what_it_signed(at, folder):
    first = request(at, 0)
    signed = witnessing.cosign(folder, first)
    key = key_files.read_key(folder).verifier
    assert cosigned_at(first.checkpoint.joined(signed), key) is not None
    at.move("more", "post", "title/lot-7", "external/vendor", 5)
    witnessing.cosign(folder, request(at, 12))
    (seen,) = witnessing.watched(folder)
    assert (seen.origin, seen.size_count) == (LOG.name, 13)


def test_the_same_again_is_signed_again(at, folder):
    witnessing.cosign(folder, request(at, 0))
    witnessing.cosign(folder, request(at, 12))


def test_a_proof_from_elsewhere_is_old_news(at, folder):
    witnessing.cosign(folder, request(at, 0))
    at.move("more", "post", "title/lot-7", "external/vendor", 5)
    assert code(folder, request(at, 0)) == "old_news"
    assert code(folder, request(at, 11)) == "old_news"


def test_a_rewritten_log_is_a_split_view_and_both_notes_are_kept(at, folder):
    witnessing.cosign(folder, request(at, 0))
    other = desk()
    work(other, bought=99)
    with pytest.raises(SplitView) as refusal:
        witnessing.cosign(folder, request(other, 12))
    (evidence,) = folder.glob("split-view-*.txt")
    assert str(evidence) in refusal.value.hint
    for text in (refusal.value.held, refusal.value.shown):
        assert text in evidence.read_text()
        assert read_note(text).by(LOG.verifier)
    other.move("more", "post", "title/lot-7", "external/vendor", 5)
    assert code(folder, request(other, 12)) == "split_view"


def test_a_log_that_shrank_is_not_signed(at, folder):
    small = request(at, 0)
    at.move("more", "post", "title/lot-7", "external/vendor", 5)
    witnessing.cosign(folder, request(at, 0))
    assert code(folder, small) == "old_news"


def test_an_unknown_log_and_a_stranger_s_signature_are_not_signed(at, folder, tmp_path):
    other = OPERATOR.named("ledger.example/private/other")
    note = at.sign(key=other)
    assert code(folder, WitnessRequest(0, (), note)) == "other_log"
    forged = read_note(str(at.sign()).replace(LOG.name, other.name))
    witnessing.trust(folder, str(other.verifier))
    assert code(folder, WitnessRequest(0, (), forged)) == "other_log"


def test_a_log_s_key_does_not_change_by_itself(folder):
    new = str(OPERATOR.named("x").named(LOG.name).verifier)
    with pytest.raises(InputError, match="another key"):
        witnessing.trust(folder, new)
    with pytest.raises(InputError, match="a witness's, not a log's"):
        witnessing.trust(folder, (folder / "vkey").read_text())


def test_a_damaged_memory_signs_nothing(at, folder):
    witnessing.cosign(folder, request(at, 0))
    (memory,) = (folder / "logs").glob("*.json")
    memory.write_text(memory.read_text()[:-30])
    with pytest.raises(InputError, match="damaged"):
        witnessing.cosign(folder, request(at, 12))


def test_a_wrong_proof_is_never_signed(at):
    held = Held(LOG.verifier, at.sign())
    at.move("more", "post", "title/lot-7", "external/vendor", 5)
    good = request(at, 12)
    assert examine(held, good).size_count == 13
    for path in (good.path[:-1], (*good.path, good.path[0]), good.path[::-1], ()):
        with pytest.raises(SplitView):
            examine(held, WitnessRequest(12, path, good.checkpoint))


def test_the_key_is_for_its_owner_only(folder):
    path = folder / "key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    with pytest.raises(InputError, match="others may read"):
        key_files.read_key(folder)


def test_a_key_is_never_overwritten(folder):
    before = (folder / "key").read_text()
    with pytest.raises(InputError, match="already"):
        key_files.new_key(folder, "new.example")
    assert (folder / "key").read_text() == before


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb"])
def test_a_name_that_a_note_cannot_hold_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="cannot be a key's name"):
        key_files.new_key(tmp_path / "w", name)
    assert not (tmp_path / "w").exists()


def test_a_key_for_the_other_use_is_refused(folder, tmp_path):
    with pytest.raises(InputError, match="made for a witness"):
        key_files.read_key(folder, operator=True)
    key_files.new_key(tmp_path / "op", "ledger.example", operator=True)
    with pytest.raises(InputError, match="made for an operator"):
        key_files.read_key(tmp_path / "op")
    with pytest.raises(InputError, match="there is no key"):
        key_files.read_key(tmp_path / "nowhere")


def test_witnesses_at_once_lose_no_signature(at, tmp_path):
    at.sign()
    folders = [tmp_path / f"w{n}" for n in range(4)]
    for n, place in enumerate(folders):
        key_files.new_key(place, f"w{n}.example")
        witnessing.trust(place, str(LOG.verifier))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda place: witnessing.cosign_book(place, at.books, at.scope, BOOK), folders))
    note = read_note(at.books.notes(at.scope, BOOK)[-1][1])
    keys = [read_verifier_key((place / "vkey").read_text()) for place in folders]
    assert all(cosigned_at(note, key) for key in keys)


def test_two_requests_at_once_do_not_roll_a_log_back(at, folder):
    first = request(at, 0)
    at.move("more", "post", "title/lot-7", "external/vendor", 5)
    second = request(at, 0)

    def attempt(wanted):
        try:
            return witnessing.cosign(folder, wanted)
        except NotSigned:
            return None

    with ThreadPoolExecutor(2) as pool:
        signed = [one for one in pool.map(attempt, [second, first]) if one]
    assert len(signed) == 1


def test_nothing_half_written_is_left(at, folder):
    witnessing.cosign(folder, request(at, 0))
    assert not [name for name in os.listdir(folder / "logs") if not name.endswith(".json")]
