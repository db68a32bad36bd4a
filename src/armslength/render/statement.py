"""A statement on one page: for the terminal, a pipe, and as one HTML file that needs nothing else."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armslength.model.statement import Decided, Move, Open, Statement, Tie
from armslength.render import figures
from armslength.render.amounts import amount_words
from armslength.render.listing import Cell, Listing, without_blanks, words
from armslength.render.templating import environment

_STATE = {
    "posted": "booked",
    "reserved": "reserved",
    "claimed": "claimed",
    "proposed": "proposed",
    "agreed": "agreed, not booked",
}
NOTED = "Source and note"
TIE_HEADS = ("Who", "Is or holds", "At or of", NOTED)
OPEN_HEADS = ("With", "Under", "They owe", "Is owed to them", "Oldest open")
MOVE_HEADS = ("Day", "With", "Direction", "What", "How much", "How", "Under", "State", NOTED)
DECIDED_HEADS = ("Recorded", "Agreement", "What", "For", "By", "Business day", "Note")
_NARROW = {NOTED, "Note", "Oldest open", "Business day"}


_MEANING = {
    "What went between them, as booked": "By business day; what is to be returned is owed until a row “in return” settles it",
    "What stands open": "Open items by agreement and unit",
    "What is said or wanted, and moved nothing": "Not booked: somebody claims, wants or agreed it; the source is beside it",
    "Who controls, owns or sits where, as recorded": "As each organisation's own book has it",
    "What was said and decided about the agreements": "In the order in which the ledger took it; that order is the truth",
}


def tables(statement: Statement) -> tuple[tuple[str, Sequence[str], list[tuple[str, ...]]], ...]:
    """Returns (caption, heads, rows) of a statement's tables; tables without rows are left out."""
    booked = [row for row in statement.moves if row.state in ("posted", "reserved")]
    said = [row for row in statement.moves if row.state not in ("posted", "reserved")]
    found = (
        ("What went between them, as booked", MOVE_HEADS, [_move(row) for row in booked]),
        ("What stands open", OPEN_HEADS, [_open(row) for row in statement.open]),
        ("What is said or wanted, and moved nothing", MOVE_HEADS, [_move(row) for row in said]),
        ("Who controls, owns or sits where, as recorded", TIE_HEADS, [_tie(row) for row in statement.ties]),
        ("What was said and decided about the agreements", DECIDED_HEADS, [_decided(r) for r in statement.decisions]),
    )
    return tuple(table for table in found if table[2])


def statement_html(statement: Statement, version: str) -> str:
    """Returns the statement as one self-contained HTML document."""
    return (
        environment()
        .get_template("statement.html.j2")
        .render(
            title=f"Statement of {statement.organisation}",
            about=about(statement),
            listings=[(caption, _listing(caption, heads, rows)) for caption, heads, rows in tables(statement)],
            heads=[_head(book, head) for book, head in sorted(statement.heads.items())],
            version=version,
        )
    )


def about(statement: Statement) -> tuple[str, ...]:
    """Returns what the statement covers, in a few short facts."""
    others = {row.counterparty for row in statement.moves}
    return (
        f"to {figures.day(statement.as_of_on)}",
        figures.count(sum(row.state == "posted" for row in statement.moves), "booked transfer"),
        figures.count(len(others), "counterparty", "counterparties"),
        figures.count(len(statement.heads), "book"),
    )


def print_statement(statement: Statement, console: Console) -> None:
    """Prints a statement: tables in a terminal, lines in a pipe."""
    console.print(Text(f"Statement of {statement.organisation} ({', '.join(about(statement))})", style="bold"))
    for caption, heads, rows in tables(statement):
        console.print()
        if console.is_terminal:
            console.print(_drawn(caption, heads, rows, console.width))
            continue
        console.print(Text(f"{caption}:"), soft_wrap=True)
        for row in rows:
            console.print(Text("  " + " | ".join(cell for cell in row if cell)), soft_wrap=True)
    console.print()
    for book, head in sorted(statement.heads.items()):
        console.print(Text(_head(book, head)), soft_wrap=True)


def _move(row: Move) -> tuple[str, ...]:
    direction = "given to" if row.direction == "gave" else "from"
    return (
        row.moved_on.isoformat(),
        row.counterparty,
        direction,
        row.what,
        amount_words(row.amount_count, row.unit),
        row.how,
        row.agreement,
        _STATE[row.state],
        _noted(row.source, row.note),
    )


def _noted(source: str, note: str) -> str:
    return ": ".join(part for part in (source, note) if part)


def _open(row: Open) -> tuple[str, ...]:
    return (
        row.counterparty,
        row.agreement,
        amount_words(row.due_from_count, row.unit),
        amount_words(row.due_to_count, row.unit),
        row.oldest_on.isoformat() if row.oldest_on else "nothing open",
    )


def _tie(row: Tie) -> tuple[str, ...]:
    share = "" if row.share_micro_count is None else f" {amount_words(row.share_micro_count, 'EQUITY-ppm:')[:-4]}"
    return row.holder, row.kind + share, row.target, _noted(row.source, row.note)


def _decided(row: Decided) -> tuple[str, ...]:
    recorded = row.recorded_at.isoformat(sep=" ", timespec="seconds")
    topic = row.topic.rpartition(".")[2].replace("_", " ")
    return recorded, row.agreement, topic, row.organisation, row.person, row.decided_on.isoformat(), row.note


def _head(book: str, head: str) -> str:
    size, _, root = head.partition(":")
    return f"{book}: {figures.count(int(size), 'event')}, root {root[:16]}"


def _listing(caption: str, heads: Sequence[str], rows: list[tuple[str, ...]]) -> Listing:
    cells: list[list[Cell]] = [[words(text) for text in row] for row in rows]
    return without_blanks(Listing(_MEANING[caption], heads, cells))


def _drawn(caption: str, heads: Sequence[str], rows: list[tuple[str, ...]], width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=Text(caption), title_justify="left", title_style="dim", pad_edge=False)
    shown = [i for i, head in enumerate(heads) if width >= 150 or head not in _NARROW]
    for i in shown:
        table.add_column(heads[i], overflow="fold")
    for row in rows:
        table.add_row(*(Text(row[i]) for i in shown))
    return table
