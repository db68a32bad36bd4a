"""What explanations say, against arithmetic by hand: a month counts 730 h, a GPU-hour is worth 2.50 USD."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from armslength import explain, plan, read_case
from armslength.model.case import Case
from armslength.model.comparison import Comparison
from armslength.model.noun import on_day
from armslength.planner import explain_again
from armslength.planner.explain_trace import STOCK, stretches, traced

CASES = Path(__file__).resolve().parents[2] / "cases"


@cache
def case_of(name: str) -> Case:
    return read_case(CASES / name)


@cache
def planned(name: str) -> Comparison:
    strict = name == "shared-hall"  # a gang of 32 does not run half of the time on 16 cards
    return plan(case_of(name).model_copy(update={"questions": ()}), strict=strict)


def told(about: str | None, comparison: Comparison | None = None) -> str:
    return "\n".join(explain(comparison, about)) if comparison else told_of_example(about)


@cache
def told_of_example(about: str | None) -> str:
    return told(about, planned("worked-example"))


@pytest.fixture
def no_plan_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what a plan says by itself, nothing needs to be planned again."""
    monkeypatch.setattr(explain_again, "COST_MAX", 0.0)


def test_the_verdict_turns_on_the_day_of_the_last_return_lot():
    # North's hall open on 1 June or later: all return lots are there. A day earlier it lacks 6,000.
    assert (
        "The answer turns with the opening of North's new hall (step `north-hall-opens`), planned for "
        "2024-10-01: on 2024-06-01, North is as agreed neither better nor worse off than alone; a day "
        "earlier, it would be worse off." in told("swap")
    )


def test_the_verdict_turns_when_the_lot_comes_half_through_the_way():
    # South gains 12,000 from the day of receipt to 31 May and gives up 6,000 for five months: even with two
    # and a half months left, in the middle of March (the 16th of 31 days).
    assert "on 2024-03-16, South is as agreed better off than alone; a day later, it would be worse off" in told(
        "north-january"
    )


def test_one_more_accelerator_works_from_october():
    # 3 months x 730 h x 2.50 USD = 5,475 USD
    assert "one more accelerator in this lot changes the worth of all work by +5,475 USD alone and shared" in told(
        "north-january"
    )


def test_room_takes_power_and_slots_together():
    # 1 MW / 1.4 kW = 714 accelerators, in the nine months in which North's wait:
    # 714 x 9 x 730 h x 2.50 USD = 11.73 M USD
    text = told("south-hall")
    assert "one more MW there from 2024-01-01 on changes the worth of all work by nothing" in text
    assert "with 714 more slots, changes the worth of all work by nothing alone and as agreed and +11.73 M USD" in text


def test_a_gpu_hour_is_priced_at_its_worth():
    assert "a GPU-hour of H100 is priced at 2.50 USD" in told("south-hall")


def test_waiting_is_told_with_its_cause_and_the_day_it_ends():
    # 12,000 x 9 x 730 h = 78.84 M of 12,000 x 12 x 730 h = 105.12 M
    assert (
        "78.84 M of their 105.12 M GPU-hours pass unused for “no power”: North's new hall has no powered "
        "room before 2024-10-01" in told("north-january")
    )


@pytest.mark.usefixtures("no_plan_again")
def test_a_loan_is_told_with_its_term_and_its_return():
    text = told("east-cards", planned("shared-hall"))
    # Recalled on 3 February with 28 days' notice.
    assert "The laboratory has the use of 16 from 2025-01-06 until 2025-03-03" in text
    assert "East University gets 16 back on 2025-03-03" in text


@pytest.mark.usefixtures("no_plan_again")
def test_a_gang_that_never_finds_enough_says_so():
    text = told("language", planned("shared-hall"))
    assert "it needs 32 accelerators at a time, and at most 16 stand where it may run" in text


@pytest.mark.usefixtures("no_plan_again")
def test_an_outage_is_the_reason_for_a_service_left_short():
    assert "Cage of Ash has 0 MW for accelerators that draw 0.01 MW from 2025-03-01 until 2025-04-01" in told(
        "ash-service", planned("buyers-club")
    )


@pytest.mark.usefixtures("no_plan_again")
def test_a_settlement_is_told_beside_the_difference_before_it():
    text = told("lease-birch-ash", planned("buyers-club"))
    # 2 x 730 h x 3.00 USD gained, 2 x 730 h x 2.00 USD paid
    assert "Ash is better off than alone by 1,460 USD; before settlement the difference is +4,380 USD" in text
    assert "it pays 2,920 USD" in text


@pytest.mark.usefixtures("no_plan_again")
def test_a_loser_is_told_what_would_make_it_whole():
    steps = tuple(
        row.model_copy(update={"from_on": on_day(date(2024, 3, 1))}) if row.id == "north-hall-opens" else row
        for row in case_of("worked-example").steps
    )
    early = case_of("worked-example").model_copy(update={"steps": steps, "questions": ()})
    comparison = plan(early, runs=("alone", "as_agreed"))
    # 6,000 x 3 months x 730 h x 2.50 USD = 32.85 M USD
    text = told("north", comparison)
    assert "North is worse off than alone by 32.85 M USD" in text
    assert "a payment of 32.85 M USD would make it as well off as alone" in text


def test_a_proposal_is_told_with_what_it_would_do():
    case = case_of("worked-example")
    proposed = tuple(row.model_copy(update={"state": "proposed"}) for row in case.agreements)
    comparison = plan(case.model_copy(update={"agreements": proposed, "questions": ()}), runs=("alone", "shared"))
    text = told("swap", comparison)
    assert "It is only proposed, so no run counts it" in text
    assert "as if it were in force, its own effect is North 0 USD and South +54.75 M USD" in text


def test_a_lot_after_the_horizon_a_lot_of_none_and_a_hall_that_never_opens():
    case = case_of("worked-example")
    later, empty, rest = case.lots[0], case.lots[1], case.lots[2]
    lots = (
        later.model_copy(update={"expected_on": on_day(date(2025, 6, 1))}),
        empty.model_copy(update={"gpus": 0}),
        rest,
    )
    steps = tuple(row for row in case.steps if row.site != later.owner + "-hall")
    odd = case.model_copy(update={"lots": lots, "steps": steps, "agreements": (), "legs": (), "questions": ()})
    comparison = plan(odd, runs=("alone",))
    assert "so it plays no part" in told(later.id, comparison)
    assert "It is empty" in told(empty.id, comparison)
    assert "no powered room within the horizon" in told(later.owner + "-hall", comparison)


def test_one_organisation_alone_is_told_without_a_verdict():
    case = case_of("worked-example")
    single = case.model_copy(
        update={
            "organisations": case.organisations[:1],
            "lots": case.lots[:1],
            "sites": case.sites[:1],
            "steps": case.steps[:1],
            "workloads": case.workloads[:1],
            "agreements": (),
            "legs": (),
            "questions": (),
        }
    )
    text = told("north", plan(single))
    assert "no verdict" in text
    assert "78.84 M of its 105.12 M GPU-hours received pass unused" in text


@pytest.mark.parametrize("name", ["worked-example", "shared-hall", "power-binds", "buyers-club", "redirect-2023"])
def test_idle_gpu_hours_by_lot_add_up_to_the_plan_s(name):
    comparison = planned(name)
    for run in comparison.plans:
        for title, sku in {(row.title, row.sku) for row in run.supplies}:
            traces = traced(comparison.case, run, title, sku)
            for cause in {row.cause for row in run.idle}:
                by_lot = sum(trace.idle.get(cause, 0.0) for trace in traces.values())
                planned_idle = sum(
                    row.idle_gpu_hours for row in run.idle if (row.title, row.sku, row.cause) == (title, sku, cause)
                )
                assert by_lot == pytest.approx(planned_idle, abs=0.01)


@pytest.mark.parametrize("name", ["worked-example", "shared-hall", "redirect-2023"])
def test_every_accelerator_that_stands_comes_from_a_lot_or_from_stock(name):
    comparison = planned(name)
    for run in comparison.plans:
        for title, sku in {(row.title, row.sku) for row in run.supplies}:
            traces = traced(comparison.case, run, title, sku)
            for index in range(len(run.periods)):
                standing = sum(
                    row.installed_gpus
                    for row in run.holdings
                    if (row.title, row.sku, row.period_index) == (title, sku, index)
                )
                assert sum(trace.total(index) for trace in traces.values()) == standing
            assert STOCK in traces


def test_a_lot_lent_and_returned_passes_through_two_hands():
    case = planned("shared-hall").case
    lot = next(row for row in case.lots if row.id == "east-cards")
    parts = stretches(case, "as_agreed", lot)
    assert {(part.holder, part.gpus, part.from_on, part.until_on) for part in parts} == {
        ("east", 16, date(2025, 1, 6), None),
        ("lab", 16, date(2025, 1, 6), date(2025, 3, 3)),
        ("east", 16, date(2025, 3, 3), None),
    }
    assert sum(part.gpus for part in stretches(case, "alone", lot)) == 32
