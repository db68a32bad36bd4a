"""Rules about agreements: parties, what legs name, days in order, and never more moved than there is."""

from collections.abc import Callable
from typing import Any

import pytest

Said = Callable[..., list[str]]
Row = dict[str, Any]

DEAL: Row = {"id": "deal"}
LEG: Row = {"id": "leg", "lot": "lot"}
LEASE: Row = {"id": "deal", "kind": "capacity_lease"}
USE: Row = {"id": "use", "sku": "k"}


def deal(legs: list[Row], *agreements: Row, **more: Any) -> dict[str, Any]:
    return {"agreements": list(agreements) or [DEAL], "legs": legs, **more}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        # Who is bound.
        (
            deal([LEG], DEAL | {"parties": ("a",)}),
            "error agreements[0].parties: `deal` has one party; an agreement binds",
        ),
        (deal([LEG], DEAL | {"parties": ()}), "error agreements[0].parties: `deal` has no party"),
        (
            deal([LEG], DEAL | {"parties": ("a", "b", "a")}),
            "error agreements[0].parties: `deal` names a party twice",
        ),
        (
            deal([LEG | {"taker": "c"}], organisations=[{"id": "a"}, {"id": "b"}, {"id": "c"}]),
            "error legs[0].taker: `c` is not a party of `deal` (its parties: a, b)",
        ),
        (deal([LEG | {"taker": "a"}]), "error legs[0].taker: `leg` goes from `a` to itself"),
        (
            deal([LEG], settlements=[{"id": "m", "payee": "c"}], organisations=[{"id": n} for n in "abc"]),
            "error settlements[0].payee: `c` is not a party of `deal`",
        ),
        (
            deal([LEG], settlements=[{"id": "m", "payee": "b"}]),
            "error settlements[0].payee: `m` goes from `b` to itself",
        ),
        # What legs name.
        (
            deal([LEG | {"lot": None, "sku": "k"}]),
            "error legs[0].lot: a leg of a redirect moves the title of a lot, but",
        ),
        (
            deal([LEG], LEASE),
            "error legs[0].lot: a leg of a capacity_lease gives the use of energised accelerators",
        ),
        (deal([USE | {"sku": None}], LEASE), "error legs[0].sku: `use` names neither a lot nor a SKU"),
        (
            deal([LEG | {"sku": "j"}], skus=[{"id": "k"}, {"id": "j"}]),
            "error legs[0].sku: `leg` names SKU `j`, but lot `lot` is `k`",
        ),
        # Days in order.
        (
            deal([USE | {"from_on": "2024-05-01", "until_on": "2024-05-01"}], LEASE),
            "error legs[0].until_on: `use` ends on 2024-05-01, not after it starts on 2024-05-01",
        ),
        (deal([LEG | {"until_on": "2024-05-01"}]), "error legs[0].until_on: title moves for good, but `leg`"),
        (
            deal([LEG | {"from_on": "2024-02-02"}]),
            "error legs[0].from_on: `leg` moves title on 2024-02-02, after receipt of `lot` on 2024-02-01 (t",
        ),
        (
            deal([LEG], DEAL | {"agreed_on": "2024-02-02"}),
            "warning legs[0].lot: `deal` is agreed on 2024-02-02, after receipt of `lot`",
        ),
        (
            deal([LEG], {"id": "deal", "kind": "loan", "agreed_on": "2024-05-01", "recalled_on": "2024-04-01"}),
            "error agreements[0].recalled_on: `deal` is recalled on 2024-04-01, before it is agreed on 2024-",
        ),
        # Terms of other forms.
        (
            deal([LEG], DEAL | {"take_or_pay": True}),
            "warning agreements[0].take_or_pay: take_or_pay is a term of a cap",
        ),
        (deal([LEG], DEAL | {"recall_notice_days": 5.0}), "warning agreements[0].recall_notice_days"),
        (
            deal([LEG], DEAL | {"equity_frac": 0.1}),
            "warning agreements[0].equity_frac: equity_frac is a term of a contr",
        ),
        # Without effect.
        (deal([]), "warning agreements[0]: nothing moves under `deal`: it has no legs"),
        (
            deal([LEG], {"id": "deal", "kind": "slot_swap"}),
            "warning agreements[0].kind: `deal` is a slot swap, but title moves one way only",
        ),
        (
            deal([USE], {"id": "deal", "kind": "hosting"}),
            "warning legs[0].taker: `b` hosts under `use`, but runs no such site",
        ),
        (
            deal([USE | {"site": "hall"}], {"id": "deal", "kind": "hosting"}),
            "warning legs[0].site: `b` hosts under `use`, but runs no such site",
        ),
        # More than there is.
        (
            deal([LEG | {"gpus": 101}]),
            "error legs[0].gpus: `leg` moves 101 of lot `lot`; `a` holds 100 of it (then held of its 100: a",
        ),
        (
            deal([LEG | {"giver": "b", "taker": "a"}]),
            "error legs[0].giver: `b` cannot give 50 accelerators of lot `lot`: it holds none",
        ),
        (
            deal([LEG | {"gpus": 60}, LEG | {"id": "more", "gpus": 60}]),
            "error legs[1].gpus: `more` moves 60 of lot `lot`; `a` holds 40 of it (then held of its 100: a 4",
        ),
        # A loan of a lot counts with the titles.
        (
            deal(
                [LEG | {"gpus": 60}, LEG | {"id": "lent", "agreement": "loan", "gpus": 60}],
                DEAL,
                {"id": "loan", "kind": "loan"},
            ),
            "error legs[1].gpus: `lent` moves 60 of lot `lot`; `a` holds 40",
        ),
        # `a` has the lot of 100 and stock of 10.
        (
            deal([USE | {"gpus": 111}], LEASE, stock=[{"id": "s"}]),
            "error legs[0].gpus: `a` gives use of 111 accelerators of `k` at once from 2024-01-01, but "
            "could never hold "
            "more than 110",
        ),
        (
            deal(
                [
                    USE | {"gpus": 60, "until_on": "2024-08-01"},
                    USE | {"id": "v", "gpus": 60, "from_on": "2024-07-01"},
                ],
                LEASE,
            ),
            "error legs[1].gpus: `a` gives use of 120 accelerators of `k` at once from 2024-07-01, but could",
        ),
        (
            deal(
                [USE | {"gpus": 101, "site": "den"}],
                {"id": "deal", "kind": "hosting"},
                sites=[{"id": "hall"}, {"id": "den", "owner": "b"}],
            ),
            "error legs[0].gpus: `a` gives custody of 101 accelerators of `k` at once",
        ),
    ],
)
def test_what_is_wrong(said: Said, changes: dict[str, Any], line: str) -> None:
    found = said(**changes)
    assert [problem for problem in found if problem.startswith(line)], found


def both_ways() -> dict[str, Any]:
    """The swap: the lot of `a` against two lots of `b`."""
    return deal(
        [
            LEG | {"gpus": 100},
            {"id": "back-1", "lot": "b1", "giver": "b", "taker": "a", "gpus": 60},
            {"id": "back-2", "lot": "b2", "giver": "b", "taker": "a", "gpus": 40},
        ],
        {"id": "deal", "kind": "slot_swap"},
        lots=[
            {"id": "lot"},
            {"id": "b1", "owner": "b"},
            {"id": "b2", "owner": "b", "expected_on": "2024-06"},
        ],
    )


@pytest.mark.parametrize(
    "changes",
    [
        deal([LEG]),
        deal([LEG | {"gpus": 100, "sku": "k", "from_on": "2024-01-15"}]),
        both_ways(),
        # A vague receipt: title may still move on its last day.
        deal([LEG | {"from_on": "2024-06-30"}], lots=[{"id": "lot", "expected_on": "2024-06"}]),
        # A chain: what was taken earlier can be given on.
        deal(
            [
                LEG | {"gpus": 100},
                LEG | {"id": "on", "agreement": "next", "giver": "b", "taker": "c", "gpus": 100},
            ],
            DEAL | {"agreed_on": "2024-01-02"},
            {"id": "next", "parties": ("b", "c"), "agreed_on": "2024-01-03"},
            organisations=[{"id": "a"}, {"id": "b"}, {"id": "c"}],
        ),
        # Proposed agreements move nothing yet.
        deal([LEG | {"gpus": 1000}], DEAL | {"state": "proposed"}),
        # One after the other is not at once.
        deal(
            [
                USE | {"gpus": 60, "until_on": "2024-07-01"},
                USE | {"id": "v", "gpus": 60, "from_on": "2024-07-01"},
            ],
            LEASE,
        ),
        # What is rented can be passed on.
        deal([USE | {"gpus": 105}], LEASE, alternatives=[{"id": "rent"}]),
        deal(
            [USE | {"site": "den"}],
            {"id": "deal", "kind": "hosting"},
            sites=[{"id": "hall"}, {"id": "den", "owner": "b"}],
            steps=[{"id": "s", "power_mw": 1.0}, {"id": "t", "site": "den", "power_mw": 1.0}],
        ),
        deal([], {"id": "deal", "kind": "contribution", "equity_frac": 0.25}),
        deal(
            [LEG],
            {
                "id": "deal",
                "kind": "loan",
                "recall_notice_days": 30.0,
                "agreed_on": "2024-01-01",
                "recalled_on": "2024-05-01",
            },
        ),
    ],
)
def test_what_is_right(said: Said, changes: dict[str, Any]) -> None:
    assert said(**changes) == []
