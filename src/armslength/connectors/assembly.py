"""A draft to a case: the nouns are built in one validation, the rules run, and problems get their places."""

from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from armslength.connectors.drafts import Draft, Row
from armslength.connectors.flaws import shown
from armslength.connectors.places import Path, steps_of
from armslength.connectors.shapes import nouns_of_tables, slots_of
from armslength.demand.sizing import sizing_problems
from armslength.errors import Problem
from armslength.model.case import Case, Horizon, Sharing
from armslength.model.noun import Noun
from armslength.model.rules import locate, problems, row_problems
from armslength.model.rules_references import dangling
from armslength.units import UNIT_SUFFIXES, unit_of

# Stands in for a top that could not be read while the rows are looked at; no rule run then asks about it.
_PLACEHOLDER: dict[str, Any] = {
    "id": "unread",
    "horizon": Horizon(start_on=date(2000, 1, 1), end_on=date(2001, 1, 1)),
}


def assemble(draft: Draft) -> tuple[Case | None, tuple[Problem, ...]]:
    """Returns the case, or None when it has errors, and all problems: of reading, of rows, of names."""
    rows = {table: draft.tables.get(table, []) for table in nouns_of_tables()}
    data = draft.top.values | {table: tuple(row.values for row in found) for table, found in rows.items()}
    found = list(draft.problems)
    case: Case | None = None
    try:
        case = Case.model_validate(data)
    except ValidationError as error:
        found += [
            _translated(draft, rows, detail)
            for detail in error.errors(include_url=False)
            if _is_news(draft, rows, detail)
        ]
        _mark(draft, rows, error)
    if case is not None and not any(problem.severity == "error" for problem in found):
        found += [_placed(problem, draft, rows) for problem in (*problems(case), *sizing_problems(case))]
    else:
        found += _of_what_could_be_read(draft, rows)
    errors = any(problem.severity == "error" for problem in found)
    return (None if errors else case), tuple(dict.fromkeys(found))


def _of_what_could_be_read(draft: Draft, rows: Mapping[str, list[Row]]) -> list[Problem]:
    """Problems of the rows that are whole, and of the names in all rows."""
    whole = {table: [row for row in found if not row.flawed] for table, found in rows.items()}
    case = Case.model_validate(
        _PLACEHOLDER | {table: tuple(row.values for row in found) for table, found in whole.items()}
    )
    found = [_placed(problem, draft, whole) for problem in row_problems(case)]
    unread = draft.unread | {table for table, listed in rows.items() if any("id" not in row.values for row in listed)}
    names = dangling(_loose_case(draft, rows), unread)
    return [*(_placed(problem, draft, rows) for problem in names), *found]


def _loose_case(draft: Draft, rows: Mapping[str, list[Row]]) -> Case:
    """All rows, even those with values missing or out of bounds: good for looking at names only."""
    tables = {
        table: tuple(_loose(noun, row.values) for row in rows[table]) for table, noun in nouns_of_tables().items()
    }
    sharing = _loose(Sharing, draft.top.values.get("sharing", {}))
    return Case.model_construct(**(_PLACEHOLDER | tables | {"sharing": sharing}))


def _loose(noun: type[Noun], values: Mapping[str, Any]) -> Noun:
    """A noun without validation: what is missing holds its default, or nothing."""
    filled = {slot.name: slot.default for slot in slots_of(noun).values()} | dict(values)
    for slot in slots_of(noun).values():
        inner = slot.shape.item.noun if slot.shape.item else None
        if slot.shape.kind == "list" and filled[slot.name] is None:
            filled[slot.name] = ()
        if inner is not None:
            filled[slot.name] = tuple(_loose(inner, item) for item in filled[slot.name])
    return noun.model_construct(**filled)


def _placed(problem: Problem, draft: Draft, rows: Mapping[str, list[Row]]) -> Problem:
    """The problem with its place in terms of the file."""
    found = locate(problem.place)
    if found is None:
        table = steps_of(problem.place)[:1]
        where = problem.place if table[0] in rows else draft.top.place.at(steps_of(problem.place))
    else:
        table_name, index, path = found
        where = rows[table_name][index].place.at(steps_of(path))
    return Problem(where, problem.message, problem.hint, problem.severity)


def _split(draft: Draft, rows: Mapping[str, list[Row]], detail: ErrorDetails) -> tuple[Row, Path]:
    """The row in which a validation error stands, and the path inside it."""
    path = detail["loc"]
    if len(path) > 1 and path[0] in rows and isinstance(path[1], int):
        return rows[str(path[0])][path[1]], path[2:]
    return draft.top, path


def _is_news(draft: Draft, rows: Mapping[str, list[Row]], detail: ErrorDetails) -> bool:
    """Whether nothing is said yet about the value, what holds it, or what it holds."""
    row, path = _split(draft, rows, detail)
    return not any(flawed[: len(path)] == path or path[: len(flawed)] == flawed for flawed in row.flawed)


def _mark(draft: Draft, rows: Mapping[str, list[Row]], error: ValidationError) -> None:
    for detail in error.errors(include_url=False):
        row, path = _split(draft, rows, detail)
        row.flawed.add(path)


def _translated(draft: Draft, rows: Mapping[str, list[Row]], detail: ErrorDetails) -> Problem:
    """A validation error in plain words with units."""
    row, path = _split(draft, rows, detail)
    names = [step for step in path if isinstance(step, str)]
    name = names[-1] if names else ""
    message, hint = _said(detail, name)
    return Problem(row.place.at(path), message, hint)


_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}


def _said(detail: ErrorDetails, name: str) -> tuple[str, str]:
    """Message and hint for a validation error of a field."""
    kind, context = detail["type"], detail.get("ctx", {})
    suffix = unit_of(name)
    unit = f"unit: {UNIT_SUFFIXES[suffix]}" if suffix else ""
    if kind == "missing":
        return f"`{name}` is missing", unit or _missing_hint(name)
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        bound = context[key]
        return f"{name} is {_number(detail['input'])}, but must be {words} {_number(bound)}", unit
    if kind == "string_too_short":
        return f"`{name}` is empty", "give it a short name"
    if kind == "too_short":
        return f"`{name}` is empty", "give at least one"
    if kind == "too_long":
        most = context["max_length"]
        return (
            f"`{name}` has {context['actual_length']} entries, but at most {most} are possible",
            "remove some",
        )
    return f"`{name}`: {detail['msg'][:1].lower()}{detail['msg'][1:]}", unit


def _missing_hint(name: str) -> str:
    return {
        "id": "give a short name, unique in its table",
        "horizon": "give start_on, the first day planned, and end_on, the first day no longer planned",
        "vary": "name one or two facts that vary",
    }.get(name, "give it a value")


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return shown(str(value))
    return f"{int(value):,}" if isfinite(value) and value == int(value) else f"{value:,}"
