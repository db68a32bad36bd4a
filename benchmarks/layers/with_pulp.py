"""The duty form in PuLP: affine expressions from pairs, then its HiGHS model."""

import numpy as np
import pulp

from benchmarks.layers.inputs import Built, Floats, Inputs, Ints
from benchmarks.layers.row_by_row import write_model


class _Layer:
    def __init__(self) -> None:
        self.model = pulp.LpProblem("duty", pulp.LpMaximize)
        self.columns: list[pulp.LpVariable] = []
        self.value: list[Floats] = []

    def add_columns(self, upper: Floats, value: Floats) -> None:
        first = len(self.columns)
        self.columns += [pulp.LpVariable(f"x{first + i}", 0, bound) for i, bound in enumerate(upper.tolist())]
        self.value.append(value)

    def add_row(self, columns: Ints, coefficients: Floats, upper: float) -> None:
        terms = [self.columns[column] for column in columns.tolist()]
        row = pulp.LpAffineExpression(zip(terms, coefficients.tolist(), strict=True))
        self.model.addConstraint(pulp.LpConstraint(row, pulp.LpConstraintLE, rhs=upper))


def write(tables: Inputs) -> Built:
    """Writes the duty form and hands it to HiGHS."""
    layer = _Layer()
    write_model(layer, tables)
    model = layer.model
    value = np.concatenate(layer.value).tolist()
    model.setObjective(pulp.LpAffineExpression(zip(layer.columns, value, strict=True)))
    # PuLP takes as its columns those that stand in a row or in the objective.
    model.addVariables(layer.columns)
    solver = pulp.HiGHS(msg=False)
    solver.createAndConfigureSolver(model)
    solver.buildSolverModel(model)
    highs = model.solverModel

    def solve() -> float:
        highs.run()
        return float(-highs.getObjectiveValue())

    return Built(lambda: (highs.getNumCol(), highs.getNumRow(), highs.getNumNz()), solve)
