"""The report of replays as one HTML file that needs nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from armslength.model.replay import OwnerOutcome, Replay, ReplayReport, Rules
from armslength.render import figures
from armslength.render.listing import Cell, Listing
from armslength.render.panels import Panel, PanelRow
from armslength.render.replay_chart import by_replay, time_unit, usage_chart
from armslength.render.replay_text import HARM_HEADS, OUTCOME_HEADS, harm_rows, length, outcome_rows, sentences
from armslength.render.templating import environment

OWNERS_MOST = 12
MEAN_WAIT = "Mean wait"
USAGES_MOST = 6
KEY_USE = (
    ("area-used", "used by the owner's own jobs"),
    ("lent-out", "lent: used by others' jobs"),
    ("line limit", "owned"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of charts, with their key."""

    key: Sequence[tuple[str, str]]
    rows: Sequence[PanelRow]
    left_out: str = ""
    listings: Sequence[Listing] = ()


def replay_html(report: ReplayReport) -> str:
    """Returns the report as one self-contained HTML document."""
    harms = harm_rows(report.replays)
    return (
        environment()
        .get_template("replay.html.j2")
        .render(
            title=report.trace,
            about=_about(report),
            sentences=sentences(report),
            waits=_waits(report),
            outcomes=_listing(
                "Waiting, completion and GPU-hours by owner", OUTCOME_HEADS, outcome_rows(report.replays)
            ),
            harms=_listing(
                "Jobs that fared worse than alone on their owner's nodes, and those that fared better",
                HARM_HEADS,
                harms,
            )
            if harms
            else None,
            usage=_usage(report),
            rules=_rules(report),
            version=report.armslength_version,
        )
    )


def _about(report: ReplayReport) -> tuple[str, ...]:
    first = report.replays[0]
    everything = first.outcome_of("all")
    begins = "begins at its own zero" if first.begin_at.year < 1971 else f"from {figures.day(first.begin_at.date())}"
    return (
        figures.count(report.job_count, "job"),
        figures.count(len(report.owners), "owner"),
        figures.gpus(everything.own_gpus) + f" in nodes of {report.capacity[0].node_gpus}",
        f"{begins}, {length(first.span_seconds)}",
    )


def _listing(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Listing:
    cells: list[list[Cell]] = []
    before = ""
    for row in rows:
        # The name of a replay stands beside its first owner only, but is still there for a reader by ear.
        first = Cell(row[0], css="again" if row[0] == before else "")
        cells.append([first, *(Cell(text) for text in row[1:])])
        before = row[0]
    return Listing(caption, heads, cells, frozenset(range(2, len(heads))))


def _waits(report: ReplayReport) -> Section:
    rows = [
        _row(report, MEAN_WAIT, lambda row: row.wait.mean_seconds),
        _row(report, "95 in 100 jobs wait at most", lambda row: row.wait.p95_seconds),
    ]
    more = len(report.owners) - OWNERS_MOST
    key = () if report.swept else tuple((f"b-{i % 8}", replay.name) for i, replay in enumerate(report.replays))
    return Section(key, rows, f"{more} more owners in outcomes.csv." if more > 0 else "")


def _row(report: ReplayReport, title: str, number: Callable[[OwnerOutcome], float]) -> PanelRow:
    panels = []
    for owner in [*report.owners[:OWNERS_MOST], "all"]:
        values = [number(replay.outcome_of(owner)) for replay in report.replays]
        factor, unit = time_unit(values)
        drawn = [value / factor for value in values]
        said = "; ".join(f"{replay.name} {length(value)}" for replay, value in zip(report.replays, values, strict=True))
        chart = by_replay(
            [replay.name for replay in report.replays],
            drawn,
            max(drawn) or 1.0,
            curve=bool(report.swept),
            label=f"{title}, {owner}: {said}",
        )
        panels.append(Panel(f"{owner}, {unit}", chart, said + _alone(report, owner, title)))
    return PanelRow(title, f"along {report.swept}" if report.swept else "", tuple(panels))


def _alone(report: ReplayReport, owner: str, title: str) -> str:
    """Returns what to hold a mean wait against, where the rules are swept and standing alone is none of the points."""
    first = report.replays[0]
    harm = next((row for row in first.harms if row.owner == owner), None)
    if not report.swept or harm is None or title != MEAN_WAIT:
        return ""
    return f"; alone {length(first.outcome_of(owner).wait.mean_seconds - harm.mean_wait_change_seconds)}"


def _usage(report: ReplayReport) -> Section:
    rows = []
    for owner in report.owners[:OWNERS_MOST]:
        usages = [(replay, row) for replay in report.replays for row in replay.usages if row.owner == owner]
        if not usages:
            continue
        top = max([1.0, *(value for _, usage in usages for value in usage.capacity_gpus)])
        panels = tuple(Panel(replay.name, usage_chart(replay, usage, top)) for replay, usage in usages[:USAGES_MOST])
        rows.append(PanelRow(owner, "", panels))
    more = len(report.replays) - USAGES_MOST
    return Section(KEY_USE, rows, f"{more} more replays in replay.json." if more > 0 else "")


def _rules(report: ReplayReport) -> Listing:
    heads = ("replay", "policy", "order", "backfill", "notice", "least run", "cost of a stop", "release", "computed by")
    rows = [[Cell(text) for text in _rule(replay)] for replay in report.replays]
    return Listing("What each replay was asked for", heads, rows)


def _rule(replay: Replay) -> tuple[str, ...]:
    rules = replay.rules
    settings = ", ".join(f"{row.name} {row.value_ratio:g}" for row in rules.settings)
    return (
        replay.name,
        rules.policy + (f" ({settings})" if settings else ""),
        rules.order,
        rules.backfill,
        length(rules.notice_seconds),
        length(rules.min_run_seconds),
        costs(rules),
        length(rules.release_seconds),
        replay.method,
    )


def costs(rules: Rules) -> str:
    """Returns what a stop costs, in words.

    >>> costs(Rules())
    'nothing'
    """
    if not any(row.cost_seconds for row in rules.checkpoint_costs):
        return "nothing"
    parts = [
        f"{length(row.cost_seconds)}" + (f" up to {row.upto_gpus} GPUs" if row.upto_gpus else "")
        for row in rules.checkpoint_costs
    ]
    return ", ".join(parts)
