"""The door from arrays to nouns: a solved run becomes a `Plan`, rounded once."""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from armslength.model.case import Case, Run
from armslength.model.digest import case_digest
from armslength.model.plan import (
    Binding,
    Deal,
    Holding,
    Idle,
    OrganisationResult,
    Period,
    Plan,
    Provenance,
    Supply,
    Use,
    WorkloadResult,
)
from armslength.planner.binding import bindings
from armslength.planner.calendar import Calendar
from armslength.planner.deals import implied_deals
from armslength.planner.idle import idle_rows
from armslength.planner.linear import Answer
from armslength.planner.scope import Scope
from armslength.planner.tables import Floats, Labels, Tables
from armslength.planner.tabulate_demand import demand_table
from armslength.planner.titles import Setting, Titled, titled
from armslength.planner.whole import (
    SMALL_GPU_HOURS,
    crew_loss,
    ready_gpus_of_fleets,
    trimmed_use,
    usable_gpus,
    whole_stock,
)
from armslength.solver.highs import solver_version
from armslength.solver.outcome import gap
from armslength.units import DAYS_PER_WEEK, GPU_HOUR_TOLERANCE, RELATIVE_TOLERANCE

VERSION = "0.1.0"


@dataclass(frozen=True)
class Parts:
    """What one solve contributes to a plan; several are joined when a run falls into independent parts."""

    supplies: list[Supply]
    holdings: list[Holding]
    uses: list[Use]
    workloads: list[WorkloadResult]
    results: list[OrganisationResult]
    idle: list[Idle]
    deals: list[Deal]
    bindings: list[Binding]
    objective_value: float
    bound_value: float
    method: str


def read_out(
    case: Case, scope: Scope, tables: Tables, labels: Labels, answer: Answer, *, strict: bool = False
) -> Parts:
    """Returns a solved run as rows of nouns: whole accelerators, GPU-hours trimmed to them, values recomputed."""
    calendar = Calendar(case.horizon)
    installed = whole_stock(tables, answer.installed)
    loss = crew_loss(tables, installed, answer.coming)
    usable = usable_gpus(tables, installed, loss)
    use = trimmed_use(tables, answer.use, usable, ready_gpus_of_fleets(tables, installed))
    shared = titled(Setting(case, scope, calendar, tables, labels), installed, use, loss)
    if strict:
        shared = replace(shared, use=_kept_strict(tables, shared.use))
    received = _received(scope, calendar)
    uses = _uses(tables, labels, shared)
    workloads = _workload_results(case, calendar, tables, labels, shared)
    used: dict[tuple[int, str], Floats] = defaultdict(lambda: np.zeros(len(tables.hours)))
    for (option, holder), gpus in shared.use.items():
        key = (int(tables.option_holding[option]), holder)
        used[key] = used[key] + gpus
    idle = idle_rows(tables, labels, shared, installed, _placeable(scope, calendar, received), used, answer.granted)
    idle += _stranded(scope, calendar)
    results = _organisation_results(case, received, tables, shared, workloads, uses, idle)
    objective = sum(result.own_value for result in results)
    return Parts(
        supplies=[
            Supply(
                title=title,
                sku=sku,
                period_index=t,
                received_gpus=round(float(gpus[t])),
                received_gpu_hours=float(hours[t]),
            )
            for (title, sku), (gpus, hours) in sorted(received.items())
            for t in range(calendar.count)
            if gpus[t] or hours[t] > 0
        ],
        holdings=_holdings(tables, labels, shared),
        uses=uses,
        workloads=workloads,
        results=results,
        idle=idle,
        deals=implied_deals(case, calendar, uses) if scope.run == "shared" else [],
        bindings=bindings(case, tables, labels, answer),
        objective_value=objective,
        bound_value=max(answer.bound_value, objective),
        method=answer.method,
    )


def _kept_strict(tables: Tables, use: dict[tuple[int, str], Floats]) -> dict[tuple[int, str], Floats]:
    """Drops the periods in which rounding left a strict gang below its smallest size."""
    total = np.zeros(tables.started.shape)
    for (option, _), gpus in use.items():
        total[tables.option_workload[option]] += gpus
    least = tables.gang_min[:, None] * tables.started
    runs = total * tables.hours >= least * tables.hours - GPU_HOUR_TOLERANCE / 2
    return {key: np.where(runs[tables.option_workload[key[0]]], gpus, 0.0) for key, gpus in use.items()}


def joined(case: Case, run: Run, parts: list[Parts], *, options: dict[str, str], gap_frac: float, strict: bool) -> Plan:
    """Joins the independent parts of a run into its plan."""
    calendar = Calendar(case.horizon)
    objective = sum(part.objective_value for part in parts)
    bound = sum(part.bound_value for part in parts)
    order = {row.id: index for index, row in enumerate(case.organisations)}
    return Plan(
        case_id=case.id,
        case_digest=case_digest(case),
        run=run,
        strict_gangs=strict,
        periods=tuple(
            Period(start_on=calendar.days[t], end_on=calendar.days[t + 1], counted_hours=float(calendar.hours[t]))
            for t in range(calendar.count)
        ),
        supplies=tuple(row for part in parts for row in part.supplies),
        holdings=tuple(row for part in parts for row in part.holdings),
        uses=tuple(row for part in parts for row in part.uses),
        workloads=tuple(sorted((row for part in parts for row in part.workloads), key=lambda row: row.workload)),
        results=tuple(sorted((row for part in parts for row in part.results), key=lambda row: order[row.organisation])),
        idle=tuple(row for part in parts for row in part.idle),
        deals=tuple(row for part in parts for row in part.deals),
        bindings=tuple(sorted((row for part in parts for row in part.bindings), key=lambda row: -row.marginal_value)),
        provenance=Provenance(
            armslength_version=VERSION,
            solver=solver_version(),
            method="+".join(sorted({part.method for part in parts})),
            options=options,
            objective_value=objective,
            bound_value=bound,
            gap_frac=gap(objective, bound),
            proved=gap(objective, bound) <= gap_frac,
        ),
    )


def _received(scope: Scope, calendar: Calendar) -> dict[tuple[str, str], tuple[Floats, Floats]]:
    """Returns (accelerators by period end, GPU-hours since receipt) per (title, SKU), each (T)."""
    gpus: dict[tuple[str, str], Floats] = defaultdict(lambda: np.zeros(calendar.count))
    hours: dict[tuple[str, str], Floats] = defaultdict(lambda: np.zeros(calendar.count))
    for title, sku, _, count in (*scope.stocks, *scope.stranded):
        gpus[title, sku] = gpus[title, sku] + count
        hours[title, sku] = hours[title, sku] + count * calendar.hours
    for move in scope.moves:
        key, offset = (move.holder, move.sku), calendar.offset(move.on)
        gpus[key] = gpus[key] + move.gpus * (calendar.edges[1:] > offset)
        hours[key] = hours[key] + move.gpus * calendar.share_after(offset) * calendar.hours
    return {key: (gpus[key], hours[key]) for key in gpus}


def _placeable(
    scope: Scope, calendar: Calendar, received: dict[tuple[str, str], tuple[Floats, Floats]]
) -> dict[tuple[str, str], Floats]:
    """Returns GPU-hours since receipt per (title, SKU), (T), less what is stranded at sites outside the run."""
    result = {key: hours.copy() for key, (_, hours) in received.items()}
    for title, sku, _, count in scope.stranded:
        result[title, sku] -= count * calendar.hours
    return result


def _stranded(scope: Scope, calendar: Calendar) -> list[Idle]:
    """Returns what stands at sites of organisations that are not part of the run: it cannot be used in it."""
    return [
        Idle(
            title=title,
            sku=sku,
            site=site,
            period_index=period,
            cause="not allowed",
            idle_gpu_hours=float(count * calendar.hours[period]),
        )
        for title, sku, site, count in scope.stranded
        for period in range(calendar.count)
        if count
    ]


def _holdings(tables: Tables, labels: Labels, shared: Titled) -> list[Holding]:
    rows = []
    for number, (holding, holder) in enumerate(zip(shared.holding, shared.holder, strict=True)):
        sku = labels.skus[tables.fleet_sku[tables.holding_fleet[holding]]]
        site = labels.sites[tables.holding_site[holding]]
        usable = shared.usable[number] * tables.hours
        for period in np.flatnonzero(shared.installed[number]):
            rows.append(
                Holding(
                    title=holder,
                    sku=sku,
                    site=site,
                    period_index=int(period),
                    installed_gpus=int(shared.installed[number, period]),
                    usable_gpu_hours=float(usable[period]),
                )
            )
    return rows


def _uses(tables: Tables, labels: Labels, shared: Titled) -> list[Use]:
    """Returns the rows of use; options that differ only in the right they rest on are one row."""
    merged: dict[tuple[str, str, str, str], Floats] = {}
    for (option, holder), gpus in sorted(shared.use.items()):
        holding = tables.option_holding[option]
        key = (
            labels.workloads[tables.option_workload[option]],
            holder,
            labels.skus[tables.fleet_sku[tables.holding_fleet[holding]]],
            labels.sites[tables.holding_site[holding]],
        )
        merged[key] = merged.get(key, 0.0) + gpus
    rows = []
    for (workload, holder, sku, site), gpus in merged.items():
        hours = gpus * tables.hours
        for period in np.flatnonzero(hours > SMALL_GPU_HOURS):
            rows.append(
                Use(
                    workload=workload,
                    title=holder,
                    sku=sku,
                    site=site,
                    period_index=int(period),
                    used_gpu_hours=float(hours[period]),
                )
            )
    return rows


def _workload_results(
    case: Case, calendar: Calendar, tables: Tables, labels: Labels, shared: Titled
) -> list[WorkloadResult]:
    """Recomputes what each workload gets done and what that is worth, from the GPU-hours as rounded."""
    demand = demand_table(case, calendar)
    done = np.zeros(tables.wanted.shape)
    worth, paid = np.zeros(len(case.workloads)), np.zeros(len(case.workloads))
    for (option, _), gpus in shared.use.items():
        number = int(tables.option_workload[option])
        sku = int(tables.fleet_sku[tables.holding_fleet[tables.option_holding[option]]])
        hours = np.where(gpus * tables.hours > SMALL_GPU_HOURS, gpus * tables.hours, 0.0)
        done[number] += hours * tables.option_ratio[option]
        worth[number] += float(hours @ demand.worth[number, sku])
        paid[number] += float(hours @ (demand.rate[number, sku] - tables.option_rate[option]))
    rows = []
    for number, workload in enumerate(case.workloads):
        total = float(done[number].sum())
        wanted = workload.work_gpu_hours
        if workload.form == "serving":
            wanted = float(tables.wanted[number] @ tables.hours)
        late = 0.0
        if workload.due_on is not None and workload.work_gpu_hours and workload.lateness_cost_per_week:
            due = max(calendar.offset(workload.due_on), 0.0)
            latest = max(0.0, calendar.edges[-1] - due) / DAYS_PER_WEEK
            weeks = float(done[number] @ calendar.weeks_late(due)) + (workload.work_gpu_hours - total) * latest
            late = workload.lateness_cost_per_week * weeks / workload.work_gpu_hours
        finished = workload.work_gpu_hours is not None and reaches(total, workload.work_gpu_hours)
        last = np.flatnonzero(done[number])
        rows.append(
            WorkloadResult(
                workload=workload.id,
                done_gpu_hours=total,
                wanted_gpu_hours=wanted,
                finished_on=calendar.days[int(last[-1]) + 1] if finished and len(last) else None,
                work_value=float(worth[number]),
                lateness_cost=late,
                use_cost=float(paid[number]),
            )
        )
    return rows


def reaches(total: float, wanted: float) -> bool:
    """Whether GPU-hours are as many as wanted, but for rounding; as the check counts it."""
    return wanted <= total + GPU_HOUR_TOLERANCE + RELATIVE_TOLERANCE * total


def _organisation_results(
    case: Case,
    received: dict[tuple[str, str], tuple[Floats, Floats]],
    tables: Tables,
    shared: Titled,
    workloads: list[WorkloadResult],
    uses: list[Use],
    idle: list[Idle],
) -> list[OrganisationResult]:
    owner = {row.id: row.owner for row in case.workloads}
    value: dict[str, float] = defaultdict(float)
    used: dict[str, float] = defaultdict(float)
    usable: dict[str, float] = defaultdict(float)
    idle_hours: dict[str, float] = defaultdict(float)
    for work in workloads:
        value[owner[work.workload]] += work.work_value - work.lateness_cost - work.use_cost
    for use in uses:
        used[owner[use.workload]] += use.used_gpu_hours
    for number, holder in enumerate(shared.holder):
        usable[holder] += float(shared.usable[number] @ tables.hours)
    for row in idle:
        idle_hours[row.title] += row.idle_gpu_hours
    return [
        OrganisationResult(
            organisation=organisation.id,
            own_value=value[organisation.id],
            used_gpu_hours=used[organisation.id],
            usable_gpu_hours=usable[organisation.id],
            received_gpu_hours=sum(
                float(hours.sum()) for (title, _), (_, hours) in received.items() if title == organisation.id
            ),
            idle_gpu_hours=idle_hours[organisation.id],
        )
        for organisation in case.organisations
    ]
