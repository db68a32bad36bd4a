"""A throw-away PostgreSQL server for the tests of the books, and every kind of store in turn."""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from books.postgres import MISSING, Cluster, bin_folder, started
from books.stores import Clock, Opened, open_url

KINDS = ("memory", "sqlite", "postgresql")
_numbers = itertools.count()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Yields a server that does not sync: nothing here cuts its power."""
    if bin_folder() is None:
        pytest.skip(MISSING)
    # Not in pytest's own folder: that one is closed to the server's user.
    with tempfile.TemporaryDirectory(prefix="armslength-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield from started(Path(folder) / "cluster")


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """Returns the name of a database with the tables of the books, and nothing in them: copying one is quick."""
    with open_url(cluster.create("books_empty"), Clock(), seed=1):
        return "books_empty"


@pytest.fixture(scope="session")
def furnished_template(cluster: Cluster, template: str) -> str:
    """Returns the name of one in which the drawn world's books and accounts are open."""
    with open_url(cluster.create("books_furnished", template), Clock(), seed=1) as store:
        store.furnish()
    return "books_furnished"


@pytest.fixture
def database(cluster: Cluster, template: str) -> Iterator[str]:
    """Yields the address of an empty set of books."""
    name = f"books_{next(_numbers)}"
    yield cluster.create(name, template)
    cluster.drop(name)


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Returns the address of an empty store, of each kind in turn."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("database"))
    return "memory:" if request.param == "memory" else str(tmp_path / "books.db")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(address: str, clock: Clock) -> Iterator[Opened]:
    """Yields an empty store of each kind in turn."""
    with open_url(address, clock, seed=1) as opened:
        yield opened
