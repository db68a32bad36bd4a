"""Sums over one plan that charts and tables need: by organisation, site, workload and cause, per period.

One pass over each list of a plan. Averages divide the GPU-hours of a period by its counted hours.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from armslength.model.case import Case
from armslength.model.plan import IDLE_MEANING, Plan
from armslength.units import mw

Series = list[float]
Flow = tuple[str, str | None, str | None]  # title, site or storage, user or nobody
_LEAST_GPU_HOURS = 0.5  # a cause with less is left out of charts and tables
WAITING = ("no power", "no slot", "commissioning")


@dataclass(frozen=True, slots=True)
class Tally:
    """One plan, summed.

    Attributes:
        plan: the plan summed.
        hours: counted hours of each period.
        received_gpus: by title, at the end of each period.
        installed_gpus: by title, at the end of each period.
        usable_gpu_hours: by title, in each period.
        used_gpu_hours: by title of the accelerators used, in each period.
        site_usable_mw: by site, power of usable accelerators, average of each period.
        site_used_mw: by site, power of used accelerators, average of each period.
        workload_gpu_hours: by workload, in each period.
        idle_gpu_hours: by cause, in each period.
        idle_total_gpu_hours: by title and cause, over the horizon.
        waiting_gpu_hours: by title, received and not yet usable, in each period.
        flows: GPU-hours by title, site and user; the user is None where nobody used them.
    """

    plan: Plan
    hours: Series
    received_gpus: dict[str, Series]
    installed_gpus: dict[str, Series]
    usable_gpu_hours: dict[str, Series]
    used_gpu_hours: dict[str, Series]
    site_usable_mw: dict[str, Series]
    site_used_mw: dict[str, Series]
    workload_gpu_hours: dict[str, Series]
    idle_gpu_hours: dict[str, Series]
    idle_total_gpu_hours: dict[tuple[str, str], float]
    waiting_gpu_hours: dict[str, Series]
    flows: dict[Flow, float]

    def average(self, gpu_hours: Series) -> Series:
        """Returns average accelerators per period from GPU-hours per period."""
        return [x / h if h > 0 else 0.0 for x, h in zip(gpu_hours, self.hours, strict=True)]


def tally_of(case: Case, plan: Plan) -> Tally:
    """Returns the sums of one plan of a case."""
    size = len(plan.periods)
    tally = Tally(
        plan=plan,
        hours=[period.counted_hours for period in plan.periods],
        received_gpus=_series(size),
        installed_gpus=_series(size),
        usable_gpu_hours=_series(size),
        used_gpu_hours=_series(size),
        site_usable_mw=_series(size),
        site_used_mw=_series(size),
        workload_gpu_hours=_series(size),
        idle_gpu_hours=_series(size),
        idle_total_gpu_hours=defaultdict(float),
        waiting_gpu_hours=_series(size),
        flows=defaultdict(float),
    )
    for supply in plan.supplies:
        tally.received_gpus[supply.title][supply.period_index] += supply.received_gpus
    power = _PowerPerHour(case, tally.hours)
    _add_holdings(tally, power)
    _add_uses(tally, power, {workload.id: workload.owner for workload in case.workloads})
    _add_idle(tally)
    return tally


def _series(size: int) -> dict[str, Series]:
    return defaultdict(lambda: [0.0] * size)


class _PowerPerHour:
    """MW, averaged over a period, of one GPU-hour in it."""

    def __init__(self, case: Case, hours: Series) -> None:
        self._pue = {site.id: site.pue_ratio for site in case.sites}
        self._skus = {sku.id: (sku.site_kw_per_gpu, sku.it_kw_per_gpu) for sku in case.skus}
        self._hours = hours
        self._known: dict[tuple[str, str], Series] = {}

    def of(self, sku: str, site: str) -> Series:
        """Returns MW per GPU-hour in each period."""
        known = self._known.get((sku, site))
        if known is None:
            kw = self._kw_per_gpu(sku, site)
            known = self._known[sku, site] = [mw(1.0, kw) / h if h > 0 else 0.0 for h in self._hours]
        return known

    def _kw_per_gpu(self, sku: str, site: str) -> float:
        site_kw, it_kw = self._skus.get(sku, (0.0, None))
        pue = self._pue.get(site)
        return site_kw if pue is None or it_kw is None else it_kw * pue


def _add_holdings(tally: Tally, power: _PowerPerHour) -> None:
    for row in tally.plan.holdings:
        t, hours = row.period_index, row.usable_gpu_hours
        tally.installed_gpus[row.title][t] += row.installed_gpus
        tally.usable_gpu_hours[row.title][t] += hours
        tally.site_usable_mw[row.site][t] += hours * power.of(row.sku, row.site)[t]


def _add_uses(tally: Tally, power: _PowerPerHour, owners: dict[str, str]) -> None:
    for row in tally.plan.uses:
        t, hours = row.period_index, row.used_gpu_hours
        tally.used_gpu_hours[row.title][t] += hours
        tally.workload_gpu_hours[row.workload][t] += hours
        tally.site_used_mw[row.site][t] += hours * power.of(row.sku, row.site)[t]
        tally.flows[row.title, row.site, owners.get(row.workload, row.workload)] += hours


def _add_idle(tally: Tally) -> None:
    for row in tally.plan.idle:
        t, hours = row.period_index, row.idle_gpu_hours
        tally.idle_gpu_hours[row.cause][t] += hours
        tally.idle_total_gpu_hours[row.title, row.cause] += hours
        tally.flows[row.title, row.site, None] += hours
        if row.cause in WAITING:
            tally.waiting_gpu_hours[row.title][t] += hours


def limits_mw(case: Case, plan: Plan, site: str) -> Series | None:
    """Returns the power of a site, average of each period in MW; None where no step states power."""
    steps = [(s.from_on.p50_on, s.power_mw) for s in case.steps if s.site == site and s.power_mw is not None]
    if not steps:
        return None
    steps.sort(key=lambda step: step[0])
    return [_average_level(steps, period.start_on, period.end_on) for period in plan.periods]


def _average_level(steps: Sequence[tuple[date, float]], start_on: date, end_on: date) -> float:
    days, total, level, since = (end_on - start_on).days, 0.0, 0.0, start_on
    for from_on, next_level in steps:
        if from_on >= end_on:
            break
        if from_on > since:
            total += level * (from_on - since).days
            since = from_on
        level = next_level
    total += level * (end_on - since).days
    return total / days if days > 0 else level


def causes_in_order(tallies: Sequence[Tally]) -> list[str]:
    """Returns the causes of idleness that occur in any of the plans, in their fixed order."""
    return [
        cause for cause in IDLE_MEANING if any(sum(t.idle_gpu_hours.get(cause, ())) > _LEAST_GPU_HOURS for t in tallies)
    ]


def stretches(values: Sequence[float], *, least: float) -> list[tuple[int, int, int]]:
    """Returns (sign, first, last + 1) for each stretch of periods whose values are above or below zero.

    >>> stretches([1.0, 2.0, 0.0, -1.0], least=0.5)
    [(1, 0, 2), (-1, 3, 4)]
    """
    found: list[tuple[int, int, int]] = []
    for i, value in enumerate(values):
        sign = 1 if value > least else -1 if value < -least else 0
        if sign == 0:
            continue
        if found and found[-1][0] == sign and found[-1][2] == i:
            found[-1] = (sign, found[-1][1], i + 1)
        else:
            found.append((sign, i, i + 1))
    return found
