"""Instants, lengths and accelerator counts as job logs write them."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from armslength.connectors.flaws import Flaw, shown

UNITS_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
SECONDS_PER_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# Days-hours:minutes:seconds, as Slurm writes lengths: 1-02:03:04, 02:03:04, 03:04.
_CLOCK = re.compile(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)(?:\.\d+)?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_GPU_TRES = re.compile(r"(?:^|,)gres/gpu(?::[^=,]*)?=(\d+)")
_LARGEST = 10**12


class Instant(NamedTuple):
    """A moment as seconds since 1970; ``zone`` is the text's way of saying where."""

    seconds: int
    zone: str


def read_instant(text: str, unit: str) -> Instant | Flaw:
    """Reads a moment: ISO text, or a number of ``unit`` (s, ms, us or ns) since 1970 or since a trace's own zero.

    >>> read_instant("2017-10-01 00:00:10", "")
    Instant(seconds=1506816010, zone='none')
    >>> read_instant("1506816010500", "ms")
    Instant(seconds=1506816010, zone='number')
    """
    text = text.strip()
    if unit or _NUMBER.fullmatch(text):
        if not _NUMBER.fullmatch(text):
            return Flaw(f"{shown(text)} is not a number", f"it was to be read as {unit} since some zero")
        whole, _, rest = text.partition(".")
        # Whole numbers go exact; floats of microseconds would lose the second.
        number = int(whole) if not rest.strip("0") and "e" not in text.lower() else int(float(text))
        return Instant(number // UNITS_PER_SECOND[unit or "s"], "number")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Flaw(f"{shown(text)} is not a moment", "write 2024-06-04 13:00:00, or name the unit: submit=column:ms")
    if moment.tzinfo is None:
        return Instant(int(moment.replace(tzinfo=UTC).timestamp()), "none")
    return Instant(int(moment.timestamp()), "stated")


def read_length(text: str, unit: str = "") -> int | Flaw:
    """Reads a length as whole seconds, rounded: a number of ``unit`` (s, m, h, d or ms), or hours:minutes:seconds.

    >>> read_length("24.0"), read_length("1-02:00:00"), read_length("1.5", "h")
    (24, 93600, 5400)
    """
    text = text.strip()
    clock = _CLOCK.fullmatch(text)
    if clock:
        days, hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if not _NUMBER.fullmatch(text):
        return Flaw(f"{shown(text)} is not a length of time", "write seconds, or 1-02:03:04 for days and a clock")
    number = float(text)
    if unit in SECONDS_PER_UNIT or not unit:
        number *= SECONDS_PER_UNIT[unit or "s"]
    else:
        number /= UNITS_PER_SECOND[unit]
    if abs(number) > _LARGEST:
        return Flaw(f"{shown(text)} is too long to be a job", "check the unit of the column")
    return int(number + 0.5) if number >= 0 else -int(-number + 0.5)


def read_gpus(text: str) -> int | Flaw:
    """Reads a number of accelerators: a whole number, or Slurm's list of trackable resources.

    >>> read_gpus("8"), read_gpus("cpu=64,gres/gpu:a100=16,node=2"), read_gpus("cpu=4,mem=8G")
    (8, 16, 0)
    """
    text = text.strip()
    if "=" in text:
        counts = [int(found) for found in _GPU_TRES.findall(text)]
        # A typed count repeats the untyped one.
        return max(counts, default=0)
    if not _NUMBER.fullmatch(text) or float(text) != int(float(text)):
        return Flaw(f"{shown(text)} is not a whole number of accelerators", "write 8, without a unit")
    return int(float(text))
