"""Sites as arrays: power, slots, commissioning and burn-in per period."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from armslength.model.case import Case
from armslength.model.supply import Step
from armslength.planner.calendar import Calendar
from armslength.planner.tables import Floats
from armslength.units import DAYS_PER_WEEK

Levels = list[tuple[float, float]]
FINE_HOURS = 200.0  # a week or less: two pieces of the curve of a crew's pace are near enough


@dataclass(frozen=True)
class SiteTable:
    """Sites in numbers; the fields are those of `Tables`, and burn-in in days, (S)."""

    power_end: Floats
    power_mean: Floats
    slots_end: Floats
    slots_mean: Floats
    commissioning: Floats
    pace: Floats
    lost: Floats
    dark: list[tuple[int, int, float, float]]
    fabric: Floats
    burn_in_days: Floats


def site_table(case: Case, calendar: Calendar) -> SiteTable:
    """Returns the sites' arrays."""
    shape = (len(case.sites), calendar.count)
    power_end, power_mean, slots_end, slots_mean = (np.zeros(shape) for _ in range(4))
    commissioning = np.full(shape, np.inf)
    crew_days = np.zeros(shape)
    levels = 2 if float(np.median(calendar.hours)) < FINE_HOURS else 4
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
    ready = begins + burn_in[:, None] if len(burn_in) else begins
    lost = _lost(ready, calendar)
    return SiteTable(
        power_end,
        power_mean,
        slots_end,
        slots_mean,
        commissioning,
        _pace(ready, crew_days, commissioning, calendar, levels),
        lost,
        _dark_lines(case, calendar),
        np.array(fabric, dtype=np.float64),
        burn_in,
    )


def _dark_lines(case: Case, calendar: Calendar) -> list[tuple[int, int, float, float]]:
    """Returns, for periods in which a site's power falls, lines (site, period, slope, constant in MW).

    What draws x MW where it stands can draw at most constant + slope * x MW on average: all of it while the level is high
    enough, the level itself while it is lower. One line per level but the lowest.
    """
    lines = []
    for index, site in enumerate(case.sites):
        power, _ = levels_of(case, site.id, calendar)
        falls = [offset for (_, before), (offset, level) in pairwise(power) if level < before]
        for period in range(calendar.count):
            begin, end = calendar.edges[period], calendar.edges[period + 1]
            if not any(begin < offset < end for offset in falls):
                continue
            spans = [(0.0, 0.0), *power]
            shares: dict[float, float] = defaultdict(float)
            cuts = [max(offset, begin) for offset, _ in spans] + [end]
            cuts[0] = begin
            for (_, level), low, high in zip(spans, cuts, cuts[1:], strict=False):
                shares[level] += max(0.0, min(high, end) - min(low, end)) / (end - begin)
            levels = sorted(level for level, share in shares.items() if share > 0)
            for level in levels[1:]:
                slope = sum(share for other, share in shares.items() if other >= level)
                constant = sum(other * share for other, share in shares.items() if other < level)
                lines.append((index, period, slope, constant))
    return lines


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


def _pace(ready: Floats, crew_days: Floats, crew: Floats, calendar: Calendar, levels: int) -> Floats:
    """Returns what a crew's pace costs, by how much it commissions, accelerators on average, (S, G, levels + 1, T).

    A crew works through its accelerators one after the other, so the last are ready later than the first. For i / levels of
    what it can do in a period: the accelerators lost on average, G periods after that period. Convex in what it does, so
    that straight lines between the levels never promise too much.
    """
    length = np.diff(calendar.edges)
    limited = np.isfinite(crew) & (crew_days > 0)
    rate = np.where(limited, crew, 0.0) / np.where(limited, crew_days, 1.0)  # accelerators per day
    rows: list[Floats] = []
    for lag in range(calendar.count):
        kept = calendar.count - lag
        begin, end = calendar.edges[lag:-1], calendar.edges[lag + 1 :]
        first = ready[:, :kept]
        cost = np.zeros((ready.shape[0], levels + 1, calendar.count))
        for level in range(levels + 1):
            days = crew_days[:, :kept] * level / levels
            area = _waited(first + days, begin, end) - _waited(first, begin, end)
            area -= days * (np.clip(first, begin, end) - begin)
            cost[:, level, :kept] = rate[:, :kept] * area / length[lag:]
        still_waiting = (first >= end) & limited[:, :kept]
        if lag > 0 and not (cost > 0).any() and not still_waiting.any():
            break
        rows.append(cost)
    return np.stack(rows, axis=1) if rows else np.zeros((ready.shape[0], 1, levels + 1, calendar.count))


def _waited(day: Floats, begin: Floats, end: Floats) -> Floats:
    """Returns the integral up to ``day`` of the days of a period that have gone by, days squared."""
    inside = np.clip(day, begin, end) - begin
    result: Floats = inside**2 / 2 + (end - begin) * np.maximum(day - end, 0.0)
    return result


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
