"""Days and hours as the check counts them: the grid, hours of any stretch of days, levels that change by day.

Days are floats counted from the horizon's start, so that burn-in may be a fraction of a day.
Part of the independent check: imports neither arrays nor the solver nor any other part of the planner.
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from armslength.model.case import Horizon
from armslength.units import HOURS_PER_DAY

GRID_DAYS = {"week": 7, "four_weeks": 28}


@dataclass(frozen=True, slots=True)
class Span:
    """One period: its first day and the day after its last, in days of the horizon, and its hours."""

    index: int
    start: float
    end: float
    hours: float
    start_on: date

    @property
    def days(self) -> float:
        """Days in the period."""
        return self.end - self.start


class Days:
    """The horizon's days with the hours each counts, and its periods.

    Attributes:
        start_on: first day of the horizon.
        spans: the periods in order.
    """

    def __init__(self, horizon: Horizon) -> None:
        self.start_on = horizon.start_on
        count = max(0, (horizon.end_on - horizon.start_on).days)
        self._before = [0.0]
        self._area = [0.0]
        for i in range(count):
            hours = _hours_of(self.start_on + timedelta(days=i), horizon.counted_hours_per_month)
            self._before.append(self._before[-1] + hours)
            self._area.append(self._area[-1] + (self._before[-2] + self._before[-1]) / 2)
        cuts = grid_days(horizon)
        self.spans = tuple(
            Span(t, self.offset(a), self.offset(b), self.between(self.offset(a), self.offset(b)), a)
            for t, (a, b) in enumerate(pairwise(cuts))
        )

    def offset(self, day: date) -> float:
        """Returns the days from the horizon's start to the start of a day."""
        return float((day - self.start_on).days)

    def between(self, start: float, end: float) -> float:
        """Returns the hours counted between two moments, the part inside the horizon only."""
        return max(0.0, self._hours_before(end) - self._hours_before(start))

    def after(self, span: Span, moment: float) -> float:
        """Returns the hours of a period that lie after a moment."""
        return self.between(max(span.start, moment), span.end)

    def share_after(self, span: Span, day: date | None) -> float:
        """Returns the share of a period's hours that lie on a day or later; 1 when there is no day."""
        return 1.0 if day is None else self.after(span, self.offset(day)) / span.hours

    def coming_up(self, span: Span, begin: float, done: float) -> float:
        """Returns the GPU-hours in a period of one GPU that comes up evenly between two moments."""
        full = self.after(span, done)
        low, high = max(span.start, begin), min(span.end, done)
        if high <= low:
            return full
        # Integral of (x - begin) over the hours from low to high, by parts.
        rising = (high - begin) * self._hours_before(high) - (low - begin) * self._hours_before(low)
        return full + (rising - (self._area_before(high) - self._area_before(low))) / (done - begin)

    def _hours_before(self, moment: float) -> float:
        last = len(self._before) - 1
        if moment <= 0:
            return 0.0
        if moment >= last:
            return self._before[last]
        day = int(moment)
        return self._before[day] + (moment - day) * (self._before[day + 1] - self._before[day])

    def _area_before(self, moment: float) -> float:
        """Integral of the hours before each moment; moments lie inside the horizon."""
        day = min(int(moment), len(self._before) - 1)
        part = moment - day
        if part == 0:
            return self._area[day]
        hours = self._before[day + 1] - self._before[day]
        return self._area[day] + part * self._before[day] + part * part / 2 * hours


class Levels:
    """A quantity which changes in steps, such as a site's power; 0 before its first step."""

    def __init__(self, steps: Iterable[tuple[float, float]]) -> None:
        """Takes (day, level) pairs; of several on one day the last counts."""
        settled = dict(sorted(steps, key=lambda step: step[0]))
        self._days = list(settled)
        self._values = list(settled.values())

    def highest_before(self, moment: float) -> float:
        """Returns the highest level reached before a moment."""
        return max(self._values[: bisect_left(self._days, moment)], default=0.0)

    def first_day_above_zero(self) -> float | None:
        """Returns the first day with any level above 0, or None."""
        return next((day for day, value in zip(self._days, self._values, strict=True) if value > 0), None)

    def hours_of_level(self, days: Days, span: Span) -> float:
        """Returns the integral of the level over the hours of a period (level times hours)."""
        total = 0.0
        for i in range(max(0, bisect_right(self._days, span.start) - 1), len(self._days)):
            if self._days[i] >= span.end:
                break
            end = self._days[i + 1] if i + 1 < len(self._days) else span.end
            total += self._values[i] * days.between(max(self._days[i], span.start), min(end, span.end))
        return total

    def record_days(self, span: Span) -> list[tuple[float, float]]:
        """Returns (day, highest level so far) at the period's start and at each new height inside it."""
        first = bisect_right(self._days, span.start)
        records = [(span.start, max(self._values[:first], default=0.0))]
        for i in range(first, bisect_left(self._days, span.end)):
            if self._values[i] > records[-1][1]:
                records.append((self._days[i], self._values[i]))
        return records


def grid_days(horizon: Horizon) -> list[date]:
    """Returns the first day of each period and the horizon's end."""
    start, end = horizon.start_on, horizon.end_on
    if end <= start:
        return []
    cuts = [start]
    if horizon.grid == "month":
        while (following := _next_month(cuts[-1])) < end:
            cuts.append(following)
    else:
        length = timedelta(days=GRID_DAYS[horizon.grid])
        while cuts[-1] + length < end:
            cuts.append(cuts[-1] + length)
    return [*cuts, end]


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _hours_of(day: date, counted_hours_per_month: float | None) -> float:
    if counted_hours_per_month is None:
        return HOURS_PER_DAY
    return counted_hours_per_month / monthrange(day.year, day.month)[1]
