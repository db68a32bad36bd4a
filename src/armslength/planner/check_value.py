"""The rules `value` and `no_detriment`: what work is worth, what lateness costs, and nobody below alone.

Part of the independent check: imports neither arrays nor the solver nor any other part of the planner.
"""

from collections.abc import Sequence
from functools import cached_property

from armslength.model.demand import Workload
from armslength.model.plan import Plan
from armslength.planner.check_days import Days, Levels, Span
from armslength.planner.check_findings import Findings, exceeds, number
from armslength.planner.check_ground import Ground, throughput_ratio
from armslength.planner.check_tally import Tally
from armslength.units import DAYS_PER_WEEK, MONEY_TOLERANCE


class Prices:
    """Market prices of GPU-hours by SKU, kind of work and period."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._known: dict[tuple[str, str], list[float]] = {}

    @cached_property
    def _levels(self) -> dict[str, Levels]:
        """Prices by day; the first holds before its day too: the market was there before the note."""
        levels = {}
        for sku in {price.sku for price in self._ground.case.prices}:
            rows = [
                (self._ground.days.offset(price.from_on), price.market_price_per_gpu_hour)
                for price in self._ground.case.prices
                if price.sku == sku
            ]
            day, price = next(iter(dict(sorted(rows, key=lambda row: row[0])).items()))
            levels[sku] = Levels([(min(0.0, day) - 1, price), *rows])
        return levels

    def of(self, sku: str, workload: Workload) -> list[float]:
        """Returns the market price of a GPU-hour of a SKU in each period: the mean over the period's days.

        A SKU without a price has that of a priced SKU for the same work: of the first by name whose
        throughput is 1, else of the first by name. It is 0 when no SKU has a price.
        """
        key = (sku, workload.kind or workload.form)
        if key not in self._known:
            self._known[key] = self._look(sku, workload)
        return self._known[key]

    def _look(self, sku: str, workload: Workload) -> list[float]:
        ratio, source = 1.0, sku
        if sku not in self._levels:
            known = {name: throughput_ratio(self._ground.skus[name], workload) for name in sorted(self._levels)}
            # A stable sort: by name among those whose throughput is 1, then by name among the others.
            usual = sorted((name for name in known if known[name] > 0), key=lambda name: known[name] != 1)
            if not usual:
                return [0.0] * len(self._ground.spans)
            source = usual[0]
            ratio = throughput_ratio(self._ground.skus[sku], workload) / known[source]
        levels, days = self._levels[source], self._ground.days
        return [ratio * levels.hours_of_level(days, span) / span.hours for span in self._ground.spans]


def work_value(ground: Ground, prices: Prices, tally: Tally, workload: Workload) -> float:
    """Returns the worth of a workload's work: at its stated value, or at the market price of what it uses."""
    if workload.work_value_per_gpu_hour is not None:
        return workload.work_value_per_gpu_hour * sum(tally.done_gpu_hours.of(workload.id))
    total = 0.0
    for sku in ground.skus:
        used = tally.sku_gpu_hours.of((workload.id, sku))
        if any(used):
            total += sum(hours * price for hours, price in zip(used, prices.of(sku, workload), strict=True))
    return total


def lateness_cost(ground: Ground, tally: Tally, workload: Workload) -> float:
    """Returns what a training run's lateness costs: per week after its due day, for the share undone.

    Work inside a period counts as done evenly over it. Weeks outside the horizon are not counted.
    """
    work = workload.work_gpu_hours
    if workload.form != "training" or workload.due_on is None or not work:
        return 0.0
    due = ground.days.offset(workload.due_on)
    done = 0.0
    weeks = 0.0
    for span, gained in zip(ground.spans, tally.done_gpu_hours.of(workload.id), strict=True):
        weeks += _undone_weeks(ground.days, span, due, done / work, gained / work)
        done += gained
    return workload.lateness_cost_per_week * weeks


def _undone_weeks(days: Days, span: Span, due: float, done_frac: float, gained_frac: float) -> float:
    """Integral over the weeks of a period after the due day of the share undone."""
    late = max(0.0, span.end - max(span.start, due)) / DAYS_PER_WEEK
    if not late:
        return 0.0
    # Over the late end of the period the share done is on average that at the middle of this end.
    middle = (max(span.start, due) + span.end) / 2
    gained_by_middle = gained_frac * (middle - span.start) / span.days
    return late * (1.0 - done_frac - gained_by_middle)


def check_no_detriment(ground: Ground, plan: Plan, alone: Sequence[Plan], findings: Findings) -> None:
    """In a shared run nobody is below alone: in kind each for itself, with money all together.

    With money alone, a plan that is worth less in total than all alone cannot be settled by any payment.
    """
    if plan.run != "shared" or not alone:
        return
    floor: dict[str, float] = {}
    for other in alone:
        if other.run != "alone" or other.case_id != plan.case_id:
            message = f"this is run {other.run} of case {other.case_id}"
            findings.add("no_detriment", f"the plan to compare with, for case {plan.case_id} alone", message)
            return
        floor |= {result.organisation: result.own_value for result in other.results}
    currency = ground.case.currency
    if ground.case.sharing.no_detriment == "money":
        total, together = plan.total_value, sum(floor.values())
        if exceeds(together, total, MONEY_TOLERANCE):
            short = number(together - total)
            message = f"worth {number(total)} {currency}, alone {number(together)}: {short} {currency} short"
            findings.add("no_detriment", "all organisations together", message)
        return
    for result in plan.results:
        alone_value = floor.get(result.organisation)
        if alone_value is not None and exceeds(alone_value, result.own_value, MONEY_TOLERANCE):
            findings.add(
                "no_detriment",
                f"organisation {result.organisation}",
                f"its own work is worth {number(result.own_value)} {currency}, alone {number(alone_value)}: "
                f"{number(alone_value - result.own_value)} {currency} short",
            )
