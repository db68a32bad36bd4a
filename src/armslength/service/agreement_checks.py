"""A named check of whole books: agreements moved what their terms and approvals allow, and nothing else moved in their name."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from armslength.errors import Problem
from armslength.governance.agreement import Agreement
from armslength.governance.fold import fold, proposals
from armslength.governance.moves import Move, close_out_moves, delivery_moves, execution_moves, paid_moves
from armslength.model.accounts import MIRRORS, tree
from armslength.model.acts import ClosedOut, Delivery, Paid
from armslength.model.book import Recorded
from armslength.service.agreeing import found_evidence
from armslength.service.book_checks import BookRead

Document = Callable[[str, str], bytes | None]
Posting = tuple[str, str, str, int]  # organisation, account, side, amount
PREFIX = "agreement/"
MOVING = ("agreement.execute", "agreement.return", "agreement.settle", "agreement.close_out")


def agreements(reads: Sequence[BookRead], document: Document) -> Iterator[Problem]:
    """Agreements took effect under valid approvals only, and moved what their terms say and nothing else."""
    private = [read for read in reads if read.book.kind == "private"]
    for read in reads:
        if read.book.id.startswith(PREFIX) and any(row.event.topic == "agreement.propose" for row in read.rows):
            yield from _agreement(read, private, document)


def _agreement(read: BookRead, private: Sequence[BookRead], document: Document) -> Iterator[Problem]:
    name = read.book.id.removeprefix(PREFIX)
    evidence = found_evidence(proposals(name, read.rows), lambda digest: document(read.book.id, digest))
    state = fold(name, read.rows, evidence)
    wrong = {row.sequence: row for row in state.findings}
    for row in read.rows:
        if row.sequence_count in wrong:
            yield read.say(row, wrong[row.sequence_count].text)
    allowed: dict[str, Counter[Posting]] = {}
    for row in read.rows:
        if row.event.topic in MOVING and row.sequence_count not in wrong:
            before = fold(name, read.rows[: row.sequence_count], evidence)
            allowed[row.group] = Counter(_postings(_moves(before, row)))
    for own in private:
        yield from _moved(own, name, allowed)


def _moves(before: Agreement, row: Recorded) -> tuple[Move, ...]:
    """Returns what an act should move, worked out again from the state before it."""
    text = json.dumps(row.event.body)
    match row.event.topic:
        case "agreement.execute":
            return execution_moves(before, row.event.effective_at.date())
        case "agreement.return":
            return delivery_moves(before, Delivery.model_validate_json(text))
        case "agreement.settle":
            return paid_moves(before, Paid.model_validate_json(text))
        case _:
            return close_out_moves(before, ClosedOut.model_validate_json(text))


def _postings(moves: Sequence[Move]) -> Iterator[Posting]:
    for move in moves:
        for line in move.lines:
            yield move.organisation, line.account, line.side, line.amount


def _moved(own: BookRead, name: str, allowed: dict[str, Counter[Posting]]) -> Iterator[Problem]:
    owner = own.book.members[0]
    found: dict[str, Counter[Posting]] = {group: Counter() for group in allowed}
    for row in own.rows:
        if not row.moved or not _in_the_name_of(row, name):
            continue
        if row.group not in allowed:
            yield own.say(row, f"moves something in the name of {name} without a valid act of that agreement")
            continue
        found[row.group].update((owner, entry.account, entry.side, entry.amount_count) for entry in row.moved)
    for group, postings in found.items():
        wanted = Counter({key: count for key, count in allowed[group].items() if key[0] == owner})
        if postings != wanted:
            yield Problem(f"{own.book.id} group {group}", f"what moved is not what the terms of {name} say")


def _in_the_name_of(row: Recorded, name: str) -> bool:
    if (row.event.topic or "").startswith("agreement.") and row.event.body.get("agreement") == name:
        return True
    return any(tree(entry.account) in MIRRORS and entry.account.split("/")[2:3] == [name] for entry in row.moved)
