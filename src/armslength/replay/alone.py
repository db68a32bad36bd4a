"""The alone clock: where and when every job stood in a run alone, as claims that never overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from armslength.policy.board import Placement


@dataclass(frozen=True, slots=True)
class Place:
    """A stay of a job and where it stood."""

    begin_seconds: int
    until_seconds: int
    job: int
    placement: Placement


@dataclass(frozen=True, slots=True)
class Tick:
    """At this second a job would start a stay alone, here.

    Attributes:
        at_seconds: when.
        job: index of the job.
        placement: (node, accelerators).
        slots: (node, set of accelerators, one bit each): stays at the same time share none.
    """

    at_seconds: int
    job: int
    placement: Placement
    slots: Placement


def alone_clock(places: Sequence[Place], node_gpus: int) -> tuple[Tick, ...]:
    """Returns the ticks of a run alone, in order of time.

    Each stay is given the lowest accelerators of its nodes that are free all through it. As a node never holds more
    than it has, there are always enough.
    """
    every = (1 << node_gpus) - 1
    free: dict[int, int] = {}
    ends: list[tuple[int, int, Placement]] = []
    ticks: list[Tick] = []
    for number, place in enumerate(sorted(places, key=lambda row: (row.begin_seconds, row.job))):
        while ends and ends[0][0] <= place.begin_seconds:
            for node, slots in heappop(ends)[2]:
                free[node] |= slots
        taken: list[tuple[int, int]] = []
        for node, gpus in place.placement:
            slots = _lowest(free.get(node, every), gpus)
            free[node] = free.get(node, every) & ~slots
            taken.append((node, slots))
        heappush(ends, (place.until_seconds, number, tuple(taken)))
        ticks.append(Tick(place.begin_seconds, place.job, place.placement, tuple(taken)))
    return tuple(ticks)


def _lowest(free: int, count: int) -> int:
    slots = 0
    for _ in range(count):
        low = free & -free
        assert low, "a node holds more than it has"
        slots |= low
        free ^= low
    return slots
