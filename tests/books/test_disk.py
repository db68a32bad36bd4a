"""T3: a disk that is full, or that fails, loses nothing that was answered, and stops nothing for good."""

import random
import sqlite3
import subprocess
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from armslength.errors import StoreError
from armslength.model.book import Accepted, Group, Refused
from armslength.store.sqlite_link import SqliteLink
from books.cutting import FILE
from books.drawing import Drawer
from books.lockstep import Lockstep
from books.power import Disk
from books.power_link import recording
from books.stores import EVERYBODY, Clock, Opened, open_url

FAULTS = {
    "no space": ("write", apsw.FullError),
    "input/output error on a write": ("write", apsw.IOError),
    "input/output error on a sync": ("sync", apsw.IOError),
}


class Failing:
    """Fails some of the acts of one kind, once it is armed."""

    def __init__(self, kind: str, problem: type[Exception], chance: random.Random) -> None:
        self.kind, self.problem, self.chance = kind, problem, chance
        self.armed = False
        self.failed = 0

    def __call__(self, kind: str, file: str) -> None:
        if self.armed and kind == self.kind and not file.endswith("-shm") and self.chance.random() < 0.05:
            self.failed += 1
            raise self.problem("as the test wants it")


def send_all(store: Opened, drawer: Drawer, clock: Clock, groups: int) -> tuple[list[Accepted], list[Group]]:
    """Returns what was answered, and what was not."""
    answered, unknown = [], []
    for _ in range(groups):
        group = drawer.group()
        clock.reach(drawer.now)
        try:
            answer = store.submit(group)
        except StoreError as problem:
            unknown.append(group)
            assert problem.retryable  # noqa: PT017 - most of the time there is no problem at all
            continue
        if isinstance(answer, Accepted):
            answered.append(answer)
            drawer.learn(group)
    return answered, unknown


def check_whole(store: Opened, answered: list[Accepted], unknown: list[Group]) -> None:
    """Everything answered is there; what is unknown is settled by sending it again."""
    log = store.log()
    for answer in answered:
        for one in answer.recorded:
            assert log[one.event.book][one.sequence_count] == one
    for group in {group.id: group for group in unknown}.values():
        there = [one.event for events in log.values() for one in events if one.group == group.id]
        again = store.submit(group)
        if isinstance(again, Accepted) and again.duplicate:
            assert there
        if isinstance(again, Refused) and again.code.value != "id_conflict":
            assert not there, again
    for book in log:
        for balance in store.store.balances(EVERYBODY, book):
            assert balance.debits_pending_count >= 0


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_failing_disk(fault: str, tmp_path: Path) -> None:
    kind, problem = FAULTS[fault]
    disk, clock = Disk(), Clock()
    failing = Failing(kind, problem, random.Random(fault))
    disk.fault = failing
    with recording(disk, f"fault-{kind}-{problem.__name__}"), open_url(str(tmp_path / FILE), clock, 1) as store:
        store.furnish()
        drawer = Drawer("disk", random.Random(3), now=clock.now - timedelta(hours=1))
        failing.armed = True
        answered, unknown = send_all(store, drawer, clock, 150)
        assert failing.failed
        assert unknown
        assert answered, "the store never came back"
        failing.armed = False
        more, still = send_all(store, drawer, clock, 20)
        assert not still, "the store goes on failing although the disk is well again"
    with open_url(str(tmp_path / FILE), clock, 2) as store:
        check_whole(store, answered + more, unknown)


@pytest.mark.parametrize("table", ["event", "movement", "failed"])
def test_a_commit_that_fails_in_the_middle_leaves_nothing_behind(
    table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither on disk nor in the writer's memory."""
    insert, fails = SqliteLink.insert, [True]

    def failing(link: SqliteLink, into: str, columns: str, rows: Iterable[Any]) -> None:
        insert(link, into, columns, rows)
        if into == table and fails:
            fails.pop()
            raise sqlite3.OperationalError("as the test wants it")

    clock = Clock()
    with open_url(str(tmp_path / FILE), clock, 1) as store:
        both = Lockstep(store, clock, random.Random(1))
        both.furnish()
        monkeypatch.setattr(SqliteLink, "insert", failing)
        drawer = Drawer("middle", random.Random(5), now=clock.now - timedelta(hours=1))
        for _ in range(60):
            group = drawer.group()
            clock.reach(drawer.now)
            try:
                answer = both.step(group)
            except StoreError:
                answer = both.step(group)
            if isinstance(answer, Accepted):
                drawer.learn(group)
        assert not fails
        both.compare_everything()


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """Returns a folder on a disk of a few megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no right to mount a small disk here; the simulated one is tested all the same")
    return folder


@pytest.fixture
def unmount(small_disk: Path) -> Callable[[], None]:
    return lambda: subprocess.run(["umount", "-l", str(small_disk)], check=True)  # type: ignore[return-value]


def test_a_real_disk_that_is_full(small_disk: Path, unmount: Callable[[], None]) -> None:
    clock = Clock()
    try:
        with open_url(str(small_disk / FILE), clock, 1) as store:
            store.furnish()
            drawer = Drawer("small", random.Random(4), now=clock.now - timedelta(hours=1))
            filler = small_disk / "filler"
            filler.write_bytes(b"x" * 5_000_000)
            answered, unknown = send_all(store, drawer, clock, 250)
            assert answered
            assert unknown, "the disk never was full"
            filler.unlink()
            more, still = send_all(store, drawer, clock, 10)
            assert not still, "the store goes on failing although there is room again"
        with open_url(str(small_disk / FILE), clock, 2) as store:
            check_whole(store, answered + more, unknown)
    finally:
        unmount()
