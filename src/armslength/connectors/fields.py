"""The reference of fields, as a page and as a JSON Schema, both written from the nouns."""

from collections.abc import Iterator
from typing import Any

from armslength.connectors.dates import PRECISIONS
from armslength.connectors.shapes import Shape, Slot, nested_nouns, nouns_of_tables, slots_of
from armslength.connectors.texts import EMPTY_LIST
from armslength.model.case import Case
from armslength.model.noun import Noun
from armslength.units import UNIT_SUFFIXES, unit_of

_TYPES: dict[str, str] = {
    "text": "text",
    "whole": "whole number",
    "number": "number",
    "truth": "yes or no",
    "day": "day",
    "when": "date",
    "pairs": "number per name",
}

_HOW = """\
# Fields of a case

A case is a folder with `case.yaml` and a CSV file per table, one YAML file, or one workbook with a sheet
per table and a sheet `case` of keys and values (`horizon.start_on` and so on). A table may stand in
`case.yaml`, in a file of its own, or in both; its rows are joined. This page is written by the program.

## How values are written

| type | in YAML | in a cell of CSV or a workbook |
| --- | --- | --- |
| text | `H100` | `H100`; within double quotes where it begins or ends with a space |
| number | `1.35` | `1.35`; `1,35` in a file whose columns are parted by semicolons |
| yes or no | `yes`, `no`, `true`, `false` | the same |
| day | `2024-06-01` | the same, or a date cell |
| date | a day; vague: `2024-06`, `2024-Q4`, `2024-H2`, `2024`; \
a range: `2024-09-01/2024-10-01/2025-01-15` for its p10, p50 and p90, \
with the word of its precision behind it where it has one (`... quarter`); \
or `{p10: 2024-09-01, p50: 2024-10-01, p90: 2025-01-15, precision: day}` | the same texts |
| list | `[a, b]` | `a\\|b` |
| number per name | `{training: 1, serving: 0.9}` | `training=1\\|serving=0.9` |
| list of shares | rows of `organisation`, `share_frac`, `from_on` | `other=0.25@2023-11-01\\|third=0.1` |

* A blank cell, or a key without a value, means "not given": the default holds. `[]` is an empty list.
* A vague date spans its first to its last day and is planned at its middle day.
* Numbers stand without a unit and without marks between thousands. In YAML a number in quotes is text.
* In a cell, a backslash takes the meaning of a following `|`, `=`, `@` or backslash away.
* CSV files are UTF-8; commas, semicolons or tabs part the columns, as the header row shows.
* Several rows of a table may share an `id` when their `known_on` differ: they are versions of one fact, and \
a run as of a day uses the latest version known by then.
* A question in a table has one row per varied fact: its `id` in each row, the rest in the first row.
"""


def fields_markdown() -> str:
    """Returns the reference of all fields as Markdown: type, unit, default, meaning."""
    sections: list[tuple[str, str, type[Noun]]] = [("Case", "the top of the case", Case)]
    sections += [(noun.__name__, f"`{where}`", noun) for where, noun in list(nested_nouns().items())[:2]]
    sections += [(noun.__name__, f"table `{table}`", noun) for table, noun in nouns_of_tables().items()]
    sections += [(noun.__name__, f"`{where}`", noun) for where, noun in list(nested_nouns().items())[2:]]
    return "\n".join([_HOW, *(line for section in sections for line in _section(*section))])


def _section(title: str, where: str, noun: type[Noun]) -> Iterator[str]:
    yield f"## {title}: {where}\n"
    first, _, rest = (noun.__doc__ or "").partition("\n")
    yield f"{first}\n"
    if rest.strip():
        yield "\n".join(line.strip() for line in rest.strip().splitlines()) + "\n"
    yield "| field | type | unit | default | meaning |"
    yield "| --- | --- | --- | --- | --- |"
    for slot in slots_of(noun).values():
        cells = (
            f"`{slot.name}`",
            type_words(slot.shape),
            unit_words(slot),
            default_words(slot),
            slot.description,
        )
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def type_words(shape: Shape) -> str:
    """Returns the type of a value in words."""
    if shape.kind == "word":
        return "one of " + ", ".join(f"`{word}`" for word in shape.words)
    if shape.kind == "noun":
        assert shape.noun is not None
        return f"{shape.noun.__name__}, see there"
    if shape.kind == "list":
        assert shape.item is not None
        if shape.item.noun is not None:
            return f"list of {shape.item.noun.__name__}, see there"
        return f"list of {type_words(shape.item)}".replace("of text", "of names").replace("list of one of", "any of")
    return _TYPES[shape.kind]


def unit_words(slot: Slot) -> str:
    """Returns the unit of a field in words, or nothing for a field without one."""
    suffix = unit_of(slot.name)
    return UNIT_SUFFIXES[suffix] if suffix else ""


def default_words(slot: Slot) -> str:
    """Returns what a field holds when it is not given."""
    value = slot.default
    if slot.required:
        return "required"
    if value is None or value in ("", (), {}) or isinstance(value, Noun):
        return "empty" if not isinstance(value, Noun) else "its defaults"
    if isinstance(value, bool):
        return "no" if not value else "yes"
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value) or EMPTY_LIST
    return f"{value:g}" if isinstance(value, float) else str(value)


# What a date may look like: exact, vague, or three days with the word of their precision.
_DAY = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "format": "date"}
_WHEN_PATTERN = (
    r"^\d{4}(-(\d{2}(-\d{2})?|[Qq][1-4]|[Hh][12]))?$"
    r"|^\d{4}-\d{2}-\d{2}/\d{4}-\d{2}-\d{2}/\d{4}-\d{2}-\d{2}( (" + "|".join(PRECISIONS) + "))?$"
)


def json_schema() -> dict[str, Any]:
    """Returns the JSON Schema of a case as people write it in YAML.

    It checks what a schema can: names, types, bounds, closed words, the look of dates. Names that refer to
    other rows, and rules between rows, are for ``case_problems``.
    """
    nouns = {noun.__name__: noun for noun in (*nouns_of_tables().values(), *nested_nouns().values())}
    definitions = {name: _object(noun) for name, noun in nouns.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Armslength case",
        **_object(Case),
        "$defs": {
            **definitions,
            "When": _when(),
            "Day": _DAY,
        },
    }


def _object(noun: type[Noun]) -> dict[str, Any]:
    slots = slots_of(noun)
    required = [slot.name for slot in slots.values() if slot.required]
    schema: dict[str, Any] = {
        "type": "object",
        "description": (noun.__doc__ or "").partition("\n")[0],
        "properties": {name: _property(noun, slot) for name, slot in slots.items()},
        "additionalProperties": False,
    }
    return schema | {"required": required} if required else schema


def _property(noun: type[Noun], slot: Slot) -> dict[str, Any]:
    """The schema of a field; what need not be given may also stand empty."""
    inner = _value(slot.shape) | _bounds(noun, slot)
    unit = unit_words(slot)
    described = {"description": f"{slot.description} Unit: {unit}." if unit else slot.description}
    return described | (inner if slot.required else {"anyOf": [inner, {"type": "null"}]})


def _value(shape: Shape) -> dict[str, Any]:
    match shape.kind:
        case "text":
            # Any scalar is read as the text that stands there, so `id: 12` names `12`.
            return {"type": ["string", "number", "boolean"]}
        case "whole":
            return {"type": "integer"}
        case "number":
            return {"type": "number"}
        case "truth":
            return {"enum": [True, False, "yes", "no"]}
        case "day":
            return {"$ref": "#/$defs/Day"}
        case "when":
            return {"$ref": "#/$defs/When"}
        case "word":
            return {"enum": list(shape.words)}
        case "pairs":
            assert shape.item is not None
            return {"type": "object", "additionalProperties": _value(shape.item)}
        case "noun":
            assert shape.noun is not None
            return {"$ref": f"#/$defs/{shape.noun.__name__}"}
        case "list":
            assert shape.item is not None
            return {"type": "array", "items": _value(shape.item)}


def _bounds(noun: type[Noun], slot: Slot) -> dict[str, Any]:
    """Bounds of a field's value, as the noun states them."""
    found: dict[str, Any] = {}
    sizes = ("minItems", "maxItems") if slot.shape.kind == "list" else ("minLength", "maxLength")
    for limit in noun.model_fields[slot.name].metadata:
        for attribute, key in (
            ("ge", "minimum"),
            ("gt", "exclusiveMinimum"),
            ("le", "maximum"),
            ("lt", "exclusiveMaximum"),
            ("min_length", sizes[0]),
            ("max_length", sizes[1]),
        ):
            if getattr(limit, attribute, None) is not None:
                found[key] = getattr(limit, attribute)
    return found


def _when() -> dict[str, Any]:
    day = {"$ref": "#/$defs/Day"}
    keys = ("p10", "p50", "p90")
    return {
        "description": "A day, a vague date, or a range of three days.",
        "anyOf": [
            {"type": "string", "pattern": _WHEN_PATTERN},
            {"type": "integer", "minimum": 1000, "maximum": 9998, "description": "A year."},
            {
                "type": "object",
                "properties": {name: day for key in keys for name in (key, f"{key}_on")}
                | {"precision": {"enum": list(PRECISIONS)}},
                "additionalProperties": False,
                "allOf": [{"oneOf": [{"required": [key]}, {"required": [f"{key}_on"]}]} for key in keys],
            },
        ],
    }
