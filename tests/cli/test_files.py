"""`armslength new`, `export`, `fields` and `docs`: files in and out."""

import json

import pytest

from armslength import read_case
from armslength.model.comparison import Comparison
from armslength.model.digest import case_digest


def test_new_then_check_then_plan(armslength, tmp_path):
    ran = armslength("new", "mine")
    assert ran.code == 0
    assert "Next: armslength check mine" in ran.out
    assert armslength("check", "mine").code == 0
    assert armslength("plan", "mine").code == 0
    assert (tmp_path / "plan-starter/report.html").is_file()


def test_new_refuses_a_folder_that_holds_something(armslength, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine")
    ran = armslength("new", "mine")
    assert (ran.code, ran.out) == (2, "")
    assert "mine: the folder is not empty (name a new folder)" in ran.err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_new_refuses_a_file(armslength, tmp_path):
    (tmp_path / "mine").write_text("mine")
    ran = armslength("new", "mine")
    assert ran.code == 2
    assert "mine: cannot be written" in ran.err
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_workbook_is_the_same_case(armslength, small, tmp_path):
    ran = armslength("export", small, "--xlsx", "small.xlsx", "--folder", "small")
    assert ran.code == 0
    assert ran.out == "Wrote small.xlsx\nWrote small\n"
    digests = {case_digest(read_case(path)) for path in (small, tmp_path / "small.xlsx", tmp_path / "small")}
    assert len(digests) == 1
    plans = [
        Comparison.model_validate_json(armslength("plan", path, "--alone", "--json").out)
        for path in (small, "small.xlsx")
    ]
    assert plans[0] == plans[1]


@pytest.mark.parametrize("suffix", ["lp", "mps"])
@pytest.mark.parametrize("run", ["alone", "as_agreed", "shared"])
def test_the_program_for_another_solver(armslength, small, tmp_path, suffix, run):
    ran = armslength("export", small, "--program", f"it.{suffix}", "--run", run, "--as-of", "2025-01-31")
    assert (ran.code, ran.out) == (0, f"Wrote it.{suffix}\n")
    text = (tmp_path / f"it.{suffix}").read_text(encoding="utf-8")
    assert ("RHS" in text) if suffix == "mps" else text.rstrip().endswith("end")


def test_rows_of_a_program_are_named_for_their_families(armslength, small, tmp_path):
    armslength("export", small, "--program", "it.mps")
    assert " L  received." in (tmp_path / "it.mps").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "give --xlsx F, --folder DIR or --program F.lp"),
        (["--xlsx", "it.txt"], "write it.xlsx"),
        (["--xlsx", "nowhere/it.xlsx"], "nowhere/it.xlsx: cannot be written"),
        (["--program", "it.txt"], "name it it.lp"),
        (["--program", "nowhere/it.lp"], "nowhere/it.lp: cannot be written: No such file or directory"),
        (["--program", "."], "a program is written as .lp or .mps"),
        (["--folder", "small.yaml"], "would write over the case itself"),
        (["--folder", "."], "would write over the case itself"),
    ],
)
def test_an_export_that_cannot_be(armslength, small, tmp_path, options, says):
    before = small.read_bytes()
    ran = armslength("export", small, *options)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert small.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


def test_a_case_in_a_folder_is_not_written_over(armslength, tmp_path):
    armslength("new", "mine")
    before = (tmp_path / "mine/case.yaml").read_bytes()
    assert armslength("export", "mine", "--folder", "mine/../mine").code == 2
    assert (tmp_path / "mine/case.yaml").read_bytes() == before


def test_fields_are_a_page_or_a_schema(armslength):
    page = armslength("fields")
    assert page.out.startswith("# Fields of a case")
    assert "`power_mw`" in page.out
    schema = json.loads(armslength("fields", "--schema").out)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert "lots" in schema["properties"]


def test_docs_writes_the_reference(armslength, tmp_path):
    ran = armslength("docs", "--write", "pages")
    assert ran.code == 0
    written = {line.removeprefix("Wrote ") for line in ran.out.splitlines()}
    assert written == {f"pages/reference/{name}" for name in ("math.md", "fields.md", "case.schema.json")}
    assert all((tmp_path / path).stat().st_size > 1000 for path in written)


def test_docs_refuses_a_file(armslength, tmp_path):
    (tmp_path / "pages").write_text("mine")
    ran = armslength("docs", "--write", "pages")
    assert ran.code == 2
    assert "pages" in ran.err
    assert "check the path" in ran.err
