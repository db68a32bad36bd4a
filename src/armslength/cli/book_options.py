"""The words of `armslength book`. Imports nothing heavy: help comes at once."""

import argparse
import os
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from armslength.cli.proof_options import add_book_proofs

STAGES = ("in_transit", "stored", "installed", "energised", "retired")
FORMATS = ("csv", "ledger", "beancount", "focus")
STORE_HELP = "SQLite file, or postgresql://user@host/database (default: ARMSLENGTH_DB, else books.sqlite here)"


def default_store() -> str:
    """Returns the address used where none is given."""
    return os.environ.get("ARMSLENGTH_DB") or "books.sqlite"


def add_store(parser: argparse.ArgumentParser) -> None:
    """Adds where the books are, and for whom they are read."""
    parser.add_argument("--db", default=None, metavar="URL", help=STORE_HELP)
    parser.add_argument(
        "--as",
        dest="eyes",
        action="append",
        default=[],
        metavar="ORG",
        help="look with this organisation's eyes only; may be repeated (on a server it is needed)",
    )


def day(text: str) -> date:
    """Reads a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write YYYY-MM-DD, such as 2024-06-04") from None


def instant(text: str) -> datetime:
    """Reads an instant; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an instant; write 2024-06-04T12:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def price(text: str) -> Decimal:
    """Reads a price."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 <= found < 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a price; write 2.85")
    return found


def count(text: str) -> int:
    """Reads a whole number of at least 1."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def add_book(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `armslength book`."""
    book = commands.add_parser("book", help="books: who owns, holds and owes what; open, read, export, verify them")
    kinds = book.add_subparsers(dest="act", required=True, metavar="ACT")
    init = kinds.add_parser("init", help="make a store, and a book for each organisation named")
    init.add_argument("--organisation", action="append", default=[], metavar="ORG", help="may be repeated")
    add_store(init)
    _add_import(kinds)
    _add_stage(kinds)
    _add_reading(kinds)
    _add_export(kinds)
    add_book_proofs(kinds, add_store, instant)
    replay = kinds.add_parser("replay", help="walk a case's deal through ledger, approvals and proof, step by step")
    replay.add_argument("case", type=Path, metavar="CASE", help="such as cases/redirect-2023")
    replay.add_argument(
        "--out", type=Path, metavar="DIR", help="new folder for books, plans, bundles, pages (default: book-CASE here)"
    )
    replay.add_argument("--full", action="store_true", help="print long answers in full")
    replay.add_argument("--json", action="store_true", help="print the steps as JSON")


def _add_import(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bring = kinds.add_parser("import", help="open the books from a case, or bring in metered use or events")
    bring.add_argument(
        "source", type=Path, metavar="SOURCE", help="case; .csv of metered use; .json with groups of events"
    )
    bring.add_argument("--until", type=day, metavar="DATE", help="for a case: last day counted (default: today)")
    bring.add_argument("--without-agreements", action="store_true", help="for a case: as things stood before its deals")
    bring.add_argument("--json", action="store_true", help="print what was done as JSON")
    add_store(bring)


def _add_stage(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    stage = kinds.add_parser(
        "stage", help="record that a lot has come further: received, installed, energised, retired"
    )
    stage.add_argument("lot", metavar="LOT", help="id of a lot or stock")
    stage.add_argument("stage", choices=STAGES, help="how far; a received lot is stored")
    stage.add_argument("--organisation", required=True, metavar="ORG", help="who has custody")
    stage.add_argument("--at", required=True, metavar="PLACE", help="site where they stand then")
    stage.add_argument("--on", required=True, type=day, metavar="DATE", help="business day")
    stage.add_argument("--gpus", type=count, metavar="N", help="how many (default: all that are not so far yet)")
    stage.add_argument("--json", action="store_true", help="print the event as JSON")
    add_store(stage)


def _add_reading(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    accounts = kinds.add_parser("accounts", help="list accounts with their units and limits")
    balance = kinds.add_parser("balance", help="what stands on the accounts, now or as of a day on either clock")
    for parser in (accounts, balance):
        parser.add_argument("prefix", nargs="?", default="", metavar="PREFIX", help="such as custody/ or due_from/")
        parser.add_argument("--book", metavar="BOOK", help="book or organisation (default: all you may read)")
        parser.add_argument("--json", action="store_true", help="print JSON")
        add_store(parser)
    balance.add_argument("--as-of", type=day, metavar="DATE", help="last business day counted")
    balance.add_argument("--recorded-by", type=instant, metavar="TIME", help="only what the ledger had taken by then")
    balance.add_argument("--all", action="store_true", help="accounts on which nothing stands, too")
    trace = kinds.add_parser("trace", help="the way of a lot through all books you may read")
    trace.add_argument("lot", metavar="LOT", help="id of a lot or stock")
    owed = kinds.add_parser("owed", help="what stands open between two organisations")
    owed.add_argument("first", metavar="ORG", help="whose book is read")
    owed.add_argument("second", metavar="ORG", help="the other organisation")
    statement = kinds.add_parser("statement", help="every transfer between an organisation and others on one page")
    statement.add_argument("organisation", metavar="ORG")
    statement.add_argument("--html", type=Path, metavar="F", help="write the page to this file")
    for parser in (owed, statement):
        parser.add_argument("--as-of", type=day, metavar="DATE", help="last business day counted (default: today)")
    verify = kinds.add_parser("verify", help="make every named check on all books you may read")
    for parser in (trace, owed, statement, verify):
        parser.add_argument("--json", action="store_true", help="print JSON")
        add_store(parser)


def _add_export(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    export = kinds.add_parser("export", help="write a book as CSV, hledger or beancount text, or FOCUS usage")
    export.add_argument("book", metavar="BOOK", help="book or organisation")
    export.add_argument("--format", choices=FORMATS, default="csv", help="ledger is for hledger and ledger (csv)")
    export.add_argument("--out", type=Path, metavar="F", help="file to write (default: standard output)")
    export.add_argument(
        "--price-per-gpu-hour", type=price, default=Decimal(0), metavar="P", help="for focus: what is charged (0)"
    )
    export.add_argument("--currency", default="USD", metavar="C", help="for focus: currency of the price (USD)")
    add_store(export)
