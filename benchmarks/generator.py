"""Seeded random cases of named sizes, and of any size in between.

The cases look like a year or two of a market: chips that arrive before their halls are powered, halls with
room to spare, commissioning that takes weeks, gangs and services of very different worth. Each part draws
from its own stream, so that changing one parameter leaves the parts drawn before it as they were. Nothing
here knows how the planner works.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from armslength.connectors.case_writing import write_case
from armslength.model.case import Case, Horizon
from armslength.model.noun import Noun, on_day
from armslength.model.supply import Organisation
from benchmarks.draw import SPECS, Size, Spec, parts
from benchmarks.draw_demand import draw_wants
from benchmarks.draw_supply import draw_halls, draw_holdings, draw_lots, draw_stock, prices, usable_gpu_hours

__all__ = ["SPECS", "Size", "Spec", "make_case"]


def make_case(size: Size | Spec, seed: int) -> Case:
    """Returns the random case of a size and a seed; the same arguments give the same case.

    Args:
        size: a named size or a specification.
        seed: what the random streams start from.
    """
    spec = SPECS[size] if isinstance(size, str) else size
    draw = [np.random.default_rng([seed, part]) for part in range(6)]
    have = draw_holdings(spec, draw[0])
    halls = draw_halls(spec, have, draw[1])
    stock = draw_stock(have, halls, draw[2])
    lots = draw_lots(spec, have, stock, draw[3])
    workloads, demand = draw_wants(spec, have, halls, usable_gpu_hours(spec, have, halls, stock, lots), draw[4])
    case = Case(
        id=f"random-{spec.name}-{seed}",
        title="A random case for measuring",
        horizon=Horizon(start_on=spec.start_on, end_on=spec.end_on, grid=spec.grid),
        organisations=tuple(Organisation(id=name, listed=i % 3 == 0) for i, name in enumerate(have.ids)),
        skus=have.skus,
        lots=lots,
        sites=halls.sites,
        steps=halls.steps,
        stock=stock,
        workloads=workloads,
        demand=demand,
        prices=prices(spec, have.skus),
    )
    return _times_gpus(_split_lots(case, spec.lots_multiplier, draw[5]), spec.gpus_multiplier)


def _split_lots(case: Case, multiplier: int, rng: np.random.Generator) -> Case:
    """Returns the case with each lot in ``multiplier`` parts which arrive within a week of the first."""
    if multiplier == 1:
        return case
    lots = []
    for lot in case.lots:
        for j, gpus in enumerate(parts(lot.gpus, rng.uniform(0.8, 1.2, multiplier), 1)):
            day = lot.expected_on.p50_on + timedelta(int(rng.integers(0, 8)) if j else 0)
            change = {"id": f"{lot.id}-{j + 1:02}", "gpus": gpus, "expected_on": on_day(day)}
            lots.append(lot.model_copy(update=change))
    return case.model_copy(update={"lots": tuple(lots)})


def _times_gpus(case: Case, multiplier: int) -> Case:
    """Returns the case with every quantity of accelerators, power and work multiplied."""
    fields = {
        "lots": ("gpus",),
        "stock": ("gpus",),
        "sites": ("commissioning_gpus_per_week", "fabric_gpus_max"),
        "steps": ("power_mw", "gpu_slots"),
        "workloads": ("work_gpu_hours", "gang_gpus_min", "gang_gpus_max", "lateness_cost_per_week"),
        "demand": ("wanted_gpus",),
    }
    if multiplier == 1:
        return case

    def larger(row: Noun, names: tuple[str, ...]) -> Noun:
        values = {name: getattr(row, name) for name in names}
        return row.model_copy(update={n: v * multiplier for n, v in values.items() if v is not None})

    tables = {table: tuple(larger(row, names) for row in getattr(case, table)) for table, names in fields.items()}
    return case.model_copy(update=tables)


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes a random case where the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generator", description="Write a random case.")
    parser.add_argument("size", choices=sorted(SPECS), help="size of the case")
    parser.add_argument("--seed", type=int, default=1, help="start of the random streams (1)")
    parser.add_argument("--lots", type=int, default=1, help="split each lot into so many (1)")
    parser.add_argument("--gpus", type=int, default=1, help="multiply all quantities by (1)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    chosen = parser.parse_args(arguments)
    spec = replace(SPECS[chosen.size], lots_multiplier=chosen.lots, gpus_multiplier=chosen.gpus)
    case = make_case(spec, chosen.seed)
    write_case(case, chosen.out)
    print(f"{len(case.lots)} lots, {len(case.sites)} sites, {len(case.workloads)} workloads in {chosen.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
