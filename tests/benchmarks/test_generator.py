"""The random cases are the same each time, of the stated sizes, and neither starved nor idle."""

from dataclasses import replace
from datetime import date

import pytest

from armslength.model.case import Case
from armslength.units import HOURS_PER_DAY
from benchmarks.draw import SPECS, Size
from benchmarks.generator import main, make_case

SIZES: tuple[Size, ...] = ("S", "M")


def _wanted_gpu_hours(case: Case) -> float:
    total = sum(row.work_gpu_hours or 0.0 for row in case.workloads)
    for row, after in zip(case.demand, [*case.demand[1:], None], strict=True):
        ends_on = case.horizon.end_on if after is None or after.workload != row.workload else after.from_on
        total += row.wanted_gpus * HOURS_PER_DAY * (ends_on - row.from_on).days
    return total


@pytest.mark.parametrize("size", SIZES)
def test_same_seed_same_bytes_and_another_seed_another_case(size: Size) -> None:
    first = make_case(size, 7)
    assert first.model_dump_json() == make_case(size, 7).model_dump_json()
    assert first != make_case(size, 8)


@pytest.mark.parametrize("size", SIZES)
def test_has_the_stated_size(size: Size) -> None:
    case, spec = make_case(size, 1), SPECS[size]
    counts = (len(case.organisations), len(case.sites), len(case.workloads), len(case.skus))
    assert counts == (spec.organisations, spec.sites, spec.workloads, spec.skus)


def test_large_is_about_a_million_accelerators() -> None:
    case = make_case("L", 1)
    total = sum(row.gpus for row in (*case.lots, *case.stock))
    assert total == pytest.approx(1_000_000, rel=0.02)
    assert (len(case.organisations), len(case.sites), len(case.workloads)) == (50, 80, 1_000)
    sites = {len(row.sites) for row in case.workloads}
    assert sites == {10}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_work_differs_in_worth_and_lots_in_day(size: Size, seed: int) -> None:
    case = make_case(size, seed)
    values = [row.work_value_per_gpu_hour for row in case.workloads if row.work_value_per_gpu_hour is not None]
    assert len(set(values)) > 0.9 * len(values)
    assert min(values) >= 1
    assert max(values) <= 6
    weekdays = {row.expected_on.p50_on.weekday() for row in case.lots}
    assert len(weekdays) > 4
    assert [row.id for row in case.lots] == sorted(row.id for row in case.lots)


@pytest.mark.parametrize("seed", range(1, 6))
def test_gangs_fit_some_site_they_may_run_at(seed: int) -> None:
    case = make_case("M", seed)
    kw = min(sku.site_kw_per_gpu for sku in case.skus)
    final_mw = {row.site: max(s.power_mw or 0 for s in case.steps if s.site == row.site) for row in case.steps}
    largest = max(final_mw.values()) * 1000 / kw
    gangs = [row for row in case.workloads if row.single_fabric]
    assert len(gangs) > 0.2 * len(case.workloads)
    assert all(0 < row.gang_gpus_min <= 0.5 * (row.gang_gpus_max or 0) + 8 for row in gangs)
    assert max(row.gang_gpus_max or 0 for row in gangs) <= largest


def test_stock_keeps_within_the_power_of_the_first_day() -> None:
    for seed in range(1, 9):
        case = make_case("M", seed)
        skus = {row.id: row for row in case.skus}
        for site in case.sites:
            levels = [
                s.power_mw or 0.0 for s in case.steps if s.site == site.id and s.from_on.p50_on <= case.horizon.start_on
            ]
            need = 0.0
            for row in case.stock:
                if row.site == site.id:
                    sku = skus[row.sku]
                    it_kw = sku.it_kw_per_gpu or 0.0
                    kw = it_kw * site.pue_ratio if site.pue_ratio else sku.site_kw_per_gpu
                    need += row.gpus * kw / 1000
            assert need <= (max(levels) if levels else 0.0)


def test_splitting_lots_changes_nothing_else() -> None:
    spec = SPECS["M"]
    one, four = make_case(spec, 3), make_case(replace(spec, lots_multiplier=4), 3)
    assert len(four.lots) == pytest.approx(4 * len(one.lots), rel=0.02)
    assert sum(row.gpus for row in four.lots) == sum(row.gpus for row in one.lots)
    assert one.model_copy(update={"lots": ()}) == four.model_copy(update={"lots": ()})


def test_more_accelerators_multiplies_supply_and_work_alike() -> None:
    spec = SPECS["M"]
    one, ten = make_case(spec, 3), make_case(replace(spec, gpus_multiplier=10), 3)
    assert sum(row.gpus for row in ten.stock) == 10 * sum(row.gpus for row in one.stock)
    assert _wanted_gpu_hours(ten) == pytest.approx(10 * _wanted_gpu_hours(one))
    assert [row.gpu_slots for row in ten.steps] == [
        None if row.gpu_slots is None else 10 * row.gpu_slots for row in one.steps
    ]
    assert max(row.gpus for row in ten.lots) == 10 * max(row.gpus for row in one.lots)


def test_command_writes_a_case(tmp_path, capsys) -> None:
    assert main(["S", "--seed", "2", "--out", str(tmp_path / "s")]) == 0
    assert "12 workloads" in capsys.readouterr().out
    assert any((tmp_path / "s").iterdir())


def test_horizons_are_those_of_the_sizes() -> None:
    small = make_case("S", 1).horizon
    assert (small.start_on, small.end_on, small.grid) == (date(2026, 1, 1), date(2028, 1, 1), "month")
    assert [(make_case(size, 1).horizon.end_on - make_case(size, 1).horizon.start_on).days for size in ("M", "L")] == [
        52 * 7,
        104 * 7,
    ]
