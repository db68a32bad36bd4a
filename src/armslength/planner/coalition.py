"""What every group of organisations could do without the others, and how the gain of all may be split."""

from itertools import combinations

from armslength.errors import ArmslengthError
from armslength.model.case import Case, SplitRule
from armslength.model.comparison import Share, Split
from armslength.model.plan import Plan
from armslength.planner.effort import Effort
from armslength.planner.game import (
    PLAYER_COUNT_MAX,
    core_check,
    equal_gain,
    nucleolus,
    proportional,
    shapley,
)
from armslength.planner.runs import only, run_plan

Worth = dict[frozenset[str], float]
RULES: tuple[SplitRule, ...] = ("equal_gain", "proportional", "shapley", "nucleolus")
CORE_FRAC = 1e-6


def worths(case: Case, alone: Plan, shared: Plan, effort: Effort) -> tuple[Worth, bool]:
    """Returns what groups of organisations are worth when they share among themselves, and whether all groups are there.

    The grand coalition, everyone alone, and all but one come first; the rest while the time lasts and only up to twelve
    organisations. No group is worth less than its best division into groups: the solver's gap never shows as a loss.
    """
    names = tuple(row.id for row in case.organisations)
    floor = None if case.sharing.no_detriment == "money" else {row.organisation: row.own_value for row in alone.results}
    worth: Worth = {frozenset({name}): alone.result_of(name).own_value for name in names}
    worth[frozenset(names)] = shared.total_value
    sizes = range(2, len(names)) if len(names) <= PLAYER_COUNT_MAX else range(0)
    for size in sorted(sizes, key=lambda size: (size != len(names) - 1, size)):
        for number, members in enumerate(combinations(names, size)):
            if not effort.has(0.0):
                return worth, False
            if number % 20 == 0:
                effort.say(f"splitting the gain: groups of {size}")
            plan = run_plan(only(case, members), "shared", effort, floor)
            worth[frozenset(members)] = plan.total_value
    complete = len(worth) == 2 ** len(names) - 1
    if complete:
        _lift(worth, names)
    return worth, complete


def _lift(worth: Worth, names: tuple[str, ...]) -> None:
    """Raises every smaller group to at least the sum of its parts, in order of size; that of all is the plan's worth."""
    for size in range(2, len(names)):
        for members in combinations(names, size):
            group = frozenset(members)
            for name in members:
                worth[group] = max(worth[group], worth[group - {name}] + worth[frozenset({name})])


def splits(case: Case, alone: Plan, shared: Plan, effort: Effort) -> tuple[Split, ...]:
    """Returns the gain of sharing under every rule that could be computed, the chosen one marked."""
    worth, complete = worths(case, alone, shared, effort)
    names = tuple(row.id for row in case.organisations)
    grand = worth[frozenset(names)]
    result = []
    for rule in RULES:
        pays, note = _payoff(rule, worth, names, complete)
        if pays is None:
            continue
        verdict = core_check(worth, pays, CORE_FRAC * max(abs(grand), 1.0)) if complete else None
        result.append(
            Split(
                rule=rule,
                chosen=rule == case.sharing.split,
                shares=tuple(_share(name, alone, shared, pays[name]) for name in names),
                in_core=verdict.in_core if verdict else None,
                objectors=verdict.leaving_coalition if verdict and not verdict.in_core else (),
                objection_value=verdict.leaving_gain_value if verdict and not verdict.in_core else 0.0,
                note=note,
            )
        )
    if not any(split.chosen for split in result):
        first = result[0].model_copy(
            update={
                "chosen": True,
                "note": f"stands in for {case.sharing.split}, which needs the worth of every group: "
                "more time or fewer organisations",
            }
        )
        result[0] = first
    return tuple(result)


def _payoff(
    rule: SplitRule, worth: Worth, names: tuple[str, ...], complete: bool
) -> tuple[dict[str, float] | None, str]:
    if rule == "equal_gain":
        return equal_gain(worth), ""
    everyone = frozenset(names)
    if rule == "proportional":
        known = all(len(names) == 1 or everyone - {name} in worth for name in names)
        return (proportional(worth), "in proportion to what each adds to all the others") if known else (None, "")
    if not complete:
        return None, ""
    try:
        return (shapley(worth) if rule == "shapley" else nucleolus(worth)), "exact"
    except ArmslengthError:
        # Where all together do worse than alone, or a small program fails, the other rules stand without this one.
        return None, ""


def _share(name: str, alone: Plan, shared: Plan, payoff: float) -> Share:
    before, after = alone.result_of(name).own_value, shared.result_of(name).own_value
    return Share(
        organisation=name,
        alone_value=before,
        shared_value=after,
        payoff_value=payoff,
        gain_value=payoff - before,
        settlement_value=payoff - after,
    )
