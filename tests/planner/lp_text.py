"""One family's rows of a run's program as a short text, for people to read and golden files to hold."""

from collections.abc import Callable

import numpy as np

from armslength.model.case import Case, Run
from armslength.planner.building import Build
from armslength.solver.program import Block, Family, Program
from planner.cases_by_hand import numbers

WIDTH = 110


def rows_of_family(
    family: Callable[[Build], None],
    of: Case,
    run: Run,
    *,
    strict: bool = False,
    floor: dict[str, float] | None = None,
) -> Program:
    """Returns the program of a run with the rows of one family only: all others are off."""
    tables, labels = numbers(of, run, floor)
    work = Build(tables, labels, np.ones(len(tables.option_workload), dtype=bool), strict, integers=True)
    family(work)
    return work.builder.program()


def family_text(title: str, program: Program) -> str:
    """Returns the rows, and the range of every column that stands in them."""
    rows = [line for family in program.families for i in range(family.count) for line in _row(program, family, i)]
    ranges = [_range(program, int(column)) for column in np.unique(program.columns)]
    return "\n".join([title, "", *rows, "", "where", *(f"  {line}" for line in ranges)]) + "\n"


def _row(program: Program, family: Family, position: int) -> list[str]:
    row = family.first + position
    entries = slice(program.starts[row], program.starts[row + 1])
    pairs = zip(program.columns[entries], program.coefficients[entries], strict=True)
    terms = [f"{weight:+.6g} {_column(program, int(column))}" for column, weight in pairs] or ["0"]
    low, high = program.row_lower[row], program.row_upper[row]
    assert np.isneginf(low), "every family states its rows as at most"
    name = f"{family.name}[{', '.join(family.key_of(position))}]:"
    end = f"<= {high + 0.0:.6g}"  # no minus before a zero
    together = " ".join([name, *terms, end])
    if len(together) <= WIDTH:
        return [together]
    return [name, *(f"    {term}" for term in terms), f"    {end}"]


def _block(program: Program, column: int) -> Block:
    return next(block for block in program.blocks if block.first <= column < block.first + block.count)


def _column(program: Program, column: int) -> str:
    block = _block(program, column)
    return f"{block.name}[{', '.join(block.key_of(column - block.first))}]"


def _range(program: Program, column: int) -> str:
    whole = ", whole" if program.integer[column] else ""
    low, high = program.lower[column], program.upper[column]
    return f"{low:.6g} <= {_column(program, column)} <= {high:.6g}{whole}"
