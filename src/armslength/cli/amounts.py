"""Large amounts as people type them: 6.2T tokens, 70B parameters, 2.9e24 operations."""

import argparse
import re

_AMOUNT = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*([kKMBGT]?)")
_SIZES = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9, "T": 1e12}


def amount(text: str) -> float:
    """Returns an amount: a number, which may end in k, M, B (or G) or T.

    >>> amount("6.2T"), amount("70B"), amount("2.9e24")
    (6200000000000.0, 70000000000.0, 2.9e+24)
    """
    match = _AMOUNT.fullmatch(text.strip())
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount; write such as 12000, 70B, 6.2T or 2.9e24")
    # Through text, since 6.2 × 10^12 in binary is a hair off 6.2e12.
    number, size = match[1], _SIZES[match[2]]
    exponent = f"e{round(len(f'{size:.0f}') - 1)}"
    return float(number) * size if "e" in number.lower() else float(number + exponent)


def whole_amount(text: str) -> int:
    """Returns an amount which is a whole number, such as accelerators."""
    value = amount(text)
    if value != int(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(value)
