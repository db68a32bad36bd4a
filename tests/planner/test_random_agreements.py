"""Random agreements of every kind between two or three organisations: the run as agreed keeps every rule."""

import random
from typing import Any

import pytest
from hypothesis import assume, given

from armslength.model.agreement import Agreement, Leg
from armslength.model.case import Case, Horizon
from armslength.model.rules import problems
from armslength.model.supply import Lot, Site, Step
from armslength.planner.check import check
from armslength.planner.effort import Effort
from armslength.planner.runs import run_plan
from planner.cases_by_hand import MONDAY, agreement, case, day, leg, lot, step, training
from planner.random_cases import SEEDS, few

TITLE = ("redirect", "slot_swap")
KINDS = (*TITLE, "loan", "loan", "hosting", "capacity_lease", "contribution")


class Draw:
    """One random case from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names = ["a", "b", "c"][: self.random.choice([2, 2, 3])]
        self.days = 7 * self.random.choice([3, 5, 8])
        self.lots = [self.lot(number) for number in range(self.random.randint(1, 3))]
        self.sites: list[Site] = []
        self.steps: list[Step] = []
        for number in range(self.random.randint(1, 3)):
            self.hall(f"hall-{number}")
        self.agreements: list[Agreement] = []
        self.legs: list[Leg] = []
        for number in range(self.random.randint(1, 3)):
            self.agree(f"deal-{number}")

    def some_day(self, first: int = 0) -> int:
        return self.random.randint(first, self.days - 1)

    def lot(self, number: int) -> Lot:
        arrives = self.random.choice([-5, 0, 0, 7, self.some_day()])
        return lot(self.random.choice(self.names), self.random.randint(1, 60), arrives, f"lot-{number}")

    def hall(self, name: str) -> None:
        crew, burn_in = self.random.choice([None, None, 20]), self.random.choice([0.0, 0.0, 3.0, 9.0])
        owner = self.random.choice(self.names)
        self.sites.append(Site(id=name, owner=owner, commissioning_gpus_per_week=crew, burn_in_days=burn_in))
        opens = self.random.choice([-3, 0, 0, self.some_day()])
        self.steps.append(step(name, self.random.randint(5, 90) / 1000, opens))
        if self.random.random() < 0.4:
            self.steps.append(step(name, self.random.randint(0, 120) / 1000, self.some_day(1)))

    def agree(self, name: str) -> None:
        kind = self.random.choice(KINDS)
        first, second = self.random.sample(self.names, 2)
        open_loan = kind == "loan" and self.random.random() < 0.5
        recall = {"recalled_on": day(self.some_day()), "recall_notice_days": float(self.random.randint(0, 10))}
        state = self.random.choice(["in_force", "in_force", "approved", "ended"])
        row = agreement(kind, first, second, name=name, state=state, **(recall if open_loan else {}))
        self.agreements.append(row)
        for number in range(self.random.randint(1, 2)):
            turned = self.random.random() < 0.2
            giver, taker = (second, first) if turned else (first, second)
            self.leg(f"{name}-{number}", row, giver, taker, open_loan)

    def leg(self, name: str, row: Agreement, giver: str, taker: str, open_loan: bool) -> None:
        fields: dict[str, Any] = {"agreement": row.id}
        gpus = self.random.randint(1, 60)
        if row.kind in TITLE or (row.kind == "loan" and self.random.random() < 0.6):
            own = [held for held in self.lots if held.owner == giver]
            if not own:
                return
            chosen = self.random.choice(own)
            fields["lot"], gpus = chosen.id, self.random.randint(1, chosen.gpus)
        else:
            host = taker if row.kind == "hosting" else giver
            halls = [site.id for site in self.sites if site.owner == host]
            if halls and self.random.random() < 0.7:
                fields["site"] = self.random.choice(halls)
        if self.random.random() < 0.4:
            fields["from_on"] = self.some_day()
        if row.kind not in TITLE and not open_loan and self.random.random() < 0.5:
            fields["until_on"] = self.random.randint(fields.get("from_on", 0) + 1, self.days + 5)
        self.legs.append(leg(giver, taker, gpus, name, **fields))

    def case(self) -> Case:
        grid = self.random.choice(["week", "week", "four_weeks", "month"])
        work = [
            training(
                name,
                work_value_per_gpu_hour=float(self.random.randint(1, 5)),
                work_gpu_hours=self.random.choice([None, None, float(self.random.randint(100, 20_000))]),
                start_on=self.random.choice([None, None, day(self.some_day())]),
            )
            for name in self.names
        ]
        return case(
            *self.names,
            horizon=Horizon(start_on=MONDAY, end_on=day(self.days), grid=grid),  # type: ignore[arg-type]
            lots=self.lots,
            sites=self.sites,
            steps=self.steps,
            workloads=work,
            agreements=self.agreements,
            legs=self.legs,
        )


@few(40)
@given(SEEDS)
def test_any_agreements_give_a_plan_that_keeps_every_rule(seed):
    of = Draw(seed).case()
    assume(not [problem for problem in problems(of) if problem.severity == "error"])
    plan = run_plan(of, "as_agreed", Effort(gap_frac=1e-3))
    assert check(of, plan) == ()
    source = plan.provenance
    # Few accelerators: one that rounding leaves out may be dear, at most 5 USD for the time of the horizon.
    rounding = len(of.sites) * 5 * 24 * (of.horizon.end_on - of.horizon.start_on).days
    assert source.bound_value - source.objective_value <= 1e-3 * abs(source.bound_value) + rounding


def test_the_random_cases_are_mostly_valid_and_of_every_kind():
    drawn = [Draw(seed).case() for seed in range(150)]
    valid = [of for of in drawn if not [p for p in problems(of) if p.severity == "error"]]
    assert len(valid) >= 40
    assert {row.kind for of in valid for row in of.agreements} == set(KINDS)
    assert sum(plan_moves(of) for of in valid) == pytest.approx(len(valid), rel=0.5)


def plan_moves(of: Case) -> bool:
    """Whether any of the agreements that bind has a leg."""
    return any(row.agreement in {a.id for a in of.agreements if a.state != "proposed"} for row in of.legs)
