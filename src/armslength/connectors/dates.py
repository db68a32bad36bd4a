"""Days as people write them: exact, vague (``2024-Q4``), or a range of three days; in and out.

A vague date spans its first to its last day and is planned at its middle day, rounded down.
"""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from armslength.connectors.flaws import Flaw, shown
from armslength.model.noun import Precision, When, on_day

PRECISIONS: tuple[Precision, ...] = ("day", "month", "quarter", "half", "year")
FORMS = "write 2024-06-01, or vaguely 2024-06, 2024-Q4, 2024-H2 or 2024, or p10/p50/p90 as three days"

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_VAGUE = re.compile(r"(\d{4})(?:-(?:(\d{2})|[Qq]([1-4])|[Hh]([12])))?")
_TIMED = re.compile(r"(\d{4}-\d{2}-\d{2})[T ][\d:.]+\S*")
_LOCAL = re.compile(r"\d{1,4}[./]\d{1,2}[./]\d{1,4}")
_TURNED = re.compile(r"([QqHh][1-4])[ -/]?(\d{4})|(\d{4})[ /]?([QqHh][1-4])")


def read_day(text: str) -> date | Flaw:
    """Reads an exact day, such as ``2024-06-01``."""
    day = _iso(text)
    if day is not None:
        return day
    span = _span(text)
    if isinstance(span, tuple):
        message = f"{shown(text)} is precise to the {span[2]} only, but this field takes an exact day"
        return Flaw(message, f"write a day such as {_middle(span[0], span[1])}")
    if "/" in text and all(_iso(part.strip()) for part in text.split("/")):
        return Flaw(f"{shown(text)} is a range, but this field takes an exact day", "write one day")
    return _no_date(text, "write year-month-day, such as 2024-06-01")


@lru_cache(maxsize=8192)
def read_when(text: str) -> When | Flaw:
    """Reads a day, a vague date, or ``p10/p50/p90``, behind which the word of its precision may stand."""
    day = _iso(text)
    if day is not None:
        return on_day(day)
    span = _span(text)
    if isinstance(span, Flaw):
        return span
    if span is not None:
        first, last, precision = span
        return When(p10_on=first, p50_on=_middle(first, last), p90_on=last, precision=precision)
    days, _, word = text.partition(" ")
    if days.count("/") == 2 and not _LOCAL.fullmatch(days):
        return _range(days.split("/"), word.strip() or "day")
    return _no_date(text, FORMS)


def range_of(p10: date, p50: date, p90: date, precision: Precision) -> When | Flaw:
    """Returns the range of three days, or what is wrong with their order."""
    if not p10 <= p50 <= p90:
        return Flaw(f"{p10}, {p50}, {p90} are not in order", "p10 is the earliest, p90 the latest")
    return When(p10_on=p10, p50_on=p50, p90_on=p90, precision=precision)


def read_precision(text: str) -> Precision | Flaw:
    """Reads the word for how precisely a source states a date."""
    for precision in PRECISIONS:
        if text == precision:
            return precision
    return Flaw(f"{shown(text)} is not a precision", f"one of {', '.join(PRECISIONS)}")


def write_when(when: When) -> str:
    """Returns the shortest text that reads back as the same date."""
    if when == on_day(when.p50_on):
        return when.p50_on.isoformat()
    vague = _vague(when.p10_on, when.precision)
    if vague and read_when(vague) == when:
        return vague
    days = "/".join(day.isoformat() for day in (when.p10_on, when.p50_on, when.p90_on))
    return days if when.precision == "day" else f"{days} {when.precision}"


def read_moment(moment: datetime) -> date | Flaw:
    """Reads the date of a spreadsheet cell, which is always a moment there."""
    if (moment.hour, moment.minute, moment.second, moment.microsecond) != (0, 0, 0, 0):
        return Flaw(f"{moment} holds a time of day", f"write the day only: {moment:%Y-%m-%d}")
    return moment.date()


def _iso(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    if not match or not text.isascii():
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _span(text: str) -> tuple[date, date, Precision] | Flaw | None:
    """First day, last day and precision of a vague date; None when it is no such date."""
    match = _VAGUE.fullmatch(text)
    if not match or not text.isascii() or match[1] == "0000" or match[1] == "9999":
        return None
    year, month, quarter, half = (int(group) if group else 0 for group in match.groups())
    if match[2] is not None and not 1 <= month <= 12:
        return Flaw(f"{shown(text)} names no month", "months are 01 to 12")
    if month:
        return _months(year, month, 1, "month")
    if quarter:
        return _months(year, 3 * quarter - 2, 3, "quarter")
    if half:
        return _months(year, 6 * half - 5, 6, "half")
    return _months(year, 1, 12, "year")


def _months(year: int, month: int, count: int, precision: Precision) -> tuple[date, date, Precision]:
    after = month + count
    following = date(year + 1, 1, 1) if after > 12 else date(year, after, 1)
    return date(year, month, 1), following - timedelta(days=1), precision


def _middle(first: date, last: date) -> date:
    return first + timedelta(days=(last - first).days // 2)


def _vague(first: date, precision: Precision) -> str | None:
    """The vague date that begins on a day, or None."""
    year = f"{first.year:04d}"
    match precision:
        case "month":
            return f"{year}-{first.month:02d}"
        case "quarter":
            return f"{year}-Q{(first.month + 2) // 3}"
        case "half":
            return f"{year}-H{(first.month + 5) // 6}"
        case "year":
            return year
        case "day":
            return None


def _range(parts: list[str], word: str) -> When | Flaw:
    days = [_iso(part) for part in parts]
    precision = read_precision(word)
    if isinstance(precision, Flaw):
        return precision
    p10, p50, p90 = days
    if p10 is None or p50 is None or p90 is None:
        wrong = next(part for part, day in zip(parts, days, strict=True) if day is None)
        return Flaw(f"{shown(wrong)} in the range is not an exact day", "write p10/p50/p90 as three days")
    return range_of(p10, p50, p90, precision)


def _no_date(text: str, hint: str) -> Flaw:
    """What is wrong with a text that should be a date."""
    timed = _TIMED.fullmatch(text)
    if timed:
        return Flaw(f"{shown(text)} holds a time of day", f"write the day only: {timed[1]}")
    if _DAY.fullmatch(text):
        return Flaw(f"{shown(text)} is not in the calendar", "check month and day")
    turned = _TURNED.fullmatch(text)
    if turned:
        part, year = (turned[1], turned[2]) if turned[1] else (turned[4], turned[3])
        return Flaw(f"{shown(text)} is not a date as read here", f"write {year}-{part.upper()}")
    if _LOCAL.fullmatch(text):
        return Flaw(f"{shown(text)} leaves open which part is the month", "write year-month-day: 2024-06-01")
    return Flaw(f"{shown(text)} is not a date", hint)
