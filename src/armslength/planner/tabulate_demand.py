"""Workloads as arrays: how much is wanted when, and what a GPU-hour of each SKU is worth to each."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from armslength.model.case import Case
from armslength.model.demand import Workload
from armslength.planner.calendar import Calendar
from armslength.planner.tables import Bools, Floats, Ints
from armslength.units import DAYS_PER_WEEK


@dataclass(frozen=True)
class DemandTable:
    """Workloads in numbers; the fields are those of `Tables`.

    ``worth``, ``rate`` and ``ratio`` are per workload and SKU, (W, K, T), (W, K, T) and (W, K): ``worth`` is that of the
    work alone, ``rate`` takes lateness into account; ``constant`` is lateness that is charged whatever is done, (W).
    """

    owner: Ints
    started: Floats
    gang_min: Floats
    gang_max: Floats
    work: Floats
    wanted: Floats
    single: Bools
    ratio: Floats
    worth: Floats
    rate: Floats
    constant: Floats


def demand_table(case: Case, calendar: Calendar) -> DemandTable:
    """Returns the workloads' arrays."""
    workloads = case.workloads
    organisation = {row.id: index for index, row in enumerate(case.organisations)}
    ratio = np.array([_ratios(case, row) for row in workloads]).reshape(len(workloads), len(case.skus))
    prices = market_prices(case, calendar)
    worth = np.zeros((len(workloads), len(case.skus), calendar.count))
    rate = np.zeros_like(worth)
    constant = np.zeros(len(workloads))
    for index, row in enumerate(workloads):
        if row.work_value_per_gpu_hour is not None:
            worth[index] = row.work_value_per_gpu_hour * ratio[index][:, None]
        else:
            worth[index] = _market_rate(case, prices, ratio[index])
        late, constant[index] = _lateness(row, calendar)
        rate[index] = worth[index] + ratio[index][:, None] * late
    training = np.array([row.form == "training" for row in workloads], dtype=bool)
    return DemandTable(
        owner=np.array([organisation[row.owner] for row in workloads], dtype=np.int64),
        started=np.array([_started(row, calendar) for row in workloads]).reshape(len(workloads), calendar.count),
        gang_min=np.array([float(row.gang_gpus_min) for row in workloads]),
        gang_max=np.array([np.inf if row.gang_gpus_max is None else float(row.gang_gpus_max) for row in workloads]),
        work=np.array([np.inf if row.work_gpu_hours is None else row.work_gpu_hours for row in workloads]),
        wanted=_wanted(case, calendar),
        single=np.array([row.single_fabric for row in workloads], dtype=bool) & training,
        ratio=ratio,
        worth=worth,
        rate=rate,
        constant=constant,
    )


def market_prices(case: Case, calendar: Calendar) -> dict[int, Floats]:
    """Returns the mean market price of a GPU-hour per period, (T), by SKU index; the first price also holds before it."""
    levels: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for price in sorted(case.prices, key=lambda row: (row.from_on, row.id)):
        levels[price.sku].append((calendar.offset(price.from_on), price.market_price_per_gpu_hour))
    skus = {row.id: index for index, row in enumerate(case.skus)}
    return {
        skus[sku]: calendar.average([(min(rows[0][0], 0.0), rows[0][1]), *rows[1:]]) for sku, rows in levels.items()
    }


def _market_rate(case: Case, prices: dict[int, Floats], ratio: Floats) -> Floats:
    """Returns the market worth of a GPU-hour per SKU, (K, T): its own price, or the reference SKU's by throughput."""
    if not prices:
        return np.zeros((len(case.skus), 1))
    reference = min(prices, key=lambda index: (ratio[index] != 1.0, case.skus[index].id))
    scale = 1.0 / ratio[reference] if ratio[reference] else 0.0
    rows = [prices.get(index, prices[reference] * scale * ratio[index]) for index in range(len(case.skus))]
    return np.array(rows)


def _ratios(case: Case, workload: Workload) -> list[float]:
    kind = workload.kind or workload.form
    return [sku.throughput_ratio.get(kind, 1.0) for sku in case.skus]


def _started(workload: Workload, calendar: Calendar) -> Floats:
    return calendar.share_after(calendar.offset(workload.start_on)) if workload.start_on else np.ones(calendar.count)


def _lateness(workload: Workload, calendar: Calendar) -> tuple[Floats, float]:
    """Returns what lateness adds to the worth of a unit of work done in each period, (T), and what is charged anyway.

    The cost per week is charged for the share of the work undone. So each unit of work costs its share of the rate times
    the weeks it is late; undone work is late until the horizon's end.
    """
    if workload.due_on is None or not workload.work_gpu_hours or not workload.lateness_cost_per_week:
        return np.zeros(calendar.count), 0.0
    due = calendar.offset(workload.due_on)
    latest = max(0.0, calendar.edges[-1] - max(due, 0.0)) / DAYS_PER_WEEK
    saved = latest - calendar.weeks_late(max(due, 0.0))
    per_unit = workload.lateness_cost_per_week / workload.work_gpu_hours
    return per_unit * saved, -workload.lateness_cost_per_week * latest


def _wanted(case: Case, calendar: Calendar) -> Floats:
    """Returns the accelerators that serving workloads want on average, (W, T); inf for training."""
    levels: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in sorted(case.demand, key=lambda row: (row.from_on, row.id)):
        levels[row.workload].append((calendar.offset(row.from_on), row.wanted_gpus))
    result = np.full((len(case.workloads), calendar.count), np.inf)
    for index, workload in enumerate(case.workloads):
        if workload.form == "serving":
            result[index] = calendar.average(levels[workload.id])
    return result
