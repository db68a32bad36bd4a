"""Why a plan is as it is, in sentences: the answer, then why, then what would have to change to change it.

Sentences are built from the plan's rows, its binding rules with their prices, idle GPU-hours by cause, and
from small parts of the case planned again with one fact changed. Nothing here changes a plan.
"""

from armslength.errors import InputError, UnknownName, nearest
from armslength.model.case import Run
from armslength.model.comparison import Comparison
from armslength.planner.explain_again import Again
from armslength.planner.explain_agreement import agreement_story, deal_story
from armslength.planner.explain_conflict import infeasible_sentences
from armslength.planner.explain_lot import lot_story
from armslength.planner.explain_organisation import organisation_story
from armslength.planner.explain_site import site_story
from armslength.planner.explain_view import View
from armslength.planner.explain_whole import whole_story
from armslength.planner.explain_words import Story, joined
from armslength.planner.explain_workload import workload_story

__all__ = ["explain", "infeasible_sentences"]

TABLES = ("lot", "site", "workload", "organisation", "agreement")


def explain(comparison: Comparison, about: str | None = None, *, run: Run | None = None) -> tuple[str, ...]:
    """Returns why the plans of a comparison are as they are, in sentences.

    Args:
        comparison: what `plan` returned, or what was read back from plan.json.
        about: id of a lot, site, workload, organisation or agreement (of the case, or a deal of the shared
            plan); the whole case when None. ``site:x`` or ``lot:x`` says which, where several have that id.
        run: tell this run only; all runs of the comparison when None.

    Returns:
        Sentences in reading order; quantities carry units, money the case's currency.

    Raises:
        UnknownName: the case and its plans hold nothing of that name; the nearest names are given.
        InputError: the comparison holds no such run.
    """
    plans = tuple(plan for plan in comparison.plans if run in (None, plan.run))
    if not comparison.plans:
        raise InputError("there is no run in this plan", hint="plan the case again")
    if not plans:
        made = joined([plan.run for plan in comparison.plans]) or "none"
        raise InputError(f"there is no run `{run}` in this plan", hint=f"runs made: {made}")
    view = View(comparison, plans)
    if about is None:
        return whole_story(view).told()
    table, key = _meant(view, about)
    return _story(view, table, key).told()


def _story(view: View, table: str, key: str) -> Story:
    again = Again(view)
    match table:
        case "lot":
            return lot_story(view, again, view.lots[key])
        case "site":
            return site_story(view, again, view.sites[key])
        case "workload":
            return workload_story(view, again, view.workloads[key])
        case "organisation":
            row = next(row for row in view.case.organisations if row.id == key)
            return organisation_story(view, again, row)
        case _:
            if key in view.agreements:
                return agreement_story(view, again, view.agreements[key])
            return deal_story(view, again, view.deals[key])


def _meant(view: View, about: str) -> tuple[str, str]:
    """Returns the table and id that a name means."""
    known = {
        "lot": set(view.lots),
        "site": set(view.sites),
        "workload": set(view.workloads),
        "organisation": {row.id for row in view.case.organisations},
        "agreement": set(view.agreements) | set(view.deals),
    }
    named, _, rest = about.partition(":")
    if named in known and rest in known[named]:
        return named, rest
    found = [table for table in TABLES if about in known[table]]
    if len(found) == 1:
        return found[0], about
    if found:
        choices = joined([f"{table}:{about}" for table in found], "or")
        raise UnknownName(f"`{about}` is the id of several things: {joined(found)}", hint=f"say {choices}")
    wanted = rest if named in known else about
    names = known[named] if named in known else set().union(*known.values())
    hint = nearest(wanted, names) or f"give the id of {joined([f'a {table}' for table in TABLES[:3]])} or another"
    raise UnknownName(f"nothing in this plan is called `{about}`", hint=hint)
