"""The rules `periods`, `idle` and `bookkeeping`, and `value` as recorded: totals recomputed from its rows.

Part of the independent check: imports neither arrays nor the solver nor any other part of the planner.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from math import isfinite

from armslength.model.demand import Workload
from armslength.model.digest import case_digest
from armslength.model.plan import OrganisationResult, Plan, WorkloadResult
from armslength.planner.check_days import grid_days
from armslength.planner.check_findings import Family, Findings, differs, exceeds, number
from armslength.planner.check_ground import Ground
from armslength.planner.check_tally import Tally
from armslength.planner.check_use import wanted_gpu_hours
from armslength.planner.check_value import Prices, lateness_cost, work_value
from armslength.units import GPU_HOUR_TOLERANCE, MONEY_TOLERANCE

HOURS_TOLERANCE = 1e-6


def check_periods(ground: Ground, plan: Plan, findings: Findings) -> None:
    """The plan's periods are the horizon's, and the plan is of this case."""
    if plan.case_id != ground.case.id:
        findings.add("bookkeeping", f"case {plan.case_id}", f"the plan is checked against case {ground.case.id}")
    elif plan.case_digest != case_digest(ground.case):
        findings.add("bookkeeping", f"case {plan.case_id}", "the case has changed since it was planned")
    if len(plan.periods) != len(ground.spans):
        count = f"{len(plan.periods)} periods; the grid cuts the horizon into {len(ground.spans)}"
        findings.add("periods", "the grid", count)
    cuts = grid_days(ground.case.horizon)
    for period, span, end_on in zip(plan.periods, ground.spans, cuts[1:], strict=False):
        where = f"period {span.index}"
        if (period.start_on, period.end_on) != (span.start_on, end_on):
            message = f"from {period.start_on} to {period.end_on}; the grid says {span.start_on} to {end_on}"
            findings.add("periods", where, message)
        if differs(period.counted_hours, span.hours, HOURS_TOLERANCE):
            counted = number(period.counted_hours, 6)
            message = f"{counted} hours counted; the horizon counts {number(span.hours, 6)} hours"
            findings.add("periods", where, message)


def check_workload_results(ground: Ground, plan: Plan, tally: Tally, findings: Findings) -> None:
    """Work done and wanted, finish, worth and lateness of every workload are what its rows say."""
    _check_names("workload", [row.workload for row in plan.workloads], ground.workloads, findings)
    prices = Prices(ground)
    for row in plan.workloads:
        workload = ground.workloads.get(row.workload)
        if workload is None:
            continue
        where = f"workload {row.workload}"
        done = sum(tally.done_gpu_hours.of(row.workload))
        _compare(findings, "bookkeeping", f"{where}, done", row.done_gpu_hours, done, "GPU-hours")
        wanted = _wanted(ground, workload)
        if wanted is None or row.wanted_gpu_hours is None:
            if row.wanted_gpu_hours is not wanted:
                findings.add(
                    "bookkeeping",
                    f"{where}, wanted",
                    f"{row.wanted_gpu_hours}; the case says {wanted} GPU-hours",
                )
        else:
            _compare(findings, "bookkeeping", f"{where}, wanted", row.wanted_gpu_hours, wanted, "GPU-hours")
        _check_finish(ground, tally, findings, row, wanted)
        currency = ground.case.currency
        worth, late = work_value(ground, prices, tally, workload), lateness_cost(ground, tally, workload)
        _compare(findings, "value", f"{where}, worth of its work", row.work_value, worth, currency)
        _compare(findings, "value", f"{where}, lateness", row.lateness_cost, late, currency)
        _compare(findings, "value", f"{where}, use prices", row.use_cost, 0.0, currency)


def _wanted(ground: Ground, workload: Workload) -> float | None:
    return workload.work_gpu_hours if workload.form == "training" else sum(wanted_gpu_hours(ground, workload))


def _check_finish(ground: Ground, tally: Tally, findings: Findings, row: WorkloadResult, wanted: float | None) -> None:
    """A finished training run names the end of its last period with work; all others name none."""
    done = tally.done_gpu_hours.of(row.workload)
    last = max((span.index for span in ground.spans if done[span.index]), default=None)
    serving = ground.workloads[row.workload].form == "serving"
    finished = not serving and wanted is not None and not exceeds(wanted, sum(done), GPU_HOUR_TOLERANCE)
    expected = None
    if finished and last is not None:
        expected = ground.spans[last].start_on + timedelta(days=ground.spans[last].days)
    if row.finished_on != expected:
        message = f"finished on {row.finished_on}; its rows say {expected}"
        findings.add("bookkeeping", f"workload {row.workload}", message)


def check_results(ground: Ground, plan: Plan, tally: Tally, findings: Findings) -> None:
    """Every organisation's result is the sum of its workloads' and of its accelerators' rows."""
    _check_names("organisation", [row.organisation for row in plan.results], ground.organisations, findings)
    value: dict[str, float] = {}
    for work in plan.workloads:
        workload = ground.workloads.get(work.workload)
        if workload is not None:
            worth = work.work_value - work.lateness_cost - work.use_cost
            value[workload.owner] = value.get(workload.owner, 0.0) + worth
    used: dict[str, float] = {}
    for (_, user, _, _), hours in tally.passed_gpu_hours.items():
        used[user] = used.get(user, 0.0) + sum(hours)
    usable = _by_title(tally.usable_gpu_hours.items())
    received = _by_title(tally.received_gpu_hours.items())
    idle = _by_title(tally.idle_gpu_hours.items())
    for row in plan.results:
        sums = {
            "own_value": value,
            "used_gpu_hours": used,
            "usable_gpu_hours": usable,
            "received_gpu_hours": received,
            "idle_gpu_hours": idle,
        }
        _check_result(ground, findings, row, {name: total.get(row.organisation, 0.0) for name, total in sums.items()})


def _check_result(ground: Ground, findings: Findings, row: OrganisationResult, sums: dict[str, float]) -> None:
    for name, expected in sums.items():
        stated: float = getattr(row, name)
        unit = ground.case.currency if name == "own_value" else "GPU-hours"
        family: Family = "value" if name == "own_value" else "bookkeeping"
        _compare(findings, family, f"organisation {row.organisation}, {name}", stated, expected, unit)


def _by_title(rows: Iterable[tuple[tuple[str, ...], list[float]]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for key, amounts in rows:
        total[key[0]] = total.get(key[0], 0.0) + sum(amounts)
    return total


def check_idle(ground: Ground, tally: Tally, findings: Findings) -> None:
    """Received is used plus idle, per holder, SKU and period; usable is used plus idle, per holding."""
    used: dict[tuple[str, str], list[float]] = {}
    for (title, sku, _), hours in tally.used_gpu_hours.items():
        before = used.get((title, sku))
        used[title, sku] = hours if before is None else [a + b for a, b in zip(before, hours, strict=True)]
    nothing = [0.0] * len(ground.spans)
    for title, sku in sorted({*ground.stock_of, *ground.parcels, *used, *tally.idle_gpu_hours.keys()}):
        idle, busy = tally.idle_gpu_hours.of((title, sku)), used.get((title, sku), nothing)
        for span in ground.spans:
            received = ground.held_gpu_hours(title, sku, span)
            explained = busy[span.index] + idle[span.index]
            where = f"{title}, {sku}, period from {span.start_on}, used and idle"
            _compare(findings, "idle", where, explained, received, "GPU-hours received")
    for title, sku, site in sorted(tally.stands):
        place = (title, sku, site)
        rows = (
            tally.used_gpu_hours.of(place),
            tally.energised_idle_gpu_hours.of(place),
            tally.usable_gpu_hours.of(place),
        )
        for span, busy_here, idle_here, usable in zip(ground.spans, *rows, strict=True):
            if differs(busy_here + idle_here, usable, GPU_HOUR_TOLERANCE):
                where = f"{title}'s {sku} at {site}, period from {span.start_on}, used and idle"
                _compare(findings, "idle", where, busy_here + idle_here, usable, "GPU-hours usable")


def check_provenance(ground: Ground, plan: Plan, findings: Findings) -> None:
    """The objective is what all organisations' own work is worth; the bound is above it by the stated gap."""
    origin, currency = plan.provenance, ground.case.currency
    total = sum(row.own_value for row in plan.results)
    _compare(findings, "value", "objective", origin.objective_value, total, currency)
    bound = origin.bound_value
    if not isfinite(bound) or exceeds(origin.objective_value, bound, MONEY_TOLERANCE):
        message = f"{number(bound)} {currency} is below the plan's own {number(origin.objective_value)} {currency}"
        findings.add("bookkeeping", "bound", message)
    # Compared in money, because a gap of one currency unit is too small a share to see.
    stated = origin.gap_frac * abs(bound)
    _compare(findings, "bookkeeping", "gap times bound", stated, bound - origin.objective_value, currency)
    if bound == 0 and origin.gap_frac != 0:
        findings.add("bookkeeping", "gap", f"{origin.gap_frac} with a bound of 0; it is 0 then")


def check_bindings(ground: Ground, plan: Plan, findings: Findings) -> None:
    """Bindings speak of periods on the grid; that they bind, and for what price, is the solver's word."""
    for row in plan.bindings:
        where = f"binding of {row.family} {', '.join(row.key)}"
        if row.period_index is not None and not 0 <= row.period_index < len(ground.spans):
            findings.add("bookkeeping", where, f"period {row.period_index}; the plan has {len(ground.spans)}, from 0")
        if not isfinite(row.marginal_value):
            findings.add("bookkeeping", where, f"one more unit cannot be worth {row.marginal_value}")


def _check_names(kind: str, stated: list[str], known: Iterable[str], findings: Findings) -> None:
    expected = set(known)
    for name in sorted(expected - set(stated)):
        findings.add("bookkeeping", f"{kind} {name}", "the plan has no result for it")
    for name in sorted(set(stated) - expected):
        findings.add("bookkeeping", f"{kind} {name}", "the plan has a result for it; the case does not know it")
    for name in sorted(name for name, count in Counter(stated).items() if count > 1):
        findings.add("bookkeeping", f"{kind} {name}", "the plan has several results for it")


def _compare(findings: Findings, family: Family, where: str, stated: float, expected: float, unit: str) -> None:
    tolerance = GPU_HOUR_TOLERANCE if unit.startswith("GPU") else MONEY_TOLERANCE
    if differs(stated, expected, tolerance):
        off = number(stated - expected)
        message = f"{number(stated)} stated, {number(expected)} {unit} recomputed: off by {off}"
        findings.add(family, where, message)
