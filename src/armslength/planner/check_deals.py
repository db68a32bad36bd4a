"""Agreements that a plan implies: allowed ones only, and together exactly what its uses need.

How a use came about (hosting first or lease first) is the planner's choice. What the check asks holds for
any choice: at every site and SKU, each organisation's books close twice. Use: hours on its title, plus
hours taken, less hours given away, are the hours its own work runs. Custody: likewise, all hours end with
the organisation that runs the site.

Part of the independent check: imports neither arrays nor the solver nor any other part of the planner.
"""

from datetime import timedelta
from math import ceil

from armslength.model.plan import Deal, Plan
from armslength.planner.check_findings import Findings, differs, exceeds, number
from armslength.planner.check_ground import Ground
from armslength.planner.check_tally import Tally
from armslength.units import GPU_HOUR_TOLERANCE, GPU_TOLERANCE

MOVES_HOLDER = ("redirect", "slot_swap", "loan")
MOVES_USE = ("capacity_lease", "contribution")
# (book, SKU, site, organisation); the books are `use` and `custody`.
Account = tuple[str, str, str, str]


def check_deals(ground: Ground, plan: Plan, tally: Tally, findings: Findings) -> None:
    """Deals are well-formed and allowed, and in a shared run close the books of use and custody."""
    sound = [deal for deal in plan.deals if _check_names(ground, deal, findings)]
    for name in sorted({deal.id for deal in sound if sum(other.id == deal.id for other in sound) > 1}):
        findings.add("bookkeeping", f"deal {name}", "several deals are called so")
    for deal in sound:
        _check_terms(ground, deal, findings)
        _check_size(ground, tally, deal, findings)
    if plan.run == "shared":
        _check_allowed(ground, sound, findings)
        _check_books(ground, tally, sound, findings)
    elif plan.run == "alone" and plan.deals:
        findings.add("permission", f"{len(plan.deals)} deals", "standing alone, there are none")


def _check_names(ground: Ground, deal: Deal, findings: Findings) -> bool:
    known = (
        ("organisation", deal.giver, ground.organisations),
        ("organisation", deal.taker, ground.organisations),
        ("SKU", deal.sku, ground.skus),
        ("site", deal.site, ground.sites),
    )
    unknown = [f"{kind} {name}" for kind, name, names in known if name not in names]
    if unknown:
        findings.add("bookkeeping", f"deal {deal.id}", f"the case has no {' and no '.join(unknown)}")
    return not unknown


def _check_terms(ground: Ground, deal: Deal, findings: Findings) -> None:
    horizon, where = ground.case.horizon, f"deal {deal.id}"
    if deal.giver == deal.taker:
        findings.add("bookkeeping", where, f"{deal.giver} deals with itself")
    if deal.kind == "hosting" and ground.sites[deal.site].owner != deal.taker:
        owner = ground.sites[deal.site].owner
        findings.add("permission", where, f"{deal.taker} hosts at {deal.site}, which {owner} runs")
    if not horizon.start_on <= deal.from_on < deal.until_on <= horizon.end_on:
        term = f"{deal.from_on} to {deal.until_on}; it must lie in {horizon.start_on} to {horizon.end_on}"
        findings.add("bookkeeping", where, f"its term is {term}")


def _check_size(ground: Ground, tally: Tally, deal: Deal, findings: Findings) -> None:
    """The largest quantity carries the hours moved, and stands there at some time."""
    where, days = f"deal {deal.id}", ground.days
    term_hours = days.between(days.offset(deal.from_on), days.offset(deal.until_on))
    if exceeds(deal.moved_gpu_hours, deal.most_gpus * term_hours, GPU_HOUR_TOLERANCE):
        findings.add(
            "bookkeeping",
            where,
            f"{number(deal.moved_gpu_hours)} GPU-hours moved; {deal.most_gpus} GPUs at most give "
            f"{number(deal.most_gpus * term_hours)} GPU-hours in {number(term_hours)} hours",
        )
    rows = [row for (_, sku, site), row in tally.installed_gpus.items() if (sku, site) == (deal.sku, deal.site)]
    standing = max((sum(gpus) for gpus in zip(*rows, strict=True)), default=0.0)
    if exceeds(deal.most_gpus, standing, GPU_TOLERANCE):
        stands = f"at most {number(standing)} {deal.sku} ever stand at {deal.site}"
        findings.add("bookkeeping", where, f"up to {deal.most_gpus} GPUs; {stands}")


def _check_allowed(ground: Ground, deals: list[Deal], findings: Findings) -> None:
    sharing = ground.case.sharing
    groups = [set(group) for group in sharing.groups] or [set(ground.organisations)]
    for deal in deals:
        where = f"deal {deal.id}"
        if deal.kind not in sharing.kinds:
            allowed = ", ".join(sharing.kinds) or "none"
            findings.add("permission", where, f"kind {deal.kind}; the case allows {allowed}")
        if not any({deal.giver, deal.taker} <= group for group in groups):
            findings.add("permission", where, f"{deal.giver} and {deal.taker} are in no group together")
        if deal.most_gpus < sharing.deal_gpus_min:
            message = f"{deal.most_gpus} GPUs; the smallest agreement has {sharing.deal_gpus_min} GPUs"
            findings.add("permission", where, message)
        shortest = timedelta(weeks=sharing.deal_weeks_min)
        cut = deal.until_on == ground.case.horizon.end_on
        if deal.until_on - deal.from_on < shortest and not cut:
            message = f"{(deal.until_on - deal.from_on).days} days; the shortest agreement has {shortest.days} days"
            findings.add("permission", where, message)


def _check_books(ground: Ground, tally: Tally, deals: list[Deal], findings: Findings) -> None:
    """Closes the books of use and of custody, per SKU, site and organisation, in all and by period."""
    books = _needs(ground, tally)
    open_hours = {account: sum(row) for account, row in books.items()}
    for deal in deals:
        for account, sign in _accounts(deal):
            open_hours[account] = open_hours.get(account, 0.0) - sign * deal.moved_gpu_hours
    for (book, sku, site, organisation), hours in sorted(open_hours.items()):
        if differs(hours, 0.0, GPU_HOUR_TOLERANCE):
            side = "takes" if hours > 0 else "gives"
            where = f"{book} of {sku} at {site}, {organisation}"
            findings.add("bookkeeping", where, f"{side} {number(abs(hours))} GPU-hours for which no deal accounts")
    halls: dict[tuple[str, str], list[Deal]] = {}
    for deal in deals:
        halls.setdefault((deal.sku, deal.site), []).append(deal)
    for together in halls.values():
        flows = _flows(ground, books, together)
        for deal in together:
            if deal.id in flows:
                _check_flow(ground, deal, flows[deal.id], findings)


def _needs(ground: Ground, tally: Tally) -> dict[Account, list[float]]:
    """Returns GPU-hours per period that each account takes (gives, negative) by the plan's uses."""
    books: dict[Account, list[float]] = {}
    for (title, user, sku, site), row in tally.passed_gpu_hours.items():
        for book, taker in (("use", user), ("custody", ground.sites[site].owner)):
            for account, sign in (((book, sku, site, title), -1), ((book, sku, site, taker), 1)):
                before = books.get(account) or [0.0] * len(row)
                books[account] = [a + sign * b for a, b in zip(before, row, strict=True)]
    return books


def _accounts(deal: Deal) -> list[tuple[Account, int]]:
    """Returns the accounts a deal feeds (+1) and draws on (-1)."""
    books = [
        *(["use"] if deal.kind in MOVES_HOLDER or deal.kind in MOVES_USE else []),
        *(["custody"] if deal.kind in MOVES_HOLDER or deal.kind == "hosting" else []),
    ]
    sides = ((deal.taker, 1), (deal.giver, -1))
    return [((book, deal.sku, deal.site, name), sign) for book in books for name, sign in sides]


def _flows(ground: Ground, books: dict[Account, list[float]], deals: list[Deal]) -> dict[str, list[float]]:
    """Returns the GPU-hours per period of each deal that the uses leave no choice about.

    An account on which one deal only is open says what it carries; then this deal is settled everywhere.
    """
    left = {account: list(row) for account, row in books.items()}
    waiting = {deal.id: _accounts(deal) for deal in deals}
    found: dict[str, list[float]] = {}
    while True:
        touched: dict[Account, list[tuple[str, int]]] = {}
        for name, accounts in waiting.items():
            for account, sign in accounts:
                touched.setdefault(account, []).append((name, sign))
        single = next((account for account, names in touched.items() if len(names) == 1), None)
        if single is None:
            return found
        name, sign = touched[single][0]
        zeros = [0.0] * len(ground.spans)
        found[name] = [sign * hours for hours in left.get(single, zeros)]
        for account, side in waiting.pop(name):
            row = left.get(account, zeros)
            left[account] = [a - side * b for a, b in zip(row, found[name], strict=True)]


def _check_flow(ground: Ground, deal: Deal, flow: list[float], findings: Findings) -> None:
    """The largest quantity is the highest period's average, rounded up; all moves inside the term."""
    most = max((hours / span.hours for hours, span in zip(flow, ground.spans, strict=True)), default=0.0)
    if deal.most_gpus != ceil(most - GPU_TOLERANCE):
        message = f"up to {deal.most_gpus} GPUs; its uses are {number(most)} GPUs in the highest period"
        findings.add("bookkeeping", f"deal {deal.id}", message)
    start, end = ground.days.offset(deal.from_on), ground.days.offset(deal.until_on)
    for hours, span in zip(flow, ground.spans, strict=True):
        carried = deal.most_gpus * ground.days.between(max(span.start, start), min(span.end, end))
        if exceeds(hours, carried, GPU_HOUR_TOLERANCE):
            where = f"deal {deal.id}, period from {span.start_on}"
            message = f"{number(hours)} GPU-hours used; in its term {deal.most_gpus} GPUs give {number(carried)}"
            findings.add("bookkeeping", where, message)
