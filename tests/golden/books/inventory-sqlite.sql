-- index clearing_cleared
CREATE INDEX clearing_cleared ON clearing (book, cleared, account, amount)
-- index event_id
CREATE UNIQUE INDEX event_id ON event (organisation, id)
-- index event_recorded
CREATE UNIQUE INDEX event_recorded ON event (book, recorded_at)
-- index movement_effective
CREATE INDEX movement_effective ON movement
    (account, effective_at, sequence, debits_posted, credits_posted, debits_pending, credits_pending)
-- index waiting_due
CREATE INDEX waiting_due ON waiting (due_at)
-- table account
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
) STRICT
-- table blob
CREATE TABLE blob (
    book INTEGER NOT NULL,
    digest TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (book, digest)
) STRICT, WITHOUT ROWID
-- table book
CREATE TABLE book (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('private', 'agreement')),
    document TEXT NOT NULL
) STRICT
-- table clearing
CREATE TABLE clearing (
    book INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    place INTEGER NOT NULL,
    cleared INTEGER NOT NULL,
    account TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (book, sequence, place)
) STRICT, WITHOUT ROWID
-- table event
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
) STRICT
-- table failed
CREATE TABLE failed (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    book INTEGER NOT NULL,
    code TEXT NOT NULL,
    content BLOB NOT NULL CHECK (length(content) = 32),
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (organisation, id)
) STRICT, WITHOUT ROWID
-- table head
CREATE TABLE head (
    book INTEGER PRIMARY KEY REFERENCES book (number),
    size INTEGER NOT NULL CHECK (size >= 0),
    recorded_at INTEGER,
    sealed_at INTEGER,
    frontier BLOB NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32)
) STRICT
-- table member
CREATE TABLE member (
    organisation TEXT NOT NULL,
    book INTEGER NOT NULL REFERENCES book (number),
    id TEXT NOT NULL,
    PRIMARY KEY (organisation, book)
) STRICT, WITHOUT ROWID
-- table migration
CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT
-- table movement
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
) STRICT, WITHOUT ROWID
-- table note
CREATE TABLE note (
    book INTEGER NOT NULL,
    size INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (book, size)
) STRICT, WITHOUT ROWID
-- table outcome
CREATE TABLE outcome (
    book INTEGER NOT NULL,
    of_sequence INTEGER NOT NULL,
    by_sequence INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('posted', 'voided', 'expired', 'reversed')),
    PRIMARY KEY (book, of_sequence)
) STRICT, WITHOUT ROWID
-- table snapshot
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
) STRICT, WITHOUT ROWID
-- table tile
CREATE TABLE tile (
    book INTEGER NOT NULL,
    level INTEGER NOT NULL CHECK (level > 0),
    place INTEGER NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32),
    PRIMARY KEY (book, level, place)
) STRICT, WITHOUT ROWID
-- table turn
CREATE TABLE turn (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    books INTEGER NOT NULL,
    accounts INTEGER NOT NULL
) STRICT
-- table waiting
CREATE TABLE waiting (
    book INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (book, sequence)
) STRICT, WITHOUT ROWID
-- trigger account_remains
CREATE TRIGGER account_remains BEFORE DELETE ON account BEGIN
    SELECT RAISE(ABORT, 'rows of account remain');
END
-- trigger blob_remains
CREATE TRIGGER blob_remains BEFORE DELETE ON blob BEGIN
    SELECT RAISE(ABORT, 'rows of blob remain');
END
-- trigger blob_stays
CREATE TRIGGER blob_stays BEFORE UPDATE ON blob BEGIN
    SELECT RAISE(ABORT, 'blob is append-only');
END
-- trigger book_remains
CREATE TRIGGER book_remains BEFORE DELETE ON book BEGIN
    SELECT RAISE(ABORT, 'rows of book remain');
END
-- trigger book_stays
CREATE TRIGGER book_stays BEFORE UPDATE ON book BEGIN
    SELECT RAISE(ABORT, 'book is append-only');
END
-- trigger clearing_remains
CREATE TRIGGER clearing_remains BEFORE DELETE ON clearing BEGIN
    SELECT RAISE(ABORT, 'rows of clearing remain');
END
-- trigger clearing_stays
CREATE TRIGGER clearing_stays BEFORE UPDATE ON clearing BEGIN
    SELECT RAISE(ABORT, 'clearing is append-only');
END
-- trigger event_remains
CREATE TRIGGER event_remains BEFORE DELETE ON event BEGIN
    SELECT RAISE(ABORT, 'rows of event remain');
END
-- trigger event_stays
CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN
    SELECT RAISE(ABORT, 'event is append-only');
END
-- trigger failed_remains
CREATE TRIGGER failed_remains BEFORE DELETE ON failed BEGIN
    SELECT RAISE(ABORT, 'rows of failed remain');
END
-- trigger failed_stays
CREATE TRIGGER failed_stays BEFORE UPDATE ON failed BEGIN
    SELECT RAISE(ABORT, 'failed is append-only');
END
-- trigger head_remains
CREATE TRIGGER head_remains BEFORE DELETE ON head BEGIN
    SELECT RAISE(ABORT, 'rows of head remain');
END
-- trigger member_remains
CREATE TRIGGER member_remains BEFORE DELETE ON member BEGIN
    SELECT RAISE(ABORT, 'rows of member remain');
END
-- trigger member_stays
CREATE TRIGGER member_stays BEFORE UPDATE ON member BEGIN
    SELECT RAISE(ABORT, 'member is append-only');
END
-- trigger migration_remains
CREATE TRIGGER migration_remains BEFORE DELETE ON migration BEGIN
    SELECT RAISE(ABORT, 'rows of migration remain');
END
-- trigger migration_stays
CREATE TRIGGER migration_stays BEFORE UPDATE ON migration BEGIN
    SELECT RAISE(ABORT, 'migration is append-only');
END
-- trigger movement_remains
CREATE TRIGGER movement_remains BEFORE DELETE ON movement BEGIN
    SELECT RAISE(ABORT, 'rows of movement remain');
END
-- trigger movement_stays
CREATE TRIGGER movement_stays BEFORE UPDATE ON movement BEGIN
    SELECT RAISE(ABORT, 'movement is append-only');
END
-- trigger note_remains
CREATE TRIGGER note_remains BEFORE DELETE ON note BEGIN
    SELECT RAISE(ABORT, 'rows of note remain');
END
-- trigger outcome_remains
CREATE TRIGGER outcome_remains BEFORE DELETE ON outcome BEGIN
    SELECT RAISE(ABORT, 'rows of outcome remain');
END
-- trigger outcome_stays
CREATE TRIGGER outcome_stays BEFORE UPDATE ON outcome BEGIN
    SELECT RAISE(ABORT, 'outcome is append-only');
END
-- trigger snapshot_remains
CREATE TRIGGER snapshot_remains BEFORE DELETE ON snapshot BEGIN
    SELECT RAISE(ABORT, 'rows of snapshot remain');
END
-- trigger snapshot_stays
CREATE TRIGGER snapshot_stays BEFORE UPDATE ON snapshot BEGIN
    SELECT RAISE(ABORT, 'snapshot is append-only');
END
-- trigger tile_remains
CREATE TRIGGER tile_remains BEFORE DELETE ON tile BEGIN
    SELECT RAISE(ABORT, 'rows of tile remain');
END
-- trigger tile_stays
CREATE TRIGGER tile_stays BEFORE UPDATE ON tile BEGIN
    SELECT RAISE(ABORT, 'tile is append-only');
END
-- trigger turn_remains
CREATE TRIGGER turn_remains BEFORE DELETE ON turn BEGIN
    SELECT RAISE(ABORT, 'rows of turn remain');
END
