"""The rule `permission` between organisations: who may stand where on whose title, and who may use it.

Three roles are kept apart: title (whose accelerators), custody (whose site), use (whose work). Alone, they
are one organisation. As agreed, hosting legs open custody and use legs (lease, contribution, loan without a
lot) open use, each up to its accelerators during its term. Shared, roles may differ along a chain inside
one group: a redirect, swap or loan moves title or its like to a holder, hosting moves custody from the
holder, a lease moves use from the holder.

Part of the independent check: imports neither arrays nor the solver nor any other part of the planner.
"""

from dataclasses import dataclass
from math import inf

from armslength.model.agreement import Agreement, Leg
from armslength.planner.check_days import Span
from armslength.planner.check_findings import Findings, exceeds, number
from armslength.planner.check_flow import unserved
from armslength.planner.check_ground import Ground
from armslength.planner.check_tally import Place, Tally
from armslength.planner.check_titles import MOVES_TITLE, binds, ends_on
from armslength.units import GPU_HOUR_TOLERANCE, GPU_TOLERANCE

OPENS_USE = ("capacity_lease", "contribution", "loan")


def check_permission(ground: Ground, tally: Tally, findings: Findings) -> None:
    """Every holding and every use is allowed in the plan's run, as to parties and as to quantities."""
    match ground.run:
        case "alone":
            _check_alone(ground, tally, findings)
        case "as_agreed":
            _check_as_agreed(ground, tally, findings)
        case "shared":
            _check_shared(ground, tally, findings)


def _check_alone(ground: Ground, tally: Tally, findings: Findings) -> None:
    for title, sku, site in _foreign_holdings(ground, tally):
        most = max(tally.installed_gpus.of((title, sku, site)))
        where = f"{title}'s {sku} at {site}"
        owner = ground.sites[site].owner
        findings.add("permission", where, f"up to {number(most)} GPUs stand at a site of {owner}; alone they may not")
    for (title, user, sku, site), used in tally.passed_gpu_hours.items():
        owner = ground.sites[site].owner
        if any(used) and not title == user == owner:
            where = f"{title}'s {sku} at {site}, used by {user}"
            findings.add("permission", where, f"{number(sum(used))} GPU-hours used; alone, nobody uses another's")


def _foreign_holdings(ground: Ground, tally: Tally) -> list[Place]:
    """Holdings at another's site beyond what stood there before the horizon, which is a fact of the case."""
    return [
        place
        for place, installed in sorted(tally.installed_gpus.items())
        if ground.sites[place[2]].owner != place[0]
        and exceeds(max(installed), ground.stock.get(place, 0), GPU_TOLERANCE)
    ]


@dataclass(frozen=True, slots=True)
class _Grant:
    """A leg: accelerators of a SKU (any, if None) at a site (any, if None) during a term."""

    giver: str
    taker: str
    gpus: int
    sku: str | None
    site: str | None
    start: float
    end: float

    def fits(self, sku: str, site: str) -> bool:
        return self.sku in (None, sku) and self.site in (None, site)


def _grants(ground: Ground, hosting: bool) -> dict[tuple[str, str], list[_Grant]]:
    """Returns the hosting legs, or the use legs, in force by (giver, taker)."""
    agreements = {agreement.id: agreement for agreement in ground.case.agreements}
    lots = {lot.id: lot for lot in ground.case.lots}
    found: dict[tuple[str, str], list[_Grant]] = {}
    for leg in ground.case.legs:
        agreement = agreements.get(leg.agreement)
        if agreement is None or not binds(agreement) or not _opens(agreement, leg, hosting):
            continue
        lot = lots.get(leg.lot) if leg.lot is not None else None
        starts = [when.p50_on for when in (leg.from_on, lot.expected_on if lot else None) if when is not None]
        until = ends_on(leg, agreement)
        grant = _Grant(
            giver=leg.giver,
            taker=leg.taker,
            gpus=leg.gpus,
            sku=lot.sku if lot else leg.sku,
            site=leg.site,
            start=ground.days.offset(max(starts)) if starts else -inf,
            end=ground.days.offset(until) if until is not None else inf,
        )
        found.setdefault((leg.giver, leg.taker), []).append(grant)
    return found


def _opens(agreement: Agreement, leg: Leg, hosting: bool) -> bool:
    if hosting:
        return agreement.kind == "hosting"
    return agreement.kind in OPENS_USE and not (agreement.kind == "loan" and leg.lot is not None)


def _check_as_agreed(ground: Ground, tally: Tally, findings: Findings) -> None:
    hosting, use = _grants(ground, hosting=True), _grants(ground, hosting=False)
    hosted: dict[tuple[str, str], dict[tuple[str, str], list[float]]] = {}
    for (title, sku, site), hours in tally.used_gpu_hours.items():
        owner = ground.sites[site].owner
        if owner != title and any(hours):
            hosted.setdefault((title, owner), {})[sku, site] = hours
    lent: dict[tuple[str, str], dict[tuple[str, str], list[float]]] = {}
    for (title, user, sku, site), hours in tally.passed_gpu_hours.items():
        if user != title and any(hours):
            lent.setdefault((title, user), {})[sku, site] = hours
    for word, wanted, grants in (("hosted at sites of", hosted, hosting), ("used by", lent, use)):
        for (giver, taker), cells in wanted.items():
            for span in ground.spans:
                _compare_hours(ground, findings, span, (giver, word, taker), cells, grants.get((giver, taker), []))
    _check_hosted_gpus(ground, tally, findings, hosting)


def _compare_hours(
    ground: Ground,
    findings: Findings,
    span: Span,
    parties: tuple[str, str, str],
    cells: dict[tuple[str, str], list[float]],
    grants: list[_Grant],
) -> None:
    """Compares the GPU-hours of one pair of parties in one period with the legs between them."""
    asked = [hours[span.index] for hours in cells.values()]
    if not any(asked):
        return
    granted = [grant.gpus * _term_hours(ground, grant, span) for grant in grants]
    missing = unserved(asked, granted, [[grant.fits(*cell) for grant in grants] for cell in cells])
    if exceeds(missing, 0.0, GPU_HOUR_TOLERANCE + 1e-11 * sum(asked)):
        listed = ", ".join(f"{sku} at {site}" for (sku, site), hours in cells.items() if hours[span.index])
        findings.add(
            "permission",
            f"{listed}, {' '.join(parties)}, period from {span.start_on}",
            f"{number(sum(asked))} GPU-hours used; agreements in force allow {number(sum(asked) - missing)}: "
            f"{number(missing)} GPU-hours too many",
        )


def _term_hours(ground: Ground, grant: _Grant, span: Span) -> float:
    return ground.days.between(max(span.start, grant.start), min(span.end, grant.end))


def _check_hosted_gpus(
    ground: Ground, tally: Tally, findings: Findings, hosting: dict[tuple[str, str], list[_Grant]]
) -> None:
    """What is commissioned at another's site is at most what hosting legs had allowed by then."""
    pairs: dict[tuple[str, str], list[Place]] = {}
    for place in _foreign_holdings(ground, tally):
        pairs.setdefault((place[0], ground.sites[place[2]].owner), []).append(place)
    for (title, host), places in pairs.items():
        grants = hosting.get((title, host), [])
        fits = [[grant.fits(sku, site) for grant in grants] for _, sku, site in places]
        for span in ground.spans:
            installed = [tally.installed_gpus.of(place)[span.index] for place in places]
            asked = [max(0.0, gpus - ground.stock.get(p, 0)) for p, gpus in zip(places, installed, strict=True)]
            granted = [float(grant.gpus) if grant.start < span.end else 0.0 for grant in grants]
            missing = unserved(asked, granted, fits)
            if exceeds(missing, 0.0, GPU_TOLERANCE):
                where = f"{title} at sites of {host}, period from {span.start_on}"
                allowed = number(sum(asked) - missing)
                message = f"{number(sum(asked))} GPUs installed; hosting legs allow {allowed} GPUs"
                findings.add("permission", where, message)


class _Chains:
    """Which roles may differ when the planner may share."""

    def __init__(self, ground: Ground) -> None:
        sharing = ground.case.sharing
        self._groups = [frozenset(group) for group in sharing.groups] or [ground.organisations]
        self._hosting = "hosting" in sharing.kinds
        self._lease = "capacity_lease" in sharing.kinds
        self._moves_any = "loan" in sharing.kinds
        self._moves_new = any(kind in sharing.kinds for kind in MOVES_TITLE)
        self._known: dict[tuple[str, str, str], str] = {}

    def allows(self, title: str, custody: str, user: str) -> str:
        """Returns `yes`, `new lots` (only accelerators not received before the horizon), or `no`."""
        key = (title, custody, user)
        if key not in self._known:
            self._known[key] = self._look(title, custody, user)
        return self._known[key]

    def _look(self, title: str, custody: str, user: str) -> str:
        roles = {title, custody, user}
        together = [group for group in self._groups if roles <= group]
        if len(roles) == 1 or (together and self._reaches(title, custody, user)):
            return "yes"
        if any(self._reaches(holder, custody, user) for group in together for holder in group):
            if self._moves_any:
                return "yes"
            if self._moves_new:
                return "new lots"
        return "no"

    def _reaches(self, holder: str, custody: str, user: str) -> bool:
        return (custody == holder or self._hosting) and (user == holder or self._lease)


def _check_shared(ground: Ground, tally: Tally, findings: Findings) -> None:
    chains = _Chains(ground)
    redirected_hours: dict[tuple[str, str], list[list[float]]] = {}
    redirected_gpus: dict[tuple[str, str], list[Place]] = {}
    for title, sku, site in _foreign_holdings(ground, tally):
        owner = ground.sites[site].owner
        # Standing somewhere asks only that someone may use it there.
        answers = {chains.allows(title, owner, user) for user in ground.organisations}
        if "yes" in answers:
            continue
        if "new lots" in answers:
            redirected_gpus.setdefault((title, sku), []).append((title, sku, site))
            continue
        most = number(max(tally.installed_gpus.of((title, sku, site))))
        findings.add("permission", f"{title}'s {sku} at {site}", f"up to {most} GPUs stand at a site of {owner}")
    for (title, user, sku, site), hours in tally.passed_gpu_hours.items():
        answer = chains.allows(title, ground.sites[site].owner, user)
        if answer == "new lots":
            redirected_hours.setdefault((title, sku), []).append(hours)
        elif answer == "no" and any(hours):
            where = f"{title}'s {sku} at {site}, used by {user}"
            findings.add("permission", where, f"{number(sum(hours))} GPU-hours used; no allowed agreement leads there")
    _check_new_lots(ground, tally, findings, redirected_hours, redirected_gpus)


def _check_new_lots(
    ground: Ground,
    tally: Tally,
    findings: Findings,
    hours_of: dict[tuple[str, str], list[list[float]]],
    places_of: dict[tuple[str, str], list[Place]],
) -> None:
    """A redirect or swap can only move lots that are not received before the horizon."""
    for title, sku in sorted({*hours_of, *places_of}):
        new = [parcel for parcel in ground.parcels.get((title, sku), []) if parcel.start >= 0]
        for span in ground.spans:
            where = f"{title}, {sku}, period from {span.start_on}"
            used = sum(hours[span.index] for hours in hours_of.get((title, sku), []))
            can = sum(parcel.gpus * ground.days.after(span, parcel.start) for parcel in new)
            if exceeds(used, can, GPU_HOUR_TOLERANCE):
                message = f"{number(used)} GPU-hours used by others; lots that may be redirected give {number(can)}"
                findings.add("permission", where, message)
            there = sum(
                max(0.0, tally.installed_gpus.of(place)[span.index] - ground.stock.get(place, 0))
                for place in places_of.get((title, sku), [])
            )
            received = sum(parcel.gpus for parcel in new if parcel.start < span.end)
            if exceeds(there, received, GPU_TOLERANCE):
                message = f"{number(there)} GPUs stand with others; {received} GPUs of lots may be redirected"
                findings.add("permission", where, message)
