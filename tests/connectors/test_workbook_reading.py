"""Reading workbooks: typed cells, formulas, places, and files that are damaged or no workbooks at all."""

import zipfile
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from armslength.connectors.case_file import case_problems, read_case
from armslength.connectors.starter import write_starter
from armslength.connectors.workbook_writing import write_workbook
from armslength.model.case import Case

KEYS: list[list[Any]] = [
    ["key", "value"],
    ["id", "demo"],
    ["horizon.start_on", datetime(2024, 1, 1)],
    ["horizon.end_on", "2025-01-01"],
]


def read(path: Path, keys: list[list[Any]] = KEYS, **sheets: list[list[Any]]) -> tuple[Case | None, list[str]]:
    """Writes a workbook and reads it."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in ({"case": keys} | sheets).items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path / "book.xlsx")
    case, found = case_problems(path / "book.xlsx")
    return case, [str(problem) for problem in found]


ORGANISATIONS = [["id", "name", "listed"], ["a", 12, True], [], ["b", "=1+1", "no"]]


def test_typed_cells(tmp_path: Path) -> None:
    keys = [*KEYS, ["sharing.groups", "a|b"], ["sharing.groups", "b|a"], ["sharing.kinds", "loan|hosting"]]
    keys += [["sharing.deal_gpus_min", 100.0], [None, None], ["title", None]]
    lots = [
        ["id", "sku", "gpus", "owner", "expected_on", "order"],
        ["l", "k", 12000.0, "a", datetime(2024, 6, 1), 4711],
    ]
    lots += [["m", "k", "15", "a", 2024, datetime(2024, 1, 1)]]
    case, found = read(
        tmp_path,
        keys,
        organisations=[["id", "name", "listed"], ["a", 12, True], [], ["b", None, "no"]],
        skus=[["id", "site_kw_per_gpu"], ["k", 1.4]],
        lots=lots,
    )
    assert case is not None, found
    assert case.horizon.start_on == date(2024, 1, 1)
    assert case.sharing.groups == (("a", "b"), ("b", "a"))
    assert (case.sharing.kinds, case.sharing.deal_gpus_min) == (("loan", "hosting"), 100)
    assert [(row.id, row.name, row.listed) for row in case.organisations] == [
        ("a", "12", True),
        ("b", "", False),
    ]
    assert [(lot.gpus, lot.expected_on.precision, lot.order) for lot in case.lots] == [
        (12000, "day", "4711"),
        (15, "year", "2024-01-01"),
    ]


def test_places_and_problems_of_sheets(tmp_path: Path) -> None:
    keys = [*KEYS, ["horizon.grid", "weekly"], ["horizon.ends", 3], ["id", "again"], [None, "stray"]]
    keys += [["sharing.groups", "a|b"], ["sharing.groups", "a|c"]]
    _, found = read(
        tmp_path,
        keys,
        organisations=[["id"], ["a"], ["b"]],
        lots=[["id", "sku", "gpus", "owner", "expected_on"], ["l", "k", "many", "a", 45292]],
        Sites=[["id"], ["s"]],
        notes=[["anything"]],
    )
    parts = (
        "sheet case, row 5, key horizon.grid: `weekly` is not one of week, four_weeks, month",
        "sheet case, row 6: `horizon.ends` is not a field (did you mean horizon.end_on",
        "sheet case, row 7, key id: the key `id` stands twice; first in row 2",
        "sheet case, row 8: a value without a key",
        "sheet lots, row 2, column gpus: `many` is not a number",
        "sheet lots, row 2, column expected_on: 45292 is a number, but expected_on takes a date",
        "sheet Sites: `Sites` is not the name of a table, so the sheet is not read (did you mean sites?)",
        "sheet notes: `notes` is not the name of a table",
        "sheet lots, row 2, column sku: nothing in `skus` is called `k`",
        "sheet case, row 10, key sharing.groups: nothing in `organisations` is called `c`",
    )
    missing = [part for part in parts if not any(f"book.xlsx {part}" in line for line in found)]
    assert missing == [], found
    assert len(found) == len(parts)


def test_a_formula_without_a_result_is_not_blank(tmp_path: Path) -> None:
    _, found = read(tmp_path, organisations=ORGANISATIONS)
    assert len(found) == 1
    assert found[0].startswith(
        "book.xlsx sheet organisations, row 4, column name: `=1+1` is a formula without a result"
    )


def test_a_workbook_without_its_first_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "book.xlsx")
    case, found = case_problems(tmp_path / "book.xlsx")
    assert case is None
    assert "there is no sheet `case`" in str(found[0])


def test_damaged_workbooks_are_problems(tmp_path: Path) -> None:
    write_starter(tmp_path / "starter")
    good = tmp_path / "good.xlsx"
    write_workbook(read_case(tmp_path / "starter"), good)
    data = good.read_bytes()
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    broken: list[bytes] = [
        b"",
        b"PK\x03\x04",
        b"hello",
        data[: len(data) // 2],
        (tmp_path / "empty.zip").read_bytes(),
    ]
    broken += [_without(data, name) for name in ("xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml")]
    broken += [_replaced(data, "xl/workbook.xml", content) for content in (b"", b"<a/>", b"<a", b"\xff\xfe\x00")]
    broken += [_replaced(data, "xl/worksheets/sheet2.xml", content) for content in (b"", b"<a", b"<worksheet/>")]
    for number, content in enumerate(broken):
        path = tmp_path / f"broken{number}.xlsx"
        path.write_bytes(content)
        case, found = case_problems(path)
        assert found or case is not None, number
        if number < 7:
            assert case is None, number
            assert found[0].hint, number


def _without(data: bytes, name: str) -> bytes:
    return _replaced(data, name, None)


def _replaced(data: bytes, name: str, content: bytes | None) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
            elif content is not None:
                new.writestr(entry, content)
    return buffer.getvalue()


def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("armslength.connectors.workbook.BYTES_MAX", 1000)
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 100_000)
    case, found = case_problems(tmp_path / "bomb.xlsx")
    assert case is None
    assert "unpacks to more than" in str(found[0])


def test_a_written_workbook_is_a_form_to_fill_in(tmp_path: Path) -> None:
    write_starter(tmp_path / "starter")
    write_workbook(read_case(tmp_path / "starter"), tmp_path / "case.xlsx")
    book = openpyxl.load_workbook(tmp_path / "case.xlsx")
    assert book.sheetnames[:4] == ["case", "organisations", "skus", "lots"]
    assert book.sheetnames[-1] == "questions"
    lots = book["lots"]
    header = {cell.value: cell for cell in lots[1]}
    assert list(header)[:5] == ["id", "sku", "gpus", "owner", "ship_to"]
    assert header["gpus"].font.bold
    assert lots.freeze_panes == "A2"
    assert "Unit: accelerators of any vendor." in header["gpus"].comment.text
    offered = [offer.formula1 for offer in lots.data_validations.dataValidation]
    assert '"reserved,allocated,shipped,received,installed,energised"' in offered
    assert lots["I2"].number_format == "yyyy-mm-dd" or header["expected_on"].column_letter != "I"
    assert [cell.value for cell in book["case"]["A"]][:3] == ["key", "id", "title"]
