"""Random wants: training runs with gangs and due dates, services with curves, of very different worth."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from armslength.model.demand import Demand, Workload
from benchmarks.draw import SERVER_GPUS, Halls, Holdings, Spec, ids, servers

HOURS_PER_WEEK = 168.0
TRAINING_SHARE_FRAC = 0.65  # of all work wanted


def draw_wants(
    spec: Spec, have: Holdings, halls: Halls, supply_gpu_hours: float, rng: np.random.Generator
) -> tuple[tuple[Workload, ...], tuple[Demand, ...]]:
    """Draws workloads which together want a little more than the supply could do."""
    wanted = supply_gpu_hours * rng.uniform(*spec.demand_ratio)
    count = len(have.ids)
    # What an organisation wants to run follows what it bought, but loosely: that is why sharing pays.
    appetite = have.gpus @ have.work_ratio * rng.lognormal(0.0, 0.6, count)
    extra = rng.choice(count, max(0, spec.workloads - count), p=appetite / appetite.sum())
    owner = np.concatenate([np.arange(min(count, spec.workloads)), extra])
    weight = appetite[owner] / np.bincount(owner, minlength=count)[owner]
    weight = weight * rng.lognormal(0.0, 0.5, len(owner))
    training = rng.permutation(len(owner)) < round(spec.training_frac * len(owner))
    share = weight / weight[training].sum() * TRAINING_SHARE_FRAC * wanted
    workloads: list[Workload] = []
    demand: list[Demand] = []
    for w, name in enumerate(ids("work", len(owner))):
        if training[w]:
            workloads.append(_gang(spec, have, halls, name, int(owner[w]), float(share[w]), rng))
        else:
            workloads.append(_service(spec, have, halls, name, int(owner[w]), rng))
            demand += _curve(spec, name, float(weight[w]), rng)
    left = max(0.2 * wanted, wanted - sum(row.work_gpu_hours or 0.0 for row in workloads))
    return tuple(workloads), _fill(spec, demand, left)


def _gang(
    spec: Spec, have: Holdings, halls: Halls, name: str, owner: int, work: float, rng: np.random.Generator
) -> Workload:
    skus = _some_skus(spec, have, owner, rng)
    sites = _some_sites(spec, have, halls, owner, rng)
    start = 0 if rng.random() < 0.25 else int(rng.uniform(0, 0.65) * spec.days)
    weeks = min(rng.uniform(*spec.gang_weeks), 0.9 * (spec.days - start) / 7)
    rate = float(np.mean([have.skus[k].throughput_ratio["training"] for k in skus]))
    room = float((halls.room_gpus[sites] if sites else halls.room_gpus).max())
    most = int(servers(max(4.0 * SERVER_GPUS, min(work / weeks / HOURS_PER_WEEK / rate, 0.7 * room))))
    due = start + int(7 * weeks * rng.uniform(1.15, 2.2))
    gang = rng.random() < spec.single_fabric_frac
    value = _value(rng)
    done = round(weeks * HOURS_PER_WEEK * most * rate, -2)
    lateness = round(rng.uniform(0.01, 0.05) * done * value, -2)
    return Workload(
        id=name,
        owner=have.ids[owner],
        form="training",
        work_gpu_hours=done,
        gang_gpus_min=int(servers(most * rng.uniform(0.25, 0.5))) if gang else 0,
        gang_gpus_max=most,
        start_on=spec.start_on + timedelta(start) if start else None,
        due_on=spec.start_on + timedelta(due) if due < spec.days else None,
        work_value_per_gpu_hour=value,
        lateness_cost_per_week=lateness if due < spec.days else 0.0,
        skus=tuple(have.skus[k].id for k in skus) if len(skus) < spec.skus else (),
        single_fabric=gang,
        sites=tuple(halls.sites[i].id for i in sites),
        hardware_of=_touched(spec, have, owner, rng),
    )


def _service(spec: Spec, have: Holdings, halls: Halls, name: str, owner: int, rng: np.random.Generator) -> Workload:
    skus = _some_skus(spec, have, owner, rng)
    return Workload(
        id=name,
        owner=have.ids[owner],
        form="serving",
        # A tenth states no value and is worth the market price.
        work_value_per_gpu_hour=_value(rng) if rng.random() < 0.9 else None,
        skus=tuple(have.skus[k].id for k in skus) if len(skus) < spec.skus else (),
        sites=tuple(halls.sites[i].id for i in _some_sites(spec, have, halls, owner, rng)),
        hardware_of=_touched(spec, have, owner, rng),
    )


def _curve(spec: Spec, name: str, weight: float, rng: np.random.Generator) -> list[Demand]:
    """Draws a service's demand: a trend with steps; its scale is set later."""
    count = int(rng.integers(4, 10))
    later = rng.choice(np.arange(14, spec.days - 7), count - 1, replace=False)
    days = [0, *sorted(int(day) for day in later)]
    growth = rng.uniform(-0.4, 1.6)
    return [
        Demand(
            id=f"{name}-{j + 1}",
            workload=name,
            from_on=spec.start_on + timedelta(day),
            wanted_gpus=max(0.05, 1 + growth * day / spec.days) * float(rng.lognormal(0.0, 0.25)) * weight,
        )
        for j, day in enumerate(days)
    ]


def _fill(spec: Spec, demand: Sequence[Demand], gpu_hours: float) -> tuple[Demand, ...]:
    """Scales the curves so that together they want ``gpu_hours``."""
    total = 0.0
    for row, after in zip(demand, [*demand[1:], None], strict=True):
        until = spec.end_on if after is None or after.workload != row.workload else after.from_on
        total += row.wanted_gpus * 24 * (until - row.from_on).days
    ratio = gpu_hours / total if total else 0.0
    return tuple(row.model_copy(update={"wanted_gpus": float(round(row.wanted_gpus * ratio))}) for row in demand)


def _value(rng: np.random.Generator) -> float:
    """Draws a worth per GPU-hour from 1 to 6, most of it near 2.5, in tenths of a cent."""
    return round(1 + 5 * float(rng.beta(1.6, 3.2)), 3)


def _some_skus(spec: Spec, have: Holdings, owner: int, rng: np.random.Generator) -> list[int]:
    """Draws usable SKUs: for most workloads one that the owner has and few others, for some all of them."""
    count = len(have.skus)
    if count == 1 or rng.random() < spec.portable_frac:
        return list(range(count))
    own = int(rng.choice(np.flatnonzero(have.gpus[owner] > 0)))
    others = {k for k in range(count) if rng.random() < spec.further_skus / (count - 1)}
    return sorted(others | {own})


def _some_sites(spec: Spec, have: Holdings, halls: Halls, owner: int, rng: np.random.Generator) -> list[int]:
    """Draws a region, four times in five one in which the owner has a site; empty where any site will do."""
    if not spec.region_count:
        return []
    own = [i for i, site in enumerate(halls.sites) if site.owner == have.ids[owner]]
    near = bool(own) and rng.random() < 0.8
    region = halls.region[int(rng.choice(own))] if near else int(rng.integers(spec.region_count))
    return [int(i) for i in np.flatnonzero(halls.region == region)]


def _touched(spec: Spec, have: Holdings, owner: int, rng: np.random.Generator) -> tuple[str, ...]:
    return (have.ids[owner],) if rng.random() < spec.own_hardware_frac else ()
