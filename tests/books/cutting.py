"""Cuts the power under a store: writes through a recording file system, and looks at what is found after each cut."""

import random
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from armslength.errors import ArmslengthError
from armslength.model.book import Accepted, Recorded, Refused
from books.drawing import BEGIN, Drawer
from books.power import Cut, Disk, cuts
from books.power_link import USUAL_PAGES, Forced, recording
from books.stores import EVERYBODY, Clock, Opened, open_url
from books.trees import root_of

FILE = "books.db"
OFTEN_PAGES = 60
BAD = {"NORMAL": {"synchronous": ("NORMAL", 2)}, "OFF": {"synchronous": ("OFF", 2)}}
# A promise to keep: an accepted event under its book and place, or an id that stays refused.
Promise = tuple[str, object]


@dataclass
class Tally:
    """What was found after how many cuts."""

    points: int = 0
    bad: int = 0
    lost: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, trouble: str) -> None:
        self.points += 1
        if trouble:
            self.bad += 1
            self.lost += trouble.startswith("lost")
            if len(self.examples) < 5:
                self.examples.append(trouble)


def scratch() -> Path:
    """Returns a new folder in memory where there is one: only the record of writes counts, not the disk."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="armslength-power-", dir=memory if memory.is_dir() else None))


def record(seed: int, groups: int, folder: Path, forced: Forced | None = None) -> Disk:
    """Runs a drawn workload on a fresh store and returns what reached the file system, with marks for each promise."""
    disk, clock = Disk(), Clock()
    chance = random.Random(f"{seed}/batch")
    drawer = Drawer(str(seed), random.Random(seed), now=clock.now - timedelta(hours=1))
    # Every other sound run checkpoints far more often than usual, so that many cuts fall into a checkpoint.
    pages = OFTEN_PAGES if seed % 2 and not forced else USUAL_PAGES
    with (
        recording(disk, f"power-{seed}-{chance.getrandbits(32)}", forced, pages),
        open_url(str(folder / FILE), clock, seed) as store,
    ):
        store.furnish()
        disk.mark(("furnished", BEGIN))
        done = 0
        while done < groups:
            batch = [drawer.group() for _ in range(chance.choice((1, 1, 1, 2, 5, 20)))]
            clock.reach(drawer.now)
            clock.now += timedelta(milliseconds=1)
            for group, answer in zip(batch, store.store.submit_many(EVERYBODY, batch), strict=True):
                if isinstance(answer, Accepted):
                    drawer.learn(group)
                    for one in answer.recorded:
                        disk.mark(("event", one))
                else:
                    disk.mark(("refused", (group, answer)))
            done += len(batch)
    return disk


def examine(cut: Cut, folder: Path) -> str:
    """Opens what a cut left, with Python's own SQLite, and returns what is wrong with it, or an empty string."""
    cut.restore(folder)
    try:
        with open_url(str(folder / FILE), Clock(BEGIN + timedelta(days=300)), 1) as store:
            return _examine_open(cut, store)
    except ArmslengthError as problem:
        return f"cannot be opened: {problem}"


def _examine_open(cut: Cut, store: Opened) -> str:
    log = store.log()
    for kind, promise in cut.promised:
        if kind == "furnished" and len(log) < 4:
            return "lost: the books themselves"
        if kind == "event":
            assert isinstance(promise, Recorded)
            events = log[promise.event.book]
            if promise.sequence_count >= len(events) or events[promise.sequence_count] != promise:
                return f"lost: event {promise.event.id}"
    for book, events in log.items():
        if [one.sequence_count for one in events] != list(range(len(events))):
            return f"{book}: the sequence has gaps"
        head = store.store.checkpoint(EVERYBODY, book)
        if (head.size_count, head.root) != (len(events), root_of([bytes.fromhex(one.leaf) for one in events]).hex()):
            return f"{book}: the root is not that of its leaves"
        trouble = _unfolded(store, book, events)
        if trouble:
            return trouble
    return _half_groups(log) or _still_refused(cut, store)


def _unfolded(store: Opened, book: str, events: list[Recorded]) -> str:
    """Stored posted counters against the sum of what the log says was posted."""
    sums: dict[tuple[str, str], int] = {}
    for one in events:
        if one.event.kind in {"post", "post_reserved", "reverse"}:
            for entry in one.moved:
                sums[entry.account, entry.side] = sums.get((entry.account, entry.side), 0) + entry.amount_count
    for balance in store.store.balances(EVERYBODY, book):
        expected = (sums.get((balance.account, "debit"), 0), sums.get((balance.account, "credit"), 0))
        if (balance.debits_posted_count, balance.credits_posted_count) != expected:
            return f"{book}: {balance.account} is not the sum of its entries"
    return ""


def _half_groups(log: dict[str, list[Recorded]]) -> str:
    """A loan stands in both books or in neither."""
    sides: dict[str, set[str]] = {}
    for events in log.values():
        for one in events:
            for entry in one.event.entries:
                tree = entry.account.partition("/")[0]
                if tree in {"due_from", "due_to"}:
                    sides.setdefault(one.group, set()).add(tree)
    return next((f"half of group {group} is there" for group, trees in sides.items() if len(trees) == 1), "")


def _still_refused(cut: Cut, store: Opened) -> str:
    """Ids that were refused for ever are refused still."""
    refused = [promise for kind, promise in cut.promised if kind == "refused"][-3:]
    for group, answer in refused:  # type: ignore[misc]
        again = store.submit(group)
        if not isinstance(again, Refused):
            return f"lost: the refusal ({answer.code}) of {answer.event}"
    return ""


def campaign(
    points: int,
    seed: int,
    *,
    groups: int = 120,
    per_run: int = 50,
    forced: Forced | None = None,
    progress: Callable[[int], object] = lambda done: None,
) -> Tally:
    """Cuts the power so many times, at random points of as many runs as that takes."""
    tally = Tally()
    while tally.points < points:
        folder, found = scratch(), scratch()
        try:
            disk = record(seed, groups, folder, forced)
            chance = random.Random(f"{seed}/cut")
            count = min(per_run, points - tally.points)
            # A bad setting can only be caught once something was promised.
            first = next(n for n, act in enumerate(disk.acts) if act.kind == "mark") + 1 if forced else 0
            for cut in cuts(disk.acts, [chance.randint(first, len(disk.acts)) for _ in range(count)], chance):
                tally.add(examine(cut, found))
        finally:
            shutil.rmtree(folder)
            shutil.rmtree(found)
        seed += 1
        progress(tally.points)
    return tally
