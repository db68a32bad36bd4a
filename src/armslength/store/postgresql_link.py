"""A connection to a PostgreSQL database.

Whoever logs in, the session works as a role that owns nothing, and sees only rows of the books that each transaction names.
Writers take turns by a lock that is taken before the transaction begins: a transaction that waited inside a snapshot would see
the state before its predecessor's commit.
"""

import socket
import ssl
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pg8000.core import Context
from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection, PreparedStatement

from armslength.errors import Problem, StoreError
from armslength.store.link import Row
from armslength.store.postgresql_schema import (
    APP_ROLE,
    BOOKS,
    ORGANISATIONS,
    POLICIES,
    POSTGRESQL_MIGRATIONS,
    SCHEMA,
    WRITER,
)
from armslength.store.schema import inventory, made

SOCKET_SECONDS = 60
LOCK_MILLISECONDS = 30_000
# Any number that no other program uses for its own advisory locks in the same database.
_TURN = 0x61726D736C656E67

# Tables, indexes, triggers that fire, functions, policies, and tables whose owner too is held to the policies.
_INVENTORY = """
    SELECT CASE relkind WHEN 'r' THEN 'table' ELSE 'index' END, relname::text, NULL
    FROM pg_class WHERE relnamespace = to_regnamespace(:schema) AND relkind IN ('r', 'i')
    UNION ALL SELECT 'trigger', tgname::text, NULL FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = to_regnamespace(:schema) AND NOT tgisinternal AND tgenabled IN ('O', 'A')
    UNION ALL SELECT 'function', proname::text, NULL FROM pg_proc WHERE pronamespace = to_regnamespace(:schema)
    UNION ALL SELECT 'policy', policyname::text, tablename::text FROM pg_policies WHERE schemaname = :schema
    UNION ALL SELECT 'security', relname::text, NULL
    FROM pg_class WHERE relnamespace = to_regnamespace(:schema) AND relrowsecurity AND relforcerowsecurity"""

_TYPES = {
    "salt": "bytea",
    "leaf": "bytea",
    "frontier": "bytea",
    "root": "bytea",
    **dict.fromkeys(("organisation", "id", "kind", "document", "unit", "bound", "outcome", "code", "digest"), "text"),
}


class _Line(Connection):  # type: ignore[misc]
    """A connection on which statements may be sent ahead: their outcomes are looked at before that of the next one waited for."""

    def __init__(self, *arguments: object, **options: object) -> None:
        self._ahead: deque[Context] = deque()
        self.waits = True
        super().__init__(*arguments, **options)

    def handle_messages(self, context: Context) -> None:
        """Reads the outcome of a statement, which the driver has just sent; the first that went wrong is raised."""
        self._ahead.append(context)
        problem: DatabaseError | None = None
        while self.waits and self._ahead:
            try:
                super().handle_messages(self._ahead.popleft())
            except DatabaseError as found:
                problem = problem or found
        if problem is not None:
            raise problem

    def arrive(self) -> None:
        """Reads the outcomes of all that was sent ahead."""
        if self._ahead:
            self.handle_messages(self._ahead.pop())


class PostgresqlLink:
    """One connection.

    Args:
        url: such as ``postgresql://user:password@host:5432/database?sslmode=verify-full``; a folder as ``?host=`` names a socket.
    """

    problems: tuple[type[Exception], ...] = (DatabaseError, InterfaceError, OSError)

    def __init__(self, url: str) -> None:
        self.place = _without_password(url)
        self._prepared: dict[str, PreparedStatement] = {}
        self._stepped_down = False
        try:
            self._connection = _connected(url)
            self._connection.run(f"SET search_path TO {SCHEMA}")
            self._connection.run(f"SET lock_timeout TO {LOCK_MILLISECONDS}")
            self._connection.run("SET client_min_messages TO warning")
            self._connection.run("SET synchronous_commit TO on")
        except self.problems as problem:
            raise StoreError(
                f"{self.place}: cannot be reached: {_words(problem)}", hint="is the server running?"
            ) from problem
        except ValueError as problem:
            raise StoreError(f"{self.place}: {problem}", hint="postgresql://user@host:5432/database") from problem

    def words(self, problem: Exception) -> str:
        """Returns the server's sentence, without the details, which show rows."""
        return _words(problem)

    def among(self, column: str) -> str:
        """Returns the condition that a column is one of the texts of a JSON list; as an array, so that an index serves it."""
        return f"{column} = ANY (ARRAY(SELECT json_array_elements_text(CAST(? AS json))))"

    def each(self, columns: str, tables: str, column: str, condition: str = "TRUE") -> str:
        """Returns a query that looks up rows by the texts of a JSON list.

        Left to itself, a server that has not yet counted its rows reads all of an organisation's and holds each against the
        whole list. OFFSET 0 keeps the inner query as it stands: one text, one look into the index.
        """
        one = f"SELECT {columns} FROM {tables} WHERE {column} = wanted.value AND {condition} OFFSET 0"
        return f"SELECT found.* FROM json_array_elements_text(CAST(? AS json)) AS wanted, LATERAL ({one}) AS found"

    def warnings(self) -> tuple[Problem, ...]:
        """Returns nothing: no fault of a server's version is known that touches the books."""
        return ()

    def migrate(self) -> None:
        """Adds whatever tables are missing, if the login may; refuses a database that a later version wrote."""
        try:
            self._connection.run(f"SELECT pg_advisory_lock({_TURN})")
            done = self._migrations_done()
            if done - set(range(1, len(POSTGRESQL_MIGRATIONS) + 1)):
                raise StoreError(f"{self.place}: written by a later version", hint="use that version, or a later one")
            for number, (name, statements) in enumerate(POSTGRESQL_MIGRATIONS, start=1):
                if number not in done:
                    self._migrate(number, name, statements)
            self._check_inventory()
            self._connection.run(f"SELECT pg_advisory_unlock({_TURN})")
        except self.problems as problem:
            hint = f"open it once as a role that may make schemas and roles; afterwards log in as {APP_ROLE}"
            raise StoreError(f"{self.place}: the tables cannot be made: {_words(problem)}", hint=hint) from problem
        self._step_down()

    def _check_inventory(self) -> None:
        """Refuses tables from which somebody has taken a guard away."""
        there = {made(kind, name, table) for kind, name, table in self._connection.run(_INVENTORY, schema=SCHEMA)}
        wanted = inventory(statement for _, statements in POSTGRESQL_MIGRATIONS for statement in statements)
        missing = (wanted | {made("security", table) for table in POLICIES}) - there
        if missing:
            raise StoreError(
                f"{self.place}: somebody has altered the tables: {', '.join(sorted(missing))} missing",
                hint="verify the books against a signed checkpoint before you trust them; restore them from a copy",
            )

    def _migrations_done(self) -> set[int]:
        ((table,),) = self._connection.run(f"SELECT to_regclass('{SCHEMA}.migration')::text")
        return {number for (number,) in self._connection.run("SELECT number FROM migration")} if table else set()

    def _migrate(self, number: int, name: str, statements: Sequence[str]) -> None:
        self._connection.run("BEGIN")
        if number == 1:
            if not self._connection.run("SELECT 1 FROM pg_roles WHERE rolname = :name", name=APP_ROLE):
                self._connection.run(f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
                self._connection.run(f"GRANT {APP_ROLE} TO CURRENT_USER")
            self._connection.run(f"CREATE SCHEMA {SCHEMA}")
        for statement in statements:
            self._connection.run(statement)
        self._connection.run("INSERT INTO migration (number, name) VALUES (:number, :name)", number=number, name=name)
        self._connection.run("COMMIT")

    def _step_down(self) -> None:
        """Works as the role that owns nothing from here on; refuses to work as any other."""
        if self._stepped_down:
            return
        try:
            self._connection.run(f"SET ROLE {APP_ROLE}")
            ((mighty,),) = self._connection.run(
                "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = :schema"
                " AND tableowner = current_user) FROM pg_roles WHERE rolname = current_user",
                schema=SCHEMA,
            )
        except self.problems as problem:
            raise StoreError(
                f"{self.place}: cannot work as {APP_ROLE}: {_words(problem)}", hint=f"grant {APP_ROLE} to the login"
            ) from problem
        if mighty:
            raise StoreError(
                f"{self.place}: {APP_ROLE} owns tables or stands above row-level security",
                hint="take that away from it",
            )
        self._stepped_down = True

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Returns the rows of a query."""
        return self._statement(sql).run(**_named(parameters)) or []

    def change(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Runs a statement and returns how many rows it changed."""
        statement = self._statement(sql)
        statement.run(**_named(parameters))
        return int(statement._context.row_count)

    def _statement(self, sql: str) -> PreparedStatement:
        statement = self._prepared.get(sql)
        if statement is None:
            first, *rest = sql.split("?")
            named = first + "".join(f":p{place}{part}" for place, part in enumerate(rest))
            statement = self._prepared[sql] = self._connection.prepare(named)
        return statement

    def insert(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        """Adds rows, sent as one array for each column: a statement for each row would take a round trip each."""
        names = columns.split()
        arrays = _arrays(table, names, rows)
        if arrays:
            chosen = ", ".join(_read_out(table, name) for name in names)
            sql = f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen} FROM {_records(table, names)}"
            statement = self._statement(sql)
            # The server inserts while the next events are decided on; the commit, at the latest, waits for it.
            self._connection.waits = False
            try:
                statement.run(**_named(arrays))
            finally:
                self._connection.waits = True

    def update(self, table: str, key: str, columns: str, rows: Iterable[Row]) -> None:
        """Alters rows found by one column.

        Raises:
            StoreError: a row is not there, or the transaction has not named its book.
        """
        names, rows = columns.split(), list(rows)
        arrays = _arrays(table, [*names, key], rows)
        if arrays:
            assignments = ", ".join(f"{name} = {_read_out(table, name)}" for name in names)
            records = _records(table, [*names, key])
            sql = f"UPDATE {table} SET {assignments} FROM {records} WHERE {table}.{key} = x.{key}"
            if self.change(sql, arrays) != len(rows):
                raise StoreError(
                    f"{self.place}: rows of {table} cannot be seen that were written", hint="verify the books"
                )

    def begin_write(self) -> None:
        """Waits for the turn to write, then begins: the lock comes before the snapshot."""
        self._step_down()
        self._connection.run(f"SELECT pg_advisory_lock({_TURN})")
        self._connection.run("BEGIN ISOLATION LEVEL READ COMMITTED")

    def begin_read(self) -> None:
        """Begins a transaction in which all queries see the same state."""
        self._step_down()
        self._connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def see(self, books: Iterable[int], organisations: Iterable[str], *, writer: bool = False) -> None:
        """Names the rows that this transaction may see; the server holds to it."""
        sql = f"""SELECT set_config('{BOOKS}', ?, true), set_config('{ORGANISATIONS}', ?, true),
            set_config('{WRITER}', ?, true)"""
        self.rows(sql, (",".join(map(str, books)), ",".join(organisations), "on" if writer else "off"))

    def commit(self) -> None:
        """Makes what was written durable, and gives up the turn."""
        # The driver itself would only say that a transaction has failed, and not why.
        self._connection.arrive()
        self._connection.run("COMMIT; SELECT pg_advisory_unlock_all()")

    def rollback(self) -> None:
        """Undoes what was written, and gives up the turn."""
        self._connection.run("ROLLBACK; SELECT pg_advisory_unlock_all()")

    def close(self) -> None:
        """Closes the connection, broken or not."""
        try:
            self._connection.close()
        except self.problems:
            return


def _connected(url: str) -> _Line:
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = options.keys() - {"host", "sslmode"}
    if unknown:
        raise ValueError(f"the address has an unknown part `{sorted(unknown)[0]}`")
    mode = options.get("sslmode", "prefer")
    if mode not in _ENCRYPTION:
        raise ValueError(f"sslmode is {', '.join(_ENCRYPTION)}, not {mode}")
    host, port = parts.hostname or "localhost", parts.port or 5432
    folder = options.get("host", "").rstrip("/")
    line = None if folder else _line(host, port)
    try:
        return _Line(
            unquote(parts.username or APP_ROLE),
            host=host,
            port=port,
            database=unquote(parts.path.lstrip("/")) or None,
            password=unquote(parts.password) if parts.password else None,
            unix_sock=f"{folder}/.s.PGSQL.{port}" if folder else None,
            sock=line,
            ssl_context=ssl.create_default_context() if mode == "verify-full" else _ENCRYPTION[mode],
            timeout=SOCKET_SECONDS,
            application_name="armslength",
        )
    except BaseException:
        if line:
            line.close()
        raise


# What the driver makes of it: None encrypts where the server can, without asking who it is.
_ENCRYPTION = {"disable": False, "prefer": None, "verify-full": True}


def _line(host: str, port: int) -> socket.socket:
    """Connects, and lets small packets go at once: else the end of each large statement waits for 40 ms."""
    line = socket.create_connection((host, port), SOCKET_SECONDS)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return line


def _without_password(url: str) -> str:
    """Returns the address as it may be shown."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{login.partition(':')[0]}{at}{host}{parts.path}"


def _words(problem: Exception) -> str:
    """Returns the server's own sentence, without the fields around it."""
    if isinstance(problem, OSError):
        return problem.strerror or str(problem)
    told = problem.args[0] if problem.args else problem
    return str(told.get("M", told)) if isinstance(told, dict) else str(told)


def _named(parameters: Sequence[object]) -> dict[str, object]:
    return {f"p{place}": value for place, value in enumerate(parameters)}


def _type(table: str, name: str) -> str:
    if name == "content":
        return "text" if table == "note" else "bytea"
    if table == "snapshot" and name.startswith(("debits", "credits")):
        return "text"
    return "text" if (table, name) == ("clearing", "account") else _TYPES.get(name, "bigint")


def _read_out(table: str, name: str) -> str:
    return f"decode(x.{name}, 'hex')" if _type(table, name) == "bytea" else f"x.{name}"


def _records(table: str, names: Sequence[str]) -> str:
    arrays = ", ".join(f"CAST(? AS {_type(table, name).replace('bytea', 'text')}[])" for name in names)
    return f"unnest({arrays}) AS x ({', '.join(names)})"


def _arrays(table: str, names: Sequence[str], rows: Iterable[Row]) -> list[str]:
    """Returns an array for each column of some rows, in the server's notation; none for no rows."""
    columns = zip(*rows, strict=True)
    return [_array(_type(table, name), values) for name, values in zip(names, columns, strict=False)]


def _array(kind: str, values: Iterable[Any]) -> str:
    """Returns values as an array; bytes stand in hexadecimal."""
    if kind == "bigint":
        return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"
    if kind == "bytea":
        return '{"' + '","'.join([value.hex() for value in values]) + '"}'
    return '{"' + '","'.join([value.replace("\\", "\\\\").replace('"', '\\"') for value in values]) + '"}'
