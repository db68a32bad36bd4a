"""Each rule bites: a plan that breaks it is told so, in words, and one at the limit is not."""

import ast
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

import armslength.planner.check as check_module
from armslength.model.agreement import Agreement, Leg
from armslength.model.case import Case, Sharing
from armslength.model.demand import Demand
from armslength.model.digest import case_digest
from armslength.model.noun import on_day
from armslength.model.plan import Plan
from armslength.model.supply import Step
from armslength.planner.check import RULES, check
from armslength.planner.check_findings import Family
from planner.test_check_examples import (
    EXAMPLES,
    hall_alone_plan,
    hall_case,
    hall_shared_plan,
    loan_case,
    loan_plan,
)
from planner.test_check_redirect import redirect_case, redirect_plan

PART_OF_THE_CHECK = "armslength.planner.check"
ALLOWED = ("armslength.errors", "armslength.units", "armslength.model.", PART_OF_THE_CHECK)


def row(noun: Any, table: str, index: int, **changed: Any) -> Any:
    """Returns a case or plan with one row of a table changed."""
    rows = list(getattr(noun, table))
    rows[index] = rows[index].model_copy(update=changed)
    return noun.model_copy(update={table: tuple(rows)})


def told(case: Case, plan: Plan, family: str, alone: Plan | None = None) -> list[str]:
    return [str(problem) for problem in check(case, plan, alone) if problem.place.startswith(f"{family}:")]


def imports_of(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module
            found.add(node.module)
    return found


def test_the_check_shares_no_code_with_what_makes_plans() -> None:
    folder = Path(check_module.__file__).parent
    waiting, seen = {PART_OF_THE_CHECK}, set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        for imported in imports_of(folder / f"{name.rpartition('.')[2]}.py"):
            if imported.startswith("armslength"):
                assert imported.startswith(ALLOWED), f"{name} imports {imported}"
                if imported.startswith(PART_OF_THE_CHECK) and imported not in seen:
                    waiting.add(imported)
            else:
                top = imported.partition(".")[0]
                assert top in sys.stdlib_module_names, f"{name} imports {imported}"
    files = {f"armslength.planner.{file.stem}" for file in folder.glob("check*.py")}
    assert seen == files, "a part of the check that nothing uses, or that was not looked at"


def test_every_rule_has_a_sentence() -> None:
    assert set(get_args(Family)) == set(RULES)
    assert all(sentence.endswith(".") and len(sentence) > 20 for sentence in RULES.values())


# What is changed in case and plan, the rule, and part of what is said.
Break = Callable[[Case, Plan], tuple[Case, Plan]]
BROKEN: dict[str, tuple[str, Break, str, str]] = {
    "period begins a day late": (
        "hall alone",
        lambda case, plan: (case, row(plan, "periods", 1, start_on=date(2025, 1, 14))),
        "periods",
        "from 2025-01-14 to 2025-01-20; the grid says 2025-01-13 to 2025-01-20",
    ),
    "one received too many": (
        "redirect as agreed",
        lambda case, plan: (case, row(plan, "supplies", 0, received_gpus=6_001)),
        "received",
        "t, h100, period from 2024-01-01: the plan has 6,001 GPUs received, the case 6,000 GPUs",
    ),
    "lot comes late": (
        "hall shared",
        lambda case, plan: (row(case, "lots", 0, expected_on=on_day(date(2025, 1, 13))), plan),
        "received",
        "lab, h200, period from 2025-01-06: 70 GPUs installed, 0 GPUs received: 70 GPUs too many",
    ),
    "moved away": (
        "hall alone",
        lambda case, plan: (case, plan.model_copy(update={"holdings": plan.holdings[:2]})),
        "keeps_standing",
        "university, a100, period from 2025-01-20: 20 GPUs fewer at hall, while 0 GPUs have to be",
    ),
    "power": (
        "hall shared",
        lambda case, plan: (row(case, "steps", 0, power_mw=0.159), plan),
        "power",
        "0.16 MW installed, 0.159 MW there: 0.001 MW too much",
    ),
    "power falls in the last week": (
        "hall alone",
        lambda case, plan: (
            case.model_copy(
                update={
                    "steps": (
                        *case.steps,
                        Step(id="cut", site="hall", from_on=on_day(date(2025, 1, 20)), power_mw=0.01),
                    )
                }
            ),
            plan,
        ),
        "power",
        "0.02 MW used on average, 0.01 MW there: 0.01 MW too much",
    ),
    "slots": (
        "hall shared",
        lambda case, plan: (row(case, "steps", 0, gpu_slots=89), plan),
        "slots",
        "90 GPUs installed in 89 slots: 1 GPUs too many",
    ),
    "commissioning": (
        "hall shared",
        lambda case, plan: (row(case, "sites", 0, commissioning_gpus_per_week=69), plan),
        "commissioning",
        "site hall, period from 2025-01-06: 70 GPUs commissioned; 69 GPUs a week for 7 days allow 69 GPUs",
    ),
    "usable": (
        "hall shared",
        lambda case, plan: (row(case, "sites", 0, burn_in_days=2.0), plan),
        "usable",
        "site hall, period from 2025-01-06: 7,680 GPU-hours usable, 6,360 possible",
    ),
    "use": (
        "hall alone",
        lambda case, plan: (case, row(plan, "uses", 0, used_gpu_hours=3_361.0)),
        "use",
        "at hall, period from 2025-01-06: 3,361 GPU-hours used of 3,360 usable: 1 GPU-hours too many",
    ),
    "alone on another's hardware": (
        "hall shared",
        lambda case, plan: (case, plan.model_copy(update={"run": "alone"})),
        "permission",
        "lab's h200 at hall, used by university: 4,960 GPU-hours used; alone, nobody uses another's",
    ),
    "lease not allowed": (
        "hall shared",
        lambda case, plan: (case.model_copy(update={"sharing": Sharing(kinds=("hosting",))}), plan),
        "permission",
        "lab's h200 at hall, used by university: 4,960 GPU-hours used; no allowed agreement leads there",
    ),
    "not in one group": (
        "hall shared",
        lambda case, plan: (
            case.model_copy(update={"sharing": Sharing(groups=(("lab",), ("university",)))}),
            plan,
        ),
        "permission",
        "deal h: lab and university are in no group together",
    ),
    "workload may not run there": (
        "hall alone",
        lambda case, plan: (row(case, "workloads", 0, sites=("elsewhere",)), plan),
        "permission",
        "at hall, period from 2025-01-06: uses 3,360 GPU-hours on hall; allowed: elsewhere",
    ),
    "before its first day": (
        "hall alone",
        lambda case, plan: (row(case, "workloads", 0, start_on=date(2025, 1, 9)), plan),
        "permission",
        "uses 3,360 GPU-hours; from its first day on, what stands there gives 1,920 GPU-hours",
    ),
    "lease too small": (
        "loan as agreed",
        lambda case, plan: (row(case, "legs", 2, until_on=on_day(date(2025, 1, 26))), plan),
        "permission",
        "a used by b, period from 2025-01-20: 168 GPU-hours used; agreements in force allow 144: 24",
    ),
    "hosting too small": (
        "loan as agreed",
        lambda case, plan: (row(case, "legs", 1, gpus=3), plan),
        "permission",
        "a at sites of b, period from 2025-01-06: 4 GPUs installed; hosting legs allow 3 GPUs",
    ),
    "gang too large": (
        "hall shared",
        lambda case, plan: (row(case, "workloads", 0, gang_gpus_max=39), plan),
        "gang_size",
        "6,600 GPU-hours used; at most 39 GPUs for 168 hours are 6,552 GPU-hours: off by 48 GPU-hours",
    ),
    "gang too small": (
        "hall alone",
        lambda case, plan: (
            row(case, "workloads", 0, gang_gpus_min=21),
            plan.model_copy(update={"strict_gangs": True}),
        ),
        "gang_size",
        "3,360 GPU-hours used; at least 21 GPUs for 168 hours are 3,528 GPU-hours: off by 168 GPU-hours",
    ),
    "two fabrics": (
        "hall shared",
        lambda case, plan: (row(case, "workloads", 0, single_fabric=True), plan),
        "single_site",
        "workload sim: uses 2 fabrics: a100 at hall, h200 at hall",
    ),
    "fabric too small": (
        "hall alone",
        lambda case, plan: (
            row(row(case, "workloads", 0, single_fabric=True), "sites", 0, fabric_gpus_max=19),
            plan,
        ),
        "single_site",
        "3,360 GPU-hours used on a fabric of 19 GPUs, which gives 3,192 GPU-hours",
    ),
    "too much work": (
        "hall shared",
        lambda case, plan: (row(case, "workloads", 0, work_gpu_hours=19_999.0), plan),
        "work",
        "workload sim: 20,000 GPU-hours of 19,999 done: 1 GPU-hours too many",
    ),
    "demand": (
        "hall shared",
        lambda case, plan: (row(case, "demand", 0, wanted_gpus=99.0), plan),
        "demand",
        "16,800 GPU-hours served, 16,632 wanted: 168 GPU-hours too many",
    ),
    "market price": (
        "hall shared",
        lambda case, plan: (row(case, "prices", 1, from_on=date(2025, 1, 17)), plan),
        "value",
        "workload chat, worth of its work: 72,600 stated, 71,400 EUR recomputed: off by 1,200",
    ),
    "lateness": (
        "hall alone",
        lambda case, plan: (row(case, "workloads", 0, due_on=date(2025, 1, 20)), plan),
        "value",
        "workload sim, lateness: 929.6 stated, 406 EUR recomputed: off by 523.6",
    ),
    "idle": (
        "hall shared",
        lambda case, plan: (case, plan.model_copy(update={"idle": plan.idle[1:]})),
        "idle",
        "lab, h200, period from 2025-01-06, used and idle: 4,320 stated, 11,760 GPU-hours received",
    ),
    "bound below the plan": (
        "hall alone",
        lambda case, plan: (
            case,
            plan.model_copy(update={"provenance": plan.provenance.model_copy(update={"bound_value": 19_000.0})}),
        ),
        "bookkeeping",
        "bound: 19,000 EUR is below the plan's own 19,230.4 EUR",
    ),
    "unknown name": (
        "hall alone",
        lambda case, plan: (case, row(plan, "holdings", 0, site="haul")),
        "bookkeeping",
        "holding of organisation university, SKU a100, site haul, period 0: the case has no site haul",
    ),
    "no number": (
        "hall alone",
        lambda case, plan: (case, row(plan, "uses", 0, used_gpu_hours=float("nan"))),
        "bookkeeping",
        "amounts must be numbers of 0 or more, not nan",
    ),
    "case changed since": (
        "hall alone",
        lambda case, plan: (case.model_copy(update={"title": "another"}), plan),
        "bookkeeping",
        "case hall: the case has changed since it was planned",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_told_with_place_and_amount(name: str) -> None:
    example, change, family, words = BROKEN[name]
    case, plan, alone = EXAMPLES[example]
    said = told(*change(case, plan), family, alone)
    assert any(words in sentence for sentence in said), said


def test_the_last_table_row_reaches_every_rule() -> None:
    assert {family for _, _, family, _ in BROKEN.values()} | {"no_detriment"} == set(RULES)


def test_in_kind_nobody_may_be_below_alone_and_with_money_only_the_total_may_not() -> None:
    case, plan, alone = hall_case(), hall_shared_plan(), hall_alone_plan()
    rich = row(alone, "results", 0, own_value=50_000.0)
    said = told(case, plan, "no_detriment", rich)
    assert len(said) == 1
    assert "university: its own work is worth 39,609.4 EUR, alone 50,000: 10,390.6 EUR short" in said[0]
    money = case.model_copy(update={"sharing": Sharing(no_detriment="money")})
    assert told(money, plan, "no_detriment", rich) == []
    richest = row(alone, "results", 0, own_value=120_000.0)
    assert "worth 112,209.4 EUR, alone 120,000: 7,790.6 EUR short" in told(money, plan, "no_detriment", richest)[0]
    assert "run shared" in told(case, plan, "no_detriment", plan)[0]


def test_nothing_is_told_twice_for_a_plan_that_only_takes_what_another_run_allows() -> None:
    # The swap carried out without the agreement: only titles are wrong, and every month says so.
    said = {problem.place.partition(":")[0] for problem in check(redirect_case(), redirect_plan("as_agreed"))}
    assert said == set()
    unsigned = row(redirect_case(), "agreements", 0, state="proposed")
    said = {problem.place.partition(":")[0] for problem in check(unsigned, redirect_plan("as_agreed"))}
    assert said == {"received", "idle", "usable", "bookkeeping"}


def test_a_loan_without_a_lot_opens_use_until_it_is_recalled() -> None:
    case = loan_case()
    agreements = (
        *case.agreements[:2],
        Agreement(id="lease", kind="loan", parties=("a", "b"), state="approved", recalled_on=date(2025, 1, 20)),
    )
    said = told(case.model_copy(update={"agreements": agreements}), loan_plan(), "permission")
    assert said == [
        "permission: h100 at sb, a used by b, period from 2025-01-20: 168 GPU-hours used; "
        "agreements in force allow 0: 168 GPU-hours too many (rule: " + RULES["permission"] + ")"
    ]


def test_only_lots_not_yet_received_can_be_redirected() -> None:
    case, plan = hall_case(), hall_shared_plan()
    redirect = case.model_copy(update={"sharing": Sharing(kinds=("redirect",))})
    # The lot arrives on the first day, so the university may hold and use all; the lab may not use it there.
    said = told(redirect, plan, "permission")
    assert any("used by lab" in sentence for sentence in said)
    assert not any("used by university" in sentence for sentence in said)
    early = row(redirect, "lots", 0, expected_on=on_day(date(2025, 1, 5)))
    assert any("4,960" not in s and "1,320 GPU-hours used by others" in s for s in told(early, plan, "permission"))


def test_demand_before_its_first_day_is_nothing() -> None:
    case = hall_case().model_copy(
        update={"demand": (Demand(id="d", workload="chat", from_on=date(2025, 1, 9), wanted_gpus=100.0),)}
    )
    # 4 of 7 days, 9,600 of 16,800; the plan serves 6,000 in week 0, so only what it says is wanted is wrong.
    assert told(case, hall_shared_plan(), "demand") == []
    assert any("50,400 stated, 43,200" in s for s in told(case, hall_shared_plan(), "bookkeeping"))


def test_a_leg_may_name_its_lot_in_place_of_a_sku() -> None:
    case = loan_case()
    leg = Leg(id="l2", agreement="host", giver="a", taker="b", lot="own", gpus=4)
    named = case.model_copy(update={"legs": (case.legs[0], leg, case.legs[2])})
    assert check(named, loan_plan().model_copy(update={"case_digest": case_digest(named)})) == ()
