"""What the rules on stock are worth, site by site, for runs too large for one program.

Once the rules that tie sites together (what a fleet has received) are paid for at prices, each site is a small program of
its own: what to commission when, if use is paid for as priced. Together the answers prove a bound (weak duality).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from armslength.planner.build import build
from armslength.planner.building import Layout
from armslength.planner.pricing import Prices, work_side
from armslength.planner.tables import Floats, Ints, Labels, Tables
from armslength.solver.highs import SolveOptions, solve
from armslength.solver.outcome import Solved
from armslength.solver.parts import Part, independent, priced, touches_several
from armslength.solver.program import Program

THREADS = 2


def priced_by_sites(tables: Tables, labels: Labels, prices: Prices) -> tuple[float, dict[str, Floats]]:
    """Returns the bound that prices prove when each site answers them for itself, and what its own rules are then worth.

    Returns:
        The bound in money; and by family the price of each of its rows.
    """
    stock = _only_stock(tables, prices.paid)
    everything = np.ones(len(stock.option_workload), dtype=bool)
    program, layout = build(stock, labels, options=everything, integers=False)
    site = sites_of(stock, layout, program)
    tying = touches_several(program, site)
    duals = np.where(tying, _tying_duals(program, layout, prices), 0.0)
    free = priced(program, tying, duals)
    rows = np.flatnonzero(~tying)
    total = free.constant
    with ThreadPoolExecutor(THREADS) as pool:
        for part, answer in pool.map(_solved_part, independent(free, site)):
            assert answer.duals is not None
            total += answer.objective_value
            duals[rows[part.rows]] = np.maximum(answer.duals, 0.0)
    bound = total + work_side(tables, prices).bound_value + float(tables.constant.sum())
    return bound, {family.name: duals[family.rows] for family in program.families}


def _solved_part(part: Part) -> tuple[Part, Solved]:
    outcome = solve(part.program, SolveOptions(presolve=False))
    assert isinstance(outcome, Solved), outcome  # what stands from the start may stay as it is
    return part, outcome


def sites_of(tables: Tables, layout: Layout, program: Program) -> Ints:
    """Returns the site of each column of a program of stock and use, (columns)."""
    result = np.full(len(program.value), -1)
    for cells in (layout.installed, layout.moved_in, layout.coming):
        sites = np.broadcast_to(tables.holding_site[:, None], cells.shape)
        result[cells[cells >= 0]] = sites[cells >= 0]
    used = layout.use >= 0
    result[layout.use[used]] = np.broadcast_to(tables.holding_site[tables.option_holding][:, None], used.shape)[used]
    return result


def _tying_duals(program: Program, layout: Layout, prices: Prices) -> Floats:
    """Returns the prices of the rows that may tie several sites together, 0 for all others, (rows)."""
    duals = np.zeros(len(program.row_upper))
    for family in program.families:
        if family.name == "received":
            duals[family.rows] = _at_rows(prices.received, layout.rows["received"])
        known = prices.tying.get(family.name)
        if known is not None and len(known) == family.count:
            duals[family.rows] = known
    return duals


def _at_rows(worth: Floats, rows: Ints) -> Floats:
    """Returns prices of rows that stand at some periods only, from what having one more from each period on is worth.

    Args:
        worth: (F, T). rows: (F, T) row numbers, -1 where there is none.
    """
    result = np.zeros(int(rows.max(initial=-1)) + 1)
    for fleet in range(len(rows)):
        marks = np.flatnonzero(rows[fleet] >= 0)
        later = np.append(worth[fleet], 0.0)[np.append(0, marks + 1)]
        result[rows[fleet, marks]] = np.maximum(-np.diff(later), 0.0)
    return result


def _only_stock(tables: Tables, paid: Floats) -> Tables:
    """Returns the run with one buyer at each holding, who takes any use at the price ``paid``, money per GPU, (H, T)."""
    holdings, periods = tables.hosted_end.shape
    each, unlimited = np.ones(holdings), np.full(holdings, np.inf)
    return replace(
        tables,
        can_use=np.ones((holdings, tables.can_use.shape[1]), dtype=bool),
        option_workload=np.arange(holdings),
        option_holding=np.arange(holdings),
        option_right=np.full(holdings, -1),
        option_ratio=each,
        option_rate=paid / tables.hours,
        workload_owner=np.zeros(holdings, dtype=np.int64),
        started=np.ones((holdings, periods)),
        gang_min=0.0 * each,
        gang_max=unlimited,
        work=unlimited,
        wanted=np.full((holdings, periods), np.inf),
        single=np.zeros(holdings, dtype=bool),
        floor=np.full(len(tables.floor), -np.inf),
        constant=0.0 * tables.constant,
    )
