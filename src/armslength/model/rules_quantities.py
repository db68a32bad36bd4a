"""Rules about single numbers and dates, the horizon and sharing. Each looks at one row at a time."""

from collections.abc import Iterator
from datetime import date
from math import isfinite
from typing import Any

from pydantic import BaseModel

from armslength.errors import Problem
from armslength.model.case import Case, Horizon
from armslength.model.noun import When
from armslength.model.rules_references import ROWS, place
from armslength.units import HOURS_PER_WEEK, UNIT_SUFFIXES, unit_of

# Nothing the planner counts comes near this; what does is a slip of the keyboard or of the unit.
LARGEST_NUMBER = 1e15
FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2150, 1, 1)
HORIZON_YEARS_MAX = 15
KW_PER_GPU_LOW = 0.05
KW_PER_GPU_HIGH = 5.0


def absurd_values(case: Case) -> Iterator[Problem]:
    """Numbers without end or beyond reason, and days that no plan is about."""
    yield from _absurd("", case.horizon)
    yield from _absurd("sharing", case.sharing)
    for table in ROWS:
        for index, row in enumerate(getattr(case, table)):
            yield from _absurd(place(table, index), row)


def _absurd(at: str, value: Any) -> Iterator[Problem]:
    """Walks a value down to its numbers and days."""
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return
    if isinstance(value, int | float):
        if not isfinite(value) or abs(value) > LARGEST_NUMBER:
            hint = (
                "leave the field empty for unlimited; check the unit"
                if not isfinite(value)
                else "check the unit"
            )
            yield Problem(at, f"{value} is not a quantity to plan with", hint)
    elif isinstance(value, When):
        if value.p10_on < FIRST_DAY or value.p90_on > LAST_DAY:
            yield _absurd_day(at, value.p10_on if value.p10_on < FIRST_DAY else value.p90_on)
    elif isinstance(value, date):
        if not FIRST_DAY <= value <= LAST_DAY:
            yield _absurd_day(at, value)
    elif isinstance(value, BaseModel):
        for name, inner in value:
            yield from _absurd(f"{at}.{name}" if at else f"horizon.{name}", inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _absurd(f"{at}.{name}", inner)
    elif isinstance(value, tuple):
        for position, inner in enumerate(value):
            yield from _absurd(f"{at}[{position}]", inner)


def _absurd_day(at: str, day: date) -> Problem:
    return Problem(at, f"{day} is not between {FIRST_DAY} and {LAST_DAY}", "check the year")


def horizon(case: Case) -> Iterator[Problem]:
    """A horizon that is empty, backwards or longer than anything can be planned for."""
    span: Horizon = case.horizon
    days = (span.end_on - span.start_on).days
    if days <= 0:
        said = "is empty" if days == 0 else "runs backwards"
        message = f"the horizon {said}: it starts on {span.start_on} and ends on {span.end_on}"
        yield Problem(
            "horizon.end_on", message, "end_on is the first day no longer planned, so it is after start_on"
        )
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
            yield Problem(
                f"sharing.groups[{index}]", message, "name at least two, or leave groups empty", "warning"
            )
        if len(set(group)) < len(group):
            yield Problem(f"sharing.groups[{index}]", "the group names an organisation twice", "name it once")
    weeks = (case.horizon.end_on - case.horizon.start_on).days * 24 / HOURS_PER_WEEK
    if 0 < weeks < case.sharing.deal_weeks_min:
        message = (
            f"no agreement can last {case.sharing.deal_weeks_min:g} weeks in a horizon of {weeks:.1f} weeks"
        )
        yield Problem(
            "sharing.deal_weeks_min", message, "lower it, or plan a longer time", severity="warning"
        )


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
            message = (
                f"IT power of {sku.it_kw_per_gpu:g} kW is more than the all-in {sku.site_kw_per_gpu:g} kW"
            )
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
                yield Problem(
                    place(table, index, "gpus"), message, "state how many, or remove the row", "warning"
                )


def unit_words(name: str) -> str:
    """Returns the unit of a field in words, or an empty string for a field without one."""
    suffix = unit_of(name)
    return UNIT_SUFFIXES[suffix] if suffix else ""
