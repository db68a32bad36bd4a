"""Fair share with decay, as in Slurm's multifactor priority: whoever used least of its share lately goes first.

All nodes are one pool. An owner's factor is 2^(-u/s): u its share of all use, older use counting less with a half-life
(``--half-life``; Slurm's PriorityDecayHalfLife), s its share of the nodes. Jobs of one owner go in the order of the
queue; nobody is made to leave. Age and size of jobs, which Slurm can also weigh, have weight 0 here.
"""

from itertools import chain

from armslength.policy.board import EVERYWHERE
from armslength.policy.queueing import serve
from armslength.policy.view import NOTHING, Decision, Draft, View


def decide(view: View) -> Decision:
    """Serves the owners' queues on all nodes, highest factor first."""
    if not any(len(queue) for queue in view.queues):
        return NOTHING
    use = sum(owner.decayed_gpu_seconds for owner in view.owners) or 1.0
    everything = sum(owner.own_gpus for owner in view.owners) or 1

    def factor(number: int) -> float:
        owner = view.owners[number]
        share = owner.own_gpus / everything
        return float(2.0 ** -(owner.decayed_gpu_seconds / use / share)) if share else 0.0

    first = sorted(range(len(view.owners)), key=lambda number: (-factor(number), number))
    draft = Draft(view.board.copy())
    serve(view, draft, chain.from_iterable(view.queues[number] for number in first), EVERYWHERE)
    return draft.decision()
