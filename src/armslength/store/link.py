"""What the store asks of a database connection. SQL is written once, with `?` for each parameter."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from armslength.errors import Problem

Row = Sequence[Any]


class Link(Protocol):
    """One connection, used by one thread at a time."""

    problems: tuple[type[Exception], ...]
    """What the driver raises."""

    def words(self, problem: Exception) -> str:
        """Returns what the driver says, without the rows it speaks of: they may be somebody else's."""
        ...

    def among(self, column: str) -> str:
        """Returns the condition that a column is one of the texts of a JSON list, given as one parameter."""
        ...

    def each(self, columns: str, tables: str, column: str, condition: str = "TRUE") -> str:
        """Returns a query that looks up, one by one in an index, rows whose column is one of the texts of a JSON list.

        Its parameters are the list, and those of the condition.
        """
        ...

    def warnings(self) -> tuple[Problem, ...]:
        """Returns what a person should know about this database program."""
        ...

    def migrate(self) -> None:
        """Adds whatever tables are missing; refuses what a later version wrote."""
        ...

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Returns the rows of a query."""
        ...

    def change(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Runs a statement and returns how many rows it changed."""
        ...

    def insert(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        """Adds rows; ``columns`` are names divided by spaces."""
        ...

    def update(self, table: str, key: str, columns: str, rows: Iterable[Row]) -> None:
        """Alters rows found by one column; each row gives the columns and then the key."""
        ...

    def begin_write(self) -> None:
        """Waits for the turn to write, then begins a transaction that sees what the last writer left."""
        ...

    def begin_read(self) -> None:
        """Begins a transaction in which all queries see the same state."""
        ...

    def see(self, books: Iterable[int], organisations: Iterable[str], *, writer: bool = False) -> None:
        """Says, until the transaction ends, which rows may be seen: those of some books and organisations.

        The writer also sees which books and members there are, and which reservations wait for their end.
        """
        ...

    def commit(self) -> None:
        """Makes what was written durable, and gives up the turn."""
        ...

    def rollback(self) -> None:
        """Undoes what was written, and gives up the turn."""
        ...

    def close(self) -> None:
        """Closes the connection."""
        ...
