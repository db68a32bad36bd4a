"""Changing any number of a good plan by one unit makes the check fail; what it cannot see is listed."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from pydantic import BaseModel

from armslength.model.case import Case
from armslength.model.plan import Binding, Plan
from armslength.planner.check import check
from planner.test_check_examples import EXAMPLES

# Numbers which may change by one unit and leave another right plan, or which only the solver can know.
NOT_SEEN: dict[str, str] = {
    "Binding.marginal_value": "a dual price: only solving again could tell another value apart",
    "Binding.period_index": "which of the periods a rule binds in is part of the same dual statement",
}


def mutations(noun: BaseModel) -> Iterator[tuple[str, Any]]:
    """Yields (``Noun.field``, noun with one number one unit up or down), for every number at any depth."""
    for name, value in noun:
        label = f"{type(noun).__name__}.{name}"
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            for step in (1, -1):
                yield label, noun.model_copy(update={name: value + step})
        elif isinstance(value, BaseModel):
            for inner, changed in mutations(value):
                yield inner, noun.model_copy(update={name: changed})
        elif isinstance(value, tuple):
            for i, row in enumerate(value):
                if isinstance(row, BaseModel):
                    for inner, changed in mutations(row):
                        yield inner, noun.model_copy(update={name: (*value[:i], changed, *value[i + 1 :])})


def unseen(case: Case, plan: Plan, alone: Plan | None, *, every: int = 1) -> list[str]:
    """Returns the fields of which some change by one unit goes unnoticed, with how often.

    Large plans repeat each field for every period: ``every`` looks at each so many-th change only.
    """
    missed: dict[str, int] = {}
    for label, changed in islice(mutations(plan), 0, None, every):
        if label not in NOT_SEEN and not check(case, changed, alone):
            missed[label] = missed.get(label, 0) + 1
    return [f"{label}: {count} times" for label, count in missed.items()]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_number_changed_by_one_unit_is_noticed(name: str) -> None:
    assert unseen(*EXAMPLES[name]) == []


def test_the_descent_reaches_every_number_of_a_plan() -> None:
    binding = Binding(family="power", key=("hall",), period_index=0, marginal_value=1.0, unit="MW", text="")
    _, plan, _ = EXAMPLES["hall shared"]
    reached = {label for label, _ in mutations(plan.model_copy(update={"bindings": (binding,)}))}
    assert reached == {
        "Period.counted_hours",
        "Supply.period_index",
        "Supply.received_gpus",
        "Supply.received_gpu_hours",
        "Holding.period_index",
        "Holding.installed_gpus",
        "Holding.usable_gpu_hours",
        "Use.period_index",
        "Use.used_gpu_hours",
        "WorkloadResult.done_gpu_hours",
        "WorkloadResult.wanted_gpu_hours",
        "WorkloadResult.work_value",
        "WorkloadResult.lateness_cost",
        "WorkloadResult.use_cost",
        "OrganisationResult.own_value",
        "OrganisationResult.used_gpu_hours",
        "OrganisationResult.usable_gpu_hours",
        "OrganisationResult.received_gpu_hours",
        "OrganisationResult.idle_gpu_hours",
        "Idle.period_index",
        "Idle.idle_gpu_hours",
        "Deal.most_gpus",
        "Deal.moved_gpu_hours",
        "Binding.period_index",
        "Binding.marginal_value",
        "Provenance.objective_value",
        "Provenance.bound_value",
        "Provenance.gap_frac",
    }
