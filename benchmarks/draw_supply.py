"""Random supply: who buys what, halls that open in steps, stock at the start, lots over the horizon."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from armslength.model.supply import Lot, Price, Site, Sku, Stage, Step, Stock
from benchmarks.draw import MODELS, SERVER_GPUS, Floats, Halls, Holdings, Spec, ids, parts, servers, spread


def draw_holdings(spec: Spec, rng: np.random.Generator) -> Holdings:
    """Draws organisations of very different size, each buying some of the SKUs."""
    skus = tuple(
        Sku(
            id=name,
            site_kw_per_gpu=kw,
            it_kw_per_gpu=it_kw,
            throughput_ratio={"training": training, "serving": serving},
        )
        for name, kw, it_kw, training, serving in MODELS[: spec.skus]
    )
    size = rng.lognormal(0.0, 0.7, spec.organisations)
    total = size / size.sum() * spec.gpus_per_organisation * spec.organisations
    mix = rng.dirichlet(np.full(spec.skus, 0.8), spec.organisations)
    mix = np.where(mix < 0.12, 0.0, mix)
    return Holdings(
        ids=ids("org", spec.organisations),
        skus=skus,
        gpus=servers(total[:, None] * mix / mix.sum(axis=1, keepdims=True)),
        site_kw=np.array([model[1] for model in MODELS[: spec.skus]]),
        work_ratio=np.array([(model[3] + model[4]) / 2 for model in MODELS[: spec.skus]]),
    )


def draw_halls(spec: Spec, have: Holdings, rng: np.random.Generator) -> Halls:
    """Draws sites near what their owners need: some too small, some with room, some late."""
    count = spec.sites
    owner, final_mw = _sizes(spec, have, rng)
    mean_kw = (have.gpus.sum(axis=0) @ have.site_kw) / have.gpus.sum()
    late = rng.random(count) < spec.late_site_frac
    late[int(np.argmax(final_mw))] = False
    slotted = rng.random(count) < 0.6
    sites: list[Site] = []
    steps: list[Step] = []
    open_mw, open_slots, room = np.zeros(count), np.full(count, np.inf), np.zeros(count)
    for i, name in enumerate(ids("site", count)):
        days, levels = _rise(spec.days, bool(late[i]), rng)
        slot_ratio = rng.uniform(0.88, 1.3)
        for j, (day, level) in enumerate(zip(days, levels, strict=True)):
            mw = round(float(final_mw[i] * level), 3)
            slots = int(servers(mw * 1000 / mean_kw * slot_ratio)) if slotted[i] else None
            when = spread(spec.start_on + timedelta(day), rng, exact=day == 0)
            steps.append(Step(id=f"{name}-{j + 1}", site=name, from_on=when, power_mw=mw, gpu_slots=slots))
            if day == 0:
                open_mw[i], open_slots[i] = mw, np.inf if slots is None else slots
        final_gpus = float(final_mw[i]) * 1000 / mean_kw
        room[i] = final_gpus * (min(1.0, slot_ratio) if slotted[i] else 1.0)
        fabric = int(servers(room[i] * rng.uniform(0.35, 0.7))) if rng.random() < 0.25 else None
        room[i] = room[i] if fabric is None else fabric
        sites.append(_site(name, have.ids[owner[i]], final_gpus, fabric, rng))
    region = np.arange(count) % max(1, spec.region_count)
    return Halls(tuple(sites), tuple(steps), room, open_mw, open_slots, region)


def _sizes(spec: Spec, have: Holdings, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draws each site's owner and its power in the end, MW."""
    count = spec.sites
    # One organisation in ten has no hall and depends on the others.
    landed = max(1, spec.organisations - spec.organisations // 10)
    owner = np.concatenate([np.arange(min(landed, count)), rng.integers(0, landed, max(0, count - landed))])
    need_mw = have.gpus @ have.site_kw / 1000
    weight = rng.uniform(0.5, 1.5, count)
    part = weight / np.bincount(owner, weight, spec.organisations)[owner]
    return owner, np.maximum(0.2, need_mw[owner] * part * rng.uniform(0.75, 1.45, count))


def _rise(days: int, late: bool, rng: np.random.Generator) -> tuple[list[int], list[float]]:
    """Draws the days and levels (of the final one) of one to four rising steps."""
    count = int(rng.integers(1, 5))
    first = int(rng.uniform(0.12, 0.5) * days) if late else 0
    later = rng.choice(np.arange(first + 14, int(0.85 * days)), count - 1, replace=False)
    levels = np.sort(rng.uniform(0.3, 0.9, count - 1))
    return [first, *sorted(int(day) for day in later)], [*map(float, levels), 1.0]


def _site(name: str, owner: str, gpus: float, fabric: int | None, rng: np.random.Generator) -> Site:
    return Site(
        id=name,
        owner=owner,
        pue_ratio=round(float(rng.uniform(1.12, 1.4)), 2) if rng.random() < 0.3 else None,
        commissioning_gpus_per_week=max(SERVER_GPUS, int(servers(gpus / rng.uniform(6, 20)))),
        burn_in_days=float(rng.integers(3, 8)),
        fabric_gpus_max=fabric,
    )


def draw_stock(have: Holdings, halls: Halls, rng: np.random.Generator) -> tuple[Stock, ...]:
    """Fills part of what is powered at the start with the owner's oldest SKUs."""
    left = have.gpus * rng.uniform(0.15, 0.5, (len(have.ids), 1))
    rows = []
    for i, site in enumerate(halls.sites):
        owner = have.ids.index(site.owner)
        fill = rng.uniform(0.5, 0.95)
        room_mw, room_slots = halls.open_mw[i] * fill, halls.open_slots[i] * fill
        for k, sku in enumerate(have.skus):
            # The worst PUE drawn above draws more than the site figure; 1.15 covers it.
            kw = float(have.site_kw[k]) * 1.15
            gpus = SERVER_GPUS * int(min(left[owner, k], room_mw * 1000 / kw, room_slots) // SERVER_GPUS)
            if gpus > 0:
                name = f"{site.id}-{sku.id}"
                rows.append(Stock(id=name, site=site.id, owner=site.owner, sku=sku.id, gpus=gpus))
                left[owner, k] -= gpus
                room_mw, room_slots = room_mw - gpus * kw / 1000, room_slots - gpus
    return tuple(rows)


def draw_lots(spec: Spec, have: Holdings, stock: Sequence[Stock], rng: np.random.Generator) -> tuple[Lot, ...]:
    """Draws what is still to come, on any day from two weeks before the horizon to nine tenths of it."""
    ordered = have.gpus.copy()
    column = {sku.id: k for k, sku in enumerate(have.skus)}
    for row in stock:
        ordered[have.ids.index(row.owner), column[row.sku]] -= row.gpus
    rows = []
    for o, owner in enumerate(have.ids):
        bought = np.flatnonzero(ordered[o] >= SERVER_GPUS)
        share = ordered[o, bought] / max(1.0, ordered[o, bought].sum())
        count = np.maximum(1, np.round(spec.lots_per_organisation * share)).astype(int)
        for k, lots in zip(bought, count, strict=True):
            for gpus in parts(int(ordered[o, k]), rng.uniform(0.4, 1.6, lots)):
                day = spec.start_on + timedelta(int(rng.uniform(-14, 0.9 * spec.days)))
                rows.append((day, owner, int(k), gpus))
    rows.sort()
    return tuple(
        Lot(
            id=name,
            sku=have.skus[k].id,
            gpus=gpus,
            owner=owner,
            vendor=f"vendor-{1 + k % 2}",
            stage=_stage((day - spec.start_on).days),
            expected_on=spread(day, rng, exact=day < spec.start_on),
        )
        for name, (day, owner, k, gpus) in zip(ids("lot", len(rows)), rows, strict=True)
    )


def _stage(days_ahead: int) -> Stage:
    if days_ahead < 0:
        return "received"
    if days_ahead < 30:
        return "shipped"
    return "allocated" if days_ahead < 150 else "reserved"


def prices(spec: Spec, skus: Sequence[Sku]) -> tuple[Price, ...]:
    """Returns market prices that fall by a tenth each half year."""
    return tuple(
        Price(
            id=f"{sku.id}-{half + 1}",
            sku=sku.id,
            from_on=spec.start_on + timedelta(182 * half),
            market_price_per_gpu_hour=round(2.4 * sku.throughput_ratio["serving"] ** 0.9 * 0.9**half, 3),
        )
        for sku in skus
        for half in range(max(1, spec.days // 182))
    )


def usable_gpu_hours(spec: Spec, have: Holdings, halls: Halls, stock: Sequence[Stock], lots: Sequence[Lot]) -> float:
    """Returns roughly what the supply could do, GPU-hours of the reference SKU.

    The lesser of chips and power in each week, all sites together.
    """
    column = {sku.id: k for k, sku in enumerate(have.skus)}
    total = 0.0
    for day in range(0, spec.days, 7):
        today = spec.start_on + timedelta(day)
        there = np.zeros(len(column))
        for item in stock:
            there[column[item.sku]] += item.gpus
        for lot in lots:
            if lot.expected_on.p50_on + timedelta(14) <= today:
                there[column[lot.sku]] += lot.gpus
        level = {step.site: step.power_mw or 0.0 for step in halls.steps if step.from_on.p50_on <= today}
        need_mw = float(there @ have.site_kw) / 1000
        powered_frac = min(1.0, sum(level.values()) / max(need_mw, 1e-9))
        total += float(there @ have.work_ratio) * 168 * powered_frac
    return total
