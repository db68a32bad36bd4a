"""Runs one measurement in a fresh process, and says what it took."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]


class FailedMeasurement(Exception):
    """A measured process failed; ``reason`` is the last line of what it said."""

    def __init__(self, command: str, said: str) -> None:
        self.reason = said.strip().splitlines()[-1] if said.strip() else "no reason given"
        for line in reversed(said.splitlines()):
            if line.startswith("armslength.errors."):
                self.reason = line
                break
        super().__init__(f"{command}: {self.reason}")


def peak_mb() -> float:
    """Returns the most memory this process has held so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_fresh_process(module: str, *arguments: str, patience_seconds: float = 600) -> dict[str, Any]:
    """Runs a module of this folder in a process of its own; returns the JSON in the last line it prints.

    Args:
        module: what to run.
        arguments: of its command line.
        patience_seconds: when to give up on it.

    Raises:
        FailedMeasurement: when it fails or takes too long.
    """
    # One thread each, so that no layer gains or loses by the number of cores.
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
    command = f"{module} {' '.join(arguments)}"
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=PROJECT,
            env={**os.environ, **single},
            capture_output=True,
            text=True,
            check=False,
            timeout=patience_seconds,
        )
    except subprocess.TimeoutExpired:
        raise FailedMeasurement(command, f"still running after {patience_seconds:.0f} s") from None
    if done.returncode:
        raise FailedMeasurement(command, done.stderr)
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result
