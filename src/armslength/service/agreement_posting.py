"""An act of an agreement as one linked group: its record, and what it moves in every party's private book."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import ValidationError

from armslength.errors import LedgerError, NotAgreed
from armslength.governance.agreement import Agreement
from armslength.governance.moves import Line, Move
from armslength.governance.presets import body_of
from armslength.model.accounts import HELD_TREES, account, agreement_book, private_book, tree
from armslength.model.acts import Act, Verb
from armslength.model.book import Account, Clearing, Event, Group, Side
from armslength.model.noun import Noun
from armslength.store.books import Books
from armslength.store.scope import scope_of

Item = tuple[str, Side, int]


@dataclass(slots=True)
class Sheet:
    """Events in the making. Ids hold the size of the agreement's book: a retry on the same news has the same ids."""

    books: Books
    agreement: str
    size: int
    verb: Verb
    effective_at: datetime
    events: list[Event] = field(default_factory=list)
    known: dict[str, dict[str, Account]] = field(default_factory=dict)
    items: dict[tuple[str, str], list[Item]] = field(default_factory=dict)

    def record(self, organisation: str, noun: Noun, evidence: Iterable[str] = ()) -> Event:
        """Adds the record itself to the agreement's book."""
        return self._add(
            organisation,
            agreement_book(self.agreement),
            kind="record",
            topic=f"agreement.{self.verb}",
            body=body_of(noun),
            evidence=tuple(evidence),
        )

    def move(self, move: Move, act: Act) -> None:
        """Adds a posting, the accounts it needs, and what it settles."""
        book = private_book(move.organisation)
        for line in move.lines:
            self._opened(move.organisation, book, line)
        body = {"agreement": self.agreement, "step": move.name, "person": act.person}
        if move.name.startswith("leg-"):
            body["leg"] = move.name.removeprefix("leg-")
        if move.name.startswith(("pay-", "owe-")):
            body["payment"] = move.name[4:]
        entries = tuple(line.entry for line in move.lines)
        event = self._add(
            move.organisation, book, kind="post", topic=f"agreement.{self.verb}", body=body, entries=entries
        )
        clearings = [row for line in move.lines for row in self._settled(move, book, line, event.id)]
        if clearings:
            self._add(move.organisation, book, kind="clear", clearings=tuple(clearings))

    def group(self) -> Group:
        """Returns the group; refused if the agreement's book has grown since it was looked at."""
        book = agreement_book(self.agreement)
        return Group(
            id=f"{self.agreement}.{self.verb}.{self.size}",
            events=tuple(self.events),
            expected_size_count={book: self.size},
        )

    def _add(self, organisation: str, book: str, **more: object) -> Event:
        name = f"{self.agreement}.{self.verb}.{self.size}.{len(self.events)}"
        event = Event.model_validate(
            {"id": name, "organisation": organisation, "book": book, "effective_at": self.effective_at} | more
        )
        self.events.append(event)
        return event

    def _opened(self, organisation: str, book: str, line: Line) -> None:
        """Opens an account that is not there. Nothing can be given from one that is not."""
        if organisation not in self.known:
            try:
                found = self.books.accounts(scope_of(organisation), book)
            except LedgerError as error:
                hint = f"{organisation} has no private book here; `armslength book import CASE` makes one"
                raise NotAgreed(f"{self.agreement}: {error.message}", hint=hint) from None
            self.known[organisation] = {row.id: row for row in found}
        there = self.known[organisation].get(line.account)
        if there is None:
            if line.side == "credit" and tree(line.account) in HELD_TREES:
                hint = f"`armslength book accounts {organisation}` lists what it holds"
                raise NotAgreed(f"{organisation} has no account {line.account} to give from", hint=hint)
            opened = account(line.account, line.unit)
            self.known[organisation][line.account] = opened
            self._add(organisation, book, kind="open_account", opens=opened)
        elif there.unit != line.unit:
            raise NotAgreed(
                f"{line.account} of {organisation} counts in {there.unit}, the terms in {line.unit}",
                hint="name another account, or propose other terms",
            )

    def _settled(self, move: Move, book: str, line: Line, event: str) -> Iterable[Clearing]:
        """Yields what a line settles of what is open on the other side, oldest first; the rest becomes an open item."""
        if tree(line.account) not in ("due_from", "due_to"):
            return
        key = move.organisation, line.account
        if key not in self.items:
            found = self.books.open_items(scope_of(move.organisation), book, line.account)
            self.items[key] = [(row.event, row.side, row.residual_count) for row in found]
        left, kept = line.amount, []
        for name, side, open_amount in self.items[key]:
            part = min(left, open_amount) if side != line.side and line.account in move.clears else 0
            if part:
                yield Clearing(item=name, by=event, account=line.account, amount_count=part)
                left -= part
            if open_amount > part:
                kept.append((name, side, open_amount - part))
        if left:
            kept.append((event, line.side, left))
        self.items[key] = kept


def sheet_of(
    books: Books,
    state: Agreement,
    verb: Verb,
    organisation: str,
    act: Act,
    effective_at: datetime,
    moves: Iterable[Move] = (),
    evidence: Iterable[str] = (),
) -> Group:
    """Returns the group of an act.

    Raises:
        NotAgreed: something cannot be moved; nothing was recorded.
    """
    sheet = Sheet(books, state.id, state.size, verb, effective_at)
    try:
        sheet.record(organisation, act, evidence)
        for move in moves:
            sheet.move(move, act)
    except ValidationError as error:
        raise NotAgreed(
            f"{state.id}: this cannot be written into the books: {error.errors(include_url=False)[0]['msg']}",
            hint="shorter ids of organisations, agreements and legs may help",
        ) from None
    return sheet.group()
