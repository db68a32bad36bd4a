"""Accepts or refuses a group of events. Pure: the same world, group and instant give the same answer in every store.

Order of refusals: ``Refusal`` from top to bottom. What concerns the group as a whole comes first, then event by event, then
whether what organisations owe one another is mirrored.
"""

from collections import Counter
from datetime import datetime, timedelta
from hashlib import sha256

from armslength.ledger.acting import act
from armslength.ledger.checking import Why
from armslength.ledger.mirror import unmatched
from armslength.ledger.state import Draft, Key, Known, Past, World
from armslength.model.book import Event, Group, Refusal, Refused
from armslength.proof.encoding import event_bytes

TICK = timedelta(microseconds=1)


def decide(world: World, group: Group, recorded_at: datetime, *, by_writer: bool = False) -> Draft | Known | Refused:
    """Decides on a group.

    Args:
        world: what is loaded of the books; not altered.
        group: what is asked for.
        recorded_at: the writer's clock, UTC. Each event is recorded at least a microsecond after the last one of its book.
        by_writer: whether the writer itself submits, to let reservations lapse.

    Returns:
        The changes to apply and keep; or what was kept when the same group was accepted before; or why nothing changes.
    """
    refused = _whole(world, group)
    if refused:
        return refused
    known = _known(world, group)
    if known is not None:
        return known
    refused = _failed_or_stale(world, group)
    if refused:
        return refused
    draft = Draft(world, group.id, begins_at(world, group, recorded_at))
    for place, event in enumerate(group.events):
        why = act(draft, event, draft.recorded_at + place * TICK, by_writer=by_writer)
        if why:
            return _refused(event, why)
    why = unmatched(draft)
    return _refused(group.events[-1], why) if why else draft


def begins_at(world: World, group: Group, recorded_at: datetime) -> datetime:
    """Returns when the group is recorded: now, or just after the last event of any of its books."""
    begin = recorded_at
    for event in group.events:
        end = world.books[event.book].recorded_at
        if end is not None and end >= begin:
            begin = end + TICK
    return begin


def _refused(event: Event, why: Why) -> Refused:
    message = f"event {event.id}: {why.message}"
    return Refused(code=why.code, event=event.id, organisation=event.organisation, message=message, hint=why.hint)


def _whole(world: World, group: Group) -> Refused | None:
    """Returns why the group cannot even be looked at: its books, its members."""
    books = world.books
    if not group.expected_size_count and all(
        event.book in books and event.organisation in books[event.book].book.members for event in group.events
    ):
        return None
    for event in group.events:
        if not _may_read(world, event.organisation, event.book):
            return _refused(event, _no_book(event.book))
    readers = {event.organisation for event in group.events}
    for name in group.expected_size_count:
        if not any(_may_read(world, organisation, name) for organisation in readers):
            return _refused(group.events[0], _no_book(name))
    for event in group.events:
        if event.organisation not in world.books[event.book].book.members:
            message = f"{event.organisation} may read book {event.book} and may not write to it"
            return _refused(event, Why(Refusal.NOT_A_MEMBER, message, "ask a member to submit it"))
    return None


def _may_read(world: World, organisation: str, name: str) -> bool:
    state = world.books.get(name)
    return state is not None and (organisation in state.book.members or organisation in state.book.observers)


def _no_book(name: str) -> Why:
    return Why(Refusal.UNKNOWN_BOOK, f"there is no book {name}", "name a book of your own")


def _known(world: World, group: Group) -> Known | Refused | None:
    """Returns the earlier answer to the same group, or a conflict where one of its ids was used for something else."""
    keys: list[Key] = [(event.organisation, event.id) for event in group.events]
    if len(keys) == 1 and keys[0] not in world.pasts and keys[0] not in world.failed:
        return None
    found: list[Past | None] = [world.pasts.get(key) for key in keys]
    for event, past in zip(group.events, found, strict=True):
        difference = past and _difference(event, past.event)
        if difference:
            return _refused(event, _conflict(f"the id was used before, with another `{difference}`"))
        failed = world.failed.get((event.organisation, event.id))
        if failed and failed.digest != digest_of(event):
            return _refused(event, _conflict("the id was used before, for something that was refused"))
    twice = next((key for key, count in Counter(keys).items() if count > 1), None) if len(keys) > 1 else None
    if twice:
        event = next(event for event in group.events if (event.organisation, event.id) == twice)
        return _refused(event, _conflict("the id stands twice in the group"))
    pasts = [past for past in found if past]
    if len(pasts) == len(keys):
        return Known(tuple(past.recorded for past in pasts if past.recorded))
    if pasts:
        return _refused(pasts[0].event, _conflict("it was recorded before, other events of the group were not"))
    return None


def _conflict(message: str) -> Why:
    return Why(Refusal.ID_CONFLICT, message, "a retry repeats the group unchanged; something new needs new ids")


def _difference(event: Event, kept: Event) -> str:
    """Returns the first field in which an event differs from the one recorded under its id, or an empty string."""
    return next((name for name in Event.model_fields if getattr(event, name) != getattr(kept, name)), "")


def digest_of(event: Event) -> bytes:
    """Returns the SHA-256 of what an event says, by which a retry of something refused is told from something new."""
    return sha256(event_bytes(event)).digest()


def _failed_or_stale(world: World, group: Group) -> Refused | None:
    for event in group.events if world.failed else ():
        failed = world.failed.get((event.organisation, event.id))
        if failed:
            message = f"the id was refused before ({failed.code.value}) and stays refused"
            return _refused(event, Why(Refusal.ID_ALREADY_FAILED, message, "to try again, use a new id"))
    for name, expected in group.expected_size_count.items():
        size = world.books[name].size_count
        if size != expected:
            message = f"book {name} holds {size} events, not the {expected} on which this was decided"
            return _refused(group.events[0], Why(Refusal.STALE_SIZE, message, "read the book again, then decide"))
    return None
