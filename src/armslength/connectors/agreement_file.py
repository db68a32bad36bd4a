"""A proposal in a YAML file, as people write it, to a noun. Days are days, amounts whole numbers; nothing is built from a tag."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from armslength.connectors.files import read_text
from armslength.errors import InputError, Problem
from armslength.model.agreement_file import AgreementFile
from armslength.model.governance import Policy, Register
from armslength.model.noun import Noun

Kind = TypeVar("Kind", bound=Noun)
BYTES_MAX = 4 * 1024 * 1024
DEPTH_MAX = 24
WORDS = {"missing": "is missing", "extra_forbidden": "is not known here", "int_type": "should be a whole number"}


def read_agreement(path: Path) -> AgreementFile:
    """Reads a proposal.

    Raises:
        InputError: the file cannot be read, or has problems; carries all of them, each with its place.
    """
    return read_noun(path, AgreementFile, "`terms` with id, kind, parties and legs; see docs/how-to/agree.md")


def read_policy(path: Path) -> Policy:
    """Reads an approval policy of one's own.

    Raises:
        InputError: the file cannot be read, or has problems.
    """
    return read_noun(path, Policy, "the fields of a policy; see docs/approval-policies.md")


def read_register(path: Path) -> Register:
    """Reads persons, roles and links that are to be made known.

    Raises:
        InputError: the file cannot be read, or has problems.
    """
    return read_noun(path, Register, "lists `persons`, `roles` and `links`, as in the tables of a case")


def read_noun(path: Path, noun: type[Kind], wanted: str) -> Kind:
    """Reads a noun from a YAML file.

    Args:
        path: the file.
        noun: what it holds.
        wanted: what it holds, in words, for a reader whose file does not.

    Raises:
        InputError: the file cannot be read, or has problems; carries all of them, each with its place.
    """
    text = read_text(path, str(path))
    if isinstance(text, Problem):
        raise InputError(f"{text.place}: {text.message}", hint=text.hint)
    if len(text) > BYTES_MAX:
        raise InputError(f"{path}: the file is larger than {BYTES_MAX // 1024**2} MiB", hint="is it the right file?")
    if "&" in text and any(isinstance(token, yaml.AliasToken) for token in _tokens(path, text)):
        raise InputError(f"{path}: the file repeats a part by an alias (`*`)", hint="write it out")
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(
            f"{path}: this is not YAML: {_first_line(error)}", hint="check its indents and quotes"
        ) from None
    if not isinstance(document, dict):
        raise InputError(f"{path}: the file is not a mapping", hint=f"it holds {wanted}")
    try:
        return noun.model_validate(frozen(document, str(path)))
    except ValidationError as error:
        found = [_said(detail) for detail in error.errors(include_url=False)]
        raise InputError(f"{path}: this cannot be used", hint=f"it holds {wanted}", problems=found) from None


def frozen(value: Any, path: str, depth: int = 0) -> Any:
    """Returns a value read from YAML with tuples for lists and text for keys, as the nouns want it."""
    if depth > DEPTH_MAX:
        raise InputError(f"{path}: lists and mappings are nested more than {DEPTH_MAX} deep")
    if isinstance(value, list):
        return tuple(frozen(item, path, depth + 1) for item in value)
    if isinstance(value, dict):
        return {str(name): frozen(item, path, depth + 1) for name, item in value.items()}
    return value


def _tokens(path: Path, text: str) -> list[Any]:
    try:
        return list(yaml.scan(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(
            f"{path}: this is not YAML: {_first_line(error)}", hint="check its indents and quotes"
        ) from None


def _first_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"{what} (line {mark.line + 1})" if mark else str(what)


def _said(detail: Any) -> Problem:
    place = ""
    for step in detail["loc"]:
        place += f"[{step}]" if isinstance(step, int) else (f".{step}" if place else str(step))
    message = WORDS.get(detail["type"]) or f"{detail['msg'][:1].lower()}{detail['msg'][1:]}"
    given = detail.get("input")
    shown = f", not {given!r}" if isinstance(given, str | int | float | bool) and detail["type"] not in WORDS else ""
    return Problem(place, message + shown)
