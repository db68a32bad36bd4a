"""Credits for lending, spent on borrowing: the idea of Karma (Vuppalapati et al., OSDI 2023) for gangs.

Every owner has a right to what it owns. A GPU-second of its nodes that others use earns it one credit, and one that
its jobs use on others' nodes costs one. Among owners that would borrow, whoever has most credit goes first, so that
who lent yesterday borrows today. Karma hands out slices anew in every quantum; gangs cannot be sliced, so here credits
rank the queue, and owners within their right reclaim. An owner may fall into debt while nobody else wants the nodes.

Setting: ``guaranteed_frac`` (1): share of what it owns that an owner may reclaim, Karma's alpha.
"""

from collections.abc import Sequence

from armslength.policy.quotas import Quotas, decide_by_quota
from armslength.policy.view import Decision, View

SETTINGS = ("guaranteed_frac",)


def decide(view: View) -> Decision:
    """Admits by right, then by credit."""
    alpha = view.rules.setting("guaranteed_frac", 1.0)
    owned = [owner.own_gpus for owner in view.owners]
    everything = sum(owned)

    def rank(owner: int, _: Sequence[int]) -> float:
        return -view.owners[owner].credit_gpu_seconds

    nominal = [int(own * alpha) for own in owned]
    # What nobody has a right to is borrowed by all: it belongs to the lending part of whoever owns it.
    return decide_by_quota(
        view,
        Quotas(
            nominal_gpus=nominal,
            ceiling_gpus=[everything] * len(owned),
            lent_gpus_max=owned,
            rank=rank,
        ),
    )
