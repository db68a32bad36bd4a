"""The rule `usable`: GPU-hours need accelerators that are received, commissioned and burnt in.

A plan says how many accelerators are commissioned by the end of each period, not on which day. The check
grants it the most that any days inside the period allow, and not more:

* Those commissioned in a period come up from its first day on, as soon as there is power and a slot for
  them beside what stands already. Burn-in follows. This is asked of each holding as if all others at its
  site waited for it, and of the site's holdings together (in accelerators of the SKU that draws least).
* All holdings of a site together come up no faster than its rate since the period's (or the power's) first
  day: c accelerators lose c * c / (2 * rate) GPU-weeks. Which holding bears the loss is the plan's choice;
  where burn-in carries part of it into later periods, a plan may bear it all in the first.
* Over all its sites, a holder's accelerators of one SKU give no more than as many of its stock and lots,
  the earliest first, counted from receipt plus the shortest burn-in of the sites where they stand. At each
  of its sites they give no more than that with the site's own burn-in, less what stood ready at its other
  sites, which stays there; asked of holders from whom none leave. Beyond that, receipt and commissioning are
  not matched one to one.
* Accelerators withdrawn in a period give nothing in it; the newest go first.

Part of the independent check: imports neither arrays nor the solver nor any other part of the planner.
"""

from bisect import bisect_right
from math import inf

from armslength.planner.check_days import Days, Span
from armslength.planner.check_findings import Findings, exceeds, number
from armslength.planner.check_ground import Ground
from armslength.planner.check_supply import by_site, taken_home
from armslength.planner.check_tally import Place, Tally
from armslength.units import DAYS_PER_WEEK, GPU_HOUR_TOLERANCE, KW_PER_MW

# Accelerators, the moments between which they come up evenly, and the period in which they are commissioned.
Piece = tuple[float, float, float, int]


class Standing:
    """Accelerators that stand together: those up, and those still coming up, oldest first."""

    def __init__(self, up_gpus: float) -> None:
        self._up = up_gpus
        self._coming: list[Piece] = []
        self._spare = 0.0

    def add(self, pieces: list[Piece]) -> None:
        """Adds accelerators that come up between the moments given."""
        self._coming += pieces

    def withdraw(self, gpus: float) -> None:
        """Takes accelerators away, the newest first."""
        while gpus > 0 and self._coming:
            count, begin, done, period = self._coming.pop()
            if count > gpus:
                self._coming.append((count - gpus, begin, done, period))
            gpus -= min(count, gpus)
        self._up = max(0.0, self._up - max(0.0, gpus))

    def most_gpu_hours(self, days: Days, span: Span, usable: float) -> float:
        """Returns the most GPU-hours in a period, given those that the plan takes; periods come in order."""
        self._up += sum(count for count, _, done, _ in self._coming if done <= span.start)
        self._coming = [piece for piece in self._coming if piece[2] > span.start]
        steady = self._up * span.hours
        ramped = whole = steady
        for count, begin, done, period in self._coming:
            share = count * days.coming_up(span, begin, done)
            ramped += share
            whole += share if period == span.index else count * days.after(span, begin)
        most = min(whole, ramped + self._spare)
        self._spare = max(0.0, ramped + self._spare - usable) if self._coming else 0.0
        return most


def check_usable(ground: Ground, tally: Tally, findings: Findings) -> None:
    """Usable GPU-hours of every holding, every site and every holder are at most what can be up in time."""
    for site, places in by_site(tally).items():
        _check_site(ground, tally, findings, site, places)
    _check_receipt(ground, tally, findings)


def _check_site(ground: Ground, tally: Tally, findings: Findings, site: str, places: list[Place]) -> None:
    standing = {place: Standing(ground.stock.get(place, 0)) for place in places}
    together = Standing(sum(ground.stock.get(place, 0) for place in places))
    before: dict[Place, float] = {place: ground.stock.get(place, 0) for place in places}
    for span in ground.spans:
        now = {place: tally.installed_gpus.of(place)[span.index] for place in places}
        if now != before:
            _commission(ground, span, site, before, now, standing, together)
        before = now
        total = 0.0
        for place in places:
            usable = tally.usable_gpu_hours.of(place)[span.index]
            total += usable
            where = f"{place[0]}'s {place[1]} at {site}, period from {span.start_on}"
            _compare(ground, findings, span, where, standing[place], usable, now[place])
        where = f"site {site}, period from {span.start_on}"
        _compare(ground, findings, span, where, together, total, sum(now.values()))


def _compare(
    ground: Ground,
    findings: Findings,
    span: Span,
    where: str,
    standing: Standing,
    usable: float,
    installed: float,
) -> None:
    most = standing.most_gpu_hours(ground.days, span, usable)
    if exceeds(usable, most, GPU_HOUR_TOLERANCE):
        _report(findings, where, usable, most, f"{number(installed)} GPUs commissioned by its end")


def _commission(
    ground: Ground,
    span: Span,
    site: str,
    before: dict[Place, float],
    now: dict[Place, float],
    standing: dict[Place, Standing],
    together: Standing,
) -> None:
    """Brings up what a period adds and takes away what it withdraws, for each holding and for all."""
    kept = [(ground.kw(place[1], site), min(before[place], now[place])) for place in now]
    kept_kw, kept_gpus = sum(kw * gpus for kw, gpus in kept), sum(gpus for _, gpus in kept)
    added = {place: now[place] - before[place] for place in now if now[place] > before[place]}
    for place, gpus in added.items():
        rooms = _rooms(ground, span, site, kept_kw, kept_gpus, ground.kw(place[1], site))
        standing[place].add(_pieces(ground, span, site, gpus, rooms, None))
    if added:
        rooms = _rooms(ground, span, site, kept_kw, kept_gpus, min(ground.kw(place[1], site) for place in added))
        rate = ground.sites[site].commissioning_gpus_per_week
        together.add(_pieces(ground, span, site, sum(added.values()), rooms, rate))
    for place, gpus in now.items():
        standing[place].withdraw(before[place] - gpus)
        together.withdraw(before[place] - gpus)


def _rooms(
    ground: Ground, span: Span, site: str, kept_kw: float, kept_gpus: float, kw_per_gpu: float
) -> list[tuple[float, float]]:
    """Returns (day, accelerators for which there is room from that day on), beside what already stands."""
    power = ground.power[site].record_days(span)
    slots = ground.slots[site]
    room = slots.record_days(span) if slots is not None else [(span.start, inf)]
    found = []
    for day in sorted({day for day, _ in (*power, *room)}):
        free_kw = power[bisect_right(power, (day, inf)) - 1][1] * KW_PER_MW - kept_kw
        free_slots = room[bisect_right(room, (day, inf)) - 1][1] - kept_gpus
        found.append((day, max(0.0, min(free_kw / kw_per_gpu, free_slots))))
    return found


def _pieces(
    ground: Ground, span: Span, site: str, gpus: float, rooms: list[tuple[float, float]], rate: float | None
) -> list[Piece]:
    """Returns when accelerators commissioned in a period come up at the earliest, burn-in included.

    The rate is in GPUs a week; None where it does not matter.
    """
    per_day = inf if rate is None else rate / DAYS_PER_WEEK
    first = ground.power[site].first_day_above_zero()
    begin = max(span.start, span.end if first is None else first)
    up = 0.0
    rising: list[tuple[float, float, float]] = []
    for i, (day, room) in enumerate(rooms):
        start = max(day, begin)
        end = rooms[i + 1][0] if i + 1 < len(rooms) else span.end
        ceiling = min(gpus, room)
        if start >= end or ceiling <= up:
            continue
        at_once = ceiling if rate is None else min(ceiling, per_day * (start - begin))
        rising.append((at_once - up, start, start))
        up = at_once
        target = min(ceiling, per_day * (end - begin)) if rate is not None else ceiling
        if target > up:
            rising.append((target - up, start, begin + target / per_day))
            up = target
    rising.append((gpus - up, span.end, span.end))
    burn = ground.sites[site].burn_in_days
    return [(count, start + burn, end + burn, span.index) for count, start, end in rising if count > 0]


def _check_receipt(ground: Ground, tally: Tally, findings: Findings) -> None:
    """Over all sites, usable is at most what the installed number gives, the earliest received first."""
    holders: dict[tuple[str, str], list[Place]] = {}
    for place in sorted(tally.stands):
        holders.setdefault(place[:2], []).append(place)
    for (holder, sku), places in holders.items():
        for span in ground.spans:
            usable = sum(tally.usable_gpu_hours.of(place)[span.index] for place in places)
            if not usable:
                continue
            installed = {place: tally.installed_gpus.of(place)[span.index] for place in places}
            burns = [ground.sites[p[2]].burn_in_days for p in places if installed[p] > ground.stock.get(p, 0)]
            can = _received_gpu_hours(ground, (holder, sku), span, min(burns, default=0.0), sum(installed.values()))
            if exceeds(usable, can, GPU_HOUR_TOLERANCE):
                where = f"{holder}, {sku}, period from {span.start_on}"
                _report(findings, where, usable, can, "counted from receipt, and burn-in")
        leave = sum(
            ground.handed_back(holder, sku, span) + taken_home(ground, holder, sku, span) for span in ground.spans
        )
        if not leave:
            _check_receipt_at_sites(ground, tally, findings, (holder, sku), places)


def _check_receipt_at_sites(
    ground: Ground, tally: Tally, findings: Findings, holding: tuple[str, str], places: list[Place]
) -> None:
    """At each site, usable is at most what is received and burnt in there, less what stood ready elsewhere before."""
    standing = {place: [ground.stock.get(place, 0), *tally.installed_gpus.of(place)] for place in places}
    everywhere = [sum(gpus) for gpus in zip(*standing.values(), strict=True)]
    for burn in sorted({ground.sites[place[2]].burn_in_days for place in places}):
        here = [place for place in places if ground.sites[place[2]].burn_in_days == burn]
        for span in ground.spans:
            unready = [lot.start for lot in ground.parcels.get(holding, ()) if lot.start + burn > span.start]
            # 0 is the start; after it come the ends of the periods in which nothing unready had arrived yet.
            settled = sum(before.end <= min(unready, default=inf) for before in ground.spans[: span.index])
            received = _received_gpu_hours(ground, holding, span, burn, everywhere[span.index + 1])
            for place in here:
                usable = tally.usable_gpu_hours.of(place)[span.index]
                elsewhere = everywhere[settled] - standing[place][settled]
                can = received - elsewhere * span.hours
                if exceeds(usable, can, GPU_HOUR_TOLERANCE) and usable > 0:
                    where = f"{holding[0]}'s {holding[1]} at {place[2]}, period from {span.start_on}"
                    why = f"received, past burn-in, and not among the {number(elsewhere)} GPUs that stand elsewhere"
                    _report(findings, where, usable, can, why)


def _received_gpu_hours(
    ground: Ground, holding: tuple[str, str], span: Span, burn_in_days: float, installed: float
) -> float:
    """Returns the most GPU-hours of so many of a holder's accelerators, by receipt and burn-in alone."""
    lots = [(ground.hours_in_hand(lot, span, burn_in_days), lot.gpus) for lot in ground.parcels.get(holding, ())]
    total, left = 0.0, installed
    for hours, gpus in [(span.hours, ground.stock_of.get(holding, 0)), *sorted(lots, reverse=True)]:
        taken = min(left, gpus)
        total += taken * hours
        left -= taken
    return total


def _report(findings: Findings, where: str, usable: float, can: float, why: str) -> None:
    findings.add(
        "usable",
        where,
        f"{number(usable)} GPU-hours usable, {number(can)} possible ({why}): {number(usable - can)} GPU-hours too many",
    )
