"""The future of a set of nodes as far as it is expected: steps of time, and which nodes have how much free in each."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from armslength.policy.board import Board, Placement, nodes_of

FOR_EVER = 1 << 62


class Profile:
    """Expected free accelerators over time.

    Attributes:
        begins_seconds: (steps) when each step begins; the last one has no end.
        at_least: (steps, 0..node_gpus) the set of nodes with at least so many free all through the step.
    """

    def __init__(self, board: Board, group: int, now_seconds: int, releases: Sequence[tuple[int, Placement]]) -> None:
        self.node_gpus = board.node_gpus
        later = board.copy()
        self.begins_seconds = [now_seconds]
        self.at_least = [_at_least(later, group)]
        for end_seconds, placement in releases:
            later.give(placement)
            if end_seconds == self.begins_seconds[-1]:
                self.at_least[-1] = _at_least(later, group)
            else:
                self.begins_seconds.append(end_seconds)
                self.at_least.append(_at_least(later, group))

    def reserve(self, gpus: int, for_seconds: int) -> tuple[int, Placement | None]:
        """Reserves the earliest stretch in which a job fits on the same nodes throughout.

        Returns:
            When it begins, and where; far away and nowhere when it never fits.
        """
        for step, begin_seconds in enumerate(self.begins_seconds):
            end_seconds = begin_seconds + for_seconds
            last = bisect_left(self.begins_seconds, end_seconds)
            placement = self._fit(gpus, step, last)
            if placement is not None:
                self._take(placement, begin_seconds, end_seconds)
                return begin_seconds, placement
        return FOR_EVER, None

    def _fit(self, gpus: int, first: int, last: int) -> Placement | None:
        """Returns where a job fits through the steps from ``first`` to before ``last``."""
        whole, rest = divmod(gpus, self.node_gpus)
        full = self._through(self.node_gpus, first, last) if whole else 0
        if full.bit_count() < whole:
            return None
        taken = nodes_of(full)[:whole]
        if not rest:
            return tuple((node, self.node_gpus) for node in taken)
        fitting = self._through(rest, first, last)
        for node in taken:
            fitting &= ~(1 << node)
        if not fitting:
            return None
        tight = self._tightest(rest, fitting, first)
        return (*((node, self.node_gpus) for node in taken), (tight, rest))

    def _through(self, gpus: int, first: int, last: int) -> int:
        nodes = self.at_least[first][gpus]
        for step in range(first + 1, last):
            if not nodes:
                break
            nodes &= self.at_least[step][gpus]
        return nodes

    def _tightest(self, gpus: int, fitting: int, step: int) -> int:
        """Returns the fitting node with the least free at the beginning; ties to the lowest."""
        for level in range(gpus + 1, self.node_gpus + 1):
            fuller = fitting & ~self.at_least[step][level]
            if fuller:
                return (fuller & -fuller).bit_length() - 1
        return (fitting & -fitting).bit_length() - 1

    def _take(self, placement: Placement, begin_seconds: int, end_seconds: int) -> None:
        first = self._cut(begin_seconds)
        for step in range(first, self._cut(end_seconds)):
            row = self.at_least[step]
            for node, gpus in placement:
                bit = 1 << node
                for level in range(1, self.node_gpus + 1):
                    above = level + gpus
                    if above > self.node_gpus or not row[above] & bit:
                        row[level] &= ~bit

    def _cut(self, at_seconds: int) -> int:
        """Makes a step begin at an instant and returns its number."""
        step = bisect_right(self.begins_seconds, at_seconds) - 1
        if self.begins_seconds[step] == at_seconds:
            return step
        self.begins_seconds.insert(step + 1, at_seconds)
        self.at_least.insert(step + 1, self.at_least[step].copy())
        return step + 1


def _at_least(board: Board, group: int) -> list[int]:
    row = [0] * (board.node_gpus + 1)
    nodes = 0
    for level in range(board.node_gpus, -1, -1):
        nodes |= board.levels[level] & group
        row[level] = nodes
    return row
