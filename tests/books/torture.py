"""The long forms: ``python -m books.torture [PART ...]`` runs power cuts, kills and state-machine steps by the thousand.

Each part shows how far it is, and writes what it found to ``build/torture/PART.json``. What a part finds wrong ends the program
with status 1; the seed in the message brings it back.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from books.cutting import BAD, campaign
from books.killing import Report, Session
from books.lockstep import drive, small_limits
from books.pairs import on_file, on_server
from books.postgres import MISSING, Cluster, bin_folder, started
from books.seeding import run_all as run_seeded
from books.stores import Clock, open_url

OUT = Path(__file__).resolve().parents[2] / "build" / "torture"
STEPS_PER_WORLD = 2_000
KILLS_PER_SESSION = 50
OPERATIONS_PER_SESSION = 10_000
SESSIONS_PER_SEED = 1_000
PAIRS_PER_WORLD = 2_000


@dataclass(frozen=True)
class Scope:
    """How much of everything."""

    cuts: int = 10_000
    bad_cuts: int = 1_000
    kills: int = 1_000
    operations: int = 100_000
    steps: int = 1_000_000
    pairs: int = 100_000
    seed: int = 0


SHORT = Scope(cuts=200, bad_cuts=50, kills=20, operations=1_000, steps=4_000, pairs=1_000)
Found = dict[str, Any]


class Progress:
    """One line that is written over, in a terminal; a line every half minute, elsewhere."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.began, self.last = what, total, time.monotonic(), 0.0

    def __call__(self, done: int, more: str = "") -> None:
        now = time.monotonic()
        if now - self.last < (0.5 if sys.stderr.isatty() else 30):
            return
        self.last = now
        spent = now - self.began
        left = spent / done * (self.total - done) if done else 0
        end = "\r" if sys.stderr.isatty() else "\n"
        text = f"{self.what}: {done:,} of {self.total:,}, {spent:.0f} s, about {max(left, 0):.0f} s to go {more}"
        print(text, end=end, file=sys.stderr, flush=True)


def power(scope: Scope) -> Found:
    """T1: cuts under the store as it is, and under settings that are known to be bad."""
    found: Found = {"bad_settings": {}}
    progress = Progress("power cuts", scope.cuts)
    tally = campaign(scope.cuts, seed=1000 + scope.seed, progress=progress)
    found |= {"points": tally.points, "bad": tally.bad, "examples": tally.examples}
    for name, forced in BAD.items():
        caught = campaign(scope.bad_cuts, seed=5000, forced=forced)
        found["bad_settings"][name] = {"points": caught.points, "caught": caught.bad, "lost": caught.lost}
    found["trouble"] = tally.examples + [
        f"{name}: only {one['caught']} of {one['points']} cuts were caught"
        for name, one in found["bad_settings"].items()
        if one["caught"] < 0.7 * one["points"]
    ]
    return found


def _sessions(scope: Scope, what: str, url: Callable[[int, Path], str], cluster: Cluster | None) -> Found:
    """T2, T4: short lives until there are enough kills, then longer ones until enough operations are checked.

    Each session has a fresh store, and ends with its own judgement.
    """
    whole, progress, clients = Report(), Progress(f"{what}: kills", scope.kills), Counter[int]()
    number = scope.seed * SESSIONS_PER_SEED
    while (whole.kills < scope.kills or whole.operations < scope.operations) and not whole.faults:
        number += 1
        many = whole.kills < scope.kills
        processes, each = [(2, 4), (1, 8), (2, 8), (3, 4), (1, 16)][number % 5]
        clients[processes * each] += 1  # one session more with so many
        with tempfile.TemporaryDirectory(prefix="armslength-kills-") as folder:
            report = Session(
                url(number, Path(folder)), Path(folder), number, processes, each,
                kills=KILLS_PER_SESSION if many else 2,
                operations=0 if many else min(OPERATIONS_PER_SESSION, scope.operations - whole.operations),
                cluster=cluster,
                alive_seconds=(0.05, 0.3) if many else (5.0, 10.0),
                progress=lambda report: progress(
                    whole.kills + report.kills, f"({whole.operations + report.operations:,} operations)"
                ),
            ).run()  # fmt: skip
        whole.kills += report.kills
        whole.server_kills += report.server_kills
        whole.operations += report.operations
        whole.unknown += report.unknown
        whole.faults += [f"session {number}: {fault}" for fault in report.faults]
        _write(what, whole, sum(clients.values()), clients)
    return _told(whole, sum(clients.values()), clients)


def _told(whole: Report, sessions: int, clients: Counter[int]) -> Found:
    return {
        "kills": whole.kills,
        "server_kills": whole.server_kills,
        "operations": whole.operations,
        "unknown": whole.unknown,
        "sessions": sessions,
        "clients": sorted(clients),
        "trouble": whole.faults[:5],
    }


def _write(what: str, whole: Report, sessions: int, clients: Counter[int]) -> None:
    """Keeps what there is after each session, so that a run that is cut short tells how far it came."""
    write(f"kills-{what.lower()}", _told(whole, sessions, clients))


def write(name: str, found: Found) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def kills_sqlite(scope: Scope) -> Found:
    """Writers killed on a SQLite file."""
    return _sessions(scope, "SQLite", lambda number, folder: str(folder / "books.db"), None)


def kills_postgresql(scope: Scope) -> Found:
    """Writers and their server killed on PostgreSQL."""
    if bin_folder() is None:
        return {"trouble": [MISSING]}
    with tempfile.TemporaryDirectory(prefix="armslength-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with contextmanager(started)(Path(folder) / "cluster", durable=True) as cluster:
            return _sessions(scope, "PostgreSQL", lambda number, _: cluster.create(f"kills_{number}"), cluster)


def steps(scope: Scope) -> Found:
    """T6: groups answered by store and reference model alike, all invariants looked at after each."""
    first = 100_000 + scope.seed
    answers, progress, done, seed = Counter[str](), Progress("steps", scope.steps), 0, first
    while done < scope.steps:
        seed += 1
        clock = Clock()
        with small_limits() if seed % 2 else nullcontext(), open_url("memory:", clock, seed) as store:
            try:
                both = drive(store, clock, seed, STEPS_PER_WORLD)
            except AssertionError as difference:
                return {"steps": done, "answers": dict(answers), "trouble": [f"seed {seed}: {difference}"]}
        answers.update(both.answers)
        done += STEPS_PER_WORLD
        progress(done)
        write("steps", {"steps": done, "worlds": seed - first, "answers": dict(answers), "trouble": []})
    return {"steps": done, "worlds": seed - first, "answers": dict(answers), "trouble": []}


def pairs(scope: Scope) -> Found:
    """T7: who may see what, asked of the services on a file, of the services on a server, and of the server in plain SQL."""
    found: Found = {"file": 0, "server": 0, "walls": 0, "worlds": 0, "trouble": []}
    if bin_folder() is None:
        return found | {"trouble": [MISSING]}
    progress = Progress("pairs", scope.pairs)
    with tempfile.TemporaryDirectory(prefix="armslength-pairs-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        with contextmanager(started)(Path(name) / "cluster") as cluster:
            while found["file"] < scope.pairs and not found["trouble"]:
                seed = scope.seed * SESSIONS_PER_SEED + found["worlds"]
                many = min(PAIRS_PER_WORLD, scope.pairs - found["file"])
                found["trouble"] += [f"file, world {seed}: {what}" for what in on_file(Path(name), seed, many)]
                # Those of the services take their way through the same walls, ten times as slowly.
                below = on_server(cluster, f"pairs_{seed}", seed, many // 10, many)
                found["trouble"] += [f"server, world {seed}: {what}" for what in below]
                found |= {"file": found["file"] + many, "server": found["server"] + many // 10}
                found |= {"walls": found["walls"] + many, "worlds": found["worlds"] + 1}
                progress(found["file"])
                write("pairs", found)
    return found


def seeded(scope: Scope) -> Found:
    """T8: deliberately broken ledgers, each of which the tests must catch."""
    return run_seeded(Progress("seeded bugs", 1))


def mutants(scope: Scope) -> Found:
    """T8: every small change to the core, and how many of them no test notices."""
    # In a program of its own, which has not loaded what is to be mutated.
    done = subprocess.run([sys.executable, "-m", "books.surviving"], stdout=subprocess.PIPE, check=True)
    found: Found = json.loads(done.stdout)
    return found


PARTS: dict[str, Callable[[Scope], Found]] = {
    "power": power,
    "kills-sqlite": kills_sqlite,
    "kills-postgresql": kills_postgresql,
    "steps": steps,
    "pairs": pairs,
    "seeded": seeded,
    "mutants": mutants,
}


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all if none is named")
    asked.add_argument("--short", action="store_true", help="a little of everything")
    asked.add_argument("--seed", type=int, default=0, help="another number draws other runs")
    for name in ("steps", "kills", "operations", "pairs"):
        asked.add_argument(f"--{name}", type=int, help=f"so many {name} instead of {getattr(Scope, name):,}")
    options = asked.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        asked.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    scope = replace(SHORT if options.short else Scope(), seed=options.seed)
    given = {name: getattr(options, name) for name in ("steps", "kills", "operations", "pairs")}
    scope = replace(scope, **{name: value for name, value in given.items() if value is not None})
    troubled = False
    for name in options.parts or PARTS:
        began = time.monotonic()
        found = PARTS[name](scope)
        found["seconds"] = round(time.monotonic() - began)
        write(name, found)
        shown = {key: value for key, value in found.items() if not isinstance(value, list | dict)}
        print(f"{name}: {shown}")
        for trouble in found["trouble"]:
            troubled = True
            print(f"  {trouble}", file=sys.stderr)
    return int(troubled)


if __name__ == "__main__":
    sys.exit(main())
