"""The case in ten sentences at most: who is better or worse off, why, when that turns, how sure it is."""

from collections import defaultdict
from datetime import date
from math import isinf

from armslength.model.case import Run
from armslength.model.plan import Plan
from armslength.planner.explain_room import rows_of
from armslength.planner.explain_view import View, idle_by_cause
from armslength.planner.explain_words import (
    FORM_WORDS,
    RUN_WORDS,
    SPLIT_WORDS,
    STANDING_WORDS,
    TINY_GPU_HOURS,
    Story,
    by_run,
    counted,
    gpu_hours,
    joined,
    money,
    signed,
    some,
    when,
)

NO_GAP_FRAC = 5e-7
SCARCE = {
    "power": "power",
    "slots": "slots",
    "commissioning": "commissioning",
    "received": "the receipt of",
}
UNIT = {
    "power": "MW",
    "slots": "slot",
    "commissioning": "accelerator commissioned",
    "received": "accelerator",
}
GRID_WORDS = {"week": "week", "four_weeks": "four-week period", "month": "month"}


def whole_story(view: View) -> Story:
    """Returns the case in at most ten sentences."""
    story = Story()
    for run in ("as_agreed", "shared"):
        story.tell(_standings(view, run) if run in view.runs else "")
    story.tell(_what(view))
    for plan in view.plans:
        story.tell(_run(view, plan))
    story.tell(_division(view))
    story.tell(_dearest(view, story))
    story.tell(_turns(view))
    story.tell(_proof(view))
    return story


def _what(view: View) -> str:
    case = view.case
    gpus = sum(lot.gpus for lot in case.lots) + sum(row.gpus for row in case.stock)
    known = f", as known on {case.as_of}" if case.as_of else ""
    return (
        f"{case.title or case.id}: {counted(len(case.organisations), 'organisation')} with "
        f"{counted(gpus, 'accelerator')}, "
        f"{counted(len(case.sites), 'site')} and {counted(len(case.workloads), 'workload')}, planned from "
        f"{case.horizon.start_on} until {case.horizon.end_on} in "
        f"{counted(len(view.periods), GRID_WORDS[case.horizon.grid])}{known}"
    )


def _standings(view: View, run: Run) -> str:
    """Returns who is better and who is worse off in a run, by how much, in words."""
    verdicts = [row for row in view.comparison.verdicts if row.run == run]
    parts = []
    for standing in ("worse", "better", "same"):
        mine = [row for row in verdicts if row.standing == standing]
        mine.sort(key=lambda row: -abs(row.gain_value))
        named = [
            view.organisation(row.organisation)
            + ("" if standing == "same" else f" ({signed(row.gain_value, view.currency)})")
            for row in mine
        ]
        if named:
            parts.append(f"{some(named)} {'is' if len(named) == 1 else 'are'} {STANDING_WORDS[standing]} than alone")
    settled = " after settlement" if any(abs(row.settlement_value) > 0.5 for row in verdicts) else ""
    return f"{RUN_WORDS[run]}{settled}, {joined(parts)}" if parts else ""


def _run(view: View, plan: Plan) -> str:
    """Returns what a run is worth, what it uses and leaves idle, and by which deals."""
    used = sum(row.used_gpu_hours for row in plan.results)
    idle = {cause: hours for cause, hours in idle_by_cause(plan).items() if hours > TINY_GPU_HOURS}
    unused = sum(idle.values())
    text = f"{RUN_WORDS[plan.run]}: work worth {money(plan.total_value, view.currency)} on {gpu_hours(used)}"
    if idle:
        cause, hours = next(iter(idle.items()))
        mostly = "all of it" if len(idle) == 1 else f"{gpu_hours(hours)} of it"
        text += f"; {gpu_hours(unused)} received pass unused, {mostly} for “{cause}”"
    if plan.deals:
        kinds = [FORM_WORDS[kind] for kind in dict.fromkeys(deal.kind for deal in plan.deals)]
        text += f"; it takes {counted(len(plan.deals), 'deal')} ({joined(kinds)})"
    return text


def _division(view: View) -> str:
    """Returns how the gain of sharing is divided, whether that is stable, and who pays whom."""
    chosen = next((split for split in view.comparison.splits if split.chosen), None)
    if chosen is None or "shared" not in view.runs:
        return ""
    text = f"The gain of sharing is divided by {SPLIT_WORDS[chosen.rule]}"
    if chosen.in_core is False:
        group = some([view.organisation(name) for name in chosen.objectors])
        text += f", though {group} would gain {money(chosen.objection_value, view.currency)} together by leaving"
    elif chosen.in_core:
        text += ", and no group would gain by leaving"
    paid = [view.payment(row) for row in view.comparison.payments]
    return f"{text}; {some(paid)}" if paid else text


def _dearest(view: View, story: Story) -> str:
    """Returns what is scarcest in the last run told: the limit whose price times its amount is largest."""
    plan = view.plans[-1]
    rents: dict[tuple[str, str], float] = defaultdict(float)
    for row in plan.bindings:
        if row.family in SCARCE and row.period_index is not None:
            end_on = plan.periods[row.period_index].end_on
            rents[row.family, row.key[0]] += row.marginal_value * _amount(view, row.family, row.key[0], end_on)
    if not rents:
        return ""
    family, key = max(rents, key=lambda place: (rents[place], place))
    rows = rows_of(plan, family, key)
    price = money(sum(row.marginal_value for row in rows), view.currency)
    span = when(plan.periods, [row.period_index for row in rows if row.period_index is not None])
    about = view.fleet_words(key) if family == "received" else f"at {view.site(key)}"
    story.note("prices")
    return (
        f"{RUN_WORDS[plan.run]}, what limits most is {SCARCE[family]} {about}: "
        f"one more {UNIT[family]} is priced at {price}, binding {span}"
    )


def _amount(view: View, family: str, key: str, end_on: date) -> float:
    """Returns how much there is of what a family limits."""
    if family in ("power", "slots"):
        level = view.highest(key, end_on)[family == "slots"]
        return 0.0 if isinf(level) else level
    if family == "commissioning":
        return float(view.sites[key].commissioning_gpus_per_week or 0)
    holders, sku = view.fleet(key)
    lots = sum(
        row.gpus
        for row in view.case.lots
        if row.owner in holders and row.sku == sku and row.expected_on.p50_on < end_on
    )
    return float(lots + sum(row.gpus for row in view.case.stock if row.owner in holders and row.sku == sku))


def _turns(view: View) -> str:
    """Returns when the answers to the case's questions turn."""
    readings = [row.reading.removesuffix(".") for row in view.comparison.answers if row.break_even_on is not None]
    if readings:
        return "; ".join(readings)
    if view.comparison.answers:
        return "; ".join(row.reading.removesuffix(".") for row in view.comparison.answers[:1])
    return "The case asks no question about days; ask about an agreement to learn on which day its answer turns"


def _proof(view: View) -> str:
    """Returns how far from the best each plan can be, and what the comparison could not do."""
    words: dict[Run, str] = {}
    for plan in view.plans:
        proof = plan.provenance
        far = max(proof.gap_frac, 0.0)
        words[plan.run] = "nothing" if far < NO_GAP_FRAC else f"{far:.2%}"
    text = "Proved: no plan under the same rules is worth more"
    if set(words.values()) != {"nothing"}:
        text = f"Proved: a plan under the same rules could be worth more by at most {by_run(words)}"
    if not all(plan.provenance.proved for plan in view.plans):
        text += ", which is a wider gap than was asked for"
    strict = view.comparison.strictness_cost
    if strict is not None:
        text += f"; strict gangs cost {money(strict, view.currency)}"
    if view.comparison.notes:
        text += f"; {some([note.removesuffix('.') for note in view.comparison.notes], 2)}"
    return text
