"""What is measured: each subject returns a table and says which targets it meets."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from armslength.connectors.case_writing import write_case
from benchmarks import peers
from benchmarks.draw import SPECS, Size, Spec
from benchmarks.generator import make_case
from benchmarks.measure import PROJECT, FailedMeasurement, in_fresh_process

HELP_SECONDS_MAX = 0.2
REDIRECT_SECONDS_MAX = 5.0
PEER_TIME_RATIO_MAX = 1 / 8
PEER_MEMORY_RATIO_MAX = 0.7
GPUS_TIME_RATIO_MAX = 1.5  # for a hundred times the accelerators; what is left is noise


@dataclass(frozen=True)
class Target:
    """Something promised, what came out, and whether that keeps the promise."""

    promise: str
    measured: str
    met: bool


@dataclass(frozen=True)
class Table:
    """One table of results."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True)
class Plan:
    """How a size is planned, and what is promised of it. Times in seconds, memory in MB."""

    size: Size
    gap: float
    seconds_max: float
    peak_mb_max: float | None = None
    strict: bool = False
    seeds: tuple[int, ...] = (1,)

    @property
    def form(self) -> str:
        return "strict" if self.strict else "duty"


@dataclass(frozen=True)
class Scope:
    """How much is measured."""

    seed: int
    plans: tuple[Plan, ...]
    plain: tuple[tuple[Size, float], ...]
    scaling_size: Size
    lots: tuple[int, ...]
    gpus: tuple[int, ...]
    peer_size: Size
    repeats: int


FULL = Scope(
    seed=1,
    plans=(
        Plan("S", 0.001, 5, seeds=(1, 2, 3, 4, 5, 6, 7, 8)),
        Plan("M", 0.01, 60, seeds=(1, 2, 3)),
        Plan("M", 0.005, 300),
        Plan("M", 0.01, 300, strict=True),
        Plan("L-spread", 0.02, 600, peak_mb_max=4_096),
        Plan("L", 0.02, 600, peak_mb_max=4_096),
    ),
    plain=(("M", 60), ("M", 300)),
    scaling_size="M",
    lots=(1, 2, 4, 8),
    gpus=(1, 10, 100),
    peer_size="M",
    repeats=5,
)
QUICK = Scope(
    seed=1,
    plans=(Plan("XS", 0.01, 5),),
    plain=(("XS", 2),),
    scaling_size="XS",
    lots=(1, 2),
    gpus=(1, 10),
    peer_size="XS",
    repeats=1,
)


def plans(scope: Scope) -> Table:
    """From a case on disk to a checked plan, at each size."""
    rows: list[tuple[str, ...]] = []
    targets: list[Target] = []
    for asked in scope.plans:
        kept: list[bool] = []
        came: list[str] = []
        for seed in asked.seeds:
            row, said, met = _one_plan(asked, seed)
            rows.append(row)
            came.append(said)
            kept.append(met)
        promise = f"{asked.size}, {asked.form}, proved {asked.gap:.1%} within {asked.seconds_max:g} s"
        if asked.peak_mb_max:
            promise += f" and {asked.peak_mb_max / 1024:g} GB"
        targets.append(Target(promise, "; ".join(came), all(kept)))
    note = "Fresh processes; reading the case and checking the plan included."
    head = ("case", "seed", "gangs", "gap asked", "gap proved", "value, M", "time, s", "peak memory, MB")
    return Table("From a case on disk to a checked plan", note, head, tuple(rows), tuple(targets))


def _one_plan(asked: Plan, seed: int) -> tuple[tuple[str, ...], str, bool]:
    """Returns the row of one plan, what came out in words, and whether the promise is kept."""
    start = (asked.size, str(seed), asked.form, f"{asked.gap:.1%}")
    try:
        found = _planned(SPECS[asked.size], seed, asked.gap, asked.seconds_max, asked.strict)
    except FailedMeasurement as failure:
        return (*start, "no plan", "", "", ""), f"no plan: {failure.reason}", False
    kept = found["gap_frac"] <= asked.gap and found["seconds"] <= asked.seconds_max
    came = f"{found['gap_frac']:.2%} in {found['seconds']:.1f} s"
    if asked.peak_mb_max:
        kept = kept and found["peak_mb"] <= asked.peak_mb_max
        came += f", {found['peak_mb'] / 1024:.2f} GB"
    return (*start, *_outcome(found)), came, kept


def _outcome(found: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"{found['gap_frac']:.3%}",
        f"{found['objective_value'] / 1e6:,.1f}",
        f"{found['seconds']:.1f}",
        f"{found['peak_mb']:.0f}",
    )


def _planned(spec: Spec, seed: int, gap: float, seconds: float, strict: bool = False) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        write_case(make_case(spec, seed), Path(folder) / "case")
        options = ["--gap", str(gap), "--time-limit", str(seconds), *(["--strict"] if strict else [])]
        # A time limit that is not kept is a result, not a reason to wait for ever.
        patience = 60 + 3 * seconds
        return in_fresh_process("benchmarks.end_to_end", f"{folder}/case", *options, patience_seconds=patience)


def plain_form(scope: Scope) -> Table:
    """The plain time-indexed form beside ours, strict gangs, at equal time."""
    rows: list[tuple[str, ...]] = []
    for size, seconds in scope.plain:
        with tempfile.TemporaryDirectory() as folder:
            write_case(make_case(size, scope.seed), Path(folder) / "case")
            limit = ("--time-limit", str(seconds))
            plain = in_fresh_process("benchmarks.plain_form", f"{folder}/case", *limit)
        form = f"plain ({plain['columns']:,} columns, {plain['rows']:,} rows, {plain['binaries']:,} binaries)"
        rows.append((size, f"{seconds:g}", form, *_gap_cells(plain)))
        # The gap asked for is out of reach on purpose: ours, too, uses the time it is given.
        for strict in (True, False):
            form = f"ours, {'strict' if strict else 'duty'}"
            try:
                ours = _planned(SPECS[size], scope.seed, 1e-3, seconds, strict)
            except FailedMeasurement as failure:
                rows.append((size, f"{seconds:g}", form, "no plan", failure.reason, "", ""))
            else:
                rows.append((size, f"{seconds:g}", form, *_gap_cells(ours)))
    note = (
        "The plain form has one on/off choice per gang, option and period, and is handed to HiGHS as it is. "
        "Its gap compares with that of ours with strict gangs. Duty allows a gang to run part of a period, "
        "so its value may be higher."
    )
    head = ("case", "time limit, s", "form", "value, M", "bound, M", "gap", "time used, s")
    return Table("The plain form beside ours at equal time", note, head, tuple(rows))


def _gap_cells(found: dict[str, Any]) -> tuple[str, ...]:
    def millions(value: float | None) -> str:
        return "none found" if value is None else f"{value / 1e6:,.1f}"

    gap = "" if found["gap_frac"] is None else f"{found['gap_frac']:.2%}"
    return millions(found["objective_value"]), millions(found["bound_value"]), gap, f"{found['seconds']:.1f}"


def scaling(scope: Scope) -> Table:
    """Time against the number of lots and of accelerators."""
    spec = SPECS[scope.scaling_size]
    rows, targets = [], []
    for what, field, factors in (
        ("lots", "lots_multiplier", scope.lots),
        ("accelerators", "gpus_multiplier", scope.gpus),
    ):
        seconds = {}
        for factor in factors:
            change: dict[str, Any] = {field: factor}
            found = _planned(replace(spec, **change), scope.seed, 0.01, 300)
            seconds[factor] = found["seconds"]
            rows.append((what, f"×{factor}", f"{found['seconds']:.1f}", f"{found['gap_frac']:.2%}"))
        ratio = seconds[factors[-1]] / seconds[factors[0]]
        most = factors[-1] / factors[0] if what == "lots" else GPUS_TIME_RATIO_MAX
        promise = f"×{factors[-1]} {what}: time at most ×{most:g}"
        targets.append(Target(promise, f"×{ratio:.2f}", ratio <= most))
    note = f"Case {scope.scaling_size}, duty, gap 1 %. Lots are split; accelerators multiply power and work too."
    return Table("Scaling", note, ("what grows", "by", "time, s", "gap proved"), tuple(rows), tuple(targets))


def commands(scope: Scope) -> Table:
    """What a user waits for: the help, and the redirect case from start to report."""
    command = [sys.executable, "-m", "armslength.cli.main"]
    rows, targets = [], []
    shown = _timed([*command, "--help"], max(3, scope.repeats))
    rows.append(("`armslength --help`", f"{shown:.2f}"))
    targets.append(Target(f"help under {HELP_SECONDS_MAX:g} s", f"{shown:.2f} s", shown <= HELP_SECONDS_MAX))
    redirect = PROJECT / "cases" / "redirect-2023"
    if redirect.exists():
        with tempfile.TemporaryDirectory() as folder:
            took = _timed([*command, "plan", str(redirect), "--out", folder], 1 if scope is QUICK else 3)
        rows.append(("`armslength plan cases/redirect-2023`", f"{took:.2f}"))
        promise = f"redirect case from start to report in under {REDIRECT_SECONDS_MAX:g} s"
        targets.append(Target(promise, f"{took:.2f} s", took <= REDIRECT_SECONDS_MAX))
    note = "Median of fresh processes, wall clock."
    return Table("Commands", note, ("command", "time, s"), tuple(rows), tuple(targets))


def _timed(command: list[str], repeats: int) -> float:
    """Returns the median wall time of a command, seconds."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
        times.append(time.perf_counter() - began)
        if done.returncode:
            raise FailedMeasurement(" ".join(command), done.stderr)
    return median(times)


def layers(scope: Scope) -> Table:
    """Building the same linear program in the peers' layers, as ratios."""
    with tempfile.TemporaryDirectory() as folder:
        peers.prepare(scope.peer_size, scope.seed, Path(folder))
        costs = peers.compare(Path(folder), scope.repeats)
    ours = costs[peers.OURS.name]
    columns, count, nonzeros = ours.counts
    note = (
        f"The linear program of the shared run of case {scope.peer_size}: {columns:,} columns, {count:,} "
        f"rows, {nonzeros:,} nonzeros, the same in every layer. Each runs in fresh processes and ends at a "
        "model a solver could start on. Every layer writes the part about use; peers are given the entries "
        f"of the part about stock. Processor time on one thread; medians of {scope.repeats}, taken in turns."
    )
    if absent := [peer.name for peer in peers.PEERS if peer.name not in costs]:
        note += f" Not installed here: {', '.join(absent)}."
    targets = []
    if (linopy := costs.get("linopy")) is not None and scope.peer_size == "M":
        seconds, memory = ours.first_seconds / linopy.first_seconds, ours.peak_mb / linopy.peak_mb
        targets = [
            Target("an eighth of linopy's building time", f"{seconds:.3f}", seconds <= PEER_TIME_RATIO_MAX),
            Target("0.7 of linopy's memory", f"{memory:.2f}", memory <= PEER_MEMORY_RATIO_MAX),
        ]
    rows = peers.ratios(costs)
    return Table("Building against peers", note, peers.HEAD, rows, tuple(targets))


SUBJECTS: dict[str, Callable[[Scope], Table]] = {
    "commands": commands,
    "plans": plans,
    "plain": plain_form,
    "scaling": scaling,
    "layers": layers,
}
