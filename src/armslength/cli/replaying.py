"""`armslength replay` and `armslength trace`: words to a request, a report to the screen."""

import argparse
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from armslength.cli.progress import Progress
from armslength.cli.replay_options import BACKFILLS, ORDERS, length_seconds
from armslength.connectors.checkpoint_costs import checkpoint_costs
from armslength.connectors.trace_reading import FORMAT_NAMES
from armslength.errors import InputError, nearest
from armslength.model.replay import ReplayReport, Rules, Setting, Sized
from armslength.service.replaying import ReplayRequest, Wanted, replay_trace
from armslength.service.trace_file import TraceRequest

_LENGTHS = ("notice", "min-run", "release", "half-life")
_SWEPT = (*_LENGTHS, "checkpoint-cost", "backfill-depth", "backfill", "order")


def replay(parsed: argparse.Namespace) -> int:
    """Replays a trace and writes the report, the outcomes and the records."""
    from armslength.render.replay_text import print_replays
    from armslength.service.dossier import refuse_unwritable
    from armslength.service.replay_dossier import write_replay_dossier

    request = trace_request(parsed)
    wanted, swept = _wanted(parsed)
    out = parsed.out or (None if parsed.json else Path("replay-" + _stem(parsed.trace[0])))
    if out:
        refuse_unwritable(out)
    with Progress() as progress:
        report = (
            _streamed(parsed, wanted, out, progress.say)
            if parsed.stream
            else replay_trace(
                ReplayRequest(
                    trace=request,
                    capacity=parsed.capacity,
                    wanted=wanted,
                    swept=swept,
                    plan=parsed.plan,
                    plan_run=parsed.run,
                    align_plan=parsed.align_plan,
                    workers=parsed.workers,
                    records=out,
                    records_form=parsed.records,
                ),
                progress.say,
            )
        )
        progress.say("writing the report")
        page = write_replay_dossier(report, out) if out else None
    if parsed.json:
        print(report.model_dump_json())
        return 0
    print_replays(report, Console())
    if page:
        print(f"Report: {page}")
    return 0


def _streamed(
    parsed: argparse.Namespace, wanted: Sequence[Wanted], out: Path | None, say: Callable[[str], None]
) -> ReplayReport:
    from armslength.service.streaming import stream_trace

    if len(wanted) > 1 or len(parsed.trace) > 1 or parsed.from_at or parsed.until_at or parsed.columns:
        hint = "leave out --compare, --sweep, --from, --until and --columns, or leave out --stream"
        raise InputError("--stream takes one Parquet file under one policy", hint=hint)
    return stream_trace(parsed.trace[0], parsed.capacity, wanted[0].rules, out, say)


def trace(parsed: argparse.Namespace) -> int:
    """Describes a trace, makes one, or turns one into demand."""
    return {"describe": _describe, "generate": _generate, "demand": _demand}[parsed.kind](parsed)


def trace_request(parsed: argparse.Namespace) -> TraceRequest:
    """Returns which trace was asked for."""
    if parsed.format and parsed.format not in FORMAT_NAMES:
        hint = nearest(parsed.format, FORMAT_NAMES) or f"known: {', '.join(FORMAT_NAMES)}; or use --columns"
        raise InputError(f"--format: there is no format `{parsed.format}`", hint=hint)
    return TraceRequest(
        tuple(parsed.trace), parsed.format, parsed.columns, parsed.from_at, parsed.until_at, parsed.skip_bad
    )


def _stem(source: str) -> str:
    name = Path(source.rpartition("=")[2]).name.split(".")[0]
    return re.sub(r"[^\w.-]+", "-", name)[:100] or "trace"


def _wanted(parsed: argparse.Namespace) -> tuple[tuple[Wanted, ...], str]:
    """Returns the replays asked for, and the rule that is swept."""
    if parsed.compare and parsed.sweep:
        raise InputError("--compare and --sweep at once", hint="sweep one policy, or compare several")
    if parsed.sweep:
        return _swept(parsed)
    names = [part.strip() for part in parsed.compare.split(",")] if parsed.compare else [parsed.policy]
    return tuple(Wanted(name, _rules(parsed, *_parts(name, parsed))) for name in names), ""


def _parts(name: str, parsed: argparse.Namespace) -> tuple[str, str, str]:
    """Parts ``pooled/sjf/easy``; a file of one's own may have slashes itself."""
    pieces = name.split("/")
    policy, order, backfill = name, parsed.order, parsed.backfill
    if not name.endswith(".py") and len(pieces) > 1:
        policy, order = pieces[0], pieces[1]
        backfill = pieces[2] if len(pieces) > 2 else backfill
    for value, known, what in ((order, ORDERS, "order"), (backfill, BACKFILLS, "backfill")):
        if value not in known:
            raise InputError(f"{name}: there is no {what} `{value}`", hint=f"known: {', '.join(known)}")
    return policy, order, backfill


def _swept(parsed: argparse.Namespace) -> tuple[tuple[Wanted, ...], str]:
    rule, equals, values = parsed.sweep.partition("=")
    texts = [text.strip() for text in values.split(",") if text.strip()]
    if not equals or not texts:
        raise InputError(f"--sweep {parsed.sweep}: nothing to vary", hint="write --sweep notice=0,5m,30m,2h")
    wanted = []
    for text in texts:
        varied = argparse.Namespace(**vars(parsed))
        if rule in _LENGTHS:
            setattr(varied, rule.replace("-", "_"), _length(text, f"--sweep {rule}"))
        elif rule == "checkpoint-cost":
            varied.checkpoint_cost = text
        elif rule == "backfill-depth":
            varied.backfill_depth = int(text) if text.isdigit() and int(text) else _refuse_count(text)
        elif rule in ("backfill", "order"):
            setattr(varied, rule, text)
        else:
            varied.set = [*parsed.set, f"{rule}={text}"]
        name = f"{rule}={text}"
        wanted.append(Wanted(name, _rules(varied, *_parts(varied.policy, varied))))
    return tuple(wanted), rule


def _refuse_count(text: str) -> int:
    raise InputError(f"--sweep backfill-depth: {text!r} is not a whole number", hint="write 16,64,256")


def _length(text: str, where: str) -> int:
    try:
        return length_seconds(text)
    except argparse.ArgumentTypeError as error:
        raise InputError(f"{where}: {error}") from None


def _rules(parsed: argparse.Namespace, policy: str, order: str, backfill: str) -> Rules:
    remaining = order == "srtf"
    release = parsed.release if parsed.release is not None else int(remaining)
    return Rules.model_validate(
        {
            "policy": policy,
            "order": order,
            "backfill": backfill,
            "backfill_depth_count": parsed.backfill_depth,
            "notice_seconds": parsed.notice,
            "min_run_seconds": parsed.min_run,
            "checkpoint_costs": _costs(parsed.checkpoint_cost),
            # The reference adds its cost even to a job that has done less than that.
            "restart_cap": not remaining,
            "release_seconds": release,
            "half_life_seconds": max(1, parsed.half_life),
            "settings": _settings(parsed.set),
        }
    )


def _costs(text: str) -> tuple[Sized, ...]:
    tables = checkpoint_costs()
    if text in tables:
        return tables[text]
    return (Sized(upto_gpus=None, cost_seconds=_length(text, "--checkpoint-cost")),)


def _settings(texts: Sequence[str]) -> tuple[Setting, ...]:
    found = []
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found.append(Setting(name=name, value_ratio=float(value)))
        except ValueError:
            raise InputError(f"--set {text}: no number", hint="write --set borrowing_limit_frac=0.5") from None
    return tuple(found)


def _describe(parsed: argparse.Namespace) -> int:
    from armslength.render.text import problems_table
    from armslength.render.trace_text import print_summary_of_trace
    from armslength.service.trace_summary import describe_trace

    with Progress() as progress:
        summary, problems = describe_trace(trace_request(parsed), parsed.capacity, progress.say)
    errors = [problem for problem in problems if problem.severity == "error"]
    if parsed.json:
        document = {
            "trace": summary.model_dump(mode="json") if summary else None,
            "problems": [asdict(row) for row in problems],
        }
        print(json.dumps(document, indent=2))
    else:
        if summary:
            print_summary_of_trace(summary, Console())
        problems_table(problems, Console())
    return 1 if errors else 0


def _generate(parsed: argparse.Namespace) -> int:
    from armslength.service.trace_making import Statistics, make_trace

    with Progress() as progress:
        asked = Statistics(
            owners=parsed.owners,
            sizes=parsed.sizes,
            days=parsed.days,
            median_seconds=parsed.median,
            spread=parsed.spread,
            daily=parsed.daily,
            correlation=parsed.correlation,
        )
        written = make_trace(parsed.out, asked, parsed.seed, progress.say)
    print(f"Wrote {written.jobs:,} jobs to {written.trace} and the nodes to {written.capacity}")
    print(f"Next: armslength replay {written.trace} --capacity {written.capacity} --compare static,pooled,lend-reclaim")
    return 0


def _demand(parsed: argparse.Namespace) -> int:
    from armslength.render.trace_text import print_scores
    from armslength.service.trace_demand import write_demand

    with Progress() as progress:
        result = write_demand(trace_request(parsed), parsed.out, parsed.held_out, progress.say)
    if parsed.json:
        print(result.model_dump_json(indent=2))
        return 0
    print_scores(result, Console())
    print(f"Wrote {parsed.out / 'workloads.csv'} and {parsed.out / 'demand.csv'}")
    return 0
