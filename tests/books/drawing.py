"""Draws groups of events from a seed: mostly sensible, often wrong, sometimes sent twice.

What is drawn depends on the draws and on the answers seen, never on a store: the same seed and answers give the same
groups.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from armslength.model.book import Account, Assertion, Book, Clearing, Entry, Event, Group

BEGIN = datetime(2025, 1, 6, tzinfo=UTC)
ORGANISATIONS = ("north", "south", "east")
GPU, USE, USD = "GPU:a", "USE:a", "USD/2"
PACT = "agreement/pact"
# The accounts of each private book: name, unit, limit.
OWN = (
    ("external/vendor", GPU, "none"),
    ("external/market", USD, "none"),
    ("title/lot-1", GPU, "credits_must_not_exceed_debits"),
    ("title/lot-2", GPU, "credits_must_not_exceed_debits"),
    ("custody/hall/stored/lot-1", GPU, "credits_must_not_exceed_debits"),
    ("title/sn:1", GPU, "credits_must_not_exceed_debits"),
    ("custody/hall/stored/sn:1", GPU, "credits_must_not_exceed_debits"),
    ("custody/dock/stored/sn:1", GPU, "credits_must_not_exceed_debits"),
    ("money/USD", USD, "none"),
    ("loan/USD", USD, "debits_must_not_exceed_credits"),
)


def private(organisation: str) -> str:
    return f"private/{organisation}"


def books() -> tuple[Book, ...]:
    """The books of the drawn world."""
    own = tuple(Book(id=private(name), kind="private", members=(name,)) for name in ORGANISATIONS)
    return (*own, Book(id=PACT, kind="agreement", members=("north", "south"), observers=("east",)))


def opening(organisation: str) -> Group:
    """The group that opens the accounts of an organisation's book; the one device of the drawn world arrives in the north."""
    others = [name for name in ORGANISATIONS if name != organisation]
    due = [(f"{tree}/{name}/pact/{unit}", unit, "none") for name in others for tree in DUE for unit in (GPU, USD)]
    opened = tuple(
        Event(
            id=f"open-{organisation}-{number}",
            organisation=organisation,
            book=private(organisation),
            kind="open_account",
            effective_at=BEGIN,
            opens=Account(id=name, unit=unit, limit=limit),
        )
        for number, (name, unit, limit) in enumerate((*OWN, *due))
    )
    return Group(id=f"open-{organisation}", events=(*opened, *(_arrival() if organisation == "north" else ())))


def _arrival() -> tuple[Event, ...]:
    return tuple(
        Event(
            id=f"device-{number}",
            organisation="north",
            book=private("north"),
            kind="post",
            effective_at=BEGIN,
            entries=(entry(name, "debit", 1), entry("external/vendor", "credit", 1)),
        )
        for number, name in enumerate(DEVICE[:2])
    )


# Title to the one device that is followed by its number, and the places where it may stand.
DEVICE = ("title/sn:1", "custody/hall/stored/sn:1", "custody/dock/stored/sn:1")
DUE = ("due_from", "due_to")


def entry(account: str, side: str, amount: int) -> Entry:
    return Entry(account=account, side=side, amount_count=amount)  # type: ignore[arg-type]


def _between(debit: str, credit: str) -> tuple[Entry, ...]:
    return entry(debit, "debit", 1), entry(credit, "credit", 1)


def _turned(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    other = {"debit": "credit", "credit": "debit"}
    return tuple(entry(one.account, other[one.side], one.amount_count) for one in entries)


@dataclass
class Drawer:
    """Makes one client's groups.

    Attributes:
        name: goes into every id, so that clients' ids differ; ids of different organisations may be equal.
        chance: the seeded source.
        now: business time of the next event; moves on slowly.
    """

    name: str
    chance: random.Random
    now: datetime = BEGIN + timedelta(days=1)
    number: int = 0
    reserved: list[tuple[str, str]] = field(default_factory=list)
    posted: list[Event] = field(default_factory=list)
    pairs: list[tuple[tuple[str, str], tuple[str, str]]] = field(default_factory=list)
    sent: list[Group] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    seal_frac: float = 0.004
    timeouts_seconds: tuple[int, ...] = (1, 60, 3600)

    def group(self) -> Group:
        """Returns the next group: a new one, or an earlier one, altered or not."""
        if self.sent and self.chance.random() < 0.05:
            return self._again(self.chance.choice(self.sent[-50:]))
        self.now += timedelta(milliseconds=self.chance.randrange(1, 5000))
        draws = (
            (self._post, 30), (self._reserve, 15), (self._resolve, 18), (self._reverse, 6), (self._clear, 6),
            (self._across, 14), (self._device, 5), (self._accounts, 4), (self._assert, 2), (self._record, 6), (self._mixed, 8),
        )  # fmt: skip
        draw = self.chance.choices([draw for draw, _ in draws], [weight for _, weight in draws])[0]
        if self.chance.random() < self.seal_frac:
            draw = self._seal
        events = draw()
        group = Group(id=self._id("g"), events=events, expected_size_count=self._expected(events))
        self.sent.append(group)
        del self.sent[:-200]
        return group

    def _again(self, group: Group) -> Group:
        """A retry; one in three has other content under the same id."""
        if self.chance.random() < 2 / 3:
            return group
        first = group.events[0]
        changed = first.model_copy(update={"effective_at": first.effective_at - timedelta(seconds=1)})
        return group.model_copy(update={"events": (changed, *group.events[1:])})

    def _id(self, letter: str) -> str:
        self.number += 1
        return f"{letter}-{self.name}-{self.number}"

    def _event(self, organisation: str, kind: str, **fields: object) -> Event:
        back = timedelta(hours=self.chance.randrange(1, 100)) if self.chance.random() < 0.1 else timedelta()
        if self.chance.random() < 0.01:
            back = -timedelta(days=self.chance.choice((1, 300)))
        base = {"book": private(organisation), "effective_at": self.now - back}
        known = {"id": self._id("e"), "organisation": organisation, "kind": kind}
        if self.chance.random() < 0.03:
            mine = [event.id for event in self.posted if event.organisation == organisation]
            base |= {"corrects": self.chance.choice([*mine[-3:], "e-nobody-0"]), "reason": "a wrong amount"}
        return Event.model_validate(base | known | fields)

    def learn(self, group: Group) -> None:
        """Notes a group that was accepted, so that later ones can build on it."""
        loans = [(event.organisation, event.id) for event in group.events if event.kind == "reserve"]
        if len(loans) == 2:
            self.pairs.append((loans[0], loans[1]))
        del self.pairs[:-20]
        for event in group.events:
            if event.kind == "reserve":
                self.reserved.append((event.organisation, event.id))
            elif event.kind in {"post", "post_reserved", "reverse"}:
                self.posted.append(event)
        del self.reserved[:-60], self.posted[:-120]

    def _who(self) -> str:
        return self.chance.choice(ORGANISATIONS)

    def _amount(self) -> int:
        return self.chance.choice((1, 2, 3, 5, 8, 13, 100, 1000)) if self.chance.random() < 0.99 else 2**63 - 1

    def _entries(self) -> tuple[Entry, ...]:
        """Two or four entries that balance; now and then they do not, or name an account that is not there."""
        amount = self._amount()
        pairs = (
            ("title/lot-1", "external/vendor"), ("title/lot-2", "external/vendor"), ("title/lot-2", "title/lot-1"),
            ("external/vendor", "title/lot-1"), ("custody/hall/stored/lot-1", "external/vendor"),
            ("money/USD", "external/market"), ("money/USD", "loan/USD"), ("loan/USD", "money/USD"),
        )  # fmt: skip
        debit, credit = self.chance.choice(pairs)
        made = [entry(debit, "debit", amount), entry(credit, "credit", amount)]
        if self.chance.random() < 0.2:
            debit, credit = self.chance.choice(pairs)
            made += [entry(debit, "debit", 7), entry(credit, "credit", 7)]
        wrong = self.chance.random()
        if wrong < 0.02:
            made[0] = entry(debit, "debit", amount // 2 + 1)
        elif wrong < 0.04:
            made[0] = entry("title/nowhere", "debit", amount)
        return tuple(made)

    def _post(self) -> tuple[Event, ...]:
        return (self._event(self._who(), "post", entries=self._entries(), up_to=self.chance.random() < 0.1),)

    def _reserve(self) -> tuple[Event, ...]:
        timeout = self.chance.choice(self.timeouts_seconds) if self.chance.random() < 0.3 else None
        return (self._event(self._who(), "reserve", entries=self._entries(), timeout_seconds=timeout),)

    def _resolve(self) -> tuple[Event, ...]:
        if not self.reserved:
            return self._reserve()
        organisation, of = self.chance.choice(self.reserved[-20:])
        kind = self.chance.choice(("post_reserved", "void"))
        if self.pairs and self.chance.random() < 0.3:
            return tuple(self._event(who, kind, of=name) for who, name in self.chance.choice(self.pairs[-10:]))
        part = self._entries() if kind == "post_reserved" and self.chance.random() < 0.3 else ()
        if self.chance.random() < 0.05:
            of = "e-nobody-0"
        return (self._event(organisation, kind, of=of, entries=part),)

    def _reverse(self) -> tuple[Event, ...]:
        if not self.posted:
            return self._post()
        of = self.chance.choice(self.posted[-20:])
        return (self._event(of.organisation, "reverse", of=of.id),)

    def _clear(self) -> tuple[Event, ...]:
        """Two posted events on opposite sides of an account, if there are; else whatever there is."""
        mine = [event for event in self.posted if event.entries]
        if len(mine) < 2:
            return self._post()
        item = self.chance.choice(mine)
        line = self.chance.choice(item.entries)
        fits = [
            event
            for event in mine
            if event.organisation == item.organisation
            and any(other.account == line.account and other.side != line.side for other in event.entries)
        ]
        by = self.chance.choice(fits or mine)
        clearing = Clearing(
            item=item.id, by=by.id, account=line.account, amount_count=self.chance.choice((1, 2, 5, line.amount_count))
        )
        return (self._event(item.organisation, "clear", clearings=(clearing,)),)

    def _across(self) -> tuple[Event, ...]:
        """What one lends to another, in both books and as a record in their shared one; at times one-sided."""
        lender, borrower = self.chance.sample(ORGANISATIONS, 2)
        amount, kind = self._amount(), self.chance.choice(("post", "post", "reserve"))
        theirs = amount if self.chance.random() < 0.9 else amount // 2 + 1
        lent = (
            entry(f"due_from/{borrower}/pact/{GPU}", "debit", amount),
            entry("title/lot-1", "credit", amount),
        )
        borrowed = (
            entry("title/lot-2", "debit", theirs),
            entry(f"due_to/{lender}/pact/{GPU}", "credit", theirs),
        )
        if self.chance.random() < 0.3:  # and back again
            lent, borrowed = _turned(lent), _turned(borrowed)
        lapses = self.chance.choice(self.timeouts_seconds) if kind == "reserve" and self.chance.random() < 0.5 else None
        also = lapses if self.chance.random() < 0.9 else None
        events = [
            self._event(lender, kind, entries=lent, timeout_seconds=lapses),
            self._event(borrower, kind, entries=borrowed, timeout_seconds=also),
        ]
        if {lender, borrower} == {"north", "south"}:
            events.append(self._event(lender, "record", book=PACT, topic="agreement.execute", body={"n": amount}))
        return tuple(events)

    def _device(self) -> tuple[Event, ...]:
        """The device is moved, or goes to somebody else; whoever has it not, or has it promised, cannot give it."""
        giver, taker = self.chance.sample(ORGANISATIONS, 2)
        kind = self.chance.choice(("post", "post", "reserve"))
        lapses = self.chance.choice(self.timeouts_seconds) if kind == "reserve" else None
        leaves, arrives = self.chance.choice(
            (DEVICE[:1] * 2, (DEVICE[1], self.chance.choice(DEVICE[1:])), DEVICE[:0:-1])
        )
        if self.chance.random() < 0.2 and leaves != arrives:
            return (self._event(giver, kind, entries=_between(arrives, leaves), timeout_seconds=lapses),)
        owed, owes = f"due_from/{taker}/pact/{GPU}", f"due_to/{giver}/pact/{GPU}"
        return (
            self._event(giver, kind, entries=_between(owed, leaves), timeout_seconds=lapses),
            self._event(taker, kind, entries=_between(arrives, owes), timeout_seconds=lapses),
        )

    def _accounts(self) -> tuple[Event, ...]:
        who = self._who()
        kind = self.chance.choice(("open_account", "close_account", *["reopen_account"] * 6))
        if kind == "open_account":
            name = f"people/{self.chance.randrange(30)}"
            return (self._event(who, kind, opens=Account(id=name, unit="PEOPLE", limit="none")),)
        return (self._event(who, kind, account=self.chance.choice(("title/lot-2", "loan/USD"))),)

    def _assert(self) -> tuple[Event, ...]:
        debits = self.chance.choice((0, 0, 1, 5))
        asserts = Assertion(
            account=self.chance.choice(("title/lot-1", "loan/USD")),
            debits_count=debits,
            credits_count=0,
            as_of_at=self.now - timedelta(days=self.chance.choice((0, 1, 5))),
        )
        return (self._event(self._who(), "assert_balance", asserts=asserts),)

    def _record(self) -> tuple[Event, ...]:
        who = self.chance.choice(("north", "south", "north", "south", "east"))
        body = {"text": "é" * self.chance.randrange(3), "list": [1, {"a": None}]}
        return (self._event(who, "record", book=PACT, topic="agreement.approve", body=body),)

    def _seal(self) -> tuple[Event, ...]:
        return (self._event(self._who(), "seal", effective_at=self.now - timedelta(days=2)),)

    def _mixed(self) -> tuple[Event, ...]:
        """Several acts in one group: a reservation posted or voided at once, a mistake in the middle."""
        first = self._reserve()[0]
        who = first.organisation
        second = self._event(who, self.chance.choice(("post_reserved", "void")), of=first.id)
        third = self._event(who, "post", entries=self._entries())
        return self.chance.choice(((first, second), (first, second, third), (third, first), (first, third, second)))

    def _expected(self, events: tuple[Event, ...]) -> dict[str, int]:
        if not self.sizes or self.chance.random() > 0.05:
            return {}
        return {book: size for book, size in self.sizes.items() if book == events[0].book}
