"""Turns an accepted group into what is kept: canonical bytes, salted leaves, and longer logs."""

from collections.abc import Iterable
from dataclasses import dataclass

from armslength.ledger.state import Act, Draft
from armslength.model.book import Recorded
from armslength.proof.encoding import leaf_of, recorded_bytes
from armslength.proof.tree import Tile, append


@dataclass(frozen=True, slots=True)
class Kept:
    """One event as it goes to the store.

    Attributes:
        act: what it does.
        recorded: the noun.
        content: the canonical bytes which its leaf covers.
        salt: 16 random bytes.
        leaf: 32 bytes.
        tiles: subtrees of its book's log which it made full.
    """

    act: Act
    recorded: Recorded
    content: bytes
    salt: bytes
    leaf: bytes
    tiles: tuple[Tile, ...]


def keep(draft: Draft, salts: Iterable[bytes]) -> list[Kept]:
    """Seals the events of an accepted group and lengthens their books' logs, in the draft.

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
        book = draft.book(act.event.book)
        book.frontier, tiles = append(book.frontier, (leaf,))
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
        kept.append(Kept(act, recorded, content, salt, leaf, tiles))
        draft.pasts[act.event.organisation, act.event.id].recorded = recorded
    return kept
