"""What a replay leaves behind: for each job when it began and ended, and every stay on nodes."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from armslength.replay.alone import Place

Ints = NDArray[np.int64]
NEVER = -1
STAY_COLUMNS = 7
ROWS_AT_A_TIME = 65_536


class Column(Protocol):
    """A number for each job."""

    def __getitem__(self, index: int, /) -> int: ...
    def __setitem__(self, index: int, value: int, /) -> None: ...


class LogLike(Protocol):
    """What the event loop writes down as it goes: columns by job, and stays."""

    @property
    def start(self) -> Column:
        """First start; `NEVER` before it."""
        ...

    @property
    def end(self) -> Column:
        """End; only ever set."""
        ...

    @property
    def stops(self) -> Column:
        """Times a job was made to leave."""
        ...

    def stay(self, job: int, begin: int, until: int, lost: int, shares: list[tuple[int, int]]) -> None:
        """Adds a stay: ``shares`` are (owner of the nodes, accelerators)."""
        ...


class Log:
    """Records in the making: columns by job, and rows of stays that go into one plain array some at a time.

    A stay on nodes of several owners takes one row for each of them; only the first has ``lead`` set, so that jobs
    and stays can be counted as well as accelerators.
    """

    def __init__(self, count: int) -> None:
        self.start = array("q", [NEVER]) * count
        self.end = array("q", [NEVER]) * count
        self.stops = array("q", [0]) * count
        self._packed = array("q")
        self._rows: list[int] = []  # a list grows faster than an array, and takes more room

    def stay(self, job: int, begin: int, until: int, lost: int, shares: list[tuple[int, int]]) -> None:
        """Adds a stay: ``shares`` are (owner of the nodes, accelerators)."""
        rows = self._rows
        lead = 1
        for node_owner, gpus in shares:
            rows += (job, begin, until, node_owner, gpus, lost, lead)
            lead = 0
        if len(rows) > ROWS_AT_A_TIME * STAY_COLUMNS:
            self._pack()

    def stays(self) -> Ints:
        """Returns (7, S) job, begin, end, owner of the nodes, accelerators, seconds lost and lead of every stay."""
        self._pack()
        return np.frombuffer(self._packed, dtype=np.int64).reshape(-1, STAY_COLUMNS).T

    def used_gpu_seconds(self, owner_count: int) -> list[int]:
        """Returns (O) the accelerator-seconds that stays took of each owner's nodes."""
        _, begin, until, node_owner, gpus, _, _ = self.stays()
        taken = (until - begin) * gpus
        return [int(taken[node_owner == number].sum()) for number in range(owner_count)]

    def _pack(self) -> None:
        self._packed.fromlist(self._rows)
        self._rows = []


@dataclass(frozen=True, slots=True)
class Records:
    """Records of a replay; J jobs, S stays (one row for each owner of nodes), O owners.

    Attributes:
        start_seconds: (J) first start; -1 when it never started.
        end_seconds: (J) end; -1 when it did not end.
        stay_job: (S) job.
        stay_begin_seconds: (S) begin.
        stay_until_seconds: (S) end.
        stay_node_owner: (S) owner of the nodes.
        stay_gpus: (S) accelerators on that owner's nodes.
        stay_lost_seconds: (S) of the stay, those spent on making up for a stop or on release.
        stay_lead: (S) whether this is the first row of its stay.
        stop_counts: (J) times it was made to leave.
        idle_gpu_seconds: (O) integrated while replaying: accelerators of this owner that nobody used.
        capacity_gpu_seconds: (O) integrated while replaying.
        until_seconds: last instant.
        stays_at: where each stay stood, as the alone clock needs it; empty when not asked for.
    """

    start_seconds: Ints
    end_seconds: Ints
    stay_job: Ints
    stay_begin_seconds: Ints
    stay_until_seconds: Ints
    stay_node_owner: Ints
    stay_gpus: Ints
    stay_lost_seconds: Ints
    stay_lead: NDArray[np.bool_]
    stop_counts: Ints
    idle_gpu_seconds: Ints
    capacity_gpu_seconds: Ints
    until_seconds: int
    stays_at: tuple[Place, ...] = ()

    def occupied_seconds(self) -> Ints:
        """Returns (J) the time each job stood on nodes."""
        lead = self.stay_lead
        lengths = (self.stay_until_seconds - self.stay_begin_seconds)[lead]
        return _sums(self.stay_job[lead], lengths, len(self.start_seconds))

    def lost_seconds(self) -> Ints:
        """Returns (J) of that, the time spent on making up for stops and on release."""
        lead = self.stay_lead
        return _sums(self.stay_job[lead], self.stay_lost_seconds[lead], len(self.start_seconds))


def _sums(keys: Ints, amounts: Ints, count: int) -> Ints:
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, keys, amounts)
    return sums


def records_of(
    log: Log,
    idle: list[int],
    capacity: list[int],
    until_seconds: int,
    stays_at: Sequence[Place],
) -> Records:
    """Returns a finished log as records."""

    def ints(column: "array[int] | list[int]") -> Ints:
        return np.array(column, dtype=np.int64)

    # One order whatever loop wrote it: by job, then by time, the first row of each stay first.
    stays = log.stays()
    order = np.lexsort((stays[3], stays[1], stays[0]))
    job, begin, until, node_owner, gpus, lost, lead = (column[order] for column in stays)

    return Records(
        start_seconds=ints(log.start),
        end_seconds=ints(log.end),
        stay_job=job,
        stay_begin_seconds=begin,
        stay_until_seconds=until,
        stay_node_owner=node_owner,
        stay_gpus=gpus,
        stay_lost_seconds=lost,
        stay_lead=lead.astype(bool),
        stop_counts=ints(log.stops),
        idle_gpu_seconds=np.array(idle, dtype=np.int64),
        capacity_gpu_seconds=np.array(capacity, dtype=np.int64),
        until_seconds=until_seconds,
        stays_at=tuple(stays_at),
    )
