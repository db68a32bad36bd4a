"""Counts the small changes to the ledger's core that no test notices.

Each mutant runs in a process of its own: first a short drive beside the reference model, then the tests of the core.
"""

import importlib
import importlib.util
import io
import os
import random
import signal
import sys
import time
import traceback
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from books.mutants import Mutant, mutants

PROJECT = Path(__file__).resolve().parents[2]
CORE = PROJECT / "src" / "armslength" / "ledger"
SEEDS = (11, 12, 13, 14)
STEPS = 500
TESTS = ("tests/books/test_traps.py", "tests/ledger")
SECONDS_MAX = 60
KILLED, SURVIVED = 3, 0


def killed(name: str, mutant: Mutant) -> bool:
    """Whether a core with the mutant in it is told from the right one. A mutant that never ends is."""
    child = os.fork()
    if not child:
        os._exit(_judge(name, mutant))
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) != SURVIVED
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _judge(name: str, mutant: Mutant) -> int:
    """Runs in the mutant's own process, in which no module of the core is loaded yet."""
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            _load(name, mutant.text)
            return _run()
    except BaseException:
        traceback.format_exc()
        return KILLED


def _load(name: str, text: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    exec(compile(text, str(spec.origin), "exec"), module.__dict__)


def _run() -> int:
    from books.lockstep import drive
    from books.stores import Clock, open_url

    for seed in SEEDS:
        clock = Clock()
        with open_url("memory:", clock, seed) as store:
            drive(store, clock, seed, STEPS, every=STEPS)
    import pytest

    found = [str(PROJECT / test) for test in TESTS if (PROJECT / test).exists()]
    options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "-k", "not postgresql and not sqlite"]
    return KILLED if pytest.main([*options, *found]) else SURVIVED


def run_all(progress: Any, only: str = "") -> dict[str, Any]:
    """Runs every mutant of every module of the core."""
    assert not any(name.startswith("armslength.ledger.") for name in sys.modules), "the core must not be loaded here"
    every = [
        (file, mutant)
        for file in sorted(CORE.glob("*.py"))
        if only in file.name
        for mutant in mutants(file.read_text(encoding="utf-8"))
    ]
    # In a drawn order, so that a run that is cut short has seen a fair sample.
    random.Random(1).shuffle(every)
    progress.total = len(every)
    alive: list[dict[str, Any]] = []
    for number, (file, mutant) in enumerate(every, start=1):
        if not killed(f"armslength.ledger.{file.stem}", mutant):
            line = file.read_text(encoding="utf-8").splitlines()[mutant.line - 1].strip()
            alive.append({"file": file.name, "line": mutant.line, "what": mutant.what, "text": line})
        progress(number)
    return {
        "mutants": len(every),
        "killed": len(every) - len(alive),
        "score_frac": round(1 - len(alive) / max(len(every), 1), 4),
        "alive": alive,
        "trouble": [] if len(alive) <= 0.1 * len(every) else ["fewer than nine of ten mutants were killed"],
    }
