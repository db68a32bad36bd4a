"""Terms from a plan: the legs and payments of deals that a plan implies, or of agreements that its case describes.

Accounts are named as books opened from the same case name them: before receipt a lot is a delivery slot with custody at
the vendor; after it, title, custody and use.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from armslength.errors import InputError, UnknownName, nearest
from armslength.governance.certificate import CENTS, deals_of_run
from armslength.model import accounts
from armslength.model.accounts import VENDOR, Stage
from armslength.model.agreement import Agreement, AgreementKind
from armslength.model.case import Case
from armslength.model.comparison import Comparison
from armslength.model.supply import Lot, Stock
from armslength.model.terms import PlanReference, Terms, TermsLeg, TermsPayment

STAGES: dict[str, Stage] = {
    "reserved": "ordered",
    "allocated": "ordered",
    "shipped": "in_transit",
    "received": "stored",
    "installed": "installed",
    "energised": "energised",
}
BEFORE_RECEIPT = ("ordered", "in_transit")
TITLE_KINDS = ("redirect", "slot_swap")
USE_KINDS = ("capacity_lease", "contribution")
NO_PART = "write the terms to a file instead: `armslength agree propose FILE`"


@dataclass(frozen=True, slots=True)
class _Movement:
    """One movement of accelerators, from a leg of the case or a deal of the plan."""

    name: str
    giver: str
    taker: str
    sku: str
    lot: str | None
    site: str | None
    gpus: int
    from_on: date | None
    until_on: date | None


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of a movement on one account."""

    tree: str
    source: str
    target: str
    unit: str
    gpus: int


def terms_of(comparison: Comparison, names: Sequence[str], outputs: str, agreement: str | None = None) -> Terms:
    """Returns the terms of deals or agreements of a plan.

    Args:
        comparison: the plan.
        names: ids of agreements of its case, or of deals of its shared run; ``*`` for all the deals between two parties.
        outputs: digest of plan.json.
        agreement: id to give; made from the names when None.

    Raises:
        UnknownName: there is no such deal or agreement.
        InputError: they cannot be put into legs; says why.
    """
    case = comparison.case
    known = {row.id: row for row in case.agreements}
    chosen = [known[name] for name in names if name in known]
    if chosen and len(chosen) == len(names):
        return _from_agreements(comparison, chosen, outputs, agreement)
    if chosen:
        raise InputError("agreements of the case and deals of the plan cannot be mixed", hint="propose them one by one")
    return _from_deals(comparison, names, outputs, agreement)


def _from_agreements(comparison: Comparison, rows: list[Agreement], outputs: str, name: str | None) -> Terms:
    case, first = comparison.case, rows[0]
    if any(set(row.parties) != set(first.parties) for row in rows):
        raise InputError("these agreements have different parties", hint="propose them one by one")
    ids = {row.id for row in rows}
    lots = {row.id: row.sku for row in case.lots} | {row.id: row.sku for row in case.stock}
    moves = [
        _Movement(
            leg.id,
            leg.giver,
            leg.taker,
            lots.get(leg.lot or "") or leg.sku or "",
            leg.lot,
            leg.site,
            leg.gpus,
            leg.from_on.p50_on if leg.from_on else None,
            leg.until_on.p50_on if leg.until_on else None,
        )
        for leg in case.legs
        if leg.agreement in ids and leg.gpus
    ]
    payments = tuple(
        TermsPayment(
            id=row.id,
            payer=row.payer,
            payee=row.payee,
            unit=accounts.money_unit(case.currency),
            amount_count=round(row.amount_cost * CENTS),
            due_on=row.paid_on,
        )
        for row in case.settlements
        if row.agreement in ids and round(row.amount_cost * CENTS)
    )
    notice = first.recall_notice_days
    return Terms(
        id=name or first.id,
        name=first.name,
        kind=first.kind,
        text=" ".join(first.conditions),
        parties=first.parties,
        legs=_apart(_legs(case, first.kind, moves)),
        payments=payments,
        recall_notice_days=None if notice is None else round(notice),
        plan=PlanReference(
            inputs=_inputs(comparison, "as_agreed"), outputs=outputs, deals=tuple(row.id for row in rows)
        ),
    )


def _from_deals(comparison: Comparison, names: Sequence[str], outputs: str, agreement: str | None) -> Terms:
    case = comparison.case
    shared = next((plan for plan in comparison.plans if plan.run == "shared"), None)
    known = {deal.id: deal for deal in shared.deals} if shared else {}
    if list(names) == ["*"]:
        names = tuple(known)
    for name in names:
        if name not in known:
            raise UnknownName(
                f"the plan has no deal or agreement {name}",
                hint=nearest(name, [*known, *(row.id for row in case.agreements)])
                or f"deals: {', '.join(known) or 'none'}; agreements: {', '.join(r.id for r in case.agreements) or 'none'}",
            )
    deals = [known[name] for name in dict.fromkeys(names)]
    if not deals:
        raise InputError("the plan implies no deal", hint="nothing needs to be agreed for it")
    parties = tuple(dict.fromkeys(name for deal in deals for name in (deal.giver, deal.taker)))
    if len({deal.kind for deal in deals}) > 1:
        raise InputError("these deals have different forms", hint=NO_PART)
    rest = set(deals_of_run(comparison, "shared", parties)) - set(names)
    if rest:
        raise InputError(
            f"what the plan finds for {' and '.join(parties)} rests on more deals: {', '.join(sorted(rest))}",
            hint="name all of them, joined by commas: a certificate for a part of them would say nothing",
        )
    moves = [
        _Movement(d.id, d.giver, d.taker, d.sku, None, d.site, d.most_gpus, d.from_on, _end(case, d.until_on))
        for d in deals
    ]
    payments = [row for row in comparison.payments if {row.payer, row.payee} <= set(parties)]
    return Terms(
        id=agreement or _short(deals[0].id),
        kind=deals[0].kind,
        text=" ".join(deal.text for deal in deals),
        parties=parties,
        legs=_apart(_legs(case, deals[0].kind, moves)),
        payments=tuple(
            TermsPayment(
                id=f"settlement-{number}",
                payer=row.payer,
                payee=row.payee,
                unit=accounts.money_unit(case.currency),
                amount_count=round(row.amount_cost * CENTS),
            )
            for number, row in enumerate(payments, 1)
            if round(row.amount_cost * CENTS)
        ),
        plan=PlanReference(inputs=_inputs(comparison, "shared"), outputs=outputs, deals=tuple(names)),
    )


def _end(case: Case, until_on: date) -> date | None:
    """Returns the day on which a deal ends; one that runs to the end of the horizon has no day in the plan."""
    return until_on if until_on < case.horizon.end_on else None


def _short(name: str) -> str:
    return name[:60].rstrip("-._")


def _inputs(comparison: Comparison, run: str) -> str:
    for plan in comparison.plans:
        if plan.run == run:
            return f"sha256:{plan.case_digest}"
    raise InputError(
        f"the plan lacks the run {run.replace('_', ' ')}", hint="`armslength plan CASE` makes all three, side by side"
    )


def _legs(case: Case, kind: AgreementKind, moves: list[_Movement]) -> Iterator[TermsLeg]:
    if not moves:
        raise InputError("no leg says what moves under it", hint=NO_PART)
    # Who gives first, and of one day the most, opens the debt that the others return.
    first = min(moves, key=lambda move: (_due_back(case, move) or date.max, -move.gpus)).giver
    owed: list[TermsLeg] = []
    left: dict[str, int] = {}
    for move in sorted(moves, key=lambda row: row.giver != first):
        back = kind == "slot_swap" and move.giver != first
        for part in _parts(case, kind, move):
            leg = _leg(move, part, _due_back(case, move) if back else move.from_on)
            exchanged = kind == "slot_swap" and part.tree in ("slot", "title")
            if back and exchanged:
                yield from _against(leg, owed, left)
            else:
                yield leg
            if exchanged and not back:
                owed.append(leg)
                left[leg.id] = leg.amount_count
            if kind not in TITLE_KINDS and (move.until_on or kind == "loan"):
                yield _back(leg, move.until_on)


def _apart(legs: Iterable[TermsLeg]) -> tuple[TermsLeg, ...]:
    """Returns legs with ids of their own: a lot that several movements take from gives several legs of one name."""
    found: dict[str, TermsLeg] = {}
    renamed: dict[str, str] = {}
    for leg in legs:
        name, number = leg.id, 1
        while name in found:
            number += 1
            name = f"{leg.id}-{number}"
        returns = renamed.get(leg.returns or "", leg.returns)
        renamed[leg.id] = name
        found[name] = leg.model_copy(update={"id": name, "returns": returns})
    return tuple(found.values())


def _due_back(case: Case, move: _Movement) -> date | None:
    lot = next((row for row in case.lots if row.id == move.lot), None)
    return move.from_on or (lot.expected_on.p50_on if lot else None)


def _leg(move: _Movement, part: _Part, due_on: date | None) -> TermsLeg:
    return TermsLeg(
        id=f"{part.source.rsplit('/', 1)[-1]}.{part.tree}",
        giver=move.giver,
        taker=move.taker,
        unit=part.unit,
        amount_count=part.gpus,
        from_account=part.source,
        to_account=part.target,
        due_on=due_on,
    )


def _back(leg: TermsLeg, due_on: date | None) -> TermsLeg:
    swapped = {"giver": leg.taker, "taker": leg.giver, "from_account": leg.to_account, "to_account": leg.from_account}
    return leg.model_copy(update={"id": f"{leg.id}.back", "due_on": due_on, "returns": leg.id, **swapped})


def _against(leg: TermsLeg, owed: list[TermsLeg], left: dict[str, int]) -> Iterator[TermsLeg]:
    """Yields a return leg cut into parts, each against one leg that was given before; what is more, for good."""
    rest = leg.amount_count
    for number, out in enumerate(owed):
        part = min(rest, left[out.id]) if out.unit == leg.unit else 0
        if part:
            name = leg.id if part == leg.amount_count else f"{leg.id}.{number + 1}"
            yield leg.model_copy(update={"id": name, "amount_count": part, "returns": out.id})
            left[out.id] -= part
            rest -= part
    if rest:
        yield leg.model_copy(
            update={"id": f"{leg.id}.more" if rest < leg.amount_count else leg.id, "amount_count": rest}
        )


def _parts(case: Case, kind: AgreementKind, move: _Movement) -> list[_Part]:
    found, rest = [], move.gpus
    for row in _sources(case, move):
        gpus = min(rest, row.gpus)
        if gpus:
            found += _on_trees(kind, move, row, gpus)
            rest -= gpus
    if rest:
        what = move.lot or f"{move.sku} of {move.giver}"
        raise InputError(f"{move.name}: the case has {rest:,} of {what} too few to give", hint=NO_PART)
    return found


def _sources(case: Case, move: _Movement) -> Iterable[Lot | Stock]:
    """Returns the lots and stock from which a movement can be taken, first received first."""
    if move.lot is not None:
        named: list[Lot | Stock] = [row for row in case.lots if row.id == move.lot]
        return [*named, *(row for row in case.stock if row.id == move.lot)]
    stock = [row for row in case.stock if (row.owner, row.sku) == (move.giver, move.sku)]
    lots = [row for row in case.lots if (row.owner, row.sku) == (move.giver, move.sku)]
    return [*stock, *sorted(lots, key=lambda row: (row.expected_on.p50_on, row.id))]


def _on_trees(kind: AgreementKind, move: _Movement, row: Lot | Stock, gpus: int) -> list[_Part]:
    stage: Stage = "energised" if isinstance(row, Stock) else STAGES[row.stage]
    before = stage in BEFORE_RECEIPT
    where = row.site if isinstance(row, Stock) else (VENDOR if before else row.ship_to or row.owner)
    custody = accounts.custody(where, stage, row.id)
    there = accounts.custody(move.site, "stored", row.id) if move.site and not before else custody
    mine, theirs = accounts.use(move.giver, row.id), accounts.use(move.taker, row.id)
    parts = {
        "slot": _Part("slot", accounts.slot(row.id), accounts.slot(row.id), accounts.slot_unit(row.sku), gpus),
        "title": _Part("title", accounts.title(row.id), accounts.title(row.id), accounts.title_unit(row.sku), gpus),
        "custody": _Part("custody", custody, there, accounts.device_unit(row.sku), gpus),
        "use": _Part("use", mine, theirs, accounts.use_unit(row.sku), gpus),
    }
    return [parts[name] for name in _trees_of(kind, before)]


def _trees_of(kind: AgreementKind, before: bool) -> tuple[str, ...]:
    """The trees of accounts on which a form of agreement moves something."""
    if kind in TITLE_KINDS:
        return ("slot", "custody") if before else ("title", "custody", "use")
    if kind in USE_KINDS:
        return ("use",)
    return ("custody",) if kind == "hosting" else ("custody", "use")
