"""The same for plans made by the planner: nothing is wrong, and one unit more or less is noticed."""

from pathlib import Path

import pytest

from armslength.connectors.case_file import read_case
from armslength.model.plan import Plan
from armslength.planner.check import check
from armslength.service.planning import plan_case
from planner.test_check_mutation import unseen

CASES = Path(__file__).resolve().parents[2] / "cases"


# The steps up and down alternate, so that an odd number takes both.
@pytest.mark.parametrize(("name", "every"), [("worked-example", 5), ("power-binds", 1)])
def test_planned_and_a_number_changed_by_one_unit_is_noticed(name: str, every: int) -> None:
    comparison = plan_case(read_case(CASES / name).model_copy(update={"questions": ()}))
    alone: Plan | None = None
    for plan in comparison.plans:
        assert check(comparison.case, plan, alone) == ()
        assert unseen(comparison.case, plan, alone, every=every) == []
        alone = alone or plan
