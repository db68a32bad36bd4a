"""The last stage of a plan when another is in force: among plans worth the same, the one that changes it least.

What counts is how many accelerators of a SKU stand at each site and how many each workload uses there, whoever holds title.
Periods that the plan in force does not have are free.
"""

from collections import defaultdict
from datetime import date

import numpy as np

from armslength.model.plan import Plan
from armslength.planner.linear import Answer
from armslength.planner.stages import SLACK_VALUE_FRAC, restaged
from armslength.planner.tables import Ints, Labels, Tables

PLACE = ("sku", "site")  # what names a place; a workload before it names what works there


def least_change(tables: Tables, labels: Labels, answer: Answer, in_force: Plan) -> Answer:
    """Returns an answer worth the same that differs from the plan in force by the fewest GPU-hours.

    Args:
        tables, labels: the run in numbers, and its names.
        answer: its answer so far.
        in_force: the plan in force.
    """
    least = answer.objective_value - SLACK_VALUE_FRAC * max(abs(answer.objective_value), 1.0)
    groups, targets, hours = _compared(tables, labels, answer, in_force)
    if not groups:
        return answer
    stage = answer.program.with_floor("worth", least).with_distance("change", groups, targets, hours)
    return restaged(answer, stage)


def _compared(
    tables: Tables, labels: Labels, answer: Answer, in_force: Plan
) -> tuple[list[Ints], np.ndarray, np.ndarray]:
    """Returns what is compared: columns added up, what the plan in force has there, and the hours of the period."""
    shared = _shared_periods(labels, in_force)
    stand, work = _stands_in(in_force), _works_in(in_force)
    layout = answer.layout
    of_place: dict[tuple[str, ...], list[Ints]] = defaultdict(list)
    for holding in range(len(tables.holding_site)):
        of_place[_place(tables, labels, holding)].append(layout.installed[holding])
    for option in np.flatnonzero((layout.use >= 0).any(axis=1)):
        key = (labels.workloads[tables.option_workload[option]], *_place(tables, labels, tables.option_holding[option]))
        of_place[key].append(layout.use[option])
    groups: list[Ints] = []
    targets: list[float] = []
    hours: list[float] = []
    for names, columns in of_place.items():
        for period, before in shared.items():
            mine = np.array([row[period] for row in columns])
            if (mine >= 0).any():
                groups.append(mine[mine >= 0])
                targets.append((work if len(names) > len(PLACE) else stand).get((*names, before), 0.0))
                hours.append(float(tables.hours[period]))
    return groups, np.array(targets), np.array(hours)


def _place(tables: Tables, labels: Labels, holding: int) -> tuple[str, str]:
    sku = labels.skus[tables.fleet_sku[tables.holding_fleet[holding]]]
    return sku, labels.sites[tables.holding_site[holding]]


def _shared_periods(labels: Labels, in_force: Plan) -> dict[int, date]:
    """Returns the periods both plans have, by their first day."""
    theirs = {row.start_on.isoformat(): row.start_on for row in in_force.periods}
    return {number: theirs[name] for number, name in enumerate(labels.periods) if name in theirs}


def _stands_in(plan: Plan) -> dict[tuple[object, ...], float]:
    """Returns accelerators standing per (SKU, site, first day of the period)."""
    result: dict[tuple[object, ...], float] = defaultdict(float)
    for row in plan.holdings:
        result[row.sku, row.site, plan.periods[row.period_index].start_on] += row.installed_gpus
    return result


def _works_in(plan: Plan) -> dict[tuple[object, ...], float]:
    """Returns accelerators used on average per (workload, SKU, site, first day of the period)."""
    result: dict[tuple[object, ...], float] = defaultdict(float)
    for row in plan.uses:
        period = plan.periods[row.period_index]
        result[row.workload, row.sku, row.site, period.start_on] += row.used_gpu_hours / period.counted_hours
    return result
