"""What each field of a noun looks like from outside, read from the nouns themselves.

The one source for reading, for writing and for the reference of fields.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic_core import PydanticUndefined

from armslength.model.case import TABLES, Case, Horizon, Question, Sharing, Vary
from armslength.model.noun import Fact, Noun, When
from armslength.model.supply import Ownership

Kind = Literal["text", "whole", "number", "truth", "day", "when", "word", "list", "pairs", "noun"]

_SIMPLE: dict[Any, Kind] = {
    str: "text",
    int: "whole",
    float: "number",
    bool: "truth",
    date: "day",
    When: "when",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of a value.

    Attributes:
        kind: what it is.
        words: the closed set a ``word`` comes from.
        item: the form of the items of a ``list``.
        noun: the class of a ``noun``.
    """

    kind: Kind
    words: tuple[str, ...] = ()
    item: "Shape | None" = None
    noun: type[Noun] | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A field of a noun.

    Attributes:
        name: the field's name, which ends in its unit where it has one.
        shape: the form of its value.
        required: whether it must be given.
        default: what it holds when not given.
        description: one line about it.
    """

    name: str
    shape: Shape
    required: bool
    default: Any
    description: str


@lru_cache(maxsize=64)
def slots_of(noun: type[Noun]) -> dict[str, Slot]:
    """Returns the fields of a noun by name, its own first, then where it is from."""
    shared = Fact.model_fields if issubclass(noun, Fact) else {}
    names = [name for name in noun.model_fields if name not in shared] + list(shared)
    return {name: _slot(noun, name) for name in names}


@lru_cache(maxsize=1)
def nouns_of_tables() -> dict[str, type[Noun]]:
    """Returns the noun that a row of each table is; questions too."""
    found: dict[str, type[Noun]] = {}
    for table in (*TABLES, "questions"):
        item = slots_of(Case)[table].shape.item
        assert item is not None, table
        assert item.noun is not None, table
        found[table] = item.noun
    return found


def nested_nouns() -> dict[str, type[Noun]]:
    """Returns the nouns that stand inside other nouns, by the words for where."""
    return {"horizon": Horizon, "sharing": Sharing, "organisations.owns": Ownership, "questions.vary": Vary}


def question_slots() -> dict[str, Slot]:
    """Returns the columns of a table of questions with one row per varied fact."""
    outer = {name: slot for name, slot in slots_of(Question).items() if name != "vary"}
    return outer | slots_of(Vary)


def _slot(noun: type[Noun], name: str) -> Slot:
    info = noun.model_fields[name]
    default = info.get_default(call_default_factory=True, validated_data={})
    required = info.is_required()
    return Slot(
        name,
        _shape(info.annotation),
        required,
        None if required or default is PydanticUndefined else default,
        info.description or "",
    )


def _shape(annotation: Any) -> Shape:
    """The form of a type annotation of a noun."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _shape(next(argument for argument in arguments if argument is not NoneType))
    if annotation in _SIMPLE:
        return Shape(_SIMPLE[annotation])
    if origin is Literal:
        return Shape("word", words=tuple(arguments))
    if origin is tuple:
        return Shape("list", item=_shape(arguments[0]))
    if origin is dict:
        return Shape("pairs", item=_shape(arguments[1]))
    assert issubclass(annotation, Noun), annotation
    return Shape("noun", noun=annotation)
