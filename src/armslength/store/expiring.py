"""Which reservations lapse next, and the groups of events that let them.

All that lapse at one instant lapse together: mirrored reservations end at one instant, so their mirrors hold.
"""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from itertools import groupby

from armslength.ledger.decide import begins_at
from armslength.ledger.state import World
from armslength.model.book import Event, Group, Recorded
from armslength.store.link import Link
from armslength.store.loading import EVENT_COLUMNS, recorded_of

# About so many are let go at a time.
DUE_MAX = 1000
Due = tuple[int, Recorded]


def due_books(link: Link, due_by: int) -> list[int]:
    """Returns the numbers of books in which a reservation's time is up."""
    return [book for (book,) in link.rows("SELECT DISTINCT book FROM waiting WHERE due_at <= ?", (due_by,))]


def due_reservations(link: Link, due_by: int) -> list[Due]:
    """Returns the reservations that lapse first, in order; of those of one instant either all or none."""
    sql = "SELECT due_at FROM waiting WHERE due_at <= ? ORDER BY due_at LIMIT 1 OFFSET ?"
    last = link.rows(sql, (due_by, DUE_MAX - 1))
    sql = f"""
        SELECT {EVENT_COLUMNS}, waiting.due_at FROM waiting
        JOIN event ON event.book = waiting.book AND event.sequence = waiting.sequence
        WHERE waiting.due_at <= ? ORDER BY waiting.due_at, event.book, event.sequence"""
    return [(row[3], recorded_of(row)) for row in link.rows(sql, (last[0][0] if last else due_by,))]


def expiries(due: list[Due]) -> Iterator[Group]:
    """Yields a group for each instant at which reservations lapse, still without a date."""
    for due_at, members in groupby(due, key=lambda one: one[0]):
        events = tuple(_expiry(recorded.event) for _, recorded in members)
        name = f"ledger:expire:{due_at}:{_digest(events[0])}"
        # The writer's own groups may be longer than a client's.
        yield Group.model_construct(id=name, events=events, expected_size_count={})


def _expiry(reserved: Event) -> Event:
    return Event(
        id="ledger:expire:" + _digest(reserved),
        organisation=reserved.organisation,
        book=reserved.book,
        kind="expire",
        effective_at=reserved.effective_at,
        of=reserved.id,
    )


def _digest(event: Event) -> str:
    return sha256(f"{event.organisation}\n{event.id}".encode()).hexdigest()[:32]


def dated(world: World, group: Group, now: datetime) -> Group:
    """Returns an expiry that takes effect as it is recorded, which is after anything sealed and anything reserved."""
    start = begins_at(world, group, now)
    events = tuple(event.model_copy(update={"effective_at": start}) for event in group.events)
    return Group.model_construct(id=group.id, events=events, expected_size_count={})
