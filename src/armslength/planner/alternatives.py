"""The next best option realistically available to an organisation without the others: renting, or hosting elsewhere.

An offer becomes a site of the organisation's own for the days of the offer, whose GPU-hours have a price.
"""

from armslength.model.case import Case
from armslength.model.demand import Alternative
from armslength.model.noun import on_day
from armslength.model.plan import Plan
from armslength.model.supply import Site, Step, Stock
from armslength.planner.effort import Effort
from armslength.planner.method import solve_run
from armslength.planner.runs import only
from armslength.planner.scope import scope_of
from armslength.planner.tabulate import tabulate

AMPLE_MW = 100_000.0


def best_alternatives(case: Case, alone: Plan, effort: Effort) -> dict[str, tuple[str, float]]:
    """Returns (offer, worth with it) for each organisation that has an offer better than standing alone."""
    best: dict[str, tuple[str, float]] = {}
    for offer in case.alternatives:
        worth = worth_with(case, offer, effort)
        floor = (
            best[offer.organisation][1] if offer.organisation in best else alone.result_of(offer.organisation).own_value
        )
        if worth > floor * (1 + 1e-9) + 1e-6:
            best[offer.organisation] = (offer.id, worth)
    return best


def worth_with(case: Case, offer: Alternative, effort: Effort) -> float:
    """Returns what an organisation alone is worth if it takes up an offer as far as that pays."""
    own = only(case, (offer.organisation,))
    site_id = f"offer {offer.id}"
    site = Site(id=site_id, owner=offer.organisation)
    begins = Step(
        id=f"{site_id} from",
        site=site_id,
        from_on=offer.from_on,
        power_mw=AMPLE_MW,
        gpu_slots=offer.offered_gpus,
    )
    steps = [begins]
    if offer.until_on is not None:
        ends = {"id": f"{site_id} until", "from_on": on_day(offer.until_on), "gpu_slots": 0}
        steps.append(begins.model_copy(update=ends))
    stock = (
        (Stock(id=site_id, site=site_id, owner=offer.organisation, sku=offer.sku, gpus=offer.offered_gpus),)
        if offer.kind == "rent"
        else ()
    )
    changed = own.model_copy(
        update={"sites": (*own.sites, site), "steps": (*own.steps, *steps), "stock": (*own.stock, *stock)}
    )
    tables, labels = tabulate(changed, scope_of(changed, "alone"))
    at_offer = tables.holding_site[tables.option_holding] == labels.sites.index(site_id)
    tables.option_rate[at_offer] -= offer.use_price_per_gpu_hour
    if offer.kind == "rent":
        # Rented accelerators stand there before the first day; their use, not their standing, is what the days limit.
        tables.slots_end[labels.sites.index(site_id)] = float(offer.offered_gpus)
        tables.power_end[labels.sites.index(site_id)] = AMPLE_MW
    return solve_run(tables, labels, effort).objective_value
