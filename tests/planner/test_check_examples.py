"""Small cases with plans made by hand, the arithmetic beside the figures. The check finds nothing wrong."""

from collections import defaultdict
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from armslength.errors import CheckFailed
from armslength.model.agreement import Agreement, Leg
from armslength.model.case import Case, Horizon, Run, Sharing
from armslength.model.demand import Demand, Workload
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
from armslength.model.supply import Lot, Organisation, Price, Site, Sku, Step, Stock
from armslength.planner.check import check, checked

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
        OrganisationResult(organisation=o.id, **{name: sums[o.id][name] for name in names})
        for o in case.organisations
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
        horizon=Horizon(
            start_on=january, end_on=date(2025, 1, 1), grid="month", counted_hours_per_month=MONTH_HOURS
        ),
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
            holdings.append(
                Holding(**common, site=site, period_index=t, installed_gpus=gpus, usable_gpu_hours=hours)
            )
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


def hall_case() -> Case:
    """A university's hall, which hosts a lab's accelerators; two SKUs, a gang that is late, a service."""
    start = date(2025, 1, 6)
    return Case(
        id="hall",
        currency="EUR",
        horizon=Horizon(start_on=start, end_on=date(2025, 1, 27), grid="week"),
        sharing=Sharing(no_detriment="both"),
        organisations=(organisation("university"), organisation("lab")),
        skus=(
            Sku(id="a100", site_kw_per_gpu=1.0),
            Sku(
                id="h200",
                site_kw_per_gpu=9.0,
                it_kw_per_gpu=1.6,
                throughput_ratio={"training": 2.0, "serving": 2.0},
            ),
        ),
        lots=(lot("order", "lab", 70, start, "h200"),),
        sites=(
            Site(
                id="hall",
                owner="university",
                pue_ratio=1.25,
                commissioning_gpus_per_week=70,
                burn_in_days=1.0,
            ),
        ),
        # 20 x 1.0 kW + 70 x 1.6 x 1.25 kW = 160 kW
        steps=(
            Step(id="power", site="hall", from_on=on_day(date(2024, 6, 1)), power_mw=0.160, gpu_slots=90),
        ),
        stock=(Stock(id="old", site="hall", owner="university", sku="a100", gpus=20),),
        workloads=(
            Workload(
                id="sim",
                owner="university",
                form="training",
                work_gpu_hours=20_000.0,
                gang_gpus_max=60,
                due_on=date(2025, 1, 13),
                work_value_per_gpu_hour=2.0,
                lateness_cost_per_week=700.0,
            ),
            Workload(id="chat", owner="lab", form="serving"),
        ),
        demand=(Demand(id="d", workload="chat", from_on=start, wanted_gpus=100.0),),
        prices=(
            Price(id="p1", sku="a100", from_on=date(2025, 1, 1), market_price_per_gpu_hour=1.5),
            Price(id="p2", sku="a100", from_on=date(2025, 1, 16), market_price_per_gpu_hour=2.0),
        ),
    )


def weeks() -> list[Period]:
    days = [date(2025, 1, 6), date(2025, 1, 13), date(2025, 1, 20), date(2025, 1, 27)]
    return [Period(start_on=a, end_on=b, counted_hours=WEEK_HOURS) for a, b in pairwise(days)]


# The lab's 70 accelerators come up evenly over week 0, each a day of burn-in later: 10 a day from day 1 on.
# Week 0: 10 x 6 x 6 / 2 GPU-days = 180 x 24 h. Week 1: 70 x 168 less 10 x 1 / 2 GPU-days = 5 x 24 h.
LAB_USABLE = (4_320.0, 11_640.0, 11_760.0)
SIM_OWN = (3_360.0, 3_360.0, 3_360.0)  # 20 x 168
SIM_LEASED = (1_320.0, 3_240.0, 400.0)  # worth twice: 3 x 3,360 + 2 x 4,960 = 20,000
CHAT = (3_000.0, 8_400.0, 8_400.0)  # worth twice; 100 x 168 = 16,800 wanted a week


def hall_supplies() -> list[Supply]:
    rows = (("university", "a100", 20), ("lab", "h200", 70))
    return [
        Supply(title=o, sku=k, period_index=t, received_gpus=n, received_gpu_hours=n * WEEK_HOURS)
        for o, k, n in rows
        for t in range(3)
    ]


def hall_shared_plan() -> Plan:
    """The lab's accelerators are hosted by the university, which leases some of them."""
    university, lab = (
        {"title": "university", "sku": "a100", "site": "hall"},
        {"title": "lab", "sku": "h200", "site": "hall"},
    )
    holdings, uses, idle = [], [], []
    for t in range(3):
        at = {"period_index": t}
        holdings.append(Holding(**university, **at, installed_gpus=20, usable_gpu_hours=20 * WEEK_HOURS))
        holdings.append(Holding(**lab, **at, installed_gpus=70, usable_gpu_hours=LAB_USABLE[t]))
        uses.append(Use(**university, **at, workload="sim", used_gpu_hours=SIM_OWN[t]))
        uses.append(Use(**lab, **at, workload="sim", used_gpu_hours=SIM_LEASED[t]))
        uses.append(Use(**lab, **at, workload="chat", used_gpu_hours=CHAT[t]))
    commissioning: dict[str, Any] = {"title": "lab", "sku": "h200", "cause": "commissioning"}
    idle = [
        Idle(**commissioning, site=None, period_index=0, idle_gpu_hours=70 * WEEK_HOURS - LAB_USABLE[0]),
        Idle(**commissioning, site="hall", period_index=1, idle_gpu_hours=70 * WEEK_HOURS - LAB_USABLE[1]),
        Idle(**lab, period_index=2, cause="no work", idle_gpu_hours=LAB_USABLE[2] - SIM_LEASED[2] - CHAT[2]),
    ]
    works = [
        WorkloadResult(
            workload="sim",
            done_gpu_hours=20_000.0,
            wanted_gpu_hours=20_000.0,
            finished_on=date(2025, 1, 27),
            work_value=40_000.0,
            # Done: 6,000, 15,840, 20,000. Undone on average 0.454 in week 1, 0.104 in week 2; x 700.
            lateness_cost=390.6,
            use_cost=0.0,
        ),
        WorkloadResult(
            workload="chat",
            done_gpu_hours=2 * sum(CHAT),
            wanted_gpu_hours=3 * 100 * WEEK_HOURS,
            finished_on=None,
            # Twice the price of an a100: 3.0; in week 1 on average 2 x (3 x 1.5 + 4 x 2.0) / 7; then 4.0.
            work_value=3_000 * 3.0 + 8_400 * 25.0 / 7 + 8_400 * 4.0,
            lateness_cost=0.0,
            use_cost=0.0,
        ),
    ]
    term: dict[str, Any] = {"from_on": date(2025, 1, 6), "until_on": date(2025, 1, 27), "text": ""}
    between: dict[str, Any] = {"giver": "lab", "taker": "university", "sku": "h200", "site": "hall"}
    deals = (
        Deal(
            id="h",
            kind="hosting",
            **between,
            most_gpus=70,
            moved_gpu_hours=sum(SIM_LEASED) + sum(CHAT),
            **term,
        ),
        # 3,240 / 168 = 19.3
        Deal(id="l", kind="capacity_lease", **between, most_gpus=20, moved_gpu_hours=sum(SIM_LEASED), **term),
    )
    return plan_of(hall_case(), "shared", weeks(), hall_supplies(), holdings, uses, works, idle, deals)


def hall_alone_plan() -> Plan:
    """The university runs on its 20 old accelerators; the lab has nowhere to plug its own in."""
    university: dict[str, Any] = {"title": "university", "sku": "a100", "site": "hall"}
    holdings = [
        Holding(**university, period_index=t, installed_gpus=20, usable_gpu_hours=3_360.0) for t in range(3)
    ]
    uses = [Use(**university, period_index=t, workload="sim", used_gpu_hours=3_360.0) for t in range(3)]
    dark: dict[str, Any] = {"title": "lab", "sku": "h200", "site": None, "cause": "no power"}
    idle = [Idle(**dark, period_index=t, idle_gpu_hours=70 * WEEK_HOURS) for t in range(3)]
    works = [
        WorkloadResult(
            workload="sim",
            done_gpu_hours=10_080.0,
            wanted_gpu_hours=20_000.0,
            finished_on=None,
            work_value=20_160.0,
            # 3,360 of 20,000 are 0.168 a week; undone on average 0.748 in week 1, 0.58 in week 2; x 700.
            lateness_cost=929.6,
            use_cost=0.0,
        ),
        WorkloadResult(
            workload="chat",
            done_gpu_hours=0.0,
            wanted_gpu_hours=50_400.0,
            finished_on=None,
            work_value=0.0,
            lateness_cost=0.0,
            use_cost=0.0,
        ),
    ]
    return plan_of(hall_case(), "alone", weeks(), hall_supplies(), holdings, uses, works, idle)


def loan_case() -> Case:
    """A lends B 10 accelerators from day 0; they return on day 10, in week 1. B also hosts and leases."""
    start = date(2025, 1, 6)
    agreed: dict[str, Any] = {"parties": ("a", "b"), "state": "in_force"}
    return Case(
        id="loan",
        horizon=Horizon(start_on=start, end_on=date(2025, 1, 27), grid="week"),
        organisations=(organisation("a"), organisation("b")),
        skus=(Sku(id="h100", site_kw_per_gpu=1.0),),
        lots=(lot("lent", "a", 10, start), lot("own", "a", 4, start)),
        sites=(Site(id="sa", owner="a"), Site(id="sb", owner="b")),
        steps=(
            Step(id="pa", site="sa", from_on=on_day(start), power_mw=0.010),
            Step(id="pb", site="sb", from_on=on_day(start), power_mw=0.014),
        ),
        workloads=tuple(
            Workload(id=f"w{o}", owner=o, form="training", work_value_per_gpu_hour=1.0) for o in ("a", "b")
        ),
        agreements=(
            Agreement(
                id="loan", kind="loan", recalled_on=date(2025, 1, 13), recall_notice_days=3.0, **agreed
            ),
            Agreement(id="host", kind="hosting", **agreed),
            Agreement(id="lease", kind="capacity_lease", **agreed),
        ),
        legs=(
            Leg(id="l1", agreement="loan", giver="a", taker="b", lot="lent", gpus=10),
            Leg(id="l2", agreement="host", giver="a", taker="b", sku="h100", gpus=4),
            Leg(id="l3", agreement="lease", giver="a", taker="b", sku="h100", site="sb", gpus=1),
        ),
    )


def loan_plan() -> Plan:
    """B uses the 10 in week 0 and returns them in week 1; A, whose 4 B hosts, leases one of them to B."""
    holdings, uses, idle = [], [], []

    def use(work: str, title: str, site: str, t: int, gpus: float) -> None:
        at: dict[str, Any] = {"title": title, "sku": "h100", "site": site, "period_index": t}
        uses.append(Use(workload=work, used_gpu_hours=gpus * WEEK_HOURS, **at))

    def hold(title: str, site: str, t: int, gpus: int, usable_gpu_hours: float) -> None:
        at: dict[str, Any] = {"title": title, "sku": "h100", "site": site, "period_index": t}
        holdings.append(Holding(installed_gpus=gpus, usable_gpu_hours=usable_gpu_hours, **at))

    for t in range(3):
        hold("a", "sb", t, 4, 4 * WEEK_HOURS)
        use("wa", "a", "sb", t, 3)
        use("wb", "a", "sb", t, 1)
    hold("b", "sb", 0, 10, 10 * WEEK_HOURS)
    use("wb", "b", "sb", 0, 10)
    # Back on day 10: 4 of week 1's 7 days, of 24 hours, are A's.
    hold("a", "sa", 1, 10, 960.0)
    hold("a", "sa", 2, 10, 10 * WEEK_HOURS)
    uses.append(Use(workload="wa", title="a", sku="h100", site="sa", period_index=1, used_gpu_hours=960.0))
    use("wa", "a", "sa", 2, 10)
    # B's last three days with them are lost to the move.
    idle = [
        Idle(title="b", sku="h100", site=None, period_index=1, cause="commissioning", idle_gpu_hours=720.0)
    ]
    rows = (
        ("a", 0, 4, 672.0),
        ("a", 1, 14, 1_632.0),
        ("a", 2, 14, 2_352.0),
        ("b", 0, 10, 1_680.0),
        ("b", 1, 0, 720.0),
    )
    supplies = [
        Supply(title=o, sku="h100", period_index=t, received_gpus=n, received_gpu_hours=hours)
        for o, t, n, hours in rows
    ]
    done = {"wa": 9 * WEEK_HOURS + 960 + 1_680, "wb": 3 * WEEK_HOURS + 1_680}
    works = [
        WorkloadResult(
            workload=work,
            done_gpu_hours=hours,
            wanted_gpu_hours=None,
            finished_on=None,
            work_value=hours,
            lateness_cost=0.0,
            use_cost=0.0,
        )
        for work, hours in done.items()
    ]
    return plan_of(loan_case(), "as_agreed", weeks(), supplies, holdings, uses, works, idle)


EXAMPLES: dict[str, tuple[Case, Plan, Plan | None]] = {
    "redirect alone": (redirect_case(), redirect_plan("alone"), None),
    "redirect as agreed": (redirect_case(), redirect_plan("as_agreed"), None),
    "hall alone": (hall_case(), hall_alone_plan(), None),
    "hall shared": (hall_case(), hall_shared_plan(), hall_alone_plan()),
    "loan as agreed": (loan_case(), loan_plan(), None),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_good_plan_has_no_problems(name: str) -> None:
    case, plan, alone = EXAMPLES[name]
    assert [str(problem) for problem in check(case, plan, alone)] == []
    assert checked(case, plan, alone) is plan


def test_the_worked_example_comes_out_to_the_gpu_hour() -> None:
    alone, agreed = redirect_plan("alone"), redirect_plan("as_agreed")
    gain = agreed.result_of("x").used_gpu_hours - alone.result_of("x").used_gpu_hours
    assert gain == 21_900_000
    assert agreed.result_of("x").own_value - alone.result_of("x").own_value == 54_750_000
    assert agreed.result_of("t").used_gpu_hours == alone.result_of("t").used_gpu_hours == 26_280_000


def test_a_broken_plan_is_not_released_and_all_problems_are_told_at_once() -> None:
    case, plan, _ = EXAMPLES["redirect alone"]
    broken = plan.model_copy(update={"uses": plan.uses[1:], "case_id": "another"})
    with pytest.raises(CheckFailed) as failure:
        checked(case, broken)
    assert failure.value.problems == check(case, broken)
    assert len(failure.value.problems) > 3
    assert "not released" in str(failure.value)
