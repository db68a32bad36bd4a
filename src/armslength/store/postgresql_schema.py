"""The tables in PostgreSQL's words, and what SQLite has no words for: roles and row-level security.

Tables belong to whoever makes them. The books are read and written by another role, which owns nothing, may not alter or empty
a table, and sees only the rows of the books that a transaction has named.
"""

from armslength.store.schema import APPEND_ONLY, DERIVED, TABLES

SCHEMA = "armslength"
APP_ROLE = "armslength_app"
# Settings that live for one transaction.
BOOKS = "armslength.books"
ORGANISATIONS = "armslength.organisations"
WRITER = "armslength.writer"

_BOOK_TABLES = (
    "head",
    "event",
    "account",
    "movement",
    "outcome",
    "clearing",
    "tile",
    "snapshot",
    "note",
    "blob",
)
# In a query of their own, so that the text is taken apart once for each statement and not for each row.
_MY_BOOKS = f"ANY ((SELECT string_to_array(NULLIF(current_setting('{BOOKS}', true), ''), ',')::bigint[])::bigint[])"
_MY_NAMES = f"ANY ((SELECT string_to_array(NULLIF(current_setting('{ORGANISATIONS}', true), ''), ','))::text[])"
_IS_WRITER = f"current_setting('{WRITER}', true) = 'on'"

# Whose rows may be seen, and written.
POLICIES = {
    **dict.fromkeys(_BOOK_TABLES, f"book = {_MY_BOOKS}"),
    "book": f"number = {_MY_BOOKS} OR {_IS_WRITER}",
    "member": f"organisation = {_MY_NAMES} OR {_IS_WRITER}",
    "waiting": f"book = {_MY_BOOKS} OR {_IS_WRITER}",
    "failed": f"organisation = {_MY_NAMES}",
}

_FUNCTION = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % stay as they are', TG_TABLE_NAME;
END
$$
"""


def _translated() -> list[str]:
    text = TABLES.replace(" STRICT, WITHOUT ROWID", "").replace(" STRICT", "")
    for ours, theirs in ((" INTEGER", " bigint"), (" BLOB", " bytea"), (" TEXT", ' text COLLATE "C"')):
        text = text.replace(ours, theirs)
    statements = [statement.strip() for statement in text.split(";") if statement.strip()]
    # Room on each page for the next version of a row that every commit alters.
    return statements + [f"ALTER TABLE {table} SET (fillfactor = 40)" for table in ("turn", "head", "account")]


def _guards() -> list[str]:
    """Triggers for whoever may alter tables after all. Row triggers do not fire when a table is emptied as a whole."""
    statements = [_FUNCTION]
    for table in (*APPEND_ONLY, *DERIVED):
        when = "UPDATE OR DELETE" if table in APPEND_ONLY else "DELETE"
        each = f"CREATE TRIGGER {table}_stays BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
        whole = (
            f"CREATE TRIGGER {table}_remains BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
        )
        statements += [each, whole]
    return statements


def _security() -> list[str]:
    statements = []
    for table, condition in POLICIES.items():
        statements += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY own_books ON {table} USING ({condition}) WITH CHECK ({condition})",
        ]
    statements.append(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {APP_ROLE}")
    statements += [f"GRANT SELECT, INSERT ON {table} TO {APP_ROLE}" for table in APPEND_ONLY if table != "migration"]
    statements += [f"GRANT SELECT, INSERT, UPDATE ON {table} TO {APP_ROLE}" for table in DERIVED if table != "turn"]
    statements.append(f"GRANT SELECT, INSERT, DELETE ON waiting TO {APP_ROLE}")
    statements.append(f"GRANT SELECT ON migration TO {APP_ROLE}")
    statements.append(f"GRANT SELECT, UPDATE ON turn TO {APP_ROLE}")
    return statements


# Each with a name; one that has been released is never altered.
POSTGRESQL_MIGRATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("books", (*_translated(), *_guards(), *_security())),
)
