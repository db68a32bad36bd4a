"""Rounds a solved run to whole accelerators, once, without breaking a rule.

Accelerators come in units; GPU-hours do not. Stock is rounded period by period: each holding down, then what is missing
from a fleet's total goes to the largest remainders wherever the site's limits leave room. Use is then trimmed to what the
whole accelerators give.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from armslength.planner.tables import Floats, Ints, Tables, last_in_turn, within_start

SNAP = 1e-3  # what the tolerances of the stages may leave below a whole number
SMALL_GPUS = 1e-5
SMALL_GPU_HOURS = 0.02
NEAR_GPUS = 2e-5


@dataclass(frozen=True)
class Claims:
    """Who comes first where crews or rooms cannot serve all at once.

    Attributes:
        needed: (H, T) accelerators with which gangs can begin at a holding.
        waiting: (H, T) what gangs there are worth from then on, money; most for each accelerator that they lack comes first.
        worth: (H, T) what an accelerator in use brings; most comes first once gangs are served.
    """

    needed: Floats
    waiting: Floats
    worth: Floats

    def in_order(self, period: int, kept: Ints, now: Ints) -> Iterator[tuple[int, int]]:
        """Yields holdings and how far up they are to go, as their turn comes; gangs' holdings come twice."""
        needed = np.ceil(self.needed[:, period]).astype(np.int64)
        each = self.waiting[:, period] / np.maximum(needed - kept, 1)
        first = np.flatnonzero((now > kept) & (needed > kept))
        for holding in first[np.argsort(-each[first], kind="stable")]:
            yield int(holding), int(min(now[holding], needed[holding]))
        rest = np.flatnonzero(now > kept)
        for holding in rest[np.argsort(-self.worth[rest, period], kind="stable")]:
            yield int(holding), int(now[holding])


def whole_stock(tables: Tables, installed: Floats, claims: Claims | None = None) -> Ints:
    """Returns whole accelerators per holding and period that keep every limit on stock, (H, T).

    Where not all can come at once, holdings come in their order, or in that of ``claims``.
    """
    holdings, periods = installed.shape
    result = np.zeros((holdings, periods), dtype=np.int64)
    before = tables.holding_stock.astype(np.int64)
    nobody = np.zeros(installed.shape)
    claims = claims or Claims(nobody, nobody, nobody)
    for period in range(periods):
        before = _whole_period(tables, installed[:, period], before, period, claims)
        result[:, period] = before
    return result


def _whole_period(tables: Tables, wanted: Floats, before: Ints, period: int, claims: Claims) -> Ints:
    floors = np.floor(wanted + SNAP).astype(np.int64)
    stays = ~tables.fleet_returns[tables.holding_fleet] & (tables.hosted_end[:, period] >= before)
    now = np.where(stays, np.maximum(floors, before), floors)
    kept = np.minimum(now, before)
    room = _Room(tables, kept, period)
    given = kept.copy()
    for holding, most in claims.in_order(period, kept, now):
        given[holding] += room.take(holding, most - int(given[holding]))
    now = np.where(now > kept, given, now)
    for fleet in np.unique(tables.holding_fleet):
        mine = np.flatnonzero(tables.holding_fleet == fleet)
        missing = int(np.floor(wanted[mine].sum() + SNAP)) - int(now[mine].sum())
        remainder = wanted[mine] - now[mine]
        for place in np.argsort(-remainder, kind="stable"):
            if missing <= 0 or remainder[place] <= SNAP:
                break
            taken = room.take(int(mine[place]), 1)
            now[mine[place]] += taken
            missing -= taken
    return now


class _Room:
    """What the sites and fleets still have room for while a period is rounded."""

    def __init__(self, tables: Tables, before: Ints, period: int) -> None:
        self.tables = tables
        site, fleet = tables.holding_site, tables.holding_fleet
        sites = len(tables.power_end)
        self.mw = tables.power_end[:, period] - np.bincount(site, before * tables.holding_mw, minlength=sites)
        self.slots = tables.slots_end[:, period] - np.bincount(site, before, minlength=sites)
        self.crew = tables.commissioning[:, period].copy()
        standing = np.bincount(fleet, before, minlength=len(tables.fleet_sku))
        self.received = tables.fleet_received[:, period] - standing
        self.hosted = tables.hosted_end[:, period] - before

    def take(self, holding: int, gpus: int) -> int:
        """Takes room for up to ``gpus`` more at a holding and returns how many found it."""
        tables = self.tables
        site, fleet = tables.holding_site[holding], tables.holding_fleet[holding]
        by_power = (self.mw[site] + 1e-7) / tables.holding_mw[holding]
        most = min(by_power, self.slots[site], self.crew[site], self.received[fleet], self.hosted[holding])
        taken = max(0, min(gpus, int(np.floor(min(most, 1e15) + 1e-7))))
        self.mw[site] -= taken * tables.holding_mw[holding]
        self.slots[site] -= taken
        self.crew[site] -= taken
        self.received[fleet] -= taken
        self.hosted[holding] -= taken
        return taken


def crew_loss(tables: Tables, installed: Ints, coming: Floats) -> Floats:
    """Returns what crews' pace costs, accelerators on average, by lag and the period of commissioning, (G, H, T).

    As the solver shared it out among a site's holdings, and never less than the curve of the crew's pace asks for what is
    commissioned.

    Args:
        installed: (H, T) whole accelerators. coming: (G, H, T) as solved.
    """
    added = _added(tables, installed)
    site = tables.holding_site
    total = np.zeros(tables.commissioning.shape)
    np.add.at(total, site, added)
    share = added / np.maximum(total[site], 1.0)
    loss = np.zeros(coming.shape)
    last = last_in_turn(tables)
    for lag in range(tables.pace.shape[1]):
        due = _on_curve(tables, lag, total)
        shared = np.minimum(coming[lag], last[lag, site] * added)
        given = np.zeros_like(total)
        np.add.at(given, site, shared)
        loss[lag] = shared + np.maximum(due - given, 0.0)[site] * share
    return loss


def _on_curve(tables: Tables, lag: int, total: Floats) -> Floats:
    """Returns what commissioning ``total``, (S, T), costs ``lag`` periods later, by straight lines between levels."""
    curve = tables.pace[:, lag]
    pieces = curve.shape[1] - 1
    crew = np.where(np.isfinite(tables.commissioning) & (tables.commissioning > 0), tables.commissioning, 1.0)
    place = np.clip(total / crew * pieces, 0.0, pieces)
    low = np.minimum(place.astype(np.int64), pieces - 1)
    sites, periods = np.indices(total.shape)
    before, after = curve[sites, low, periods], curve[sites, low + 1, periods]
    result: Floats = before + (place - low) * (after - before)
    return result


def shifted(loss: Floats) -> Floats:
    """Returns losses by the period in which they fall, (..., T), from those by period of commissioning, (G, ..., T)."""
    result = np.zeros(loss.shape[1:])
    for lag in range(loss.shape[0]):
        result[..., lag:] += loss[lag][..., : loss.shape[-1] - lag]
    return result


def _added(tables: Tables, installed: Ints) -> Floats:
    before = np.concatenate([tables.holding_stock[:, None], installed[:, :-1]], axis=1)
    added: Floats = np.maximum(installed - before, 0.0)
    return added


def usable_gpus(tables: Tables, installed: Ints, loss: Floats) -> Floats:
    """Returns the accelerators usable on average at each holding in each period, (H, T), after crews' ``loss`` (G, H, T)."""
    added = _added(tables, installed)
    usable = installed - shifted(loss)
    for lag in range(tables.lost.shape[1]):
        share = tables.lost[tables.holding_site, lag]
        born = np.zeros_like(added, dtype=np.float64)
        born[:, lag:] = added[:, : added.shape[1] - lag]
        usable -= share * born
    return _borne_together(tables, usable, shifted(loss))


def _borne_together(tables: Tables, usable: Floats, late: Floats) -> Floats:
    """Takes what a crew's pace costs one holding beyond what it has from the others at its site, (H, T)."""
    site, sites = tables.holding_site, len(tables.power_end)
    short, rest = np.zeros((sites, usable.shape[1])), np.zeros((sites, usable.shape[1]))
    np.add.at(short, site, np.minimum(np.maximum(-usable, 0.0), late))
    usable = np.maximum(usable, 0.0)
    np.add.at(rest, site, usable)
    share = np.minimum(1.0, np.divide(short, rest, out=np.zeros_like(short), where=rest > 0))
    result: Floats = usable * (1.0 - share[site])
    return result


def ready_gpus_of_fleets(tables: Tables, installed: Ints) -> Floats:
    """Returns how many of each fleet's accelerators are received and burnt in on average, (F, T)."""
    standing = np.zeros(tables.fleet_received.shape)
    np.add.at(standing, tables.holding_fleet, installed)
    result = standing.copy()
    all_of_it = tables.ready_burn_in_days == tables.fleet_burn_in_days[tables.ready_fleet]
    fleet, period = tables.ready_fleet[all_of_it], tables.ready_period[all_of_it]
    limit = tables.ready_constant[all_of_it] + tables.ready_slope[all_of_it] * standing[fleet, period]
    np.minimum.at(result, (fleet, period), limit)
    return np.maximum(result, 0.0)


def trimmed_use(tables: Tables, use: Floats, usable: Floats, ready: Floats) -> Floats:
    """Snaps use to thousandths where the solver is a hair off, then trims it to every limit, (Q, T).

    Limits: what is usable at each holding and ready in each fleet, (H, T) and (F, T); demand, gangs and work. Gangs are
    trimmed last, as they have least sizes.
    """
    near = np.round(use, 3)
    use = np.where(np.abs(use - near) < NEAR_GPUS, near, use)
    use = np.where(use < SMALL_GPUS, 0.0, use)
    gang = tables.gang_min[tables.option_workload] > 0
    workload, ratio = tables.option_workload, tables.option_ratio[:, None]
    use = _trim(use * ratio, workload, tables.wanted, gang) / ratio
    use = _trim(use, workload, within_start(tables.gang_max[:, None], tables.started), gang)
    done = np.bincount(workload, weights=(use * ratio * tables.hours).sum(axis=1), minlength=len(tables.work))
    over = done > tables.work
    factor = np.where(over, tables.work / np.where(over, done, 1.0), 1.0)
    use = use * factor[workload][:, None]
    use = _trim(use, tables.option_holding, usable, gang)
    return _trim(use, tables.holding_fleet[tables.option_holding], ready, gang)


def _trim(use: Floats, group: Ints, limit: Floats, gang: np.ndarray) -> Floats:
    for part in (~gang, gang):
        total = np.zeros_like(limit)
        np.add.at(total, group, use)
        other = np.zeros_like(limit)
        np.add.at(other, group, np.where(part[:, None], 0.0, use))
        mine = total - other
        factor = np.where(total > limit, np.clip((limit - other) / np.where(mine > 0, mine, 1.0), 0.0, 1.0), 1.0)
        use = np.where(part[:, None], use * factor[group], use)
    return use
