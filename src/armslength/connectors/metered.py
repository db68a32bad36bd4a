"""Metered use from a CSV file to events in the owner's book: used time by user, and the idle rest charged to somebody.

One row per lot, interval and user. Rows of one lot and interval make one event, which takes the whole capacity of the
interval apart: what is used and what is idle add up to it exactly, and more use than there is capacity is refused.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from armslength.connectors.files import read_text
from armslength.connectors.focus import METERED_TOPIC
from armslength.errors import InputError, Problem, nearest
from armslength.model import accounts
from armslength.model.accounts import private_book
from armslength.model.book import Account, Entry, Event, Group

COLUMNS = ("owner", "lot", "sku", "gpus", "from_at", "until_at", "user", "used_gpu_seconds", "charged_to")
_OPTIONAL = ("charged_to",)


@dataclass(frozen=True, slots=True)
class MeteredRow:
    """One row of the file.

    Attributes:
        number: row of the file, the header is row 1.
        owner: organisation with title, in whose book it is kept.
        lot: lot that was used.
        sku: its SKU.
        gpus: energised accelerators of the lot during the interval.
        from_at: first instant.
        until_at: first instant after it.
        user: organisation that used it.
        used_gpu_seconds: how much.
        charged_to: organisation to which the idle rest is charged; the owner when empty.
    """

    number: int
    owner: str
    lot: str
    sku: str
    gpus: int
    from_at: datetime
    until_at: datetime
    user: str
    used_gpu_seconds: int
    charged_to: str


def read_metered(path: Path) -> tuple[MeteredRow, ...]:
    """Reads a file of metered use.

    Raises:
        InputError: when the file cannot be read as such; every problem is listed with its row.
    """
    text = read_text(path, path.name)
    if isinstance(text, Problem):
        raise InputError(f"{path}: cannot be read", problems=[text])
    reader = csv.DictReader(StringIO(text, newline=""), strict=True)
    problems = list(_of_header(reader.fieldnames or ()))
    if problems:
        raise InputError(f"{path}: this is no file of metered use", problems=problems)
    found: list[MeteredRow] = []
    try:
        for number, cells in enumerate(reader, 2):
            row, wrong = _row(number, cells)
            problems += wrong
            found += [row] if row else []
    except csv.Error as error:
        raise InputError(f"{path}: {error}", hint="check the double quotes around its cells") from error
    if problems:
        raise InputError(f"{path}: {len(problems)} problems", problems=problems)
    return tuple(found)


def metered_groups(rows: Sequence[MeteredRow]) -> tuple[tuple[Group, ...], tuple[tuple[str, Account], ...]]:
    """Returns a group per lot and interval, and the accounts they need as (book, account).

    Raises:
        InputError: when rows of one interval disagree, overlap another, or use more than its capacity.
    """
    intervals: dict[tuple[str, str, datetime], list[MeteredRow]] = {}
    for row in rows:
        intervals.setdefault((row.owner, row.lot, row.from_at), []).append(row)
    problems = [*_disagreeing(intervals), *_overlapping(intervals)]
    if problems:
        raise InputError("the metered use contradicts itself", problems=problems)
    needed: dict[tuple[str, str], Account] = {}
    groups = tuple(_group(intervals[key], needed) for key in sorted(intervals))
    return groups, tuple((book, account) for (book, _), account in needed.items())


def _of_header(names: Sequence[str]) -> Iterator[Problem]:
    for name in COLUMNS:
        if name not in names and name not in _OPTIONAL:
            yield Problem("row 1", f"no column `{name}`", f"the columns are {', '.join(COLUMNS)}")
    for name in names:
        if name and name not in COLUMNS:
            yield Problem("row 1", f"unknown column `{name}`", nearest(name, COLUMNS) or "remove it")


def _row(number: int, cells: Mapping[str | None, str | None]) -> tuple[MeteredRow | None, list[Problem]]:
    values = {name: (cells.get(name) or "").strip() for name in COLUMNS}
    wrong: list[Problem] = []

    def flaw(column: str, message: str, hint: str) -> None:
        wrong.append(Problem(f"row {number}, column {column}", message, hint))

    def whole(column: str) -> int:
        text = values[column]
        if not text.isascii() or not text.isdigit() or len(text) > 15:
            flaw(column, f"`{text}` is no whole number", "write digits only, such as 3600")
            return 0
        return int(text)

    def moment(column: str) -> datetime:
        try:
            at = datetime.fromisoformat(values[column])
        except ValueError:
            flaw(column, f"`{values[column]}` is no instant", "write 2024-06-01T00:00Z")
            return datetime(1970, 1, 1, tzinfo=UTC)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)

    for name in ("owner", "lot", "sku", "user"):
        problem = accounts.unfit(f"row {number}, column {name}", values[name])
        wrong += [problem] if problem else []
    if None in cells:
        flaw(COLUMNS[-1], "the row has more cells than the header", "put a cell that holds a comma in quotes")
    row = MeteredRow(
        number,
        values["owner"],
        values["lot"],
        values["sku"],
        whole("gpus"),
        moment("from_at"),
        moment("until_at"),
        values["user"],
        whole("used_gpu_seconds"),
        values["charged_to"] or values["owner"],
    )
    if not wrong and row.until_at <= row.from_at:
        flaw("until_at", f"the interval ends at {row.until_at}, not after it begins", "correct one of the two")
    if not wrong and row.from_at.microsecond + row.until_at.microsecond:
        flaw("from_at", "an instant has parts of a second", "use whole seconds")
    return (None if wrong else row), wrong


def _capacity(row: MeteredRow) -> int:
    return row.gpus * int((row.until_at - row.from_at).total_seconds())


def _disagreeing(intervals: Mapping[tuple[str, str, datetime], list[MeteredRow]]) -> Iterator[Problem]:
    """Rows of one interval that say different things of it, and use beyond its capacity."""
    for rows in intervals.values():
        first = rows[0]
        for row in rows[1:]:
            if (row.sku, row.gpus, row.until_at, row.charged_to) != (
                first.sku,
                first.gpus,
                first.until_at,
                first.charged_to,
            ):
                message = f"says otherwise than row {first.number} of the same lot and interval"
                yield Problem(f"row {row.number}", message, "give sku, gpus, until_at and charged_to alike")
        used = sum(row.used_gpu_seconds for row in rows)
        if used > _capacity(first):
            message = (
                f"{used:,} GPU-seconds are used of {_capacity(first):,} that {first.gpus:,} GPUs have in the interval"
            )
            yield Problem(f"row {first.number}", message, "correct the use, the GPUs or the interval")


def _overlapping(intervals: Mapping[tuple[str, str, datetime], list[MeteredRow]]) -> Iterator[Problem]:
    before: dict[tuple[str, str], MeteredRow] = {}
    for key in sorted(intervals):
        row = intervals[key][0]
        last = before.get(key[:2])
        if last is not None and row.from_at < last.until_at:
            message = f"the interval of `{row.lot}` begins before that of row {last.number} ends"
            yield Problem(f"row {row.number}, column from_at", message, "an instant belongs to one interval only")
        before[key[:2]] = row


def _group(rows: Sequence[MeteredRow], needed: dict[tuple[str, str], Account]) -> Group:
    first = rows[0]
    unit = accounts.time_unit(first.sku)
    used: dict[str, int] = {}
    for row in rows:
        used[row.user] = used.get(row.user, 0) + row.used_gpu_seconds
    lines = [(accounts.metered(user, first.lot), seconds) for user, seconds in sorted(used.items()) if seconds]
    idle = _capacity(first) - sum(used.values())
    lines += [(accounts.unmetered(first.charged_to, first.lot), idle)] if idle else []
    source = accounts.external("capacity", unit)
    for name in (*(name for name, _ in lines), source):
        needed.setdefault((private_book(first.owner), name), accounts.account(name, unit))
    key = f"metered:{first.lot}:{first.from_at:%Y%m%dT%H%M%SZ}"
    event = Event(
        id=key,
        organisation=first.owner,
        book=private_book(first.owner),
        kind="post",
        effective_at=first.until_at,
        entries=(
            *(Entry(account=name, side="debit", amount_count=seconds) for name, seconds in lines),
            Entry(account=source, side="credit", amount_count=_capacity(first)),
        ),
        topic=METERED_TOPIC,
        body={
            "lot": first.lot,
            "sku": first.sku,
            "gpus": first.gpus,
            "from_at": first.from_at.isoformat(),
            "until_at": first.until_at.isoformat(),
        },
    )
    return Group(id=key, events=(event,))
