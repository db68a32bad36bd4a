"""One writer: whoever comes first commits for all who wait, in one transaction and with one wait for the disk."""

import gc
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from armslength.errors import StoreError
from armslength.ledger.decide import decide, digest_of
from armslength.ledger.recording import Kept, keep
from armslength.ledger.state import Failed, Key, Known, World, apply
from armslength.model.book import STICKY, Accepted, Book, Group, Refused
from armslength.store.as_of import posted_as_of
from armslength.store.expiring import Due, dated, due_books, due_reservations, expiries
from armslength.store.instants import micros
from armslength.store.keeping import (
    FailedRow,
    create_book,
    keep_blob,
    keep_events,
    keep_failed,
    keep_note,
    keep_states,
)
from armslength.store.link import Link
from armslength.store.loading import load
from armslength.store.reading import book_numbers, notes

Answer = Accepted | Refused
T = TypeVar("T")
GROUPS_MAX = 1000
# Beyond this the accounts kept in memory are forgotten and loaded again as needed.
ACCOUNTS_MAX = 200_000
# So many events are handed to the database at a time; a server writes them while the next ones are decided on.
EVENTS_AHEAD = 250
# Whoever has just been answered is likely to ask again: after a commit of many, the next waits a little for half of them.
PAUSE_SECONDS, PAUSES_MAX = 0.0005, 10


@dataclass(slots=True)
class _Request:
    groups: Sequence[Group]
    answers: list[Answer] = field(default_factory=list)
    problem: BaseException | None = None
    done: bool = False
    # Held until there is an answer, or until it is this request's turn to commit.
    wait: threading.Lock = field(default_factory=threading.Lock)


class Writer:
    """Decides on groups in the order in which they come, and keeps what is accepted.

    Args:
        connect: makes the only connection of this process that writes, once it is needed, and again after it broke.
        clock: the time now, UTC.
        entropy: returns so many random bytes.
    """

    def __init__(
        self, connect: Callable[[], Link], clock: Callable[[], datetime], entropy: Callable[[int], bytes]
    ) -> None:
        self._connect = connect
        self._connection: Link | None = None
        self._clock = clock
        self._entropy = entropy
        self._world = World()
        self._turn = -1
        self._written: list[Kept] = []
        self._changed = False
        self._seen: set[str] | None = None
        self._waiting: deque[_Request] = deque()
        self._led = False
        self._answered = 0
        self._queue = threading.Lock()
        self._writing = threading.Lock()

    def submit(self, groups: Sequence[Group]) -> list[Answer]:
        """Returns one answer for each group, once it is durable. Any thread may call it.

        Raises:
            StoreError: the commit failed or its outcome is not known; submit the same groups again.
        """
        request = _Request(groups)
        request.wait.acquire()
        with self._queue:
            self._waiting.append(request)
            first, self._led = not self._led, True
        try:
            self._await(request, first)
        except KeyboardInterrupt:
            # The lead may be handed to this request yet, and others wait behind it.
            if not request.done:
                threading.Thread(target=self._await, args=(request, False), daemon=True).start()
            raise
        if request.problem is not None:
            raise request.problem
        return request.answers

    def expire_due(self) -> int:
        """Lets reservations lapse whose time is up; returns how many there were."""
        with self._writing:
            return self._in_transaction(self._only_expire)

    def create_book(self, book: Book) -> None:
        """Makes a book, or finds it as it is to be.

        Raises:
            LedgerError: a book of that id exists and differs.
        """
        with self._writing:
            self._in_transaction(lambda: create_book(self._link, book))
            self._forget()

    def keep_blob(self, book: int, digest: str, content: bytes) -> None:
        """Keeps a document beside a book."""
        with self._writing:
            self._in_transaction(lambda: keep_blob(self._named(book), book, digest, content))

    def keep_note(self, book: int, size_count: int, change: Callable[[str | None], str]) -> None:
        """Keeps a signed checkpoint; ``change`` makes its text from the one of that length kept so far, if any."""

        def work() -> None:
            link = self._named(book)
            keep_note(link, book, size_count, change(dict(notes(link, book)).get(size_count)))

        with self._writing:
            self._in_transaction(work)

    def _named(self, book: int) -> Link:
        self._link.see((book,), ())
        return self._link

    def close(self) -> None:
        """Waits for the commit under way and closes the connection."""
        with self._writing:
            self._hang_up()

    def _await(self, request: _Request, leads: bool) -> None:
        """Waits until a request has its answer, or until it has the lead."""
        if not leads:
            request.wait.acquire()
        if not request.done:
            self._lead()

    def _lead(self) -> None:
        """Commits for all who wait, this request first among them, and hands the lead to whoever has come meanwhile."""
        for _ in range(PAUSES_MAX):
            if len(self._waiting) >= self._answered:
                break
            threading.Event().wait(PAUSE_SECONDS)
        with self._queue:
            requests = self._take()
        try:
            with self._writing:
                self._commit_batch(requests)
        finally:
            self._answered = len(requests) // 2
            with self._queue:
                self._led = bool(self._waiting)
                following = [self._waiting[0]] if self._waiting else []
            for request in (*following, *requests[1:]):
                request.wait.release()

    def _take(self) -> list[_Request]:
        """Returns the requests of the next commit: as many as wait, up to a size."""
        taken = [self._waiting.popleft()]
        size = len(taken[0].groups)
        while self._waiting and size + len(self._waiting[0].groups) <= GROUPS_MAX:
            taken.append(self._waiting.popleft())
            size += len(taken[-1].groups)
        return taken

    def _commit_batch(self, requests: list[_Request]) -> None:
        groups = [group for request in requests for group in request.groups]
        try:
            with self._uncollected():
                answers = iter(self._in_transaction(lambda: self._decide_all(groups)))
            for request in requests:
                request.answers = [next(answers) for _ in request.groups]
        except StoreError as problem:
            for request in requests:
                request.problem = problem
        except BaseException as problem:
            if len(requests) > 1 and isinstance(problem, Exception):
                # One request's bug must not be the others' trouble.
                for request in requests:
                    self._commit_batch([request])
                return
            requests[0].problem = problem
            for request in requests[1:]:
                request.problem = StoreError("the commit was interrupted", hint="submit the same again")
            if not isinstance(problem, Exception):
                raise
        finally:
            for request in requests:
                request.done = True

    @property
    def _link(self) -> Link:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    @contextmanager
    def _uncollected(self) -> Iterator[None]:
        """Pauses the collector of reference cycles: a commit makes thousands of nouns and no cycles.

        Walking through them, and through all that the caller holds, again and again took a third of the time.
        """
        collects = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if collects:
                gc.enable()

    def _in_transaction(self, work: Callable[[], T]) -> T:
        """Runs some work between begin and commit. Whatever goes wrong, nothing of it stays in memory either."""
        link = self._link
        try:
            link.begin_write()
            self._take_turn()
            done = work()
            if self._changed:
                self._end_turn()
            link.commit()
        except link.problems as problem:
            self._undo()
            message = f"the books could not be written: {link.words(problem)}"
            raise StoreError(
                message, hint="submit the same again; the answer tells whether it had been kept"
            ) from problem
        except BaseException:
            self._undo()
            raise
        if len(self._world.accounts) > ACCOUNTS_MAX:
            self._forget()
        return done

    def _undo(self) -> None:
        """Takes back what is half done; a connection that cannot even do that is given up."""
        self._forget()
        try:
            self._link.rollback()
        except self._link.problems:
            self._hang_up()

    def _end_turn(self) -> None:
        """Counts the commit. Should another writer have come between, the lock has failed: nothing is kept then."""
        if self._link.change("UPDATE turn SET number = number + 1 WHERE number = ?", (self._turn,)) != 1:
            raise StoreError("another writer came between", hint="submit the same again")
        self._turn += 1

    def _take_turn(self) -> None:
        """Forgets what is in memory if another process has written since."""
        ((number,),) = self._link.rows("SELECT number FROM turn")
        if number != self._turn:
            self._forget()
            self._turn = number
        self._changed = False
        self._seen = None

    def _forget(self) -> None:
        self._world = World()
        self._written.clear()
        self._turn = -1

    def _decide_all(self, groups: Sequence[Group]) -> list[Answer]:
        self._see(groups)
        if self._expire():
            self._see(groups)
        load(self._link, self._world, groups)
        answers: list[Answer] = []
        kept: list[Kept] = []
        failed: dict[Key, FailedRow] = {}
        now = self._clock()
        for group in groups:
            if any(event.asserts for event in group.events):
                self._flush(kept)
                self._load_asserted(group)
            answer = self._decide(group, now, kept)
            answers.append(answer)
            if isinstance(answer, Refused) and answer.code in STICKY:
                self._fail(group, answer, micros(now), failed)
            if len(kept) >= EVENTS_AHEAD:
                self._flush(kept)
        self._flush(kept)
        self._settle()
        if failed:
            keep_failed(self._link, failed.values())
            self._changed = True
        return answers

    def _decide(self, group: Group, now: datetime, kept: list[Kept], *, by_writer: bool = False) -> Answer:
        decision = decide(self._world, group, now, by_writer=by_writer)
        if isinstance(decision, Refused):
            return decision
        if isinstance(decision, Known):
            return Accepted(recorded=decision.recorded, duplicate=True)
        salts = self._entropy(16 * len(decision.acts))
        new = keep(decision, [salts[at : at + 16] for at in range(0, len(salts), 16)])
        apply(self._world, decision)
        kept += new
        return Accepted(recorded=tuple(one.recorded for one in new))

    def _see(self, groups: Iterable[Group]) -> None:
        """Names to the database the rows that these groups may touch: the books of their organisations."""
        names = {event.organisation for group in groups for event in group.events}
        if self._seen is None or not names <= self._seen:
            self._link.see((), names, writer=True)
            self._link.see(book_numbers(self._link, names).values(), names, writer=True)
            self._seen = names

    def _due(self, now: int) -> list[Due]:
        """Returns reservations whose time is up, in whichever books."""
        waiting = due_books(self._link, now)
        if not waiting:
            return []
        self._link.see(waiting, (), writer=True)
        self._seen = None
        return due_reservations(self._link, now)

    def _flush(self, kept: list[Kept]) -> None:
        if kept:
            keep_events(self._link, self._world, kept)
            self._written += kept
            kept.clear()
            self._changed = True

    def _settle(self) -> None:
        """Writes what accounts and logs have become, while the rows of their books may still be seen."""
        if self._written:
            keep_states(self._link, self._world, self._written)
            self._written.clear()

    def _load_asserted(self, group: Group) -> None:
        for event in group.events:
            account = event.asserts and self._world.accounts.get((event.book, event.asserts.account))
            if event.asserts and account and account.number:
                key = (event.book, account.id, event.asserts.as_of_at)
                self._world.posted_as_of[key] = posted_as_of(self._link, account.number, key[2])

    def _fail(self, group: Group, refused: Refused, at: int, failed: dict[Key, FailedRow]) -> None:
        """Notes that an id stays refused. Its book is known, or there would have been another refusal."""
        key = (refused.organisation, refused.event)
        event = next(event for event in group.events if (event.organisation, event.id) == key)
        digest = digest_of(event)
        failed[key] = (*key, self._world.books[event.book].number, refused.code.value, digest, at)
        self._world.failed[key] = Failed(refused.code, digest)

    def _only_expire(self) -> int:
        self._see(())
        return self._expire()

    def _expire(self) -> int:
        """Lets reservations lapse whose time is up."""
        now = self._clock()
        count = 0
        while due := self._due(micros(now)):
            groups = list(expiries(due))
            self._see(groups)
            load(self._link, self._world, groups)
            kept: list[Kept] = []
            for group in groups:
                answer = self._decide(dated(self._world, group, now), now, kept, by_writer=True)
                if isinstance(answer, Refused):
                    raise StoreError(f"reservations cannot lapse: {answer.message}", hint="verify the books")
            count += len(due)
            self._flush(kept)
            self._settle()
        return count
