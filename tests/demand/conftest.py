"""The shipped redirect case."""

from pathlib import Path

import pytest

from armslength import read_case
from armslength.model.case import Case


@pytest.fixture(scope="session")
def shipped_redirect() -> Case:
    """Returns the redirect case, with all versions of its facts."""
    return read_case(Path(__file__).resolve().parents[2] / "cases" / "redirect-2023")
