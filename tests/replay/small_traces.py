"""Small traces and clusters, by hand and drawn."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from hypothesis import strategies as st

from armslength.model.replay import Rules, Sized
from armslength.replay.records import Records
from armslength.replay.trace import Cluster, Trace

BEGIN = datetime(2025, 1, 6, tzinfo=UTC)
COLUMNS = (
    "start_seconds",
    "end_seconds",
    "stay_job",
    "stay_begin_seconds",
    "stay_until_seconds",
    "stay_node_owner",
    "stay_gpus",
    "stay_lost_seconds",
    "stay_lead",
    "stop_counts",
    "idle_gpu_seconds",
    "capacity_gpu_seconds",
)


def trace_of(rows: Sequence[tuple[str, int, int, int]], owners: str, limits: Sequence[int] = ()) -> Trace:
    """Returns a trace of (owner, submission, length, accelerators), owners being single letters."""

    def ints(values: Sequence[int]) -> np.ndarray:
        return np.array(values, dtype=np.int64)

    run = ints([row[2] for row in rows])
    return Trace(
        name="small",
        begin_at=BEGIN,
        owners=tuple(owners),
        names=(),
        owner=ints([owners.index(row[0]) for row in rows]),
        submit_seconds=ints([row[1] for row in rows]),
        run_seconds=run,
        gpus=ints([row[3] for row in rows]),
        limit_seconds=ints(limits) if limits else run,
        wait_seconds=np.full(len(rows), -1, dtype=np.int64),
    )


def costs(seconds: int) -> tuple[Sized, ...]:
    return (Sized(upto_gpus=None, cost_seconds=seconds),)


def difference(one: Records, other: Records) -> str:
    """Returns the name of a column in which two sets of records differ, or an empty string."""
    for name in COLUMNS:
        left, right = getattr(one, name), getattr(other, name)
        if left.shape != right.shape or not (left == right).all():
            return name
    return "" if one.until_seconds == other.until_seconds else "until_seconds"


@st.composite
def cases(draw: st.DrawFn) -> tuple[Trace, Cluster]:
    """Draws a trace of up to three owners in which every job fits on its owner's nodes."""
    node_gpus = draw(st.sampled_from([1, 2, 4, 8]))
    nodes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    owners = "abc"[: len(nodes)]
    count = draw(st.integers(1, 14))
    rows = []
    for _ in range(count):
        owner = draw(st.integers(0, len(nodes) - 1))
        gpus = draw(st.integers(1, nodes[owner] * node_gpus))
        rows.append((owners[owner], draw(st.integers(0, 20)), draw(st.integers(1, 20)), gpus))
    rows.sort(key=lambda row: row[1])
    rows = [(owner, at - rows[0][1], run, gpus) for owner, at, run, gpus in rows]
    limits = [row[2] + draw(st.integers(0, 5)) for row in rows]
    return trace_of(rows, owners, limits), Cluster(node_gpus, tuple(nodes))


@st.composite
def sharing_rules(draw: st.DrawFn, policy: str, *, free: bool) -> Rules:
    """Draws rules for a policy that makes jobs leave; ``free``: at once and at no cost."""
    small = st.just(0) if free else st.integers(0, 9)
    return Rules(
        policy=policy,
        order=draw(st.sampled_from(["fifo", "sjf", "smallest"])),
        backfill=draw(st.sampled_from(["none", "best-effort", "easy", "conservative"])),
        backfill_depth_count=draw(st.sampled_from([1, 5, 64])),
        notice_seconds=draw(small),
        min_run_seconds=draw(small),
        checkpoint_costs=costs(draw(small)),
        release_seconds=draw(st.sampled_from([0, 0, 1])),
    )
