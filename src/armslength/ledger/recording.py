"""Turns an accepted group into what is kept: canonical bytes, salted leaves, and longer logs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from armslength.ledger.state import Act, BookState, Draft, World
from armslength.model.book import Recorded
from armslength.proof.encoding import leaf_of, recorded_bytes
from armslength.proof.tree import Tile, append


class Kept(NamedTuple):
    """One event as it goes to the store.

    Attributes:
        act: what it does.
        recorded: the noun.
        content: the canonical bytes which its leaf covers.
        salt: 16 random bytes.
        leaf: 32 bytes.
    """

    act: Act
    recorded: Recorded
    content: bytes
    salt: bytes
    leaf: bytes


def keep(draft: Draft, salts: Iterable[bytes]) -> list[Kept]:
    """Seals the events of an accepted group.

    Args:
        draft: what was decided.
        salts: 16 random bytes for each event.
    """
    kept = []
    for act, salt in zip(draft.acts, salts, strict=True):
        content = recorded_bytes(
            act.event,
            moved=act.moved,
            group=draft.group,
            sequence_count=act.sequence_count,
            recorded_at=act.recorded_at,
            versions=act.versions,
        )
        leaf = leaf_of(content, salt)
        recorded = Recorded(
            event=act.event,
            sequence_count=act.sequence_count,
            recorded_at=act.recorded_at,
            group=draft.group,
            moved=act.moved,
            versions_count=act.versions,
            salt=salt.hex(),
            leaf=leaf.hex(),
        )
        kept.append(Kept(act, recorded, content, salt, leaf))
        draft.pasts[act.event.organisation, act.event.id].recorded = recorded
    return kept


def lengthen(world: World, kept: Iterable[Kept]) -> Iterator[tuple[BookState, Tile]]:
    """Lengthens the books' logs by events in their order; yields the subtrees that this made full."""
    leaves: dict[str, list[bytes]] = defaultdict(list)
    for one in kept:
        leaves[one.act.event.book].append(one.leaf)
    for name, new in leaves.items():
        book = world.books[name]
        book.frontier, tiles = append(book.frontier, new)
        yield from ((book, tile) for tile in tiles)
