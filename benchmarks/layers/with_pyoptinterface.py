"""The duty form in PyOptInterface: rows as affine functions from arrays, straight into HiGHS."""

import numpy as np
import pyoptinterface as poi
from pyoptinterface import highs

from benchmarks.layers.inputs import Built, Floats, Inputs, Ints
from benchmarks.layers.row_by_row import write_model


class _Layer:
    def __init__(self) -> None:
        self.model = highs.Model()
        self.nonzeros = 0

    def add_columns(self, upper: Floats, value: Floats) -> None:
        for bound in upper.tolist():
            self.model.add_variable(lb=0.0, ub=bound)
        self.value = value

    def add_row(self, columns: Ints, coefficients: Floats, upper: float) -> None:
        row = poi.ScalarAffineFunction.from_numpy(coefficients, columns.astype(np.int32))
        self.model.add_linear_constraint(row, poi.Leq, upper)
        self.nonzeros += len(columns)


def write(inputs: Inputs) -> Built:
    """Writes the duty form into a HiGHS model."""
    layer = _Layer()
    write_model(layer, inputs)
    model = layer.model
    value = layer.value
    objective = poi.ScalarAffineFunction.from_numpy(value, np.arange(len(value), dtype=np.int32))
    model.set_objective(objective, poi.ObjectiveSense.Maximize)

    def solve() -> float:
        model.set_model_attribute(poi.ModelAttribute.Silent, True)
        model.optimize()
        return float(model.get_model_attribute(poi.ModelAttribute.ObjectiveValue))

    return Built(lambda: (model.getnumcol(), model.getnumrow(), layer.nonzeros), solve)
