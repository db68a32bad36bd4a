"""Planning a case from end to end: runs, verdicts, splits, notes; and cases that are odd or wrong."""

from datetime import date

import pytest

from armslength import check, plan
from armslength.errors import InvalidCase
from armslength.model.agreement import Agreement
from armslength.model.case import Horizon, Sharing
from armslength.model.noun import on_day
from armslength.model.supply import Organisation
from armslength.units import HOURS_PER_DAY

WEEK = 7 * HOURS_PER_DAY
# North's 20 cards run the last two weeks of four; with 10 of them at South's, those run all four.
ALONE_GPU_HOURS = 20 * 2 * WEEK
HOSTED_GPU_HOURS = 10 * 2 * WEEK


def used(comparison, run, organisation):
    return comparison.plan_of(run).result_of(organisation).used_gpu_hours


def verdict(comparison, organisation, run="as_agreed"):
    return next(v for v in comparison.verdicts if (v.organisation, v.run) == (organisation, run))


def test_three_runs_side_by_side(case):
    comparison = plan(case)
    assert used(comparison, "alone", "north") == pytest.approx(ALONE_GPU_HOURS)
    assert used(comparison, "as_agreed", "north") == pytest.approx(ALONE_GPU_HOURS + HOSTED_GPU_HOURS)
    assert comparison.plan_of("shared").total_value == pytest.approx(2 * (ALONE_GPU_HOURS + HOSTED_GPU_HOURS))
    north, south = verdict(comparison, "north"), verdict(comparison, "south")
    assert north.gain_value == pytest.approx(2 * HOSTED_GPU_HOURS - 1000)
    assert (south.standing, south.gain_value) == ("better", 1000)


def test_the_rent_counts_in_the_verdict_and_not_in_the_plan(case, changed):
    dear = plan(changed("settlements", "rent", {"amount_cost": 1e6}))
    assert dear.plan_of("as_agreed") == plan(case).plan_of("as_agreed").model_copy(
        update={"case_digest": dear.plans[0].case_digest}
    )
    north = verdict(dear, "north")
    assert north.standing == "worse"
    assert north.make_whole_cost == pytest.approx(1e6 - 2 * HOSTED_GPU_HOURS)


def test_payments_leave_nobody_below_alone(case):
    comparison = plan(case)
    chosen = next(split for split in comparison.splits if split.chosen)
    assert chosen.rule == "equal_gain"
    assert [share.gain_value for share in chosen.shares] == pytest.approx([HOSTED_GPU_HOURS] * 2)
    assert sum(share.settlement_value for share in chosen.shares) == pytest.approx(0.0, abs=1e-6)
    (payment,) = comparison.payments
    assert (payment.payer, payment.payee) == ("north", "south")


@pytest.mark.parametrize("promise", ["in_kind", "both"])
def test_in_kind_nobodys_own_work_is_worth_less_than_alone(changed, promise):
    comparison = plan(changed(sharing=Sharing(no_detriment=promise)))
    alone, shared = comparison.plan_of("alone"), comparison.plan_of("shared")
    for row in alone.results:
        assert shared.result_of(row.organisation).own_value >= row.own_value - 1e-6
    assert bool(comparison.payments) == (promise == "both")


def test_every_plan_that_is_released_keeps_every_rule(case):
    comparison = plan(case)
    for made in comparison.plans:
        assert check(comparison.case, made, comparison.plan_of("alone")) == ()


def test_the_same_case_gives_the_same_plan(case):
    assert plan(case).model_dump_json() == plan(case).model_dump_json()


def test_listing_rows_in_another_order_changes_nothing(case):
    tables = ("organisations", "sites", "steps", "workloads")
    turned = case.model_copy(update={name: getattr(case, name)[::-1] for name in tables})
    assert plan(turned) == plan(case)


def test_without_an_agreement_the_note_says_so(changed):
    comparison = plan(changed("agreements", "guests", {"state": "proposed"}))
    assert [made.run for made in comparison.plans] == ["alone", "shared"]
    assert comparison.notes == ("No agreement is approved or in force, so there is no run as agreed.",)
    assert {v.run for v in comparison.verdicts} == {"shared"}


def test_what_was_not_known_yet_does_not_bind(changed):
    later = changed("agreements", "guests", {"known_on": date(2025, 1, 10)})
    assert len(plan(later, as_of=date(2025, 1, 9)).plans) == 2
    assert len(plan(later, as_of=date(2025, 1, 10)).plans) == 3
    assert plan(later, as_of=date(2025, 1, 9)).case.as_of == date(2025, 1, 9)


def test_the_better_deal_names_the_forms_that_bring_something(case):
    text = plan(case).better_deal
    assert text.startswith("What was agreed brings +6,720 USD in all")
    assert "Only by hosting: +6,720 USD" in text
    assert "capacity lease" not in text


def test_progress_is_told(case):
    said: list[str] = []
    plan(case, say=said.append)
    assert any("hosting" in words for words in said)


def test_all_problems_of_a_wrong_case_are_carried(changed):
    with pytest.raises(InvalidCase) as caught:
        plan(changed(sites=()))
    assert {problem.place for problem in caught.value.problems} >= {
        "steps[0].site",
        "steps[1].site",
        "legs[0].site",
    }
    assert "small" in str(caught.value)


# Cases that are odd, and what is sensible for each.


def test_nobody_at_all_is_refused(changed):
    tables = (
        "organisations",
        "skus",
        "lots",
        "sites",
        "steps",
        "workloads",
        "agreements",
        "legs",
        "settlements",
    )
    with pytest.raises(InvalidCase, match="nobody to plan for"):
        plan(changed(**dict.fromkeys(tables, ())))


def test_one_organisation_has_nobody_to_share_with(changed):
    alone = changed(
        organisations=(Organisation(id="north"),),
        sites=changed().sites[:1],
        steps=changed().steps[:1],
        workloads=changed().workloads[:1],
        agreements=(),
        legs=(),
        settlements=(),
    )
    comparison = plan(alone)
    assert comparison.verdicts == comparison.splits == ()
    assert used(comparison, "shared", "north") == used(comparison, "alone", "north") == pytest.approx(ALONE_GPU_HOURS)


def test_an_organisation_with_nothing_gets_nothing(changed, case):
    comparison = plan(changed(organisations=(*case.organisations, Organisation(id="west"))))
    west = comparison.plan_of("shared").result_of("west")
    assert (west.own_value, west.received_gpu_hours) == (0, 0)
    assert verdict(comparison, "west").standing == "same"


def test_a_lot_of_none_is_planned_as_none(changed, case):
    none = tuple(lot.model_copy(update={"gpus": 0}) for lot in case.lots)
    comparison = plan(changed(lots=none, agreements=(), legs=(), settlements=()))
    assert comparison.plan_of("shared").total_value == 0
    assert comparison.plan_of("alone").idle == ()
    assert {v.standing for v in comparison.verdicts} == {"same"}


def test_an_agreement_that_moves_more_than_there_is_is_a_problem(changed):
    with pytest.raises(InvalidCase, match="could never hold more than 9"):
        plan(changed("lots", "north-lot", {"gpus": 9}))


def test_a_hall_that_never_opens_leaves_all_in_storage(changed, case):
    comparison = plan(changed(steps=case.steps[1:]), ("alone",))
    assert used(comparison, "alone", "north") == 0
    assert {row.cause for row in comparison.plans[0].idle} == {"no power"}
    assert sum(row.idle_gpu_hours for row in comparison.plans[0].idle) == pytest.approx(20 * 4 * WEEK)


@pytest.mark.parametrize("day", [date(2025, 2, 3), date(2031, 1, 1)])
def test_a_hall_that_opens_after_the_last_day_is_one_that_never_opens(changed, day):
    comparison = plan(changed("steps", "north-opens", {"from_on": on_day(day)}), ("alone",))
    assert used(comparison, "alone", "north") == 0


@pytest.mark.parametrize("day", [date(2025, 1, 6), date(2025, 1, 5), date(1999, 12, 31)])
def test_what_is_dated_before_the_horizon_is_there_from_the_start(changed, day):
    opened = changed("steps", "north-opens", {"from_on": on_day(day)})
    lots = tuple(lot.model_copy(update={"expected_on": on_day(day)}) for lot in opened.lots)
    comparison = plan(opened.model_copy(update={"lots": lots}), ("alone",))
    assert used(comparison, "alone", "north") == pytest.approx(20 * 4 * WEEK)


def test_a_lot_that_comes_too_late_does_nothing(changed):
    comparison = plan(changed("lots", "north-lot", {"expected_on": on_day(date(2026, 1, 1))}), ("alone",))
    assert comparison.plans[0].result_of("north").received_gpu_hours == 0


def test_a_horizon_of_one_day(changed):
    one = Horizon(start_on=date(2025, 1, 20), end_on=date(2025, 1, 21))
    comparison = plan(changed(horizon=one), ("alone",))
    assert used(comparison, "alone", "north") == pytest.approx(20 * HOURS_PER_DAY)


def test_work_that_is_worth_nothing_is_no_loss(changed):
    comparison = plan(changed("workloads", "north-work", {"work_value_per_gpu_hour": 0.0}))
    assert verdict(comparison, "north").gain_value == pytest.approx(-1000.0)


def test_no_form_of_sharing_allowed_is_standing_alone(changed):
    comparison = plan(changed(sharing=Sharing(kinds=())), ("alone", "shared"))
    assert comparison.plan_of("shared").total_value == comparison.plan_of("alone").total_value
    assert comparison.plan_of("shared").deals == ()


def test_those_in_no_group_together_do_not_deal(changed):
    apart = changed(sharing=Sharing(groups=(("north",), ("south",))))
    assert plan(apart, ("shared",)).plan_of("shared").deals == ()


def test_an_agreement_without_legs_moves_nothing(changed, case):
    idle = Agreement(id="words", kind="loan", parties=("north", "south"), state="in_force")
    comparison = plan(changed(agreements=(idle,), legs=(), settlements=()), ("alone", "as_agreed"))
    assert {v.standing for v in comparison.verdicts} == {"same"}
