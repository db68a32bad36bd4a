"""What the check knows from the case alone: days, sites, who holds what, kilowatts, throughput.

Part of the independent check: imports neither arrays nor the solver nor any other part of the planner.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from armslength.model.case import Case, Run
from armslength.model.demand import Workload
from armslength.model.supply import Site, Sku
from armslength.planner.check_days import Days, Levels, Span
from armslength.planner.check_titles import Parcel, parcels


@dataclass(frozen=True)
class Ground:
    """One case looked at for one run. Dictionaries are keyed by ids; o organisation, k SKU, s site."""

    case: Case
    run: Run
    days: Days
    skus: dict[str, Sku]
    sites: dict[str, Site]
    workloads: dict[str, Workload]
    organisations: frozenset[str]
    power: dict[str, Levels]
    slots: dict[str, Levels | None]
    stock: dict[tuple[str, str, str], int]
    parcels: dict[tuple[str, str], list[Parcel]]
    _kw: dict[tuple[str, str], float] = field(default_factory=dict)
    _held_gpu_hours: dict[tuple[str, str, int], float] = field(default_factory=dict)

    @property
    def spans(self) -> tuple[Span, ...]:
        """The periods in order."""
        return self.days.spans

    @cached_property
    def stock_of(self) -> dict[tuple[str, str], int]:
        """Accelerators in stock by (holder, SKU), over all sites."""
        total: dict[tuple[str, str], int] = defaultdict(int)
        for (owner, sku, _), gpus in self.stock.items():
            total[owner, sku] += gpus
        return dict(total)

    def kw(self, sku: str, site: str) -> float:
        """Returns one accelerator's site power, kW: IT power times PUE where both are stated, else all-in."""
        key = (sku, site)
        if key not in self._kw:
            pue, it_kw = self.sites[site].pue_ratio, self.skus[sku].it_kw_per_gpu
            stated = pue is not None and it_kw is not None
            self._kw[key] = (pue or 0.0) * (it_kw or 0.0) if stated else self.skus[sku].site_kw_per_gpu
        return self._kw[key]

    def held(self, organisation: str, sku: str, span: Span) -> int:
        """Returns the accelerators held and received by the end of a period, stock included."""
        lots = self.parcels.get((organisation, sku), ())
        return self.stock_of.get((organisation, sku), 0) + sum(
            parcel.gpus for parcel in lots if parcel.start < span.end <= parcel.end
        )

    def held_gpu_hours(self, organisation: str, sku: str, span: Span) -> float:
        """Returns the GPU-hours in a period of what is held, from receipt on."""
        key = (organisation, sku, span.index)
        if key not in self._held_gpu_hours:
            total = self.stock_of.get((organisation, sku), 0) * span.hours
            for parcel in self.parcels.get((organisation, sku), ()):
                total += parcel.gpus * self.hours_in_hand(parcel, span)
            self._held_gpu_hours[key] = total
        return self._held_gpu_hours[key]

    def hours_in_hand(self, parcel: Parcel, span: Span, delay_days: float = 0.0) -> float:
        """Returns the hours of a period that a parcel is in hand, not counting a delay after receipt."""
        start = parcel.start + delay_days
        if start >= span.end or parcel.end <= span.start:
            return 0.0
        if start <= span.start and parcel.end >= span.end:
            return span.hours
        return self.days.between(max(span.start, start), min(span.end, parcel.end))

    def handed_back(self, organisation: str, sku: str, span: Span) -> int:
        """Returns the accelerators that leave a holder's hands in a period."""
        lots = self.parcels.get((organisation, sku), ())
        return sum(parcel.gpus for parcel in lots if span.start <= parcel.end < span.end)


def ground(case: Case, run: Run) -> Ground:
    """Reads from a case what the rules of a run lean on."""
    days = Days(case.horizon)
    power: dict[str, list[tuple[float, float]]] = defaultdict(list)
    slots: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for step in case.steps:
        day = days.offset(step.from_on.p50_on)
        if step.power_mw is not None:
            power[step.site].append((day, step.power_mw))
        if step.gpu_slots is not None:
            slots[step.site].append((day, float(step.gpu_slots)))
    stock: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in case.stock:
        stock[row.owner, row.sku, row.site] += row.gpus
    return Ground(
        case=case,
        run=run,
        days=days,
        skus={sku.id: sku for sku in case.skus},
        sites={site.id: site for site in case.sites},
        workloads={workload.id: workload for workload in case.workloads},
        organisations=frozenset(organisation.id for organisation in case.organisations),
        power={site.id: Levels(power[site.id]) for site in case.sites},
        slots={site.id: Levels(slots[site.id]) if slots[site.id] else None for site in case.sites},
        stock=dict(stock),
        parcels=parcels(case, run, days.offset),
    )


def throughput_ratio(sku: Sku, workload: Workload) -> float:
    """Returns the work an accelerator does in an hour for a workload, relative to the reference SKU."""
    return sku.throughput_ratio.get(workload.kind or workload.form, 1.0)
