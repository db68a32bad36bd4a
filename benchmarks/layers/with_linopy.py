"""The duty form in linopy: whole families at a time, grouped sums, sparse, handed to HiGHS directly."""

import linopy
import numpy as np
import xarray as xr

from benchmarks.layers.inputs import Built, Floats, Inputs, Ints

linopy.options["semantics"] = "v1"


def _array(values: Floats | Ints, dim: str) -> xr.DataArray:
    return xr.DataArray(values, dims=dim, coords={dim: np.arange(len(values))})


def write(inputs: Inputs) -> Built:
    """Writes the duty form and hands it to HiGHS."""
    model = linopy.Model(sparse=True)
    x = model.add_variables(lower=0, upper=_array(inputs.upper, "column"), name="x")
    model.add_objective((_array(inputs.value, "column") * x).sum(), sense="max")
    for family in inputs.families:
        rows = np.repeat(np.arange(len(family.upper)), np.diff(family.starts))
        terms = _array(family.coefficients, "entry") * x.isel(column=_array(family.columns, "entry"))
        sums = terms.groupby(_array(rows, "entry").rename("row")).sum()
        model.add_constraints(sums <= _array(family.upper, "row"), name=family.name)
    solver = model.to_highspy()

    def solve() -> float:
        solver.setOptionValue("output_flag", False)
        solver.run()
        value: float = solver.getObjectiveValue()
        return abs(value)

    return Built(lambda: (solver.getNumCol(), solver.getNumRow(), solver.getNumNz()), solve)
