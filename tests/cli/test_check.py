"""`armslength check`: all problems of a case at once, and of a plan made elsewhere or edited by hand."""

import json
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def copied(planned: Path, tmp_path: Path) -> Path:
    """Returns a folder with the small case and its plan, to be changed."""
    return Path(shutil.copytree(planned, tmp_path / "copied"))


def test_a_case_without_problems(armslength, small):
    ran = armslength("check", small)
    assert ran.code == 0
    assert ran.out == f"No problems found.\n{small}: can be planned\n"


def test_every_problem_is_listed_at_once_with_its_place(armslength, small):
    text = small.read_text()
    for good, bad in (
        ("gpus: 20", "gpus: -20"),
        ("sku: card", "sku: crad"),
        ("power_mw: 0.02", "power: 0.02"),
    ):
        assert good in text
        text = text.replace(good, bad)
    small.write_text(text, encoding="utf-8")
    ran = armslength("check", small)
    assert ran.code == 1
    for place in ("lots[0].gpus", "lots[0].sku", "legs[0].sku", "steps[0].power"):
        assert place in ran.out
    assert "power_mw" in ran.out
    assert "can be planned" not in ran.out
    assert ran.err == ""


def test_warnings_alone_do_not_stop_anybody(armslength, small):
    small.write_text(small.read_text().replace("power_mw: 0.02", "power_mw: 0"), encoding="utf-8")
    ran = armslength("check", small)
    assert ran.code == 0
    assert ran.out.startswith("warning: ")
    assert ran.out.endswith(f"1 warning.\n{small}: can be planned\n")


def test_problems_as_json(armslength, small):
    assert json.loads(armslength("check", small, "--json").out) == []
    small.write_text(small.read_text().replace("gpus: 20", "gpus: -20"), encoding="utf-8")
    ran = armslength("check", small, "--json")
    assert ran.code == 1
    problems = json.loads(ran.out)
    assert {"place", "message", "hint", "severity"} == set(problems[0])
    assert problems[0]["severity"] == "error"


def test_a_case_that_is_not_there_is_a_problem(armslength):
    ran = armslength("check", "nowhere")
    assert ran.code == 1
    assert "no such file or folder" in ran.out


def test_a_case_as_known_on_a_day(armslength, small):
    text = small.read_text().replace("power_mw: 0.02}", "power_mw: 0.02, known_on: 2025-01-08}")
    small.write_text(text, encoding="utf-8")
    assert armslength("check", small, "--as-of", "2025-01-08").out.startswith("No problems found.")
    ran = armslength("check", small, "--as-of", "2025-01-07")
    assert ran.code == 0
    assert ran.out.startswith("warning: as of 2025-01-07: ")
    assert "`north-hall` never opens" in ran.out


@pytest.mark.parametrize("plan", ["out", "out/plan.json"])
def test_a_plan_as_it_was_made_keeps_every_rule(armslength, planned, plan):
    ran = armslength("check", planned / "small.yaml", "--plan", planned / plan)
    assert (ran.code, ran.err) == (0, "")
    assert "the plan keeps every rule" in ran.out


@pytest.mark.parametrize(
    ("where", "more"),
    [
        (("uses", "used_gpu_hours"), 1.0),
        (("holdings", "usable_gpu_hours"), 1.0),
        (("holdings", "installed_gpus"), 1),
        (("supplies", "received_gpus"), 1),
        (("results", "own_value"), 1.0),
        (("idle", "idle_gpu_hours"), 1.0),
    ],
)
def test_a_plan_changed_by_one_unit_fails(armslength, copied, where, more):
    file = copied / "out/plan.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    rows, field = where
    document["plans"][0][rows][0][field] += more
    file.write_text(json.dumps(document), encoding="utf-8")
    ran = armslength("check", copied / "small.yaml", "--plan", copied / "out")
    assert ran.code == 1
    assert "error: alone: " in ran.out
    assert "keeps every rule" not in ran.out


def test_a_shared_plan_is_held_to_no_detriment(armslength, copied):
    file = copied / "small.yaml"
    file.write_text(file.read_text() + "sharing: {no_detriment: in_kind}\n", encoding="utf-8")
    assert armslength("plan", file, "--out", copied / "out").code == 0
    plan = copied / "out/plan.json"
    document = json.loads(plan.read_text(encoding="utf-8"))
    north = document["plans"][0]["results"][0]
    assert (north["organisation"], document["plans"][0]["run"]) == ("north", "alone")
    north["own_value"] *= 2
    plan.write_text(json.dumps(document), encoding="utf-8")
    ran = armslength("check", file, "--plan", plan)
    assert ran.code == 1
    assert "shared: no_detriment" in ran.out


def test_a_case_that_changed_since_is_warned_of(armslength, copied):
    file = copied / "small.yaml"
    file.write_text(file.read_text().replace("title: A small case", "title: Changed"), encoding="utf-8")
    ran = armslength("check", file, "--plan", copied / "out")
    assert "another version of this case" in ran.out
    assert "--as-of" in ran.out


def test_a_plan_is_checked_as_of_its_own_day(armslength, copied):
    file = copied / "small.yaml"
    assert armslength("plan", file, "--as-of", "2025-01-09", "--out", copied / "then").code == 0
    ran = armslength("check", file, "--plan", copied / "then")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "No problems found.")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "this is no plan.json"),
        ("{", "this is no plan.json"),
        ("[]", "this is no plan.json"),
        ("{}", "case: Field required"),
        ('{"case": 1, "plans": []}', "case: "),
        ("\x00", "this is no plan.json"),
    ],
)
def test_a_broken_plan_says_what_it_is_not(armslength, copied, text, says):
    (copied / "out/plan.json").write_text(text, encoding="utf-8")
    ran = armslength("check", copied / "small.yaml", "--plan", copied / "out")
    assert (ran.code, ran.out) == (2, "")
    assert str(copied / "out" / "plan.json") in ran.err
    assert says in ran.err
    assert "armslength plan CASE" in ran.err


def test_a_plan_that_is_not_there(armslength, small):
    ran = armslength("check", small, "--plan", "nowhere")
    assert (ran.code, ran.out) == (2, "")
    assert "nowhere: there is no such file (`armslength plan CASE --out DIR` writes one)" in ran.err
