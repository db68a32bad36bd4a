"""Measures everything that is promised about speed and prints it as Markdown; `make bench` runs it."""

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from armslength.solver.highs import solver_version
from benchmarks.measure import FailedMeasurement
from benchmarks.subjects import FULL, QUICK, SUBJECTS, Scope, Table, Target


def document(tables: Sequence[Table], scope: Scope, machine: str, day: str) -> str:
    """Returns the results as a Markdown page.

    Args:
        tables: what was measured.
        scope: how much was measured.
        machine: words about the machine.
        day: day of measuring.
    """
    lines = [
        "# Benchmarks",
        "",
        f"Measured on {day or 'a day not stated'}. {machine} Python {platform.python_version()}, "
        f"{solver_version()}, one solver thread. Random cases of `benchmarks/generator.py`, seed "
        f"{scope.seed}. `make bench` measures again.",
        "",
    ]
    targets = [target for table in tables for target in table.targets]
    if targets:
        lines += [
            "## Promises",
            "",
            *_markdown(("promised", "measured", "kept"), [_target_row(t) for t in targets]),
            "",
        ]
    for table in tables:
        lines += [f"## {table.title}", "", table.note, "", *_markdown(table.head, table.rows), ""]
    return "\n".join(lines)


def _target_row(target: Target) -> tuple[str, ...]:
    return target.promise, target.measured, "yes" if target.met else "**no**"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return lines + [f"| {' | '.join(row)} |" for row in rows]


def _this_machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB."


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints, and with --out also writes, the page of results; fails when a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Measure speed.")
    parser.add_argument("subjects", nargs="*", help=f"what to measure: {', '.join(SUBJECTS)} (all)")
    parser.add_argument("--quick", action="store_true", help="small cases, once each: does it run?")
    parser.add_argument("--out", type=Path, help="file to write the page to")
    parser.add_argument("--date", default="", help="day of measuring, for the page")
    parser.add_argument("--machine", default="", help="words about the machine, for the page")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.subjects) - set(SUBJECTS)
    if unknown:
        parser.error(f"no such subject: {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}")
    scope = QUICK if chosen.quick else FULL
    tables: list[Table] = []
    failures: list[str] = []
    for name in chosen.subjects or SUBJECTS:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        try:
            tables.append(SUBJECTS[name](scope))
        except FailedMeasurement as failure:
            failures.append(f"{name}: {failure}")
    page = document(tables, scope, chosen.machine or _this_machine(), chosen.date)
    print(page)
    if chosen.out:
        chosen.out.write_text(page, encoding="utf-8")
    for said in failures:
        print(f"could not be measured: {said}", file=sys.stderr)
    kept = all(target.met for table in tables for target in table.targets)
    return 0 if kept and not failures else 1


if __name__ == "__main__":
    sys.exit(main())
