"""One cell of a table, as text or as a spreadsheet holds it: what it means, and how a value is written.

text                as it stands                        names of a list   H100|H200
number              1.35                                ratios            training=1|serving=0.9
yes or no           yes, no, true, false                shares held       org=0.25@2023-11-01|other=0.1
day                 2024-06-01                          date              as ``dates.py`` says
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from armslength.connectors.dates import read_day, read_moment, read_when, write_when
from armslength.connectors.flaws import Flaw, shown
from armslength.connectors.quantities import read_number, read_whole, whole, write_number
from armslength.connectors.shapes import Shape, Slot
from armslength.connectors.texts import (
    EMPTY_LIST,
    SEPARATOR,
    escaped,
    quoted,
    split,
    unescaped,
    unquoted,
    unwritable,
)
from armslength.errors import nearest
from armslength.model.noun import When, on_day
from armslength.model.supply import Ownership

Reader = Callable[[str], Any]

_TRUTHS = {"yes": True, "true": True, "no": False, "false": False}


def reader_of(slot: Slot, comma: bool = False) -> Reader:
    """Returns the function that reads a cell for a field: text without outer spaces -> value or Flaw."""
    return _reader(slot.shape, slot.name, comma)


def _reader(shape: Shape, name: str, comma: bool) -> Reader:
    match shape.kind:
        case "text":
            return read_text
        case "whole":
            return lambda text: read_whole(text, name, comma)
        case "number":
            return lambda text: read_number(text, name, comma)
        case "truth":
            return read_truth
        case "day":
            return read_day
        case "when":
            return read_when
        case "word":
            return lambda text: read_word(text, shape.words)
        case "pairs":
            return lambda text: _read_pairs(text, name, comma)
        case "noun":
            return lambda text: _read_share(text, comma)
        case "list":
            assert shape.item is not None
            return _list_reader(shape.item, name, comma)


def read_text(cell: str) -> str | Flaw:
    """Reads text: a pair of double quotes around all of it falls away; line breaks become one kind."""
    return checked_text(unquoted(cell.replace("\r\n", "\n").replace("\r", "\n")))


def checked_text(text: str) -> str | Flaw:
    """Returns the text, or a flaw when it holds a character that no file of a case can hold."""
    char = None if text.isprintable() else unwritable(text)
    return Flaw(f"{shown(text)} holds the control character {char}", "remove it") if char else text


def read_truth(text: str) -> bool | Flaw:
    """Reads yes or no."""
    value = _TRUTHS.get(text.lower())
    return Flaw(f"{shown(text)} is neither yes nor no", "write yes or no") if value is None else value


def read_word(text: str, words: tuple[str, ...]) -> str | Flaw:
    """Reads a word from a closed set."""
    if text in words:
        return text
    near = nearest(text.lower().replace(" ", "_").replace("-", "_"), words)
    return Flaw(f"{shown(text)} is not one of {', '.join(words)}", near)


def _list_reader(item: Shape, name: str, comma: bool) -> Reader:
    read_item = _reader(item, name, comma)
    plain = item.kind in ("text", "word")

    def read(text: str) -> Any:
        if text == EMPTY_LIST:
            return ()
        found = []
        for part in split(text):
            if not part:
                return Flaw(f"{shown(text)} has an empty part", f"part the names by one `{SEPARATOR}`")
            value = checked_text(unescaped(part)) if item.kind == "text" else read_item(part)
            if isinstance(value, Flaw):
                return value
            found.append(value)
        return tuple(found)

    if not plain:
        return read

    def read_names(text: str) -> Any:
        value = read(text)
        if not isinstance(value, Flaw) and len(value) == 1 and ("," in text or ";" in text) and '"' not in text:
            return Flaw(f"{shown(text)} looks like several names", f"part them by `{SEPARATOR}`, or put it in quotes")
        return value

    return read_names if name != "conditions" else read


def _read_pairs(text: str, name: str, comma: bool) -> dict[str, float] | Flaw:
    """Reads ``training=1.0|serving=0.9``."""
    found: dict[str, float] = {}
    if text == EMPTY_LIST:
        return found
    for part in split(text):
        key, *rest = split(part, "=")
        if not key or len(rest) != 1:
            return Flaw(f"{shown(part)} is not a name and a number", "write such as training=1|serving=0.9")
        value = read_number(rest[0], name, comma)
        if isinstance(value, Flaw):
            return value
        if unescaped(key) in found:
            return Flaw(f"{shown(key)} stands twice", "give one number for each")
        found[unescaped(key)] = value
    return found


def _read_share(text: str, comma: bool) -> dict[str, Any] | Flaw:
    """Reads ``organisation=0.25@2023-11-01``, the day being optional."""
    name, *rest = split(text, "=")
    share, *days = split(rest[0], "@") if len(rest) == 1 else ("", "")
    if not name or len(rest) != 1 or len(days) > 1:
        return Flaw(f"{shown(text)} is not a share", "write organisation=share, such as other=0.25@2023-11-01")
    value = read_number(share, "share_frac", comma)
    if isinstance(value, Flaw):
        return value
    held: dict[str, Any] = {"organisation": unescaped(name), "share_frac": value}
    if days:
        day = read_day(days[0])
        if isinstance(day, Flaw):
            return day
        held["from_on"] = day
    return held


def read_native(value: Any, slot: Slot) -> Any:
    """Reads a spreadsheet cell that holds no text: a number, a date, a truth value, a flaw found before."""
    kind = slot.shape.kind
    if isinstance(value, Flaw):
        return value
    if isinstance(value, bool):
        if kind == "truth":
            return value
        return Flaw(f"{str(value).upper()} is yes or no, but {slot.name} is not", "write the value as text")
    if isinstance(value, datetime):
        day = read_moment(value)
        if isinstance(day, Flaw) or kind == "day":
            return day
        return on_day(day) if kind == "when" else reader_of(slot)(day.isoformat())
    if not isinstance(value, int | float):
        return Flaw(
            f"{shown(str(value))} is a {type(value).__name__}, which no field takes",
            "write the value as text",
        )
    if kind in ("day", "when") and not (kind == "when" and isinstance(value, int) and 1000 <= value <= 2999):
        return Flaw(f"{value} is a number, but {slot.name} takes a date", "format the cell as a date")
    if kind == "whole" and abs(value) < 1e15:
        return whole(value, str(value), slot.name)
    if kind == "number" and abs(value) < 1e15:
        return value
    return reader_of(slot)(write_number(value) if abs(value) < 1e15 else repr(value))


def write_cell(value: Any, shape: Shape) -> str:
    """Returns the cell's text for a value: the inverse of ``reader_of``, with a decimal point."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return write_number(value)
    if isinstance(value, When):
        return write_when(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return quoted(value) if shape.kind == "text" else value
    if isinstance(value, dict):
        pairs = (f"{escaped(key)}={write_number(number)}" for key, number in value.items())
        return SEPARATOR.join(pairs) or EMPTY_LIST
    assert isinstance(value, tuple), value
    assert shape.item is not None
    return SEPARATOR.join(_write_item(item, shape.item) for item in value) or EMPTY_LIST


def _write_item(item: Any, shape: Shape) -> str:
    if isinstance(item, Ownership):
        day = f"@{item.from_on.isoformat()}" if item.from_on else ""
        return f"{escaped(item.organisation)}={write_number(item.share_frac)}{day}"
    if isinstance(item, str) and shape.kind == "text":
        return escaped(item)
    return write_cell(item, shape)
