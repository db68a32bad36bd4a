"""Lend and reclaim under an alone clock: idle nodes are lent to whoever fits, and nobody fares worse than alone.

An alone clock runs along: it serves every owner's queue on the owner's own nodes as if there were no sharing, under
the order and backfill of the rules. Whenever a job would start there, it has a *claim* to that very place.

* A job with a claim that waits starts on its place. Guests that stand there leave for it, newest first.
* All other waiting jobs may be *guests* wherever accelerators are idle, on their owner's nodes first. They are gone
  through in the order of the queue; what does not fit is passed over, for no guest can delay anybody.
* A guest has run for at least ``min_run`` and is told ``notice`` ahead before it leaves. Meanwhile its nodes take no
  further guests. It then waits, and takes its own claim as soon as it has one.

**What is promised.** Claims never overlap, since the alone schedule is one that can be carried out. With no notice, no
minimum run and free checkpoints every job starts no later and ends no later than alone. In general no job starts or
ends later than alone by more than max(notice, min_run) + the largest cost of a stop (``promised_delay_seconds``), for
every order without preemption, every backfill and every placement, because these shape the alone schedule only.
It needs ``restart_cap`` (a stop costs no more than beginning again) and nodes that do not leave.

**No foresight is needed.** The clock has to know when a job would end alone; by then the job has ended here, or it is
late by no more than the bound, and the clock waits for it.

The virtual clock is the idea behind fair queueing (Demers, Keshav and Shenker, SIGCOMM 1989), used here on gangs.
"""

from armslength.model.replay import Rules
from armslength.policy.board import EVERYWHERE
from armslength.policy.order import in_order
from armslength.policy.queueing import start_what_fits
from armslength.policy.view import NOTHING, Decision, Draft, Job, View

KEEPS_ALONE_CLOCK = True


def promised_delay_seconds(rules: Rules) -> int:
    """Returns by how much, at most, a job may start or end later than alone, seconds."""
    costliest = max((row.cost_seconds for row in rules.checkpoint_costs), default=0)
    return max(rules.notice_seconds, rules.min_run_seconds) + costliest


def decide(view: View) -> Decision:
    """Serves claims first, guests after."""
    if not any(len(queue) for queue in view.queues):
        return NOTHING
    draft = Draft(view.board.copy())
    closed = _serve_claims(view, draft)
    _admit_guests(view, draft, closed)
    return draft.decision()


def _serve_claims(view: View, draft: Draft) -> int:
    """Starts jobs on their claims; returns the nodes on which a claim waits."""
    if not view.due:
        return 0
    floor = _Floor(view, draft)
    claims = list(view.due)
    while claims:
        job = claims.pop(0)
        if floor.is_free_for(job):
            floor.start(job)
            continue
        evicted = floor.reclaim(job)
        if evicted and floor.is_free_for(job):
            floor.start(job)
        else:
            floor.wait(job)
        if evicted:
            # Who leaves and has a claim of its own asserts it in the same second.
            claims += sorted((guest for guest in evicted if guest.due_seconds is not None), key=_by_due)
    return floor.closed


def _by_due(job: Job) -> tuple[int, int]:
    return (job.due_seconds or 0, job.index)


class _Floor:
    """The nodes as claims see them: what claims hold, what earlier ones wait for, and the guests in between.

    Claims are sets of single accelerators (slots), so that a claim waits only for those whose time alone was over
    before its own began. Guests take up accelerators by number; they fill whatever is left.
    """

    def __init__(self, view: View, draft: Draft) -> None:
        self.view, self.draft = view, draft
        self.wanted: dict[int, int] = {}
        self.closed = 0
        self.told: set[int] = set()
        # Of the nodes looked at so far, for most are nobody's concern.
        self._held: dict[int, int] = {}
        self._guests: dict[int, list[Job]] = {}

    def held(self, node: int) -> int:
        """Returns the accelerators of a node that jobs hold which stand on their claims."""
        if node not in self._held:
            here = self.view.standing[node].values()
            self._guests[node] = [job for job in here if job.as_guest]
            self._held[node] = 0
            for job in here:
                if not job.as_guest:
                    self._held[node] |= next(slots for place, slots in job.due_slots if place == node)
        return self._held[node]

    def guests(self, node: int) -> list[Job]:
        """Returns the guests on a node, oldest first, without those that were made to leave at once."""
        self.held(node)
        return self._guests[node]

    def is_free_for(self, job: Job) -> bool:
        """Tells whether a claim can start without taking what an earlier one holds or waits for."""
        for node, slots in job.due_slots:
            held, wanted = self.held(node), self.wanted.get(node, 0)
            if slots & (held | wanted):
                return False
            if self.draft.board.free_gpus[node] < ((wanted & ~held) | slots).bit_count():
                return False
        return True

    def start(self, job: Job) -> None:
        """Starts a job on its claim."""
        self.draft.start(job, job.due_placement)
        for node, slots in job.due_slots:
            self._held[node] = self.held(node) | slots

    def wait(self, job: Job) -> None:
        """Keeps a claim's place from guests and from later claims."""
        for node, slots in job.due_slots:
            self.wanted[node] = self.wanted.get(node, 0) | slots
            self.closed |= 1 << node

    def reclaim(self, claim: Job) -> tuple[Job, ...]:
        """Makes guests leave, or tells them to, until there is room; returns those that left at once."""
        evicted: list[Job] = []
        for node, slots in claim.due_slots:
            needed_gpus = ((self.wanted.get(node, 0) | slots) & ~self.held(node)).bit_count()
            free_gpus = self.draft.board.free_gpus[node]
            if free_gpus >= needed_gpus:
                continue
            staying = []
            for guest in self.guests(node):
                if self._was_told(guest):
                    free_gpus += _on(guest, node)
                else:
                    staying.append(guest)
            while staying and free_gpus < needed_gpus:
                guest = staying.pop()
                free_gpus += _on(guest, node)
                if self._tell(guest):
                    evicted.append(guest)
        return tuple(evicted)

    def _tell(self, guest: Job) -> bool:
        """Tells a guest to leave, and whether it left at once."""
        rules, now = self.view.rules, self.view.now_seconds
        assert guest.started_seconds is not None
        leave_seconds = max(now + rules.notice_seconds, guest.started_seconds + rules.min_run_seconds)
        if leave_seconds > now:
            self.draft.notices.append((guest, leave_seconds))
            self.told.add(guest.index)
            return False
        self.draft.stop(guest)
        for node, _ in guest.placement:
            self.guests(node).remove(guest)
        return True

    def _was_told(self, job: Job) -> bool:
        return job.leave_seconds is not None or job.index in self.told


def _on(job: Job, node: int) -> int:
    return next(gpus for place, gpus in job.placement if place == node)


def _admit_guests(view: View, draft: Draft, closed: int) -> None:
    gone = {row.job.index for row in draft.starts}
    depth = view.rules.backfill_depth_count
    for number, owner in enumerate(view.owners):
        if len(view.queues[number]) and draft.board.free(owner.nodes & ~closed):
            waiting = (job for job in view.queues[number] if job.due_seconds is None and job.index not in gone)
            start_what_fits(draft, waiting, (owner.nodes & ~closed,), depth, as_guest=True)
    if draft.board.free(EVERYWHERE & ~closed) == 0:
        return
    gone = {row.job.index for row in draft.starts}
    _lend(view, draft, closed, gone)


def _lend(view: View, draft: Draft, closed: int, gone: set[int]) -> None:
    """Lets jobs stand on anybody's idle nodes, their owner's first."""
    too_large = 1 << 62
    most = view.rules.backfill_depth_count
    for job in in_order(view.queues, view.rules.order):
        if job.due_seconds is not None or job.index in gone or job.gpus >= too_large:
            continue
        if most == 0 or too_large == 1:
            return
        own = view.owners[job.owner].nodes & ~closed
        placement = draft.board.find(job.gpus, own, EVERYWHERE & ~closed & ~own)
        if placement is None:
            too_large = job.gpus
            most -= 1
        else:
            draft.start(job, placement, as_guest=True)
