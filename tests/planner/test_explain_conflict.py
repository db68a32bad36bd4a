"""A case that cannot be planned yields its smallest conflict in the field's words, with its numbers."""

from pathlib import Path

import pytest

from armslength import plan, read_case
from armslength.errors import Infeasible
from armslength.model.supply import Stock
from armslength.planner.build import build, family_names
from armslength.planner.explain import infeasible_sentences
from armslength.planner.explain_conflict import RULES
from armslength.planner.scope import scope_of
from armslength.planner.tabulate import tabulate

CASES = Path(__file__).resolve().parents[2] / "cases"


@pytest.fixture(scope="module")
def case():
    return read_case(CASES / "worked-example")


def with_stock(case, gpus, *, slots=True):
    """35,000 H100 draw 49 MW; South's hall has 16.8 MW and 12,000 slots."""
    stock = Stock(id="too-many", site="south-hall", owner="south", sku="h100", gpus=gpus)
    steps = case.steps if slots else tuple(row.model_copy(update={"gpu_slots": None}) for row in case.steps)
    return case.model_copy(update={"stock": (stock,), "steps": steps})


@pytest.mark.parametrize(("slots", "name"), [(True, "too-few-slots"), (False, "too-little-power")])
def test_golden_conflict_of_stock_and_room(case, golden, slots, name):
    crowded = with_stock(case, 35_000, slots=slots)
    with pytest.raises(Infeasible) as caught:
        plan(crowded, runs=("alone",))
    sentences = infeasible_sentences(crowded, caught.value.conflict)
    golden(f"explain/infeasible-{name}.txt", "\n".join(sentences) + "\n")


def test_the_conflict_names_both_sides_with_their_numbers(case):
    crowded = with_stock(case, 35_000, slots=False)
    with pytest.raises(Infeasible) as caught:
        plan(crowded, runs=("alone",))
    text = "\n".join(infeasible_sentences(crowded, caught.value.conflict))
    assert "35,000 H100 of South stand at South's hall from the start" in text
    assert "South's hall has 16.8 MW at most" in text
    # 35,000 x 1.4 kW
    assert "the stock there draws 49 MW" in text


def test_stock_that_fits_is_no_conflict(case):
    assert plan(with_stock(case, 12_000), runs=("alone",)).plans


def test_periods_in_a_row_are_told_as_one_span(case):
    days = ("2024-01-01", "2024-02-01", "2024-03-01")
    conflict = [("keeps_standing", ("south:h100", "south-hall", day)) for day in days]
    sentences = infeasible_sentences(case, conflict)
    assert len(sentences) == 2
    assert sentences[1] == "H100 of South that stand at South's hall stay there from 2024-01-01 until 2024-04-01."


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            ("received", ("north:h100", "2024-05-01")),
            "No more H100 of North can stand than are received: 12,000 by",
        ),
        (
            ("received", ("north+south:h100", "2024-05-01")),
            "No more H100 of North and South can stand than are",
        ),
        (("power", ("south-hall", "2024-05-01")), "South's hall has 16.8 MW at most before 2024-06-01."),
        (("slots", ("north-hall", "2024-09-01")), "North's new hall has 0 slots at most before 2024-10-01."),
        (("no_detriment", ("north",)), "North's own work must be worth no less than alone"),
        (("gang_size", ("north-training", "2024-05-01")), "North's training uses its largest size at most"),
        (("commissioning", ("south-hall", "2024-05-01")), "South's hall commissions a limited number of"),
        (("agreed_use", ("north-to-south", "2024-05-01")), "South may use 12,000 accelerators under the leg"),
    ],
)
def test_each_rule_has_its_sentence(case, rule, sentence):
    assert any(text.startswith(sentence) for text in infeasible_sentences(case, [rule]))


def test_without_a_conflict_it_says_what_to_do(case):
    first, second = infeasible_sentences(case, ())
    assert "no smaller conflict" in first
    assert "armslength check" in second


def test_an_unknown_rule_is_named_rather_than_lost(case):
    assert any(
        "`new_rule` about north-hall" in text for text in infeasible_sentences(case, [("new_rule", ("north-hall",))])
    )


def test_every_family_has_a_sentence():
    assert set(family_names()) <= set(RULES)


@pytest.mark.parametrize("name", ["worked-example", "shared-hall", "buyers-club", "power-binds"])
def test_every_family_that_programs_hold_has_a_sentence(name):
    case = read_case(CASES / name)
    for run in ("alone", "as_agreed", "shared"):
        program, _ = build(*tabulate(case, scope_of(case, run)), strict=True)
        held = {family.name: family.key_of(0) for family in program.families if family.count}
        for family, key in held.items():
            assert not any(f"`{family}`" in text for text in infeasible_sentences(case, [(family, key)]))
