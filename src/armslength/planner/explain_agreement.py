"""What an agreement moved, how each party fares by it, when that turns, and what else could be."""

from collections.abc import Callable

from armslength.model.agreement import Agreement, Leg
from armslength.model.case import Case
from armslength.model.plan import Deal
from armslength.planner.explain_again import Again
from armslength.planner.explain_organisation import verdict_text
from armslength.planner.explain_turns import party_facts, tell_turns, tell_worth
from armslength.planner.explain_view import View, idle_by_cause
from armslength.planner.explain_words import (
    FORM_WORDS,
    TINY_GPU_HOURS,
    Story,
    gpu_hours,
    joined,
    signed,
    some,
)
from armslength.planner.scope import end_of
from armslength.planner.verdict import agreed_settlements

STATE_WORDS = {"proposed": "only proposed", "approved": "approved", "in_force": "in force", "ended": "ended"}


def agreement_story(view: View, again: Again, agreement: Agreement) -> Story:
    """Returns what an agreement of the case moved and what it did to its parties."""
    story = Story()
    parties = [view.organisation(party) for party in agreement.parties]
    agreed = f", agreed on {agreement.agreed_on}" if agreement.agreed_on else ""
    story.tell(
        f"Agreement {view.agreement(agreement.id)}: {FORM_WORDS[agreement.kind]} between {joined(parties)}, "
        f"{STATE_WORDS[agreement.state]}{agreed}"
    )
    _tell_verdicts(view, story, agreement)
    moved = [_leg(view, agreement, leg) for leg in view.legs_of(agreement.id)]
    story.tell(f"It moves {some(moved)}" if moved else "It has no legs, so it moves nothing")
    _tell_terms(view, story, agreement)
    if agreement.id not in view.binding:
        story.tell(f"It is {STATE_WORDS[agreement.state]}, so no run counts it")
        _tell_effect(view, story, again, agreement, in_force=False)
        return story
    rivals = [
        key for key, row in view.binding.items() if key != agreement.id and set(row.parties) & set(agreement.parties)
    ]
    if rivals:
        story.tell(f"The verdicts count it together with {some([view.agreement(key) for key in rivals])}")
        _tell_effect(view, story, again, agreement, in_force=True)
    if "as_agreed" in view.runs:
        lots = [str(leg.lot) for leg in view.legs_of(agreement.id) if leg.lot]
        tell_turns(story, again, agreement.parties, party_facts(view, lots, agreement.parties))
    story.tell(view.comparison.better_deal)
    return story


def _tell_verdicts(view: View, story: Story, agreement: Agreement) -> None:
    """Tells how each party fares as agreed."""
    if agreement.id not in view.binding or "as_agreed" not in view.runs:
        return
    for party in agreement.parties:
        verdict = view.verdict(party, "as_agreed")
        if verdict is not None:
            story.tell(verdict_text(view, verdict))


def _leg(view: View, agreement: Agreement, leg: Leg) -> str:
    sku = view.sku(view.lots[leg.lot].sku if leg.lot else str(leg.sku))
    what = f"{leg.gpus:,} {sku}" + (f" of lot `{leg.lot}`" if leg.lot else "")
    where = f" at {view.site(leg.site)}" if leg.site else ""
    if leg.from_on is not None:
        since = f"from {leg.from_on.p50_on}"
    elif leg.lot:
        since = f"on receipt ({view.lots[leg.lot].expected_on.p50_on})"
    else:
        since = f"from {view.case.horizon.start_on}"
    end = end_of(agreement, leg)
    until = f" until {end}" if end else ""
    giver, taker = view.organisation(leg.giver), view.organisation(leg.taker)
    return f"{what} from {giver} to {taker}{where} {since}{until}"


def _tell_terms(view: View, story: Story, agreement: Agreement) -> None:
    """Tells what is paid, and on what conditions."""
    paid = [
        view.payment(row) + (f" on {row.paid_on}" if row.paid_on else "")
        for row in view.case.settlements
        if row.agreement == agreement.id
    ]
    story.tell(f"Under it {joined(paid)}" if paid else "No payment under it is known")
    if agreement.recalled_on:
        notice = agreement.recall_notice_days or 0.0
        story.tell(f"It was recalled on {agreement.recalled_on} with {notice:g} days' notice")
    if agreement.conditions:
        story.tell(f"It is conditional: {some(list(agreement.conditions))}")


def _tell_effect(view: View, story: Story, again: Again, agreement: Agreement, *, in_force: bool) -> None:
    """Tells what this agreement by itself does to its parties: with it against without, all else as it is."""

    def other(case: Case) -> Case:
        state = "proposed" if in_force else "in_force"
        rows = tuple(
            row.model_copy(update={"state": state}) if row.id == agreement.id else row for row in case.agreements
        )
        return case.model_copy(update={"agreements": rows})

    # The part must hold all who are bound with the agreement in force.
    wide = view.case if in_force else other(view.case)
    members = tuple(
        row.id
        for row in view.case.organisations
        if row.id in agreement.parties or row.id in _bound_with(wide, agreement.parties)
    )
    now, changed = again.worth("as_agreed", members), again.worth("as_agreed", members, other)
    if now is None or changed is None:
        story.note(again.excuse(members))
        return
    with_it, without = (now, changed) if in_force else (changed, now)
    paid_with = agreed_settlements(wide)
    paid_without = agreed_settlements(other(view.case) if in_force else view.case)
    gains = [
        f"{view.organisation(party)} "
        + signed(
            with_it.own[party] - without.own[party] + paid_with.get(party, 0.0) - paid_without.get(party, 0.0),
            view.currency,
        )
        for party in agreement.parties
        if party in with_it.own
    ]
    story.note("again")
    what = "without it" if in_force else "as if it were in force"
    story.tell(f"Planned again {what}, its own effect is {joined(gains)}, settlement included")


def _bound_with(case: Case, parties: tuple[str, ...]) -> set[str]:
    """Returns the organisations which agreements in force link to some parties, also through others."""
    found = set(parties)
    links = [set(row.parties) for row in case.agreements if row.state in ("approved", "in_force", "ended")]
    while any(link & found and not link <= found for link in links):
        found |= set().union(*(link for link in links if link & found))
    return found


def deal_story(view: View, again: Again, deal: Deal) -> Story:
    """Returns what a deal of the shared plan is for and what would be lost without it."""
    story = Story()
    story.tell(deal.text)
    moved = gpu_hours(deal.moved_gpu_hours)
    story.tell(f"{moved} are used under it, at most {deal.most_gpus:,} accelerators at a time")
    giver, taker = view.organisation(deal.giver), view.organisation(deal.taker)
    for plan in view.comparison.plans:
        if plan.run != "alone":
            continue
        idle = {
            cause: hours
            for cause, hours in idle_by_cause(plan, title=deal.giver, sku=deal.sku).items()
            if hours > TINY_GPU_HOURS
        }
        causes = joined([f"{gpu_hours(hours)} for “{cause}”" for cause, hours in idle.items()])
        held = f"the {view.sku(deal.sku)} that {giver} holds"
        story.tell(f"Alone, of {held} these pass unused: {causes}" if causes else f"Alone, none of {held} stands idle")
    for party in (deal.giver, deal.taker):
        verdict = view.verdict(party, "shared")
        if verdict is not None:
            story.tell(f"Shared, all deals together: {verdict_text(view, verdict)}")
    shared = ("shared",) if any(plan.run == "shared" for plan in view.plans) else ()
    if shared and len(view.case.organisations) > 1:
        what = f"no deal of any form between {giver} and {taker}"
        tell_worth(story, again, what, deal.giver, _cut_off(deal.giver, deal.taker), runs=("shared",))
    if shared and len(view.case.sharing.kinds) > 1:
        what = f"no {FORM_WORDS[deal.kind]} between anybody"
        kinds = tuple(kind for kind in view.case.sharing.kinds if kind != deal.kind)
        tell_worth(story, again, what, deal.giver, _sharing(kinds=kinds), runs=("shared",))
    story.tell("The plan implies it; nobody has agreed to it")
    return story


def _sharing(**update: object) -> Callable[[Case], Case]:
    """Returns the change to other rules of sharing."""
    return lambda case: case.model_copy(update={"sharing": case.sharing.model_copy(update=update)})


def _cut_off(first: str, second: str) -> Callable[[Case], Case]:
    """Returns the change after which all deal pair by pair, two organisations with each other not at all."""

    def change(case: Case) -> Case:
        names = [row.id for row in case.organisations]
        groups = case.sharing.groups or (tuple(names),)
        pairs = {
            (one, other)
            for group in groups
            for one in group
            for other in group
            if one < other and {one, other} != {first, second}
        }
        singles = [(name,) for name in names]
        return _sharing(groups=(*sorted(pairs), *singles))(case)

    return change
