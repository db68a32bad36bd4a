"""Axes: where a day or a number stands in a chart, and which of them are written beside it.

Horizontal places are percentages of the plot's width, so that a chart reflows with the page and its text
keeps its size; vertical places are pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log10

from armslength.model.plan import Period
from armslength.render import figures

_MONTH_STEPS = (1, 2, 3, 4, 6, 12, 24, 60, 120)
_DAY_STEPS = (1, 2, 7, 14)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis.

    Attributes:
        at_ratio: place, percent of the width or of the axis' range.
        text: what is written there.
        wide: whether it is left out on narrow screens.
    """

    at_ratio: float
    text: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """A time axis from the first day to the day after the last."""

    start_on: date
    end_on: date

    def at(self, on: date) -> float:
        """Returns the place of a day, percent of the width, held within the axis."""
        days = (self.end_on - self.start_on).days
        if days <= 0:
            return 0.0
        return min(100.0, max(0.0, 100.0 * (on - self.start_on).days / days))

    def edges(self, periods: Sequence[Period]) -> list[float]:
        """Returns the places of the periods' first days and of the last one's end."""
        if not periods:
            return []
        return [self.at(period.start_on) for period in periods] + [self.at(periods[-1].end_on)]

    def ticks(self, most: int) -> list[Tick]:
        """Returns at most ``most`` marks at round days; every other one only on wide screens."""
        months = (self.end_on.year - self.start_on.year) * 12 + self.end_on.month - self.start_on.month
        days = self._round_days(most) if months < 3 else self._round_months(months, most)
        texts = _day_texts(days) if months < 3 else _month_texts(days)
        return [Tick(self.at(on), text, wide=i % 2 == 1) for i, (on, text) in enumerate(zip(days, texts, strict=True))]

    def _round_days(self, most: int) -> list[date]:
        length = max(1, (self.end_on - self.start_on).days)
        step = next((s for s in _DAY_STEPS if length / s <= most), ceil(length / max(most, 1)))
        return [self.start_on + timedelta(days=i) for i in range(0, length, step)]

    def _round_months(self, months: int, most: int) -> list[date]:
        step = next((s for s in _MONTH_STEPS if months / s <= most), 12 * ceil(months / 12 / max(most, 1)))
        first = self.start_on.year * 12 + self.start_on.month - 1 + (self.start_on.day > 1)
        first = ceil(first / step) * step
        last = self.end_on.year * 12 + self.end_on.month - 1
        return [date(m // 12, m % 12 + 1, 1) for m in range(first, last, step)]


def _month_texts(days: Sequence[date]) -> list[str]:
    """Months, with the year beside the first one and wherever it changes."""
    texts, year = [], 0
    for on in days:
        texts.append(figures.month(on) if on.year != year else figures.month(on).split()[0])
        year = on.year
    return texts


def _day_texts(days: Sequence[date]) -> list[str]:
    return [figures.day(on) if i == 0 else figures.day(on).rsplit(" ", 1)[0] for i, on in enumerate(days)]


def times_of(periods: Sequence[Period]) -> Times:
    """Returns the time axis of a plan's periods; there must be at least one."""
    return Times(periods[0].start_on, periods[-1].end_on)


@dataclass(frozen=True, slots=True)
class Scale:
    """A vertical axis with round ends that holds zero.

    Attributes:
        low: value at the bottom.
        high: value at the top.
        height: pixels between them.
        steps: values that are marked.
    """

    low: float
    high: float
    height: float
    steps: tuple[float, ...]

    def y(self, value: float) -> float:
        """Returns the pixels from the top at which a value stands."""
        return round(self.height * (self.high - value) / (self.high - self.low), 1)


def scale_of(low: float, high: float, height: float, most: int = 4) -> Scale:
    """Returns an axis with round marks that covers ``low`` to ``high`` and zero.

    >>> scale_of(0, 11_000, 100).steps
    (0.0, 5000.0, 10000.0, 15000.0)
    """
    low, high = min(0.0, low), max(0.0, high)
    if high - low < 1e-9:
        high = 1.0
    step = _round_up((high - low) / most)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return Scale(first * step, last * step, height, tuple(i * step for i in range(first, last + 1)))


def _round_up(size: float) -> float:
    unit: float = 10.0 ** floor(log10(size))
    return next(factor * unit for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * unit >= size * (1 - 1e-9))
