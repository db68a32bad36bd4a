"""Transfers, persons and links: each rule bites, and what is right passes."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from armslength.model.as_of import as_of

Said = Callable[..., list[str]]
DONE = {"id": "t", "state": "done", "moved_on": "2024-03-01"}


def test_a_transfer_that_is_whole_passes(said: Said) -> None:
    assert said(transfers=[DONE | {"due_back_on": "2024-06-01", "paid_cost": 0.0}]) == []


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"taker": "a"}, "taker: `t` goes from `a` to itself"),
        ({"unit": "licences"}, "unit: people cannot be counted in licences (use people)"),
        ({"moved_quantity": 1.5}, "moved_quantity: 1.5 people is no whole number"),
        (
            {"kind": "equity", "unit": "frac", "moved_quantity": 25.0},
            "moved_quantity: a share of 25 is above the whole",
        ),
        ({"kind": "compute", "unit": "gpu_hours"}, "sku: `t` counts GPU-hours, but of which SKU is not said"),
        ({"moved_quantity": None}, "moved_quantity: `t` is done, but its quantity is not given"),
        ({"moved_on": None}, "moved_on: `t` is done, but its day is not given"),
        ({"due_back_on": "2024-03-01"}, "due_back_on: `t` is to return on 2024-03-01, not after 2024-03-01"),
        ({"against": "t"}, "against: `t` names itself"),
        ({"against": "u"}, "against: nothing in `transfers` is called `u`"),
        ({"giver": "z"}, "giver: nothing in `organisations` is called `z`"),
    ],
)
def test_what_is_wrong_with_a_transfer(said: Said, row: dict[str, Any], line: str) -> None:
    found = said(transfers=[DONE | row])
    assert any(text.startswith(f"error transfers[0].{line}") for text in found), found


def test_links_name_persons_or_organisations(said: Said) -> None:
    people: dict[str, Any] = {"persons": [{"id": "p"}], "roles": [{"id": "r"}]}
    assert said(**people, links=[{"id": "l"}, {"id": "m", "holder": "a", "target": "b"}]) == []
    wrong = said(**people, links=[{"id": "l", "holder": "pp", "target": "zz"}])
    assert "error links[0].holder: nothing in `persons` or `organisations` is called `pp` (did you mean p?)" in wrong
    assert any("links[0].target: nothing in `organisations` or `persons` is called `zz`" in text for text in wrong)


def test_a_claim_that_excludes_one_not_known_yet_stays(make: Callable[..., Any]) -> None:
    rows = [{"id": "t", "instead_of": ("u",)}, {"id": "u", "known_on": "2024-06-01"}]
    early = as_of(make(transfers=rows), date(2024, 1, 1))
    assert [(row.id, row.instead_of) for row in early.transfers] == [("t", ())]
