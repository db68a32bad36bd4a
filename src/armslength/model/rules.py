"""All rules about a case: each is a function of the case, all run, and every problem is reported at once.

Three lists, by what a rule may look at:

* ROW_RULES look at each row, whatever its version; missing rows cannot mislead them. Neither do they mislead
  ``rules_references.dangling``, which looks at names.
* STATE_RULES find facts that contradict each other; they look at the case as it was known after each day on
  which something became known, with one version per fact.
* LATEST_RULES ask whether a plan can be made of the latest knowledge.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from armslength.errors import Problem
from armslength.model import (
    rules_agreements,
    rules_demand,
    rules_moves,
    rules_quantities,
    rules_questions,
    rules_references,
    rules_supply,
    rules_transfers,
)
from armslength.model.as_of import as_of, known_days
from armslength.model.case import TABLES, Case
from armslength.model.rules_references import ROWS, place

Rule = Callable[[Case], Iterable[Problem]]

ROW_RULES: tuple[Rule, ...] = (
    rules_references.duplicates,
    rules_references.changed_subjects,
    rules_references.odd_ids,
    rules_quantities.absurd_values,
    rules_quantities.odd_power,
    rules_quantities.empty_quantities,
    rules_quantities.serials_of_many,
    rules_supply.own_masters,
    rules_supply.empty_steps,
    rules_agreements.parties,
    rules_agreements.terms_of_other_kinds,
    rules_agreements.strangers,
    rules_agreements.what_legs_name,
    rules_demand.fields_of_other_form,
    rules_demand.sizes_of_models,
    rules_demand.gangs_and_dates,
    rules_demand.demand_of_training,
    rules_demand.price_ranges,
    rules_questions.questions,
    rules_questions.statements,
    rules_transfers.transfers,
)
STATE_RULES: tuple[Rule, ...] = (
    rules_supply.too_many_shares,
    rules_supply.overlapping_steps,
    rules_demand.two_levels_at_once,
    rules_agreements.after_receipt,
    rules_moves.moved_lots,
    rules_moves.lent_use,
)


def nothing_there(case: Case) -> Iterator[Problem]:
    """Tables without which there is nothing to plan."""
    if not case.organisations:
        hint = "add `organisations`, `skus`, `lots`, `sites`, `steps`, `workloads`; `armslength new` shows how"
        yield Problem("organisations", "the case names no organisation, so there is nobody to plan for", hint)
        return
    for missing, what, hint in (
        (
            not case.lots and not case.stock and not case.alternatives,
            "lots",
            "no accelerators: add `lots` or `stock`",
        ),
        (not case.sites, "sites", "no hall to power them in: add `sites` and `steps`"),
        (not case.workloads, "workloads", "no work: add `workloads`"),
    ):
        if missing:
            yield Problem(what, f"the case has no {what}", hint, severity="warning")


LATEST_RULES: tuple[Rule, ...] = (
    nothing_there,
    rules_quantities.horizon,
    rules_quantities.sharing,
    rules_supply.ownership_circles,
    rules_supply.before_or_after,
    rules_supply.missing_it_power,
    rules_supply.dark_sites,
    rules_supply.stock_without_room,
    rules_agreements.without_effect,
    rules_demand.work_outside_horizon,
    rules_demand.nothing_usable,
    rules_demand.gangs_too_large,
    rules_demand.unknown_kinds,
    rules_demand.worth_nothing_known,
)

# Looking at many past states of a large case costs rows times states; the latest states matter most.
ROWS_LOOKED_AT_MAX = 400_000

_PLACE = re.compile(r"(\w+)\[(\d+)\](?:\.(.*))?", re.DOTALL)


def problems(case: Case) -> tuple[Problem, ...]:
    """Returns everything wrong with a case, in the order of its tables; warnings do not stop planning.

    Args:
        case: any case, with all versions of its facts or as of a day.

    Returns:
        Problems whose place is a path into the case, such as ``lots[2].sku``.
    """
    found = [*rules_references.dangling(case), *row_problems(case), *_of_states(case)]
    return tuple(sorted(dict.fromkeys(found), key=_in_order))


def row_problems(case: Case) -> tuple[Problem, ...]:
    """Returns what can be said of a case even when some of its rows are missing; names are not looked at."""
    return tuple(problem for rule in ROW_RULES for problem in rule(case))


def locate(path: str) -> tuple[str, int, str] | None:
    """Returns table, position and field of a problem's place, or None for one outside the tables."""
    match = _PLACE.fullmatch(path)
    return (match[1], int(match[2]), match[3] or "") if match and match[1] in ROWS else None


def _of_states(case: Case) -> Iterator[Problem]:
    """Problems of the case as known after each day; warnings only of the latest."""
    positions = {
        (table, row.id, getattr(row, "known_on", None)): index
        for table in ROWS
        for index, row in enumerate(getattr(case, table))
    }
    days = _days_looked_at(case)
    for day in days:
        state = as_of(case, day)
        latest = day == days[-1]
        for rule in (*STATE_RULES, *LATEST_RULES) if latest else STATE_RULES:
            for problem in rule(state):
                if latest or problem.severity == "error":
                    yield _at_original(problem, state, positions)


def _days_looked_at(case: Case) -> tuple[date, ...]:
    """The last days of new knowledge up to the case's own day; ``date.max`` stands for all that is known."""
    last = case.as_of or date.max
    days = [day for day in known_days(case) if day < last]
    rows = sum(len(getattr(case, table)) for table in TABLES)
    affordable = ROWS_LOOKED_AT_MAX // max(1, rows)
    return (*(days[-affordable:] if affordable else ()), last)


def _at_original(problem: Problem, state: Case, positions: Mapping[tuple[str, str, date | None], int]) -> Problem:
    """The problem at the place its row has in the whole case."""
    found = locate(problem.place)
    if found is None:
        return problem
    table, index, path = found
    row = getattr(state, table)[index]
    original = positions[table, row.id, getattr(row, "known_on", None)]
    return replace(problem, place=place(table, original, path))


def _in_order(problem: Problem) -> tuple[int, int]:
    """Where a problem stands in the list: by table and row, those about the whole case first."""
    found = locate(problem.place)
    return (ROWS.index(found[0]) + 1, found[1]) if found else (0, 0)
