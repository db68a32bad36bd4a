"""Arithmetic on figures with bands.

A result is a product of powers of its inputs. Its central value is that of the central values. Its ends come from
the inputs' ends by adding the squares of their relative distances (logarithms), since the inputs vary
independently: taking all the worst ends at once would make a band that nothing ever reaches.
"""

from collections.abc import Sequence
from math import ceil, exp, hypot, log

from armslength.model.estimate import Figure
from armslength.model.noun import Confidence

Factor = tuple[Figure, float]  # a figure and the power in which it enters


def known(
    name: str,
    unit: str,
    quantity: float,
    source: str,
    confidence: Confidence | None = None,
    note: str = "",
) -> Figure:
    """Returns a figure without a band: given by the planner, or exact."""
    return Figure(
        name=name,
        unit=unit,
        quantity_low=quantity,
        central_quantity=quantity,
        quantity_high=quantity,
        source=source,
        confidence=confidence,
        note=note,
    )


def product(name: str, unit: str, factors: Sequence[Factor], *, times: float = 1.0, source: str) -> Figure:
    """Returns ``times`` × the factors in their powers, with its band.

    Args:
        name: what the result is.
        unit: its unit.
        factors: figures above zero, and the powers in which they enter.
        times: a constant above zero, such as a conversion of units.
        source: from what it is computed, in words.
    """
    central = times
    down: list[float] = []
    up: list[float] = []
    for figure, power in factors:
        central *= figure.central_quantity**power
        below = log(figure.central_quantity / figure.quantity_low) * abs(power)
        above = log(figure.quantity_high / figure.central_quantity) * abs(power)
        down.append(below if power > 0 else above)
        up.append(above if power > 0 else below)
    return Figure(
        name=name,
        unit=unit,
        quantity_low=central * exp(-hypot(*down)),
        central_quantity=central,
        quantity_high=central * exp(hypot(*up)),
        source=source,
        confidence="ours",
    )


def whole(figure: Figure) -> Figure:
    """Returns the figure with its quantities rounded up to whole things, such as accelerators needed."""
    return figure.model_copy(
        update={
            # A hair is taken off first: 64.0000000001 accelerators are 64.
            name: float(ceil(getattr(figure, name) * (1 - 1e-12)))
            for name in ("quantity_low", "central_quantity", "quantity_high")
        }
    )


def holds(figure: Figure, quantity: float) -> bool:
    """Returns whether a quantity is inside a figure's band."""
    return figure.quantity_low <= quantity <= figure.quantity_high
