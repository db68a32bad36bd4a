"""Comparisons made by hand for the report: the swap of the worked example, and large ones from a pattern."""

from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import pairwise

import pytest

from armslength.model.agreement import Agreement, Assumption, Leg, Settlement, Source, Statement
from armslength.model.case import Case, Horizon, Question, Run, Sharing, Vary
from armslength.model.comparison import (
    Answer,
    Change,
    Comparison,
    Payment,
    Point,
    Share,
    Split,
    Verdict,
)
from armslength.model.demand import Workload
from armslength.model.noun import When, on_day
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
from armslength.model.supply import Lot, Organisation, Price, Site, Sku, Step

HOURS = 730.0
PRICE = 2.5
MONTHS = [date(2024, m, 1) for m in range(1, 13)] + [date(2025, 1, 1)]
PERIODS = tuple(Period(start_on=a, end_on=b, counted_hours=HOURS) for a, b in pairwise(MONTHS))
LATER = [6000] * 5 + [12000] * 7
AT_ONCE = [12000] * 12
OPENS = 9  # the hall opens in October

# (title, site or storage, user or nobody) -> GPUs in each month; the sums of planning by hand.
Flows = dict[tuple[str, str | None, str | None], list[int]]


def _months(first: int, last: int, gpus: int) -> list[int]:
    return [gpus if first <= t < last else 0 for t in range(12)]


ALONE: Flows = {
    ("car", None, None): _months(0, OPENS, 12000),
    ("car", "texas", "car"): _months(OPENS, 12, 12000),
    ("social", "atlanta", "social"): LATER,
}
AGREED: Flows = {
    ("car", None, None): [6000] * 5 + [12000] * 4 + [0] * 3,
    ("car", "texas", "car"): _months(OPENS, 12, 12000),
    ("social", "atlanta", "social"): AT_ONCE,
}
SHARED: Flows = {
    ("car", None, None): [6000] * 5 + [12000] * 4 + [0] * 3,
    ("car", "atlanta", "car"): _months(0, 5, 6000),
    ("car", "texas", "car"): _months(OPENS, 12, 12000),
    ("social", "atlanta", "social"): LATER,
}
RECEIVED: dict[Run, dict[str, list[int]]] = {
    "alone": {"car": AT_ONCE, "social": LATER},
    "as_agreed": {"car": LATER, "social": AT_ONCE},
    "shared": {"car": AT_ONCE, "social": LATER},
}


def _plan(run: Run, flows: Flows, deals: tuple[Deal, ...] = ()) -> Plan:
    supplies, holdings, uses, idle, results = [], {}, [], [], []
    for title, levels in RECEIVED[run].items():
        for t, gpus in enumerate(levels):
            supplies.append(
                Supply(
                    title=title,
                    sku="h100",
                    period_index=t,
                    received_gpus=gpus,
                    received_gpu_hours=gpus * HOURS,
                )
            )
    for (title, site, user), levels in flows.items():
        for t, gpus in enumerate(levels):
            if site is not None and gpus:
                holdings[title, site, t] = holdings.get((title, site, t), 0) + gpus
            if gpus and user:
                assert site is not None
                uses.append(
                    Use(
                        workload=f"{user}-work",
                        title=title,
                        sku="h100",
                        site=site,
                        period_index=t,
                        used_gpu_hours=gpus * HOURS,
                    )
                )
            elif gpus:
                idle.append(
                    Idle(
                        title=title,
                        sku="h100",
                        site=site,
                        period_index=t,
                        cause="no power",
                        idle_gpu_hours=gpus * HOURS,
                    )
                )
    for organisation in ("car", "social"):
        used = sum(sum(v) for (_, _, user), v in flows.items() if user == organisation) * HOURS
        results.append(
            OrganisationResult(
                organisation=organisation,
                own_value=used * PRICE,
                used_gpu_hours=used,
                usable_gpu_hours=sum(sum(v) for (o, s, _), v in flows.items() if o == organisation and s) * HOURS,
                received_gpu_hours=sum(RECEIVED[run][organisation]) * HOURS,
                idle_gpu_hours=sum(sum(v) for (o, _, u), v in flows.items() if o == organisation and not u) * HOURS,
            )
        )
    total = sum(result.own_value for result in results)
    return Plan(
        case_id="swap",
        case_digest="3f" * 32,
        run=run,
        periods=PERIODS,
        supplies=tuple(supplies),
        holdings=tuple(
            Holding(title=o, sku="h100", site=s, period_index=t, installed_gpus=n, usable_gpu_hours=n * HOURS)
            for (o, s, t), n in holdings.items()
        ),
        uses=tuple(uses),
        workloads=tuple(
            WorkloadResult(
                workload=f"{r.organisation}-work",
                done_gpu_hours=r.used_gpu_hours,
                wanted_gpu_hours=None,
                finished_on=None,
                work_value=r.own_value,
                lateness_cost=0.0,
                use_cost=0.0,
            )
            for r in results
        ),
        results=tuple(results),
        idle=tuple(idle),
        deals=deals,
        bindings=tuple(
            Binding(
                family="site_power",
                key=("texas",),
                period_index=t,
                marginal_value=HOURS * PRICE / 0.0014,
                unit="MW for the period",
                text="Texas Hall has no power to spare.",
            )
            for t in range(OPENS)
        ),
        provenance=Provenance(
            armslength_version="0.1.0",
            solver="HiGHS 1.15.1",
            method="linear program",
            options={"threads": "1", "gap": "0.001"},
            objective_value=total,
            bound_value=total,
            gap_frac=0.0,
            proved=True,
        ),
    )


def swap_case() -> Case:
    vague = When(p10_on=date(2024, 10, 1), p50_on=date(2024, 10, 1), p90_on=date(2024, 12, 31), precision="quarter")
    lots = (("c1", 12000, "car", 1), ("s1", 6000, "social", 1), ("s2", 6000, "social", 6))
    return Case(
        id="swap",
        title="A swap of delivery slots",
        description="A car maker’s lot goes to a sister company, which returns two later ones.",
        as_of=date(2024, 12, 31),
        horizon=Horizon(start_on=MONTHS[0], end_on=MONTHS[-1], grid="month", counted_hours_per_month=HOURS),
        sharing=Sharing(split="equal_gain"),
        organisations=(
            Organisation(id="car", name="Motor Works"),
            Organisation(id="social", name="Chatter & Sons <Ltd>"),
        ),
        skus=(Sku(id="h100", name="H100", site_kw_per_gpu=1.4),),
        lots=tuple(
            Lot(
                id=i,
                sku="h100",
                gpus=n,
                owner=o,
                expected_on=on_day(date(2024, m, 1)),
                source="memo",
                confidence="B",
            )
            for i, n, o, m in lots
        ),
        sites=(
            Site(id="texas", name="Texas Hall", owner="car"),
            Site(id="atlanta", name="Atlanta", owner="social"),
        ),
        steps=(
            Step(id="t1", site="texas", from_on=vague, power_mw=70.0, source="post", confidence="A"),
            Step(id="a1", site="atlanta", from_on=on_day(MONTHS[0]), power_mw=16.8, confidence="assumption"),
        ),
        workloads=(
            Workload(id="car-work", name="Driving model", owner="car", form="training"),
            Workload(id="social-work", name="Chat model", owner="social", form="training", due_on=date(2024, 9, 1)),
        ),
        agreements=(
            Agreement(
                id="swap",
                name="The December exchange",
                kind="slot_swap",
                parties=("car", "social"),
                state="in_force",
                agreed_on=date(2023, 12, 15),
                source="memo",
            ),
        ),
        legs=tuple(
            Leg(id=f"leg-{lot}", agreement="swap", giver=giver, taker=taker, lot=lot, gpus=gpus)
            for lot, giver, taker, gpus in (
                ("c1", "car", "social", 12000),
                ("s1", "social", "car", 6000),
                ("s2", "social", "car", 6000),
            )
        ),
        settlements=(Settlement(id="pay", agreement="swap", payer="social", payee="car", amount_cost=1_000_000.0),),
        statements=(
            Statement(
                id="claim",
                organisation="car",
                speaker="the chief executive",
                said_on=on_day(date(2024, 4, 23)),
                quote="we have 35,000 active",
                metric="energised",
                claimed_quantity=35_000.0,
                source="post",
                confidence="A",
            ),
            Statement(
                id="claim-2",
                organisation="car",
                speaker="the chief executive",
                said_on=on_day(date(2024, 6, 4)),
                metric="money_spent",
                unit="currency",
                claimed_quantity=3.5e9,
                by_on=When(
                    p10_on=date(2024, 1, 1),
                    p50_on=date(2024, 7, 1),
                    p90_on=date(2024, 12, 31),
                    precision="year",
                ),
                forward_looking=True,
            ),
        ),
        prices=(
            Price(
                id="p1",
                sku="h100",
                from_on=MONTHS[0],
                market_price_per_gpu_hour=PRICE,
                market_price_per_gpu_hour_low=2.0,
                market_price_per_gpu_hour_high=4.0,
            ),
        ),
        assumptions=(
            Assumption(
                id="room",
                text="Powered room at Atlanta",
                unit="GPUs",
                central_quantity=12_000.0,
                range_quantity_low=6_000.0,
                range_quantity_high=12_000.0,
                reason="No source gives it.",
            ),
        ),
        sources=(
            Source(
                id="memo",
                title="Vendor memo, quoted by the press",
                published_on=on_day(date(2024, 6, 4)),
                confidence="B",
            ),
            Source(id="post", title="Post by the chief executive", confidence="A"),
        ),
        questions=(
            Question(
                id="hall",
                text="What if the hall had opened earlier?",
                organisation="car",
                vary=(Vary(step="t1", label="Opening of Texas Hall", dates_on=tuple(MONTHS[:10])),),
            ),
        ),
    )


def car_gain(opening: int, room_gpus: int = 12000) -> float:
    """The car maker's gain, USD, when its hall opens in month ``opening``: it lacks 6,000 until June."""
    return -min(6000, room_gpus) * HOURS * PRICE * max(0, 5 - opening)


def _verdicts() -> tuple[Verdict, ...]:
    more = 6000 * HOURS * 5
    months = tuple(Change(period_index=t, used_gpu_hours=6000 * HOURS, usable_gpu_hours=6000 * HOURS) for t in range(5))
    value = {"car": 26_280_000 * PRICE, "social": sum(LATER) * HOURS * PRICE}
    gain = more * PRICE
    half = gain / 2
    rows: list[tuple[str, Run, float, float, float, str]] = [
        (
            "car",
            "as_agreed",
            0.0,
            0.0,
            0.0,
            "It uses as many GPU-hours as alone: its hall opens after the last return lot.",
        ),
        ("social", "as_agreed", more, gain, 0.0, "It uses 6,000 more GPUs from January to May 2024."),
        (
            "car",
            "shared",
            more,
            gain,
            -half,
            "It uses 6,000 of its own GPUs in Atlanta from January to May 2024.",
        ),
        ("social", "shared", 0.0, 0.0, half, "It is paid for room in Atlanta."),
    ]
    return tuple(
        Verdict(
            organisation=organisation,
            run=run,
            standing="better" if extra + settlement > 0 else "same",
            alone_value=value[organisation],
            run_value=value[organisation] + extra,
            settlement_value=settlement,
            gain_value=extra + settlement,
            gain_value_low=(extra + settlement) * 0.8,
            gain_value_high=(extra + settlement) * 1.6,
            used_gpu_hours=hours,
            usable_gpu_hours=hours,
            changes=months if hours else (),
            text=text,
        )
        for organisation, run, hours, extra, settlement, text in rows
    )


def _splits() -> tuple[Split, ...]:
    gain = 54_750_000.0
    alone = {"car": 65_700_000.0, "social": 208_050_000.0}
    shared = {"car": alone["car"] + gain, "social": alone["social"]}

    def split(rule: str, frac: float, in_core: bool) -> Split:
        shares = {"car": gain * frac, "social": gain * (1 - frac)}
        return Split(
            rule=rule,
            chosen=rule == "equal_gain",
            shares=tuple(
                Share(
                    organisation=o,
                    alone_value=alone[o],
                    shared_value=shared[o],
                    payoff_value=alone[o] + g,
                    gain_value=g,
                    settlement_value=alone[o] + g - shared[o],
                )
                for o, g in shares.items()
            ),
            in_core=in_core,
            objectors=() if in_core else ("social",),
            objection_value=0.0 if in_core else 1_000_000.0,
        )

    return (split("equal_gain", 0.5, True), split("shapley", 0.5, True), split("proportional", 0.24, False))


def swap_comparison() -> Comparison:
    hosting = Deal(
        id="d1",
        kind="hosting",
        giver="car",
        taker="social",
        sku="h100",
        site="atlanta",
        most_gpus=6000,
        moved_gpu_hours=21_900_000.0,
        from_on=MONTHS[0],
        until_on=MONTHS[5],
        text="Chatter & Sons <Ltd> hosts 6,000 H100 of Motor Works at Atlanta from January to May 2024.",
    )
    return Comparison(
        case=swap_case(),
        plans=(_plan("alone", ALONE), _plan("as_agreed", AGREED), _plan("shared", SHARED, (hosting,))),
        verdicts=_verdicts(),
        splits=_splits(),
        payments=(Payment(payer="car", payee="social", amount_cost=27_375_000.0),),
        answers=(
            Answer(
                question="hall",
                text="What if the hall had opened earlier?",
                organisation="car",
                axes=("Opening of Texas Hall",),
                points=tuple(
                    Point(
                        labels=(MONTHS[m].isoformat(),),
                        gain_value=car_gain(m),
                        used_gpu_hours=car_gain(m) / PRICE,
                    )
                    for m in range(10)
                ),
                break_even_on=date(2024, 6, 1),
                reading="Motor Works loses if its hall opens before 1 Jun 2024, and not after.",
            ),
            Answer(
                question="room",
                text="And if Atlanta had had less powered room?",
                organisation="car",
                axes=("Opening of Texas Hall", "Powered room at Atlanta"),
                points=tuple(
                    Point(
                        labels=(MONTHS[m].isoformat(), f"{mw} MW"),
                        gain_value=car_gain(m, gpus) if m < 8 else 5e6,
                        used_gpu_hours=car_gain(m, gpus) / PRICE,
                    )
                    for m in (0, 2, 4, 6, 8)
                    for mw, gpus in ((4.2, 3000), (8.4, 6000), (12.6, 9000), (16.8, 12000))
                ),
                reading="Less room at Atlanta changes nothing while the hall opens after June.",
            ),
        ),
        better_deal="Hosting 6,000 of Motor Works’ GPUs in Atlanta gives the same gain, and keeps the title.",
        strictness_cost=0.0,
        notes=("Failures of GPUs are not modelled.",),
    )


@pytest.fixture(scope="session")
def swap() -> Comparison:
    return swap_comparison()


@pytest.fixture(scope="session")
def large() -> Callable[..., Comparison]:
    return cache(large_comparison)


def large_comparison(organisations: int = 50, sites: int = 80, weeks: int = 104, workloads: int = 1000) -> Comparison:
    """A big comparison from a pattern: its numbers add up, but no planner made it."""
    days = [date.fromordinal(date(2024, 1, 1).toordinal() + 7 * i) for i in range(weeks + 1)]
    periods = tuple(Period(start_on=a, end_on=b, counted_hours=168.0) for a, b in pairwise(days))
    case = Case(
        id="large",
        horizon=Horizon(start_on=days[0], end_on=days[-1]),
        organisations=tuple(Organisation(id=f"o{i}", name=f"Organisation number {i}") for i in range(organisations)),
        skus=tuple(Sku(id=f"k{i}", site_kw_per_gpu=1.0 + 0.1 * i) for i in range(5)),
        sites=tuple(Site(id=f"s{i}", name=f"Hall {i}", owner=f"o{i % organisations}") for i in range(sites)),
        steps=tuple(
            Step(id=f"p{i}", site=f"s{i}", from_on=on_day(days[i % max(weeks // 2, 1)]), power_mw=10.0 + i)
            for i in range(sites)
        ),
        workloads=tuple(
            Workload(
                id=f"w{i}",
                name=f"Training run {i} of the long programme",
                owner=f"o{i % organisations}",
                form="training",
                due_on=days[-1 - i % max(weeks, 1)],
            )
            for i in range(workloads)
        ),
    )
    plans = tuple(_large_plan(run, case, periods) for run in ("alone", "as_agreed", "shared"))
    verdicts = tuple(
        Verdict(
            organisation=o.id,
            run="shared",
            standing="better" if i % 3 else "same",
            alone_value=1e6,
            run_value=1e6 + (i % 3) * 1e5,
            gain_value=(i % 3) * 1e5,
            used_gpu_hours=1e5,
            usable_gpu_hours=1e5,
            changes=tuple(Change(period_index=t, used_gpu_hours=1e3, usable_gpu_hours=t * 10.0) for t in range(weeks)),
            text="It gains.",
        )
        for i, o in enumerate(case.organisations)
    )
    return Comparison(case=case, plans=plans, verdicts=verdicts)


def _large_plan(run: Run, case: Case, periods: tuple[Period, ...]) -> Plan:
    uses, holdings, idle = [], [], []
    causes = ("no power", "no slot", "commissioning", "no work", "not allowed", "not worth it", "lent unused")
    for i, workload in enumerate(case.workloads):
        site = case.sites[i % len(case.sites)]
        for t in range(len(periods)):
            hours = float(1000 + 137 * (i * t % 11))
            uses.append(
                Use(
                    workload=workload.id,
                    title=site.owner,
                    sku="k0",
                    site=site.id,
                    period_index=t,
                    used_gpu_hours=hours,
                )
            )
    for i, site in enumerate(case.sites):
        for t in range(len(periods)):
            holdings.append(
                Holding(
                    title=site.owner,
                    sku="k0",
                    site=site.id,
                    period_index=t,
                    installed_gpus=300,
                    usable_gpu_hours=5e4,
                )
            )
            idle.append(
                Idle(
                    title=site.owner,
                    sku="k0",
                    site=site.id,
                    period_index=t,
                    cause=causes[(i + t) % len(causes)],
                    idle_gpu_hours=float(100 * (1 + t % 7)),
                )
            )
    used: dict[str, float] = {}
    owner = {workload.id: workload.owner for workload in case.workloads}
    for use in uses:
        used[owner[use.workload]] = used.get(owner[use.workload], 0.0) + use.used_gpu_hours
    return Plan(
        case_id=case.id,
        case_digest="00" * 32,
        run=run,
        periods=periods,
        supplies=tuple(
            Supply(title=o.id, sku="k0", period_index=t, received_gpus=500, received_gpu_hours=84000.0)
            for o in case.organisations
            for t in range(len(periods))
        ),
        holdings=tuple(holdings),
        uses=tuple(uses),
        workloads=(),
        results=tuple(
            OrganisationResult(
                organisation=o.id,
                own_value=1e6,
                used_gpu_hours=used.get(o.id, 0.0),
                usable_gpu_hours=1e6,
                received_gpu_hours=1e6,
                idle_gpu_hours=1e5,
            )
            for o in case.organisations
        ),
        idle=tuple(idle),
        provenance=Provenance(
            armslength_version="0.1.0",
            solver="HiGHS",
            method="by pattern",
            objective_value=1.0,
            bound_value=1.0,
            gap_frac=0.0,
            proved=True,
        ),
    )
