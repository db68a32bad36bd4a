"""Sharing by quota: who may use how many accelerators, who lends them, and who must give them back.

Shared by the policies whose schedulers think in quotas. Each owner has a nominal quota. What it does not use others
may borrow, up to their ceiling and to what it lends. An owner within its nominal quota that finds no room reclaims:
jobs of owners above theirs leave, newest first. Each queue is served strictly, or best-effort if the rules say so.

Unlike lending with an alone clock this promises nothing: a job may find its owner's nodes cut up by others' jobs, and
one that started early on borrowed nodes can change the order in which its owner's jobs end.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from armslength.policy.board import EVERYWHERE, Board, Placement
from armslength.policy.order import KEYS
from armslength.policy.view import NOTHING, Decision, Draft, Job, View

Rank = Callable[[int, Sequence[int]], float]


@dataclass(frozen=True, slots=True)
class Quotas:
    """The quotas of all owners, accelerators.

    Attributes:
        nominal_gpus: what an owner has a right to.
        ceiling_gpus: the most it may use, borrowed ones included.
        lent_gpus_max: of its nominal quota, the most others may use.
        rank: given an owner and what each uses, its turn among owners that stand equal: low goes first.
    """

    nominal_gpus: Sequence[int]
    ceiling_gpus: Sequence[int]
    lent_gpus_max: Sequence[int]
    rank: Rank


def decide_by_quota(view: View, quotas: Quotas) -> Decision:
    """Starts head after head: owners within their quota first, then by rank, then by the order of the queue."""
    if not any(len(queue) for queue in view.queues):
        return NOTHING
    desk = _Desk(view, quotas)
    while (head := desk.next_head()) is not None:
        desk.admit(head)
    return desk.draft.decision()


class _Desk:
    """One round of admitting: what is used so far, and whose queue still moves."""

    def __init__(self, view: View, quotas: Quotas) -> None:
        self.view, self.quotas = view, quotas
        self.draft = Draft(view.board.copy())
        self.used = [owner.used_gpus for owner in view.owners]
        self.queues: list[Iterator[Job]] = [iter(queue) for queue in view.queues]
        self.heads: list[Job | None] = [next(queue, None) for queue in self.queues]
        self.patience = [view.rules.backfill_depth_count if view.rules.backfill == "best-effort" else 0] * len(
            self.queues
        )
        self.closed = 0

    def next_head(self) -> Job | None:
        """Returns the job whose turn it is, or None when no queue moves any more."""
        heads = [job for job in self.heads if job is not None]
        return min(heads, key=self._turn) if heads else None

    def _turn(self, job: Job) -> tuple[bool, float, tuple[int, int]]:
        borrows = self.used[job.owner] + job.gpus > self.quotas.nominal_gpus[job.owner]
        return borrows, self.quotas.rank(job.owner, self.used), KEYS[self.view.rules.order](job)

    def admit(self, job: Job) -> None:
        """Starts a head, or reclaims for it, or holds its queue."""
        owner = job.owner
        within = self.used[owner] + job.gpus <= self.quotas.nominal_gpus[owner]
        placement = self._place(self.draft.board, job) if self._has_room(job) else None
        if placement is None and within:
            placement = self._reclaim(job)
        if placement is not None:
            self.draft.start(job, placement, as_guest=not within)
            self.used[owner] += job.gpus
            self.heads[owner] = next(self.queues[owner], None)
        elif self.patience[owner]:
            self.patience[owner] -= 1
            self.heads[owner] = next(self.queues[owner], None)
        else:
            self.heads[owner] = None

    def _has_room(self, job: Job) -> bool:
        """Tells whether quotas let a job in: its owner's own part, and then what all lend."""
        owner, quotas = job.owner, self.quotas
        if self.used[owner] + job.gpus > quotas.ceiling_gpus[owner]:
            return False
        pairs = zip(quotas.nominal_gpus, quotas.lent_gpus_max, strict=True)
        kept = [max(0, nominal - lent) for nominal, lent in pairs]
        shared = sum(quotas.lent_gpus_max) - sum(max(0, used - own) for used, own in zip(self.used, kept, strict=True))
        return max(0, kept[owner] - self.used[owner]) + shared >= job.gpus

    def _place(self, board: Board, job: Job) -> Placement | None:
        own = self.view.owners[job.owner].nodes & ~self.closed
        return board.find(job.gpus, own, EVERYWHERE & ~self.closed & ~own)

    def _reclaim(self, job: Job) -> Placement | None:
        """Makes borrowers leave until a job fits. Returns where, if it can start at once."""
        later = self.draft.board.copy()
        used = self.used.copy()
        told: list[tuple[Job, int]] = []
        for borrower in self._leaving():
            later.give(borrower.placement)
        place = self._place(later, job)
        for borrower in self._borrowers(job.owner) if place is None else ():
            if used[borrower.owner] <= self.quotas.nominal_gpus[borrower.owner]:
                continue
            used[borrower.owner] -= borrower.gpus
            later.give(borrower.placement)
            told.append((borrower, self._leave_seconds(borrower)))
            place = self._place(later, job)
            if place is not None:
                break
        if place is None:
            return None
        now = self.view.now_seconds
        for borrower, leave in told:
            if leave <= now:
                self.draft.stop(borrower)
                self.used[borrower.owner] -= borrower.gpus
            else:
                self.draft.notices.append((borrower, leave))
        if self.draft.board.fits(place):
            return place
        for node, _ in place:
            self.closed |= 1 << node
        return None

    def _leave_seconds(self, job: Job) -> int:
        rules = self.view.rules
        assert job.started_seconds is not None
        return max(self.view.now_seconds + rules.notice_seconds, job.started_seconds + rules.min_run_seconds)

    def _leaving(self) -> list[Job]:
        """Returns the jobs that were told to leave and still run."""
        told = [job for job in self.view.running.values() if job.leave_seconds is not None]
        return told + [job for job, _ in self.draft.notices]

    def _borrowers(self, owner: int) -> list[Job]:
        """Returns others' jobs that may be told to leave, newest first."""
        gone = {job.index for job in self._leaving()} | {job.index for job in self.draft.stops}
        quotas = self.quotas
        return [
            job
            for job in reversed(list(self.view.running.values()))
            if job.owner != owner and job.index not in gone and self.used[job.owner] > quotas.nominal_gpus[job.owner]
        ]
