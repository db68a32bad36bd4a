"""Whether an organisation is better or worse off than alone: how much, when, why, what would change it."""

from armslength.model.comparison import Verdict
from armslength.model.plan import IDLE_MEANING, Plan
from armslength.model.supply import Organisation
from armslength.planner.explain_again import Again
from armslength.planner.explain_room import rows_of
from armslength.planner.explain_turns import party_facts, tell_turns
from armslength.planner.explain_view import View, idle_by_cause
from armslength.planner.explain_words import (
    FORM_WORDS,
    RUN_WORDS,
    SPLIT_WORDS,
    STANDING_WORDS,
    TINY_GPU_HOURS,
    TINY_MONEY,
    Story,
    between,
    gpu_hours,
    joined,
    money,
    part_of,
    signed,
    some,
    spans,
)

STRETCHES_SHOWN = 4


def organisation_story(view: View, again: Again, organisation: Organisation) -> Story:
    """Returns how an organisation fares in each run and why."""
    story = Story()
    key, name = organisation.id, view.organisation(organisation.id)
    judged = [verdict for run in view.runs if (verdict := view.verdict(key, run))]
    for verdict in judged:
        story.tell(f"{RUN_WORDS[verdict.run]}: {verdict_text(view, verdict)}")
    if not judged:
        story.tell(f"{name}: no verdict, which takes the run alone beside another run")
    told: dict[str, str] = {}
    for plan in view.plans:
        text = _books(view, plan, key)
        same = told.setdefault(text, RUN_WORDS[plan.run])
        whose = f"{RUN_WORDS[plan.run]}, what {name} has" if plan is view.plans[0] else RUN_WORDS[plan.run]
        story.tell(f"{whose}: {text if same == RUN_WORDS[plan.run] else f'the same as {same.lower()}'}")
    causes = {cause for plan in view.plans for cause, hours in idle_by_cause(plan, title=key).items() if hours > 0.5}
    for cause in sorted(causes):
        story.tell(f"“{cause}” means: {IDLE_MEANING[cause]}")
    _tell_dealings(view, story, key)
    _tell_money(view, story, key)
    _tell_promises(view, story, key)
    if "as_agreed" in view.runs:
        mine = [row for row in view.binding.values() if key in row.parties]
        lots = [str(leg.lot) for row in mine for leg in view.legs_of(row.id) if leg.lot]
        parties = dict.fromkeys([key, *(party for row in mine for party in row.parties)])
        if mine:
            tell_turns(story, again, (key,), party_facts(view, lots, parties))
    return story


def verdict_text(view: View, verdict: Verdict) -> str:
    """Returns a verdict in words: by how much, with what settlement, when, and what would make it whole."""
    name = view.organisation(verdict.organisation)
    option = verdict.best_alternative
    against = f"with its next best option (`{option}`)" if option else "alone"
    text = f"{name} is {STANDING_WORDS[verdict.standing]} than {against}"
    parts = [text if verdict.standing == "same" else f"{text} by {money(abs(verdict.gain_value), view.currency)}"]
    low, high = verdict.gain_value_low, verdict.gain_value_high
    if low is not None and high is not None and high - low > TINY_MONEY:
        parts.append(
            f"at the low and high ends of the market prices the difference is {signed(low, view.currency)} "
            f"and {signed(high, view.currency)}"
        )
    if abs(verdict.settlement_value) > TINY_MONEY:
        verb = "receives" if verdict.settlement_value > 0 else "pays"
        before = signed(verdict.run_value - verdict.alone_value, view.currency)
        amount = money(abs(verdict.settlement_value), view.currency)
        parts.append(f"before settlement the difference is {before}, and it {verb} {amount}")
    parts += _when(view, verdict)
    if verdict.make_whole_cost > TINY_MONEY:
        whole = money(verdict.make_whole_cost, view.currency)
        parts.append(f"a payment of {whole} would make it as well off as alone")
    return "; ".join(parts)


def _when(view: View, verdict: Verdict) -> list[str]:
    """Returns when its work gets more and when fewer GPU-hours than alone."""
    by_sign = {
        "more": {
            row.period_index: row.used_gpu_hours for row in verdict.changes if row.used_gpu_hours > TINY_GPU_HOURS
        },
        "fewer": {
            row.period_index: -row.used_gpu_hours for row in verdict.changes if row.used_gpu_hours < -TINY_GPU_HOURS
        },
    }
    stretches = []
    for word, hours in by_sign.items():
        for first, last in spans(view.periods, hours):
            inside = [t for t in hours if first <= view.periods[t].start_on and view.periods[t].end_on <= last]
            amount = gpu_hours(sum(hours[t] for t in inside))
            stretches.append((first, f"{amount} {word} {between(first, last)}"))
    if len(stretches) > STRETCHES_SHOWN:
        sums = [f"{gpu_hours(sum(hours.values()))} {word}" for word, hours in by_sign.items() if hours]
        first = min(day for day, _ in stretches)
        return [f"its work gets {joined(sums)} in {len(stretches)} stretches from {first} on"]
    return [f"its work gets {joined([text for _, text in sorted(stretches)])}"] if stretches else []


def _books(view: View, plan: Plan, organisation: str) -> str:
    """Returns what an organisation has, uses and leaves idle in a run; the idle GPU-hours add up."""
    result = plan.result_of(organisation)
    text = f"work worth {money(result.own_value, view.currency)} on {gpu_hours(result.used_gpu_hours)}"
    if result.received_gpu_hours <= TINY_GPU_HOURS:
        return f"{text}; it holds no accelerators"
    idle = {cause: hours for cause, hours in idle_by_cause(plan, title=organisation).items() if hours > TINY_GPU_HOURS}
    if not idle:
        return f"{text}; none of its {gpu_hours(result.received_gpu_hours)} received passes unused"
    causes = f" for “{next(iter(idle))}”"
    if len(idle) > 1:
        causes = ", " + joined([f"{gpu_hours(hours)} for “{cause}”" for cause, hours in idle.items()])
    unused = part_of(result.idle_gpu_hours, result.received_gpu_hours, "its ")
    return f"{text}; {unused} received pass unused{causes}"


def _tell_dealings(view: View, story: Story, organisation: str) -> None:
    """Tells what an organisation gives and takes by agreements in force, and by deals of the shared run."""
    if "as_agreed" in view.runs:
        gives, takes = [], []
        for leg in view.case.legs:
            if leg.agreement not in view.binding:
                continue
            sku = view.sku(view.lots[leg.lot].sku if leg.lot else str(leg.sku))
            lot = f" of lot `{leg.lot}`" if leg.lot else ""
            form = FORM_WORDS[view.binding[leg.agreement].kind]
            if leg.giver == organisation:
                gives.append(f"{leg.gpus:,} {sku}{lot} to {view.organisation(leg.taker)} ({form})")
            if leg.taker == organisation:
                takes.append(f"{leg.gpus:,} {sku}{lot} from {view.organisation(leg.giver)} ({form})")
        sides = [f"it gives {some(gives)}"] if gives else []
        sides += [f"it takes {some(takes)}"] if takes else []
        story.tell(f"As agreed, {joined(sides)}" if sides else "")
    for plan in view.plans:
        deals = [deal.text.removesuffix(".") for deal in plan.deals if organisation in (deal.giver, deal.taker)]
        if deals:
            story.tell(f"Shared, the plan implies: {some(deals)}")


def _tell_money(view: View, story: Story, organisation: str) -> None:
    """Tells what an organisation pays and receives for the chosen split."""
    if "shared" not in view.runs:
        return
    for split in view.comparison.splits:
        if not split.chosen:
            continue
        share = next((row for row in split.shares if row.organisation == organisation), None)
        if share is not None:
            story.tell(
                f"Shared, the gain is divided by {SPLIT_WORDS[split.rule]}, "
                f"which gives it {signed(share.gain_value, view.currency)} against alone"
            )
    paid = [
        f"it pays {view.organisation(row.payee)} {money(row.amount_cost, view.currency)}"
        for row in view.comparison.payments
        if row.payer == organisation
    ]
    received = [
        f"{view.organisation(row.payer)} pays it {money(row.amount_cost, view.currency)}"
        for row in view.comparison.payments
        if row.payee == organisation
    ]
    story.tell(f"To settle that, {joined([*paid, *received])}" if paid or received else "")


def _tell_promises(view: View, story: Story, organisation: str) -> None:
    """Tells what it costs the others that this organisation is kept as well off as alone in kind."""
    for plan in view.plans:
        for row in rows_of(plan, "no_detriment", organisation):
            story.note("prices")
            story.tell(
                f"{RUN_WORDS[plan.run]}, keeping it as well off as alone in kind binds: one more "
                f"{view.currency} promised to it is priced at {row.marginal_value:,.2f} {view.currency} of "
                "everyone's work"
            )
