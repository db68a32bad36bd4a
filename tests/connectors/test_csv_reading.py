"""Reading a folder with CSV files: delimiters, decimal commas, headers, places, and files that are none."""

from pathlib import Path

import pytest

from armslength.connectors.case_file import case_problems
from armslength.model.case import Case

TOP = """\
id: demo
horizon: {start_on: 2024-01-01, end_on: 2025-01-01}
organisations: [{id: a}, {id: b}]
skus: [{id: H100, site_kw_per_gpu: 1.4}]
sites: [{id: hall, owner: a}]
steps: [{id: opens, site: hall, from_on: 2024-01-01, power_mw: 50}]
workloads: [{id: w, owner: a, form: training, work_value_per_gpu_hour: 2}]
"""
LOTS = "id,sku,gpus,owner,expected_on\nl1,H100,1200,a,2024-06-01\n"


def read(folder: Path, **files: str | bytes) -> tuple[Case | None, list[str]]:
    """Writes files into the folder (`case` is case.yaml, the others are CSV) and reads it."""
    files = {"case": TOP} | files
    for name, content in files.items():
        path = folder / ("case.yaml" if name == "case" else f"{name}.csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    case, found = case_problems(folder)
    return case, [str(problem) for problem in found]


def test_commas_semicolons_and_tabs(tmp_path: Path) -> None:
    header, row = (
        ["id", "sku", "gpus", "owner", "expected_on", "purchase_cost", "note"],
        ["l1", "H100", "1200", "a", "2024-Q2"],
    )
    expected = None
    for delimiter, cost, note in (
        (",", "1.5", '"x, y; z"'),
        (";", "1,5", '"x, y; z"'),
        ("\t", "1.5", "x, y; z"),
    ):
        text = delimiter.join(header) + "\n" + delimiter.join([*row, cost, note]) + "\n"
        case, found = read(tmp_path, lots=text)
        assert case is not None, found
        assert (case.lots[0].purchase_cost, case.lots[0].note) == (1.5, "x, y; z")
        assert expected in (None, case)
        expected = case


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + LOTS,
        LOTS.replace("\n", "\r\n"),
        LOTS.replace("\n", "\r"),
        "sep=,\n" + LOTS,
        "sep=;\r\n" + LOTS.replace(",", ";"),
        LOTS.replace("id,sku", '"id", sku '),
        LOTS + "\n,,,,\n\n",
        LOTS.replace("\n", ",,\n"),
        LOTS.replace("\n", "\n\n", 1),
        LOTS.replace("1200", "1200.0"),
        LOTS[:-1],
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path: Path, text: str) -> None:
    case, found = read(tmp_path, lots=text)
    assert case is not None, found
    assert (case.lots[0].id, case.lots[0].gpus, case.lots[0].note) == ("l1", 1200, None)


def test_line_breaks_in_a_cell_are_of_one_kind(tmp_path: Path) -> None:
    case, _ = read(tmp_path, lots='id,sku,gpus,owner,expected_on,note\r\nl1,H100,1,a,2024,"two\r\nlines"\r\n')
    assert case is not None
    assert case.lots[0].note == "two\nlines"


def test_rows_of_yaml_and_csv_are_joined(tmp_path: Path) -> None:
    yaml = TOP + "lots: [{id: l0, sku: H100, gpus: 5, owner: b, expected_on: 2024}]\n"
    case, found = read(tmp_path, case=yaml, lots=LOTS)
    assert case is not None, found
    assert [lot.id for lot in case.lots] == ["l0", "l1"]


def test_places_are_rows_and_columns_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    text = "id;sku;gpus;owner;expected_on;note\n"
    text += 'l1;H100;1.200;a;2024;"two\nlines"\n\nl2;H200;12;a;2024;\nl3;;;;;\n'
    _, found = read(tmp_path, lots=text)
    assert found == [
        "lots.csv row 2, column gpus: `1.200` can mean 1200 or 1,200 (write it without marks between thousands)",
        "lots.csv row 5, column sku: `sku` is missing (give it a value)",
        "lots.csv row 5, column gpus: `gpus` is missing (unit: accelerators of any vendor)",
        "lots.csv row 5, column owner: `owner` is missing (give it a value)",
        "lots.csv row 5, column expected_on: `expected_on` is missing (give it a value)",
        "lots.csv row 4, column sku: nothing in `skus` is called `H200` (did you mean H100?)",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            LOTS.replace("gpus", "quantity"),
            "lots.csv row 1, column quantity: `quantity` is not a field; the field is `gpus` "
            "(its unit: accelerators of any vendor)",
        ),
        (
            LOTS.replace(",owner", ",ownr"),
            "lots.csv row 1, column ownr: `ownr` is not a field (did you mean owner",
        ),
        (
            LOTS.replace(",gpus", ",sku"),
            "lots.csv row 1, column sku: the column stands twice (keep one of them)",
        ),
        (LOTS.replace(",owner", ""), "lots.csv row 1: no column `owner` (each row needs a value there)"),
        (LOTS + "l2,H100,1,a,2024,x,y\n", "lots.csv row 3: the row has 7 cells, the header 5"),
        (
            LOTS.split("\n")[1],
            "lots.csv row 1: row 1 names no known column: `l1`, `H100`, `1200`, `a`, `2024-06-01`",
        ),
        ("id,\nl1,x\n", "lots.csv row 1: no column `sku` and `gpus` and `owner` and `expected_on`"),
        (
            LOTS.replace("expected_on", "expected_on,") + ",,,,,7\n",
            "lots.csv row 3: `7` stands in a column without",
        ),
        (LOTS.replace("a,2024-06-01", '"a,2024'), "lots.csv: row 2 cannot be read: a double quote is opened"),
        (LOTS.replace("H100", '"H100"x'), "lots.csv: row 2 cannot be read"),
        ("x" * 200_000, "lots.csv"),
        (LOTS + '"' + "x" * 200_000 + '"', "lots.csv: row 3 cannot be read: field larger"),
        (LOTS.encode("utf-16"), "lots.csv: the text is UTF-16 (save it as UTF-8)"),
        (LOTS.encode() + b"\0", "lots.csv: this is not a text file: it holds NUL bytes"),
        (LOTS.replace("a,", "caf\u00e9,").encode("latin-1"), "lots.csv line 2: byte 0xe9 is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "lots.csv"),
        (LOTS.replace("1200", "1,200"), "lots.csv row 2: the row has 6 cells, the header 5"),
        (LOTS.replace("1200", '"1,200"'), "lots.csv row 2, column gpus: `1,200` can mean 1200 or 1.200"),
    ],
)
def test_tables_that_are_not_right(tmp_path: Path, text: str | bytes, problem: str) -> None:
    case, found = read(tmp_path, lots=text)
    assert case is None
    assert any(line.startswith(problem) for line in found), found


def test_an_empty_table_file_is_an_empty_table(tmp_path: Path) -> None:
    for text in ("", "id,sku,gpus,owner,expected_on\n", "\n\n"):
        case, found = read(tmp_path, lots=text)
        assert case is not None, found
        assert case.lots == ()


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    case, found = read(tmp_path, lots=LOTS, results="a,b\n")
    assert case is not None
    assert any(line.startswith("results.csv: `results` is not the name of a table") for line in found), found
    case, found = read(tmp_path, lot=LOTS)
    assert case is None
    assert "lot.csv: `lot` is not the name of a table, so the file is not read (did you mean lots?)" in found


def test_questions_in_a_table_have_one_row_per_fact(tmp_path: Path) -> None:
    header = "id,text,organisation,step,lot,label,dates_on,levels_mw\n"
    rows = "q,How?,a,opens,,,2024-01-01|2024-06-01,\nq,,,opens,,Room,,0|7.5\nr,When?,b,opens,,,2024-03-01,\n"
    case, found = read(tmp_path, lots=LOTS, questions=header + rows)
    assert case is not None, found
    assert [(question.id, len(question.vary)) for question in case.questions] == [("q", 2), ("r", 1)]
    assert case.questions[0].vary[1].levels_mw == (0.0, 7.5)
    wrong = "q,How?,a,opened,,,2024-01-01,\nq,Why?,a,,l2,,2024-01-01,\n"
    _, found = read(tmp_path, lots=LOTS, questions=header + wrong)
    assert found == [
        "questions.csv row 3, column text: another row of this question says otherwise (say it once)",
        "questions.csv row 2, column step: nothing in `steps` is called `opened` (did you mean opens?)",
        "questions.csv row 3, column lot: nothing in `lots` is called `l2` (did you mean l1?)",
    ]


def test_folders_that_are_not_right(tmp_path: Path) -> None:
    def lines(path: Path) -> list[str]:
        case, found = case_problems(path)
        assert case is None
        return [str(problem) for problem in found]

    assert "there is no such file or folder (give a folder with case.yaml" in lines(tmp_path / "none")[0]
    assert "there is no case.yaml in this folder" in lines(tmp_path)[0]
    (tmp_path / "lots.csv").write_text("id,gpus\nl1,x\n")
    assert any("column gpus: `x` is not a number" in line for line in lines(tmp_path))
    (tmp_path / "case.yml").write_text(TOP)
    (tmp_path / "case.yaml").write_text(TOP)
    assert any("both case.yaml and case.yml are here" in line for line in lines(tmp_path))
    (tmp_path / "case.txt").write_text(TOP)
    assert "not read from a file that ends in `.txt`" in lines(tmp_path / "case.txt")[0]
    assert "(save it as .xlsx)" in lines(_touched(tmp_path / "case.xls"))[0]
    assert lines(Path("bad\0name")) != []
    (tmp_path / "steps.csv").mkdir()
    assert any(line.startswith("steps.csv: the file cannot be read") for line in lines(tmp_path))


def _touched(path: Path) -> Path:
    path.touch()
    return path


def test_tables_beside_a_single_file_are_mentioned(tmp_path: Path) -> None:
    read(tmp_path, lots=LOTS)
    case, found = case_problems(tmp_path / "case.yaml")
    assert case is not None
    assert any("lots.csv beside this file are not read" in str(problem) for problem in found)
