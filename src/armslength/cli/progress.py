"""Progress on standard error for anything over two seconds: silent before, one line a step in a pipe."""

import sys
import threading
from time import perf_counter
from types import TracebackType

from rich.console import Console
from rich.status import Status

QUIET_SECONDS = 2.0
LINE_SECONDS = 1.0  # between lines in a pipe


class Progress:
    """Hears what is being done and shows it once two seconds have gone by."""

    def __init__(self) -> None:
        self._began = perf_counter()
        self._console = Console(stderr=True)
        self._status: Status | None = None
        self._latest = "working"
        self._said = 0.0
        self._timer = threading.Timer(QUIET_SECONDS, self._show)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._timer.join()  # it may be about to show something
        if self._status is not None:
            self._status.stop()

    def say(self, what: str) -> None:
        """Hears what is being done now."""
        self._latest = what
        seconds = perf_counter() - self._began
        if self._status is not None:
            self._status.update(f"{what} ({seconds:.0f} s)")
        elif seconds > max(QUIET_SECONDS, self._said + LINE_SECONDS) and not self._console.is_terminal:
            self._said = seconds
            print(f"{seconds:6.1f} s  {what}", file=sys.stderr)

    def _show(self) -> None:
        """Shows what is being done, even if it takes long before the next step is said."""
        if self._console.is_terminal:
            self._status = self._console.status(self._latest)
            self._status.start()
        else:
            self._said = QUIET_SECONDS
            print(f"{QUIET_SECONDS:6.1f} s  {self._latest}", file=sys.stderr)
