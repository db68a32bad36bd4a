"""The report: a comparison as one HTML file that needs nothing else, for wide and narrow screens and paper.

Sections without content are left out. Every text from the case is escaped by the template engine.
"""

from armslength.model.case import Case
from armslength.model.comparison import Comparison
from armslength.render import figures, words
from armslength.render.answers import answer_sheets
from armslength.render.deals import deal_sheet
from armslength.render.evidence import binding_listings, provenance_listing, runs_listing
from armslength.render.facts import assumption_listing, fact_listings, source_listing, statement_listings
from armslength.render.flows import flow_section, lot_panel
from armslength.render.gantt import deal_section, workload_section
from armslength.render.panels import gpus_section, idle_section, power_section
from armslength.render.sizes import size_section, waiting_section
from armslength.render.tally import Tally, tally_of
from armslength.render.templating import environment
from armslength.render.verdict import one_screen, verdict_section


def report_html(comparison: Comparison) -> str:
    """Returns the report of a comparison as one self-contained HTML document."""
    case, names = comparison.case, words.names_of(comparison.case)
    tallies: dict[str, Tally] = {plan.run: tally_of(case, plan) for plan in comparison.plans}
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            case=case,
            title=words.title_of(case),
            about=about_lines(comparison),
            runs=[(words.RUN[plan.run], words.RUN_MEANING[plan.run]) for plan in comparison.plans],
            verdict=verdict_section(comparison, names),
            replies=one_screen(comparison, tallies, names),
            run_table=runs_listing(comparison, names),
            answers=answer_sheets(comparison, names),
            power=power_section(comparison, tallies, names),
            gpus=gpus_section(comparison, tallies, names),
            idle=idle_section(comparison, tallies, names),
            flows=flow_section(comparison, tallies, names),
            workloads=workload_section(comparison, tallies, names),
            sizes=size_section(comparison, names),
            waiting=waiting_section(comparison, names),
            deal_chart=deal_section(comparison, names),
            lots=lot_panel(comparison, names),
            deals=deal_sheet(comparison, names),
            bindings=binding_listings(comparison, names),
            strictness=_strictness(comparison),
            assumptions=assumption_listing(case),
            facts=fact_listings(case, names),
            statements=statement_listings(case, names),
            sources=source_listing(case),
            provenance=provenance_listing(comparison),
            digests=sorted({plan.case_digest for plan in comparison.plans}),
            notes=comparison.notes,
        )
    )


def about_lines(comparison: Comparison) -> tuple[str, ...]:
    """Returns what the case is, in a few short facts."""
    case = comparison.case
    horizon = case.horizon
    grid = {"week": "weekly", "four_weeks": "four-weekly", "month": "monthly"}[horizon.grid]
    lines = [
        f"As of {figures.day(case.as_of)}" if case.as_of else "With all that is known",
        f"{figures.span(horizon.start_on, horizon.end_on)}, {grid}",
        figures.listed(_sizes(case)),
        f"money in {case.currency}",
    ]
    return tuple(line for line in lines if line)


def _sizes(case: Case) -> list[str]:
    sizes = [
        (len(case.organisations), "organisation"),
        (len(case.sites), "site"),
        (len(case.lots), "lot"),
        (len(case.workloads), "workload"),
    ]
    return [figures.count(number, one) for number, one in sizes if number]


def _strictness(comparison: Comparison) -> str:
    if comparison.strictness_cost is None:
        return ""
    cost = figures.money(comparison.strictness_cost, comparison.case.currency)
    return f"Strict gangs, which keep their smallest size all through a period, cost {cost} against duty."
