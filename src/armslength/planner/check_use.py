"""Rules about what is used: use, gang_size, single_site, work, demand, and what a workload says about itself.

Part of the independent check: imports neither arrays nor the solver nor any other part of the planner.
"""

from armslength.model.case import Case
from armslength.model.demand import Workload
from armslength.model.plan import Plan, Use
from armslength.planner.check_days import Levels, Span
from armslength.planner.check_findings import Findings, exceeds, number
from armslength.planner.check_ground import Ground
from armslength.planner.check_tally import Tally
from armslength.units import GPU_HOUR_TOLERANCE


def check_use(ground: Ground, tally: Tally, findings: Findings) -> None:
    """Used by all workloads together is at most usable."""
    for place, used in tally.used_gpu_hours.items():
        usable = tally.usable_gpu_hours.of(place)
        for span in ground.spans:
            over = used[span.index] - usable[span.index]
            if exceeds(over, 0.0, GPU_HOUR_TOLERANCE + 1e-11 * usable[span.index]):
                title, sku, site = place
                findings.add(
                    "use",
                    f"{title}'s {sku} at {site}, period from {span.start_on}",
                    f"{number(used[span.index])} GPU-hours used of {number(usable[span.index])} usable: "
                    f"{number(over)} GPU-hours too many",
                )


def check_wishes(ground: Ground, plan: Plan, tally: Tally, findings: Findings) -> None:
    """A workload uses only the SKUs, sites and hardware it names, and from its earliest day on.

    In the period of that day it uses at most what a holding's accelerators give from the day on.
    """
    limits = {name: (w.skus, w.sites, w.hardware_of) for name, w in ground.workloads.items()}
    starting = {name: _shares(ground, w) for name, w in ground.workloads.items() if w.start_on is not None}
    for use in plan.uses:
        if use.workload not in limits or not 0 <= use.period_index < len(ground.spans) or not use.used_gpu_hours:
            continue
        skus, sites, owners = limits[use.workload]
        for allowed, name in ((skus, use.sku), (sites, use.site), (owners, use.title)):
            if allowed and name not in allowed:
                message = f"uses {number(use.used_gpu_hours)} GPU-hours on {name}; allowed: {', '.join(allowed)}"
                findings.add("permission", _where(ground, use), message)
        if use.workload in starting and (share := starting[use.workload][use.period_index]) < 1:
            installed = tally.installed_gpus.of((use.title, use.sku, use.site))[use.period_index]
            most = share * installed * ground.spans[use.period_index].hours
            if exceeds(use.used_gpu_hours, most, GPU_HOUR_TOLERANCE):
                hours = f"uses {number(use.used_gpu_hours)} GPU-hours"
                message = f"{hours}; from its first day on, what stands there gives {number(most)} GPU-hours"
                findings.add("permission", _where(ground, use), message)


def _where(ground: Ground, use: Use) -> str:
    place = f"{use.title}'s {use.sku} at {use.site}"
    return f"workload {use.workload}, {place}, period from {ground.spans[use.period_index].start_on}"


def _shares(ground: Ground, workload: Workload) -> list[float]:
    return [ground.days.share_after(span, workload.start_on) for span in ground.spans]


def check_workloads(ground: Ground, plan: Plan, tally: Tally, findings: Findings) -> None:
    """Gangs, single fabrics, total work and demand of every workload."""
    for workload in ground.workloads.values():
        if workload.form == "training":
            _check_gang(ground, plan, tally, findings, workload)
            _check_fabric(ground, tally, findings, workload)
            _check_work(tally, findings, workload)
        else:
            _check_demand(ground, tally, findings, workload)


def wanted_gpu_hours(ground: Ground, workload: Workload) -> list[float]:
    """Returns the GPU-hours of the reference SKU that a serving workload wants, per period."""
    levels = demand_levels(ground.case, workload.id, ground)
    return [levels.hours_of_level(ground.days, span) for span in ground.spans]


def demand_levels(case: Case, workload: str, ground: Ground) -> Levels:
    """Returns the accelerators of the reference SKU that a serving workload wants, by day."""
    rows = (row for row in case.demand if row.workload == workload)
    return Levels((ground.days.offset(row.from_on), row.wanted_gpus) for row in rows)


def _check_gang(ground: Ground, plan: Plan, tally: Tally, findings: Findings, workload: Workload) -> None:
    used = tally.gang_gpu_hours.of(workload.id)
    for span in ground.spans:
        hours = used[span.index]
        open_hours = span.hours * ground.days.share_after(span, workload.start_on)
        where = f"workload {workload.id}, period from {span.start_on}"
        most = workload.gang_gpus_max
        if most is not None and exceeds(hours, most * open_hours, GPU_HOUR_TOLERANCE):
            findings.add("gang_size", where, _gang_text(hours, most, open_hours, "at most"))
        least = workload.gang_gpus_min * open_hours
        if plan.strict_gangs and hours > 0 and exceeds(least, hours, GPU_HOUR_TOLERANCE):
            findings.add("gang_size", where, _gang_text(hours, workload.gang_gpus_min, open_hours, "at least"))


def _gang_text(hours: float, gpus: int, open_hours: float, word: str) -> str:
    limit = gpus * open_hours
    return (
        f"{number(hours)} GPU-hours used; {word} {gpus} GPUs for {number(open_hours)} hours are "
        f"{number(limit)} GPU-hours: off by {number(abs(hours - limit))} GPU-hours"
    )


def _check_fabric(ground: Ground, tally: Tally, findings: Findings, workload: Workload) -> None:
    if not workload.single_fabric:
        return
    places = sorted(tally.places.get(workload.id, ()))
    if len(places) > 1:
        listed = ", ".join(f"{sku} at {site}" for site, sku in places)
        findings.add("single_site", f"workload {workload.id}", f"uses {len(places)} fabrics: {listed}")
    sizes = [size for site, _ in places if (size := ground.sites[site].fabric_gpus_max) is not None]
    if not sizes:
        return
    used = tally.gang_gpu_hours.of(workload.id)
    for span in ground.spans:
        limit = max(sizes) * _open_hours(ground, span, workload)
        if exceeds(used[span.index], limit, GPU_HOUR_TOLERANCE):
            findings.add(
                "single_site",
                f"workload {workload.id}, period from {span.start_on}",
                f"{number(used[span.index])} GPU-hours used on a fabric of {max(sizes)} GPUs, which gives "
                f"{number(limit)} GPU-hours",
            )


def _open_hours(ground: Ground, span: Span, workload: Workload) -> float:
    return span.hours * ground.days.share_after(span, workload.start_on)


def _check_work(tally: Tally, findings: Findings, workload: Workload) -> None:
    done = sum(tally.done_gpu_hours.of(workload.id))
    if workload.work_gpu_hours is not None and exceeds(done, workload.work_gpu_hours, GPU_HOUR_TOLERANCE):
        over = number(done - workload.work_gpu_hours)
        message = f"{number(done)} GPU-hours of {number(workload.work_gpu_hours)} done: {over} GPU-hours too many"
        findings.add("work", f"workload {workload.id}", message)


def _check_demand(ground: Ground, tally: Tally, findings: Findings, workload: Workload) -> None:
    done, wanted = tally.done_gpu_hours.of(workload.id), wanted_gpu_hours(ground, workload)
    for span in ground.spans:
        served, limit = done[span.index], wanted[span.index]
        if exceeds(served, limit, GPU_HOUR_TOLERANCE):
            findings.add(
                "demand",
                f"workload {workload.id}, period from {span.start_on}",
                f"{number(served)} GPU-hours served, {number(limit)} wanted: "
                f"{number(served - limit)} GPU-hours too many",
            )
