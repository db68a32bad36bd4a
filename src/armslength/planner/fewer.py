"""The third stage of a shared plan: fewer agreements that keep the gain.

Pairs of organisations that hardly matter are cut off from each other, least first, and the run is made again; a cut stays
if the plan keeps its worth to within the stated share of the gain. What remains is irreducible: no further pair can be cut.
It need not be the smallest set there is.
"""

from collections import defaultdict
from math import inf

from armslength.model.case import Case
from armslength.model.digest import case_digest
from armslength.model.plan import Plan
from armslength.planner.effort import Effort
from armslength.planner.runs import bounded, most_worth, run_plan
from armslength.units import DAYS_PER_WEEK

PAIRS_MAX = 30
ORGANISATIONS_MAX = 8


def fewer_agreements(
    case: Case,
    plan: Plan,
    effort: Effort,
    floor: dict[str, float] | None,
    notes: list[str],
    *,
    alone: Plan | None = None,
    first_seconds: float = 0.0,
    in_force: Plan | None = None,
) -> Plan:
    """Returns a plan with fewer agreements, worth as much to within the case's tolerance, or the plan itself.

    Args:
        case: the case.
        plan: the shared plan.
        effort: how hard to try.
        floor: least worth of each organisation's own work, where that is promised in kind.
        notes: hears why nothing was done.
        alone: the plan of everyone alone, if there is one already.
        in_force: the plan that is to be changed least.
        first_seconds: how long the plan took, and so each run may take that is made for this.
    """
    best = _reduced(case, plan, effort, floor, notes, alone, first_seconds, in_force)
    allowed = _large_enough(case, best, effort, floor, in_force)
    if allowed is not best:
        less = max(0.0, best.total_value - allowed.total_value) / max(abs(best.total_value), 1.0)
        notes.append(
            f"Some organisations deal no more, as their agreements were smaller or shorter than the case allows; "
            f"the plan is worth {less:.1%} less for it. Another choice of partners may lose less."
        )
    return bounded(allowed, plan.provenance.bound_value, effort.gap_frac)


def _large_enough(
    case: Case, plan: Plan, effort: Effort, floor: dict[str, float] | None, in_force: Plan | None
) -> Plan:
    """Returns a plan none of whose agreements is smaller or shorter than the case allows.

    Pairs with such an agreement are cut off from each other, the lighter half first: what they moved may make others large
    enough.
    """
    weights = _weights(plan)
    kept = set(weights)
    while small := sorted(_too_small(case, plan), key=lambda pair: (weights[pair], pair)):
        effort.say(f"agreements too small: {len(small)} pairs of organisations")
        kept -= set(small[: -(-len(small) // 2)])
        plan = _among(case, kept, effort, floor, in_force)
        weights = _weights(plan)
        kept &= set(weights)
    return plan


def _reduced(
    case: Case,
    plan: Plan,
    effort: Effort,
    floor: dict[str, float] | None,
    notes: list[str],
    alone: Plan | None,
    first_seconds: float,
    in_force: Plan | None,
) -> Plan:
    pairs = _weights(plan)
    if not pairs:
        return plan
    if len(case.organisations) > ORGANISATIONS_MAX or len(pairs) > PAIRS_MAX:
        notes.append(
            "The set of agreements was not reduced: that is done for at most "
            f"{ORGANISATIONS_MAX} organisations and {PAIRS_MAX} pairs of them."
        )
        return plan
    if not effort.has(len(pairs) * first_seconds):
        notes.append(
            "The set of agreements was not reduced: it takes a run for each pair, more than the time that is left."
        )
        return plan
    alone_value = (alone or run_plan(case, "alone", effort)).total_value
    least = plan.total_value - case.sharing.tolerance_frac * max(plan.total_value - alone_value, 0.0)
    kept, best, longest = set(pairs), plan, first_seconds
    for pair in sorted(pairs, key=lambda pair: (pairs[pair], pair)):
        if pair not in kept:
            continue
        if not effort.has(longest):
            notes.append("The set of agreements was reduced only as far as the time allowed.")
            break
        begun = effort.now()
        small = pair in _too_small(case, best)
        trial = _without(case, kept - {pair}, effort, floor, -inf if small else least, in_force)
        longest = max(longest, effort.now() - begun)
        if trial is not None and (trial.total_value >= least or small):
            kept, best = kept & set(_weights(trial)), trial
            effort.say(f"fewer agreements: {len(kept)} pairs left")
    return best


def _weights(plan: Plan) -> dict[tuple[str, str], float]:
    """Returns the GPU-hours that move between each two organisations."""
    result: dict[tuple[str, str], float] = defaultdict(float)
    for deal in plan.deals:
        first, second = sorted((deal.giver, deal.taker))
        result[first, second] += deal.moved_gpu_hours
    return dict(result)


def _too_small(case: Case, plan: Plan) -> set[tuple[str, str]]:
    """Returns pairs with an agreement below the smallest size or the shortest term."""
    return {
        (min(deal.giver, deal.taker), max(deal.giver, deal.taker))
        for deal in plan.deals
        if deal.most_gpus < case.sharing.deal_gpus_min
        or (deal.until_on - deal.from_on).days / DAYS_PER_WEEK < case.sharing.deal_weeks_min
    }


def _without(
    case: Case,
    pairs: set[tuple[str, str]],
    effort: Effort,
    floor: dict[str, float] | None,
    least: float,
    in_force: Plan | None,
) -> Plan | None:
    """Returns the shared plan in which only these pairs may deal; None where even without choices it is worth too little."""
    if most_worth(_with_pairs(case, pairs), "shared", floor) < least:
        return None
    return _among(case, pairs, effort, floor, in_force)


def _among(
    case: Case, pairs: set[tuple[str, str]], effort: Effort, floor: dict[str, float] | None, in_force: Plan | None
) -> Plan:
    trial = run_plan(_with_pairs(case, pairs), "shared", effort, floor, in_force=in_force)
    # The plan belongs to the case as given, whose rules are wider.
    return trial.model_copy(update={"case_digest": case_digest(case)})


def _with_pairs(case: Case, pairs: set[tuple[str, str]]) -> Case:
    """Returns the case in which only these pairs may deal."""
    singles = [(row.id,) for row in case.organisations]
    sharing = case.sharing.model_copy(update={"groups": (*sorted(pairs), *singles)})
    return case.model_copy(update={"sharing": sharing})
