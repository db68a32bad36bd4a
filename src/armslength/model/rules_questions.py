"""Rules about what is asked and said: questions and statements."""

from collections.abc import Iterator

from armslength.errors import Problem
from armslength.model.case import Case, Vary
from armslength.model.rules_references import place


def questions(case: Case) -> Iterator[Problem]:
    """Questions that vary nothing, two things at once in one row, or the same thing twice."""
    for index, question in enumerate(case.questions):
        seen: set[tuple[str | None, str | None, bool]] = set()
        for position, vary in enumerate(question.vary):
            path = f"vary[{position}]"
            for field, message, hint in _faults(vary):
                where = place("questions", index, f"{path}.{field}" if field else path)
                yield Problem(where, message, hint)
            key = vary.step, vary.lot, bool(vary.levels_mw)
            if key in seen:
                message = f"`{question.id}` varies the same fact twice"
                yield Problem(place("questions", index, path), message, "vary two different facts, or one")
            seen.add(key)


def _faults(vary: Vary) -> Iterator[tuple[str, str, str]]:
    """What is wrong with one varied fact, as (field, message, hint)."""
    if vary.step is not None and vary.lot is not None:
        yield "lot", "names both a step and a lot", "name one; use a second row of `vary` for the other"
    elif vary.step is None and vary.lot is None:
        yield "", "names neither a step nor a lot", "name the step or the lot whose date or level varies"
    if vary.lot is not None and vary.levels_mw:
        yield "levels_mw", "a lot has no power level", "give dates_on for a lot, or name a step"
    if vary.dates_on and vary.levels_mw:
        yield "levels_mw", "varies days and power levels at once", "give dates_on or levels_mw"
    if not vary.dates_on and not vary.levels_mw:
        yield "", "gives no values to try", "give dates_on, or levels_mw for a step"
    if any(level < 0 for level in vary.levels_mw):
        yield "levels_mw", "holds a negative power level", "levels are in MW from 0"


def statements(case: Case) -> Iterator[Problem]:
    """Claims about the future whose day has passed when they are made; money counted in accelerators."""
    for index, row in enumerate(case.statements):
        if row.forward_looking and row.by_on is not None and row.by_on.p90_on < row.said_on.p10_on:
            message = f"`{row.id}` speaks of the future, but of {row.by_on.p50_on}, before it was said"
            yield Problem(place("statements", index, "by_on"), message, "correct by_on or forward_looking", "warning")
        if (row.metric == "money_spent") != (row.unit == "currency"):
            message = f"`{row.id}` counts {row.metric} in {row.unit}"
            hint = "money_spent goes with unit currency, every other metric with gpus"
            yield Problem(place("statements", index, "unit"), message, hint)
