"""What explanations look things up in: a comparison, the runs that are told, names, tallies over periods."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from armslength.model.agreement import Agreement, Leg, Settlement
from armslength.model.case import Case, Run
from armslength.model.comparison import Comparison, Payment, Verdict
from armslength.model.demand import Workload
from armslength.model.plan import Deal, IdleCause, Period, Plan, WorkloadResult
from armslength.model.supply import Lot, Site, Sku
from armslength.planner.explain_words import money, some
from armslength.planner.scope import in_force
from armslength.planner.tabulate import site_mw_per_gpu

Tally = dict[str, float]


@dataclass(frozen=True)
class View:
    """A comparison with what explanations need to look up in it.

    Attributes:
        comparison: what is explained.
        plans: the runs that are told, in the order of the comparison.
    """

    comparison: Comparison
    plans: tuple[Plan, ...]

    @property
    def case(self) -> Case:
        """The case as planned."""
        return self.comparison.case

    @property
    def currency(self) -> str:
        """Currency of all money."""
        return self.case.currency

    @property
    def periods(self) -> tuple[Period, ...]:
        """The time grid, which all runs share."""
        return self.plans[0].periods

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The runs that are told."""
        return tuple(plan.run for plan in self.plans)

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """Names by table and id; the id where there is no name."""
        case = self.case
        return {
            "organisation": {row.id: row.name or row.id for row in case.organisations},
            "site": {row.id: row.name or row.id for row in case.sites},
            "workload": {row.id: row.name or row.id for row in case.workloads},
            "agreement": {row.id: row.name or row.id for row in case.agreements},
            "sku": {row.id: row.name or row.id for row in case.skus},
        }

    def organisation(self, key: str) -> str:
        """Returns an organisation's name."""
        return self.names["organisation"].get(key, key)

    def site(self, key: str) -> str:
        """Returns a site's name."""
        return self.names["site"].get(key, key)

    def workload(self, key: str) -> str:
        """Returns a workload's name."""
        return self.names["workload"].get(key, key)

    def sku(self, key: str) -> str:
        """Returns a SKU's name."""
        return self.names["sku"].get(key, key)

    def agreement(self, key: str) -> str:
        """Returns an agreement's name, with its id."""
        name = self.names["agreement"].get(key, key)
        return f"`{key}`" if name == key else f"“{name}” (`{key}`)"

    @cached_property
    def lots(self) -> dict[str, Lot]:
        """Lots by id."""
        return {row.id: row for row in self.case.lots}

    @cached_property
    def sites(self) -> dict[str, Site]:
        """Sites by id."""
        return {row.id: row for row in self.case.sites}

    @cached_property
    def skus(self) -> dict[str, Sku]:
        """SKUs by id."""
        return {row.id: row for row in self.case.skus}

    @cached_property
    def workloads(self) -> dict[str, Workload]:
        """Workloads by id."""
        return {row.id: row for row in self.case.workloads}

    @cached_property
    def agreements(self) -> dict[str, Agreement]:
        """Agreements of the case by id."""
        return {row.id: row for row in self.case.agreements}

    @cached_property
    def binding(self) -> dict[str, Agreement]:
        """Agreements that bind the run as agreed, by id."""
        return in_force(self.case)

    @cached_property
    def deals(self) -> dict[str, Deal]:
        """Deals that the shared plan implies, by id."""
        return {deal.id: deal for plan in self.comparison.plans for deal in plan.deals}

    def legs_of(self, agreement: str) -> tuple[Leg, ...]:
        """Returns the legs of an agreement."""
        return tuple(leg for leg in self.case.legs if leg.agreement == agreement)

    def payment(self, row: Payment | Settlement) -> str:
        """Returns who pays whom how much."""
        amount = money(row.amount_cost, self.currency)
        return f"{self.organisation(row.payer)} pays {self.organisation(row.payee)} {amount}"

    def verdict(self, organisation: str, run: Run) -> Verdict | None:
        """Returns an organisation's verdict on a run, None where there is none."""
        for row in self.comparison.verdicts:
            if (row.organisation, row.run) == (organisation, run):
                return row
        return None

    def result(self, plan: Plan, workload: str) -> WorkloadResult:
        """Returns how far a workload gets in a run."""
        return next(row for row in plan.workloads if row.workload == workload)

    def owner_of(self, workload: str) -> str:
        """Returns whose work a workload is."""
        return self.workloads[workload].owner

    def mw_per_gpu(self, sku: str, site: str) -> float:
        """Returns the MW that one accelerator draws at a site."""
        return site_mw_per_gpu(self.skus[sku], self.sites[site])

    @cached_property
    def drawn_mw(self) -> dict[tuple[Run, str], list[float]]:
        """Power that what stands at a site draws by the end of each period, MW, by run and site."""
        found: dict[tuple[Run, str], list[float]] = {}
        for plan in self.plans:
            for row in plan.holdings:
                levels = found.setdefault((plan.run, row.site), [0.0] * len(plan.periods))
                levels[row.period_index] += row.installed_gpus * self.mw_per_gpu(row.sku, row.site)
        return found

    @cached_property
    def standing_gpus(self) -> dict[tuple[Run, str], list[int]]:
        """Accelerators that stand at a site by the end of each period, by run and site."""
        found: dict[tuple[Run, str], list[int]] = {}
        for plan in self.plans:
            for row in plan.holdings:
                counts = found.setdefault((plan.run, row.site), [0] * len(plan.periods))
                counts[row.period_index] += row.installed_gpus
        return found

    def fleet(self, label: str) -> tuple[list[str], str]:
        """Returns (holders, SKU) of the fleet that a rule's key names, such as ``a+b:h100``."""
        for sku in sorted(self.skus, key=len, reverse=True):
            if label.endswith(f":{sku}"):
                return label.removesuffix(f":{sku}").split("+"), sku
        return [label], ""

    def fleet_words(self, label: str) -> str:
        """Returns a fleet in words, such as "H100 of A and B"."""
        holders, sku = self.fleet(label)
        return f"{self.sku(sku)} of {some([self.organisation(name) for name in holders])}"

    def levels(self, site: str) -> list[tuple[date, float | None, int | None]]:
        """Returns the site's steps in order of time: (day, MW, slots), None where unchanged."""
        steps = sorted(
            (row for row in self.case.steps if row.site == site), key=lambda row: (row.from_on.p50_on, row.id)
        )
        return [(row.from_on.p50_on, row.power_mw, row.gpu_slots) for row in steps]

    def highest(self, site: str, before: date) -> tuple[float, float]:
        """Returns the highest power in MW, and slots (inf for no limit), that a site has had before a day."""
        power, slots = 0.0, 0.0
        levels = self.levels(site)
        for day, level, places in levels:
            if day < before:
                power = max(power, level or 0.0)
                slots = max(slots, float(places or 0))
        counted = any(places is not None for _, _, places in levels)
        return power, slots if counted else float("inf")

    def opens_on(self, site: str) -> date | None:
        """Returns the first day on which a site has power and a slot; None if it never has."""
        power, slots = 0.0, 0.0 if any(places is not None for _, _, places in self.levels(site)) else 1.0
        for day, level, places in self.levels(site):
            power, slots = max(power, level or 0.0), max(slots, float(places or 0))
            if power > 0 and slots > 0:
                return day
        return None

    def begins(self, site: str, period_index: int, *received: date) -> date:
        """Returns the first day on which what is commissioned in a period can stand: receipt, or a rise."""
        period = self.periods[period_index]
        days = [*received, *(day for day, _, _ in self.levels(site))]
        return max([period.start_on, *(day for day in days if period.start_on <= day < period.end_on)])


def idle_by_cause(
    plan: Plan, title: str | None = None, sku: str | None = None, site: str | None = None
) -> dict[IdleCause, float]:
    """Returns idle GPU-hours by cause, largest first; only of a title or SKU, or at a site, if named."""
    found: dict[IdleCause, float] = defaultdict(float)
    for row in plan.idle:
        if title in (None, row.title) and sku in (None, row.sku) and site in (None, row.site):
            found[row.cause] += row.idle_gpu_hours
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def used_by(plan: Plan, what: str, **only: str) -> Tally:
    """Returns used GPU-hours by a field of `Use`, largest first.

    Args:
        plan: the run.
        what: ``workload``, ``title``, ``sku`` or ``site``.
        only: values which other fields must have.
    """
    found: Tally = defaultdict(float)
    for row in plan.uses:
        if all(getattr(row, field) == value for field, value in only.items()):
            found[getattr(row, what)] += row.used_gpu_hours
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def usable(plan: Plan, **only: str) -> float:
    """Returns usable GPU-hours, summed over the holdings with these fields."""
    return sum(
        row.usable_gpu_hours
        for row in plan.holdings
        if all(getattr(row, field) == value for field, value in only.items())
    )


def total(tally: Tally) -> float:
    """Returns the sum of a tally."""
    return sum(tally.values())
