"""What stands at a site, when it is full, what is idle there and why, and what more room is worth."""

from collections.abc import Callable
from datetime import date, timedelta

from armslength.model.case import Case
from armslength.model.noun import on_day
from armslength.model.plan import IDLE_MEANING, Plan
from armslength.model.supply import Site, Step
from armslength.planner.explain_again import Again
from armslength.planner.explain_room import full_periods, fullness, hour_prices, site_prices
from armslength.planner.explain_turns import site_facts, tell_turns, tell_worth
from armslength.planner.explain_view import View, idle_by_cause, total, usable, used_by
from armslength.planner.explain_words import (
    RUN_WORDS,
    TINY_GPU_HOURS,
    Story,
    gpu_hours,
    joined,
    megawatts,
    part_of,
    some,
)

WEEK = timedelta(weeks=1)
LEVELS_SHOWN = 4


def site_story(view: View, again: Again, site: Site) -> Story:
    """Returns how a site fills and what more of it would be worth."""
    story = Story()
    owner = view.organisation(site.owner)
    story.tell(f"Site `{site.id}`, {view.site(site.id)}, belongs to {owner}: {_levels(view, site)}")
    opens = view.opens_on(site.id)
    if opens is None or opens >= view.case.horizon.end_on:
        story.tell("It has no powered room within the horizon, so nothing can stand there in any run")
    told: dict[str, str] = {}
    for plan in view.plans:
        text = _run_text(view, story, plan, site)
        same = told.setdefault(text, RUN_WORDS[plan.run])
        story.tell(f"{RUN_WORDS[plan.run]}: {text if same == RUN_WORDS[plan.run] else f'the same as {same.lower()}'}")
    _tell_worths(view, story, again, site)
    if "as_agreed" in view.runs:
        parties = {party for row in view.binding.values() for party in row.parties}
        if site.owner in parties:
            who = tuple(sorted(party for party in parties if party in again.members(site.owner, "as_agreed")))
            tell_turns(story, again, who, site_facts(view, site.id))
    return story


def _levels(view: View, site: Site) -> str:
    """Returns a site's power, slots, commissioning and burn-in, in words."""
    levels = []
    for day, power, slots in view.levels(site.id):
        parts = [] if power is None else [megawatts(power)]
        parts += [] if slots is None else [f"{slots:,} slots"]
        if parts:
            levels.append(f"{joined(parts)} from {day}")
    shown = some(levels, LEVELS_SHOWN) if levels else "no step gives it power"
    if site.commissioning_gpus_per_week is not None:
        shown += f"; it commissions {site.commissioning_gpus_per_week:,} accelerators a week at most"
    if site.burn_in_days:
        shown += f"; burn-in takes {site.burn_in_days:g} days"
    return shown


def _run_text(view: View, story: Story, plan: Plan, site: Site) -> str:
    """Returns what stands at a site in a run, when it is full, what it gives and what more is priced at."""
    last = len(plan.periods) - 1
    counts = {
        (row.title, row.sku): row.installed_gpus
        for row in plan.holdings
        if row.site == site.id and row.period_index == last and row.installed_gpus
    }
    standing = [
        f"{gpus:,} {view.sku(sku)} of {view.organisation(title)}" for (title, sku), gpus in sorted(counts.items())
    ]
    drawn = view.drawn_mw.get((plan.run, site.id), [])
    if not any(drawn):
        return "nothing stands there"
    first = next(index for index, level in enumerate(drawn) if level > 0)
    since = f"the first from {view.begins(site.id, first)}"
    power = f"drawing {megawatts(drawn[last])} of {megawatts(view.highest(site.id, view.case.horizon.end_on)[0])}"
    told = [f"{some(standing)} stand there at the end, {power}" if standing else "nothing stands there at the end"]
    told[0] += f"; {since}"
    full = fullness(view, plan, site.id)
    told.append(f"It is full of {full}" if full else "It is never full")
    told.append(_work(view, plan, site))
    prices = [*site_prices(view, plan, site.id), *hour_prices(view, plan, site.id)]
    if prices:
        story.note("prices")
        told.append(f"At the margin, {joined(prices)}")
    return ". ".join(told)


def _work(view: View, plan: Plan, site: Site) -> str:
    """Returns what the usable GPU-hours of a site are used for, and what is idle there and why."""
    given, used = usable(plan, site=site.id), used_by(plan, "workload", site=site.id)
    work = {view.workload(key): hours for key, hours in used.items() if hours > TINY_GPU_HOURS}
    by = some([f"{name} ({gpu_hours(hours)})" if len(work) > 1 else name for name, hours in work.items()])
    if given - total(used) <= TINY_GPU_HOURS:
        return f"All its {gpu_hours(given)} usable are used, by {by}" if work else "It gives no usable GPU-hours"
    text = f"{part_of(total(used), given, 'its ')} usable are used" + (f", by {by}" if by else "")
    idle = {cause: hours for cause, hours in idle_by_cause(plan, site=site.id).items() if hours > TINY_GPU_HOURS}
    reasons = [f"{gpu_hours(hours)} stand idle for “{cause}” ({IDLE_MEANING[cause]})" for cause, hours in idle.items()]
    return f"{text}; {joined(reasons)}" if reasons else text


def _tell_worths(view: View, story: Story, again: Again, site: Site) -> None:
    """Tells what one more MW, one more slot, both, and an earlier opening would be worth."""
    opens = view.opens_on(site.id)
    horizon = view.case.horizon
    if opens is None or opens >= horizon.end_on:
        return
    sets_slots = any(slots is not None for _, _, slots in view.levels(site.id))
    full = [full_periods(view, plan, site.id) for plan in view.plans]
    if any(power or slots for power, slots in full):
        room_gpus = round(1.0 / max(min(view.mw_per_gpu(sku, site.id) for sku in view.skus), 1e-9))
        since = f"from {max(opens, horizon.start_on)} on"
        tell_worth(story, again, f"one more MW there {since}", site.owner, _roomier(site, opens, mw=1.0))
        if sets_slots and any(slots for _, slots in full):
            what = f"one more MW there {since}, with {room_gpus:,} more slots,"
            tell_worth(story, again, what, site.owner, _roomier(site, opens, mw=1.0, gpu_slots=room_gpus))
    first = next((fact for fact in site_facts(view, site.id) if fact.planned_on == opens), None)
    if first is not None and opens - WEEK >= horizon.start_on:
        tell_worth(story, again, "opening it a week earlier", site.owner, _moved(str(first.vary.step), -WEEK))
    if first is not None and opens >= horizon.start_on:
        tell_worth(story, again, "opening it a week later", site.owner, _moved(str(first.vary.step), WEEK))


def _roomier(site: Site, since: date, *, mw: float = 0.0, gpu_slots: int = 0) -> Callable[[Case], Case]:
    """Returns the change that adds to a site's power and slots from a day on, also while it has none."""

    def more(step: Step) -> Step:
        if step.site != site.id:
            return step
        begun = step.from_on.p50_on >= since
        power, slots = step.power_mw, step.gpu_slots
        return step.model_copy(
            update={
                "power_mw": power + mw if power is not None and begun else power,
                "gpu_slots": slots + gpu_slots if slots is not None and (begun or slots) else slots,
            }
        )

    return lambda case: case.model_copy(update={"steps": tuple(more(step) for step in case.steps)})


def _moved(step_id: str, by: timedelta) -> Callable[[Case], Case]:
    """Returns the change that moves a step."""

    def moved(step: Step) -> Step:
        if step.id != step_id:
            return step
        return step.model_copy(update={"from_on": on_day(step.from_on.p50_on + by)})

    return lambda case: case.model_copy(update={"steps": tuple(moved(step) for step in case.steps)})
