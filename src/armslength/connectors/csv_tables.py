"""CSV files: the delimiter is told from the header row; semicolons bring decimal commas with them."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from armslength.connectors.drafts import Draft
from armslength.connectors.files import read_text
from armslength.connectors.shapes import nouns_of_tables, question_slots, slots_of
from armslength.connectors.tables import NumberedRow, read_table
from armslength.errors import Problem

DELIMITERS = (",", ";", "\t")


def read_csv(draft: Draft, table: str, path: Path) -> None:
    """Reads the file of one table into a draft."""
    text = read_text(path, path.name)
    if isinstance(text, Problem):
        draft.problems.append(text)
        draft.unread.add(table)
        return
    first, said = 1, _said_delimiter(text)
    if said:
        # Some spreadsheets put a line such as `sep=;` above the header.
        first, text = 2, text.split("\n", 1)[1] if "\n" in text else ""
    delimiter = said or delimiter_of(text.split("\n", 1)[0], table)
    try:
        read_table(draft, table, path.name, _records(text, delimiter, first), comma=delimiter == ";")
    except csv.Error as error:
        draft.problems.append(Problem(path.name, _said(error), "check the double quotes around its cells"))
        draft.unread.add(table)


def delimiter_of(header: str, table: str) -> str:
    """Returns the delimiter that parts a header row into most known names."""
    known = set(question_slots() if table == "questions" else slots_of(nouns_of_tables()[table]))

    def fit(delimiter: str) -> tuple[int, int]:
        names = [name.strip().strip('"').strip() for name in header.split(delimiter)]
        return sum(name in known for name in names), len(names)

    return max(DELIMITERS, key=fit)


def _said_delimiter(text: str) -> str | None:
    line = text[:8].split("\n", 1)[0].strip("\r")
    return line[4] if len(line) == 5 and line.startswith("sep=") and line[4] in DELIMITERS else None


def _records(text: str, delimiter: str, first: int) -> Iterator[NumberedRow]:
    """Yields records that are not blank, numbered as a spreadsheet numbers rows."""
    number = first - 1
    try:
        for number, record in enumerate(
            csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True), first
        ):
            if record:
                yield number, record
    except csv.Error as error:
        raise csv.Error(f"row {number + 1} cannot be read: {error}") from error


def _said(error: csv.Error) -> str:
    return str(error).replace("unexpected end of data", "a double quote is opened and never closed")
