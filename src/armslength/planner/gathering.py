"""Which option each single-fabric gang takes in the largest runs, and where accelerators gather for it: part by part.

Every gang takes one option, at first that with which it does most where gangs may spread. What it lacks of its smallest size
at one place may be missing at a price, so that accelerators gather where that is worth it. One program of this kind for all
sites shares out what fleets receive. Then each part goes on with its share; sites belong to one part if some work may run at
either. A round prices what is missing, and solves again with what has gathered held and without gangs that still lack some.
At its prices those gangs move that would gain most elsewhere, one to a holding; if the plan is then worth less, half as many.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from armslength.planner.by_sites import sites_of
from armslength.planner.effort import Effort
from armslength.planner.linear import Answer, values_of
from armslength.planner.pricing import best_use, margins, prices_of
from armslength.planner.tables import Bools, Floats, Ints, Tables
from armslength.planner.whole import SMALL_GPUS, SNAP
from armslength.solver.highs import SolveOptions, solve
from armslength.solver.outcome import Outcome, Solved
from armslength.solver.parts import held, with_least
from armslength.solver.program import Program

THREADS = 2
ROUNDS_MAX = 12
SPARE_GPUS = 2.0  # what rounding to whole accelerators may take
MISSING_FRAC = 0.5  # of what a gang's use is worth: the price of all that it lacks
LEAST_MISSING_FRAC = 0.3  # of the smallest gang: a price is never stated for less
FIRST_MOVERS_FRAC = 0.5
SMALL_APART_FRAC = 1e-4  # of a part's worth: what is not worth another program
SMALL_PART_FRAC = 0.05  # of what a workload earns: options that bring less are left out of the largest runs
APART_FRAC = 1e-3  # of a part's worth: while more is earned where too few stand, no gang moves
GAIN_FRAC = 1e-6  # of a part's worth: what is worth a move


@dataclass(frozen=True)
class Gathered:
    """What stands and what is used, on the coarse grid.

    Attributes:
        options: (Q) which options remain: one of each single-fabric gang, and those of all other work.
        installed: (H, T) accelerators. use: (Q, T) accelerators on average, only where enough stand.
        objective_value: what that is worth, money.
    """

    options: Bools
    installed: Floats
    use: Floats
    objective_value: float


@dataclass(frozen=True)
class _Trial:
    """A part's answer for one choice of options.

    Attributes:
        options: (Q) which were left. closed: (Q, T) where gangs still lack too much, and may not run.
        installed: (H, T) accelerators. use: (Q, T) accelerators on average, also where too few stand.
        enough: (Q, T) where enough stand. duals: (rows of the whole).
        value: worth of use where enough stand. apart: worth of the rest.
    """

    options: Bools
    closed: Bools
    installed: Floats
    use: Floats
    enough: Bools
    duals: Floats
    value: float
    apart: float


def gathered(tables: Tables, rough: Answer, effort: Effort, seconds: float | None) -> Gathered:
    """Returns a plan in which each single-fabric gang has one option; the best that was found in the time.

    Args:
        tables: the run on a coarse grid.
        rough: an answer without choices, for the options among which to choose, which says how parts share what is received.
        seconds: for all parts together; None for as many rounds as may help.
    """
    part_of_site = parts_of_sites(tables, rough.layout.options)
    columns = part_of_site[sites_of(tables, rough.layout, rough.program)]
    begun, x = effort.now(), _columns_of(tables, rough)
    gangs = rough.layout.options & tables.single[tables.option_workload]
    if len(np.unique(part_of_site[tables.holding_site[tables.option_holding[gangs]]])) > 1:
        # What is received goes where it can gather, before each part goes on with its share.
        everything = _Part(tables, rough, x, np.ones(len(x), dtype=bool), np.ones(len(part_of_site), dtype=bool))
        everything.options = main_options(tables, everything.options, rough.use)
        together = everything.missing_priced()
        x = together.x[: len(x)] if isinstance(together, Solved) else x
    whole = float(rough.program.value @ x) + rough.program.constant
    effort.say(f"what is received is shared out among {part_of_site.max() + 1} parts: {whole:,.0f}")
    parts = [_Part(tables, rough, x, columns == part, part_of_site == part) for part in range(part_of_site.max() + 1)]
    parts.sort(key=lambda part: -len(part.held.columns))
    started = effort.now()
    with ThreadPoolExecutor(THREADS) as pool:
        for done in range(ROUNDS_MAX):
            now = effort.now()
            late = done and seconds is not None and now - begun + (now - started) / done > seconds
            if late or all(part.done for part in parts):
                break
            list(pool.map(_Part.go_on, parts))
            worth = whole - sum(part.loss() for part in parts)
            effort.say(f"gathering accelerators for gangs, round {done + 1}: {worth:,.0f}")
    return _together(tables, rough, x, parts)


def parts_of_sites(tables: Tables, options: Bools) -> Ints:
    """Returns the number of each site's part, (S): sites are tied by work that may run at either."""
    part = np.arange(len(tables.power_end))
    site = tables.holding_site[tables.option_holding]
    for workload in np.unique(tables.option_workload[options]):
        tied = np.unique(part[site[options & (tables.option_workload == workload)]])
        part[np.isin(part, tied)] = tied[0]
    result: Ints = np.unique(part, return_inverse=True)[1]
    return result


class _Part:
    """The sites of one part, and the work that may run there; all else is held as it is."""

    def __init__(self, tables: Tables, rough: Answer, x: Floats, mine: Bools, sites: Bools) -> None:
        self.tables, self.layout = tables, rough.layout
        self.whole = rough.program
        self.held = held(rough.program, ~mine, x)
        self.place = np.full(len(mine), -1)
        self.place[self.held.columns] = np.arange(len(self.held.columns))
        self.most = float(rough.program.value[mine] @ x[mine])
        workload = tables.option_workload
        self.here: Bools = rough.layout.options & sites[tables.holding_site[tables.option_holding]]
        self.single: Bools = self.here & tables.single[workload]
        self.least: Floats = tables.gang_min[workload] + SPARE_GPUS
        self.rate = np.maximum(tables.option_rate, 0.0) * tables.hours
        # At first each gang takes the option with which it does most, and does there what it did anywhere.
        self.options = one_each(tables, self.here, earned(tables, rough.use))
        everywhere = np.zeros(tables.started.shape)
        np.add.at(everywhere, workload[self.single], rough.use[self.single])
        guess = np.minimum(everywhere[workload], tables.most_used)
        self.guess: Floats = np.where((self.options & self.single)[:, None], guess, 0.0)
        self.closed: Bools = np.zeros(rough.use.shape, dtype=bool)
        self.installed = rough.installed
        self.best: _Trial | None = None
        self.movers = 0
        self.moved: Ints = np.zeros(0, dtype=np.int64)
        self.barred: Bools = np.zeros(len(tables.single), dtype=bool)
        self.done = not self.single.any()

    def loss(self) -> float:
        """Returns how much less the best trial is worth than the part was when its share was set."""
        return self.most - self.best.value if self.best else 0.0

    def go_on(self) -> None:
        """Tries what was chosen, keeps it if it is better, and chooses what to try next."""
        if self.done:
            return
        trial = self._tried()
        better = trial is not None and (self.best is None or trial.value > self.best.value)
        if better:
            self.best = trial
        elif len(self.moved) > 1:
            self.movers = len(self.moved) // 2
        else:
            self.barred[self.moved] = True
        if self.best is None:
            self.done = True
            return
        self._stay(self.best)
        if not better or self.best.apart <= APART_FRAC * abs(self.most):
            self._move(self.best)

    def _tried(self) -> _Trial | None:
        """Solves the part for the options at hand: first with what is missing at a price, then without what still lacks."""
        first = self.missing_priced()
        if not isinstance(first, Solved):
            return None
        trial = self._trial(first)
        if trial.apart <= SMALL_APART_FRAC * abs(self.most):
            return trial
        lower, upper = self.whole.lower.copy(), self._open()
        upper[self._columns((trial.use > SMALL_GPUS) & ~trial.enough)] = 0.0
        option, period = np.nonzero((trial.use > SMALL_GPUS) & trial.enough & self.single[:, None])
        holding = self.tables.option_holding[option]
        gathered_here = np.minimum(self.least[option], trial.installed[holding, period])
        np.maximum.at(lower, self.layout.installed[holding, period], gathered_here)
        then = _solved(self._program(lower, upper))
        return replace(self._trial(then), closed=trial.closed) if isinstance(then, Solved) else None

    def missing_priced(self) -> Outcome:
        """Solves the part for the options at hand, with a price on what gangs lack."""
        shut = (self.here & ~self.options)[:, None] | self.closed
        option, period = np.nonzero((self.guess > SMALL_GPUS) & ~shut & (self.layout.use >= 0))
        holding = self.tables.option_holding[option]
        least, stands = self.least[option], self.installed[holding, period]
        missing = np.maximum(least - stands, LEAST_MISSING_FRAC * least)
        cost = MISSING_FRAC * self.guess[option, period] * self.rate[option, period] / missing
        columns = self.place[self.layout.installed[holding, period]]
        return _solved(with_least(self._program(self.whole.lower, self._open()), columns, least, cost))

    def _trial(self, answer: Solved) -> _Trial:
        """Reads an answer of this part, whose columns for what is missing come last if it has any."""
        x = answer.x[: len(self.held.columns)]
        whole = self.held.whole_columns(x)
        installed = values_of(self.layout.installed, whole)
        use = np.where(self.here[:, None], values_of(self.layout.use, whole), 0.0)
        enough = self.tables.enough_of(np.floor(installed + SNAP))
        apart: Bools = (use > SMALL_GPUS) & ~enough
        lost = float((use * self.rate)[apart].sum())
        value = float(self.held.program.value @ x) - lost
        assert answer.duals is not None
        duals = self.held.whole_duals(answer.duals[: len(self.held.rows)], len(self.whole.row_upper))
        return _Trial(self.options, self.closed | apart, installed, use, enough, duals, value, lost)

    def _stay(self, known: _Trial) -> None:
        """Goes on from a trial as it is: what still stands apart is priced again."""
        self.closed, self.installed = known.closed, known.installed
        self.guess = np.where((known.options & self.single)[:, None], known.use, 0.0)
        self.options, self.moved = known.options.copy(), np.zeros(0, dtype=np.int64)

    def _move(self, known: _Trial) -> None:
        """Lets gangs with much to gain elsewhere move, at a trial's prices, to where enough stand in it."""
        tables, workload = self.tables, self.tables.option_workload
        prices = prices_of(tables, self.whole, self.layout, known.duals)
        margin = margins(tables, prices)
        might = best_use(tables, margin, np.where(self.single[:, None] & known.enough, tables.most_used, 0.0))
        worth = (margin * might).sum(axis=1)
        now = np.zeros(len(tables.single))
        held_now = known.options & self.single
        now[workload[held_now]] = worth[held_now]
        gain = np.where(self.single & ~known.options & ~self.barred[workload], worth - now[workload], 0.0)
        gain[gain <= GAIN_FRAC * abs(self.most)] = 0.0
        best = one_each(tables, self.single, gain) & (gain > 0)
        ranked = np.flatnonzero(best)[np.argsort(-gain[best], kind="stable")]
        if not len(ranked):
            self.done = True
            return
        # One to a holding: the prices hold for the first that comes.
        _, first = np.unique(tables.option_holding[ranked], return_index=True)
        ranked = ranked[np.sort(first)]
        ranked = ranked[: self.movers or max(1, int(FIRST_MOVERS_FRAC * len(ranked)))]
        self.movers, self.moved = len(ranked), workload[ranked]
        leaving = self.single & np.isin(workload, self.moved)
        self.options[leaving] = False
        self.options[ranked] = True
        self.closed = known.closed & ~leaving[:, None]
        self.guess[leaving] = 0.0
        self.guess[ranked] = might[ranked]

    def _open(self) -> Floats:
        """Returns the columns' upper bounds for the options at hand, (columns of the whole)."""
        upper = self.whole.upper.copy()
        upper[self._columns((self.here & ~self.options)[:, None] | self.closed)] = 0.0
        return upper

    def _columns(self, cells: Bools) -> Ints:
        columns = self.layout.use[cells]
        result: Ints = columns[columns >= 0]
        return result

    def _program(self, lower: Floats, upper: Floats) -> Program:
        columns = self.held.columns
        return replace(self.held.program, lower=lower[columns], upper=upper[columns])


def _solved(program: Program) -> Outcome:
    """Solves a program without the columns that must stay at 0, of which there are many."""
    open_part = held(program, program.upper <= 0, np.zeros(len(program.value)))
    outcome = solve(open_part.program, SolveOptions(method="interior", presolve=False))
    if not isinstance(outcome, Solved) or outcome.duals is None:
        return outcome
    duals = open_part.whole_duals(outcome.duals, len(program.row_upper))
    return replace(outcome, x=open_part.whole_columns(outcome.x), duals=duals)


def _together(tables: Tables, rough: Answer, x: Floats, parts: list[_Part]) -> Gathered:
    """Returns the parts' best trials as one plan; a part without any stays as it was shared out."""
    options = one_each(tables, rough.layout.options, earned(tables, rough.use))
    installed, use = values_of(rough.layout.installed, x), values_of(rough.layout.use, x)
    for part in parts:
        if part.best is not None:
            known, here = part.best, part.here
            holdings = np.unique(tables.option_holding[here])
            installed[holdings] = known.installed[holdings]
            options[here] = known.options[here]
            use[here] = np.where(known.enough, known.use, 0.0)[here]
    use[~options] = 0.0
    value = float(rough.program.value @ x) + rough.program.constant - sum(part.loss() for part in parts)
    return Gathered(options, installed, use, value)


def _columns_of(tables: Tables, answer: Answer) -> Floats:
    """Returns an answer's columns, (columns)."""
    before = np.concatenate([tables.holding_stock[:, None], answer.installed[:, :-1]], axis=1)
    result = np.zeros(len(answer.program.value))
    for columns, values in (
        (answer.layout.installed, answer.installed),
        (answer.layout.moved_in, np.maximum(answer.installed - before, 0.0)),
        (answer.layout.coming, answer.coming),
        (answer.layout.use, answer.use),
    ):
        result[columns[columns >= 0]] = values[columns >= 0]
    return result


def one_each(tables: Tables, options: Bools, weight: Floats) -> Bools:
    """Keeps, of each single-fabric gang's options, the one with most weight, (Q)."""
    workload = tables.option_workload
    single = tables.single[workload]
    result = options & ~single
    mine = np.flatnonzero(options & single)
    order = mine[np.lexsort((mine, -weight[mine], workload[mine]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = workload[order][1:] != workload[order][:-1]
    result[order[first]] = True
    return result


def main_options(tables: Tables, options: Bools, use: Floats) -> Bools:
    """Leaves out options that do little for a workload which may use several."""
    worth = earned(tables, use)
    workload = tables.option_workload
    total = np.bincount(workload, worth)
    result: Bools = options & (tables.single[workload] | (worth > SMALL_PART_FRAC * total[workload]))
    return result


def earned(tables: Tables, use: Floats) -> Floats:
    """Returns what each option's use, (Q, T), is worth, (Q)."""
    result: Floats = (use * tables.hours * np.maximum(tables.option_rate, 0.0)).sum(axis=1)
    return result
