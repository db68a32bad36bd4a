"""A planner's own models from a TOML file: a list `models` of the same fields as the shipped catalogue's rows."""

import tomllib
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from armslength.connectors.columns import unknown_name
from armslength.demand.subject import model_problems
from armslength.demand.tables import frozen
from armslength.errors import InputError, Problem
from armslength.model.catalogue import CatalogueModel
from armslength.units import UNIT_SUFFIXES, unit_of

HINT = 'begin a row with [[models]] and give it id = "..."'


def read_models(path: Path) -> tuple[CatalogueModel, ...]:
    """Reads models from a TOML file.

    Raises:
        InputError: when the file cannot be read; carries every problem of its rows, each with its place.
    """
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read: {error.strerror}", hint="check the name and its permissions"
        ) from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: the file is not UTF-8 text", hint="save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: this is not TOML: {error}", hint=HINT) from None
    rows = document.get("models")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{path}: the file holds no list `models`", hint=HINT)
    problems = [Problem(str(path), f"`{key}` is not `models`", HINT) for key in document if key != "models"]
    found: list[CatalogueModel] = []
    for index, row in enumerate(rows):
        where = f"{path}: models[{index}]"
        try:
            model = CatalogueModel.model_validate(frozen(row))
        except ValidationError as error:
            problems += [_said(where, detail) for detail in error.errors(include_url=False)]
            continue
        problems += [Problem(where, problem.message, problem.hint) for problem in model_problems(model)]
        if any(model.id == other.id for other in found):
            problems.append(Problem(where, f"the id `{model.id}` stands twice", "give each model its own"))
        found.append(model)
    if problems:
        raise InputError(f"{path}: these models cannot be used", problems=problems)
    return tuple(found)


def _said(where: str, detail: ErrorDetails) -> Problem:
    """A validation error in plain words."""
    path = ".".join(str(step) for step in detail["loc"])
    place = f"{where}.{path}" if path else where
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    if detail["type"] == "extra_forbidden":
        flaw = unknown_name(name, CatalogueModel.model_fields)
        return Problem(place, flaw.message, flaw.hint)
    unit = unit_of(name)
    message = (
        f"`{name}` is missing" if detail["type"] == "missing" else f"{detail['msg'][:1].lower()}{detail['msg'][1:]}"
    )
    return Problem(place, message, f"unit: {UNIT_SUFFIXES[unit]}" if unit else "")
