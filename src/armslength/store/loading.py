"""Loads what some groups can touch into a world, in a handful of queries however many groups there are."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

from armslength.errors import StoreError
from armslength.ledger.state import AccountState, BookState, Failed, Key, Past, World
from armslength.model.book import Book, Group, Recorded, Refusal
from armslength.proof.encoding import ENCODING
from armslength.proof.tree import unpacked
from armslength.store.instants import maybe
from armslength.store.link import Link, Row

_ENCODING = f'{{"encoding":"{ENCODING}"'
EVENT_COLUMNS = "event.document, event.salt, event.leaf"


def recorded_of(row: Row) -> Recorded:
    """Returns the noun of an event's row: document, salt, leaf.

    Raises:
        StoreError: the document is in an encoding that this version does not know.
    """
    document, salt, leaf = row[0], bytes(row[1]), bytes(row[2])
    encoding, _, rest = document.partition(",")
    if encoding != _ENCODING:
        raise StoreError(
            f"an event is kept as {encoding[1:80]}, which this version cannot read", hint="use a later version"
        )
    return Recorded.model_validate_json(f'{{"salt":"{salt.hex()}","leaf":"{leaf.hex()}",{rest}')


def load(link: Link, world: World, groups: Sequence[Group]) -> None:
    """Loads books and accounts that are not there yet, and all events and refused ids that the groups name."""
    load_books(link, world, _books(groups))
    _load_accounts(link, world, groups)
    world.pasts.clear()
    world.failed.clear()
    world.posted_as_of.clear()
    ids = _ids(groups)
    for organisation, names in ids.items():
        load_pasts(link, world, organisation, names)
        load_failed(link, world, organisation, names)


def _books(groups: Iterable[Group]) -> set[str]:
    names = {event.book for group in groups for event in group.events}
    return names.union(*(group.expected_size_count for group in groups))


def load_books(link: Link, world: World, names: Iterable[str]) -> None:
    """Loads books by their ids."""
    missing = [name for name in names if name not in world.books]
    if not missing:
        return
    columns = "book.number, book.document, head.size, head.recorded_at, head.sealed_at, head.frontier"
    sql = link.each(columns, "book JOIN head ON head.book = book.number", "book.id")
    for number, document, size, recorded_at, sealed_at, frontier in link.rows(sql, (json.dumps(missing),)):
        book = Book.model_validate_json(document)
        world.books[book.id] = BookState(
            book, number, size, maybe(recorded_at), maybe(sealed_at), unpacked(size, bytes(frontier))
        )


def _load_accounts(link: Link, world: World, groups: Iterable[Group]) -> None:
    wanted: dict[str, set[str]] = defaultdict(set)
    known = world.accounts
    for group in groups:
        for event in group.events:
            names = [entry.account for entry in event.entries]
            if event.opens or event.account or event.clearings or event.asserts:
                names += [name for name in (event.opens.id if event.opens else None, event.account) if name]
                names += [clearing.account for clearing in event.clearings]
                names += [event.asserts.account] if event.asserts else []
            for name in names:
                if (event.book, name) not in known:
                    wanted[event.book].add(name)
    for book, missing in wanted.items():
        load_accounts(link, world, book, missing)


def load_accounts(link: Link, world: World, book: str, names: Iterable[str]) -> None:
    """Loads accounts of one book by their ids."""
    state = world.books.get(book)
    missing = [name for name in names if (book, name) not in world.accounts]
    if state is None or not missing:
        return
    columns = """number, account.id, unit, bound, closed, version, sampled, asserted_at,
        debits_posted, credits_posted, debits_pending, credits_pending"""
    sql = link.each(columns, "account", "account.id", "account.book = ?")
    for row in link.rows(sql, (json.dumps(missing), state.number)):
        number, name, unit, bound, closed, version, sampled, asserted_at, *counters = row
        a, b, c, d = counters
        world.accounts[book, name] = AccountState(
            book, name, unit, bound, number, bool(closed), version, a, b, c, d, maybe(asserted_at), sampled
        )


def _ids(groups: Iterable[Group]) -> dict[str, set[str]]:
    """Returns per organisation the ids that its events have or name."""
    ids: dict[str, set[str]] = defaultdict(set)
    for group in groups:
        for event in group.events:
            names = ids[event.organisation]
            names.add(event.id)
            if event.of or event.corrects or event.clearings:
                names.update(name for name in (event.of, event.corrects) if name)
                names.update(name for clearing in event.clearings for name in (clearing.item, clearing.by))
    return ids


def load_pasts(link: Link, world: World, organisation: str, names: Iterable[str]) -> None:
    """Loads events of one organisation by their ids, with what has become of them and the accounts they moved."""
    columns = f"{EVENT_COLUMNS}, event.book, event.sequence, outcome.outcome, waiting.due_at"
    tables = """event
        LEFT JOIN outcome ON outcome.book = event.book AND outcome.of_sequence = event.sequence
        LEFT JOIN waiting ON waiting.book = event.book AND waiting.sequence = event.sequence"""
    sql = link.each(columns, tables, "event.id", "event.organisation = ?")
    for row in link.rows(sql, (json.dumps(list(names)), organisation)):
        recorded = recorded_of(row)
        cleared = "SELECT account, SUM(amount) FROM clearing WHERE book = ? AND cleared = ? GROUP BY account"
        past = Past(
            recorded.event,
            recorded.group,
            recorded.moved,
            recorded,
            row[5] or "",
            {account: int(amount) for account, amount in link.rows(cleared, (row[3], row[4]))},
            maybe(row[6]),
        )
        world.pasts[organisation, recorded.event.id] = past
        book = recorded.event.book
        load_books(link, world, [book])
        load_accounts(link, world, book, {entry.account for entry in recorded.moved})


def load_failed(link: Link, world: World, organisation: str, names: Iterable[str]) -> None:
    """Loads which of an organisation's ids were refused for good."""
    sql = link.each("failed.id, code, content", "failed", "failed.id", "failed.organisation = ?")
    for name, code, content in link.rows(sql, (json.dumps(list(names)), organisation)):
        key: Key = (organisation, name)
        world.failed[key] = Failed(Refusal(code), bytes(content))
