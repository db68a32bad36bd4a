"""The folder that a planned case leaves behind: written, read back and checked. And programs for others."""

import json
from datetime import date
from pathlib import Path

import pytest

from armslength import plan
from armslength.connectors.case_writing import write_case
from armslength.errors import InputError
from armslength.model.comparison import Comparison
from armslength.service.case_file import check_case, export_case, new_case
from armslength.service.dossier import (
    check_plan,
    export_program,
    plan_document,
    problems_as_of,
    read_plan,
    refuse_unwritable,
    write_dossier,
)
from armslength.service.reference import math_markdown, write_reference


@pytest.fixture
def comparison(case) -> Comparison:
    return plan(case, ("alone", "as_agreed"))


def test_what_is_written_reads_back_the_same(comparison, tmp_path):
    written = write_dossier(comparison, tmp_path / "deep/er")
    assert written.plan.read_text(encoding="utf-8") == plan_document(comparison)
    assert read_plan(written.plan) == read_plan(tmp_path / "deep/er") == comparison
    assert written.report.read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    assert (written.tables / "verdicts.csv").is_file()


def test_an_older_plan_stays_whole_when_the_report_fails(comparison, tmp_path, monkeypatch):
    written = write_dossier(comparison, tmp_path)
    before = written.plan.read_bytes()
    monkeypatch.setattr("armslength.service.dossier.report_html", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_dossier(comparison.model_copy(update={"notes": ("other",)}), tmp_path)
    assert written.plan.read_bytes() == before


def test_a_folder_that_can_be_made_is_not_refused_and_not_made(tmp_path):
    refuse_unwritable(tmp_path / "a/b/c")
    refuse_unwritable(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "a").write_text("")
    for folder in (tmp_path / "a", tmp_path / "a/b"):
        with pytest.raises(InputError, match="a is a file"):
            refuse_unwritable(folder)


def test_a_plan_of_another_version_lists_what_does_not_fit(comparison, tmp_path):
    document = json.loads(plan_document(comparison))
    del document["case"]["horizon"]
    document["plans"][0]["surprise"] = 1
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_plan(file)
    assert {problem.place for problem in caught.value.problems} == {"case.horizon", "plans.0.surprise"}


def test_a_plan_is_checked_against_the_case_on_disk(case, comparison, tmp_path):
    write_case(case, tmp_path / "case")
    written = write_dossier(comparison, tmp_path / "out")
    assert check_plan(tmp_path / "case", written.plan, None) == ()
    smaller = case.lots[0].model_copy(update={"gpus": 19})
    write_case(case.model_copy(update={"lots": (smaller,)}), tmp_path / "case")
    found = check_plan(tmp_path / "case", written.plan, None)
    assert [problem.severity for problem in found].count("warning") == 1
    assert any(problem.place.startswith("alone: received") for problem in found)
    assert any(problem.place.startswith("as_agreed: ") for problem in found)


def test_problems_as_of_a_day_name_the_day(case):
    steps = tuple(row.model_copy(update={"known_on": date(2025, 1, 5)}) for row in case.steps)
    known_later = case.model_copy(update={"steps": steps})
    assert problems_as_of(known_later, date(2025, 1, 5)) == ()
    found = problems_as_of(known_later, date(2025, 1, 4))
    assert found
    assert all(problem.place.startswith("as of 2025-01-04: ") for problem in found)


@pytest.mark.parametrize("name", ["it.lp", "it.MPS"])
def test_a_program_is_written_by_its_suffix(case, tmp_path, name):
    write_case(case, tmp_path / "case")
    file = export_program(tmp_path / "case", tmp_path / name, "shared", None)
    assert file.stat().st_size > 100


def test_a_program_is_never_written_where_it_cannot_be(case, tmp_path):
    write_case(case, tmp_path / "case")
    (tmp_path / "taken.lp").mkdir()
    for name in ("nowhere/it.lp", "taken.lp"):
        with pytest.raises(InputError, match="cannot be written"):
            export_program(tmp_path / "case", tmp_path / name, "shared", None)


def test_case_files_in_and_out(case, tmp_path):
    write_case(case, tmp_path / "case")
    again, problems = check_case(tmp_path / "case")
    assert (again, problems) == (case, ())
    paths = export_case(tmp_path / "case", xlsx=tmp_path / "it.xlsx", folder=tmp_path / "it")
    assert paths == (tmp_path / "it.xlsx", tmp_path / "it")
    assert [check_case(path)[0] for path in paths] == [case, case]
    with pytest.raises(InputError, match="nothing to export"):
        export_case(tmp_path / "case")


def test_a_new_case_has_no_problems(tmp_path):
    assert check_case(new_case(tmp_path / "new"))[1] == ()
    with pytest.raises(InputError, match="not empty"):
        new_case(tmp_path / "new")


def test_the_reference_names_every_family_and_rule(tmp_path):
    page = math_markdown()
    for name in ("received", "power", "gang_size", "no_detriment"):
        assert f"## {name}\n" in page
    assert "* **bookkeeping**: " in page
    written = write_reference(tmp_path)
    assert {path.relative_to(tmp_path) for path in written} == {
        Path("reference") / name for name in ("math.md", "fields.md", "case.schema.json")
    }
    assert json.loads((tmp_path / "reference/case.schema.json").read_text())["type"] == "object"
