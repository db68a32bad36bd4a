"""Explanations: golden ones of the example by hand, and what must hold of all of every shipped case."""

import re
from functools import cache
from pathlib import Path

import pytest

from armslength import explain, plan, read_case
from armslength.errors import InputError, UnknownName
from armslength.model.comparison import Comparison
from armslength.planner import explain_again

CASES = Path(__file__).resolve().parents[2] / "cases"
SHIPPED = ("worked-example", "shared-hall", "power-binds", "buyers-club", "redirect-2023")
# Words that promise more than a plan can show.
OVERCLAIMS = re.compile(
    r"\b(safe|safely|legal|legally|guarantee\w*|arm's length|always|never lose\w*)\b", re.IGNORECASE
)
LEAKS = re.compile(r"\bnan\b|\binf\b|-0\.00|\{|\}|  |\.\.|np\.|as_agreed|no_power")

GOLDEN = {
    "whole": None,
    "lot-north-january": "north-january",
    "lot-south-june": "south-june",
    "site-north-hall": "north-hall",
    "site-south-hall": "south-hall",
    "workload-south-training": "south-training",
    "organisation-north": "north",
    "organisation-south": "south",
    "agreement-swap": "swap",
}


@cache
def planned(name: str) -> Comparison:
    case = read_case(CASES / name)
    if name != "worked-example":
        case = case.model_copy(update={"questions": ()})  # which take long, and are told of one case only
    return plan(case, strict=name == "shared-hall")


def everything(comparison: Comparison) -> list[str]:
    """Returns every name that can be asked about."""
    case = comparison.case
    tables = {
        "lot": case.lots,
        "site": case.sites,
        "workload": case.workloads,
        "organisation": case.organisations,
        "agreement": (*case.agreements, *(deal for run in comparison.plans for deal in run.deals)),
    }
    return [f"{table}:{row.id}" for table, rows in tables.items() for row in rows]


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_golden_explanations_of_the_example_by_hand(name, golden):
    sentences = explain(planned("worked-example"), GOLDEN[name])
    golden(f"explain/{name}.txt", "\n".join(sentences) + "\n")


@pytest.mark.parametrize("name", SHIPPED)
def test_whatever_a_case_holds_is_explained_in_whole_sentences(name, monkeypatch):
    monkeypatch.setattr(explain_again, "COST_MAX", 4.0)  # a taste of planning again is enough here
    comparison = planned(name)
    told = {about: explain(comparison, about) for about in [None, *everything(comparison)]}
    assert all(told.values())
    for about, sentences in told.items():
        for sentence in sentences:
            assert sentence.endswith((".", ":")), (about, sentence)
            assert not OVERCLAIMS.search(sentence), (about, sentence)
            assert not LEAKS.search(sentence), (about, sentence)


def test_a_comparison_read_back_from_its_file_is_explained_alike(monkeypatch):
    comparison = planned("worked-example")
    read_back = Comparison.model_validate_json(comparison.model_dump_json())
    monkeypatch.setattr(explain_again, "COST_MAX", 4.0)
    for about in (None, "north-january", "north-hall", "north", "swap", "south-training"):
        assert explain(read_back, about) == explain(comparison, about)


def test_the_whole_is_told_in_ten_sentences():
    for name in SHIPPED:
        notes = [text for text in explain(planned(name)) if text.startswith(("Prices are", "“Planned again”"))]
        assert len(explain(planned(name))) - len(notes) <= 10


def test_one_run_can_be_told_alone():
    comparison = planned("worked-example")
    told = " ".join(explain(comparison, "north-january", run="alone"))
    assert "Alone: North keeps title" in told
    assert "As agreed" not in told
    assert "Shared" not in told


def test_a_run_that_was_not_made_says_which_were():
    comparison = plan(read_case(CASES / "worked-example"), runs=("alone",))
    assert "Alone" in " ".join(explain(comparison, "north-hall"))
    with pytest.raises(InputError) as caught:
        explain(comparison, "north-hall", run="shared")
    assert "alone" in caught.value.hint


def test_an_unknown_name_gets_the_nearest_ones():
    with pytest.raises(UnknownName) as caught:
        explain(planned("worked-example"), "nort-hall")
    assert "nort-hall" in caught.value.message
    assert "north-hall" in caught.value.hint


def test_a_name_of_another_table_is_unknown_in_the_one_that_is_named():
    with pytest.raises(UnknownName) as caught:
        explain(planned("worked-example"), "lot:north-januar")
    assert caught.value.hint.startswith("did you mean north-january")
    named = explain(planned("worked-example"), "workload:north-training")
    assert named == explain(planned("worked-example"), "north-training")


def test_a_name_that_two_tables_know_must_say_which():
    case = planned("worked-example").case
    hall = next(row for row in case.sites if row.id == "north-hall")
    both = case.model_copy(
        update={
            "sites": tuple(row.model_copy(update={"id": "swap"}) if row is hall else row for row in case.sites),
            "steps": tuple(
                row.model_copy(update={"site": "swap"}) if row.site == "north-hall" else row for row in case.steps
            ),
            "questions": (),
        }
    )
    comparison = plan(both, runs=("alone", "as_agreed"))
    with pytest.raises(UnknownName) as caught:
        explain(comparison, "swap")
    assert caught.value.hint == "say site:swap or agreement:swap"
    assert explain(comparison, "site:swap")[0].startswith("Site `swap`")
    assert explain(comparison, "agreement:swap")[0].startswith("Agreement “")


def test_a_large_case_says_that_nothing_was_planned_again(monkeypatch):
    monkeypatch.setattr(explain_again, "CELLS_MAX", 0)
    for about in ("north-january", "north-hall", "swap"):
        told = explain(planned("worked-example"), about)
        assert any("too large to be planned again" in sentence for sentence in told)
        assert not any(sentence.startswith(("Planned again", "The answer turns")) for sentence in told)
