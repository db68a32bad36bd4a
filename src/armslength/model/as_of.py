"""The case as it was known on a day: the latest version of each fact, and nothing that was not known yet.

It drops and orders rows; it never changes a fact. What goes with an unknown fact is listed at ``as_of``.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from armslength.model.case import TABLES, Case
from armslength.model.noun import Fact, Noun
from armslength.model.rules_references import REFERENCES, ROWS, Reference, ids, named

# Lists which mean "all" or make no sense when empty: a row that would lose its last name is dropped instead.
_WHOLE_LISTS = {("agreements", "parties[]")}
# Lists that mean "none" when empty.
_MAY_EMPTY = {("transfers", "instead_of[]")}


def as_of(case: Case, day: date | None) -> Case:
    """Returns the case with only what was known by ``day``, one version per fact, ordered by id.

    * A version counts when its ``known_on`` is empty or not later than ``day``; the latest one counts.
    * A row that names something not known yet is dropped with it: the demand of a workload, a leg of an
      agreement, a question about a step. A list of names loses only the unknown ones, but the row goes when
      none is left, because an empty list means "all". An agreement goes when any of its parties is unknown.
    * Names that are unknown in the whole case stay, so that the rules report them.

    Args:
        case: any case; the order of its rows does not matter.
        day: the last day of knowledge; when None, the case's own ``as_of``; everything when that is empty.
    """
    day = day or case.as_of
    tables: dict[str, list[Any]] = {table: _latest(getattr(case, table), day) for table in TABLES}
    tables["questions"] = sorted(case.questions, key=lambda question: question.id)
    not_yet = _drop_dangling(tables, ids(case))
    update: dict[str, Any] = {table: tuple(rows) for table, rows in tables.items()}
    update["sharing"] = case.sharing.model_copy(
        update={"groups": _known_groups(case.sharing.groups, not_yet["organisations"])}
    )
    return case.model_copy(update=update | {"as_of": day})


def known_days(case: Case) -> tuple[date, ...]:
    """Returns the days, in order, on which a version of some fact became known."""
    days = {row.known_on for table in TABLES for row in getattr(case, table) if isinstance(row, Fact)}
    return tuple(sorted(day for day in days if day is not None))


def _latest(rows: Iterable[Any], day: date | None) -> list[Any]:
    """The latest version known by the day of each row, ordered by id."""
    best: dict[str, Any] = {}
    for row in rows:
        since = getattr(row, "known_on", None)
        if day is not None and since is not None and since > day:
            continue
        held = best.get(row.id)
        if held is None or (since or date.min) >= (getattr(held, "known_on", None) or date.min):
            best[row.id] = row
    return [best[name] for name in sorted(best)]


def _drop_dangling(tables: dict[str, list[Any]], ever: dict[str, set[str]]) -> dict[str, set[str]]:
    """Drops what names things not known yet, until nothing does; returns the ids not known, per table."""
    not_yet = {table: ever[table] - {row.id for row in tables[table]} for table in ROWS}
    changed = True
    while changed:
        changed = False
        for reference in REFERENCES:
            unknown = not_yet[reference.target]
            if not unknown:
                continue
            kept: list[Any] = [_without(row, reference, unknown) for row in tables[reference.table]]
            left = [row for row in kept if row is not None]
            if len(left) < len(kept):
                not_yet[reference.table] = ever[reference.table] - {row.id for row in left}
                changed = True
            tables[reference.table] = left
    return not_yet


def _without(row: Noun, reference: Reference, unknown: set[str]) -> Noun | None:
    """The row without the names that are unknown, or None when it cannot stand without them."""
    lost = [name for _, name in named(row, reference.field) if name in unknown]
    if not lost:
        return row
    outer, listed, inner = reference.field.partition("[]")
    if not listed or outer == "vary" or (reference.table, reference.field) in _WHOLE_LISTS:
        return None
    left = tuple(item for item in getattr(row, outer) if (getattr(item, inner[1:]) if inner else item) not in unknown)
    if not left and not inner and (reference.table, reference.field) not in _MAY_EMPTY:
        return None
    return row.model_copy(update={outer: left})


def _known_groups(groups: tuple[tuple[str, ...], ...], unknown: set[str]) -> tuple[tuple[str, ...], ...]:
    """Groups without the organisations not known yet; no group means one of all, so one empty group stays."""
    left = tuple(tuple(name for name in group if name not in unknown) for group in groups)
    return tuple(group for group in left if group) or left[:1]
