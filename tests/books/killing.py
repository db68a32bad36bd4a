"""Kills writers, and their server, again and again, then asks whether one order explains every answer."""

import json
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from armslength.model.book import Group
from armslength.store.postgresql_link import PostgresqlLink
from armslength.store.sqlite_link import SqliteLink
from armslength.store.writer import Writer
from books.clients import TROUBLE, UNKNOWN_KEPT, History, Work, fork, kill_and_wait, send
from books.drawing import books
from books.linear import faults, read_history
from books.postgres import Cluster
from books.stores import EVERYBODY, open_url

# Names of points at which a process kills itself: a class of the store, a method, before or after it.
LINKS = (SqliteLink, PostgresqlLink)
POINTS = ("before commit", "after commit", "between books", "before answer")


@dataclass
class Report:
    """What a session came to."""

    kills: int = 0
    server_kills: int = 0
    operations: int = 0
    unknown: int = 0
    faults: list[str] = field(default_factory=list)


class Tail:
    """Follows a history as it grows."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.offset = self.operations = 0
        self.pending: dict[int, dict[str, object]] = {}

    def read(self) -> int:
        """Takes in the whole lines written since, and returns how many operations there are."""
        if not self.file.exists():
            return 0
        with self.file.open("rb") as notes:
            notes.seek(self.offset)
            new = notes.read()
        # Every note begins with the end of the line before it: the last one may still be under way.
        whole = new[: new.rfind(b"\n") + 1]
        self.offset += len(whole)
        for line in filter(None, whole.split(b"\n")):
            try:
                note = json.loads(line)
            except ValueError:
                continue  # the kill came in the middle of a write; nobody had been asked or told by then
            if "group" in note:
                self.operations += 1
                self.pending[note["op"]] = note["group"]
            else:
                self.pending.pop(note["op"], None)
        return self.operations

    def unknown(self) -> list[Group]:
        """Returns the last groups whose outcome nobody learnt."""
        last = list(self.pending.values())[-UNKNOWN_KEPT:]
        return [Group.model_validate_json(json.dumps(group)) for group in last]


@dataclass
class Session:
    """Some processes with some clients each, on one store, killed in turn.

    Attributes:
        operations: how many to reach before the end.
        kills: how many to reach before the end.
        cluster: the server, if it is to be killed too.
    """

    url: str
    folder: Path
    seed: int
    processes: int = 2
    clients: int = 4
    kills: int = 10
    operations: int = 0
    cluster: Cluster | None = None
    progress: Callable[[Report], object] = lambda report: None
    alive_seconds: tuple[float, float] = (0.05, 0.3)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.history = self.folder / "history.jsonl"
        self.started = 0
        self.report = Report()
        self.tail = Tail(self.history)

    def run(self) -> Report:
        with open_url(self.url) as store:
            store.furnish()  # part of the log, and of no history: it was accepted before anybody began
        self.children = [self._start() for _ in range(self.processes)]
        try:
            self._kill_in_turn()
        finally:
            for child in self.children:
                self._see(kill_and_wait(child))
        self.judge()
        return self.report

    def _kill_in_turn(self) -> None:
        while self._goes_on():
            time.sleep(self.chance.uniform(*self.alive_seconds))
            if self.cluster is not None and self.chance.random() < 0.3:
                self.cluster.kill()
                self.report.server_kills += 1
                time.sleep(self.chance.choice((0.0, 0.05)))
                self.cluster.start()
            else:
                place = self.chance.randrange(len(self.children))
                self._see(kill_and_wait(self.children[place]))
                self.children[place] = self._start()
            self.report.kills += 1
            self.report.operations = self.tail.read()
            self.progress(self.report)

    def _goes_on(self) -> bool:
        if self.report.faults:
            return False
        return self.report.kills < self.kills or self.report.operations < self.operations

    def _start(self) -> int:
        self.started += 1
        point = (self.chance.choice(POINTS), self.chance.randrange(1, 30)) if self.chance.random() < 0.5 else None
        work = Work(self.url, self.history, self.started, self.clients, 10**9, point)
        return fork(work, self.tail.unknown(), set_trap)

    def _see(self, status: int) -> None:
        if status == TROUBLE:
            text = self.history.with_suffix(".trouble").read_text(encoding="utf-8")
            self.report.faults.append(f"a client stopped:\n{text}")

    def judge(self) -> None:
        """Sends once more what nobody knows, reads everything, and asks whether one order explains it."""
        with open_url(self.url) as store:
            notes = History(self.history, 0)
            pending = [one for one in read_history(self.history) if one.ended_ns is None]
            for one in pending:
                send(store, notes, one.group)
            history = read_history(self.history)
            log = store.log()
            held = {book.id: {one.account: one for one in store.store.balances(EVERYBODY, book.id)} for book in books()}
        self.report.operations = len(history)
        self.report.unknown = len(pending)
        self.report.faults += faults(books(), log, history, held)


def set_trap(work: Work) -> None:
    """Makes the process kill itself at its named point."""
    if work.fail_at is None:
        return
    name, passes = work.fail_at
    left = [passes]

    def passed() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrap(owner: type, method: str, *, before: bool) -> None:
        original = getattr(owner, method)

        def trapped(self: object, *args: object) -> object:
            if before:
                passed()
            done = original(self, *args)
            if not before:
                passed()
            return done

        setattr(owner, method, trapped)

    if name == "before answer":
        wrap(Writer, "submit", before=False)
    for link in LINKS:
        if name == "between books":
            wrap(link, "insert", before=False)
        elif name.endswith("commit"):
            wrap(link, "commit", before=name.startswith("before"))
