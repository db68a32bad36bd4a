"""Cases out to a folder: scalars, horizon, sharing and questions in `case.yaml`, each table in a CSV file.

What holds its default is left out. The same case gives the same bytes, and reading them gives the same case.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from io import StringIO
from os import PathLike
from pathlib import Path
from typing import Any

import yaml

from armslength.connectors.cells import write_cell
from armslength.connectors.dates import write_when
from armslength.connectors.quantities import LARGEST_NUMBER
from armslength.connectors.shapes import Slot, nouns_of_tables, slots_of
from armslength.connectors.texts import unwritable
from armslength.errors import InputError, Problem
from armslength.model.case import TABLES, Case
from armslength.model.noun import Noun, When

LINE_WIDTH = 110


def write_case(case: Case, folder: str | PathLike[str]) -> None:
    """Writes a case to a folder, which is made when it is not there.

    Args:
        case: what to write.
        folder: where to; files of the same names are replaced.

    Raises:
        InputError: when a text cannot be written, the folder holds a table that the case does not have, or
            the disk refuses.
    """
    refuse_unwritable(case)
    files = {"case.yaml": _yaml_of(case)}
    for table in TABLES:
        rows = getattr(case, table)
        if rows:
            files[f"{table}.csv"] = csv_of(rows, slots_of(nouns_of_tables()[table]))
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        _refuse_others(path, files)
        for name, text in files.items():
            (path / name).write_bytes(text.encode())
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}", hint="choose another folder") from error


def csv_of(rows: Sequence[Noun], slots: dict[str, Slot]) -> str:
    """Returns the CSV text of a table: columns that are required or hold something."""
    used = [
        slot for slot in slots.values() if slot.required or any(getattr(row, slot.name) != slot.default for row in rows)
    ]
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([slot.name for slot in used])
    writer.writerows([cell_of(row, slot) for slot in used] for row in rows)
    return buffer.getvalue()


def cell_of(row: Noun, slot: Slot) -> str:
    """Returns the cell of a field: blank when it holds its default."""
    value = getattr(row, slot.name)
    return "" if value == slot.default and not slot.required else write_cell(value, slot.shape)


def refuse_unwritable(case: Case) -> None:
    """Raises InputError when a text of the case holds a character that some file format cannot hold."""
    found = [
        Problem(where, f"the text holds {char}, which cannot be written", "remove it")
        for where, text in _texts("", case)
        if not text.isprintable() and (char := unwritable(text))
    ]
    if found:
        raise InputError(f"the case `{case.id}` cannot be written", problems=found)


def _texts(at: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yields every text in a value with its place."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, Noun):
        for name, inner in value:
            yield from _texts(f"{at}.{name}" if at else name, inner)
    elif isinstance(value, tuple):
        for position, inner in enumerate(value):
            yield from _texts(f"{at}[{position}]", inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield at, name
            yield from _texts(at, inner)


def _refuse_others(folder: Path, files: dict[str, str]) -> None:
    """Tables of another case in the folder would be read as part of this one."""
    readable = {"case.yml", *(f"{table}.csv" for table in nouns_of_tables())}
    others = sorted(entry.name for entry in folder.iterdir() if entry.name in readable and entry.name not in files)
    if others:
        message = f"{folder}: holds {', '.join(others)}, which the case to be written does not have"
        raise InputError(message, hint="choose an empty folder, or remove them")


class _Dumper(yaml.SafeDumper):
    """Writes short lists on one line, everything else on lines of its own, and never an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        """Equal values are written out each time."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indents the rows of a list under its key."""
        super().increase_indent(flow, False)


def _list(dumper: _Dumper, items: list[Any]) -> yaml.Node:
    simple = not any(isinstance(item, list | dict) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=simple)


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    # Only within double quotes are these line breaks written as escapes; elsewhere they come back as spaces.
    rare_break = any(char in text for char in "\x85\u2028\u2029")
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if rare_break else None)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(str, _text)


def _yaml_of(case: Case) -> str:
    tables = set(TABLES)
    top = {
        slot.name: value
        for slot in slots_of(Case).values()
        if slot.name not in tables
        for value in [getattr(case, slot.name)]
        if slot.required or slot.name == "currency" or value != slot.default
    }
    return yaml_text({name: plain(value) for name, value in top.items()})


def yaml_text(written: dict[str, Any]) -> str:
    """Returns values in the form of ``plain`` as YAML text."""
    style: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "default_flow_style": False}
    return str(yaml.dump(written, Dumper=_Dumper, width=LINE_WIDTH, **style))


def plain(value: Any) -> Any:
    """Returns a value of a case in the form in which people write it in YAML."""
    if isinstance(value, When):
        return write_when(value)
    if isinstance(value, Noun):
        return {
            slot.name: plain(getattr(value, slot.name))
            for slot in slots_of(type(value)).values()
            if slot.required or getattr(value, slot.name) != slot.default
        }
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, float) and abs(value) < LARGEST_NUMBER and value == int(value):
        return int(value)
    assert value is None or isinstance(value, str | bool | int | float | date), value
    return value
