"""The shipped cases, read once each, and variants of them."""

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from armslength import read_case
from armslength.model.case import Case
from armslength.model.noun import on_day

CASES = Path(__file__).resolve().parents[2] / "cases"


@pytest.fixture(scope="session")
def shipped() -> Callable[[str], Case]:
    """Returns a function that reads a shipped case by the name of its folder."""
    return cache(lambda name: read_case(CASES / name))


@pytest.fixture(scope="session")
def with_step() -> Callable[..., Case]:
    """Returns a function that gives a case another day or power for one step, and no questions."""

    def change(case: Case, step: str, *, opens: date | None = None, power_mw: float | None = None) -> Case:
        assert any(row.id == step for row in case.steps)
        update: dict[str, Any] = {}
        if opens is not None:
            update["from_on"] = on_day(opens)
        if power_mw is not None:
            update["power_mw"] = power_mw
        steps = tuple(row.model_copy(update=update) if row.id == step else row for row in case.steps)
        return case.model_copy(update={"steps": steps, "questions": ()})

    return change
