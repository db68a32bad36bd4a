"""Small cases for tests of the model: a plain one without problems, and whatever a test changes in it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from armslength.connectors.dates import read_when
from armslength.connectors.shapes import Shape, nouns_of_tables, slots_of
from armslength.model.case import Case
from armslength.model.noun import Noun
from armslength.model.rules import problems

DEFAULTS: dict[str, dict[str, Any]] = {
    "skus": {"site_kw_per_gpu": 1.4},
    "lots": {"sku": "k", "owner": "a", "gpus": 100, "expected_on": "2024-02-01"},
    "sites": {"owner": "a"},
    "steps": {"site": "hall", "from_on": "2024-01-01"},
    "stock": {"site": "hall", "owner": "a", "sku": "k", "gpus": 10},
    "workloads": {"owner": "a", "form": "training", "work_value_per_gpu_hour": 2.0},
    "demand": {"workload": "service", "from_on": "2024-01-01", "wanted_gpus": 5.0},
    "agreements": {"kind": "redirect", "parties": ("a", "b"), "state": "in_force"},
    "legs": {"agreement": "deal", "giver": "a", "taker": "b", "gpus": 50},
    "settlements": {"agreement": "deal", "payer": "b", "payee": "a", "amount_cost": 1.0},
    "transfers": {"kind": "people", "giver": "a", "taker": "b", "unit": "people", "moved_quantity": 2.0},
    "roles": {"person": "p", "organisation": "a", "kind": "director"},
    "links": {"holder": "p", "target": "a", "kind": "controls"},
    "statements": {
        "organisation": "a",
        "speaker": "x",
        "said_on": "2024-01-01",
        "metric": "ordered",
        "claimed_quantity": 5.0,
    },
    "prices": {"sku": "k", "from_on": "2024-01-01", "market_price_per_gpu_hour": 2.0},
    "alternatives": {
        "organisation": "a",
        "kind": "rent",
        "sku": "k",
        "offered_gpus": 5,
        "from_on": "2024-01-01",
        "use_price_per_gpu_hour": 3.0,
    },
    "questions": {"text": "How?", "organisation": "a"},
}
PLAIN: dict[str, list[dict[str, Any]]] = {
    "organisations": [{"id": "a"}, {"id": "b"}],
    "skus": [{"id": "k"}],
    "lots": [{"id": "lot"}],
    "sites": [{"id": "hall"}],
    "steps": [{"id": "opens", "power_mw": 10.0}],
    "workloads": [{"id": "run"}],
}


def noun_of(noun: type[Noun], values: dict[str, Any]) -> Noun:
    """A noun whose days and dates may be given as text, and nouns inside it as mappings."""
    return noun(**{name: _ready(slots_of(noun)[name].shape, value) for name, value in values.items()})


def _ready(shape: Shape, value: Any) -> Any:
    if isinstance(value, str) and shape.kind in ("day", "when"):
        return date.fromisoformat(value) if shape.kind == "day" else read_when(value)
    if shape.item is not None and shape.item.noun is not None:
        return tuple(noun_of(shape.item.noun, item) for item in value)
    if shape.item is not None and shape.item.kind == "day":
        return tuple(date.fromisoformat(item) for item in value)
    return value


def build(**changes: Any) -> Case:
    """The plain case with whole tables, or scalars, replaced."""
    data: dict[str, Any] = {"id": "c", "horizon": ("2024-01-01", "2025-01-01")} | PLAIN | changes
    start, end = data["horizon"]
    data["horizon"] = {"start_on": date.fromisoformat(start), "end_on": date.fromisoformat(end)}
    for table, noun in nouns_of_tables().items():
        data[table] = tuple(noun_of(noun, DEFAULTS.get(table, {}) | row) for row in data.get(table, ()))
    return Case.model_validate(data)


@pytest.fixture(scope="session")
def make() -> Callable[..., Case]:
    """Returns the maker of cases: ``make(lots=[{"id": "l", "gpus": 0}])``."""
    return build


@pytest.fixture(scope="session")
def said() -> Callable[..., list[str]]:
    """Returns what the rules say of such a case, each as ``error lots[0].gpus: message (hint)``."""

    def say(**changes: Any) -> list[str]:
        return [f"{problem.severity} {problem}" for problem in problems(build(**changes))]

    return say
