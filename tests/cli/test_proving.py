"""`audit`, `witness`, and checkpoints, seals and bundles of `book`, as a person types them."""

import json
import os
from pathlib import Path

import pytest

from armslength.cli.main import main
from armslength.model.book import Account, Entry
from proof.small_books import BOOK, LOT, UNIT, VENDOR, desk, work


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """Returns a folder with books of one organisation, an operator's key and a witness."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARMSLENGTH_DB", raising=False)
    at = desk("books.sqlite")
    work(at)
    at.books.close()
    assert main(["witness", "init", "--folder", "operator", "--name", "ledger.example", "--operator"]) == 0
    assert main(["witness", "init", "--folder", "w", "--name", "south.example/witness"]) == 0
    return tmp_path


def checkpoint(capsys) -> dict[str, str]:
    capsys.readouterr()
    assert main(["book", "checkpoint", "--operator", "operator", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    return row


def policy(log: str) -> None:
    Path("policy").write_text(f"log {log}\nwitness w {Path('w/vkey').read_text()}quorum w\n")


def test_from_a_book_to_a_verified_bundle(place, capsys):
    log = checkpoint(capsys)["log"]
    Path("log.vkey").write_text(log + "\n")
    assert main(["witness", "trust", "--folder", "w", "log.vkey"]) == 0
    assert main(["witness", "cosign", "--folder", "w"]) == 0
    assert "Signed ledger.example/private/north: 12 events" in capsys.readouterr().out
    assert main(["book", "seal", "north"]) == 0
    checkpoint(capsys)
    assert main(["witness", "cosign", "--folder", "w", "north"]) == 0
    policy(log)
    for name, options in (("all", []), ("lot", ["--account", LOT]), ("one", ["--event", "said", "--no-evidence"])):
        assert main(["book", "bundle", "north", "--out", f"{name}.zip", *options]) == 0
        capsys.readouterr()
        assert main(["audit", f"{name}.zip", "--policy", "policy"]) == 0
        assert capsys.readouterr().out.endswith("VERIFIED\n")
    assert main(["audit", "all.zip"]) == 7
    assert "BY NO KEY THAT YOU TRUST" in capsys.readouterr().out
    assert main(["audit", "all.zip", "lot.zip", "--policy", "policy", "--json"]) == 0
    assert [one["outcome"] for one in json.loads(capsys.readouterr().out)] == ["verified", "verified"]


def test_a_witness_elsewhere_gets_a_file_and_gives_one_back(place, capsys):
    row = checkpoint(capsys)
    assert main(["witness", "trust", "--folder", "w", row["log"]]) == 0
    assert main(["book", "checkpoint", BOOK, "--request", "request.txt"]) == 0
    capsys.readouterr()
    assert main(["witness", "cosign", "--folder", "w", "--request", "request.txt"]) == 0
    Path("signed.txt").write_text(capsys.readouterr().out)
    assert main(["book", "checkpoint", BOOK, "--cosignature", "signed.txt"]) == 0
    assert "Added the signature of south.example/witness" in capsys.readouterr().out
    policy(row["log"])
    assert main(["book", "bundle", BOOK, "--out", "b.zip"]) == 0
    assert main(["audit", "b.zip", "--policy", "policy"]) == 0


def test_a_rewritten_book_is_refused_by_the_witness_and_by_who_holds_a_checkpoint(place, capsys):
    row = checkpoint(capsys)
    main(["witness", "trust", "--folder", "w", row["log"]])
    main(["witness", "cosign", "--folder", "w"])
    Path("held.txt").write_text(row["checkpoint"])
    os.remove("books.sqlite")
    at = desk("books.sqlite")
    work(at, bought=900)
    at.books.close()
    checkpoint(capsys)
    assert main(["witness", "cosign", "--folder", "w"]) == 5
    said = capsys.readouterr().err
    assert "two trees of 12 events" in said
    assert "split-view-" in said
    policy(row["log"])
    main(["book", "bundle", "north", "--out", "b.zip"])
    capsys.readouterr()
    assert main(["audit", "b.zip", "--policy", "policy", "--held", "held.txt"]) == 1
    told = capsys.readouterr().out
    assert "history        FAILED" in told
    assert told.endswith("FAILED\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["audit", "nowhere.zip"], "nowhere.zip"),
        (["audit", "books.sqlite"], "not a bundle, or damaged"),
        (["witness", "cosign", "--folder", "w"], "watches no log"),
        (["witness", "cosign", "--folder", "nowhere"], "there is no key"),
        (["witness", "trust", "--folder", "w", "nonsense"], "not a verifier key"),
        (["witness", "init", "--folder", "w", "--name", "again"], "a key already"),
        (["witness", "init", "--folder", "x", "--name", "a b"], "cannot be a key's name"),
        (["book", "checkpoint"], "no checkpoint is signed yet"),
        (["book", "checkpoint", "--operator", "w"], "made for a witness"),
        (["book", "checkpoint", "--request", "r.txt"], "name the book"),
        (["book", "checkpoint", "north", "--request", "r.txt"], "sign one first"),
        (["book", "seal", "north", "--by", "south"], "who seals it"),
        (["book", "bundle", "north", "--out", "b.zip"], "no checkpoint is signed yet"),
        (["book", "bundle", "west", "--out", "b.zip"], "west"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_to_do(place, capsys, words, said):
    capsys.readouterr()
    assert main(words) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "fault of ours" not in told


def test_a_seal_in_the_future_is_refused(place, capsys):
    assert main(["book", "seal", "north", "--until", "2999-01-01"]) != 0
    assert "fault of ours" not in capsys.readouterr().err


def test_others_may_not_have_read_the_key(place, capsys):
    os.chmod("w/key", 0o644)
    assert main(["witness", "status", "--folder", "w"]) == 2
    assert "others may read this key" in capsys.readouterr().err


def test_status_says_what_was_signed(place, capsys):
    row = checkpoint(capsys)
    main(["witness", "trust", "--folder", "w", row["log"]])
    capsys.readouterr()
    main(["witness", "status", "--folder", "w", "--json"])
    assert json.loads(capsys.readouterr().out) == [
        {"origin": "ledger.example/private/north", "size_count": 0, "signed_at": ""}
    ]
    main(["witness", "cosign", "--folder", "w"])
    main(["witness", "status", "--folder", "w"])
    assert "12" in capsys.readouterr().out


def test_a_bundle_of_a_book_with_a_seal_over_pending_amounts(place, capsys):
    at = desk("books.sqlite")
    at.submit(at.event("open-x", "open_account", opens=Account(id="title/x", unit=UNIT)))
    entries = (
        Entry(account="title/x", side="debit", amount_count=4),
        Entry(account=VENDOR, side="credit", amount_count=4),
    )
    at.submit(at.event("hold-x", "reserve", entries=entries))
    at.books.close()
    log = checkpoint(capsys)["log"]
    assert main(["book", "seal", "north", "--until", "2024-01-02T10:00Z"]) == 0
    checkpoint(capsys)
    Path("p").write_text(f"log {log}\nquorum none\n")
    assert main(["book", "bundle", "north", "--out", "b.zip", "--account", "title/x"]) == 0
    assert main(["audit", "b.zip", "--policy", "p"]) == 0
