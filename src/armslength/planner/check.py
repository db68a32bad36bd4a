"""The independent check: every rule and the objective recomputed from Case and Plan, with plain loops.

It runs after every solve and on every plan edited by hand. It shares no code with what makes plans: it
imports the standard library, the nouns, the units, the errors and its own parts `check_*`. Cost grows with
the plan's rows.

What it does not see: whether a better plan exists (the bound is the solver's word), what a binding's price
is, and why accelerators are idle (that the stated causes add up, it does see). Dates count at their p50.
"""

from collections.abc import Sequence

from armslength.errors import CheckFailed, Problem
from armslength.model.case import Case
from armslength.model.plan import Plan
from armslength.planner.check_books import (
    check_bindings,
    check_idle,
    check_periods,
    check_provenance,
    check_results,
    check_workload_results,
)
from armslength.planner.check_deals import check_deals
from armslength.planner.check_findings import RULES, Findings
from armslength.planner.check_ground import ground
from armslength.planner.check_permission import check_permission
from armslength.planner.check_supply import (
    check_commissioning,
    check_keeps_standing,
    check_received,
    check_room,
    check_supplies,
)
from armslength.planner.check_tally import tally
from armslength.planner.check_usable import check_usable
from armslength.planner.check_use import check_use, check_wishes, check_workloads
from armslength.planner.check_value import check_no_detriment

__all__ = ["RULES", "check", "checked"]


def check(case: Case, plan: Plan, alone: Plan | Sequence[Plan] | None = None) -> tuple[Problem, ...]:
    """Finds every rule that a plan breaks.

    Args:
        case: the case as planned: valid, and as of its day.
        plan: the plan of one run.
        alone: the plan of the run `alone`, or several that together hold every organisation. Needed to check
            `no_detriment` of a shared plan; without it that rule alone is left out.

    Returns:
        All broken rules. A problem's place starts with the rule's name in `RULES` and says where (names,
        the period's first day); its message says by how much, with units. Empty when the plan keeps all
        rules.
    """
    findings = Findings()
    land = ground(case, plan.run)
    sums = tally(land, plan, findings)
    check_periods(land, plan, findings)
    check_supplies(land, sums, findings)
    check_received(land, sums, findings)
    check_keeps_standing(land, sums, findings)
    check_room(land, sums, findings)
    check_commissioning(land, sums, findings)
    check_usable(land, sums, findings)
    check_use(land, sums, findings)
    check_permission(land, sums, findings)
    check_wishes(land, plan, sums, findings)
    check_workloads(land, plan, sums, findings)
    check_workload_results(land, plan, sums, findings)
    check_results(land, plan, sums, findings)
    check_idle(land, sums, findings)
    check_deals(land, plan, sums, findings)
    check_bindings(land, plan, findings)
    check_provenance(land, plan, findings)
    others = (alone,) if isinstance(alone, Plan) else tuple(alone or ())
    check_no_detriment(land, plan, others, findings)
    return findings.problems()


def checked(case: Case, plan: Plan, alone: Plan | Sequence[Plan] | None = None) -> Plan:
    """Returns the plan when it keeps every rule.

    Raises:
        CheckFailed: when it does not; carries all problems that `check` finds.
    """
    problems = check(case, plan, alone)
    if problems:
        count = f"{len(problems)} {'problems' if len(problems) > 1 else 'problem'}"
        raise CheckFailed(
            f"the plan of run {plan.run} for case {case.id} is not released: {count}",
            hint="The case is not at fault. Plan again; if you edited the plan, mend what is listed.",
            problems=problems,
        )
    return plan
