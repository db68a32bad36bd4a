"""Verifying bundles with the verifier that shares no code with the rest."""

import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from armslength.audit import verify
from armslength.audit.ahead import LARGE_BYTES, ahead
from armslength.errors import InputError

T = TypeVar("T")

UNREADABLE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    RecursionError,
    RuntimeError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a file of any bytes may raise; a file that is made to raise it is no bundle."""

_WORDS = {verify.VERIFIED: "verified", verify.FAILED: "failed", verify.UNPROVEN: "unproven"}


@dataclass(frozen=True, slots=True)
class Audited:
    """The outcome for one bundle.

    Attributes:
        path: the file.
        code: 0 verified, 1 failed, 7 consistent but by no key that is trusted.
        text: the outcome for people.
        flaws: per check what was found wrong.
        made_count: per check how often it was made; 0 means that the bundle shows nothing to check.
    """

    path: Path
    code: int
    text: str
    flaws: dict[str, list[str]]
    made_count: dict[str, int]

    def document(self) -> dict[str, object]:
        """Returns the outcome as a JSON document."""
        checks = {name: {"made_count": self.made_count[name], "flaws": flaws} for name, flaws in self.flaws.items()}
        return {"bundle": str(self.path), "outcome": _WORDS[self.code], "checks": checks}


def audit(
    paths: Sequence[Path],
    policy: Path | None = None,
    held: Sequence[Path] = (),
    *,
    lag_seconds: int = 3600,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Audited, ...]:
    """Verifies bundles, each by itself and those of one book against each other.

    Args:
        paths: the bundles.
        policy: file that says whose signatures are trusted; without one nothing is proven.
        held: checkpoints that the reader got earlier or from somebody else.
        lag_seconds: how far witnesses and clocks may lag.
        say: told of progress.

    Raises:
        InputError: a file is missing or is not what it should be.
    """
    trusted = _read(policy, verify.Policy) if policy else verify.Policy("quorum none")
    heads = [_read(path, verify.Head) for path in held]
    shown = [(path, _open(path, trusted, [], lag_seconds)) for path in paths]
    outcomes = []
    for path, bundle in shown:
        others = [other.head for _, other in shown if other is not bundle and _comparable(other, bundle)]
        outcomes.append(_verified(path, _open(path, trusted, [*heads, *others], lag_seconds), say))
    return tuple(outcomes)


def worst(outcomes: Sequence[Audited]) -> int:
    """Returns the exit code for several bundles: failed before unproven before verified."""
    codes = {one.code for one in outcomes}
    return next(code for code in (verify.FAILED, verify.UNPROVEN, verify.VERIFIED) if code in codes)


def _comparable(other: verify.Bundle, bundle: verify.Bundle) -> bool:
    """Tells whether one bundle of a log can be held against another: all events are there, or the size is the same."""
    same, sizes = other.head.origin == bundle.head.origin, (other.head.size, bundle.head.size)
    return same and (sizes[0] == sizes[1] or (bundle.whole and sizes[0] < sizes[1]))


def _read(path: Path, make: Callable[[str], T]) -> T:
    try:
        return make(path.read_text(encoding="utf-8"))
    except UNREADABLE as problem:
        raise InputError(f"{path}: {problem}", hint="docs/how-to/audit-a-bundle.md shows what it looks like") from None


def _open(path: Path, policy: verify.Policy, held: Sequence[verify.Head], lag_seconds: int) -> verify.Bundle:
    try:
        return verify.Bundle(path, policy, held, lag_seconds)
    except UNREADABLE as problem:
        raise _no_bundle(path, problem) from None


def _verified(path: Path, bundle: verify.Bundle, say: Callable[[str], None]) -> Audited:
    try:
        large = bundle.files.getinfo("events.txt").file_size >= LARGE_BYTES
        code = bundle.verify(say, ahead if large else map)
    except UNREADABLE as problem:
        raise _no_bundle(path, problem) from None
    made = {check: bundle.made[check] for check in bundle.flaws}
    return Audited(path, code, verify.report(bundle, code), bundle.flaws, made)


def _no_bundle(path: Path, problem: Exception) -> InputError:
    what = str(problem) or type(problem).__name__
    return InputError(
        f"{path}: not a bundle, or damaged: {what}", hint="ask for it again; do not rely on any part of it"
    )
