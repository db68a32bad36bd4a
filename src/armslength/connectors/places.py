"""Where a value stands, in terms of the file that a person edits; worked out only when there is a problem."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from yaml.nodes import MappingNode, Node, SequenceNode

Path = tuple[str | int, ...]

_STEP = re.compile(r"\[(\d+)\]|\.?([^.\[\]]+)")


class Place(Protocol):
    """Something that can name the place of each of its values."""

    def at(self, path: Path) -> str:
        """Returns the place of the value at ``path``, such as ``("owns", 0, "organisation")``."""


def steps_of(path: str) -> Path:
    """Returns the steps of a path such as ``owns[0].organisation``."""
    return tuple(int(index) if index else name for index, name in _STEP.findall(path))


def joined(path: Path) -> str:
    """Returns a path as text: the inverse of ``steps_of``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


@dataclass(frozen=True, slots=True)
class YamlPlace:
    """A value in a YAML file: ``case.yaml lots[2].sku (line 41)``.

    Attributes:
        file: name of the file.
        above: path from the top of the file to ``node``.
        node: the value.
    """

    file: str
    above: Path
    node: Node | None

    def at(self, path: Path) -> str:
        """Returns the place, with the line of the value or of what should hold it."""
        where = joined((*self.above, *path))
        line = "" if self.node is None else f" (line {_line_of(self.node, path)})"
        return f"{self.file} {where}{line}" if where else f"{self.file}{line}"


def _line_of(node: Node, path: Path) -> int:
    """The line, counted from 1, of the deepest node found along a path; of its key where it has one."""
    line = int(node.start_mark.line) + 1
    for step in path:
        if isinstance(node, MappingNode):
            held = [(key, value) for key, value in node.value if key.value == step]
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            held = [(node.value[step], node.value[step])]
        else:
            held = []
        if not held:
            break
        key, node = held[0]
        line = int(key.start_mark.line) + 1
    return line


@dataclass(frozen=True, slots=True)
class RowPlace:
    """A row of a table: ``lots.csv row 3, column sku`` or ``case.xlsx sheet lots, row 3, column sku``.

    Attributes:
        table: the file, or the workbook and its sheet.
        row: number of the row as a spreadsheet shows it; the header is row 1.
    """

    table: str
    row: int

    def at(self, path: Path) -> str:
        """Returns the place; what lies inside a cell is not told apart."""
        return f"{self.table} row {self.row}" + (f", column {path[0]}" if path else "")


@dataclass(frozen=True, slots=True)
class FactPlace:
    """A question read from a table with one row per varied fact.

    Attributes:
        rows: the place of each varied fact.
    """

    rows: tuple[RowPlace, ...]

    def at(self, path: Path) -> str:
        """Returns the place in the row of the varied fact, or in the first row of the question."""
        if path[:1] == ("vary",) and len(path) > 1 and isinstance(path[1], int) and path[1] < len(self.rows):
            return self.rows[path[1]].at(path[2:])
        return self.rows[0].at(() if path == ("vary",) else path)


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """The scalars of a case on a sheet of keys: ``case.xlsx sheet case, row 4, key horizon.start_on``.

    Attributes:
        table: the workbook and its sheet.
        rows: the row of each key.
    """

    table: str
    rows: Mapping[str, int]

    def at(self, path: Path) -> str:
        """Returns the place of a key, with its row when it is there."""
        for length in range(len(path), 0, -1):
            key = joined(path[:length])
            if key in self.rows:
                return f"{self.table} row {self.rows[key]}, key {key.partition('[')[0]}"
        return f"{self.table} key {joined(path)}" if path else self.table
