"""The rules as a whole: names, ids, versions, numbers, horizon; all at once, in order, at their places."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from armslength.connectors.shapes import nouns_of_tables, slots_of
from armslength.errors import Problem
from armslength.model.case import TABLES, Case, Sharing
from armslength.model.rules import locate, problems
from armslength.model.rules_references import REFERENCES

Said = Callable[..., list[str]]
Make = Callable[..., Case]


def one(found: list[str], start: str) -> str:
    """The only line found, which begins so."""
    assert len(found) == 1, found
    assert found[0].startswith(start), found[0]
    return found[0]


def test_a_plain_case_has_no_problems(said: Said) -> None:
    assert said() == []


def test_all_problems_come_at_once_in_the_order_of_the_tables(said: Said) -> None:
    found = said(
        horizon=("2025-01-01", "2024-01-01"),
        lots=[{"id": "l", "sku": "j"}, {"id": "l", "owner": "c"}],
        steps=[{"id": "s", "site": "hal", "power_mw": 1.0}],
        workloads=[{"id": "w", "form": "serving", "due_on": "2024-06-01"}],
    )
    places = [line.split(": ")[0].removeprefix("error ") for line in found if line.startswith("error")]
    assert places == [
        "horizon.end_on",
        "lots[0].sku",
        "lots[1].owner",
        "lots[1].id",
        "lots[1].sku",
        "steps[0].site",
        "workloads[0].due_on",
    ]


def test_an_empty_case_says_what_to_add(said: Said) -> None:
    found = said(organisations=[], skus=[], lots=[], sites=[], steps=[], workloads=[])
    line = one(found, "error organisations: the case names no organisation")
    assert "add `organisations`, `skus`, `lots`, `sites`, `steps`, `workloads`" in line


def test_tables_without_which_there_is_little_to_plan(said: Said) -> None:
    found = said(lots=[], sites=[], steps=[], workloads=[])
    assert [line.partition(" (")[0] for line in found] == [
        "warning lots: the case has no lots",
        "warning sites: the case has no sites",
        "warning workloads: the case has no workloads",
    ]


def test_one_organisation_is_a_case(said: Said) -> None:
    assert said(organisations=[{"id": "a"}]) == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"lots": [{"id": "l", "sku": "kk"}]},
            "error lots[0].sku: nothing in `skus` is called `kk` (did you mean k?)",
        ),
        (
            {"lots": [{"id": "l", "ship_to": "x"}]},
            "error lots[0].ship_to: nothing in `organisations` is called `x`",
        ),
        (
            {"workloads": [{"id": "w", "sites": ("hall", "hal")}]},
            "error workloads[0].sites[1]: nothing in `sites` is called `hal` (did you mean hall?)",
        ),
        (
            {"organisations": [{"id": "a", "owns": [{"organisation": "c", "share_frac": 0.1}]}]},
            "error organisations[0].owns[0].organisation: nothing in `organisations` is called `c`",
        ),
        (
            {"questions": [{"id": "q", "vary": [{"lot": "lit", "dates_on": ["2024-01-01"]}]}]},
            "error questions[0].vary[0].lot: nothing in `lots` is called `lit` (did you mean lot?)",
        ),
        ({"demand": [{"id": "d"}]}, "error demand[0].workload: nothing in `workloads` is called `service`"),
        (
            {"prices": [{"id": "p", "sku": "z"}]},
            "error prices[0].sku: nothing in `skus` is called `z` (known skus: k)",
        ),
        (
            {"alternatives": [{"id": "p", "sku": "z"}]},
            "error alternatives[0].sku: nothing in `skus` is called `z`",
        ),
        ({"statements": [{"id": "s", "organisation": "z"}]}, "error statements[0].organisation: nothing in"),
        (
            {"settlements": [{"id": "s"}]},
            "error settlements[0].agreement: nothing in `agreements` is called `deal`",
        ),
        (
            {"sharing": Sharing(groups=(("a", "b"), ("a", "z")))},
            "error sharing.groups[1][1]: nothing in `organ",
        ),
    ],
)
def test_names_that_no_row_has(said: Said, changes: dict[str, Any], line: str) -> None:
    one([found for found in said(**changes) if found.startswith("error")], line)


def test_every_reference_is_looked_at() -> None:
    """Each field of REFERENCES exists; and fields that look like references are all listed."""
    listed = {(reference.table, reference.field.partition("[")[0]) for reference in REFERENCES}
    names = {
        "sku",
        "owner",
        "site",
        "organisation",
        "workload",
        "agreement",
        "giver",
        "taker",
        "lot",
        "payer",
        "payee",
    }
    names |= {"ship_to", "skus", "sites", "hardware_of", "parties"}
    assert {table for table, _ in listed} <= {*TABLES, "questions"}
    for table, noun in nouns_of_tables().items():
        for name in slots_of(noun):
            assert (name in names) <= ((table, name) in listed), (table, name)


def test_ids_stand_once_unless_they_are_versions(said: Said) -> None:
    line = one(said(lots=[{"id": "l"}, {"id": "l"}]), "error lots[1].id: the id `l` stands more than once in `lots`")
    assert "each version of one fact its own known_on" in line
    assert said(lots=[{"id": "l"}, {"id": "l", "known_on": "2024-01-05"}]) == []
    dated = [{"id": "l", "known_on": "2024-01-05"}] * 2
    one(
        said(lots=dated),
        "error lots[1].id: the id `l` stands more than once in `lots` with known_on 2024-01-05",
    )
    sources = [{"id": "s", "title": "t"}] * 2
    line = one(said(sources=sources), "error sources[1].id: the id `s` stands more than once")
    assert "known_on" not in line


def test_a_version_keeps_its_subject(said: Said) -> None:
    steps = [
        {"id": "opens", "power_mw": 1.0},
        {"id": "opens", "power_mw": 1.0, "site": "b", "known_on": "2024-01-05"},
    ]
    found = said(sites=[{"id": "hall"}, {"id": "b"}], steps=steps)
    assert "error steps[1].site: a version of `opens` changes its site from `hall` to `b` (give the new" in (
        " ".join(found)
    )


@pytest.mark.parametrize("name", [" a", "a\n", "a\x07", "\u200b"])
def test_ids_can_be_seen(said: Said, name: str) -> None:
    found = said(organisations=[{"id": "a"}, {"id": "b"}, {"id": name}])
    one(found, f"error organisations[2].id: the id {name!r} begins or ends with a space")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"skus": [{"id": "k", "site_kw_per_gpu": 1400e-6}]},
            "warning skus[0].site_kw_per_gpu: 0.0014 kW per accel",
        ),
        (
            {"skus": [{"id": "k", "site_kw_per_gpu": 14.0}]},
            "warning skus[0].site_kw_per_gpu: 14 kW per accelerator",
        ),
        (
            {"skus": [{"id": "k", "it_kw_per_gpu": 1.5}]},
            "warning skus[0].it_kw_per_gpu: IT power of 1.5 kW is more",
        ),
        (
            {"skus": [{"id": "k", "throughput_ratio": {"x": 0.0}}]},
            "error skus[0].throughput_ratio: a throughput rat",
        ),
        (
            {"lots": [{"id": "l", "gpus": 0}]},
            "warning lots[0].gpus: `l` holds 0 accelerators, so it changes nothing",
        ),
        (
            {"lots": [{"id": "lot", "purchase_cost": float("inf")}]},
            "error lots[0].purchase_cost: inf is not a quantity to plan with (leave the field empty for",
        ),
        (
            {"lots": [{"id": "lot", "purchase_cost": 1e16}]},
            "error lots[0].purchase_cost: 1e+16 is not a quantity",
        ),
        (
            {"lots": [{"id": "lot", "known_on": "0202-01-05"}]},
            "error lots[0].known_on: 0202-01-05 is not between",
        ),
        ({"skus": [{"id": "k", "throughput_ratio": {"x": float("nan")}}]}, "error skus[0].throughput_ratio"),
    ],
)
def test_numbers_beyond_reason(said: Said, changes: dict[str, Any], line: str) -> None:
    assert [found for found in said(**changes) if found.startswith(line)], said(**changes)


@pytest.mark.parametrize(
    ("horizon", "line"),
    [
        (("2024-01-01", "2024-01-01"), "error horizon.end_on: the horizon is empty"),
        (("2024-01-01", "2023-01-01"), "error horizon.end_on: the horizon runs backwards"),
        (
            ("2024-01-01", "2040-01-01"),
            "error horizon.end_on: the horizon is 5,844 days long; 15 years is the most",
        ),
        (
            ("2024-01-01", "2024-01-05"),
            "warning horizon.end_on: the horizon of 4 days is shorter than one period",
        ),
        (("1024-01-01", "2024-01-05"), "error horizon.start_on: 1024-01-01 is not between"),
    ],
)
def test_horizons(said: Said, horizon: tuple[str, str], line: str) -> None:
    assert [found for found in said(horizon=horizon) if found.startswith(line)], said(horizon=horizon)


@pytest.mark.parametrize(
    ("sharing", "line"),
    [
        (Sharing(groups=(("a",),)), "warning sharing.groups[0]: the group has 1 organisation(s)"),
        (
            Sharing(groups=(("a", "b", "a"),)),
            "error sharing.groups[0]: the group names an organisation twice",
        ),
        (
            Sharing(deal_weeks_min=100.0),
            "warning sharing.deal_weeks_min: no agreement can last 100 weeks in a horizon",
        ),
    ],
)
def test_sharing(said: Said, sharing: Sharing, line: str) -> None:
    one(said(sharing=sharing), line)


def test_places_can_be_taken_apart() -> None:
    assert locate("lots[2].sku") == ("lots", 2, "sku")
    assert locate("questions[0].vary[1].step") == ("questions", 0, "vary[1].step")
    assert locate("steps[3]") == ("steps", 3, "")
    assert locate("horizon.end_on") is None
    assert locate("sharing.groups[0]") is None


def test_contradictions_of_an_earlier_day_are_found_at_their_rows(make: Make) -> None:
    """Two steps clash only between 5 January and 1 March, when one of them is moved."""
    case = make(
        steps=[
            {"id": "opens", "power_mw": 10.0},
            {"id": "later", "power_mw": 20.0, "from_on": "2024-05-01", "known_on": "2024-03-01"},
            {"id": "later", "power_mw": 20.0, "known_on": "2024-01-05"},
        ]
    )
    errors = [problem for problem in problems(case) if problem.severity == "error"]
    assert [problem.place for problem in errors] == ["steps[0].from_on"]
    assert "both set power_mw of `hall` from 2024-01-01" in errors[0].message
    as_known_late = case.model_copy(update={"steps": case.steps[:2]})
    assert problems(as_known_late) == ()


def test_warnings_are_of_the_latest_day_only(said: Said) -> None:
    """Before 5 January the hall had no power; nobody needs to hear of it now."""
    steps = [{"id": "opens", "power_mw": 0.0}, {"id": "opens", "power_mw": 10.0, "known_on": "2024-01-05"}]
    assert said(steps=steps) == []
    one(
        said(steps=steps, as_of=date(2024, 1, 4)),
        "warning sites[0]: `hall` never opens: no step gives it power",
    )


def test_problems_are_values_and_repeatable(make: Make) -> None:
    case = make(lots=[{"id": "l", "sku": "x"}])
    assert problems(case) == problems(case)
    assert all(isinstance(problem, Problem) for problem in problems(case))
