"""The tables of the books, as a list of migrations. A migration only adds; none alters or drops what holds events.

They are written once, in SQLite's words; ``postgresql_schema`` translates the few that differ. Every row belongs to one book.
"""

import re
from collections.abc import Iterable

# What may never be altered or removed once written.
APPEND_ONLY = (
    "migration",
    "book",
    "member",
    "event",
    "movement",
    "outcome",
    "clearing",
    "failed",
    "tile",
    "blob",
    "snapshot",
)
# What is derived from events, or can be made again: altered by the writer, never removed.
DERIVED = ("turn", "head", "account", "note")

TABLES = """
CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;

CREATE TABLE turn (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    books INTEGER NOT NULL,
    accounts INTEGER NOT NULL
) STRICT;
INSERT INTO turn (one, number, books, accounts) VALUES (1, 0, 0, 0);

CREATE TABLE book (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('private', 'agreement')),
    document TEXT NOT NULL
) STRICT;

CREATE TABLE member (
    organisation TEXT NOT NULL,
    book INTEGER NOT NULL REFERENCES book (number),
    id TEXT NOT NULL,
    PRIMARY KEY (organisation, book)
) STRICT, WITHOUT ROWID;

CREATE TABLE head (
    book INTEGER PRIMARY KEY REFERENCES book (number),
    size INTEGER NOT NULL CHECK (size >= 0),
    recorded_at INTEGER,
    sealed_at INTEGER,
    frontier BLOB NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32)
) STRICT;

CREATE TABLE event (
    book INTEGER NOT NULL REFERENCES book (number),
    sequence INTEGER NOT NULL CHECK (sequence >= 0),
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    effective_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    leaf BLOB NOT NULL CHECK (length(leaf) = 32),
    CHECK (effective_at <= recorded_at),
    PRIMARY KEY (book, sequence)
) STRICT;
CREATE UNIQUE INDEX event_id ON event (organisation, id);
CREATE UNIQUE INDEX event_recorded ON event (book, recorded_at);

CREATE TABLE account (
    number INTEGER PRIMARY KEY,
    book INTEGER NOT NULL REFERENCES book (number),
    id TEXT NOT NULL,
    unit TEXT NOT NULL,
    bound TEXT NOT NULL,
    closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
    version INTEGER NOT NULL CHECK (version > 0),
    sampled INTEGER NOT NULL,
    asserted_at INTEGER,
    debits_posted INTEGER NOT NULL CHECK (debits_posted >= 0),
    credits_posted INTEGER NOT NULL CHECK (credits_posted >= 0),
    debits_pending INTEGER NOT NULL CHECK (debits_pending >= 0),
    credits_pending INTEGER NOT NULL CHECK (credits_pending >= 0),
    CHECK (bound <> 'credits_must_not_exceed_debits' OR credits_posted + credits_pending <= debits_posted),
    CHECK (bound <> 'debits_must_not_exceed_credits' OR debits_posted + debits_pending <= credits_posted),
    UNIQUE (book, id)
) STRICT;

CREATE TABLE movement (
    account INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    book INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    debits_posted INTEGER NOT NULL,
    credits_posted INTEGER NOT NULL,
    debits_pending INTEGER NOT NULL,
    credits_pending INTEGER NOT NULL,
    debits_posted_after INTEGER NOT NULL,
    credits_posted_after INTEGER NOT NULL,
    debits_pending_after INTEGER NOT NULL,
    credits_pending_after INTEGER NOT NULL,
    PRIMARY KEY (account, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX movement_effective ON movement
    (account, effective_at, sequence, debits_posted, credits_posted, debits_pending, credits_pending);

CREATE TABLE outcome (
    book INTEGER NOT NULL,
    of_sequence INTEGER NOT NULL,
    by_sequence INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('posted', 'voided', 'expired', 'reversed')),
    PRIMARY KEY (book, of_sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE clearing (
    book INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    place INTEGER NOT NULL,
    cleared INTEGER NOT NULL,
    account TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (book, sequence, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX clearing_cleared ON clearing (book, cleared, account, amount);

CREATE TABLE waiting (
    book INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (book, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_due ON waiting (due_at);

CREATE TABLE failed (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    book INTEGER NOT NULL,
    code TEXT NOT NULL,
    content BLOB NOT NULL CHECK (length(content) = 32),
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (organisation, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tile (
    book INTEGER NOT NULL,
    level INTEGER NOT NULL CHECK (level > 0),
    place INTEGER NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32),
    PRIMARY KEY (book, level, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot (
    account INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    book INTEGER NOT NULL,
    movements INTEGER NOT NULL,
    debits_posted TEXT NOT NULL,
    credits_posted TEXT NOT NULL,
    debits_pending TEXT NOT NULL,
    credits_pending TEXT NOT NULL,
    PRIMARY KEY (account, sequence, effective_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
    book INTEGER NOT NULL,
    size INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (book, size)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob (
    book INTEGER NOT NULL,
    digest TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (book, digest)
) STRICT, WITHOUT ROWID;
"""

_STAYS = """
CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} BEGIN
    SELECT RAISE(ABORT, '{table} is append-only');
END;
"""
_REMAINS = """
CREATE TRIGGER {table}_remains BEFORE DELETE ON {table} BEGIN
    SELECT RAISE(ABORT, 'rows of {table} remain');
END;
"""
_GUARDS = "".join(_STAYS.format(table=table) for table in APPEND_ONLY) + "".join(
    _REMAINS.format(table=table) for table in APPEND_ONLY + DERIVED
)

# Each with a name; one that has been released is never altered.
SQLITE_MIGRATIONS: tuple[tuple[str, str], ...] = (("books", TABLES + _GUARDS),)


_MADE = re.compile(r"^\s*CREATE (?:UNIQUE )?(TABLE|INDEX|TRIGGER|POLICY|FUNCTION) (\w+)(?:.*? ON (\w+))?", re.MULTILINE)


def inventory(scripts: Iterable[str]) -> set[str]:
    r"""Returns what some statements make: tables, indexes, triggers and policies, each with its table.

    >>> sorted(inventory(["CREATE TABLE tile (book INTEGER);\nCREATE INDEX tile_book ON tile (book);"]))
    ['index tile_book', 'table tile']
    """
    found = (match for script in scripts for match in _MADE.finditer(script))
    return {made(match[1], match[2], match[3] if match[1] == "POLICY" else None) for match in found}


def made(kind: str, name: str, table: str | None = None) -> str:
    """Returns the name of one thing in an inventory."""
    return f"{kind.lower()} {name}" + (f" on {table}" if table else "")
