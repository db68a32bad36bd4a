"""What if: the verdict on what was agreed, while one fact or two facts vary."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, product

from armslength.model.case import Case, Question, Vary
from armslength.model.comparison import Answer, Point
from armslength.model.digest import case_digest
from armslength.model.noun import on_day
from armslength.model.plan import OrganisationResult
from armslength.planner.effort import Effort
from armslength.planner.runs import only, parts_of, run_plan
from armslength.planner.verdict import SAME_FRAC, agreed_settlements, beyond_rounding

Value = date | float


@dataclass(frozen=True, slots=True)
class Gain:
    """What an organisation gains (loses, negative) against alone; 0 where only rounding makes a difference."""

    value: float
    used_gpu_hours: float


def answered(case: Case, question: Question, effort: Effort) -> Answer:
    """Returns the answer to a question: what the organisation gains or loses by the agreements at every value tried."""
    axes = [_values(vary) for vary in question.vary]
    group = next(members for members in parts_of(case, "as_agreed") if question.organisation in members)
    part = only(case, group)
    points: list[Point] = []
    gains: dict[tuple[Value, ...], Gain] = {}
    verdict = _Verdicts(part, question, effort)
    for values in product(*axes):
        effort.say(
            f"question {question.id}: {len(points) + 1} of {len(axes[0]) * (len(axes[1]) if len(axes) > 1 else 1)}"
        )
        gain = gains[values] = verdict.at(values)
        points.append(
            Point(labels=tuple(str(v) for v in values), gain_value=gain.value, used_gpu_hours=gain.used_gpu_hours)
        )
    curve = len(axes) == 1 and question.vary[0].dates_on
    turn = _break_even(verdict, axes[0], gains) if curve else None
    labels = tuple(vary.label or vary.step or vary.lot or "" for vary in question.vary)
    return Answer(
        question=question.id,
        text=question.text,
        organisation=question.organisation,
        axes=labels,
        points=tuple(points),
        break_even_on=turn,
        reading=_reading(case, question, labels, points, turn),
    )


def _values(vary: Vary) -> list[Value]:
    return list(vary.dates_on) if vary.dates_on else list(vary.levels_mw)


class _Verdicts:
    """Verdicts on what was agreed at different values; what the organisation is worth alone is kept where it can be."""

    def __init__(self, case: Case, question: Question, effort: Effort) -> None:
        self._case, self._question, self._effort = case, question, effort
        self._alone: dict[str, OrganisationResult] = {}

    def at(self, values: tuple[Value, ...]) -> Gain:
        """Returns what the organisation gains against alone, settlement included, at some values."""
        changed, name = self._case, self._question.organisation
        for vary, value in zip(self._question.vary, values, strict=True):
            changed = with_value(changed, vary, value)
        own = only(changed, (name,))
        key = case_digest(own)
        if key not in self._alone:
            self._alone[key] = run_plan(own, "alone", self._effort, polished=False).result_of(name)
        alone = self._alone[key]
        agreed = run_plan(changed, "as_agreed", self._effort, polished=False).result_of(name)
        value = agreed.own_value + agreed_settlements(changed).get(name, 0.0) - alone.own_value
        noise = SAME_FRAC * max(abs(alone.own_value), abs(agreed.own_value), 1.0)
        hours = beyond_rounding(agreed.used_gpu_hours - alone.used_gpu_hours, alone.received_gpu_hours)
        return Gain(value if abs(value) > noise else 0.0, hours)


def with_value(case: Case, vary: Vary, value: Value) -> Case:
    """Returns the case with one fact set to a value: a step's day or power, or the day of a lot's receipt."""
    if vary.lot is not None:
        assert isinstance(value, date)
        lots = tuple(
            row.model_copy(update={"expected_on": on_day(value)}) if row.id == vary.lot else row for row in case.lots
        )
        return case.model_copy(update={"lots": lots})
    update = {"from_on": on_day(value)} if isinstance(value, date) else {"power_mw": float(value)}
    steps = tuple(row.model_copy(update=update) if row.id == vary.step else row for row in case.steps)
    return case.model_copy(update={"steps": steps})


def _break_even(verdict: _Verdicts, tried: list[Value], gains: dict[tuple[Value, ...], Gain]) -> date | None:
    """Returns the first day from which on there is no loss, to the day; None when the points never change sides."""
    days = sorted(day for day in tried if isinstance(day, date))
    for before, after in pairwise(days):
        if gains[before,].value >= 0 or gains[after,].value < 0:
            continue
        low, high = before, after
        while (high - low).days > 1:
            middle = low + timedelta(days=(high - low).days // 2)
            if verdict.at((middle,)).value < 0:
                low = middle
            else:
                high = middle
        return high
    return None


def _reading(case: Case, question: Question, labels: tuple[str, ...], points: list[Point], turn: date | None) -> str:
    name = next(row.name or row.id for row in case.organisations if row.id == question.organisation)
    worst = min(points, key=lambda point: point.gain_value)
    best = max(points, key=lambda point: point.gain_value)
    if turn is not None:
        return f"{name} loses by what was agreed if it is before {turn} ({labels[0]}); from that day on it does not."
    if worst.gain_value >= 0:
        return f"{name} loses nothing by what was agreed at any value tried."
    at = " and ".join(f"{label} {value}" for label, value in zip(labels, worst.labels, strict=True))
    if best.gain_value < 0:
        return f"{name} loses by what was agreed at every value tried; most at {at}."
    losing = sum(point.gain_value < 0 for point in points)
    return f"{name} loses by what was agreed at {losing} of {len(points)} values tried; most at {at}."
