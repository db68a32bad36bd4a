"""Rules about supply, demand, questions and statements: what is wrong and what is right."""

from collections.abc import Callable
from typing import Any

import pytest

Said = Callable[..., list[str]]
Row = dict[str, Any]

SERVICE: list[Row] = [{"id": "service", "form": "serving"}]
DEMAND: list[Row] = [{"id": "d"}]
VALUELESS: list[Row] = [{"id": "w", "work_value_per_gpu_hour": None}]


def owner(name: str, *shares: Row, **more: Any) -> Row:
    return {"id": name, "owns": list(shares), **more}


def share(name: str, frac: float, day: str | None = None) -> Row:
    return {"organisation": name, "share_frac": frac} | ({"from_on": day} if day else {})


def question(**vary: Any) -> list[Row]:
    return [{"id": "q", "vary": [vary]}]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        # Organisations and what they own.
        (
            {"organisations": [owner("a", controlled_by="a")]},
            "error organisations[0].controlled_by: `a` controls its",
        ),
        (
            {"organisations": [owner("a", share("a", 0.1))]},
            "error organisations[0].owns[0].organisation: `a` owns",
        ),
        (
            {"organisations": [owner("a", share("c", 0.6)), owner("b", share("c", 0.5)), owner("c")]},
            "error organisations[1].owns[0].share_frac: the shares held in `c` add up to 1.1, more than the",
        ),
        (
            {"organisations": [owner("a", share("b", 0.1)), owner("b", share("a", 0.1))]},
            "warning organisations[1].owns: ownership runs in a circle: a -> b -> a",
        ),
        (
            {
                "organisations": [
                    owner("a", share("b", 0.1)),
                    owner("b", share("c", 0.1)),
                    owner("c", share("b", 0.1)),
                ]
            },
            "warning organisations[2].owns: ownership runs in a circle: b -> c -> b",
        ),
        # Sites, steps, stock.
        (
            {"steps": [{"id": "opens"}]},
            "error steps[0]: the step `opens` sets neither power_mw nor gpu_slots",
        ),
        (
            {"steps": [{"id": "s", "power_mw": 1.0}, {"id": "t", "power_mw": 2.0}]},
            "error steps[1].from_on: `t` and `s` both set power_mw of `hall` from 2024-01-01 (keep one; each",
        ),
        ({"steps": []}, "warning sites[0]: `hall` never opens: no step gives it power (add a row to `steps`"),
        (
            {"steps": [{"id": "s", "gpu_slots": 5}]},
            "warning sites[0]: `hall` never opens: no step gives it power",
        ),
        (
            {"steps": [{"id": "s", "power_mw": 5.0, "gpu_slots": 0}]},
            "warning sites[0]: `hall` never opens: no step gives it slots",
        ),
        (
            {"sites": [{"id": "hall", "pue_ratio": 1.3}]},
            "warning skus[0].it_kw_per_gpu: `hall` states a PUE, but the IT power of `k` is not given",
        ),
        # 8,000 at 1.4 kW draw 11.2 MW.
        (
            {"stock": [{"id": "s", "gpus": 8000}]},
            "warning stock[0].gpus: the stock at `hall` draws 11.2 MW; the site has 10.0 MW at the start",
        ),
        (
            {"stock": [{"id": "s"}], "steps": [{"id": "opens", "power_mw": 1.0, "gpu_slots": 5}]},
            "warning stock[0].gpus: the stock at `hall` is 10 accelerators; the site has 5 slots at the star",
        ),
        (
            {"stock": [{"id": "s"}], "steps": [{"id": "opens", "power_mw": 1.0, "from_on": "2024-02-01"}]},
            "warning stock[0].gpus: the stock at `hall` draws 0.0 MW; the site has 0.0 MW at the start",
        ),
        # Days outside the horizon.
        (
            {"lots": [{"id": "l", "expected_on": "2023-06-01"}, {"id": "m", "expected_on": "2023-07"}]},
            "warning lots[0].expected_on: `l`, `m` fall before the horizon starts: they count as received wh",
        ),
        (
            {"lots": [{"id": "l", "expected_on": "2025-01-01"}]},
            "warning lots[0].expected_on: `l` falls after the horizon ends: they are never received",
        ),
        (
            {"steps": [{"id": "s", "from_on": "2023-12-31", "power_mw": 1.0}]},
            "warning steps[0].from_on: `s` falls before the horizon starts: their level counts as already th",
        ),
        (
            {"steps": [{"id": "s", "from_on": "2026", "power_mw": 1.0}]},
            "warning steps[0].from_on: `s` falls after the horizon ends: they never take effect",
        ),
        # Workloads.
        (
            {"workloads": [{"id": "w", "form": "serving", "due_on": "2024-06-01"}]},
            "error workloads[0].due_on: due_on is for training; `w` is a service, whose size is its demand",
        ),
        (
            {"workloads": [{"id": "w", "form": "serving", "work_gpu_hours": 1.0}]},
            "error workloads[0].work_gpu_hours",
        ),
        (
            {"workloads": [{"id": "w", "form": "serving", "single_fabric": True}]},
            "error workloads[0].single_fabric",
        ),
        (
            {"workloads": [{"id": "w", "form": "serving", "gang_gpus_min": 1}]},
            "error workloads[0].gang_gpus_min",
        ),
        (
            {"workloads": [{"id": "w", "gang_gpus_min": 1024, "gang_gpus_max": 512}]},
            "error workloads[0].gang_gpus_min: the smallest gang of `w`, 1,024 is above the largest, 512",
        ),
        (
            {"workloads": [{"id": "w", "gang_gpus_max": 0}]},
            "warning workloads[0].gang_gpus_max: `w` runs on 0",
        ),
        (
            {"workloads": [{"id": "w", "start_on": "2024-06-01", "due_on": "2024-06-01"}]},
            "error workloads[0].due_on: `w` is due on 2024-06-01, not after its start on 2024-06-01",
        ),
        ({"workloads": [{"id": "w", "skus": ("k", "k")}]}, "error workloads[0].skus: `w` names one twice"),
        (
            {"workloads": [{"id": "w", "start_on": "2025-01-01"}]},
            "warning workloads[0].start_on: `w` starts on 2025-01-01, when the horizon has ended",
        ),
        (
            {"workloads": [{"id": "w", "due_on": "2023-06-01"}]},
            "warning workloads[0].due_on: `w` is due on 2023-06-01, before anything is planned",
        ),
        (
            {"workloads": SERVICE},
            "warning workloads[0]: the service `service` wants no accelerators (add a row to",
        ),
        (
            {"skus": [{"id": "k"}, {"id": "j"}], "workloads": [{"id": "w", "skus": ("j",)}]},
            "warning workloads[0].skus: `w` can use no accelerators: nobody has its SKUs (its SKUs: `j`",
        ),
        (
            {"workloads": [{"id": "w", "hardware_of": ("b",)}]},
            "warning workloads[0].skus: `w` can use no accelerators: nobody it may use has its SKUs",
        ),
        # 10 MW at 1.4 kW hold 7,142.
        (
            {"workloads": [{"id": "w", "gang_gpus_min": 7144}]},
            "warning workloads[0].gang_gpus_min: `w` needs 7,144 accelerators at a time; no site ever "
            "holds so many "
            "(the largest place it may use is `hall` with 7,143)",
        ),
        (
            {
                "workloads": [{"id": "w", "gang_gpus_min": 513}],
                "sites": [{"id": "hall", "fabric_gpus_max": 512}],
            },
            "warning workloads[0].gang_gpus_min: `w` needs 513 accelerators at a time",
        ),
        (
            {
                "workloads": [{"id": "w", "kind": "trainig"}],
                "skus": [{"id": "k", "throughput_ratio": {"training": 1.0}}],
            },
            "warning workloads[0].kind: no SKU states a throughput ratio for `trainig`, so all count "
            "as equal for `w` "
            "(did you mean training?)",
        ),
        # Demand, prices, offers.
        (
            {"demand": [{"id": "d", "workload": "run"}]},
            "error demand[0].workload: `run` is training, whose size is work_gpu_hours, but `d` states a dem",
        ),
        (
            {"workloads": SERVICE, "demand": [{"id": "d"}, {"id": "e"}]},
            "error demand[1].from_on: `e` and `d` both give the demand of `service` from 2024-01-01",
        ),
        (
            {"prices": [{"id": "p"}, {"id": "q"}]},
            "error prices[1].from_on: `q` and `p` both give the price of `k` from 2024-01-01",
        ),
        (
            {"prices": [{"id": "p", "market_price_per_gpu_hour_low": 2.5}]},
            "error prices[0].market_price_per_gpu_hour: the price of 2 USD per GPU-hour is outside its own r",
        ),
        (
            {"alternatives": [{"id": "x", "until_on": "2024-01-01"}]},
            "error alternatives[0].until_on: the offer `x` ends on 2024-01-01, not after it begins on 2024-0",
        ),
        (
            {"workloads": VALUELESS},
            "error workloads[0].work_value_per_gpu_hour: `w` has no stated value, and `prices` has no "
            "price in the "
            "horizon (state it in USD per GPU-hour, or add a row to `prices` from 2024-01-01 or earlier)",
        ),
        (
            {"workloads": VALUELESS, "prices": [{"id": "p", "from_on": "2025-01-01"}]},
            "error workloads[0].work_value_per_gpu_hour: `w` has no stated value, and `prices` has no price",
        ),
        (
            {"workloads": VALUELESS, "prices": [{"id": "p", "from_on": "2024-03-01"}]},
            "warning workloads[0].work_value_per_gpu_hour: `w` has no stated value, and no SKU it can "
            "use has a price "
            "before 2024-03-01",
        ),
        (
            {
                "workloads": [VALUELESS[0] | {"skus": ("k",)}],
                "skus": [{"id": "k"}, {"id": "j"}],
                "prices": [{"id": "p", "sku": "j"}],
            },
            "warning workloads[0].work_value_per_gpu_hour: `w` has no stated value, and no SKU it can use ha",
        ),
        # Questions and statements.
        (
            {"questions": question(dates_on=["2024-01-01"])},
            "error questions[0].vary[0]: names neither a step nor a",
        ),
        (
            {"questions": question(step="opens", lot="lot", dates_on=["2024-01-01"])},
            "error questions[0].vary[0].lot: names both a step and a lot",
        ),
        ({"questions": question(step="opens")}, "error questions[0].vary[0]: gives no values to try"),
        (
            {"questions": question(step="opens", dates_on=["2024-01-01"], levels_mw=(1.0,))},
            "error questions[0].vary[0].levels_mw: varies days and power levels at once",
        ),
        (
            {"questions": question(lot="lot", levels_mw=(1.0,))},
            "error questions[0].vary[0].levels_mw: a lot has no power level",
        ),
        (
            {"questions": question(step="opens", levels_mw=(-1.0,))},
            "error questions[0].vary[0].levels_mw: holds a negative power level",
        ),
        (
            {"questions": [{"id": "q", "vary": [{"step": "opens", "levels_mw": (1.0,)}] * 2}]},
            "error questions[0].vary[1]: `q` varies the same fact twice",
        ),
        (
            {"statements": [{"id": "s", "forward_looking": True, "by_on": "2023"}]},
            "warning statements[0].by_on: `s` speaks of the future, but of 2023-07-02, before it was said",
        ),
        (
            {"statements": [{"id": "s", "metric": "money_spent"}]},
            "error statements[0].unit: `s` counts money_spent in gpus",
        ),
    ],
)
def test_what_is_wrong(said: Said, changes: dict[str, Any], line: str) -> None:
    found = said(**changes)
    assert [problem for problem in found if problem.startswith(line)], found


@pytest.mark.parametrize(
    "changes",
    [
        {
            "organisations": [
                owner("a", share("b", 0.5), controlled_by="someone"),
                owner("b"),
                owner("c", share("b", 0.5)),
            ]
        },
        # One holder's share from one day and a larger one from a later day are not added.
        {
            "organisations": [
                owner("a", share("b", 0.6, "2023-01-01"), share("b", 0.7, "2024-01-01")),
                owner("b"),
            ]
        },
        {"steps": [{"id": "s", "power_mw": 1.0}, {"id": "t", "gpu_slots": 5}]},
        {"steps": [{"id": "s", "power_mw": 1.0}, {"id": "t", "power_mw": 2.0, "from_on": "2024-05-01"}]},
        {"sites": [{"id": "hall", "pue_ratio": 1.3}], "skus": [{"id": "k", "it_kw_per_gpu": 1.0}]},
        {"stock": [{"id": "s", "gpus": 7142}]},
        {"workloads": SERVICE, "demand": DEMAND},
        {"workloads": [{"id": "w", "gang_gpus_min": 7142}]},
        {"workloads": [{"id": "w", "hardware_of": ("a",), "sites": ("hall",), "skus": ("k",)}]},
        {"workloads": VALUELESS, "prices": [{"id": "p"}]},
        {"workloads": [{"id": "w", "kind": "rendering"}]},
        {"lots": [], "alternatives": [{"id": "rent"}]},
        {"questions": question(step="opens", dates_on=["2024-01-01"])},
        {
            "questions": [
                {
                    "id": "q",
                    "vary": [
                        {"step": "opens", "levels_mw": (1.0,)},
                        {"step": "opens", "dates_on": ["2024-02-01"]},
                    ],
                }
            ]
        },
        {"statements": [{"id": "s", "metric": "money_spent", "unit": "currency"}]},
    ],
)
def test_what_is_right(said: Said, changes: dict[str, Any]) -> None:
    assert said(**changes) == []
