"""Measures the books: durable events a second in each store, and questions asked of a long log.

``python -m benchmarks.books`` prints Markdown; ``--quick`` runs everything once on something small. The yardstick is measured
in the same run: a bare durable commit, on the same store, of as many bytes as the canonical documents of the same events. The
rows on a server need PostgreSQL and are left out, saying so, without it.
"""

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from tests.books.postgres import MISSING, Cluster, bin_folder, started

from armslength.model.book import Accepted, Account, Book, Entry, Event, Group
from armslength.proof.encoding import bytes_of
from armslength.proof.tree import includes, inclusion_proof
from armslength.store.books import Books
from armslength.store.opening import open_store
from armslength.store.scope import scope_of
from benchmarks.replay import document
from benchmarks.subjects import Table, Target

NORTH = scope_of("north", operator=True)
BOOK = "private/north"
BEGIN = datetime(2025, 1, 6, tzinfo=UTC)
ACCOUNTS = 200
MONTH_SECONDS = 2_592_000
YEAR_SECONDS = 31_536_000
PAGE = "SELECT document, salt, leaf FROM event WHERE book = 1 AND sequence > ? ORDER BY sequence LIMIT 100"


@dataclass(frozen=True, slots=True)
class Scope:
    """How much is measured."""

    seconds: float
    batches: int
    long: int
    questions: int


FULL = Scope(seconds=5.0, batches=12, long=1_000_000, questions=200)
QUICK = Scope(seconds=0.2, batches=1, long=2_000, questions=3)


@dataclass(frozen=True, slots=True)
class Pace:
    """Events a second, and how long one commit took."""

    per_second: float
    p50_ms: float
    p99_ms: float


def event(number: int) -> Group:
    """One business act: two entries between two of some hundreds of accounts, with a limit on one side."""
    amount = 1 + number % 7
    entries = (
        Entry(account=f"title/lot-{number % ACCOUNTS}", side="debit", amount_count=amount),
        Entry(account="external/vendor", side="credit", amount_count=amount),
    )
    # Business time wanders: what is recorded now took effect up to a month ago.
    effective = BEGIN + timedelta(seconds=number % YEAR_SECONDS - number * 7919 % MONTH_SECONDS)
    made = Event(
        id=f"e-{number}", organisation="north", book=BOOK, kind="post", effective_at=effective, entries=entries
    )
    return Group(id=f"g-{number}", events=(made,))


@contextmanager
def opened(url: str) -> Iterator[Books]:
    """Opens a store with the accounts of the measurement in it."""
    with open_store(url, clock=lambda: datetime.now(UTC), entropy=os.urandom) as store:
        store.create_book(NORTH, Book(id=BOOK, kind="private", members=("north",)))
        names = ["external/vendor", *(f"title/lot-{n}" for n in range(ACCOUNTS))]
        for name in names:
            limit = "none" if name.startswith("external") else "credits_must_not_exceed_debits"
            account = Account(id=name, unit="GPU:a", limit=limit)  # type: ignore[arg-type]
            opens = Event(
                id=f"open-{name}",
                organisation="north",
                book=BOOK,
                kind="open_account",
                effective_at=BEGIN,
                opens=account,
            )
            assert isinstance(store.submit(NORTH, Group(id=f"open-{name}", events=(opens,))), Accepted)
        yield store


def pace(times: list[float], events: int, spent: float) -> Pace:
    times = sorted(times)
    return Pace(events / spent, 1e3 * times[len(times) // 2], 1e3 * times[int(0.99 * (len(times) - 1))])


def with_clients(store: Books, clients: int, seconds: float, first: int) -> Pace:
    """So many threads, each of which submits one group and waits for the answer."""
    until = perf_counter() + seconds
    times: list[list[float]] = [[] for _ in range(clients)]

    def work(place: int) -> None:
        number = first + place * 1_000_000
        while perf_counter() < until:
            group = event(number)
            began = perf_counter()
            answer = store.submit(NORTH, group)
            times[place].append(perf_counter() - began)
            assert isinstance(answer, Accepted)
            assert not answer.duplicate
            number += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(clients)]
    began = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [one for own in times for one in own]
    return pace(every, len(every), perf_counter() - began)


def in_batches(store: Books, size: int, batches: int, first: int) -> Pace:
    """One client that hands over so many groups at a time."""
    made = [[event(first + batch * size + n) for n in range(size)] for batch in range(batches)]
    times = []
    for groups in made:
        began = perf_counter()
        answers = store.submit_many(NORTH, groups)
        times.append(perf_counter() - began)
        assert all(isinstance(answer, Accepted) and not answer.duplicate for answer in answers)
    return pace(times, size * batches, sum(times))


def bare_file(path: Path, size: int, repeats: int) -> Pace:
    """The same bytes in one row of a bare table, committed as durably."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE bare (a BLOB)")

    def write(payload: bytes) -> None:
        connection.execute("INSERT INTO bare VALUES (?)", (payload,))

    try:
        return _bare(write, size, repeats)
    finally:
        connection.close()


def bare_server(cluster: Cluster, database: str, size: int, repeats: int) -> Pace:
    """The same on a server."""
    connection = cluster.connect(database)
    cursor = connection.cursor()
    cursor.execute("DROP TABLE IF EXISTS bare")
    cursor.execute("CREATE TABLE bare (a bytea)")

    def write(payload: bytes) -> None:
        cursor.execute("INSERT INTO bare VALUES (%s)", (payload,))

    try:
        return _bare(write, size, repeats)
    finally:
        connection.close()


def _bare(write: Callable[[bytes], None], size: int, repeats: int) -> Pace:
    payload = os.urandom(size * bytes_per_event())
    times = []
    for _ in range(repeats):
        began = perf_counter()
        write(payload)
        times.append(perf_counter() - began)
    return pace(times, size * repeats, sum(times))


def bytes_per_event() -> int:
    """Canonical bytes, salt and leaf of one event."""
    with opened("memory:") as store:
        answer = store.submit(NORTH, event(1))
        assert isinstance(answer, Accepted)
        return len(bytes_of(answer.recorded[0])) + 16 + 32


def row(what: str, ours: Pace, bare: Pace) -> tuple[str, ...]:
    return (
        what,
        f"{ours.per_second:,.0f}",
        f"{ours.p50_ms:.1f}",
        f"{ours.p99_ms:.1f}",
        f"{bare.per_second:,.0f}",
        f"{ours.per_second / bare.per_second:.2f}",
    )


HEAD = ("what", "events a second", "p50, ms", "p99, ms", "bare commit of the same bytes, events a second", "ratio")


def on_file(scope: Scope, folder: Path) -> Table:
    """SQLite: durable events a second."""
    rows, targets = [], []
    with opened(str(folder / "clients.db")) as store:
        for clients, least, slowest in ((1, 200, 0.0), (16, 0, 0.0), (64, 4_000, 60.0)):
            bare = bare_file(folder / f"bare-{clients}.db", 1, max(3, int(scope.seconds * 40)))
            ours = with_clients(store, clients, scope.seconds, clients * 100_000_000)
            rows.append(row(f"{clients} client{'s' * (clients > 1)}, one event each", ours, bare))
            if least:
                targets.append(
                    promise(
                        f"SQLite, {clients} client{'s' * (clients > 1)}: {least:,} events a second",
                        ours.per_second,
                        least,
                    )
                )
            if slowest:
                targets.append(
                    at_most(f"SQLite, {clients} clients: p99 of {slowest:.0f} ms", ours.p99_ms, slowest, "ms")
                )
    with opened(str(folder / "import.db")) as store:
        for number, size in enumerate((1, 10, 100, 1000)):
            batches = max(2, scope.batches * (20 if size < 100 else 2 if size < 1000 else 1))
            bare = bare_file(folder / f"bare-batch-{size}.db", size, batches)
            ours = in_batches(store, size, batches, number * 1_000_000)
            rows.append(row(f"one client, {size:,} events a commit", ours, bare))
        targets.append(promise("SQLite import, 1,000 a commit: 20,000 events a second", ours.per_second, 20_000))
    return Table("SQLite", "WAL, synchronous=FULL; each answer is durable.", HEAD, tuple(rows), tuple(targets))


def on_server(scope: Scope) -> Table:
    """PostgreSQL: durable events a second."""
    if bin_folder() is None:
        return Table("PostgreSQL", f"Not measured: {MISSING}.", HEAD, ())
    rows, targets = [], []
    with tempfile.TemporaryDirectory(prefix="armslength-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        for cluster in started(Path(folder) / "cluster", durable=True):
            with opened(cluster.create("books")) as store:
                for number, (size, least) in enumerate(((1, 0), (10, 0), (100, 1_000), (1000, 6_000))):
                    batches = max(2, scope.batches * (20 if size < 100 else 2 if size < 1000 else 1))
                    bare = bare_server(cluster, "books", size, batches)
                    ours = in_batches(store, size, batches, number * 1_000_000)
                    rows.append(row(f"one client, {size:,} events a commit", ours, bare))
                    if least:
                        words = f"PostgreSQL, {size:,} a commit: {least:,} events a second"
                        targets.append(promise(words, ours.per_second, least))
                targets.append(at_most("PostgreSQL, 1,000 a commit: p99 of 250 ms", ours.p99_ms, 250, "ms"))
                ours = with_clients(store, 16, scope.seconds, 100_000_000)
                rows.append(row("16 clients, one event each", ours, bare_server(cluster, "books", 1, 50)))
    note = "READ COMMITTED, one writer at a time, synchronous_commit=on; server and client share the cores."
    return Table("PostgreSQL", note, HEAD, tuple(rows), tuple(targets))


def promise(words: str, measured: float, least: float) -> Target:
    return Target(words, f"{measured:,.0f}", measured >= least)


def at_most(words: str, measured: float, most: float, unit: str) -> Target:
    return Target(words, f"{measured:.2f} {unit}", measured <= most)


def long_log(scope: Scope, folder: Path) -> Table:
    """Questions asked of a long log, and whether they cost more than of a short one."""
    rows, targets = [], []
    with opened(str(folder / "long.db")) as store, closing(sqlite3.connect(folder / "long.db")) as bare:
        done = 0
        sizes = [scope.long // 4, scope.long]
        for size in sizes:
            began = perf_counter()
            first = done
            while done < size:
                count = min(1000, size - done)
                store.submit_many(NORTH, [event(done + n) for n in range(count)])
                done += count
            rows.append(("append", f"{size:,}", f"{1e3 * (perf_counter() - began) / max(1, size - first):.3f}"))
            for what, seconds in asked(store, bare, size, scope.questions).items():
                rows.append((what, f"{size:,}", f"{1e3 * seconds:.2f}"))
    last = {what: float(ms) for what, size, ms in rows if size == f"{scope.long:,}"}
    targets += [
        at_most(
            f"page of 100 events at {scope.long:,}: 5 ms in the database", last["the same, in the database"], 5, "ms"
        ),
        at_most(f"balance as of any day at {scope.long:,}: 20 ms", last["balance as of a business day"], 20, "ms"),
        at_most(f"inclusion proof at {scope.long:,}: 2 ms", last["inclusion proof"], 2, "ms"),
    ]
    head = ("what", "events in the log", "ms each, p50; append: mean")
    return Table(
        "Questions asked of a long log (SQLite)",
        "One account stands in every event.",
        head,
        tuple(rows),
        tuple(targets),
    )


def asked(store: Books, bare: sqlite3.Connection, size: int, questions: int) -> dict[str, float]:
    """Returns the middle of the times of each question."""
    day = timedelta(days=1)
    root = bytes.fromhex(store.checkpoint(NORTH, BOOK).root)
    whole = store.size(NORTH, BOOK)

    def prove(place: int) -> None:
        with store.hash_reader(NORTH, BOOK) as read:
            proof = inclusion_proof(read, place, whole)
        (leaf,) = store.leaves(NORTH, BOOK, start=place, stop=place + 1)
        assert includes(leaf, place, whole, proof, root)

    def instant(place: int) -> datetime:
        return BEGIN + place % max(1, size // 86_400 + 1) * day + timedelta(seconds=place % 86_400)

    def recorded(place: int) -> datetime:
        return store.events(NORTH, BOOK, after=place - 1, limit=1)[0].recorded_at

    def in_database(place: int) -> None:
        bare.execute(PAGE, (place,)).fetchall()

    kinds: dict[str, Callable[[int], object]] = {
        "page of 100 events": lambda place: store.events(NORTH, BOOK, after=place, limit=100),
        "the same, in the database": in_database,
        "balance now": lambda place: store.balance(NORTH, BOOK, "external/vendor"),
        "balance as of a business day": lambda place: store.balance(
            NORTH, BOOK, "external/vendor", effective_at=instant(place)
        ),
        "balance as of a recorded instant": lambda place: store.balance(
            NORTH, BOOK, "external/vendor", recorded_at=recorded(place)
        ),
        "inclusion proof": prove,
    }
    found = {}
    for what, ask in kinds.items():
        times = []
        for number in range(questions):
            place = number * 7919 % max(1, size - 200)
            began = perf_counter()
            ask(place)
            times.append(perf_counter() - began)
        found[what] = sorted(times)[len(times) // 2]
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the page, and with --out writes it; fails when a promise is not kept (not with --quick)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.books", description="Measure the books.")
    parser.add_argument("subjects", nargs="*", help="file, server, long (all)")
    parser.add_argument("--quick", action="store_true", help="a few events, once each: does it run?")
    parser.add_argument("--out", type=Path, help="file to write the page to")
    parser.add_argument("--date", default="", help="day of measuring, for the page")
    chosen = parser.parse_args(arguments)
    scope = QUICK if chosen.quick else FULL
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subjects: dict[str, Callable[[], Table]] = {
            "file": lambda: on_file(scope, folder),
            "server": lambda: on_server(scope),
            "long": lambda: long_log(scope, folder),
        }
        unknown = set(chosen.subjects) - set(subjects)
        if unknown:
            parser.error(f"no such subject: {', '.join(sorted(unknown))}; there are {', '.join(subjects)}")
        tables = []
        for subject in chosen.subjects or subjects:
            print(f"measuring {subject} ...", file=sys.stderr, flush=True)
            tables.append(subjects[subject]())
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
    page = document(tables, chosen.date, machine + f"SQLite {sqlite3.sqlite_version}.", "Benchmarks of the books")
    print(page)
    if chosen.out:
        chosen.out.write_text(page, encoding="utf-8")
    return 0 if chosen.quick or all(target.met for table in tables for target in table.targets) else 1


if __name__ == "__main__":
    sys.exit(main())
