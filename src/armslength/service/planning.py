"""Plans a case: the runs side by side, checked, with verdicts, splits and answers. Reads the clock for limits only."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from time import perf_counter
from typing import Any

from armslength.demand.sizing import sized, sizing_problems
from armslength.demand.waiting import prospects
from armslength.errors import Infeasible, InputError, InvalidCase
from armslength.model.agreement import AgreementKind
from armslength.model.as_of import as_of as known_by
from armslength.model.case import Case, Run
from armslength.model.comparison import Comparison, Split, Verdict
from armslength.model.estimate import Prospect, Sizing
from armslength.model.plan import Plan
from armslength.model.rules import problems
from armslength.planner.alternatives import best_alternatives
from armslength.planner.calendar import boundaries
from armslength.planner.check import checked
from armslength.planner.coalition import splits
from armslength.planner.effort import Effort
from armslength.planner.explain import infeasible_sentences
from armslength.planner.fewer import fewer_agreements
from armslength.planner.questions import answered
from armslength.planner.runs import not_below, run_plan
from armslength.planner.scope import in_force as agreements_in_force
from armslength.planner.verdict import agreed_settlements, fewest_payments, verdicts
from armslength.units import in_words

ALL_RUNS: tuple[Run, ...] = ("alone", "as_agreed", "shared")
SPLIT_SECONDS = 60.0
FLOOR_SLACK = 1e-9
FORMS: tuple[AgreementKind, ...] = ("hosting", "capacity_lease", "loan", "slot_swap")


def plan_case(
    case: Case,
    runs: tuple[Run, ...] = ALL_RUNS,
    *,
    as_of: date | None = None,
    gap: float = 1e-3,
    time_limit: float | None = None,
    strict: bool = False,
    in_force: Plan | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Comparison:
    """Plans a case and compares the runs.

    Args:
        case: the case, with all versions of its facts.
        runs: which runs to make. Verdicts need ``alone``.
        as_of: use only what was known by this day; all that is known when None.
        gap: relative gap to prove, a share of the bound.
        time_limit: seconds after which to stop improving; one limit for all runs together. None for no limit.
        strict: whether gangs keep their smallest size all through any period in which they run.
        in_force: a plan in force. The shared run changes it least, among plans worth as much.
        say: hears what is being done.

    Returns:
        The checked plans with everything that follows from them.

    Raises:
        InvalidCase: the case has problems; all are carried.
        Infeasible: no plan keeps the rules.
        SolveStopped: a limit was hit before any plan.
        CheckFailed: a plan breaks a rule it should keep: our fault, and the plan is not released.
    """
    known = known_by(case, as_of or case.as_of)
    found = [problem for problem in (*problems(known), *sizing_problems(known)) if problem.severity == "error"]
    if found:
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        when = f" as of {known.as_of}: what was not known by then is left out" if known.as_of else ""
        raise InvalidCase(f"{known.id}: {count} in this case{when}", problems=found)
    known, sizings = sized(known)
    effort = Effort(gap, time_limit, strict, perf_counter, say)
    notes: list[str] = []
    try:
        plans = _plans(known, runs, effort, notes, in_force)
    except Infeasible as error:
        sentences = infeasible_sentences(known, error.conflict)
        raise Infeasible("\n".join(sentences), hint=error.hint, conflict=error.conflict) from error
    found_out: dict[str, Any] = {"sizings": sizings, "prospects": _prospects(known, plans.get("alone"), sizings)}
    return _compared(known, plans, effort, notes).model_copy(update=found_out)


def _prospects(case: Case, alone: Plan | None, sizings: tuple[Sizing, ...]) -> tuple[Prospect, ...]:
    """What lots that moved under agreements could have trained while waiting; only in cases which speak of models."""
    if alone is None or not sizings:
        return ()
    binding = agreements_in_force(case)
    return prospects(case, alone, [leg.lot for leg in case.legs if leg.lot and leg.agreement in binding], sizings)


def _plans(
    case: Case, runs: tuple[Run, ...], effort: Effort, notes: list[str], in_force: Plan | None
) -> dict[Run, Plan]:
    plans: dict[Run, Plan] = {}
    if "alone" in runs:
        plans["alone"] = checked(case, run_plan(case, "alone", effort))
    if "as_agreed" in runs:
        if agreements_in_force(case):
            plans["as_agreed"] = checked(case, run_plan(case, "as_agreed", effort))
        else:
            notes.append("No agreement is approved or in force, so there is no run as agreed.")
    if "shared" in runs:
        plans["shared"] = _shared(case, plans.get("alone"), effort, notes, in_force)
    return plans


def _shared(case: Case, alone: Plan | None, effort: Effort, notes: list[str], in_force: Plan | None) -> Plan:
    if in_force is not None:
        notes += _about(in_force, case)
    floor = None
    if case.sharing.no_detriment in ("in_kind", "both"):
        alone = alone or run_plan(case, "alone", effort)
        # A hair below what was reached alone: reading out rounds, and a rule must not ask for the rounding too.
        floor = {row.organisation: row.own_value - FLOOR_SLACK * max(1.0, abs(row.own_value)) for row in alone.results}
    begun = effort.now()
    first = not_below(run_plan(case, "shared", effort, floor, in_force=in_force), alone, floor)
    taken = effort.now() - begun
    plan = fewer_agreements(case, first, effort, floor, notes, alone=alone, first_seconds=taken, in_force=in_force)
    return checked(case, not_below(plan, alone, floor), alone)


def _about(in_force: Plan, case: Case) -> list[str]:
    """Returns what is to be said of a plan in force.

    Raises:
        InputError: it shares no period with the case.
    """
    starts = set(boundaries(case.horizon.start_on, case.horizon.end_on, case.horizon.grid)[:-1])
    both = sum(row.start_on in starts for row in in_force.periods)
    if not both:
        raise InputError(
            f"the plan in force ({in_force.case_id}) has no period that begins on a day on which one of {case.id} begins",
            hint="plan both on the same grid",
        )
    return [
        f"Among plans worth as much, the shared run changes the plan in force least, in the {both} periods both have."
    ]


def _compared(case: Case, plans: dict[Run, Plan], effort: Effort, notes: list[str]) -> Comparison:
    alone, agreed, shared = plans.get("alone"), plans.get("as_agreed"), plans.get("shared")
    found: list[Verdict] = []
    divided: tuple[Split, ...] = ()
    net: dict[str, float] = {}
    options = best_alternatives(case, alone, effort) if alone else {}
    if alone and agreed:
        found += verdicts(case, "as_agreed", alone, agreed, agreed_settlements(case), options)
    if alone and shared and len(case.organisations) > 1:
        if case.sharing.no_detriment != "in_kind":
            divided = _splits(case, alone, shared, effort, notes)
            chosen = next(split for split in divided if split.chosen)
            net = {share.organisation: share.settlement_value for share in chosen.shares}
        found += verdicts(case, "shared", alone, shared, net, options)
    answers = tuple(answered(case, question, effort) for question in case.questions) if agreed else ()
    return Comparison(
        case=case,
        plans=tuple(plans.values()),
        verdicts=tuple(found),
        splits=divided,
        payments=fewest_payments(net),
        answers=answers,
        better_deal=_better_deal(case, alone, agreed, shared, effort) if alone and agreed and shared else "",
        strictness_cost=_strictness_cost(case, shared, effort),
        notes=tuple(notes),
    )


def _splits(case: Case, alone: Plan, shared: Plan, effort: Effort, notes: list[str]) -> tuple[Split, ...]:
    # Without a limit of its own a large case would spend hours on its 2^n groups.
    result = splits(case, alone, shared, effort.within(SPLIT_SECONDS) if effort.time_limit_seconds is None else effort)
    if len(result) < 4:
        notes.append(
            "Not all splits of the gain were computed: they need the worth of every group of organisations, "
            "which takes more time or fewer organisations. The core was not checked."
        )
    return result


def _strictness_cost(case: Case, shared: Plan | None, effort: Effort) -> float | None:
    """Returns what strict gangs cost against duty, where strict gangs were asked for."""
    if not effort.strict or shared is None:
        return None
    duty = run_plan(case, "shared", replace(effort, strict=False))
    # A strict plan is a duty plan too: where the time left finds none better, strictness is not known to cost anything.
    return max(0.0, duty.total_value - shared.total_value)


def _better_deal(case: Case, alone: Plan, agreed: Plan, shared: Plan, effort: Effort) -> str:
    """Returns, in words, what each form of agreement between the parties would have brought beside what was agreed."""
    parties = sorted({name for row in agreements_in_force(case).values() for name in row.parties})
    names = {row.id: row.name or row.id for row in case.organisations}
    sentences = [
        f"What was agreed brings {_millions(agreed.total_value - alone.total_value, case.currency)} in all"
        f" ({_each(parties, names, alone, agreed, case.currency)})."
    ]
    for kind in FORMS:
        if kind not in case.sharing.kinds:
            continue
        sharing = case.sharing.model_copy(update={"kinds": (kind,), "groups": (tuple(parties),)})
        effort.say(f"what {kind} alone would bring")
        plan = run_plan(case.model_copy(update={"sharing": sharing}), "shared", effort)
        gain = plan.total_value - alone.total_value
        if gain > 1e-6 * max(1.0, abs(alone.total_value)):
            each = _each(parties, names, alone, plan, case.currency)
            form = kind.replace("_", " ")
            sentences.append(f"Only by {form}: {_millions(gain, case.currency)} in all, before settlement {each}.")
    gain = shared.total_value - alone.total_value
    sentences.append(
        f"The best found by all permitted forms brings {_millions(gain, case.currency)} in all; "
        "divided by the chosen split, nobody is worse off than alone."
        if gain > 0
        else "No permitted form of sharing was found to bring more than standing alone."
    )
    return " ".join(sentences)


def _each(parties: list[str], names: dict[str, str], alone: Plan, plan: Plan, currency: str) -> str:
    gains = [
        f"{names[name]} {_millions(plan.result_of(name).own_value - alone.result_of(name).own_value, currency)}"
        for name in parties
    ]
    return ", ".join(gains)


def _millions(value: float, currency: str) -> str:
    return in_words(value, currency, signed=True)
