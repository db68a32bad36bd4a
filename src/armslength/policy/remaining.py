"""Shortest remaining time first: running jobs leave for shorter ones, at any instant.

This is the rule of the published reference simulator: all jobs, waiting and running, are gone through by work left,
waiting ones first among equals; each that fits into the accelerators still uncounted is chosen. Running jobs not
chosen leave; chosen ones that wait start where they fit, and wait on where shape keeps them out.
"""

from collections.abc import Iterable
from heapq import merge

from armslength.policy.view import Draft, Job, View


def serve_by_remaining(view: View, draft: Draft, waiting: Iterable[Job], running: list[Job], group: int) -> None:
    """Decides who stops and who starts on a set of nodes. ``waiting`` must be sorted by work left."""
    now = view.now_seconds
    room_gpus = draft.board.free(group) + sum(job.gpus for job in running)

    def left(job: Job) -> int:
        return job.left_seconds(now)

    chosen: set[int] = set()
    starting: list[Job] = []
    for job in merge(waiting, sorted(running, key=left), key=left):
        if job.gpus <= room_gpus:
            room_gpus -= job.gpus
            if job.started_seconds is None:
                starting.append(job)
            else:
                chosen.add(job.index)
        if room_gpus == 0:
            break
    for job in running:
        if job.index not in chosen:
            draft.stop(job)
    for job in starting:
        placement = draft.board.find(job.gpus, group)
        if placement is not None:
            draft.start(job, placement)
