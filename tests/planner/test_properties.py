"""What holds for every case, on small ones drawn at random: sharing, the split, and more capacity."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.model.case import ALL_KINDS, Case
from armslength.model.noun import on_day
from armslength.model.supply import Step
from armslength.planner.check import check
from armslength.planner.effort import Effort
from armslength.planner.runs import not_below, run_plan
from armslength.service.planning import plan_case
from planner.cases_by_hand import solved
from planner.random_cases import few, simple_cases

GAP = 1e-6
# Values are sums of rounded hours: a cent for each of two plans.
CENTS = 0.02


@few(8)
@given(simple_cases())
def test_sharing_never_leaves_the_total_below_alone(of):
    before = solved(of, "alone")
    after = solved(of, "shared", alone=before)
    assert after.total_value >= before.total_value - CENTS
    # Whole accelerators: at most one at each hall is left out, for the time of the horizon, at 5 USD.
    days = (of.horizon.end_on - of.horizon.start_on).days
    assert after.provenance.bound_value - after.total_value <= len(of.sites) * 5 * 24 * days


@few(8)
@given(simple_cases())
def test_sharing_in_kind_leaves_nobody_below_alone(of):
    before = solved(of, "alone")
    floor = {row.organisation: row.own_value for row in before.results}
    after = not_below(run_plan(of, "shared", Effort(gap_frac=GAP), floor), before, floor)
    kind = of.model_copy(update={"sharing": of.sharing.model_copy(update={"no_detriment": "in_kind"})})
    assert check(of, after, before) == ()
    assert [p for p in check(kind, after, before) if p.place.startswith("no_detriment")] == []
    for row in after.results:
        assert row.own_value >= floor[row.organisation] - CENTS


@few(6)
@given(simple_cases(), st.sampled_from(["money", "both"]))
def test_after_the_split_nobody_is_below_alone(of, promise):
    of = of.model_copy(update={"sharing": of.sharing.model_copy(update={"no_detriment": promise})})
    found = plan_case(of, ("alone", "shared"), gap=GAP)
    net = {row.organisation: 0.0 for row in found.verdicts}
    for payment in found.payments:
        net[payment.payee] += payment.amount_cost
        net[payment.payer] -= payment.amount_cost
    for row in found.verdicts:
        assert row.gain_value >= -CENTS
        assert net[row.organisation] == pytest.approx(row.settlement_value, abs=CENTS)
    gain = found.plan_of("shared").total_value - found.plan_of("alone").total_value
    assert sum(row.gain_value for row in found.verdicts) == pytest.approx(
        gain if found.verdicts else 0, abs=len(net) * CENTS
    )


def more_power(of: Case, index: int) -> Case:
    steps = list(of.steps)
    chosen = steps[index % len(steps)]
    steps[index % len(steps)] = chosen.model_copy(update={"power_mw": (chosen.power_mw or 0.0) + 0.05})
    return of.model_copy(update={"steps": tuple(steps)})


def more_chips(of: Case, index: int) -> Case:
    lots = list(of.lots)
    chosen = lots[index % len(lots)]
    lots[index % len(lots)] = chosen.model_copy(update={"gpus": chosen.gpus + 37})
    return of.model_copy(update={"lots": tuple(lots)})


def sooner(of: Case, index: int) -> Case:
    lots = list(of.lots)
    chosen = lots[index % len(lots)]
    day = chosen.expected_on.p50_on - timedelta(days=9)
    lots[index % len(lots)] = chosen.model_copy(update={"expected_on": on_day(day)})
    return of.model_copy(update={"lots": tuple(lots)})


@few(8)
@given(simple_cases(), st.integers(0, 5), st.sampled_from([more_power, more_chips, sooner]))
def test_more_capacity_is_never_worth_less(of, index, change):
    for run in ("alone", "shared"):
        before, after = solved(of, run), solved(change(of, index), run)
        assert after.total_value >= before.total_value - CENTS


@few(8)
@given(simple_cases(), st.integers(0, 5))
def test_a_kind_of_agreement_more_is_never_worth_less(of, dropped):
    kinds = tuple(kind for number, kind in enumerate(ALL_KINDS) if number != dropped)
    fewer = of.model_copy(update={"sharing": of.sharing.model_copy(update={"kinds": kinds})})
    assert solved(of, "shared").total_value >= solved(fewer, "shared").total_value - CENTS


@few(10)
@given(simple_cases())
def test_saying_again_what_is_so_changes_nothing(of):
    again = tuple(
        Step(
            id=f"{row.id}-again",
            site=row.site,
            from_on=on_day(row.from_on.p50_on + timedelta(days=7)),
            power_mw=row.power_mw,
        )
        for row in of.steps
    )
    for run in ("alone", "shared"):
        other = solved(of.model_copy(update={"steps": (*of.steps, *again)}), run)
        assert other.total_value == pytest.approx(solved(of, run).total_value, abs=CENTS)
