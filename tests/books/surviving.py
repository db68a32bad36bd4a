"""Counts the small changes to the ledger's core that no test notices: ``python -m books.surviving [MINUTES [FIRST]]``.

Each mutant runs in a process of its own: a short drive beside the reference model, then the tests of the core, then longer
drives. The first that fails kills it.
"""

import importlib.util
import io
import json
import os
import random
import resource
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from books.mutants import Mutant, mutants

PROJECT = Path(__file__).resolve().parents[2]
CORE = PROJECT / "src" / "armslength" / "ledger"
FIRST_DRIVE = ((11, 250),)
TESTS = ("tests/books/test_refusals.py", "tests/books/test_traps.py", "tests/ledger")
MORE_DRIVES = ((12, 500), (13, 500), (14, 500))
CPU_SECONDS_MAX = 40
KILLED, SURVIVED = 3, 0


def killed(name: str, mutant: Mutant) -> bool:
    """Whether a core with the mutant in it is told from the right one. A mutant that never ends is."""
    child = os.fork()
    if not child:
        os._exit(_judge(name, mutant))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) != SURVIVED


def _judge(name: str, mutant: Mutant) -> int:
    """Runs in the mutant's own process, in which no module of the core is loaded yet."""
    # Processor time, so that a busy machine kills no mutant.
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            _load(name, mutant.text)
            return _run()
    except (Exception, SystemExit, pytest.fail.Exception):  # noqa: BLE001 - whatever a mutant raises tells it
        return KILLED


def _load(name: str, text: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    exec(compile(text, str(spec.origin), "exec"), module.__dict__)


def _run() -> int:
    _drive(FIRST_DRIVE)
    found = [str(PROJECT / test) for test in TESTS if (PROJECT / test).exists()]
    options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "-k", "not postgresql and not sqlite and not file"]
    if pytest.main([*options, *found]):
        return KILLED
    _drive(MORE_DRIVES)
    return SURVIVED


def _drive(drives: tuple[tuple[int, int], ...]) -> None:
    # Not before: these load the core.
    from books.lockstep import drive, small_limits
    from books.stores import Clock, open_url

    for seed, steps in drives:
        clock = Clock()
        with small_limits(), open_url("memory:", clock, seed) as store:
            drive(store, clock, seed, steps, every=steps // 2)


def run_all(minutes: float, first: int = 0) -> dict[str, Any]:
    """Runs the mutants of every module of the core, in a drawn order from one place in it, for at most so many minutes."""
    assert not any(name.startswith("armslength.ledger.") for name in sys.modules), "the core must not be loaded here"
    every = [
        (file, mutant) for file in sorted(CORE.glob("*.py")) for mutant in mutants(file.read_text(encoding="utf-8"))
    ]
    random.Random(1).shuffle(every)
    until = time.monotonic() + 60 * minutes
    alive: list[dict[str, Any]] = []
    done = 0
    for file, mutant in every[first:]:
        if time.monotonic() > until:
            break
        if not killed(f"armslength.ledger.{file.stem}", mutant):
            line = file.read_text(encoding="utf-8").splitlines()[mutant.line - 1].strip()
            alive.append({"file": file.name, "line": mutant.line, "what": mutant.what, "text": line})
            print(f"alive: {alive[-1]}", file=sys.stderr, flush=True)
        done += 1
        if done % 20 == 0:
            print(f"mutants: {done} of {len(every)}, {len(alive)} alive", file=sys.stderr, flush=True)
    return {
        "mutants": len(every),
        "run": done,
        "killed": done - len(alive),
        "score_frac": round(1 - len(alive) / max(done, 1), 4),
        "alive": alive,
        "trouble": [] if len(alive) <= 0.1 * done else ["fewer than nine of ten mutants were killed"],
    }


if __name__ == "__main__":
    given = [float(word) for word in sys.argv[1:]]
    print(json.dumps(run_all(*given[:1] or [600.0], first=int(given[1]) if len(given) > 1 else 0)))
