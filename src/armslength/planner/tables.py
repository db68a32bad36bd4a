"""The numbers of one run as arrays on named axes. Knows no nouns and no ids.

Axes: O organisations · S sites · K skus · F fleets (one SKU in the hands of holders under the same permissions) ·
H holdings (a fleet at a site) · W workloads · Q options (a workload on a holding) · A use rights · T periods ·
G lags (periods since commissioning).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Tables:
    """One run in numbers. Unlimited is ``inf``, here and nowhere above.

    Attributes:
        hours: (T) hours counted in the period.
        power_end: (S, T) MW, highest level reached by the end of the period.
        power_mean: (S, T) MW, time-average.
        slots_end: (S, T) accelerators, highest number of slots reached by the end of the period.
        slots_mean: (S, T) accelerators, time-average.
        dark_site, dark_period, dark_slope, dark_constant: (D) in a period in which power falls, what stands and draws x MW
            draws at most dark_constant + dark_slope * x MW on average.
        commissioning: (S, T) accelerators that can be commissioned in the period.
        pace: (S, G, levels + 1, T) accelerators lost on average, G periods after T, when the crew works through i / levels
            of what it can do in period T one after the other.
        lost: (S, G, T) share of the period that is lost on accelerators commissioned G periods before.
        fleet_sku: (F) index of the SKU.
        fleet_received: (F, T) accelerators received by the end of the period, stock included.
        ready_fleet, ready_period: (N) indices: a period in which some of a fleet arrives or is in burn-in.
        ready_slope, ready_constant: (N) of the first x accelerators of the fleet, ready_constant + ready_slope * x at
            most are ready on average in that period.
        ready_burn_in_days: (N) the line holds for the fleet's accelerators at sites with this burn-in or a longer one.
        ready_arrives: (N) whether it arrives in that period, and all before it was ready from its first day.
        ready_before: (N) the last period before that one by whose end nothing is received that is not ready when that one
            begins; -1 where only what stands from the start is.
        fleet_returned: (F, T) accelerators handed back, or taken home from a host, in the period.
        holding_fleet, holding_site: (H) indices.
        holding_mw: (H) MW per accelerator.
        holding_stock: (H) accelerators standing from the start.
        can_use: (W, K) whether the workload could run on the SKU at all.
        burn_in_days: (S) days.
        hosted_end, hosted_mean: (H, T) accelerators that may stand there by agreement; inf at own sites.
        option_workload, option_holding: (Q) indices.
        option_right: (Q) index of the use right, -1 for none.
        option_ratio: (Q) work per accelerator-hour relative to the reference SKU.
        option_rate: (Q, T) money per accelerator-hour: worth of the work, less lateness and use price.
        workload_owner: (W) index of the organisation.
        started: (W, T) share of the period after the earliest start.
        gang_min, gang_max: (W) accelerators; 0 and inf where not limited.
        work: (W) GPU-hours of the reference SKU; inf where it has no end.
        wanted: (W, T) accelerators of the reference SKU; inf for training.
        single: (W) whether it stays on one holding.
        fabric: (S) accelerators on the largest fabric.
        site_owner: (S) index of the organisation.
        joint_holding, joint_right: (M) holdings that share one hosting right over several halls, and which right.
        joint_end, joint_mean: (J, T) accelerators such a right grants at the period's end and on average.
        right_gpus: (A, T) accelerators, time-average of what the right grants.
        right_fleet: (A) index of the fleet that gives.
        floor: (O) money, least worth of own work; -inf where none is promised.
        constant: (O) money that is lost whatever is done (lateness of work that could not be begun).
    """

    hours: Floats
    power_end: Floats
    power_mean: Floats
    slots_end: Floats
    slots_mean: Floats
    dark_site: Ints
    dark_period: Ints
    dark_slope: Floats
    dark_constant: Floats
    commissioning: Floats
    pace: Floats
    lost: Floats
    fleet_sku: Ints
    fleet_received: Floats
    ready_fleet: Ints
    ready_period: Ints
    ready_slope: Floats
    ready_constant: Floats
    ready_burn_in_days: Floats
    ready_arrives: Bools
    ready_before: Ints
    fleet_returned: Floats
    holding_fleet: Ints
    holding_site: Ints
    holding_mw: Floats
    holding_stock: Floats
    can_use: Bools
    burn_in_days: Floats
    hosted_end: Floats
    hosted_mean: Floats
    option_workload: Ints
    option_holding: Ints
    option_right: Ints
    option_ratio: Floats
    option_rate: Floats
    workload_owner: Ints
    started: Floats
    gang_min: Floats
    gang_max: Floats
    work: Floats
    wanted: Floats
    single: Bools
    fabric: Floats
    site_owner: Ints
    joint_holding: Ints
    joint_right: Ints
    joint_end: Floats
    joint_mean: Floats
    right_gpus: Floats
    right_fleet: Ints
    floor: Floats
    constant: Floats

    def __post_init__(self) -> None:
        sites, periods = self.power_end.shape
        shapes = {
            "hours": (periods,),
            "power_mean": (sites, periods),
            "commissioning": (sites, periods),
            "fleet_received": (len(self.fleet_sku), periods),
            "ready_slope": self.ready_fleet.shape,
            "ready_burn_in_days": self.ready_fleet.shape,
            "holding_site": self.holding_fleet.shape,
            "hosted_end": (len(self.holding_fleet), periods),
            "option_rate": (len(self.option_workload), periods),
            "wanted": (len(self.workload_owner), periods),
            "right_gpus": (len(self.right_fleet), periods),
            "constant": self.floor.shape,
        }
        for name, shape in shapes.items():
            assert getattr(self, name).shape == shape, (name, getattr(self, name).shape, shape)
        for name, array in vars(self).items():
            assert not np.isnan(array).any(), name
        assert np.isfinite(self.option_rate).all()

    @property
    def fleet_returns(self) -> Bools:
        """Whether a fleet ever hands accelerators back or takes them home, (F)."""
        return np.asarray((self.fleet_returned > 0).any(axis=1), dtype=bool)

    @cached_property
    def holding_burn_in_days(self) -> Floats:
        """Burn-in at each holding's site, days, (H)."""
        return self.burn_in_days[self.holding_site]

    @cached_property
    def fleet_burn_in_days(self) -> Floats:
        """Shortest burn-in of the sites where a fleet may stand, days, (F)."""
        least = np.full(len(self.fleet_sku), np.inf)
        np.minimum.at(least, self.holding_fleet, self.holding_burn_in_days)
        return np.where(np.isfinite(least), least, 0.0)

    @cached_property
    def most_installed(self) -> Floats:
        """Most accelerators that could stand at each holding by the end of each period, (H, T)."""
        site, fleet = self.holding_site, self.holding_fleet
        by_power = self.power_end[site] / self.holding_mw[:, None]
        room = np.minimum(np.minimum(by_power, self.slots_end[site]), self.hosted_end)
        room = np.minimum(room, self.fleet_received[fleet])
        return np.where(np.isinf(self.hosted_end), np.maximum(room, self.holding_stock[:, None]), room)

    @property
    def enough(self) -> Bools:
        """Whether as many accelerators as the smallest gang needs could stand together for it, (Q, T)."""
        return self.enough_of(self.most_installed)

    def enough_of(self, installed: Floats) -> Bools:
        """Whether ``installed`` accelerators, (H, T), are enough for each option's smallest gang, (Q, T).

        A single-fabric gang needs them at the option's holding; any other at all its holdings together.
        """
        workload = self.option_workload
        here = installed[self.option_holding]
        first = np.flatnonzero(np.diff(workload, prepend=-1))  # options stand in order of workload
        together = np.zeros(self.started.shape)
        if len(first):
            together[workload[first]] = np.add.reduceat(here, first, axis=0)
        stand = np.where(self.single[workload][:, None], here, together[workload])
        result: Bools = stand >= self.gang_min[workload][:, None] - 0.5
        return result

    @cached_property
    def most_used(self) -> Floats:
        """Most accelerators an option could use in each period, (Q, T)."""
        holding, workload = self.option_holding, self.option_workload
        most = np.where(self.enough, self.most_installed[holding], 0.0)
        most = np.minimum(most, self.most_asked)
        return np.minimum(most, self.wanted[workload] / self.option_ratio[:, None])

    @cached_property
    def in_question(self) -> Bools:
        """Whether a single-fabric gang may lack accelerators at one place at first, (W)."""
        workload, holding = self.option_workload, self.option_holding
        few = (self.holding_stock[holding] < self.gang_min[workload]) & (self.most_used.max(axis=1, initial=0.0) > 0)
        return self.single & (np.bincount(workload, few, minlength=len(self.single)) > 0)

    @property
    def most_asked(self) -> Floats:
        """Most accelerators an option could use by its gang, its fabric and its right alone, (Q, T)."""
        workload = self.option_workload
        gang = np.where(self.single[workload], self.fabric[self.holding_site[self.option_holding]], np.inf)
        gang = np.minimum(gang, self.gang_max[workload])
        most = within_start(gang[:, None], self.started[workload])
        granted = self.option_right >= 0
        if granted.any():
            most[granted] = np.minimum(most[granted], self.right_gpus[self.option_right[granted]])
        return most


def last_in_turn(tables: Tables) -> Floats:
    """Returns what the last accelerator of a full period's commissioning loses on average, G periods later, (G, S, T).

    The slope of the last piece of the curve `pace`, with which an accelerator more adds to the loss of all.
    """
    pieces = tables.pace.shape[2] - 1
    crew = np.where(np.isfinite(tables.commissioning) & (tables.commissioning > 0), tables.commissioning, 1.0)
    rise = tables.pace[:, :, pieces] - tables.pace[:, :, pieces - 1]
    result: Floats = (rise / (crew / pieces)[:, None]).transpose(1, 0, 2)
    return result


def within_start(gang: Floats, started: Floats) -> Floats:
    """Returns the gang sizes that fit a period of which only a share is after the start; ``inf`` stays, 0 is 0."""
    return np.where(started > 0, gang, 0.0) * np.where(started > 0, started, 1.0)


@dataclass(frozen=True)
class Labels:
    """The ids behind the indices of `Tables`, for keys of rows and for reading out.

    ``fleets`` and ``rights`` are named by what they are; ``fleet_holders`` lists the holders that share a fleet,
    ``fleet_moves`` what each brings (holder, day from the start, accelerators) and ``fleet_stocks`` what stands from the
    start (holder, index of the site, accelerators).
    """

    organisations: tuple[str, ...]
    sites: tuple[str, ...]
    skus: tuple[str, ...]
    fleets: tuple[str, ...]
    fleet_holders: tuple[tuple[str, ...], ...]
    fleet_moves: tuple[tuple[tuple[str, float, int], ...], ...]
    fleet_stocks: tuple[tuple[tuple[str, int, int], ...], ...]
    workloads: tuple[str, ...]
    rights: tuple[str, ...]
    periods: tuple[str, ...]
