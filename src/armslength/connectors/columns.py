"""Names of fields as people write them: unknown ones, the nearest known one, names with the wrong unit."""

import re
from collections.abc import Iterable

from armslength.connectors.flaws import Flaw, shown
from armslength.errors import nearest
from armslength.units import QUALIFIERS, UNIT_SUFFIXES, unit_of

# Units and near-units that people put behind a name; dropped to find which field is meant.
_UNIT_WORDS = frozenset(
    word
    for words in (
        "w kw mw gw kwh mwh wh",
        "h hr hrs hour hours d day days week weeks month months year years s sec seconds",
        "percent pct share frac fraction ratio",
        "usd eur gbp dollars euros k m mn million bn price cost costs value",
        "gpus gpu chips accelerators count number qty quantity units slots",
        "date on at in per each total",
    )
    for word in words.split()
)
_QUANTITY_WORDS = {"quantity", "qty", "count", "number", "units", "chips", "accelerators", "gpu", "amount"}
_WORDS = re.compile(r"[^a-z0-9]+")


def unknown_name(name: str, known: Iterable[str]) -> Flaw:
    """Returns what is wrong with a name that is not a field, and which field is probably meant."""
    fields = tuple(known)
    meant = _same_but_unit(name, fields)
    if meant:
        unit = unit_of(meant)
        message = f"{shown(name)} is not a field; the field is `{meant}`"
        return Flaw(message, f"its unit: {UNIT_SUFFIXES[unit]}" if unit else "use this name")
    near = nearest(name.strip().lower().replace(" ", "_").replace("-", "_"), fields)
    return Flaw(f"{shown(name)} is not a field", near or f"known: {', '.join(fields)}")


def _same_but_unit(name: str, known: tuple[str, ...]) -> str | None:
    """The one known name that differs from ``name`` only in its unit, if there is one."""
    stem = _stem(name)
    if not stem:
        return "gpus" if "gpus" in known and name.strip().lower() in _QUANTITY_WORDS else None
    fits = [field for field in known if _stem(field) == stem]
    return fits[0] if len(fits) == 1 else None


def _stem(name: str) -> tuple[str, ...]:
    """The words of a name without the unit at its end; qualifiers such as `max` stay."""
    words = [word for word in _WORDS.split(name.lower()) if word]
    kept = [word for word in words if word not in _UNIT_WORDS]
    return tuple(sorted(kept, key=lambda word: (word in QUALIFIERS, word)))
