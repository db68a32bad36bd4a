"""The duty form in OR-tools' model builder: weighted sums over lists, kept in its C++ model."""

import numpy as np
from ortools.linear_solver.python import model_builder

from benchmarks.layers.inputs import Built, Floats, Inputs, Ints
from benchmarks.layers.row_by_row import write_model


class _Layer:
    def __init__(self) -> None:
        self.model = model_builder.Model()
        self.nonzeros = 0

    def add_columns(self, upper: Floats, value: Floats) -> None:
        new = self.model.new_num_var
        self.columns = [new(0.0, bound, "") for bound in upper.tolist()]
        self.value = value

    def add_row(self, columns: Ints, coefficients: Floats, upper: float) -> None:
        terms = [self.columns[column] for column in columns.tolist()]
        row = model_builder.LinearExpr.weighted_sum(terms, coefficients.tolist())
        self.model.add_linear_constraint(row, -np.inf, upper)
        self.nonzeros += len(terms)


def write(inputs: Inputs) -> Built:
    """Writes the duty form into a model builder."""
    layer = _Layer()
    write_model(layer, inputs)
    model = layer.model
    value = layer.value.tolist()
    model.maximize(model_builder.LinearExpr.weighted_sum(layer.columns, value))

    def solve() -> float:
        solver = model_builder.Solver("GLOP")
        solver.solve(model)
        return float(solver.objective_value)

    return Built(lambda: (model.num_variables, model.num_constraints, layer.nonzeros), solve)
