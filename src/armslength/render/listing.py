"""A table for reading, as data: the one shape in which every section hands its tables to the page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from armslength.render import figures

Row = TypeVar("Row")
_LONG_LETTERS = 48  # longer texts get a wider column


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell.

    Attributes:
        text: what is read.
        exact: the number in full with its unit, shown by a pointer.
        css: class of the cell.
    """

    text: str
    exact: str = ""
    css: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A table with a caption.

    Attributes:
        caption: what the table holds, with units.
        heads: heads of the columns; the first column heads its rows.
        rows: cells, as many per row as there are heads.
        numeric: numbers of the columns that hold numbers.
        foot: rows of totals.
        left_out_count: rows not shown.
        left_out_in: name of the CSV table which holds all of them.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numeric: frozenset[int] = frozenset()
    foot: Sequence[Sequence[Cell]] = ()
    left_out_count: int = 0
    left_out_in: str = ""


def words(text: str) -> Cell:
    """Returns a cell of words."""
    return Cell(text, css="long" if len(text) > _LONG_LETTERS else "")


def money_cell(value: float | None, currency: str, *, sign: bool = False) -> Cell:
    """Returns a cell of money, its currency named by the head or the caption."""
    if value is None:
        return Cell("")
    text = figures.signed(value) if sign else figures.money(value, "").strip()
    return Cell(text, f"{figures.exact(value)} {currency}")


def gpu_hours_cell(number: float | None, *, sign: bool = False) -> Cell:
    """Returns a cell of GPU-hours, the unit named by the head or the caption."""
    if number is None:
        return Cell("")
    text = figures.signed(number) if sign else figures.gpu_hours(number).split(" GPU")[0]
    return Cell(text, f"{figures.exact(number)} GPU-hours")


def gpus_cell(number: float) -> Cell:
    """Returns a cell of accelerators."""
    return Cell(figures.whole_gpus(number), f"{figures.exact(number)} GPUs")


def without_blanks(listing: Listing) -> Listing:
    """Returns a table without the columns in which no row says anything."""
    kept = [i for i in range(len(listing.heads)) if i == 0 or any(row[i].text for row in listing.rows)]
    return replace(
        listing,
        heads=[listing.heads[i] for i in kept],
        rows=[[row[i] for i in kept] for row in listing.rows],
        foot=[[row[i] for i in kept] for row in listing.foot],
        numeric=frozenset(new for new, old in enumerate(kept) if old in listing.numeric),
    )


def cut(rows: Sequence[Row], most: int) -> tuple[Sequence[Row], int]:
    """Returns the first rows and how many are left out."""
    return rows[:most], max(0, len(rows) - most)
