"""Where a story is replayed: its case, its books, its clock, and what earlier acts have made."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from armslength.errors import ArmslengthError
from armslength.model.case import Case
from armslength.store.books import Books
from armslength.store.scope import Scope


class NotAsTold(ArmslengthError):
    """The books answered, but not what the story says."""

    code = "not_as_told"


class Clock:
    """A clock that stands on the day of an act, from nine in the morning, and goes on by a second each time it is read."""

    def __init__(self, day: date) -> None:
        self._at = _morning(day)

    def go_to(self, day: date) -> None:
        """Moves on to a day; it never goes back."""
        self._at = max(self._at, _morning(day))

    def now(self) -> datetime:
        """Returns the time."""
        self._at += timedelta(seconds=1)
        return self._at


@dataclass(slots=True)
class Stage:
    """What the acts work on.

    Attributes:
        case: the case, with all versions of its facts.
        folder: where the case stands.
        out: where files are made.
        books: the books.
        clock: their clock.
        scope: everybody's eyes: a replay is one trust domain.
        plans: folders of the plans made, by name.
    """

    case: Case
    folder: Path
    out: Path
    books: Books
    clock: Clock
    scope: Scope
    plans: dict[str, Path] = field(default_factory=dict)


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9), UTC)
