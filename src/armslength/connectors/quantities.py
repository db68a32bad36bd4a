"""Numbers as people write them. What could mean two numbers is a flaw, and so is a number with a unit."""

import re
from math import isinf

from armslength.connectors.flaws import Flaw, shown
from armslength.units import DAYS_PER_WEEK, HOURS_PER_DAY, KW_PER_MW, UNIT_SUFFIXES, unit_of

# Larger numbers are slips; and whole numbers stay exact as floats below it.
LARGEST_NUMBER = 1e15

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?")
_COMMA_NUMBER = re.compile(r"[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d{1,4})?")
_LEADING_ZERO = re.compile(r"[+-]?0\d+")
_THOUSANDS_BY_COMMA = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_THOUSANDS_BY_POINT = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?")
_THOUSANDS_BY_MARK = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u2009\u202f'’_]\d{3})+(?:[.,]\d*)?")
_WITH_UNIT = re.compile(r"([$€£¥]?)\s*([+-]?\d[\d.,'’_ \u00a0\u2009\u202f]*)([^\d\s][^\d]*)?")
_ENDLESS = frozenset({"nan", "inf", "+inf", "-inf", "infinity", ".nan", ".inf", "+.inf", "-.inf", "unlimited", "∞"})

# Units people write behind a number: what they measure, and how many of the planner's MW or days one is.
_MEASURES: dict[str, tuple[str, float]] = {
    "w": ("power", 1 / KW_PER_MW / 1000),
    "kw": ("power", 1 / KW_PER_MW),
    "mw": ("power", 1.0),
    "gw": ("power", 1000.0),
    "h": ("time", 1 / HOURS_PER_DAY),
    "hour": ("time", 1 / HOURS_PER_DAY),
    "hours": ("time", 1 / HOURS_PER_DAY),
    "d": ("time", 1.0),
    "day": ("time", 1.0),
    "days": ("time", 1.0),
    "week": ("time", DAYS_PER_WEEK),
    "weeks": ("time", DAYS_PER_WEEK),
    "%": ("share", 0.01),
    "percent": ("share", 0.01),
}
_MULTIPLES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9}
_MULTIPLES |= {"billion": 1e9, "t": 1e12, "tn": 1e12, "trillion": 1e12}
_CANONICAL: dict[str, tuple[str, float]] = {
    "mw": ("power", 1.0),
    "kw_per_gpu": ("power", 1 / KW_PER_MW),
    "days": ("time", 1.0),
    "weeks": ("time", DAYS_PER_WEEK),
    "hours": ("time", 1 / HOURS_PER_DAY),
    "frac": ("share", 1.0),
}


def read_number(text: str, name: str, comma: bool = False) -> float | Flaw:
    """Reads a number.

    Args:
        text: the number as written, without outer spaces.
        name: name of the field, which says the unit.
        comma: whether the decimal sign of the file is a comma.
    """
    if text.isascii() and text.isdigit() and len(text) < 16 and (text[0] != "0" or text == "0"):
        return int(text)
    if not text.isascii() or not (_NUMBER.fullmatch(text) or (comma and _COMMA_NUMBER.fullmatch(text))):
        return _not_a_number(text, name, comma)
    if _LEADING_ZERO.fullmatch(text):
        return Flaw(f"{shown(text)} begins with a zero", f"write {text.lstrip('+-').lstrip('0') or '0'}")
    if comma and _THOUSANDS_BY_POINT.fullmatch(text):
        return _two_readings(text, text.replace(".", ""), text.replace(".", ",", 1))
    value = float(text.replace(",", ".")) if len(text) < 400 else float("inf")
    if isinf(value) or abs(value) > LARGEST_NUMBER:
        return Flaw(f"{shown(text)} is too large to plan with", "check the number and its unit")
    return int(text) if text.lstrip("+-").isdigit() else value


def read_whole(text: str, name: str, comma: bool = False) -> int | Flaw:
    """Reads a whole number; ``12000.0``, which some tools write, is one."""
    value = read_number(text, name, comma)
    if isinstance(value, Flaw):
        return value
    if value != int(value) and _THOUSANDS_BY_COMMA.fullmatch(text):
        return Flaw(f"{shown(text)} is not a whole number", f"write {text.replace(',', '')} if thousands are meant")
    return whole(value, shown(text), name)


def whole(value: float, said: str, name: str) -> int | Flaw:
    """Returns a number as a whole number, or what is wrong with it."""
    if value != int(value):
        what = f" of {UNIT_SUFFIXES[unit]}" if (unit := unit_of(name)) else ""
        return Flaw(f"{said} is not a whole number{what}", f"write {int(value)} or {int(value) + 1}")
    return int(value)


def write_number(value: float) -> str:
    """Returns the shortest text that reads back as the same number."""
    return str(int(value)) if abs(value) < LARGEST_NUMBER and value == int(value) else repr(value)


def _not_a_number(text: str, name: str, comma: bool) -> Flaw:
    if text.lower() in _ENDLESS:
        return Flaw(f"{shown(text)} is not a quantity", "leave the field empty for unlimited")
    if _THOUSANDS_BY_MARK.fullmatch(text):
        plain = re.sub(r"[^\d.,+-]", "", text)
        return Flaw(f"{shown(text)} has marks between thousands", f"write {plain}")
    for pattern, mark, decimal in ((_THOUSANDS_BY_COMMA, ",", "."), (_THOUSANDS_BY_POINT, ".", ",")):
        if pattern.fullmatch(text):
            plain = text.replace(mark, "").replace(decimal, "," if comma else ".")
            if text.count(mark) == 1 and decimal not in text:
                return _two_readings(text, plain, text.replace(mark, "," if comma else "."))
            return Flaw(f"{shown(text)} has marks between thousands", f"write {plain}")
    if _COMMA_NUMBER.fullmatch(text):
        hint = f"write {text.replace(',', '.')}; decimal commas go with columns that semicolons part"
        return Flaw(f"{shown(text)} has a decimal comma", hint)
    return _with_unit(text, name) or Flaw(f"{shown(text)} is not a number", _in_unit(name))


def _two_readings(text: str, one: str, other: str) -> Flaw:
    return Flaw(f"{shown(text)} can mean {one} or {other}", "write it without marks between thousands")


def _in_unit(name: str) -> str:
    unit = unit_of(name)
    return f"write a number: {UNIT_SUFFIXES[unit]}" if unit else "write a number"


def _with_unit(text: str, name: str) -> Flaw | None:
    """What to write instead of a number with a unit or a currency; None when it is neither."""
    match = _WITH_UNIT.fullmatch(text)
    if not match or not (match[1] or match[3]):
        return None
    digits, word = match[2].strip(), (match[3] or "").strip()
    number = _lenient(digits)
    message = f"{shown(text)} holds a unit; write the number alone"
    measured, factor = _MEASURES.get(word.lower(), ("", 1.0))
    kind, size = _CANONICAL.get(unit_of(name) or "", ("", 1.0))
    if number is None:
        return Flaw(message, _in_unit(name))
    if measured and kind == measured:
        return Flaw(message, f"{name} is in {UNIT_SUFFIXES[unit_of(name) or '']}: write {number * factor / size:.10g}")
    if word.lower() in _MULTIPLES:
        return Flaw(message, f"write {number * _MULTIPLES[word.lower()]:.15g}")
    unit = unit_of(name)
    if measured or unit is None:
        return Flaw(message, f"{name} is in {UNIT_SUFFIXES[unit]}" if unit else f"write {number:.15g}")
    return Flaw(message, f"{name} is in {UNIT_SUFFIXES[unit]}: write {number:.15g} if that is meant")


def _lenient(digits: str) -> float | None:
    """A number for a hint only: marks between thousands are dropped."""
    if _THOUSANDS_BY_COMMA.fullmatch(digits):
        digits = digits.replace(",", "")
    digits = re.sub(r"[^\d.,+-]", "", digits).replace(",", ".")
    return float(digits) if _NUMBER.fullmatch(digits) and len(digits) < 30 else None
