"""`armslength book`: what a person types and reads, and what it says to wrong input."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from armslength.cli.main import main

REDIRECT = Path(__file__).resolve().parents[2] / "cases" / "redirect-2023"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Returns a file with the books of the redirect case. Not to be changed: copy it first."""
    path = tmp_path_factory.mktemp("kept") / "books.sqlite"
    assert main(["book", "import", str(REDIRECT), "--until", "2024-12-31", "--db", str(path)]) == 0
    return path


@pytest.fixture
def book(armslength, tmp_path, kept):
    """Runs `armslength book` on books of the redirect case."""
    shutil.copy(kept, tmp_path / "books.sqlite")
    return lambda *words: armslength("book", *words)


def test_init_says_what_a_file_is(armslength, tmp_path):
    ran = armslength("book", "init", "--organisation", "north", "--organisation", "south")
    assert ran.code == 0
    assert "private/north" in ran.out
    assert "one trust domain" in ran.out
    assert (tmp_path / "books.sqlite").is_file()
    assert armslength("book", "accounts").code == 0


def test_import_twice_changes_nothing(book):
    ran = book("import", str(REDIRECT), "--until", "2024-12-31")
    assert ran.code == 0
    assert "0 groups of events recorded; " in ran.out
    assert "were there already" in ran.out


def test_import_of_a_case_that_has_changed_says_so(book):
    ran = book("import", str(REDIRECT), "--until", "2024-01-10")
    assert ran.code == 1
    assert "the source says otherwise now" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("balance", "--book", "tesla", "slot/"), 0, "6,000 delivery slots (h100-sxm)"),
        (("balance", "--book", "tesla", "--as-of", "2024-01-10", "slot/"), 0, "slot/tesla-shipped\t12,000"),
        (("balance", "--book", "tesla", "--recorded-by", "2020-01-01"), 0, "book\taccount"),
        (("accounts", "--book", "x-corp", "due"), 0, "due_to/tesla/swap-2023-12/SLOT:h100-sxm"),
        (("trace", "x-june"), 0, "It stands now:"),
        (("owed", "tesla", "x-corp", "--as-of", "2024-03-01"), 0, "x-corp owes tesla 6,000 delivery slots"),
        (("owed", "tesla", "x-corp"), 0, "nothing is open in delivery slots (h100-sxm)"),
        (("owed", "x-corp", "xai"), 0, "Nothing was ever owed"),
        (("statement", "xai"), 0, "250,000,000.00 USD"),
        (("verify",), 0, "every check holds"),
        (("export", "tesla", "--format", "ledger"), 0, "commodity"),
        (
            ("stage", "x-june", "stored", "--organisation", "tesla", "--at", "texas-south", "--on", "2024-06-20"),
            0,
            "6,000",
        ),
    ],
)
def test_what_can_be_asked(book, words, code, said):
    ran = book(*words)
    # What the machine's own SQLite is warned about is no fault of the books.
    wrong = [line for line in ran.err.splitlines() if not line.startswith("warning: ")]
    assert (ran.code, wrong) == (code, [])
    assert said in ran.out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("trace", "x-jun"), 2, "did you mean x-june"),
        (("owed", "tesla", "nobody"), 2, "there is no book `nobody`"),
        (("balance", "--book", "nobody"), 2, "there is no book `nobody`"),
        (("accounts", "--as", "nobody"), 2, "those with books here: tesla, x-corp, xai"),
        (("accounts", "--as", "tesla", "--book", "x-corp"), 2, "there is no book `x-corp`"),
        (("accounts", "--db", "elsewhere.sqlite"), 2, "there are no books"),
        (("import", "nowhere"), 2, "there is no such file or folder"),
        (
            ("stage", "x-june", "stored", "--organisation", "xai", "--at", "memphis", "--on", "2024-06-20"),
            2,
            "nothing of",
        ),
        (
            ("stage", "x-june", "stored", "--organisation", "tesla", "--at", "a b", "--on", "2024-06-20"),
            2,
            "cannot stand in the name of an account",
        ),
        (
            (
                "stage",
                "x-june",
                "stored",
                "--organisation",
                "tesla",
                "--at",
                "t",
                "--on",
                "2024-06-20",
                "--gpus",
                "7000",
            ),
            2,
            "6,000 of tesla's are not so far yet",
        ),
    ],
)
def test_wrong_input_says_what_to_do(book, words, code, said):
    ran = book(*words)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


def test_a_damaged_file_of_events_is_refused_with_its_places(book, tmp_path):
    (tmp_path / "events.json").write_text('[{"id": "g", "events": [{"id": "e"}]}]')
    ran = book("import", "events.json")
    assert ran.code == 2
    assert "0.events.0.organisation: Field required" in ran.err


def test_events_from_a_file_are_submitted(book, tmp_path):
    at = {"effective_at": "2024-06-20T00:00:00Z", "organisation": "tesla", "book": "private/tesla"}
    event = {"id": "said", "kind": "record", "topic": "board.minutes", "body": {"text": "seen"}, **at}
    (tmp_path / "events.json").write_text(json.dumps([{"id": "said", "events": [event]}]))
    ran = book("import", "events.json", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["made_count"] == 1


def test_json_is_json(book):
    for words in (
        ("accounts",),
        ("balance",),
        ("trace", "x-june"),
        ("owed", "tesla", "x-corp"),
        ("verify",),
        ("statement", "tesla"),
    ):
        assert json.loads(book(*words, "--json").out)


def test_the_statement_is_one_page_without_network(book, tmp_path):
    ran = book("statement", "tesla", "--html", "page.html")
    assert "Page: page.html" in ran.out
    page = (tmp_path / "page.html").read_text()
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "Engineers of the driving software hired away" in page


def test_export_writes_a_file(book, tmp_path):
    assert book("export", "tesla", "--out", "tesla.csv").out == "Wrote tesla.csv\n"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "tesla.csv").read_text())))
    assert {row["book"] for row in rows} == {"private/tesla"}
