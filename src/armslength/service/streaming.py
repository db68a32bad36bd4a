"""Streaming a trace of any length through a replay: Parquet in, Parquet out, memory for live jobs only."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from armslength import __version__
from armslength.connectors.capacity_reading import read_capacity
from armslength.connectors.replay_tables import records_name
from armslength.connectors.trace_stream import RecordStream, begin_of, stream_jobs
from armslength.errors import InputError
from armslength.model.replay import ReplayReport, Rules
from armslength.policy.catalogue import refuse_unfit
from armslength.replay.stream import Row, replay_stream
from armslength.replay.trace import Trace, cluster_of
from armslength.service.replaying import load_policy

SAY_EVERY = 100_000


def stream_trace(
    source: str, capacity: str, rules: Rules, out: Path | None, say: Callable[[str], None]
) -> ReplayReport:
    """Replays a sorted Parquet trace without holding it.

    Raises:
        InputError: when the trace or the rules cannot be streamed.
        CheckFailed: when accelerator-seconds do not add up.
    """
    refuse_unfit(rules)
    policy = load_policy(rules.policy)
    if policy.keeps_alone_clock or policy.needs_plan:
        raise InputError(f"{rules.policy} cannot be streamed: it needs more than the jobs", hint="leave --stream out")
    path = Path(source)
    steps, problems = read_capacity(capacity)
    if problems:
        raise InputError(f"{capacity}: a capacity with problems", problems=problems)
    nothing = np.zeros(0, dtype=np.int64)
    owners = tuple(dict.fromkeys(step.owner for step in steps))
    empty = Trace(path.name, begin_of(path), owners, (), nothing, nothing, nothing, nothing, nothing, nothing)
    cluster = cluster_of(empty, steps)
    if out:
        out.mkdir(parents=True, exist_ok=True)
    records = RecordStream(out / records_name(rules.policy, "parquet"), owners) if out else None
    done = 0

    def emit(row: Row) -> None:
        nonlocal done
        done += 1
        if done % SAY_EVERY == 0:
            say(f"{done:,} jobs have ended")
        if records:
            records.emit(row)

    say("streaming")
    jobs = stream_jobs(path, owners, cluster, empty.begin_at)
    replay, count = replay_stream(empty, cluster, rules, policy, jobs, emit)
    if records:
        records.close()
    return ReplayReport(
        trace=path.name,
        armslength_version=__version__,
        job_count=count,
        dropped_count=0,
        owners=owners,
        capacity=steps,
        replays=(replay,),
        notes=("Streamed: medians and percentiles are to 1 %, and nothing is said about being alone.",),
    )
