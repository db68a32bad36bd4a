"""Writes the figures of ``docs/books-tested.md`` from what the long forms found: ``python -m books.page [FOLDER]``.

They are those of the runs in the folder, which is ``build/torture`` unless another is named; a part that was not run is said
to be missing.
"""

import json
import sys
import textwrap
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "books-tested.md"
WIDTH = 118
BEGIN, END = "<!-- figures: written by books.page -->", "<!-- end of figures -->"


def number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> list[str]:
    cells = [[number(cell).replace("|", "\\|") for cell in row] for row in rows]
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(row)} |" for row in cells), ""]


def power(found: dict[str, Any]) -> list[str]:
    rows: list[tuple[Any, ...]] = [("FULL, as the books set it", found["points"], found["bad"], "none may be")]
    for name, one in found["bad_settings"].items():
        share = f"{100 * one['caught'] / one['points']:.1f} %: the simulator sees it"
        rows.append((f"{name}, forced behind the books' back", one["points"], one["caught"], share))
    head = ("`synchronous`", "power cuts", "lost or broken after the cut", "")
    return ["## Loss of power (SQLite)", "", *table(head, rows)]


def kills(found: dict[str, Any], name: str) -> tuple[Any, ...]:
    clients = "/".join(str(count) for count in found["clients"])
    values = (
        found["kills"],
        found["server_kills"],
        found["operations"],
        found["unknown"],
        clients,
        len(found["trouble"]),
    )
    return (name, *values)


def seeded(found: dict[str, Any]) -> list[str]:
    rows = [
        (row["name"], row["what"], f"`{row['caught']}`" if row["caught"] else "**not caught**") for row in found["rows"]
    ]
    text = f"{found['caught']} of {found['seeds']} mistakes, planted one at a time, were caught; the first test to see each:"
    return ["## Seeded bugs", "", text, "", *table(("mistake", "what goes wrong", "caught by"), rows)]


def mutants(found: dict[str, Any]) -> list[str]:
    share = f"{100 * found['score_frac']:.1f} %"
    of = "all" if found["run"] == found["mutants"] else f"a drawn sample of {found['run']:,} of"
    text = (
        f"The core (`src/armslength/ledger`) can be changed a little in {found['mutants']:,} ways: a comparison, a sign, a "
        f"constant, a condition, a statement; {of} them were tried. {found['killed']:,} of {found['run']:,} were noticed by a "
        f"test: {share}. Those that were not:"
    )
    rows = [(f"{row['file']}", f"`{row['text']}`", row["what"]) for row in found["alive"]]
    return ["## Mutants", "", text, "", *table(("file", "line", "change"), rows)]


def steps(found: dict[str, Any]) -> list[str]:
    answers = sorted(found["answers"].items(), key=lambda item: -item[1])
    text = (
        f"{found['steps']:,} groups in {found['worlds']:,} worlds, every answer as the second ledger gives it; in every other "
        "world snapshots, expiries in parts and forgotten caches every few events. How often each answer came:"
    )
    return ["## State machine", "", text, "", ", ".join(f"{name} {count:,}" for name, count in answers) + ".", ""]


def pairs(found: dict[str, Any]) -> list[str]:
    rows = [
        ("the services, on a SQLite file", f"{found['file']:,}"),
        ("the services, on PostgreSQL", f"{found['server']:,}"),
        ("PostgreSQL itself, in plain SQL as the application's role", f"{found['walls']:,}"),
    ]
    wrong = len(found["trouble"])
    text = (
        f"In {found['worlds']:,} drawn worlds of six organisations and eleven books. Answered otherwise than the oracle says, or "
        f"with a word of a book that is not the actor's: {wrong:,}."
    )
    return ["## Actors and resources", "", *table(("asked of", "pairs"), rows), text, ""]


def figures(folder: Path) -> str:
    """Returns the part of the page that is made from runs."""

    def read(name: str) -> dict[str, Any] | None:
        file = folder / f"{name}.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None

    lines: list[str] = []
    for name, write in (
        ("power", power),
        ("kills", None),
        ("steps", steps),
        ("pairs", pairs),
        ("seeded", seeded),
        ("mutants", mutants),
    ):
        if write is None:
            both = [(read(f"kills-{kind.lower()}"), kind) for kind in ("SQLite", "PostgreSQL")]
            rows = [kills(found, kind) for found, kind in both if found]
            head = (
                "store",
                "kills",
                "of the server",
                "operations checked",
                "outcomes unknown, settled by id",
                "clients",
                "faults",
            )
            lines += ["## Kills and concurrent clients", "", *table(head, rows)]
            continue
        found = read(name)
        lines += write(found) if found else [f"## {name}", "", "Not run.", ""]
    wrapped = (line if line.startswith("|") else textwrap.fill(line, WIDTH, break_on_hyphens=False) for line in lines)
    return "\n".join(wrapped).rstrip() + "\n"


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "build" / "torture"
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{figures(folder)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
