"""A case between file and noun: rows of values with their places, and the problems met on the way."""

from dataclasses import dataclass, field
from typing import Any

from armslength.connectors.flaws import Flaw
from armslength.connectors.places import Path, Place
from armslength.errors import Problem


@dataclass(slots=True)
class Row:
    """One row of a table, or the top of a case.

    Attributes:
        place: where it stands.
        values: what could be read, by field, in the form the nouns take.
        flawed: paths of the values that could not be read.
    """

    place: Place
    values: dict[str, Any] = field(default_factory=dict)
    flawed: set[Path] = field(default_factory=set)


@dataclass(slots=True)
class Draft:
    """All that was read of a case.

    Attributes:
        top: scalars, horizon and sharing.
        tables: rows by table, questions too.
        problems: what could not be read.
        unread: tables of which an unknown number of rows could not be read.
    """

    top: Row
    tables: dict[str, list[Row]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def flaw(self, row: Row, path: Path, flaw: Flaw) -> None:
        """Notes that a value of a row could not be read."""
        row.flawed.add(path)
        self.problems.append(Problem(row.place.at(path), flaw.message, flaw.hint))
