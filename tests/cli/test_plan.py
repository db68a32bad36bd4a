"""`armslength plan`: what it prints, what it writes, what it refuses."""

import csv
import json
import os
from datetime import date
from pathlib import Path

import pytest

from armslength.model.comparison import Comparison
from armslength.service import planning

# By hand: South's hall feeds 10 of North's 20 for two weeks, then North's own feeds the other 10; those at
# South's stay there. Alone it is 20 for the last two weeks only. So 10 x 168 h x 2 more, less the rent.
MORE_GPU_HOURS = 10 * 168 * 2
GAIN_VALUE = MORE_GPU_HOURS * 2 - 1000


def test_the_verdict_comes_first_and_the_files_last(armslength, small):
    ran = armslength("plan", small, "--out", "out")
    assert ran.code == 0
    assert ran.out.startswith("A small case: ")
    first, *_ = [line for line in ran.out.splitlines()[1:] if line]
    assert first.startswith("As agreed, North and South are better off than alone")
    assert ran.out.splitlines()[-3:] == [
        f"Report: {Path('out/report.html')}",
        f"Plan:   {Path('out/plan.json')}",
        f"Tables: {Path('out/tables')}",
    ]
    assert ran.err == ""


def test_plan_json_holds_the_verdict_worked_out_by_hand(planned):
    comparison = Comparison.model_validate_json((planned / "out/plan.json").read_bytes())
    assert [plan.run for plan in comparison.plans] == ["alone", "as_agreed", "shared"]
    north = next(v for v in comparison.verdicts if (v.organisation, v.run) == ("north", "as_agreed"))
    assert north.used_gpu_hours == pytest.approx(MORE_GPU_HOURS)
    assert north.gain_value == pytest.approx(GAIN_VALUE)
    assert north.settlement_value == -1000


def test_the_report_and_the_tables_are_written(planned):
    report = (planned / "out/report.html").read_text(encoding="utf-8")
    assert "<html" in report
    assert "A small case" in report
    with (planned / "out/tables/verdicts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["organisation"] for row in rows} == {"north", "south"}
    assert {path.suffix for path in (planned / "out/tables").iterdir()} == {".csv"}


@pytest.mark.parametrize(
    ("options", "runs"),
    [
        (["--alone"], ["alone"]),
        (["--as-agreed"], ["as_agreed"]),
        (["--shared"], ["shared"]),
        (["--shared", "--alone"], ["alone", "shared"]),
        ([], ["alone", "as_agreed", "shared"]),
    ],
)
def test_runs_can_be_chosen(armslength, small, options, runs):
    ran = armslength("plan", small, "--json", *options)
    assert ran.code == 0
    assert [plan["run"] for plan in json.loads(ran.out)["plans"]] == runs


def test_json_prints_the_plan_and_nothing_else_and_writes_nothing(armslength, small, tmp_path):
    ran = armslength("plan", small, "--json")
    assert Comparison.model_validate_json(ran.out).case.id == "small"
    assert ran.out.endswith("}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


def test_json_with_out_also_writes(armslength, small, tmp_path):
    ran = armslength("plan", small, "--alone", "--json", "--out", "out")
    assert ran.out.strip() == (tmp_path / "out/plan.json").read_text(encoding="utf-8")


def test_the_folder_is_named_for_the_case(armslength, small, tmp_path):
    armslength("plan", small, "--alone")
    assert (tmp_path / "plan-small/plan.json").is_file()


def test_an_id_with_slashes_does_not_leave_the_folder(armslength, small, tmp_path):
    small.write_text(small.read_text().replace("id: small", "id: ../a/b c"), encoding="utf-8")
    ran = armslength("plan", small, "--alone")
    assert ran.code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"small.yaml", "plan-..-a-b-c"}


def test_files_beside_the_output_stay_as_they_are(armslength, small, tmp_path):
    out = tmp_path / "out"
    (out / "tables").mkdir(parents=True)
    for name in ("notes.txt", "tables/mine.csv", "plan.json"):
        (out / name).write_text("mine", encoding="utf-8")
    before = small.read_bytes()
    assert armslength("plan", small, "--alone", "--out", out).code == 0
    assert small.read_bytes() == before
    assert (out / "notes.txt").read_text() == (out / "tables/mine.csv").read_text() == "mine"
    assert (out / "plan.json").read_text() != "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"small.yaml", "out"}


def test_what_was_not_known_yet_does_not_count(armslength, small):
    before = armslength("plan", small, "--json", "--as-of", "2025-01-09")
    assert before.code == 0
    comparison = Comparison.model_validate_json(before.out)
    assert comparison.case.as_of == date(2025, 1, 9)
    assert [plan.run for plan in comparison.plans] == ["alone", "shared"]
    assert any("No agreement" in note for note in comparison.notes)
    after = Comparison.model_validate_json(armslength("plan", small, "--json", "--as-of", "2025-01-10").out)
    assert [plan.run for plan in after.plans] == ["alone", "as_agreed", "shared"]


def test_before_anything_was_known_there_is_nobody_to_plan_for(armslength, small):
    known = [
        line.replace("}", ", known_on: 2025-01-02}") if line.startswith("  - {") else line
        for line in small.read_text().replace(", known_on: 2025-01-10", "").splitlines()
    ]
    small.write_text("\n".join(known), encoding="utf-8")
    assert armslength("check", small).out.startswith("No problems found.")
    ran = armslength("plan", small, "--as-of", "2025-01-01")
    assert (ran.code, ran.out) == (2, "")
    assert "the case names no organisation" in ran.err
    assert "fault" not in ran.err


def test_strict_gangs_are_named_with_their_price(armslength, small):
    ran = armslength("plan", small, "--shared", "--strict", "--json")
    comparison = Comparison.model_validate_json(ran.out)
    assert comparison.plans[0].strict_gangs
    assert comparison.strictness_cost == pytest.approx(0.0, abs=1.0)


def test_gap_and_time_limit_reach_the_planner(armslength, small):
    ran = armslength("plan", small, "--alone", "--gap", "0.02", "--time-limit", "30", "--json")
    assert Comparison.model_validate_json(ran.out).plans[0].provenance.options["gap"] == "0.02"


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [
        ("--as-of", "2024-13-01", "write YYYY-MM-DD, such as 2024-06-04"),
        ("--as-of", "June", "write YYYY-MM-DD"),
        ("--as-of", "2024-06", "write YYYY-MM-DD"),
        ("--gap", "2", "0.01 is one per cent"),
        ("--gap", "-0.1", "0.01 is one per cent"),
        ("--gap", "1 %", "0.01 is one per cent"),
        ("--gap", "nan", "0.01 is one per cent"),
        ("--time-limit", "0", "seconds above 0"),
        ("--time-limit", "soon", "seconds above 0"),
        ("--time-limit", "nan", "seconds above 0"),
    ],
)
def test_bad_options_are_refused_with_what_to_write(armslength, small, option, value, hint):
    ran = armslength("plan", small, f"{option}={value}")
    assert ran.code == 2
    assert option in ran.err
    assert repr(value) in ran.err
    assert hint in ran.err


def test_a_case_that_is_not_there(armslength):
    ran = armslength("plan", "nowhere")
    assert (ran.code, ran.out) == (2, "")
    assert "nowhere: there is no such file or folder" in ran.err
    assert "armslength new" in ran.err


def test_every_problem_of_a_case_is_named_before_planning(armslength, small):
    small.write_text(small.read_text().replace("sku: card", "sku: crad"), encoding="utf-8")
    ran = armslength("plan", small)
    assert ran.code == 2
    assert "2 problems in this case" in ran.err
    assert ran.err.count("`crad`") == 2
    assert "did you mean" in ran.err


def test_of_very_many_problems_the_first_are_shown(armslength, small):
    rows = "".join(f"  - {{id: lot-{n}, sku: crad, gpus: 1, owner: north, expected_on: 2025}}\n" for n in range(100))
    small.write_text(small.read_text().replace("lots:\n", "lots:\n" + rows), encoding="utf-8")
    ran = armslength("plan", small)
    assert "100 problems" in ran.err
    assert len(ran.err.splitlines()) < 40
    assert "and 70 more; `armslength check` lists all" in ran.err


@pytest.mark.parametrize("place", ["file", "file/below/it"])
def test_an_output_that_is_a_file_is_refused_before_planning(armslength, small, tmp_path, monkeypatch, place):
    monkeypatch.setattr(planning, "plan_case", lambda *_, **__: pytest.fail("planned for nothing"))
    (tmp_path / "file").write_text("mine")
    ran = armslength("plan", small, "--out", place)
    assert ran.code == 2
    assert "file is a file (give another --out DIR)" in ran.err
    assert "--out" in ran.err
    assert (tmp_path / "file").read_text() == "mine"


def test_an_output_without_permission_is_refused_before_planning(armslength, small, tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "plan_case", lambda *_, **__: pytest.fail("planned for nothing"))
    monkeypatch.setattr(os, "access", lambda path, _: path != tmp_path)
    ran = armslength("plan", small, "--out", "new/out")
    assert ran.code == 2
    assert f"new/out: cannot be written into: no permission in {tmp_path} (give another --out DIR)" in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere, so nothing is read-only")
def test_a_read_only_output_is_refused(armslength, small, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    ran = armslength("plan", small, "--out", "locked/out")
    assert ran.code == 2
    assert "no permission" in ran.err


def test_a_disk_that_refuses_is_named(armslength, small, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    ran = armslength("plan", small, "--alone", "--out", "out")
    assert ran.code == 2
    assert "out: cannot be written into: No space left on device (give another --out DIR)" in ran.err


def test_nothing_agreed_and_only_that_run_asked_for(armslength, small):
    small.write_text(small.read_text().replace("in_force", "proposed"), encoding="utf-8")
    ran = armslength("plan", small, "--as-agreed")
    assert (ran.code, ran.out) == (2, "")
    assert "No agreement is approved or in force" in ran.err
    assert "in_force" in ran.err


def test_an_interrupt_is_said_and_not_traced(armslength, small, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(planning, "plan_case", interrupted)
    ran = armslength("plan", small)
    assert ran.code == 130
    assert "interrupted" in ran.err
    assert "Traceback" not in ran.err


def test_a_fault_of_ours_is_said_to_be_one(armslength, small, monkeypatch):
    monkeypatch.setattr(planning, "plan_case", lambda *_, **__: 1 / 0)
    ran = armslength("plan", small)
    assert ran.code == 70
    assert "fault of ours (ZeroDivisionError); please report it" in ran.err
