"""T2, T4: writers and their server are killed while many clients write; one order explains every answer.

The long form is part of ``make torture``.
"""

from pathlib import Path

from books.killing import Session
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
