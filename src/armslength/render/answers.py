"""Answers to the case's questions: a break-even chart for one varied fact, a two-way table for two."""

from dataclasses import dataclass

from markupsafe import Markup

from armslength.model.case import Case
from armslength.model.comparison import Answer, Comparison, Point
from armslength.render import figures
from armslength.render.curve import gain_curve, tried, tried_number
from armslength.render.listing import Cell, Listing, gpu_hours_cell, money_cell, words
from armslength.render.words import Names

_LEVELS = 4


@dataclass(frozen=True, slots=True)
class AnswerSheet:
    """One question, its answer in words, and its chart or table."""

    question: str
    reading: str
    break_even: str
    chart: Markup | None
    listing: Listing
    heat: bool


def answer_sheets(comparison: Comparison, names: Names) -> tuple[AnswerSheet, ...]:
    """Returns a sheet per answer that has points."""
    currency = comparison.case.currency
    return tuple(_sheet(_with_units(a, comparison.case), currency, names) for a in comparison.answers if a.points)


def _with_units(answer: Answer, case: Case) -> Answer:
    """The answer with MW beside tried levels of power, which come as bare numbers."""
    question = next((question for question in case.questions if question.id == answer.question), None)
    if question is None:
        return answer
    levels = [bool(vary.levels_mw and not vary.dates_on) for vary in question.vary]
    points = tuple(
        point.model_copy(
            update={"labels": tuple(_mw(x) if is_mw else x for x, is_mw in zip(point.labels, levels, strict=False))}
        )
        for point in answer.points
    )
    return answer.model_copy(update={"points": points})


def _mw(label: str) -> str:
    number = tried_number(label)
    return label if number is None or not label.replace(".", "").isdigit() else f"{figures.rounded(number)} MW"


def _sheet(answer: Answer, currency: str, names: Names) -> AnswerSheet:
    who = names.organisation(answer.organisation)
    reading = figures.with_days(answer.reading)
    two = all(len(point.labels) == 2 for point in answer.points)
    turn = figures.day(answer.break_even_on) if answer.break_even_on else ""
    break_even = f"Break-even on {turn}." if turn and turn not in reading else ""
    return AnswerSheet(
        answer.text,
        reading,
        break_even,
        None if two else gain_curve(answer, currency),
        _heat(answer, currency, who) if two else _points(answer, currency, who),
        two,
    )


def _points(answer: Answer, currency: str, who: str) -> Listing:
    most = _most(answer)
    rows = [
        [
            words(", ".join(tried(label) for label in point.labels)),
            _sign_cell(point, currency, most),
            gpu_hours_cell(point.used_gpu_hours, sign=True),
        ]
        for point in answer.points
    ]
    heads = (", ".join(answer.axes) or "Tried", f"Gain, {currency}", "Used, GPU-hours")
    return Listing(f"{who} against alone, for each value tried", heads, rows, frozenset({1, 2}))


def _heat(answer: Answer, currency: str, who: str) -> Listing:
    """Rows are the first varied fact, columns the second; each cell says sign and size of the gain."""
    firsts = list(dict.fromkeys(point.labels[0] for point in answer.points))
    seconds = list(dict.fromkeys(point.labels[1] for point in answer.points))
    found = {point.labels: point for point in answer.points}
    most = _most(answer)
    rows = [
        [words(tried(first)), *(_sign_cell(found.get((first, second)), currency, most) for second in seconds)]
        for first in firsts
    ]
    down, across = (*answer.axes, "", "")[:2]
    return Listing(
        f"{who}: gain (▲) or loss (▼) against alone, {currency}. Down: {down}. Across: {across}.",
        (down, *(tried(second) for second in seconds)),
        rows,
        frozenset(range(1, len(seconds) + 1)),
    )


def _most(answer: Answer) -> float:
    return max((abs(point.gain_value) for point in answer.points), default=0.0) or 1.0


def _sign_cell(point: Point | None, currency: str, most: float) -> Cell:
    if point is None:
        return Cell("not tried")
    plain = money_cell(point.gain_value, currency, sign=True)
    if plain.text == "0":
        return Cell("= 0", plain.exact, "heat-0")
    level = min(_LEVELS, 1 + int(_LEVELS * abs(point.gain_value) / most))
    if point.gain_value > 0:
        return Cell(f"▲ {plain.text}", plain.exact, f"heat-more-{level}")
    return Cell(f"▼ {plain.text}", plain.exact, f"heat-less-{level}")
