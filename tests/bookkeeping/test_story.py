"""The story of 2023-24 is carried out, not told: books, approvals, proofs; and a story that is wrong is found out."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from armslength import audit
from armslength.connectors.story_file import read_story
from armslength.errors import InputError
from armslength.render.story import outcome, story_html
from armslength.service.book_reading import owed, state, verify
from armslength.service.book_store import open_books
from armslength.service.book_story import BOOKS_FILE, replay_story
from armslength.store.scope import scope_of

PROJECT = Path(__file__).resolve().parents[2]
REDIRECT = PROJECT / "cases" / "redirect-2023"
EVERYBODY = scope_of("tesla", "x-corp", "xai", operator=True)
SLOTS = "SLOT:h100-sxm"


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    out = tmp_path_factory.mktemp("story") / "out"
    return replay_story(REDIRECT, out), out


@pytest.fixture
def kept(replayed):
    with open_books(str(replayed[1] / BOOKS_FILE)) as books:
        yield books


def told(replayed, title):
    return next(row for row in replayed[0].told if row.title == title)


def test_every_act_met_what_the_story_says(replayed):
    story, _ = replayed
    assert [(row.number_count, row.flaw) for row in story.told if row.flaw] == []
    assert story.as_told
    assert outcome(story) == "45 acts carried out, all as told; 7 of them refused, as they should be"


def test_without_recusal_and_certificate_it_is_refused(replayed):
    row = told(replayed, "Let it take effect at once")
    assert row.outcome == "refused"
    assert any("has not recused" in line for line in row.answer)
    assert any("no no-detriment certificate" in line for line in row.answer)


def test_the_detriment_by_hand(replayed):
    """6,000 GPUs for 151 days at 9.50 USD: 21,744,000 GPU-hours, 206,568,000 USD; nothing where there is no room."""
    assert 6_000 * 151 * 24 * 9.5 == 206_568_000
    refused = told(replayed, "Let it take effect, at no price")
    assert any("tesla would be worse off by 206,568,000.00 USD" in line for line in refused.answer)
    assert "tesla is same: +0.0 M GPU-hours" in told(replayed, replayed[0].told[1].title).answer[0]


def test_both_return_lots_come_to_a_residual_of_zero(kept):
    dues = [
        (day, owed(kept, EVERYBODY, "tesla", "x-corp", day))
        for day in (date(2024, 1, 9), date(2024, 1, 17), date(2024, 6, 15))
    ]
    assert [rows[0].due_from_count for _, rows in dues] == [12_000, 6_000, 0]
    assert kept.open_items(EVERYBODY, "private/tesla", f"due_from/x-corp/swap-2023-12/{SLOTS}") == ()
    assert kept.open_items(EVERYBODY, "private/x-corp", f"due_to/tesla/swap-2023-12/{SLOTS}") == ()


def test_the_refused_agreement_moved_nothing(kept):
    assert not [row for row in state(kept, EVERYBODY, "tesla", date(2025, 1, 31)).moves if row.agreement == "as-told"]


def test_the_statement_has_what_is_not_accelerators(kept):
    found = state(kept, EVERYBODY, "xai", date(2025, 1, 31))
    assert sum(row.amount_count or 0 for row in found.moves if row.unit == "PEOPLE" and row.state == "posted") == 11
    claimed = {row.agreement: (row.amount_count, row.how) for row in found.moves if row.state == "claimed"}
    assert claimed["x-xai-contribution"] == (25_000_000_000, "cannot be true beside capacity-rented")
    assert claimed["stake-of-x-investors"][0] == 250_000
    assert ("x-investors", "xai", 250_000) in {(t.holder, t.target, t.share_micro_count) for t in found.ties}


def test_every_check_holds_afterwards(kept):
    assert [problem for check in verify(kept, EVERYBODY) for problem in check.problems] == []


def test_an_auditor_verifies_the_bundle_with_the_verifier_alone(replayed, tmp_path):
    """The one file is copied out of the project and run from elsewhere, isolated from it."""
    _, out = replayed
    verifier = tmp_path / "verify.py"
    shutil.copy(Path(audit.__path__[0]) / "verify.py", verifier)
    for bundle, code in (("swap-2023-12-2025-01-31.zip", 0), ("altered-swap-2023-12-2025-01-31.zip", 1)):
        command = [sys.executable, "-I", str(verifier), str(out / bundle), str(out / "trusted.txt")]
        found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert found.returncode == code, found.stdout + found.stderr


def test_the_place_of_verdicts_on_claims_is_open(replayed):
    assert replayed[0].told[-1].outcome == "open"


def test_the_page_holds_every_act(replayed):
    page = story_html(replayed[0], "0")
    assert page.count('<article class="act">') == len(replayed[0].told)
    assert "<script" not in page


STORY = """
title: A small story
acts:
  - {act: open, tried_on: 2024-01-02, title: Open}
  - {act: owed, tried_on: 2024-01-03, title: Owed, first: tesla, second: x-corp, unit: "SLOT:h100-sxm", due_from_count: 7}
  - {act: verify, tried_on: 2024-01-03, title: Checks, says: [no such words]}
  - {act: verify, tried_on: 2024-01-03, title: Refused checks, expect: refused}
"""


@pytest.fixture
def folder(tmp_path):
    """The redirect case with another story."""
    made = tmp_path / "case"
    shutil.copytree(REDIRECT, made)
    return made


def test_a_story_that_says_otherwise_is_found_out(folder, tmp_path):
    (folder / "story.yaml").write_text(STORY)
    story = replay_story(folder, tmp_path / "out")
    assert [row.flaw for row in story.told] == [
        "",
        "the story expects `done`",
        "the answer lacks: no such words",
        "the story expects `refused`",
    ]
    assert not story.as_told
    assert outcome(story) == "4 acts; not as told: 2, 3, 4"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: t\nacts:\n  - {act: dance, tried_on: 2024-01-02, title: x}\n", "acts[0]"),
        ("title: t\nacts:\n  - {act: open, on: 2024-01-02, title: x}\n", "acts[0].open.tried_on: is missing"),
        (
            "title: t\nacts:\n  - {act: verify, tried_on: 2024-01-02, title: x}\n"
            "  - {act: verify, tried_on: 2024-01-01, title: y}\n",
            "days never go back",
        ),
        ("title: [", "this is not YAML"),
    ],
)
def test_a_story_that_cannot_be_read_says_where(folder, text, said):
    (folder / "story.yaml").write_text(text)
    with pytest.raises(InputError) as raised:
        read_story(folder)
    assert said in str(raised.value)


def test_a_replay_writes_over_nothing(folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        replay_story(folder, tmp_path / "out")
