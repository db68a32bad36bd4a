"""The tree of balances that a seal commits to, so that one balance can be shown without the rest of the book.

One leaf per account, in the order of their ids, each with a salt of its own. A leaf also holds how many events the account
had: with that number, whoever is given all the account's events can see that none was left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import digest as hmac_digest

from pydantic import JsonValue

from armslength.model.book import Account, Entry, Recorded
from armslength.proof.encoding import canonical, instant, salted_leaf
from armslength.proof.tree import reader as tree_reader
from armslength.proof.tree import root_at

ENCODING = "armslength-balances/v1"
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Row:
    """What an account held. Counts are in the smallest part of its unit."""

    account: str
    unit: str
    limit: str
    debits_posted_count: int
    credits_posted_count: int
    debits_pending_count: int
    credits_pending_count: int
    version_count: int

    def content(self) -> bytes:
        """Returns the canonical bytes that the row's leaf covers."""
        return canonical({name: getattr(self, name) for name in self.__slots__})


@dataclass
class _Tally:
    account: Account
    posted: dict[str, int]
    pending: dict[str, int]
    version_count: int = 0

    def row(self) -> Row:
        return Row(
            account=self.account.id,
            unit=self.account.unit,
            limit=self.account.limit,
            debits_posted_count=self.posted["debit"],
            credits_posted_count=self.posted["credit"],
            debits_pending_count=self.pending["debit"],
            credits_pending_count=self.pending["credit"],
            version_count=self.version_count,
        )


def balances(events: Iterable[Recorded], as_of_at: datetime) -> tuple[Row, ...]:
    """Returns every account's row, sorted by id: what events effective at or before an instant add up to.

    Versions count every event given, whenever it is effective.

    Args:
        events: a book's events, from its first one on, in their order.
        as_of_at: the last instant that counts.
    """
    tallies: dict[str, _Tally] = {}
    reserved: dict[tuple[str, str], tuple[Entry, ...]] = {}
    for recorded in events:
        event, counts = recorded.event, recorded.event.effective_at <= as_of_at
        if event.opens:
            tallies[event.opens.id] = _Tally(event.opens, {"debit": 0, "credit": 0}, {"debit": 0, "credit": 0})
        for account, version_count in recorded.versions_count.items():
            tallies[account].version_count = version_count
        if event.kind == "reserve":
            reserved[event.organisation, event.id] = recorded.moved if counts else ()
        if not counts:
            continue
        if event.kind in ("post", "post_reserved", "reverse"):
            for entry in recorded.moved:
                tallies[entry.account].posted[entry.side] += entry.amount_count
        if event.kind == "reserve":
            for entry in recorded.moved:
                tallies[entry.account].pending[entry.side] += entry.amount_count
        if event.kind in ("post_reserved", "void", "expire") and event.of:
            for entry in reserved.pop((event.organisation, event.of), ()):
                tallies[entry.account].pending[entry.side] -= entry.amount_count
    return tuple(tallies[account].row() for account in sorted(tallies))


def row_salt(secret: bytes, account: str) -> bytes:
    """Returns the salt of an account's leaf: 16 bytes that tell nothing about the other accounts' salts."""
    return hmac_digest(secret, account.encode(), "sha256")[:16]


def row_leaves(rows: Sequence[Row], secret: bytes) -> tuple[bytes, ...]:
    """Returns the leaf hash of each row.

    Args:
        rows: sorted by account.
        secret: 32 random bytes, kept by the owner of the book.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a secret has {SECRET_BYTES} bytes, not {len(secret)}")
    return tuple(salted_leaf(ENCODING, row.content(), row_salt(secret, row.account)) for row in rows)


def seal_body(
    rows: Sequence[Row], secret: bytes, *, size_count: int, log_root: bytes, as_of_at: datetime
) -> dict[str, JsonValue]:
    """Returns what a seal says: the balances' root, and the events and the instant that they stand for.

    Args:
        rows: sorted by account.
        secret: 32 random bytes, kept by the owner of the book.
        size_count: events of the book that were counted; the seal itself comes after them.
        log_root: root of the book's log over those events.
        as_of_at: events effective later do not count.
    """
    return {
        "encoding": ENCODING,
        "accounts_count": len(rows),
        "balances_root": root_at(tree_reader(row_leaves(rows, secret)), len(rows)).hex(),
        "size_count": size_count,
        "log_root": log_root.hex(),
        "as_of_at": instant(as_of_at),
    }
