"""Queries. Each names the book it reads; what belongs to another book cannot be reached from here."""

import json
from collections.abc import Iterable
from datetime import datetime

from armslength.ledger.state import balance_of
from armslength.model.book import Account, Balance, Book, OpenItem, Recorded, TreeHead
from armslength.store.as_of import counters_as_of
from armslength.store.instants import moment_of
from armslength.store.link import Link
from armslength.store.loading import EVENT_COLUMNS, recorded_of


def book_numbers(link: Link, organisations: Iterable[str]) -> dict[str, int]:
    """Returns the numbers of the books that some organisations may read, by id."""
    sql = f"SELECT id, book FROM member WHERE {link.among('organisation')}"
    return dict(map(tuple, link.rows(sql, (json.dumps(sorted(organisations)),))))


def books(link: Link, names: Iterable[str]) -> tuple[Book, ...]:
    """Returns books by their ids, in order."""
    sql = f"SELECT document FROM book WHERE {link.among('id')} ORDER BY id"
    return tuple(Book.model_validate_json(document) for (document,) in link.rows(sql, (json.dumps(list(names)),)))


def organisations(link: Link) -> tuple[str, ...]:
    """Returns the organisations that are members or observers of some book which the connection may see."""
    return tuple(name for (name,) in link.rows("SELECT DISTINCT organisation FROM member ORDER BY organisation"))


def events(link: Link, book: int, after: int, limit: int) -> tuple[Recorded, ...]:
    """Returns a page of a book: at most so many events whose sequence is above ``after``."""
    sql = f"SELECT {EVENT_COLUMNS} FROM event WHERE book = ? AND sequence > ? ORDER BY sequence LIMIT ?"
    return tuple(map(recorded_of, link.rows(sql, (book, after, limit))))


def event(link: Link, organisation: str, name: str) -> Recorded | None:
    """Returns an event by its id."""
    sql = f"SELECT {EVENT_COLUMNS} FROM event WHERE organisation = ? AND id = ?"
    rows = link.rows(sql, (organisation, name))
    return recorded_of(rows[0]) if rows else None


def head(link: Link, book: int, name: str) -> TreeHead:
    """Returns the length and root hash of a book's log."""
    ((size, root),) = link.rows("SELECT size, root FROM head WHERE book = ?", (book,))
    return TreeHead(book=name, size_count=size, root=bytes(root).hex())


def frontier(link: Link, book: int) -> tuple[int, bytes]:
    """Returns the length of a book's log and its frontier, packed."""
    ((size, packed),) = link.rows("SELECT size, frontier FROM head WHERE book = ?", (book,))
    return size, bytes(packed)


def hashes(link: Link, book: int, level: int, start: int, stop: int) -> tuple[bytes, ...]:
    """Returns leaf hashes (level 0) or roots of full subtrees (level 1 and above) from ``start`` to ``stop``, excluded."""
    if level == 0:
        sql = "SELECT leaf FROM event WHERE book = ? AND sequence >= ? AND sequence < ? ORDER BY sequence"
        return tuple(bytes(row[0]) for row in link.rows(sql, (book, start, stop)))
    sql = "SELECT root FROM tile WHERE book = ? AND level = ? AND place >= ? AND place < ? ORDER BY place"
    return tuple(bytes(row[0]) for row in link.rows(sql, (book, level, start, stop)))


def accounts(link: Link, book: int, prefix: str) -> dict[str, tuple[int, Account]]:
    """Returns the accounts whose ids begin with a prefix, with their numbers, by id in order."""
    sql = """
        SELECT number, id, unit, bound FROM account
        WHERE book = ? AND id >= ? AND id < ? ORDER BY id"""
    rows = link.rows(sql, (book, prefix, prefix + "\U0010ffff"))
    return {name: (number, Account(id=name, unit=unit, limit=bound)) for number, name, unit, bound in rows}


def balances(
    link: Link, book: int, prefix: str, effective_at: datetime | None, recorded_at: datetime | None
) -> tuple[Balance, ...]:
    """Returns the balances of the accounts whose ids begin with a prefix, as of an instant on either clock."""
    found = accounts(link, book, prefix)
    result = []
    for name, (number, account) in found.items():
        counters = counters_as_of(link, book, number, effective_at, recorded_at)
        result.append(balance_of(name, account.unit, counters))
    return tuple(result)


def open_items(link: Link, book: int, name: str) -> tuple[OpenItem, ...]:
    """Returns what was posted on an account and is not wholly settled, in the order of the log."""
    sql = """
        SELECT event.id, event.organisation, event.effective_at, movement.debits_posted - movement.credits_posted,
            COALESCE((SELECT SUM(amount) FROM clearing
                WHERE clearing.book = event.book AND clearing.cleared = event.sequence AND clearing.account = ?), 0)
        FROM account
        JOIN movement ON movement.account = account.number
        JOIN event ON event.book = movement.book AND event.sequence = movement.sequence
        LEFT JOIN outcome ON outcome.book = event.book AND outcome.of_sequence = event.sequence
        WHERE account.book = ? AND account.id = ? AND movement.debits_posted <> movement.credits_posted
            AND event.kind <> 'reverse' AND COALESCE(outcome.outcome, '') <> 'reversed'
        ORDER BY movement.sequence"""
    items = []
    for event_id, organisation, effective_at, net, cleared in link.rows(sql, (name, book, name)):
        if abs(net) > cleared:
            items.append(
                OpenItem(
                    event=event_id,
                    organisation=organisation,
                    account=name,
                    side="debit" if net > 0 else "credit",
                    amount_count=abs(net),
                    residual_count=abs(net) - int(cleared),
                    effective_at=moment_of(effective_at),
                )
            )
    return tuple(items)


def balance(
    link: Link, book: int, name: str, effective_at: datetime | None, recorded_at: datetime | None
) -> Balance | None:
    """Returns one account's balance, or None where there is no such account."""
    rows = link.rows("SELECT number, unit FROM account WHERE book = ? AND id = ?", (book, name))
    if not rows:
        return None
    ((number, unit),) = rows
    return balance_of(name, unit, counters_as_of(link, book, number, effective_at, recorded_at))


def blob(link: Link, book: int, digest: str) -> bytes | None:
    """Returns a document by its digest, or None."""
    rows = link.rows("SELECT content FROM blob WHERE book = ? AND digest = ?", (book, digest))
    return bytes(rows[0][0]) if rows else None


def notes(link: Link, book: int) -> tuple[tuple[int, str], ...]:
    """Returns the signed checkpoints of a book, shortest log first."""
    return tuple(
        (size, text) for size, text in link.rows("SELECT size, content FROM note WHERE book = ? ORDER BY size", (book,))
    )
