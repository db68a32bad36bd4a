"""T7: nobody sees what is not theirs, over generated pairs of an actor and a resource; and the questions can tell.

The long form is part of ``make torture``.
"""

from pathlib import Path

import pytest

from armslength.store import reading
from armslength.store.postgresql_schema import APP_ROLE, POLICIES
from books.pairs import ask, on_file, on_server
from books.postgres import Cluster
from books.stores import Clock, open_url
from books.walls import Walls, run
from books.worlds import World


def test_pairs_on_a_file(tmp_path: Path) -> None:
    assert on_file(tmp_path, 1, 1_000) == []


def test_pairs_on_a_server(cluster: Cluster, template: str) -> None:
    assert on_server(cluster, "pairs", 2, 60, 300, template) == []


def everybodys(link: object, organisations: object) -> dict[str, int]:
    """The books of all, whoever asks."""
    return dict(map(tuple, link.rows("SELECT id, number FROM book")))  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", [3, 4])
def test_a_store_that_shows_all_books_is_caught(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    world = World(seed)
    with open_url("memory:", Clock(), seed) as store:
        world.fill(store.store)
        monkeypatch.setattr(reading, "book_numbers", everybodys)
        found = ask(world, store.store, 60)
    assert any("tells" in one for one in found)
    assert any("not ('no', 'unknown_book'" in one for one in found)


def test_an_answer_that_tells_a_forbidden_book_from_a_missing_one_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(5)
    with open_url("memory:", Clock(), 5) as store:
        world.fill(store.store)
        there = set(world.notes)
        real = store.store._book

        def telling(scope: object, book: str) -> object:
            return real(scope, book + " of others" if book in there and not world.sees(scope, book) else book)  # type: ignore[arg-type]

        monkeypatch.setattr(store.store, "_book", telling)
        assert any("of others" in one for one in ask(world, store.store, 60))


def test_a_wall_that_is_missing_is_caught(cluster: Cluster, template: str) -> None:
    """Each table in turn without row-level security; and with all of it again."""
    world = World(6, walls=True)
    with open_url(cluster.create("breach", template), Clock(), 6) as store:
        world.fill(store.store)
    admin, plain = cluster.connect("breach"), cluster.connect("breach", APP_ROLE)
    walls = Walls(world, admin, plain)
    assert {"event", "note", "member", "failed", "book"} < set(POLICIES)
    for table in POLICIES:
        run(admin, f"alter table {table} disable row level security")
        assert any(walls.ask(10) for _ in range(30)), table
        run(admin, f"alter table {table} enable row level security")
    assert walls.ask(100) == []
    for link in (admin, plain):
        link.close()
    cluster.drop("breach")
