"""The nodes of a cluster and their free accelerators, and how a job is laid on them.

A set of nodes is an integer with one bit a node, so that "the fullest node of these that fits" is a few operations on
integers, however many nodes there are. Nothing here knows of time, queues or owners.
"""

from collections.abc import Sequence

# Which nodes a job stands on, and with how many accelerators on each.
Placement = tuple[tuple[int, int], ...]

EVERYWHERE = -1  # a set of nodes: all of them


class Board:
    """Nodes of equal size and what is free on each.

    Attributes:
        node_gpus: accelerators of a node.
        free_gpus: (nodes) free accelerators of each node; of a node that has left, 0.
        levels: (0..node_gpus) for each number of free accelerators, the set of nodes with exactly that many free.
    """

    __slots__ = ("free_gpus", "levels", "node_gpus")

    def __init__(self, node_gpus: int, free_gpus: Sequence[int] = ()) -> None:
        self.node_gpus = node_gpus
        self.free_gpus = list(free_gpus)
        self.levels = [0] * (node_gpus + 1)
        for node, free in enumerate(self.free_gpus):
            self.levels[free] |= 1 << node

    def copy(self) -> "Board":
        """Returns a board to try things on."""
        twin = Board.__new__(Board)
        twin.node_gpus = self.node_gpus
        twin.free_gpus = self.free_gpus.copy()
        twin.levels = self.levels.copy()
        return twin

    def find(self, gpus: int, *groups: int) -> Placement | None:
        """Returns where a job fits now, or None.

        A job of at most one node's accelerators goes whole into the fullest node that fits (best fit). A larger
        one takes wholly free nodes, and its remainder goes to the emptiest node left. Ties go to the lowest node.

        Args:
            gpus: accelerators the job needs, all at once.
            groups: sets of nodes in order of preference; all nodes when none is named.
        """
        if gpus <= self.node_gpus:
            return self._find_small(gpus, groups or (EVERYWHERE,))
        return self._find_large(gpus, groups or (EVERYWHERE,))

    def _find_small(self, gpus: int, groups: Sequence[int]) -> Placement | None:
        for group in groups:
            for level in range(gpus, self.node_gpus + 1):
                fitting = self.levels[level] & group
                if fitting:
                    return (((fitting & -fitting).bit_length() - 1, gpus),)
        return None

    def _find_large(self, gpus: int, groups: Sequence[int]) -> Placement | None:
        whole, rest = divmod(gpus, self.node_gpus)
        empty = self.levels[self.node_gpus]
        found: list[tuple[int, int]] = []
        taken = 0
        for group in groups:
            choice = empty & group & ~taken
            while choice and len(found) < whole:
                low = choice & -choice
                choice ^= low
                taken |= low
                found.append((low.bit_length() - 1, self.node_gpus))
        if len(found) < whole:
            return None
        if rest:
            node = self._emptiest(rest, groups, taken)
            if node is None:
                return None
            found.append((node, rest))
        return tuple(found)

    def _emptiest(self, gpus: int, groups: Sequence[int], taken: int) -> int | None:
        for group in groups:
            for level in range(self.node_gpus, gpus - 1, -1):
                fitting = self.levels[level] & group & ~taken
                if fitting:
                    return (fitting & -fitting).bit_length() - 1
        return None

    def lay(self, gpus: int) -> Placement | None:
        """Finds where on all nodes a job fits, as ``find`` does, and lays it there; or returns None."""
        size, levels = self.node_gpus, self.levels
        if gpus > size:
            if levels[size].bit_count() < gpus // size:
                return None
            found = self._find_large(gpus, (EVERYWHERE,))
            if found is not None:
                self.take(found)
            return found
        for level in range(gpus, size + 1):
            fitting = levels[level]
            if fitting:
                low = fitting & -fitting
                node = low.bit_length() - 1
                levels[level] = fitting ^ low
                levels[level - gpus] |= low
                self.free_gpus[node] = level - gpus
                return ((node, gpus),)
        return None

    def take(self, placement: Placement) -> None:
        """Lays a job on the board."""
        for node, gpus in placement:
            free = self.free_gpus[node]
            bit = 1 << node
            self.levels[free] ^= bit
            free -= gpus
            assert free >= 0, f"node {node} has {-free} accelerators too few"
            self.levels[free] |= bit
            self.free_gpus[node] = free

    def give(self, placement: Placement) -> None:
        """Takes a job off the board."""
        for node, gpus in placement:
            free = self.free_gpus[node]
            bit = 1 << node
            self.levels[free] ^= bit
            free += gpus
            assert free <= self.node_gpus, f"node {node} gets more accelerators back than it has"
            self.levels[free] |= bit
            self.free_gpus[node] = free

    def fits(self, placement: Placement) -> bool:
        """Tells whether exactly this placement is free."""
        return all(self.free_gpus[node] >= gpus for node, gpus in placement)

    def free(self, group: int = EVERYWHERE) -> int:
        """Returns the free accelerators of a set of nodes."""
        total = 0
        for level, nodes in enumerate(self.levels):
            total += (nodes & group).bit_count() * level
        return total

    def add_nodes(self, count: int) -> int:
        """Puts new empty nodes on the board and returns their set."""
        first = len(self.free_gpus)
        self.free_gpus += [self.node_gpus] * count
        added: int = ((1 << count) - 1) << first
        self.levels[self.node_gpus] |= added
        return added

    def remove_node(self, node: int) -> None:
        """Takes an empty node off the board for good; its number is not used again."""
        bit = 1 << node
        assert self.levels[self.node_gpus] & bit, f"node {node} is not empty"
        self.levels[self.node_gpus] ^= bit
        self.free_gpus[node] = 0


def nodes_of(group: int) -> list[int]:
    """Returns the numbers of the nodes in a set.

    >>> nodes_of(0b1101)
    [0, 2, 3]
    """
    found = []
    while group:
        low = group & -group
        found.append(low.bit_length() - 1)
        group ^= low
    return found
