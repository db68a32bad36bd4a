"""What every layer is given, read without importing the planner, and what it hands back."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from armslength.planner.tables import Labels, Tables

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Inputs:
    """The arrays of one run under their names in the planner's `Tables`, and the bounds of its columns.

    The bounds come ready-made, so that no layer pays for them but ours, which works them out itself.
    """

    lost: Floats
    hours: Floats
    power_end: Floats
    power_mean: Floats
    slots_end: Floats
    slots_mean: Floats
    commissioning: Floats
    fleet_sku: Ints
    fleet_received: Floats
    fleet_usable: Floats
    holding_fleet: Ints
    holding_site: Ints
    holding_mw: Floats
    holding_stock: Floats
    option_workload: Ints
    option_holding: Ints
    option_ratio: Floats
    option_rate: Floats
    started: Floats
    gang_max: Floats
    work: Floats
    wanted: Floats
    single: Bools
    fabric: Floats
    most_installed: Floats
    most_used: Floats
    labels: dict[str, list[object]]

    def __init__(self, arrays: dict[str, NDArray[np.generic]], labels: dict[str, list[object]]) -> None:
        self.arrays = arrays
        self.labels = labels
        for name, array in arrays.items():
            setattr(self, name, array)


@dataclass(frozen=True)
class Built:
    """A model as far as a solver needs it.

    Attributes:
        counts: returns columns, rows and entries; a row without entries says nothing and is not counted.
        solve: returns the optimum of the linear program, without the constant.
    """

    counts: Callable[[], tuple[int, int, int]]
    solve: Callable[[], float]


def save(tables: "Tables", labels: "Labels", folder: Path) -> None:
    """Writes a run's arrays and names."""
    bounds = {"most_used": tables.most_used, "most_installed": tables.most_installed}
    np.savez(folder / "tables.npz", **vars(tables), **bounds)
    (folder / "labels.json").write_text(json.dumps(vars(labels)), encoding="utf-8")


def load(folder: Path) -> Inputs:
    """Reads what `save` wrote."""
    with np.load(folder / "tables.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    return Inputs(arrays, json.loads((folder / "labels.json").read_text(encoding="utf-8")))
