"""How much of what it wants a workload gets, on whose hardware, why not more, and what would change that."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from math import inf

from armslength.model.case import Case, Run
from armslength.model.demand import Workload
from armslength.model.plan import Plan
from armslength.planner.calendar import Calendar
from armslength.planner.explain_again import Again
from armslength.planner.explain_room import accelerator_prices
from armslength.planner.explain_view import View, total, used_by
from armslength.planner.explain_words import (
    RUN_WORDS,
    TINY_GPU_HOURS,
    TINY_MONEY,
    Story,
    by_run,
    gpu_hours,
    joined,
    megawatts,
    money,
    part_of,
    some,
    when,
)
from armslength.planner.scope import class_of, scope_of
from armslength.units import DAYS_PER_WEEK

Space = tuple[str, str, str]  # title, SKU, site

PEERS_SHOWN = 3
NEARLY_ALL = 1 - 1e-6


def workload_story(view: View, again: Again, workload: Workload) -> Story:
    """Returns how far a workload gets and why."""
    story = Story()
    story.tell(f"Workload `{workload.id}`, {view.workload(workload.id)}: {_wants(view, workload)}")
    told: dict[str, str] = {}
    for plan in view.plans:
        text = _run_text(view, story, plan, workload)
        same = told.setdefault(text, RUN_WORDS[plan.run])
        story.tell(f"{RUN_WORDS[plan.run]}: {text if same == RUN_WORDS[plan.run] else f'the same as {same.lower()}'}")
    _tell_changes(view, story, again, workload)
    return story


def _wants(view: View, workload: Workload) -> str:
    """Returns what a workload is and what it asks for."""
    owner = view.organisation(workload.owner)
    asks = [f"{workload.form} of {owner}"]
    if workload.form == "training":
        work = workload.work_gpu_hours
        asks.append("work without end" if work is None else f"{gpu_hours(work)} of work")
        if workload.gang_gpus_min:
            asks.append(f"at least {workload.gang_gpus_min:,} accelerators at a time")
        if workload.gang_gpus_max is not None:
            asks.append(f"at most {workload.gang_gpus_max:,} at a time")
        if workload.single_fabric:
            asks.append("all on one SKU at one site")
    else:
        most = max((row.wanted_gpus for row in view.case.demand if row.workload == workload.id), default=0.0)
        asks.append(f"up to {most:,.0f} accelerators wanted at a time")
    if workload.start_on:
        asks.append(f"from {workload.start_on}")
    if workload.due_on:
        asks.append(f"due on {workload.due_on}")
    worth = workload.work_value_per_gpu_hour
    value = "the market price" if worth is None else money(worth, view.currency)
    asks.append(f"worth {value} a GPU-hour")
    return ", ".join([*asks, *_limits(view, workload)])


def _limits(view: View, workload: Workload) -> list[str]:
    """Returns what a workload restricts itself to, in words."""
    limits = []
    if workload.skus:
        limits.append(f"only on {joined([view.sku(key) for key in workload.skus], 'or')}")
    if workload.sites:
        limits.append(f"only at {joined([view.site(key) for key in workload.sites], 'or')}")
    if workload.hardware_of:
        limits.append(f"only on hardware of {joined([view.organisation(key) for key in workload.hardware_of], 'or')}")
    return limits


def _run_text(view: View, story: Story, plan: Plan, workload: Workload) -> str:
    told = [_gets(view, plan, workload)]
    where = _where(view, plan, workload)
    if where:
        told.append(where)
    told.append(_why(view, plan, workload))
    runs_at = set(used_by(plan, "site", workload=workload.id))
    sites = runs_at or {site for _, _, site in _open_to(view, plan, workload)}
    prices = accelerator_prices(view, plan, sites) if not _all_done(view, plan, workload) else []
    if prices:
        story.note("prices")
        told.append(f"At the margin, {some(prices, 2)}")
    return ". ".join(text for text in told if text)


def _gets(view: View, plan: Plan, workload: Workload) -> str:
    result = view.result(plan, workload.id)
    if result.done_gpu_hours <= TINY_GPU_HOURS:
        text = "it gets nothing"
    elif result.wanted_gpu_hours is None:
        text = f"it gets {gpu_hours(result.done_gpu_hours)}"
    elif _all_done(view, plan, workload):
        text = f"it gets all the {gpu_hours(result.wanted_gpu_hours)} it wants"
    else:
        share = result.done_gpu_hours / max(result.wanted_gpu_hours, TINY_GPU_HOURS)
        amount = part_of(result.done_gpu_hours, result.wanted_gpu_hours, "the ")
        text = f"it gets {amount} it wants ({share:.1%})"
    text += f", worth {money(result.work_value, view.currency)}" if result.work_value else ""
    if result.finished_on:
        text += f"; it is finished by {result.finished_on}{_late(workload, result.finished_on)}"
    elif workload.due_on and workload.form == "training":
        text += "; it is not finished within the horizon"
    if result.lateness_cost > TINY_MONEY:
        text += f"; lateness costs {money(result.lateness_cost, view.currency)}"
    if result.use_cost > TINY_MONEY:
        text += f"; {money(result.use_cost, view.currency)} are paid for rented or hosted GPU-hours"
    return text


def _late(workload: Workload, finished_on: date) -> str:
    if workload.due_on is None:
        return ""
    weeks = (finished_on - workload.due_on).days / DAYS_PER_WEEK
    return f", {weeks:,.1f} weeks after it was due" if weeks > 0 else ", in time"


def _where(view: View, plan: Plan, workload: Workload) -> str:
    """Returns on whose hardware, where and when it runs."""
    hours: dict[tuple[str, str, str], float] = defaultdict(float)
    periods: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for row in plan.uses:
        if row.workload == workload.id:
            hours[row.title, row.sku, row.site] += row.used_gpu_hours
            periods[row.title, row.sku, row.site].add(row.period_index)
    ranked = sorted(hours, key=lambda key: (-hours[key], key))
    parts = [
        f"{view.sku(sku)} of {view.organisation(title)} at {view.site(site)} "
        f"({gpu_hours(hours[title, sku, site])} {when(plan.periods, periods[title, sku, site])})"
        for title, sku, site in ranked
    ]
    return f"It runs on {some(parts, PEERS_SHOWN)}" if parts else ""


def _all_done(view: View, plan: Plan, workload: Workload) -> bool:
    result = view.result(plan, workload.id)
    return result.wanted_gpu_hours is not None and result.done_gpu_hours >= result.wanted_gpu_hours * NEARLY_ALL


def _open_to(view: View, plan: Plan, workload: Workload) -> dict[Space, float]:
    """Returns what the workload may use of what stands somewhere, with the most accelerators of it."""
    scope = scope_of(view.case, plan.run)
    wanted, kind = class_of(workload), workload.kind or workload.form
    hosted = {(right.owner, right.site) for right in scope.host_rights}
    found: dict[Space, float] = {}
    for title, sku, site in {(row.title, row.sku, row.site) for row in plan.holdings}:
        if (
            sku not in (workload.skus or view.skus)
            or site not in (workload.sites or view.sites)
            or (workload.hardware_of and title not in workload.hardware_of and plan.run != "shared")
            or view.skus[sku].throughput_ratio.get(kind, 1.0) <= 0
        ):
            continue
        own = any(
            (view.sites[site].owner, wanted) in scope.allowed.get((title, received), ()) for received in (True, False)
        )
        lent = sum(
            right.gpus
            for right in scope.use_rights
            if (right.giver, right.taker, right.sku) == (title, workload.owner, sku) and right.site in (None, site)
        )
        if own or (title == workload.owner and (title, site) in hosted):
            found[title, sku, site] = inf
        elif lent:
            found[title, sku, site] = float(lent)
    return found


def _why(view: View, plan: Plan, workload: Workload) -> str:
    """Returns why it gets no more, in words."""
    if _all_done(view, plan, workload):
        return "It wants no more"
    spaces = _open_to(view, plan, workload)
    if not spaces:
        return "Nothing that it may use is powered in this run"
    use: dict[int, float] = defaultdict(float)
    for row in plan.uses:
        if row.workload == workload.id:
            use[row.period_index] += row.used_gpu_hours
    reasons = []
    largest = _at_largest(plan, workload, use)
    if largest:
        reasons.append(f"it runs at its largest size {when(plan.periods, largest)}")
    if workload.start_on and workload.start_on > view.case.horizon.start_on:
        reasons.append(f"it does not start before {workload.start_on}")
    reasons += _scarcity(view, plan, workload, spaces, _wanting(view, plan, workload) - largest)
    reasons += _too_few(plan, workload, spaces)
    limits = _limits(view, workload)
    if limits:
        reasons.append(f"it may run {joined(limits)}")
    text = joined(reasons)
    return f"No more, because {text}" if text else ""


def _wanting(view: View, plan: Plan, workload: Workload) -> set[int]:
    """Returns the periods in which it would take more: after its start; a service, while demand is unmet."""
    if workload.form == "training":
        first = workload.start_on or view.case.horizon.start_on
        return {t for t, period in enumerate(plan.periods) if period.end_on > first}
    calendar = Calendar(view.case.horizon)
    rows = sorted((row for row in view.case.demand if row.workload == workload.id), key=lambda row: row.from_on)
    wanted = calendar.average([(calendar.offset(row.from_on), row.wanted_gpus) for row in rows]) * calendar.hours
    kind = workload.kind or workload.form
    for use in plan.uses:
        if use.workload == workload.id:
            wanted[use.period_index] -= use.used_gpu_hours * view.skus[use.sku].throughput_ratio.get(kind, 1.0)
    return {t for t in range(calendar.count) if wanted[t] > TINY_GPU_HOURS}


def _at_largest(plan: Plan, workload: Workload, use: dict[int, float]) -> set[int]:
    """Returns the periods in which a training run is as large as it may be."""
    if not workload.gang_gpus_max:
        return set()
    return {
        t for t, hours in use.items() if hours >= workload.gang_gpus_max * plan.periods[t].counted_hours * (1 - 1e-4)
    }


def _scarcity(view: View, plan: Plan, workload: Workload, spaces: dict[Space, float], among: set[int]) -> list[str]:
    """Returns when all that it may use is at work, and for whom; or how much stands idle all the same."""
    out, reasons = _outages(view, plan, {site for _, _, site in spaces}, among)
    usable: dict[int, float] = defaultdict(float)
    used: dict[int, float] = defaultdict(float)
    others: dict[str, float] = defaultdict(float)
    for held in plan.holdings:
        most = spaces.get((held.title, held.sku, held.site))
        if most is not None and held.period_index in among and (held.site, held.period_index) not in out:
            hours = plan.periods[held.period_index].counted_hours
            usable[held.period_index] += min(held.usable_gpu_hours, most * hours)
    for row in plan.uses:
        most = spaces.get((row.title, row.sku, row.site))
        mine = row.workload == workload.id
        if most is not None and row.period_index in usable and (mine or most == inf):
            used[row.period_index] += row.used_gpu_hours
            others[row.workload] += 0.0 if mine else row.used_gpu_hours
    busy = {t for t, hours in usable.items() if hours > TINY_GPU_HOURS and used[t] >= hours * (1 - 1e-3)}
    dark = {t for t in among if usable.get(t, 0.0) <= TINY_GPU_HOURS}
    if dark and not out:
        reasons.append(f"nothing that it may use is usable {when(plan.periods, dark)}")
    if busy:
        ranked = sorted((key for key in others if others[key] > 0), key=lambda key: (-others[key], key))
        whom = f", also for {some([view.workload(key) for key in ranked], PEERS_SHOWN)}" if ranked else " for it"
        reasons.append(f"every usable accelerator that it may use is at work{whom} {when(plan.periods, busy)}")
    idle = sum(usable[t] - used[t] for t in set(usable) - busy - dark)
    if idle > TINY_GPU_HOURS:
        reasons.append(f"of what it may use, {gpu_hours(idle)} stand idle which it cannot use with profit or in time")
    return reasons


def _outages(view: View, plan: Plan, sites: set[str], among: set[int]) -> tuple[set[tuple[str, int]], list[str]]:
    """Returns where and when power does not suffice for what stands there, and the same in words."""
    calendar = Calendar(view.case.horizon)
    out: set[tuple[str, int]] = set()
    words = []
    for site in sorted(sites):
        levels = [(calendar.offset(day), power) for day, power, _ in view.levels(site) if power is not None]
        mean, drawn = calendar.average(levels), view.drawn_mw[plan.run, site]
        # A hall that opens inside a period has less on average than at its end; that is no outage.
        short = {t for t in among if mean[t] < drawn[t] * (1 - 1e-6) and t > 0 and drawn[t - 1] >= drawn[t]}
        if short:
            out |= {(site, t) for t in short}
            least = megawatts(min(mean[t] for t in short))
            most = megawatts(max(drawn[t] for t in short))
            span = when(plan.periods, short)
            words.append(f"{view.site(site)} has {least} for accelerators that draw {most} {span}")
    return out, words


def _too_few(plan: Plan, workload: Workload, spaces: dict[Space, float]) -> list[str]:
    """Returns, for a gang, that too few accelerators ever stand where it may run."""
    if not workload.gang_gpus_min:
        return []
    together: dict[tuple[str, str, int], int] = defaultdict(int)
    for row in plan.holdings:
        if (row.title, row.sku, row.site) in spaces:
            place = (row.sku, row.site) if workload.single_fabric else ("", "")
            together[*place, row.period_index] += row.installed_gpus
    most = max(together.values(), default=0)
    if most >= workload.gang_gpus_min:
        return []
    least = f"{workload.gang_gpus_min:,} accelerators"
    text = f"it needs {least} at a time, and at most {most:,} stand where it may run"
    if not plan.strict_gangs and total(used_by(plan, "workload", workload=workload.id)) > TINY_GPU_HOURS:
        text += " (this plan counts smaller gangs as running part of the time; plan with --strict to forbid that)"
    return [text]


def _tell_changes(view: View, story: Story, again: Again, workload: Workload) -> None:
    """Tells how much more it would get without each of its own restrictions."""
    if all(_all_done(view, plan, workload) for plan in view.plans):
        return
    lifted: list[tuple[str, dict[str, object]]] = []
    if workload.hardware_of:
        lifted.append(("on anybody's hardware", {"hardware_of": ()}))
    if workload.sites:
        lifted.append(("at any site", {"sites": ()}))
    if workload.skus:
        lifted.append(("on any SKU", {"skus": ()}))
    if workload.single_fabric:
        lifted.append(("on several sites and SKUs at once", {"single_fabric": False}))
    if workload.gang_gpus_max is not None:
        lifted.append(("on as many accelerators at a time as there are", {"gang_gpus_max": None}))
    for words, update in lifted:
        _tell_change(view, story, again, workload, f"allowed {words}", _with(workload, update))


def _with(workload: Workload, update: dict[str, object]) -> Callable[[Case], Case]:
    changed = workload.model_copy(update=update)
    return lambda case: case.model_copy(
        update={"workloads": tuple(changed if row.id == workload.id else row for row in case.workloads)}
    )


def _tell_change(
    view: View, story: Story, again: Again, workload: Workload, words: str, change: Callable[[Case], Case]
) -> None:
    gained: dict[Run, str] = {}
    for plan in view.plans:
        members = again.members(workload.owner, plan.run)
        before, after = again.worth(plan.run, members), again.worth(plan.run, members, change)
        if before is None or after is None:
            story.note(again.excuse(members))
            continue
        more = after.done_gpu_hours[workload.id] - before.done_gpu_hours[workload.id]
        gained[plan.run] = "no more" if more <= TINY_GPU_HOURS else f"{gpu_hours(more)} more"
    if gained:
        story.note("again")
        story.tell(f"Planned again, {words}, it gets {by_run(gained)}")
