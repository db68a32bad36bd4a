"""Why a lot goes where it goes: whose it is in each run, where it stands, how long it waits and why."""

from datetime import timedelta

from armslength.model.case import Run
from armslength.model.noun import on_day
from armslength.model.plan import IdleCause, Plan
from armslength.model.supply import Lot
from armslength.planner.explain_again import Again
from armslength.planner.explain_room import no_room_anywhere, open_sites
from armslength.planner.explain_trace import Stretch, Trace, stretches, traced
from armslength.planner.explain_turns import (
    larger,
    lot_fact,
    party_facts,
    tell_turns,
    tell_worth,
    with_lot,
)
from armslength.planner.explain_view import View, used_by
from armslength.planner.explain_words import (
    RUN_WORDS,
    TINY_GPU_HOURS,
    Story,
    between,
    gpu_hours,
    joined,
    part_of,
    sentence,
    some,
)
from armslength.units import DAYS_PER_WEEK

STEPS_SHOWN = 3
WEEK = timedelta(days=DAYS_PER_WEEK)


def lot_story(view: View, again: Again, lot: Lot) -> Story:
    """Returns why a lot goes where it goes."""
    story = Story()
    day, model = lot.expected_on, view.sku(lot.sku)
    spread = "" if day.p10_on == day.p90_on else f" (between {day.p10_on} and {day.p90_on})"
    owner = view.organisation(lot.owner)
    story.tell(f"Lot `{lot.id}`: {lot.gpus:,} {model} ordered by {owner}, received on {day.p50_on}{spread}")
    if day.p50_on >= view.case.horizon.end_on:
        story.tell(f"That is after the last day planned ({view.case.horizon.end_on}), so it plays no part")
        return story
    if lot.gpus == 0:
        story.tell("It is empty, so nothing follows from it")
        return story
    told: dict[str, str] = {}
    for plan in view.plans:
        text = _run_text(view, story, plan, lot)
        same = told.setdefault(text, RUN_WORDS[plan.run])
        story.tell(f"{RUN_WORDS[plan.run]}: {text if same == RUN_WORDS[plan.run] else f'the same as {same.lower()}'}")
    _tell_worths(view, story, again, lot)
    _tell_turns(view, story, again, lot)
    return story


def _run_text(view: View, story: Story, plan: Plan, lot: Lot) -> str:
    parts = stretches(view.case, plan.run, lot)
    told = [joined([_title(view, plan.run, lot, part) for part in parts])]
    holders = list(dict.fromkeys(part.holder for part in parts))
    for holder in holders:
        traces = traced(view.case, plan, holder, lot.sku)
        trace = traces[lot.id]
        if len([key for key, other in traces.items() if other.received_gpu_hours > 0]) > 1:
            story.note("alike")
        mine = [part for part in parts if part.holder == holder]
        whose = f"with {view.organisation(holder)}, " if len(holders) > 1 else ""
        told += [
            sentence(f"{whose}{_stands(view, lot, plan, mine, trace)}"),
            _waits(view, plan, lot, holder, trace),
        ]
    return ". ".join(told)


def _title(view: View, run: Run, lot: Lot, part: Stretch) -> str:
    holder = view.organisation(part.holder)
    if part.holder == lot.owner and part.until_on is None and part.gpus == lot.gpus:
        return f"{holder} keeps title"
    under = sorted(
        {
            leg.agreement
            for leg in view.case.legs
            if leg.lot == lot.id and leg.agreement in view.binding and part.holder in (leg.giver, leg.taker)
        }
    )
    by = f" under {joined([view.agreement(key) for key in under])}" if under and run == "as_agreed" else ""
    if part.until_on is not None:
        return f"{holder} has the use of {part.gpus:,} {between(part.from_on, part.until_on)}{by}"
    if part.holder == lot.owner:
        back = part.from_on > lot.expected_on.p50_on
        return f"{holder} gets {part.gpus:,} back on {part.from_on}" if back else f"{holder} keeps {part.gpus:,}"
    return f"{part.gpus:,} pass to {holder} on {part.from_on}{by}"


def _stands(view: View, lot: Lot, plan: Plan, mine: list[Stretch], trace: Trace) -> str:
    """Returns where the lot's accelerators in one hand stand, from when, and whose work they can do."""
    parts = []
    for site in sorted({site for row in trace.standing for site in row}):
        work = used_by(plan, "workload", title=mine[0].holder, sku=lot.sku, site=site)
        doing = f", for {some([view.workload(key) for key in work], 3)}" if work else ""
        parts.append(f"{_growth(view, site, mine, trace)} at {view.site(site)}{doing}")
    return joined(parts) if parts else "none of them is commissioned within the horizon"


def _growth(view: View, site: str, mine: list[Stretch], trace: Trace) -> str:
    """Returns how many stand at a site from which day, in words."""
    counts = [row.get(site, 0) for row in trace.standing]
    steps = [(index, count) for index, count in enumerate(counts) if count != (counts[index - 1] if index else 0)]
    received = [part.from_on for part in mine]
    shown = [(view.begins(site, index, *received), count) for index, count in steps]
    if len(shown) > STEPS_SHOWN:
        (first, few), (last, most) = shown[0], shown[-1]
        return f"{few:,} stand from {first}, and {most:,} from {last}"
    (first, few), *later = shown
    return f"{few:,} stand from {first}" + "".join(
        f", {f'{count:,}' if count else 'none'} from {day}" for day, count in later
    )


def _waits(view: View, plan: Plan, lot: Lot, holder: str, trace: Trace) -> str:
    """Returns how many GPU-hours pass unused, why, and when the site would have had room."""
    whole = trace.received_gpu_hours
    idle: dict[IdleCause, float] = {
        cause: hours for cause, hours in sorted(trace.idle.items(), key=lambda item: -item[1]) if hours > TINY_GPU_HOURS
    }
    if not idle:
        return f"None of their {gpu_hours(whole)} passes unused"
    if len(idle) == 1:
        causes = f" for “{next(iter(idle))}”"
    else:
        causes = ", " + joined([f"{gpu_hours(hours)} for “{cause}”" for cause, hours in idle.items()])
    text = f"{part_of(sum(idle.values()), whole, 'their ')} pass unused{causes}"
    if "no power" in idle or "no slot" in idle:
        room = no_room_anywhere(view, plan, holder, lot.sku)
        text += f": {room}" if room else ""
    elif "commissioning" in idle:
        text += _crews(view, plan, holder)
    return text


def _crews(view: View, plan: Plan, holder: str) -> str:
    crews = [
        f"{view.site(site)} commissions {rate:,} a week at most"
        for site in open_sites(view, plan, holder)
        if (rate := view.sites[site].commissioning_gpus_per_week) is not None
    ]
    return f": {some(crews, 3)}" if crews else ""


def _tell_worths(view: View, story: Story, again: Again, lot: Lot) -> None:
    """Tells what one more accelerator, an earlier and a later receipt would be worth."""
    more = max(1, lot.gpus // 1000)
    runs = tuple(run for run in view.runs if run != "as_agreed" or not _moves(view, lot))
    if runs:
        tell_worth(
            story,
            again,
            "one more accelerator in this lot",
            lot.owner,
            larger(lot, more),
            per=more,
            runs=runs,
        )
    day = lot.expected_on.p50_on
    if day - WEEK >= view.case.horizon.start_on:
        earlier = with_lot(lot.model_copy(update={"expected_on": on_day(day - WEEK)}))
        tell_worth(story, again, "receipt a week earlier", lot.owner, earlier)
    if day >= view.case.horizon.start_on:
        later = with_lot(lot.model_copy(update={"expected_on": on_day(day + WEEK)}))
        tell_worth(story, again, "receipt a week later", lot.owner, later)


def _moves(view: View, lot: Lot) -> list[str]:
    """Returns the agreements in force that move this lot."""
    return sorted({leg.agreement for leg in view.case.legs if leg.lot == lot.id and leg.agreement in view.binding})


def _tell_turns(view: View, story: Story, again: Again, lot: Lot) -> None:
    """Tells when the verdict on the agreement that moves this lot turns with its day or its room."""
    moving = [leg for leg in view.case.legs if leg.lot == lot.id and leg.agreement in view.binding]
    if not moving or "as_agreed" not in view.runs:
        return
    parties = tuple(dict.fromkeys(name for leg in moving for name in (leg.giver, leg.taker)))
    facts = [lot_fact(lot), *party_facts(view, (), parties)]
    tell_turns(story, again, parties, facts)
