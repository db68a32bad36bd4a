"""Power cuts, simulated: what a disk may hold when the current fails at any moment.

A recording file system for SQLite stands over the real one and keeps every write, truncation, sync and deletion in
order. A cut at a point of that record leaves what had been synced, and of each later write a random half of its
512-byte sectors; a truncation or deletion that was not synced may or may not have happened.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

SECTOR_BYTES = 512
# Rebuilt by SQLite itself from the log; it is memory, not disk.
SHARED_MEMORY = "-shm"
LOGS = ("-wal", "-journal")


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done to a file, or a mark that the test itself set, such as an answer given to a client."""

    kind: str
    file: str = ""
    offset: int = 0
    data: bytes = b""
    mark: Any = None


@dataclass
class Disk:
    """The record of a run, and the faults that the run is to meet.

    Attributes:
        fault: asked before each write, truncation and sync; may raise what SQLite should see.
    """

    acts: list[Act] = field(default_factory=list)
    fault: Callable[[str, str], None] | None = None

    def mark(self, what: Any) -> None:
        """Notes that something was promised at this point."""
        self.acts.append(Act("mark", mark=what))

    def act(self, act: Act) -> None:
        if self.fault is not None:
            self.fault(act.kind, act.file)
        if not act.file.endswith(SHARED_MEMORY):
            self.acts.append(act)


class RecordingSystem(apsw.VFS):  # type: ignore[misc]
    """The recording file system; connections name it as their ``vfs``."""

    def __init__(self, name: str, disk: Disk) -> None:
        self.disk = disk
        self.name = name
        super().__init__(name, "unix")

    def xOpen(self, name: Any, flags: list[int]) -> "RecordingFile":  # noqa: N802
        return RecordingFile(self.disk, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: N802
        self.disk.act(Act("delete", name, offset=int(sync)))
        super().xDelete(name, sync)


class RecordingFile(apsw.VFSFile):  # type: ignore[misc]
    """A file of the recording file system."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self.disk = disk
        self.path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        super().__init__("unix", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self.disk.act(Act("write", self.path, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self.disk.act(Act("truncate", self.path, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self.disk.act(Act("sync", self.path))
        # Nothing is really synced: only the record counts.


@dataclass
class Image:
    """What a disk holds for certain, and what was done since to each file without a sync."""

    certain: dict[str, bytearray] = field(default_factory=dict)
    loose: dict[str, list[Act]] = field(default_factory=dict)

    def apply(self, act: Act) -> None:
        if act.kind == "sync":
            if act.file not in self.certain and act.file.endswith(LOGS):
                self._sync_folder()
            for earlier in self.loose.pop(act.file, []):
                _settle(self.certain, earlier)
            self.certain.setdefault(act.file, bytearray())
        elif act.kind == "delete" and act.offset:
            self.loose.pop(act.file, None)
            self.certain.pop(act.file, None)
        elif act.kind != "mark":
            self.loose.setdefault(act.file, []).append(act)

    def _sync_folder(self) -> None:
        """SQLite syncs the folder with the first sync of a new log or journal; deletions up to then are certain."""
        for name, acts in self.loose.items():
            last = max((n for n, act in enumerate(acts) if act.kind == "delete"), default=-1)
            if last >= 0:
                self.certain.pop(name, None)
                del acts[: last + 1]

    def after_cut(self, chance: random.Random) -> dict[str, bytes]:
        """Returns one of the states in which the disk may be found."""
        files = {name: bytearray(held) for name, held in self.certain.items()}
        for name in sorted(self.loose):
            for act in self.loose[name]:
                if act.kind == "write":
                    for piece in _sectors(act):
                        if chance.random() < 0.5:
                            _settle(files, piece)
                elif chance.random() < 0.5:
                    _settle(files, act)
        return {name: bytes(held) for name, held in files.items()}


def _sectors(act: Act) -> Iterator[Act]:
    """Yields the parts of a write that a disk puts down one by one."""
    at, end = act.offset, act.offset + len(act.data)
    while at < end:
        upto = min(end, (at // SECTOR_BYTES + 1) * SECTOR_BYTES)
        yield Act("write", act.file, at, act.data[at - act.offset : upto - act.offset])
        at = upto


def _settle(files: dict[str, bytearray], act: Act) -> None:
    if act.kind == "delete":
        files.pop(act.file, None)
        return
    held = files.setdefault(act.file, bytearray())
    if act.kind == "truncate":
        if len(held) > act.offset:
            del held[act.offset :]
        else:
            held.extend(bytes(act.offset - len(held)))
        return
    if len(held) < act.offset:
        held.extend(bytes(act.offset - len(held)))
    held[act.offset : act.offset + len(act.data)] = act.data


@dataclass(frozen=True, slots=True)
class Cut:
    """A disk as found after a cut, and what had been promised before it."""

    point: int
    files: dict[str, bytes]
    promised: tuple[Any, ...]

    def restore(self, folder: Path) -> None:
        """Writes the files into an empty folder, under their own last names."""
        for old in folder.iterdir():
            old.unlink()
        for name, held in self.files.items():
            (folder / Path(name).name).write_bytes(held)


def cuts(acts: list[Act], points: list[int], chance: random.Random) -> Iterator[Cut]:
    """Yields the disk as it may be found at each of some points of a record."""
    image, promised, done = Image(), [], 0
    for point in sorted(points):
        for act in acts[done:point]:
            image.apply(act)
            if act.kind == "mark":
                promised.append(act.mark)
        done = max(done, point)
        yield Cut(point, image.after_cut(chance), tuple(promised))
