"""The CSV tables: headers with units, days instead of indices, exact numbers, every file each time."""

import csv
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from armslength.model.case import Case
from armslength.model.comparison import Comparison
from armslength.render.tables import write_tables

FILES = {
    "answers.csv",
    "bindings.csv",
    "deals.csv",
    "holdings.csv",
    "idle.csv",
    "payments.csv",
    "prospects.csv",
    "results.csv",
    "sizes.csv",
    "splits.csv",
    "supplies.csv",
    "uses.csv",
    "verdicts.csv",
    "workloads.csv",
}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@pytest.fixture(scope="module")
def folder(swap: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables") / "new" / "folder"
    written = write_tables(swap, folder)
    assert {path.name for path in written} == FILES
    return folder


def test_every_row_has_as_many_cells_as_its_header(folder: Path) -> None:
    for name in FILES:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            widths = {len(row) for row in csv.reader(file)}
        assert len(widths) == 1, name


def test_counts_match_the_comparison(swap: Comparison, folder: Path) -> None:
    assert len(rows_of(folder / "uses.csv")) == sum(len(plan.uses) for plan in swap.plans)
    assert len(rows_of(folder / "supplies.csv")) == sum(len(plan.supplies) for plan in swap.plans)
    assert len(rows_of(folder / "verdicts.csv")) == len(swap.verdicts)
    assert len(rows_of(folder / "answers.csv")) == sum(len(answer.points) for answer in swap.answers)


def test_results_are_exact_with_units_in_the_header(folder: Path) -> None:
    rows = rows_of(folder / "results.csv")
    row = next(row for row in rows if (row["run"], row["organisation"]) == ("as_agreed", "social"))
    assert row["organisation_name"] == "Chatter & Sons <Ltd>"
    assert row["used_gpu_hours"] == "105120000"
    assert row["own_value_USD"] == "262800000"


def test_periods_are_days(folder: Path) -> None:
    row = rows_of(folder / "idle.csv")[0]
    assert (row["period_start_on"], row["period_end_on"]) == ("2024-01-01", "2024-02-01")
    assert row["site"] == ""
    assert row["cause"] == "no power"


def test_sums_survive(swap: Comparison, folder: Path) -> None:
    for plan in swap.plans:
        rows = [row for row in rows_of(folder / "idle.csv") if row["run"] == plan.run]
        assert sum(float(row["idle_gpu_hours"]) for row in rows) == sum(r.idle_gpu_hours for r in plan.results)


def test_two_way_answers_name_both_facts(folder: Path) -> None:
    row = rows_of(folder / "answers.csv")[-1]
    assert row["first_fact"] == "Opening of Texas Hall"
    assert (row["second_fact"], row["second_value"]) == ("Powered room at Atlanta", "16.8 MW")


def test_rules_without_a_period_leave_the_days_empty(swap: Comparison, tmp_path: Path) -> None:
    plan = swap.plans[0]
    binding = plan.bindings[0].model_copy(update={"period_index": None})
    lone = swap.model_copy(update={"plans": (plan.model_copy(update={"bindings": (binding,)}),)})
    write_tables(lone, tmp_path)
    assert rows_of(tmp_path / "bindings.csv")[0]["period_start_on"] == ""


def test_an_empty_comparison_still_writes_headers(tmp_path: Path) -> None:
    case = Case.model_validate_json(
        '{"id": "bare", "currency": "k EUR", "horizon": {"start_on": "2024-01-01", "end_on": "2024-01-01"}}'
    )
    write_tables(Comparison(case=case, plans=()), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == FILES
    assert (tmp_path / "payments.csv").read_text(encoding="utf-8") == "payer,payee,amount_cost_k_EUR\n"


def test_many_rows_are_quick(large: Callable[..., Comparison], tmp_path: Path) -> None:
    comparison = large(organisations=50, sites=80, weeks=104, workloads=300)
    began = time.process_time()
    write_tables(comparison, tmp_path)
    assert time.process_time() - began < 4.0
    assert len(rows_of(tmp_path / "uses.csv")) == 3 * 300 * 104
