"""The three runs of one machine: alone, as agreed, shared. Each falls into independent parts, solved one by one."""

from collections.abc import Iterable

import numpy as np

from armslength.model.case import Case, Run
from armslength.model.plan import Plan
from armslength.planner.effort import Effort
from armslength.planner.least_change import least_change
from armslength.planner.linear import solve_linear
from armslength.planner.method import WHOLE_CELLS_MAX, solve_run, whole_run
from armslength.planner.read_out import Parts, joined, read_out
from armslength.planner.scope import in_force, scope_of
from armslength.planner.stages import STAGE_SECONDS, energised_early, simplest, with_stock
from armslength.planner.stock_first import too_much_stock
from armslength.planner.tables import Tables
from armslength.planner.tabulate import tabulate
from armslength.solver.outcome import gap
from armslength.units import MONEY_TOLERANCE

EARLY_CELLS_MAX = 60_000
WHOLE_GPUS_MAX = 3_000  # with more, rounding costs less than a thousandth
COARSE_PERIODS = 13
COARSE_MERGE_MAX = 6  # more periods taken together say too little about when things stand
CALLING_MERGES = 2  # times as many, for the largest runs to find out where work may do well


def run_plan(
    case: Case,
    run: Run,
    effort: Effort,
    floor: dict[str, float] | None = None,
    *,
    polished: bool = True,
    in_force: Plan | None = None,
) -> Plan:
    """Returns the plan of one run.

    Args:
        case: the case, as of its day.
        run: ``alone``: everyone with only their own; ``as_agreed``: agreements in force are given; ``shared``: the
            planner chooses.
        effort: how hard to try.
        floor: least worth of each organisation's own work, for no detriment in kind.
        polished: whether to choose, among plans of equal worth, the simplest and earliest.
        in_force: the plan which is to be changed least, instead of commissioning earliest; small runs only.

    Raises:
        Infeasible: no plan keeps the rules.
        SolveStopped: a limit was hit before any plan.
    """
    parts = []
    groups = parts_of(case, run)
    for number, members in enumerate(groups):
        if len(groups) > 10:
            effort.say(f"{run}: part {number + 1} of {len(groups)}")
        parts.append(_part(only(case, members), run, effort, floor, polished, in_force))
    options = {"gap": f"{effort.gap_frac:g}", "gangs": "strict" if effort.strict else "duty"}
    return joined(case, run, parts, options=options, gap_frac=effort.gap_frac, strict=effort.strict)


def _part(
    case: Case, run: Run, effort: Effort, floor: dict[str, float] | None, polished: bool, in_force: Plan | None
) -> Parts:
    scope = scope_of(case, run)
    tables, labels = tabulate(case, scope, floor)
    coarse = [tabulate(case, scope, floor, merge=merge) for merge in _merges(tables)]
    answer = solve_run(tables, labels, effort, coarse)
    if polished and run == "shared" and answer.method == "exact":
        answer = simplest(tables, answer)
    if polished and in_force is not None and answer.method == "exact":
        answer = least_change(tables, labels, answer, in_force)
    elif (
        polished
        and not answer.settled
        and answer.installed.size <= EARLY_CELLS_MAX
        and (answer.method == "exact" or effort.has(STAGE_SECONDS))
    ):
        answer = energised_early(tables, answer)
    parts = read_out(case, scope, tables, labels, answer, strict=effort.strict)
    few = tables.fleet_received[:, -1].sum() <= WHOLE_GPUS_MAX and answer.installed.size <= WHOLE_CELLS_MAX
    if gap(parts.objective_value, parts.bound_value) > effort.gap_frac and few:
        whole = simplest(tables, with_stock(whole_run(tables, labels, effort)))
        parts = read_out(case, scope, tables, labels, whole, strict=effort.strict)
    return parts


def _merges(tables: Tables) -> list[int]:
    """Returns how many periods are taken together on each coarser grid, coarsest first."""
    periods = len(tables.hours)
    if periods < 2 * COARSE_PERIODS:
        return []
    coarse = min(periods // COARSE_PERIODS, COARSE_MERGE_MAX)
    return [CALLING_MERGES * coarse, coarse] if too_much_stock(tables) else [coarse]


def parts_of(case: Case, run: Run) -> list[tuple[str, ...]]:
    """Returns the organisations that must be planned together, in groups."""
    names = [row.id for row in case.organisations]
    if run == "alone":
        links: Iterable[tuple[str, ...]] = ()
    elif run == "as_agreed":
        binding = in_force(case)
        links = [(leg.giver, leg.taker) for leg in case.legs if leg.agreement in binding]
    else:
        links = case.sharing.groups or [tuple(names)]
    group = {name: name for name in names}
    for link in links:
        known = [name for name in link if name in group]
        for other in known[1:]:
            old, new = group[other], group[known[0]]
            group = {name: new if root == old else root for name, root in group.items()}
    roots = sorted(set(group.values()), key=names.index)
    return [tuple(name for name in names if group[name] == root) for root in roots]


def only(case: Case, members: tuple[str, ...]) -> Case:
    """Returns the part of a case that belongs to some organisations; its SKUs, prices and horizon stay."""
    keep = set(members)
    sites = {row.id for row in case.sites if row.owner in keep}
    workloads = {row.id for row in case.workloads if row.owner in keep}
    legs = tuple(row for row in case.legs if row.giver in keep and row.taker in keep)
    return case.model_copy(
        update={
            "organisations": tuple(row for row in case.organisations if row.id in keep),
            "lots": tuple(row for row in case.lots if row.owner in keep),
            "sites": tuple(row for row in case.sites if row.id in sites),
            "steps": tuple(row for row in case.steps if row.site in sites),
            "stock": tuple(row for row in case.stock if row.owner in keep),
            "workloads": tuple(row for row in case.workloads if row.id in workloads),
            "demand": tuple(row for row in case.demand if row.workload in workloads),
            "legs": legs,
        }
    )


def not_below(shared: Plan, alone: Plan | None, floor: dict[str, float] | None) -> Plan:
    """Returns the shared plan, or everyone's own plans side by side where rounding left the shared one below them."""
    if alone is None:
        return shared
    broken = floor is not None and any(
        row.own_value < alone.result_of(row.organisation).own_value - MONEY_TOLERANCE for row in shared.results
    )
    if not broken and shared.total_value >= alone.total_value:
        return shared
    source = shared.provenance
    provenance = source.model_copy(update={"objective_value": alone.provenance.objective_value})
    own = alone.model_copy(update={"run": "shared", "provenance": provenance})
    return bounded(own, source.bound_value, float(source.options["gap"]))


def bounded(plan: Plan, bound_value: float, gap_frac: float) -> Plan:
    """Returns the plan with the bound of a wider program, and the gap that follows."""
    bound = max(bound_value, plan.provenance.objective_value)
    reached = gap(plan.provenance.objective_value, bound)
    update = {"bound_value": bound, "gap_frac": reached, "proved": reached <= gap_frac}
    return plan.model_copy(update={"provenance": plan.provenance.model_copy(update=update)})


def most_worth(case: Case, run: Run, floor: dict[str, float] | None = None) -> float:
    """Returns what a run is worth when gangs may spread over sites: no plan is worth more."""
    total = 0.0
    for members in parts_of(case, run):
        part = only(case, members)
        tables, labels = tabulate(part, scope_of(part, run), floor)
        total += solve_linear(tables, labels, np.ones(len(tables.option_workload), bool), "bound", None).objective_value
    return total
