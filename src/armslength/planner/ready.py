"""How many of the first x accelerators of a supply are ready on average in a period: received and burnt in, to the day.

Those ready earliest are commissioned first. So the share that is ready is a concave function of x: each arrival inside a
period begins a flatter piece of it, and the function is the least of the pieces' lines.
"""

import numpy as np

from armslength.planner.calendar import Calendar, Floats
from armslength.planner.tables import Ints

READY = 1e-12


def ready_limits(
    calendar: Calendar, standing: int, moves: list[tuple[float, int]], burn_in_days: float
) -> list[tuple[int, float, float]]:
    """Returns the lines (period, slope, constant) for the periods in which something arrives or is in burn-in.

    Args:
        calendar: the time grid.
        standing: accelerators there from the start.
        moves: (offset in days, accelerators), negative where some are handed back.
        burn_in_days: days from receipt to first use.
    """
    gained = sorted((offset + burn_in_days, offset, gpus) for offset, gpus in moves if gpus > 0)
    lost = [(offset, -gpus) for offset, gpus in moves if gpus < 0]
    rows: list[tuple[int, float, float]] = []
    for number, (ready, offset, _) in enumerate(gained):
        shares = calendar.share_after(ready)
        there = calendar.edges[1:] > offset
        for period in np.flatnonzero(there & (shares < 1.0 - READY)):
            before, before_ready = float(standing), float(standing)
            before -= sum(count for day, count in lost if calendar.edges[period + 1] > day)
            before_ready = before
            for earlier, _, count in gained[:number]:
                before += count
                before_ready += count * float(calendar.share_after(earlier)[period])
            # What is handed back may be of a later lot; less than nothing is never before.
            before, before_ready = max(before, 0.0), max(before_ready, 0.0)
            slope = float(shares[period])
            rows.append((int(period), slope, before_ready - slope * before))
    return rows


def ready_gpus(calendar: Calendar, limits: list[tuple[int, float, float]], installed: Floats) -> Floats:
    """Returns how many of ``installed`` accelerators, (T), are ready on average in each period, (T)."""
    result = installed.astype(np.float64)
    for period, slope, constant in limits:
        result[period] = min(result[period], constant + slope * installed[period])
    return np.maximum(result, 0.0)


def ready_before(calendar: Calendar, moves: list[tuple[float, int]], burn_in_days: float) -> Ints:
    """Returns, for each period, the last earlier one by whose end all that is received is ready when it begins, or -1.

    Args:
        calendar: the time grid.
        moves: (offset in days, accelerators), negative where some are handed back.
        burn_in_days: days from receipt to first use.
    """
    received = np.sort([offset for offset, gpus in moves if gpus > 0])
    unready = np.append(received, np.inf)[np.searchsorted(received + burn_in_days, calendar.edges[:-1], side="right")]
    ends = np.searchsorted(calendar.edges[1:], unready, side="right")
    result: Ints = np.minimum(ends, np.arange(calendar.count)) - 1
    return result
