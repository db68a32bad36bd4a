"""Rules about what is wanted: training and serving workloads, demand, prices, alternatives."""

from collections.abc import Iterator, Mapping
from datetime import date

from armslength.errors import Problem, nearest
from armslength.model.case import Case
from armslength.model.demand import Workload
from armslength.model.rules_references import place
from armslength.model.rules_supply import in_short, kw_at
from armslength.units import KW_PER_MW

# Fields of a training run and what they hold when not given; a service has none of them.
TRAINING_FIELDS: dict[str, object] = {
    "work_gpu_hours": None,
    "tokens": None,
    "repeated": False,
    "gang_gpus_min": 0,
    "gang_gpus_max": None,
    "due_on": None,
    "lateness_cost_per_week": 0.0,
    "single_fabric": False,
}


def fields_of_other_form(case: Case) -> Iterator[Problem]:
    """Services with terms of a training run."""
    for index, work in enumerate(case.workloads):
        if work.form == "serving":
            for field, empty in TRAINING_FIELDS.items():
                if getattr(work, field) != empty:
                    message = f"{field} is for training; `{work.id}` is a service, whose size is its demand"
                    hint = "remove it, and state the demand in `demand`; or make it training"
                    yield Problem(place("workloads", index, field), message, hint)


# Fields which say how large the service of a model is: tokens per second, or all of the others.
SERVICE_OF_USERS = ("users", "requests_per_user_day", "input_tokens", "output_tokens")


def sizes_of_models(case: Case) -> Iterator[Problem]:
    """Sizes stated twice, or in part, of workloads which name a model; sizes of a model where none is named."""
    demanded = {row.workload for row in case.demand}
    for index, work in enumerate(case.workloads):
        if work.model is None:
            fields = ("tokens", "repeated", *SERVICE_OF_USERS, "mean_tokens_per_second")
            for field in (name for name in fields if getattr(work, name)):
                message = f"{field} is the size of a model, but `{work.id}` names none"
                yield Problem(place("workloads", index, field), message, "name a model, or remove it")
        elif work.form == "training":
            yield from _training_of_model(index, work)
        else:
            if work.id in demanded:
                message = f"`{work.id}` names a model, and `demand` states its demand too"
                yield Problem(place("workloads", index, "model"), message, "remove the model, or the rows of `demand`")
            yield from _service_of_model(index, work)


def _training_of_model(index: int, work: Workload) -> Iterator[Problem]:
    if work.work_gpu_hours is not None:
        message = f"`{work.id}` names a model and states work_gpu_hours too"
        yield Problem(place("workloads", index, "work_gpu_hours"), message, "keep one: the model gives the GPU-hours")
    for field in (*SERVICE_OF_USERS, "mean_tokens_per_second"):
        if getattr(work, field) is not None:
            message = f"{field} is for serving; `{work.id}` is training"
            yield Problem(place("workloads", index, field), message, "remove it, or make it serving")


def _service_of_model(index: int, work: Workload) -> Iterator[Problem]:
    given = [field for field in SERVICE_OF_USERS if getattr(work, field) is not None]
    if work.mean_tokens_per_second is not None:
        for field in (name for name in given if name in SERVICE_OF_USERS[:2]):
            message = f"`{work.id}` states both mean_tokens_per_second and {field}"
            yield Problem(place("workloads", index, field), message, "keep one of the two")
    elif len(given) < len(SERVICE_OF_USERS):
        missing = [field for field in SERVICE_OF_USERS if field not in given]
        message = f"`{work.id}` serves a model, but nothing says {in_short(missing)}"
        hint = "give them, or mean_tokens_per_second; or remove the model and state the demand in `demand`"
        yield Problem(place("workloads", index, missing[0]), message, hint)


def gangs_and_dates(case: Case) -> Iterator[Problem]:
    """Smallest gang above the largest; due before the start; names given twice."""
    for index, work in enumerate(case.workloads):
        if work.gang_gpus_max is not None and work.gang_gpus_min > work.gang_gpus_max:
            sizes = f"{work.gang_gpus_min:,} is above the largest, {work.gang_gpus_max:,}"
            message = f"the smallest gang of `{work.id}`, {sizes}"
            yield Problem(place("workloads", index, "gang_gpus_min"), message, "exchange them, or correct one")
        if work.gang_gpus_max == 0 and work.gang_gpus_min == 0 and work.form == "training":
            message = f"`{work.id}` runs on 0 accelerators at most, so it never runs"
            yield Problem(place("workloads", index, "gang_gpus_max"), message, "leave it empty for all", "warning")
        if work.start_on is not None and work.due_on is not None and work.due_on <= work.start_on:
            message = f"`{work.id}` is due on {work.due_on}, not after its start on {work.start_on}"
            yield Problem(place("workloads", index, "due_on"), message, "correct one of the days")
        for field in ("skus", "sites", "hardware_of"):
            names = getattr(work, field)
            if len(set(names)) < len(names):
                yield Problem(place("workloads", index, field), f"`{work.id}` names one twice", "name each once")


def demand_of_training(case: Case) -> Iterator[Problem]:
    """Demand rows of a training run: its size is its work."""
    forms = {work.id: work.form for work in case.workloads}
    for index, row in enumerate(case.demand):
        if forms.get(row.workload) == "training":
            message = f"`{row.workload}` is training, whose size is work_gpu_hours, but `{row.id}` states a demand"
            yield Problem(place("demand", index, "workload"), message, "remove the row, or make the workload serving")


def price_ranges(case: Case) -> Iterator[Problem]:
    """Prices outside their own range; offers that end before they begin."""
    for index, row in enumerate(case.prices):
        low, high = row.market_price_per_gpu_hour_low, row.market_price_per_gpu_hour_high
        central = row.market_price_per_gpu_hour
        if (low is not None and low > central) or (high is not None and high < central):
            said = f"{'' if low is None else f'{low:g}'} to {'' if high is None else f'{high:g}'}"
            message = f"the price of {central:g} {case.currency} per GPU-hour is outside its own range {said}"
            yield Problem(place("prices", index, "market_price_per_gpu_hour"), message, "low, central, high in order")
    for index, option in enumerate(case.alternatives):
        if option.until_on is not None and option.until_on <= option.from_on.p50_on:
            begins = option.from_on.p50_on
            message = f"the offer `{option.id}` ends on {option.until_on}, not after it begins on {begins}"
            where = place("alternatives", index, "until_on")
            yield Problem(where, message, "until_on is the first day on which it has ended")


def two_levels_at_once(case: Case) -> Iterator[Problem]:
    """Two demands of one service, or two prices of one SKU, from the same day."""
    for table, owner, what in (("demand", "workload", "demand"), ("prices", "sku", "price")):
        first: dict[tuple[str, date], str] = {}
        for index, row in enumerate(getattr(case, table)):
            other = first.setdefault((getattr(row, owner), row.from_on), row.id)
            if other != row.id:
                subject = f"the {what} of `{getattr(row, owner)}`"
                message = f"`{row.id}` and `{other}` both give {subject} from {row.from_on}"
                yield Problem(place(table, index, "from_on"), message, "keep one; each gives the level from its day")


def work_outside_horizon(case: Case) -> Iterator[Problem]:
    """Training that starts after the horizon or is due before it; services that want nothing."""
    served = {row.workload for row in case.demand if row.wanted_gpus > 0}
    for index, work in enumerate(case.workloads):
        if work.start_on is not None and work.start_on >= case.horizon.end_on:
            message = f"`{work.id}` starts on {work.start_on}, when the horizon has ended, so it never runs"
            hint = "plan a longer time, or remove it"
            yield Problem(place("workloads", index, "start_on"), message, hint, "warning")
        if work.due_on is not None and work.due_on <= case.horizon.start_on:
            message = f"`{work.id}` is due on {work.due_on}, before anything is planned, so all of it is late"
            hint = f"the horizon starts on {case.horizon.start_on}"
            yield Problem(place("workloads", index, "due_on"), message, hint, "warning")
        if work.form == "serving" and work.id not in served and work.model is None:
            message = f"the service `{work.id}` wants no accelerators"
            hint = f"add a row to `demand` with workload {work.id}, from_on and wanted_gpus"
            yield Problem(place("workloads", index), message, hint, "warning")


def nothing_usable(case: Case) -> Iterator[Problem]:
    """Workloads whose SKUs nobody they may use has, or ever will have."""
    holders: dict[str, set[str]] = {sku.id: set() for sku in case.skus}
    skus = {lot.id: lot.sku for lot in case.lots}
    rented = {(row.organisation, row.sku) for row in case.alternatives if row.kind == "rent"}
    for lot in case.lots:
        holders.setdefault(lot.sku, set()).add(lot.owner)
    for stock in case.stock:
        holders.setdefault(stock.sku, set()).add(stock.owner)
    for leg in case.legs:
        holders.setdefault(leg.sku or skus.get(leg.lot or "", ""), set()).add(leg.taker)
    for index, work in enumerate(case.workloads):
        usable = work.skus or tuple(holders)
        whose = set(work.hardware_of)
        own_rent = any((work.owner, sku) in rented for sku in usable)
        if not own_rent and not any(holders.get(sku, set()) & whose if whose else holders.get(sku) for sku in usable):
            who = "nobody it may use" if whose else "nobody"
            message = f"`{work.id}` can use no accelerators: {who} has its SKUs"
            hint = f"its SKUs: {in_short(sorted(usable)) or 'none'}; add lots, stock or a rent alternative"
            yield Problem(place("workloads", index, "skus"), message, hint, "warning")
        if not case.sites and not own_rent:
            message = f"`{work.id}` can run at no site: the case has none"
            yield Problem(place("workloads", index, "sites"), message, "add rows to `sites` and `steps`", "warning")


def gangs_too_large(case: Case) -> Iterator[Problem]:
    """Gangs larger than any place that could hold them."""
    rooms: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[float, str]] = {}
    for index, work in enumerate(case.workloads):
        if work.gang_gpus_min == 0 or not case.sites:
            continue
        key = work.skus, work.sites
        if key not in rooms:
            rooms[key] = _largest_room(case, work)
        gpus, site = rooms[key]
        if work.gang_gpus_min > gpus:
            message = f"`{work.id}` needs {work.gang_gpus_min:,} accelerators at a time; no site ever holds so many"
            hint = (
                f"the largest place it may use is `{site}` with {int(gpus):,}" if site else "none of its sites is known"
            )
            yield Problem(place("workloads", index, "gang_gpus_min"), message, hint, "warning")


def _largest_room(case: Case, work: Workload) -> tuple[float, str]:
    """The most accelerators that one fabric of a site ever holds among a workload's sites, and the site."""
    best: tuple[float, str] = (0.0, "")
    skus = [sku for sku in case.skus if not work.skus or sku.id in work.skus]
    for site in case.sites:
        if work.sites and site.id not in work.sites:
            continue
        steps = [step for step in case.steps if step.site == site.id]
        powers = [step.power_mw for step in steps if step.power_mw is not None]
        slots = [step.gpu_slots for step in steps if step.gpu_slots is not None]
        kw = min((kw_at(site, sku) for sku in skus), default=1.0)
        limits = [max(powers, default=0.0) * KW_PER_MW / kw]
        if slots:
            limits.append(float(max(slots)))
        if site.fabric_gpus_max is not None:
            limits.append(float(site.fabric_gpus_max))
        # Half an accelerator of grace: a hall sized in MW for just this gang must not fall short by rounding.
        best = max(best, (min(limits) + 0.5, site.id))
    return best


def unknown_kinds(case: Case) -> Iterator[Problem]:
    """Kinds of work that no SKU's throughput table names, while it names others."""
    known = {kind for sku in case.skus for kind in sku.throughput_ratio}
    for index, work in enumerate(case.workloads):
        if work.kind is not None and known and work.kind not in known:
            message = f"no SKU states a throughput ratio for `{work.kind}`, so all count as equal for `{work.id}`"
            hint = nearest(work.kind, known) or f"kinds stated: {in_short(sorted(known))}"
            yield Problem(place("workloads", index, "kind"), message, hint, "warning")


def worth_nothing_known(case: Case) -> Iterator[Problem]:
    """Workloads with neither a stated value nor a market price for their time."""
    priced: dict[str, date] = {}
    for row in case.prices:
        priced[row.sku] = min(row.from_on, priced.get(row.sku, row.from_on))
    for index, work in enumerate(case.workloads):
        if work.work_value_per_gpu_hour is None:
            yield from _worth(case, index, work, priced)


def _worth(case: Case, index: int, work: Workload, priced: Mapping[str, date]) -> Iterator[Problem]:
    """What is wrong with the worth of a workload that is valued at market prices, per SKU the first day."""
    start = max(work.start_on or case.horizon.start_on, case.horizon.start_on)
    where = place("workloads", index, "work_value_per_gpu_hour")
    skus = work.skus or tuple(sku.id for sku in case.skus)
    usable = [priced[sku] for sku in skus if sku in priced]
    if not any(first < case.horizon.end_on for first in priced.values()):
        message = f"`{work.id}` has no stated value, and `prices` has no price in the horizon"
        hint = f"state it in {case.currency} per GPU-hour, or add a row to `prices` from {start} or earlier"
        yield Problem(where, message, hint)
    elif not usable:
        message = f"`{work.id}` has no stated value, and no SKU it can use has a price"
        hint = f"a price of {in_short(sorted(priced))} is used, by throughput; add one of {in_short(skus)}"
        yield Problem(where, message, hint, "warning")
    elif min(usable) > start:
        message = f"`{work.id}` has no stated value, and no SKU it can use has a price before {min(usable)}"
        hint = f"the first price is used before that day too; add a price from {start} or earlier"
        yield Problem(where, message, hint, "warning")
