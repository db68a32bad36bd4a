"""Writes accepted groups and lasting refusals, in bulk, inside the transaction of one commit."""

from collections.abc import Iterable, Sequence

from armslength.errors import LedgerError
from armslength.ledger.recording import Kept, lengthen
from armslength.ledger.state import World
from armslength.model.book import Book, Event, Refusal
from armslength.proof.tree import EMPTY_ROOT, root_of
from armslength.store.as_of import is_due, sample
from armslength.store.instants import micros
from armslength.store.link import Link, Row

# Organisation, id, book, code, digest of the event, instant.
FailedRow = tuple[str, str, int, str, bytes, int]

_EVENT = "book sequence organisation id kind effective_at recorded_at document salt leaf"
_ACCOUNT = """closed version sampled asserted_at debits_posted credits_posted debits_pending credits_pending"""
_NEW_ACCOUNT = f"number book id unit bound {_ACCOUNT}"
_MOVEMENT = """account sequence book effective_at debits_posted credits_posted debits_pending credits_pending
    debits_posted_after credits_posted_after debits_pending_after credits_pending_after"""


def keep_events(link: Link, world: World, kept: Sequence[Kept]) -> None:
    """Writes events and all that is never altered of what follows from them. The states after them are still to be written."""
    _number_accounts(link, world, kept)
    events: list[Row] = []
    movements: list[Row] = []
    for one in kept:
        _add_rows(world, one, events, movements)
    link.insert("event", _EVENT, events)
    link.insert("movement", _MOVEMENT, movements)
    _write_outcomes(link, world, kept)
    _write_clearings(link, world, kept)
    link.insert(
        "tile",
        "book level place root",
        [(book.number, tile.level, tile.place, tile.root) for book, tile in lengthen(world, kept)],
    )


def _book(world: World, one: Kept) -> int:
    return world.books[one.act.event.book].number


def _add_rows(world: World, one: Kept, events: list[Row], movements: list[Row]) -> None:
    act, event = one.act, one.act.event
    book, sequence, effective_at = world.books[event.book].number, act.sequence_count, micros(event.effective_at)
    what = (event.organisation, event.id, event.kind, effective_at, micros(act.recorded_at), one.content.decode())
    events.append((book, sequence, *what, one.salt, one.leaf))
    for account, added, after in act.movements:
        number = world.accounts[event.book, account.id].number
        movements.append((number, sequence, book, effective_at, *added, *after))


def _number_accounts(link: Link, world: World, kept: Sequence[Kept]) -> None:
    """Writes accounts that are new, so that rows may refer to them."""
    new = [world.accounts[one.act.event.book, one.act.event.opens.id] for one in kept if one.act.event.opens]
    if not new:
        return
    ((last,),) = link.rows("SELECT accounts FROM turn")
    for number, state in enumerate(new, start=last + 1):
        state.number = number
    link.change("UPDATE turn SET accounts = ?", (last + len(new),))
    rows = [(s.number, world.books[s.book].number, s.id, s.unit, s.limit, 0, 1, 0, None, 0, 0, 0, 0) for s in new]
    link.insert("account", _NEW_ACCOUNT, rows)


def _write_outcomes(link: Link, world: World, kept: Sequence[Kept]) -> None:
    reserved = [one for one in kept if one.act.due_at is not None and one.act.event.kind == "reserve"]
    rows = [(_book(world, one), one.act.sequence_count, micros(one.act.due_at)) for one in reserved if one.act.due_at]
    link.insert("waiting", "book sequence due_at", rows)
    resolving = [one for one in kept if one.act.outcome]
    done = [
        (_book(world, one), _sequence(world, one.act.event, one.act.event.of), one.act.sequence_count, one.act.outcome)
        for one in resolving
    ]
    link.insert("outcome", "book of_sequence by_sequence outcome", done)
    for book, of_sequence, _, _ in done:
        link.change("DELETE FROM waiting WHERE book = ? AND sequence = ?", (book, of_sequence))


def _sequence(world: World, event: Event, name: str | None) -> int:
    recorded = world.pasts[event.organisation, name or ""].recorded
    assert recorded is not None
    return recorded.sequence_count


def _write_clearings(link: Link, world: World, kept: Sequence[Kept]) -> None:
    rows = [
        (
            _book(world, one),
            one.act.sequence_count,
            2 * place + side,
            _sequence(world, one.act.event, name),
            clearing.account,
            clearing.amount_count,
        )
        for one in kept
        for place, clearing in enumerate(one.act.event.clearings)
        for side, name in enumerate((clearing.item, clearing.by))
    ]
    link.insert("clearing", "book sequence place cleared account amount", rows)


def keep_states(link: Link, world: World, kept: Sequence[Kept]) -> None:
    """Writes what accounts and logs have become, once for all events of a commit; the world holds it."""
    touched = {(one.act.event.book, name) for one in kept for name in one.act.versions}
    states = [world.accounts[key] for key in sorted(touched)]
    for state in states:
        if is_due(state.version, state.sampled):
            book = world.books[state.book]
            sample(link, book.number, state.number, book.size_count - 1)
            state.sampled = state.version
    rows = [
        (int(s.closed), s.version, s.sampled, micros(s.asserted_at) if s.asserted_at else None, *s.counters, s.number)
        for s in states
    ]
    link.update("account", "number", _ACCOUNT, rows)
    books = [world.books[name] for name in sorted({one.act.event.book for one in kept})]
    heads = [
        (
            b.size_count,
            micros(b.recorded_at) if b.recorded_at else None,
            micros(b.sealed_at) if b.sealed_at else None,
            b.frontier.packed(),
            root_of(b.frontier),
            b.number,
        )
        for b in books
    ]
    link.update("head", "book", "size recorded_at sealed_at frontier root", heads)


def keep_failed(link: Link, rows: Iterable[FailedRow]) -> None:
    """Writes ids refused for good."""
    link.insert("failed", "organisation id book code content recorded_at", rows)


def create_book(link: Link, book: Book) -> None:
    """Makes a book; one that exists as asked for is left as it is."""
    document = book.model_dump_json()
    link.see((), (), writer=True)
    rows = link.rows("SELECT document FROM book WHERE id = ?", (book.id,))
    if rows:
        if Book.model_validate_json(rows[0][0]) != book:
            raise LedgerError(
                f"a book {book.id} exists with other members",
                code=Refusal.ID_CONFLICT.value,
                hint="members of a book stay as they are; make another book",
            )
        return
    ((last,),) = link.rows("SELECT books FROM turn")
    number, readers = last + 1, sorted({*book.members, *book.observers})
    link.see((number,), readers, writer=True)
    link.insert("book", "number id kind document", [(number, book.id, book.kind, document)])
    link.insert("member", "organisation book id", [(name, number, book.id) for name in readers])
    link.insert("head", "book size frontier root", [(number, 0, b"", EMPTY_ROOT)])
    link.change("UPDATE turn SET number = number + 1, books = ?", (number,))


def keep_blob(link: Link, book: int, digest: str, content: bytes) -> None:
    """Keeps a document, unless it is there already."""
    if not link.rows("SELECT 1 FROM blob WHERE book = ? AND digest = ?", (book, digest)):
        link.insert("blob", "book digest content", [(book, digest, content)])


def keep_note(link: Link, book: int, size_count: int, text: str) -> None:
    """Keeps a signed checkpoint, in place of an earlier one of that length."""
    if not link.change("UPDATE note SET content = ? WHERE book = ? AND size = ?", (text, book, size_count)):
        link.insert("note", "book size content", [(book, size_count, text)])
