"""Tiny programs whose answers can be found by hand."""

from collections.abc import Sequence

import numpy as np

from armslength.solver.program import Ints, Program, ProgramBuilder

INFINITE = float("inf")


def keys(*names: str):
    """Returns a function that names a cell or row by its position."""
    return lambda position: (names[position],)


def ints(*numbers: int) -> Ints:
    return np.array(numbers, dtype=np.int64)


def floats(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=np.float64)


def mask(*flags: int) -> np.ndarray:
    return np.array(flags, dtype=bool)


def program_of(
    value: Sequence[float],
    rows: Sequence[tuple[str, Sequence[float], float]],
    *,
    upper: float | Sequence[float] = INFINITE,
    integer: bool = False,
    constant: float = 0.0,
) -> Program:
    """Returns: maximise value @ x, where each row says (its name, coefficients, right-hand side) of a <= rule.

    Columns are called x, y, z; each row is a family of its own with the key ("here",).
    """
    builder = ProgramBuilder()
    columns = builder.add_columns(
        "columns",
        np.ones(len(value), dtype=bool),
        keys("x", "y", "z"),
        upper=np.asarray(upper, dtype=np.float64),
        value=floats(*value),
        integer=integer,
    )
    for name, coefficients, limit in rows:
        rows_of = np.zeros(len(columns), dtype=np.int64)
        builder.add_rows(name, floats(limit), keys("here"), (rows_of, columns, floats(*coefficients)))
    return builder.program(constant)


def chips_and_power(**changes) -> Program:
    """Returns 3 x + 5 y where 4 chips go to x, 2 y need 12 MW, 3 x + 2 y need 18 slots: x = 2, y = 6, worth 36."""
    rows = [("chips", (1.0, 0.0), 4.0), ("power", (0.0, 2.0), 12.0), ("slots", (3.0, 2.0), 18.0)]
    return program_of((3.0, 5.0), rows, **changes)
