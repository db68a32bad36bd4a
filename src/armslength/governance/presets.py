"""The shipped approval policies, their digests, and which of them fits a party: data with sources."""

import tomllib
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from pydantic import JsonValue

from armslength.errors import UnknownName, nearest
from armslength.governance.interest import Window, controllers, interests
from armslength.model.governance import Conflict, Policy, Register
from armslength.model.noun import Noun
from armslength.proof.encoding import canonical

HEADS = ("director", "officer")


def frozen(value: Any) -> Any:
    """Returns a value read from TOML or YAML with tuples for lists, as the nouns want it."""
    if isinstance(value, list):
        return tuple(frozen(item) for item in value)
    if isinstance(value, dict):
        return {name: frozen(item) for name, item in value.items()}
    return value


@lru_cache(maxsize=1)
def policies() -> tuple[Policy, ...]:
    """Returns the shipped policies, strictest first."""
    text = (files("armslength") / "data" / "policies.toml").read_text(encoding="utf-8")
    rows = tuple(Policy.model_validate(frozen(row)) for row in tomllib.loads(text)["rows"])
    return tuple(sorted(rows, key=lambda row: row.strictness_rank))


def policy(name: str) -> Policy:
    """Returns a shipped policy by its id.

    Raises:
        UnknownName: when there is none of that name.
    """
    known = {row.id: row for row in policies()}
    if name not in known:
        raise UnknownName(f"there is no policy {name}", hint=nearest(name, known) or f"known: {', '.join(known)}")
    return known[name]


def body_of(noun: Noun) -> dict[str, JsonValue]:
    """Returns a noun as the body of a record: what holds its default is left out, and shares stand as text."""
    document: dict[str, JsonValue] = noun.model_dump(mode="json", exclude_defaults=True)
    return {name: _no_floats(value) for name, value in document.items()}


def _no_floats(value: JsonValue) -> JsonValue:
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list):
        return [_no_floats(item) for item in value]
    if isinstance(value, dict):
        return {name: _no_floats(item) for name, item in value.items()}
    return value


def digest_of(noun: Noun) -> str:
    """Returns ``sha256:`` and the SHA-256 of a noun's canonical bytes."""
    return f"sha256:{sha256(canonical(body_of(noun))).hexdigest()}"


def digest_of_all(nouns: tuple[Noun, ...]) -> str:
    """Returns the digest of several nouns in their order."""
    return f"sha256:{sha256(canonical([body_of(noun) for noun in nouns])).hexdigest()}"


def conflict_of(register: Register, own: str, sides: tuple[str, ...], days: Window) -> Conflict:
    """Returns how a party's own people stand to the other sides.

    ``controller``: whoever controls the party has an interest on another side, or one of its directors or officers
    controls another side. ``director``: one of them has another interest there. ``none``: nobody, as far as is declared.
    """
    heads = {
        role.person
        for role in register.roles
        if role.organisation == own and role.kind in HEADS and days.meets(role.from_on, role.until_on)
    }
    above = controllers(register, own, days)
    if any(name in sides or interests(register, name, own, sides, days) for name in above):
        return "controller"
    masters = {name for side in sides for name in controllers(register, side, days)} | set(sides)
    if masters & heads or own in masters:
        return "controller"
    return "director" if any(interests(register, person, own, sides, days) for person in heads) else "none"


def fits(row: Policy, conflict: Conflict, jurisdiction: str, minority: bool) -> bool:
    """Whether a policy is made for a party so placed."""
    return (
        row.binding
        and ("any" in row.fits_conflicts or conflict in row.fits_conflicts)
        and (not row.fits_jurisdictions or jurisdiction in row.fits_jurisdictions)
        and (minority or not row.fits_minority_only)
    )


def strictest(conflict: Conflict, jurisdiction: str = "", minority: bool = True) -> Policy:
    """Returns the strictest shipped policy that fits."""
    return next(row for row in policies() if fits(row, conflict, jurisdiction, minority))
