"""What a server says of statements that were sent without waiting, and of rows that it hides."""

from collections.abc import Iterator

import pytest

from armslength.errors import StoreError
from armslength.store.postgresql_link import PostgresqlLink

BOOK = (7, "private/x", "private", "{}")
COLUMNS = "number id kind document"


@pytest.fixture
def link(database: str) -> Iterator[PostgresqlLink]:
    made = PostgresqlLink(database)
    made.begin_write()
    yield made
    made.rollback()
    made.close()


def test_an_insert_that_went_wrong_is_told_by_the_next_statement(link: PostgresqlLink) -> None:
    link.see((7,), (), writer=True)
    link.insert("book", COLUMNS, [BOOK])
    assert link.rows("SELECT id FROM book") == [["private/x"]]
    link.insert("book", COLUMNS, [BOOK])
    link.insert("book", COLUMNS, [(8, "private/y", "no such kind", "{}")])
    with pytest.raises(link.problems, match="duplicate key"):
        link.rows("SELECT id FROM book")
    # The line is in step again: each answer belongs to its question.
    link.rollback()
    link.begin_write()
    assert link.rows("SELECT number, books FROM turn") == [[0, 0]]


def test_an_insert_that_went_wrong_is_not_committed(link: PostgresqlLink) -> None:
    link.see((8,), (), writer=True)
    link.insert("book", COLUMNS, [(8, "private/y", "no such kind", "{}")])
    with pytest.raises(link.problems, match="check constraint"):
        link.commit()


@pytest.mark.parametrize("text", ["", '"', "\\", '\\"', "{a,b}", "NULL", "ÄÖ\n'", 'a\\\\b"{}'])
def test_texts_come_back_as_they_were_sent(link: PostgresqlLink, text: str) -> None:
    link.see((7,), (), writer=True)
    link.insert("book", COLUMNS, [(7, text, "private", text)])
    link.insert("head", "book size recorded_at sealed_at frontier root", [(7, 3, None, -5, b"", bytes(range(32)))])
    assert link.rows("SELECT id, document FROM book") == [[text, text]]
    assert link.rows("SELECT * FROM head") == [[7, 3, None, -5, b"", bytes(range(32))]]


def test_an_update_that_row_level_security_hides_is_an_error(link: PostgresqlLink) -> None:
    link.see((7,), (), writer=True)
    link.insert("book", COLUMNS, [BOOK])
    link.insert("head", "book size frontier root", [(7, 0, b"", bytes(32))])
    link.see((8,), (), writer=True)
    with pytest.raises(StoreError, match="head"):
        link.update("head", "book", "size", [(1, 7)])
