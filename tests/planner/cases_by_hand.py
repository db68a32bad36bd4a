"""Small cases whose answers can be found by hand, and a run of the planner that the check has passed.

Unless a test says otherwise: weeks of 168 hours from Monday 1 January 2024, one SKU `h100` that draws 1 kW at the
site's meter, so that 1 MW powers 1,000 accelerators, and 2 USD for a GPU-hour of work.
"""

from datetime import date, timedelta
from functools import partial
from typing import Any

from armslength.model.agreement import Agreement, AgreementKind, Leg
from armslength.model.case import Case, Grid, Horizon, Run, Sharing
from armslength.model.demand import Demand, Workload
from armslength.model.noun import When, on_day
from armslength.model.plan import Plan
from armslength.model.supply import Lot, Organisation, Price, Site, Sku, Step, Stock
from armslength.planner.check import check
from armslength.planner.effort import Effort
from armslength.planner.runs import run_plan
from armslength.planner.scope import scope_of
from armslength.planner.tables import Labels, Tables
from armslength.planner.tabulate import tabulate
from armslength.units import GPU_HOUR_TOLERANCE

MONDAY = date(2024, 1, 1)
WEEK_HOURS = 168.0
WORTH = 2.0
# A thousandth of a GPU-hour: what is left of rounding in the hours of a plan.
TO_THE_HOUR = 1e-3

H100 = Sku(id="h100", site_kw_per_gpu=1.0)


def day(number: float) -> date:
    """Returns a day of the horizon, 0 being Monday 1 January 2024."""
    return MONDAY + timedelta(days=number)


def when(of: date | int) -> When:
    return on_day(of if isinstance(of, date) else day(of))


def weeks(count: int, grid: Grid = "week") -> Horizon:
    return Horizon(start_on=MONDAY, end_on=day(7 * count), grid=grid)


def year(grid: Grid = "month", hours_per_month: float | None = None) -> Horizon:
    return Horizon(start_on=MONDAY, end_on=date(2025, 1, 1), grid=grid, counted_hours_per_month=hours_per_month)


def lot(owner: str, gpus: int, on: date | int = 0, name: str = "", sku: str = "h100") -> Lot:
    return Lot(id=name or f"{owner}-lot", sku=sku, gpus=gpus, owner=owner, expected_on=when(on))


def step(site: str, mw: float | None = None, on: date | int = 0, slots: int | None = None, name: str = "") -> Step:
    return Step(id=name or f"{site}-{on}", site=site, from_on=when(on), power_mw=mw, gpu_slots=slots)


def training(owner: str, name: str = "", **fields: Any) -> Workload:
    """Returns work without end and without a largest gang, worth 2 USD a GPU-hour."""
    fields = {"work_value_per_gpu_hour": WORTH, **fields}
    return Workload(id=name or f"{owner}-train", owner=owner, form="training", **fields)


def serving(owner: str, name: str = "", **fields: Any) -> Workload:
    fields = {"work_value_per_gpu_hour": WORTH, **fields}
    return Workload(id=name or f"{owner}-serve", owner=owner, form="serving", **fields)


def demand(workload: str, gpus: float, on: date | int = 0) -> Demand:
    first = on if isinstance(on, date) else day(on)
    return Demand(id=f"{workload}-{first}", workload=workload, from_on=first, wanted_gpus=gpus)


def stock(owner: str, site: str, gpus: int, sku: str = "h100") -> Stock:
    return Stock(id=f"{owner}-{site}-{sku}", site=site, owner=owner, sku=sku, gpus=gpus)


def price(amount: float, on: date | int = 0, sku: str = "h100", **ends: Any) -> Price:
    first = on if isinstance(on, date) else day(on)
    return Price(id=f"{sku}-{first}", sku=sku, from_on=first, market_price_per_gpu_hour=amount, **ends)


def agreement(kind: AgreementKind, *parties: str, name: str = "deal", **fields: Any) -> Agreement:
    fields = {"state": "in_force", **fields}
    return Agreement(id=name, kind=kind, parties=parties, **fields)


def leg(giver: str, taker: str, gpus: int, name: str = "leg", **fields: Any) -> Leg:
    fields = {"agreement": "deal", **fields}
    if not fields.get("lot"):
        fields.setdefault("sku", "h100")
    for end in ("from_on", "until_on"):
        if fields.get(end) is not None:
            fields[end] = when(fields[end])
    return Leg(id=name, giver=giver, taker=taker, gpus=gpus, **fields)


def case(*organisations: str, **tables: Any) -> Case:
    """Returns a case of two weeks unless it says otherwise; lists become tuples."""
    fields: dict[str, Any] = {name: tuple(rows) if isinstance(rows, list) else rows for name, rows in tables.items()}
    fields = {"id": "by-hand", "horizon": weeks(2), "skus": (H100,), **fields}
    return Case(organisations=tuple(Organisation(id=name) for name in organisations), **fields)


def one_hall(
    mw: float = 1.0, gpus: int = 1000, *, opens: date | int = 0, arrives: date | int = 0, **tables: Any
) -> Case:
    """Returns the case of one organisation `t`, one lot, one site `hall` and work without end."""
    site = tables.pop("site", {})
    fields: dict[str, Any] = {
        "lots": [lot("t", gpus, arrives)],
        "sites": [Site(id="hall", owner="t", **site)],
        "steps": [step("hall", mw, opens)],
        "workloads": [training("t")],
    }
    return case("t", **{**fields, **tables})


def two_lots(**tables: Any) -> Case:
    """Returns one hall of 1 MW for two lots of 8 accelerators, one in each of two weeks."""
    lots = [lot("t", 8, 0, "first"), lot("t", 8, 7, "second")]
    return one_hall(**{"lots": lots, **tables})


def sharing(**fields: Any) -> Sharing:
    return Sharing(**fields)


def solved(
    of: Case,
    run: Run = "alone",
    *,
    floor: dict[str, float] | None = None,
    strict: bool = False,
    gap: float = 1e-6,
    alone: Plan | None = None,
) -> Plan:
    """Returns the plan of a run, in which the independent check finds nothing."""
    plan = run_plan(of, run, Effort(gap_frac=gap, strict=strict), floor)
    found = check(of, plan, alone)
    assert found == (), "\n".join(map(str, found))
    return plan


alone = partial(solved, run="alone")
agreed = partial(solved, run="as_agreed")
shared = partial(solved, run="shared")


def numbers(of: Case, run: Run = "alone", floor: dict[str, float] | None = None) -> tuple[Tables, Labels]:
    return tabulate(of, scope_of(of, run), floor)


def used(plan: Plan, owner: str | None = None) -> float:
    """Returns the GPU-hours that an organisation's work uses; everyone's without a name."""
    return sum(row.used_gpu_hours for row in plan.results if owner in (None, row.organisation))


def used_by_period(plan: Plan, workload: str | None = None) -> list[float]:
    totals = [0.0] * len(plan.periods)
    for row in plan.uses:
        if workload in (None, row.workload):
            totals[row.period_index] += row.used_gpu_hours
    return totals


def idle_by_cause(plan: Plan) -> dict[str, float]:
    """Returns idle GPU-hours by cause; less than the check's tolerance is rounding and left out."""
    totals: dict[str, float] = {}
    for row in plan.idle:
        totals[row.cause] = totals.get(row.cause, 0.0) + row.idle_gpu_hours
    return {cause: hours for cause, hours in totals.items() if hours > GPU_HOUR_TOLERANCE}


def hosted_anywhere(gpus: int = 8) -> Case:
    """Returns 16 of a, of which some may stand in any of b's two halls."""
    return case(
        "a",
        "b",
        lots=[lot("a", 16)],
        sites=[Site(id="hall", owner="b"), Site(id="room", owner="b")],
        steps=[step("hall", 0.016), step("room", 0.016)],
        workloads=[training("a")],
        agreements=[agreement("hosting", "a", "b")],
        legs=[leg("a", "b", gpus)],
    )
