"""Follow a plan: each owner's right is what the planner gave its workloads in the period, whoever owns the nodes.

The entitlements are dated: they change with the plan's periods. What an owner does not use of its entitlement, others
may borrow; an owner within its entitlement reclaims.
"""

from collections.abc import Sequence

from armslength.policy.quotas import Quotas, decide_by_quota
from armslength.policy.view import Decision, View

NEEDS_PLAN = True


def decide(view: View) -> Decision:
    """Admits by the plan's entitlement of the day."""
    entitled = view.entitled_gpus
    everything = sum(owner.own_gpus for owner in view.owners)

    def rank(owner: int, used: Sequence[int]) -> float:
        return used[owner] / max(1, entitled[owner])

    return decide_by_quota(
        view,
        Quotas(
            nominal_gpus=entitled,
            ceiling_gpus=[everything] * len(entitled),
            lent_gpus_max=[*entitled[:-1], entitled[-1] + max(0, everything - sum(entitled))],
            rank=rank,
        ),
    )
