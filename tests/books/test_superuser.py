"""A superuser of the database server can write anything, whatever the guards say. The proofs see it."""

import pytest

from armslength.service import sealing
from armslength.service.key_files import new_key
from armslength.service.witnessing import cosign_book, trust
from proof.small_books import BOOK, LOG, WITNESS, audited, desk, flawed, work

SETS = {
    "amount": "document = replace(document, '\"amount_count\":100', '\"amount_count\":900') where sequence = 3",
    "approver": 'document = replace(document, \'"by":"ann"\', \'"by":"bob"\') where kind = \'record\'',
    "salt": "salt = decode(repeat('00', 16), 'hex') where sequence = 3",
}


@pytest.mark.parametrize("what", sorted(SETS))
def test_a_row_that_a_superuser_edits_is_seen(cluster, database, tmp_path, what):
    at = desk(database)
    work(at)
    at.sign(WITNESS)
    assert flawed(audited(at.bundle(tmp_path / "before.zip"))) == set()
    link = cluster.connect(database.rpartition("/")[2])
    cursor = link.cursor()
    cursor.execute("set session_replication_role = replica")
    cursor.execute(f"update {table_of(cursor)} set {SETS[what]}")
    assert cursor.rowcount == 1
    link.close()
    assert "inclusion" in flawed(audited(at.bundle(tmp_path / "after.zip")))
    at.books.close()


def table_of(cursor) -> str:
    cursor.execute("select table_schema from information_schema.tables where table_name = 'event'")
    ((schema,),) = cursor.fetchall()
    return f"{schema}.event"


def test_seals_and_witnesses_work_on_a_server(database, tmp_path):
    at = desk(database)
    work(at)
    new_key(tmp_path / "op", "ledger.example", operator=True)
    new_key(tmp_path / "w", "south.example/witness")
    sealing.seal(at.books, at.scope, BOOK, "north", at.clock.now)
    _, vkey = sealing.sign_book(at.books, at.scope, BOOK, tmp_path / "op")
    trust(tmp_path / "w", str(vkey))
    note = cosign_book(tmp_path / "w", at.books, at.scope, BOOK)
    again, _ = sealing.sign_book(at.books, at.scope, BOOK, tmp_path / "op")
    assert len(note.signatures) == len(again.signatures) == 2
    assert vkey.name == LOG.name
    bundle = audited(at.bundle(tmp_path / "b.zip"), f"log {vkey}\nquorum none\n")
    assert flawed(bundle) == set()
    assert bundle.made["balances"] > 0
    at.books.close()
