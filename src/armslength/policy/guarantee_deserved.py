"""Guarantee, deserved and capability, as in Volcano's capacity plugin.

A queue's *guarantee* is kept for it even when idle. Its *deserved* share it may always reach: whoever stands above its
own gives back. *Capability* is the most it may ever use. Deserved is what the owner owns. The queue that uses least
against what it deserves goes first.

Settings, as shares of what an owner owns: ``guarantee_frac`` (0), ``capability_frac`` (unlimited when not given).
"""

from collections.abc import Sequence

from armslength.policy.quotas import Quotas, decide_by_quota
from armslength.policy.view import Decision, View

SETTINGS = ("guarantee_frac", "capability_frac")


def decide(view: View) -> Decision:
    """Admits by deserved share; who is above its own gives back."""
    deserved = [owner.own_gpus for owner in view.owners]
    guarantee = view.rules.setting("guarantee_frac", 0.0)
    capability = view.rules.setting("capability_frac", -1.0)
    everything = sum(deserved)

    def rank(owner: int, used: Sequence[int]) -> float:
        return used[owner] / max(1, deserved[owner])

    return decide_by_quota(
        view,
        Quotas(
            nominal_gpus=deserved,
            ceiling_gpus=[everything if capability < 0 else int(own * capability) for own in deserved],
            lent_gpus_max=[own - int(own * guarantee) for own in deserved],
            rank=rank,
        ),
    )
