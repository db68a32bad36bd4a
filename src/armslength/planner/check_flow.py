"""Whether what is asked for fits what several grants allow together, where a grant may serve several askers.

Part of the independent check: imports neither arrays nor the solver nor any other part of the planner.
"""

from collections.abc import Sequence
from itertools import pairwise

SMALLEST = 1e-9


def unserved(asked: Sequence[float], granted: Sequence[float], fits: Sequence[Sequence[bool]]) -> float:
    """Returns how much of what is asked no division of the grants can serve: the shortfall of a largest flow.

    Args:
        asked: amounts wanted.
        granted: amounts available, in the same unit.
        fits: ``fits[i][j]`` says whether asker i may draw on grant j.

    Example:
        >>> unserved([5.0, 4.0], [6.0, 2.0], [[True, True], [False, True]])
        2.0
    """
    left = list(granted)
    flow = [[0.0] * len(granted) for _ in asked]
    missing = 0.0
    for i, wanted in enumerate(asked):
        amount = wanted
        while amount > SMALLEST:
            path = _path(i, left, flow, fits)
            if not path:
                break
            amount -= _push(path, amount, left, flow)
        missing += amount
    return missing


def _path(
    start: int, left: Sequence[float], flow: Sequence[Sequence[float]], fits: Sequence[Sequence[bool]]
) -> list[tuple[int, int]]:
    """Returns (asker, grant) steps to a grant with something left, moving others aside; empty if none."""
    came_from: dict[int, tuple[int, int | None]] = {}
    askers: list[tuple[int, int | None]] = [(start, None)]
    for asker, through in askers:
        for grant, may in enumerate(fits[asker]):
            if not may or grant in came_from:
                continue
            came_from[grant] = (asker, through)
            if left[grant] > SMALLEST:
                return _steps(came_from, grant)
            askers += [(other, grant) for other in range(len(flow)) if flow[other][grant] > SMALLEST]
    return []


def _steps(came_from: dict[int, tuple[int, int | None]], grant: int) -> list[tuple[int, int]]:
    steps = []
    current: int | None = grant
    while current is not None:
        asker, through = came_from[current]
        steps.append((asker, current))
        current = through
    return steps[::-1]


def _push(path: list[tuple[int, int]], amount: float, left: list[float], flow: list[list[float]]) -> float:
    """Sends what the path can carry; returns how much."""
    carried = min(amount, left[path[-1][1]])
    for (_, grant), (mover, _) in pairwise(path):
        carried = min(carried, flow[mover][grant])
    for asker, grant in path:
        flow[asker][grant] += carried
    for (_, grant), (mover, _) in pairwise(path):
        flow[mover][grant] -= carried
    left[path[-1][1]] -= carried
    return carried
