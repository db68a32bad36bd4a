"""Drives a store and the reference model with the same groups, and stops at the first difference."""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from armslength.model.book import Accepted, Group, Recorded, Refused
from armslength.proof.encoding import bytes_of, leaf_of
from armslength.store import as_of, expiring, writer
from books.drawing import ORGANISATIONS, Drawer, books, opening
from books.reference import Reference
from books.reference_rules import Verdict, balance_of, holdings
from books.stores import EVERYBODY, Clock, Opened
from books.trees import root_of

ALL_BOOKS_EVERY = 8


@dataclass
class Lockstep:
    """A store and a reference model that have seen the same groups.

    Attributes:
        seen: events of each book that were read back so far.
        answers: how often each answer was given.
    """

    store: Opened
    clock: Clock
    chance: random.Random
    reference: Reference = field(default_factory=Reference)
    seen: dict[str, list[Recorded]] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    steps: int = 0

    def furnish(self) -> None:
        """Makes the drawn world in both."""
        for book in books():
            self.store.store.create_book(EVERYBODY, book)
            self.reference.create_book(book)
            self.seen[book.id] = []
        for organisation in ORGANISATIONS:
            self.step(opening(organisation))

    def step(self, group: Group) -> Accepted | Refused:
        """Submits a group to both, and holds the answers and the new events against each other."""
        self.steps += 1
        self.clock.now += timedelta(milliseconds=1)
        answer = self.store.submit(group)
        lapsed = self.reference.may_lapse(self.clock.now)
        all_books = lapsed or not self.steps % ALL_BOOKS_EVERY
        named = {event.book for event in group.events if isinstance(answer, Accepted)}
        new = self.take_over(self.seen if all_books else sorted(named))
        assert not lapsed or not self.reference.overdue(self.clock.now), "a reservation did not lapse"
        if isinstance(answer, Accepted):
            self.compare_accepted(group, answer, new)
        else:
            verdict = self.reference.submit(group, self.clock.now)
            assert verdict.code is answer.code, f"{answer.code} ({answer.message}), expected {verdict}\n{group}"
            assert (answer.organisation, answer.event) == (verdict.organisation, verdict.event), (
                f"{answer}, expected {verdict}\n{group}"
            )
            assert not new, f"a refused group left events: {new}"
            self.count(answer.code.value)
        if isinstance(answer, Accepted) or not self.steps % ALL_BOOKS_EVERY:
            self.compare_counters(group)
        if isinstance(answer, Accepted):
            self.one_device()
        return answer

    def one_device(self) -> None:
        """I12: at each commit one book has the title to the device, and one has it in one place."""
        for tree in ("title", "custody"):
            held = holdings(self.reference.shelves.values(), tree, "sn:1")
            assert [amount for _, amount in held] == [1], f"{tree} to the device: {held}"

    def compare_accepted(self, group: Group, answer: Accepted, new: list[Recorded]) -> None:
        recorded = {(one.event.organisation, one.event.id): one for one in answer.recorded}
        stood = [recorded[event.organisation, event.id] for event in group.events]
        assert [one.event for one in stood] == list(group.events)
        verdict = self.reference.submit(group, [one.recorded_at for one in stood])
        expected = Verdict(moved=tuple(one.moved for one in stood), duplicate=False)
        if answer.duplicate:
            expected = Verdict(duplicate=True)
            assert not new, f"a duplicate left events: {new}"
            assert all(one in self.seen[one.event.book] for one in stood)
        else:
            assert sorted(one.event.id for one in new) == sorted(event.id for event in group.events)
            assert all(one in new for one in stood)
            assert {one.group for one in new} == {group.id}
        assert verdict == expected, f"{answer}, expected {verdict}\n{group}"
        self.count("duplicate" if answer.duplicate else "accepted")

    def count(self, what: str) -> None:
        self.answers[what] = self.answers.get(what, 0) + 1

    def take_over(self, named: Iterable[str]) -> list[Recorded]:
        """Reads what is new in some books. Expiries go to the reference model, the rest is returned."""
        new: list[Recorded] = []
        for name in named:
            if name not in self.seen:
                continue
            seen = self.seen[name]
            for one in self.store.events(name, after=len(seen) - 1):
                self.check_recorded(name, one)
                seen.append(one)
                if one.event.kind == "expire":
                    self.reference.expire(one.event, one.recorded_at)
                    self.count("expired")
                else:
                    new.append(one)
        return new

    def check_recorded(self, book: str, one: Recorded) -> None:
        seen = self.seen[book]
        assert one.event.book == book
        assert one.sequence_count == len(seen)
        assert not seen or one.recorded_at > seen[-1].recorded_at
        assert one.leaf == leaf_of(bytes_of(one), bytes.fromhex(one.salt)).hex()

    def compare_counters(self, group: Group) -> None:
        """Stored counters equal the fold, at every step, for what the group named."""
        named = {(event.book, entry.account) for event in group.events for entry in event.entries}
        for book, account in sorted(named):
            shelf = self.reference.shelves.get(book)
            if shelf is not None and account in shelf.accounts:
                held = self.store.store.balance(EVERYBODY, book, account)
                assert held == balance_of(account, shelf.accounts[account].unit, shelf.counters[account])

    # -- now and then -----------------------------------------------------------------------------------------------

    def compare_everything(self) -> None:
        """All accounts on both clocks, open items, pages, versions, and the tree over all leaves."""
        assert not self.take_over(self.seen), "events nobody asked for"
        for name, shelf in self.reference.shelves.items():
            listed = {one.id: one for one in self.store.store.accounts(EVERYBODY, name)}
            assert listed == shelf.accounts
            held = {one.account: one for one in self.store.store.balances(EVERYBODY, name)}
            assert held == self.reference.balances(name)
            self.compare_as_of(name)
            self.compare_log(name)
            for account in shelf.accounts:
                items = self.store.store.open_items(EVERYBODY, name, account)
                residuals = {(i.organisation, i.event): _signed(i.side, i.residual_count) for i in items}
                assert residuals == self.reference.residuals(name, account), f"{name} {account}"

    def compare_as_of(self, book: str) -> None:
        shelf = self.reference.shelves[book]
        if not shelf.events or not shelf.accounts:
            return
        for account in self.chance.sample(sorted(shelf.accounts), 3):
            for effective, recorded in ((True, False), (False, True), (True, True), (False, False)):
                effective_at = self.instant(book, "effective") if effective else None
                recorded_at = self.instant(book, "recorded") if recorded else None
                held = self.store.store.balance(
                    EVERYBODY, book, account, effective_at=effective_at, recorded_at=recorded_at
                )
                expected = self.reference.balance(book, account, effective_at, recorded_at)
                assert held == expected, f"{book} {account} {effective_at} {recorded_at}"

    def instant(self, book: str, clock: str) -> datetime:
        event, _, at = self.chance.choice(self.reference.shelves[book].events)
        near = event.effective_at if clock == "effective" else at
        return near + timedelta(microseconds=self.chance.choice((-1, 0, 1)))

    def compare_log(self, book: str) -> None:
        seen = self.seen[book]
        head = self.store.store.checkpoint(EVERYBODY, book)
        assert head.size_count == len(seen)
        leaves = [bytes.fromhex(one.leaf) for one in seen]
        assert list(self.store.store.leaves(EVERYBODY, book)) == leaves
        assert head.root == root_of(leaves).hex()
        versions: dict[str, int] = {}
        for one in seen:
            for account, version in one.versions_count.items():
                assert version == versions.get(account, 0) + 1, f"{book}: version {version} of {account}"
                versions[account] = version
        after, limit = self.chance.randrange(-1, len(seen) + 1), self.chance.randrange(1, 20)
        page = self.store.store.events(EVERYBODY, book, after=after, limit=limit)
        assert list(page) == [one for one in seen if one.sequence_count > after][:limit]
        if seen:
            one = self.chance.choice(seen)
            assert self.store.store.event(EVERYBODY, one.event.organisation, one.event.id) == one


def _signed(side: str, amount: int) -> int:
    return amount if side == "debit" else -amount


@contextmanager
def small_limits() -> Iterator[None]:
    """Makes snapshots, expiries in several goes, and forgotten caches happen every few events rather than every thousand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(as_of, "SPACING", 3)
        patch.setattr(expiring, "DUE_MAX", 2)
        patch.setattr(writer, "ACCOUNTS_MAX", 12)
        yield


def drive(store: Opened, clock: Clock, seed: int, steps: int, *, every: int = 200) -> Lockstep:
    """Drives a fresh store through so many drawn groups."""
    both = Lockstep(store, clock, random.Random(f"{seed}/ask"))
    both.furnish()
    drawer = Drawer(str(seed), random.Random(seed), now=clock.now)
    for number in range(steps):
        drawer.sizes = {name: len(shelf.events) for name, shelf in both.reference.shelves.items()}
        group = drawer.group()
        if both.chance.random() < 0.03:
            drawer.now += timedelta(seconds=both.chance.choice((1, 60, 3600)))
        # Some are dated ahead of the ledger's clock on purpose; most of the time it keeps up with business.
        clock.reach(drawer.now)
        answer = both.step(group)
        if isinstance(answer, Accepted) and not answer.duplicate:
            drawer.learn(group)
        if number % every == every - 1:
            both.compare_everything()
    both.compare_everything()
    return both
