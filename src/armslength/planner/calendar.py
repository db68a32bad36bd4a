"""The time grid: periods, the hours counted in them, and the share of a period that lies after a day.

A date is measured in days from the horizon's start; a fraction of a day (as burn-in has) is linear inside the day.
"""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from armslength.model.case import Grid, Horizon
from armslength.units import DAYS_PER_WEEK, HOURS_PER_DAY

Floats = NDArray[np.float64]


def boundaries(start_on: date, end_on: date, grid: Grid) -> list[date]:
    """Returns the first days of the periods and, last, the first day after the horizon."""
    days = [start_on]
    while days[-1] < end_on:
        last = days[-1]
        if grid == "month":
            following = date(last.year + last.month // 12, last.month % 12 + 1, 1)
        else:
            following = last + timedelta(days=7 if grid == "week" else 28)
        days.append(min(following, end_on))
    return days


class Calendar:
    """Periods of a horizon and the hours counted in each.

    With ``merge`` several periods of the grid make one: a coarser view of the same days.

    Attributes:
        days: first day of each period and the first day after the last, length T + 1.
        edges: the same, in days from the start, (T + 1).
        hours: hours counted in each period, (T).
    """

    def __init__(self, horizon: Horizon, merge: int = 1) -> None:
        days = boundaries(horizon.start_on, horizon.end_on, horizon.grid)
        self.days = [*days[:-1:merge], days[-1]]
        self.edges: Floats = np.array([(day - horizon.start_on).days for day in self.days], dtype=np.float64)
        self._counted = _counted_until(horizon.start_on, int(self.edges[-1]), horizon.counted_hours_per_month)
        self.hours: Floats = np.diff(self._hours_until(self.edges))

    @property
    def count(self) -> int:
        """Number of periods."""
        return len(self.days) - 1

    @property
    def weeks(self) -> Floats:
        """Length of each period on the clock, weeks, (T)."""
        length: Floats = np.diff(self.edges) / DAYS_PER_WEEK
        return length

    def offset(self, day: date) -> float:
        """Returns the days from the horizon's start to ``day``; negative before it."""
        return float((day - self.days[0]).days)

    def _hours_until(self, offsets: Floats) -> Floats:
        axis = np.arange(len(self._counted), dtype=np.float64)
        result: Floats = np.interp(offsets, axis, self._counted)
        return result

    def share_before(self, offsets: Floats) -> Floats:
        """Returns the share of each period's hours that lies before a day of its own, (..., T) for offsets (..., T)."""
        cut = np.clip(offsets, self.edges[:-1], self.edges[1:])
        share: Floats = (self._hours_until(cut) - self._hours_until(self.edges[:-1])) / self.hours
        return share

    def share_after(self, offset: float) -> Floats:
        """Returns the share of each period's hours that lies after ``offset`` days from the start, (T)."""
        begin = np.clip(offset, self.edges[:-1], self.edges[1:])
        left: Floats = (self._hours_until(self.edges[1:]) - self._hours_until(begin)) / self.hours
        return left

    def average(self, levels: list[tuple[float, float]]) -> Floats:
        """Returns the time-average of a step function per period, (T).

        Args:
            levels: (offset in days, level from then on), in order of time; zero before the first.
        """
        result = np.zeros(self.count)
        previous = 0.0
        for offset, level in levels:
            result += (level - previous) * self.share_after(offset)
            previous = level
        return result

    def at_end(self, levels: list[tuple[float, float]], before: float = 0.0) -> Floats:
        """Returns the level of a step function at the end of each period, (T)."""
        result = np.full(self.count, before)
        for offset, level in levels:
            result[self.edges[1:] > offset] = level
        return result

    def weeks_late(self, due_offset: float) -> Floats:
        """Returns how late work done evenly inside each period is on average, weeks, (T)."""
        begin, end = self.edges[:-1], self.edges[1:]
        from_due = np.maximum(begin, due_offset)
        late_days = np.where(end > due_offset, (end - from_due) * ((end + from_due) / 2 - due_offset), 0.0)
        weeks: Floats = late_days / (end - begin) / DAYS_PER_WEEK
        return weeks


def _counted_until(start_on: date, day_count: int, hours_per_month: float | None) -> Floats:
    """Returns the hours counted from the start to each day, (days + 1)."""
    per_day = np.full(day_count, HOURS_PER_DAY)
    if hours_per_month is not None:
        for index in range(day_count):
            day = start_on + timedelta(days=index)
            per_day[index] = hours_per_month / _days_in_month(day)
    counted: Floats = np.concatenate([[0.0], np.cumsum(per_day)])
    return counted


def _days_in_month(day: date) -> int:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return (following - date(day.year, day.month, 1)).days
