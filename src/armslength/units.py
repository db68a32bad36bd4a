"""Unit suffixes, conversions, tolerances and the one rounding function.

One canonical unit per quantity; a number's name ends in its unit. No other module converts units.
"""

from collections.abc import Sequence
from math import floor

HOURS_PER_DAY = 24.0
DAYS_PER_WEEK = 7.0
HOURS_PER_WEEK = HOURS_PER_DAY * DAYS_PER_WEEK
HOURS_PER_MONTH = HOURS_PER_DAY * 365.25 / 12  # of an average month
SECONDS_PER_HOUR = 3600.0
SECONDS_PER_DAY = SECONDS_PER_HOUR * HOURS_PER_DAY
KW_PER_MW = 1000.0
FLOP_PER_TFLOP = 1e12
FLOP_PER_YOTTAFLOP = 1e24
BYTES_PER_GB = 1e9
MILLION = 1e6

# A field's name must end in one of these (or in one of them with _min, _max, _total, _p10, _p50, _p90, _low, _high).
UNIT_SUFFIXES: dict[str, str] = {
    "gpus": "accelerators of any vendor",
    "gpu_slots": "places for one accelerator each",
    "gpu_hours": "one accelerator for one hour",
    "gpu_seconds": "one accelerator for one second",
    "gpus_per_week": "accelerators per week",
    "mw": "megawatts",
    "kw_per_gpu": "kilowatts per accelerator",
    "weeks": "weeks of 168 hours",
    "days": "days of 24 hours",
    "hours": "hours",
    "hours_per_month": "hours counted for one calendar month",
    "years": "years",
    "frac": "share between 0 and 1",
    "cost": "money in the case's currency, paid",
    "value": "money in the case's currency, gained",
    "cost_per_week": "money in the case's currency per week",
    "cost_per_gpu_hour": "money in the case's currency per GPU-hour",
    "price_per_gpu": "money in the case's currency per accelerator",
    "price_per_gpu_hour": "money in the case's currency per GPU-hour",
    "value_per_gpu_hour": "money in the case's currency per GPU-hour",
    "count": "a number of things",
    "index": "a position counted from 0",
    "ratio": "a ratio without a unit",
    "rank": "an order, 1 first",
    "seconds": "seconds",
    "tokens": "tokens of text or other data",
    "tokens_per_second": "tokens per second",
    "users": "people who use a service",
    "requests_per_user_day": "requests of one user in a day",
    "params": "parameters of a model",
    "yottaflop": "10^24 floating-point operations",
    "tflops_per_gpu": "10^12 floating-point operations per second of one accelerator, dense",
    "gb_per_gpu": "memory of one accelerator, 10^9 bytes",
    "bytes_per_param": "bytes per parameter",
    "quantity": "a number in the unit which the field `unit` beside it names",
}
QUALIFIERS = ("min", "max", "total", "p10", "p50", "p90", "low", "high")

# What a plan may break a rule by before the check objects: rounding only.
GPU_HOUR_TOLERANCE = 0.01
GPU_TOLERANCE = 1e-6
MW_TOLERANCE = 1e-6
MONEY_TOLERANCE = 0.01
# Room for the floating-point error of long sums only: 1 GPU-hour in 100 thousand million.
RELATIVE_TOLERANCE = 1e-11


def unit_of(name: str) -> str | None:
    """Returns the unit suffix that a field's name ends in, or None."""
    parts = name.split("_")
    while parts and parts[-1] in QUALIFIERS:
        parts = parts[:-1]
    stem = "_".join(parts)
    fits = [suffix for suffix in UNIT_SUFFIXES if stem == suffix or stem.endswith("_" + suffix)]
    return max(fits, key=len) if fits else None


def mw(gpus: float, kw_per_gpu: float) -> float:
    """Returns the site power in MW that ``gpus`` accelerators draw at ``kw_per_gpu``."""
    return gpus * kw_per_gpu / KW_PER_MW


def in_words(amount: float, unit: str, *, signed: bool = False) -> str:
    """Returns an amount for a sentence: millions with two decimals, smaller amounts whole; ``signed`` shows a plus."""
    sign = "+" if signed else ""
    if abs(amount) >= MILLION:
        return f"{amount / MILLION:{sign},.2f} M {unit}"
    return f"{round(amount) or 0:{sign},} {unit}"


def largest_remainder(shares: Sequence[float], total: int) -> list[int]:
    """Rounds ``shares`` to integers which add up to ``total``: the one rounding function.

    Each share is rounded down; what is missing goes to the largest remainders, ties to the first. The shares
    must add up to ``total`` within one unit per share.

    Raises:
        ValueError: when no rounding up or down of the shares adds up to ``total``.
    """
    floors = [floor(share) for share in shares]
    missing = total - sum(floors)
    if not 0 <= missing <= len(floors):
        raise ValueError(f"shares adding up to {sum(shares)} cannot be rounded to a total of {total}")
    order = sorted(range(len(floors)), key=lambda i: (floors[i] - shares[i], i))
    for i in order[:missing]:
        floors[i] += 1
    return floors
