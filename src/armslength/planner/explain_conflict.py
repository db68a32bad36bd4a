"""Why no plan keeps all the rules: the smallest conflict in the field's words, with numbers from the case.

A conflict comes as (family, key) pairs, as `armslength.errors.Infeasible` carries them; families are those of
`build`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import isinf

from armslength.model.case import Case
from armslength.model.comparison import Comparison
from armslength.planner.calendar import boundaries
from armslength.planner.explain_view import View
from armslength.planner.explain_words import between, counted, gpu_hours, joined, megawatts, sentence

Key = tuple[str, ...]

RULES_SHOWN = 12


@dataclass(frozen=True)
class Clash:
    """All rows of one family about one thing, over the periods in which they clash.

    Attributes:
        view: the case, to look names and quantities up.
        key: what the rules are about, without the period.
        first_on, end_on: the first day, and the first day after; None for rules without a period.
    """

    view: View
    key: Key
    first_on: date | None
    end_on: date | None

    @property
    def case(self) -> Case:
        """The case."""
        return self.view.case

    @property
    def span(self) -> str:
        """When, in words; nothing for rules without a period."""
        return f" {between(self.first_on, self.end_on)}" if self.first_on and self.end_on else ""

    @property
    def fleet(self) -> str:
        """The fleet that the key names first, in words."""
        return self.view.fleet_words(self.key[0])

    @property
    def before(self) -> date:
        """The first day after the rules, at the latest the horizon's end."""
        return self.end_on or self.case.horizon.end_on

    def stock_gpus(self, site: str) -> int:
        """Returns the stock of the key's fleet at a site, accelerators."""
        holders, sku = self.view.fleet(self.key[0])
        return sum(row.gpus for row in self.case.stock if row.site == site and row.sku == sku and row.owner in holders)


def infeasible_sentences(case: Case, conflict: Iterable[tuple[str, Key]]) -> tuple[str, ...]:
    """Returns why no plan keeps all the rules, in sentences.

    Args:
        case: the case that cannot be planned.
        conflict: the smallest conflict found, as (family, key) pairs; empty when none was found.

    Returns:
        A first sentence, one for each rule of the conflict, and what would end it where that can be said.
    """
    groups = _grouped(case, conflict)
    if not groups:
        return (
            "No plan keeps all the rules, and no smaller conflict among them was found.",
            "`armslength check` lists what is odd in the case; leaving rows out shows which one matters.",
        )
    told = ["No plan keeps all the rules: these cannot hold together."]
    for family, clash in groups[:RULES_SHOWN]:
        words = RULES.get(family)
        text = words(clash) if words else f"the rule `{family}` about {joined(clash.key)}{clash.span}"
        told.append(f"{sentence(text)}.")
    if len(groups) > RULES_SHOWN:
        told.append(f"{len(groups) - RULES_SHOWN:,} more rules of these kinds take part.")
    told += _ways_out(groups)
    return tuple(dict.fromkeys(told))


def _grouped(case: Case, conflict: Iterable[tuple[str, Key]]) -> list[tuple[str, Clash]]:
    """Puts rules of one family about one thing together, in the order of their first appearance."""
    view = View(Comparison(case=case, plans=()), ())
    ends = {
        first.isoformat(): (first, last)
        for first, last in pairwise(boundaries(case.horizon.start_on, case.horizon.end_on, case.horizon.grid))
    }
    found: dict[tuple[str, Key], list[tuple[date, date]]] = {}
    for family, key in conflict:
        timed = bool(key) and key[-1] in ends
        days = found.setdefault((family, key[:-1] if timed else key), [])
        days += [ends[key[-1]]] if timed else []
    return [
        (family, Clash(view, key, min(days)[0] if days else None, max(days)[1] if days else None))
        for (family, key), days in found.items()
    ]


def _stands(clash: Clash) -> str:
    site = clash.key[1]
    stock = clash.stock_gpus(site)
    name = clash.view.site(site)
    if stock:
        stand = f"{stock:,} {clash.fleet} stand at {name} from the start"
        return f"{stand}, and what stands there stays there{clash.span}"
    return f"{clash.fleet} that stand at {name} stay there{clash.span}"


def _power(clash: Clash) -> str:
    site = clash.key[0]
    most_mw, _ = clash.view.highest(site, clash.before)
    text = f"{clash.view.site(site)} has {megawatts(most_mw)} at most before {clash.before}"
    need = _drawn_by_stock(clash.view, site)
    return f"{text}, and the stock there draws {megawatts(need)}" if need else text


def _slots(clash: Clash) -> str:
    site = clash.key[0]
    _, most = clash.view.highest(site, clash.before)
    room = "no limit of slots" if isinf(most) else f"{most:,.0f} slots at most"
    text = f"{clash.view.site(site)} has {room} before {clash.before}"
    stock = sum(row.gpus for row in clash.case.stock if row.site == site)
    return f"{text}, and the stock there is {stock:,} accelerators" if stock else text


def _drawn_by_stock(view: View, site: str) -> float:
    return sum(row.gpus * view.mw_per_gpu(row.sku, site) for row in view.case.stock if row.site == site)


def _received(clash: Clash) -> str:
    holders, sku = clash.view.fleet(clash.key[0])
    by = clash.before
    lots = sum(
        row.gpus for row in clash.case.lots if row.sku == sku and row.owner in holders and row.expected_on.p50_on < by
    )
    stock = sum(row.gpus for row in clash.case.stock if row.sku == sku and row.owner in holders)
    return (
        f"no more {clash.fleet} can stand than are received: {lots + stock:,} by {by}, before any agreement moves some"
    )


def _returns(clash: Clash) -> str:
    return f"{clash.fleet} are taken down only when they go back to their owner or home from a host{clash.span}"


def _commissioning(clash: Clash) -> str:
    site = clash.view.sites.get(clash.key[0])
    rate = site.commissioning_gpus_per_week if site else None
    limit = "a limited number of" if rate is None else f"{rate:,}"
    return f"{clash.view.site(clash.key[0])} commissions {limit} accelerators a week at most{clash.span}"


def _crew(clash: Clash) -> str:
    # The site stands first in the key of a crew's pace, and after the fleet in the key of its turn.
    name = next((clash.view.site(part) for part in clash.key if part in clash.view.sites), clash.key[0])
    return f"the crew at {name} commissions one accelerator after the other{clash.span}"


def _usable(clash: Clash) -> str:
    return (
        f"work on {clash.fleet} at {clash.view.site(clash.key[1])} takes accelerators that stand there, "
        f"are commissioned and burnt in{clash.span}"
    )


def _hosted(clash: Clash) -> str:
    holders, sku = clash.view.fleet(clash.key[0])
    hosting = {row.id for row in clash.view.binding.values() if row.kind == "hosting"}
    gpus = sum(row.gpus for row in clash.case.legs if row.agreement in hosting and row.giver in holders)
    return f"{clash.view.site(clash.key[1])} hosts {gpus:,} {clash.view.sku(sku)} by agreement{clash.span}"


def _leg(clash: Clash) -> str:
    leg = next((row for row in clash.case.legs if row.id == clash.key[0]), None)
    if leg is None:
        return f"the use granted by `{clash.key[0]}` is limited{clash.span}"
    taker = clash.view.organisation(leg.taker)
    return f"{taker} may use {leg.gpus:,} accelerators under the leg `{leg.id}`{clash.span}"


def _workload_size(clash: Clash) -> str:
    row = clash.view.workloads.get(clash.key[0])
    most = row.gang_gpus_max if row else None
    size = "its largest size" if most is None else f"{most:,} accelerators"
    return f"{clash.view.workload(clash.key[0])} uses {size} at most at a time{clash.span}"


def _workload_least(clash: Clash) -> str:
    row = clash.view.workloads.get(clash.key[0])
    least = counted(row.gang_gpus_min if row else 0, "accelerator")
    return f"{clash.view.workload(clash.key[0])}, when it runs, uses at least {least}{clash.span}"


def _demand(clash: Clash) -> str:
    rows = [row.wanted_gpus for row in clash.case.demand if row.workload == clash.key[0]]
    most = max(rows, default=0.0)
    return f"{clash.view.workload(clash.key[0])} wants {most:,.0f} accelerators at most{clash.span}"


def _work(clash: Clash) -> str:
    row = clash.view.workloads.get(clash.key[0])
    work = gpu_hours(row.work_gpu_hours) if row and row.work_gpu_hours is not None else "limited work"
    return f"{clash.view.workload(clash.key[0])} has {work} to do in all"


def _start(clash: Clash) -> str:
    row = clash.view.workloads.get(clash.key[0])
    return f"{clash.view.workload(clash.key[0])} starts on {row.start_on if row else 'a later day'}"


def _one_place(clash: Clash) -> str:
    return f"{clash.view.workload(clash.key[0])} runs on one SKU at one site{clash.span}"


def _promise(clash: Clash) -> str:
    rule = clash.case.sharing.no_detriment.replace("_", " ")
    name = clash.view.organisation(clash.key[0])
    return f"{name}'s own work must be worth no less than alone (no detriment: {rule})"


def _power_now(clash: Clash) -> str:
    return f"what is used at {clash.view.site(clash.key[0])} draws no more power than there is{clash.span}"


def _slots_now(clash: Clash) -> str:
    return f"what is used at {clash.view.site(clash.key[0])} fits its slots{clash.span}"


def _in_time(clash: Clash) -> str:
    return f"{clash.fleet} work only once they are received and burnt in{clash.span}"


RULES: dict[str, Callable[[Clash], str]] = {
    "received": _received,
    "keeps_standing": _stands,
    "moved_in": _stands,
    "returns": _returns,
    "power": _power,
    "slots": _slots,
    "power_in_use": _power_now,
    "goes_dark": _power_now,
    "slots_in_use": _slots_now,
    "hosted": _hosted,
    "hosted_together": _hosted,
    "commissioning": _commissioning,
    "usable": _usable,
    "in_time": _in_time,
    "in_turn": _in_time,
    "after_rise": _in_time,
    "crew_pace": _crew,
    "crew_turn": _crew,
    "use_right": _leg,
    "agreed_use": _leg,
    "gang_size": _workload_size,
    "demand": _demand,
    "starts": _start,
    "work": _work,
    "single_site": _one_place,
    "one_choice": _one_place,
    "strict_gang": _workload_least,
    "gang_stands": _workload_least,
    "gang_stands_most": _workload_size,
    "gang_stands_order": _workload_least,
    "strict_gang_most": _workload_size,
    "no_detriment": _promise,
}


def _ways_out(groups: list[tuple[str, Clash]]) -> list[str]:
    """Returns what would end the conflict, where numbers say so."""
    told = []
    families = {family for family, _ in groups}
    for family, clash in groups:
        if family not in ("power", "slots") or not families & {"keeps_standing", "moved_in"}:
            continue
        site = clash.key[0]
        stock = sum(row.gpus for row in clash.case.stock if row.site == site)
        most_mw, most_gpus = clash.view.highest(site, clash.before)
        need_mw = _drawn_by_stock(clash.view, site)
        if not stock or (need_mw <= most_mw and stock <= most_gpus):
            continue
        needs, has = megawatts(need_mw), megawatts(most_mw)
        if not isinf(most_gpus):
            needs, has = f"{needs} and {stock:,} slots", f"{has} and {most_gpus:,.0f} slots"
        told.append(
            f"The stock at {clash.view.site(site)} needs {needs}; the site has {has} before {clash.before}: "
            "correct the stock, or the days and levels of the site's steps."
        )
    if "no_detriment" in families:
        told.append("Sharing with money (`no_detriment: money`) asks no such promise of each organisation's own work.")
    return told
