"""Whose eyes look at the books. Only a service's door makes one, for somebody it has recognised."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller may see and do: the books of some organisations, and nothing of any other.

    Attributes:
        organisations: in whose name it reads and writes.
        operator: whether it may make books; it sees no more events for that.
    """

    organisations: frozenset[str]
    operator: bool = False


def scope_of(*organisations: str, operator: bool = False) -> Scope:
    """Returns the scope of some organisations."""
    return Scope(frozenset(organisations), operator)
