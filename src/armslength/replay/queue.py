"""Waiting jobs of one owner, always in order. Adding at the end and taking from the front cost next to nothing."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from armslength.policy.order import SortKey
from armslength.policy.view import Job

_COMPACT_ABOVE = 1024


class SortedQueue:
    """A sorted list whose front is a number, so that a long queue is not moved up for every start."""

    __slots__ = ("_entries", "_front", "_key")

    def __init__(self, key: SortKey) -> None:
        self._key = key
        self._entries: list[tuple[int, int, Job]] = []
        self._front = 0

    def __len__(self) -> int:
        return len(self._entries) - self._front

    def __iter__(self) -> Iterator[Job]:
        entries = self._entries
        for place in range(self._front, len(entries)):
            yield entries[place][2]

    def add(self, job: Job) -> None:
        """Puts a job in its place."""
        entry = (*self._key(job), job)
        if not self._entries or entry > self._entries[-1]:
            self._entries.append(entry)
        else:
            insort(self._entries, entry, lo=self._front)

    def remove(self, job: Job) -> None:
        """Takes a job out; its key must be what it was when it was added."""
        entries = self._entries
        place = self._front
        if entries[place][2] is not job:
            place = bisect_left(entries, self._key(job), lo=self._front, key=lambda entry: entry[:2])
            assert entries[place][2] is job
            del entries[place]
            return
        self._front += 1
        if self._front > _COMPACT_ABOVE and self._front * 2 > len(entries):
            del entries[: self._front]
            self._front = 0
