"""The tables that ship with the package: models, accelerators, defaults, prices, reported runs. Data with sources."""

import tomllib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeVar

from armslength.errors import UnknownName, nearest
from armslength.model.catalogue import Accelerator, CatalogueModel, Precision, ReportedRun, Setting, Structure
from armslength.model.estimate import Figure
from armslength.model.noun import Noun

Row = TypeVar("Row", bound=Noun)


def frozen(value: Any) -> Any:
    """Returns a value read from TOML with tuples for lists, as the nouns want it."""
    if isinstance(value, list):
        return tuple(frozen(item) for item in value)
    if isinstance(value, dict):
        return {name: frozen(item) for name, item in value.items()}
    return value


def _rows(name: str, noun: type[Row]) -> tuple[Row, ...]:
    text = (files("armslength") / "data" / f"{name}.toml").read_text(encoding="utf-8")
    return tuple(noun.model_validate(frozen(row)) for row in tomllib.loads(text)["rows"])


@lru_cache(maxsize=1)
def models() -> tuple[CatalogueModel, ...]:
    """Returns the catalogue of models."""
    return _rows("models", CatalogueModel)


@lru_cache(maxsize=1)
def accelerators() -> tuple[Accelerator, ...]:
    """Returns the accelerators whose peaks are known."""
    return _rows("accelerators", Accelerator)


@lru_cache(maxsize=1)
def reported_runs() -> tuple[ReportedRun, ...]:
    """Returns the training runs whose GPU-hours were published."""
    return _rows("runs", ReportedRun)


@lru_cache(maxsize=4)
def settings(name: str) -> tuple[Setting, ...]:
    """Returns a table of defaults: ``training``, ``serving`` or ``prices``."""
    return _rows(name, Setting)


def accelerator(name: str) -> Accelerator:
    """Returns an accelerator by its id.

    Raises:
        UnknownName: when the table has none of that name.
    """
    known = {row.id: row for row in accelerators()}
    if name not in known:
        hint = nearest(name, known) or f"known: {', '.join(sorted(known))}"
        raise UnknownName(f"no accelerator is called `{name}`", hint=hint)
    return known[name]


def setting(
    table: str,
    name: str,
    *,
    structure: Structure = "dense",
    generation: str = "",
    precision: Precision = "bf16",
    params: float | None = None,
) -> Figure:
    """Returns a default with its range: the first row of the table that fits what is asked about."""
    for row in settings(table):
        if (
            row.id == name
            and row.structure in (None, structure)
            and (not row.generations or generation in row.generations)
            and (not row.precisions or precision in row.precisions)
            and (row.largest_params is None or (params is not None and params <= row.largest_params))
        ):
            return figure_of(row)
    raise AssertionError(f"the table {table} has no row for {name}")


def price(sku: str, on: date | None) -> Figure | None:
    """Returns the price of a GPU-hour on a day, or the latest known; None when there is none."""
    rows = [row for row in settings("prices") if row.sku == sku and row.from_on is not None]
    rows = [row for row in rows if on is None or (row.from_on is not None and row.from_on <= on)]
    latest = max(rows, key=lambda row: row.from_on or date.min, default=None)
    if latest is None:
        return None
    return figure_of(latest).model_copy(update={"note": f"The price from {latest.from_on} on."})


def figure_of(row: Setting) -> Figure:
    """Returns a default as a figure."""
    return Figure(
        name=row.name,
        unit=row.unit,
        quantity_low=row.quantity_low,
        central_quantity=row.central_quantity,
        quantity_high=row.quantity_high,
        source=row.source,
        confidence=row.confidence,
        note=row.note,
    )


def model_named(name: str, own: Iterable[CatalogueModel] = ()) -> CatalogueModel:
    """Returns a model by its id; a planner's own models come before the catalogue's.

    Raises:
        UnknownName: when there is none of that name.
    """
    known = {row.id: row for row in (*models(), *own)}
    if name not in known:
        hint = nearest(name, known) or f"known: {', '.join(sorted(known))}"
        raise UnknownName(f"no model is called `{name}`", hint=f"{hint}; `armslength demand models` lists them")
    return known[name]
