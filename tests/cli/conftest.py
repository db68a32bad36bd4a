"""The command line, run in this process or as a program, and a small case to run it on."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from armslength.cli.main import main

PROJECT = Path(__file__).resolve().parents[2]
# North's accelerators wait for its hall; South hosts half of them and is paid for it.
SMALL_CASE = """\
id: small
title: A small case
currency: USD
horizon: {start_on: 2025-01-06, end_on: 2025-02-03, grid: week}
organisations:
  - {id: north, name: North}
  - {id: south, name: South}
skus:
  - {id: card, site_kw_per_gpu: 1}
lots:
  - {id: north-lot, sku: card, gpus: 20, owner: north, expected_on: 2025-01-06}
sites:
  - {id: north-hall, owner: north}
  - {id: south-hall, owner: south}
steps:
  - {id: north-opens, site: north-hall, from_on: 2025-01-20, power_mw: 0.02}
  - {id: south-room, site: south-hall, from_on: 2025-01-06, power_mw: 0.01}
workloads:
  - {id: north-work, owner: north, form: training, work_value_per_gpu_hour: 2}
  - {id: south-work, owner: south, form: training, work_value_per_gpu_hour: 1}
agreements:
  - {id: guests, kind: hosting, parties: [north, south], state: in_force, known_on: 2025-01-10}
legs:
  - {id: guests-cards, agreement: guests, giver: north, taker: south, sku: card, site: south-hall, gpus: 10}
settlements:
  - {id: rent, agreement: guests, payer: north, payee: south, amount_cost: 1000}
"""


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def armslength(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ran]:
    """Returns a function that runs a command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words: object) -> Ran:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:  # the parser of arguments
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Ran]:
    """Returns a function that runs the program itself, with its output in pipes."""

    def run(*words: object, python: tuple[str, ...] = (), **environment: str) -> Ran:
        command = [sys.executable, *python, "-m", "armslength.cli.main", *map(str, words)]
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            cwd=tmp_path,
            encoding=environment.get("PYTHONIOENCODING", "utf-8"),
            env={**os.environ, **environment},
            timeout=60,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Returns a file with the small case."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL_CASE, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder with the small case, planned into `out`. Not to be changed: copy it first."""
    folder = tmp_path_factory.mktemp("planned")
    (folder / "small.yaml").write_text(SMALL_CASE, encoding="utf-8")
    assert main(["plan", str(folder / "small.yaml"), "--out", str(folder / "out")]) == 0
    return folder
