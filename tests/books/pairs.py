"""Who may see what: generated pairs of an actor and a resource, asked of a store and of the services above it.

Each answer is held against the oracle's. What an actor may not see must answer as what does not exist, word for word, and no
answer may hold anything that stands in a book which the actor does not see.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from armslength.connectors.focus import Tariff
from armslength.errors import ArmslengthError
from armslength.model.book import Accepted, Book, Event, Group, Refused
from armslength.service import book_reading
from armslength.store.books import Books
from armslength.store.postgresql_schema import APP_ROLE
from armslength.store.scope import Scope
from books.postgres import Cluster
from books.stores import Clock, open_url
from books.walls import Walls
from books.worlds import MISSING, NAMES, Notes, World

FREE = Tariff(Decimal(0), "USD")


@dataclass(frozen=True)
class Question:
    """What an actor asks for, and what the oracle says must come of it.

    Attributes:
        what: the resource, in words.
        ask: returns the whole answer, in which no secret of others may stand.
        shape: makes of the answer what can be compared with what is expected.
        asked: text that the actor itself wrote, which an answer may therefore repeat.
    """

    what: str
    ask: Callable[[], Any]
    shape: Callable[[Any], object]
    expected: object
    asked: str = ""

    def answered(self) -> tuple[object, str]:
        """Returns what came of it, and all of its text."""
        try:
            answer = self.ask()
        except ArmslengthError as problem:
            return ("no", problem.code, problem.message), f"{problem} {problem.hint}"
        return self.shape(answer), repr(answer)


def as_it_is(answer: Any) -> object:
    return answer


def hidden(name: str) -> tuple[str, str, str]:
    """What must be said of a book that is not there, and of one that is none of the actor's business."""
    return "no", "unknown_book", f"there is no book {name}"


def reading(world: World, books: Books, scope: Scope, name: str) -> Question:
    """Something that is read out of one book."""
    chance, notes = world.chance, world.sees(scope, name)
    theirs = world.notes.get(name) or chance.choice(list(world.notes.values()))
    asked = Asked(
        chance.randrange(-1, 6), chance.randrange(0, 6), theirs.account(chance.randrange(2)), next(iter(theirs.blobs))
    )
    kind = chance.choice(list(READINGS))
    ask, shape, told = READINGS[kind]
    expected = hidden(name) if notes is None else told(notes, asked)
    return Question(f"{kind} of {name}", lambda: ask(books, scope, name, asked), shape, expected, asked.account)


@dataclass(frozen=True)
class Asked:
    """What an actor names besides the book."""

    after: int
    limit: int
    account: str
    digest: str


# What is asked of a store about one book; the answer's shape; and what the notes say to it.
READINGS: dict[
    str,
    tuple[Callable[[Books, Scope, str, Asked], Any], Callable[[Any], object], Callable[[Notes, Asked], object]],
] = {
    "page": (
        lambda books, scope, name, asked: books.events(scope, name, after=asked.after, limit=asked.limit),
        lambda page: [(one.event.organisation, one.event.id) for one in page],
        lambda notes, asked: notes.events[asked.after + 1 :][: asked.limit],
    ),
    "size": (lambda books, scope, name, _: books.size(scope, name), as_it_is, lambda notes, _: len(notes.events)),
    "head": (
        lambda books, scope, name, _: books.checkpoint(scope, name),
        lambda head: head.size_count,
        lambda notes, _: len(notes.events),
    ),
    "frontier": (
        lambda books, scope, name, _: books.frontier(scope, name),
        lambda frontier: frontier.size_count,
        lambda notes, _: len(notes.events),
    ),
    "leaves": (lambda books, scope, name, _: books.leaves(scope, name), len, lambda notes, _: len(notes.events)),
    "hashes": (
        lambda books, scope, name, asked: books.hashes(scope, name, 0, 0, asked.limit),
        len,
        lambda notes, asked: min(len(notes.events), asked.limit),
    ),
    "accounts": (
        lambda books, scope, name, _: books.accounts(scope, name),
        lambda rows: [row.id for row in rows],
        lambda notes, _: sorted(notes.sums),
    ),
    "balances": (
        lambda books, scope, name, _: books.balances(scope, name),
        lambda rows: {row.account: [row.debits_posted_count, row.credits_posted_count] for row in rows},
        lambda notes, _: notes.sums,
    ),
    "balance": (
        lambda books, scope, name, asked: books.balance(scope, name, asked.account),
        lambda row: row.debits_posted_count,
        lambda notes, asked: notes.sums[asked.account][0],
    ),
    "open items": (
        lambda books, scope, name, asked: books.open_items(scope, name, asked.account),
        lambda items: [(item.organisation, item.event, item.residual_count) for item in items],
        lambda notes, asked: notes.items[asked.account],
    ),
    "document": (
        lambda books, scope, name, asked: books.blob_get(scope, name, asked.digest),
        as_it_is,
        lambda notes, asked: notes.blobs[asked.digest],
    ),
    "signed heads": (lambda books, scope, name, _: books.notes(scope, name), dict, lambda notes, _: notes.signed),
}


def of_all_books(world: World, books: Books, scope: Scope, name: str) -> Question:
    """Something that is looked for in all books at once, or asked of the services above the store."""
    notes, chance = world.sees(scope, name), world.chance
    kind = chance.choice(("books", "organisations", "event", "the book", "held", "export", "verify"))
    no = ("no", "unknown_name", f"there is no book `{name}`")
    match kind:
        case "books":
            mine = sorted(other for other in world.notes if world.sees(scope, other))
            return Question(kind, lambda: books.books(scope), lambda rows: [row.id for row in rows], mine)
        case "organisations":
            known = world.readers if scope.operator and not world.walls else scope.organisations
            known = known & world.readers if scope.operator else known
            return Question(kind, lambda: books.organisations(scope), list, sorted(known))
        case "event":
            return _one_event(world, books, scope, world.notes.get(name))
        case "held":
            sums = {one: pair[0] - pair[1] for one, pair in notes.sums.items()} if notes else hidden(name)
            return Question(f"{kind} {name}", lambda: book_reading.held(books, scope, [name]), _net, sums)
        case "export":
            entries = notes.entries if notes else no
            text = lambda: "".join(book_reading.exported(books, scope, name, "csv", FREE))  # noqa: E731
            return Question(f"{kind} {name}", text, lambda text: text.count(",post,"), entries)
        case "verify":
            found = lambda checks: [problem for check in checks for problem in check.problems]  # noqa: E731
            return Question(kind, lambda: book_reading.verify(books, scope), found, [])
        case _:
            book = lambda: book_reading.the_book(books, scope, name)  # noqa: E731
            return Question(f"{kind} {name}", book, lambda book: book.id, name if notes else no)


def _one_event(world: World, books: Books, scope: Scope, there: Notes | None) -> Question:
    """An event by its id, wherever it may stand."""
    there = there or world.chance.choice(list(world.notes.values()))
    who, which = world.chance.choice(there.events)
    expected = there.book.id if world.sees(scope, there.book.id) else None
    if world.chance.random() < 0.2:
        which, expected = "e-9999999", None
    book = lambda one: one and one.event.book  # noqa: E731
    return Question(f"event {which} of {who}", lambda: books.event(scope, who, which), book, expected)


def _net(rows: Iterable[book_reading.Held]) -> dict[str, int]:
    return {row.account.id: row.balance.debits_posted_count - row.balance.credits_posted_count for row in rows}


def writing(world: World, books: Books, scope: Scope, name: str) -> Question:
    """Something that is written, or tried to be."""
    chance, there = world.chance, world.notes.get(name)
    kind = chance.choice(("record", "post", "void", "size", "document", "signed head", "create"))
    notes = there or Notes(Book(id=name, kind="agreement", members=NAMES[:2]), "nothing")
    match kind:
        case "document":
            content = f"another {notes.secret} {chance.random()}".encode()
            digest = "sha256:" + sha256(content).hexdigest()
            if world.sees(scope, name):
                notes.blobs[digest] = content
            told = digest if world.sees(scope, name) else hidden(name)
            return Question(f"{kind} into {name}", lambda: books.blob_put(scope, name, content), as_it_is, told)
        case "signed head":
            put = lambda: books.note_put(scope, name, 1, notes.signed.get(1, ""))  # noqa: E731
            return Question(f"{kind} of {name}", put, as_it_is, None if world.sees(scope, name) else hidden(name))
        case "create":
            # An operator would make what is not there; of what is, it learns that it is.
            wanted = Book(id=name if there or not scope.operator else "private/ada", kind="agreement", members=("zoe",))
            refused = ("no", "not_a_member", "only an operator makes books")
            taken = ("no", "id_conflict", f"a book {wanted.id} exists with other members")
            make = lambda: books.create_book(scope, wanted)  # noqa: E731
            return Question(f"{kind} {wanted.id}", make, as_it_is, taken if scope.operator else refused)
        case _:
            return _submission(world, books, scope, notes, kind)


def _submission(world: World, books: Books, scope: Scope, notes: Notes, kind: str) -> Question:
    """A group in one's own name, or in another's."""
    chance, name = world.chance, notes.book.id
    mine = sorted(scope.organisations & set(NAMES))
    who = chance.choice(mine if mine and chance.random() < 0.85 else NAMES)
    sizes = {name: 10**6} if kind == "size" else {}
    home = world.notes.get(f"private/{who}") if sizes else None
    if kind == "post":
        event = world.posted(who, notes)
    elif kind == "void":
        held = {one for there in world.notes.values() for by, one in there.held if by == who}
        others = [one for _, one in chance.choice(list(world.notes.values())).events if one not in held]
        of = chance.choice(others)
        event = world.event(who, notes, "void", of=of)
    else:
        event = world.event(who, home or notes, "record", topic="a.b")
    group = Group(id=f"g-{who}-{event.id}", events=(event,), expected_size_count=sizes)
    expected = _verdict(world, scope, who, event, sizes)

    def shape(answer: Accepted | Refused) -> object:
        if isinstance(answer, Accepted):
            world.note(event)
            return "accepted"
        return answer.code.value, answer.message if len(expected) > 1 else "", answer.hint if len(expected) > 2 else ""

    return Question(
        f"{kind} by {who} in {name}",
        lambda: books.submit(scope, group),
        shape,
        "accepted" if expected == ("accepted",) else (*expected, "", "")[:3],
        notes.secret,
    )


def _verdict(world: World, scope: Scope, who: str, event: Event, sizes: dict[str, int]) -> tuple[str, ...]:
    """The oracle's answer to a submission: the code, and the words where those of another case could tell something."""
    if who not in scope.organisations:
        return "not_a_member", f"event {event.id}: you may not submit for {who}"
    target = world.notes.get(event.book)
    for name in (event.book, *sizes):
        if name not in world.notes or who not in world.notes[name].readers:
            return "unknown_book", f"event {event.id}: there is no book {name}"
    assert target is not None
    if who not in target.book.members:
        return "not_a_member", f"event {event.id}: {who} may read book {event.book} and may not write to it"
    if sizes:
        return ("stale_size",)
    if event.kind == "void" and (who, event.of) in target.events:
        return ("not_reserved",)
    if event.kind == "void":
        return "unknown_event", f"event {event.id}: {who} has no event {event.of} in book {event.book}"
    return ("accepted",)


def ask(world: World, books: Books, pairs: int) -> list[str]:
    """Asks so many questions, and returns what was answered otherwise than the oracle says."""
    found = []
    kinds = [reading] * 5 + [of_all_books] * 2 + [writing] * 3
    for _ in range(pairs):
        scope = world.actor()
        name = world.chance.choice(list(world.notes)) if world.chance.random() < 0.85 else world.chance.choice(MISSING)
        question = world.chance.choice(kinds)(world, books, scope, name)
        answer, text = question.answered()
        who = f"{sorted(scope.organisations)}{' as operator' if scope.operator else ''}"
        if answer != question.expected:
            found.append(f"{who}, {question.what}: {answer!r}, not {question.expected!r}")
        found += [
            f"{who}, {question.what}: tells {secret}"
            for secret in world.secrets_from(scope)
            if secret in text and secret not in question.asked and secret not in question.what
        ]
    return found


def on_file(folder: Path, seed: int, pairs: int) -> list[str]:
    """Asks the services on a SQLite file, in a new world."""
    world = World(seed)
    with open_url(str(folder / f"pairs-{seed}.db"), Clock(), seed) as store:
        world.fill(store.store)
        return ask(world, store.store, pairs)


def on_server(
    cluster: Cluster, database: str, seed: int, pairs: int, rows: int, template: str = "template1"
) -> list[str]:
    """Asks the services on PostgreSQL, and then for rows in plain SQL."""
    world = World(seed, walls=True)
    try:
        with open_url(cluster.create(database, template), Clock(), seed) as store:
            world.fill(store.store)
            found = ask(world, store.store, pairs)
        links = cluster.connect(database), cluster.connect(database, APP_ROLE)
        try:
            return found + Walls(world, *links).ask(rows)
        finally:
            for link in links:
                link.close()
    finally:
        cluster.drop(database)
