"""Nominal quotas with borrowing and lending limits, reclaim and fair sharing, as in Kueue's cohorts.

The words and their meaning are Kueue's (ClusterQueue: nominalQuota, borrowingLimit, lendingLimit; preemption
``reclaimWithinCohort: Any``; fair sharing). Every owner's nominal quota is what it owns. A queue is Kueue's
``StrictFIFO``, or its ``BestEffortFIFO`` with ``--backfill best-effort``. Newest borrowers leave first.

Settings: ``borrowing_limit_frac`` (of the nominal quota; unlimited when not given), ``lending_limit_frac`` (1),
``fair_sharing`` (1: among borrowers the one that borrows least against its quota goes first).
"""

from collections.abc import Sequence

from armslength.policy.quotas import Quotas, decide_by_quota
from armslength.policy.view import Decision, View

SETTINGS = ("borrowing_limit_frac", "lending_limit_frac", "fair_sharing")


def decide(view: View) -> Decision:
    """Admits by quota; who owns accelerators within its quota gets them back."""
    nominal = [owner.own_gpus for owner in view.owners]
    limit = view.rules.setting("borrowing_limit_frac", -1.0)
    lending = view.rules.setting("lending_limit_frac", 1.0)
    fair = view.rules.setting("fair_sharing", 1.0)
    everything = sum(nominal)

    def rank(owner: int, used: Sequence[int]) -> float:
        return max(0, used[owner] - nominal[owner]) / max(1, nominal[owner]) if fair else 0.0

    return decide_by_quota(
        view,
        Quotas(
            nominal_gpus=nominal,
            ceiling_gpus=[everything if limit < 0 else own + int(own * limit) for own in nominal],
            lent_gpus_max=[int(own * lending) for own in nominal],
            rank=rank,
        ),
    )
