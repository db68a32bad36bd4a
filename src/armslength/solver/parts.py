"""Programs taken apart: rows replaced by prices, independent parts, columns held at known values."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from armslength.solver.program import Bools, Floats, Ints, Program

ROUNDING = 1e-6  # what sums of whole numbers may miss


def priced(program: Program, rows: Bools, duals: Floats) -> Program:
    """Returns the program without ``rows``, whose limits are paid for at ``duals`` instead; no answer is worth less.

    Args:
        rows: (rows) limits from above that are left out.
        duals: (rows) prices, 0 or more.
    """
    paid = np.where(rows & np.isfinite(program.row_upper), duals, 0.0)
    limits = np.where(paid > 0, program.row_upper, 0.0)
    kept = ~rows
    entries = kept[program.entry_rows()]
    return replace(
        program,
        families=(),
        value=program.price_out(paid),
        constant=program.constant + float(paid @ limits),
        row_lower=program.row_lower[kept],
        row_upper=program.row_upper[kept],
        starts=np.concatenate([[0], np.cumsum(np.diff(program.starts)[kept])]),
        columns=program.columns[entries],
        coefficients=program.coefficients[entries],
    )


def with_least(program: Program, columns: Ints, least: Floats, cost: Floats) -> Program:
    """Returns the program in which columns are to hold at least so much; what each one lacks costs ``cost`` a unit.

    Columns for what is missing follow the program's own.

    Args:
        columns: (K) places of columns. least, cost: (K), 0 or more.
    """
    count, own = len(columns), len(program.value)
    missing = own + np.arange(count)
    return replace(
        program,
        blocks=(),
        families=(),
        value=np.concatenate([program.value, -cost]),
        lower=np.concatenate([program.lower, np.zeros(count)]),
        upper=np.concatenate([program.upper, np.full(count, np.inf)]),
        integer=np.concatenate([program.integer, np.zeros(count, dtype=bool)]),
        row_lower=np.concatenate([program.row_lower, least]),
        row_upper=np.concatenate([program.row_upper, np.full(count, np.inf)]),
        starts=np.concatenate([program.starts, program.starts[-1] + 2 * np.arange(1, count + 1)]),
        columns=np.concatenate([program.columns, np.stack([columns, missing], axis=1).ravel()]),
        coefficients=np.concatenate([program.coefficients, np.ones(2 * count)]),
    )


def touches_several(program: Program, group: Ints) -> Bools:
    """Returns the rows that touch columns of several groups; ``group`` is (columns)."""
    first = np.full(len(program.row_upper), np.iinfo(np.int64).max)
    last = np.full(len(program.row_upper), -1)
    rows, groups = program.entry_rows(), group[program.columns]
    np.minimum.at(first, rows, groups)
    np.maximum.at(last, rows, groups)
    result: Bools = last > first
    return result


@dataclass(frozen=True)
class Part:
    """A part of a program that stands for itself; ``columns`` and ``rows`` are its places in the whole."""

    program: Program
    columns: Ints
    rows: Ints


def independent(program: Program, group: Ints) -> Iterator[Part]:
    """Yields the parts of a program none of whose rows touches columns of several groups; ``group`` is (columns)."""
    place = np.zeros(len(group), dtype=np.int64)
    entry_rows = program.entry_rows()
    owner = np.full(len(program.row_upper), -1)
    owner[entry_rows] = group[program.columns]
    owner_of_entries = owner[entry_rows]
    for number in np.unique(group):
        columns, rows = np.flatnonzero(group == number), np.flatnonzero(owner == number)
        place[columns] = np.arange(len(columns))
        entries = owner_of_entries == number
        alone = Program(
            blocks=(),
            families=(),
            value=program.value[columns],
            lower=program.lower[columns],
            upper=program.upper[columns],
            integer=program.integer[columns],
            row_lower=program.row_lower[rows],
            row_upper=program.row_upper[rows],
            starts=np.concatenate([[0], np.cumsum(np.diff(program.starts)[rows])]),
            columns=place[program.columns[entries]],
            coefficients=program.coefficients[entries],
        )
        yield Part(alone, columns, rows)


@dataclass(frozen=True)
class Held:
    """A program some of whose columns are held at known values, and left out.

    Attributes:
        program: what is left. values: (columns of the whole) the known values, 0 for the others.
        columns, rows: places of what is left in the whole program.
    """

    program: Program
    values: Floats
    columns: Ints
    rows: Ints

    def whole_columns(self, x: Floats) -> Floats:
        """Returns the columns of the whole program from those of what is left."""
        whole = self.values.copy()
        whole[self.columns] = x
        return whole

    def whole_duals(self, duals: Floats, count: int) -> Floats:
        """Returns prices of the whole program's ``count`` rows; 0 for rows that were left out."""
        whole = np.zeros(count)
        whole[self.rows] = duals
        return whole


def held(program: Program, fixed: Bools, values: Floats) -> Held:
    """Holds the columns ``fixed`` at ``values``; rows that touch no other column are left out.

    What is held must keep its own rows: limits are not let below what it uses, so that rounding cannot bar an answer.
    """
    values = np.where(fixed, values, 0.0)
    entry_rows = program.entry_rows()
    loose = ~fixed[program.columns]
    counts = np.bincount(entry_rows[loose], minlength=len(program.row_upper))
    rows = np.flatnonzero(counts)
    columns = np.flatnonzero(~fixed)
    place = np.cumsum(~fixed) - 1
    taken = program.activity(values)[rows]
    upper, lower = program.row_upper[rows] - taken, program.row_lower[rows] - taken
    left = replace(
        program,
        blocks=(),
        families=(),
        value=program.value[columns],
        constant=program.constant + float(program.value @ values),
        lower=program.lower[columns],
        upper=program.upper[columns],
        integer=program.integer[columns],
        row_lower=lower,
        row_upper=np.where((upper < 0) & (upper > -ROUNDING), 0.0, upper),
        starts=np.concatenate([[0], np.cumsum(counts[rows])]),
        columns=place[program.columns[loose]],
        coefficients=program.coefficients[loose],
    )
    return Held(left, values, columns, rows)
