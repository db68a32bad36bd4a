"""Owners' demand per week from a trace, with bands, scored against persistence on a last part held out.

Demand is the accelerators wanted at a time if every job ran when it came, so a queue does not hide it. What to expect
a period ahead is a mean in which the newest period has a fixed weight; the weight, and the spread of errors that
makes the band, come from the first part only. Weight 1 is persistence itself.
"""

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from armslength.model.trace import DemandScore, TraceDemand, WeekDemand
from armslength.replay.describe import wanted
from armslength.replay.trace import Trace

SECONDS_PER_DAY = 86_400
WEEKS_NEEDED = 8
_WEIGHTS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
Floats = NDArray[np.float64]


def demand_of(trace: Trace, node_gpus: int, held_out_frac: float) -> TraceDemand:
    """Returns each owner's demand: `serving` for jobs within a node, `training` for larger gangs."""
    span = int(trace.submit_seconds[-1])
    days = 7 if span >= WEEKS_NEEDED * 7 * SECONDS_PER_DAY else 1
    count = span // (days * SECONDS_PER_DAY)
    notes = [] if days == 7 else [f"The trace is shorter than {WEEKS_NEEDED} weeks, so its periods are days."]
    if count < 4:
        notes.append("Fewer than four whole periods: bands and scores say little.")
        count = max(1, count)
    edges = np.arange(count + 1, dtype=np.float64) * days * SECONDS_PER_DAY
    split = max(1, min(count - 1, round(count * (1 - held_out_frac)))) if count > 1 else 1
    demands: list[WeekDemand] = []
    scores: list[DemandScore] = []
    for number, owner in enumerate(trace.owners):
        for kind, jobs in (("serving", trace.gpus <= node_gpus), ("training", trace.gpus > node_gpus)):
            mine = jobs & (trace.owner == number)
            if not mine.any():
                continue
            levels = wanted(trace, mine, edges)
            weight = _best_weight(levels[:split])
            ahead = _ahead(levels, weight)
            low, high = _band(levels[:split], _ahead(levels[:split], weight))
            demands += [
                WeekDemand(
                    owner=owner,
                    kind=kind,
                    from_on=(trace.begin_at + timedelta(days=days * i)).date(),
                    observed_gpus=float(levels[i]),
                    wanted_p10_gpus=max(0.0, float(ahead[i]) + low),
                    wanted_p50_gpus=max(0.0, float(ahead[i])),
                    wanted_p90_gpus=max(0.0, float(ahead[i]) + high),
                    held_out=i >= split,
                )
                for i in range(count)
            ]
            scores.append(_score(owner, kind, levels, ahead, split, weight, (low, high)))
    return TraceDemand(
        trace=trace.name, period_days=days, demands=tuple(demands), scores=tuple(scores), notes=tuple(notes)
    )


def _ahead(levels: Floats, weight: float) -> Floats:
    """Returns what was to be expected of each period from those before; of the first, itself."""
    ahead = np.empty(len(levels))
    level = levels[0] if len(levels) else 0.0
    for i, value in enumerate(levels):
        ahead[i] = level
        level = weight * value + (1 - weight) * level
    return ahead


def _best_weight(levels: Floats) -> float:
    """Returns the weight with the least error on the first part; persistence where there is too little to tell."""
    if len(levels) < 4:
        return 1.0
    errors = [float(np.abs(levels - _ahead(levels, weight))[1:].mean()) for weight in _WEIGHTS]
    return _WEIGHTS[int(np.argmin(errors))]


def _band(levels: Floats, ahead: Floats) -> tuple[float, float]:
    errors = (levels - ahead)[1:]
    if not len(errors):
        return 0.0, 0.0
    low, high = np.percentile(errors, (10, 90))
    return min(0.0, float(low)), max(0.0, float(high))


def _score(
    owner: str, kind: str, levels: Floats, ahead: Floats, split: int, weight: float, band: tuple[float, float]
) -> DemandScore:
    observed, expected = levels[split:], ahead[split:]
    repeated = levels[split - 1 : -1]
    errors = np.abs(observed - expected)
    naive = np.abs(observed - repeated) if len(observed) else errors
    low, high = np.maximum(0.0, expected + band[0]), expected + band[1]
    inside = (observed >= low - 1e-9) & (observed <= high + 1e-9)
    mean, plain = (float(part.mean()) if len(part) else 0.0 for part in (errors, naive))
    return DemandScore(
        owner=owner,
        kind=kind,
        period_count=len(observed),
        weight_ratio=weight,
        error_mean_gpus=mean,
        persistence_mean_gpus=plain,
        skill_frac=1 - mean / plain if plain else None,
        covered_frac=float(inside.mean()) if len(inside) else 0.0,
    )
