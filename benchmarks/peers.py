"""The same linear program written in other modelling layers: time and memory of building it, as ratios.

Every layer starts from arrays in a fresh process and stops where a solver could start: at a loaded HiGHS
model, or, for OR-tools, at its own C++ model. Peers write the part about use themselves, each in its quickest
way, and are given the entries of the small part about stock; ours writes both. Rows, columns and nonzeros
must agree, and on a small case the optimum. Times are processor time on one thread, so that other work on the
machine does not count.
"""

import argparse
import importlib
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from armslength.model.as_of import as_of
from armslength.planner.build import build
from armslength.planner.scope import scope_of
from armslength.planner.tabulate import tabulate
from benchmarks.generator import SPECS, Size, make_case
from benchmarks.layers.inputs import Built, Inputs, load, save
from benchmarks.measure import in_fresh_process, peak_mb


@dataclass(frozen=True)
class Peer:
    """A modelling layer: its name, the package it needs, and the module that writes the model in it."""

    name: str
    package: str
    module: str


OURS = Peer("Armslength", "armslength", "benchmarks.layers.ours")
PEERS = (
    Peer("linopy", "linopy", "benchmarks.layers.with_linopy"),
    Peer("PyOptInterface", "pyoptinterface", "benchmarks.layers.with_pyoptinterface"),
    Peer("OR-tools model builder", "ortools", "benchmarks.layers.with_ortools"),
    Peer("PuLP", "pulp", "benchmarks.layers.with_pulp"),
)


HEAD = ("ours over", "time, first model of a process", "time, second model", "peak memory")


@dataclass(frozen=True)
class Cost:
    """Median cost of building: in a fresh process, again in the same process, and the most memory held."""

    first_seconds: float
    again_seconds: float
    peak_mb: float
    counts: tuple[int, int, int]


def installed() -> tuple[Peer, ...]:
    """Returns the peers whose package is installed."""
    return tuple(peer for peer in PEERS if find_spec(peer.package) is not None)


def prepare(size: Size, seed: int, folder: Path) -> None:
    """Writes the arrays of the shared run of a random case, for the layers to read."""
    case = as_of(make_case(size, seed), None)
    tables, labels = tabulate(case, scope_of(case, "shared"))
    program, layout = build(tables, labels, integers=False)
    save(tables, labels, program, layout, folder)


def write(peer: Peer, inputs: Inputs) -> Built:
    """Writes the model in one layer, in this process."""
    built: Built = importlib.import_module(peer.module).write(inputs)
    return built


def compare(folder: Path, repeats: int) -> dict[str, Cost]:
    """Measures every layer in fresh processes, in turns.

    Args:
        folder: where `prepare` wrote the arrays.
        repeats: how many times each; the medians are returned.

    Raises:
        AssertionError: when a layer's model has other counts than ours.
    """
    runs: dict[str, list[dict[str, Any]]] = {peer.name: [] for peer in (OURS, *installed())}
    for _ in range(repeats):
        for peer in (OURS, *installed()):
            runs[peer.name].append(in_fresh_process("benchmarks.peers", "--one", peer.name, "--arrays", str(folder)))
    costs = {
        name: Cost(
            median(run["first_seconds"] for run in found),
            median(run["again_seconds"] for run in found),
            median(run["peak_mb"] for run in found),
            tuple(found[0]["counts"]),
        )
        for name, found in runs.items()
    }
    for name, cost in costs.items():
        assert cost.counts == costs[OURS.name].counts, (name, cost.counts, costs[OURS.name].counts)
    return costs


def ratios(costs: dict[str, Cost]) -> tuple[tuple[str, ...], ...]:
    """Returns rows of ratios ours / peer, under `HEAD`."""
    ours = costs[OURS.name]
    rows = []
    for name, cost in costs.items():
        if name != OURS.name:
            found = (
                ours.first_seconds / cost.first_seconds,
                ours.again_seconds / cost.again_seconds,
                ours.peak_mb / cost.peak_mb,
            )
            rows.append((name, *(f"{ratio:.3f}" for ratio in found)))
    return tuple(rows)


def _measure_one(name: str, folder: Path, solve: bool) -> dict[str, Any]:
    peer = next(peer for peer in (OURS, *PEERS) if peer.name == name)
    inputs = load(folder)
    importlib.import_module(peer.module)
    began = time.process_time()
    built = write(peer, inputs)
    first = time.process_time() - began
    peak = peak_mb()
    counts = built.counts()
    optimum = built.solve() if solve else None
    del built
    began = time.process_time()
    write(peer, inputs)
    again = time.process_time() - began
    return {
        "first_seconds": first,
        "again_seconds": again,
        "peak_mb": peak,
        "counts": counts,
        "optimum": optimum,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table of ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description="Compare building with peers.")
    parser.add_argument("--size", choices=sorted(SPECS), default="M", help="size of the case (M)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the case (1)")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each layer (5)")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--arrays", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--solve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.one:
        print(json.dumps(_measure_one(chosen.one, chosen.arrays, chosen.solve)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        prepare(chosen.size, chosen.seed, Path(folder))
        costs = compare(Path(folder), chosen.repeats)
    columns, rows, nonzeros = costs[OURS.name].counts
    print(f"{columns:,} columns, {rows:,} rows, {nonzeros:,} nonzeros; median of {chosen.repeats}\n")
    for row in (HEAD, *ratios(costs)):
        print(" | ".join(row))
    absent = [peer.name for peer in PEERS if peer not in installed()]
    if absent:
        print(f"\nNot installed here: {', '.join(absent)}. `pip install armslength[bench]` brings them.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
