"""Balances as of an instant on either clock, or on both, without walking through all that ever moved.

By the ledger's own clock it is easy: each movement says what the counters were after it. By business time an event may be
recorded long after it took effect. So from time to time an account's whole history is sampled: a generation of snapshots,
taken when the log had some length, says what had moved up to each of some instants, about ``SPACING`` movements apart. A
question then adds up at most about two such intervals: what lies between the snapshot and the instant asked for, and what
was recorded since.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from armslength.ledger.state import Counters
from armslength.store.instants import micros
from armslength.store.link import Link

SPACING = 10_000
# A generation has as many rows as there are intervals, so that long histories get generations more seldom.
SHARE = 64
_FOUR = ("debits_posted", "credits_posted", "debits_pending", "credits_pending")
# In halves of 32 bits: by business time more may stand at once than a counter of 64 bits holds, and SQLite's sums have no more.
_SUMS = ", ".join(f"COALESCE(SUM({name} >> 32), 0), COALESCE(SUM({name} & 4294967295), 0)" for name in _FOUR)
_COLUMNS = ", ".join(_FOUR)
_BEGINNING = -(2**62)
_END = 2**62
_NOTHING: Counters = (0, 0, 0, 0)


def counters_as_of(
    link: Link, book: int, account: int, effective_at: datetime | None, recorded_at: datetime | None
) -> Counters:
    """Returns an account's counters: now, or as of an instant on either clock, or on both."""
    last = _END
    if recorded_at is not None:
        sql = "SELECT sequence FROM event WHERE book = ? AND recorded_at <= ? ORDER BY recorded_at DESC LIMIT 1"
        rows = link.rows(sql, (book, micros(recorded_at)))
        if not rows:
            return _NOTHING
        last = rows[0][0]
    if effective_at is not None:
        return _effective(link, account, micros(effective_at), last)
    if recorded_at is None:
        rows = link.rows(f"SELECT {_COLUMNS} FROM account WHERE number = ?", (account,))
    else:
        after = ", ".join(f"{name}_after" for name in _FOUR)
        sql = f"SELECT {after} FROM movement WHERE account = ? AND sequence <= ? ORDER BY sequence DESC LIMIT 1"
        rows = link.rows(sql, (account, last))
    return _counters(rows[0]) if rows else _NOTHING


def posted_as_of(link: Link, account: int, effective_at: datetime) -> tuple[int, int]:
    """Returns the posted debits and credits of an account as of a business instant, by all that is known now."""
    counters = _effective(link, account, micros(effective_at), _END)
    return counters[0], counters[1]


def _counters(row: Iterable[Any]) -> Counters:
    a, b, c, d = row
    return int(a), int(b), int(c), int(d)


def _summed(row: Sequence[Any]) -> Counters:
    a, b, c, d = ((int(row[place]) << 32) + int(row[place + 1]) for place in (0, 2, 4, 6))
    return a, b, c, d


def _plus(first: Counters, second: Counters) -> Counters:
    return first[0] + second[0], first[1] + second[1], first[2] + second[2], first[3] + second[3]


def _effective(link: Link, account: int, effective_at: int, last: int) -> Counters:
    """Returns what had moved up to a business instant, by what was recorded up to some place in the log."""
    length = _generation(link, account, last)
    since, base = _BEGINNING, _NOTHING
    if length is not None:
        sql = f"""SELECT effective_at, {_COLUMNS} FROM snapshot
            WHERE account = ? AND sequence = ? AND effective_at <= ? ORDER BY effective_at DESC LIMIT 1"""
        for row in link.rows(sql, (account, length, effective_at)):
            since, base = row[0], _counters(row[1:])
        sql = f"""SELECT {_SUMS} FROM movement
            WHERE account = ? AND sequence > ? AND sequence <= ? AND effective_at <= ?"""
        base = _plus(base, _summed(link.rows(sql, (account, length, last, effective_at))[0]))
    sql = f"SELECT {_SUMS} FROM movement WHERE account = ? AND effective_at > ? AND effective_at <= ? AND sequence <= ?"
    until = last if length is None else length
    return _plus(base, _summed(link.rows(sql, (account, since, effective_at, until))[0]))


def _generation(link: Link, account: int, last: int) -> int | None:
    """Returns the length of the log at the last generation of snapshots up to some place in it."""
    sql = "SELECT MAX(sequence) FROM snapshot WHERE account = ? AND sequence <= ?"
    ((length,),) = link.rows(sql, (account, last))
    return None if length is None else int(length)


def is_due(version: int, sampled: int) -> bool:
    """Tells whether an account wants a new generation: so much has touched it since the last one."""
    return version - sampled >= max(SPACING, version // SHARE)


def sample(link: Link, book: int, account: int, length: int) -> None:
    """Writes a generation of snapshots of an account.

    Args:
        link: inside the transaction that has written the movements.
        book: number of its book.
        account: its number.
        length: sequence of the last event to count in.
    """
    before = _generation(link, account, length)
    old = _old_samples(link, account, before)
    sql = f"""SELECT effective_at, {_COLUMNS} FROM movement
        WHERE account = ? AND sequence > ? AND sequence <= ? ORDER BY effective_at"""
    new = link.rows(sql, (account, -1 if before is None else before, length))
    rows: list[tuple[int, int, Counters]] = []
    since: int = _BEGINNING
    base: _Total = (0, _NOTHING)
    for until, total in _merged(old, new):
        if total[0] - base[0] > 2 * SPACING or until == _END:
            rows += _split(link, account, length, (since, until), base)
        if until < _END:
            rows.append((until, total[0], total[1]))
        since, base = until, total
    columns = f"account sequence effective_at movements {' '.join(_FOUR)} book"
    link.insert("snapshot", columns, [(account, length, at, count, *map(str, sums), book) for at, count, sums in rows])


_Total = tuple[int, Counters]


def _old_samples(link: Link, account: int, length: int | None) -> list[tuple[int, _Total]]:
    if length is None:
        return []
    sql = f"""SELECT effective_at, movements, {_COLUMNS} FROM snapshot
        WHERE account = ? AND sequence = ? ORDER BY effective_at"""
    return [(row[0], (row[1], _counters(row[2:]))) for row in link.rows(sql, (account, length))]


def _merged(old: list[tuple[int, _Total]], new: list[Any]) -> Iterator[tuple[int, _Total]]:
    """Yields the instants of the last generation, and at the end all time, with what has moved by now up to each."""
    place, count, sums = 0, 0, _NOTHING
    last: _Total = old[-1][1] if old else (0, _NOTHING)
    for at, total in [*old, (_END, last)]:
        while place < len(new) and new[place][0] <= at:
            count, sums, place = count + 1, _plus(sums, _counters(new[place][1:])), place + 1
        yield at, (total[0] + count, _plus(total[1], sums))


def _split(
    link: Link, account: int, length: int, between: tuple[int, int], base: _Total
) -> Iterator[tuple[int, int, Counters]]:
    """Yields samples inside an interval that has grown too long; all that took effect at one instant stays together."""
    sql = f"""SELECT effective_at, {_COLUMNS} FROM movement
        WHERE account = ? AND effective_at > ? AND effective_at < ? AND sequence <= ? ORDER BY effective_at"""
    count, sums = base
    passed = 0
    at = None
    for row in link.rows(sql, (account, *between, length)):
        if passed >= SPACING and row[0] != at and at is not None:
            yield at, count, sums
            passed = 0
        at, count, sums, passed = row[0], count + 1, _plus(sums, _counters(row[1:])), passed + 1
