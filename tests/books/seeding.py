"""Runs the tests against ledgers that were broken on purpose, one mistake each: every one must be caught.

A mistake is a piece of the source and what is put in its place. It is made in a copy of the package; the tests named with it
run on that copy, and at least one must fail.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "src" / "armslength"
SECONDS_MAX = 300


@dataclass(frozen=True)
class Seed:
    """A mistake.

    Attributes:
        name: short.
        what: the mistake in one sentence.
        file: where it is made, from the package's folder.
        old: what stands there, once.
        new: what is put in its place.
        tests: which tests are to catch it, as given to pytest.
    """

    name: str
    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def misplaced(seed: Seed) -> str:
    """Returns why a mistake cannot be made as described, or an empty string."""
    file = PACKAGE / seed.file
    if not file.is_file():
        return f"{seed.name}: there is no {seed.file}"
    count = file.read_text(encoding="utf-8").count(seed.old)
    return "" if count == 1 else f"{seed.name}: its place stands {count} times in {seed.file}"


def caught_by(seed: Seed) -> str:
    """Returns the first test that fails on the broken package, or an empty string if none does."""
    with tempfile.TemporaryDirectory(prefix="armslength-seed-") as folder:
        copy = Path(folder) / "armslength"
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        file = copy / seed.file
        file.write_text(file.read_text(encoding="utf-8").replace(seed.old, seed.new), encoding="utf-8")
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-x",
                "-q",
                "--no-header",
                "-p",
                "no:cacheprovider",
                "--tb=no",
                *seed.tests,
            ],
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_MAX,
        )
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if done.returncode == 0:
        return ""
    if not failed:
        raise RuntimeError(f"{seed.name}: the tests did not run: {done.stdout[-500:]}{done.stderr[-500:]}")
    return failed[0].split(" ")[1].removeprefix("tests/")


def governance() -> Iterator[dict[str, str]]:
    """Makes each of governance's mistakes in this process, and yields which story saw it."""
    from books.seeded_governance import SEEDED, seeded
    from governance.scenarios import STORIES

    stories = {story.__name__: story for story in STORIES}
    for bug in SEEDED:
        row = {"name": bug.name, "what": bug.what, "file": bug.module.replace(".", "/") + ".py", "caught": ""}
        with seeded(bug):
            try:
                stories[bug.story]()
            except AssertionError:
                row["caught"] = f"governance/scenarios.py::{bug.story}"
        yield row


def run_all(progress: Any) -> dict[str, Any]:
    """Makes every mistake, and says which test caught it."""
    from books.seeds import SEEDS

    trouble = [why for why in map(misplaced, SEEDS) if why]
    rows = []
    progress.total = len(SEEDS)
    for number, seed in enumerate(SEEDS, start=1):
        caught = "" if misplaced(seed) else caught_by(seed)
        rows.append({"name": seed.name, "what": seed.what, "file": seed.file, "caught": caught})
        progress(number)
    rows += governance()
    trouble += [f"{row['name']}: not caught" for row in rows if not row["caught"]]
    return {"seeds": len(rows), "caught": sum(bool(row["caught"]) for row in rows), "rows": rows, "trouble": trouble}
