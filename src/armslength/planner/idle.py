"""Why received accelerators stand idle: every idle GPU-hour gets one cause, and the causes add up exactly."""

from collections import defaultdict

import numpy as np

from armslength.model.plan import Idle, IdleCause
from armslength.planner.tables import Bools, Floats, Ints, Labels, Tables, within_start
from armslength.planner.titles import Titled

TINY_GPU_HOURS = 0.006  # below the tolerance of sums: rounding
SMALL_GPUS = 1e-3
ROOM = 1.0 - 1e-6  # a limit has room if one more accelerator fits


def idle_rows(
    tables: Tables,
    labels: Labels,
    shared: Titled,
    installed: Ints,
    received: dict[tuple[str, str], Floats],
    used: dict[tuple[int, str], Floats],
    granted: Floats,
) -> list[Idle]:
    """Returns idle GPU-hours by title, SKU, site and cause.

    Args:
        shared: stock and use with titles.
        installed: (H, T) whole accelerators.
        received: GPU-hours since receipt per (title, SKU), (T).
        used: accelerators used on average per (holding, title), (T).
        granted: (A, H, T) accelerators set aside for use rights.
    """
    no_room = _storage_causes(tables, installed)
    energised = _energised_causes(tables, shared, _held_back(tables, shared), granted)
    rows: list[Idle] = []
    left = {key: hours.copy() for key, hours in received.items()}
    waiting: dict[tuple[str, str], Floats] = defaultdict(lambda: np.zeros(len(tables.hours)))
    rising: dict[tuple[str, str], Floats] = defaultdict(lambda: np.zeros(len(tables.hours)))
    fleets: dict[tuple[str, str], int] = {}
    for number, (holding, holder) in enumerate(zip(shared.holding, shared.holder, strict=True)):
        fleet = int(tables.holding_fleet[holding])
        key = (holder, labels.skus[tables.fleet_sku[fleet]])
        fleets[key] = fleet
        usable = shared.usable[number] * tables.hours
        spent = used.get((holding, holder), np.zeros(len(tables.hours))) * tables.hours
        left[key] -= np.maximum(usable, spent)
        # What waits at a site without burn-in or crew limit waits for a rise of its power or slots.
        if _prepares(tables, holding):
            waiting[key] += np.maximum(shared.installed[number] * tables.hours - usable, 0.0)
        else:
            rising[key] += np.maximum(shared.installed[number] * tables.hours - usable, 0.0)
        site = labels.sites[tables.holding_site[holding]]
        _append(rows, holder, key[1], site, np.maximum(usable - spent, 0.0), energised[holding])
    for fleet, holders in enumerate(labels.fleet_holders):
        for holder in holders:
            fleets.setdefault((holder, labels.skus[tables.fleet_sku[fleet]]), fleet)
    for key, rest in left.items():
        burn_in = np.clip(np.minimum(rest, waiting[key]), 0.0, None)
        rise = np.clip(np.minimum(rest - burn_in, rising[key]), 0.0, None)
        nowhere: list[IdleCause] = ["no power"] * len(rest)
        causes = no_room[fleets[key]] if key in fleets else nowhere
        shares: dict[IdleCause, Floats] = {"commissioning": burn_in, "no power": rise}
        for period, cause in enumerate(causes):
            shares.setdefault(cause, np.zeros(len(rest)))[period] += (rest - burn_in - rise)[period]
        for reason, hours in _without_crumbs(shares).items():
            _append(rows, *key, None, hours, [reason] * len(rest))
    return rows


def _without_crumbs(shares: dict[IdleCause, Floats]) -> dict[IdleCause, Floats]:
    """Gives shares that are only rounding to the largest of their period, so that the sum stays."""
    causes = list(shares)
    hours = np.array([shares[cause] for cause in causes])
    crumbs = np.where(np.abs(hours) <= TINY_GPU_HOURS, hours, 0.0)
    largest = hours.argmax(axis=0)
    hours = hours - crumbs
    hours[largest, np.arange(hours.shape[1])] += crumbs.sum(axis=0)
    return dict(zip(causes, hours, strict=True))


def _prepares(tables: Tables, holding: int) -> bool:
    """Whether a site takes time to commission: burn-in, or a crew with a limit."""
    site = tables.holding_site[holding]
    return bool(tables.burn_in_days[site] > 0 or np.isfinite(tables.commissioning[site]).any())


def _append(rows: list[Idle], title: str, sku: str, site: str | None, hours: Floats, causes: list[IdleCause]) -> None:
    for period in np.flatnonzero(np.abs(hours) > TINY_GPU_HOURS):
        rows.append(
            Idle(
                title=title,
                sku=sku,
                site=site,
                period_index=int(period),
                cause=causes[period],
                idle_gpu_hours=float(hours[period]),
            )
        )


def _storage_causes(tables: Tables, installed: Ints) -> list[list[IdleCause]]:
    """Returns why a fleet's accelerators are still in storage, per fleet and period."""
    site = tables.holding_site
    sites, periods = tables.power_end.shape
    drawn, stand = np.zeros((sites, periods)), np.zeros((sites, periods))
    np.add.at(drawn, site, installed * tables.holding_mw[:, None])
    np.add.at(stand, site, installed)
    before = np.concatenate([tables.holding_stock[:, None], installed[:, :-1]], axis=1)
    grown = np.zeros((sites, periods))
    np.add.at(grown, site, np.maximum(installed - before, 0))
    power = (tables.power_end - drawn)[site] >= tables.holding_mw[:, None] * ROOM
    slot = (tables.slots_end - stand)[site] >= ROOM
    crew = (tables.commissioning - grown)[site] >= ROOM
    hosted = tables.hosted_end - installed >= ROOM
    result = []
    for fleet in range(len(tables.fleet_sku)):
        mine = tables.holding_fleet == fleet
        result.append(
            [_storage_cause(power[mine, t], slot[mine, t], crew[mine, t], hosted[mine, t]) for t in range(periods)]
        )
    return result


def _storage_cause(power: Bools, slot: Bools, crew: Bools, hosted: Bools) -> IdleCause:
    if len(hosted) and not hosted.any():
        return "not allowed"
    power, slot, crew = power & hosted, slot & hosted, crew & hosted
    if (power & slot & crew).any():
        return "no work"
    if (power & slot).any():
        return "commissioning"
    return "no slot" if power.any() else "no power"


def _held_back(tables: Tables, shared: Titled) -> dict[str, Bools]:
    """Returns where power or slots that fell leave no room to use one more accelerator, by cause, (S, T)."""
    drawn, taken = np.zeros(tables.power_mean.shape), np.zeros(tables.power_mean.shape)
    least_mw = np.full(len(tables.power_mean), np.inf)
    np.minimum.at(least_mw, tables.holding_site, tables.holding_mw)
    for (option, _), gpus in shared.use.items():
        holding = tables.option_holding[option]
        drawn[tables.holding_site[holding]] += gpus * tables.holding_mw[holding]
        taken[tables.holding_site[holding]] += gpus
    power = (tables.power_mean < tables.power_end) & (tables.power_mean - drawn < least_mw[:, None] * ROOM)
    slot = (tables.slots_mean < tables.slots_end) & (tables.slots_mean - taken < ROOM)
    return {"no power": power, "no slot": slot}


def _energised_causes(
    tables: Tables, shared: Titled, held_back: dict[str, Bools], granted: Floats
) -> list[list[IdleCause]]:
    """Returns why usable accelerators have no work, per holding and period."""
    use = np.zeros((len(tables.option_workload), len(tables.hours)))
    for (option, _), gpus in shared.use.items():
        use[option] += gpus
    wants = _wants_more(tables, use)
    holdings, periods = tables.hosted_end.shape
    here = np.zeros((holdings, periods), dtype=bool)
    usable = tables.most_used > 0
    np.logical_or.at(here, tables.option_holding, wants[tables.option_workload] & usable)
    elsewhere = np.zeros((len(tables.fleet_sku), periods), dtype=bool)
    np.logical_or.at(elsewhere, tables.holding_fleet, here)
    by_sku = np.array([wants[fits].any(axis=0) for fits in tables.can_use.T])
    lent = granted.sum(axis=0)
    rights = tables.option_right >= 0
    np.subtract.at(lent, tables.option_holding[rights], use[rights])
    result: list[list[IdleCause]] = []
    for holding in range(holdings):
        row: list[IdleCause] = []
        anyone = by_sku[tables.fleet_sku[tables.holding_fleet[holding]]]
        in_term = tables.hosted_mean[holding] >= tables.hosted_end[holding]
        site = tables.holding_site[holding]
        for period in range(periods):
            if held_back["no power"][site, period]:
                row.append("no power")
            elif held_back["no slot"][site, period]:
                row.append("no slot")
            elif lent[holding, period] > SMALL_GPUS:
                row.append("lent unused")
            elif not in_term[period]:
                row.append("not in term")
            elif here[holding, period]:
                row.append("not worth it")
            else:
                row.append("not allowed" if anyone[period] else "no work")
        result.append(row)
    return result


def _wants_more(tables: Tables, use: Floats) -> Bools:
    """Returns whether each workload would take more accelerators in each period, (W, T)."""
    workload = tables.option_workload
    total, served = np.zeros(tables.wanted.shape), np.zeros(tables.wanted.shape)
    np.add.at(total, workload, use)
    np.add.at(served, workload, use * tables.option_ratio[:, None])
    done = (served * tables.hours).sum(axis=1)
    serving = np.isfinite(tables.wanted)
    room = np.where(serving, tables.wanted - served, within_start(tables.gang_max[:, None], tables.started) - total)
    room = np.where(np.isnan(room), 0.0, room)
    unfinished = done < tables.work * (1 - 1e-6) - 1.0
    result: Bools = (room > 0.5) & (tables.started > 0) & unfinished[:, None]
    return result
