"""The starter, the reference of fields, and the published schema: complete, and true to what is read."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from armslength.connectors.fields import fields_markdown, json_schema
from armslength.connectors.shapes import nested_nouns, nouns_of_tables, slots_of
from armslength.connectors.starter import CASE_YAML, write_starter
from armslength.errors import InputError
from armslength.model.case import TABLES, Case
from armslength.service.case_file import check_case, export_case, new_case


def document() -> dict[str, Any]:
    """The starter's YAML as JSON tools see it: dates are text."""
    return json.loads(json.dumps(yaml.safe_load(CASE_YAML), default=str))


def test_the_starter_reads_without_a_problem_and_shows_every_table(tmp_path: Path) -> None:
    assert new_case(tmp_path / "new") == tmp_path / "new"
    case, found = check_case(tmp_path / "new")
    assert found == ()
    assert case is not None
    assert [table for table in (*TABLES, "questions") if not getattr(case, table)] == []


def test_the_starter_is_not_written_over_anything(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(InputError, match="not empty"):
        write_starter(tmp_path)
    with pytest.raises(InputError, match="cannot be written"):
        write_starter(tmp_path / "mine.txt" / "below")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_export_both_ways_and_back(tmp_path: Path) -> None:
    new_case(tmp_path / "new")
    written = export_case(tmp_path / "new", xlsx=tmp_path / "case.xlsx", folder=tmp_path / "copy")
    assert written == (tmp_path / "case.xlsx", tmp_path / "copy")
    cases = [check_case(path)[0] for path in (tmp_path / "new", *written)]
    assert cases[0] is not None
    assert cases[0] == cases[1] == cases[2]
    with pytest.raises(InputError, match="nothing to export to"):
        export_case(tmp_path / "new")


def test_the_reference_names_every_field_with_its_unit() -> None:
    text = fields_markdown()
    for noun in (Case, *nouns_of_tables().values(), *nested_nouns().values()):
        for slot in slots_of(noun).values():
            assert f"| `{slot.name}` |" in text
            assert slot.description.replace("|", "\\|") in text
    assert "| `power_mw` | number | megawatts | empty | Site power from that day, MW; unchanged if empty. |" in text
    assert "| `expected_on` | date |  | required | Day of receipt. |" in text
    assert "| `listed` | yes or no |  | no |" in text


def test_the_schema_is_a_schema_and_takes_the_starter() -> None:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(document())) == []
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("horizon", "start_on"), "2025-01"),
        (("horizon", "start_on"), None),
        (("horizon", "grid"), "weekly"),
        (("sites", 0, "power"), 3),
        (("skus", 0, "site_kw_per_gpu"), "1.4"),
        (("skus", 0, "site_kw_per_gpu"), 0),
        (("skus", 0, "throughput_ratio"), {"training": "1"}),
        (("stock", 0, "gpus"), 1.5),
        (("stock", 0, "gpus"), -1),
        (("steps", 0, "from_on"), "soon"),
        (("steps", 0, "from_on"), {"p10": "2025-01-01", "p50": "2025-01-01"}),
        (("workloads", 0, "skus"), "h100"),
        (("workloads", 0, "form"), "inference"),
        (("organisations", 0, "id"), ""),
        (("organisations", 0, "listed"), "perhaps"),
        (("questions", 0, "vary"), []),
        (("prices",), {}),
    ],
)
def test_schema_and_reader_refuse_the_same(tmp_path: Path, path: tuple[str | int, ...], value: Any) -> None:
    changed = document()
    holder: Any = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    assert list(Draft202012Validator(json_schema()).iter_errors(changed)) != []
    (tmp_path / "one.yaml").write_text(yaml.safe_dump(changed))
    case, found = check_case(tmp_path / "one.yaml")
    assert case is None
    assert [problem for problem in found if problem.severity == "error"] != []
