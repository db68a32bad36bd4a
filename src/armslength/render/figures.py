"""How numbers, money and days are written for people, in one place, so that tables and charts say them alike.

Rounded figures carry three significant digits and a short scale (k, M, bn); the exact number stands beside
them where there is room. Nothing here converts units.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from math import floor, isfinite, log10

from armslength.model.noun import When

MINUS = "−"
RANGE = "–"
_PLAIN_BELOW = 100_000.0  # smaller numbers are written out
_NOISE = 0.005
_SCALES = ((1e12, " tn"), (1e9, " bn"), (1e6, " M"), (1e3, " k"))
_ISO_DAY = re.compile(r"\b[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])\b")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rounded(number: float, *, trimmed: bool = False) -> str:
    """Returns a number with about three significant digits and a short scale.

    Args:
        number: any finite number; its unit is written by the caller.
        trimmed: whether zeros at the end are left out, as for a number that is only known roughly.

    >>> rounded(54_750_000), rounded(12_000), rounded(-438_000), rounded(2.5), rounded(0.0)
    ('54.8 M', '12,000', '−438 k', '2.5', '0')
    >>> rounded(999_960_000), rounded(6e9, trimmed=True), rounded(0.0312)
    ('1.00 bn', '6 bn', '0.0312')
    """
    if not isfinite(number):
        return "not known"
    size = abs(number)
    sign = MINUS if number < 0 else ""
    if size < 1e-9:
        return "0"
    if size < _PLAIN_BELOW:
        text = _plain(size)
        return text if text == "0" else sign + text
    size = _three_digits(size)
    for scale, suffix in _SCALES:
        if size >= scale:
            text = f"{size / scale:,.{_decimals(size / scale)}f}"
            return sign + (_trimmed(text) if trimmed else text) + suffix
    return sign + _plain(size)


def signed(number: float) -> str:
    """Returns a rounded number with its sign, and 0 without one.

    >>> signed(21_900_000), signed(-13_140_000), signed(-1e-8)
    ('+21.9 M', '−13.1 M', '0')
    """
    text = rounded(_without_noise(number))
    return text if text == "0" or text.startswith(MINUS) else f"+{text}"


def exact(number: float) -> str:
    """Returns a number in full with thousands separators, to a hundredth where it has fractions.

    >>> exact(54750000.0), exact(-0.125)
    ('54,750,000', '−0.12')
    """
    if not isfinite(number):
        return "not known"
    text = f"{abs(number):,.2f}"
    text = text.removesuffix(".00")
    return f"{MINUS}{text}" if number < 0 and text != "0" else text


def money(value: float, currency: str) -> str:
    """Returns an amount of money with its currency.

    >>> money(27_375_000, "USD")
    '27.4 M USD'
    """
    return f"{rounded(_without_noise(value))} {currency}"


def signed_money(value: float, currency: str) -> str:
    """Returns a gain or loss of money with sign and currency."""
    return f"{signed(value)} {currency}"


def money_range(low: float | None, high: float | None, currency: str) -> str:
    """Returns a range of money in words, or nothing where there is none.

    >>> money_range(43_800_000, 87_600_000, "USD")
    '+43.8 M to +87.6 M USD'
    """
    if low is None or high is None:
        return ""
    low, high = min(low, high), max(low, high)
    if signed(low) == signed(high):
        return ""
    return f"{signed(low)} to {signed(high)} {currency}"


def gpu_hours(number: float) -> str:
    """Returns GPU-hours with their unit.

    >>> gpu_hours(21_900_000), gpu_hours(1)
    ('21.9 M GPU-hours', '1 GPU-hour')
    """
    text = rounded(_without_noise(number))
    return f"{text} GPU-hour" if text == "1" else f"{text} GPU-hours"


def signed_gpu_hours(number: float) -> str:
    """Returns more or fewer GPU-hours with sign and unit."""
    return f"{signed(number)} GPU-hours"


def gpus(number: float) -> str:
    """Returns a count of accelerators with its unit.

    >>> gpus(12_000)
    '12,000 GPUs'
    """
    return f"{whole_gpus(number)} {'GPU' if round(number) == 1 else 'GPUs'}"


def whole_gpus(number: float) -> str:
    """Returns a count of accelerators without its unit, in full up to ten millions.

    >>> whole_gpus(100_000)
    '100,000'
    """
    return f"{round(number):,}" if abs(number) < 1e7 else rounded(number)


def alike(numbers: Sequence[float]) -> list[str]:
    """Returns the marks of one axis, all with the scale of the largest.

    >>> alike([0, 50_000, 100_000])
    ['0', '50 k', '100 k']
    """
    size = max((abs(number) for number in numbers), default=0.0)
    scale, suffix = next(((s, word) for s, word in _SCALES if size >= max(s, 1e5)), (1.0, ""))
    return [f"{rounded(number / scale)}{suffix if number else ''}" for number in numbers]


def price(value: float, currency: str) -> str:
    """Returns a price of a GPU-hour.

    >>> price(2.5, "USD")
    '2.50 USD'
    """
    return f"{value:,.2f} {currency}"


def percent(frac: float) -> str:
    """Returns a share as a percentage.

    >>> percent(0.25), percent(0.00012), percent(1e-9), percent(0)
    ('25 %', '0.012 %', 'under 0.001 %', '0 %')
    """
    if 0 < frac < 1e-5:
        return "under 0.001 %"
    return f"{rounded(frac * 100)} %"


def day(on: date) -> str:
    """Returns a day.

    >>> day(date(2024, 6, 1))
    '1 Jun 2024'
    """
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def with_days(text: str) -> str:
    """Returns a text with its ISO days written as people write them.

    >>> with_days("from 2024-06-01 on")
    'from 1 Jun 2024 on'
    """
    return _ISO_DAY.sub(lambda found: day(date.fromisoformat(found.group())), text)


def month(on: date) -> str:
    """Returns the month of a day."""
    return f"{_MONTHS[on.month - 1]} {on.year}"


def span(start_on: date, end_on: date) -> str:
    """Returns the days from the first to the day before ``end_on``, in whole months where it can.

    >>> span(date(2024, 1, 1), date(2024, 6, 1)), span(date(2024, 10, 1), date(2025, 2, 1))
    ('Jan–May 2024', 'Oct 2024 – Jan 2025')
    >>> span(date(2024, 1, 8), date(2024, 1, 15)), span(date(2024, 1, 1), date(2024, 2, 1))
    ('8–14 Jan 2024', 'Jan 2024')
    """
    last = end_on - timedelta(days=1)
    if last <= start_on:
        return day(start_on)
    if start_on.day == 1 and end_on.day == 1:
        if (start_on.year, start_on.month) == (last.year, last.month):
            return month(start_on)
        if start_on.year == last.year:
            return f"{_MONTHS[start_on.month - 1]}{RANGE}{month(last)}"
        return f"{month(start_on)} {RANGE} {month(last)}"
    if (start_on.year, start_on.month) == (last.year, last.month):
        return f"{start_on.day}{RANGE}{day(last)}"
    if start_on.year == last.year:
        return f"{start_on.day} {_MONTHS[start_on.month - 1]} {RANGE} {day(last)}"
    return f"{day(start_on)} {RANGE} {day(last)}"


def when(fact: When) -> str:
    """Returns a day as its source states it, with the day plans use where the source is vague.

    >>> from armslength.model.noun import on_day
    >>> when(on_day(date(2024, 10, 1)))
    '1 Oct 2024'
    >>> first, middle, last = date(2024, 10, 1), date(2024, 11, 15), date(2024, 12, 31)
    >>> when(When(p10_on=first, p50_on=middle, p90_on=last, precision="quarter"))
    'Q4 2024 (planned at 15 Nov 2024)'
    """
    planned = f"(planned at {day(fact.p50_on)})"
    match fact.precision:
        case "month":
            return f"{month(fact.p50_on)} {planned}"
        case "quarter":
            return f"Q{(fact.p50_on.month + 2) // 3} {fact.p50_on.year} {planned}"
        case "half":
            return f"{'first' if fact.p50_on.month <= 6 else 'second'} half of {fact.p50_on.year} {planned}"
        case "year":
            return f"{fact.p50_on.year} {planned}"
        case "day":
            if fact.p10_on == fact.p90_on:
                return day(fact.p50_on)
            return f"{day(fact.p50_on)} ({day(fact.p10_on)} to {day(fact.p90_on)})"


def count(number: int, one: str, many: str = "") -> str:
    """Returns a number of things in words.

    >>> count(1, "organisation"), count(3, "lot"), count(2, "party", "parties")
    ('1 organisation', '3 lots', '2 parties')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: list[str], *, most: int = 6) -> str:
    """Returns names joined for a sentence, the rest counted.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c", "d"], most=2)
    ('a, b and c', 'a, b and 2 more')
    """
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most:,} more"
    return words[0] if len(words) == 1 else " and ".join([", ".join(words[:-1]), words[-1]]) if words else ""


def shortened(text: str, most: int) -> str:
    """Returns a text of at most ``most`` characters, cut in the middle so that both ends can be told apart.

    >>> shortened("Northern Hall, building two", 16)
    'Northern…ing two'
    """
    if len(text) <= most:
        return text
    head = most // 2
    return f"{text[:head].rstrip()}…{text[len(text) - (most - 1 - head) :].lstrip()}"


def _without_noise(number: float) -> float:
    """Sums of many numbers leave a remainder far below a cent or a GPU-second: none of it is meant."""
    return 0.0 if abs(number) < _NOISE else number


def _plain(size: float) -> str:
    if size >= 1000 or abs(size - round(size)) < 1e-9:
        return f"{size:,.0f}"
    if size >= 1:
        return _trimmed(f"{size:.{_decimals(size)}f}")
    return _trimmed(f"{size:.{2 - floor(log10(size))}f}")


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimals(size: float) -> int:
    return 0 if size >= 100 else 1 if size >= 10 else 2


def _three_digits(size: float) -> float:
    unit: float = 10.0 ** (floor(log10(size)) - 2)
    return floor(size / unit + 0.5) * unit
