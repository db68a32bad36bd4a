"""Rules about agreements one by one: who is bound, what each form of leg must name, dates in order."""

from collections import defaultdict
from collections.abc import Iterator

from armslength.errors import Problem
from armslength.model.agreement import Agreement, Leg
from armslength.model.case import Case
from armslength.model.rules_references import place

TITLE_KINDS = ("redirect", "slot_swap")
LEASE_KINDS = ("capacity_lease", "contribution")
BINDING_STATES = ("approved", "in_force", "ended")


def agreements_by_id(case: Case) -> dict[str, Agreement]:
    """Returns the agreements by id."""
    return {row.id: row for row in case.agreements}


def parties(case: Case) -> Iterator[Problem]:
    """Agreements of fewer than two organisations."""
    for index, row in enumerate(case.agreements):
        where = place("agreements", index, "parties")
        if len(set(row.parties)) < len(row.parties):
            yield Problem(where, f"`{row.id}` names a party twice", "name each party once")
        elif len(row.parties) < 2:
            count = "one party" if row.parties else "no party"
            yield Problem(
                where,
                f"`{row.id}` has {count}; an agreement binds two or more",
                "name who gives and who takes",
            )


def terms_of_other_kinds(case: Case) -> Iterator[Problem]:
    """Terms stated for a form of agreement that does not have them."""
    for index, row in enumerate(case.agreements):
        for field, given, kinds in (
            ("recall_notice_days", row.recall_notice_days is not None, ("loan",)),
            ("recalled_on", row.recalled_on is not None, ("loan",)),
            ("take_or_pay", row.take_or_pay, LEASE_KINDS),
            ("equity_frac", row.equity_frac is not None, ("contribution",)),
        ):
            if given and row.kind not in kinds:
                message = f"{field} is a term of a {' or '.join(kinds)}; `{row.id}` is a {row.kind}"
                hint = "remove it, or correct the kind"
                yield Problem(place("agreements", index, field), message, hint, severity="warning")
        if row.recalled_on is not None and row.agreed_on is not None and row.recalled_on < row.agreed_on:
            message = f"`{row.id}` is recalled on {row.recalled_on}, before it is agreed on {row.agreed_on}"
            yield Problem(place("agreements", index, "recalled_on"), message, "correct one of the days")


def strangers(case: Case) -> Iterator[Problem]:
    """Legs and settlements between organisations that are not parties, or from one to itself."""
    bound = {row.id: set(row.parties) for row in case.agreements}
    for table, giver, taker in (("legs", "giver", "taker"), ("settlements", "payer", "payee")):
        for index, row in enumerate(getattr(case, table)):
            if getattr(row, giver) == getattr(row, taker):
                message = f"`{row.id}` goes from `{getattr(row, giver)}` to itself"
                yield Problem(place(table, index, taker), message, f"{giver} and {taker} differ")
            for field in (giver, taker):
                name = getattr(row, field)
                if row.agreement in bound and name not in bound[row.agreement]:
                    message = f"`{name}` is not a party of `{row.agreement}`"
                    hint = f"its parties: {', '.join(sorted(bound[row.agreement])) or 'none'}"
                    yield Problem(place(table, index, field), message, hint)


def what_legs_name(case: Case) -> Iterator[Problem]:
    """Legs that lack what their form of agreement needs, or whose SKU contradicts their lot."""
    kinds = {row.id: row.kind for row in case.agreements}
    lots = {lot.id: lot for lot in case.lots}
    for index, leg in enumerate(case.legs):
        kind = kinds.get(leg.agreement)
        if kind in TITLE_KINDS and leg.lot is None:
            message = f"a leg of a {kind} moves the title of a lot, but `{leg.id}` names none"
            yield Problem(place("legs", index, "lot"), message, "name the lot")
        elif kind in LEASE_KINDS and leg.lot is not None:
            message = f"a leg of a {kind} gives the use of energised accelerators, but `{leg.id}` names a lot"
            yield Problem(place("legs", index, "lot"), message, "name the sku, and the site where it matters")
        elif kind is not None and leg.lot is None and leg.sku is None:
            yield Problem(place("legs", index, "sku"), f"`{leg.id}` names neither a lot nor a SKU", "name the sku")
        lot = lots.get(leg.lot or "")
        if lot is not None and leg.sku is not None and leg.sku != lot.sku:
            message = f"`{leg.id}` names SKU `{leg.sku}`, but lot `{lot.id}` is `{lot.sku}`"
            yield Problem(place("legs", index, "sku"), message, "leave sku empty where a lot is named")
        if leg.until_on is not None and leg.from_on is not None and leg.until_on.p50_on <= leg.from_on.p50_on:
            message = f"`{leg.id}` ends on {leg.until_on.p50_on}, not after it starts on {leg.from_on.p50_on}"
            yield Problem(place("legs", index, "until_on"), message, "until_on is the first day on which it has ended")
        if kind in TITLE_KINDS and leg.until_on is not None:
            message = f"title moves for good, but `{leg.id}` of a {kind} ends on {leg.until_on.p50_on}"
            yield Problem(place("legs", index, "until_on"), message, "leave until_on empty, or make it a loan")


def after_receipt(case: Case) -> Iterator[Problem]:
    """Title legs that take effect when the lot has been received: a redirect or swap is made before."""
    lots = {lot.id: lot for lot in case.lots}
    agreements = agreements_by_id(case)
    for index, leg in enumerate(case.legs):
        agreement, lot = agreements.get(leg.agreement), lots.get(leg.lot or "")
        if agreement is None or lot is None or agreement.kind not in TITLE_KINDS:
            continue
        receipt = lot.expected_on
        if leg.from_on is not None and leg.from_on.p50_on > receipt.p90_on:
            late = f"after receipt of `{lot.id}` on {receipt.p90_on}"
            message = f"`{leg.id}` moves title on {leg.from_on.p50_on}, {late}"
            hint = "title moves before receipt; what has been received can be lent, hosted or leased"
            yield Problem(place("legs", index, "from_on"), message, hint)
        elif agreement.agreed_on is not None and agreement.agreed_on > receipt.p90_on:
            message = f"`{agreement.id}` is agreed on {agreement.agreed_on}, after receipt of `{lot.id}`"
            hint = f"receipt is on {receipt.p90_on} at the latest; a {agreement.kind} is made before"
            yield Problem(place("legs", index, "lot"), message, hint, severity="warning")


def without_effect(case: Case) -> Iterator[Problem]:
    """Agreements under which nothing moves, swaps that go one way only, hosting without a hall."""
    legs: dict[str, list[tuple[int, Leg]]] = defaultdict(list)
    for index, leg in enumerate(case.legs):
        legs[leg.agreement].append((index, leg))
    owners = {site.id: site.owner for site in case.sites}
    for index, row in enumerate(case.agreements):
        mine = legs[row.id]
        if not mine and row.kind != "contribution":
            message = f"nothing moves under `{row.id}`: it has no legs"
            yield Problem(place("agreements", index), message, "add rows to `legs`", severity="warning")
        if row.kind == "slot_swap" and mine and len({leg.giver for _, leg in mine}) < 2:
            message = f"`{row.id}` is a slot swap, but title moves one way only"
            hint = "add the legs that go back, or call it a redirect"
            yield Problem(place("agreements", index, "kind"), message, hint, severity="warning")
        for position, leg in mine if row.kind == "hosting" else ():
            at_home = owners.get(leg.site) == leg.taker if leg.site else leg.taker in owners.values()
            if not at_home:
                message = f"`{leg.taker}` hosts under `{leg.id}`, but runs no such site"
                hint = "the taker of a hosting leg is who runs the hall"
                where = place("legs", position, "site" if leg.site else "taker")
                yield Problem(where, message, hint, severity="warning")
