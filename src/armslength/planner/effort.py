"""How hard a run is tried: gap, time, strictness; the clock is passed in."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How hard to try.

    Attributes:
        gap_frac: relative gap to prove.
        time_limit_seconds: stop improving after this long; None for no limit.
        strict: whether gangs keep their smallest size all through any period in which they run.
        clock: seconds from any start; None where time does not matter.
        say: hears what is being done.
    """

    gap_frac: float = 1e-4
    time_limit_seconds: float | None = None
    strict: bool = False
    clock: Callable[[], float] | None = None
    say: Callable[[str], None] = lambda _: None

    def left(self, since: float) -> float | None:
        """Returns the seconds left, None for no limit."""
        if self.time_limit_seconds is None or self.clock is None:
            return None
        return self.time_limit_seconds - (self.clock() - since)

    def now(self) -> float:
        """Returns the clock's seconds, 0 without a clock."""
        return self.clock() if self.clock else 0.0
