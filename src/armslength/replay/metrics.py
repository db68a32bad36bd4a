"""What a replay came to: functions of its records and of nothing else."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from armslength.model.replay import Harm, OwnerOutcome, Spread, Usage
from armslength.replay.records import NEVER, Records
from armslength.replay.trace import Cluster, Ints, Trace

SECONDS_PER_HOUR = 3600.0
ALL = "all"
_SLOWDOWN_FLOOR_SECONDS = 10  # bounded slowdown: jobs shorter than this count as this long


def outcomes(
    trace: Trace, cluster: Cluster, records: Records, alone: Records | None = None
) -> tuple[OwnerOutcome, ...]:
    """Returns what came out for each owner and for all together."""
    rows = [_outcome(trace, cluster, records, alone, number) for number in range(len(trace.owners))]
    return (*rows, _outcome(trace, cluster, records, alone, None))


def waits(trace: Trace, records: Records) -> Ints:
    """Returns (J) the time in which each finished job stood nowhere; -1 for unfinished ones."""
    done = records.end_seconds != NEVER
    return np.where(done, records.end_seconds - trace.submit_seconds - records.occupied_seconds(), NEVER)


def _outcome(
    trace: Trace, cluster: Cluster, records: Records, alone: Records | None, owner: int | None
) -> OwnerOutcome:
    mine = np.ones(len(trace), dtype=bool) if owner is None else trace.owner == owner
    done = mine & (records.end_seconds != NEVER)
    wait = waits(trace, records)[done]
    completion = (records.end_seconds - trace.submit_seconds)[done]
    run = np.maximum(trace.run_seconds[done], _SLOWDOWN_FLOOR_SECONDS)
    slowdown = np.maximum(completion, _SLOWDOWN_FLOOR_SECONDS) / run
    fairness = _fairness(trace, records, alone, done)
    capacity = _part(records.capacity_gpu_seconds, owner)
    on_mine = np.ones(len(records.stay_job), bool) if owner is None else records.stay_node_owner == owner
    job_owner = trace.owner[records.stay_job]
    by_mine = np.ones(len(job_owner), bool) if owner is None else job_owner == owner
    at_home = records.stay_node_owner == job_owner
    useful = _gpu_seconds(records, on_mine) - _lost_gpu_seconds(records, on_mine)
    return OwnerOutcome(
        owner=ALL if owner is None else trace.owners[owner],
        own_gpus=cluster.node_gpus * (sum(cluster.node_counts) if owner is None else cluster.node_counts[owner]),
        job_count=int(mine.sum()),
        unfinished_count=int(mine.sum() - done.sum()),
        waited_count=int((wait > 0).sum()),
        wait=_spread(wait),
        completion=_spread(completion),
        slowdown_mean_ratio=float(slowdown.mean()) if len(slowdown) else 1.0,
        slowdown_median_ratio=float(np.median(slowdown)) if len(slowdown) else 1.0,
        fairness_mean_ratio=float(fairness.mean()) if fairness is not None and len(fairness) else None,
        fairness_worst_ratio=float(fairness.max()) if fairness is not None and len(fairness) else None,
        stop_count=int(records.stop_counts[mine].sum()),
        own_gpu_hours=_hours(_gpu_seconds(records, by_mine & at_home)),
        borrowed_gpu_hours=_hours(_gpu_seconds(records, by_mine & ~at_home)),
        lent_gpu_hours=_hours(_gpu_seconds(records, on_mine & ~at_home)),
        lost_gpu_hours=_hours(_lost_gpu_seconds(records, by_mine)),
        idle_gpu_hours=_hours(_part(records.idle_gpu_seconds, owner)),
        capacity_gpu_hours=_hours(capacity),
        utilisation_frac=useful / capacity if capacity else 0.0,
    )


def _part(column: Ints, owner: int | None) -> int:
    return int(column.sum() if owner is None else column[owner])


def _hours(gpu_seconds: int) -> float:
    return gpu_seconds / SECONDS_PER_HOUR


def _gpu_seconds(records: Records, rows: NDArray[np.bool_]) -> int:
    lengths = records.stay_until_seconds[rows] - records.stay_begin_seconds[rows]
    return int((lengths * records.stay_gpus[rows]).sum())


def _lost_gpu_seconds(records: Records, rows: NDArray[np.bool_]) -> int:
    return int((records.stay_lost_seconds[rows] * records.stay_gpus[rows]).sum())


def _spread(seconds: Ints) -> Spread:
    if not len(seconds):
        return Spread(mean_seconds=0.0, median_seconds=0.0, p95_seconds=0.0, p99_seconds=0.0)
    median, p95, p99 = np.percentile(seconds, (50, 95, 99))
    return Spread(
        mean_seconds=float(seconds.mean()),
        median_seconds=float(median),
        p95_seconds=float(p95),
        p99_seconds=float(p99),
    )


def _fairness(
    trace: Trace, records: Records, alone: Records | None, done: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """Returns completion time here / alone of jobs that finished in both."""
    if alone is None:
        return None
    both = done & (alone.end_seconds != NEVER)
    submit = trace.submit_seconds[both]
    ratios: NDArray[np.float64] = (records.end_seconds[both] - submit) / (alone.end_seconds[both] - submit)
    return ratios


def harms(trace: Trace, records: Records, alone: Records) -> tuple[Harm, ...]:
    """Returns what sharing cost each owner's jobs that fared worse than alone, and what it brought the others."""
    wait, before = waits(trace, records), waits(trace, alone)
    both = (records.end_seconds != NEVER) & (alone.end_seconds != NEVER)
    rows = []
    for number, name in enumerate(trace.owners):
        mine = both & (trace.owner == number)
        work = trace.gpus * trace.run_seconds
        late = mine & (records.start_seconds > alone.start_seconds)
        longer, shorter = mine & (wait > before), mine & (wait < before)
        change = float((wait - before)[mine].mean()) if mine.any() else 0.0
        rows.append(
            Harm(
                owner=name,
                later_start_count=int(late.sum()),
                later_start_gpu_hours=_hours(int(work[late].sum())),
                longer_wait_count=int(longer.sum()),
                longer_wait_gpu_hours=_hours(int(work[longer].sum())),
                delayed_gpu_hours=_hours(int((trace.gpus * (wait - before))[longer].sum())),
                worst_start_seconds=_worst(records.start_seconds - alone.start_seconds, mine),
                worst_end_seconds=_worst(records.end_seconds - alone.end_seconds, mine),
                sooner_count=int(shorter.sum()),
                saved_gpu_hours=_hours(int((trace.gpus * (before - wait))[shorter].sum())),
                mean_wait_change_seconds=change,
                better_or_same=change <= 0,
            )
        )
    return tuple(rows)


def _worst(late: Ints, mine: NDArray[np.bool_]) -> int:
    return max(0, int(late[mine].max())) if mine.any() else 0


def usages(trace: Trace, cluster: Cluster, records: Records, bins: int = 240) -> tuple[Usage, ...]:
    """Returns what stood on each owner's nodes over time, as means over equal bins."""
    edges = np.linspace(0, max(1, records.until_seconds), bins + 1)
    job_owner = trace.owner[records.stay_job]
    rows = []
    for number, name in enumerate(trace.owners):
        here = records.stay_node_owner == number
        home = here & (job_owner == number)
        rows.append(
            Usage(
                owner=name,
                own_gpus=_means(records, home, edges),
                lent_gpus=_means(records, here & ~home, edges),
                capacity_gpus=_capacity_means(cluster, number, edges),
            )
        )
    return tuple(rows)


def _means(records: Records, rows: NDArray[np.bool_], edges: NDArray[np.float64]) -> tuple[float, ...]:
    gpus = records.stay_gpus[rows]
    times = np.concatenate([records.stay_begin_seconds[rows], records.stay_until_seconds[rows]])
    return step_means(times, np.concatenate([gpus, -gpus]), edges)


def step_means(times: Ints, jumps: Ints, edges: NDArray[np.float64]) -> tuple[float, ...]:
    """Returns the means over bins of a step function that starts at 0 and jumps at some times."""
    if not len(times):
        return (0.0,) * (len(edges) - 1)
    order = np.argsort(times, kind="stable")
    at = np.concatenate([[0.0], times[order].astype(float), [max(edges[-1], float(times.max()))]])
    level = np.concatenate([[0.0], np.cumsum(jumps[order])])
    area = np.concatenate([[0.0], np.cumsum(level * np.diff(at))])
    means = np.diff(np.interp(edges, at, area)) / np.diff(edges)
    return tuple(round(float(value), 4) for value in means)


def _capacity_means(cluster: Cluster, owner: int, edges: NDArray[np.float64]) -> tuple[float, ...]:
    times, counts = [0], [cluster.node_counts[owner]]
    for change in cluster.changes:
        if change.owner == owner:
            times.append(change.from_seconds)
            counts.append(change.node_count)
    jumps = np.diff(np.array([0, *counts])) * cluster.node_gpus
    return step_means(np.array(times, dtype=np.int64), jumps.astype(np.int64), edges)


def conserved(trace: Trace, records: Records) -> Sequence[str]:
    """Checks that accelerator-seconds add up, and returns what does not; nothing when all is well.

    For each owner's nodes, capacity = used by own jobs + lent + idle, where used and lent come from the stays, and
    capacity and idle were integrated by the loop itself. Every finished job did its work exactly once.
    """
    wrong: list[str] = []
    for number, name in enumerate(trace.owners):
        used = _gpu_seconds(records, records.stay_node_owner == number)
        idle, capacity = int(records.idle_gpu_seconds[number]), int(records.capacity_gpu_seconds[number])
        if used + idle != capacity:
            wrong.append(f"{name}: {used:,} GPU-seconds busy or lost + {idle:,} idle, of {capacity:,}")
    done = records.end_seconds != NEVER
    worked = records.occupied_seconds() - records.lost_seconds()
    for job in np.flatnonzero(done & (worked != trace.run_seconds))[:5]:
        wrong.append(f"job {trace.name_of(int(job))}: {worked[job]:,} s of work done, of {trace.run_seconds[job]:,}")
    return wrong


def room_changes(cluster: Cluster, records: Records, owner: int) -> tuple[Ints, Ints]:
    """Returns when an owner's free accelerators change, in seconds, and by how many; begins with all it owns."""
    here = records.stay_node_owner == owner
    gpus = records.stay_gpus[here]
    owned = [change for change in cluster.changes if change.owner == owner]
    counts = np.array([cluster.node_counts[owner], *(change.node_count for change in owned)], dtype=np.int64)
    changed = np.array([0, *(change.from_seconds for change in owned)], dtype=np.int64)
    times = np.concatenate([records.stay_begin_seconds[here], records.stay_until_seconds[here], changed])
    return times, np.concatenate([-gpus, gpus, np.diff(counts, prepend=0) * cluster.node_gpus])


def overfull(trace: Trace, cluster: Cluster, records: Records) -> Sequence[str]:
    """Checks that at no instant more accelerators of an owner are in use than it owns; looks at the stays alone."""
    wrong: list[str] = []
    for number, name in enumerate(trace.owners):
        times, free = room_changes(cluster, records, number)
        order = np.argsort(times, kind="stable")
        at, over = times[order], np.cumsum(-free[order])
        last_of_second = np.append(np.diff(at) > 0, True)
        worst = int(over[last_of_second].max())
        if worst > 0:
            wrong.append(f"{name}: {worst} accelerators more in use than owned at some instant")
    return wrong
