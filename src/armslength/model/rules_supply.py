"""Rules about what there is to run on: organisations and their shares, lots, sites, steps, stock."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from armslength.errors import Problem
from armslength.model.case import Case
from armslength.model.rules_references import place
from armslength.model.supply import Site, Sku, Step
from armslength.units import mw

# Adding shares of 0.1 in binary must not pass for more than the whole.
SHARE_TOLERANCE = 1e-9
NAMES_SHOWN = 5


def in_short(names: Sequence[str]) -> str:
    """Returns the first few names, and how many more there are."""
    shown = ", ".join(f"`{name}`" for name in names[:NAMES_SHOWN])
    return shown + (f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else "")


def own_masters(case: Case) -> Iterator[Problem]:
    """An organisation that owns or controls itself."""
    for index, organisation in enumerate(case.organisations):
        if organisation.controlled_by == organisation.id:
            message = f"`{organisation.id}` controls itself"
            hint = "name the person or organisation behind it, or leave the field empty"
            yield Problem(place("organisations", index, "controlled_by"), message, hint)
        for position, share in enumerate(organisation.owns):
            if share.organisation == organisation.id:
                where = place("organisations", index, f"owns[{position}].organisation")
                yield Problem(where, f"`{organisation.id}` owns a share of itself", "remove the row")


def too_many_shares(case: Case) -> Iterator[Problem]:
    """Shares in one organisation that add up to more than the whole of it, on any day."""
    held: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for index, organisation in enumerate(case.organisations):
        for position, share in enumerate(organisation.owns):
            held[share.organisation].append((organisation.id, index, position))
    for name, holders in held.items():
        largest: dict[str, float] = {}
        for owner, index, position in holders:
            # Several rows of one holder are its share from one day and from a later day, not two shares.
            largest[owner] = max(largest.get(owner, 0.0), case.organisations[index].owns[position].share_frac)
        total = sum(largest.values())
        if total > 1 + SHARE_TOLERANCE:
            _, index, position = holders[-1]
            message = f"the shares held in `{name}` add up to {total:g}, more than the whole"
            hint = f"held by {in_short(sorted(largest))}; a share is a part of 1, so a quarter is 0.25"
            yield Problem(place("organisations", index, f"owns[{position}].share_frac"), message, hint)


def ownership_circles(case: Case) -> Iterator[Problem]:
    """Organisations which own each other in a circle: possible, but rarely meant."""
    owned = {row.id: sorted({share.organisation for share in row.owns}) for row in case.organisations}
    index_of = {row.id: index for index, row in enumerate(case.organisations)}
    settled: set[str] = set()
    for start, direct in owned.items():
        path = [start]
        choices = [iter(direct)]
        while path:
            following = next(choices[-1], None)
            if following is None:
                settled.add(path.pop())
                choices.pop()
            elif following in path:
                circle = [*path[path.index(following) :], following]
                if len(circle) > 2:
                    message = f"ownership runs in a circle: {' -> '.join(circle)}"
                    where = place("organisations", index_of[circle[-2]], "owns")
                    yield Problem(where, message, "correct it unless it is so", severity="warning")
            elif following in owned and following not in settled:
                path.append(following)
                choices.append(iter(owned[following]))


def empty_steps(case: Case) -> Iterator[Problem]:
    """A step which changes neither power nor slots."""
    for index, step in enumerate(case.steps):
        if step.power_mw is None and step.gpu_slots is None:
            message = f"the step `{step.id}` sets neither power_mw nor gpu_slots"
            yield Problem(place("steps", index), message, "set at least one of them, or remove the row")


def overlapping_steps(case: Case) -> Iterator[Problem]:
    """Two steps that set the same thing at the same site from the same day."""
    first: dict[tuple[str, str, object], str] = {}
    for index, step in enumerate(case.steps):
        for field in ("power_mw", "gpu_slots"):
            if getattr(step, field) is None:
                continue
            other = first.setdefault((step.site, field, step.from_on.p50_on), step.id)
            if other != step.id:
                message = f"`{step.id}` and `{other}` both set {field} of `{step.site}` from {step.from_on.p50_on}"
                hint = "keep one; each step gives the whole level from its day, not an increase"
                yield Problem(place("steps", index, "from_on"), message, hint)


def before_or_after(case: Case) -> Iterator[Problem]:
    """Lots and steps outside the horizon: before it they count as already there, after it not at all."""
    span = case.horizon
    for table, field, early, late in (
        ("lots", "expected_on", "they count as received when the horizon starts", "they are never received"),
        (
            "steps",
            "from_on",
            "their level counts as already there when the horizon starts",
            "they never take effect",
        ),
    ):
        for outside, said, which in (
            (lambda day: day < span.start_on, early, "before the horizon starts"),
            (lambda day: day >= span.end_on, late, "after the horizon ends"),
        ):
            yield from _outside(case, table, field, outside, f"{which}: {said}")


def _outside(case: Case, table: str, field: str, outside: Callable[[date], bool], said: str) -> Iterator[Problem]:
    """One warning for all rows of a table on one side of the horizon, at the first of them."""
    found = [(i, row.id) for i, row in enumerate(getattr(case, table)) if outside(getattr(row, field).p50_on)]
    if found:
        names = in_short([name for _, name in found])
        verb = "falls" if len(found) == 1 else "fall"
        hint = f"the horizon is {case.horizon.start_on} to {case.horizon.end_on}"
        where = place(table, found[0][0], field)
        yield Problem(where, f"{names} {verb} {said}", hint, severity="warning")


def missing_it_power(case: Case) -> Iterator[Problem]:
    """A site that states a PUE, and a SKU whose IT power is not known."""
    with_pue = [site.id for site in case.sites if site.pue_ratio is not None]
    if not with_pue:
        return
    for index, sku in enumerate(case.skus):
        if sku.it_kw_per_gpu is None:
            message = f"{in_short(with_pue)} states a PUE, but the IT power of `{sku.id}` is not given"
            hint = "give it_kw_per_gpu, in kW; the all-in site_kw_per_gpu is used until then"
            yield Problem(place("skus", index, "it_kw_per_gpu"), message, hint, severity="warning")


def dark_sites(case: Case) -> Iterator[Problem]:
    """Sites that never have power, or whose slots are stated and never above none."""
    powered = {step.site for step in case.steps if step.power_mw}
    roomy = {step.site for step in case.steps if step.gpu_slots}
    counted = {step.site for step in case.steps if step.gpu_slots is not None}
    for index, site in enumerate(case.sites):
        if site.id not in powered or (site.id in counted and site.id not in roomy):
            lacks, field = ("power", "power_mw") if site.id not in powered else ("slots", "gpu_slots")
            message = f"`{site.id}` never opens: no step gives it {lacks}"
            hint = f"add a row to `steps` with site {site.id}, from_on and {field}, unless it is so"
            yield Problem(place("sites", index), message, hint, severity="warning")


def stock_without_room(case: Case) -> Iterator[Problem]:
    """Stock which the power or the slots that its site has at the start cannot hold."""
    skus = {sku.id: sku for sku in case.skus}
    sites = {site.id: site for site in case.sites}
    standing: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(case.stock):
        if row.site in sites and row.sku in skus:
            standing[row.site].append(index)
    steps = sorted(case.steps, key=lambda step: step.from_on.p50_on)
    for name, indexes in standing.items():
        rows = [case.stock[index] for index in indexes]
        gpus = sum(row.gpus for row in rows)
        need_mw = sum(mw(row.gpus, kw_at(sites[name], skus[row.sku])) for row in rows)
        power_mw, slots = _level(steps, name, case.horizon.start_on)
        where = place("stock", indexes[-1], "gpus")
        if need_mw > power_mw + 1e-9:
            message = f"the stock at `{name}` draws {need_mw:,.1f} MW; the site has {power_mw:,.1f} MW at the start"
            yield Problem(where, message, "correct the stock, or the step before the horizon", severity="warning")
        if slots is not None and gpus > slots:
            message = f"the stock at `{name}` is {gpus:,} accelerators; the site has {slots:,} slots at the start"
            yield Problem(where, message, "correct the stock, or the step before the horizon", severity="warning")


def _level(steps: list[Step], site: str, start_on: date) -> tuple[float, int | None]:
    """Power and slots of a site on a day: no power before its first step; slots unlimited if never stated."""
    mine = [step for step in steps if step.site == site]
    begun = [step for step in mine if step.from_on.p50_on <= start_on]
    power = [step.power_mw for step in begun if step.power_mw is not None]
    slots = [step.gpu_slots for step in begun if step.gpu_slots is not None]
    counted = any(step.gpu_slots is not None for step in mine)
    return (power[-1] if power else 0.0), (slots[-1] if slots else 0 if counted else None)


def kw_at(site: Site, sku: Sku) -> float:
    """Returns the power in kW that one accelerator of a SKU draws from the meter of a site."""
    if site.pue_ratio is not None and sku.it_kw_per_gpu is not None:
        return site.pue_ratio * sku.it_kw_per_gpu
    return sku.site_kw_per_gpu
