"""A synthetic trace with stated statistics from a seed: same seed, same jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from armslength.replay.trace import Trace

SECONDS_PER_DAY = 86_400.0
_LONGEST_SECONDS = 14 * 86_400
_SWING = 0.5  # standard deviation of the logarithm of an owner's demand from day to day


@dataclass(frozen=True, slots=True)
class OwnerRecipe:
    """What one owner's jobs are to be like.

    Attributes:
        name: the owner.
        node_count: nodes it owns.
        load_ratio: work submitted over what its nodes can do.
    """

    name: str
    node_count: int
    load_ratio: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """Statistics of a trace.

    Attributes:
        owners: for each owner its nodes and load.
        node_gpus: accelerators of a node.
        days: length.
        sizes: share of jobs by accelerators; sizes larger than an owner's nodes are left out for it.
        median_seconds: median length of a job.
        spread_ratio: sigma of the logarithm of lengths (lognormal).
        daily_ratio: swing of submissions over the day: 0 even, 1 none at the quietest hour.
        correlation_ratio: of the owners' demand from day to day, -1 to 1.
    """

    owners: Sequence[OwnerRecipe]
    node_gpus: int
    days: float
    sizes: Mapping[int, float]
    median_seconds: float
    spread_ratio: float
    daily_ratio: float
    correlation_ratio: float


def generate(recipe: Recipe, seed: int, begin_at: datetime) -> Trace:
    """Returns a trace. Lengths are lognormal, submissions follow a daily swing and a slow drift of demand."""
    draw = np.random.default_rng(seed)
    drifts = _drifts(recipe, draw)
    parts = [_owner(recipe, number, drifts[number], draw) for number in range(len(recipe.owners))]
    owner = np.concatenate([np.full(len(part[0]), number) for number, part in enumerate(parts)])
    submit, run, gpus = (np.concatenate([part[i] for part in parts]) for i in range(3))
    order = np.argsort(submit, kind="stable")
    count = len(order)
    limit = _limits(run[order], draw)
    return Trace(
        name="generated",
        begin_at=begin_at,
        owners=tuple(row.name for row in recipe.owners),
        names=(),
        owner=owner[order].astype(np.int64),
        submit_seconds=submit[order].astype(np.int64),
        run_seconds=run[order].astype(np.int64),
        gpus=gpus[order].astype(np.int64),
        limit_seconds=limit,
        wait_seconds=np.full(count, -1, dtype=np.int64),
    ).from_first()


def _drifts(recipe: Recipe, draw: np.random.Generator) -> list[NDArray[np.float64]]:
    """Returns a factor of demand for each owner and day, around 1, whose logarithms have the correlation asked for.

    All follow one common drift as far as asked, below 0 every other owner upside down, and one of their own besides.
    The drifts are made orthogonal, so that on a short trace chance does not undo what was asked for.
    """
    count = max(1, int(np.ceil(recipe.days)))
    basis: list[NDArray[np.float64]] = []
    for _ in range(len(recipe.owners) + 1):
        walk = _walk(draw, count)
        for other in basis:
            walk = walk - other * float(walk @ other) / count
        size = float(np.sqrt(walk @ walk / count))
        basis.append(walk / size if size > 1e-9 else np.zeros(count))
    weight = abs(recipe.correlation_ratio)
    drifts = []
    for number in range(len(recipe.owners)):
        sign = -1.0 if recipe.correlation_ratio < 0 and number % 2 else 1.0
        drifts.append(np.exp(_SWING * (sign * weight**0.5 * basis[0] + (1 - weight) ** 0.5 * basis[number + 1])))
    return drifts


def _walk(draw: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Returns a slow walk that comes back to 0, its mean taken out."""
    level, levels = 0.0, []
    for step in draw.normal(0.0, 1.0, count):
        level = 0.7 * level + step
        levels.append(level)
    walk: NDArray[np.float64] = np.array(levels) - np.mean(levels)
    return walk


def _owner(
    recipe: Recipe, number: int, drift: NDArray[np.float64], draw: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Returns submissions, lengths and sizes of one owner's jobs."""
    owner = recipe.owners[number]
    own_gpus = owner.node_count * recipe.node_gpus
    sizes = np.array([size for size in recipe.sizes if size <= own_gpus], dtype=np.int64)
    shares = np.array([recipe.sizes[int(size)] for size in sizes])
    shares = shares / shares.sum()
    mean_run = recipe.median_seconds * np.exp(recipe.spread_ratio**2 / 2)
    work = owner.load_ratio * own_gpus * recipe.days * SECONDS_PER_DAY
    count = max(1, round(work / (mean_run * float((sizes * shares).sum()))))
    run = np.exp(draw.normal(np.log(recipe.median_seconds), recipe.spread_ratio, count))
    run = np.clip(np.rint(run), 1, _LONGEST_SECONDS)
    gpus = draw.choice(sizes, count, p=shares)
    # A heavy tail makes sums wander: lengths are scaled so that the load is the one asked for.
    run = np.clip(np.rint(run * (work / float((run * gpus).sum()))), 1, _LONGEST_SECONDS)
    return _moments(recipe, drift, count, draw), run.astype(np.int64), gpus


def _moments(recipe: Recipe, drift: NDArray[np.float64], count: int, draw: np.random.Generator) -> NDArray[np.int64]:
    """Returns sorted submissions by thinning the hours of all days."""
    hours = np.arange(int(np.ceil(recipe.days * 24)))
    swing = 1 - recipe.daily_ratio * np.cos(2 * np.pi * (hours % 24 - 3) / 24)
    rate = drift[np.minimum(hours // 24, len(drift) - 1)] * np.maximum(swing, 0.0)
    total = rate.sum()
    chosen = draw.choice(hours, count, p=rate / total if total else None)
    seconds = chosen * 3600 + draw.integers(0, 3600, count)
    return np.sort(np.minimum(seconds, int(recipe.days * SECONDS_PER_DAY) - 1)).astype(np.int64)


def _limits(run: NDArray[np.int64], draw: np.random.Generator) -> NDArray[np.int64]:
    """Users ask for more than they need: between the length and five times it, in whole minutes."""
    asked = run * (1 + 4 * draw.random(len(run)) ** 2)
    return (np.ceil(asked / 60) * 60).astype(np.int64)
