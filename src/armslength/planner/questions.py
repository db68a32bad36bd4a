"""What if: the verdict on what was agreed, while one fact or two facts vary."""

from datetime import date, timedelta
from itertools import product

from armslength.model.case import Case, Question, Vary
from armslength.model.comparison import Answer, Point
from armslength.model.noun import on_day
from armslength.planner.method import Effort
from armslength.planner.runs import only, parts_of, run_plan
from armslength.planner.verdict import agreed_settlements

Value = date | float
NO_LOSS_FRAC = 1e-6


def answered(case: Case, question: Question, effort: Effort) -> Answer:
    """Returns the answer to a question: what the organisation gains or loses by the agreements at every value tried."""
    axes = [_values(vary) for vary in question.vary]
    group = next(members for members in parts_of(case, "as_agreed") if question.organisation in members)
    part = only(case, group)
    points = []
    gains: dict[tuple[Value, ...], tuple[float, float]] = {}
    for values in product(*axes):
        effort.say(f"question {question.id}: {len(points) + 1} of {len(axes[0]) * (len(axes[1]) if len(axes) > 1 else 1)}")
        gains[values] = _gain(part, question, values, effort)
        gain, hours = gains[values]
        points.append(Point(labels=tuple(str(value) for value in values), gain_value=gain, used_gpu_hours=hours))
    turn = _break_even(part, question, axes[0], gains, effort) if len(axes) == 1 and question.vary[0].dates_on else None
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


def _gain(case: Case, question: Question, values: tuple[Value, ...], effort: Effort) -> tuple[float, float]:
    """Returns (money, GPU-hours used) that the organisation gains against alone, settlement included."""
    changed = case
    for vary, value in zip(question.vary, values, strict=True):
        changed = with_value(changed, vary, value)
    alone = run_plan(only(changed, (question.organisation,)), "alone", effort).result_of(question.organisation)
    agreed = run_plan(changed, "as_agreed", effort).result_of(question.organisation)
    paid = agreed_settlements(changed).get(question.organisation, 0.0)
    return agreed.own_value + paid - alone.own_value, agreed.used_gpu_hours - alone.used_gpu_hours


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


def _break_even(
    case: Case,
    question: Question,
    tried: list[Value],
    gains: dict[tuple[Value, ...], tuple[float, float]],
    effort: Effort,
) -> date | None:
    """Returns the first day from which on there is no loss, to the day; None when the points never change sides."""
    days = [day for day in tried if isinstance(day, date)]
    scale = max((abs(gain) for gain, _ in gains.values()), default=1.0)

    def loses(gain: float) -> bool:
        return gain < -NO_LOSS_FRAC * max(scale, 1.0)

    days.sort()
    for before, after in zip(days, days[1:], strict=False):
        if not loses(gains[before,][0]) or loses(gains[after,][0]):
            continue
        low, high = before, after
        while (high - low).days > 1:
            middle = low + timedelta(days=(high - low).days // 2)
            if loses(_gain(case, question, (middle,), effort)[0]):
                low = middle
            else:
                high = middle
        return high
    return None


def _reading(
    case: Case, question: Question, labels: tuple[str, ...], points: list[Point], turn: date | None
) -> str:
    name = next(row.name or row.id for row in case.organisations if row.id == question.organisation)
    worst = min(points, key=lambda point: point.gain_value)
    best = max(points, key=lambda point: point.gain_value)
    scale = NO_LOSS_FRAC * max(abs(worst.gain_value), abs(best.gain_value), 1.0)
    if turn is not None:
        return f"{name} loses by what was agreed if {labels[0]} falls before {turn}; from that day on it does not."
    if worst.gain_value >= -scale:
        return f"{name} loses nothing by what was agreed at any value tried."
    at = " and ".join(f"{label} {value}" for label, value in zip(labels, worst.labels, strict=True))
    if best.gain_value < -scale:
        return f"{name} loses by what was agreed at every value tried; most at {at}."
    losing = sum(point.gain_value < -scale for point in points)
    return f"{name} loses by what was agreed at {losing} of {len(points)} values tried; most at {at}."
