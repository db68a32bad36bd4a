"""A small case in memory, and changed ones."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from armslength.model.agreement import Agreement, Leg, Settlement
from armslength.model.case import Case, Horizon
from armslength.model.demand import Workload
from armslength.model.noun import on_day
from armslength.model.supply import Lot, Organisation, Site, Sku, Step

START = date(2025, 1, 6)


def small_case() -> Case:
    """North's 20 cards wait two of four weeks for its hall; South hosts 10 of them for 1,000 USD."""
    return Case(
        id="small",
        horizon=Horizon(start_on=START, end_on=date(2025, 2, 3)),
        organisations=(Organisation(id="north", name="North"), Organisation(id="south", name="South")),
        skus=(Sku(id="card", site_kw_per_gpu=1.0),),
        lots=(Lot(id="north-lot", sku="card", gpus=20, owner="north", expected_on=on_day(START)),),
        sites=(Site(id="north-hall", owner="north"), Site(id="south-hall", owner="south")),
        steps=(
            Step(id="north-opens", site="north-hall", from_on=on_day(date(2025, 1, 20)), power_mw=0.02),
            Step(id="south-room", site="south-hall", from_on=on_day(START), power_mw=0.01),
        ),
        workloads=(
            Workload(id="north-work", owner="north", form="training", work_value_per_gpu_hour=2.0),
            Workload(id="south-work", owner="south", form="training", work_value_per_gpu_hour=1.0),
        ),
        agreements=(Agreement(id="guests", kind="hosting", parties=("north", "south"), state="in_force"),),
        legs=(
            Leg(
                id="guests-cards",
                agreement="guests",
                giver="north",
                taker="south",
                sku="card",
                site="south-hall",
                gpus=10,
            ),
        ),
        settlements=(Settlement(id="rent", agreement="guests", payer="north", payee="south", amount_cost=1000.0),),
    )


@pytest.fixture
def case() -> Case:
    """Returns the small case."""
    return small_case()


@pytest.fixture
def changed(case: Case) -> Callable[..., Case]:
    """Returns a function that gives the small case other tables, or other fields in one row of a table."""

    def change(table: str = "", row_id: str = "", fields: dict[str, Any] | None = None, **tables: Any) -> Case:
        update = dict(tables)
        if table:
            rows = getattr(case, table)
            assert any(row.id == row_id for row in rows)
            update[table] = tuple(row.model_copy(update=fields) if row.id == row_id else row for row in rows)
        return case.model_copy(update=update)

    return change
