"""Workbooks in: a sheet per table and a sheet `case` of keys. Formulas count with their stored results."""

import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from difflib import get_close_matches
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl

from armslength.connectors.drafts import Draft
from armslength.connectors.files import BYTES_MAX, read_bytes
from armslength.connectors.flaws import Flaw, shown
from armslength.connectors.scalars import read_keys
from armslength.connectors.shapes import nouns_of_tables
from armslength.connectors.tables import NumberedRow, is_blank, read_table
from armslength.errors import Problem

CASE_SHEET = "case"
# A file or sheet named nearly like a table was meant as one; others may lie beside a case for good reasons.
NEAR_TABLE = 0.75

# What the reader of workbooks is known to raise when a file is damaged.
_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
)


def read_workbook(draft: Draft, path: Path) -> None:
    """Reads a workbook into a draft."""
    data = read_bytes(path, path.name)
    sheets = data if isinstance(data, Problem) else _sheets(data, path.name)
    if isinstance(sheets, Problem):
        draft.problems.append(sheets)
        draft.unread.update((*nouns_of_tables(), CASE_SHEET))
        return
    tables = nouns_of_tables()
    if CASE_SHEET not in sheets:
        hint = "add a sheet `case` with the columns key and value, and rows such as id and horizon.start_on"
        draft.problems.append(Problem(path.name, f"there is no sheet `{CASE_SHEET}`", hint))
    for name, rows in sheets.items():
        where = f"{path.name} sheet {name},"
        if name == CASE_SHEET:
            read_keys(draft, where, rows)
        elif name in tables:
            read_table(draft, name, where, rows)
        elif rows:
            draft.problems.append(stray_table(f"{path.name} sheet {name}", name, "sheet"))


def stray_table(where: str, name: str, what: str) -> Problem:
    """Returns the problem of a sheet or file that is no table: an error when its name is near that of one."""
    near = get_close_matches(name.strip().lower(), nouns_of_tables(), n=1, cutoff=NEAR_TABLE)
    message = f"`{name}` is not the name of a table, so the {what} is not read"
    if near:
        return Problem(where, message, f"did you mean {near[0]}?")
    return Problem(where, message, f"tables: {', '.join(nouns_of_tables())}", severity="warning")


def _sheets(data: bytes, name: str) -> dict[str, list[NumberedRow]] | Problem:
    """All rows that are not blank, by sheet."""
    if not data:
        return Problem(name, "the file is empty", "save it again as .xlsx")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > BYTES_MAX:
                return Problem(name, f"it unpacks to more than {BYTES_MAX // 1024**2} MiB", "is it the right file?")
            formulas = any(
                b"<f>" in content or b"<f " in content
                for entry in archive.namelist()
                if entry.startswith("xl/worksheets/")
                for content in [archive.read(entry)]
            )
        with warnings.catch_warnings():
            # It warns of drawings, styles and extensions that it does not read; none of them holds a value.
            warnings.simplefilter("ignore")
            values = _rows(data, formulas=False)
            return _with_formulas(values, _rows(data, formulas=True)) if formulas else values
    except _BROKEN as error:
        hint = "open it in a spreadsheet and save it again as .xlsx, without a password"
        return Problem(name, f"this is not a workbook that can be read: {type(error).__name__}", hint)


def _rows(data: bytes, formulas: bool) -> dict[str, list[NumberedRow]]:
    """The rows of each sheet: stored results, or formulas as text."""
    book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=not formulas, keep_links=False)
    try:
        found = {}
        for sheet in book.worksheets:
            # What a sheet says of its own size is often wrong; only its cells count.
            sheet.reset_dimensions()
            found[sheet.title] = list(_numbered(sheet))
        return found
    finally:
        book.close()


def _numbered(sheet: Any) -> Iterator[NumberedRow]:
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if not all(is_blank(cell) for cell in cells):
            yield number, cells


def _with_formulas(
    values: dict[str, list[NumberedRow]], formulas: dict[str, list[NumberedRow]]
) -> dict[str, list[NumberedRow]]:
    """Marks the cells which hold a formula but no result, so that they do not pass for blank."""
    marked: dict[str, list[NumberedRow]] = {}
    for name, rows in formulas.items():
        stored = dict(values.get(name, ()))
        marked[name] = [(number, _marked(stored.get(number, ()), cells)) for number, cells in rows]
    return marked


def _marked(stored: Any, cells: Any) -> list[Any]:
    found: list[Any] = []
    for position, cell in enumerate(cells):
        value = stored[position] if position < len(stored) else None
        unsolved = value is None and isinstance(cell, str) and cell.startswith("=")
        found.append(_unsolved(cell) if unsolved else value)
    return found


def _unsolved(formula: str) -> Flaw:
    message = f"{shown(formula)} is a formula without a result"
    return Flaw(message, "open the workbook in a spreadsheet and save it, or write the value")
