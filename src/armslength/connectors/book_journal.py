"""Posted events as plain-text accounting: a journal that hledger and ledger read, and one for beancount.

Reservations move nothing until they are posted, so they stand as comments. Amounts are the book's own integers, with
money in its currency; debits are positive.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from armslength.model.accounts import tree
from armslength.model.book import Account, Entry, Recorded

# Which of beancount's five kinds of account each tree is.
_ROOTS = {
    "slot": "Assets",
    "title": "Assets",
    "custody": "Assets",
    "use": "Assets",
    "money": "Assets",
    "people": "Assets",
    "data": "Assets",
    "equity": "Assets",
    "due_from": "Assets",
    "due_to": "Liabilities",
    "given": "Expenses",
    "metered": "Expenses",
    "unmetered": "Expenses",
    "received": "Income",
}
_MOVES = ("post", "post_reserved", "reverse")


def ledger_text(recorded: Iterable[Recorded], accounts: Iterable[Account]) -> Iterator[str]:
    """Yields a journal in the form of hledger and ledger, line by line.

    Args:
        recorded: events of one book, in its order.
        accounts: the book's accounts.
    """
    units = {row.id: row.unit for row in accounts}
    yield "; amounts are exact; a slash in a unit counts its decimals\n\n"
    for unit in sorted(set(units.values())):
        yield f'commodity "{unit.partition("/")[0]}"\n'
    for name in sorted(units):
        yield f"account {_colons(name)}\n"
    for row in recorded:
        yield "\n"
        if row.event.kind not in _MOVES:
            yield _comment(row, ";")
            continue
        yield f"{_day(row)} * ({row.sequence_count}) {_title(row)}\n"
        for entry in row.moved:
            amount = entry.amount_count if entry.side == "debit" else -entry.amount_count
            yield f"    {_colons(entry.account)}  {_amount(amount, units[entry.account])}\n"


def beancount_text(recorded: Iterable[Recorded], accounts: Iterable[Account]) -> Iterator[str]:
    """Yields a journal in the form of beancount, line by line."""
    rows, listed = list(recorded), {row.id: row for row in accounts}
    first = min((row.event.effective_at.date().isoformat() for row in rows), default="1970-01-01")
    for name in sorted(listed):
        yield f"{first} open {_capital(name)} {_commodity(listed[name].unit)}\n"
    for row in sorted(rows, key=lambda one: (one.event.effective_at.date(), one.sequence_count)):
        yield "\n"
        if row.event.kind not in _MOVES:
            yield _comment(row, ";")
            continue
        yield f'{_day(row)} * "{_quoted(_title(row))}"\n  sequence: {row.sequence_count}\n  leaf: "{row.leaf}"\n'
        for entry in _merged(row.moved):
            unit = listed[entry[0]].unit
            yield f"  {_capital(entry[0])}  {_plain(entry[1], unit)} {_commodity(unit)}\n"


def _merged(moved: Iterable[Entry]) -> Iterator[tuple[str, int]]:
    """Signed amounts of entries, debits positive."""
    for entry in moved:
        yield entry.account, entry.amount_count if entry.side == "debit" else -entry.amount_count


def _comment(row: Recorded, mark: str) -> str:
    event = row.event
    what = event.topic or event.account or (event.opens.id if event.opens else "") or event.of or ""
    return f"{mark} {row.sequence_count} {event.kind} {event.id} {what}".rstrip() + "\n"


def _day(row: Recorded) -> str:
    return row.event.effective_at.date().isoformat()


def _title(row: Recorded) -> str:
    event = row.event
    words: list[str] = [event.topic or event.kind, event.id, event.reason]
    return re.sub(r"\s+", " ", " ".join(word for word in words if word)).replace(";", ",")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _colons(name: str) -> str:
    """An account as a path of colons; a colon in an id becomes a dot."""
    return ":".join(part.replace(":", ".") for part in name.split("/"))


def _amount(amount: int, unit: str) -> str:
    """An amount with its quoted commodity."""
    return f'{_plain(amount, unit)} "{unit.partition("/")[0]}"'


def _plain(amount: int, unit: str) -> str:
    """An amount in full: with the decimals that the unit counts.

    >>> _plain(123, "USD/2"), _plain(-5, "GPU:h100")
    ('1.23', '-5')
    """
    digits = unit.partition("/")[2]
    return str(Decimal(amount).scaleb(-int(digits))) if digits.isdigit() and int(digits) else str(amount)


def _commodity(unit: str) -> str:
    """A commodity as beancount allows it.

    >>> _commodity("GPU-s:h100-sxm"), _commodity("USD/2")
    ('GPU-S.H100-SXM', 'USD')
    """
    text = re.sub(r"[^A-Z0-9.\-]", "-", unit.partition("/")[0].upper().replace(":", "."))
    return text if text[-1].isalnum() else text + "X"


def _capital(name: str) -> str:
    """An account as beancount allows it: a kind, then parts that begin with a capital or a digit.

    >>> _capital("due_from/south/swap-1/SLOT:h100")
    'Assets:Due-from:South:Swap-1:SLOT-h100'
    """
    parts = [re.sub(r"[^A-Za-z0-9\-]", "-", part) for part in name.split("/")]
    parts = [part[0].upper() + part[1:] for part in parts]
    return ":".join([_ROOTS.get(tree(name), "Equity"), *parts])
