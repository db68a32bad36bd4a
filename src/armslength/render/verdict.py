"""The verdict: who is better or worse off than alone, by how much and when, and the case on one screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from armslength.model.comparison import Comparison, Verdict
from armslength.model.plan import Period
from armslength.render import figures
from armslength.render.axis import times_of
from armslength.render.chart import Grid, difference_bars
from armslength.render.tally import WAITING, Tally, stretches
from armslength.render.words import (
    BINDING_STATES,
    NO_DETRIMENT,
    RUN_PHRASE,
    SPLIT_PHRASE,
    STANDING,
    STANDING_MARK,
    Names,
    main_run,
)

_CARDS_MOST = 12
_STRETCHES_MOST = 3
_LEAST_GPUS = 0.1  # differences below this, averaged over a period, come from whole accelerators
_NAMED_MOST = 4
_WHY = {
    "no power": "no site open to them had power to spare",
    "no slot": "no site open to them had a free slot",
    "commissioning": "they were in commissioning or burn-in",
}
_ORDER = {"worse": 0, "better": 1, "same": 2}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a card: its name, what is read, and the number in full."""

    name: str
    text: str
    exact: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What one organisation should know first."""

    name: str
    standing: str
    mark: str
    badge: str
    figures: tuple[Figure, ...]
    text: str
    chart: Markup | None
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VerdictSection:
    """The first thing on the page."""

    lead: str
    cards: tuple[Card, ...]
    left_out_count: int
    grounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A question people ask about a deal, and the answer in a sentence or two."""

    question: str
    answers: tuple[str, ...]


def periods_of(comparison: Comparison) -> Sequence[Period]:
    """Returns the periods, which all plans of a case share; none when there is no plan."""
    return comparison.plans[0].periods if comparison.plans else ()


def lead_of(comparison: Comparison, names: Names) -> str:
    """Returns the verdict in one or two sentences."""
    run = main_run(comparison)
    if run is None:
        return "Nothing is compared here: a verdict needs the run alone beside another one."
    told = [verdict for verdict in comparison.verdicts if verdict.run == run]
    groups = [
        (standing, [names.organisation(v.organisation) for v in told if v.standing == standing])
        for standing in ("worse", "better", "same")
    ]
    parts = [
        f"{_who(who)} {'is' if len(who) == 1 else 'are'} {STANDING[standing]} than alone"
        for standing, who in groups
        if who
    ]
    if all(v.standing != "worse" for v in told):
        parts.append("nobody is worse off")
    gain = sum(verdict.gain_value for verdict in told)
    together = figures.signed_money(gain, comparison.case.currency)
    return f"{RUN_PHRASE[run]}, {'; '.join(parts)}. Together: {together} against everyone alone."


def _who(names: list[str]) -> str:
    return figures.listed(names) if len(names) <= _NAMED_MOST else figures.count(len(names), "organisation")


def when_of(verdict: Verdict, periods: Sequence[Period]) -> str:
    """Returns when a run brings more or less than alone, in words."""
    values = [0.0] * len(periods)
    used = [0.0] * len(periods)
    for change in verdict.changes:
        if change.period_index < len(periods):
            values[change.period_index] += change.usable_gpu_hours
            used[change.period_index] += change.used_gpu_hours
    of_what = "usable"
    least = _LEAST_GPUS * max((period.counted_hours for period in periods), default=0.0)
    if max(map(abs, values), default=0.0) <= least:
        values, of_what = used, "used"
    found = stretches(values, least=least)
    texts = [
        f"{'more' if sign > 0 else 'fewer'} {of_what} in {figures.span(periods[a].start_on, periods[b - 1].end_on)}"
        for sign, a, b in found[:_STRETCHES_MOST]
    ]
    if len(found) > _STRETCHES_MOST:
        texts.append(f"and {figures.count(len(found) - _STRETCHES_MOST, 'more stretch', 'more stretches')}")
    return "; ".join(texts)


def verdict_section(comparison: Comparison, names: Names) -> VerdictSection:
    """Returns the lead and a card per organisation, those worse off first."""
    run = main_run(comparison)
    told = sorted(
        (verdict for verdict in comparison.verdicts if verdict.run == run),
        key=lambda v: (_ORDER[v.standing], -abs(v.gain_value), v.organisation),
    )
    others = {v.organisation: v for v in comparison.verdicts if v.run != run}
    cards = tuple(_card(comparison, v, others.get(v.organisation), names) for v in told[:_CARDS_MOST])
    return VerdictSection(
        lead_of(comparison, names),
        cards,
        max(0, len(told) - _CARDS_MOST),
        _grounds(comparison) if told else (),
    )


def _grounds(comparison: Comparison) -> tuple[str, ...]:
    case = comparison.case
    grounds = ["Better or worse is against the best each could realistically have done alone, settlement included."]
    if case.as_of:
        grounds.append(f"Only what was known by {figures.day(case.as_of)} counts.")
    if any(plan.run == "shared" for plan in comparison.plans):
        grounds.append(f"Sharing is planned so that no one loses, {NO_DETRIMENT[case.sharing.no_detriment]}.")
    return tuple(grounds)


def _card(comparison: Comparison, verdict: Verdict, other: Verdict | None, names: Names) -> Card:
    currency, periods = comparison.case.currency, periods_of(comparison)
    shown = [_usable_figure(verdict), _gain_figure(verdict, currency)]
    if verdict.settlement_value:
        direction = "received" if verdict.settlement_value > 0 else "paid"
        shown.append(_money_figure(f"of which settlement {direction}", abs(verdict.settlement_value), currency))
    if verdict.make_whole_cost > 0:
        shown.append(_money_figure("to be made whole it needs", verdict.make_whole_cost, currency))
    when = when_of(verdict, periods)
    if when:
        shown.append(Figure("when", when))
    if verdict.best_alternative:
        shown.append(Figure("best option alone", verdict.best_alternative))
    return Card(
        name=names.organisation(verdict.organisation),
        standing=verdict.standing,
        mark=STANDING_MARK[verdict.standing],
        badge=f"{STANDING[verdict.standing][0].upper()}{STANDING[verdict.standing][1:]}",
        figures=tuple(shown),
        text=figures.with_days(verdict.text),
        chart=_chart(verdict, periods, names),
        others=(_other(other, currency),) if other else (),
    )


def _usable_figure(verdict: Verdict) -> Figure:
    number = verdict.usable_gpu_hours
    return Figure("usable", figures.signed_gpu_hours(number), f"{figures.exact(number)} GPU-hours")


def _gain_figure(verdict: Verdict, currency: str) -> Figure:
    spread = figures.money_range(verdict.gain_value_low, verdict.gain_value_high, currency)
    amount = figures.signed_money(verdict.gain_value, currency)
    note = f"{spread} at the low and high market prices" if spread else ""
    if verdict.standing == "same" and amount != figures.signed_money(0.0, currency):
        note = "too little to count"
    name = "gain" if verdict.gain_value >= 0 else "loss"
    return Figure(name, amount, f"{figures.exact(verdict.gain_value)} {currency}", note)


def _money_figure(name: str, value: float, currency: str) -> Figure:
    return Figure(name, figures.money(value, currency), f"{figures.exact(value)} {currency}")


def _other(verdict: Verdict, currency: str) -> str:
    return (
        f"{RUN_PHRASE[verdict.run]}: {STANDING_MARK[verdict.standing]} {STANDING[verdict.standing]}, "
        f"{figures.signed_money(verdict.gain_value, currency)} after settlement."
    )


def _chart(verdict: Verdict, periods: Sequence[Period], names: Names) -> Markup | None:
    values = [0.0] * len(periods)
    for change in verdict.changes:
        if change.period_index < len(periods) and periods[change.period_index].counted_hours > 0:
            hours = periods[change.period_index].counted_hours
            values[change.period_index] += change.usable_gpu_hours / hours
    if max(map(abs, values), default=0.0) < _LEAST_GPUS:
        return None
    times = times_of(periods)
    text = f"{names.organisation(verdict.organisation)}: usable GPUs against alone, average of each period. "
    return difference_bars(Grid.of(times, times.edges(periods), 4), values, label=text + when_of(verdict, periods))


def one_screen(comparison: Comparison, tallies: dict[str, Tally], names: Names) -> tuple[Reply, ...]:
    """Returns the questions people ask about a deal that was made, with answers; none without such a deal."""
    bound = {a.id for a in comparison.case.agreements if a.state in BINDING_STATES}
    if not bound or "as_agreed" not in tallies:
        return ()
    replies = [_waited(comparison, bound, tallies, names), _powered(comparison, bound, tallies, names)]
    replies += [Reply(answer.text, (figures.with_days(answer.reading),)) for answer in comparison.answers]
    replies.append(_fair_split(comparison, names))
    if comparison.better_deal:
        replies.append(
            Reply("Which deal would have been better for both?", (figures.with_days(comparison.better_deal),))
        )
    return tuple(reply for reply in replies if reply and reply.answers)


def _parties(comparison: Comparison, bound: set[str], side: str) -> list[str]:
    """Organisations that give (or take) under the agreements in force, in the case's order."""
    found = {getattr(leg, side) for leg in comparison.case.legs if leg.agreement in bound and leg.gpus > 0}
    return [organisation.id for organisation in comparison.case.organisations if organisation.id in found]


def _waited(comparison: Comparison, bound: set[str], tallies: dict[str, Tally], names: Names) -> Reply | None:
    alone = tallies.get("alone")
    if alone is None:
        return None
    answers = []
    for giver in _parties(comparison, bound, "giver"):
        before, agreed = _waiting(alone, giver), _waiting(tallies["as_agreed"], giver)
        after = f"As agreed, {figures.gpu_hours(agreed)} do." if agreed else "As agreed, none do."
        if before <= 0:
            answers.append(f"{names.organisation(giver)}: alone, none of its GPUs would have waited. {after}")
            continue
        answers.append(
            f"{names.organisation(giver)}: alone, {figures.gpu_hours(before)} would have passed unpowered"
            f"{_waiting_span(alone, giver)}, mostly because {_WHY[_main_cause(alone, giver)]}. {after}"
        )
    return Reply("Would the GPUs have waited alone, how long and why?", tuple(answers))


def _waiting(tally: Tally, title: str) -> float:
    return sum(tally.waiting_gpu_hours.get(title, ()))


def _waiting_span(tally: Tally, title: str) -> str:
    found = stretches(tally.waiting_gpu_hours.get(title, ()), least=0.5)
    if not found:
        return ""
    periods = tally.plan.periods
    return f" between {_from_to(periods[found[0][1]], periods[found[-1][2] - 1])}"


def _from_to(first: Period, last: Period) -> str:
    return f"{figures.day(first.start_on)} and {figures.day(last.end_on)}"


def _powered(comparison: Comparison, bound: set[str], tallies: dict[str, Tally], names: Names) -> Reply:
    agreed = tallies["as_agreed"]
    answers = []
    for taker in _parties(comparison, bound, "taker"):
        received = sum(r.received_gpu_hours for r in agreed.plan.results if r.organisation == taker)
        waiting = _waiting(agreed, taker)
        if received <= 0:
            continue
        answers.append(f"{names.organisation(taker)}: {_powered_words(agreed, taker, waiting / received)}.")
    return Reply("Could the takers power what they received?", tuple(answers))


def _powered_words(tally: Tally, taker: str, share_frac: float) -> str:
    if share_frac < 0.0005:
        return "yes, none of its GPUs waits for power or a slot"
    yes = "yes, nearly all" if share_frac < 0.05 else "only in part" if share_frac < 0.999 else "no"
    why = _WHY[_main_cause(tally, taker)]
    span = _waiting_span(tally, taker)
    share = figures.percent(share_frac)
    return f"{yes}; {share} of the GPU-hours it received pass unpowered{span}, mostly because {why}"


def _main_cause(tally: Tally, title: str) -> str:
    return max(WAITING, key=lambda cause: tally.idle_total_gpu_hours.get((title, cause), 0.0))


def _fair_split(comparison: Comparison, names: Names) -> Reply | None:
    chosen = next((split for split in comparison.splits if split.chosen), None)
    if chosen is None:
        return None
    currency = comparison.case.currency
    paid = [
        f"{names.organisation(p.payer)} pays {names.organisation(p.payee)} {figures.money(p.amount_cost, currency)}"
        for p in comparison.payments
    ]
    gains = [
        f"{names.organisation(s.organisation)} {figures.signed_money(s.gain_value, currency)}" for s in chosen.shares
    ]
    return Reply(
        "What would a fair split pay?",
        (
            f"Split by {SPLIT_PHRASE[chosen.rule]} in the shared plan: "
            f"{figures.listed(gains)} against alone. "
            + (f"{figures.listed(paid)}." if paid else "No payment is needed."),
        ),
    )
