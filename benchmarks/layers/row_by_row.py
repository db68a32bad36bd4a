"""The duty form for layers that add one row at a time."""

from typing import Protocol

from benchmarks.layers.inputs import Floats, Inputs, Ints


class Layer(Protocol):
    """A modelling layer that takes columns together and rows one at a time."""

    def add_columns(self, upper: Floats, value: Floats) -> None: ...

    def add_row(self, columns: Ints, coefficients: Floats, upper: float) -> None: ...


def write_model(layer: Layer, inputs: Inputs) -> None:
    """Writes the duty form of a run into a layer."""
    layer.add_columns(inputs.upper, inputs.value)
    for family in inputs.families:
        ends = family.starts.tolist()
        for upper, begin, end in zip(family.upper.tolist(), ends, ends[1:], strict=False):
            layer.add_row(family.columns[begin:end], family.coefficients[begin:end], upper)
