"""How one queue is served on one set of nodes: strictly, best-effort, or with backfill around a reservation.

* ``none``: jobs start in order until the first that does not fit (a strict queue).
* ``best-effort``: whatever fits starts; a large job can wait for ever.
* ``easy``: the first job that does not fit gets a reservation at the earliest instant at which it is expected to fit;
  later jobs start when they are expected to be gone by then, or stay off the reserved nodes (Lifka 1995; Mu'alem and
  Feitelson 2001).
* ``conservative``: so that every waiting job looked at has a reservation which later ones respect.

Expectations come from the users' limits, and from the jobs' true lengths where a trace has no limits.
"""

from collections.abc import Iterable, Iterator

from armslength.policy.board import Placement
from armslength.policy.profile import Profile
from armslength.policy.view import Draft, Job, View


def serve(view: View, draft: Draft, waiting: Iterable[Job], group: int) -> None:
    """Starts waiting jobs, given in order, on a set of nodes, as the rules' backfill says."""
    if view.rules.backfill == "best-effort":
        start_what_fits(draft, waiting, (group,), view.rules.backfill_depth_count)
        return
    queue = iter(waiting)
    head = _start_in_order(draft, queue, group)
    if head is None or view.rules.backfill == "none":
        return
    if view.rules.backfill == "easy":
        _serve_easy(view, draft, head, queue, group)
    else:
        _serve_conservative(view, draft, head, queue, group)


def _start_in_order(draft: Draft, queue: Iterator[Job], group: int) -> Job | None:
    """Starts jobs until the first that does not fit, and returns that one."""
    for job in queue:
        placement = draft.board.find(job.gpus, group)
        if placement is None:
            return job
        draft.start(job, placement)
    return None


def start_what_fits(
    draft: Draft, waiting: Iterable[Job], groups: tuple[int, ...], most: int, *, as_guest: bool = False
) -> None:
    """Starts whatever fits among the first ``most`` jobs that might fit; a size that failed is not tried again."""
    too_large = 1 << 62
    for job in waiting:
        if job.gpus >= too_large:
            continue
        if most == 0:
            return
        placement = draft.board.find(job.gpus, *groups)
        if placement is not None:
            draft.start(job, placement, as_guest=as_guest)
            continue
        most -= 1
        too_large = job.gpus
        if too_large == 1:
            return


def releases(view: View, draft: Draft, group: int) -> list[tuple[int, Placement]]:
    """Returns when running jobs on a set of nodes are expected to end, soonest first, and what each gives back."""
    now = view.now_seconds
    stopped = {job.index for job in draft.stops}
    running = [job for job in view.running.values() if job.index not in stopped]
    ends = [(job.expected_end_seconds(now), job.placement) for job in running if _on(job.placement, group)]
    ends += [(row.job.expected_end_seconds(now), row.placement) for row in draft.starts if _on(row.placement, group)]
    return sorted(ends)


def _on(placement: Placement, group: int) -> bool:
    return bool(group >> placement[0][0] & 1)


def _serve_easy(view: View, draft: Draft, head: Job, queue: Iterator[Job], group: int) -> None:
    promised = _earliest(view, draft, head, group)
    if promised is None:
        return
    shadow_seconds, reserved = promised
    for _, job in zip(range(view.rules.backfill_depth_count), queue, strict=False):
        gone_in_time = job.expected_end_seconds(view.now_seconds) <= shadow_seconds
        placement = draft.board.find(job.gpus, group if gone_in_time else group & ~reserved)
        if placement is not None:
            draft.start(job, placement)


def _earliest(view: View, draft: Draft, head: Job, group: int) -> tuple[int, int] | None:
    """Returns when the head is expected to fit, and the nodes it is then laid on; None when it never does."""
    later = draft.board.copy()
    for end_seconds, placement in releases(view, draft, group):
        later.give(placement)
        found = later.find(head.gpus, group)
        if found is not None:
            reserved = 0
            for node, _ in found:
                reserved |= 1 << node
            return end_seconds, reserved
    return None


def _serve_conservative(view: View, draft: Draft, head: Job, queue: Iterator[Job], group: int) -> None:
    now = view.now_seconds
    profile = Profile(draft.board, group, now, releases(view, draft, group))
    profile.reserve(head.gpus, head.expected_end_seconds(now) - now)
    for _, job in zip(range(view.rules.backfill_depth_count), queue, strict=False):
        begin_seconds, placement = profile.reserve(job.gpus, job.expected_end_seconds(now) - now)
        if begin_seconds == now and placement is not None and draft.board.fits(placement):
            draft.start(job, placement)
