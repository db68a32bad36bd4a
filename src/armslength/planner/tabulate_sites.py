"""Sites as arrays: power, slots, commissioning and burn-in per period."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from armslength.model.case import Case
from armslength.model.supply import Step
from armslength.planner.calendar import Calendar
from armslength.planner.tables import Floats
from armslength.units import DAYS_PER_WEEK

Levels = list[tuple[float, float]]


@dataclass(frozen=True)
class SiteTable:
    """Sites in numbers; the fields are those of `Tables`, and burn-in in days, (S)."""

    power_end: Floats
    power_mean: Floats
    slots_end: Floats
    slots_mean: Floats
    commissioning: Floats
    crew_share: Floats
    lost: Floats
    fabric: Floats
    burn_in_days: Floats


def site_table(case: Case, calendar: Calendar) -> SiteTable:
    """Returns the sites' arrays."""
    shape = (len(case.sites), calendar.count)
    power_end, power_mean, slots_end, slots_mean = (np.zeros(shape) for _ in range(4))
    commissioning = np.full(shape, np.inf)
    crew_days = np.zeros(shape)
    begins = np.tile(calendar.edges[:-1], (len(case.sites), 1))
    for index, site in enumerate(case.sites):
        power, slots = levels_of(case, site.id, calendar)
        power_end[index], power_mean[index] = _reached(power, calendar), calendar.average(power)
        if slots:
            slots_end[index], slots_mean[index] = _reached(slots, calendar), calendar.average(slots)
        else:
            slots_end[index] = slots_mean[index] = np.inf
        for offset in _rises(power) + _rises(slots):
            inside = (calendar.edges[:-1] < offset) & (offset < calendar.edges[1:])
            begins[index, inside] = np.maximum(begins[index, inside], offset)
        if site.commissioning_gpus_per_week is not None:
            rate_per_day = site.commissioning_gpus_per_week / DAYS_PER_WEEK
            opens = next((offset for offset, level in power if level > 0), np.inf)
            days = np.clip(calendar.edges[1:] - np.maximum(calendar.edges[:-1], opens), 0.0, None)
            crew_days[index] = days
            commissioning[index] = np.floor(rate_per_day * days + 1e-9)  # accelerators come whole
    burn_in = np.array([site.burn_in_days for site in case.sites])
    fabric = [np.inf if site.fabric_gpus_max is None else float(site.fabric_gpus_max) for site in case.sites]
    lost = _lost(begins + burn_in[:, None] if len(burn_in) else begins, calendar)
    return SiteTable(
        power_end,
        power_mean,
        slots_end,
        slots_mean,
        commissioning,
        crew_days / np.diff(calendar.edges),
        lost,
        np.array(fabric, dtype=np.float64),
        burn_in,
    )


def levels_of(case: Case, site: str, calendar: Calendar) -> tuple[Levels, Levels]:
    """Returns a site's power (MW) and slots over time as (offset in days, level from then on)."""
    steps = sorted((row for row in case.steps if row.site == site), key=_step_order)
    power = [(calendar.offset(row.from_on.p50_on), row.power_mw) for row in steps if row.power_mw is not None]
    slots = [(calendar.offset(row.from_on.p50_on), float(row.gpu_slots)) for row in steps if row.gpu_slots is not None]
    return power, slots


def _step_order(step: Step) -> tuple[object, str]:
    return step.from_on.p50_on, step.id


def _rises(levels: Levels) -> list[float]:
    before = [0.0] + [level for _, level in levels]
    return [offset for (offset, level), last in zip(levels, before, strict=False) if level > last]


def _reached(levels: Levels, calendar: Calendar) -> Floats:
    """Returns the highest level by the end of each period, (T)."""
    reached = np.zeros(calendar.count)
    for offset, level in levels:
        reached = np.where(calendar.edges[1:] > offset, np.maximum(reached, level), reached)
    return reached


def _lost(ready: Floats, calendar: Calendar) -> Floats:
    """Returns what accelerators commissioned G periods ago lose of a period, (S, G, T).

    Args:
        ready: (S, T) day on which those commissioned in a period can be used, in days from the start.
    """
    losses: dict[int, Floats] = defaultdict(lambda: np.zeros(ready.shape))
    for lag in range(calendar.count):
        mine = ready[:, : calendar.count - lag]  # commissioned in t - lag
        later = np.concatenate([np.full((ready.shape[0], lag), -np.inf), mine], axis=1)
        share = calendar.share_before(later)[:, lag:]
        if lag > 0 and not (share > 0).any():
            break
        losses[lag][:, lag:] = share
    if not losses:
        return np.zeros((ready.shape[0], 1, ready.shape[1]))
    return np.stack([losses[lag] for lag in sorted(losses)], axis=1)
