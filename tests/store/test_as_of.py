"""Balances as of any instant on either clock, against a walk through every event, with snapshots every few movements."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from armslength.model.book import Account, Balance, Book, Entry, Event, Group, Recorded
from armslength.store import as_of
from armslength.store.opening import open_store
from armslength.store.scope import scope_of

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
SCOPE = scope_of("north", operator=True)
BOOK = "private/north"


class Clock:
    """Moves on a second at each reading."""

    def __init__(self) -> None:
        self.now = BEGIN + timedelta(days=400)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def entries(amount: int, debit: str = "money/USD", credit: str = "external/market") -> tuple[Entry, Entry]:
    return (
        Entry(account=debit, side="debit", amount_count=amount),
        Entry(account=credit, side="credit", amount_count=amount),
    )


def event(name: str, kind: str, effective_at: datetime, **fields: object) -> Event:
    return Event(id=name, organisation="north", book=BOOK, kind=kind, effective_at=effective_at, **fields)


def walked(
    kept: list[Recorded], account: str, effective_at: datetime | None, recorded_at: datetime | None
) -> list[int]:
    """Posted debits and credits, pending debits and credits, by going through all events."""
    reserved = {one.event.id: one.moved for one in kept if one.event.kind == "reserve"}
    sums = [0, 0, 0, 0]

    def add(moved: tuple[Entry, ...], place: int, sign: int) -> None:
        for entry in moved:
            if entry.account == account:
                sums[place + (entry.side == "credit")] += sign * entry.amount_count

    for one in kept:
        if (effective_at and one.event.effective_at > effective_at) or (recorded_at and one.recorded_at > recorded_at):
            continue
        if one.event.kind == "reserve":
            add(one.moved, 2, 1)
        if one.event.kind in {"post_reserved", "void"}:
            add(reserved[one.event.of or ""], 2, -1)
        if one.event.kind in {"post", "post_reserved"}:
            add(one.moved, 0, 1)
    return sums


def counters(balance: Balance) -> list[int]:
    return [
        balance.debits_posted_count,
        balance.credits_posted_count,
        balance.debits_pending_count,
        balance.credits_pending_count,
    ]


@pytest.mark.parametrize("order", ["as it happens", "at random", "all at one instant"])
def test_balances_as_of_any_instant(monkeypatch, order):
    monkeypatch.setattr(as_of, "SPACING", 5)
    monkeypatch.setattr(as_of, "SHARE", 8)
    chance = random.Random(7)
    with open_store("memory:", clock=Clock(), entropy=bytes) as books:
        books.create_book(SCOPE, Book(id=BOOK, kind="private", members=("north",)))
        opening = [
            event(f"open-{name}", "open_account", BEGIN, opens=Account(id=name, unit="USD/2"))
            for name in ("money/USD", "external/market")
        ]
        books.submit(SCOPE, Group(id="open", events=tuple(opening)))
        held: list[tuple[str, datetime]] = []
        for number in range(240):
            at = {
                "as it happens": BEGIN + timedelta(hours=number),
                "at random": BEGIN + timedelta(hours=chance.randrange(200)),
                "all at one instant": BEGIN,
            }[order]
            name = f"e-{number}"
            if held and number % 3 == 0:
                reserved, since = held.pop(chance.randrange(len(held)))
                made = event(name, chance.choice(["post_reserved", "void"]), max(at, since), of=reserved)
            elif number % 3 == 1:
                made = event(name, "reserve", at, entries=entries(chance.randrange(1, 90)))
                held.append((name, at))
            else:
                made = event(name, "post", at, entries=entries(chance.randrange(1, 90)))
            assert not hasattr(books.submit(SCOPE, Group(id=name, events=(made,))), "code")
        kept = list(books.events(SCOPE, BOOK, limit=1000))
        instants = [None, *(BEGIN + timedelta(hours=hour, minutes=30) for hour in range(-1, 260, 7)), BEGIN]
        moments = [None, *(one.recorded_at for one in kept[::17]), kept[0].recorded_at - timedelta(seconds=1)]
        for effective_at in instants:
            for recorded_at in moments:
                told = books.balance(SCOPE, BOOK, "money/USD", effective_at=effective_at, recorded_at=recorded_at)
                assert counters(told) == walked(kept, "money/USD", effective_at, recorded_at)
