"""The checker of concurrent histories sees what it is there to see."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from armslength.model.book import Accepted, Recorded, Refusal, Refused
from books.drawing import BEGIN, ORGANISATIONS, Drawer, books, opening
from books.linear import Operation, faults
from books.reference import Reference

Log = dict[str, list[Recorded]]
YEAR = timedelta(days=200)


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
        made = []
        for event, moved, instant in zip(group.events, verdict.moved, at, strict=True):
            place = len(log[event.book])
            recorded = Recorded(
                event=event, sequence_count=place, recorded_at=instant, group=group.id, moved=moved,
                salt="0" * 32, leaf="0" * 64,
            )  # fmt: skip
            log[event.book].append(recorded)
            made.append(recorded)
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


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_found(plant: Callable[[Log, list[Operation]], None]) -> None:
    log, history = told(3)
    plant(log, history)
    assert faults(books(), log, history) != []
