"""One plan from a case on disk to a checked plan, as a user gets it: time, proved gap, peak memory."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from armslength import plan, read_case
from benchmarks.measure import peak_mb


def measured(folder: Path, gap: float, time_limit: float, strict: bool) -> dict[str, Any]:
    """Plans the shared run of a case and says what it took. A plan that is returned has passed the check.

    Args:
        folder: the case.
        gap: relative gap at which to stop.
        time_limit: seconds given to the planner.
        strict: whether gangs keep their smallest size all through a period.
    """
    began = time.perf_counter()
    case = read_case(folder)
    read = time.perf_counter() - began
    comparison = plan(case, runs=("shared",), gap=gap, time_limit=time_limit, strict=strict)
    seconds = time.perf_counter() - began
    found = comparison.plan_of("shared").provenance
    return {
        "seconds": seconds,
        "read_seconds": read,
        "gap_frac": found.gap_frac,
        "proved": found.proved,
        "objective_value": found.objective_value,
        "bound_value": found.bound_value,
        "strictness_cost": comparison.strictness_cost,
        "peak_mb": peak_mb(),
        "method": found.method,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the measurement as one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.end_to_end", description="Measure one plan.")
    parser.add_argument("case", type=Path, help="folder of the case")
    parser.add_argument("--gap", type=float, default=0.01, help="relative gap at which to stop (0.01)")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds (60)")
    parser.add_argument("--strict", action="store_true", help="strict gangs")
    chosen = parser.parse_args(arguments)
    print(json.dumps(measured(chosen.case, chosen.gap, chosen.time_limit, chosen.strict)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
