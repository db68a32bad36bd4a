"""The deal sheet: agreements with legs and settlements, proposed deals, payments and splits."""

from collections.abc import Sequence
from dataclasses import dataclass

from armslength.model.agreement import Agreement, Leg
from armslength.model.comparison import Comparison, Split
from armslength.model.supply import Lot
from armslength.render import figures
from armslength.render.listing import (
    Cell,
    Listing,
    cut,
    gpu_hours_cell,
    gpus_cell,
    money_cell,
    without_blanks,
    words,
)
from armslength.render.words import KIND, KIND_MEANING, SPLIT, STATE, Names

_ROWS_MOST = 40
_ORGANISATIONS_MOST = 20


@dataclass(frozen=True, slots=True)
class AgreementSheet:
    """One agreement: what it is, and tables of what moves and what is paid."""

    title: str
    about: str
    conditions: tuple[str, ...]
    source: str
    listings: tuple[Listing, ...]


@dataclass(frozen=True, slots=True)
class DealSheet:
    """Everything agreed, proposed and paid."""

    agreements: tuple[AgreementSheet, ...]
    left_out: str
    proposed: Listing | None
    payments: Listing | None
    splits: tuple[Listing, ...]
    core: tuple[str, ...]


def deal_sheet(comparison: Comparison, names: Names) -> DealSheet | None:
    """Returns the deal sheet, or None where nothing is agreed, proposed, split or paid."""
    shown, more = cut(comparison.case.agreements, _ROWS_MOST)
    sheet = DealSheet(
        agreements=tuple(_agreement_sheet(comparison, agreement, names) for agreement in shown),
        left_out=f"{figures.count(more, 'more agreement')} in the case." if more else "",
        proposed=_proposed(comparison, names),
        payments=_payments(comparison, names),
        splits=_splits(comparison, names),
        core=tuple(_core(split, comparison.case.currency, names) for split in comparison.splits),
    )
    something = sheet.agreements or sheet.proposed or sheet.payments or sheet.splits
    return sheet if something else None


def _agreement_sheet(comparison: Comparison, agreement: Agreement, names: Names) -> AgreementSheet:
    about = [f"{KIND[agreement.kind]} ({KIND_MEANING[agreement.kind]}), {STATE[agreement.state]}"]
    about.append(f"between {figures.listed([names.organisation(party) for party in agreement.parties])}")
    if agreement.agreed_on:
        about.append(f"agreed on {figures.day(agreement.agreed_on)}")
    if agreement.take_or_pay:
        about.append("take or pay")
    if agreement.recall_notice_days is not None:
        about.append(f"recall at {agreement.recall_notice_days:g} days’ notice")
    if agreement.recalled_on:
        about.append(f"recalled on {figures.day(agreement.recalled_on)}")
    if agreement.equity_frac is not None:
        about.append(f"against {figures.percent(agreement.equity_frac)} of equity")
    lots = {lot.id: lot for lot in comparison.case.lots}
    legs = [leg for leg in comparison.case.legs if leg.agreement == agreement.id]
    settled = [row for row in comparison.case.settlements if row.agreement == agreement.id]
    listings = []
    if legs:
        listings.append(_legs(legs, lots, names))
    if settled:
        currency = comparison.case.currency
        rows = [
            [
                words(f"{names.organisation(row.payer)} → {names.organisation(row.payee)}"),
                money_cell(row.amount_cost, currency),
                words(figures.day(row.paid_on) if row.paid_on else "no day stated"),
            ]
            for row in settled
        ]
        listings.append(Listing(f"Settlements, {currency}", ("From → to", "Amount", "Paid"), rows, frozenset({1})))
    source = names.source(agreement.source)
    title = names.agreement(agreement.id)
    return AgreementSheet(title, "; ".join(about) + ".", agreement.conditions, source, tuple(listings))


def _legs(legs: Sequence[Leg], lots: dict[str, Lot], names: Names) -> Listing:
    shown, more = cut(legs, _ROWS_MOST)
    rows = []
    for leg in shown:
        lot = lots.get(leg.lot or "")
        sku = names.sku(leg.sku or (lot.sku if lot else None))
        starts = leg.from_on or (lot.expected_on if lot else None)
        rows.append(
            [
                words(f"{names.organisation(leg.giver)} → {names.organisation(leg.taker)}"),
                gpus_cell(leg.gpus),
                words(sku),
                words(leg.lot or ""),
                words(names.site(leg.site) if leg.site else ""),
                words(figures.when(starts) if starts else "from receipt"),
                words(figures.when(leg.until_on) if leg.until_on else ""),
            ]
        )
    heads = ("From → to", "GPUs", "SKU", "Lot", "Site", "From", "Until")
    table = Listing("What moves", heads, rows, frozenset({1}), left_out_count=more, left_out_in="the case")
    return without_blanks(table)


def _proposed(comparison: Comparison, names: Names) -> Listing | None:
    deals = [deal for plan in comparison.plans if plan.run == "shared" for deal in plan.deals]
    if not deals:
        return None
    deals.sort(key=lambda deal: (-deal.moved_gpu_hours, deal.id))
    shown, more = cut(deals, _ROWS_MOST)
    rows = [
        [
            words(f"{names.organisation(deal.giver)} → {names.organisation(deal.taker)}"),
            words(KIND[deal.kind]),
            gpus_cell(deal.most_gpus),
            words(f"{names.sku(deal.sku)} at {names.site(deal.site)}"),
            words(figures.span(deal.from_on, deal.until_on)),
            gpu_hours_cell(deal.moved_gpu_hours),
            words(figures.with_days(deal.text)),
        ]
        for deal in shown
    ]
    return Listing(
        "Deals the shared run proposes",
        ("From → to", "Form", "GPUs at most", "What", "When", "GPU-hours", "In words"),
        rows,
        frozenset({2, 5}),
        left_out_count=more,
        left_out_in="deals.csv",
    )


def _payments(comparison: Comparison, names: Names) -> Listing | None:
    if not comparison.payments:
        return None
    currency = comparison.case.currency
    shown, more = cut(comparison.payments, _ROWS_MOST)
    rows = [
        [
            words(names.organisation(p.payer)),
            words(names.organisation(p.payee)),
            money_cell(p.amount_cost, currency),
        ]
        for p in shown
    ]
    return Listing(
        f"Payments that settle the chosen split, {currency}",
        ("Payer", "Payee", "Amount"),
        rows,
        frozenset({2}),
        left_out_count=more,
        left_out_in="payments.csv",
    )


def _splits(comparison: Comparison, names: Names) -> tuple[Listing, ...]:
    """Gain by rule: one row per organisation, a column per rule; and what each receives or pays for it."""
    splits = comparison.splits
    if not splits:
        return ()
    shares = [{share.organisation: share for share in split.shares} for split in splits]
    parties = list(dict.fromkeys(share.organisation for split in splits for share in split.shares))
    shown, more = cut(parties, _ORGANISATIONS_MOST)
    heads = [f"{SPLIT[split.rule]}{' (chosen)' if split.chosen else ''}" for split in splits]
    currency = comparison.case.currency

    def cells(party: str, what: str) -> list[Cell]:
        found = [by_party.get(party) for by_party in shares]
        return [money_cell(getattr(share, what) if share else None, currency, sign=True) for share in found]

    base = [next((by_party[party] for by_party in shares if party in by_party), None) for party in shown]
    gains = [
        [
            words(names.organisation(party)),
            money_cell(share.alone_value if share else None, currency),
            money_cell(share.shared_value if share else None, currency),
            *cells(party, "gain_value"),
        ]
        for party, share in zip(shown, base, strict=True)
    ]
    settled = [[words(names.organisation(party)), *cells(party, "settlement_value")] for party in shown]
    count = len(splits)
    return (
        Listing(
            f"Gain against alone under each rule of splitting, {currency}",
            ("Organisation", "Worth alone", "Own work when sharing", *(f"Gain: {head}" for head in heads)),
            gains,
            frozenset(range(1, 3 + count)),
            left_out_count=more,
            left_out_in="splits.csv",
        ),
        Listing(
            f"What each would receive (+) or pay (−) for it, {currency}",
            ("Organisation", *heads),
            settled,
            frozenset(range(1, 1 + count)),
            left_out_count=more,
            left_out_in="splits.csv",
        ),
    )


def _core(split: Split, currency: str, names: Names) -> str:
    """Whether any group would rather leave, in a sentence."""
    rule = f"{SPLIT[split.rule]}{' (chosen)' if split.chosen else ''}"
    note = f" {split.note[0].upper()}{split.note[1:].rstrip('.')}." if split.note else ""
    if split.in_core is None:
        return f"{rule}: not known whether some group would rather leave.{note}"
    if split.in_core:
        return f"{rule}: ✓ in the core; no group would do better by leaving.{note}"
    who = figures.listed([names.organisation(party) for party in split.objectors])
    together = figures.money(split.objection_value, currency)
    return f"{rule}: ✗ not in the core; {who} would gain {together} by leaving.{note}"
