"""Planning again for an explanation: a small part of the case with one fact changed, and what that is worth to whom.

Only small parts are planned again, and only so often; whoever asks for more is told so. What is counted here is not
rounded to whole accelerators, so it is compared with itself and never with a released plan.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import numpy as np

from armslength.errors import PlanError
from armslength.model.case import Case, Run, Vary
from armslength.planner.alternatives import worth_with
from armslength.planner.explain_view import View
from armslength.planner.method import Answer, Effort, solve_run
from armslength.planner.questions import with_value
from armslength.planner.runs import only, parts_of
from armslength.planner.scope import scope_of
from armslength.planner.tables import Tables
from armslength.planner.tabulate import tabulate
from armslength.planner.verdict import SAME_FRAC, agreed_settlements

ORGANISATIONS_MAX = 20
USE_ROWS_MAX = 60_000
CELLS_MAX = 4_000
# A solve of a part with few cells takes about 10 ms, so these last about two seconds.
COST_MAX = 160.0
CELLS_PER_COST = 400
# Where gangs have to choose, time grows with choices times cells.
CHOICE_CELLS_MAX = 15_000
CHOICE_CELLS_PER_COST = 1_500
GAP_FRAC = 1e-6

Standing = str
Change = Callable[[Case], Case]


@dataclass(frozen=True)
class Worth:
    """What a part of a case is worth in a run.

    Attributes:
        own: worth of each organisation's own work.
        done_gpu_hours: work done by each workload, GPU-hours of the reference SKU.
    """

    own: dict[str, float]
    done_gpu_hours: dict[str, float]

    @property
    def total(self) -> float:
        """Worth of everyone's work together."""
        return sum(self.own.values())


@dataclass
class Again:
    """Plans parts of one comparison's case again, as long as that is quick.

    Attributes:
        view: what is explained.
        spent: cost of the solves made so far.
    """

    view: View
    spent: float = 0.0
    known: dict[tuple[Run, tuple[str, ...]], Worth] = field(default_factory=dict)

    @property
    def effort(self) -> Effort:
        """How the comparison's own runs were solved, with a gap small enough to compare."""
        strict = any(plan.strict_gangs for plan in self.view.comparison.plans)
        return Effort(gap_frac=GAP_FRAC, strict=strict)

    @property
    def small(self) -> bool:
        """Whether the case is small enough for any of it to be planned again."""
        comparison = self.view.comparison
        rows = max((len(plan.uses) for plan in comparison.plans), default=0)
        return len(comparison.case.organisations) <= ORGANISATIONS_MAX and rows <= USE_ROWS_MAX

    def members(self, organisation: str, run: Run) -> tuple[str, ...]:
        """Returns the organisations that must be planned together with one."""
        return next(part for part in parts_of(self.view.case, run) if organisation in part)

    def fits(self, members: tuple[str, ...]) -> bool:
        """Whether a part is small enough to be planned again."""
        cells, choice_cells, _ = self._size(members)
        return self.small and cells <= CELLS_MAX and choice_cells <= CHOICE_CELLS_MAX

    def affords(self, members: tuple[str, ...], solves: int = 1) -> bool:
        """Whether this many more solves of a part are quick."""
        return self.fits(members) and self.spent + solves * self._size(members)[2] <= COST_MAX

    def _size(self, members: tuple[str, ...]) -> tuple[int, int, float]:
        """Returns the cells of a part, cells times the choices of gangs, and what one solve costs."""
        case = only(self.view.case, members)
        periods = len(self.view.periods)
        places = len(case.sites) * max(len(case.skus), 1)
        cells = len(case.workloads) * places * periods
        choices = sum(row.single_fabric for row in case.workloads) * places
        if self.effort.strict:
            choices += sum(row.gang_gpus_min > 0 for row in case.workloads) * places * periods
        cost = (1 + cells / CELLS_PER_COST) * (1 + cells * choices / CHOICE_CELLS_PER_COST)
        return cells, cells * choices, cost

    def excuse(self, members: tuple[str, ...]) -> Literal["large", "quick"]:
        """Returns the note that says why a part was not planned again."""
        return "quick" if self.fits(members) else "large"

    def worth(self, run: Run, members: tuple[str, ...], change: Change | None = None) -> Worth | None:
        """Returns what a part is worth in a run, after a change to the case; None if that cannot be found out quickly.

        Args:
            run: which run.
            members: organisations of the part.
            change: turns the case into another one; the case itself when None.
        """
        if change is None and (run, members) in self.known:
            return self.known[run, members]
        if not self.affords(members):
            return None
        self.spent += self._size(members)[2]
        part = only(change(self.view.case) if change else self.view.case, members)
        try:
            found = self._solved(part, run, members)
        except PlanError:
            return None
        if change is None:
            self.known[run, members] = found
        return found

    def _solved(self, part: Case, run: Run, members: tuple[str, ...]) -> Worth:
        floor = None
        if run == "shared" and part.sharing.no_detriment != "money":
            floor = {name: self._solved(only(part, (name,)), "alone", (name,)).own[name] for name in members}
        tables, labels = tabulate(part, scope_of(part, run), floor)
        return _worth(part, tables, solve_run(tables, labels, self.effort))

    def standings(self, members: tuple[str, ...], change: Change | None = None) -> dict[str, Standing] | None:
        """Returns each member's standing as agreed against alone, or None if that cannot be found out quickly."""
        agreed = self.worth("as_agreed", members, change)
        if agreed is None:
            return None
        case = change(self.view.case) if change else self.view.case
        paid = agreed_settlements(case)
        found: dict[str, Standing] = {}
        for name in members:
            floor = self._floor(case, name, change)
            if floor is None:
                return None
            gain = agreed.own[name] + paid.get(name, 0.0) - floor
            scale = SAME_FRAC * max(abs(floor), abs(agreed.own[name]), 1.0)
            found[name] = "same" if abs(gain) <= scale else ("better" if gain > 0 else "worse")
        return found

    def _floor(self, case: Case, name: str, change: Change | None) -> float | None:
        """Returns what an organisation is worth alone, or with its best other realistic option."""
        touched = change is not None and only(case, (name,)) != only(self.view.case, (name,))
        alone = self.worth("alone", (name,), change if touched else None)
        if alone is None:
            return None
        offers = [offer for offer in case.alternatives if offer.organisation == name]
        self.spent += len(offers)
        try:
            return max([alone.own[name], *(worth_with(case, offer, self.effort) for offer in offers)])
        except PlanError:
            return None


def _worth(part: Case, tables: Tables, answer: Answer) -> Worth:
    workload, count = tables.option_workload, len(part.workloads)
    earned = (tables.option_rate * tables.hours * answer.use).sum(axis=1)
    done = (tables.hours * answer.use).sum(axis=1) * tables.option_ratio
    by_workload = np.bincount(workload, weights=earned, minlength=count)
    own = tables.constant + np.bincount(
        tables.workload_owner, weights=by_workload, minlength=len(part.organisations)
    )
    work = np.bincount(workload, weights=done, minlength=count)
    return Worth(
        {row.id: float(own[index]) for index, row in enumerate(part.organisations)},
        {row.id: float(work[index]) for index, row in enumerate(part.workloads)},
    )


@dataclass(frozen=True)
class Fact:
    """A day that may be moved: that of a lot's receipt or of a step at a site."""

    words: str
    vary: Vary
    planned_on: date


@dataclass(frozen=True)
class Turn:
    """The day on which an organisation's standing as agreed turns.

    Attributes:
        fact: whose day is moved.
        kept_on: the last day, on the way from the planned one, with the standing ``now``.
        later: whether the day moves later (else earlier).
        organisation: whose standing.
        now: the standing up to that day.
        then: the standing with the next day on the way.
    """

    fact: Fact
    kept_on: date
    later: bool
    organisation: str
    now: Standing
    then: Standing


def turns(again: Again, members: tuple[str, ...], who: tuple[str, ...], fact: Fact) -> list[Turn]:
    """Returns the days on which standings turn as one day moves, earlier and later, within the horizon.

    Each turn is found by halving, so between two turns that are found others may hide.
    """
    horizon = again.view.case.horizon
    now = again.standings(members)
    planned = min(max(fact.planned_on, horizon.start_on), horizon.end_on)
    found: list[Turn] = []
    for far in (horizon.start_on, horizon.end_on):
        if now is None or far == planned:
            continue
        then = _moved(again, members, fact, far)
        for name in who:
            near, standing = planned, now[name]
            # A standing may turn twice on the way: from better to the same, and then to worse.
            while then is not None and then[name] != standing:
                edge = _edge(again, members, name, fact, (near, standing), (far, then[name]))
                if edge is None:
                    break
                found.append(Turn(fact, edge[0], far > planned, name, standing, edge[1]))
                near, standing = edge
                near += timedelta(days=1 if far > planned else -1)
    return found


def _moved(again: Again, members: tuple[str, ...], fact: Fact, day: date) -> dict[str, Standing] | None:
    return again.standings(members, lambda case: with_value(case, fact.vary, day))


def _edge(
    again: Again,
    members: tuple[str, ...],
    name: str,
    fact: Fact,
    near: tuple[date, Standing],
    far: tuple[date, Standing],
) -> tuple[date, Standing] | None:
    """Returns the last day with the near day's standing on the way to the far one, and the standing a day further."""
    (kept, standing), (lost, beyond) = near, far
    while abs((lost - kept).days) > 1:
        middle = kept + timedelta(days=int((lost - kept).days / 2))
        at = _moved(again, members, fact, middle)
        if at is None:
            return None
        if at[name] == standing:
            kept = middle
        else:
            lost, beyond = middle, at[name]
    return kept, beyond
