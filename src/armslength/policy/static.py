"""Static partition: every owner alone on its own nodes. What all other policies are compared with."""

from armslength.policy.queueing import serve
from armslength.policy.remaining import serve_by_remaining
from armslength.policy.view import NOTHING, Decision, Draft, View


def decide(view: View) -> Decision:
    """Serves each owner's queue on its own nodes."""
    if not any(len(queue) for queue in view.queues):
        return NOTHING
    draft = Draft(view.board.copy())
    for number, (owner, queue) in enumerate(zip(view.owners, view.queues, strict=True)):
        if not len(queue):
            continue
        if view.rules.order == "srtf":
            running = [job for job in view.running.values() if job.owner == number]
            serve_by_remaining(view, draft, queue, running, owner.nodes)
        else:
            serve(view, draft, queue, owner.nodes)
    return draft.decision()
