"""Charts side by side, one per run: power by site, accelerators by organisation, idle by cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from armslength.model.case import Case
from armslength.model.comparison import Comparison
from armslength.model.plan import IDLE_MEANING
from armslength.render import figures
from armslength.render.axis import times_of
from armslength.render.chart import Grid, Layer, stacked_bars, step_chart
from armslength.render.listing import Cell, Listing, cut, gpu_hours_cell, words
from armslength.render.tally import Series, Tally, causes_in_order, limits_mw
from armslength.render.words import RUN, Names

ROWS_MOST = 8
_IDLE_MOST = 10
_TITLES_MOST = 60  # periods up to which every bar carries a note for a pointer


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart with its caption."""

    caption: str
    chart: Markup
    note: str = ""


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One thing in all runs, on one scale."""

    title: str
    note: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class PanelSection:
    """Rows of charts with one key."""

    lead: str
    key: tuple[tuple[str, str], ...]  # class, meaning
    rows: tuple[PanelRow, ...]
    left_out: str = ""
    listings: tuple[Listing, ...] = ()


Tallies = Mapping[str, Tally]


def power_section(comparison: Comparison, tallies: Tallies, names: Names) -> PanelSection | None:
    """Returns the power of each site and what is drawn, run by run; the largest sites first."""
    case = comparison.case
    if not _has_periods(tallies):
        return None
    limits = {site.id: limits_mw(case, _any(tallies).plan, site.id) for site in case.sites}
    sites = [
        s
        for s in limits
        if _peak(limits[s] or ()) > 0 or any(_peak(t.site_usable_mw.get(s, ())) for t in tallies.values())
    ]
    sites.sort(key=lambda site: (-_peak(limits[site] or ()), site))
    shown, more = cut(sites, ROWS_MOST)
    rows = tuple(_power_row(case, site, limits[site], tallies, names) for site in shown)
    if not rows:
        return None
    return PanelSection(
        "Average power of each period in MW: what the site has, and what usable and used GPUs draw.",
        (
            ("line limit", "power available"),
            ("area-used", "drawn by GPUs in use"),
            ("area-unused", "drawn by usable GPUs without use"),
        ),
        rows,
        _left_out(more, "site", "holdings.csv"),
    )


def _power_row(case: Case, site: str, limit: Series | None, tallies: Tallies, names: Names) -> PanelRow:
    usable = {run: tally.site_usable_mw.get(site, ()) for run, tally in tallies.items()}
    used = {run: tally.site_used_mw.get(site, ()) for run, tally in tallies.items()}
    top = max(_peak(limit or ()), *(_peak(values) for values in [*usable.values(), *used.values()]))
    panels = []
    for run, tally in tallies.items():
        layers = [Layer("area", "area-unused", usable[run]), Layer("area", "area-used", used[run])]
        if limit is not None:
            layers.append(Layer("line", "limit", limit))
        text = (
            f"{names.site(site)}, {RUN[run].lower()}: "
            f"up to {figures.rounded(_peak(limit or ()))} MW available; "
            f"usable GPUs draw up to {figures.rounded(_peak(usable[run]))} MW, "
            f"used ones up to {figures.rounded(_peak(used[run]))} MW."
        )
        panels.append(Panel(RUN[run], step_chart(_grid(tally), layers, top=top, label=text)))
    owner = next((s.owner for s in case.sites if s.id == site), "")
    steps = sorted((s for s in case.steps if s.site == site and s.power_mw is not None), key=lambda s: s.from_on.p50_on)
    opened = [f"{figures.rounded(s.power_mw or 0.0)} MW from {figures.when(s.from_on)}" for s in steps]
    return PanelRow(
        names.site(site),
        ". ".join(x for x in (f"Run by {names.organisation(owner)}", figures.listed(opened)) if x) + ".",
        tuple(panels),
    )


def gpus_section(comparison: Comparison, tallies: Tallies, names: Names) -> PanelSection | None:
    """Returns received, installed, usable and used accelerators by organisation with title, run by run."""
    if not _has_periods(tallies):
        return None
    titles = [o.id for o in comparison.case.organisations if any(_gpus_peak(t, o.id) > 0 for t in tallies.values())]
    titles.sort(key=lambda title: (-max(_gpus_peak(t, title) for t in tallies.values()), title))
    shown, more = cut(titles, ROWS_MOST)
    if not shown:
        return None
    return PanelSection(
        "By who holds title, in GPUs. Received and installed: at the end of each period. "
        "Usable and used: average of the period.",
        (
            ("line received", "received"),
            ("line installed", "installed"),
            ("area-unused", "usable, not used"),
            ("area-used", "used, by anyone"),
        ),
        tuple(_gpus_row(title, tallies, names) for title in shown),
        _left_out(more, "organisation", "supplies.csv and holdings.csv"),
    )


def _gpus_peak(tally: Tally, title: str) -> float:
    received = tally.received_gpus.get(title, ())
    return max(_peak(received), _peak(tally.installed_gpus.get(title, ())))


def _gpus_row(title: str, tallies: Tallies, names: Names) -> PanelRow:
    top = max(_gpus_peak(tally, title) for tally in tallies.values())
    panels = []
    for run, tally in tallies.items():
        received = tally.received_gpus.get(title, ())
        installed = tally.installed_gpus.get(title, ())
        usable = tally.average(tally.usable_gpu_hours[title]) if title in tally.usable_gpu_hours else []
        used = tally.average(tally.used_gpu_hours[title]) if title in tally.used_gpu_hours else []
        layers = [
            Layer("area", "area-unused", usable),
            Layer("area", "area-used", used),
            Layer("line", "installed", installed),
            Layer("line", "received", received),
        ]
        text = (
            f"{names.organisation(title)}, {RUN[run].lower()}: "
            f"up to {figures.gpus(_peak(received))} received, "
            f"{figures.gpus(_peak(installed))} installed, {figures.gpus(_peak(used))} used."
        )
        panels.append(Panel(RUN[run], step_chart(_grid(tally), layers, top=top, label=text)))
    return PanelRow(names.organisation(title), "", tuple(panels))


def idle_section(comparison: Comparison, tallies: Tallies, names: Names) -> PanelSection | None:
    """Returns idle GPU-hours by cause over time, and a table per run in which the causes add up."""
    causes = causes_in_order(list(tallies.values()))
    if not causes or not _has_periods(tallies):
        return None
    sums = [
        [sum(t.idle_gpu_hours[c][i] for c in causes if c in t.idle_gpu_hours) for i in range(len(t.hours))]
        for t in tallies.values()
    ]
    top = max(max(values, default=0.0) for values in sums)
    panels = []
    for (run, tally), values in zip(tallies.items(), sums, strict=True):
        series = [(css_of_cause(cause), cause, tally.idle_gpu_hours.get(cause, ())) for cause in causes]
        spans = [figures.span(p.start_on, p.end_on) for p in tally.plan.periods] if len(values) <= _TITLES_MOST else []
        text = f"{RUN[run]}: {figures.gpu_hours(sum(values))} idle in all."
        chart = stacked_bars(_grid(tally), series, top=top, label=text, titles=spans)
        panels.append(Panel(RUN[run], chart, text))
    return PanelSection(
        "GPU-hours per period that were received and that nobody used, by cause.",
        tuple((css_of_cause(cause), f"{cause}: {IDLE_MEANING[cause]}") for cause in causes),
        (PanelRow("", "", tuple(panels)),),
        "",
        (_idle_listing(tallies, causes, names),),
    )


def css_of_cause(cause: str) -> str:
    """Returns the class that fills a cause's bars."""
    return f"cause-{cause.replace(' ', '-')}"


def _idle_listing(tallies: Tallies, causes: Sequence[str], names: Names) -> Listing:
    most = {t: 0.0 for tally in tallies.values() for t, _ in tally.idle_total_gpu_hours}
    for title in most:
        most[title] = max(_idle_of(tally, title, causes) for tally in tallies.values())
    titles = sorted(most, key=lambda title: (-most[title], title))
    shown, more = cut(titles, _IDLE_MOST)
    rows = [
        _idle_row(names.organisation(x), i, run, t, [x], causes)
        for x in shown
        for i, (run, t) in enumerate(tallies.items())
    ]
    foot = [_idle_row("All", i, run, t, titles, causes) for i, (run, t) in enumerate(tallies.items())]
    return Listing(
        "Idle GPU-hours over the horizon, by who holds title and by cause. The causes add up.",
        ("Title", "Run", *(cause.capitalize() for cause in causes), "Idle in all"),
        rows,
        frozenset(range(2, len(causes) + 3)),
        foot if len(titles) > 1 else (),
        more,
        "idle.csv",
    )


def _idle_row(name: str, i: int, run: str, tally: Tally, titles: Sequence[str], causes: Sequence[str]) -> list[Cell]:
    by_cause = [sum(tally.idle_total_gpu_hours.get((title, cause), 0.0) for title in titles) for cause in causes]
    total = gpu_hours_cell(sum(by_cause))
    return [
        Cell(name, css="again" if i else ""),
        words(RUN[run]),
        *(gpu_hours_cell(x) for x in by_cause),
        total,
    ]


def _idle_of(tally: Tally, title: str, causes: Sequence[str]) -> float:
    return sum(tally.idle_total_gpu_hours.get((title, cause), 0.0) for cause in causes)


def _grid(tally: Tally) -> Grid:
    times = times_of(tally.plan.periods)
    return Grid.of(times, times.edges(tally.plan.periods))


def _has_periods(tallies: Tallies) -> bool:
    return any(tally.plan.periods for tally in tallies.values())


def _any(tallies: Tallies) -> Tally:
    return next(iter(tallies.values()))


def _peak(values: Sequence[float]) -> float:
    return max(values, default=0.0)


def _left_out(more: int, one: str, where: str) -> str:
    return f"{figures.count(more, f'more {one}')} in {where}." if more else ""
