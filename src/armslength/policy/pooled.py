"""Pooled: one queue for everybody on all nodes, nobody's first. "Pooling always helps" is not true of a strict queue."""

from armslength.policy.board import EVERYWHERE
from armslength.policy.order import in_order
from armslength.policy.queueing import serve
from armslength.policy.remaining import serve_by_remaining
from armslength.policy.view import NOTHING, Decision, Draft, View


def decide(view: View) -> Decision:
    """Serves one queue on all nodes."""
    if not any(len(queue) for queue in view.queues):
        return NOTHING
    draft = Draft(view.board.copy())
    waiting = in_order(view.queues, view.rules.order)
    if view.rules.order == "srtf":
        serve_by_remaining(view, draft, waiting, list(view.running.values()), EVERYWHERE)
    else:
        serve(view, draft, waiting, EVERYWHERE)
    return draft.decision()
