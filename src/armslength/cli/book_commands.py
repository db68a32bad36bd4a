"""`armslength book`: words to a request, an answer to the screen. Exit code 1 where something was refused or wrong."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from armslength.cli.book_options import default_store
from armslength.cli.progress import Progress
from armslength.errors import InputError
from armslength.render import book_text, figures
from armslength.render.statement import print_statement, statement_html
from armslength.service import book_importing, book_reading
from armslength.service.agreement_checks import agreements
from armslength.service.book_checks import BOOK_CHECKS, WHOLE_CHECKS, titles
from armslength.service.book_importing import Imported
from armslength.service.book_reading import Held
from armslength.service.book_store import open_books, scope_for
from armslength.store.books import Books
from armslength.store.scope import Scope


def address(parsed: argparse.Namespace) -> str:
    """Returns where the books are."""
    return parsed.db or default_store()


def shown(url: str) -> str:
    """Returns an address for a screen or a log: without a password.

    >>> shown("postgresql://ada:secret@host/books")
    'postgresql://ada@host/books'
    """
    scheme, parted, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at}{host}" if parted else url


def warn(books: Books) -> None:
    """Says what a person should know about the database program."""
    for problem in books.warnings:
        print(f"warning: {problem}", file=sys.stderr)


@contextmanager
def opened(parsed: argparse.Namespace) -> Iterator[tuple[Books, Scope]]:
    """Opens books that are there, and says whose eyes look.

    Raises:
        InputError: when there are no books at the address.
    """
    url = address(parsed)
    path = Path(url.removeprefix("sqlite:"))
    if "://" not in url and url != "memory:" and not path.exists():
        hint = "make them with `armslength book init` or `armslength book import CASE`, or name them with --db"
        raise InputError(f"{path}: there are no books", hint=hint)
    with open_books(url) as books:
        yield books, scope_for(books, url, parsed.eyes)


def init(parsed: argparse.Namespace) -> int:
    """Makes a store and books."""
    url = address(parsed)
    with open_books(url) as books:
        made = book_importing.init_books(books, parsed.organisation)
        warn(books)
    print(f"Books: {shown(url)}")
    for name in made:
        print(f"  {name}")
    if "://" not in url:
        print("A file is one trust domain: whoever can open it can read every book in it.")
        print(
            "Books of organisations that do not trust each other belong on a PostgreSQL server, or in files of their own."
        )
    print("Next: armslength book import CASE")
    return 0


def bring(parsed: argparse.Namespace) -> int:
    """Brings in a case, metered use or events."""
    source, suffix = parsed.source, parsed.source.suffix.lower()
    if not source.exists():
        raise InputError(f"{source}: there is no such file or folder", hint="name a case, a .csv or a .json file")
    other = suffix in (".csv", ".json") and source.is_file()
    if other and (parsed.until or parsed.without_agreements):
        raise InputError("--until and --without-agreements are for a case", hint="leave them out")
    with Progress() as progress:
        if other:
            read = book_importing.import_metered if suffix == ".csv" else book_importing.import_groups
            with opened(parsed) as (books, scope):
                done = read(books, scope, source, progress.say)
        else:
            with open_books(address(parsed)) as books:
                done = book_importing.import_case(
                    books,
                    source,
                    until=parsed.until,
                    agreements=not parsed.without_agreements,
                    say=progress.say,
                )
    _say_imported(done, parsed)
    return 1 if done.refused else 0


def _say_imported(done: Imported, parsed: argparse.Namespace) -> None:
    if parsed.json:
        print(json.dumps(asdict(done), indent=2))
        return
    known = f"; {done.known_count:,} were there already" if done.known_count else ""
    print(f"{shown(address(parsed))}: {done.made_count:,} groups of events recorded{known}")
    print(f"Books: {', '.join(done.books)}")
    for line in done.left_out:
        print(f"left out: {line}")
    for problem in done.refused:
        print(f"refused: {problem}", file=sys.stderr)


def accounts(parsed: argparse.Namespace) -> int:
    """Lists accounts."""
    with opened(parsed) as (books, scope):
        found = [
            (name, row) for name in _books(books, scope, parsed) for row in books.accounts(scope, name, parsed.prefix)
        ]
    if parsed.json:
        print(json.dumps([{"book": name} | row.model_dump() for name, row in found], indent=2))
    else:
        book_text.print_accounts(found, Console())
    return 0


def balance(parsed: argparse.Namespace) -> int:
    """Prints balances."""
    with opened(parsed) as (books, scope):
        found = book_reading.held(
            books,
            scope,
            _books(books, scope, parsed),
            parsed.prefix,
            as_of=parsed.as_of,
            recorded_at=parsed.recorded_by,
        )
    kept = [(row.book, row.balance) for row in found if parsed.all or _moved(row)]
    if parsed.json:
        print(json.dumps([{"book": name} | row.model_dump() for name, row in kept], indent=2))
    else:
        book_text.print_balances(kept, Console())
    return 0


def _moved(row: Held) -> bool:
    balance = row.balance
    return (
        balance.debits_posted_count != balance.credits_posted_count
        or balance.debits_pending_count + balance.credits_pending_count > 0
    )


def trace(parsed: argparse.Namespace) -> int:
    """Prints the way of a lot."""
    with opened(parsed) as (books, scope), Progress() as progress:
        progress.say("reading the books")
        found = book_reading.trace(books, scope, parsed.lot)
    now = [(row.book, row.balance) for row in found.now]
    if parsed.json:
        stops = [{"event": stop.recorded.model_dump(mode="json"), "moves": stop.moves} for stop in found.stops]
        print(json.dumps({"lot": found.lot, "stops": stops, "now": [row.model_dump() for _, row in now]}, indent=2))
    else:
        book_text.print_trace(found.lot, [(stop.recorded, stop.moves) for stop in found.stops], now, Console())
    return 0


def owed(parsed: argparse.Namespace) -> int:
    """Prints what stands open between two organisations."""
    with opened(parsed) as (books, scope):
        found = book_reading.owed(books, scope, parsed.first, parsed.second, parsed.as_of)
    if parsed.json:
        print(json.dumps([row.model_dump(mode="json") for row in found], indent=2))
    else:
        book_text.print_owed(parsed.first, parsed.second, found, Console())
    return 0


def statement(parsed: argparse.Namespace) -> int:
    """Prints a statement, and writes it as a page."""
    from armslength import __version__

    with opened(parsed) as (books, scope), Progress() as progress:
        progress.say("reading the books")
        found = book_reading.state(books, scope, parsed.organisation, parsed.as_of)
    if parsed.html:
        parsed.html.write_text(statement_html(found, __version__), encoding="utf-8")
    if parsed.json:
        print(found.model_dump_json(indent=2))
        return 0
    print_statement(found, Console())
    if parsed.html:
        print(f"Page: {parsed.html}")
    return 0


def export(parsed: argparse.Namespace) -> int:
    """Writes a book in another form."""
    from armslength.connectors.focus import Tariff

    with opened(parsed) as (books, scope):
        tariff = Tariff(parsed.price_per_gpu_hour, parsed.currency)
        lines = book_reading.exported(books, scope, parsed.book, parsed.format, tariff)
        if parsed.out is None:
            sys.stdout.writelines(lines)
            return 0
        with parsed.out.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
    print(f"Wrote {parsed.out}")
    return 0


def verify(parsed: argparse.Namespace) -> int:
    """Makes every named check."""
    with opened(parsed) as (books, scope), Progress() as progress:
        progress.say("checking the books")
        found = book_reading.verify(books, scope)
        heads = book_reading.heads(books, scope)
        warn(books)
    bad = sum(len(check.problems) for check in found)
    if parsed.json:
        print(json.dumps({"checks": [asdict(check) for check in found], "heads": dict(heads)}, indent=2))
        return 1 if bad else 0
    book_text.print_checks(
        [(check.name, check.problems) for check in found], titles((*BOOK_CHECKS, *WHOLE_CHECKS, agreements)), Console()
    )
    events = sum(size for size, _ in heads.values())
    counted = f"{figures.count(len(heads), 'book')}, {figures.count(events, 'event')}"
    print(f"{counted}: " + ("every check holds" if not bad else figures.count(bad, "problem")))
    return 1 if bad else 0


def stage(parsed: argparse.Namespace) -> int:
    """Records that a lot has come further."""
    from armslength.service.book_staging import advance

    with opened(parsed) as (books, scope):
        organisation = book_reading.the_book(books, scope, parsed.organisation).members[0]
        done = advance(books, scope, organisation, parsed.lot, parsed.stage, parsed.at, parsed.on, gpus=parsed.gpus)
    if parsed.json:
        print(done.model_dump_json(indent=2))
        return 0
    gpus = done.event.body["gpus"]
    print(f"{organisation}: {gpus:,} GPUs of {parsed.lot} are {parsed.stage} at {parsed.at} from {parsed.on} on")
    return 0


def replay(parsed: argparse.Namespace) -> int:
    """Replays the story of a case."""
    from armslength import __version__
    from armslength.render.story import print_story, story_html
    from armslength.service.book_story import replay_story

    name = parsed.case.resolve().name.removesuffix(".yaml")
    out = parsed.out or Path(f"book-{name}")
    with Progress() as progress:
        story = replay_story(parsed.case, out, progress.say)
    (out / "story.html").write_text(story_html(story, __version__), encoding="utf-8")
    (out / "story.json").write_text(story.model_dump_json(indent=2) + "\n", encoding="utf-8")
    if parsed.json:
        print(story.model_dump_json(indent=2))
    else:
        print_story(story, Console(), full=parsed.full)
        print(f"Page: {out / 'story.html'}\nBooks, plans, keys and bundles: {out}")
    return 0 if story.as_told else 1


def _books(books: Books, scope: Scope, parsed: argparse.Namespace) -> list[str]:
    if parsed.book:
        return [book_reading.the_book(books, scope, parsed.book).id]
    return [book.id for book in books.books(scope)]


COMMANDS = {
    "init": init,
    "import": bring,
    "accounts": accounts,
    "balance": balance,
    "trace": trace,
    "owed": owed,
    "export": export,
    "verify": verify,
    "statement": statement,
    "stage": stage,
    "replay": replay,
}
