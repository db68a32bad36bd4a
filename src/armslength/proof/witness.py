"""What a witness asks before it signs (C2SP tlog-witness): that the log continues what this witness signed last.

Pure: it is told what the witness holds and returns what it shall hold. Whoever calls it keeps that on disk before the
signature leaves the house; otherwise two requests at once could roll the log back.
"""

from dataclasses import dataclass

from armslength.errors import ArmslengthError
from armslength.proof.checkpoint import Checkpoint, is_signed, read_checkpoint
from armslength.proof.exchange import WitnessRequest
from armslength.proof.note import Note, VerifierKey
from armslength.proof.tree import EMPTY_ROOT, continues


class NotSigned(ArmslengthError):
    """The witness does not sign. ``code`` says why, in one word."""

    code = "not_signed"


class OtherLog(NotSigned):
    """The checkpoint is not signed by a log that this witness knows."""

    code = "other_log"


class OldNews(NotSigned):
    """The request builds on another size than the witness holds; ``held_count`` is the size to build on."""

    code = "old_news"
    retryable = True

    def __init__(self, message: str, held_count: int, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.held_count = held_count


class SplitView(NotSigned):
    """The log shows something that does not continue what it showed before. Both notes are kept: together they prove it."""

    code = "split_view"

    def __init__(self, message: str, held: Note | None, shown: Note, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.held = held
        self.shown = shown


@dataclass(frozen=True, slots=True)
class Held:
    """What a witness keeps of one log: the key it trusts, and the last checkpoint it signed, if any."""

    log: VerifierKey
    last: Note | None = None

    @property
    def size_count(self) -> int:
        """Size of the last checkpoint that was signed."""
        return read_checkpoint(self.last.text).size_count if self.last else 0


def examine(held: Held, request: WitnessRequest) -> Checkpoint:
    """Returns the checkpoint which the witness may now sign.

    Raises:
        OtherLog: the log that the witness trusts did not sign it.
        OldNews: the request builds on another size than the one held, or shows a smaller tree that may be a genuine part.
        SplitView: the log signed something that does not continue what is held.
    """
    if not is_signed(request.checkpoint, held.log):
        raise OtherLog(
            f"checkpoint: not signed by the key of {held.log.name}",
            hint="ask the operator; if its key changed, trust the new one knowingly",
        )
    shown = read_checkpoint(request.checkpoint.text)
    size, root = _head(held)
    name = shown.origin
    if request.old_count > shown.size_count:
        raise OldNews(f"{name}: a tree of {shown.size_count:,} events cannot continue {request.old_count:,}", size)
    if shown.size_count == size and shown.root != root:
        raise SplitView(
            f"{name}: two trees of {size:,} events with different roots, both signed by the log",
            held.last,
            request.checkpoint,
            hint="the log showed different books to different people; keep both notes and tell the other members",
        )
    if shown.size_count < size:
        raise OldNews(
            f"{name}: {shown.size_count:,} events shown, {size:,} were signed before",
            size,
            hint="a delayed request, or the log was rolled back to a backup: ask for its checkpoint of today",
        )
    if request.old_count != size:
        raise OldNews(f"{name}: the proof builds on {request.old_count:,} events, the witness holds {size:,}", size)
    if not continues(size, root, shown.size_count, shown.root, request.path):
        raise SplitView(
            f"{name}: the tree of {shown.size_count:,} events does not continue the {size:,} signed before",
            held.last,
            request.checkpoint,
            hint="ask for the proof again; if it fails again the log was rewritten, and both notes are the evidence",
        )
    return shown


def _head(held: Held) -> tuple[int, bytes]:
    if held.last is None:
        return 0, EMPTY_ROOT
    last = read_checkpoint(held.last.text)
    return last.size_count, last.root
