"""Books in the terminal and in a pipe: accounts, balances, the way of a lot, what is open, outcomes of checks."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armslength.errors import Problem
from armslength.model.book import Account, Balance, Recorded
from armslength.model.statement import Open
from armslength.render import figures
from armslength.render.amounts import amount_words

Rows = Sequence[Sequence[str]]
BALANCE_HEADS = (
    "book",
    "account",
    "posted, debits less credits",
    "debits posted",
    "credits posted",
    "debits reserved",
    "credits reserved",
)
_WIDE = 150  # columns of a terminal in which all four counters have room


def print_rows(heads: Sequence[str], rows: Rows, console: Console, numeric: frozenset[int] = frozenset()) -> None:
    """Prints a table in a terminal; tab-separated lines under a header in a pipe."""
    if not console.is_terminal:
        # Written as it is: the console would put spaces for tabs.
        for row in (heads, *rows):
            console.file.write("\t".join(row) + "\n")
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for index, head in enumerate(heads):
        table.add_column(head, overflow="fold", justify="right" if index in numeric else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def print_accounts(accounts: Sequence[tuple[str, Account]], console: Console) -> None:
    """Prints accounts with their books, units and limits."""
    rows = [(book, row.id, row.unit, row.limit.replace("_", " ")) for book, row in accounts]
    print_rows(("book", "account", "unit", "limit"), rows, console)


def print_balances(found: Sequence[tuple[str, Balance]], console: Console) -> None:
    """Prints what posted comes to and what is reserved; all four counters in a pipe, or where there is room."""
    rows = [
        (
            book,
            row.account,
            amount_words(row.debits_posted_count - row.credits_posted_count, row.unit),
            f"{row.debits_posted_count:,}",
            f"{row.credits_posted_count:,}",
            f"{row.debits_pending_count:,}",
            f"{row.credits_pending_count:,}",
        )
        for book, row in found
    ]
    shown = list(range(len(BALANCE_HEADS)))
    if console.is_terminal and console.width < _WIDE:
        shown = [i for i in shown if i < 3 or (i > 4 and any(row[i] != "0" for row in rows))]
    cut = [[row[i] for i in shown] for row in rows]
    print_rows([BALANCE_HEADS[i] for i in shown], cut, console, frozenset(range(2, len(shown))))


def print_trace(
    lot: str,
    stops: Sequence[tuple[Recorded, Sequence[tuple[str, int, str]]]],
    now: Sequence[tuple[str, Balance]],
    console: Console,
) -> None:
    """Prints the way of a lot and where it stands now."""
    console.print(Text(f"The way of {lot}", style="bold"))
    rows = [
        (
            recorded.event.effective_at.date().isoformat(),
            recorded.event.book,
            recorded.event.topic or recorded.event.kind,
            "; ".join(f"{account} {'+' if amount > 0 else ''}{amount:,}" for account, amount, _ in moves),
            f"{recorded.sequence_count}",
        )
        for recorded, moves in stops
    ]
    print_rows(("day", "book", "what", "moved", "event"), rows, console)
    console.print()
    console.print(Text("It stands now:"))
    lines = [
        (book, row.account, amount_words(row.debits_posted_count - row.credits_posted_count, row.unit))
        for book, row in now
    ]
    print_rows(("book", "account", "amount"), lines, console) if lines else console.print(Text("  nowhere"))


def print_owed(first: str, second: str, rows: Sequence[Open], console: Console) -> None:
    """Prints what stands open between two organisations, in sentences."""
    for row in rows:
        since = f", the oldest item of {figures.day(row.oldest_on)}" if row.oldest_on else ""
        said = [
            f"{debtor} owes {creditor} {amount_words(amount, row.unit)}"
            for debtor, creditor, amount in ((second, first, row.due_from_count), (first, second, row.due_to_count))
            if amount
        ]
        what = " and ".join(said) or f"nothing is open in {amount_words(0, row.unit).partition(' ')[2]}"
        console.print(Text(f"{row.agreement}: {what}{since}."), soft_wrap=True)
    if not rows:
        console.print(Text(f"Nothing was ever owed between {first} and {second}."))


def print_checks(
    found: Sequence[tuple[str, Sequence[Problem]]], sentences: Mapping[str, str], console: Console
) -> None:
    """Prints each check with its outcome, and every problem."""
    for name, problems in found:
        mark, style = ("ok", "green") if not problems else ("BAD", "bold red")
        console.print(Text.assemble((f"{mark:>3}", style), f"  {sentences[name]}"), soft_wrap=True)
        for problem in problems:
            console.print(Text(f"       {problem}"), soft_wrap=True)
