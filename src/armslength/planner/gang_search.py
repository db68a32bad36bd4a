"""Which option each single-fabric gang takes, and from when enough stand there for it: branch and bound.

The program in which gangs may spread bounds what any plan is worth. Where its answer spreads a gang over several options,
or uses one at which too few stand for the smallest gang, the plans are split in two, each part with a bound of its own: the
gang takes this option or any other; enough stand from this period on, or the gang does nothing up to it. Split is what
earns most against the rule. A part whose bound is no better than a plan already found is left out.

A solver's own search does the same with every fraction that it meets, and cuts first; here it took 2 to 20 times as long.
"""

import heapq
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from armslength.planner.build import build
from armslength.planner.effort import Effort
from armslength.planner.linear import grants_first, values_of
from armslength.planner.tables import Bools, Floats, Ints, Labels, Tables
from armslength.planner.whole import SMALL_GPUS, SNAP
from armslength.solver.highs import Basis, Relaxation
from armslength.solver.outcome import NoAnswer, Outcome, Solved
from armslength.solver.program import Program

SAY_SECONDS = 2.0
UNSEEN_FRAC = 1e-6  # of all worth: what cannot be told from nothing


@dataclass(frozen=True)
class Placed:
    """Where gangs go in the best plan found.

    Attributes:
        options: (Q) which options remain: one of each single-fabric gang, and those of all other work.
        cells: (Q, T) where there may be use.
        standing: (Q, T) where enough must stand for a gang.
        objective_value: what that is worth, money.
        bound_value: no plan is worth more.
    """

    options: Bools
    cells: Bools
    standing: Bools
    objective_value: float
    bound_value: float


@dataclass(frozen=True, eq=False)
class _Branch:
    """Bounds on columns that hold in one part of the plans."""

    columns: Ints
    lower: float
    upper: float


class _Split(NamedTuple):
    """Two branches that hold all plans, and what the answer at hand earns against the rule."""

    worth: float
    first: _Branch
    other: _Branch


@dataclass(frozen=True)
class _Node:
    """Plans that keep ``branches``: none is worth more than ``bound_value``; ``split`` is the next to make, once solved."""

    branches: tuple[_Branch, ...]
    bound_value: float
    basis: Basis
    split: _Split | None = None


def placed_gangs(tables: Tables, labels: Labels, effort: Effort, gap_frac: float) -> Placed | None:
    """Returns where gangs go in a plan proved to ``gap_frac``, or in the best one found when time is out; None without any.

    The program is the one of `build` without its whole numbers. Deterministic unless time runs out.
    """
    return _Search(tables, labels, effort, gap_frac).placed()


class _Search:
    def __init__(self, tables: Tables, labels: Labels, effort: Effort, gap_frac: float) -> None:
        self.tables, self.effort, self.gap_frac = tables, effort, gap_frac
        program, self.layout = build(tables, labels, standing=False)
        program = grants_first(program, self.layout, tables, effort_gap=gap_frac)
        self.solvers = [_Solver(program) for _ in range(2)]
        # Options of gangs: all arrays by node are for these alone.
        mine = np.flatnonzero(tables.single[tables.option_workload] & (self.layout.use >= 0).any(axis=1))
        workload, holding = tables.option_workload[mine], tables.option_holding[mine]
        self.mine, self.starts = mine, np.flatnonzero(np.diff(workload)) + 1
        self.use, self.installed = self.layout.use[mine], self.layout.installed[holding]
        self.rate = np.maximum(tables.option_rate[mine], 0.0) * tables.hours
        self.least: Floats = tables.gang_min[workload]
        self.may_fall: Bools = tables.fleet_returns[tables.holding_fleet[holding]]
        self.doubtful: Bools = np.logical_or(tables.holding_stock[holding] < self.least, self.may_fall)
        # Use that is dropped makes room, but may break what an organisation was promised.
        self.may_drop = not np.isfinite(tables.floor).any()
        self.open: list[tuple[float, int, _Node]] = []
        self.made, self.said = 0, effort.now()
        self.best: Placed | None = None
        self.value, self.given_up = -np.inf, -np.inf

    def placed(self) -> Placed | None:
        node = self._taken((), np.inf, self.solvers[0].solve((), None, self._cutoff(), self.effort.left()))
        with ThreadPoolExecutor(len(self.solvers)) as pool:
            while node is not None and self.effort.has(0.0):
                self._report(node)
                node = self._gone_on(node, pool) or self._next()
        bound = max(self.value, self.given_up, self._most_open(), node.bound_value if node else -np.inf)
        return None if self.best is None else replace(self.best, bound_value=bound)

    def _gone_on(self, node: _Node, pool: ThreadPoolExecutor) -> _Node | None:
        """Solves a node, or splits one that is solved; returns the one to go on with, and leaves others open."""
        if node.split is None:
            return self._solved(node.branches, node)
        if self.best is None:
            # No time is lost on the other branch before there is a plan.
            self._leave_open(_Node((*node.branches, node.split.other), node.bound_value, node.basis))
            return self._solved((*node.branches, node.split.first), node)
        return self._both_solved(node, node.split, pool)

    def _solved(self, branches: tuple[_Branch, ...], node: _Node) -> _Node | None:
        answer = self.solvers[0].solve(branches, node.basis, self._cutoff(), self.effort.left())
        return self._taken(branches, node.bound_value, answer)

    def _both_solved(self, node: _Node, split: _Split, pool: ThreadPoolExecutor) -> _Node | None:
        """Solves both branches at once, one on each core."""
        cutoff, left = self._cutoff(), self.effort.left()
        here = self.solvers if self.solvers[0].at == node.branches else self.solvers[::-1]
        parts = [(*node.branches, branch) for branch in (split.first, split.other)]
        tasks = [
            pool.submit(place.solve, part, node.basis, cutoff, left) for place, part in zip(here, parts, strict=True)
        ]
        found = [self._taken(part, node.bound_value, task.result()) for part, task in zip(parts, tasks, strict=True)]
        nodes = [part for part in found if part is not None]
        for rest in nodes[1:]:
            self._leave_open(rest)
        return nodes[0] if nodes else None

    def _leave_open(self, node: _Node) -> None:
        self.made += 1
        heapq.heappush(self.open, (-node.bound_value, self.made, node))

    def _taken(self, branches: tuple[_Branch, ...], above: float, solved: "_Answer") -> _Node | None:
        """Keeps an answer if it is a plan; returns how to go on where it is none and may hold a better one."""
        cutoff, outcome = self._cutoff(), solved.outcome
        value = outcome.objective_value if isinstance(outcome, Solved) else cutoff
        if not isinstance(outcome, Solved):
            # Where the solver gave up, nothing is known but what was known before.
            self.given_up = max(self.given_up, cutoff if isinstance(outcome, NoAnswer) else above)
            return None
        splits = self._splits(outcome, solved.upper)
        if not splits or value <= self._cutoff():
            self.given_up = max(self.given_up, value)
            return None
        return _Node(branches, value, solved.basis, max(splits, key=lambda split: split.worth))

    def _next(self) -> _Node | None:
        return heapq.heappop(self.open)[2] if self._most_open() > self._cutoff() else None

    def _most_open(self) -> float:
        return -self.open[0][0] if self.open else -np.inf

    def _cutoff(self) -> float:
        return self.value + self.gap_frac * abs(self.value) if np.isfinite(self.value) else -np.inf

    def _splits(self, answer: Solved, upper: Floats) -> list[_Split]:
        """Returns how the plans could be split where an answer breaks a rule; keeps the answer if it is a plan."""
        use = values_of(self.use, answer.x)
        use = np.where(use > SMALL_GPUS, use, 0.0)
        stand = np.floor(values_of(self.installed, answer.x) + SNAP)
        apart: Bools = (use > 0) & (stand < self.least[:, None] - 0.5)
        earned, lost = (use * self.rate).sum(axis=1), (use * self.rate * apart).sum(axis=1)
        small = UNSEEN_FRAC * abs(answer.objective_value)
        is_open: Bools = np.any(values_of(self.use, upper) > 0, axis=1)
        splits: list[_Split] = []
        taken, spread = np.zeros(len(self.mine), dtype=bool), False
        for group in np.split(np.arange(len(self.mine)), self.starts):
            choice = group[is_open[group]]
            if not len(choice):
                continue
            best = choice[np.argmax(earned[choice])]
            taken[best] = True
            others = float(earned[choice].sum() - earned[best])
            spread |= others > small
            if others > small or (len(choice) > 1 and lost[best] > small):
                splits.append(self._by_option(max(others, float(lost[best])), best, choice))
            elif lost[best] > small:
                splits.append(self._by_standing(float(lost[best]), best, int(np.flatnonzero(apart[best]).max())))
        if not spread and (self.may_drop or not splits):
            self._keep(answer.objective_value - float(lost.sum()), taken, (use > 0) & ~apart)
        return splits

    def _by_option(self, worth: float, option: int, choice: Ints) -> _Split:
        here, rest = self._columns(np.array([option])), self._columns(choice[choice != option])
        return _Split(worth, _Branch(rest, -np.inf, 0.0), _Branch(here, -np.inf, 0.0))

    def _by_standing(self, worth: float, option: int, period: int) -> _Split:
        """Splits where enough stand for an option's gang in a period from where too few do, and it does nothing.

        Where nothing is handed back, enough stay enough, and too few were too few before.
        """
        falls = self.may_fall[option]
        use = self.use[option, period if falls else 0 : period + 1]
        installed = self.installed[option, period : period + 1 if falls else None]
        idle = _Branch(use[use >= 0], -np.inf, 0.0)
        return _Split(worth, idle, _Branch(installed, float(self.least[option]), np.inf))

    def _columns(self, options: Ints) -> Ints:
        columns = np.concatenate([self.use[options].ravel(), self.layout.chosen[self.mine[options]]])
        result: Ints = columns[columns >= 0]
        return result

    def _keep(self, value: float, taken: Bools, used: Bools) -> None:
        if value <= self.value:
            return
        options = ~self.tables.single[self.tables.option_workload]
        options[self.mine] = taken
        cells = np.ones(self.layout.use.shape, dtype=bool)
        cells[self.mine] = used | ~self.doubtful[:, None]
        standing = np.zeros(cells.shape, dtype=bool)
        standing[self.mine] = used & self.doubtful[:, None]
        self.value, self.best = value, Placed(options, cells, standing, value, np.inf)

    def _report(self, node: _Node) -> None:
        if self.effort.now() - self.said < SAY_SECONDS:
            return
        self.said = self.effort.now()
        most = max(self.given_up, self._most_open(), node.bound_value)
        found = f"a plan worth {self.value:,.0f}" if self.best else "no plan yet"
        self.effort.say(f"places of gangs: {found}, at most {most:,.0f}")


class _Answer(NamedTuple):
    outcome: Outcome
    upper: Floats
    basis: Basis


class _Solver:
    """The program without its whole numbers, under the bounds of one node after the other."""

    def __init__(self, program: Program) -> None:
        self.program, self.relaxation = program, Relaxation(program)
        self.at: tuple[_Branch, ...] | None = None

    def solve(self, branches: tuple[_Branch, ...], basis: Basis | None, above: float, seconds: float | None) -> _Answer:
        lower, upper = self.program.lower.copy(), self.program.upper.copy()
        for branch in branches:
            lower[branch.columns] = np.maximum(lower[branch.columns], branch.lower)
            upper[branch.columns] = np.minimum(upper[branch.columns], branch.upper)
        # The basis of the node that was solved last is still at hand.
        known = None if self.at is not None and branches[:-1] == self.at else basis
        outcome = self.relaxation.solve(lower, upper, known, above=above, seconds=seconds)
        self.at = branches
        return _Answer(outcome, upper, self.relaxation.basis())
