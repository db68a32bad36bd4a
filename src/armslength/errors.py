"""The exception tree, and problems as values.

    ArmslengthError            code, message, hint
    ├─ InputError              carries problems: tuple[Problem, ...]
    │   ├─ InvalidCase         schema or cross-reference problems with their places
    │   └─ UnknownName         with the nearest known names
    ├─ PlanError
    │   ├─ Infeasible          the smallest conflict, as family + names + sentence
    │   ├─ SolveStopped        a limit was hit before any plan
    │   └─ CheckFailed         the plan breaks a rule it should keep: not released
    ├─ NotAgreed               a step of an agreement is not allowed; carries every reason
    ├─ LedgerError             the books refuse; code from one list, in order of precedence
    │   └─ StoreError          the books cannot be reached or trusted; what was sent may or may not be kept
    └─ NotSigned               a witness does not sign a checkpoint
        └─ SplitView           the log showed different books at different times; carries both notes

Problems are values: many are found at once and shown together. Exceptions stop a use case.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the input.

    Attributes:
        place: where, as a path a person can follow, such as ``lots[2].sku`` or ``lots.csv row 3, column sku``.
        message: what is wrong, with units.
        hint: what to do next; may name the nearest known name.
        severity: an error stops planning; a warning is shown and planning goes on.
    """

    place: str
    message: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class ArmslengthError(Exception):
    """Root of all errors meant for a user's eyes.

    Attributes:
        code: a short stable word for machines.
        message: what happened and where.
        hint: what to do next.
    """

    code = "error"
    retryable = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message + (f"\n{self.hint}" if self.hint else "")


class InputError(ArmslengthError):
    """Something given from outside cannot be used."""

    code = "input"

    def __init__(self, message: str, *, hint: str = "", problems: Iterable[Problem] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {problem}" for problem in self.problems)])


class InvalidCase(InputError):
    """A case has schema or cross-reference problems; all of them are carried."""

    code = "invalid_case"


class UnknownName(InputError):
    """A name was asked for which the case or plan does not hold."""

    code = "unknown_name"


class PlanError(ArmslengthError):
    """Planning could not deliver a plan."""

    code = "plan"


class Infeasible(PlanError):
    """No plan keeps all the rules; ``conflict`` is the smallest set found, as (family, key) pairs."""

    code = "infeasible"

    def __init__(self, message: str, *, hint: str = "", conflict: Iterable[tuple[str, tuple[str, ...]]] = ()) -> None:
        super().__init__(message, hint=hint)
        self.conflict = tuple(conflict)


class SolveStopped(PlanError):
    """A limit was hit before any plan was found."""

    code = "stopped"
    retryable = True


class CheckFailed(PlanError):
    """A plan breaks a rule it should keep, so it is not released."""

    code = "check_failed"

    def __init__(self, message: str, *, hint: str = "", problems: Iterable[Problem] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {problem}" for problem in self.problems)])


class LedgerError(ArmslengthError):
    """The books refuse. ``code`` is the refusal's word; nothing was changed."""

    def __init__(self, message: str, *, code: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class StoreError(LedgerError):
    """The store cannot be opened, reached or trusted.

    Where a group was under way its outcome is not known: submit the same group again, under the same ids, and the
    answer tells.
    """

    retryable = True

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, code="store", hint=hint)


class NotAgreed(ArmslengthError):
    """A step of an agreement is not allowed as things stand; every reason is carried and nothing was recorded."""

    code = "not_agreed"

    def __init__(self, message: str, *, hint: str = "", problems: Iterable[Problem] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {problem}" for problem in self.problems)])


class NotSigned(ArmslengthError):
    """A witness does not sign. ``code`` says why: ``other_log``, ``old_news`` or ``split_view``."""

    def __init__(self, message: str, *, code: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class SplitView(NotSigned):
    """A log signed two things that cannot both be true. The two notes together prove it to anybody."""

    def __init__(self, message: str, *, held: str, shown: str, hint: str = "") -> None:
        super().__init__(message, code="split_view", hint=hint)
        self.held = held
        self.shown = shown


def nearest(name: str, known: Iterable[str]) -> str:
    """Returns a hint with the nearest known names, or an empty string when none is near."""
    close = get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    return f"did you mean {' or '.join(close)}?" if close else ""
