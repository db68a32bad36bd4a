"""Shortest remaining time first without going through the whole queue: see ``policy/remaining.py`` for the rule.

All jobs, in order of work left, are chosen while they fit into the accelerators not yet counted. Between events the
choice cannot change. An event changes it only behind its own place in the order, and no further forward than the
accelerators it takes: whoever has as many counted behind it as the newcomers need keeps its own. So an event looks at
the last few counted jobs and at the first waiting job of each size. Room only shrinks along the order: among jobs of
one size the first that does not fit rules out all behind it.

Places in the order are single integers. A running job's has the end of its work in the high bits and below it the
number of its start; a waiting job's has the work left, and when it joined the queue: ``now`` makes them comparable.
Running jobs stand behind waiting ones with as much work left, so the highest of their low bits is set.
"""

from bisect import bisect_left, insort
from heapq import heapify, heappop, heappush, heapreplace
from typing import Protocol

from armslength.model.replay import Rules
from armslength.policy.board import Board, Placement
from armslength.replay.records import NEVER, Log

LOW_BITS = 40
RUNS = 1 << LOW_BITS - 1  # set in places of running jobs
NUMBER = RUNS - 1
FAR_AWAY = 1 << 62
FAR_PLACE = FAR_AWAY << LOW_BITS

# (place in the order, that of a waiting job with now added; accelerators; job) of a job that is counted.
Counted = tuple[int, int, int]


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

    def __init__(self, lane: Lane, rules: Rules, log: Log) -> None:
        count = len(lane.jobs)
        self.lane, self.log, self.board, self.gpus = lane, log, lane.board, lane.gpus
        self.costs = {size: rules.cost_of(size) for size in set(lane.gpus)}
        self.restart_cap, self.release = rules.restart_cap, rules.release_seconds
        self.room = lane.board.free()  # accelerators not counted
        self.left = lane.run.copy()
        self.debt = [0] * count
        self.begun = [NEVER] * count
        self.place: list[Placement] = [()] * count
        # Places of running jobs, in order; and whose start it was, by number.
        self.running: list[int] = []
        self.key = [0] * count
        self.starter: list[int] = []
        # Waiting jobs by place: those that are counted but kept out by shape, and heaps of the others by size.
        self.chosen: list[int] = []
        self.others: dict[int, list[int]] = {}
        self.joiner = list(range(count))  # who joined the queue, by number

    def run(self) -> None:
        """Serves the whole queue."""
        submit, running = self.lane.submit, self.running
        coming, count = 0, len(submit)
        while coming < count or running:
            now = submit[coming] if coming < count else FAR_AWAY
            freed = False
            if running and (running[0] >> LOW_BITS) + self.release <= now:
                now = (running[0] >> LOW_BITS) + self.release
                self._let_end(now)
                freed = True
            first = coming
            while coming < count and submit[coming] == now:
                coming += 1
            if coming == first + 1 and not freed:
                self._join(now, first)
            else:
                self._serve(now, range(first, coming), freed)

    def _let_end(self, now: int) -> None:
        running = self.running
        ended = bisect_left(running, now - self.release + 1 << LOW_BITS)
        for key in running[:ended]:
            k = self.starter[key & NUMBER]
            self._leave(k, now, self.debt[k] + self.release)
            self.room += self.gpus[k]
            self.log.end[self.lane.jobs[k]] = now
        del running[:ended]

    def _leave(self, k: int, now: int, lost: int) -> None:
        """Takes a job off its nodes and notes its stay."""
        placement, begin = self.place[k], self.begun[k]
        self.board.give(placement)
        if now > begin:
            self.log.stay(self.lane.jobs[k], begin, now, lost, self.lane.shares(self.gpus[k], placement))

    def _join(self, now: int, k: int) -> None:
        """Chooses anew when one job has come and nothing has become free: it fits, or nothing changes."""
        place, size = self.left[k] << LOW_BITS | k, self.gpus[k]
        if size <= self.room:
            self.room -= size
            self._place(now, [place], freed=False)
            return
        heap = self.others.get(size)
        tail = self._tail(now, place, size - self.room) if heap is None or place < heap[0] else []
        room = self.room - size + sum([row[1] for row in tail])
        if room < 0:
            self._push(place, size)
            return
        base, heaps = now << LOW_BITS, self.others.items() if room else ()
        heads = [heap[0] + base for size, heap in heaps if size <= room and heap[0] > place]
        new = [place]
        dropped = self._choose(now, room, heads, tail, new)
        self._place(now, new, self._drop(now, dropped))

    def _serve(self, now: int, fresh: range, freed: bool) -> None:
        """Chooses anew when accelerators were freed, or several jobs have come."""
        for k in fresh:
            self._push(self.left[k] << LOW_BITS | k, self.gpus[k])
        others = self.others
        new: list[int] = []
        if others:
            first = min([heap[0] for heap in others.values()])
            enough = max(others)
            if fresh:
                enough += sum([self.gpus[k] for k in fresh])
            tail = self._tail(now, first, enough)
            room = self.room + sum([row[1] for row in tail])
            base = now << LOW_BITS
            heads = [heap[0] + base for size, heap in others.items() if size <= room]
            if heads:
                dropped = self._choose(now, room, heads, tail, new)
                freed |= bool(dropped) and self._drop(now, dropped)
        if new or (freed and self.chosen):
            self._place(now, new, freed)

    def _push(self, place: int, size: int) -> None:
        heap = self.others.get(size)
        if heap is None:
            self.others[size] = [place]
        else:
            heappush(heap, place)

    def _tail(self, now: int, first: int, enough: int) -> list[Counted]:
        """Returns the counted jobs behind a place, in order: only the last of them if these hold ``enough``."""
        gpus, chosen, starter = self.gpus, self.chosen, self.starter
        base = now << LOW_BITS
        first += base
        tail: list[Counted] = []
        for place in reversed(self.running):
            if place < first:
                break
            k = starter[place & NUMBER]
            tail.append((place, gpus[k], k))
            enough -= gpus[k]
            if enough <= 0:
                first = place
                break
        tail.reverse()
        if chosen and chosen[-1] + base > first:
            for place in chosen[bisect_left(chosen, first - base) :]:
                k = self.joiner[place & NUMBER]
                tail.append((place + base, gpus[k], k))
            tail.sort()
        return tail

    def _choose(self, now: int, room: int, heads: list[int], tail: list[Counted], new: list[int]) -> list[Counted]:
        """Goes through waiting and counted jobs in order.

        Args:
            now: the second.
            room: accelerators for all of them.
            heads: the first waiting jobs of each size that may fit, with now added. Room only shrinks along the order.
            tail: the counted jobs that may have to go.
            new: grows by the waiting jobs that are now counted.

        Returns:
            The jobs that no longer are.
        """
        heapify(heads)
        dropped: list[Counted] = []
        for row in tail:
            if heads and heads[0] < row[0]:
                room = self._count_heads(now, heads, row[0], room, new)
            size = row[1]
            if size <= room:
                room -= size
            else:
                dropped.append(row)
        self.room = self._count_heads(now, heads, FAR_PLACE, room, new) if heads else room
        return dropped

    def _count_heads(self, now: int, heads: list[int], before: int, room: int, new: list[int]) -> int:
        """Counts the first waiting jobs of each size, in order, before some place; returns the room left."""
        while heads and heads[0] < before:
            size = self.gpus[self.joiner[heads[0] & NUMBER]]
            if size > room:
                heappop(heads)
                continue
            room -= size
            heap = self.others[size]
            new.append(heappop(heap))
            if heap:
                heapreplace(heads, heap[0] + (now << LOW_BITS))
            else:
                heappop(heads)
                del self.others[size]
        return room

    def _drop(self, now: int, dropped: list[Counted]) -> bool:
        """Makes jobs wait uncounted again, running ones in order of their starts; returns whether there were any."""
        stops = []
        for place, size, k in dropped:
            if place & RUNS:
                stops.append((place & NUMBER, k))
            else:
                waiting = place - (now << LOW_BITS)
                self.chosen.remove(waiting)
                self._push(waiting, size)
        for _, k in sorted(stops):
            self._stop(k, now)
        return bool(stops)

    def _stop(self, k: int, now: int) -> None:
        key = self.key[k]
        del self.running[bisect_left(self.running, key)]
        debt, stayed = self.debt[k], now - self.begun[k]
        lost = debt if debt < stayed else stayed
        left = (key >> LOW_BITS) - now
        self._leave(k, now, lost)
        self.log.stops[self.lane.jobs[k]] += 1
        cost = self.costs[self.gpus[k]]
        if self.restart_cap and cost > self.lane.run[k] - left:
            cost = max(0, self.lane.run[k] - left)
        self.debt[k] = debt + cost - lost
        self.left[k] = left + cost
        self._push(left + cost << LOW_BITS | len(self.joiner), self.gpus[k])
        self.joiner.append(k)

    def _place(self, now: int, new: list[int], freed: bool) -> None:
        """Starts whoever is counted and fits by shape, in order; unless nodes were freed only new ones may."""
        kept_out = self.chosen
        if freed and kept_out:
            new = sorted(kept_out + new)
            kept_out = self.chosen = []
        too_large = FAR_AWAY
        for place in new:
            k = self.joiner[place & NUMBER]
            size = self.gpus[k]
            if size < too_large:
                placement = self.board.lay(size)
                if placement is not None:
                    self._start(k, now, placement)
                    continue
                too_large = size
            insort(kept_out, place)

    def _start(self, k: int, now: int, placement: Placement) -> None:
        self.place[k], self.begun[k] = placement, now
        key = self.key[k] = now + self.left[k] << LOW_BITS | RUNS | len(self.starter)
        self.starter.append(k)
        insort(self.running, key)
        job = self.lane.jobs[k]
        if self.log.start[job] == NEVER:
            self.log.start[job] = now
