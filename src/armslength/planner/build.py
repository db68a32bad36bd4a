"""Tables become a program of named families. The families' docstrings are the mathematics of the project."""

from collections.abc import Iterator

import numpy as np

from armslength.planner.building import Build, Kept, Layout
from armslength.planner.families_stock import (
    commissioning,
    goes_dark,
    hosted,
    hosted_together,
    keeps_standing,
    power,
    power_in_use,
    received,
    returns,
    slots,
    slots_in_use,
)
from armslength.planner.families_time import after_rise, crew_pace, crew_turn, in_time, in_turn, usable
from armslength.planner.families_work import (
    demand,
    gang_size,
    gang_stands,
    no_detriment,
    single_site,
    starts,
    strict_gang,
    use_right,
    work,
)
from armslength.planner.tables import Bools, Labels, Tables
from armslength.solver.program import Program

FAMILIES = (
    received,
    keeps_standing,
    returns,
    power,
    slots,
    power_in_use,
    slots_in_use,
    goes_dark,
    hosted,
    hosted_together,
    commissioning,
    usable,
    in_time,
    after_rise,
    in_turn,
    crew_pace,
    crew_turn,
    use_right,
    gang_size,
    demand,
    starts,
    work,
    single_site,
    gang_stands,
    strict_gang,
    no_detriment,
)


def build(
    tables: Tables,
    labels: Labels,
    *,
    options: Bools | None = None,
    strict: bool = False,
    integers: bool = True,
    kept: Kept | None = None,
    whole: bool = False,
    standing: bool = True,
) -> tuple[Program, Layout]:
    """Returns the program of a run, and where its columns are.

    Args:
        tables: the run in numbers.
        labels: names for keys.
        options: (Q) which options to include; all by default.
        strict: whether gangs keep their smallest size all through any period in which they run.
        integers: whether to choose one option for each single-fabric gang; without, gangs may spread.
        kept: what earlier choices leave; everything by default.
        whole: whether stock comes in whole accelerators already here, and not by rounding afterwards.
        standing: whether it is a choice where enough stand for a gang, while such choices are few.
    """
    chosen = np.ones(len(tables.option_workload), dtype=bool) if options is None else options
    work = Build(tables, labels, chosen, strict, integers, kept or Kept(), whole, standing)
    for family in FAMILIES:
        family(work)
    return work.builder.program(constant=float(tables.constant.sum())), work.layout


def family_names() -> Iterator[str]:
    """Yields the families' public names."""
    yield from (family.__name__ for family in FAMILIES)
