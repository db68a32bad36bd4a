"""What is in a trace, and how well its demand could be foreseen, for a terminal."""

from rich.console import Console
from rich.text import Text

from armslength.model.trace import TraceDemand, TraceSummary
from armslength.render import figures
from armslength.render.replay_text import length, print_table

_PAIRS_MOST = 6


def print_summary_of_trace(summary: TraceSummary, console: Console) -> None:
    """Prints what is in a trace."""
    relative = summary.begin_at.year < 1971
    span = "times relative to its own zero" if relative else f"{summary.begin_at:%Y-%m-%d} to {summary.end_at:%Y-%m-%d}"
    console.print(
        Text(f"{summary.trace}: {span}, {figures.rounded(summary.span_days)} days", style="bold"), soft_wrap=True
    )
    heads = ("owner", "jobs", "GPU-hours", "owned", "load", "largest", "wanted, mean", "p95", "most", "median length",
             "p95 length", "recorded wait")  # fmt: skip
    rows = [
        (
            row.owner,
            f"{row.job_count:,}",
            figures.rounded(row.work_gpu_hours),
            "" if row.own_gpus is None else f"{row.own_gpus:,}",
            "" if row.load_ratio is None else f"{row.load_ratio:.2f}",
            f"{row.largest_gpus:,}",
            figures.rounded(row.wanted_mean_gpus),
            figures.rounded(row.wanted_p95_gpus),
            figures.rounded(row.wanted_most_gpus),
            length(row.run_median_seconds),
            length(row.run_p95_seconds),
            "" if row.recorded_wait_mean_seconds is None else length(row.recorded_wait_mean_seconds),
        )
        for row in summary.loads
    ]
    print_table(console, "Owners (GPUs wanted: if every job ran when it came)", heads, rows)
    sizes = [(f"{row.size_gpus} GPUs", f"{row.job_count:,}", figures.percent(row.work_frac)) for row in summary.sizes]
    print_table(console, "Commonest sizes", ("size", "jobs", "of all work"), sizes)
    console.print()
    for pair in summary.together[:_PAIRS_MOST]:
        console.print(Text(f"Daily demand of {pair.one} and {pair.other}: correlation {pair.correlation_ratio:+.2f}"))
    meeting = summary.meeting
    if meeting:
        text = (
            f"Each alone (strict queue): {figures.rounded(meeting.idle_mean_gpus)} GPUs idle and "
            f"{figures.rounded(meeting.waiting_mean_gpus)} asked for by waiting jobs on average; in "
            f"{figures.percent(meeting.met_frac)} of the time a job waited while GPUs stood idle at another owner: "
            f"{figures.gpu_hours(meeting.met_gpu_hours)} in all."
        )
        console.print(Text(text), soft_wrap=True)


def print_scores(result: TraceDemand, console: Console) -> None:
    """Prints how well each owner's demand was foreseen on the part held out."""
    unit = "week" if result.period_days == 7 else "day"
    rows = [
        (
            row.owner,
            row.kind,
            f"{row.period_count}",
            f"{row.weight_ratio:g}",
            figures.rounded(row.error_mean_gpus),
            figures.rounded(row.persistence_mean_gpus),
            ""
            if row.skill_frac is None
            else figures.percent(row.skill_frac)
            if row.skill_frac >= 0
            else f"−{figures.percent(-row.skill_frac)}",
            figures.percent(row.covered_frac),
        )
        for row in result.scores
    ]
    heads = (
        "owner",
        "kind",
        f"{unit}s",
        "weight",
        "error, GPUs",
        "persistence",
        "better by",
        "in band (80 % is right)",
    )
    print_table(console, f"Demand one {unit} ahead, on the part held out", heads, rows)
    for note in result.notes:
        console.print(Text(note), soft_wrap=True)
