"""The simulator of power cuts sees what it is there to see, before any ledger stands on it."""

import random
import sqlite3
from pathlib import Path

import apsw
import pytest

from books.power import Disk, RecordingSystem, cuts

COMMITS = 60
POINTS = 80


def lost(mode: str, folder: Path) -> int:
    """Returns after how many of some cuts a bare table had lost what was committed, or was broken."""
    disk = Disk()
    system = RecordingSystem(f"bare-{mode}", disk)
    (folder / "found").mkdir()
    connection = apsw.Connection(str(folder / "bare.db"), vfs=system.name)
    connection.execute("pragma journal_mode=wal")
    connection.execute(f"pragma synchronous={mode}")
    connection.execute("create table t(a integer primary key, b text) strict")
    disk.mark("table")
    for number in range(COMMITS):
        connection.execute("insert into t values(?, ?)", (number, "x" * 500))
        disk.mark(number)
    connection.close()
    chance = random.Random(mode)
    points = [chance.randrange(len(disk.acts) + 1) for _ in range(POINTS)]
    return sum(_broken(cut.promised, folder / "found") for cut in _restored(disk, points, chance, folder / "found"))


def _restored(disk: Disk, points: list[int], chance: random.Random, folder: Path):  # type: ignore[no-untyped-def]
    for cut in cuts(disk.acts, points, chance):
        cut.restore(folder)
        yield cut


def _broken(promised: tuple[object, ...], folder: Path) -> bool:
    connection = sqlite3.connect(folder / "bare.db")
    try:
        sound = connection.execute("pragma integrity_check").fetchone() == ("ok",)
        rows = {row for (row,) in connection.execute("select a from t")} if "table" in promised else set()
    except sqlite3.Error:
        return True
    finally:
        connection.close()
    return not sound or not set(promised) - {"table"} <= rows


def test_full_sync_loses_nothing(tmp_path: Path) -> None:
    assert lost("full", tmp_path) == 0


@pytest.mark.parametrize("mode", ["normal", "off"])
def test_weaker_sync_is_caught(mode: str, tmp_path: Path) -> None:
    assert lost(mode, tmp_path) > POINTS * 0.7
