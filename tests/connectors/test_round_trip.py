"""Writing a case and reading it gives the same case, in every form, and the same bytes each time."""

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from armslength.connectors.case_file import case_problems, read_case
from armslength.connectors.case_writing import plain, write_case, yaml_text
from armslength.connectors.fields import json_schema
from armslength.connectors.workbook_writing import write_workbook
from armslength.errors import InputError
from armslength.model.case import Case

SCHEMA = Draft202012Validator(json_schema())
RELAXED = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=25)


@RELAXED
@given(st.data())
def test_a_folder_reads_back_as_the_same_case(cases: st.SearchStrategy[Case], data: st.DataObject) -> None:
    case = data.draw(cases)
    with tempfile.TemporaryDirectory() as folder:
        write_case(case, folder)
        again, found = case_problems(folder)
        assert again == case, found


@settings(RELAXED, max_examples=10)
@given(st.data())
def test_a_workbook_reads_back_as_the_same_case(cases: st.SearchStrategy[Case], data: st.DataObject) -> None:
    case = data.draw(cases)
    with tempfile.TemporaryDirectory() as folder:
        write_workbook(case, Path(folder, "case.xlsx"))
        again, found = case_problems(Path(folder, "case.xlsx"))
        assert again == case, found


@RELAXED
@given(st.data())
def test_one_yaml_file_reads_back_and_fits_the_schema(cases: st.SearchStrategy[Case], data: st.DataObject) -> None:
    case = data.draw(cases)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "one.yaml")
        path.write_text(yaml_text(plain(case)), encoding="utf-8")
        again, found = case_problems(path)
        assert again == case, found
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_NoDates)
        assert [error.message for error in SCHEMA.iter_errors(document)] == []


class _NoDates(yaml.SafeLoader):
    """Reads YAML as JSON tools do: a date is a text."""


_NoDates.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.fixture
def starter(tmp_path: Path) -> Case:
    from armslength.connectors.starter import write_starter

    write_starter(tmp_path / "starter")
    return read_case(tmp_path / "starter")


def test_writing_twice_gives_the_same_bytes(starter: Case, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_case(starter, tmp_path / name)
        write_workbook(starter, tmp_path / f"{name}.xlsx")
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert "case.yaml" in names
    assert "lots.csv" in names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_writing_again_replaces_the_files(starter: Case, tmp_path: Path) -> None:
    write_case(starter, tmp_path / "out")
    write_case(starter.model_copy(update={"title": "Changed"}), tmp_path / "out")
    assert read_case(tmp_path / "out").title == "Changed"


def test_a_folder_with_a_table_of_another_case_is_refused(starter: Case, tmp_path: Path) -> None:
    write_case(starter, tmp_path / "out")
    with pytest.raises(InputError, match=r"alternatives\.csv"):
        write_case(starter.model_copy(update={"alternatives": ()}), tmp_path / "out")


@pytest.mark.parametrize("text", ["bell\x07", "return\r", "\ud800", "\x00"])
def test_text_that_no_file_can_hold_is_refused(starter: Case, tmp_path: Path, text: str) -> None:
    case = starter.model_copy(update={"title": text})
    with pytest.raises(InputError, match="title: the text holds U"):
        write_case(case, tmp_path / "out")
    with pytest.raises(InputError, match="title: the text holds U"):
        write_workbook(case, tmp_path / "out.xlsx")


def test_text_too_long_for_a_cell_is_refused_rather_than_cut(starter: Case, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"40,000 characters long; a cell holds 32,767"):
        write_workbook(starter.model_copy(update={"description": "x" * 40_000}), tmp_path / "out.xlsx")


def test_a_workbook_needs_its_ending(starter: Case, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.xlsx"):
        write_workbook(starter, tmp_path / "out.csv")


def test_a_folder_that_cannot_be_made_is_an_input_error(starter: Case, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        write_case(starter, tmp_path / "file" / "below")
    with pytest.raises(InputError, match="cannot be written"):
        write_workbook(starter, tmp_path / "none" / "case.xlsx")
