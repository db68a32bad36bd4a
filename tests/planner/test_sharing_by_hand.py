"""The shared run: which forms of agreement lead where, groups, no detriment, and fewer agreements.

100 accelerators for two weeks are 33,600 GPU-hours, worth 2 USD each unless said otherwise.
"""

from itertools import combinations
from typing import Any

import pytest

from armslength.model.case import ALL_KINDS, Case
from armslength.model.supply import Organisation, Site
from armslength.planner.check import check
from armslength.planner.effort import Effort
from armslength.planner.fewer import fewer_agreements
from armslength.planner.runs import run_plan
from armslength.service.planning import plan_case
from planner.cases_by_hand import (
    alone,
    case,
    lot,
    shared,
    sharing,
    step,
    stock,
    training,
    used,
)

ALL = 33_600.0
NEARLY = 0.05


def roles(chips: str, room: str, work: str, *, arrives: int = 0, **tables: Any) -> Case:
    """Returns three organisations: who has 100 accelerators, who a hall for them, and who work."""
    fields: dict[str, Any] = {
        "lots": [lot(chips, 100, arrives)],
        "sites": [Site(id="hall", owner=room)],
        "steps": [step("hall", 0.1)],
        "workloads": [training(work)],
    }
    return case("a", "b", "c", **{**fields, **tables})


MOVES = ("redirect", "slot_swap", "loan")
# Chips, room and work, and every smallest set of kinds that brings them together. A redirect, swap or loan makes
# another the holder; from the holder custody may pass by hosting, and use by a lease.
CHAINS: list[tuple[str, list[tuple[str, ...]]]] = [
    ("aaa", [()]),
    ("aba", [("hosting",), *((kind, "capacity_lease") for kind in MOVES)]),
    ("aab", [("capacity_lease",), *((kind, "hosting") for kind in MOVES)]),
    ("abb", [*((kind,) for kind in MOVES), ("hosting", "capacity_lease")]),
    (
        "abc",
        [
            ("hosting", "capacity_lease"),
            *((kind, by) for kind in MOVES for by in ("hosting", "capacity_lease")),
        ],
    ),
]


@pytest.mark.parametrize(("who", "needed"), CHAINS, ids=[who for who, _ in CHAINS])
def test_kinds_of_agreement_lead_where_they_should_and_nowhere_else(who, needed):
    for size in range(3):
        for kinds in combinations(ALL_KINDS, size):
            reached = any(set(chain) <= set(kinds) for chain in needed)
            plan = shared(roles(*who, sharing=sharing(kinds=kinds)))
            assert used(plan) == pytest.approx(ALL if reached else 0, abs=NEARLY), kinds


@pytest.mark.parametrize(
    ("kind", "arrives", "moves"), [("redirect", -7, False), ("redirect", 0, True), ("loan", -7, True)]
)
def test_only_a_lot_not_yet_received_can_be_redirected(kind, arrives, moves):
    plan = shared(roles("a", "b", "b", arrives=arrives, sharing=sharing(kinds=(kind,))))
    assert used(plan) == pytest.approx(ALL if moves else 0, abs=NEARLY)


@pytest.mark.parametrize(("kind", "moves"), [("loan", False), ("hosting", False), ("capacity_lease", True)])
def test_stock_stays_where_it_stands_but_its_use_may_be_leased(kind, moves):
    there = [stock("a", "hall", 100)]
    plan = shared(roles("a", "a", "b", lots=[], stock=there, sharing=sharing(kinds=(kind,))))
    assert used(plan) == pytest.approx(ALL if moves else 0, abs=NEARLY)


@pytest.mark.parametrize(
    ("groups", "reached"),
    [
        ((), True),
        ((("a", "b", "c"),), True),
        ((("a", "b"), ("b", "c")), False),
        ((("a", "b"), ("c",)), False),
        ((("a", "b"), ("a", "b", "c")), True),
        (((),), False),
    ],
)
def test_title_custody_and_use_lie_within_one_group(groups, reached):
    plan = shared(roles("a", "b", "c", sharing=sharing(groups=groups)))
    assert used(plan) == pytest.approx(ALL if reached else 0, abs=NEARLY)


def test_groups_that_share_a_member_both_deal_with_it():
    of = roles("b", "a", "b", sharing=sharing(groups=(("a", "b"), ("b", "c"))))
    of = of.model_copy(
        update={
            "sites": (*of.sites, Site(id="room", owner="c")),
            "steps": (step("hall", 0.04), step("room", 0.06)),
        }
    )
    assert used(shared(of)) == pytest.approx(ALL, abs=NEARLY)


@pytest.mark.parametrize(("names", "reached"), [((), True), (("a",), True), (("b",), False), (("a", "b"), True)])
def test_what_hardware_work_touches_goes_by_title(names, reached):
    plan = shared(roles("a", "b", "b", workloads=[training("b", hardware_of=names)]))
    assert used(plan) == pytest.approx(ALL if reached else 0, abs=NEARLY)


def test_work_names_its_sites_also_when_sharing():
    two = {"sites": [Site(id="hall", owner="b"), Site(id="room", owner="c")]}
    steps = [step("hall", 0.1), step("room", 0.03)]
    plan = shared(roles("a", "b", "b", **two, steps=steps, workloads=[training("b", sites=("room",))]))
    assert used(plan) == pytest.approx(0.3 * ALL, abs=NEARLY)


@pytest.mark.parametrize(
    ("who", "kind", "giver", "taker"),
    [
        ("aba", "hosting", "a", "b"),
        ("aab", "capacity_lease", "a", "b"),
        ("abb", "redirect", "a", "b"),
    ],
)
def test_a_plan_names_the_agreement_it_needs(who, kind, giver, taker):
    [deal] = shared(roles(*who)).deals
    assert (deal.kind, deal.giver, deal.taker, deal.most_gpus) == (kind, giver, taker, 100)
    assert deal.moved_gpu_hours == pytest.approx(ALL, abs=NEARLY)
    assert (deal.until_on - deal.from_on).days == 14
    assert "100 h100" in deal.text


def dear(own: float, **tables: Any) -> Case:
    """Returns a with 100 accelerators, a hall and work worth ``own``, and b with work worth 2 USD."""
    work = [training("a", work_value_per_gpu_hour=own), training("b")]
    return roles("a", "a", "b", **{"workloads": work, **tables})


def test_no_detriment_in_money_lets_the_dearer_work_go_first_and_pays():
    found = plan_case(dear(1.0, sharing=sharing(no_detriment="money")), ("alone", "shared"), gap=1e-6)
    # Alone 33,600 x 1 USD for a; shared 33,600 x 2 USD for b; a third of the gain of 33,600 each, so b pays a
    # 33,600 + 11,200, and c, without which nothing changes, 11,200.
    assert found.plan_of("shared").total_value == pytest.approx(2 * ALL, abs=NEARLY)
    gains = {row.organisation: row.gain_value for row in found.verdicts if row.run == "shared"}
    assert gains == pytest.approx({"a": ALL / 3, "b": ALL / 3, "c": ALL / 3}, abs=NEARLY)
    paid = {(row.payer, row.payee): row.amount_cost for row in found.payments}
    assert paid == pytest.approx({("b", "a"): ALL * 4 / 3, ("b", "c"): ALL / 3}, abs=NEARLY)


@pytest.mark.parametrize("promise", ["in_kind", "both"])
def test_no_detriment_in_kind_keeps_everyones_own_work(promise):
    found = plan_case(dear(1.0, sharing=sharing(no_detriment=promise)), ("alone", "shared"), gap=1e-6)
    plan = found.plan_of("shared")
    assert plan.result_of("a").own_value == pytest.approx(ALL, abs=NEARLY)
    assert plan.result_of("b").own_value == pytest.approx(0, abs=NEARLY)
    assert {row.standing for row in found.verdicts} == {"same"}


def test_no_detriment_in_kind_still_shares_what_would_wait():
    # a's hall holds 40; the other 60 run b's work at b's hall.
    halls = {"sites": [Site(id="hall", owner="a"), Site(id="room", owner="b")]}
    steps = [step("hall", 0.04), step("room", 1.0)]
    of = dear(1.0, **halls, steps=steps, sharing=sharing(no_detriment="in_kind"))
    plan = plan_case(of, ("alone", "shared"), gap=1e-6).plan_of("shared")
    assert plan.result_of("a").own_value >= 0.4 * ALL * 1 - NEARLY
    assert plan.result_of("b").own_value == pytest.approx(0.6 * ALL * 2, abs=NEARLY)


def test_no_detriment_in_kind_makes_no_payments():
    found = plan_case(dear(1.0, sharing=sharing(no_detriment="in_kind")), ("alone", "shared"))
    assert found.payments == ()
    assert found.splits == ()


def takers(**rules: Any) -> Case:
    """Returns a with 100 accelerators and no room, and b and c with room for 60 each and work."""
    halls = {"sites": [Site(id="hall", owner="b"), Site(id="room", owner="c")]}
    steps = [step("hall", 0.06), step("room", 0.06)]
    return roles(
        "a",
        "b",
        "b",
        **halls,
        steps=steps,
        workloads=[training("b"), training("c")],
        sharing=sharing(**rules),
    )


def reduced(of: Case) -> tuple[float, set[str], list[str]]:
    notes: list[str] = []
    effort = Effort(gap_frac=1e-6)
    plan = fewer_agreements(of, run_plan(of, "shared", effort), effort, None, notes)
    assert check(of, plan) == ()
    return used(plan), {deal.taker for deal in plan.deals}, notes


def test_agreements_stay_that_bring_more_than_the_tolerance():
    hours, partners, notes = reduced(takers())
    assert hours == pytest.approx(ALL, abs=NEARLY)
    assert partners == {"b", "c"}
    assert notes == []


def test_agreements_go_that_bring_less_than_the_tolerance():
    # One of the two alone keeps 60 of 100.
    hours, partners, _ = reduced(takers(tolerance_frac=0.4))
    assert hours == pytest.approx(0.6 * ALL, abs=NEARLY)
    assert len(partners) == 1


@pytest.mark.parametrize(
    ("rules", "stays"),
    [
        ({"deal_gpus_min": 100}, True),
        ({"deal_gpus_min": 101}, False),
        ({"deal_weeks_min": 2.0}, True),
        ({"deal_weeks_min": 2.1}, False),
    ],
)
def test_no_agreement_is_smaller_or_shorter_than_allowed(rules, stays):
    hours, _, _ = reduced(roles("a", "b", "b", sharing=sharing(**rules)))
    assert hours == pytest.approx(ALL if stays else 0, abs=NEARLY)


def test_agreements_that_are_too_small_go_even_when_time_is_over():
    of = roles("a", "b", "b", sharing=sharing(deal_gpus_min=101))
    plan = run_plan(of, "shared", Effort(gap_frac=1e-6))
    notes: list[str] = []
    clock = iter([0.0, 0.0])
    late = Effort(gap_frac=1e-6, time_limit_seconds=1.0, clock=lambda: next(clock, 2.0))
    kept = fewer_agreements(of, plan, late, None, notes, alone=alone(of))
    assert plan.deals
    assert kept.deals == ()
    assert check(of, kept) == ()
    assert notes == [
        "The set of agreements was reduced only as far as the time allowed.",
        "Some organisations deal no more, as their agreements were smaller or shorter than the case allows; "
        "the plan is worth 100.0% less for it. Another choice of partners may lose less.",
    ]


def test_agreements_that_are_too_small_go_among_many_organisations_too():
    # Nine organisations are too many for fewer agreements; b's 60 and c's 40 of 100, and the other six have nothing.
    names = tuple("abcdefghi")
    of = takers(deal_gpus_min=50)
    of = of.model_copy(update={"organisations": tuple(Organisation(id=name) for name in names)})
    found = plan_case(of, ("alone", "shared"), gap=1e-6)
    plan = found.plan_of("shared")
    assert [deal.most_gpus for deal in plan.deals] == [60]
    assert plan.total_value == pytest.approx(0.6 * 2 * ALL, abs=NEARLY)
    assert any("deal no more" in note for note in found.notes)


@pytest.mark.parametrize("promise", ["money", "in_kind"])
def test_groups_of_the_case_hold_for_smallest_agreements(promise):
    of = takers(deal_gpus_min=50, groups=(("a", "b"), ("a", "c")), no_detriment=promise)
    plan = plan_case(of, ("alone", "shared"), gap=1e-6).plan_of("shared")
    assert [deal.most_gpus for deal in plan.deals] == [60]


def test_sharing_among_strangers_is_standing_alone():
    of = dear(1.0, sharing=sharing(kinds=()))
    assert shared(of).uses == alone(of).uses


@pytest.mark.parametrize("names", ["ab", "abc"])
def test_equals_who_lack_nothing_make_no_agreements(names):
    of = case(
        *names,
        sites=[Site(id=f"{name}-hall", owner=name) for name in names],
        steps=[step(f"{name}-hall", 1.0) for name in names],
        lots=[lot(name, 100) for name in names],
        workloads=[training(name) for name in names],
    )
    plan = plan_case(of, ("alone", "shared")).plan_of("shared")
    assert used(plan) == pytest.approx(len(names) * ALL, abs=NEARLY)
    assert plan.deals == ()
