"""Replaying more jobs than fit in memory: they come in batches and leave in batches; only live ones are held.

What is kept of finished jobs are sums and histograms. Means and sums are exact; medians and percentiles come from
bins 1 % wide. There is no run alone beside it, so there is no harm to tell.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import expm1, log1p

from armslength.errors import CheckFailed, Problem
from armslength.model.replay import OwnerOutcome, Replay, Rules, Spread
from armslength.policy.catalogue import Policy
from armslength.policy.view import Job
from armslength.replay.engine import Engine
from armslength.replay.metrics import ALL, SECONDS_PER_HOUR
from armslength.replay.records import NEVER
from armslength.replay.trace import Cluster, Trace

_BIN = 0.01  # width of a bin of the histograms, relative
_SLOWDOWN_FLOOR_SECONDS = 10
# job, owner, gpus, submit, run, start, end, wait, stops, lost, own GPU-seconds, borrowed GPU-seconds
Row = tuple[int, int, int, int, int, int, int, int, int, int, int, int]


@dataclass(slots=True)
class Histogram:
    """Counts of whole seconds in bins 1 % wide; the sum is exact."""

    counts: dict[int, int] = field(default_factory=dict)
    total: int = 0
    number: int = 0
    above_zero: int = 0

    def add(self, seconds: int) -> None:
        """Counts a length of time."""
        place = int(log1p(seconds) / _BIN)
        self.counts[place] = self.counts.get(place, 0) + 1
        self.total += seconds
        self.number += 1
        self.above_zero += seconds > 0

    def at(self, share: float) -> float:
        """Returns the length of time that a share of all does not exceed, to 1 %."""
        wanted, seen = share * self.number, 0
        for place in sorted(self.counts):
            seen += self.counts[place]
            if seen >= wanted:
                return float(expm1((place + 0.5) * _BIN)) if place else 0.0
        return 0.0

    def spread(self) -> Spread:
        """Returns mean and percentiles."""
        mean = self.total / self.number if self.number else 0.0
        return Spread(
            mean_seconds=mean, median_seconds=self.at(0.5), p95_seconds=self.at(0.95), p99_seconds=self.at(0.99)
        )

    def __add__(self, other: "Histogram") -> "Histogram":
        counts = self.counts.copy()
        for place, count in other.counts.items():
            counts[place] = counts.get(place, 0) + count
        return Histogram(
            counts, self.total + other.total, self.number + other.number, self.above_zero + other.above_zero
        )


@dataclass(slots=True)
class _Tally:
    """What one owner's finished jobs came to."""

    wait: Histogram = field(default_factory=Histogram)
    completion: Histogram = field(default_factory=Histogram)
    slowdown: float = 0.0
    slowdown_bins: Histogram = field(default_factory=Histogram)
    stops: int = 0
    own: int = 0
    borrowed: int = 0
    lent: int = 0
    lost: int = 0
    lost_on_nodes: int = 0

    def __add__(self, other: "_Tally") -> "_Tally":
        return _Tally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


class StreamLog:
    """Holds what is known of live jobs, and hands each on as it ends."""

    def __init__(self, owner_count: int, emit: Callable[[Row], None]) -> None:
        self.start: dict[int, int] = _Never()
        self.stops: dict[int, int] = _Zero()
        self.end: dict[int, int] = _Ends(self)
        self.live: dict[int, Job] = {}
        self.tallies = [_Tally() for _ in range(owner_count)]
        self.emit = emit
        self._stood: dict[int, list[int]] = {}
        self.wrong: list[str] = []
        self.job_count = 0

    def watched(self, jobs: Iterator[Job]) -> Iterator[Job]:
        """Yields jobs and remembers them until they end."""
        for job in jobs:
            self.live[job.index] = job
            self.job_count += 1
            yield job

    def stay(self, job: int, begin: int, until: int, lost: int, shares: list[tuple[int, int]]) -> None:
        """Adds a stay to what is known of a live job."""
        stood = self._stood.setdefault(job, [0, 0, 0, 0])  # seconds, lost, own and borrowed GPU-seconds
        seconds = until - begin
        stood[0] += seconds
        stood[1] += lost
        owner = self.live[job].owner
        for node_owner, gpus in shares:
            stood[2 if node_owner == owner else 3] += gpus * seconds
            if node_owner != owner:
                self.tallies[node_owner].lent += gpus * seconds
            self.tallies[node_owner].lost_on_nodes += gpus * lost

    def finish(self, index: int, end: int) -> None:
        """Hands a job on and forgets it."""
        job = self.live.pop(index)
        seconds, lost, own, borrowed = self._stood.pop(index)
        start, stops = self.start.pop(index), self.stops.pop(index, 0)
        completion = end - job.submit_seconds
        wait = completion - seconds
        tally = self.tallies[job.owner]
        tally.wait.add(wait)
        tally.completion.add(completion)
        slowdown = max(completion, _SLOWDOWN_FLOOR_SECONDS) / max(job.run_seconds, _SLOWDOWN_FLOOR_SECONDS)
        tally.slowdown += slowdown
        tally.slowdown_bins.add(int(slowdown * 1000))
        tally.stops += stops
        tally.own += own
        tally.borrowed += borrowed
        tally.lost += lost * job.gpus
        if seconds - lost != job.run_seconds and len(self.wrong) < 5:
            self.wrong.append(f"job {index}: {seconds - lost:,} s of work done, of {job.run_seconds:,}")
        self.emit(
            (
                index,
                job.owner,
                job.gpus,
                job.submit_seconds,
                job.run_seconds,
                start,
                end,
                wait,
                stops,
                lost,
                own,
                borrowed,
            )
        )


class _Never(dict[int, int]):
    def __missing__(self, key: int) -> int:
        return NEVER


class _Zero(dict[int, int]):
    def __missing__(self, key: int) -> int:
        return 0


class _Ends(dict[int, int]):
    """Takes an end and keeps none."""

    def __init__(self, log: StreamLog) -> None:
        super().__init__()
        self._log = log

    def __setitem__(self, key: int, value: int) -> None:
        self._log.finish(key, value)


def replay_stream(
    empty: Trace, cluster: Cluster, rules: Rules, policy: Policy, jobs: Iterator[Job], emit: Callable[[Row], None]
) -> tuple[Replay, int]:
    """Replays jobs that come in order of submission.

    Args:
        empty: a trace without jobs, which names the owners and the first instant.
        cluster: the nodes.
        rules: what is asked for.
        policy: the policy; one that needs an alone clock cannot be streamed.
        jobs: the jobs.
        emit: takes each job's record as it ends.

    Returns:
        The outcome, and the number of jobs.

    Raises:
        CheckFailed: when accelerator-seconds do not add up.
    """
    engine = Engine(empty, cluster, rules, policy.decide)
    log = StreamLog(len(empty.owners), emit)
    engine.follow(log.watched(jobs), log)
    _check(engine, log, empty.owners)
    rows = [_outcome(engine, log, [number]) for number in range(len(empty.owners))]
    outcome = Replay(
        name=rules.policy,
        rules=rules,
        begin_at=empty.begin_at,
        span_seconds=engine.now,
        outcomes=(*rows, _outcome(engine, log, list(range(len(empty.owners))))),
        conserved="capacity = busy + idle + lost, for every owner, to the GPU-second",
        method="event loop, streamed: medians and percentiles to 1 %",
    )
    return outcome, log.job_count


def _check(engine: Engine, log: StreamLog, owners: Sequence[str]) -> None:
    wrong = list(log.wrong)
    used = [0] * len(owners)
    for number, tally in enumerate(log.tallies):
        used[number] += tally.own + tally.lent
    for number, name in enumerate(owners):
        if not log.live and used[number] + engine.idle[number] != engine.capacity[number]:
            wrong.append(f"{name}: {used[number]:,} GPU-seconds used, {engine.idle[number]:,} idle")
    if wrong:
        raise CheckFailed("GPU-seconds do not add up: our fault", problems=[Problem("stream", text) for text in wrong])


def _outcome(engine: Engine, log: StreamLog, owners: list[int]) -> OwnerOutcome:
    tally = log.tallies[owners[0]]
    for number in owners[1:]:
        tally = tally + log.tallies[number]
    capacity = sum(engine.capacity[number] for number in owners)
    unfinished = sum(job.owner in owners for job in log.live.values())
    count = tally.wait.number
    hours = SECONDS_PER_HOUR
    useful = tally.own + tally.lent - tally.lost_on_nodes
    return OwnerOutcome(
        owner=ALL if len(owners) > 1 else engine.owners[owners[0]].name,
        own_gpus=sum(engine.cluster.node_counts[number] for number in owners) * engine.cluster.node_gpus,
        job_count=count + unfinished,
        unfinished_count=unfinished,
        waited_count=tally.wait.above_zero,
        wait=tally.wait.spread(),
        completion=tally.completion.spread(),
        slowdown_mean_ratio=tally.slowdown / count if count else 1.0,
        slowdown_median_ratio=tally.slowdown_bins.at(0.5) / 1000 if count else 1.0,
        fairness_mean_ratio=None,
        fairness_worst_ratio=None,
        stop_count=tally.stops,
        own_gpu_hours=tally.own / hours,
        borrowed_gpu_hours=tally.borrowed / hours,
        lent_gpu_hours=tally.lent / hours,
        lost_gpu_hours=tally.lost / hours,
        idle_gpu_hours=sum(engine.idle[number] for number in owners) / hours,
        capacity_gpu_hours=capacity / hours,
        utilisation_frac=useful / capacity if capacity else 0.0,
    )
