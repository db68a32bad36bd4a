"""The words of `armslength replay` and `armslength trace`. Imports nothing heavy: help comes at once."""

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path

ORDERS = ("fifo", "sjf", "srtf", "smallest")
BACKFILLS = ("none", "best-effort", "easy", "conservative")
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w|)")
_SECONDS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}


def length_seconds(text: str) -> int:
    """Reads a length of time such as 10m, 1h, 30s, 2d or 0; a number alone is seconds."""
    match = _LENGTH.fullmatch(text.strip().lower())
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not a length of time; write 30s, 10m, 1h or 2d")
    return round(float(match[1]) * _SECONDS[match[2]])


def moment(text: str) -> datetime:
    """Reads a day or a moment; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a moment; write 2017-10-01 or 2017-10-01T12:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def count(text: str) -> int:
    """Reads a whole number of at least 1."""
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def add_replay(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `armslength replay`."""
    replay = commands.add_parser("replay", help="replay a job log under sharing policies: who waits less, who more")
    _add_source(replay, nodes=True)
    rules = replay.add_argument_group("what to replay")
    rules.add_argument("--policy", default="static", metavar="NAME", help="static, pooled, lend-reclaim, quota-borrow, "
                       "guarantee-deserved, fair-share-decay, credit, plan, or my_policy.py (default static)")  # fmt: skip
    rules.add_argument("--compare", metavar="LIST", help="several, side by side: static,pooled,lend-reclaim/fifo/easy")
    rules.add_argument("--sweep", metavar="RULE=LIST", help="one rule at several values: notice=0,5m,30m,2h")
    rules.add_argument("--order", choices=ORDERS, default="fifo", help="order of the queue (default fifo)")
    rules.add_argument("--backfill", choices=BACKFILLS, default="none", help="what may start behind a job that waits")
    rules.add_argument("--backfill-depth", type=count, default=64, metavar="N", help="waiting jobs looked at (64)")
    rules.add_argument("--notice", type=length_seconds, default=0, metavar="TIME", help="warning before leaving (0)")
    rules.add_argument("--min-run", type=length_seconds, default=0, metavar="TIME", help="run before it may end (0)")
    rules.add_argument("--checkpoint-cost", default="reference", metavar="TIME",
                       help="work redone after a stop, such as 5m; default: 7, 30 or 60 s by size")  # fmt: skip
    rules.add_argument("--release", type=length_seconds, metavar="TIME",
                       help="time to give accelerators back; default: 1 s under srtf, else 0")  # fmt: skip
    rules.add_argument("--half-life", type=length_seconds, default=1_209_600, metavar="TIME",
                       help="of past use under fair-share-decay (14d)")  # fmt: skip
    rules.add_argument("--set", action="append", default=[], metavar="NAME=NUMBER", help="a setting of the policy")
    rules.add_argument("--plan", type=Path, metavar="PLAN", help="plan.json for the policy `plan`")
    rules.add_argument("--run", choices=("alone", "as_agreed", "shared"), help="which run of the plan")
    rules.add_argument("--align-plan", action="store_true", help="lay the plan's first day on the trace's first")
    out = replay.add_argument_group("what to write")
    out.add_argument("--out", type=Path, metavar="DIR", help="folder to write into (default: replay-TRACE here)")
    out.add_argument("--records", choices=("csv", "parquet", "none"), default="csv", help="form of the job records")
    out.add_argument("--workers", type=int, default=0, metavar="N", help="processes (default: all cores if it pays)")
    out.add_argument("--stream", action="store_true", help="sorted Parquet of any length: records out as Parquet")
    out.add_argument("--json", action="store_true", help="print the report as JSON; files only with --out")


def add_trace(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `armslength trace describe|generate|demand`."""
    trace = commands.add_parser("trace", help="describe a job log, make one up, or turn one into demand for a plan")
    kinds = trace.add_subparsers(dest="kind", required=True, metavar="describe|generate|demand")
    describe = kinds.add_parser("describe", help="what is in a job log, and every problem with it")
    _add_source(describe, nodes=False)
    describe.add_argument("--json", action="store_true", help="print it as JSON")
    generate = kinds.add_parser("generate", help="make a trace with stated statistics from a seed")
    generate.add_argument("out", type=Path, metavar="FILE", help="file to write: .csv or .parquet")
    generate.add_argument("--owners", default="north=16x8@0.7,south=8x8@0.4", metavar="LIST",
                          help="NAME=NODESxGPUS@LOAD, load being work over capacity (%(default)s)")  # fmt: skip
    generate.add_argument("--days", type=float, default=28.0, help="length of the trace (28)")
    generate.add_argument("--seed", type=int, default=1, help="same seed, same bytes (1)")
    generate.add_argument("--sizes", default="1=0.5,2=0.15,4=0.15,8=0.15,16=0.03,32=0.02", metavar="LIST",
                          help="GPUS=SHARE of jobs by size (%(default)s)")  # fmt: skip
    generate.add_argument("--median", type=length_seconds, default=1200, metavar="TIME", help="median length (20m)")
    generate.add_argument("--spread", type=float, default=1.8, help="sigma of the lengths' logarithm (1.8)")
    generate.add_argument("--daily", type=float, default=0.6, help="swing of the day, 0 to 1 (0.6)")
    generate.add_argument("--correlation", type=float, default=0.0, help="of owners' daily demand, -1 to 1 (0)")
    demand = kinds.add_parser("demand", help="owners' demand as workloads for the planner, with bands")
    _add_source(demand, nodes=False)
    demand.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for workloads.csv, demand.csv")
    demand.add_argument("--held-out", type=float, default=0.25, metavar="FRAC", help="last part scored on (0.25)")
    demand.add_argument("--json", action="store_true", help="print the scores as JSON")


def _add_source(parser: argparse.ArgumentParser, *, nodes: bool) -> None:
    parser.add_argument("trace", nargs="+", metavar="TRACE", help="job log; one file, or OWNER=FILE for each owner")
    parser.add_argument(
        "--capacity", required=nodes, metavar="FILE", help="owner,nodes,gpus_per_node; or north=32x8,south=16x8"
    )
    parser.add_argument("--format", default="", metavar="NAME", help="philly, helios, sacct, kueue, pai-2020, ... "
                        "(default: recognised by its columns)")  # fmt: skip
    parser.add_argument("--columns", default="", metavar="MAP", help="submit=created:ms,run=secs,gpus=n,owner=team")
    parser.add_argument("--from", dest="from_at", type=moment, metavar="DATE", help="jobs submitted from then on")
    parser.add_argument("--until", dest="until_at", type=moment, metavar="DATE", help="jobs submitted before then")
    parser.add_argument("--skip-bad", action="store_true", help="leave out rows that cannot be used, and count them")
