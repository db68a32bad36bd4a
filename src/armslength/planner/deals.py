"""The agreements that a shared plan implies, read off who holds title, who has custody and who has use."""

from collections import defaultdict
from math import ceil

from armslength.model.agreement import AgreementKind
from armslength.model.case import Case
from armslength.model.names import names_of
from armslength.model.plan import Deal, Use
from armslength.planner.calendar import Calendar

Flow = dict[int, float]  # GPU-hours by period


def implied_deals(case: Case, calendar: Calendar, uses: list[Use]) -> list[Deal]:
    """Returns the agreements without which the plan's uses could not be, largest first.

    Title, custody and use at one place tell the form: custody and use elsewhere is a loan (a redirect if for good, a slot
    swap if accelerators come back the other way); custody alone elsewhere is hosting; use alone is a capacity lease.
    """
    owner = {row.id: row.owner for row in case.workloads}
    host = {row.id: row.owner for row in case.sites}
    moved: dict[tuple[str, str, str, str], Flow] = defaultdict(lambda: defaultdict(float))
    hosted: dict[tuple[str, str, str, str], Flow] = defaultdict(lambda: defaultdict(float))
    leased: dict[tuple[str, str, str, str], Flow] = defaultdict(lambda: defaultdict(float))
    books = {"move": moved, "hosting": hosted, "lease": leased}
    for row in uses:
        for form, giver, taker in _chain(row.title, host[row.site], owner[row.workload], set(case.sharing.kinds)):
            books[form][giver, taker, row.sku, row.site][row.period_index] += row.used_gpu_hours
    both_ways = {(giver, taker) for giver, taker, _, _ in moved}
    deals = [
        _deal(case, calendar, _moving_kind(case, key, flow, both_ways, calendar), key, flow)
        for key, flow in moved.items()
    ]
    deals += [_deal(case, calendar, "hosting", key, flow) for key, flow in hosted.items()]
    deals += [_deal(case, calendar, "capacity_lease", key, flow) for key, flow in leased.items()]
    return sorted(deals, key=lambda deal: (-deal.moved_gpu_hours, deal.id))


def _chain(title: str, custody: str, user: str, kinds: set[AgreementKind]) -> list[tuple[str, str, str]]:
    """Returns the steps (form, giver, taker) by which permitted agreements lead from title to custody and use."""
    moves = bool(kinds & {"redirect", "slot_swap", "loan"})
    hosts, leases = "hosting" in kinds, "capacity_lease" in kinds
    if title == custody == user:
        return []
    if custody == user and moves:
        return [("move", title, user)]
    if (custody == title or hosts) and (user == title or leases):
        hosting = [("hosting", title, custody)] if custody != title else []
        return hosting + ([("lease", title, user)] if user != title else [])
    if user == title or leases:
        return [("move", title, custody), ("lease", custody, user)]
    return [("move", title, user), ("hosting", user, custody)]


def _moving_kind(
    case: Case,
    key: tuple[str, str, str, str],
    flow: Flow,
    both_ways: set[tuple[str, str]],
    calendar: Calendar,
) -> AgreementKind:
    giver, taker, _, _ = key
    if "slot_swap" in case.sharing.kinds and (taker, giver) in both_ways:
        return "slot_swap"
    for_good = max(flow) == calendar.count - 1
    if "redirect" in case.sharing.kinds and (for_good or "loan" not in case.sharing.kinds):
        return "redirect"
    return "loan" if "loan" in case.sharing.kinds else "slot_swap"


def _deal(case: Case, calendar: Calendar, kind: AgreementKind, key: tuple[str, str, str, str], flow: Flow) -> Deal:
    giver, taker, sku, site = key
    names = names_of(case)
    most = max(ceil(hours / calendar.hours[period] - 1e-6) for period, hours in flow.items())
    first, last = calendar.days[min(flow)], calendar.days[max(flow) + 1]
    what = f"up to {most:,} {names[sku]}"
    span = f"from {first} to {last}"
    sentences = {
        "redirect": f"{names[giver]} passes title of {what} to {names[taker]}, which runs them at {names[site]} {span}.",
        "slot_swap": f"{names[giver]} gives {names[taker]} the delivery slots of {what}, run at {names[site]} {span}, "
        "against later slots the other way.",
        "loan": f"{names[giver]} lends {what} to {names[taker]}, at {names[site]}, {span}; equivalents return.",
        "hosting": f"{names[taker]} hosts {what} of {names[giver]} at {names[site]} {span}.",
        "capacity_lease": f"{names[giver]} leases the use of {what} at {names[site]} to {names[taker]} {span}.",
    }
    return Deal(
        id=f"{kind}-{giver}-{taker}-{sku}-{site}",
        kind=kind,
        giver=giver,
        taker=taker,
        sku=sku,
        site=site,
        most_gpus=most,
        moved_gpu_hours=sum(flow.values()),
        from_on=first,
        until_on=last,
        text=sentences[kind],
    )
