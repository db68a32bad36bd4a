"""Acts of a story that bring things into the books, move lots on, and look things up."""

from armslength import __version__
from armslength.connectors.book_opening import ORDER
from armslength.errors import CheckFailed
from armslength.model.story import Advance, BringIn, Disclose, OpenBooks, Owed, Page, Verify
from armslength.render.amounts import amount_words
from armslength.render.statement import statement_html
from armslength.service import book_reading
from armslength.service.agreement_rows import disclosures
from armslength.service.book_importing import bring_in as bring_case_in
from armslength.service.book_staging import advance as advance_lot
from armslength.service.story_stage import NotAsTold, Stage


def bring_in(stage: Stage, act: OpenBooks | BringIn) -> list[str]:
    """Opens the books from the case, or brings in more of its rows."""
    tables = ORDER if isinstance(act, OpenBooks) else act.tables
    done = bring_case_in(stage.books, stage.case, until=act.tried_on, agreements=False, tables=tables)
    if done.refused:
        raise CheckFailed("the books refused a part of the case", problems=done.refused)
    lines = [f"{done.made_count} groups of events in {', '.join(done.books)}"]
    return lines + (_slots(stage, done.books) if isinstance(act, OpenBooks) else [])


def _slots(stage: Stage, names: tuple[str, ...]) -> list[str]:
    """Who holds which delivery slots."""
    found = []
    for row in book_reading.held(stage.books, stage.scope, names, "slot/"):
        amount = row.balance.debits_posted_count - row.balance.credits_posted_count
        who = row.book.partition("/")[2]
        found.append(f"{who} holds {amount_words(amount, row.account.unit)}: {row.account.id}")
    return found


def advance(stage: Stage, act: Advance) -> list[str]:
    """Moves a lot on."""
    row = advance_lot(stage.books, stage.scope, act.organisation, act.lot, act.stage, act.place, act.tried_on)
    moved = "; ".join(
        f"{entry.account} {'+' if entry.side == 'debit' else '-'}{entry.amount_count:,}"
        for entry in row.moved
        if not entry.account.startswith("external/")
    )
    return [moved]


def look_up(stage: Stage, act: Owed | Disclose | Page | Verify) -> list[str]:
    """Looks something up, and holds it against what the story says."""
    match act:
        case Owed():
            return _owed(stage, act)
        case Disclose():
            return _disclosed(stage, act)
        case Page():
            return _page(stage, act)
        case Verify():
            checks = book_reading.verify(stage.books, stage.scope)
            bad = [problem for check in checks for problem in check.problems]
            if bad:
                raise CheckFailed("a named check fails", problems=bad)
            return [f"{len(checks)} checks hold on {len(stage.books.books(stage.scope))} books"]


def _owed(stage: Stage, act: Owed) -> list[str]:
    rows = book_reading.owed(stage.books, stage.scope, act.first, act.second, act.tried_on)
    mine = [row for row in rows if row.unit == act.unit]
    due_from, due_to = sum(row.due_from_count for row in mine), sum(row.due_to_count for row in mine)
    if (due_from, due_to) != (act.due_from_count, act.due_to_count):
        raise NotAsTold(f"{act.second} owes {due_from:,} and {act.first} owes {due_to:,} {act.unit}")
    return [
        f"{act.second} owes {act.first} {amount_words(due_from, act.unit)}",
        f"{act.first} owes {act.second} {amount_words(due_to, act.unit)}",
    ]


def _disclosed(stage: Stage, act: Disclose) -> list[str]:
    rows = disclosures(stage.books, act.organisation, stage.clock.now())
    missing = [rule for rule in act.rules if rule not in {row.rule for row in rows}]
    if missing:
        raise NotAsTold(f"no row for {', '.join(missing)}; rows for {', '.join(sorted({row.rule for row in rows}))}")
    return [
        f"{row.rule}: {row.agreement} ({row.status.replace('_', ' ')})"
        + (f", {row.person}" if row.person else "")
        + f": {row.basis}; {row.description}"
        + ("; at no stated price" if row.nominal else "")
        for row in rows
        if row.rule in act.rules
    ]


def _page(stage: Stage, act: Page) -> list[str]:
    found = book_reading.state(stage.books, stage.scope, act.organisation, act.tried_on)
    path = stage.out / f"statement-{act.organisation}.html"
    path.write_text(statement_html(found, __version__), encoding="utf-8")
    booked = [row for row in found.moves if row.state == "posted"]
    said = [row for row in found.moves if row.state not in ("posted", "reserved")]
    lines = [
        f"{row.moved_on} {'to' if row.direction == 'gave' else 'from'} {row.counterparty}: {row.what}, "
        f"{amount_words(row.amount_count, row.unit)} ({row.state})"
        for row in (*booked, *said)
    ]
    return [f"{len(booked)} booked, {len(said)} said or wanted; {path.name}", *lines]
