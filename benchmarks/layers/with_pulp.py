"""The duty form in PuLP: affine expressions from pairs, then its HiGHS model."""

import pulp

from benchmarks.layers.inputs import Built, Floats, Inputs, Ints
from benchmarks.layers.row_by_row import write_model


class _Layer:
    def __init__(self) -> None:
        self.model = pulp.LpProblem("duty", pulp.LpMaximize)

    def add_columns(self, upper: Floats, value: Floats) -> None:
        self.columns = [pulp.LpVariable(f"x{i}", 0, bound) for i, bound in enumerate(upper.tolist())]
        self.value = value

    def add_row(self, columns: Ints, coefficients: Floats, upper: float) -> None:
        terms = [self.columns[column] for column in columns.tolist()]
        row = pulp.LpAffineExpression(zip(terms, coefficients.tolist(), strict=True))
        self.model.addConstraint(pulp.LpConstraint(row, pulp.LpConstraintLE, rhs=upper))


def write(inputs: Inputs) -> Built:
    """Writes the duty form and hands it to HiGHS."""
    layer = _Layer()
    write_model(layer, inputs)
    model = layer.model
    value = layer.value.tolist()
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
