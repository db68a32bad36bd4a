"""The run as agreed: what each form of agreement moves, from which day, and when it comes back.

Unless said otherwise a holds 100 accelerators from the first day on, and a and b have a hall each with room for 1,000.
`days` counts a hundred accelerators for a day, 2,400 GPU-hours.
"""

from typing import Any

import pytest

from armslength.model.case import Case
from armslength.model.plan import Plan
from armslength.model.supply import Site
from planner.cases_by_hand import (
    agreed,
    agreement,
    alone,
    case,
    day,
    idle_by_cause,
    leg,
    lot,
    one_hall,
    step,
    stock,
    training,
    used_by_period,
    weeks,
)

NEARLY = 1e-5


def parties(*legs: Any, kind: str = "redirect", deal: dict[str, Any] | None = None, **tables: Any) -> Case:
    """Returns a and b with a hall and work each, a lot of 100 of a, and one agreement with some legs."""
    fields: dict[str, Any] = {
        "horizon": weeks(4),
        "lots": [lot("a", 100, name="lot")],
        "sites": [Site(id="a-hall", owner="a"), Site(id="b-hall", owner="b")],
        "steps": [step("a-hall", 1.0), step("b-hall", 1.0)],
        "workloads": [training("a"), training("b")],
        "agreements": [agreement(kind, "a", "b", **(deal or {}))],  # type: ignore[arg-type]
        "legs": list(legs),
    }
    return case("a", "b", **{**fields, **tables})


def days(plan: Plan, owner: str) -> list[float]:
    return [hours / 2_400 for hours in used_by_period(plan, f"{owner}-train")]


def test_a_redirect_moves_title_for_good():
    plan = agreed(parties(leg("a", "b", 60, lot="lot")))
    assert days(plan, "a") == pytest.approx([2.8] * 4, abs=NEARLY)
    assert days(plan, "b") == pytest.approx([4.2] * 4, abs=NEARLY)


def test_a_redirect_that_takes_effect_later_counts_from_then():
    plan = agreed(parties(leg("a", "b", 60, lot="lot", from_on=10)))
    # 0.6 x (4 of the second week's days), then all
    assert days(plan, "b") == pytest.approx([0, 2.4, 4.2, 4.2], abs=NEARLY)


def test_a_lot_passed_on_ends_with_the_last():
    legs = [leg("b", "c", 100, "a-later", lot="lot"), leg("a", "b", 100, "z-first", lot="lot")]
    of = parties(*legs)
    of = of.model_copy(
        update={
            "organisations": (*of.organisations, of.organisations[0].model_copy(update={"id": "c"})),
            "sites": (*of.sites, Site(id="c-hall", owner="c")),
            "steps": (*of.steps, step("c-hall", 1.0)),
            "workloads": (*of.workloads, training("c")),
        }
    )
    plan = agreed(of)
    assert [sum(days(plan, name)) for name in "abc"] == pytest.approx([0, 0, 28], abs=NEARLY)


@pytest.mark.parametrize("state", ["proposed", "approved", "in_force", "ended"])
def test_only_what_binds_counts(state):
    plan = agreed(parties(leg("a", "b", 60, lot="lot"), deal={"state": state}))
    # A title that moved has moved, also when the agreement has ended since.
    assert sum(days(plan, "b")) == pytest.approx(0 if state == "proposed" else 16.8, abs=NEARLY)


def test_an_ended_lease_gives_nothing():
    plan = agreed(parties(leg("a", "b", 60, site="a-hall"), kind="capacity_lease", deal={"state": "ended"}))
    assert sum(days(plan, "b")) == 0


def loan(until: int | None = None, **deal: Any) -> Case:
    return parties(leg("a", "b", 60, lot="lot", until_on=until), kind="loan", deal=deal)


def test_a_loan_comes_back_on_the_first_day_after_its_term():
    plan = agreed(loan(until=17))
    # 40 x 7 all along, and 60 from day 17 on: 4 days of the third week. b has 60 for two weeks, and in the week
    # in which it gives them back nothing is counted for what it gives.
    assert days(plan, "a") == pytest.approx([2.8, 2.8, 2.8 + 2.4, 7], abs=NEARLY)
    assert days(plan, "b") == pytest.approx([4.2, 4.2, 0, 0], abs=NEARLY)


def test_a_loan_that_ends_with_a_week_loses_nothing():
    plan = agreed(loan(until=14))
    assert days(plan, "a") == pytest.approx([2.8, 2.8, 7, 7], abs=NEARLY)
    assert days(plan, "b") == pytest.approx([4.2, 4.2, 0, 0], abs=NEARLY)


def test_a_recalled_loan_comes_back_after_its_notice():
    plan = agreed(loan(recalled_on=day(7), recall_notice_days=7.0))
    # Recalled on day 7 with 7 days of notice: back on day 14, as above.
    assert days(plan, "a") == pytest.approx([2.8, 2.8, 7, 7], abs=NEARLY)
    assert days(plan, "b") == pytest.approx([4.2, 4.2, 0, 0], abs=NEARLY)


def test_an_open_loan_never_recalled_stays():
    plan = agreed(loan(recall_notice_days=30.0))
    assert days(plan, "a") == pytest.approx([2.8] * 4, abs=NEARLY)
    assert days(plan, "b") == pytest.approx([4.2] * 4, abs=NEARLY)


def test_the_lender_uses_what_it_lends_until_the_loan_begins():
    plan = agreed(parties(leg("a", "b", 60, lot="lot", from_on=14, until_on=21), kind="loan"))
    assert days(plan, "a") == pytest.approx([7, 7, 2.8, 7], abs=NEARLY)
    assert days(plan, "b") == pytest.approx([0, 0, 4.2, 0], abs=NEARLY)


def test_a_loan_recalled_before_it_begins_moves_nothing():
    begun = leg("a", "b", 60, lot="lot", from_on=14)
    plan = agreed(parties(begun, kind="loan", deal={"recalled_on": day(3), "recall_notice_days": 4.0}))
    assert days(plan, "a") == pytest.approx([7] * 4, abs=NEARLY)
    assert sum(days(plan, "b")) == 0


def test_what_is_lent_stays_where_it_was_put_until_it_goes_back():
    """The borrower of a loan moves nothing between its own halls."""
    halls = [Site(id="near", owner="b"), Site(id="far", owner="b")]
    work = [
        training("b", "now", sites=("near",), work_gpu_hours=100 * 168.0, work_value_per_gpu_hour=9.0),
        training("b", sites=("far",)),
    ]
    plan = agreed(
        parties(
            leg("a", "b", 100, lot="lot", until_on=21),
            kind="loan",
            sites=halls,
            steps=[step("near", 1.0), step("far", 1.0, 7)],
            workloads=work,
        )
    )
    # Some stand in one hall, the others in the other, for three weeks.
    sites = {(row.site, row.installed_gpus) for row in plan.holdings if row.period_index == 2}
    assert sum(gpus for _, gpus in sites) == 100
    # x near from the first week: x x 3 >= 100 for the work; the rest is far in the second and third: (100 - 34) x 14.
    assert sum(used_by_period(plan, "now")) == pytest.approx(16_800, abs=1)
    assert sum(days(plan, "b")) == pytest.approx(0.66 * 14, abs=0.01)


def test_hosting_lasts_for_its_term():
    of = parties(
        leg("a", "b", 60, site="b-hall", from_on=3, until_on=17),
        kind="hosting",
        sites=[Site(id="b-hall", owner="b")],
        steps=[step("b-hall", 1.0)],
    )
    plan = agreed(of)
    # 0.6 x 4 and 0.6 x 7 days; as with a loan nothing is counted in the week in which they go home.
    assert days(plan, "a") == pytest.approx([2.4, 4.2, 0, 0], abs=NEARLY)
    assert sum(days(plan, "b")) == 0
    assert sum(days(alone(of), "a")) == 0


def test_what_was_hosted_comes_home_after_its_term():
    of = parties(
        leg("a", "b", 60, site="b-hall", until_on=14),
        kind="hosting",
        steps=[step("a-hall", 0.08, 14), step("b-hall", 0.06)],
        workloads=[training("a"), training("b", work_value_per_gpu_hour=1.0)],
    )
    plan = agreed(of)
    # 60 at b's hall for two weeks; then 80 at a's own. The host's room is free again.
    assert days(plan, "a") == pytest.approx([4.2, 4.2, 5.6, 5.6], abs=NEARLY)


def test_hosting_names_a_lot_and_any_hall_of_the_host():
    of = parties(
        leg("a", "b", 60, lot="lot"),
        kind="hosting",
        lots=[lot("a", 100, 2, "lot")],
        sites=[Site(id="b-hall", owner="b"), Site(id="b-room", owner="b")],
        steps=[step("b-hall", 0.03), step("b-room", 1.0)],
    )
    assert sum(days(agreed(of), "a")) == pytest.approx(0.6 * 26, abs=NEARLY)


def lease(gpus: int, *, own_value: float = 0.5, kind: str = "capacity_lease", **fields: Any) -> Case:
    """Returns a lease of a's accelerators to b, whose work is worth more than a's unless said otherwise."""
    deal = fields.pop("deal", {})
    work = [training("a", work_value_per_gpu_hour=own_value), training("b")]
    tables = {"workloads": fields.pop("workloads", work)}
    return parties(leg("a", "b", gpus, site="a-hall", **fields), kind=kind, deal=deal, **tables)


def test_a_lease_moves_use_and_nothing_else():
    plan = agreed(lease(60, from_on=7, until_on=24))
    assert days(plan, "b") == pytest.approx([0, 4.2, 4.2, 1.8], abs=NEARLY)
    assert days(plan, "a") == pytest.approx([7, 2.8, 2.8, 5.2], abs=NEARLY)
    assert {row.title for row in plan.holdings} == {"a"}
    assert {row.site for row in plan.holdings} == {"a-hall"}


@pytest.mark.parametrize("kind", ["capacity_lease", "contribution", "loan"])
def test_use_may_be_granted_in_three_forms(kind):
    plan = agreed(lease(60, kind=kind))
    assert days(plan, "b") == pytest.approx([4.2] * 4, abs=NEARLY)


def test_take_or_pay_changes_money_and_not_what_runs():
    small = [training("a"), training("b", work_gpu_hours=24_000.0, work_value_per_gpu_hour=9.0)]
    paid, free = (agreed(lease(60, deal={"take_or_pay": flag}, workloads=small)) for flag in (True, False))
    assert paid.uses == free.uses
    # b's work is done after 10 days of 100. What is set aside for b stays so: 0.6 x 28 - 10 days are lent unused.
    assert sum(days(paid, "b")) == pytest.approx(10, abs=NEARLY)
    assert sum(days(paid, "a")) == pytest.approx(0.4 * 28, abs=NEARLY)
    assert idle_by_cause(paid) == {"lent unused": pytest.approx((0.6 * 28 - 10) * 2_400, abs=0.1)}


def test_more_leased_than_there_is_gives_all_there_is():
    plan = agreed(lease(5_000))
    assert sum(days(plan, "b")) == pytest.approx(28, abs=NEARLY)
    assert sum(days(plan, "a")) == 0


def test_a_lease_binds_also_where_the_owner_could_do_better():
    plan = agreed(lease(60, own_value=9.0))
    assert days(plan, "b") == pytest.approx([4.2] * 4, abs=NEARLY)
    assert days(plan, "a") == pytest.approx([2.8] * 4, abs=NEARLY)


def test_a_lease_elsewhere_gives_nothing_here():
    of = lease(60)
    elsewhere = tuple(row.model_copy(update={"site": "b-hall"}) for row in of.legs)
    assert sum(days(agreed(of.model_copy(update={"legs": elsewhere})), "b")) == 0


def test_two_leases_of_the_same_accelerators_share_them():
    legs = [leg("a", "b", 60, "one", site="a-hall"), leg("a", "b", 70, "two", until_on=7)]
    of = parties(*legs, kind="capacity_lease", workloads=[training("a", work_value_per_gpu_hour=0.5), training("b")])
    # 100 in the first week, not 130; then 60.
    assert days(agreed(of), "b") == pytest.approx([7, 4.2, 4.2, 4.2], abs=NEARLY)


def test_nobody_uses_anothers_without_an_agreement():
    of = parties(workloads=[training("b")], agreements=[], legs=[])
    assert sum(days(agreed(of), "b")) == 0


def test_stock_at_anothers_site_waits_when_alone():
    of = one_hall(lots=[], stock=[stock("a", "hall", 100)])
    of = case("a", "t", **{name: getattr(of, name) for name in ("sites", "steps", "workloads", "stock")})
    plan = alone(of)
    assert plan.result_of("a").received_gpu_hours == 100 * 336
    assert plan.result_of("a").idle_gpu_hours == 100 * 336
