"""The days on which the verdict on what was agreed turns, and what changes would be worth."""

from collections.abc import Callable, Iterable

from armslength.model.case import Case, Run, Vary
from armslength.model.supply import Lot
from armslength.planner.explain_again import Again, Fact, Prospect, Turn, prospects, turns_of
from armslength.planner.explain_view import View
from armslength.planner.explain_words import (
    RUN_WORDS,
    STANDING_WORDS,
    TINY_MONEY,
    Story,
    by_run,
    joined,
    signed,
    some,
)

TURNS_SHOWN = 4
FACTS_MAX = 8


def lot_fact(lot: Lot) -> Fact:
    """Returns the day of a lot's receipt as a fact that may move."""
    return Fact(f"the receipt of lot `{lot.id}`", Vary(lot=lot.id), lot.expected_on.p50_on)


def site_facts(view: View, site: str) -> list[Fact]:
    """Returns the days on which a site's power or slots rise, as facts that may move."""
    found = []
    power, slots = 0.0, 0
    for row in sorted(view.case.steps, key=lambda row: (row.from_on.p50_on, row.id)):
        if row.site != site:
            continue
        now_mw, now_gpus = max(power, row.power_mw or 0.0), max(slots, row.gpu_slots or 0)
        if now_mw > 0 and (now_mw > power or now_gpus > slots):
            what = "the opening of" if power == 0 else "a rise at"
            words = f"{what} {view.site(site)} (step `{row.id}`)"
            found.append(Fact(words, Vary(step=row.id), row.from_on.p50_on))
        power, slots = now_mw, now_gpus
    return found


def party_facts(view: View, lots: Iterable[str], organisations: Iterable[str]) -> list[Fact]:
    """Returns the days on which an agreement may turn: receipt of lots, openings and rises at sites."""
    facts = [lot_fact(view.lots[lot]) for lot in dict.fromkeys(lots) if lot in view.lots]
    owners = set(organisations)
    for site in view.case.sites:
        if site.owner in owners:
            facts += site_facts(view, site.id)
    return facts


def tell_turns(story: Story, again: Again, who: tuple[str, ...], facts: list[Fact]) -> None:
    """Tells on which days the standing of some organisations, as agreed against alone, turns."""
    view = again.view
    if not facts or not who or not view.binding or "alone" not in {plan.run for plan in view.comparison.plans}:
        return
    members = tuple(dict.fromkeys(name for one in who for name in again.members(one, "as_agreed")))
    likely: list[Prospect] = []
    tried: list[Fact] = []
    for fact in facts[:FACTS_MAX]:
        seen = prospects(again, members, who, fact) if again.affords(members) else None
        if seen is None:
            break
        tried.append(fact)
        likely += seen
    if not tried:
        story.note(again.excuse(members))
        return
    likely.sort(key=_weight)
    found = [turn for seen in likely[:TURNS_SHOWN] for turn in turns_of(again, members, seen)]
    found.sort(key=lambda turn: (turn.then != "worse", abs((turn.kept_on - turn.fact.planned_on).days)))
    for turn in found:
        story.tell(_turn(view, turn))
    if not likely:
        days = some([f"{fact.words} ({fact.planned_on})" for fact in tried])
        names = joined([view.organisation(name) for name in who], "or")
        story.tell(f"Planned again, no day within the horizon for {days} alone changes how {names} fares as agreed")
    if len(facts) > len(tried) or len({(turn.fact, turn.later, turn.organisation) for turn in found}) < len(likely):
        story.note("quick")
    story.note("again")


def _weight(seen: Prospect) -> tuple[bool, bool, int]:
    """Ranks what to look into: losses first, then halls before lots, then what is nearest to the plan."""
    days = abs((seen.far_on - seen.fact.planned_on).days)
    return "worse" not in (seen.then, seen.now), seen.fact.vary.step is None, days


def _turn(view: View, turn: Turn) -> str:
    side = "later" if turn.later else "earlier"
    name = view.organisation(turn.organisation)
    planned = turn.fact.planned_on
    day = "that day" if turn.kept_on == planned else f"{turn.kept_on}"
    return (
        f"The answer turns with {turn.fact.words}, planned for {planned}: on {day}, {name} is as agreed "
        f"{STANDING_WORDS[turn.now]} than alone; a day {side}, it would be {STANDING_WORDS[turn.then]}"
    )


def tell_worth(
    story: Story,
    again: Again,
    what: str,
    organisation: str,
    change: Callable[[Case], Case],
    *,
    per: float = 1.0,
    runs: tuple[Run, ...] | None = None,
) -> None:
    """Tells what a change would be worth in total in each run.

    Args:
        story: where to tell it.
        again: plans again.
        what: the change in words, such as "one more accelerator in this lot".
        organisation: whose part of the case is planned again.
        change: the change.
        per: what the difference is divided by, where the change is larger than what is told.
        runs: runs to look at; those that are told when None.
    """
    worths: dict[Run, float] = {}
    impossible: list[str] = []
    for run in runs or again.view.runs:
        members = again.members(organisation, run)
        before = again.worth(run, members)
        if before is None or not again.affords(members):
            continue
        after = again.worth(run, members, change)
        if after is None:
            impossible.append(RUN_WORDS[run].lower())
            continue
        gain = (after.total - before.total) / per
        worths[run] = gain if abs(after.total - before.total) > 1e-9 * max(abs(before.total), 1.0) else 0.0
    if not worths and not impossible:
        story.note(again.excuse(again.members(organisation, again.view.runs[-1])))
        return
    story.note("again")
    if worths:
        words = {
            run: "nothing" if abs(worth) < TINY_MONEY else signed(worth, again.view.currency)
            for run, worth in worths.items()
        }
        story.tell(f"Planned again, {what} changes the worth of all work by {by_run(words)}")
    if impossible:
        story.tell(f"Planned again, {what} leaves no plan {joined(impossible)} that keeps every rule")


def with_lot(lot: Lot) -> Callable[[Case], Case]:
    """Returns the change that puts another lot in the place of the one with its id."""
    return lambda case: case.model_copy(update={"lots": tuple(lot if row.id == lot.id else row for row in case.lots)})


def larger(lot: Lot, gpus: int) -> Callable[[Case], Case]:
    """Returns the change that adds accelerators to a lot."""
    return with_lot(lot.model_copy(update={"gpus": lot.gpus + gpus}))
