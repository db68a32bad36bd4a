"""The Merkle tree of RFC 6962, section 2.1: appended in place, its root, and its proofs.

Only the frontier (the roots of the full subtrees, largest first) is needed to append. Proofs read stored hashes through a
``Reader``: level 0 are the leaves, level 1 the roots of each 256 leaves, level 2 of each 65,536, and so on. With those kept, a
proof in a tree of a million leaves reads fewer than a thousand hashes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
TILE_BITS = 8
TILE_WIDTH = 1 << TILE_BITS
# Tiles that a reader keeps at most; of 256 hashes each, some 16 kB in memory.
TILES_KEPT = 1024

Reader = Callable[[int, int, int], Sequence[bytes]]
"""``read(level, start, stop)`` returns the stored hashes ``start`` to ``stop`` (excluded) of a level."""


@dataclass(frozen=True, slots=True)
class Frontier:
    """What is needed to append: how many leaves there are, and the roots of the full subtrees, largest first."""

    size_count: int = 0
    nodes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size_count < 0 or len(self.nodes) != self.size_count.bit_count():
            raise ValueError(f"a tree of {self.size_count} leaves has {self.size_count.bit_count()} full subtrees")

    def packed(self) -> bytes:
        """Returns the nodes as one text of bytes, to be stored beside the size."""
        return b"".join(self.nodes)


def unpacked(size_count: int, nodes: bytes) -> Frontier:
    """Returns the frontier that was ``packed``."""
    cut = tuple(bytes(nodes[at : at + HASH_BYTES]) for at in range(0, len(nodes), HASH_BYTES))
    return Frontier(size_count, cut)


@dataclass(frozen=True, slots=True)
class Tile:
    """The root of a full subtree of 256, 65,536 ... leaves (level 1, 2 ...), worth storing."""

    level: int
    place: int
    root: bytes


def append(frontier: Frontier, leaves: Iterable[bytes]) -> tuple[Frontier, tuple[Tile, ...]]:
    """Returns the frontier after some more leaf hashes, and the tiles that these made full."""
    size, nodes = frontier.size_count, list(frontier.nodes)
    tiles: list[Tile] = []
    for leaf in leaves:
        node, rest, height = leaf, size, 0
        while rest & 1:
            node = sha256(b"\x01" + nodes.pop() + node).digest()
            rest >>= 1
            height += 1
            if height % TILE_BITS == 0:
                tiles.append(Tile(height // TILE_BITS, rest, node))
        nodes.append(node)
        size += 1
    return Frontier(size, tuple(nodes)), tuple(tiles)


def root_of(frontier: Frontier) -> bytes:
    """Returns the root hash, 32 bytes; that of an empty tree is the hash of nothing."""
    if not frontier.nodes:
        return EMPTY_ROOT
    root = frontier.nodes[-1]
    for node in reversed(frontier.nodes[:-1]):
        root = node_hash(node, root)
    return root


def node_hash(left: bytes, right: bytes) -> bytes:
    """Returns the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def reader(leaves: Sequence[bytes]) -> Reader:
    """Returns a reader over leaf hashes in memory; it builds the higher levels once, when first asked for."""
    levels: list[Sequence[bytes]] = [leaves]

    def read(level: int, start: int, stop: int) -> Sequence[bytes]:
        while len(levels) <= level:
            below = levels[-1]
            whole = range(0, len(below) - TILE_WIDTH + 1, TILE_WIDTH)
            levels.append([_fold(below[at : at + TILE_WIDTH]) for at in whole])
        return levels[level][start:stop]

    return read


def by_tiles(read: Reader) -> Reader:
    """Returns a reader that asks another one for whole tiles, 256 hashes, and for each but once.

    A proof reads up to eight ranges of one tile, and proofs of neighbours read the same ones.
    """
    kept: dict[tuple[int, int], Sequence[bytes]] = {}

    def read_part(level: int, start: int, stop: int) -> Sequence[bytes]:
        first = start - start % TILE_WIDTH
        hashes = kept.get((level, first), ())
        if len(hashes) < stop - first:
            if len(kept) >= TILES_KEPT:
                kept.clear()
            hashes = kept[level, first] = read(level, first, max(stop, first + TILE_WIDTH))
        return hashes[start - first : stop - first]

    return read_part


def root_at(read: Reader, size_count: int) -> bytes:
    """Returns the root of the tree's first ``size_count`` leaves."""
    return _root(read, 0, size_count) if size_count else EMPTY_ROOT


def inclusion_proof(read: Reader, index: int, size_count: int) -> tuple[bytes, ...]:
    """Returns the hashes that lead from a leaf to the root of the first ``size_count`` leaves (RFC 6962, 2.1.1).

    Raises:
        ValueError: the leaf is not in that tree.
    """
    if not 0 <= index < size_count:
        raise ValueError(f"leaf {index} is not in a tree of {size_count} leaves")
    path: list[bytes] = []
    start, stop = 0, size_count
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(_root(read, middle, stop))
            stop = middle
        else:
            path.append(_root(read, start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_proof(read: Reader, old_count: int, new_count: int) -> tuple[bytes, ...]:
    """Returns the hashes which show that the larger tree begins with the smaller one (RFC 6962, 2.1.2).

    It is empty where there is nothing to show: trees of equal size, and a first tree that is empty.

    Raises:
        ValueError: the sizes are not in order.
    """
    if not 0 <= old_count <= new_count:
        raise ValueError(f"a tree of {new_count} leaves cannot continue one of {old_count}")
    if old_count in (0, new_count):
        return ()
    path: list[bytes] = []
    start, stop, whole = 0, new_count, True
    while stop != old_count:
        middle = start + _split(stop - start)
        if old_count <= middle:
            path.append(_root(read, middle, stop))
            stop = middle
        else:
            path.append(_root(read, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_root(read, start, stop))
    return tuple(reversed(path))


def includes(leaf: bytes, index: int, size_count: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tells whether a proof leads from a leaf to a root (RFC 9162, 2.1.3.2). All of the proof must be used up."""
    if not 0 <= index < size_count or not _are_hashes(leaf, root, *path):
        return False
    place, last, node = index, size_count - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def continues(old_count: int, old_root: bytes, new_count: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Tells whether a proof shows that one tree begins with another (RFC 9162, 2.1.4.2)."""
    if not 0 <= old_count <= new_count or not _are_hashes(old_root, new_root, *path):
        return False
    if old_count == new_count:
        return not path and old_root == new_root and (old_count > 0 or old_root == EMPTY_ROOT)
    if old_count == 0:
        return not path and old_root == EMPTY_ROOT
    steps = list(path) if old_count & (old_count - 1) else [old_root, *path]
    if not steps:
        return False
    place, last = old_count - 1, new_count - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)


def _split(size: int) -> int:
    """Returns the largest power of two below a size of at least two."""
    return 1 << ((size - 1).bit_length() - 1)


def _root(read: Reader, start: int, stop: int) -> bytes:
    """Returns the root of the leaves of a range as it stands in the tree."""
    size = stop - start
    if size & (size - 1):
        middle = start + _split(size)
        return node_hash(_root(read, start, middle), _root(read, middle, stop))
    shift = (size.bit_length() - 1) // TILE_BITS * TILE_BITS
    return _fold(read(shift // TILE_BITS, start >> shift, stop >> shift))


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Returns the root over hashes whose number is a power of two."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]
