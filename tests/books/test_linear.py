"""The checker of concurrent histories sees what it is there to see."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from armslength.model.book import Accepted, Entry, Event, Group, Recorded, Refusal, Refused
from books.drawing import BEGIN, ORGANISATIONS, Drawer, books, entry, opening
from books.linear import Operation, faults
from books.reference import Reference

Log = dict[str, list[Recorded]]
YEAR, TICK = timedelta(days=200), timedelta(microseconds=1)


def recorded(log: Log, group: Group, at: list[datetime], moved: Sequence[tuple[Entry, ...]]) -> list[Recorded]:
    """Writes a group into a log, as the ledger would."""
    made = []
    for event, entries, instant in zip(group.events, moved, at, strict=True):
        one = Recorded(
            event=event, sequence_count=len(log[event.book]), recorded_at=instant, group=group.id, moved=entries,
            salt="0" * 32, leaf="0" * 64,
        )  # fmt: skip
        log[event.book].append(one)
        made.append(one)
    return made


def told(seed: int, groups: int = 300) -> tuple[Log, list[Operation]]:
    """A log and a history as one honest client would see them, made by the reference model alone."""
    reference, log, history = Reference(), {book.id: [] for book in books()}, []
    for book in books():
        reference.create_book(book)
    drawer = Drawer("one", random.Random(seed), timeouts_seconds=(10**8,))
    clock = BEGIN + YEAR
    for number in range(groups):
        group = opening(ORGANISATIONS[number]) if number < len(ORGANISATIONS) else drawer.group()
        at = []
        for _ in group.events:
            clock += timedelta(microseconds=1)
            at.append(clock)
        verdict = reference.submit(group, at)
        operation = Operation(number, group, 10 * number + 1, 10 * number + 9)
        history.append(operation)
        if verdict.code:
            operation.answer = Refused(
                code=verdict.code, event=verdict.event, organisation=verdict.organisation, message="no"
            )
            continue
        if verdict.duplicate:
            keys = set(operation.keys)
            stood = [one for events in log.values() for one in events if (one.event.organisation, one.event.id) in keys]
            operation.answer = Accepted(recorded=tuple(stood), duplicate=True)
            continue
        made = recorded(log, group, at, verdict.moved)
        operation.answer = Accepted(recorded=tuple(made))
        drawer.learn(group)
    return log, history


def accepted(history: list[Operation], *, after: int = 60) -> Operation:
    """Some accepted operation of one event that moves something."""
    return next(
        one
        for one in history[after:]
        if isinstance(one.answer, Accepted)
        and not one.answer.duplicate
        and len(one.group.events) == 1
        and one.answer.recorded[0].moved
    )


def refused(history: list[Operation]) -> Operation:
    return next(one for one in history if isinstance(one.answer, Refused) and one.answer.code is Refusal.EXCEEDS_LIMIT)


def lose_the_last(log: Log, history: list[Operation]) -> None:
    log[max(log, key=lambda book: len(log[book]))].pop()


def swap_two(log: Log, history: list[Operation]) -> None:
    events = max(log.values(), key=len)
    events[-1], events[-2] = events[-2], events[-1]


def alter_an_amount(log: Log, history: list[Operation]) -> None:
    one = accepted(history).answer.recorded[0]  # type: ignore[union-attr]
    entries = tuple(e.model_copy(update={"amount_count": e.amount_count + 1}) for e in one.moved)
    log[one.event.book][one.sequence_count] = one.model_copy(update={"moved": entries})


def refuse_what_was_right(log: Log, history: list[Operation]) -> None:
    operation = refused(history)
    operation.answer = operation.answer.model_copy(update={"code": Refusal.OVERFLOW})  # type: ignore[union-attr]


def claim_a_refused_one(log: Log, history: list[Operation]) -> None:
    operation = refused(history)
    operation.answer = Accepted(recorded=())


def refuse_a_recorded_one(log: Log, history: list[Operation]) -> None:
    operation = accepted(history)
    operation.answer = Refused(
        code=Refusal.EXCEEDS_LIMIT, event=operation.group.events[0].id, organisation="north", message="no"
    )


def answer_before_the_past(log: Log, history: list[Operation]) -> None:
    operation = accepted(history)
    operation.began_ns, operation.ended_ns = -5, -4


def forget_an_answer_of_half_a_group(log: Log, history: list[Operation]) -> None:
    operation = next(one for one in history[3:] if len(one.group.events) > 1 and isinstance(one.answer, Accepted))
    operation.answer = operation.ended_ns = None
    last = operation.group.events[-1]
    log[last.book] = [one for one in log[last.book] if one.event.id != last.id]
    log[last.book] = [one.model_copy(update={"sequence_count": n}) for n, one in enumerate(log[last.book])]


PLANTED: list[Callable[[Log, list[Operation]], None]] = [
    lose_the_last, swap_two, alter_an_amount, refuse_what_was_right, claim_a_refused_one, refuse_a_recorded_one,
    answer_before_the_past, forget_an_answer_of_half_a_group,
]  # fmt: skip


def test_an_honest_history_has_an_order() -> None:
    log, history = told(1)
    assert faults(books(), log, history) == []


def test_an_unknown_outcome_is_settled_by_the_log() -> None:
    log, history = told(2)
    for operation in history[50::7]:
        operation.answer = operation.ended_ns = None
    assert faults(books(), log, history) == []


def group_of(*events: Event) -> Group:
    return Group(id=f"g-{events[0].id}", events=events)


def event(organisation: str, name: str, kind: str, **fields: Any) -> Event:
    known = {"organisation": organisation, "book": f"private/{organisation}", "id": name, "kind": kind}
    return Event.model_validate(known | {"effective_at": BEGIN} | fields)


def moved(debit: str, credit: str, amount: int) -> tuple[Entry, ...]:
    return entry(debit, "debit", amount), entry(credit, "credit", amount)


def test_a_refusal_that_rests_on_two_books_of_one_commit() -> None:
    """All groups of a commit have the same instant, and those of a book a microsecond more each: by time, south comes first.

    What was refused came between: after all that arrived in the north, and before the south reserved.
    """
    now, arrivals = BEGIN + YEAR, 40
    arrive = [
        event("north", f"in-{n}", "post", entries=moved("title/lot-1", "external/vendor", 1)) for n in range(arrivals)
    ]
    held = event("south", "held", "reserve", entries=moved("money/USD", "external/market", 1))
    out = event("north", "out", "post", entries=moved("external/vendor", "title/lot-1", arrivals))
    gone = event("south", "gone", "void", of="held")
    groups = [opening("north"), opening("south"), *(group_of(one) for one in (*arrive, held))]
    reference, log, history = Reference(), {book.id: [] for book in books()}, []
    for book in books():
        reference.create_book(book)
    for number, group in enumerate(groups):
        rows = log[group.events[0].book]
        first = rows[-1].recorded_at + TICK if rows else now
        at = [first + n * TICK for n in range(len(group.events))]
        made = recorded(log, group, at, [event.entries for event in group.events])
        assert reference.submit(group, at).code is None
        history.append(Operation(number, group, 1, 9, Accepted(recorded=tuple(made))))
    refused = Refused(code=Refusal.UNKNOWN_EVENT, event="gone", organisation="south", message="no")
    history.append(Operation(len(groups), group_of(out, gone), 1, 9, refused))
    assert faults(books(), log, history) == []
    # The same, asked when the south had been answered, is no matter of order.
    history[-1].began_ns, history[-1].ended_ns = 10, 11
    assert "never right" in faults(books(), log, history)[0]


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_found(plant: Callable[[Log, list[Operation]], None]) -> None:
    log, history = told(3)
    plant(log, history)
    assert faults(books(), log, history) != []
