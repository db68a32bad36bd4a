"""Rules about terms as they are proposed: all problems at once, each with its place."""

from collections import Counter
from collections.abc import Iterator

from armslength.errors import Problem
from armslength.model.accounts import serial, tree
from armslength.model.terms import Terms, TermsLeg

# Kept by the agreement itself, so no leg may name them.
KEPT = frozenset({"due_from", "due_to", "given", "received", "exchange", "external", "metered", "unmetered"})


def terms_problems(terms: Terms) -> tuple[Problem, ...]:
    """Returns everything that is wrong with terms by themselves."""
    return (*_parties(terms), *_ids(terms), *_legs(terms), *_returns(terms), *_payments(terms), *_prices(terms))


def _parties(terms: Terms) -> Iterator[Problem]:
    for name in terms.parties:
        if "/" in name:
            yield Problem("terms.parties", f"`{name}` has a slash, which divides the names of accounts", "rename it")
    for name in set(terms.beneficiaries) & set(terms.parties):
        yield Problem("terms.beneficiaries", f"{name} is a party already", "name only others who gain")
    if not terms.legs and not terms.payments and terms.kind != "poll":
        yield Problem("terms", "nothing moves and nothing is paid", "write `legs` or `payments`, or kind: poll")


def _ids(terms: Terms) -> Iterator[Problem]:
    names = [leg.id for leg in terms.legs] + [pay.id for pay in terms.payments]
    for name, count in Counter(names).items():
        if count > 1:
            yield Problem("terms", f"the id `{name}` stands {count} times", "give each leg and payment its own")


def _legs(terms: Terms) -> Iterator[Problem]:
    for index, leg in enumerate(terms.legs):
        where = f"terms.legs[{index}]"
        yield from _two_parties(terms, where, leg.giver, leg.taker)
        for field, name in (("from_account", leg.from_account), ("to_account", leg.to_account)):
            if tree(name) in KEPT or "/" not in name:
                hint = "name an account such as title/lot-7, use/ORGANISATION/lot-7 or money/USD"
                yield Problem(f"{where}.{field}", f"`{name}` cannot be moved by a leg", hint)
        if tree(leg.from_account) != tree(leg.to_account):
            yield Problem(where, f"{leg.from_account} and {leg.to_account} are of different kinds", "keep to one tree")
        if serial(leg.from_account) != serial(leg.to_account):
            text = f"what leaves {leg.from_account} would arrive on {leg.to_account}"
            yield Problem(where, text, "a device keeps its serial number: end both accounts with it")
        for field, name, own in (
            ("from_account", leg.from_account, leg.giver),
            ("to_account", leg.to_account, leg.taker),
        ):
            if tree(name) == "use" and name.split("/")[1] != own:
                hint = f"the right of use stands on use/{own}/LOT in the book of {own}"
                yield Problem(f"{where}.{field}", f"`{name}` is the use of another", hint)


def _two_parties(terms: Terms, where: str, one: str, other: str) -> Iterator[Problem]:
    for name in (one, other):
        if name not in terms.parties:
            yield Problem(where, f"{name} is not among the parties", f"parties: {', '.join(terms.parties)}")
    if one == other:
        yield Problem(where, f"{one} stands on both sides", "name two parties")


def _returns(terms: Terms) -> Iterator[Problem]:
    legs = {leg.id: leg for leg in terms.legs}
    back: Counter[str] = Counter()
    for index, leg in enumerate(terms.legs):
        where = f"terms.legs[{index}]"
        if leg.returns is None:
            if leg.equivalent is not None:
                yield Problem(where, "a conversion factor without a leg that it returns", "write `returns`")
            continue
        given = legs.get(leg.returns)
        if given is None or given.returns is not None:
            yield Problem(where, f"`{leg.returns}` is no leg that can be returned", "name a leg that gives")
            continue
        if (given.giver, given.taker) != (leg.taker, leg.giver):
            yield Problem(where, f"it does not go back the way of {given.id}", "swap giver and taker")
        yield from _unit_of_return(where, leg, given)
        back[given.id] += _counts(leg)
    for index, leg in enumerate(terms.legs):
        if back[leg.id] > leg.amount_count:
            text = f"{back[leg.id]:,} are returned for {leg.amount_count:,} given"
            yield Problem(f"terms.legs[{index}]", text, "make the rest a leg of its own, for good")


def _unit_of_return(where: str, leg: TermsLeg, given: TermsLeg) -> Iterator[Problem]:
    factor = leg.equivalent
    if leg.unit != given.unit and factor is None:
        yield Problem(where, f"{leg.unit} returns {given.unit} without a conversion factor", "write `equivalent`")
    if factor is not None and (factor.unit != given.unit or leg.unit == given.unit):
        yield Problem(where, f"the factor counts in {factor.unit}, the debt in {given.unit}", "mend `equivalent`")
    if factor is not None and leg.amount_count * factor.numerator_count % factor.denominator_count:
        yield Problem(where, "the factor does not bring the amount to a whole number", "change the amount")


def _counts(leg: TermsLeg) -> int:
    factor = leg.equivalent
    return leg.amount_count * factor.numerator_count // factor.denominator_count if factor else leg.amount_count


def _payments(terms: Terms) -> Iterator[Problem]:
    for index, pay in enumerate(terms.payments):
        where = f"terms.payments[{index}]"
        yield from _two_parties(terms, where, pay.payer, pay.payee)
        if not pay.unit.endswith("/2"):
            yield Problem(f"{where}.unit", f"{pay.unit} is not hundredths of a currency", "write USD/2 or the like")


def _prices(terms: Terms) -> Iterator[Problem]:
    units = {leg.unit for leg in terms.legs}
    for unit, price in terms.close_out_price_count.items():
        if unit not in units:
            yield Problem(
                "terms.close_out_price_count", f"no leg counts in {unit}", f"units: {', '.join(sorted(units))}"
            )
        if price < 0:
            yield Problem("terms.close_out_price_count", f"the price of {unit} is negative", "write 0 or more")
    if terms.late_use is not None and not terms.late_use.unit.endswith("/2"):
        yield Problem("terms.late_use.unit", f"{terms.late_use.unit} is not hundredths of a currency", "write USD/2")
