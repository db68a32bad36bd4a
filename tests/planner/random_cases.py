"""Random small cases: from the benchmarks' generator with everything in them, and simpler ones drawn by Hypothesis."""

from datetime import date, timedelta
from functools import cache

from hypothesis import Phase, settings
from hypothesis import strategies as st

from armslength.model.as_of import as_of
from armslength.model.case import Case, Grid, Horizon, Run, Sharing
from armslength.model.demand import Workload
from armslength.model.plan import Plan
from armslength.model.supply import Site
from armslength.planner.effort import Effort
from armslength.planner.runs import not_below, run_plan
from benchmarks.generator import Spec, make_case
from planner.cases_by_hand import MONDAY, case, lot, step, training

SEEDS = st.integers(0, 10_000)
POOL_GAP = 1e-3


def few(count: int) -> settings:
    """Returns settings for so many examples that take some tenths of a second each; shrinking would take minutes."""
    return settings(max_examples=count, phases=(Phase.explicit, Phase.reuse, Phase.generate))


def spec(
    grid: Grid = "week",
    days: int = 84,
    organisations: int = 2,
    gpus: int = 400,
    workloads: int = 4,
    skus: int = 2,
) -> Spec:
    return Spec(
        organisations=organisations,
        sites=organisations + 1,
        workloads=workloads,
        skus=skus,
        start_on=MONDAY,
        end_on=MONDAY + timedelta(days=days),
        grid=grid,
        gpus_per_organisation=gpus,
        lots_per_organisation=2,
        gang_weeks=(2.0, 8.0),
        own_hardware_frac=0.1,
    )


def random_case(seed: int, of: Spec | None = None) -> Case:
    """Returns a case with gangs, services, crews, burn-in, due dates and prices; rows in order of their ids."""
    case_of_all_days: Case = make_case(of or spec(), seed)
    return as_of(case_of_all_days, None)


# A few that are planned in some tenths of a second: grid, organisations, accelerators each, seed.
_POOL: tuple[tuple[Grid, int, int, int], ...] = (
    ("week", 1, 40, 0),
    ("week", 1, 400, 1),
    ("week", 2, 40, 2),
    ("week", 3, 400, 2),
    ("four_weeks", 2, 40, 1),
    ("four_weeks", 2, 400, 0),
    ("month", 2, 40, 0),
    ("month", 3, 40, 2),
)
POOL = {
    f"{grid}-{organisations}-{gpus}-{seed}": (grid, organisations, gpus, seed)
    for grid, organisations, gpus, seed in _POOL
}


@cache
def pooled(name: str) -> Case:
    grid, organisations, gpus, seed = POOL[name]
    return random_case(seed, spec(grid, organisations=organisations, gpus=gpus))


@cache
def plan_of(name: str, run: Run, strict: bool = False) -> Plan:
    """Returns the plan of a case of the pool, which several tests look at."""
    plan = run_plan(pooled(name), run, Effort(gap_frac=POOL_GAP, strict=strict))
    return not_below(plan, plan_of(name, "alone", strict), None) if run == "shared" else plan


@st.composite
def simple_cases(draw: st.DrawFn, days: int = 84) -> Case:
    """Draws cases whose rules are all linear and to the day: no crews, gangs, due dates or unpriced work."""
    names = ["a", "b", "c"][: draw(st.integers(1, 3))]
    some_day = st.integers(0, days - 1)
    lots = [
        lot(draw(st.sampled_from(names)), draw(st.integers(1, 200)), draw(some_day), f"lot-{n}")
        for n in range(draw(st.integers(1, 3)))
    ]
    sites, steps = [], []
    for number in range(draw(st.integers(1, 3))):
        sites.append(Site(id=f"hall-{number}", owner=draw(st.sampled_from(names))))
        steps.append(step(f"hall-{number}", draw(st.integers(0, 200)) / 1000, draw(some_day)))
    work = [_work(draw, name, some_day) for name in names]
    return case(
        *names,
        horizon=Horizon(start_on=MONDAY, end_on=MONDAY + timedelta(days=days)),
        sharing=Sharing(no_detriment="money"),
        lots=lots,
        sites=sites,
        steps=steps,
        workloads=work,
    )


def _work(draw: st.DrawFn, owner: str, some_day: st.SearchStrategy[int]) -> Workload:
    start = draw(st.none() | some_day)
    return training(
        owner,
        work_value_per_gpu_hour=float(draw(st.integers(1, 5))),
        work_gpu_hours=draw(st.none() | st.integers(0, 200_000).map(float)),
        start_on=None if start is None else MONDAY + timedelta(days=start),
    )


def on_grid(of: Case, grid: Grid) -> Case:
    return of.model_copy(update={"horizon": of.horizon.model_copy(update={"grid": grid})})


def event_days(of: Case) -> set[date]:
    """Returns the days on which something changes: receipts, steps, starts."""
    days = {row.expected_on.p50_on for row in of.lots} | {row.from_on.p50_on for row in of.steps}
    return days | {row.start_on for row in of.workloads if row.start_on}
