"""Rules about what is received and what stands: received, keeps_standing, power, slots, commissioning.

Part of the independent check: imports neither arrays nor the solver nor any other part of the planner.
"""

from armslength.planner.check_days import Span
from armslength.planner.check_findings import Findings, differs, exceeds, number
from armslength.planner.check_ground import Ground
from armslength.planner.check_tally import Place, Tally
from armslength.planner.check_titles import binds, ends_on
from armslength.units import DAYS_PER_WEEK, GPU_HOUR_TOLERANCE, GPU_TOLERANCE, MW_TOLERANCE, mw


def check_supplies(ground: Ground, tally: Tally, findings: Findings) -> None:
    """Recomputes what each organisation has received, in accelerators and in GPU-hours since receipt."""
    held = {*ground.stock_of, *ground.parcels, *tally.received_gpus.keys()}
    for holder, sku in sorted(held):
        gpus, hours = tally.received_gpus.of((holder, sku)), tally.received_gpu_hours.of((holder, sku))
        for span in ground.spans:
            where = f"{holder}, {sku}, period from {span.start_on}"
            expected = ground.held(holder, sku, span)
            if differs(gpus[span.index], expected, GPU_TOLERANCE):
                stated = number(gpus[span.index])
                findings.add(
                    "received",
                    where,
                    f"the plan has {stated} GPUs received, the case {number(expected)} GPUs",
                )
            expected_hours = ground.held_gpu_hours(holder, sku, span)
            if differs(hours[span.index], expected_hours, GPU_HOUR_TOLERANCE):
                stated, right = number(hours[span.index]), number(expected_hours)
                message = f"the plan has {stated} GPU-hours since receipt, the case {right} GPU-hours"
                findings.add("received", where, message)


def check_received(ground: Ground, tally: Tally, findings: Findings) -> None:
    """Over all sites, installed is at most stock and lots received by the end of the period."""
    for (holder, sku), places in _by_holder(tally).items():
        rows = [tally.installed_gpus.of(place) for place in places]
        for span in ground.spans:
            installed, held = sum(row[span.index] for row in rows), ground.held(holder, sku, span)
            if exceeds(installed, held, GPU_TOLERANCE):
                where = f"{holder}, {sku}, period from {span.start_on}"
                findings.add(
                    "received",
                    where,
                    f"{number(installed)} GPUs installed, {number(held)} GPUs received: "
                    f"{number(installed - held)} GPUs too many",
                )


def check_keeps_standing(ground: Ground, tally: Tally, findings: Findings) -> None:
    """Nothing commissioned is moved: installed falls only by what its holder hands back in that period."""
    everything = {*tally.installed_gpus.keys(), *_standing_stock(ground)}
    groups: dict[tuple[str, str], list[Place]] = {}
    for place in sorted(everything):
        groups.setdefault(place[:2], []).append(place)
    for (holder, sku), places in groups.items():
        for span in ground.spans:
            falls = {
                site: fall
                for _, _, site in places
                if (fall := _fall(ground, tally, (holder, sku, site), span.index)) > 0
            }
            if not falls:
                continue
            back = ground.handed_back(holder, sku, span) + taken_home(ground, holder, sku, span)
            if exceeds(sum(falls.values()), back, GPU_TOLERANCE):
                listed = ", ".join(f"{number(fall)} GPUs fewer at {site}" for site, fall in falls.items())
                where = f"{holder}, {sku}, period from {span.start_on}"
                findings.add("keeps_standing", where, f"{listed}, while {number(back)} GPUs have to be handed back")


def taken_home(ground: Ground, holder: str, sku: str, span: Span) -> int:
    """Returns the accelerators whose hosting at another's site ends in a period."""
    if ground.run != "as_agreed":
        return 0
    agreements = {row.id: row for row in ground.case.agreements if row.kind == "hosting" and binds(row)}
    lots = {lot.id: lot.sku for lot in ground.case.lots}
    total = 0
    for leg in ground.case.legs:
        if leg.agreement not in agreements or leg.giver != holder or (leg.sku or lots.get(leg.lot or "")) != sku:
            continue
        until = ends_on(leg, agreements[leg.agreement])
        if until is not None and span.start <= ground.days.offset(until) < span.end:
            total += leg.gpus
    return total


def check_room(ground: Ground, tally: Tally, findings: Findings) -> None:
    """Installed fits the highest power and slots so far; hours used fit those of the period's days."""
    for site, places in by_site(tally).items():
        for span in ground.spans:
            t = span.index
            standing = [(ground.kw(place[1], site), tally.installed_gpus.of(place)[t]) for place in places]
            used = [(ground.kw(place[1], site), tally.used_gpu_hours.of(place)[t]) for place in places]
            where = f"site {site}, period from {span.start_on}"
            power = ground.power[site]
            _compare_mw(findings, where, "installed", standing, power.highest_before(span.end))
            over_time = [(kw, hours / span.hours) for kw, hours in used]
            _compare_mw(
                findings,
                where,
                "used on average",
                over_time,
                power.hours_of_level(ground.days, span) / span.hours,
            )
            slots = ground.slots[site]
            if slots is None:
                continue
            taken, room = sum(gpus for _, gpus in standing), slots.highest_before(span.end)
            if exceeds(taken, room, GPU_TOLERANCE):
                over = number(taken - room)
                message = f"{number(taken)} GPUs installed in {number(room)} slots: {over} GPUs too many"
                findings.add("slots", where, message)
            hours, slot_hours = sum(hours for _, hours in used), slots.hours_of_level(ground.days, span)
            if exceeds(hours, slot_hours, GPU_HOUR_TOLERANCE):
                over = number(hours - slot_hours)
                message = f"{number(hours)} GPU-hours used in {number(slot_hours)} slot-hours: {over} too many"
                findings.add("slots", where, message)


def check_commissioning(ground: Ground, tally: Tally, findings: Findings) -> None:
    """Net growth at a site is at most its weekly rate over the period's days since it first had power."""
    for site, places in by_site(tally).items():
        rate = ground.sites[site].commissioning_gpus_per_week
        if rate is None:
            continue
        first = ground.power[site].first_day_above_zero()
        before = float(sum(ground.stock.get(place, 0) for place in places))
        rows = [tally.installed_gpus.of(place) for place in places]
        for span in ground.spans:
            now = sum(row[span.index] for row in rows)
            days = 0.0 if first is None else max(0.0, span.end - max(span.start, first))
            limit = rate * days / DAYS_PER_WEEK
            if exceeds(now - before, limit, GPU_TOLERANCE):
                findings.add(
                    "commissioning",
                    f"site {site}, period from {span.start_on}",
                    f"{number(now - before)} GPUs commissioned; {rate} GPUs a week for {number(days)} days "
                    f"allow {number(limit)} GPUs",
                )
            before = now


def by_site(tally: Tally) -> dict[str, list[Place]]:
    """Returns the holdings of every site, in order of their names."""
    groups: dict[str, list[Place]] = {}
    for place in sorted(tally.stands):
        groups.setdefault(place[2], []).append(place)
    return groups


def _by_holder(tally: Tally) -> dict[tuple[str, str], list[Place]]:
    groups: dict[tuple[str, str], list[Place]] = {}
    for place in sorted(tally.stands):
        groups.setdefault(place[:2], []).append(place)
    return groups


def _standing_stock(ground: Ground) -> list[Place]:
    """Stock whose site its holder may use on its own; elsewhere a plan may leave it out."""
    return [place for place, gpus in ground.stock.items() if gpus and ground.sites[place[2]].owner == place[0]]


def _fall(ground: Ground, tally: Tally, place: Place, period: int) -> float:
    """Accelerators fewer than the period before (before the first period: than in stock)."""
    row = tally.installed_gpus.of(place)
    if period:
        return row[period - 1] - row[period]
    return (ground.stock.get(place, 0) if place in tally.stands else 0) - row[0]


def _compare_mw(findings: Findings, where: str, word: str, draws: list[tuple[float, float]], limit_mw: float) -> None:
    drawn_mw = sum(mw(gpus, kw) for kw, gpus in draws)
    if exceeds(drawn_mw, limit_mw, MW_TOLERANCE):
        findings.add(
            "power",
            where,
            f"{number(drawn_mw, 6)} MW {word}, {number(limit_mw, 6)} MW there: "
            f"{number(drawn_mw - limit_mw, 6)} MW too much",
        )
