"""Gantt charts: how many accelerators each workload uses when, and from when until when each deal runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup, escape

from armslength.model.agreement import Agreement, Leg
from armslength.model.comparison import Comparison
from armslength.model.demand import Workload
from armslength.model.plan import Deal, WorkloadResult
from armslength.render import figures
from armslength.render.axis import Times, times_of
from armslength.render.chart import Grid, axis_row, strip
from armslength.render.listing import cut
from armslength.render.tally import Tally
from armslength.render.words import KIND, RUN, STATE, Names

_WORKLOADS_MOST = 24
_DEALS_MOST = 30


@dataclass(frozen=True, slots=True)
class Strip:
    """One run's bars in a row, what they show in words, and a note to stand beside them."""

    run: str
    chart: Markup
    label: str
    note: str


@dataclass(frozen=True, slots=True)
class GanttRow:
    """One workload or deal."""

    name: str
    note: str
    strips: tuple[Strip, ...]


@dataclass(frozen=True, slots=True)
class GanttSection:
    """Rows over one time axis, with as many columns as there are runs."""

    heads: tuple[str, ...]
    axis: Markup
    rows: tuple[GanttRow, ...]
    left_out: str = ""


def workload_section(comparison: Comparison, tallies: Mapping[str, Tally], names: Names) -> GanttSection | None:
    """Returns a row per workload with the accelerators it uses in each run; the largest first."""
    tally = next(iter(tallies.values()), None)
    if tally is None or not tally.plan.periods or not comparison.case.workloads:
        return None
    size = {
        w.id: max(sum(t.workload_gpu_hours.get(w.id, ())) for t in tallies.values()) for w in comparison.case.workloads
    }
    ordered = sorted(comparison.case.workloads, key=lambda w: (-size[w.id], w.id))
    shown, more = cut(ordered, _WORKLOADS_MOST)
    order = {organisation.id: i for i, organisation in enumerate(comparison.case.organisations)}
    shown = sorted(shown, key=lambda w: order.get(w.owner, len(order)))
    times = times_of(tally.plan.periods)
    grid = Grid.of(times, times.edges(tally.plan.periods), 4)
    results = {run: {r.workload: r for r in t.plan.workloads} for run, t in tallies.items()}
    rows = tuple(_workload_row(w, tallies, results, grid, times, names) for w in shown)
    left = f"{figures.count(more, 'more workload')} in workloads.csv and uses.csv." if more else ""
    return GanttSection(tuple(RUN[run] for run in tallies), axis_row(grid), rows, left)


def _workload_row(
    workload: Workload,
    tallies: Mapping[str, Tally],
    results: Mapping[str, Mapping[str, WorkloadResult]],
    grid: Grid,
    times: Times,
    names: Names,
) -> GanttRow:
    used = {
        run: t.average(t.workload_gpu_hours[workload.id])
        if workload.id in t.workload_gpu_hours
        else [0.0] * len(t.hours)
        for run, t in tallies.items()
    }
    top = max(max(values, default=0.0) for values in used.values())
    due = _due_mark(workload.due_on, times)
    strips = []
    for run, values in used.items():
        note = _outcome(results[run].get(workload.id), max(values, default=0.0))
        chart = strip(grid, values, top=top, css=f"work-{workload.form}", extra=due)
        strips.append(Strip(RUN[run], chart, f"{names.workload(workload.id)}, {RUN[run].lower()}: {note}", note))
    about = [names.organisation(workload.owner), workload.form]
    if workload.due_on:
        about.append(f"due {figures.day(workload.due_on)} ◆")
    return GanttRow(names.workload(workload.id), ", ".join(about), tuple(strips))


def _outcome(result: WorkloadResult | None, peak: float) -> str:
    if result is None or result.done_gpu_hours <= 0:
        return "nothing done"
    done = figures.rounded(result.done_gpu_hours)
    if result.wanted_gpu_hours is not None:
        done += f" of {figures.gpu_hours(result.wanted_gpu_hours)}"
    else:
        done = figures.gpu_hours(result.done_gpu_hours)
    ended = f", done by {figures.day(result.finished_on)}" if result.finished_on else ""
    return f"{done}{ended}; at most {figures.gpus(round(peak))}"


def _due_mark(due_on: date | None, times: Times) -> str:
    if due_on is None or not times.start_on <= due_on <= times.end_on:
        return ""
    at = times.at(due_on)
    return (
        f'<line class="due" x1="{at:.2f}%" x2="{at:.2f}%" y1="0" y2="24"/>'
        f'<svg x="{at:.2f}%" y="5" overflow="visible"><path class="due-mark" d="M0 -4L4 0L0 4L-4 0Z"/></svg>'
    )


def deal_section(comparison: Comparison, names: Names) -> GanttSection | None:
    """Returns a row per leg of the agreements and per deal of the shared run, from first to last day."""
    plan = next((plan for plan in comparison.plans if plan.periods), None)
    if plan is None:
        return None
    times = times_of(plan.periods)
    grid = Grid.of(times, times.edges(plan.periods), 8)
    agreements = {agreement.id: agreement for agreement in comparison.case.agreements}
    legs = sorted(comparison.case.legs, key=lambda leg: _is_proposed(agreements.get(leg.agreement)))
    rows = [_leg_row(leg, agreements.get(leg.agreement), comparison, grid, times, names) for leg in legs]
    for other in comparison.plans:
        if other.run == "shared":
            rows += [
                _deal_row(deal, grid, times, names) for deal in sorted(other.deals, key=lambda d: -d.moved_gpu_hours)
            ]
    if not rows:
        return None
    shown, more = cut(rows, _DEALS_MOST)
    left = f"{figures.count(more, 'more deal')} in deals.csv." if more else ""
    return GanttSection(("",), axis_row(grid), tuple(shown), left)


def _is_proposed(agreement: Agreement | None) -> bool:
    return agreement is None or agreement.state == "proposed"


def _leg_row(
    leg: Leg, agreement: Agreement | None, comparison: Comparison, grid: Grid, times: Times, names: Names
) -> GanttRow:
    lot = next((lot for lot in comparison.case.lots if lot.id == leg.lot), None)
    start_on = leg.from_on.p50_on if leg.from_on else lot.expected_on.p50_on if lot else times.start_on
    end_on = leg.until_on.p50_on if leg.until_on else _returned_on(agreement)
    kind = KIND[agreement.kind] if agreement else "Agreement"
    state = STATE[agreement.state] if agreement else ""
    once = agreement is not None and agreement.kind in ("redirect", "slot_swap")
    what = f"{names.organisation(leg.giver)} → {names.organisation(leg.taker)}"
    days = f"title moves on {figures.day(start_on)}" if once else _from_until(start_on, end_on)
    note = f"{figures.gpus(leg.gpus)}, {days}"
    chart = _bar(
        grid,
        times,
        start_on,
        None if once else end_on or times.end_on,
        "bar-proposed" if _is_proposed(agreement) else "bar-agreed",
        figures.whole_gpus(leg.gpus),
    )
    return GanttRow(
        f"{kind}: {what}",
        f"{names.agreement(leg.agreement)}, {state}",
        (Strip("", chart, f"{kind}, {what}: {note}", note),),
    )


def _returned_on(agreement: Agreement | None) -> date | None:
    """The day on which a recalled loan is back; None while nothing ends it."""
    if agreement is None or agreement.recalled_on is None:
        return None
    return agreement.recalled_on + timedelta(days=agreement.recall_notice_days or 0.0)


def _deal_row(deal: Deal, grid: Grid, times: Times, names: Names) -> GanttRow:
    what = f"{names.organisation(deal.giver)} → {names.organisation(deal.taker)}"
    note = f"up to {figures.gpus(deal.most_gpus)}, {_from_until(deal.from_on, deal.until_on)}"
    chart = _bar(grid, times, deal.from_on, deal.until_on, "bar-proposed", figures.whole_gpus(deal.most_gpus))
    kind = KIND[deal.kind]
    where = f"{names.sku(deal.sku)} at {names.site(deal.site)}, proposed by the shared run"
    return GanttRow(f"{kind}: {what}", where, (Strip("", chart, f"{kind}, {what}: {note}", note),))


def _from_until(start_on: date, end_on: date | None) -> str:
    return figures.span(start_on, end_on) if end_on and end_on > start_on else f"from {figures.day(start_on)}"


def _bar(grid: Grid, times: Times, start_on: date, end_on: date | None, css: str, text: str) -> Markup:
    """A bar from day to day, or a diamond where something happens on one day."""
    at = times.at(start_on)
    if end_on is None:
        diamond = f'<path class="{css}" d="M0 -8L8 0L0 8L-8 0Z"/>'
        drawn = f'<svg x="{at:.2f}%" y="12" overflow="visible">{diamond}</svg>'
        end = at
    else:
        end = max(times.at(max(end_on, start_on + timedelta(days=1))), at + 0.5)
        drawn = f'<rect class="{css}" x="{at:.2f}%" width="{end - at:.2f}%" y="4" height="16"/>'
    anchor, place, shift = ("start", end, 12) if end < 80 else ("end", at, -12)
    if end >= 80 and at < 20:
        anchor, place, shift = "start", at, 6
    words = (
        f'<g transform="translate({shift} 0)" text-anchor="{anchor}">'
        f'<text class="halo" x="{place:.2f}%" y="16">{escape(text)}</text></g>'
    )
    return strip(grid, (), top=1.0, css="", extra=drawn + words)
