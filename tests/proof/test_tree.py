"""The tree against RFC 6962's own definition, both implementations against each other, and proofs that must not pass."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.audit import verify
from armslength.proof import tree

VECTORS = json.loads((Path(__file__).parent / "tree_vectors.json").read_text())
SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 64, 100, 255, 256, 257, 511, 513, 600]


def leaf(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


LEAVES = [leaf(bytes([n % 251, n // 251])) for n in range(600)]
READ = tree.reader(LEAVES)


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """RFC 6962, 2.1.2."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def includes(*args) -> bool:
    """Both verifiers must say the same."""
    answers = {tree.includes(*args), verify.includes(*args)}
    assert len(answers) == 1
    return answers.pop()


def continues(old: int, old_root: bytes, new: int, new_root: bytes, path) -> bool:
    answers = {tree.continues(old, old_root, new, new_root, path), verify.continues(old, old_root, new, new_root, path)}
    assert len(answers) == 1
    return answers.pop()


@pytest.mark.parametrize("vector", VECTORS["roots"], ids=lambda v: str(v["size"]))
def test_published_roots(vector):
    leaves = [leaf(bytes.fromhex(data)) for data in VECTORS["leaves"][: vector["size"]]]
    grown, _ = tree.append(tree.Frontier(), leaves)
    theirs = verify.Tree()
    for value in leaves:
        theirs.append(value)
    assert tree.root_of(grown).hex() == theirs.root().hex() == naive_root(leaves).hex() == vector["root"]


@pytest.mark.parametrize("vector", VECTORS["inclusion"], ids=lambda v: f"{v['index']} in {v['size']}")
def test_published_inclusion_proofs(vector):
    leaves = [leaf(bytes.fromhex(data)) for data in VECTORS["leaves"]]
    path = [bytes.fromhex(value) for value in vector["path"]]
    assert list(tree.inclusion_proof(tree.reader(leaves), vector["index"], vector["size"])) == path
    assert includes(
        leaves[vector["index"]], vector["index"], vector["size"], path, naive_root(leaves[: vector["size"]])
    )


@pytest.mark.parametrize("vector", VECTORS["consistency"], ids=lambda v: f"{v['old']} to {v['new']}")
def test_published_consistency_proofs(vector):
    leaves = [leaf(bytes.fromhex(data)) for data in VECTORS["leaves"]]
    old, new, path = vector["old"], vector["new"], [bytes.fromhex(value) for value in vector["path"]]
    assert list(tree.consistency_proof(tree.reader(leaves), old, new)) == path
    assert continues(old, naive_root(leaves[:old]), new, naive_root(leaves[:new]), path)


@pytest.mark.parametrize("size", SIZES)
def test_root_by_frontier_by_tiles_and_by_definition(size):
    grown, tiles = tree.append(tree.Frontier(), LEAVES[:size])
    assert tree.root_of(grown) == tree.root_at(READ, size) == naive_root(LEAVES[:size])
    assert len(tiles) == size // 256
    assert all(tile.root == READ(1, tile.place, tile.place + 1)[0] for tile in tiles)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_appending_bit_by_bit_is_appending_at_once(steps):
    frontier, start = tree.Frontier(), 0
    for step in steps:
        frontier, _ = tree.append(frontier, LEAVES[start : start + step])
        frontier = tree.unpacked(frontier.size_count, frontier.packed())
        start += step
    assert frontier == tree.append(tree.Frontier(), LEAVES[:start])[0]


@given(st.data())
def test_every_proof_is_the_definitions_and_verifies(data):
    size = data.draw(st.integers(1, 300))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    leaves, root = LEAVES[:size], naive_root(LEAVES[:size])
    path = tree.inclusion_proof(READ, index, size)
    assert list(path) == naive_path(index, leaves)
    assert includes(leaves[index], index, size, path, root)
    steps = tree.consistency_proof(READ, old, size)
    assert list(steps) == naive_subproof(old, leaves, True)
    assert continues(old, naive_root(leaves[:old]), size, root, steps)


@given(st.data())
def test_a_proof_of_inclusion_proves_one_thing_only(data):
    size = data.draw(st.integers(1, 80))
    index = data.draw(st.integers(0, size - 1))
    path, root = list(tree.inclusion_proof(READ, index, size)), naive_root(LEAVES[:size])
    for other in range(size + 2):
        if other != index:
            assert not includes(LEAVES[index], other, size, path, root), "relabelled"
            assert not includes(LEAVES[other], index, size, path, root), "another leaf"
    for wrong in altered(path, data):
        assert not includes(LEAVES[index], index, size, wrong, root)
    assert not includes(LEAVES[index], -1, size, path, root)
    assert not includes(LEAVES[index], index, 0, path, root)


@given(st.data())
def test_a_proof_of_consistency_proves_one_thing_only(data):
    size = data.draw(st.integers(2, 80))
    old = data.draw(st.integers(1, size - 1))
    path = list(tree.consistency_proof(READ, old, size))
    roots = naive_root(LEAVES[:old]), naive_root(LEAVES[:size])
    for wrong in altered(path, data):
        assert not continues(old, roots[0], size, roots[1], wrong)
    other = naive_root([*LEAVES[: old - 1], LEAVES[599]])
    assert not continues(old, other, size, roots[1], path), "rewritten"
    assert not continues(size, roots[1], old, roots[0], path), "shrunk"
    assert not continues(size, roots[0], size, roots[1], []), "one size, two roots"
    assert not continues(size, roots[1], size, roots[1], path), "a proof where there is nothing to prove"
    assert not continues(0, roots[0], size, roots[1], []), "an empty tree with a root"
    assert not continues(0, tree.EMPTY_ROOT, size, roots[1], path), "a proof from nothing"
    for label in range(1, size):
        if label != old:
            assert not continues(label, roots[0], size, roots[1], path), "relabelled"


def altered(path: list[bytes], data) -> list[list[bytes]]:
    """Returns paths that are nearly right: longer, shorter, doubled, in another order, with a bit changed."""
    wrong = [[*path, LEAVES[0]], [LEAVES[0], *path], [*path, tree.EMPTY_ROOT]]
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        flipped = bytes([path[place][0] ^ 1]) + path[place][1:]
        wrong += [path[:-1], path[1:], [*path[:place], path[place], *path[place:]]]
        wrong.append([*path[:place], flipped, *path[place + 1 :]])
    if len(path) > 1:
        wrong.append(path[::-1])
    return wrong


def test_short_hashes_never_verify():
    root = naive_root(LEAVES[:2])
    assert not tree.includes(LEAVES[0], 0, 2, [LEAVES[1][:31]], root)
    assert not tree.includes(LEAVES[0][:31], 0, 1, [], LEAVES[0][:31])
    assert not tree.continues(1, LEAVES[0][:31], 1, LEAVES[0][:31], [])


def test_what_cannot_be_proven_is_refused():
    with pytest.raises(ValueError, match="leaf 5 is not in a tree of 5"):
        tree.inclusion_proof(READ, 5, 5)
    with pytest.raises(ValueError, match="cannot continue"):
        tree.consistency_proof(READ, 6, 5)
    with pytest.raises(ValueError, match="3 leaves has 2 full subtrees"):
        tree.Frontier(3, (LEAVES[0],))


def test_a_proof_in_a_million_leaves_reads_few_hashes():
    read_count = 0

    def read(level: int, start: int, stop: int) -> list[bytes]:
        nonlocal read_count
        read_count += stop - start
        return [sha256(f"{level}/{place}".encode()).digest() for place in range(start, stop)]

    path = tree.inclusion_proof(read, 123_456, 1_000_000)
    assert len(path) == 20
    assert read_count < 1_000


def test_tiles_are_fetched_once_and_give_the_same_proofs():
    leaves = [sha256(bytes([n % 256, n // 256])).digest() for n in range(700)]
    plain = tree.reader(leaves)
    asked: list[tuple[int, int]] = []
    shown = 600

    def read(level: int, start: int, stop: int) -> list[bytes]:
        asked.append((level, start))
        return list(plain(level, start, min(stop, shown if level == 0 else shown >> 8)))

    tiled = tree.by_tiles(read)
    for index in (0, 255, 256, 511, 512, 599):
        assert tree.inclusion_proof(tiled, index, shown) == tree.inclusion_proof(plain, index, shown)
    assert len(asked) == len(set(asked)) == 4
    # The log has grown: what was a part of a tile is fetched again.
    shown = 700
    assert tree.inclusion_proof(tiled, 599, shown) == tree.inclusion_proof(plain, 599, shown)
    assert tree.consistency_proof(tiled, 600, shown) == tree.consistency_proof(plain, 600, shown)
    assert len(asked) == 5


def test_a_reader_of_tiles_forgets(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tree, "TILES_KEPT", 2)
    leaves = [sha256(bytes([n % 256, n // 256])).digest() for n in range(1500)]
    tiled = tree.by_tiles(tree.reader(leaves))
    for index in range(0, 1500, 50):
        assert tree.inclusion_proof(tiled, index, 1500) == tree.inclusion_proof(tree.reader(leaves), index, 1500)
