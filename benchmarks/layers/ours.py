"""The duty form in this project's own layer, from the run's tables on."""

import pickle

import numpy as np

from armslength.planner.build import build
from armslength.planner.tables import Labels, Tables
from armslength.solver import highs
from armslength.solver.outcome import Solved
from benchmarks.layers.inputs import ZERO, Built, Inputs


def write(inputs: Inputs) -> Built:
    """Writes the duty form and hands it to HiGHS."""
    found: tuple[Tables, Labels] = pickle.loads((inputs.folder / "tables.pickle").read_bytes())
    program, _ = build(*found, integers=False)
    solver = highs.loaded(program, highs.SolveOptions())

    def solve() -> float:
        outcome = highs.solve(program, highs.SolveOptions())
        assert isinstance(outcome, Solved)
        return outcome.objective_value - program.constant

    def counts() -> tuple[int, int, int]:
        real = np.abs(program.coefficients) > ZERO
        return solver.getNumCol(), len(np.unique(program.entry_rows()[real])), solver.getNumNz()

    return Built(counts, solve)
