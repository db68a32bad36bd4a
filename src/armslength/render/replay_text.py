"""Replays for a terminal: outcomes side by side, then who was harmed; aligned text in a pipe."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armslength.model.replay import Replay, ReplayReport
from armslength.render import figures

Row = Sequence[str]
OUTCOME_HEADS = (
    "replay", "owner", "jobs", "waited", "mean wait", "median", "p95", "p99", "mean completion", "slowdown",
    "ρ alone", "stops", "own GPU-h", "borrowed", "lent", "lost", "used",
)  # fmt: skip
HARM_HEADS = (
    "replay", "owner", "start later", "wait longer", "their GPU-h", "delay GPU-h", "latest start", "latest end",
    "wait less", "saved GPU-h", "mean wait change",
)  # fmt: skip


def length(seconds: float) -> str:
    """Returns a length of time in the unit that suits it.

    >>> length(42), length(1412.2), length(21171), length(470000), length(-90)
    ('42 s', '23.5 min', '5.88 h', '5.44 d', '−90 s')
    """
    size = abs(seconds)
    for limit, factor, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h"), (float("inf"), 86_400, "d")):
        if size < limit:
            return f"{figures.rounded(seconds / factor)} {unit}"
    return ""


def change(seconds: float) -> str:
    """Returns a change of a length of time, with its sign."""
    text = length(seconds)
    return f"+{text}" if seconds > 0 else text


def outcome_rows(replays: Sequence[Replay]) -> Sequence[Row]:
    """Returns the outcomes of all replays as texts."""
    rows = []
    for replay in replays:
        for row in replay.outcomes:
            jobs = f"{row.job_count:,}" + (f" ({row.unfinished_count:,} unfinished)" if row.unfinished_count else "")
            rows.append(
                (
                    replay.name,
                    row.owner,
                    jobs,
                    f"{row.waited_count:,}",
                    length(row.wait.mean_seconds),
                    length(row.wait.median_seconds),
                    length(row.wait.p95_seconds),
                    length(row.wait.p99_seconds),
                    length(row.completion.mean_seconds),
                    figures.rounded(row.slowdown_mean_ratio),
                    "" if row.fairness_mean_ratio is None else f"{row.fairness_mean_ratio:.3f}",
                    f"{row.stop_count:,}",
                    figures.rounded(row.own_gpu_hours),
                    figures.rounded(row.borrowed_gpu_hours),
                    figures.rounded(row.lent_gpu_hours),
                    figures.rounded(row.lost_gpu_hours),
                    figures.percent(row.utilisation_frac),
                )
            )
    return rows


def harm_rows(replays: Sequence[Replay]) -> Sequence[Row]:
    """Returns who fared worse than alone, as texts."""
    return [
        (
            replay.name,
            row.owner,
            f"{row.later_start_count:,}",
            f"{row.longer_wait_count:,}",
            figures.rounded(row.longer_wait_gpu_hours),
            figures.rounded(row.delayed_gpu_hours),
            length(row.worst_start_seconds),
            length(row.worst_end_seconds),
            f"{row.sooner_count:,}",
            figures.rounded(row.saved_gpu_hours),
            change(row.mean_wait_change_seconds),
        )
        for replay in replays
        for row in replay.harms
    ]


def sentences(report: ReplayReport) -> list[str]:
    """Returns what a reader must know besides the tables."""
    lines = []
    for replay in report.replays:
        worse = [row for row in replay.harms if not row.better_or_same]
        if replay.harms:
            if worse:
                named = figures.listed([f"{row.owner} ({change(row.mean_wait_change_seconds)})" for row in worse])
                lines.append(f"{replay.name}: jobs wait longer than alone on average at {named}.")
            else:
                lines.append(f"{replay.name}: nobody's jobs wait longer than alone on average.")
            late = sum(row.later_start_count for row in replay.harms)
            if late:
                worst = max(row.worst_start_seconds for row in replay.harms)
                lines.append(
                    f"{replay.name}: {figures.count(late, 'job')} started later than alone, by {length(worst)} at most."
                )
        if replay.promise:
            lines.append(f"{replay.name} promises: {replay.promise}.")
    first = report.replays[0]
    lines.append(f"Ties: {first.tie_rule}. Checked: {first.conserved}.")
    if any(replay.rules.order in ("sjf", "srtf") for replay in report.replays):
        lines.append("sjf and srtf know how long jobs are, which no scheduler does: they are bounds.")
    return [*lines, *report.notes]


def print_replays(report: ReplayReport, console: Console) -> None:
    """Prints a report: tables with rules in a terminal, aligned text in a pipe."""
    head = f"{report.trace}: {figures.count(report.job_count, 'job')} of {figures.listed(list(report.owners))}"
    console.print(Text(head, style="bold"), soft_wrap=True)
    print_table(console, "What came out", OUTCOME_HEADS, outcome_rows(report.replays))
    harms = harm_rows(report.replays)
    if harms:
        print_table(console, "Who fared worse than alone, and who better", HARM_HEADS, harms)
    console.print()
    for line in sentences(report):
        console.print(Text(line), soft_wrap=True)


def print_table(console: Console, caption: str, heads: Row, rows: Sequence[Row]) -> None:
    """Prints a table; the columns from the third on hold numbers."""
    if console.is_terminal:
        table = Table(title=caption, title_justify="left", box=box.SIMPLE)
        for place, head in enumerate(heads):
            table.add_column(head, justify="left" if place < 2 else "right")
        for row in rows:
            table.add_row(*row)
        console.print(table)
        return
    widths = [max(len(cell) for cell in column) for column in zip(heads, *rows, strict=True)]
    console.print(Text(f"\n{caption}"))
    for row in (heads, *rows):
        pairs = enumerate(zip(row, widths, strict=True))
        cells = [cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width) in pairs]
        console.print(Text("  ".join(cells).rstrip()), soft_wrap=True)
