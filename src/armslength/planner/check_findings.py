"""What the check says: names of the rules, problems found, and comparisons which no odd number slips through.

Part of the independent check: imports neither arrays nor the solver nor any other part of the planner.
"""

from typing import Literal

from armslength.errors import Problem
from armslength.units import RELATIVE_TOLERANCE

Family = Literal[
    "periods",
    "received",
    "keeps_standing",
    "power",
    "slots",
    "commissioning",
    "usable",
    "use",
    "permission",
    "gang_size",
    "single_site",
    "work",
    "demand",
    "value",
    "no_detriment",
    "idle",
    "bookkeeping",
]

RULES: dict[str, str] = {
    "periods": "The periods are the horizon cut by its grid, with the hours that the horizon counts.",
    "received": "Nobody installs more accelerators than they hold and have received by a period's end.",
    "keeps_standing": "What is commissioned stays where it is, unless its holder must return accelerators.",
    "power": "Accelerators at a site, installed or in use, draw no more power than the site has.",
    "slots": "Accelerators at a site, installed or in use, take no more slots than the site has.",
    "commissioning": "A site commissions no faster than its rate, and only from its first day with power.",
    "usable": "An accelerator gives GPU-hours only once it is received, commissioned and burnt in.",
    "use": "Workloads together use no more GPU-hours of a holding than are usable.",
    "permission": "Work runs only where, when and on whose hardware its owner and the agreements allow.",
    "gang_size": "A training run has at most its largest gang, and under strict gangs at least its smallest.",
    "single_site": "A training run bound to one fabric stays on one SKU at one site, within that fabric.",
    "work": "A training run gets no more work than it has.",
    "demand": "A serving workload gets no more than is wanted at the time.",
    "value": "Work is worth its stated value or the market price, less lateness and prices of use.",
    "no_detriment": "Sharing leaves no organisation below what it is worth alone.",
    "idle": "GPU-hours received and not used are idle for stated causes, which add up exactly.",
    "bookkeeping": "The plan's rows name known things once, and its totals are the sums of its rows.",
}


class Findings:
    """Problems found so far."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(self, family: Family, where: str, message: str) -> None:
        """Notes a broken rule: which, where (names, period's first day), and by how much, with units."""
        self._problems.append(Problem(f"{family}: {where}", message, hint=f"rule: {RULES[family]}"))

    def problems(self) -> tuple[Problem, ...]:
        """Returns everything found."""
        return tuple(self._problems)


def exceeds(value: float, limit: float, tolerance: float) -> bool:
    """Returns whether a value is above its limit by more than the tolerance; a NaN always is."""
    return not value <= limit + tolerance + RELATIVE_TOLERANCE * abs(limit)


def differs(value: float, expected: float, tolerance: float) -> bool:
    """Returns whether two values are further apart than the tolerance; a NaN always is."""
    return not abs(value - expected) <= tolerance + RELATIVE_TOLERANCE * abs(expected)


def number(value: float, digits: int = 2) -> str:
    """Returns a number for people: thousands marked, without needless zeros.

    >>> number(1234567.5), number(3.0), number(0.000004, 6)
    ('1,234,567.5', '3', '0.000004')
    """
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
