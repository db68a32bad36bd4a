"""What every layer is given, read without importing the planner, and what it hands back."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from armslength.planner.tables import Labels, Tables
    from armslength.solver.program import Program

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Family:
    """Rows of one rule, ``row <= upper``, and their entries: those of row i at ``starts[i]:starts[i + 1]``."""

    name: str
    upper: Floats
    starts: Ints
    columns: Ints
    coefficients: Floats


@dataclass(frozen=True)
class Inputs:
    """The duty form of a run, family by family.

    Peers are given the entries ready-made and pay for adding them. Ours is given the run's tables, in
    ``folder``, and pays for finding the entries as well.
    """

    folder: Path
    value: Floats
    upper: Floats
    families: tuple[Family, ...]


@dataclass(frozen=True)
class Built:
    """A model as far as a solver needs it.

    Attributes:
        counts: returns columns, rows and entries.
        solve: returns the optimum of the linear program, without the constant.
    """

    counts: Callable[[], tuple[int, int, int]]
    solve: Callable[[], float]


def save(tables: "Tables", labels: "Labels", program: "Program", folder: Path) -> None:
    """Writes a run's tables for ours, and its program's families for the peers.

    Rows without entries say nothing and are left out of what the peers are given.
    """
    (folder / "tables.pickle").write_bytes(pickle.dumps((tables, labels)))
    assert not program.lower.any()
    assert np.isneginf(program.row_lower).all()
    arrays: dict[str, Floats | Ints] = {"value": program.value, "upper": program.upper}
    for family in program.families:
        starts = program.starts[family.first : family.first + family.count + 1]
        filled = np.diff(starts) > 0
        if filled.any():
            kept = slice(int(starts[0]), int(starts[-1]))
            ends = np.concatenate([[0], np.cumsum(np.diff(starts)[filled])])
            arrays[f"{family.name}.upper"] = program.row_upper[family.rows][filled]
            arrays[f"{family.name}.starts"] = ends
            arrays[f"{family.name}.columns"] = program.columns[kept]
            arrays[f"{family.name}.coefficients"] = program.coefficients[kept]
    np.savez(folder / "program.npz", allow_pickle=False, **arrays)


def load(folder: Path) -> Inputs:
    """Reads what `save` wrote."""
    with np.load(folder / "program.npz") as stored:
        names = [name.removesuffix(".starts") for name in stored.files if name.endswith(".starts")]
        parts = ("upper", "starts", "columns", "coefficients")
        families = [Family(name, *(stored[f"{name}.{part}"] for part in parts)) for name in names]
        return Inputs(folder, stored["value"], stored["upper"], tuple(families))
