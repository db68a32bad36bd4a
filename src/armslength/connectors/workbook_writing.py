"""Cases out to a workbook: a sheet per table with every column, so that a workbook is also a form to fill in.

Headers are bold and stay in view; each has a note with its meaning and unit; closed words come from a list.
The same case gives the same bytes, and reading them gives the same case.
"""

import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from armslength.connectors.case_writing import refuse_unwritable
from armslength.connectors.cells import write_cell
from armslength.connectors.scalars import KEY_COLUMNS, REPEATED_KEY, keys_of_case
from armslength.connectors.shapes import Shape, Slot, nouns_of_tables, question_slots, slots_of
from armslength.connectors.workbook import CASE_SHEET
from armslength.errors import InputError, Problem
from armslength.model.case import TABLES, Case, Question
from armslength.model.noun import When, on_day
from armslength.units import UNIT_SUFFIXES, unit_of

ROWS_MAX = 1_048_576
# A workbook cannot hold more in one cell; the rest would be cut off without a word.
CELL_LENGTH_MAX = 32_767
WIDTH_MAX = 48
# Days before this one are counted in two ways by spreadsheets, so they are written as text.
FIRST_SURE_DAY = date(1900, 3, 1)
# Moments that the format asks for; fixed, so that the same case gives the same bytes.
_WRITTEN_AT = datetime(2000, 1, 1)
_ZIPPED_AT = (2000, 1, 1, 0, 0, 0)

_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def write_workbook(case: Case, path: str | PathLike[str]) -> None:
    """Writes a case to a workbook.

    Args:
        case: what to write.
        path: the file, whose name ends in ``.xlsx``; it is replaced when it exists.

    Raises:
        InputError: when the name does not end in ``.xlsx``, a text is too long, or the disk refuses.
    """
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise InputError(f"{target}: a workbook's name ends in .xlsx", hint=f"write {target.with_suffix('.xlsx')}")
    refuse_unwritable(case)
    book = Workbook()
    book.remove(book.worksheets[0])
    _write_keys(book.create_sheet(CASE_SHEET), case)
    for table in TABLES:
        slots = slots_of(nouns_of_tables()[table])
        rows = [[(getattr(row, name), slot) for name, slot in slots.items()] for row in getattr(case, table)]
        _write_table(book.create_sheet(table), tuple(slots.values()), rows)
    _write_table(book.create_sheet("questions"), tuple(question_slots().values()), list(_fact_rows(case.questions)))
    book.properties.creator = "armslength"
    book.properties.created = _WRITTEN_AT
    buffer = BytesIO()
    book.save(buffer)
    try:
        target.write_bytes(_without_clock(buffer.getvalue()))
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror}", hint="choose another place") from error


def _write_keys(sheet: Worksheet, case: Case) -> None:
    """The sheet of scalars: key, value, meaning."""
    _write_header(sheet, KEY_COLUMNS)
    for key, slot in keys_of_case().items():
        holder: Any = case
        for name in key.split("."):
            holder = getattr(holder, name)
        for value in (holder or ((),)) if key == REPEATED_KEY else (holder,):
            blank = value is None or (key == REPEATED_KEY and not holder)
            number = sheet.max_row + 1
            _put(sheet, number, 1, key, Shape("text"))
            _put(sheet, number, 2, None if blank else value, slot.shape)
            _put(sheet, number, 3, _meaning(slot), Shape("text"))
            sheet.cell(number, 2).alignment = Alignment(horizontal="left")
            _offer_words(sheet, slot, f"B{number}")
    for letter, width in (("A", 34), ("B", 40), ("C", 90)):
        sheet.column_dimensions[letter].width = width


def _write_table(sheet: Worksheet, slots: Sequence[Slot], rows: Sequence[Sequence[tuple[Any, Slot]]]) -> None:
    _write_header(sheet, [slot.name for slot in slots])
    for column, slot in enumerate(slots, start=1):
        note = Comment(_meaning(slot), "armslength", height=90, width=300)
        sheet.cell(1, column).comment = note
        letter = get_column_letter(column)
        _offer_words(sheet, slot, f"{letter}2:{letter}{ROWS_MAX}")
    widths = [len(slot.name) for slot in slots]
    for number, row in enumerate(rows, start=2):
        for column, (value, slot) in enumerate(row):
            if value is not None and (slot.required or value != slot.default):
                _put(sheet, number, column + 1, value, slot.shape)
                widths[column] = max(widths[column], min(WIDTH_MAX, len(write_cell(value, slot.shape))))
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width + 3


def _write_header(sheet: Worksheet, names: Sequence[str]) -> None:
    for column, name in enumerate(names, start=1):
        sheet.cell(1, column, name).font = Font(bold=True)
    sheet.freeze_panes = "A2"


def _put(sheet: Worksheet, row: int, column: int, value: Any, shape: Shape) -> None:
    """Writes a number or a day as what it is, all else as text, even if it looks like a formula."""
    if value is None:
        return
    day = value.p50_on if isinstance(value, When) and value == on_day(value.p50_on) else value
    if isinstance(day, date) and day >= FIRST_SURE_DAY:
        sheet.cell(row, column, day).number_format = "yyyy-mm-dd"
    elif isinstance(value, int | float) and not isinstance(value, bool) and _fits(value):
        sheet.cell(row, column, value)
    else:
        text = write_cell(value, shape)
        cell = sheet.cell(row, column)
        if len(text) > CELL_LENGTH_MAX:
            place = f"sheet {sheet.title}, row {row}, column {column}"
            message = f"the text is {len(text):,} characters long; a cell holds {CELL_LENGTH_MAX:,}"
            problem = Problem(place, message, "shorten it, or write a folder instead")
            raise InputError("the case cannot be written to a workbook", problems=(problem,))
        cell.value = text
        cell.data_type = "s"


def _fits(value: float) -> bool:
    """Whether a number survives in a number cell, which keeps 16 digits; a longer one is written as text."""
    return float(f"{value:.16g}") == value


def _fact_rows(questions: Sequence[Question]) -> Iterator[list[tuple[Any, Slot]]]:
    """One row per varied fact; what is said of the question stands in its first row, its id in each."""
    outer = [name for name in slots_of(Question) if name != "vary"]
    for question in questions:
        for position, vary in enumerate(question.vary):
            row = []
            for name, slot in question_slots().items():
                value = getattr(question if name in outer else vary, name)
                row.append((value if position == 0 or name not in outer or name == "id" else None, slot))
            yield row


def _meaning(slot: Slot) -> str:
    """The note on a header: what the field is, its unit, and whether it must be given."""
    unit = unit_of(slot.name)
    lines = [slot.description]
    if unit:
        lines.append(f"Unit: {UNIT_SUFFIXES[unit]}.")
    if slot.shape.words:
        lines.append(f"One of: {', '.join(slot.shape.words)}.")
    if slot.required:
        lines.append("Required.")
    return "\n".join(line for line in lines if line)


def _offer_words(sheet: Worksheet, slot: Slot, cells: str) -> None:
    """Lets a spreadsheet offer the closed words of a field, and object to others."""
    words = ("yes", "no") if slot.shape.kind == "truth" else slot.shape.words
    if not words:
        return
    offer = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
    offer.error = f"One of: {', '.join(words)}"
    offer.add(cells)
    sheet.add_data_validation(offer)


def _without_clock(data: bytes) -> bytes:
    """The same workbook with fixed moments in its archive and its properties."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + f"{_WRITTEN_AT:%Y-%m-%dT%H:%M:%SZ}".encode() + rb"\g<2>", content)
            entry = zipfile.ZipInfo(name, date_time=_ZIPPED_AT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            new.writestr(entry, content)
    return buffer.getvalue()
