"""`armslength agree`: the how-to page's own example from end to end, and what wrong input is told."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from armslength.service.book_store import open_books
from governance.desk import Desk

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "agree.md").read_text(encoding="utf-8")
LOAN = next(block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "id: loan-7" in block)
STEPS = [
    line.split()[1:]
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if "loan" in line
]


@pytest.fixture
def desk(armslength, tmp_path):
    """Returns a way to run commands in a folder with books and the page's file; the clock is the machine's."""
    with open_books("books.sqlite") as books:
        made = Desk(books)
        made.hold("north", ("use/north/lot-7", "USE:h100", 1000))
        made.hold("south", ("money/USD", "USD/2", 10_000_000))
    (tmp_path / "loan.yaml").write_text(LOAN, encoding="utf-8")
    return armslength


def test_the_page_from_end_to_end(desk):
    assert len(STEPS) == 11
    for words in STEPS:
        ran = desk(*words)
        if words[1] == "recall":
            # The page's day lies ahead, so nothing is late.
            assert ran.code == 0, ran.err
        assert ran.code == 0, (words, ran.err)
    assert "Loan of a hundred H100 (loan): ended; took effect" in ran.out
    assert "residual 0" in ran.out
    assert desk("book", "verify").code == 0
    assert desk("agree", "list", "--as", "north").out == "loan-7: ended\n"


def test_what_is_not_met_is_said_with_exit_code_6(desk):
    assert desk("agree", "propose", "loan.yaml", "--as", "north", "--person", "nora").code == 0
    ran = desk("agree", "execute", "loan-7", "--as", "north", "--person", "nora")
    assert ran.code == 6
    assert "north needs 2 of those who may sign; 0 so far" in ran.err
    assert "south needs 2 of those who may sign; 0 so far" in ran.err
    ran = desk("agree", "approve", "loan-7", "--as", "north", "--person", "nora")
    assert ran.code == 6
    assert "proposed it" in ran.err


def test_for_machines(desk):
    ran = desk("agree", "propose", "loan.yaml", "--as", "north", "--person", "nora", "--json")
    document = json.loads(ran.out)
    assert document["status"] == "proposed"
    assert document["version"].startswith("sha256:")
    assert len(document["unmet"]) == 2
    assert json.loads(desk("agree", "list", "--as", "north", "--json").out) == [
        {"agreement": "loan-7", "status": "proposed"}
    ]
    assert json.loads(desk("agree", "policies", "--json").out)[0]["id"] == "mfw_dual"


def test_saying_no_ends_a_version(desk):
    desk("agree", "propose", "loan.yaml", "--as", "north", "--person", "nora")
    ran = desk("agree", "reject", "loan-7", "--as", "south", "--person", "sam", "--note", "too dear")
    assert "(loan): rejected; nothing has taken effect" in ran.out
    assert "said no: sam" in ran.out


def test_a_poll_is_kept_and_approves_nothing(desk):
    desk("agree", "propose", "loan.yaml", "--as", "north", "--person", "nora")
    words = ("--question", "Shall we?", "--asked", "the public", "--share-for", "0.679")
    ran = desk("agree", "poll", "loan-7", "--as", "north", "--person", "nora", *words)
    assert "Shall we? (the public): 67.9 % for" in ran.out
    assert "(loan): proposed; nothing has taken effect" in ran.out


def test_rows_of_disclosure_as_csv(desk, tmp_path):
    ties = "links:\n  - {id: t, holder: abe, target: south, kind: owns, share_frac: 0.2}\n"
    (tmp_path / "ties.yaml").write_text(ties, encoding="utf-8")
    desk("agree", "propose", "loan.yaml", "--as", "north", "--person", "nora")
    ran = desk("agree", "declare", "loan-7", "--as", "north", "--person", "nora", "--from", "ties.yaml")
    assert "a director or officer has an interest on another side" in ran.out
    rows = list(csv.DictReader(io.StringIO(desk("agree", "disclosures", "--as", "north", "--csv").out)))
    assert [row["rule"] for row in rows] == ["asc_850", "ias_24"]
    assert rows[0]["basis"] == "abe owns 20 % of south"
    assert "for counsel" in desk("agree", "disclosures", "--as", "north").out
    assert "no relation is declared" in desk("agree", "disclosures", "--as", "east").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", "loan-8", "--as", "north"), "there is no agreement loan-8"),
        (("policies", "mfw"), "did you mean mfw_dual?"),
        (("propose", "none.yaml", "--as", "north", "--person", "nora"), "none.yaml: the file cannot be read"),
        (("propose", "none#", "--as", "north", "--person", "nora"), "no deal is named"),
        (("propose", "none#a", "--as", "north", "--person", "nora"), "there is no such file"),
        (("propose", "loan.yaml", "--as", "east", "--person", "nora"), "east is not among the parties"),
        (("propose", "loan.yaml", "--as", "north", "--person", "nora", "--policy", "north"), "should read ORG=POLICY"),
        (("propose", "loan.yaml", "--as", "north", "--person", "nora", "--policy", "east=mfw_dual"), "east: no party"),
        (("propose", "loan.yaml", "--as", "north", "--person", "nora", "--evidence", "charter=none"), "cannot be read"),
        (("list", "--as", "north", "--db", "none.sqlite"), "there are no books"),
    ],
)
def test_wrong_words_are_told_what_to_do(desk, words, told):
    ran = desk("agree", *words)
    assert ran.code == 2, ran.err
    assert told in ran.err
    assert "fault of ours" not in ran.err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("amount_count: 100 #", "amount_count: 1.5 #", "terms.legs[0].amount_count: should be a whole number"),
        ("amount_count: 100 #", "amount_count: 0 #", "greater than 0"),
        ("giver: north", "giverr: north", "terms.legs[0].giverr: is not known here"),
        ("  kind: loan\n", "", "terms.kind: is missing"),
        ("parties: [north, south]", "parties: [north, north]", "a party stands twice"),
        ("returns: out", "returns: elsewhere", "no leg that can be returned"),
        ("from_account: use/north/lot-7", "from_account: due_from/south/x/y", "cannot be moved by a leg"),
        ("from_account: use/north/lot-7", "from_account: use/south/lot-7", "is the use of another"),
        ("USD/2, amount", "USD, amount", "not hundredths of a currency"),
        ("id: loan-7", "id: a/b", "terms.id"),
        ("kind: director}", "kind: king}", "declared.roles[2].kind"),
        ("policy: internal_two_sided", "policy: nothing", "there is no policy nothing"),
        ("terms:", "terms: &x", "terms"),
        ("terms:", "terms: [", "this is not YAML"),
        ("terms:", "terms: !!python/object:os.system", "this is not YAML"),
    ],
)
def test_a_wrong_file_is_told_where(desk, tmp_path, old, new, told):
    assert old in LOAN
    (tmp_path / "loan.yaml").write_text(LOAN.replace(old, new, 1), encoding="utf-8")
    ran = desk("agree", "propose", "loan.yaml", "--as", "north", "--person", "nora")
    if new == "terms: &x":
        assert ran.code == 0
        return
    assert ran.code == 2, ran.out
    assert told in ran.err
    assert desk("agree", "list", "--as", "north").out.startswith("north has no agreement")


def test_a_hill_of_aliases_is_not_climbed(desk, tmp_path):
    (tmp_path / "bomb.yaml").write_text("a: &a [1,1]\nb: [*a,*a]\n", encoding="utf-8")
    ran = desk("agree", "propose", "bomb.yaml", "--as", "north", "--person", "nora")
    assert ran.code == 2
    assert "alias" in ran.err
