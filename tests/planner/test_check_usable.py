"""Usable GPU-hours: the most that days inside a period allow is accepted, a little more is not."""

from datetime import date, timedelta
from typing import Any

import pytest

from armslength.model.case import Case, Horizon
from armslength.model.noun import on_day
from armslength.model.plan import Holding, Plan, Provenance
from armslength.model.supply import Lot, Organisation, Site, Sku, Step, Stock
from armslength.planner.check import check

START = date(2025, 1, 6)
DAY_HOURS = 24.0


def day(number: int) -> date:
    return START + timedelta(days=number)


def site_case(lots: dict[int, int], power: dict[int, float], stock: int = 0, grid: str = "week", **site: Any) -> Case:
    """One organisation, one site; lots as day to GPUs, power as day to MW, at 1 kW per GPU; three weeks."""
    return Case(
        id="one",
        horizon=Horizon.model_validate({"start_on": START, "end_on": day(21), "grid": grid}),
        organisations=(Organisation(id="o"),),
        skus=(Sku(id="k", site_kw_per_gpu=1.0),),
        lots=tuple(
            Lot(id=f"l{i}", sku="k", gpus=gpus, owner="o", expected_on=on_day(day(i))) for i, gpus in lots.items()
        ),
        sites=(Site(id="s", owner="o", **site),),
        steps=tuple(Step(id=f"p{i}", site="s", from_on=on_day(day(i)), power_mw=level) for i, level in power.items()),
        stock=(Stock(id="old", site="s", owner="o", sku="k", gpus=stock),) if stock else (),
    )


def problems_of(case: Case, installed: list[int], usable_gpu_days: list[float], family: str) -> list[str]:
    """Checks a plan with these holdings only, for one rule."""
    rows = zip(installed, usable_gpu_days, strict=True)
    holdings = tuple(
        Holding(
            title="o",
            sku="k",
            site="s",
            period_index=t,
            installed_gpus=gpus,
            usable_gpu_hours=days * DAY_HOURS,
        )
        for t, (gpus, days) in enumerate(rows)
    )
    nothing: dict[str, Any] = {
        "supplies": (),
        "uses": (),
        "workloads": (),
        "results": (),
        "idle": (),
        "periods": (),
    }
    provenance = Provenance(
        armslength_version="0",
        solver="none",
        method="by hand",
        objective_value=0.0,
        bound_value=0.0,
        gap_frac=0.0,
        proved=True,
    )
    plan = Plan(case_id="one", case_digest="", run="alone", holdings=holdings, provenance=provenance, **nothing)
    return [problem.message for problem in check(case, plan) if problem.place.startswith(f"{family}:")]


# Case, installed per week, the most usable GPU-days per week, and the week in which more is too much.
LIMITS: dict[str, tuple[Case, list[int], list[float], int]] = {
    "there from the start": (site_case({-5: 10}, {-9: 0.01}), [10, 10, 10], [70, 70, 70], 0),
    # Day 3 leaves 4 of 7 days.
    "arriving inside a week": (site_case({3: 10}, {-9: 0.01}), [10, 10, 10], [40, 70, 70], 0),
    "arriving, then burning in": (
        site_case({3: 10}, {-9: 0.01}, burn_in_days=2.5),
        [10, 10, 10],
        [15, 70, 70],
        0,
    ),
    # Ready on day 3 + 6.5 = 9.5, in week 1.
    "burn-in over the week's end": (
        site_case({3: 10}, {-9: 0.01}, burn_in_days=6.5),
        [10, 10, 10],
        [0, 45, 70],
        1,
    ),
    # Of 20 that arrive on day 3 only 10 have room, and none was there before: 10 x 4 days.
    "more arriving than fit": (site_case({3: 20}, {-9: 0.01}), [10, 10, 10], [40, 70, 70], 0),
    # 5 are there; of the 10 that stand, 5 arrived on day 3.
    "some there, some arriving": (site_case({-1: 5, 3: 20}, {-9: 0.01}), [10, 10, 10], [55, 70, 70], 0),
    # Room for 4 from day 0, for 10 from day 5: 4 x 7 + 6 x 2.
    "power that grows": (site_case({-5: 10}, {-9: 0.004, 5: 0.01}), [10, 10, 10], [40, 70, 70], 0),
    # 3 in stock take their room and need no burn-in: 3 x 7 + 1 x 6 + 6 x 1.
    "beside stock": (
        site_case({-5: 7}, {-9: 0.004, 5: 0.01}, stock=3, burn_in_days=1.0),
        [10, 10, 10],
        [33, 70, 70],
        0,
    ),
    "power that comes": (site_case({-5: 10}, {2: 0.01}), [10, 10, 10], [50, 70, 70], 0),
    # 14 a week, 2 a day: 14 x 7 less 14 x 7 / 2.
    "one by one": (
        site_case({-5: 14}, {-9: 0.1}, commissioning_gpus_per_week=14),
        [14, 14, 14],
        [49, 98, 98],
        0,
    ),
    # Half a week is enough for 7: 7 x 7 less 7 x 3.5 / 2.
    "one by one, soon done": (
        site_case({-5: 7}, {-9: 0.1}, commissioning_gpus_per_week=14),
        [7, 7, 7],
        [36.75, 49, 49],
        0,
    ),
    # With 3 days of burn-in: 2 a day from day 3 for 4 days, then 6 still to come over 3 days.
    "one by one, then burning in": (
        site_case({-5: 14}, {-9: 0.1}, commissioning_gpus_per_week=14, burn_in_days=3.0),
        [14, 14, 14],
        [16, 89, 98],
        1,
    ),
    "commissioned a week later": (
        site_case({-5: 10}, {-9: 0.01}, burn_in_days=1.0),
        [0, 10, 10],
        [0, 60, 70],
        1,
    ),
    "over one month": (site_case({3: 10}, {-9: 0.01}, grid="month"), [10], [180], 0),
}


@pytest.mark.parametrize("name", LIMITS)
def test_the_most_that_is_possible_is_accepted_and_a_little_more_is_not(name: str) -> None:
    case, installed, most, week = LIMITS[name]
    assert problems_of(case, installed, most, "usable") == []
    more = [days + (0.01 if t == week else 0.0) for t, days in enumerate(most)]
    assert len(problems_of(case, installed, more, "usable")) >= 1


def test_the_loss_of_a_finite_rate_may_be_borne_early_but_not_left_out() -> None:
    case = site_case({-5: 14}, {-9: 0.1}, commissioning_gpus_per_week=14, burn_in_days=3.0)
    # Possible are 16 and 89 GPU-days; 9 less in the first week may be 9 more in the second.
    assert problems_of(case, [14, 14, 14], [7, 98, 98], "usable") == []
    assert len(problems_of(case, [14, 14, 14], [7.5, 98, 98], "usable")) == 1
    assert len(problems_of(case, [14, 14, 14], [0, 98.1, 98], "usable")) >= 1


def test_more_than_all_hours_of_what_stands_is_never_usable() -> None:
    case = site_case({-5: 100}, {-9: 0.1})
    said = problems_of(case, [10, 10, 10], [70, 70.1, 70], "usable")
    assert said[0] == (
        "1,682.4 GPU-hours usable, 1,680 possible (10 GPUs commissioned by its end): 2.4 GPU-hours too many"
    )


def test_a_rate_counts_from_the_first_day_with_power() -> None:
    case = site_case({-5: 100}, {3: 0.1}, commissioning_gpus_per_week=14)
    assert problems_of(case, [8, 22, 36], [0, 0, 0], "commissioning") == []
    assert problems_of(case, [9, 23, 37], [0, 0, 0], "commissioning") == [
        "9 GPUs commissioned; 14 GPUs a week for 4 days allow 8 GPUs"
    ]


def test_power_that_never_comes_gives_nothing() -> None:
    case = site_case({-5: 10}, {})
    assert problems_of(case, [10, 10, 10], [0, 0, 0], "power")[0] == ("0.01 MW installed, 0 MW there: 0.01 MW too much")
    assert len(problems_of(case, [0, 0, 0], [1, 0, 0], "usable")) >= 1
