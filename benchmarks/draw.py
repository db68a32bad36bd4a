"""What a random case is drawn from, and the small draws which its parts share."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

from armslength.model.case import Grid
from armslength.model.noun import When, on_day
from armslength.model.supply import Site, Sku, Step

Size = Literal["XS", "S", "M", "L", "L-spread"]
Floats = npt.NDArray[np.float64]

SERVER_GPUS = 8

# Site kW per accelerator, IT kW, and throughput for training and serving relative to the first. The shape is
# that of models on sale together: newer ones do more per kW, one is for serving, one is another vendor's.
MODELS: tuple[tuple[str, float, float, float, float], ...] = (
    ("sku-1", 1.35, 1.05, 1.0, 1.0),
    ("sku-2", 1.80, 1.40, 2.1, 2.6),
    ("sku-3", 1.25, 0.98, 0.9, 0.8),
    ("sku-4", 0.45, 0.35, 0.2, 0.55),
    ("sku-5", 2.10, 1.65, 2.9, 3.7),
)


@dataclass(frozen=True)
class Spec:
    """What a random case is drawn from."""

    organisations: int
    sites: int
    workloads: int
    skus: int
    start_on: date
    end_on: date
    grid: Grid
    gpus_per_organisation: int
    lots_per_organisation: int
    gang_weeks: tuple[float, float] = (6.0, 30.0)  # a gang's run at its largest size
    training_frac: float = 0.6  # of the workloads
    single_fabric_frac: float = 0.6  # of the training workloads
    late_site_frac: float = 0.25  # sites without power at the start
    portable_frac: float = 0.1  # workloads which run on any SKU
    further_skus: float = 0.6  # SKUs on average which the others can use beside one of their owner's
    region_count: int = 0  # 0: any workload may run at any site
    demand_ratio: tuple[float, float] = (1.0, 1.4)  # work wanted over what the supply could do
    own_hardware_frac: float = 0.0  # workloads which may touch only their owner's hardware
    lots_multiplier: int = 1  # splits each lot into so many, on days near each other
    gpus_multiplier: int = 1  # multiplies every quantity of accelerators, power and work
    name: str = "spec"

    @property
    def days(self) -> int:
        return (self.end_on - self.start_on).days


LARGE = Spec(50, 80, 1_000, 5, date(2026, 1, 5), date(2028, 1, 3), "week", 20_000, 10, region_count=8, name="l")
SPECS: dict[Size, Spec] = {
    # For tests: what it measures says only that measuring works.
    "XS": Spec(2, 3, 6, 2, date(2026, 1, 1), date(2026, 9, 1), "month", 2_000, 3, (4.0, 12.0), name="xs"),
    # Twelve workloads share two years, so a gang runs longer here than at the other sizes.
    "S": Spec(3, 4, 12, 2, date(2026, 1, 1), date(2028, 1, 1), "month", 5_000, 5, (12.0, 60.0), name="s"),
    "M": Spec(12, 20, 150, 3, date(2026, 1, 5), date(2027, 1, 4), "week", 9_000, 8, name="m"),
    "L": LARGE,
    # The same with all training free to spread over sites, as most planners count: one linear program.
    "L-spread": replace(LARGE, single_fabric_frac=0.0, name="l-spread"),
}


@dataclass(frozen=True)
class Holdings:
    """What each organisation will have: (organisations, SKUs) accelerators."""

    ids: tuple[str, ...]
    skus: tuple[Sku, ...]
    gpus: Floats
    site_kw: Floats  # (SKUs)
    work_ratio: Floats  # (SKUs) mean of training and serving


@dataclass(frozen=True)
class Halls:
    """Sites with their steps, and what they can hold in accelerators of the mean SKU."""

    sites: tuple[Site, ...]
    steps: tuple[Step, ...]
    room_gpus: Floats  # (sites) largest gang in the end
    open_mw: Floats  # (sites) at the start
    open_slots: Floats  # (sites) at the start, inf where no slots are stated
    region: npt.NDArray[np.int64]  # (sites)


def ids(stem: str, count: int) -> tuple[str, ...]:
    """Returns ids which sort as they count."""
    width = max(2, len(str(count)))
    return tuple(f"{stem}-{i + 1:0{width}}" for i in range(count))


def servers(gpus: Floats | float) -> Floats:
    """Rounds to whole servers."""
    return np.round(np.asarray(gpus, dtype=float) / SERVER_GPUS) * SERVER_GPUS


def parts(total: int, weights: Floats, unit: int = SERVER_GPUS) -> list[int]:
    """Splits by weight into multiples of ``unit``; the last takes what is left, empty parts are dropped."""
    edges = np.round(total / unit * np.cumsum(weights) / weights.sum()).astype(int) * unit
    edges[-1] = total
    return [int(part) for part in np.diff(edges, prepend=0) if part > 0]


def spread(day: date, rng: np.random.Generator, exact: bool = False) -> When:
    """Returns the day as the median of a range, wider to the late side; half the days are exact."""
    if exact or rng.random() < 0.5:
        return on_day(day)
    early, late = int(rng.integers(0, 15)), int(rng.integers(7, 61))
    return When(p10_on=day - timedelta(early), p50_on=day, p90_on=day + timedelta(late))
