"""The same for plans made by the planner: nothing is wrong, and one unit more or less is noticed."""

from pathlib import Path

import pytest

from armslength.connectors.case_file import read_case
from armslength.model.plan import Plan
from armslength.planner.check import check
from armslength.service.planning import plan_case
from planner.test_check_mutation import unseen

CASES = Path(__file__).resolve().parents[2] / "cases"


@pytest.mark.parametrize("name", ["worked-example", "power-binds"])
def test_planned_and_every_number_changed_by_one_unit_is_noticed(name: str) -> None:
    comparison = plan_case(read_case(CASES / name))
    alone: Plan | None = None
    for plan in comparison.plans:
        assert check(comparison.case, plan, alone) == ()
        assert unseen(comparison.case, plan, alone) == []
        alone = alone or plan
