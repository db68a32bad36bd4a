"""Groups of events in the making: which accounts they need, what they move, what they leave on the accounts.

Ids are made from the rows of the case, so that writing the same case again gives the same events.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from pydantic import JsonValue

from armslength.model.accounts import account, private_book
from armslength.model.book import Account, Clearing, Entry, Event, Group, Side
from armslength.model.noun import Fact

Body = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Line:
    """An amount on one side of an account of an organisation's own book."""

    account: str
    unit: str
    side: Side
    amount_count: int


@dataclass(frozen=True, slots=True)
class Act:
    """What one organisation's book takes of a group: lines to post, or a record without lines.

    Attributes:
        organisation: whose own book.
        lines: what is posted; nothing makes it a record.
        clearings: (item, account, amount) settled by this act.
        book: book of a record that stands elsewhere than in the organisation's own.
    """

    organisation: str
    lines: tuple[Line, ...] = ()
    clearings: tuple[tuple[str, str, int], ...] = ()
    book: str = ""


@dataclass(slots=True)
class Sheet:
    """Accounts and groups, in the order in which they take effect.

    Attributes:
        case: id of the case; it begins every event's id.
        accounts: accounts that the groups need, by book and id.
        groups: what is posted and recorded.
        held: posted debits less credits of each account, by organisation and account.
        open_items: what is still open on accounts of debts, oldest first, by organisation and account.
        left_out: what could not be written, in words.
    """

    case: str
    accounts: dict[tuple[str, str], Account] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    held: Counter[tuple[str, str]] = field(default_factory=Counter)
    open_items: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def id_of(self, key: str, organisation: str, act: str = "") -> str:
        """Returns the id of the event that a row makes in an organisation's book."""
        return ":".join(part for part in (self.case, key, organisation, act) if part)

    def add(self, key: str, on: date, topic: str, acts: Sequence[Act], body: Body) -> None:
        """Adds one group: an event for each act, and one for what it clears."""
        events: list[Event] = []
        for act in acts:
            events.append(self._event(key, on, topic, act, body))
            if act.clearings:
                events.append(self._clear(key, on, act))
        self.groups.append(Group(id=f"{self.case}:{key}", events=tuple(events)))

    def amount(self, organisation: str, name: str) -> int:
        """Returns what stands on an account of an organisation's own book: debits less credits."""
        return self.held[organisation, name]

    def items(self, organisation: str, name: str) -> tuple[tuple[str, int], ...]:
        """Returns (event, residual) of what is open on an account, oldest first."""
        return tuple(self.open_items.get((organisation, name), {}).items())

    def open_item(self, organisation: str, name: str, event: str, amount: int) -> None:
        """Notes that an event opened an item."""
        self.open_items.setdefault((organisation, name), {})[event] = amount

    def settle(self, organisation: str, name: str, event: str, amount: int) -> None:
        """Notes that part of an item is settled."""
        items = self.open_items[organisation, name]
        items[event] -= amount
        if not items[event]:
            del items[event]

    def _event(self, key: str, on: date, topic: str, act: Act, body: Body) -> Event:
        for line in act.lines:
            self.accounts.setdefault((private_book(act.organisation), line.account), account(line.account, line.unit))
            sign = 1 if line.side == "debit" else -1
            self.held[act.organisation, line.account] += sign * line.amount_count
        return Event(
            id=self.id_of(key, act.organisation),
            organisation=act.organisation,
            book=act.book or private_book(act.organisation),
            kind="post" if act.lines else "record",
            effective_at=midnight(on),
            entries=tuple(
                Entry(account=line.account, side=line.side, amount_count=line.amount_count) for line in act.lines
            ),
            topic=topic,
            body=body,
        )

    def _clear(self, key: str, on: date, act: Act) -> Event:
        by = self.id_of(key, act.organisation)
        return Event(
            id=self.id_of(key, act.organisation, "clear"),
            organisation=act.organisation,
            book=private_book(act.organisation),
            kind="clear",
            effective_at=midnight(on),
            clearings=tuple(
                Clearing(item=item, by=by, account=name, amount_count=amount) for item, name, amount in act.clearings
            ),
        )


def debit(name: str, unit: str, amount_count: int) -> Line:
    """Returns a line on the debit side."""
    return Line(name, unit, "debit", amount_count)


def credit(name: str, unit: str, amount_count: int) -> Line:
    """Returns a line on the credit side."""
    return Line(name, unit, "credit", amount_count)


def midnight(on: date) -> datetime:
    """Returns the first instant of a day, UTC."""
    return datetime.combine(on, time(), UTC)


def told(row: Fact, **more: JsonValue) -> Body:
    """Returns the body of an event: what the row says of itself, its source and how far to trust it."""
    known = {
        "source": row.source,
        "confidence": row.confidence,
        "note": row.note,
        "known_on": row.known_on.isoformat() if row.known_on else None,
    }
    return {name: value for name, value in (known | more).items() if value not in (None, "")}
