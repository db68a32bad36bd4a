"""T2, T4: writers and their server are killed while many clients write; one order explains every answer.

The long form is part of ``make torture``.
"""

from pathlib import Path

from books.killing import Session, Tail
from books.linear import read_history
from books.postgres import Cluster


def test_killed_writers_on_a_file(tmp_path: Path) -> None:
    report = Session(str(tmp_path / "books.db"), tmp_path, seed=1, kills=4, clients=8).run()
    assert not report.faults, report.faults[0]
    assert report.operations > 100


def test_killed_writers_and_a_killed_server(cluster: Cluster, database: str, tmp_path: Path) -> None:
    report = Session(database, tmp_path, seed=2, kills=5, clients=4, cluster=cluster).run()
    assert not report.faults, report.faults[0]
    assert report.server_kills
    assert report.operations > 30


def test_a_note_that_a_kill_cut_short_is_left_out(tmp_path: Path) -> None:
    """The system may stop a write between two pages; the next note begins on a line of its own."""
    file = tmp_path / "history.jsonl"
    group = (
        '{"id": "g", "events": [{"id": "e", "organisation": "a", "book": "b", "kind": "seal", "effective_at": "%s"}]}'
    )
    note = '\n{"op": 1, "began": 1, "group": %s}' % (group % "2025-01-06T00:00:00Z")
    file.write_text(note.replace("1", "2", 1)[:-30] + note, encoding="utf-8")
    tail = Tail(file)
    assert tail.read() == 0  # the last line may still be under way
    with file.open("a", encoding="utf-8") as more:
        more.write("\n")
    assert tail.read() == 1
    assert [one.number for one in read_history(file)] == [1]
    assert [one.id for one in tail.unknown()] == ["g"]
