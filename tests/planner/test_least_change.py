"""Among plans worth as much, the one that changes the plan in force least."""

import pytest

from armslength.errors import InputError
from armslength.model.plan import Plan
from armslength.model.supply import Site
from armslength.planner.check import check
from armslength.planner.effort import Effort
from armslength.planner.runs import run_plan
from armslength.service.planning import plan_case
from planner.cases_by_hand import case, lot, step, training, weeks

EXACT = Effort(gap_frac=1e-6)


def halls(*open_halls: str, **tables):
    """Returns 8 accelerators of `t` for three halls of which some have power for all."""
    sites = [Site(id=name, owner="t") for name in ("east", "mid", "west")]
    steps = [step(name, 0.008) for name in open_halls]
    return case("t", lots=[lot("t", 8)], sites=sites, steps=steps, workloads=[training("t")], **tables)


def stands(plan: Plan) -> dict[str, int]:
    return {row.site: row.installed_gpus for row in plan.holdings if row.period_index == 1}


@pytest.mark.parametrize("hall", ["east", "mid", "west"])
def test_what_stood_where_in_the_plan_in_force_stays_where_nothing_is_lost_by_it(hall):
    before = run_plan(halls(hall), "alone", EXACT)
    of = halls("east", "mid", "west")
    after = run_plan(of, "alone", EXACT, in_force=before)
    assert stands(after) == stands(before) == {hall: 8}
    assert check(of, after) == ()
    assert after.total_value == pytest.approx(run_plan(of, "alone", EXACT).total_value)


def test_worth_comes_before_change():
    before = run_plan(halls("west"), "alone", EXACT)
    after = run_plan(halls("east"), "alone", EXACT, in_force=before)
    assert stands(after) == {"east": 8}


def test_a_plan_in_force_of_other_days_is_refused():
    before = run_plan(halls("west"), "alone", EXACT)
    later = halls("west").horizon.model_copy(update={"start_on": before.periods[-1].end_on, "end_on": weeks(4).end_on})
    with pytest.raises(InputError, match="no period that begins on a day"):
        plan_case(halls("west", horizon=later), ("shared",), in_force=before)


def test_the_note_says_how_many_periods_both_plans_have():
    before = run_plan(halls("west"), "alone", EXACT)
    found = plan_case(halls("west", horizon=weeks(3)), ("shared",), in_force=before)
    assert any("in the 2 periods both have" in note for note in found.notes)
