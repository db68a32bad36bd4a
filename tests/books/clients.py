"""Clients that write into a store at once, in processes that can be killed, and note what they asked and were told.

Each note is one write to a file opened for appending; what was handed to the system survives the death of a process.
"""

import json
import os
import random
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from armslength.errors import StoreError
from armslength.model.book import Accepted, Group
from books.drawing import BEGIN, Drawer
from books.stores import Opened, open_url

RESENT_FRAC = 0.1
UNKNOWN_KEPT = 50
OPENING_SECONDS_MAX = 300.0
# Leaves room for every operation of a process.
NUMBERS_PER_PROCESS = 1_000_000
TROUBLE = 7


@dataclass(frozen=True)
class Work:
    """What one process is to do.

    Attributes:
        number: which process it is, counted from 1 over a whole session.
        groups: how many each of its clients sends before it ends by itself.
        fail_at: a named point of the store at which it kills itself, and at which time of passing it.
    """

    url: str
    history: Path
    number: int
    clients: int
    groups: int
    fail_at: tuple[str, int] | None = None


class History:
    """Where clients note what they do."""

    def __init__(self, file: Path, first: int) -> None:
        self.to = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.number = first
        self.lock = threading.Lock()

    def began(self, group: Group) -> int:
        with self.lock:
            self.number += 1
            number = self.number
        self._note({"op": number, "began": time.monotonic_ns(), "group": group.model_dump(mode="json")})
        return number

    def ended(self, number: int, answer: BaseModel) -> None:
        at = time.monotonic_ns()
        self._note({"op": number, "ended": at, "answer": answer.model_dump(mode="json")})

    def _note(self, note: dict[str, object]) -> None:
        os.write(self.to, b"\n" + json.dumps(note).encode())


def send(store: Opened, history: History, group: Group) -> bool:
    """Sends a group and notes the answer, if there is one; returns whether it took effect now."""
    number = history.began(group)
    try:
        answer = store.submit(group)
    except StoreError:
        time.sleep(0.01)
        return False  # nobody knows; the same group will be sent again some time
    history.ended(number, answer)
    return isinstance(answer, Accepted) and not answer.duplicate


def one_client(store: Opened, history: History, drawer: Drawer, groups: int, unknown: list[Group]) -> None:
    """Sends new groups, and now and then one whose outcome nobody learnt."""
    chance = random.Random(f"{drawer.name}/resend")
    for _ in range(groups):
        if unknown and chance.random() < RESENT_FRAC:
            send(store, history, chance.choice(unknown))
            continue
        group = drawer.group()
        if send(store, history, group):
            drawer.learn(group)


def run(work: Work, unknown: list[Group]) -> None:
    """Runs the clients of one process until each has sent its groups, or until somebody kills it."""
    history = History(work.history, work.number * NUMBERS_PER_PROCESS)
    problems: list[BaseException] = []

    def guarded(drawer: Drawer) -> None:
        try:
            one_client(store, history, drawer, work.groups, unknown)
        except BaseException as problem:
            problems.append(problem)
            raise

    with _opened(work.url) as store:
        drawers = [
            Drawer(f"{work.number}.{n}", random.Random(f"{work.number}/{n}"), BEGIN, seal_frac=0.0003)
            for n in range(work.clients)
        ]
        threads = [threading.Thread(target=guarded, args=(drawer,), daemon=True) for drawer in drawers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if problems:
        raise problems[0]


@contextmanager
def _opened(url: str) -> Iterator[Opened]:
    """Opens a store whose server may be away for a moment."""
    deadline = time.monotonic() + OPENING_SECONDS_MAX
    with ExitStack() as stack:
        while True:
            try:
                store = stack.enter_context(open_url(url))
            except StoreError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                break
        yield store


def fork(work: Work, unknown: list[Group], prepare: Callable[[Work], None]) -> int:
    """Starts a process and returns its id. What goes wrong in it is written beside the history."""
    child = os.fork()
    if child:
        return child
    status = 0
    try:
        prepare(work)
        run(work, unknown)
    except BaseException:  # noqa: BLE001 - a forked process may not go on in its parent's code
        work.history.with_suffix(".trouble").write_text(traceback.format_exc(), encoding="utf-8")
        status = TROUBLE
    os._exit(status)


def kill_and_wait(child: int) -> int:
    """Kills a process of ours and returns how it had ended, if it had before."""
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
