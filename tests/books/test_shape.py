"""T14: four times the events cost no more than about four times the work. Counted in SQLite's own steps, not in seconds."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace

import pytest

from armslength.model.book import Accepted
from armslength.proof.tree import inclusion_proof
from armslength.store import as_of, sqlite_link
from armslength.store.books import Books
from benchmarks.books import ACCOUNTS, BOOK, NORTH, event, opened

SMALL, TIMES = 300, 4


class Steps:
    """Counts what SQLite's machine does, in tens of its instructions."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.count = 0
        real = sqlite3.connect

        def connect(*args: object, **options: object) -> sqlite3.Connection:
            connection = real(*args, **options)  # type: ignore[call-overload]
            connection.set_progress_handler(self.step, 10)
            return connection  # type: ignore[no-any-return]

        names = {name: getattr(sqlite3, name) for name in dir(sqlite3) if not name.startswith("_")}
        patch.setattr(sqlite_link, "sqlite3", SimpleNamespace(**{**names, "connect": connect}))

    def step(self) -> int:
        self.count += 1
        return 0

    def of(self, work: Callable[[], object]) -> int:
        before = self.count
        work()
        return self.count - before


def costs(steps: Steps, store: Books, begin: int, size: int) -> dict[str, int]:
    """Lengthens the log to a size, and returns what that and each question costs."""
    groups = [event(number) for number in range(begin, size)]
    middle = groups[len(groups) // 2].events[0].effective_at
    appended = steps.of(lambda: [store.submit(NORTH, group) for group in groups])
    length = store.size(NORTH, BOOK)
    (first,) = store.events(NORTH, BOOK, after=ACCOUNTS, limit=1)

    def proof() -> object:
        with store.hash_reader(NORTH, BOOK) as read:
            return inclusion_proof(read, length // 3, length)

    def balance(**instants: datetime) -> object:
        return store.balance(NORTH, BOOK, "external/vendor", **instants)

    return {
        "append, each": appended // len(groups),
        "page": steps.of(lambda: store.events(NORTH, BOOK, after=length // 2, limit=50)),
        "balance": steps.of(balance),
        "as of business time": steps.of(lambda: balance(effective_at=middle)),
        "as of recorded time": steps.of(lambda: balance(recorded_at=first.recorded_at)),
        "proof": steps.of(proof),
    }


def test_work_grows_with_the_log_and_no_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(as_of, "SPACING", 50)
    steps = Steps(monkeypatch)
    with opened("memory:") as store:
        few = costs(steps, store, 0, SMALL)
        many = costs(steps, store, SMALL, TIMES * SMALL)
    for what, small in few.items():
        # The proof reads leaves up to the size of a tile; nothing else may depend on the length at all.
        allowed = (TIMES + 1) * small if what == "proof" else 2 * small + 100
        assert many[what] <= allowed, f"{what}: {small} steps, then {many[what]}"


def test_a_commit_of_many_costs_less_than_many_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps(monkeypatch)
    with opened("memory:") as store:
        together = steps.of(lambda: store.submit_many(NORTH, [event(number) for number in range(100)]))
        apart = steps.of(lambda: [store.submit(NORTH, event(number)) for number in range(100, 200)])
        assert together < apart
        assert all(isinstance(answer, Accepted) for answer in store.submit_many(NORTH, [event(1)]))
