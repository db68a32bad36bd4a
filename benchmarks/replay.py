"""Measures replays: jobs per second of processor time for each policy, deep queues, a million jobs, two cores.

``python -m benchmarks.replay`` prints Markdown; ``--quick`` runs everything once on something small. The rows on real
traces need the folder of recorded data (``ARMSLENGTH_SHARED``, or ``shared`` beside the project) and are left out,
saying so, without it.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

from armslength.connectors.checkpoint_costs import checkpoint_costs
from armslength.model.replay import Rules
from armslength.policy.catalogue import policy_of
from armslength.replay.alone import alone_clock
from armslength.replay.engine import Engine
from armslength.replay.fast import has_short_cut, replay_fast
from armslength.replay.generate import OwnerRecipe, Recipe, generate
from armslength.replay.trace import Cluster, Trace
from armslength.service.replaying import ReplayRequest, Wanted, replay_trace
from armslength.service.trace_file import TraceRequest, open_trace
from benchmarks.subjects import Table, Target

SEED = 7
BEGIN = datetime(2025, 1, 6, tzinfo=UTC)
SIZES = {1: 0.5, 2: 0.15, 4: 0.15, 8: 0.15, 16: 0.03, 32: 0.02}
# Jobs per processor second of the published reference simulator under the same rules, on the machine that was lent.
REFERENCE = {"static/fifo": 65, "static/sjf": 91, "static/srtf": 22, "pooled/fifo": 165}
ASKED = {"static/fifo": 1_000, "static/srtf": 300}  # times the reference
PHILLY_FIFO_JOBS_PER_SECOND = 50_000
MILLION_SECONDS = 60.0
TWO_CORES = 1.8
PLAIN = ("static/fifo", "static/sjf", "static/srtf", "pooled/fifo", "pooled/srtf")
OTHERS = ("lend-reclaim/fifo", "quota-borrow/fifo", "guarantee-deserved/fifo", "credit/fifo", "fair-share-decay/fifo")


@dataclass(frozen=True, slots=True)
class Scope:
    """How much is measured."""

    repeats: int
    jobs: int
    deep_jobs: int
    pair_jobs: int


FULL = Scope(3, 1_000_000, 200_000, 24_000)
QUICK = Scope(1, 500, 300, 200)


def rules_of(name: str) -> Rules:
    """Returns the rules of a name such as ``static/srtf``, with the reference's costs."""
    policy, order = name.split("/")
    remaining = order == "srtf"
    return Rules.model_validate(
        {
            "policy": policy,
            "order": order,
            "checkpoint_costs": checkpoint_costs()["reference"],
            "restart_cap": not remaining,
            "release_seconds": int(remaining),
        }
    )


def seconds_of(trace: Trace, cluster: Cluster, name: str, *, general: bool = False) -> float:
    """Returns the processor seconds of one replay; runs alone that a policy needs are counted with it."""
    rules = rules_of(name)
    policy = policy_of(rules.policy)
    began = process_time()
    if has_short_cut(rules, cluster) and not general:
        replay_fast(trace, cluster, rules)
    elif policy.keeps_alone_clock:
        alone = Engine(trace, cluster, rules, policy_of("static").decide, keep_places=True).run()
        Engine(trace, cluster, rules, policy.decide, alone=alone_clock(alone.stays_at, cluster.node_gpus)).run()
    else:
        Engine(trace, cluster, rules, policy.decide).run()
    return process_time() - began


def synthetic(count: int, load: float, nodes: tuple[int, int]) -> tuple[Trace, Cluster]:
    """Returns about ``count`` jobs of two owners with this load."""
    mean_gpus = sum(size * share for size, share in SIZES.items())
    gpus = 8 * sum(nodes)
    mean_seconds = 600 * 3.597  # of a lognormal with this median and a sigma of 1.6
    days = count * mean_gpus * mean_seconds / (load * gpus * 86_400)
    owners = (OwnerRecipe("north", nodes[0], load), OwnerRecipe("south", nodes[1], load))
    trace = generate(Recipe(owners, 8, days, SIZES, 600.0, 1.6, 0.6, 0.0), SEED, BEGIN)
    return trace, Cluster(8, nodes)


def shared_traces() -> Path | None:
    """Returns the folder of recorded traces, or None."""
    named = os.environ.get("ARMSLENGTH_SHARED")
    folder = (Path(named) if named else Path(__file__).resolve().parents[2] / "shared") / "traces"
    return folder if folder.is_dir() else None


def on_philly(scope: Scope) -> Table:
    """Measures every policy on the Philly file, the reference's window and rules."""
    folder = shared_traces()
    head = ("replay", "jobs", "jobs per processor second", "reference", "times")
    if folder is None:
        return Table("The Philly file", "Not measured: there is no recorded data here.", head, (), ())
    request = TraceRequest(
        (str(folder / "philly-4vc.csv"),),
        from_at=datetime(2017, 10, 1, tzinfo=UTC),
        until_at=datetime(2017, 12, 1, tzinfo=UTC),
    )
    read = open_trace(request, str(folder / "philly-4vc-capacity.csv"))
    assert read.cluster is not None
    rows, targets = [], []
    for name, general in [
        *((name, False) for name in PLAIN),
        ("static/fifo", True),
        *((name, True) for name in OTHERS),
    ]:
        best = min(seconds_of(read.trace, read.cluster, name, general=general) for _ in range(scope.repeats))
        rate = len(read.trace) / best
        known = REFERENCE.get(name)
        rows.append(
            (
                f"{name}, event loop" if general else name,
                f"{len(read.trace):,}",
                f"{rate:,.0f}",
                f"{known}" if known else "",
                f"{rate / known:,.0f}" if known else "",
            )
        )
        if not general and name in ASKED:
            times = rate / REFERENCE[name]
            promise = f"{name}: {ASKED[name]:,} times the reference's {REFERENCE[name]} jobs per processor second"
            targets.append(Target(promise, f"{times:,.0f} times", times >= ASKED[name]))
        if not general and name == "static/fifo":
            promise = f"FIFO on the Philly file: {PHILLY_FIFO_JOBS_PER_SECOND:,} jobs a second"
            targets.append(Target(promise, f"{rate:,.0f}", rate >= PHILLY_FIFO_JOBS_PER_SECOND))
    note = "Best of several runs of the simulation alone, without reading the file. Lend and reclaim include the run alone."
    return Table("The Philly file", note, head, tuple(rows), tuple(targets))


def deep_queues(scope: Scope) -> Table:
    """Measures overload: queues that only grow."""
    trace, cluster = synthetic(scope.deep_jobs, 1.5, (64, 32))
    rows = []
    for name in ("static/fifo", "static/sjf", "static/srtf", "pooled/fifo", "pooled/srtf"):
        seconds = seconds_of(trace, cluster, name)
        rows.append((name, f"{len(trace):,}", f"{seconds:.1f}", f"{len(trace) / seconds:,.0f}"))
    note = "768 GPUs at a load of 1.5: at the end a third of all jobs wait."
    return Table("Deep queues", note, ("replay", "jobs", "processor seconds", "jobs per second"), tuple(rows), ())


def a_million(scope: Scope) -> Table:
    """Measures a long trace."""
    trace, cluster = synthetic(scope.jobs, 0.8, (128, 64))
    rows, targets = [], []
    for name in PLAIN:
        seconds = seconds_of(trace, cluster, name)
        rows.append((name, f"{len(trace):,}", f"{seconds:.1f}", f"{len(trace) / seconds:,.0f}"))
        per_million = seconds * 1e6 / len(trace)
        promise = f"{name}: a million jobs in under 60 s"
        targets.append(Target(promise, f"{per_million:.1f} s", per_million < MILLION_SECONDS))
    note = "1,536 GPUs at a load of 0.8, lengths lognormal (median 10 min), a daily swing."
    head = ("replay", "jobs", "processor seconds", "jobs per second")
    return Table("A long synthetic trace", note, head, tuple(rows), tuple(targets))


def two_cores(scope: Scope, folder: Path) -> Table:
    """Measures a sweep on one core and on two, through the whole service."""
    from armslength.connectors.trace_writing import write_trace_csv

    trace, cluster = synthetic(scope.pair_jobs, 0.8, (64, 32))
    path = folder / "pair.csv"
    write_trace_csv(trace, path)
    capacity = ",".join(f"{name}={count}x8" for name, count in zip(trace.owners, cluster.node_counts, strict=True))
    base = rules_of("lend-reclaim/fifo")
    wanted = tuple(
        Wanted(f"notice={notice}", base.model_copy(update={"notice_seconds": notice}))
        for notice in (0, 60, 300, 600, 1200, 1800, 3600, 7200)
    )
    times = {}
    for workers in (1, 2):
        request = ReplayRequest(TraceRequest((str(path),)), capacity, wanted, "notice", workers=workers)
        began = perf_counter()
        replay_trace(request, lambda _: None)
        times[workers] = perf_counter() - began
    gain = times[1] / times[2]
    rows = (
        (f"{len(wanted)} values of notice, {len(trace):,} jobs", f"{times[1]:.1f}", f"{times[2]:.1f}", f"{gain:.2f}"),
    )
    target = Target("a sweep over two cores: 1.8 times", f"{gain:.2f} times", gain >= TWO_CORES)
    note = "Wall clock, reading included; other work on the machine counts against it."
    return Table("Two cores", note, ("sweep", "one core, s", "two cores, s", "times"), rows, (target,))


def document(tables: Sequence[Table], day: str, machine: str, title: str = "Benchmarks of replay") -> str:
    """Returns the results as Markdown."""
    lines = [f"# {title}", "", f"Measured on {day or 'a day not stated'}. {machine}", ""]
    targets = [target for table in tables for target in table.targets]
    rows = [(target.promise, target.measured, "yes" if target.met else "**no**") for target in targets]
    lines += ["## Promises", "", *_markdown(("promised", "measured", "kept"), rows), ""]
    for table in tables:
        lines += [
            f"## {table.title}",
            "",
            table.note,
            "",
            *(_markdown(table.head, table.rows) if table.rows else []),
            "",
        ]
    return "\n".join(lines)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(row)} |" for row in rows)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the page, and with --out writes it; fails when a promise is not kept (not with --quick)."""
    import tempfile

    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description="Measure replays.")
    parser.add_argument("subjects", nargs="*", help="philly, deep, million, cores (all)")
    parser.add_argument("--quick", action="store_true", help="small traces, once each: does it run?")
    parser.add_argument("--out", type=Path, help="file to write the page to")
    parser.add_argument("--date", default="", help="day of measuring, for the page")
    chosen = parser.parse_args(arguments)
    scope = QUICK if chosen.quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        subjects: dict[str, Callable[[], Table]] = {
            "philly": lambda: on_philly(scope),
            "deep": lambda: deep_queues(scope),
            "million": lambda: a_million(scope),
            "cores": lambda: two_cores(scope, Path(folder)),
        }
        unknown = set(chosen.subjects) - set(subjects)
        if unknown:
            parser.error(f"no such subject: {', '.join(sorted(unknown))}; there are {', '.join(subjects)}")
        tables = []
        for name in chosen.subjects or subjects:
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            tables.append(subjects[name]())
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}."
    page = document(tables, chosen.date, machine)
    print(page)
    if chosen.out:
        chosen.out.write_text(page, encoding="utf-8")
    return 0 if chosen.quick or all(target.met for table in tables for target in table.targets) else 1


if __name__ == "__main__":
    sys.exit(main())
