"""A ledger without a store: the world in one place, one call to decide on a group and apply it."""

from datetime import UTC, datetime, timedelta

from armslength.ledger.decide import decide, digest_of
from armslength.ledger.recording import keep, lengthen
from armslength.ledger.state import BookState, Draft, Failed, Known, World, apply
from armslength.model.accounts import account
from armslength.model.book import STICKY, Assertion, Book, Clearing, Entry, Event, Group, Refused

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def entries(text: str) -> tuple[Entry, ...]:
    """Reads ``title/a+100 external/v-100``: a plus is a debit, a minus a credit."""
    made = []
    for word in text.split():
        at = max(word.rfind("+"), word.rfind("-"))
        side = "debit" if word[at] == "+" else "credit"
        made.append(Entry(account=word[:at], side=side, amount_count=int(word[at + 1 :])))
    return tuple(made)


class Table:
    """North and south with a private book each, an agreement book, and a clock that moves on an hour for each group."""

    def __init__(self) -> None:
        self.now = BEGIN + 100 * DAY
        self.world = World(
            books={
                book.id: BookState(book, number)
                for number, book in enumerate(
                    (
                        Book(id="north", kind="private", members=("north",)),
                        Book(id="south", kind="private", members=("south",)),
                        Book(id="deal", kind="agreement", members=("north", "south"), observers=("auditor",)),
                    ),
                    start=1,
                )
            }
        )
        self.count = 0

    def event(
        self, kind: str, name: str, *, day: float = 1, who: str = "north", book: str = "", **fields: object
    ) -> Event:
        return Event(id=name, organisation=who, book=book or who, kind=kind, effective_at=BEGIN + day * DAY, **fields)

    def decide(self, *events: Event, **fields: object) -> Draft | Known | Refused:
        self.count += 1
        self.now += timedelta(hours=1)
        group = Group(id=f"group-{self.count}", events=events, **fields)
        answer = decide(self.world, group, self.now)
        if isinstance(answer, Draft):
            lengthened = keep(answer, [bytes(16)] * len(events))
            apply(self.world, answer)
            list(lengthen(self.world, lengthened))
        if isinstance(answer, Refused) and answer.code in STICKY:
            key = (answer.organisation, answer.event)
            event = next(event for event in events if (event.organisation, event.id) == key)
            self.world.failed[key] = Failed(answer.code, digest_of(event))
        return answer

    def open(self, *names: str, who: str = "north", unit: str = "GPU:x") -> None:
        events = [self.event("open_account", f"open-{name}", who=who, opens=account(name, unit)) for name in names]
        assert isinstance(self.decide(*events), Draft)

    def line(self, text: str, **fields: object) -> Draft | Known | Refused:
        """Decides on one event from a line: kind, id, and what the kind works on."""
        return self.decide(self.of_line(text, **fields))

    def of_line(self, text: str, **fields: object) -> Event:
        kind, name, *rest = text.split(maxsplit=2)
        what = rest[0] if rest else ""
        match kind:
            case "post" | "reserve":
                fields["entries"] = entries(what)
            case "post_reserved":
                of, _, part = what.partition(" ")
                fields |= {"of": of, "entries": entries(part)}
            case "void" | "reverse" | "expire":
                fields["of"] = what
            case "close_account" | "reopen_account":
                fields["account"] = what
            case "open_account":
                fields["opens"] = account(what, "GPU:x")
            case "clear":
                item, by, where, amount = what.split()
                fields["clearings"] = (Clearing(item=item, by=by, account=where, amount_count=int(amount)),)
            case "assert_balance":
                where, held = what.split()
                amount = int(held)
                fields["asserts"] = Assertion(
                    account=where,
                    debits_count=max(amount, 0),
                    credits_count=max(-amount, 0),
                    as_of_at=BEGIN + 5 * DAY,
                )
            case "record":
                fields["topic"] = what or None
        return self.event(kind, name, **fields)
