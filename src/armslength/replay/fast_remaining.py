"""Shortest remaining time first without going through the whole queue: see ``policy/remaining.py`` for the rule.

All jobs, in order of work left, are chosen while they fit into the accelerators not yet counted. Between events the
choice cannot change, and an event changes it only behind its own place in the order. So running jobs are kept sorted
by planned end, waiting ones that are not chosen in one heap for each size, and only what an event touches is looked
at. Among jobs of one size the first that does not fit rules out all behind it.
"""

from bisect import bisect_left, bisect_right, insort
from heapq import heappop, heappush
from itertools import accumulate
from typing import Protocol

from armslength.model.replay import Rules
from armslength.policy.board import Board, Placement
from armslength.replay.records import NEVER, Log

# (work left, order of joining the queue, job): the order of waiting jobs.
Waiting = tuple[int, int, int]
FAR_RANK = 1 << 62


class Lane(Protocol):
    """The jobs of one queue as plain lists, and its nodes."""

    jobs: list[int]
    submit: list[int]
    run: list[int]
    gpus: list[int]
    board: Board

    def shares(self, gpus: int, placement: Placement) -> list[tuple[int, int]]:
        """Returns (owner of nodes, accelerators) of a placement."""
        ...


class RemainingLoop:
    """One queue served by shortest remaining time. ``run()`` may be called once."""

    def __init__(self, lane: Lane, rules: Rules, log: Log, used: list[int]) -> None:
        count = len(lane.jobs)
        self.lane, self.rules, self.log, self.used = lane, rules, log, used
        self.board = lane.board
        self.capacity = self.board.free()
        self.left = lane.run.copy()
        self.debt = [0] * count
        self.begun = [NEVER] * count
        self.place: list[Placement] = [()] * count
        self.entry: list[tuple[int, int, int]] = [(NEVER, NEVER, NEVER)] * count
        self.joined = count
        self.started = 0
        # Running: (end of work, order of starting, job); and the same jobs' sizes, so that sums run at full speed.
        self.running: list[tuple[int, int, int]] = []
        self.sizes: list[int] = []
        self.chosen: list[Waiting] = []  # waiting, counted, kept out by shape
        self.others: dict[int, list[Waiting]] = {}  # waiting, not counted, by size
        self.counted = 0

    def run(self) -> None:
        """Serves the whole queue."""
        submit = self.lane.submit
        coming, count = 0, len(submit)
        release = self.rules.release_seconds
        while coming < count or self.running:
            end = self.running[0][0] + release if self.running else None
            if coming < count and (end is None or submit[coming] <= end):
                now = submit[coming]
            else:
                assert end is not None
                now = end
            freed = False
            while self.running and self.running[0][0] + release <= now:
                self._end(now)
                freed = True
            arrivals: list[Waiting] = []
            while coming < count and submit[coming] == now:
                arrivals.append((self.left[coming], coming, coming))
                coming += 1
            for entry in arrivals:
                heappush(self.others.setdefault(self.lane.gpus[entry[2]], []), entry)
            # A newcomer changes nothing for those who did not fit before it; an end may, for all.
            sizes = None if freed else {self.lane.gpus[entry[2]] for entry in arrivals}
            if self._choose(now, sizes) or freed:
                self._place(now)

    def _end(self, now: int) -> None:
        _, _, k = self.running.pop(0)
        gpus = self.sizes.pop(0)
        self.counted -= gpus
        self._stay(k, now, self.debt[k] + self.rules.release_seconds)
        self.log.end[self.lane.jobs[k]] = now
        self.board.give(self.place[k])

    def _stay(self, k: int, now: int, lost: int) -> None:
        begin = self.begun[k]
        shares = self.lane.shares(self.lane.gpus[k], self.place[k])
        if now > begin:
            self.log.stay(self.lane.jobs[k], begin, now, lost, shares)
            for owner, gpus in shares:
                self.used[owner] += gpus * (now - begin)

    def _before(self, now: int, entry: Waiting) -> int:
        """Returns the accelerators counted before a waiting job's place: running ones come after it among equals."""
        place = bisect_left(self.running, (now + entry[0],))
        before = sum(self.sizes[:place])
        if self.chosen:
            gpus = self.lane.gpus
            before += sum(gpus[row[2]] for row in self.chosen[: bisect_left(self.chosen, entry)])
        return before

    def _choose(self, now: int, sizes: set[int] | None) -> bool:
        """Counts every waiting job that now fits, in order, and makes those behind it leave that no longer do.

        Only jobs of these sizes are looked at, or of all.
        """
        changed = False
        while True:
            best = self._first_that_fits(now, sizes)
            if best is None:
                return changed
            changed = True
            room = self.capacity - self._before(now, best)
            self._count(best)
            if self.counted > self.capacity:
                self._go_on_behind(now, best, room - self.lane.gpus[best[2]])
                return changed

    def _first_that_fits(self, now: int, sizes: set[int] | None) -> Waiting | None:
        best: Waiting | None = None
        for size in self.others if sizes is None else sizes:
            heap = self.others[size]
            if heap and (best is None or heap[0] < best):
                head = heap[0]
                if self.counted + size <= self.capacity or self._before(now, head) + size <= self.capacity:
                    best = head
        return best

    def _count(self, entry: Waiting) -> None:
        """Moves the first waiting job of its size among those counted."""
        size = self.lane.gpus[entry[2]]
        heappop(self.others[size])
        insort(self.chosen, entry)
        self.counted += size

    def _go_on_behind(self, now: int, entry: Waiting, room: int) -> None:
        """Goes through everybody behind a job just counted, in order, with the room that is left.

        Nothing changes up to the first who does not fit any more, or who now does; they are passed over at once.
        """
        gpus = self.lane.gpus
        chosen = self.chosen[bisect_right(self.chosen, entry) :]
        first = bisect_left(self.running, (now + entry[0],))
        sums = list(accumulate(self.sizes[first:], initial=0))
        kept = bisect_right(sums, room - sum(gpus[row[2]] for row in chosen)) - 1
        for size, heap in self.others.items():
            if heap and heap[0] > entry:
                place = bisect_left(self.running, (now + heap[0][0],)) - first
                if place < kept:
                    before = sums[place] + sum(gpus[row[2]] for row in chosen if row < heap[0])
                    kept = place if size <= room - before else kept
        if kept > 0:
            # Waiting jobs stand before running ones with as much work left, so these are kept too.
            passed = self.running[first + kept - 1][0] - now
            room -= sums[kept] + sum(gpus[row[2]] for row in chosen if row[0] <= passed)
            chosen = [row for row in chosen if row[0] > passed]
            first, entry = first + kept, (passed, FAR_RANK, 0)
        heads = [heap[0] for heap in self.others.values() if heap and heap[0] > entry]
        heads.sort(reverse=True)
        for left, row, k in self._merged(now, chosen, first):
            while heads and heads[-1] < (row or (left, FAR_RANK, 0)):
                room -= self._take_head(heads, room)
            size = gpus[k]
            if size <= room:
                room -= size
            elif row:
                self.chosen.remove(row)
                self.counted -= size
                heappush(self.others.setdefault(size, []), row)
            else:
                self.counted -= size
                self._stop(k, now)
        while heads:
            room -= self._take_head(heads, room)

    def _take_head(self, heads: list[Waiting], room: int) -> int:
        """Counts the next waiting job if it fits; if not, none of its size behind it does. Returns what it took."""
        head = heads.pop()
        size = self.lane.gpus[head[2]]
        if size > room:
            return 0
        self._count(head)
        if self.others[size]:
            insort(heads, self.others[size][0], key=_backwards)
        return size

    def _merged(self, now: int, chosen: list[Waiting], first: int) -> list[tuple[int, Waiting | None, int]]:
        """Returns counted jobs in order: (work left, its entry if it waits, job)."""
        waiting: list[tuple[int, Waiting | None, int]] = [(row[0], row, row[2]) for row in chosen]
        running: list[tuple[int, Waiting | None, int]] = [(end - now, None, k) for end, _, k in self.running[first:]]
        if not waiting:
            return running
        # A stable sort: waiting jobs stand before running ones with as much work left.
        return sorted(waiting + running, key=_work_left)

    def _stop(self, k: int, now: int) -> None:
        entry = self.entry[k]
        place = bisect_left(self.running, entry)
        del self.running[place]
        del self.sizes[place]
        stayed = now - self.begun[k]
        lost = min(stayed, self.debt[k])
        left = entry[0] - now
        self._stay(k, now, lost)
        self.board.give(self.place[k])
        self.log.stops[self.lane.jobs[k]] += 1
        cost = self.rules.cost_of(self.lane.gpus[k])
        if self.rules.restart_cap:
            cost = max(0, min(cost, self.lane.run[k] - left))
        self.debt[k] += cost - lost
        self.left[k] = left + cost
        self.joined += 1
        heappush(self.others.setdefault(self.lane.gpus[k], []), (self.left[k], self.joined, k))

    def _place(self, now: int) -> None:
        """Starts whoever is counted and fits by shape, in order."""
        for row in self.chosen.copy():
            k = row[2]
            placement = self.board.find(self.lane.gpus[k])
            if placement is None:
                continue
            self.chosen.remove(row)
            self.board.take(placement)
            self.place[k], self.begun[k] = placement, now
            self.started += 1
            entry = (now + self.left[k], self.started, k)
            self.entry[k] = entry
            at = bisect_left(self.running, entry)
            self.running.insert(at, entry)
            self.sizes.insert(at, self.lane.gpus[k])
            job = self.lane.jobs[k]
            if self.log.start[job] == NEVER:
                self.log.start[job] = now


def _backwards(entry: Waiting) -> Waiting:
    return (-entry[0], -entry[1], -entry[2])


def _work_left(row: tuple[int, Waiting | None, int]) -> int:
    return row[0]
