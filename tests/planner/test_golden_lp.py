"""Each family of rules as rows of a program: two lots, two weeks, all other families off.

The files in tests/golden/lp are what is reviewed. Each case below says what to look for in its file.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from armslength.model.case import Case, Run
from armslength.model.supply import Site, Sku
from armslength.planner.build import FAMILIES, family_names
from planner.cases_by_hand import (
    H100,
    agreement,
    case,
    day,
    demand,
    hosted_anywhere,
    leg,
    lot,
    serving,
    step,
    training,
    two_lots,
)
from planner.lp_text import family_text, rows_of_family

FOLDER = Path(__file__).resolve().parents[1] / "golden" / "lp"


@dataclass(frozen=True)
class Example:
    """A case in which a family has rows, and what to look for in them."""

    of: Case
    look_for: str
    run: Run = "alone"
    options: dict[str, Any] = field(default_factory=dict)


def two_halls(**tables: Any) -> Case:
    """Returns a lot of 8 for each of two weeks, and two halls of the same owner."""
    sites = [Site(id="hall", owner="t"), Site(id="room", owner="t")]
    return two_lots(sites=sites, steps=[step("hall", 0.008), step("room", 0.008)], **tables)


def lent(until: int | None = None) -> Case:
    """Returns two owners, a lot and a hall each; a lends its 8 to b, until a day or for good."""
    return case(
        "a",
        "b",
        lots=[lot("a", 8), lot("b", 4)],
        sites=[Site(id="hall", owner="a"), Site(id="room", owner="b")],
        steps=[step("hall", 0.012), step("room", 0.012)],
        workloads=[training("a"), training("b")],
        agreements=[agreement("loan", "a", "b")],
        legs=[leg("a", "b", 8, lot="a-lot", until_on=until)],
    )


def hosted() -> Case:
    """Returns a's 8 at b's hall from Thursday to the second Thursday, and 4 of b."""
    return case(
        "a",
        "b",
        lots=[lot("a", 8), lot("b", 4)],
        sites=[Site(id="hall", owner="b")],
        steps=[step("hall", 0.012)],
        workloads=[training("a"), training("b")],
        agreements=[agreement("hosting", "a", "b")],
        legs=[leg("a", "b", 8, site="hall", from_on=3, until_on=10)],
    )


def leased() -> Case:
    """Returns 8 and 8 of a, of which b may use 4 for ten days."""
    return case(
        "a",
        "b",
        lots=[lot("a", 8, 0, "first"), lot("a", 8, 7, "second")],
        sites=[Site(id="hall", owner="a")],
        steps=[step("hall", 0.016)],
        workloads=[training("a"), training("b")],
        agreements=[agreement("capacity_lease", "a", "b")],
        legs=[leg("a", "b", 4, site="hall", until_on=10)],
    )


def site(**fields: Any) -> list[Site]:
    return [Site(id="hall", owner="t", **fields)]


TWICE = Sku(id="twice", site_kw_per_gpu=2.0, throughput_ratio={"training": 2.0, "serving": 2.0})
MIXED = {"skus": [H100, TWICE], "lots": [lot("t", 8, 0, "first"), lot("t", 8, 7, "second", sku="twice")]}

EXAMPLES: dict[str, Example] = {
    "received": Example(two_lots(), "8 by the end of the first week, 16 of the second"),
    "keeps_standing": Example(lent(until=10), "b gives 8 back, so its rows only say what moved in", "as_agreed"),
    "returns": Example(lent(until=10), "b hands back 8 in the second week, and nothing before", "as_agreed"),
    "power": Example(
        two_lots(steps=[step("hall", 0.012), step("hall", 0.016, 7)]), "1 kW is 0.001 MW; 0.012 and 0.016 MW"
    ),
    "slots": Example(two_lots(steps=[step("hall", 1.0, 0, 10), step("hall", None, 7, 20)]), "10 slots, then 20"),
    "power_in_use": Example(
        two_lots(steps=[step("hall", 0.016), step("hall", 0.009, 9)]),
        "only the second week: 2/7 of 0.016 and 5/7 of 0.009 MW are 0.011 MW",
    ),
    "goes_dark": Example(
        two_lots(steps=[step("hall", 0.016), step("hall", 0.009, 9)]),
        "all that stands for 2/7 of the second week, 9 kW for 5/7",
    ),
    "slots_in_use": Example(
        two_lots(steps=[step("hall", 1.0, 0, 16), step("hall", None, 9, 9)]), "16 x 2/7 + 9 x 5/7 = 11"
    ),
    "hosted_together": Example(hosted_anywhere(), "8 in both halls together", "as_agreed"),
    "hosted": Example(hosted(), "8 x 4/7 in the first week; in the second they go home", "as_agreed"),
    "commissioning": Example(two_lots(sites=site(commissioning_gpus_per_week=5)), "5 a week"),
    "usable": Example(
        two_lots(sites=site(burn_in_days=10.5)),
        "all of the week is lost on what is commissioned in it, half of the next",
    ),
    "in_time": Example(
        two_lots(lots=[lot("t", 7, 3, "first"), lot("t", 7, 12, "second")]),
        "7 from Thursday: 4/7 of a week; then 7 for all of a week, the next 7 for 2/7",
    ),
    "after_rise": Example(
        two_lots(lots=[lot("t", 8, 0, "first"), lot("t", 8, 12, "second")], steps=[step("hall", 0.016, 9)]),
        "the hall opens on the second Wednesday; what comes on Saturday waits 3/7 of the week longer",
    ),
    "in_turn": Example(
        two_halls(lots=[lot("t", 8, 0, "first"), lot("t", 7, 12, "second")]),
        "7 for 2/7 of the second week; of the first 8, those not yet standing count in full",
    ),
    "crew_pace": Example(
        two_lots(sites=site(commissioning_gpus_per_week=8)),
        "straight lines, none below added x added / 16; at 8 added, 4 are lost",
    ),
    "crew_turn": Example(
        two_lots(**MIXED, steps=[step("hall", 1.0)], sites=site(commissioning_gpus_per_week=8)),
        "who comes last in the crew's week loses all of it at most",
    ),
    "use_right": Example(leased(), "b's 4: all of the first week, 3/7 of the second", "as_agreed"),
    "gang_size": Example(
        two_halls(workloads=[training("t", gang_gpus_max=7, start_on=day(3))]),
        "7 x 4/7, then 7, over both halls",
    ),
    "demand": Example(
        two_lots(
            **MIXED,
            steps=[step("hall", 1.0)],
            workloads=[serving("t")],
            demand=[demand("t-serve", 7), demand("t-serve", 14, 10)],
        ),
        "7, then 7 x 3/7 + 14 x 4/7 = 11; the second SKU counts double",
    ),
    "starts": Example(
        two_lots(workloads=[training("t", start_on=day(3))]), "4/7 of what stands, in the first week only"
    ),
    "work": Example(
        two_lots(**MIXED, workloads=[training("t", work_gpu_hours=2000.0)]),
        "168 hours a week; the second SKU does 336",
    ),
    "single_site": Example(two_halls(workloads=[training("t", single_fabric=True)]), "one of two halls, or none"),
    "gang_stands": Example(
        two_lots(workloads=[training("t", gang_gpus_min=12, single_fabric=True)]),
        "12 can stand only in the second week",
    ),
    "strict_gang": Example(
        two_lots(workloads=[training("t", gang_gpus_min=7, gang_gpus_max=14, start_on=day(3))]),
        "4 on average in the week it starts, then 7, or nothing",
        options={"strict": True},
    ),
    "no_detriment": Example(
        lent(),
        "only b was promised something: 4 accelerators x 336 hours x 2 USD",
        "as_agreed",
        {"floor": {"b": 2688.0}},
    ),
}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_the_rows_of_a_family(family, golden):
    name = family.__name__
    example = EXAMPLES[name]
    program = rows_of_family(family, example.of, example.run, **example.options)
    assert family.__doc__ is not None
    title = f"{name}: {family.__doc__.splitlines()[0]}\nHere: {example.look_for}."
    golden(f"lp/{name}.txt", family_text(title, program))


def test_every_family_has_its_golden_file_and_no_other():
    names = set(family_names())
    assert set(EXAMPLES) == names
    assert {file.stem for file in FOLDER.glob("*.txt")} == names


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.txt")), ids=lambda file: file.stem)
def test_a_golden_file_fits_on_a_screen(file):
    assert 6 <= len(file.read_text(encoding="utf-8").splitlines()) <= 50
