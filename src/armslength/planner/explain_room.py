"""Whether a site has room for one more accelerator, and what its power and slots are priced at."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from armslength.model.plan import Binding, Plan
from armslength.planner.explain_view import View
from armslength.planner.explain_words import between, counted, joined, money, when
from armslength.planner.scope import scope_of

ROOM = 1.0 - 1e-6
# Whole accelerators of several sizes rarely fill a site to the last kilowatt; this much taken counts as full.
FULL_FRAC = 0.995
SITES_SHOWN = 3


def full_periods(view: View, plan: Plan, site: str, sku: str | None = None) -> tuple[set[int], set[int]]:
    """Returns the periods by whose end power, and slots, are taken.

    Taken means: no room for one more, or at least 99.5 % in use. Periods without any power or slots are left
    out: there the site is not open yet.

    Args:
        view: what is explained.
        plan: the run.
        site: the site.
        sku: model of the one more; the model that draws least when None.
    """
    least = min((view.mw_per_gpu(key, site) for key in ([sku] if sku else view.skus)), default=0.0)
    none = [0] * len(plan.periods)
    drawn = view.drawn_mw.get((plan.run, site), none)
    standing = view.standing_gpus.get((plan.run, site), none)
    power, slots = set(), set()
    for index, period in enumerate(plan.periods):
        most_mw, most_gpus = view.highest(site, period.end_on)
        if most_mw <= 0 or most_gpus <= 0:
            continue
        if most_mw - drawn[index] < max(least * ROOM, (1 - FULL_FRAC) * most_mw):
            power.add(index)
        if most_gpus - standing[index] < ROOM or standing[index] >= FULL_FRAC * most_gpus:
            slots.add(index)
    return power, slots


def fullness(view: View, plan: Plan, site: str, sku: str | None = None, among: set[int] | None = None) -> str:
    """Returns when a site is full and of what, in words; an empty string if it never is.

    Args:
        view: what is explained.
        plan: the run.
        site: the site.
        sku: model of the one more for which there is no room.
        among: periods to look at; all when None.
    """
    power, slots = full_periods(view, plan, site, sku)
    if among is not None:
        power, slots = power & among, slots & among
    parts = []
    for periods, what in (
        (power & slots, "power and slots"),
        (power - slots, "power"),
        (slots - power, "slots"),
    ):
        if periods:
            all_through = len(periods) == len(plan.periods)
            parts.append(f"{what} {'all through' if all_through else when(plan.periods, periods)}")
    return joined(parts)


def why_no_room(view: View, plan: Plan, site: str, sku: str, among: set[int]) -> str:
    """Returns why accelerators cannot stand at a site in some periods; an empty string if they could."""
    opens = view.opens_on(site)
    if opens is None or opens >= view.case.horizon.end_on:
        return f"{view.site(site)} has no powered room within the horizon"
    reasons = []
    if among and opens > plan.periods[min(among)].start_on:
        reasons.append(f"has no powered room before {opens}")
    full = fullness(view, plan, site, sku, among)
    if full:
        reasons.append(f"is full of {full}")
    return f"{view.site(site)} {joined(reasons)}" if reasons else ""


def open_sites(view: View, plan: Plan, holder: str) -> list[str]:
    """Returns the sites where a holder's accelerators may stand in a run: its own first."""
    scope = scope_of(view.case, plan.run)
    owners = {holder}
    for received in (True, False):
        owners |= {owner for owner, _ in scope.allowed.get((holder, received), frozenset())}
    hosts = {right.site for right in scope.host_rights if right.owner == holder}
    sites = [row.id for row in view.case.sites if row.owner in owners or row.id in hosts]
    return sorted(sites, key=lambda site: (view.sites[site].owner != holder, site))


def no_room_anywhere(view: View, plan: Plan, holder: str, sku: str) -> str:
    """Returns, for the sites open to a holder, why accelerators in storage cannot stand there."""
    among = {
        row.period_index
        for row in plan.idle
        if (row.title, row.sku, row.site) == (holder, sku, None) and row.cause in ("no power", "no slot")
    }
    sites = open_sites(view, plan, holder)
    if not sites:
        return f"no site is open to {view.organisation(holder)}"
    reasons = [reason for site in sites if (reason := why_no_room(view, plan, site, sku, among))]
    more = len(reasons) - SITES_SHOWN
    shown = reasons[:SITES_SHOWN]
    if more > 0:
        shown.append(f"{counted(more, 'more site')} {'has' if more == 1 else 'have'} no room either")
    return joined(shown)


def level_start(view: View, site: str, field: str, period_index: int) -> date:
    """Returns the day, within the horizon, from which a site has had its level at a period's end."""
    start, best = view.case.horizon.start_on, 0.0
    for day, power, slots in view.levels(site):
        level = power if field == "power" else slots
        if day < view.periods[period_index].end_on and level is not None and level > best:
            start, best = max(day, view.case.horizon.start_on), float(level)
    return start


def rows_of(plan: Plan, family: str, *key: str) -> list[Binding]:
    """Returns the binding rules of a family whose key begins like this, in order of time."""
    rows = [row for row in plan.bindings if row.family == family and row.key[: len(key)] == key]
    return sorted(rows, key=lambda row: -1 if row.period_index is None else row.period_index)


def site_prices(view: View, plan: Plan, site: str) -> list[str]:
    """Returns what one more MW, slot and commissioned accelerator at a site is priced at, and when."""
    found = []
    for family, unit in (("power", "MW"), ("slots", "slot")):
        rows = [row for row in rows_of(plan, family, site) if row.period_index is not None]
        if rows:
            first, last = rows[0].period_index or 0, rows[-1].period_index or 0
            span = between(level_start(view, site, family, first), plan.periods[last].end_on)
            worth = money(sum(row.marginal_value for row in rows), view.currency)
            found.append(f"one more {unit} {span} is priced at {worth} in all")
    for family, unit in (
        ("power_in_use", "MW while power changes"),
        ("goes_dark", "MW while power falls"),
        ("slots_in_use", "slot while slots change"),
        ("commissioning", "accelerator commissioned"),
    ):
        rows = rows_of(plan, family, site)
        if rows:
            span = when(plan.periods, [row.period_index for row in rows if row.period_index is not None])
            found.append(f"one more {unit} is priced at {_range(rows, view.currency)} {span}")
    return found


def _range(rows: list[Binding], currency: str) -> str:
    low, high = min(row.marginal_value for row in rows), max(row.marginal_value for row in rows)
    if high - low <= 0.01 * high:
        return money(high, currency)
    return f"{money(low, currency)} to {money(high, currency)}"


def hour_prices(view: View, plan: Plan, site: str) -> list[str]:
    """Returns what a GPU-hour of each SKU at a site is priced at, in words."""
    rates: dict[str, list[float]] = defaultdict(list)
    for row in plan.bindings:
        if row.family == "usable" and row.key[1] == site and row.period_index is not None:
            sku = view.fleet(row.key[0])[1]
            rates[sku].append(row.marginal_value / plan.periods[row.period_index].counted_hours)
    found = []
    for sku, prices in sorted(rates.items()):
        low, high = f"{min(prices):,.2f}", f"{max(prices):,.2f}"
        span = low if low == high else f"{low} to {high}"
        found.append(f"a GPU-hour of {view.sku(sku)} is priced at {span} {view.currency}")
    return found


def accelerator_prices(view: View, plan: Plan, sites: Collection[str]) -> list[str]:
    """Returns what one more usable accelerator at some sites is priced at, and when, in words."""
    worth: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for row in plan.bindings:
        if row.family == "usable" and row.key[1] in sites and row.period_index is not None:
            sku = view.fleet(row.key[0])[1]
            known = worth[sku, row.key[1]]
            known[row.period_index] = max(known.get(row.period_index, 0.0), row.marginal_value)
    return [
        f"one more usable {view.sku(sku)} at {view.site(site)} is priced at "
        f"{money(sum(by_period.values()), view.currency)} {when(plan.periods, by_period)}"
        for (sku, site), by_period in sorted(worth.items())
    ]
