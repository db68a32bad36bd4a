"""A plan's rows added up once, in the groups that the rules speak of; odd rows are reported and left out.

Part of the independent check: imports neither arrays nor the solver nor any other part of the planner.
"""

from collections.abc import Container, Hashable, Iterable
from math import inf
from typing import Generic, TypeVar

from armslength.model.plan import IDLE_MEANING, Holding, Idle, Plan, Supply, Use
from armslength.planner.check_findings import Findings, number
from armslength.planner.check_ground import Ground, throughput_ratio

Key = TypeVar("Key", bound=Hashable)
Place = tuple[str, str, str]
WAITING_CAUSE = "commissioning"
# What the names of a row mean, by table.
KINDS = {
    "supply": ("organisation", "SKU"),
    "holding": ("organisation", "SKU", "site"),
    "use": ("organisation", "SKU", "site", "workload"),
    "idle": ("organisation", "SKU", "site", "cause"),
}


class Series(Generic[Key]):
    """A number per key and period; 0 where no row says anything."""

    def __init__(self, period_count: int) -> None:
        self._zeros = [0.0] * period_count
        self._rows: dict[Key, list[float]] = {}

    def add(self, key: Key, period: int, amount: float) -> None:
        """Adds an amount to a key's period."""
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = self._zeros.copy()
        row[period] += amount

    def of(self, key: Key) -> list[float]:
        """Returns a key's numbers, one per period. Not to be changed."""
        return self._rows.get(key, self._zeros)

    def items(self) -> Iterable[tuple[Key, list[float]]]:
        """Returns all keys that have a row, with their numbers."""
        return self._rows.items()

    def keys(self) -> Iterable[Key]:
        """Returns all keys that have a row."""
        return self._rows.keys()


class Tally:
    """Sums of a plan's rows. Keys: o title or user, k SKU, s site, w workload; units in the names.

    Attributes:
        received_gpus: (o, k), as the plan states it.
        received_gpu_hours: (o, k), as the plan states it.
        installed_gpus: (o, k, s), at the end of each period.
        usable_gpu_hours: (o, k, s).
        used_gpu_hours: (o, k, s), by anyone.
        passed_gpu_hours: (o, user, k, s), by who uses.
        gang_gpu_hours: w, accelerators of any kind.
        done_gpu_hours: w, work done in GPU-hours of the reference SKU.
        sku_gpu_hours: (w, k).
        idle_gpu_hours: (o, k).
        energised_idle_gpu_hours: (o, k, s), without what waits for commissioning or burn-in.
        places: w to the (site, SKU) pairs it uses.
    """

    def __init__(self, ground: Ground) -> None:
        count = len(ground.spans)
        self.received_gpus: Series[tuple[str, str]] = Series(count)
        self.received_gpu_hours: Series[tuple[str, str]] = Series(count)
        self.installed_gpus: Series[Place] = Series(count)
        self.usable_gpu_hours: Series[Place] = Series(count)
        self.used_gpu_hours: Series[Place] = Series(count)
        self.passed_gpu_hours: Series[tuple[str, str, str, str]] = Series(count)
        self.gang_gpu_hours: Series[str] = Series(count)
        self.done_gpu_hours: Series[str] = Series(count)
        self.sku_gpu_hours: Series[tuple[str, str]] = Series(count)
        self.idle_gpu_hours: Series[tuple[str, str]] = Series(count)
        self.energised_idle_gpu_hours: Series[Place] = Series(count)
        self.places: dict[str, set[tuple[str, str]]] = {}
        # Every (site, SKU, title) that stands, is usable or is used: what the rules are checked for.
        self.stands: set[Place] = set()

    def add_supply(self, row: Supply) -> None:
        """Adds a row of what was received."""
        key = (row.title, row.sku)
        self.received_gpus.add(key, row.period_index, row.received_gpus)
        self.received_gpu_hours.add(key, row.period_index, row.received_gpu_hours)

    def add_holding(self, row: Holding) -> None:
        """Adds a row of what stands."""
        key = (row.title, row.sku, row.site)
        self.installed_gpus.add(key, row.period_index, row.installed_gpus)
        self.usable_gpu_hours.add(key, row.period_index, row.usable_gpu_hours)
        self.stands.add(key)

    def add_use(self, row: Use, user: str, ratio: float) -> None:
        """Adds a row of what is used."""
        hours, period = row.used_gpu_hours, row.period_index
        key = (row.title, row.sku, row.site)
        self.used_gpu_hours.add(key, period, hours)
        self.passed_gpu_hours.add((row.title, user, row.sku, row.site), period, hours)
        self.gang_gpu_hours.add(row.workload, period, hours)
        self.done_gpu_hours.add(row.workload, period, hours * ratio)
        self.sku_gpu_hours.add((row.workload, row.sku), period, hours)
        self.stands.add(key)
        if hours:
            self.places.setdefault(row.workload, set()).add((row.site, row.sku))

    def add_idle(self, row: Idle) -> None:
        """Adds a row of what is idle."""
        self.idle_gpu_hours.add((row.title, row.sku), row.period_index, row.idle_gpu_hours)
        if row.site is not None and row.cause != WAITING_CAUSE:
            self.energised_idle_gpu_hours.add((row.title, row.sku, row.site), row.period_index, row.idle_gpu_hours)


class _Rows:
    """Looks at single rows: names known, period on the grid, amounts not negative, no row twice."""

    def __init__(self, ground: Ground, findings: Findings) -> None:
        self._findings = findings
        self._count = len(ground.spans)
        self._seen: set[Hashable] = set()
        known: dict[str, Container[str]] = {
            "organisation": ground.organisations,
            "SKU": ground.skus,
            "site": ground.sites,
            "workload": ground.workloads,
            "cause": IDLE_MEANING,
        }
        self._known = {table: tuple(known[kind] for kind in kinds) for table, kinds in KINDS.items()}

    def fits(self, table: str, names: tuple[str | None, ...], period: int, *amounts: float) -> bool:
        """Returns whether a row can be counted; reports why it cannot.

        Args:
            table: name of the row's table; its kinds of names stand in `KINDS`.
            names: the row's names, in the order of the table's kinds; None where there is none.
            period: the row's period.
            amounts: its amounts, in any unit.
        """
        key = (table, names, period)
        # Idle rows may share all names: causes that differ in detail only go by one word.
        if (key not in self._seen or table == "idle") and 0 <= period < self._count:
            for name, known in zip(names, self._known[table], strict=True):
                if name is not None and name not in known:
                    break
            else:
                self._seen.add(key)
                # Also false for an amount that is no number.
                if all(0 <= amount < inf for amount in amounts):
                    return True
        self._report(table, names, period, amounts)
        return False

    def _report(self, table: str, names: tuple[str | None, ...], period: int, amounts: tuple[float, ...]) -> None:
        listed = [f"{kind} {name}" for kind, name in zip(KINDS[table], names, strict=True)]
        where = f"{table} of {', '.join(listed)}, period {period}"
        unknown = [
            word
            for word, name, known in zip(listed, names, self._known[table], strict=True)
            if name is not None and name not in known
        ]
        if unknown:
            self._findings.add("bookkeeping", where, f"the case has no {' and no '.join(unknown)}")
        elif not 0 <= period < self._count:
            self._findings.add("bookkeeping", where, f"the plan has {self._count} periods, counted from 0")
        elif not all(0 <= amount < inf for amount in amounts):
            stated = ", ".join(number(amount) for amount in amounts)
            self._findings.add("bookkeeping", where, f"amounts must be numbers of 0 or more, not {stated}")
        else:
            self._findings.add("bookkeeping", where, "the row is there twice")


def tally(ground: Ground, plan: Plan, findings: Findings) -> Tally:
    """Adds up a plan's rows in one pass, and reports rows with unknown names, odd amounts or a twin."""
    sums = Tally(ground)
    fits = _Rows(ground, findings).fits
    for row in plan.supplies:
        if fits("supply", (row.title, row.sku), row.period_index, row.received_gpus, row.received_gpu_hours):
            sums.add_supply(row)
    for hold in plan.holdings:
        names = (hold.title, hold.sku, hold.site)
        if fits("holding", names, hold.period_index, hold.installed_gpus, hold.usable_gpu_hours):
            sums.add_holding(hold)
    ratios = {
        (workload.id, sku.id): throughput_ratio(sku, workload)
        for workload in ground.workloads.values()
        for sku in ground.skus.values()
    }
    for use in plan.uses:
        if fits("use", (use.title, use.sku, use.site, use.workload), use.period_index, use.used_gpu_hours):
            sums.add_use(use, ground.workloads[use.workload].owner, ratios[use.workload, use.sku])
    for idle in plan.idle:
        if fits("idle", (idle.title, idle.sku, idle.site, idle.cause), idle.period_index, idle.idle_gpu_hours):
            sums.add_idle(idle)
    return sums
