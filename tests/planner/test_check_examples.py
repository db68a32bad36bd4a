"""Small cases with plans made by hand, the arithmetic beside the figures. The check finds nothing wrong."""

from datetime import date
from typing import Any

import pytest

from armslength.errors import CheckFailed
from armslength.model.agreement import Agreement, Leg
from armslength.model.case import Case, Horizon, Sharing
from armslength.model.demand import Demand, Workload
from armslength.model.noun import on_day
from armslength.model.plan import (
    Deal,
    Holding,
    Idle,
    Plan,
    Supply,
    Use,
    WorkloadResult,
)
from armslength.model.supply import Price, Site, Sku, Step, Stock
from armslength.planner.check import check, checked
from planner.test_check_redirect import (
    WEEK_HOURS,
    lot,
    organisation,
    plan_of,
    redirect_case,
    redirect_plan,
    weeks,
)


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
        steps=(Step(id="power", site="hall", from_on=on_day(date(2024, 6, 1)), power_mw=0.160, gpu_slots=90),),
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
    holdings = [Holding(**university, period_index=t, installed_gpus=20, usable_gpu_hours=3_360.0) for t in range(3)]
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
            Agreement(id="loan", kind="loan", recalled_on=date(2025, 1, 13), recall_notice_days=3.0, **agreed),
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
    idle = [Idle(title="b", sku="h100", site=None, period_index=1, cause="commissioning", idle_gpu_hours=720.0)]
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


def test_a_broken_plan_is_not_released_and_all_problems_are_told_at_once() -> None:
    case, plan, _ = EXAMPLES["redirect alone"]
    broken = plan.model_copy(update={"uses": plan.uses[1:], "case_id": "another"})
    with pytest.raises(CheckFailed) as failure:
        checked(case, broken)
    assert failure.value.problems == check(case, broken)
    assert len(failure.value.problems) > 3
    assert "not released" in str(failure.value)
