"""Rules about names: what refers to what, unknown names, ids used twice, versions that disagree.

REFERENCES is the one list of what refers to what; the as-of view uses it too.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from armslength.errors import Problem, nearest
from armslength.model.case import TABLES, Case
from armslength.model.noun import Noun


class Reference(NamedTuple):
    """A field that names a row: ``sku``, ``skus[]`` for a list, ``owns[].organisation`` inside a list."""

    table: str
    field: str
    target: str


REFERENCES: tuple[Reference, ...] = tuple(
    Reference(table, field, target)
    for table, fields in {
        "organisations": {"owns[].organisation": "organisations"},
        "lots": {"sku": "skus", "owner": "organisations", "ship_to": "organisations"},
        "sites": {"owner": "organisations"},
        "steps": {"site": "sites"},
        "stock": {"site": "sites", "owner": "organisations", "sku": "skus"},
        "workloads": {
            "owner": "organisations",
            "skus[]": "skus",
            "sites[]": "sites",
            "hardware_of[]": "organisations",
        },
        "demand": {"workload": "workloads"},
        "agreements": {"parties[]": "organisations"},
        "legs": {
            "agreement": "agreements",
            "giver": "organisations",
            "taker": "organisations",
            "lot": "lots",
            "sku": "skus",
            "site": "sites",
        },
        "settlements": {"agreement": "agreements", "payer": "organisations", "payee": "organisations"},
        "transfers": {
            "giver": "organisations",
            "taker": "organisations",
            "sku": "skus",
            "agreement": "agreements",
            "against": "transfers",
            "instead_of[]": "transfers",
        },
        "roles": {"person": "persons", "organisation": "organisations"},
        "statements": {"organisation": "organisations"},
        "prices": {"sku": "skus"},
        "alternatives": {"organisation": "organisations", "sku": "skus"},
        "questions": {"organisation": "organisations", "vary[].step": "steps", "vary[].lot": "lots"},
    }.items()
    for field, target in fields.items()
)

# Fields that name a row of one of several tables.
EITHER: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("links", "holder", ("persons", "organisations")),
    ("links", "target", ("organisations", "persons")),
)

# What a row is about: a later version may change everything else, but a step cannot move to another site.
SUBJECT: dict[str, tuple[str, ...]] = {
    "lots": ("sku",),
    "steps": ("site",),
    "stock": ("site", "sku"),
    "workloads": ("owner", "form"),
    "demand": ("workload",),
    "agreements": ("kind",),
    "legs": ("agreement",),
    "settlements": ("agreement",),
    "transfers": ("kind", "giver", "taker"),
    "roles": ("person", "organisation"),
    "links": ("holder", "target", "kind"),
    "statements": ("organisation", "metric"),
    "prices": ("sku",),
    "alternatives": ("organisation", "kind", "sku"),
}
ROWS: tuple[str, ...] = (*TABLES, "questions")

# Looking for near names takes time, and past this many unknown names nobody reads the hints.
HINTED_NAMES = 40


def place(table: str, index: int, path: str = "") -> str:
    """Returns the place of a field of a row as problems name it, such as ``lots[2].sku``."""
    return f"{table}[{index}].{path}" if path else f"{table}[{index}]"


def named(row: Noun, field: str) -> Iterator[tuple[str, str]]:
    """Yields (path, name) for each name which a reference field of ``row`` holds."""
    outer, listed, inner = field.partition("[]")
    value = getattr(row, outer)
    if not listed:
        if value is not None:
            yield outer, value
        return
    for position, item in enumerate(value):
        name = getattr(item, inner[1:]) if inner else item
        if name is not None:
            yield f"{outer}[{position}]{inner}", name


def ids(case: Case) -> dict[str, set[str]]:
    """Returns the ids that each table holds."""
    return {table: {row.id for row in getattr(case, table)} for table in ROWS}


class _Hints:
    """Near names, looked up once per unknown name."""

    def __init__(self, known: Mapping[str, Collection[str]]) -> None:
        self._known = known
        self._said: dict[tuple[str, str], str] = {}

    def of(self, target: str, name: str) -> str:
        key = target, name
        if key not in self._said:
            self._said[key] = self._look(target, name) if len(self._said) < HINTED_NAMES else ""
        return self._said[key]

    def _look(self, target: str, name: str) -> str:
        known = self._known[target]
        if not known:
            return f"the case has no {target}; add a row to `{target}`"
        near = nearest(name, known)
        if near or len(known) > 8:
            return near or f"add it to `{target}`, or correct the name"
        return f"known {target}: {', '.join(sorted(known))}"


def dangling(case: Case, unread: Collection[str] = ()) -> Iterator[Problem]:
    """Names that no row has.

    Args:
        case: any case.
        unread: tables of which rows exist that are not in the case: any name may belong to one of them.
    """
    known = ids(case)
    hints = _Hints(known)
    for table, field, target in REFERENCES:
        for index, row in enumerate(getattr(case, table)) if target not in unread else ():
            for path, name in named(row, field):
                if name not in known[target]:
                    message = f"nothing in `{target}` is called `{name}`"
                    yield Problem(place(table, index, path), message, hints.of(target, name))
    yield from _of_neither(case, known, unread)
    for group, members in enumerate(case.sharing.groups) if "organisations" not in unread else ():
        for position, name in enumerate(members):
            if name not in known["organisations"]:
                where = f"sharing.groups[{group}][{position}]"
                message = f"nothing in `organisations` is called `{name}`"
                yield Problem(where, message, hints.of("organisations", name))


def _of_neither(case: Case, known: Mapping[str, Collection[str]], unread: Collection[str]) -> Iterator[Problem]:
    """Names that stand in none of the tables in which they may stand."""
    for table, field, targets in EITHER:
        if any(target in unread for target in targets):
            continue
        names = {name for target in targets for name in known[target]}
        for index, row in enumerate(getattr(case, table)):
            name = getattr(row, field)
            if name not in names:
                message = f"nothing in `{targets[0]}` or `{targets[1]}` is called `{name}`"
                hint = nearest(name, names) or f"add it to `{targets[0]}` or `{targets[1]}`, or correct the name"
                yield Problem(place(table, index, field), message, hint)


def duplicates(case: Case) -> Iterator[Problem]:
    """The same id twice in one table, unless the rows are versions that became known on different days."""
    for table in ROWS:
        seen: set[tuple[str, date | None]] = set()
        for index, row in enumerate(getattr(case, table)):
            known_on = getattr(row, "known_on", None)
            if (row.id, known_on) in seen:
                since = f" with known_on {known_on}" if known_on else ""
                hint = "give each row its own id"
                if hasattr(row, "known_on"):
                    hint += ", or each version of one fact its own known_on"
                message = f"the id `{row.id}` stands more than once in `{table}`{since}"
                yield Problem(place(table, index, "id"), message, hint)
            seen.add((row.id, known_on))


def changed_subjects(case: Case) -> Iterator[Problem]:
    """Versions of one fact that speak of different things, such as a step that moves to another site."""
    for table, fields in SUBJECT.items():
        first: dict[str, Noun] = {}
        for index, row in enumerate(getattr(case, table)):
            before = first.setdefault(row.id, row)
            for field in fields:
                old, new = getattr(before, field), getattr(row, field)
                if old != new:
                    message = f"a version of `{row.id}` changes its {field} from `{old}` to `{new}`"
                    yield Problem(place(table, index, field), message, "give the new fact an id of its own")


def odd_ids(case: Case) -> Iterator[Problem]:
    """Ids that a person cannot see the whole of."""
    for table in ROWS:
        for index, row in enumerate(getattr(case, table)):
            if not row.id.isprintable() or row.id != row.id.strip():
                message = f"the id {row.id!r} begins or ends with a space or holds an unprintable character"
                yield Problem(place(table, index, "id"), message, "use letters, digits, - _ . and inner spaces")
