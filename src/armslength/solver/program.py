"""A linear or mixed-integer program made of named blocks of columns and named families of rows.

The program knows nothing of the domain. Column i belongs to exactly one block; row j to exactly one family, and each
row can say its key. Always a maximisation.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
KeyOf = Callable[[int], tuple[str, ...]]
CANCELLED = 1e-12  # what is left of coefficients that add up to nothing


@dataclass(frozen=True, slots=True)
class Block:
    """Columns ``first`` to ``first + count``; ``key_of(i)`` names the i-th of them."""

    name: str
    first: int
    count: int
    key_of: KeyOf


@dataclass(frozen=True, slots=True)
class Family:
    """Rows ``first`` to ``first + count``; ``key_of(i)`` names the i-th of them."""

    name: str
    first: int
    count: int
    key_of: KeyOf

    @property
    def rows(self) -> slice:
        """The family's rows in the program."""
        return slice(self.first, self.first + self.count)


@dataclass(frozen=True)
class Program:
    """Maximise value @ x + constant, row_lower <= matrix @ x <= row_upper, lower <= x <= upper.

    The matrix is held row by row: entries of row j stand at ``starts[j]:starts[j + 1]``.
    """

    blocks: tuple[Block, ...]
    families: tuple[Family, ...]
    value: Floats  # (columns)
    lower: Floats  # (columns)
    upper: Floats  # (columns)
    integer: Bools  # (columns)
    row_lower: Floats  # (rows)
    row_upper: Floats  # (rows)
    starts: Ints  # (rows + 1)
    columns: Ints  # (entries)
    coefficients: Floats  # (entries)
    constant: float = 0.0

    def family_of(self, row: int) -> tuple[str, tuple[str, ...]]:
        """Returns the family's name and the key of a row."""
        for family in self.families:
            if family.first <= row < family.first + family.count:
                return family.name, family.key_of(row - family.first)
        raise IndexError(row)

    def activity(self, x: Floats) -> Floats:
        """Returns matrix @ x, (rows)."""
        result = np.zeros(len(self.row_lower))
        np.add.at(result, self.entry_rows(), self.coefficients * x[self.columns])
        return result

    def price_out(self, duals: Floats) -> Floats:
        """Returns value - duals @ matrix, the reduced value of each column, (columns)."""
        weights = self.coefficients * duals[self.entry_rows()]
        return self.value - np.bincount(self.columns, weights=weights, minlength=len(self.value))

    def with_floor(self, name: str, least: float) -> "Program":
        """Returns the program with one more row, which keeps its present value at ``least`` or more."""
        columns = np.flatnonzero(self.value)
        # The row is counted in shares of its largest coefficient, so that the solver's tolerance fits it.
        scale = float(np.abs(self.value[columns]).max(initial=1.0)) or 1.0
        family = Family(name, len(self.row_lower), 1, lambda _: ())
        return replace(
            self,
            families=(*self.families, family),
            row_lower=np.append(self.row_lower, (least - self.constant) / scale),
            row_upper=np.append(self.row_upper, np.inf),
            starts=np.append(self.starts, len(self.columns) + len(columns)),
            columns=np.append(self.columns, columns),
            coefficients=np.append(self.coefficients, self.value[columns] / scale),
        )

    def with_distance(self, name: str, groups: list[Ints], targets: Floats, weights: Floats) -> "Program":
        """Returns the program whose value is how near sums of columns come to targets.

        Maximises the negative of the weighted distances: one more column and two more rows for each group.

        Args:
            groups: columns that are added up, one array per target.
            targets: (groups). weights: (groups) cost of a unit of distance.
        """
        count, width, rows = len(groups), len(self.value), len(self.row_lower)
        sizes = np.array([len(group) for group in groups])
        members = np.concatenate(groups)
        near = np.split(np.insert(members, np.cumsum(sizes), width + np.arange(count)), np.cumsum(sizes + 1)[:-1])
        columns = np.concatenate([*near, *near])
        # sum - distance <= target, and -sum - distance <= -target
        over = np.concatenate([np.append(np.ones(size), -1.0) for size in sizes])
        under = np.concatenate([np.append(-np.ones(size), -1.0) for size in sizes])
        families = [
            Family(f"{name}_{side}", rows + at * count, count, _unnamed) for at, side in enumerate(("over", "under"))
        ]
        nothing = np.zeros(count)
        return replace(
            self,
            blocks=(*self.blocks, Block(name, width, count, _unnamed)),
            families=(*self.families, *families),
            value=np.concatenate([np.zeros(width), -weights]),
            constant=0.0,
            lower=np.append(self.lower, nothing),
            upper=np.append(self.upper, np.full(count, np.inf)),
            integer=np.append(self.integer, np.zeros(count, dtype=bool)),
            row_lower=np.append(self.row_lower, np.full(2 * count, -np.inf)),
            row_upper=np.concatenate([self.row_upper, targets, -targets]),
            starts=np.append(self.starts, self.starts[-1] + np.cumsum(np.tile(sizes + 1, 2))),
            columns=np.append(self.columns, columns),
            coefficients=np.concatenate([self.coefficients, over, under]),
        )

    def entry_rows(self) -> Ints:
        """Returns the row of each entry, (entries)."""
        return np.repeat(np.arange(len(self.row_lower)), np.diff(self.starts))


def _unnamed(_: int) -> tuple[str, ...]:
    return ()


def _at(values: Floats | float, exists: Bools, count: int) -> Floats:
    """Returns the values at the ``count`` cells that exist; ``values`` are broadcast to the mask's shape."""
    if np.ndim(values) == 0:
        return np.full(count, values, dtype=np.float64)
    result: Floats = np.broadcast_to(np.asarray(values, dtype=np.float64), exists.shape)[exists]
    return result


class ProgramBuilder:
    """Collects blocks and families, then makes the program in one go."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._families: list[Family] = []
        self._columns: list[tuple[Floats, Floats, Floats, Bools]] = []
        self._row_bounds: list[tuple[Floats, Floats]] = []
        self._entries: list[tuple[Ints, Ints, Floats]] = []  # by family: entries per row, columns, coefficients
        self._column_count = 0
        self._row_count = 0

    def add_columns(
        self,
        name: str,
        exists: Bools,
        key_of: KeyOf,
        *,
        lower: Floats | float = 0.0,
        upper: Floats | float = np.inf,
        value: Floats | float = 0.0,
        integer: bool = False,
    ) -> Ints:
        """Adds a block with a column, from ``lower`` to ``upper``, wherever ``exists``.

        Args:
            exists: mask of any shape.
            key_of: names a cell by its position among the existing cells.
            lower, upper: bounds, broadcast to the mask's shape.
            value: objective, broadcast to the mask's shape.
            integer: whether the columns take whole numbers only.

        Returns:
            Column numbers in the mask's shape, -1 where no column exists.
        """
        count = int(exists.sum())
        numbers = np.full(exists.shape, -1, dtype=np.int64)
        numbers[exists] = self._column_count + np.arange(count)
        self._columns.append(
            (
                _at(value, exists, count),
                _at(lower, exists, count),
                _at(upper, exists, count),
                np.full(count, integer),
            )
        )
        self._blocks.append(Block(name, self._column_count, count, key_of))
        self._column_count += count
        return numbers

    def add_rows(
        self,
        name: str,
        upper: Floats,
        key_of: KeyOf,
        *entries: tuple[Ints, Ints, Floats],
        lower: float = -np.inf,
    ) -> None:
        """Adds a family of rows ``lower <= row <= upper``.

        Args:
            upper: right-hand sides, (rows).
            key_of: names a row by its position in the family.
            entries: groups of (row within the family, column, coefficient), each (n); a column of -1 is left out.
            lower: left-hand side of all rows.
        """
        self._row_bounds.append((np.full(len(upper), lower), np.asarray(upper, dtype=np.float64)))
        self._entries.append(_by_row(len(upper), max(self._column_count, 1), entries))
        self._families.append(Family(name, self._row_count, len(upper), key_of))
        self._row_count += len(upper)

    def program(self, constant: float = 0.0) -> Program:
        """Returns the program; entries at the same row and column are added up."""
        nothing = np.zeros(0)
        columns_of = [(nothing, nothing, nothing, nothing.astype(bool)), *self._columns]
        value, lower, upper, integer = (np.concatenate(parts) for parts in zip(*columns_of, strict=True))
        bounds = [np.concatenate(parts) for parts in zip((nothing, nothing), *self._row_bounds, strict=True)]
        none = np.zeros(0, dtype=np.int64)
        counts, columns, coefficients = (
            np.concatenate(parts) for parts in zip((none, none, nothing), *self._entries, strict=True)
        )
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Program(
            tuple(self._blocks),
            tuple(self._families),
            value,
            lower,
            upper,
            integer.astype(bool),
            bounds[0],
            bounds[1],
            starts,
            columns,
            coefficients,
            constant,
        )


def _by_row(count: int, width: int, entries: tuple[tuple[Ints, Ints, Floats], ...]) -> tuple[Ints, Ints, Floats]:
    """Returns a family's entries row by row, those of one cell added up: (entries per row, columns, coefficients)."""
    groups = []
    for rows, columns, coefficients in entries:
        if not len(rows):
            continue
        values = np.broadcast_to(np.asarray(coefficients, dtype=np.float64), rows.shape)
        real = columns >= 0
        groups.append((rows, columns, values) if real.all() else (rows[real], columns[real], values[real]))
    if not groups:
        return np.zeros(count, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    rows, columns, values = (np.concatenate(part) for part in zip(*groups, strict=True))
    assert not len(rows) or (rows.min() >= 0 and rows.max() < count), "an entry outside its family"
    rows, columns, values = _added_up(rows, columns, values, width)
    # Small numbers are sorted by counting, in one pass.
    order = np.argsort(rows.astype(np.uint16) if count < 2**16 else rows, kind="stable")
    rows, columns, values = rows.take(order), columns.take(order), values.take(order)
    kept = np.abs(values) > CANCELLED
    if not kept.all():
        rows, columns, values = rows[kept], columns[kept], values[kept]
    return np.bincount(rows, minlength=count), columns, values


def _added_up(rows: Ints, columns: Ints, values: Floats, width: int) -> tuple[Ints, Ints, Floats]:
    """Adds up entries at the same cell. Only a column that occurs more than once can have any."""
    counts = np.bincount(columns, minlength=width)
    if counts.max(initial=0) <= 1:
        return rows, columns, values
    repeated = counts.take(columns) > 1
    place = rows[repeated] * width + columns[repeated]
    order = np.argsort(place, kind="stable")
    place, summed = place[order], values[repeated][order]
    first = np.flatnonzero(np.diff(place, prepend=-1))
    if len(first) == len(place):
        return rows, columns, values
    place, summed = place[first], np.add.reduceat(summed, first)
    once = ~repeated
    return (
        np.concatenate([place // width, rows[once]]),
        np.concatenate([place % width, columns[once]]),
        np.concatenate([summed, values[once]]),
    )
