"""The reference pages that are made from the code itself, so that they cannot fall behind it."""

import json
from inspect import cleandoc
from pathlib import Path

from armslength.connectors.fields import fields_markdown, json_schema
from armslength.planner.build import FAMILIES
from armslength.planner.check import RULES

MATH_HEAD = """# The mathematics

Made from the docstrings of the families of rules in `armslength.planner.build`; do not edit. The names are the same in
explanations, in the check and in exported programs.

The goals are taken in this order: most total value; then, at that value, most work on its owner's own sites; then the
earliest commissioning. Total value is the sum over all uses of GPU-hours times their worth, less lateness and use prices.
"""


def math_markdown() -> str:
    """Returns the page of the families of rules, with the sentences of the independent check."""
    lines = [MATH_HEAD]
    for family in FAMILIES:
        sentence, _, rest = cleandoc(family.__doc__ or "").partition("\n")
        lines += [f"## {family.__name__}", "", sentence, "", "```text", rest.strip(), "```", ""]
    lines += ["## What the independent check asks", ""]
    lines += [f"* **{name}**: {sentence}" for name, sentence in RULES.items()]
    return "\n".join(lines) + "\n"


def write_reference(folder: Path) -> tuple[Path, ...]:
    """Writes the generated pages and returns where they are."""
    pages = {
        "math.md": math_markdown(),
        "fields.md": fields_markdown(),
        "case.schema.json": json.dumps(json_schema(), indent=2) + "\n",
    }
    reference = folder / "reference"
    reference.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (reference / name).write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
    return tuple(reference / name for name in pages)
