"""Plans made by hand: how to complete one, and the worked example of a swap, alone and as agreed."""

from collections import defaultdict
from datetime import date
from itertools import pairwise
from typing import Any

from armslength.model.agreement import Agreement, Leg
from armslength.model.case import Case, Horizon, Run
from armslength.model.demand import Workload
from armslength.model.digest import case_digest
from armslength.model.noun import on_day
from armslength.model.plan import (
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
from armslength.model.supply import Lot, Organisation, Site, Sku, Step

MONTH_HOURS = 730.0
WEEK_HOURS = 168.0


def plan_of(
    case: Case,
    run: Run,
    periods: list[Period],
    supplies: list[Supply],
    holdings: list[Holding],
    uses: list[Use],
    workloads: list[WorkloadResult],
    idle: list[Idle],
    deals: tuple[Deal, ...] = (),
    bound_over: float = 100.0,
) -> Plan:
    """Completes a plan with each organisation's sums, and a bound somewhat above its worth."""
    owner = {workload.id: workload.owner for workload in case.workloads}
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in workloads:
        sums[owner[row.workload]]["own_value"] += row.work_value - row.lateness_cost - row.use_cost
    for use in uses:
        sums[owner[use.workload]]["used_gpu_hours"] += use.used_gpu_hours
    for holding in holdings:
        sums[holding.title]["usable_gpu_hours"] += holding.usable_gpu_hours
    for supply in supplies:
        sums[supply.title]["received_gpu_hours"] += supply.received_gpu_hours
    for waiting in idle:
        sums[waiting.title]["idle_gpu_hours"] += waiting.idle_gpu_hours
    names = ("own_value", "used_gpu_hours", "usable_gpu_hours", "received_gpu_hours", "idle_gpu_hours")
    results = tuple(
        OrganisationResult(organisation=o.id, **{name: sums[o.id][name] for name in names}) for o in case.organisations
    )
    worth = sum(result.own_value for result in results)
    return Plan(
        case_id=case.id,
        case_digest=case_digest(case),
        run=run,
        periods=tuple(periods),
        supplies=tuple(supplies),
        holdings=tuple(holdings),
        uses=tuple(uses),
        workloads=tuple(workloads),
        results=results,
        idle=tuple(idle),
        deals=deals,
        provenance=Provenance(
            armslength_version="0",
            solver="none",
            method="by hand",
            objective_value=worth,
            bound_value=worth + bound_over,
            gap_frac=bound_over / (worth + bound_over),
            proved=False,
        ),
    )


def organisation(name: str) -> Organisation:
    return Organisation(id=name)


def lot(name: str, owner: str, gpus: int, day: date, sku: str = "h100") -> Lot:
    return Lot(id=name, sku=sku, gpus=gpus, owner=owner, expected_on=on_day(day))


def redirect_case() -> Case:
    """The worked example: T's chips wait for a hall, X has powered room for twice what it has."""
    january, june, october = date(2024, 1, 1), date(2024, 6, 1), date(2024, 10, 1)
    value: dict[str, Any] = {"form": "training", "work_value_per_gpu_hour": 2.5}
    swap: dict[str, Any] = {"agreement": "swap", "from_on": None}
    return Case(
        id="redirect",
        horizon=Horizon(start_on=january, end_on=date(2025, 1, 1), grid="month", counted_hours_per_month=MONTH_HOURS),
        organisations=(organisation("t"), organisation("x")),
        skus=(Sku(id="h100", site_kw_per_gpu=1.4),),
        lots=(
            lot("t1", "t", 12_000, january),
            lot("x1", "x", 6_000, january),
            lot("x2", "x", 6_000, june),
        ),
        sites=(Site(id="hall", owner="t"), Site(id="room", owner="x")),
        steps=(
            Step(id="hall-1", site="hall", from_on=on_day(october), power_mw=70.0, gpu_slots=50_000),
            # 12,000 x 1.4 kW = 16.8 MW
            Step(id="room-1", site="room", from_on=on_day(january), power_mw=16.8, gpu_slots=12_000),
        ),
        workloads=(Workload(id="driving", owner="t", **value), Workload(id="chat", owner="x", **value)),
        agreements=(Agreement(id="swap", kind="slot_swap", parties=("t", "x"), state="in_force"),),
        legs=(
            Leg(id="l1", giver="t", taker="x", lot="t1", gpus=12_000, **swap),
            Leg(id="l2", giver="x", taker="t", lot="x1", gpus=6_000, **swap),
            Leg(id="l3", giver="x", taker="t", lot="x2", gpus=6_000, **swap),
        ),
    )


def redirect_plan(run: Run) -> Plan:
    """Alone: T dark until October, X 6,000 and from June 12,000. As agreed: X 12,000 from January."""
    case = redirect_case()
    month_on = [date(2024, m, 1) for m in range(1, 13)] + [date(2025, 1, 1)]
    periods = [Period(start_on=a, end_on=b, counted_hours=MONTH_HOURS) for a, b in pairwise(month_on)]
    growing = [6_000] * 5 + [12_000] * 7
    has = {"t": [12_000] * 12, "x": growing} if run == "alone" else {"t": growing, "x": [12_000] * 12}
    opens = {"t": 9, "x": 0}
    supplies, holdings, uses, idle, works = [], [], [], [], []
    for who, site, work in (("t", "hall", "driving"), ("x", "room", "chat")):
        common = {"title": who, "sku": "h100"}
        for t, gpus in enumerate(has[who]):
            hours = gpus * MONTH_HOURS
            supplies.append(Supply(**common, period_index=t, received_gpus=gpus, received_gpu_hours=hours))
            if t < opens[who]:
                idle.append(Idle(**common, site=None, period_index=t, cause="no power", idle_gpu_hours=hours))
                continue
            holdings.append(Holding(**common, site=site, period_index=t, installed_gpus=gpus, usable_gpu_hours=hours))
            uses.append(Use(**common, workload=work, site=site, period_index=t, used_gpu_hours=hours))
        done = sum(use.used_gpu_hours for use in uses if use.workload == work)
        works.append(
            WorkloadResult(
                workload=work,
                done_gpu_hours=done,
                wanted_gpu_hours=None,
                finished_on=None,
                work_value=2.5 * done,
                lateness_cost=0.0,
                use_cost=0.0,
            )
        )
    return plan_of(case, run, periods, supplies, holdings, uses, works, idle)


def weeks() -> list[Period]:
    days = [date(2025, 1, 6), date(2025, 1, 13), date(2025, 1, 20), date(2025, 1, 27)]
    return [Period(start_on=a, end_on=b, counted_hours=WEEK_HOURS) for a, b in pairwise(days)]


def test_the_worked_example_comes_out_to_the_gpu_hour() -> None:
    alone, agreed = redirect_plan("alone"), redirect_plan("as_agreed")
    gain = agreed.result_of("x").used_gpu_hours - alone.result_of("x").used_gpu_hours
    assert gain == 21_900_000
    assert agreed.result_of("x").own_value - alone.result_of("x").own_value == 54_750_000
    assert agreed.result_of("t").used_gpu_hours == alone.result_of("t").used_gpu_hours == 26_280_000
