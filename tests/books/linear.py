"""Was there one order of groups that explains every answer the clients got?

Events are immutable, ordered by the book's own sequence, and can be read back; so there is no search. Unknown outcomes are
settled by the final log; the log's order is replayed into the reference model and each answer compared; the order must
agree with real time. The method is the one by which Jepsen examined an accounting database in 2025.
"""

import json
import random
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path

from pydantic import TypeAdapter

from armslength.model.book import STICKY, Accepted, Balance, Book, Group, Recorded, Refusal, Refused
from books.reference import Reference
from books.reference_rules import holdings

ANSWER: TypeAdapter[Accepted | Refused] = TypeAdapter(Accepted | Refused)
Key = tuple[str, str]
ORDERS_TRIED = 12
MOMENTS = timedelta(milliseconds=5)
CHANGES_FRAC = 0.1
# What falls due while the last commit of all is being made is in no log.
LAST_COMMIT = timedelta(seconds=1)


@dataclass
class Operation:
    """A group that a client sent.

    Attributes:
        began_ns, ended_ns: on one steady clock of the machine; never ended if the client does not know the outcome.
    """

    number: int
    group: Group
    began_ns: int
    ended_ns: int | None = None
    answer: Accepted | Refused | None = None

    @property
    def keys(self) -> list[Key]:
        return [(event.organisation, event.id) for event in self.group.events]


@dataclass
class Turn:
    """A group as it stands in the log, at its place in the order."""

    recorded: list[Recorded]
    operations: list[Operation] = field(default_factory=list)

    @property
    def keys(self) -> list[Key]:
        return [(one.event.organisation, one.event.id) for one in self.recorded]

    @property
    def books(self) -> set[str]:
        return {one.event.book for one in self.recorded}


def read_history(file: Path) -> list[Operation]:
    """Reads what clients wrote; a last line that a kill cut short is left out."""
    operations: dict[int, Operation] = {}
    for line in file.read_bytes().split(b"\n"):
        try:
            note = json.loads(line)
        except ValueError:
            continue
        if "group" in note:
            group = Group.model_validate_json(json.dumps(note["group"]))
            operations[note["op"]] = Operation(note["op"], group, note["began"])
        elif note["op"] in operations:
            operation = operations[note["op"]]
            operation.ended_ns = note["ended"]
            operation.answer = ANSWER.validate_json(json.dumps(note["answer"]))
    return list(operations.values())


def faults(
    books: Iterable[Book],
    log: dict[str, list[Recorded]],
    history: list[Operation],
    balances: dict[str, dict[str, Balance]] | None = None,
) -> list[str]:
    """Returns everything that no order can explain; an empty list is what one hopes for.

    Args:
        balances: what the store says of each account in the end, by book; compared if given.
    """
    found = _sequences(log)
    turns = _turns(log)
    place: dict[Key, int] = {key: number for number, turn in enumerate(turns) for key in turn.keys}
    for operation in history:
        found += _settle(operation, turns, place)
    if found:
        return found
    books = tuple(books)
    reference = _furnished(books)
    found, unexplained = _replay(reference, turns, history)
    for book, held in (balances or {}).items():
        if held != reference.balances(book):
            found.append(f"{book}: the balances are not those of its events")
    for tree in ("title", "custody"):
        held_by = holdings(reference.shelves.values(), tree, "sn:1")
        if sum(amount for _, amount in held_by) > 1:
            found.append(f"{tree} to one device is in several books: {held_by}")
    chance = random.Random(len(turns))
    for _ in range(ORDERS_TRIED):
        if not unexplained:
            break
        _, still = _replay(_furnished(books), _another_order(turns, chance), history)
        unexplained = {number: why for number, why in unexplained.items() if number in still}
    return [*found, *unexplained.values(), *_real_time(turns)]


def _furnished(books: Iterable[Book]) -> Reference:
    reference = Reference()
    for book in books:
        reference.create_book(book)
    return reference


def _another_order(turns: list[Turn], chance: random.Random) -> list[Turn]:
    """Returns another order that every single book allows.

    Books share no counter, so that of two groups in different books, recorded within moments, the log does not say which came
    first. A refusal that rests on both can tell.
    """
    waiting = {book: deque[int]() for turn in turns for book in turn.books}
    for number, turn in enumerate(turns):
        for book in turn.books:
            waiting[book].append(number)
    order: list[Turn] = []
    first = ""
    while fronts := sorted({queue[0] for queue in waiting.values() if queue}):
        ready = [
            number
            for number in fronts
            if all(waiting[book][0] == number for book in turns[number].books)
            and turns[number].recorded[0].recorded_at - turns[fronts[0]].recorded[0].recorded_at < MOMENTS
        ]
        # One book stays ahead for a while: a commit holds dozens of groups, and a coin for each would never pass them all.
        if chance.random() < CHANGES_FRAC:
            first = chance.choice(sorted(waiting))
        chosen = next((number for number in ready if first in turns[number].books), ready[0])
        order.append(turns[chosen])
        for book in turns[chosen].books:
            waiting[book].popleft()
    return order


def _sequences(log: dict[str, list[Recorded]]) -> list[str]:
    """Each book dense from 0, times strictly rising, each id once."""
    found, seen = [], set()
    for book, events in log.items():
        for number, one in enumerate(events):
            if one.sequence_count != number:
                found.append(f"{book}: event {one.event.id} stands at {one.sequence_count}, not at {number}")
            if number and one.recorded_at <= events[number - 1].recorded_at:
                found.append(f"{book}: the time of event {number} does not rise")
            key = (one.event.organisation, one.event.id)
            if key in seen:
                found.append(f"{book}: id {key} twice")
            seen.add(key)
    return found


def _turns(log: dict[str, list[Recorded]]) -> list[Turn]:
    """Puts groups into one order that respects every book's own: by time of the first event.

    Events of one group stand together in each book, so a group is cut where its id changes.
    """
    parts: dict[tuple[str, datetime], Turn] = {}
    by_group: dict[str, list[Recorded]] = defaultdict(list)
    for events in log.values():
        for one in events:
            by_group[one.group].append(one)
    for name, members in by_group.items():
        members.sort(key=lambda one: (one.recorded_at, one.event.book, one.sequence_count))
        parts[name, members[0].recorded_at] = Turn(members)
    return [parts[key] for key in sorted(parts, key=lambda key: (key[1], key[0]))]


def _settle(operation: Operation, turns: list[Turn], place: dict[Key, int]) -> list[str]:
    """Joins an operation to its turn in the log, and holds its answer against what stands there."""
    places = {place.get(key) for key in operation.keys}
    answer = operation.answer
    if isinstance(answer, Refused) or (answer is None and None in places):
        altered = any(place.get(key) is not None for key in operation.keys)
        if isinstance(answer, Refused) and altered:
            return [] if answer.code is Refusal.ID_CONFLICT else _unless_same(operation, turns, place)
        if answer is None and len(places) > 1 and not _conflicting(operation, turns, place):
            return [f"operation {operation.number}: part of its group stands in the log"]
        return []
    if None in places or len(places) > 1:
        return [f"operation {operation.number}: was accepted, but the log does not hold its whole group"]
    turn = turns[next(iter(places)) or 0]
    if answer is None:
        same = [one.event for one in turn.recorded] and _same_events(operation, turn)
        if same:
            turn.operations.append(operation)
        return []
    if not _same_events(operation, turn):
        return [f"operation {operation.number}: was accepted with other content than the log holds"]
    theirs = {one.event.id: one for one in turn.recorded}
    if any(theirs[one.event.id] != one for one in answer.recorded):
        return [f"operation {operation.number}: was told other things than the log holds"]
    turn.operations.append(operation)
    return []


def _same_events(operation: Operation, turn: Turn) -> bool:
    key = lambda event: (event.organisation, event.id)  # noqa: E731
    ours = sorted(operation.group.events, key=key)
    return ours == sorted((one.event for one in turn.recorded), key=key)


def _conflicting(operation: Operation, turns: list[Turn], place: dict[Key, int]) -> bool:
    """Whether what stands under the operation's ids was another group."""
    there = {place[key] for key in operation.keys if key in place}
    return not all(_same_events(operation, turns[number]) for number in there)


def _unless_same(operation: Operation, turns: list[Turn], place: dict[Key, int]) -> list[str]:
    """A refusal of what stands in the log is wrong, unless the log's group was another one."""
    if _conflicting(operation, turns, place):
        return []
    return [f"operation {operation.number}: was refused ({_code(operation)}), but its group stands in the log"]


def _code(operation: Operation) -> str:
    return operation.answer.code.value if isinstance(operation.answer, Refused) else "no refusal"


def _replay(reference: Reference, turns: list[Turn], history: list[Operation]) -> tuple[list[str], dict[int, str]]:
    """Replays the log; refusals must be right somewhere between their call and their answer.

    Returns what is wrong in any order, and by their numbers the operations whose refusal this order does not explain.
    """
    found: list[str] = []
    unexplained: dict[int, str] = {}
    windows = _windows(turns, [one for one in history if isinstance(one.answer, Refused)])
    opening = defaultdict(list)
    for operation, first, last in windows:
        opening[first].append((operation, last))
    waiting: list[tuple[Operation, int]] = []
    sticky = _first_failures(history)
    end = turns[-1].recorded[-1].recorded_at + LAST_COMMIT if turns else datetime.max
    for number in range(len(turns) + 1):
        # It was some time after the turn before and before the one that follows; a reservation may have lapsed between.
        after = turns[number].recorded[0].recorded_at if number < len(turns) else end
        before = turns[number - 1].recorded[-1].recorded_at if number else after
        waiting += opening[number]
        still = []
        for operation, last in waiting:
            if any(_explained(reference, operation, now, sticky) for now in (before, after)):
                continue
            if number < last:
                still.append((operation, last))
            else:
                what = f"operation {operation.number}: refused with {_code(operation)}, which was never right"
                unexplained[operation.number] = f"{what}: {operation.group}"
        waiting = still
        if number < len(turns):
            found += _take(reference, turns[number])
    return found, unexplained


def _take(reference: Reference, turn: Turn) -> list[str]:
    """Replays one turn."""
    if turn.recorded[0].event.kind == "expire":
        for one in turn.recorded:
            reference.expire(one.event, one.recorded_at)
        return []
    asked = turn.operations[0].group if turn.operations else None
    events = asked.events if asked else tuple(one.event for one in turn.recorded)
    of = {(one.event.organisation, one.event.id): one for one in turn.recorded}
    at = [of[event.organisation, event.id].recorded_at for event in events]
    sizes = asked.expected_size_count if asked else {}
    verdict = reference.submit(Group(id=turn.recorded[0].group, events=events, expected_size_count=sizes), at)
    if verdict.code or verdict.duplicate:
        return [f"group {turn.recorded[0].group} stands in the log, but ought to be {verdict.code or 'a duplicate'}"]
    moved = [of[event.organisation, event.id].moved for event in events]
    if list(verdict.moved) != moved:
        return [f"group {turn.recorded[0].group} moved {moved}, and ought to move {verdict.moved}"]
    return []


def _windows(turns: list[Turn], refused: list[Operation]) -> list[tuple[Operation, int, int]]:
    """For each refusal the first and last count of turns after which it may have been decided."""
    ended, first_after = _running(turns, max, lambda o: o.ended_ns)
    begun, last_before = _running(turns, min, lambda o: o.began_ns)
    windows = []
    for operation in refused:
        assert operation.ended_ns is not None
        before = bisect_left(ended, operation.began_ns)
        after = len(begun) - bisect_right(begun, operation.ended_ns)
        first = first_after[before - 1] + 1 if before else 0
        windows.append((operation, first, last_before[after - 1] if after else len(turns)))
    return windows


def _running(
    turns: list[Turn], choose: Callable[..., int], instant: Callable[[Operation], int | None]
) -> tuple[list[int], list[int]]:
    """Returns the turns' first instants in order, and which place is the furthest among those up to each.

    From the front for the latest place that had ended, from the back for the earliest that had begun.
    """
    known = []
    for number, turn in enumerate(turns):
        instants = [at for at in map(instant, turn.operations) if at is not None]
        if instants:
            known.append((min(instants), number))
    known.sort()
    places = [number for _, number in (known if choose is max else reversed(known))]
    return [at for at, _ in known], list(accumulate(places, choose))


def _first_failures(history: list[Operation]) -> dict[Key, list[Operation]]:
    """Operations after which an id may have been failed for ever: refused for such a reason, or never answered."""
    failures: dict[Key, list[Operation]] = defaultdict(list)
    for operation in history:
        if operation.answer is None:
            for key in operation.keys:
                failures[key].append(operation)
        elif isinstance(operation.answer, Refused) and operation.answer.code in STICKY:
            for key in operation.keys:
                if key == (operation.answer.organisation, operation.answer.event):
                    failures[key].append(operation)
    return failures


def _explained(reference: Reference, operation: Operation, now: datetime, failures: dict[Key, list[Operation]]) -> bool:
    assert isinstance(operation.answer, Refused)
    code = operation.answer.code
    earlier = [o for key in operation.keys for o in failures[key] if o.number != operation.number]
    if code in {Refusal.ID_ALREADY_FAILED, Refusal.ID_CONFLICT} and any(
        one.began_ns < (operation.ended_ns or 0) for one in earlier
    ):
        return True
    for_ever = [o for o in earlier if o.ended_ns is not None and o.ended_ns < operation.began_ns]
    verdict = reference.submit(operation.group, now, keep=False)
    return verdict.code is code and not (for_ever and code is not Refusal.UNKNOWN_BOOK)


def _real_time(turns: list[Turn]) -> list[str]:
    """What was answered before another began comes before it."""
    found, latest, whose = [], 0, -1
    for number, turn in enumerate(turns):
        ends = [o.ended_ns for o in turn.operations if o.ended_ns is not None]
        if ends and min(ends) < latest:
            found.append(f"group {turn.recorded[0].group} was answered before group {whose} began, yet comes after it")
        begins = [o.began_ns for o in turn.operations]
        if begins and min(begins) > latest:
            latest, whose = min(begins), number
    return found
