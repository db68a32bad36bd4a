"""Amounts of the books in words: integers in the smallest part of a unit to what a person reads."""

from decimal import Decimal

_PLAIN = {
    "SLOT": "delivery slots",
    "TITLE": "title",
    "GPU": "GPUs",
    "USE": "right of use",
    "LICENCE": "licences",
}
_ONE = {"SLOT": "delivery slot", "GPU": "GPU", "LICENCE": "licence"}
_SECONDS_PER_HOUR = 3600


def amount_words(amount_count: int | None, unit: str | None) -> str:
    """Returns an amount with its unit, in full.

    >>> amount_words(12000, "SLOT:h100"), amount_words(123, "USD/2"), amount_words(250000, "EQUITY-ppm:west")
    ('12,000 delivery slots (h100)', '1.23 USD', '25 % of west')
    >>> amount_words(5400, "GPU-s:h100"), amount_words(6, "PEOPLE"), amount_words(None, None)
    ('1.5 GPU-hours (h100)', '6 people', 'not published')
    """
    if amount_count is None or unit is None:
        return "not published"
    name, _, what = unit.partition(":")
    if name == "PEOPLE":
        return f"{amount_count:,} people"
    if name == "EQUITY-ppm":
        return f"{_trimmed(Decimal(amount_count) / 10_000)} % of {what}"
    if name == "GPU-s":
        return f"{_trimmed(Decimal(amount_count) / _SECONDS_PER_HOUR)} GPU-hours ({what})"
    if amount_count == 1 and name in _ONE and what:
        return f"1 {_ONE[name]} ({what})"
    if name in _PLAIN and what:
        return f"{amount_count:,} {_PLAIN[name]} ({what})"
    money, _, digits = unit.partition("/")
    if digits.isdigit():
        return f"{Decimal(amount_count).scaleb(-int(digits)):,} {money}"
    return f"{amount_count:,} {unit}"


def _trimmed(number: Decimal) -> str:
    text = f"{number:,.6f}"
    return text.rstrip("0").rstrip(".")
