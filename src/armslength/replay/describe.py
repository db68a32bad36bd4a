"""What is in a trace: load, sizes, how owners' demand goes together, and how much idleness met waiting."""

from datetime import timedelta
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from armslength.model.replay import Rules
from armslength.model.trace import Meeting, OwnerLoad, SizeShare, Together, TraceSummary
from armslength.policy.catalogue import policy_of
from armslength.replay.engine import Engine
from armslength.replay.fast import has_short_cut, replay_fast
from armslength.replay.metrics import ALL, SECONDS_PER_HOUR, room_changes, step_means
from armslength.replay.records import NEVER, Records
from armslength.replay.trace import Cluster, Trace

SECONDS_PER_DAY = 86_400
BIN_SECONDS = 600
_BINS_MOST = 100_000
_SIZES_MOST = 12


def describe(trace: Trace, cluster: Cluster | None, dropped_count: int) -> TraceSummary:
    """Returns what is in a trace; with a cluster also loads and how idleness met waiting."""
    span = max(1, int(trace.submit_seconds[-1]))
    loads = [_load(trace, cluster, number) for number in range(len(trace.owners))]
    return TraceSummary(
        trace=trace.name,
        begin_at=trace.begin_at,
        end_at=trace.begin_at + timedelta(seconds=int(trace.submit_seconds[-1])),
        span_days=span / SECONDS_PER_DAY,
        loads=(*loads, _load(trace, cluster, None)),
        together=_together(trace),
        sizes=_sizes(trace),
        meeting=_meeting(trace, cluster) if cluster else None,
        dropped_count=dropped_count,
    )


def wanted(trace: Trace, jobs: NDArray[np.bool_], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the accelerators wanted at a time if every job ran when it came, as means over bins."""
    begin, gpus = trace.submit_seconds[jobs], trace.gpus[jobs]
    times = np.concatenate([begin, begin + trace.run_seconds[jobs]])
    return np.array(step_means(times, np.concatenate([gpus, -gpus]), edges))


def _edges(trace: Trace, seconds: int) -> NDArray[np.float64]:
    """Returns bins up to the last submission."""
    until = max(1, int(trace.submit_seconds[-1]))
    count = min(_BINS_MOST, max(1, -(-until // seconds)))
    return np.linspace(0.0, float(until), count + 1)


def _load(trace: Trace, cluster: Cluster | None, owner: int | None) -> OwnerLoad:
    mine = np.ones(len(trace), dtype=bool) if owner is None else trace.owner == owner
    work = float((trace.gpus[mine] * trace.run_seconds[mine]).sum()) / SECONDS_PER_HOUR
    span_hours = max(1, int(trace.submit_seconds[-1])) / SECONDS_PER_HOUR
    own = None
    if cluster is not None:
        counts = cluster.node_counts if owner is None else (cluster.node_counts[owner],)
        own = sum(counts) * cluster.node_gpus
    levels = wanted(trace, mine, _edges(trace, BIN_SECONDS))
    waits = trace.wait_seconds[mine]
    recorded = waits[waits >= 0]
    lengths = trace.run_seconds[mine]
    return OwnerLoad(
        owner=ALL if owner is None else trace.owners[owner],
        job_count=int(mine.sum()),
        work_gpu_hours=work,
        own_gpus=own,
        load_ratio=work / (own * span_hours) if own else None,
        largest_gpus=int(trace.gpus[mine].max(initial=0)),
        wanted_mean_gpus=float(levels.mean()),
        wanted_p95_gpus=float(np.percentile(levels, 95)),
        wanted_most_gpus=float(levels.max()),
        run_median_seconds=float(np.median(lengths)) if len(lengths) else 0.0,
        run_p95_seconds=float(np.percentile(lengths, 95)) if len(lengths) else 0.0,
        recorded_wait_mean_seconds=float(recorded.mean()) if len(recorded) else None,
    )


def _together(trace: Trace) -> tuple[Together, ...]:
    """Correlations of daily demand; owners whose demand never changes go with nobody."""
    edges = _edges(trace, SECONDS_PER_DAY)
    days = [wanted(trace, trace.owner == number, edges) for number in range(len(trace.owners))]
    rows = []
    for one, other in combinations(range(len(days)), 2):
        if len(edges) > 3 and days[one].std() > 0 and days[other].std() > 0:
            ratio = float(np.corrcoef(days[one], days[other])[0, 1])
            rows.append(Together(one=trace.owners[one], other=trace.owners[other], correlation_ratio=ratio))
    return tuple(sorted(rows, key=lambda row: -row.correlation_ratio))


def _sizes(trace: Trace) -> tuple[SizeShare, ...]:
    work = trace.gpus * trace.run_seconds
    total = float(work.sum())
    sizes, counts = np.unique(trace.gpus, return_counts=True)
    first = np.argsort(-counts, kind="stable")[:_SIZES_MOST]
    return tuple(
        SizeShare(
            size_gpus=int(sizes[i]),
            job_count=int(counts[i]),
            work_frac=float(work[trace.gpus == sizes[i]].sum()) / total,
        )
        for i in sorted(first)
    )


def _meeting(trace: Trace, cluster: Cluster) -> Meeting:
    rules = Rules(policy="static")
    if has_short_cut(rules, cluster):
        records = replay_fast(trace, cluster, rules)
    else:
        records = Engine(trace, cluster, rules, policy_of("static").decide).run()
    edges = _edges(trace, BIN_SECONDS)
    hours = np.diff(edges) / SECONDS_PER_HOUR
    waiting = np.array([_waiting(trace, records, number, edges) for number in range(len(trace.owners))])
    idle = np.array([_idle(cluster, records, number, edges) for number in range(len(trace.owners))])
    elsewhere = idle.sum(axis=0) - idle
    met = np.minimum(waiting, elsewhere)
    return Meeting(
        idle_mean_gpus=float(idle.sum(axis=0).mean()),
        waiting_mean_gpus=float(waiting.sum(axis=0).mean()),
        met_frac=float(((waiting > 0.5) & (elsewhere >= np.minimum(waiting, 1.0))).any(axis=0).mean()),
        met_gpu_hours=float((np.minimum(met.sum(axis=0), idle.sum(axis=0)) * hours).sum()),
    )


def _waiting(trace: Trace, records: Records, owner: int, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    mine = (trace.owner == owner) & (records.start_seconds != NEVER)
    gpus = trace.gpus[mine]
    times = np.concatenate([trace.submit_seconds[mine], records.start_seconds[mine]])
    return np.array(step_means(times, np.concatenate([gpus, -gpus]), edges))


def _idle(cluster: Cluster, records: Records, owner: int, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    times, free = room_changes(cluster, records, owner)
    idle: NDArray[np.float64] = np.maximum(0.0, np.array(step_means(times, free, edges)))
    return idle
