"""The largest runs: what stands where is settled on a coarse grid, then use on the true grid.

There the rules on stock alone would make one program on the true grid too large. Stock follows the coarse plan as early as
receipt, power, slots and crews allow, in whole accelerators; use is then solved with stock held. The bound comes from the
coarse grid's prices, spread over the true grid and answered site by site (`by_sites`).
"""

from dataclasses import dataclass

import numpy as np

from armslength.planner.build import build
from armslength.planner.building import Kept
from armslength.planner.gathering import Gathered
from armslength.planner.linear import Answer, solved, values_of
from armslength.planner.tables import Bools, Floats, Labels, Tables
from armslength.planner.whole import Claims, crew_loss, whole_stock
from armslength.solver.highs import SolveOptions
from armslength.solver.parts import held
from armslength.solver.program import Program

STOCK_CELLS_MAX = 20_000
STOCK_FAMILIES = ("received", "power", "slots", "commissioning")
TIGHT_FRAC = 1e-3


def too_much_stock(tables: Tables) -> bool:
    """Whether stock on this grid is too much for one program."""
    return bool(tables.hosted_end.size > STOCK_CELLS_MAX)


@dataclass(frozen=True)
class Stock:
    """What stands: ``installed``, (H, T) accelerators, and what crews' pace costs, ``coming``, (G, H, T)."""

    installed: Floats
    coming: Floats


def stock_like(tables: Tables, coarse: Tables, found: Gathered, worth: Floats) -> Stock:
    """Returns whole accelerators that follow a coarse plan as early as the rules allow.

    Args:
        coarse: the run on the coarse grid. found: what stands there at the end of each coarse period, and what runs.
        worth: (H, T) what an accelerator in use brings; those that bring most come first, after those gangs wait for.
    """
    periods = len(tables.hours)
    merge = -(-periods // len(coarse.hours))

    def on_true_grid(values: Floats) -> Floats:
        return np.repeat(values, merge, axis=1)[:, :periods]

    needed, waiting = _gangs_at(coarse, found.use)
    claims = Claims(on_true_grid(needed), on_true_grid(waiting), worth)
    whole = whole_stock(tables, on_true_grid(found.installed), claims)
    return Stock(whole.astype(np.float64), crew_loss(tables, whole, np.zeros((tables.pace.shape[1], *whole.shape))))


def _gangs_at(tables: Tables, use: Floats) -> tuple[Floats, Floats]:
    """Returns how many accelerators gangs need at each holding, and what they are worth from then on, both (H, T)."""
    option, period = np.nonzero(tables.single[tables.option_workload][:, None] & (use > 0))
    holding = tables.option_holding[option]
    needed, worth = np.zeros(tables.hosted_end.shape), np.zeros(tables.hosted_end.shape)
    np.maximum.at(needed, (holding, period), tables.gang_min[tables.option_workload[option]])
    earned = use[option, period] * np.maximum(tables.option_rate[option, period], 0.0) * tables.hours[period]
    np.add.at(worth, (holding, period), earned)
    return np.maximum.accumulate(needed, axis=1), worth[:, ::-1].cumsum(axis=1)[:, ::-1]


def use_of_stock(
    tables: Tables, labels: Labels, options: Bools, stock: Stock, prices: dict[str, Floats], kept: Kept
) -> Answer:
    """Solves use for stock that is settled.

    Args:
        options: (Q) which options to include, one for each single-fabric gang.
        stock: what stands.
        prices: of the families on stock, which no longer have any in the program that is solved.
        kept: what earlier choices leave.

    Raises:
        Infeasible: no plan keeps the rules. SolveStopped: the solver gave up.
    """
    program, layout = build(tables, labels, options=options, integers=False, kept=kept)
    installed = stock.installed
    values = np.zeros(len(program.value))
    fixed = np.zeros(len(program.value), dtype=bool)
    before = np.concatenate([tables.holding_stock[:, None], installed[:, :-1]], axis=1)
    for cells, amounts in (
        (layout.installed, installed),
        (layout.moved_in, np.maximum(installed - before, 0.0)),
        (layout.coming, stock.coming),
    ):
        fixed[cells[cells >= 0]] = True
        values[cells[cells >= 0]] = amounts[cells >= 0]
    rest = held(program, fixed, values)
    answer = solved(rest.program, SolveOptions(method="interior", presolve=False))
    assert answer.duals is not None
    x = rest.whole_columns(answer.x)
    duals = rest.whole_duals(answer.duals, len(program.row_upper))
    return Answer(
        program,
        layout,
        np.where(duals > 0, duals, _stock_prices(program, x, prices)),
        values_of(layout.installed, x),
        values_of(layout.use, x),
        values_of(layout.coming, x),
        kept.least,
        values_of(layout.granted, x),
        answer.objective_value,
        np.inf,
        proved=False,
        method="stock first",
        settled=True,
    )


def _stock_prices(program: Program, x: Floats, prices: dict[str, Floats]) -> Floats:
    """Returns the known prices of those rules on stock that leave no room in the plan, (rows)."""
    result = np.zeros(len(program.row_upper))
    for family in program.families:
        if family.name in STOCK_FAMILIES and len(prices.get(family.name, ())) == family.count:
            result[family.rows] = prices[family.name]
    room = program.row_upper - program.activity(x)
    tight = room <= TIGHT_FRAC * np.maximum(np.abs(program.row_upper), 1.0)
    return np.where(tight, result, 0.0)
