"""Signed notes, keys and checkpoints: a published example, and texts that must be refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.audit import verify
from armslength.errors import InputError
from armslength.proof.checkpoint import (
    Checkpoint,
    cosignature,
    cosigned_at,
    is_signed,
    origin_of,
    read_checkpoint,
    signed_checkpoint,
)
from armslength.proof.exchange import LeafProof, WitnessRequest, read_leaf_proof, read_request
from armslength.proof.note import NOTE_KEY, Note, Signature, SigningKey, read_note, read_signing_key, read_verifier_key
from proof.small_books import LOG, OPERATOR, OTHER_WITNESS, POLICY, WITNESS

# The example of the note package of the Go project, which C2SP signed-note describes.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLISHED_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
HEAD = Checkpoint(LOG.name, 3, bytes(range(32)))
NOTE = signed_checkpoint(HEAD, LOG)


def test_a_published_note_verifies_and_is_written_alike():
    key, note = read_verifier_key(PUBLISHED_KEY), read_note(PUBLISHED_NOTE)
    assert str(key) == PUBLISHED_KEY
    assert str(note) == PUBLISHED_NOTE
    (signature,) = note.by(key)
    assert key.verifies(signature.value, note.text.encode())
    secret = read_signing_key(PUBLISHED_SECRET)
    assert secret.verifier == key
    assert secret.sign(note.text.encode()) == signature.value
    assert secret.secret_text() == PUBLISHED_SECRET


def test_a_secret_does_not_show_in_a_trace():
    assert "seed" not in repr(OPERATOR)
    with pytest.raises(InputError) as problem:
        read_signing_key(PUBLISHED_SECRET[:-2] + "xx")
    assert PUBLISHED_SECRET[-20:-4] not in str(problem.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no signatures\n",
        "text\n\n— name\n",
        "text\n\n— name AAAA\n",
        "text\n\n— na+me AAAAAAAAAAA=\n",
        "text\n\n- name AAAAAAAAAAA=\n",
        "text\n\n— name AAAAAAAAAAA=",
        "text\n\n— name AAAAAAAAAAB=\n",
        "te\rxt\n\n— name AAAAAAAAAAA=\n",
        "\n\n— name AAAAAAAAAAA=\n",
    ],
)
def test_what_is_no_note_is_refused_by_both_readers(text):
    with pytest.raises(InputError):
        read_note(text)
    with pytest.raises((ValueError, LookupError)):
        verify.Head(text)


@pytest.mark.parametrize(
    "text",
    [
        "a\n1\n",
        f"a\n01\n{base64.b64encode(bytes(32)).decode()}\n",
        f"a\n-1\n{base64.b64encode(bytes(32)).decode()}\n",
        f"a\n٣\n{base64.b64encode(bytes(32)).decode()}\n",
        f"\n1\n{base64.b64encode(bytes(32)).decode()}\n",
        f"a\n1\n{base64.b64encode(bytes(31)).decode()}\n",
        f"a\n1\n{base64.b64encode(bytes(32)).decode()}\nextension\n",
        f"a\n{'9' * 30}\n{base64.b64encode(bytes(32)).decode()}\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(InputError):
        read_checkpoint(text)


def test_checkpoint_and_both_kinds_of_signature_are_read_alike():
    note = NOTE.joined(cosignature(NOTE.text, WITNESS, 1_700_000_000))
    theirs = verify.Head(str(note))
    assert read_checkpoint(note.text) == HEAD
    assert (theirs.origin, theirs.size, theirs.root) == (HEAD.origin, 3, HEAD.root)
    assert is_signed(note, LOG.verifier)
    assert theirs.signed_by(verify.Key(str(LOG.verifier)))
    assert cosigned_at(note, WITNESS.verifier) == 1_700_000_000
    assert theirs.cosigned_at(verify.Key(str(WITNESS.verifier))) == 1_700_000_000
    assert cosigned_at(note, OTHER_WITNESS.verifier) is None
    assert theirs.cosigned_at(verify.Key(str(OTHER_WITNESS.verifier))) is None


@given(st.integers(0, 71), st.integers(0, 7))
def test_a_cosignature_with_one_bit_changed_does_not_count(place, bit):
    good = cosignature(NOTE.text, WITNESS, 1_700_000_000)
    value = bytearray(good.value)
    value[place] ^= 1 << bit
    bad = NOTE.joined(Signature(good.name, good.key_id, bytes(value)))
    assert cosigned_at(bad, WITNESS.verifier) is None
    assert verify.Head(str(bad)).cosigned_at(verify.Key(str(WITNESS.verifier))) is None


def test_a_log_signs_only_under_its_own_name():
    stranger = SigningKey("elsewhere.example/log", NOTE_KEY, b"\x09" * 32)
    note = signed_checkpoint(HEAD, stranger)
    assert not is_signed(note, stranger.verifier)
    assert not verify.Head(str(note)).signed_by(verify.Key(str(stranger.verifier)))


def test_a_witness_key_does_not_pass_for_a_log_or_the_other_way_round():
    with pytest.raises(InputError, match="not for a witness"):
        cosignature(NOTE.text, LOG, 1)
    posing = SigningKey(LOG.name, WITNESS.use, LOG.seed)
    note = Note(NOTE.text, (Signature(LOG.name, posing.verifier.key_id, posing.sign(NOTE.text.encode())),))
    assert not verify.Head(str(note)).signed_by(verify.Key(str(posing.verifier)))


def test_a_known_key_whose_signature_does_not_fit_spoils_the_note():
    (good,) = NOTE.signatures
    bad = Signature(good.name, good.key_id, bytes(64))
    assert not verify.Head(str(Note(NOTE.text, (good, bad)))).signed_by(verify.Key(str(LOG.verifier)))


@pytest.mark.parametrize("cut", [0, 3, -2])
def test_a_damaged_key_is_seen(cut):
    text = str(LOG.verifier)
    damaged = text[:cut] + ("A" if text[cut] != "A" else "B") + text[cut + 1 :] if cut else text[1:]
    with pytest.raises(InputError):
        read_verifier_key(damaged)
    with pytest.raises(ValueError, match=r"damaged|base64|not a public key"):
        verify.Key(damaged)


def test_each_book_has_a_key_and_a_name_of_its_own():
    names = [origin_of("ledger.example", book) for book in ("private/north", "agreement/a+b")]
    assert names == ["ledger.example/private/north", "ledger.example/agreement/a%2Bb"]
    assert len({OPERATOR.named(name).verifier.public for name in names}) == 2


def test_a_proof_and_a_request_come_back_as_they_were():
    proof = LeafProof(5, (bytes(32), bytes(range(32))), NOTE)
    request = WitnessRequest(0, (), NOTE)
    assert read_leaf_proof(str(proof)) == proof
    assert read_request(str(request)) == request
    extra = str(proof).replace("index", "extra AAAA\nindex", 1)
    assert read_leaf_proof(extra) == proof


@pytest.mark.parametrize("change", [("index 5", "index 05"), ("index 5", "old 5"), ("@v1", "@v2"), ("\n\n", "\n", 1)])
def test_a_damaged_proof_is_refused(change):
    text = str(LeafProof(5, (bytes(32),), NOTE)).replace(*change)
    with pytest.raises(InputError):
        read_leaf_proof(text)


def test_too_many_hashes_are_refused():
    with pytest.raises(InputError, match="more than 63"):
        read_leaf_proof(str(LeafProof(5, (bytes(32),) * 64, NOTE)))


GROUPS = f"witness a {WITNESS.verifier}\nwitness b {OTHER_WITNESS.verifier}\n"


@pytest.mark.parametrize(
    ("rest", "present", "met"),
    [
        ("quorum none", [], True),
        ("quorum a", ["b"], False),
        ("quorum a", ["a"], True),
        ("group g all a b\nquorum g", ["a"], False),
        ("group g all a b\nquorum g", ["a", "b"], True),
        ("group g any a b\nquorum g", ["b"], True),
        ("group g any a b\ngroup h 2 g a\nquorum h", ["b"], False),
        ("# words\n\n  group g 1 a b  \nquorum g", ["a"], True),
    ],
)
def test_a_policy_says_who_is_enough(rest, present, met):
    policy = verify.Policy(GROUPS + rest)
    assert policy.is_met(policy.quorum, present) is met


@pytest.mark.parametrize(
    "text",
    [
        GROUPS,
        GROUPS + "quorum c",
        GROUPS + "group g 0 a b\nquorum g",
        GROUPS + "group g 3 a b\nquorum g",
        GROUPS + "witness c " + str(WITNESS.verifier) + "\nquorum a",
        POLICY + "trust everybody",
        "log nonsense\nquorum none",
    ],
)
def test_a_policy_that_means_nothing_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        verify.Policy(text)
