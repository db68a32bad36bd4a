"""A trace of jobs as columns, and who owns which nodes when. Whole seconds since the first submission."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from armslength.model.replay import CapacityStep

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trace:
    """Jobs in order of submission, ties in order of the file.

    Attributes:
        name: what to call it.
        begin_at: the first instant, second 0.
        owners: names of owners; a job's owner is a place in it.
        names: (J) each job's name in the file; empty when the trace has none.
        owner: (J) place in ``owners``.
        submit_seconds: (J) seconds since ``begin_at``, never falling.
        run_seconds: (J) its work, at least 1.
        gpus: (J) accelerators it needs, at least 1.
        limit_seconds: (J) the length its user asked for; ``run_seconds`` where the trace has none.
        wait_seconds: (J) the wait which the trace itself records; -1 where it records none.
    """

    name: str
    begin_at: datetime
    owners: tuple[str, ...]
    names: Sequence[str]
    owner: Ints
    submit_seconds: Ints
    run_seconds: Ints
    gpus: Ints
    limit_seconds: Ints
    wait_seconds: Ints

    def __post_init__(self) -> None:
        count = len(self.owner)
        columns = (self.submit_seconds, self.run_seconds, self.gpus, self.limit_seconds, self.wait_seconds)
        assert all(column.shape == (count,) for column in columns)
        assert len(self.names) in (0, count)
        assert not count or bool((np.diff(self.submit_seconds) >= 0).all())
        assert not count or int(min(self.run_seconds.min(), self.gpus.min())) >= 1

    def __len__(self) -> int:
        return len(self.owner)

    def kept(self, mask: NDArray[np.bool_]) -> "Trace":
        """Returns the trace with the marked jobs only; second 0 stays where it is."""
        names = [self.names[i] for i in np.flatnonzero(mask).tolist()] if len(self.names) else ()
        return replace(
            self,
            names=names,
            owner=self.owner[mask],
            submit_seconds=self.submit_seconds[mask],
            run_seconds=self.run_seconds[mask],
            gpus=self.gpus[mask],
            limit_seconds=self.limit_seconds[mask],
            wait_seconds=self.wait_seconds[mask],
        )

    def within(self, from_at: datetime | None, until_at: datetime | None) -> NDArray[np.bool_]:
        """Marks (J) the jobs submitted from an instant on and before another."""
        mask = np.ones(len(self), dtype=bool)
        if from_at:
            mask &= self.submit_seconds >= (from_at - self.begin_at).total_seconds()
        if until_at:
            mask &= self.submit_seconds < (until_at - self.begin_at).total_seconds()
        return mask

    def from_first(self) -> "Trace":
        """Returns the trace with second 0 at its first submission."""
        if not len(self):
            return self
        shift = int(self.submit_seconds[0])
        return replace(
            self, begin_at=self.begin_at + timedelta(seconds=shift), submit_seconds=self.submit_seconds - shift
        )

    def name_of(self, index: int) -> str:
        """Returns a job's name, its number where the trace has no names."""
        return self.names[index] if len(self.names) else str(index)


@dataclass(frozen=True, slots=True)
class CapacityChange:
    """From some second on, an owner has this many nodes."""

    from_seconds: int
    owner: int
    node_count: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """Who owns which nodes.

    Attributes:
        node_gpus: accelerators of each node.
        node_counts: nodes of each owner at second 0.
        changes: later changes, in order of time.
    """

    node_gpus: int
    node_counts: tuple[int, ...]
    changes: tuple[CapacityChange, ...] = ()

    def most_nodes(self, owner: int) -> int:
        """Returns the most nodes an owner ever has."""
        later = [change.node_count for change in self.changes if change.owner == owner]
        return max([self.node_counts[owner], *later])


def cluster_of(trace: Trace, capacity: Sequence[CapacityStep]) -> Cluster:
    """Returns who owns which nodes during a trace. Steps before its first second count as there from the start."""
    places = {name: number for number, name in enumerate(trace.owners)}
    counts = [0] * len(trace.owners)
    changes: list[CapacityChange] = []
    dated = [(_seconds(step, trace.begin_at), step) for step in capacity]
    for seconds, step in sorted(dated, key=lambda row: row[0]):
        if seconds <= 0:
            counts[places[step.owner]] = step.node_count
        else:
            changes.append(CapacityChange(seconds, places[step.owner], step.node_count))
    return Cluster(capacity[0].node_gpus, tuple(counts), tuple(changes))


def _seconds(step: CapacityStep, begin_at: datetime) -> int:
    return 0 if step.from_at is None else int((step.from_at - begin_at).total_seconds())
