"""Who may see what, below the application: pairs of an actor and rows, asked of PostgreSQL in plain SQL.

Each pair has a transaction of its own as the application's role: the organisations are named, the books are those that the
server then shows as theirs, and the rows are asked for without any condition of ours that would keep them apart. The oracle's
notes say whose they are; how many there are is counted once by the administrator, whom nothing holds back.
"""

import random
from dataclasses import dataclass

import pg8000.dbapi

from armslength.store.postgresql_schema import BOOKS, ORGANISATIONS, POLICIES, SCHEMA
from armslength.store.scope import Scope
from books.worlds import World

Connection = pg8000.dbapi.Connection
# Tables whose rows belong to one book each.
TABLES = tuple(sorted(set(POLICIES) - {"book", "member", "failed"}))
DENIED = "42501"


@dataclass
class Walls:
    """A world on a server, looked at from below.

    Attributes:
        plain: a connection as the application's role.
        numbers: of each book.
        rows: how many rows each table has of each book.
    """

    world: World
    admin: Connection
    plain: Connection

    def __post_init__(self) -> None:
        self.plain.autocommit = True
        for link in (self.admin, self.plain):
            run(link, f"set search_path to {SCHEMA}")
        # Rows which a store makes after hundreds of events only.
        run(self.admin, "insert into tile select number, 1, 0, decode(repeat('00', 32), 'hex') from book")
        run(self.admin, "insert into snapshot select number, 0, 0, book, 1, '1', '1', '1', '1' from account")
        run(
            self.admin,
            "insert into failed select distinct on (organisation) organisation, 'no', book, 'exceeds_limit', "
            "decode(repeat('00', 32), 'hex'), 1 from member",
        )
        self.numbers = dict(run(self.admin, "select id, number from book"))
        self.rows = {
            table: dict(map(tuple, run(self.admin, f"select book, count(*) from {table} group by book")))
            for table in TABLES
        }
        assert all(len(counts) == len(self.numbers) for counts in self.rows.values()), (
            "a table without rows tells nothing"
        )
        self.chance = random.Random(f"walls/{len(self.rows)}/{len(self.numbers)}")

    def ask(self, pairs: int) -> list[str]:
        """Asks for so many pairs, and returns what was answered otherwise than the oracle says."""
        found = []
        for _ in range(pairs):
            scope = self.world.actor()
            run(self.plain, "begin")
            try:
                found += self._pair(scope)
            finally:
                run(self.plain, "rollback")
        return found

    def _pair(self, scope: Scope) -> list[str]:
        names = ",".join(sorted(scope.organisations))
        run(self.plain, f"select set_config('{ORGANISATIONS}', '{names}', true)")
        shown = dict(map(tuple, run(self.plain, "select distinct id, book from member")))
        mine = {name: number for name, number in self.numbers.items() if self.world.sees(scope, name)}
        if shown != mine:
            return [f"[{names}] is shown the books {sorted(shown)}, not {sorted(mine)}"]
        run(self.plain, f"select set_config('{BOOKS}', '{','.join(map(str, shown.values()))}', true)")
        name, table = self.chance.choice(list(self.numbers)), self.chance.choice(TABLES)
        kind = self.chance.choice(
            (self._of_book, self._of_all, self._by_id, self._of_names, self._altered, self._added)
        )
        answer, expected, what = kind(scope, set(mine.values()), name, table)
        return [] if answer == expected else [f"[{names}] {what}: {answer}, not {expected}"]

    def _of_book(self, scope: Scope, mine: set[int], name: str, table: str) -> tuple[object, object, str]:
        number = self.numbers[name]
        ((count,),) = run(self.plain, f"select count(*) from {table} where book = {number}")
        return count, self.rows[table].get(number, 0) if number in mine else 0, f"rows of {table} of {name}"

    def _of_all(self, scope: Scope, mine: set[int], name: str, table: str) -> tuple[object, object, str]:
        counted = dict(map(tuple, run(self.plain, f"select book, count(*) from {table} group by book")))
        return counted, {n: c for n, c in self.rows[table].items() if n in mine}, f"all rows of {table}"

    def _by_id(self, scope: Scope, mine: set[int], name: str, table: str) -> tuple[object, object, str]:
        who, which = self.chance.choice(self.world.notes[name].events)
        secret = self.world.notes[name].secret
        sql = f"select document from event where (organisation = '{who}' and id = '{which}') or document like '%{secret}%'"
        seen = bool(run(self.plain, sql)) or bool(run(self.plain, f"select 1 from account where id like '%{secret}'"))
        return seen, self.numbers[name] in mine, f"event {which} of {who}"

    def _of_names(self, scope: Scope, mine: set[int], name: str, table: str) -> tuple[object, object, str]:
        """Tables whose rows belong to an organisation, and the books themselves."""
        documents = {row[0] for row in run(self.plain, "select number from book")}
        others = run(self.plain, "select organisation from failed union select organisation from member")
        names = {row[0] for row in others}
        return (
            (documents, names),
            (mine, scope.organisations & self.world.readers),
            "books, and names in failed and member",
        )

    def _altered(self, scope: Scope, mine: set[int], name: str, table: str) -> tuple[object, object, str]:
        table = self.chance.choice(("head", "account", "note"))
        number, column = self.numbers[name], {"head": "size", "account": "version", "note": "content"}[table]
        rows = run(self.plain, f"update {table} set {column} = {column} where book = {number} returning book")
        return len(rows), self.rows[table].get(number, 0) if number in mine else 0, f"update of {table} of {name}"

    def _added(self, scope: Scope, mine: set[int], name: str, table: str) -> tuple[object, object, str]:
        number = self.numbers[name]
        sql = self.chance.choice(
            (
                f"insert into note values ({number}, 99, 'forged')",
                f"insert into blob values ({number}, 'forged', 'x')",
                f"insert into clearing values ({number}, 9, 9, 9, 'forged', 1)",
                f"insert into event values ({number}, 999, 'ada', 'forged', 'record', 1, 1, '', "
                "decode(repeat('00', 16), 'hex'), decode(repeat('00', 32), 'hex'))",
                f"insert into event select {number}, sequence + 999, organisation, id || 'x', kind, effective_at, "
                "recorded_at + 999, document, salt, leaf from event where sequence = 0 limit 1",
            )
        )
        try:
            run(self.plain, sql)
        except pg8000.dbapi.Error as error:
            return error.args[0]["C"], DENIED if number not in mine else "no refusal", f"a forged row of {name}: {sql}"
        # Copying takes what is seen: where nothing is, nothing is added, and nobody is refused.
        empty = "select" in sql and not mine
        return "taken", "taken" if number in mine or empty else DENIED, f"a forged row of {name}: {sql}"


def run(link: Connection, sql: str) -> list[list[object]]:
    cursor = link.cursor()
    cursor.execute(sql)
    return [list(row) for row in cursor.fetchall()] if cursor.description else []
