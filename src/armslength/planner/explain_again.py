"""Planning again for an explanation: a part of the case with one fact changed, and what it is worth then.

Only small parts are planned again, and only so often; whoever asks for more is told so. Parts are planned as
the released plans were, so that what is told fits them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from armslength.errors import PlanError
from armslength.model.case import Case, Run, Vary
from armslength.model.plan import Plan
from armslength.planner.alternatives import worth_with
from armslength.planner.effort import Effort
from armslength.planner.explain_view import View
from armslength.planner.questions import with_value
from armslength.planner.runs import only, parts_of, run_plan
from armslength.planner.verdict import SAME_FRAC, agreed_settlements

ORGANISATIONS_MAX = 20
USE_ROWS_MAX = 60_000
CELLS_MAX = 4_000
# A run of a part with few cells takes about 25 ms, so these last about two seconds.
COST_MAX = 60.0
CELLS_PER_COST = 400
# Where gangs have to choose, time grows with choices times cells.
CHOICE_CELLS_MAX = 15_000
CHOICE_CELLS_PER_COST = 1_500
GAP_FRAC = 1e-3

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
        spent: cost of the runs made so far.
    """

    view: View
    spent: float = 0.0
    known: dict[tuple[Run, tuple[str, ...]], Worth] = field(default_factory=dict)

    @property
    def effort(self) -> Effort:
        """How the comparison's own runs were solved."""
        plans = self.view.comparison.plans
        gaps = [float(plan.provenance.options.get("gap", GAP_FRAC)) for plan in plans]
        return Effort(gap_frac=min(gaps, default=GAP_FRAC), strict=any(plan.strict_gangs for plan in plans))

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
        """Returns what a part is worth in a run, after a change to the case.

        Args:
            run: which run.
            members: organisations of the part.
            change: turns the case into another one; the case itself when None.

        Returns:
            None where no plan keeps the rules, or finding out is not quick.
        """
        if change is None:
            known = self.known.get((run, members)) or self._released(run, members)
            if known:
                return known
        if not self.affords(members):
            return None
        self.spent += self._size(members)[2]
        part = only(change(self.view.case) if change else self.view.case, members)
        try:
            found = _worth(run_plan(part, run, self.effort, self._floors(part, run, members)), members)
        except PlanError:
            return None
        if change is None:
            self.known[run, members] = found
        return found

    def _released(self, run: Run, members: tuple[str, ...]) -> Worth | None:
        """Returns what the released plan says; a shared one may have given worth up for fewer agreements."""
        plans = [plan for plan in self.view.comparison.plans if plan.run == run]
        return _worth(plans[0], members) if plans and run != "shared" else None

    def _floors(self, part: Case, run: Run, members: tuple[str, ...]) -> dict[str, float] | None:
        """Returns the least worth of each member's own work, where no detriment is asked for in kind."""
        if run != "shared" or part.sharing.no_detriment == "money":
            return None
        alone = run_plan(part, "alone", self.effort)
        return {name: alone.result_of(name).own_value for name in members}

    def standings(
        self, members: tuple[str, ...], who: tuple[str, ...], change: Change | None = None
    ) -> dict[str, Standing] | None:
        """Returns how some members of a part stand as agreed against alone; None if that takes too long."""
        agreed = self.worth("as_agreed", members, change)
        if agreed is None:
            return None
        case = change(self.view.case) if change else self.view.case
        paid = agreed_settlements(case)
        found: dict[str, Standing] = {}
        for name in who:
            floor = self._floor(case, name)
            if floor is None:
                return None
            gain = agreed.own[name] + paid.get(name, 0.0) - floor
            scale = SAME_FRAC * max(abs(floor), abs(agreed.own[name]), 1.0)
            found[name] = "same" if abs(gain) <= scale else ("better" if gain > 0 else "worse")
        return found

    def _floor(self, case: Case, name: str) -> float | None:
        """Returns what an organisation is worth alone, or with its best other realistic option."""
        untouched = only(case, (name,)) == only(self.view.case, (name,))
        verdict = self.view.verdict(name, "as_agreed")
        if untouched and verdict is not None:
            return verdict.alone_value
        alone = self.worth("alone", (name,), None if untouched else lambda _: case)
        if alone is None:
            return None
        offers = [offer for offer in case.alternatives if offer.organisation == name]
        self.spent += len(offers)
        try:
            return max([alone.own[name], *(worth_with(case, offer, self.effort) for offer in offers)])
        except PlanError:
            return None


def _worth(plan: Plan, members: tuple[str, ...]) -> Worth:
    return Worth(
        {row.organisation: row.own_value for row in plan.results if row.organisation in members},
        {row.workload: row.done_gpu_hours for row in plan.workloads},
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
        now: the standing on that day.
        then: the standing with the next day on the way.
    """

    fact: Fact
    kept_on: date
    later: bool
    organisation: str
    now: Standing
    then: Standing


@dataclass(frozen=True)
class Prospect:
    """A standing with a fact's day at one end of the horizon, where it differs from the planned one."""

    fact: Fact
    far_on: date
    organisation: str
    now: Standing
    then: Standing


def prospects(again: Again, members: tuple[str, ...], who: tuple[str, ...], fact: Fact) -> list[Prospect] | None:
    """Returns where standings differ with a day at the ends of the horizon; None if that takes too long."""
    horizon = again.view.case.horizon
    now = again.standings(members, who)
    found: list[Prospect] = []
    for far in (horizon.start_on, horizon.end_on):
        if far == _inside(again, fact.planned_on):
            continue
        then = _moved(again, members, who, fact, far)
        if then is None and now is not None and again.affords(members):
            continue  # no plan keeps the rules with that day
        if now is None or then is None:
            return None
        found += [Prospect(fact, far, name, now[name], then[name]) for name in who if then[name] != now[name]]
    return found


def turns_of(again: Again, members: tuple[str, ...], prospect: Prospect) -> list[Turn]:
    """Returns the days on which a standing turns on the way to the horizon's end, found by halving.

    The first leaves the planned standing; where it is no loss yet and the end is one, the day of the loss
    follows. Others may hide between them. Nothing is returned if that takes too long.
    """
    near = (_inside(again, prospect.fact.planned_on), prospect.now)
    first = _edge(again, members, prospect, near, lambda standing: standing == prospect.now)
    if first is None or first.then == "worse" or prospect.then != "worse":
        return [first] if first else []
    near = (first.kept_on + timedelta(days=1 if first.later else -1), first.then)
    second = _edge(again, members, prospect, near, lambda standing: standing != "worse")
    return [first, second] if second else [first]


def _edge(
    again: Again,
    members: tuple[str, ...],
    prospect: Prospect,
    near: tuple[date, Standing],
    holds: Callable[[Standing], bool],
) -> Turn | None:
    """Returns the turn between a near day, on which something holds of the standing, and the far one."""
    name = prospect.organisation
    (kept, standing), (lost, beyond) = near, (prospect.far_on, prospect.then)
    while abs((lost - kept).days) > 1:
        middle = kept + timedelta(days=int((lost - kept).days / 2))
        at = _moved(again, members, (name,), prospect.fact, middle)
        if at is None:
            return None
        if holds(at[name]):
            kept, standing = middle, at[name]
        else:
            lost, beyond = middle, at[name]
    return Turn(prospect.fact, kept, lost > kept, name, standing, beyond)


def _inside(again: Again, day: date) -> date:
    """Returns a day, or the end of the horizon nearest to it."""
    return min(max(day, again.view.case.horizon.start_on), again.view.case.horizon.end_on)


def _moved(
    again: Again, members: tuple[str, ...], who: tuple[str, ...], fact: Fact, day: date
) -> dict[str, Standing] | None:
    return again.standings(members, who, lambda case: with_value(case, fact.vary, day))
