"""How hard a run is tried: gap, time, strictness; the clock is passed in."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import isnan, nan


@dataclass(frozen=True)
class Effort:
    """How hard to try. The time is one for everything that is done with it.

    Attributes:
        gap_frac: relative gap to prove.
        time_limit_seconds: stop improving so long after ``begun_seconds``; None for no limit.
        strict: whether gangs keep their smallest size all through any period in which they run.
        clock: seconds from any start; None where time does not matter.
        say: hears what is being done.
        begun_seconds: the clock's seconds when the time began to run; now when not given.
    """

    gap_frac: float = 1e-4
    time_limit_seconds: float | None = None
    strict: bool = False
    clock: Callable[[], float] | None = None
    say: Callable[[str], None] = lambda _: None
    begun_seconds: float = field(default=nan)

    def __post_init__(self) -> None:
        if isnan(self.begun_seconds):
            object.__setattr__(self, "begun_seconds", self.now())

    def left(self) -> float | None:
        """Returns the seconds left, None for no limit."""
        if self.time_limit_seconds is None or self.clock is None:
            return None
        return self.time_limit_seconds - (self.clock() - self.begun_seconds)

    def has(self, seconds: float) -> bool:
        """Whether so many seconds are left."""
        left = self.left()
        return left is None or left >= seconds

    def now(self) -> float:
        """Returns the clock's seconds, 0 without a clock."""
        return self.clock() if self.clock else 0.0

    def within(self, seconds: float) -> "Effort":
        """Returns the same effort from now on, with so many seconds at most and never more than are left."""
        left = self.left()
        most = seconds if left is None else min(seconds, left)
        return replace(self, time_limit_seconds=max(most, 0.0), begun_seconds=self.now())
