"""From recorded events to a statement of what went between an organisation and others. Pure; reads no store."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from armslength.model.accounts import MIRRORS, private_book, tree
from armslength.model.book import Entry, Event, Recorded
from armslength.model.statement import Decided, Direction, Move, MoveState, Open, Statement, Tie

_MOVING = ("post", "post_reserved", "reverse", "reserve")
_TIES = ("case.link", "case.role")
_SAID: dict[str, MoveState] = {
    "transfer.claimed": "claimed",
    "transfer.proposed": "proposed",
    "transfer.agreed": "agreed",
}
# How a move on each side of a mirrored account reads in the owner's book.
_HOW: dict[tuple[str, str], tuple[Direction, str]] = {
    ("due_from", "debit"): ("gave", "to be returned"),
    ("due_from", "credit"): ("received", "in return"),
    ("due_to", "credit"): ("received", "to be returned"),
    ("due_to", "debit"): ("gave", "in return"),
    ("given", "debit"): ("gave", "for good"),
    ("given", "credit"): ("received", "undone"),
    ("received", "credit"): ("received", "for good"),
    ("received", "debit"): ("gave", "undone"),
}


def statement(
    organisation: str,
    books: Mapping[str, Iterable[Recorded]],
    units: Mapping[str, str],
    as_of_on: date,
    heads: Mapping[str, str],
) -> Statement:
    """Returns the statement of an organisation.

    Args:
        organisation: whose.
        books: recorded events of its private book and of its agreements' books, in order, by book.
        units: unit of each account of its private book.
        as_of_on: last business day counted.
        heads: size and root of each book.
    """
    own = private_book(organisation)
    rows = {book: [row for row in found if row.event.effective_at.date() <= as_of_on] for book, found in books.items()}
    private = rows.get(own, [])
    resolved = _resolved(private)
    moves = _told_once([move for row in private for move in (*_moved(row, units, resolved), *_said(row, organisation))])
    order = {"posted": 0, "reserved": 1}
    return Statement(
        organisation=organisation,
        as_of_on=as_of_on,
        ties=tuple(dict.fromkeys(tie for row in private for tie in _ties(row.event))),
        open=tuple(_open(private, units)),
        moves=tuple(sorted(moves, key=lambda move: (order.get(move.state, 2), move.moved_on, move.sequence_count))),
        decisions=tuple(
            sorted(
                (one for book, found in rows.items() if book != own for row in found for one in _decided(book, row)),
                key=lambda one: (one.recorded_at, one.agreement),
            )
        ),
        heads=dict(heads),
    )


def _resolved(rows: Iterable[Recorded]) -> frozenset[str]:
    """Reservations that have been posted, voided or have lapsed."""
    kinds = ("post_reserved", "void", "expire")
    return frozenset(row.event.of for row in rows if row.event.kind in kinds and row.event.of)


def _moved(row: Recorded, units: Mapping[str, str], resolved: frozenset[str]) -> Iterator[Move]:
    """What an event moved between the organisation and others, a row per mirrored account."""
    event = row.event
    if event.kind not in _MOVING or (event.kind == "reserve" and event.id in resolved):
        return
    for entry in row.moved:
        if tree(entry.account) not in MIRRORS or entry.account.count("/") < 2:
            continue
        name, other, agreement = entry.account.split("/")[:3]
        direction, how = _HOW[name, entry.side]
        yield _move(
            row,
            counterparty=other,
            direction=direction,
            how=how,
            what=("payment for " if _is_payment(event, direction) else "") + _name_of(event, entry),
            unit=units[entry.account],
            amount_count=entry.amount_count,
            state="reserved" if event.kind == "reserve" else "posted",
            agreement=agreement,
        )


def _told_once(moves: list[Move]) -> list[Move]:
    """Moves without those of custody that go with slots or title: the same accelerators are not told twice."""
    named = {_alike(move) for move in moves if move.unit and move.unit.startswith(("SLOT:", "TITLE:"))}
    return [move for move in moves if not (move.unit and move.unit.startswith("GPU:") and _alike(move) in named)]


def _alike(move: Move) -> tuple[object, ...]:
    sku = (move.unit or "").partition(":")[2]
    return move.moved_on, move.counterparty, move.direction, move.agreement, move.state, sku


def _said(row: Recorded, organisation: str) -> Iterator[Move]:
    """What somebody claims or wants, which moved nothing."""
    body, state = row.event.body, _SAID.get(row.event.topic or "")
    if state is None or row.event.kind != "record":
        return
    giver, taker = str(body["giver"]), str(body["taker"])
    amount = body.get("amount_count")
    how = f"cannot be true beside {', '.join(map(str, others))}" if (others := _texts(body.get("instead_of"))) else ""
    beneficiary = str(body.get("beneficiary", ""))
    yield _move(
        row,
        counterparty=taker if giver == organisation else giver,
        direction="gave" if giver == organisation else "received",
        how="; ".join(part for part in (how, f"for the benefit of {beneficiary}" if beneficiary else "") if part),
        what=str(body.get("name") or body["transfer"]),
        unit=str(body["unit"]) if "unit" in body else None,
        amount_count=amount if isinstance(amount, int) else None,
        state=state,
        agreement=str(body.get("agreement") or body["transfer"]),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _move(row: Recorded, **more: object) -> Move:
    """A move with where it stands and what the event says of itself."""
    event = row.event
    return Move.model_validate(
        {
            "moved_on": event.effective_at.date(),
            "event": event.id,
            "book": event.book,
            "sequence_count": row.sequence_count,
            "recorded_at": row.recorded_at,
            "source": _source(event),
            "note": str(event.body.get("note", "") or event.reason),
            "evidence": event.evidence,
        }
        | more
    )


def _source(event: Event) -> str:
    source, confidence = event.body.get("source"), event.body.get("confidence")
    return f"{source} ({confidence})" if source and confidence else str(source or "")


def _is_payment(event: Event, direction: Direction) -> bool:
    """Whether a row is what is paid for a transfer: it goes the other way than the transfer itself."""
    giver = event.body.get("giver")
    return "paid_count" in event.body and (direction == "gave") != (giver == event.organisation)


def _name_of(event: Event, entry: Entry) -> str:
    """What a move is called: its transfer's name, its leg or payment, or the topic."""
    body = event.body
    for key in ("name", "leg", "settlement", "payment", "transfer", "lot"):
        if body.get(key):
            return str(body[key])
    return event.topic or entry.account


def _ties(event: Event) -> Iterator[Tie]:
    if event.topic not in _TIES:
        return
    body = event.body
    share = body.get("share_micro_count")
    yield Tie(
        holder=str(body["holder"]),
        target=str(body["target"]),
        kind=str(body["kind"]),
        share_micro_count=share if isinstance(share, int) else None,
        source=_source(event),
        note=str(body.get("note", "")),
    )


def _open(rows: Iterable[Recorded], units: Mapping[str, str]) -> Iterator[Open]:
    """What is open on the accounts of debts, with the day of the oldest item that is not cleared."""
    held: dict[str, int] = {}
    items: dict[str, dict[str, tuple[date, int]]] = {}
    for row in rows:
        event = row.event
        if event.kind == "clear":
            for clearing in event.clearings:
                on, left = items.get(clearing.account, {}).get(clearing.item, (event.effective_at.date(), 0))
                items.setdefault(clearing.account, {})[clearing.item] = (on, left - clearing.amount_count)
        if event.kind not in ("post", "post_reserved", "reverse"):
            continue
        for entry in row.moved:
            if tree(entry.account) not in ("due_from", "due_to"):
                continue
            grows = (entry.side == "debit") == (tree(entry.account) == "due_from")
            held[entry.account] = held.get(entry.account, 0) + (entry.amount_count if grows else -entry.amount_count)
            if event.kind == "reverse":
                # The two settle each other: neither stands open.
                items.get(entry.account, {}).pop(event.of or "", None)
            elif grows:
                day = event.effective_at.date()
                items.setdefault(entry.account, {})[event.id] = (day, entry.amount_count)
    yield from _by_counterparty(held, items, units)


def _by_counterparty(
    held: Mapping[str, int], items: Mapping[str, Mapping[str, tuple[date, int]]], units: Mapping[str, str]
) -> Iterator[Open]:
    """One row per counterparty, agreement and unit, also where nothing is open any more."""
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    oldest: dict[tuple[str, str, str], list[date]] = {}
    for name, amount in held.items():
        side, other, agreement = name.split("/")[:3]
        key = other, agreement, units[name]
        found.setdefault(key, {})[side] = amount
        if amount:
            oldest.setdefault(key, []).extend(on for on, left in items.get(name, {}).values() if left > 0)
    for key in sorted(found):
        yield Open(
            counterparty=key[0],
            agreement=key[1],
            unit=key[2],
            due_from_count=max(0, found[key].get("due_from", 0)),
            due_to_count=max(0, found[key].get("due_to", 0)),
            oldest_on=min(oldest.get(key, []), default=None),
        )


def _decided(book: str, row: Recorded) -> Iterator[Decided]:
    event = row.event
    if event.kind != "record" or not event.topic:
        return
    yield Decided(
        agreement=book.partition("/")[2] or book,
        topic=event.topic,
        organisation=event.organisation,
        person=str(event.body.get("person") or event.body.get("proposer") or ""),
        decided_on=event.effective_at.date(),
        recorded_at=row.recorded_at,
        note=str(event.body.get("note", "") or event.reason),
    )
