"""Rounding to whole accelerators: every limit on stock is kept, and next to nothing is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.model.supply import Site, Sku
from armslength.planner.tables import Tables
from armslength.planner.whole import (
    NEAR_GPUS,
    Claims,
    crew_loss,
    ready_gpus_of_fleets,
    trimmed_use,
    usable_gpus,
    whole_stock,
)
from planner.cases_by_hand import H100, case, lot, numbers, one_hall, step, stock, training, weeks
from planner.random_cases import few

TINY = 1e-6


def limits_kept(tables: Tables, installed: np.ndarray) -> None:
    """Asserts each rule on stock with plain sums."""
    assert installed.dtype == np.int64
    before = tables.holding_stock.astype(np.int64)
    for period in range(installed.shape[1]):
        now = installed[:, period]
        steady = ~tables.fleet_returns[tables.holding_fleet]
        assert (now[steady] >= before[steady]).all()
        for site in range(len(tables.power_end)):
            here = tables.holding_site == site
            assert (now[here] * tables.holding_mw[here]).sum() <= tables.power_end[site, period] + TINY
            assert now[here].sum() <= tables.slots_end[site, period] + TINY
            grown = np.maximum(now[here] - before[here], 0).sum()
            assert grown <= tables.commissioning[site, period] + TINY
        for fleet in range(len(tables.fleet_sku)):
            assert now[tables.holding_fleet == fleet].sum() <= tables.fleet_received[fleet, period] + TINY
        assert (now <= tables.hosted_end[:, period] + TINY).all()
        before = now


@st.composite
def stocks(draw: st.DrawFn) -> tuple[Tables, np.ndarray]:
    """Draws a random supply and an answer in fractions that keeps its limits, as the solver would give."""
    skus = [H100, Sku(id="big", site_kw_per_gpu=draw(st.floats(0.3, 3.0)))]
    sites, steps, there = [], [], []
    for number in range(draw(st.integers(1, 3))):
        name = f"hall-{number}"
        rate = draw(st.none() | st.integers(1, 9))
        sites.append(Site(id=name, owner="t", commissioning_gpus_per_week=rate))
        first = draw(st.floats(0.004, 0.05))
        slots = draw(st.none() | st.integers(3, 40))
        steps.append(step(name, first, 0, slots))
        steps.append(step(name, first * draw(st.floats(1.0, 3.0)), draw(st.integers(1, 27))))
        there.append(stock("t", name, draw(st.integers(0, 3))))
    lots = [
        lot(
            "t",
            draw(st.integers(0, 30)),
            draw(st.integers(0, 27)),
            f"lot-{n}",
            sku=draw(st.sampled_from(["h100", "big"])),
        )
        for n in range(draw(st.integers(1, 3)))
    ]
    of = case(
        "t",
        horizon=weeks(4),
        skus=skus,
        lots=lots,
        sites=sites,
        steps=steps,
        stock=there,
        workloads=[training("t")],
    )
    tables, _ = numbers(of)
    return tables, fractional(tables, draw(st.integers(0, 2**32 - 1)))


def fractional(tables: Tables, seed: int) -> np.ndarray:
    """Returns a random never-decreasing stock in fractions of accelerators that keeps every limit."""
    rng = np.random.default_rng(seed)
    installed = np.zeros(tables.hosted_end.shape)
    before = tables.holding_stock.copy()
    for period in range(installed.shape[1]):
        now = before + rng.random(len(before)) * np.maximum(tables.most_installed[:, period] - before, 0)
        # Shrink what is new until every limit holds.
        for _ in range(200):
            if not broken(tables, now, before, period):
                break
            now = before + 0.9 * (now - before)
        else:
            now = before.copy()
        installed[:, period] = before = now
    return installed


def broken(tables: Tables, now: np.ndarray, before: np.ndarray, period: int) -> bool:
    site, fleet = tables.holding_site, tables.holding_fleet
    sites = len(tables.power_end)
    return bool(
        (np.bincount(site, now * tables.holding_mw, sites) > tables.power_end[:, period]).any()
        or (np.bincount(site, now, sites) > tables.slots_end[:, period]).any()
        or (np.bincount(site, now - before, sites) > tables.commissioning[:, period]).any()
        or (np.bincount(fleet, now, len(tables.fleet_sku)) > tables.fleet_received[:, period]).any()
    )


@few(50)
@given(stocks())
def test_whole_stock_keeps_every_limit(drawn):
    tables, installed = drawn
    limits_kept(tables, whole_stock(tables, installed))


@few(50)
@given(stocks())
def test_whole_stock_loses_less_than_one_accelerator_a_holding(drawn):
    tables, installed = drawn
    whole = whole_stock(tables, installed)
    crewed = np.isfinite(tables.commissioning[tables.holding_site]).any()
    if not crewed:
        assert (whole >= np.floor(installed + TINY) - TINY).all()
    # A crew commissions whole accelerators in whole weeks: each period may leave one at each holding.
    assert (whole > installed - 1.0 - installed.shape[1] * crewed).all()


def test_what_is_whole_already_stays():
    tables, _ = numbers(one_hall(horizon=weeks(3)))
    installed = np.array([[0.0, 400.0, 1000.0]])
    assert whole_stock(tables, installed).tolist() == [[0, 400, 1000]]


def test_what_the_solvers_tolerance_leaves_below_a_whole_number_is_snapped():
    tables, _ = numbers(one_hall(horizon=weeks(2)))
    assert whole_stock(tables, np.array([[399.9999999, 1000.0]])).tolist() == [[400, 1000]]


def test_what_is_missing_goes_to_the_largest_remainder():
    two = [Site(id="hall", owner="t"), Site(id="room", owner="t")]
    tables, _ = numbers(one_hall(gpus=10, sites=two, steps=[step("hall", 1.0), step("room", 1.0)]))
    # 3.4 and 6.6 of 10: down to 3 and 6, and the tenth to the second.
    installed = np.array([[3.4, 3.4], [6.6, 6.6]])
    assert whole_stock(tables, installed).tolist() == [[3, 3], [7, 7]]


def test_a_remainder_without_room_stays_out():
    two = [Site(id="hall", owner="t"), Site(id="room", owner="t")]
    tables, _ = numbers(one_hall(gpus=10, sites=two, steps=[step("hall", 1.0), step("room", 0.0066)]))
    installed = np.array([[3.4, 3.4], [6.6, 6.6]])
    # 6.6 kW hold 6; the remainder goes to the hall.
    assert whole_stock(tables, installed).tolist() == [[4, 4], [6, 6]]


@pytest.mark.parametrize(
    ("needed", "waiting", "worth", "stand"),
    [
        # 16 wanted, 10 received. In their own order, or by worth:
        ([0, 0], [0, 0], [0, 0], [8, 2]),
        ([0, 0], [0, 0], [1, 2], [2, 8]),
        # A gang in the hall begins with 4, then worth decides.
        ([4, 0], [9, 0], [1, 2], [4, 6]),
        # Gangs in both: most for each accelerator that is missing comes first.
        ([3, 7], [27, 20], [0, 0], [3, 7]),
        ([5, 7], [10, 70], [0, 0], [3, 7]),
    ],
)
def test_those_with_the_first_claim_come_first(needed, waiting, worth, stand):
    two = [Site(id="hall", owner="t"), Site(id="room", owner="t")]
    tables, _ = numbers(one_hall(gpus=10, sites=two, steps=[step("hall", 1.0), step("room", 1.0)]))
    claims = Claims(*(np.repeat(np.array(row, dtype=float)[:, None], 2, axis=1) for row in (needed, waiting, worth)))
    assert whole_stock(tables, np.full((2, 2), 8.0), claims).tolist() == [[n, n] for n in stand]


def usable_of(tables: Tables, installed: np.ndarray) -> np.ndarray:
    """Returns what whole accelerators give, where the solver charged nothing for a crew's pace."""
    none = np.zeros((tables.pace.shape[1], *installed.shape))
    return usable_gpus(tables, installed, crew_loss(tables, installed, none))


def test_usable_is_what_stands_less_what_burns_in():
    tables, _ = numbers(one_hall(horizon=weeks(3), gpus=10, site={"burn_in_days": 3.5}))
    # All lost for half of the week in which they are commissioned
    assert usable_of(tables, np.array([[0, 6, 10]])).tolist() == [[0, 3, 8]]


def test_usable_is_less_by_the_crews_pace_also_if_the_solver_did_not_say_so():
    tables, _ = numbers(one_hall(horizon=weeks(3), gpus=10, site={"commissioning_gpus_per_week": 10}))
    # 10 in a week of 10 come up half a week later on average; 10 are there after that.
    assert usable_of(tables, np.array([[10, 10, 10]])) == pytest.approx(np.array([[5, 10, 10]]))
    # 5 take half a week, so they lose a quarter of one: 1.25.
    assert usable_of(tables, np.array([[5, 5, 5]])) == pytest.approx(np.array([[3.75, 5, 5]]), abs=0.05)


@few(50)
@given(stocks(), st.integers(0, 2**32 - 1))
def test_trimmed_use_fits_what_is_usable_and_ready(drawn, seed):
    tables, installed = drawn
    whole = whole_stock(tables, installed)
    usable, ready = usable_of(tables, whole), ready_gpus_of_fleets(tables, whole)
    use = np.random.default_rng(seed).random(tables.most_used.shape) * 10
    trimmed = trimmed_use(tables, use, usable, ready)
    for group, limit in (
        (tables.option_holding, usable),
        (tables.holding_fleet[tables.option_holding], ready),
    ):
        total = np.zeros_like(limit)
        np.add.at(total, group, trimmed)
        assert (total <= limit + TINY).all()
    # What is a hair off a thousandth is snapped to it, up or down.
    assert (trimmed <= use + NEAR_GPUS).all()
    assert (trimmed >= 0).all()


def test_gangs_are_trimmed_last():
    work = [training("t", "gang", gang_gpus_min=6, single_fabric=True), training("t", "rest")]
    tables, labels = numbers(one_hall(gpus=10, workloads=work))
    gang = tables.option_workload == labels.workloads.index("gang")
    use = np.where(gang[:, None], 8.0, 5.0) * np.ones((1, 2))
    ten = np.full((1, 2), 10.0)
    trimmed = trimmed_use(tables, use, ten, ten)
    # 8 + 5 on 10: the gang keeps its 8, the rest gets 2.
    assert trimmed[gang] == pytest.approx(np.full((1, 2), 8.0))
    assert trimmed[~gang] == pytest.approx(np.full((1, 2), 2.0))
