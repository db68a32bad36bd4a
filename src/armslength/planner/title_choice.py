"""Whose accelerators stand where in a shared fleet, chosen so that as much of the plan's use as can be finds a title.

Handing titles out one by one (`titles`) keeps agreements few, but may leave an early lot where nothing runs yet while a late
one is promised to work elsewhere. Then this program chooses the titles instead; in large fleets it leaves what stands as it
was handed out, and chooses only whose accelerators do which work.
"""

from dataclasses import dataclass

import numpy as np

from armslength.planner.calendar import Calendar
from armslength.planner.ready import ready_before, ready_limits
from armslength.planner.tables import Floats, Ints, Labels, Tables
from armslength.solver.highs import SolveOptions, solve
from armslength.solver.outcome import Solved
from armslength.solver.program import ProgramBuilder

CELLS_MAX = 8_000
SECONDS = 20.0
GAP_FRAC = 1e-4
DUST = 1e-6
TASTE = 1e-6  # for standing at the holder's own site, as a share of what use is worth


@dataclass(frozen=True)
class FleetUse:
    """What a fleet of several holders does. Axes: H its holdings, O its holders, T periods.

    Attributes:
        fleet: index of the fleet.
        holdings: (H) indices.
        installed: (H, T) whole accelerators.
        use: (Q, T) accelerators used on average by every option of the run; those of other fleets are left alone.
        own: (H, O) whether the holding is at the holder's own site.
    """

    fleet: int
    holdings: Ints
    installed: Ints
    use: Floats
    own: np.ndarray


@dataclass
class _Choice:
    """The program under construction: columns for who stands where, and for whose accelerators each used cell rests on.

    Attributes:
        stands: (H, O, T) columns. used: (cells, O) columns. option, place, period: (cells) of each used cell.
    """

    builder: ProgramBuilder
    stands: Ints
    used: Ints
    option: Ints
    place: Ints
    period: Ints


def chosen_titles(
    calendar: Calendar, tables: Tables, labels: Labels, of: FleetUse, placed: Ints
) -> tuple[Ints, dict[tuple[int, str], Floats]] | None:
    """Returns whose accelerators stand where, (H, O, T), and use per option and holder, (T).

    None where no answer is found in time.

    Args:
        placed: (H, O, T) whose stand where as handed out.
    """
    holders = labels.fleet_holders[of.fleet]
    shape = (len(of.holdings), len(holders), calendar.count)
    place_of = np.full(len(tables.holding_fleet), -1)
    place_of[of.holdings] = np.arange(len(of.holdings))
    mine = (of.use > 0) & (place_of[tables.option_holding] >= 0)[:, None]
    option, period = np.nonzero(mine)
    place = place_of[tables.option_holding[option]]
    few = int(np.prod(shape)) + len(option) * len(holders) <= CELLS_MAX
    builder = ProgramBuilder()
    worth = np.maximum(tables.option_rate[option, period] * tables.hours[period], 0.0)
    taste = TASTE * float(worth.max()) * of.own[:, :, None]
    upper = np.broadcast_to(of.installed[:, None, :], shape) if few else placed
    stands = builder.add_columns(
        "stands",
        np.ones(shape, dtype=bool),
        _nameless,
        lower=0.0 if few else placed.astype(np.float64),
        upper=upper.astype(np.float64),
        value=taste,
        integer=few,
    )
    cells = upper[place, :, period] > 0
    used = builder.add_columns("used", cells, _nameless, value=worth[:, None])
    choice = _Choice(builder, stands, used, option, place, period)
    _whose(choice, tables, labels, of)
    _usable(choice, tables, labels, of)
    _as_planned(choice, tables, of)
    for number in range(len(holders)):
        _of_holder(choice, calendar, tables, labels, of, number)
    outcome = solve(builder.program(), SolveOptions(GAP_FRAC, time_limit_seconds=SECONDS))
    if not isinstance(outcome, Solved):
        return None
    titles: Ints = np.round(outcome.x[stands]).astype(np.int64)
    given: dict[tuple[int, str], Floats] = {}
    for number, holder in enumerate(holders):
        column = used[:, number]
        for cell in np.flatnonzero((column >= 0) & (outcome.x[column] > DUST)):
            row = given.setdefault((int(option[cell]), holder), np.zeros(calendar.count))
            row[period[cell]] = outcome.x[column[cell]]
    return titles, given


def _nameless(_: int) -> tuple[str, ...]:
    return ()


def _stock(labels: Labels, tables: Tables, of: FleetUse) -> Floats:
    """Returns what stands from the start by holding and holder, (H, O)."""
    holders = labels.fleet_holders[of.fleet]
    result = np.zeros((len(of.holdings), len(holders)))
    for holder, site, gpus in labels.fleet_stocks[of.fleet]:
        result[np.flatnonzero(tables.holding_site[of.holdings] == site), holders.index(holder)] += gpus
    return result


def _whose(choice: _Choice, tables: Tables, labels: Labels, of: FleetUse) -> None:
    """All that stands is somebody's, and stays."""
    stands, builder = choice.stands, choice.builder
    whole = np.arange(of.installed.size).reshape(of.installed.shape)
    rows = np.broadcast_to(whole[:, None, :], stands.shape).ravel()
    ones = np.ones(stands.size)
    for sign in (1.0, -1.0):
        entry = (rows, stands.ravel(), sign * ones)
        builder.add_rows("whose", sign * of.installed.ravel().astype(np.float64), _nameless, entry)
    upper = np.zeros(stands.shape)
    upper[:, :, 0] = -_stock(labels, tables, of)
    before = np.concatenate([np.full((*stands.shape[:2], 1), -1), stands[:, :, :-1]], axis=2)
    row = np.arange(stands.size)
    entries = [(row, before.ravel(), ones), (row, stands.ravel(), -ones)]
    builder.add_rows("stays", upper.ravel(), _nameless, *entries)


def _usable(choice: _Choice, tables: Tables, labels: Labels, of: FleetUse) -> None:
    """Use rests on what stands and is past its site's burn-in."""
    stands = choice.stands
    row = np.arange(stands.size).reshape(stands.shape)
    upper = np.zeros(stands.shape)
    entries = [(row.ravel(), stands.ravel(), -np.ones(stands.size))]
    for number in range(stands.shape[1]):
        entries.append((row[choice.place, number, choice.period], choice.used[:, number], np.ones(len(choice.used))))
    stock = _stock(labels, tables, of)
    for lag in range(tables.lost.shape[1]):
        share = tables.lost[tables.holding_site[of.holdings], lag, lag:]
        now = stands[:, :, : stands.shape[2] - lag]
        before = np.concatenate([np.full((*stands.shape[:2], 1), -1), now[:, :, :-1]], axis=2)
        weight = np.broadcast_to(share[:, None, :], now.shape).ravel()
        later = row[:, :, lag:].ravel()
        entries += [(later, now.ravel(), weight), (later, before.ravel(), -weight)]
        upper[:, :, lag] += share[:, :1] * stock
    choice.builder.add_rows("usable", upper.ravel(), _nameless, *entries)


def _as_planned(choice: _Choice, tables: Tables, of: FleetUse) -> None:
    """There is no more use than planned, and none of anybody's accelerators before the work begins."""
    cells, holders = choice.used.shape
    rows = np.repeat(np.arange(cells), holders)
    entry = (rows, choice.used.ravel(), np.ones(rows.size))
    choice.builder.add_rows("planned", of.use[choice.option, choice.period], _nameless, entry)
    started = tables.started[tables.option_workload[choice.option], choice.period]
    late = np.flatnonzero(started < 1)
    row = np.arange(len(late) * holders).reshape(len(late), holders)
    standing = choice.stands[choice.place[late], :, choice.period[late]]
    weight = np.broadcast_to(-started[late][:, None], row.shape)
    entries = [
        (row.ravel(), choice.used[late].ravel(), np.ones(row.size)),
        (row.ravel(), standing.ravel(), weight.ravel()),
    ]
    choice.builder.add_rows("starts", np.zeros(row.size), _nameless, *entries)


def _of_holder(choice: _Choice, calendar: Calendar, tables: Tables, labels: Labels, of: FleetUse, number: int) -> None:
    """A holder's accelerators stand once they are received, and work once they are burnt in, to the day."""
    holder = labels.fleet_holders[of.fleet][number]
    stands, used = choice.stands[:, number], choice.used[:, number]
    moves = [(offset, gpus) for name, offset, gpus in labels.fleet_moves[of.fleet] if name == holder]
    stock = _stock(labels, tables, of)[:, number]
    received = np.full(calendar.count, stock.sum())
    for offset, gpus in moves:
        received += gpus * (calendar.edges[1:] > offset)
    rows = np.broadcast_to(np.arange(calendar.count), stands.shape).ravel()
    choice.builder.add_rows("received", received, _nameless, (rows, stands.ravel(), np.ones(stands.size)))
    burn_in = tables.holding_burn_in_days[of.holdings]
    for days in np.unique(burn_in):
        lines = ready_limits(calendar, int(stock.sum()), moves, float(days))
        upper = np.array([constant for _, _, constant in lines])
        entries = []
        for row, (period, slope, _) in enumerate(lines):
            mine = np.flatnonzero(burn_in >= days)
            cells = np.flatnonzero((choice.period == period) & np.isin(choice.place, mine))
            entries.append((np.full(len(cells), row), used[cells], np.ones(len(cells))))
            entries.append((np.full(len(mine), row), stands[mine, period], np.full(len(mine), -slope)))
        choice.builder.add_rows("in_time", upper, _nameless, *entries)
        if not tables.fleet_returns[of.fleet]:
            for place in np.flatnonzero(burn_in == days):
                _in_turn(choice, calendar, (stands, used, stock), lines, (moves, float(days)), int(place))


def _in_turn(
    choice: _Choice,
    calendar: Calendar,
    columns: tuple[Ints, Ints, Floats],
    lines: list[tuple[int, float, float]],
    readiness: tuple[list[tuple[float, int]], float],
    place: int,
) -> None:
    """What stands ready elsewhere stays there, and does not stand in for what is in burn-in here.

    Args:
        columns: of a holder's accelerators: (H, T), (cells); and what stands from the start, (H).
        lines: of their readiness with the burn-in of this place. readiness: what is received, and that burn-in in days.
    """
    stands, used, stock = columns
    before = ready_before(calendar, *readiness)
    others = np.arange(len(stands)) != place
    upper = np.array([constant for _, _, constant in lines])
    entries = []
    for row, (period, slope, _) in enumerate(lines):
        cells = np.flatnonzero((choice.period == period) & (choice.place == place))
        entries.append((np.full(len(cells), row), used[cells], np.ones(len(cells))))
        entries.append((np.full(len(stands), row), stands[:, period], np.full(len(stands), -slope)))
        if before[period] < 0:
            upper[row] -= stock[others].sum()
        else:
            stood = stands[others, before[period]]
            entries.append((np.full(len(stood), row), stood, np.ones(len(stood))))
    choice.builder.add_rows("in_turn", upper, _nameless, *entries)
