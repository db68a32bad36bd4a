"""Recorded events as CSV: one row per entry, one without an account for an event that moves nothing. Exact integers."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from armslength.model.book import Entry, Event, Recorded

HEADS = (
    "book",
    "sequence",
    "event",
    "organisation",
    "kind",
    "group",
    "effective_at",
    "recorded_at",
    "account",
    "unit",
    "debit",
    "credit",
    "topic",
    "of",
    "corrects",
    "reason",
    "evidence",
    "leaf",
)
# A cell that begins like a formula would be run as one by a spreadsheet.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def book_csv(recorded: Iterable[Recorded], units: dict[str, str]) -> Iterator[str]:
    """Yields CSV lines of a book's events, the header first.

    Args:
        recorded: events of one book, in its order.
        units: unit of each account of the book.
    """
    yield _line(HEADS)
    for row in recorded:
        for entry in row.moved or (None,):
            yield _line(_cells(row, entry, units))


def _cells(row: Recorded, entry: Entry | None, units: dict[str, str]) -> tuple[object, ...]:
    event: Event = row.event
    return (
        event.book,
        row.sequence_count,
        event.id,
        event.organisation,
        event.kind,
        row.group,
        event.effective_at.isoformat(),
        row.recorded_at.isoformat(),
        entry.account if entry else "",
        units[entry.account] if entry else "",
        entry.amount_count if entry and entry.side == "debit" else "",
        entry.amount_count if entry and entry.side == "credit" else "",
        event.topic or "",
        event.of or "",
        event.corrects or "",
        event.reason,
        "|".join(event.evidence),
        row.leaf,
    )


def _line(cells: Iterable[object]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([_safe(str(cell)) for cell in cells])
    return buffer.getvalue()


def _safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text
