"""What one organisation's book says of another must stand in the other's book too, at every commit.

Per pair of organisations, unit and tree (``due_from`` with ``due_to``, ``given`` with ``received``), what a group moves in the
one private book on one side it moves in the other on the other side: posted amounts, and reserved ones with the same end.
"""

from collections import defaultdict
from datetime import datetime

from armslength.ledger.checking import Why
from armslength.ledger.state import Act, Draft
from armslength.model.accounts import MIRRORS, counterparty, tree
from armslength.model.book import Refusal

# Mirrored trees whose amounts are counted as they stand; those that mirror them have their sides swapped.
_PLAIN = frozenset({"due_from", "given"})
# The two organisations, the tree, the unit; posted or pending; when what is pending lapses.
_Place = tuple[str, str, str, str, bool, datetime | None]


def unmatched(draft: Draft) -> Why | None:
    """Returns the first mirrored amount of a group that lacks its counterpart, or None."""
    found: dict[_Place, list[int]] = defaultdict(lambda: [0, 0])
    for act in draft.acts:
        owner = draft.world.books[act.event.book].book
        if owner.kind == "private":
            for movement in act.movements:
                if tree(movement.account.id) in MIRRORS:
                    _add(found, owner.members[0], movement.account.id, movement.account.unit, act, movement.added)
    for (first, second, name, unit, *_), (debits, credits_) in found.items():
        if debits or credits_:
            message = (
                f"{name}/{second} in the book of {first} and {MIRRORS[name]}/{first} in the book of {second} do not move"
                f" by the same amount of {unit}"
            )
            return Why(Refusal.MIRROR_UNMATCHED, message, "put both sides in one group, with equal ends")
    return None


def _add(
    found: dict[_Place, list[int]], owner: str, account: str, unit: str, act: Act, added: tuple[int, int, int, int]
) -> None:
    """Adds what moved on one account: the plain side counts up, its mirror counts down with sides swapped."""
    name, other = tree(account), counterparty(account) or ""
    plain = name in _PLAIN
    pair = (owner, other, name, unit) if plain else (other, owner, MIRRORS[name], unit)
    for debits, credits_, end in ((added[0], added[1], (False, None)), (added[2], added[3], (True, act.due_at))):
        if debits or credits_:
            sums = found[(*pair, *end)]
            sums[0] += debits if plain else -credits_
            sums[1] += credits_ if plain else -debits
