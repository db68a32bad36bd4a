"""Rows of cells under a header of field names to rows of a draft: what CSV files and sheets share."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from armslength.connectors.cells import Reader, read_native, reader_of
from armslength.connectors.columns import unknown_name
from armslength.connectors.drafts import Draft, Row
from armslength.connectors.flaws import Flaw, shown
from armslength.connectors.places import FactPlace, RowPlace
from armslength.connectors.shapes import Slot, nouns_of_tables, question_slots, slots_of
from armslength.errors import Problem
from armslength.model.case import Question

NumberedRow = tuple[int, Sequence[Any]]


class _Column(NamedTuple):
    """A known column: its position, its field, and how its text is read."""

    position: int
    slot: Slot
    read: Reader


def read_table(draft: Draft, table: str, where: str, rows: Iterable[NumberedRow], comma: bool = False) -> None:
    """Reads one table into a draft.

    Args:
        draft: receives rows and problems.
        table: name of the table.
        where: what stands before ``row 3`` in a place: the file, or the workbook and its sheet.
        rows: numbered rows of cells, the header first; a cell is text, a spreadsheet's value, or None.
        comma: whether the decimal sign is a comma.
    """
    waiting = iter(rows)
    header = next(waiting, None)
    if header is None:
        return
    slots = question_slots() if table == "questions" else slots_of(nouns_of_tables()[table])
    columns = _columns(draft, where, header, slots, comma)
    if not columns:
        draft.unread.add(table)
        return
    found = [*_rows(draft, where, len(header[1]), waiting, columns)]
    absent = [slot.name for slot in slots.values() if slot.required and slot.name not in {c.slot.name for c in columns}]
    if found and absent:
        names = " and ".join(f"`{name}`" for name in absent)
        draft.problems.append(Problem(f"{where} row {header[0]}", f"no column {names}", "each row needs a value there"))
    for row in found:
        row.flawed.update((name,) for name in absent)
    kept = _joined(draft, found) if table == "questions" else found
    draft.tables.setdefault(table, []).extend(kept)


def is_blank(cell: Any) -> bool:
    """Whether a cell stands for "not given"."""
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))


def _columns(draft: Draft, where: str, header: NumberedRow, slots: dict[str, Slot], comma: bool) -> list[_Column]:
    number, cells = header
    names = ["" if is_blank(cell) else str(cell).strip() for cell in cells]
    if not any(name in slots for name in names):
        message = f"row {number} names no known column: {', '.join(shown(name) for name in names[:6] if name)}"
        hint = f"the first row holds the names of the columns, such as {', '.join(list(slots)[:4])}"
        draft.problems.append(Problem(f"{where} row {number}", message, hint))
        return []
    columns: list[_Column] = []
    taken: set[str] = set()
    for position, name in enumerate(names):
        at = f"{where} row {number}, column {name}"
        if name in taken:
            draft.problems.append(Problem(at, "the column stands twice", "keep one of them"))
        elif name in slots:
            columns.append(_Column(position, slots[name], reader_of(slots[name], comma)))
        elif name:
            flaw = unknown_name(name, slots)
            draft.problems.append(Problem(at, flaw.message, flaw.hint))
        taken.add(name)
        taken.discard("")
    return columns


def _rows(
    draft: Draft, where: str, width: int, rows: Iterable[NumberedRow], columns: Sequence[_Column]
) -> Iterator[Row]:
    """Yields the rows that are not blank."""
    positions = {column.position for column in columns}
    for number, cells in rows:
        row = Row(RowPlace(where, number))
        values = row.values
        for position, slot, read in columns:
            cell = cells[position] if position < len(cells) else None
            if cell is None:
                continue
            if isinstance(cell, str):
                text = cell.strip()
                if not text:
                    continue
                value = read(text)
            else:
                value = read_native(cell, slot)
            if isinstance(value, Flaw):
                draft.flaw(row, (slot.name,), value)
            else:
                values[slot.name] = value
        extra = [cell for cell in cells[width:] if not is_blank(cell)]
        if extra:
            message = f"the row has {len(cells)} cells, the header {width}"
            draft.flaw(row, (), Flaw(message, "put a cell that holds the delimiter in quotes"))
        if values or row.flawed:
            yield row
        elif not all(is_blank(cell) for cell in cells):
            strays = [cell for at, cell in enumerate(cells) if at not in positions and not is_blank(cell)]
            draft.flaw(row, (), Flaw(f"{shown(str(strays[0]))} stands in a column without a known name"))
            yield row


def _joined(draft: Draft, rows: Sequence[Row]) -> list[Row]:
    """One row per question from one row per varied fact."""
    outer = [name for name in slots_of(Question) if name != "vary"]
    questions: dict[Any, list[Row]] = {}
    for number, row in enumerate(rows):
        questions.setdefault(row.values.get("id", number), []).append(row)
    joined = []
    for parts in questions.values():
        values: dict[str, Any] = {}
        for part in parts:
            for name in outer:
                value = part.values.pop(name, None)
                if value is not None and values.setdefault(name, value) != value:
                    draft.flaw(part, (name,), Flaw("another row of this question says otherwise", "say it once"))
        places = tuple(part.place for part in parts if isinstance(part.place, RowPlace))
        flawed = {path for part in parts for path in part.flawed}
        vary = tuple(part.values for part in parts if part.values)
        joined.append(Row(FactPlace(places), values | {"vary": vary}, flawed))
    return joined
