"""Text in a cell: what quotes and backslashes mean there, lists in one cell, and what no file can hold.

* A blank cell is "not given". A cell within double quotes stands for the text between them, so that empty
  text and text with outer spaces can be written.
* Items of a list stand apart by ``|``. A backslash before ``|``, ``=``, ``@`` or a backslash takes its
  meaning away.
"""

import re

SEPARATOR = "|"
EMPTY_LIST = "[]"

_SPECIAL = re.compile(r"([\\|=@])")
_ESCAPED = re.compile(r"\\([\\|=@])")
# XML and YAML refuse these; a carriage return would come back as another line break.
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def unquoted(cell: str) -> str:
    """Returns the text that a cell, without outer spaces, stands for."""
    return cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def quoted(text: str) -> str:
    """Returns the cell that stands for a text: the inverse of ``unquoted``."""
    return text if _stands_alone(text) else f'"{text}"'


def _stands_alone(text: str) -> bool:
    """Whether a cell may hold the text without quotes around it."""
    return text == text.strip() and text != "" and not (len(text) > 1 and text[0] == text[-1] == '"')


def split(cell: str, separator: str = SEPARATOR) -> list[str]:
    """Returns the parts of a cell between separators without a backslash; escapes stay in the parts."""
    parts, start, position = [], 0, 0
    while position < len(cell):
        if cell[position] == "\\":
            position += 2
            continue
        if cell[position] == separator:
            parts.append(cell[start:position].strip())
            start = position + 1
        position += 1
    return [*parts, cell[start:].strip()]


def unescaped(part: str) -> str:
    """Returns the text that a part of a list stands for."""
    return unquoted(_ESCAPED.sub(r"\1", part))


def escaped(text: str) -> str:
    """Returns a text as a part of a list: the inverse of ``unescaped``."""
    # A single name with a comma in it would look like several names.
    plain = _stands_alone(text) and text != EMPTY_LIST and "," not in text and ";" not in text
    return _SPECIAL.sub(r"\\\1", text if plain else f'"{text}"')


def unwritable(text: str) -> str | None:
    """Returns the first character that cannot be written to every kind of file, as ``U+0007``, or None."""
    found = UNWRITABLE.search(text)
    return f"U+{ord(found[0]):04X}" if found else None
