"""What a person does with traces: read one against its capacity, describe it, make one, turn it into demand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from armslength.connectors.capacity_reading import read_capacity
from armslength.connectors.trace_reading import read_trace
from armslength.connectors.trace_rows import Lines
from armslength.errors import InputError, Problem, nearest
from armslength.model.replay import CapacityStep
from armslength.replay.trace import Cluster, Trace, cluster_of

PROBLEMS_TOLD = 30


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """Which trace, and how to read it.

    Attributes:
        sources: files, or ``owner=file``.
        form: name of the format; recognised when empty.
        columns: mapping of columns for a table of any kind.
        from_at: first instant of submission taken.
        until_at: first instant no longer taken.
        skip_bad: whether rows that cannot be used are left out and counted instead of refused.
    """

    sources: tuple[str, ...]
    form: str = ""
    columns: str = ""
    from_at: datetime | None = None
    until_at: datetime | None = None
    skip_bad: bool = False


@dataclass(frozen=True, slots=True)
class ReadTrace:
    """A trace that can be replayed.

    Attributes:
        trace: the jobs.
        cluster: the nodes; None when no capacity was given.
        capacity: the same as written.
        dropped_count: rows left out because they cannot be used.
        problems: everything found, warnings too.
    """

    trace: Trace
    cluster: Cluster | None
    capacity: tuple[CapacityStep, ...]
    dropped_count: int
    problems: tuple[Problem, ...]


def open_trace(request: TraceRequest, capacity: str | None) -> ReadTrace:
    """Reads a trace and who owns which nodes, and judges one against the other.

    Raises:
        InputError: with all problems at once, when there are errors and bad rows are not to be skipped, or when
            nothing is left.
    """
    reading = read_trace(request.sources, form=request.form, columns=request.columns)
    # The window first, so that what lies outside it need not be right; lines stay with their jobs.
    trace, lines = reading.trace, np.arange(len(reading.trace))
    if request.from_at or request.until_at:
        wanted = trace.within(request.from_at, request.until_at)
        trace, lines = trace.kept(wanted).from_first(), lines[wanted]
    problems, dropped = list(reading.problems), reading.dropped_count
    steps: tuple[CapacityStep, ...] = ()
    cluster = None
    if capacity is not None:
        steps, more = read_capacity(capacity)
        problems += more
        dropped += len(more)
        trace, cluster, fits, found = _fit(trace, steps, _Places(reading.lines, lines))
        problems += found
        dropped += int((~fits).sum())
        trace = trace.kept(fits).from_first() if not fits.all() else trace
        cluster = cluster_of(trace, steps) if len(trace) else None
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors and not request.skip_bad:
        refuse(trace.name, errors, dropped)
    if not len(trace):
        raise InputError(
            f"{trace.name}: no job is left to replay", hint="check --from, --until and the capacity's owners"
        )
    return ReadTrace(trace, cluster, steps, dropped, tuple(problems))


def refuse(name: str, errors: Sequence[Problem], dropped: int) -> None:
    """Raises the error that tells all problems of a trace, the first few in words."""
    told = list(errors[:PROBLEMS_TOLD])
    if len(errors) > PROBLEMS_TOLD:
        told.append(Problem(name, f"{len(errors) - PROBLEMS_TOLD:,} more; `armslength trace describe` lists them all"))
    count = "1 problem" if len(errors) == 1 else f"{len(errors):,} problems"
    rows = "1 row" if dropped == 1 else f"{dropped:,} rows"
    hint = f"correct them, or --skip-bad leaves out {rows} and says so"
    raise InputError(f"{name}: {count} in this trace", hint=hint, problems=told)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where each job stands, looked up when asked."""

    lines: Lines
    which: np.ndarray

    def __getitem__(self, index: int) -> str:
        return self.lines[int(self.which[index])]


def _fit(
    trace: Trace, steps: Sequence[CapacityStep], lines: _Places
) -> tuple[Trace, Cluster, np.ndarray, list[Problem]]:
    """Puts owners in the capacity's order, and finds jobs of unknown owners and jobs larger than their owner."""
    owners = tuple(dict.fromkeys(step.owner for step in steps))
    place = {name: number for number, name in enumerate(owners)}
    problems = []
    known = np.array([name in place for name in trace.owners], dtype=bool)
    for number in np.flatnonzero(~known):
        name = trace.owners[number]
        jobs = np.flatnonzero(trace.owner == number)
        if len(jobs):
            hint = nearest(name, owners) or f"the capacity names {', '.join(owners[:8])}"
            message = f"owner `{name}` has {len(jobs):,} jobs and no nodes"
            problems.append(Problem(lines[int(jobs[0])], message, hint))
    moved = np.array([place.get(name, 0) for name in trace.owners], dtype=np.int64)
    fits = known[trace.owner] if len(trace) else np.ones(0, dtype=bool)
    trace = replace(trace, owners=owners, owner=moved[trace.owner] if len(trace) else trace.owner)
    cluster = cluster_of(trace, steps)
    most = np.array([cluster.most_nodes(number) * cluster.node_gpus for number in range(len(owners))], dtype=np.int64)
    large = fits & (trace.gpus > most[trace.owner])
    for job in np.flatnonzero(large):
        owner = int(trace.owner[job])
        message = f"the job needs {trace.gpus[job]:,} accelerators, its owner `{owners[owner]}` has {most[owner]:,}"
        problems.append(Problem(lines[int(job)], message, "it could never run alone; give the owner more nodes"))
    return trace, cluster, fits & ~large, problems


def as_utc(moment: datetime) -> datetime:
    """Returns a moment with a zone; without one it is read as UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
