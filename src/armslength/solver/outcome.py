"""What solving comes to: a closed union, matched exhaustively. Never a bare status, never values without proof."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Solved:
    """An answer.

    Attributes:
        x: columns.
        objective_value: value of ``x``, constant included.
        bound_value: no answer is worth more.
        proved: whether the gap asked for is reached.
        duals: worth of one more unit of each row's right-hand side, (rows); None for programs with integers.
    """

    x: Floats
    objective_value: float
    bound_value: float
    proved: bool
    duals: Floats | None

    @property
    def gap_frac(self) -> float:
        """(bound - objective) / |bound|, 0 for a bound of 0."""
        return gap(self.objective_value, self.bound_value)


@dataclass(frozen=True)
class NoAnswer:
    """No answer keeps all rows; ``conflict`` is the smallest set of rows found that cannot all be kept."""

    conflict: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Stopped:
    """A limit was hit before any answer; ``bound_value`` is the best bound by then."""

    reason: str
    bound_value: float


Outcome = Solved | NoAnswer | Stopped


def gap(objective_value: float, bound_value: float) -> float:
    """Returns (bound - objective) / |bound|, never below zero."""
    return max(0.0, bound_value - objective_value) / abs(bound_value) if bound_value else 0.0
