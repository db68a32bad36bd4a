"""Places of gangs in runs too large for one search: part by part, each with all others held where they are.

Sites belong to one part if some work may run at either of them. What a fleet receives ties parts together; it stays shared
out as the answer at hand has it, and what one part leaves over the next may take.
"""

import numpy as np

from armslength.planner.build import build
from armslength.planner.building import Layout
from armslength.planner.effort import Effort
from armslength.planner.gang_search import Search
from armslength.planner.linear import Answer, values_of
from armslength.planner.tables import Bools, Floats, Ints, Labels, Tables

PART_GAP_FRAC = 0.002
PART_GANGS_MAX = 100  # a search among more finds no plan in good time
PART_SECONDS_MIN = 30.0  # with less for each part, gathering by trial does as well


def placed_by_parts(
    tables: Tables, labels: Labels, options: Bools, start: Answer, effort: Effort, seconds: float
) -> tuple[Bools, Floats] | None:
    """Searches each part for its share of the time; None where that cannot be, or brings no plan.

    Returns:
        (Q) the options that remain, one of each single-fabric gang; and (H, T) the accelerators that stand.

    Args:
        options: (Q) the options among which to choose.
        start: an answer without choices for the same options, which says how parts share what is received.
        seconds: for all parts together.
    """
    part_of_site = parts_of_sites(tables, options)
    gangs = _gangs_of_parts(tables, options, part_of_site)
    searched = np.flatnonzero(gangs)
    too_late = seconds < PART_SECONDS_MIN * len(searched)
    if len(searched) < 2 or too_late or gangs.max() > PART_GANGS_MAX or tables.fleet_returns.any():
        return None
    program, layout = build(tables, labels, options=options, standing=False)
    part = _parts_of_columns(tables, layout, part_of_site, len(program.value))
    x = _values(layout, start, len(program.value))
    chosen = options.copy()
    begun = effort.now()
    for number, mine in enumerate(searched):
        left = (seconds - (effort.now() - begun)) / (len(searched) - number)
        effort.say(f"places of gangs: part {number + 1} of {len(searched)}")
        found = Search(tables, layout, program, part != mine, x, effort.within(left), PART_GAP_FRAC).placed()
        if found is None:
            return None
        here = part_of_site[tables.holding_site[tables.option_holding]] == mine
        chosen &= found.options | ~here
        x = found.x
    return chosen, values_of(layout.installed, x)


def parts_of_sites(tables: Tables, options: Bools) -> Ints:
    """Returns the number of each site's part, (S): sites are tied by work that may run at either."""
    part = np.arange(len(tables.power_end))
    site = tables.holding_site[tables.option_holding]
    for workload in np.unique(tables.option_workload[options]):
        tied = np.unique(part[site[options & (tables.option_workload == workload)]])
        part[np.isin(part, tied)] = tied[0]
    result: Ints = np.unique(part, return_inverse=True)[1]
    return result


def _gangs_of_parts(tables: Tables, options: Bools, part_of_site: Ints) -> Ints:
    """Returns how many single-fabric gangs each part has."""
    single = options & tables.single[tables.option_workload]
    part = part_of_site[tables.holding_site[tables.option_holding[single]]]
    pairs = np.unique(np.stack([part, tables.option_workload[single]]), axis=1)
    return np.bincount(pairs[0], minlength=int(part_of_site.max(initial=-1)) + 1)


def _parts_of_columns(tables: Tables, layout: Layout, part_of_site: Ints, count: int) -> Ints:
    """Returns the part of each column, by the site it is about."""
    at_holding = part_of_site[tables.holding_site]
    at_option = at_holding[tables.option_holding]
    result = np.full(count, -1)
    for columns, part in (
        (layout.installed, at_holding[:, None]),
        (layout.coming, at_holding[:, None]),
        (layout.use, at_option[:, None]),
        (layout.chosen, at_option),
    ):
        result[columns[columns >= 0]] = np.broadcast_to(part, columns.shape)[columns >= 0]
    return result


def _values(layout: Layout, answer: Answer, count: int) -> Floats:
    """Returns columns that say what an answer says; 0 for choices, which rows of other parts do not ask for."""
    result = np.zeros(count)
    for columns, values in (
        (layout.installed, answer.installed),
        (layout.coming, answer.coming),
        (layout.use, answer.use),
    ):
        result[columns[columns >= 0]] = values[columns >= 0]
    return result
