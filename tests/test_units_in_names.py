"""Every number in every noun says its unit in its name, every day says so too, every field is described."""

import importlib
import pkgutil
import typing
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, NewType

import pytest
from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

import armslength.model
from armslength.model.noun import When
from armslength.units import QUALIFIERS, UNIT_SUFFIXES, unit_of

# Terms of art which name a day without the suffix.
DAYS_BY_ANOTHER_NAME = {"as_of"}


def leaf_types(annotation: Any) -> Iterator[type]:
    """Yields the types a field's values are made of, looking through Optional, Annotated, tuples and dicts.

    The keys of a dict name things, so only its values count.
    """
    if isinstance(annotation, NewType):
        annotation = annotation.__supertype__
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        yield from leaf_types(arguments[0])
    elif origin is typing.Literal:
        yield from (type(argument) for argument in arguments)
    elif origin is not None:
        values = arguments[1:] if isinstance(origin, type) and issubclass(origin, dict) else arguments
        for argument in values:
            if argument is not Ellipsis:
                yield from leaf_types(argument)
    elif isinstance(annotation, type):
        yield annotation


def nouns() -> list[type[BaseModel]]:
    """Returns every pydantic class that a module of armslength.model defines."""
    modules = [
        importlib.import_module(info.name)
        for info in pkgutil.walk_packages(armslength.model.__path__, "armslength.model.")
    ]
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == module.__name__
    ]


def own_fields() -> list[Any]:
    return [
        pytest.param(noun, name, field, id=f"{noun.__name__}.{name}")
        for noun in nouns()
        for name, field in noun.model_fields.items()
        if name in noun.__annotations__
    ]


def complaint(name: str, field: FieldInfo) -> str:
    """Returns what is wrong with a field's name or description, or an empty string."""
    kinds = set(leaf_types(field.annotation))
    if not (field.description or "").strip():
        return "has no description"
    if kinds & {int, float} and unit_of(name) is None:
        return f"is a number; its name must end in a unit of armslength.units: {', '.join(UNIT_SUFFIXES)}"
    if datetime in kinds and not name.endswith("_at"):
        return "is an instant; its name must end in _at"
    if kinds & {date, When} and not name.endswith("_on") and name not in DAYS_BY_ANOTHER_NAME:
        return "is a day; its name must end in _on"
    return ""


def test_there_are_nouns_to_look_at():
    assert {"Case", "Lot", "Site", "Workload"} <= {noun.__name__ for noun in nouns()}


@pytest.mark.parametrize(("noun", "name", "field"), own_fields())
def test_a_field_says_its_unit(noun, name, field):
    wrong = complaint(name, field)
    assert not wrong, f"{noun.__name__}.{name} {wrong}"


@pytest.mark.parametrize("noun", nouns(), ids=lambda noun: noun.__name__)
def test_a_noun_is_frozen_strict_and_closed(noun):
    config = noun.model_config
    assert (config.get("frozen"), config.get("strict"), config.get("extra")) == (True, True, "forbid")
    assert noun.__doc__


def test_units_say_what_they_mean():
    assert all(meaning.strip() for meaning in UNIT_SUFFIXES.values())
    assert not set(QUALIFIERS) & UNIT_SUFFIXES.keys()


class Sample(BaseModel):
    """Fields the walk must object to, and fields it must let pass."""

    power: float = Field(description="No unit.")
    levels: tuple[float, ...] = Field(description="No unit, in a tuple.")
    gangs: int | None = Field(description="No unit, optional.")
    ratios_by_kind: dict[str, Annotated[float, Field(ge=0)]] = Field(description="No unit, in a dict.")
    start: date | None = Field(description="A day without _on.")
    receipt: When = Field(description="A vague day without _on.")
    seen_on: datetime = Field(description="An instant without _at.")
    site_mw: float
    power_mw: float = Field(description="Good.")
    gang_gpus_max: int | None = Field(description="Good, with a qualifier.")
    start_on: date = Field(description="Good.")
    seen_at: datetime = Field(description="Good.")
    listed: bool = Field(description="Good: not a number.")
    names: dict[int, str] = Field(description="Good: the number is a key.")


def test_the_walk_bites():
    bad = {name for name, field in Sample.model_fields.items() if complaint(name, field)}
    assert bad == {"power", "levels", "gangs", "ratios_by_kind", "start", "receipt", "seen_on", "site_mw"}
