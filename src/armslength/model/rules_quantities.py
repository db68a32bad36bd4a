"""Rules about single numbers and dates, the horizon and sharing. Each looks at one row at a time."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from math import isfinite
from typing import Any

from armslength.errors import Problem
from armslength.model.accounts import serial
from armslength.model.case import Case, Horizon
from armslength.model.noun import Noun, When
from armslength.model.rules_references import ROWS, place
from armslength.units import HOURS_PER_WEEK

# Nothing the planner counts comes near this; what does is a slip of the keyboard or of the unit.
LARGEST_NUMBER = 1e15
FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2150, 1, 1)
HORIZON_YEARS_MAX = 15
KW_PER_GPU_LOW = 0.05
KW_PER_GPU_HIGH = 5.0


def absurd_values(case: Case) -> Iterator[Problem]:
    """Numbers without end or beyond reason, and days that no plan is about."""
    for at, noun in (("horizon", case.horizon), ("sharing", case.sharing)):
        for path, message, hint in _faults(noun):
            yield Problem(f"{at}{path}", message, hint)
    for table in ROWS:
        for index, row in enumerate(getattr(case, table)):
            for path, message, hint in _faults(row):
                yield Problem(f"{place(table, index)}{path}", message, hint)


@lru_cache(maxsize=64)
def _measured(noun: type[Noun]) -> tuple[str, ...]:
    """The fields of a noun that hold anything else than text or yes and no."""
    words = (str, str | None, bool)
    return tuple(name for name, info in noun.model_fields.items() if info.annotation not in words)


def _faults(value: Any) -> Iterator[tuple[str, str, str]]:
    """Walks a value down to its numbers and days; yields (path, message, hint) of those beyond reason."""
    if _is_sound(value):
        return
    if isinstance(value, Noun) and not isinstance(value, When):
        inside = [(f".{name}", getattr(value, name)) for name in _measured(type(value))]
    elif isinstance(value, dict):
        inside = [(f".{name}", item) for name, item in value.items()]
    elif isinstance(value, tuple):
        inside = [(f"[{position}]", item) for position, item in enumerate(value)]
    else:
        yield "", *_fault(value)
        return
    for step, item in inside:
        if not _is_sound(item):
            for path, message, hint in _faults(item):
                yield f"{step}{path}", message, hint


def _is_sound(value: Any) -> bool:
    """Whether a value is text, nothing, or a number or day within reason."""
    if value is None or isinstance(value, str | bool):
        return True
    if isinstance(value, int | float):
        return abs(value) <= LARGEST_NUMBER
    if isinstance(value, When):
        return value.p10_on >= FIRST_DAY and value.p90_on <= LAST_DAY
    return isinstance(value, date) and FIRST_DAY <= value <= LAST_DAY


def _fault(value: float | date | When) -> tuple[str, str]:
    """Message and hint for a number or day beyond reason."""
    if isinstance(value, int | float):
        hint = "check the unit" if isfinite(value) else "leave the field empty for unlimited; check the unit"
        return f"{value} is not a quantity to plan with", hint
    if isinstance(value, When):
        value = value.p10_on if value.p10_on < FIRST_DAY else value.p90_on
    return f"{value} is not between {FIRST_DAY} and {LAST_DAY}", "check the year"


def horizon(case: Case) -> Iterator[Problem]:
    """A horizon that is empty, backwards or longer than anything can be planned for."""
    span: Horizon = case.horizon
    days = (span.end_on - span.start_on).days
    if days <= 0:
        said = "is empty" if days == 0 else "runs backwards"
        message = f"the horizon {said}: it starts on {span.start_on} and ends on {span.end_on}"
        yield Problem("horizon.end_on", message, "end_on is the first day no longer planned, so it is after start_on")
    elif days > HORIZON_YEARS_MAX * 366:
        message = f"the horizon is {days:,} days long; {HORIZON_YEARS_MAX} years is the most"
        yield Problem("horizon.end_on", message, "check the years, or plan a shorter time")
    elif days < {"week": 7, "four_weeks": 28, "month": 28}[span.grid]:
        message = f"the horizon of {days} days is shorter than one period of its grid `{span.grid}`"
        yield Problem("horizon.end_on", message, "its only period is cut short", severity="warning")


def sharing(case: Case) -> Iterator[Problem]:
    """Rules of sharing that leave nobody to share with."""
    for index, group in enumerate(case.sharing.groups):
        if len(set(group)) < 2:
            message = f"the group has {len(set(group))} organisation(s), so nobody in it can share"
            yield Problem(f"sharing.groups[{index}]", message, "name at least two, or leave groups empty", "warning")
        if len(set(group)) < len(group):
            yield Problem(f"sharing.groups[{index}]", "the group names an organisation twice", "name it once")
    weeks = (case.horizon.end_on - case.horizon.start_on).days * 24 / HOURS_PER_WEEK
    if 0 < weeks < case.sharing.deal_weeks_min:
        message = f"no agreement can last {case.sharing.deal_weeks_min:g} weeks in a horizon of {weeks:.1f} weeks"
        yield Problem("sharing.deal_weeks_min", message, "lower it, or plan a longer time", severity="warning")


def odd_power(case: Case) -> Iterator[Problem]:
    """Power per accelerator outside what any accelerator draws."""
    for index, sku in enumerate(case.skus):
        for name in ("site_kw_per_gpu", "it_kw_per_gpu"):
            kw = getattr(sku, name)
            if kw is not None and not KW_PER_GPU_LOW <= kw <= KW_PER_GPU_HIGH:
                usual = f"{KW_PER_GPU_LOW:g} to {KW_PER_GPU_HIGH:g} kW"
                message = f"{kw:g} kW per accelerator is outside the usual {usual}"
                hint = "the unit is kW, not W" if kw > KW_PER_GPU_HIGH else "the unit is kW, not MW"
                yield Problem(place("skus", index, name), message, hint, severity="warning")
        if sku.it_kw_per_gpu is not None and sku.it_kw_per_gpu > sku.site_kw_per_gpu:
            message = f"IT power of {sku.it_kw_per_gpu:g} kW is more than the all-in {sku.site_kw_per_gpu:g} kW"
            hint = "all-in power holds IT power, cooling and losses"
            yield Problem(place("skus", index, "it_kw_per_gpu"), message, hint, severity="warning")
        for kind, ratio in sku.throughput_ratio.items():
            if not 0 < ratio <= 1000:
                message = f"a throughput ratio of {ratio:g} for `{kind}` is not above 0 and at most 1000"
                yield Problem(place("skus", index, "throughput_ratio"), message, "the reference SKU has 1")


def empty_quantities(case: Case) -> Iterator[Problem]:
    """Rows which hold nothing: allowed, but worth a look."""
    for table in ("lots", "stock", "legs"):
        for index, row in enumerate(getattr(case, table)):
            if row.gpus == 0:
                message = f"`{row.id}` holds 0 accelerators, so it changes nothing"
                yield Problem(place(table, index, "gpus"), message, "state how many, or remove the row", "warning")


def serials_of_many(case: Case) -> Iterator[Problem]:
    """A serial number is that of one device."""
    for table in ("lots", "stock"):
        for index, row in enumerate(getattr(case, table)):
            if row.gpus > 1 and serial(row.id) is not None:
                message = f"`{row.id}` is a serial number, and would be {row.gpus:,} accelerators"
                yield Problem(place(table, index, "gpus"), message, "state 1, or give the lot another id")
