"""Making a trace from stated statistics and a seed."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from armslength.connectors.trace_parquet import PARQUET_SUFFIXES, write_trace_parquet
from armslength.connectors.trace_writing import write_trace_csv
from armslength.errors import InputError
from armslength.replay.generate import OwnerRecipe, Recipe, generate

BEGIN_AT = datetime(2025, 1, 6, tzinfo=UTC)
_OWNER = re.compile(r"([^=,@]+)=(\d+)x(\d+)@(\d*\.?\d+)")
_SIZE = re.compile(r"(\d+)=(\d*\.?\d+)")


@dataclass(frozen=True, slots=True)
class Made:
    """What was written."""

    trace: Path
    capacity: Path
    jobs: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """What was asked for, as it was written; see ``Recipe`` for the meaning of each."""

    owners: str
    sizes: str
    days: float
    median_seconds: int
    spread: float
    daily: float
    correlation: float


def make_trace(path: Path, asked: Statistics, seed: int, say: Callable[[str], None]) -> Made:
    """Writes a synthetic trace and its capacity file beside it; same seed, same bytes.

    Raises:
        InputError: when a statistic cannot be meant, or the file cannot be written.
    """
    recipe = _recipe(asked)
    if path.suffix not in (".csv", *PARQUET_SUFFIXES):
        raise InputError(f"{path}: a trace is written as .csv or .parquet", hint=f"name it {path.stem}.csv")
    say("drawing jobs")
    trace = generate(recipe, seed, BEGIN_AT)
    say(f"writing {len(trace):,} jobs")
    nodes = path.with_name(f"{path.stem}-capacity.csv")
    try:
        if path.suffix == ".csv":
            write_trace_csv(trace, path)
        else:
            write_trace_parquet(trace, path)
        with nodes.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["owner", "nodes", "gpus_per_node"])
            writer.writerows([row.name, row.node_count, recipe.node_gpus] for row in recipe.owners)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}", hint="name another file") from error
    return Made(path, nodes, len(trace))


def _recipe(asked: Statistics) -> Recipe:
    rows = [_OWNER.fullmatch(part.strip()) for part in asked.owners.split(",")]
    if not all(rows):
        raise InputError(f"--owners {asked.owners}: not understood", hint="write north=16x8@0.7,south=8x8@0.4")
    found = [row for row in rows if row]
    node_gpus = {int(row[3]) for row in found}
    shares = [_SIZE.fullmatch(part.strip()) for part in asked.sizes.split(",")]
    if not all(shares):
        raise InputError(f"--sizes {asked.sizes}: not understood", hint="write 1=0.6,8=0.4")
    by_size = {int(row[1]): float(row[2]) for row in shares if row}
    wrong = [
        (len(node_gpus) > 1, "--owners: nodes of different sizes", "give all owners nodes of one size"),
        (len({row[1] for row in found}) < len(found), "--owners: one owner twice", "name each once"),
        (
            any(int(row[2]) * int(row[3]) < min(by_size) for row in found),
            "--owners: nodes too few for any job",
            "add nodes",
        ),
        (sum(by_size.values()) <= 0 or min(by_size) < 1, "--sizes: no jobs", "give a size of at least 1 a share"),
        (not 0 < asked.days <= 3650, "--days: not between 0 and 3650", "write --days 28"),
        (asked.median_seconds < 1, "--median: shorter than a second", "write --median 20m"),
        (not 0 <= asked.spread <= 4, "--spread: not between 0 and 4", "write --spread 1.8"),
        (not 0 <= asked.daily <= 1, "--daily: not between 0 and 1", "write --daily 0.6"),
        (not -1 <= asked.correlation <= 1, "--correlation: not between -1 and 1", "write --correlation 0.5"),
    ]
    for is_wrong, message, hint in wrong:
        if is_wrong:
            raise InputError(message, hint=hint)
    return Recipe(
        owners=tuple(OwnerRecipe(row[1].strip(), int(row[2]), float(row[4])) for row in found),
        node_gpus=node_gpus.pop(),
        days=asked.days,
        sizes=by_size,
        median_seconds=asked.median_seconds,
        spread_ratio=asked.spread,
        daily_ratio=asked.daily,
        correlation_ratio=asked.correlation,
    )
