"""Which accelerators of a holder come from which lot, where they stand, and how long they wait and why.

Plans count accelerators of one SKU in one hand without telling them apart. To speak of a lot, what is
received first is taken to be commissioned first; idle GPU-hours are divided by lot so that they still add up.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from armslength.model.case import Case, Run
from armslength.model.plan import IdleCause, Plan
from armslength.model.supply import Lot
from armslength.planner.calendar import Calendar, Floats
from armslength.planner.scope import Move, scope_of

STOCK = ""  # stands for what was there before the horizon, which belongs to no lot


@dataclass(frozen=True)
class Stretch:
    """Accelerators of one lot in one hand, from a day until a day (None: for good)."""

    lot: str
    holder: str
    gpus: int
    from_on: date
    until_on: date | None


@dataclass
class Trace:
    """What becomes of one lot's accelerators in one hand.

    Attributes:
        standing: per period, accelerators by site at its end.
        received_gpu_hours: since receipt, within the horizon.
        idle: idle GPU-hours by cause.
    """

    standing: list[dict[str, int]] = field(default_factory=list)
    received_gpu_hours: float = 0.0
    idle: dict[IdleCause, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def idle_gpu_hours(self) -> float:
        """Idle GPU-hours of all causes."""
        return sum(self.idle.values())

    def total(self, period: int) -> int:
        """Returns the accelerators standing anywhere at the end of a period."""
        return sum(self.standing[period].values())


def stretches(case: Case, run: Run, lot: Lot) -> list[Stretch]:
    """Returns in whose hands a lot's accelerators are in a run, and when."""
    legs = tuple(leg for leg in case.legs if leg.lot == lot.id)
    if run != "as_agreed" or not legs:
        return [Stretch(lot.id, lot.owner, lot.gpus, lot.expected_on.p50_on, None)] if lot.gpus else []
    scope = scope_of(case.model_copy(update={"lots": (lot,), "legs": legs}), run)
    found: list[Stretch] = []
    # What comes stands before what goes: a loan may be returned on the day on which it begins.
    for move in sorted(scope.moves, key=lambda move: (move.on, move.gpus < 0, move.holder)):
        if move.gpus > 0:
            found.append(Stretch(lot.id, move.holder, move.gpus, move.on, None))
        else:
            found = _ended(found, move)
    return found


def _ended(open_ones: list[Stretch], move: Move) -> list[Stretch]:
    """Ends as many of a holder's accelerators as a move takes away, the latest first."""
    left, kept = -move.gpus, []
    for row in reversed(open_ones):
        taken = min(left, row.gpus) if row.holder == move.holder and row.until_on is None else 0
        if taken:
            kept.append(Stretch(row.lot, row.holder, taken, row.from_on, move.on))
        if row.gpus > taken:
            kept.append(Stretch(row.lot, row.holder, row.gpus - taken, row.from_on, row.until_on))
        left -= taken
    return kept[::-1]


def traced(case: Case, plan: Plan, holder: str, sku: str) -> dict[str, Trace]:
    """Returns what becomes of one holder's accelerators of a SKU, by lot; stock stands under ``STOCK``."""
    mine = [
        row for lot in case.lots if lot.sku == sku for row in stretches(case, plan.run, lot) if row.holder == holder
    ]
    mine.sort(key=lambda row: (row.from_on, row.lot))
    traces: dict[str, Trace] = {lot: Trace() for lot in [STOCK, *(row.lot for row in mine)]}
    _stand(case, plan, holder, sku, mine, traces)
    calendar = Calendar(case.horizon)
    hours = _received(case, calendar, holder, sku, mine)
    for lot, received in hours.items():
        traces[lot].received_gpu_hours = float(received.sum())
    _share_idle(plan, holder, sku, calendar, traces, hours)
    return traces


def _stand(case: Case, plan: Plan, holder: str, sku: str, mine: list[Stretch], traces: dict[str, Trace]) -> None:
    """Follows the plan period by period: first received, first commissioned."""
    now: dict[tuple[str, str], int] = defaultdict(int)  # (site, lot) -> accelerators standing
    for stock in case.stock:
        if (stock.owner, stock.sku) == (holder, sku):
            now[stock.site, STOCK] += stock.gpus
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for held in plan.holdings:
        if (held.title, held.sku) == (holder, sku):
            counts[held.site, held.period_index] = held.installed_gpus
    sites = sorted({site for site, _ in [*counts, *now]})
    waiting: deque[list[int | str]] = deque()
    arriving, leaving = deque(mine), [row for row in mine if row.until_on is not None]
    for index, period in enumerate(plan.periods):
        while arriving and arriving[0].from_on < period.end_on:
            row = arriving.popleft()
            waiting.append([row.lot, row.gpus])
        for row in [row for row in leaving if row.until_on is not None and row.until_on < period.end_on]:
            leaving.remove(row)
            _take_away(row.lot, row.gpus, waiting, now, sites)
        for site in sites:
            _settle(site, counts[site, index], waiting, now)
        for lot, trace in traces.items():
            trace.standing.append({site: now[site, lot] for site in sites if now[site, lot] > 0})


def _take_away(
    lot: str, gpus: int, waiting: deque[list[int | str]], now: dict[tuple[str, str], int], sites: list[str]
) -> None:
    """Hands accelerators of a lot back: those still waiting first."""
    for entry in waiting:
        if entry[0] == lot:
            taken = min(gpus, int(entry[1]))
            entry[1] = int(entry[1]) - taken
            gpus -= taken
    for site in sites:
        taken = min(gpus, now[site, lot])
        now[site, lot] -= taken
        gpus -= taken


def _settle(site: str, gpus: int, waiting: deque[list[int | str]], now: dict[tuple[str, str], int]) -> None:
    """Brings a site to the plan's count: from those waiting longest, or back to them."""
    missing = gpus - sum(count for (place, _), count in now.items() if place == site)
    while missing > 0 and waiting:
        lot, left = str(waiting[0][0]), int(waiting[0][1])
        taken = min(missing, left)
        now[site, lot] += taken
        missing -= taken
        if taken == left:
            waiting.popleft()
        else:
            waiting[0][1] = left - taken
    for place, lot in [key for key in now if key[0] == site and key[1] != STOCK][::-1]:
        taken = min(max(-missing, 0), now[place, lot])
        if taken:
            now[place, lot] -= taken
            missing += taken
            waiting.appendleft([lot, taken])


def _received(case: Case, calendar: Calendar, holder: str, sku: str, mine: list[Stretch]) -> dict[str, Floats]:
    """Returns the GPU-hours since receipt by lot, (T)."""
    hours: dict[str, Floats] = defaultdict(lambda: np.zeros(calendar.count))
    standing = sum(row.gpus for row in case.stock if (row.owner, row.sku) == (holder, sku))
    hours[STOCK] = standing * calendar.hours
    for row in mine:
        held = calendar.share_after(calendar.offset(row.from_on))
        if row.until_on is not None:
            held = held - calendar.share_after(calendar.offset(row.until_on))
        hours[row.lot] = hours[row.lot] + row.gpus * held * calendar.hours
    return dict(hours)


def _share_idle(
    plan: Plan,
    holder: str,
    sku: str,
    calendar: Calendar,
    traces: dict[str, Trace],
    hours: dict[str, Floats],
) -> None:
    """Divides idle GPU-hours by lot: in storage by what was not standing, at a site by what stands there."""
    for row in plan.idle:
        if (row.title, row.sku) != (holder, sku):
            continue
        t, whole_period = row.period_index, float(calendar.hours[row.period_index])
        weights: dict[str, float] = {}
        for lot, trace in traces.items():
            if row.site is not None:
                weights[lot] = trace.standing[t].get(row.site, 0)
            elif lot != STOCK:
                through = min(trace.total(t), trace.total(max(t - 1, 0)))
                stood = through if row.cause == "commissioning" else trace.total(t)
                weights[lot] = max(float(hours[lot][t]) - stood * whole_period, 0.0)
        if sum(weights.values()) <= 0:
            weights = {lot: float(received[t]) for lot, received in hours.items()}
        whole = sum(weights.values())
        for lot, weight in weights.items():
            if weight > 0:
                traces[lot].idle[row.cause] += row.idle_gpu_hours * weight / whole
