"""From a plan to what it gives each owner when: accelerators for its workloads, period by period."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from armslength.errors import InputError
from armslength.model.case import Case, Run
from armslength.model.comparison import Comparison
from armslength.model.plan import Plan
from armslength.model.replay import Entitlement
from armslength.replay.trace import Trace


def entitlements_of(
    comparison: Comparison, trace: Trace, *, run: Run | None = None, align: bool = False
) -> tuple[Entitlement, ...]:
    """Returns what a plan entitles each owner of a trace to.

    An organisation's entitlement in a period is what its workloads use in it, on anybody's accelerators, as a mean
    over the period, rounded down to whole accelerators.

    Args:
        comparison: the plan document.
        trace: whose owners must be organisations of the case.
        run: which of its runs; the shared one, else as agreed, else alone.
        align: whether the plan's first day is laid on the trace's first instead of going by the calendar.

    Raises:
        InputError: when owners or days do not meet.
    """
    plan = _plan(comparison, run)
    names = {row.id for row in comparison.case.organisations}
    strangers = [owner for owner in trace.owners if owner not in names]
    if strangers:
        hint = f"the case has {', '.join(sorted(names))}; read the trace with north=FILE to name its owners"
        raise InputError(f"the plan knows no organisation `{strangers[0]}`", hint=hint)
    begin = _instant(plan.periods[0].start_on) if align else trace.begin_at
    end = _instant(plan.periods[-1].end_on)
    if not align and not _instant(plan.periods[0].start_on) <= begin < end:
        first, last = plan.periods[0].start_on, plan.periods[-1].end_on
        message = f"the plan covers {first} to {last}, the trace begins on {trace.begin_at:%Y-%m-%d}"
        raise InputError(message, hint="--align-plan lays the plan's first day on the trace's first")
    return tuple(_rows(comparison.case, plan, trace.owners, begin))


def _instant(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=UTC)


def _plan(comparison: Comparison, run: Run | None) -> Plan:
    plans = {plan.run: plan for plan in comparison.plans}
    wanted: Sequence[Run] = (run,) if run else ("shared", "as_agreed", "alone")
    for name in wanted:
        if name in plans:
            return plans[name]
    raise InputError(f"the plan has no run `{wanted[0]}`", hint=f"it has {', '.join(plans)}")


def _rows(case: Case, plan: Plan, owners: Sequence[str], begin: datetime) -> list[Entitlement]:
    owner_of = {row.id: row.owner for row in case.workloads}
    hours: dict[tuple[str, int], float] = {}
    for use in plan.uses:
        key = (owner_of[use.workload], use.period_index)
        hours[key] = hours.get(key, 0.0) + use.used_gpu_hours
    rows = []
    for index, period in enumerate(plan.periods):
        from_seconds = max(0, int((_instant(period.start_on) - begin).total_seconds()))
        if _instant(period.end_on) <= begin:
            continue
        for owner in owners:
            gpus = int(hours.get((owner, index), 0.0) / period.counted_hours + 1e-6)
            rows.append(Entitlement(owner=owner, from_seconds=from_seconds, entitled_gpus=gpus))
    return rows
