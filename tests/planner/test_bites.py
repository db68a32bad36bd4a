"""Each family of rules bites, or does not: the worth of the plan where it limits, and where it is out of the way.

Two weeks of 168 hours, 2 USD for a GPU-hour; unless said otherwise 8 accelerators arrive in the first week and 8 in the
second, so that 8 x 336 + 8 x 168 = 4,032 GPU-hours can be used; all 16 from the first day on would give 5,376.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from armslength.model.case import Case, Run
from armslength.model.supply import Organisation, Site, Sku
from armslength.planner.build import family_names
from planner.cases_by_hand import (
    H100,
    agreement,
    case,
    day,
    demand,
    hosted_anywhere,
    leg,
    lot,
    one_hall,
    serving,
    solved,
    step,
    stock,
    training,
    two_lots,
    weeks,
)


@dataclass(frozen=True)
class Bite:
    """Two cases that differ in one limit, and what the plan of each is worth."""

    limited: Case
    limited_value: float
    free: Case
    free_value: float
    run: Run = "alone"
    limited_options: dict[str, Any] = field(default_factory=dict)
    free_options: dict[str, Any] = field(default_factory=dict)


def sixteen(**tables: Any) -> Case:
    """Returns one hall with 16 accelerators from the first day on: 16 x 336 x 2 USD = 10,752."""
    return one_hall(gpus=16, **tables)


def crew(**fields: Any) -> list[Site]:
    return [Site(id="hall", owner="t", **fields)]


def two_halls(*workloads: Any, mw: float = 1.0, **tables: Any) -> Case:
    sites = [Site(id="hall", owner="t"), Site(id="room", owner="t")]
    steps = [step("hall", mw), step("room", mw)]
    return two_lots(**{"sites": sites, "steps": steps, "workloads": list(workloads), **tables})


def here_then_there(*later: str) -> Case:
    """Returns 8 accelerators, wanted at the hall in the first week (worth 5) and elsewhere in the second (worth 2)."""
    first = serving("t", "first", sites=("hall",), work_value_per_gpu_hour=5.0)
    levels = [demand("first", 8), demand("first", 0, 7), demand("then", 0), demand("then", 8, 7)]
    return two_halls(first, serving("t", "then", sites=later), lots=[lot("t", 8)], demand=levels)


def borrowed(*later: str) -> Case:
    """Returns the same with 8 that the owner of the halls has borrowed for the two weeks."""
    of = here_then_there(*later)
    deal = {
        "agreements": (agreement("loan", "a", "t"),),
        "legs": (leg("a", "t", 8, lot="a-lot", until_on=14),),
    }
    lots = {"lots": (lot("a", 8),), "organisations": (*of.organisations, Organisation(id="a"))}
    return of.model_copy(update={**deal, **lots, "horizon": weeks(3)})


def hall_then_room(second: int) -> Case:
    """Returns 8 for a hall where work is worth 5, and 8 more for a room where it is worth 2, from a day on."""
    work = [
        training("t", "dear", sites=("hall",), work_value_per_gpu_hour=5.0),
        training("t", sites=("room",)),
    ]
    lots = [lot("t", 8, 0, "first"), lot("t", 8, second, "second")]
    return two_halls(*work, lots=lots, steps=[step("hall", 0.008), step("room", 1.0)])


def gang_or_service(smallest: int) -> Case:
    """Returns 16 accelerators, a service in the room that wants 8 (worth 5), and a gang in the hall (worth 1)."""
    gang = training(
        "t", sites=("hall",), gang_gpus_min=smallest, gang_gpus_max=12, single_fabric=True, work_value_per_gpu_hour=1.0
    )
    service = serving("t", sites=("room",), work_value_per_gpu_hour=5.0)
    return two_halls(gang, service, lots=[lot("t", 16)], demand=[demand("t-serve", 8)])


def beside_old(**fields: Any) -> Case:
    """Returns 8 new accelerators in a hall where 8 of an old kind stand, which no work can use."""
    old = Sku(id="old", site_kw_per_gpu=1.0)
    return one_hall(
        gpus=8,
        skus=[H100, old],
        stock=[stock("t", "hall", 8, "old")],
        sites=crew(**fields),
        workloads=[training("t", skus=("h100",))],
    )


def hosted(**term: Any) -> Case:
    return case(
        "a",
        "b",
        lots=[lot("a", 8)],
        sites=[Site(id="hall", owner="b")],
        steps=[step("hall", 1.0)],
        workloads=[training("a")],
        agreements=[agreement("hosting", "a", "b")],
        legs=[leg("a", "b", 8, site="hall", **term)],
    )


def leased(gpus: int, **term: Any) -> Case:
    return case(
        "a",
        "b",
        lots=[lot("a", 8, 0, "first"), lot("a", 8, 7, "second")],
        sites=[Site(id="hall", owner="a")],
        steps=[step("hall", 1.0)],
        workloads=[training("b")],
        agreements=[agreement("capacity_lease", "a", "b")],
        legs=[leg("a", "b", gpus, site="hall", **term)],
    )


def dear_neighbour() -> Case:
    """Returns a's 8 accelerators, whose work is worth 1 to a and 2 to b."""
    return case(
        "a",
        "b",
        lots=[lot("a", 8)],
        sites=[Site(id="hall", owner="a")],
        steps=[step("hall", 1.0)],
        workloads=[training("a", work_value_per_gpu_hour=1.0), training("b")],
    )


ALL = two_lots()
FALLS = [step("hall", 0.016), step("hall", 0.005, 7)]
DARK = [step("hall", 0.016), step("hall", 0.0, 10)]
SLOTS_FALL = [step("hall", 1.0, 0, 16), step("hall", None, 7, 5)]

BITES: dict[str, Bite] = {
    # 8 x 336 + 8 x 168 = 4,032 against 16 x 336 = 5,376 GPU-hours
    "received": Bite(ALL, 2 * 4032, sixteen(), 2 * 5376),
    # What works at the hall stands there for good: 8 x 168 x 5 = 6,720. If both may run there: 8 x 168 x 2 more.
    "keeps_standing": Bite(here_then_there("room"), 6720, here_then_there(), 6720 + 2688),
    # 8 x 168 x 5, as above; and at the end they go back.
    "returns": Bite(borrowed("room"), 6720, borrowed(), 6720 + 2688, "as_agreed"),
    # 10 kW hold 10: 8 x 168 + 10 x 168 = 3,024
    "power": Bite(two_lots(steps=[step("hall", 0.01)]), 2 * 3024, ALL, 2 * 4032),
    "slots": Bite(two_lots(steps=[step("hall", 1.0, 0, 10)]), 2 * 3024, ALL, 2 * 4032),
    # 16 x 168 + 5 x 168 = 3,528
    "power_in_use": Bite(sixteen(steps=FALLS), 2 * 3528, sixteen(), 2 * 5376),
    # Room for 16, 8 stand, dark from the second Thursday on: 8 x 240 h, whatever the average of the power
    "goes_dark": Bite(
        one_hall(gpus=8, steps=[step("hall", 0.016), step("hall", 0.0, 10)]), 2 * 1920, one_hall(gpus=8), 2 * 2688
    ),
    "slots_in_use": Bite(sixteen(steps=SLOTS_FALL), 2 * 3528, sixteen(), 2 * 5376),
    # Thursday to the next Monday: 8 x 96 = 768; both weeks: 2,688
    "hosted": Bite(hosted(from_on=3, until_on=7), 2 * 768, hosted(), 2 * 2688, "as_agreed"),
    # 8 over both halls: 8 x 336; all 16: 16 x 336
    "hosted_together": Bite(hosted_anywhere(8), 2 * 2688, hosted_anywhere(16), 2 * 5376, "as_agreed"),
    # 4 a week, one after the other: 4 x 84, then 4 x 168 + 4 x 84: 1,344
    "commissioning": Bite(sixteen(sites=crew(commissioning_gpus_per_week=4)), 2 * 1344, sixteen(), 2 * 5376),
    # Ready after 10.5 days, for 3.5: 16 x 84 = 1,344
    "usable": Bite(sixteen(sites=crew(burn_in_days=10.5)), 2 * 1344, sixteen(), 2 * 5376),
    # From Thursday on, 11 days: 16 x 264 = 4,224
    "in_time": Bite(sixteen(lots=[lot("t", 16, 3)]), 2 * 4224, sixteen(), 2 * 5376),
    # 8 x 336 x 5 at the hall; at the room 8 from the second Thursday on, 96 h, and not what stands at the hall as well:
    # 13,440 + 8 x 96 x 2. From the second Monday on 8 x 168 x 2.
    # The hall opens on the second Wednesday: 8 x 120 h, and 8 x 48 h from Saturday on; all 16 there before: 16 x 120.
    "after_rise": Bite(
        one_hall(lots=[lot("t", 8, 0, "first"), lot("t", 8, 12, "second")], steps=[step("hall", 0.016, 9)]),
        2 * 1344,
        one_hall(lots=[lot("t", 16)], steps=[step("hall", 0.016, 9)]),
        2 * 1920,
    ),
    "in_turn": Bite(hall_then_room(10), 13_440 + 1_536, hall_then_room(7), 13_440 + 2_688),
    # The crew of 8 a week needs the first for what is new, 8 x 84 + 8 x 168 = 2,016; the old do not wait for it.
    "crew_turn": Bite(beside_old(commissioning_gpus_per_week=8), 2 * 2016, beside_old(), 2 * 2688),
    # The crew of 16 a week needs all of the first: 16 x 84 + 16 x 168 = 4,032
    "crew_pace": Bite(sixteen(sites=crew(commissioning_gpus_per_week=16)), 2 * 4032, sixteen(), 2 * 5376),
    # 4 for ten days: 4 x 240 = 960; more than there are: all of them
    "use_right": Bite(leased(4, until_on=10), 2 * 960, leased(100), 2 * 4032, "as_agreed"),
    # 5 x 336 = 1,680 over two halls of 8; as many as there are: 4,032
    "gang_size": Bite(
        two_halls(training("t", gang_gpus_max=5), mw=0.008),
        2 * 1680,
        two_halls(training("t"), mw=0.008),
        2 * 4032,
    ),
    "demand": Bite(
        two_lots(workloads=[serving("t")], demand=[demand("t-serve", 5)]),
        2 * 1680,
        two_lots(workloads=[serving("t")], demand=[demand("t-serve", 100)]),
        2 * 4032,
    ),
    # From Thursday on: 8 x 96 + 16 x 168 = 3,456
    "starts": Bite(two_lots(workloads=[training("t", start_on=day(3))]), 2 * 3456, ALL, 2 * 4032),
    "work": Bite(two_lots(workloads=[training("t", work_gpu_hours=2000.0)]), 2 * 2000, ALL, 2 * 4032),
    # 8 fit into each hall: on one, 8 x 336 = 2,688
    "single_site": Bite(
        two_halls(training("t", single_fabric=True), mw=0.008),
        2 * 2688,
        two_halls(training("t"), mw=0.008),
        2 * 4032,
    ),
    # 8 in the room are worth 8 x 336 x 5; the other 8 are no gang of 12, and 12 in the hall would cost 4 of the room.
    # A gang of any size adds 8 x 336 x 1.
    "gang_stands": Bite(gang_or_service(12), 13_440, gang_or_service(0), 13_440 + 2_688),
    # Power for ten days. 16 run on three days of the second week, which is not all through it: 16 x 168 = 2,688.
    # With duty 16 x 240 = 3,840.
    "strict_gang": Bite(
        sixteen(steps=DARK, workloads=[training("t", gang_gpus_min=10)]),
        2 * 2688,
        sixteen(steps=DARK, workloads=[training("t", gang_gpus_min=10)]),
        2 * 3840,
        limited_options={"strict": True},
    ),
    # a is promised 8 x 336 x 1 USD and keeps them; otherwise b uses them for 2 USD.
    "no_detriment": Bite(
        dear_neighbour(), 2688, dear_neighbour(), 5376, "shared", limited_options={"floor": {"a": 2688.0}}
    ),
}


@pytest.mark.parametrize("name", sorted(BITES))
def test_the_family_bites(name):
    bite = BITES[name]
    plan = solved(bite.limited, bite.run, **bite.limited_options)
    assert plan.total_value == pytest.approx(bite.limited_value, abs=0.1)
    assert plan.provenance.bound_value == pytest.approx(bite.limited_value, abs=0.1)


@pytest.mark.parametrize("name", sorted(BITES))
def test_the_family_does_not_bite(name):
    bite = BITES[name]
    plan = solved(bite.free, bite.run, **bite.free_options)
    assert plan.total_value == pytest.approx(bite.free_value, abs=0.1)
    assert plan.total_value > bite.limited_value


def test_every_family_is_here():
    assert set(BITES) == set(family_names())
