"""Books in memory with a clock and salts that are the same each time, and cases by hand to open them from."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from armslength.connectors.case_file import read_case
from armslength.model.case import Case
from armslength.service.book_importing import bring_in
from armslength.store.books import Books
from armslength.store.opening import open_store
from armslength.store.scope import Scope, scope_of

CASES = Path(__file__).resolve().parents[2] / "cases"
LAST = date(2026, 6, 1)


class Ticking:
    """A clock that goes on by a second at each look."""

    def __init__(self) -> None:
        self.at = datetime(2026, 6, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def salts() -> Callable[[int], bytes]:
    """Salts that are no secret, so that golden files can hold leaves."""
    number = 0

    def draw(size: int) -> bytes:
        nonlocal number
        number += 1
        return number.to_bytes(size, "big")

    return draw


@pytest.fixture
def books() -> Iterator[Books]:
    with open_store("memory:", clock=Ticking(), entropy=salts()) as found:
        yield found


@pytest.fixture(scope="session")
def redirect() -> Case:
    return read_case(CASES / "redirect-2023")


@pytest.fixture
def everybody(redirect: Case) -> Scope:
    return scope_of(*(row.id for row in redirect.organisations), operator=True)


@pytest.fixture
def opened(books: Books, redirect: Case) -> Books:
    """The books of the redirect case, with all that is known."""
    done = bring_in(books, redirect, until=LAST)
    assert done.refused == ()
    return books


CASE = {
    "id": "c",
    "currency": "USD",
    "horizon": {"start_on": "2024-01-01", "end_on": "2025-01-01"},
    "organisations": [{"id": "a"}, {"id": "b"}],
    "skus": [{"id": "k", "site_kw_per_gpu": 1.4}],
    "sites": [{"id": "hall", "owner": "a"}, {"id": "shed", "owner": "b"}],
    "steps": [
        {"id": "s1", "site": "hall", "from_on": "2024-01-01", "power_mw": 10},
        {"id": "s2", "site": "shed", "from_on": "2024-01-01", "power_mw": 10},
    ],
    "workloads": [{"id": "w", "owner": "a", "form": "training", "work_value_per_gpu_hour": 2}],
}


@pytest.fixture
def case_of(tmp_path: Path) -> Callable[..., Case]:
    """Returns a function that reads a small case of two organisations with some tables replaced."""

    def make(**tables: Any) -> Case:
        path = tmp_path / "case.yaml"
        path.write_text(json.dumps(CASE | tables))
        return read_case(path)

    return make
