"""Rules about transfers one by one: two organisations, a unit that fits, and what a booked one must say."""

from collections.abc import Iterator

from armslength.errors import Problem
from armslength.model.case import Case
from armslength.model.rules_references import place
from armslength.model.transfer import Transfer

# What each kind can be counted in. Whatever moves may be told by its worth alone.
UNITS_OF_KIND = {
    "people": ("people",),
    "data": ("licences", "currency"),
    "money": ("currency",),
    "compute": ("gpu_hours", "currency"),
    "equity": ("frac", "currency"),
    "goods": ("currency",),
    "service": ("currency", "people"),
}
WHOLE_UNITS = ("people", "licences")


def transfers(case: Case) -> Iterator[Problem]:
    """Transfers to oneself, in a unit that does not fit, or too vague to be booked though done."""
    for index, row in enumerate(case.transfers):
        for field, message, hint in _flaws(row):
            yield Problem(place("transfers", index, field), message, hint)


def _flaws(row: Transfer) -> Iterator[tuple[str, str, str]]:
    """Yields (field, message, hint)."""
    quantity = row.moved_quantity
    if row.giver == row.taker:
        yield "taker", f"`{row.id}` goes from `{row.giver}` to itself", "giver and taker differ"
    units = UNITS_OF_KIND[row.kind]
    if row.unit not in units:
        yield "unit", f"{row.kind} cannot be counted in {row.unit}", f"use {' or '.join(units)}"
    if quantity is not None and row.unit in WHOLE_UNITS and quantity != int(quantity):
        yield "moved_quantity", f"{quantity:g} {row.unit} is no whole number", "give a whole number"
    if quantity is not None and row.unit == "frac" and quantity > 1:
        yield "moved_quantity", f"a share of {quantity:g} is above the whole", "give a share between 0 and 1"
    if row.unit == "gpu_hours" and row.sku is None:
        yield "sku", f"`{row.id}` counts GPU-hours, but of which SKU is not said", "name the sku"
    if row.state == "done" and not quantity:
        yield "moved_quantity", f"`{row.id}` is done, but its quantity is not given", "give it, or make it `claimed`"
    if row.state == "done" and row.moved_on is None:
        yield "moved_on", f"`{row.id}` is done, but its day is not given", "give the day, or make it `claimed`"
    if row.moved_on and row.due_back_on and row.due_back_on.p50_on <= row.moved_on.p50_on:
        days = f"{row.due_back_on.p50_on}, not after {row.moved_on.p50_on}"
        yield "due_back_on", f"`{row.id}` is to return on {days}, when it moves", "correct one of the days"
    if row.id in (row.against, *row.instead_of):
        yield "against", f"`{row.id}` names itself", "name another transfer"
