"""What a witness asks before it signs (C2SP tlog-witness): that the log continues what this witness signed last.

Pure: it is told what the witness holds and returns what it shall hold. Whoever calls it keeps that on disk before the
signature leaves the house; otherwise two requests at once could roll the log back.
"""

from dataclasses import dataclass

from armslength.errors import NotSigned, SplitView
from armslength.proof.checkpoint import Checkpoint, is_signed, read_checkpoint
from armslength.proof.exchange import WitnessRequest
from armslength.proof.note import Note, VerifierKey
from armslength.proof.tree import EMPTY_ROOT, continues


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
        NotSigned: ``other_log``, the log that the witness trusts did not sign it; ``old_news``, the request builds on another
            size than the one held, or shows a smaller tree.
        SplitView: the log signed something that does not continue what is held.
    """
    if not is_signed(request.checkpoint, held.log):
        raise NotSigned(
            f"checkpoint: not signed by the key of {held.log.name}",
            code="other_log",
            hint="ask the operator; if its key changed, trust the new one knowingly",
        )
    shown = read_checkpoint(request.checkpoint.text)
    size, root = _head(held)
    name = shown.origin
    if shown.size_count == size and shown.root != root:
        message = f"{name}: two trees of {size:,} events with different roots, both signed by the log"
        raise _split(held, request, message, "different people were shown different books")
    if shown.size_count < size:
        raise NotSigned(
            f"{name}: shows {shown.size_count:,} events, but {size:,} were signed before",
            code="old_news",
            hint="a delayed request; or the log was rolled back to a backup: ask for its checkpoint of today",
        )
    if request.old_count != size:
        raise NotSigned(
            f"{name}: the proof builds on {request.old_count:,} events, the witness holds {size:,}",
            code="old_news",
            hint=f"ask for a proof since {size}",
        )
    if not continues(size, root, shown.size_count, shown.root, request.path):
        message = f"{name}: the tree of {shown.size_count:,} events does not continue the {size:,} signed before"
        raise _split(held, request, message, "ask for the proof again; if it fails again the log was rewritten")
    return shown


def _split(held: Held, request: WitnessRequest, message: str, hint: str) -> SplitView:
    told = f"{hint}; keep both notes and tell the other members"
    return SplitView(message, held=str(held.last or ""), shown=str(request.checkpoint), hint=told)


def _head(held: Held) -> tuple[int, bytes]:
    if held.last is None:
        return 0, EMPTY_ROOT
    last = read_checkpoint(held.last.text)
    return last.size_count, last.root
