"""Each refusal, in the order of the list: one line for what asks for it, and what beats it."""

from datetime import timedelta
from typing import Any

import pytest

from armslength.model.book import STICKY, Accepted, Account, Event, Refusal, Refused
from books.drawing import BEGIN, PACT, entry, opening, private
from books.stores import EVERYBODY, Clock, Opened, open_url

DAY = timedelta(days=1)
SEALED = BEGIN + DAY
TODAY = BEGIN + 2 * DAY
FUTURE = BEGIN + 9000 * DAY


def event(kind: str, **fields: Any) -> Event:
    known = {"id": "asked", "organisation": "north", "book": private("north"), "kind": kind, "effective_at": TODAY}
    return Event.model_validate(known | fields)


def move(debit: str, credit: str, amount: int, credited: int | None = None) -> dict[str, Any]:
    return {"entries": (entry(debit, "debit", amount), entry(credit, "credit", credited or amount))}


OUT = move("external/vendor", "title/lot-1", 5)
NOWHERE = move("title/nowhere", "external/vendor", 5)
CLEAR = {"item": "arrived", "by": "left", "account": "title/lot-1", "amount_count": 5}
COUNT = {"account": "title/lot-1", "debits_count": 1, "credits_count": 0, "as_of_at": TODAY}
ACCOUNT = Account(id="title/lot-1", unit="GPU:a", limit="none")
ALL_HELD = move("external/vendor", "title/lot-1", 1)["entries"]
TOO_MUCH = move("external/vendor", "title/lot-1", 900)
LENT = move("due_from/south/pact/GPU:a", "title/lot-1", 5)

# The event, the refusal, and what else is wrong with it but comes later in the list.
TABLE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("unknown_book", {"kind": "record", "book": "private/nobody"}),
    ("unknown_book", {"kind": "record", "book": private("south"), "topic": "a"}),
    ("not_a_member", {"kind": "record", "book": PACT, "organisation": "east", "effective_at": FUTURE}),
    ("id_conflict", {"kind": "record", "id": "arrived", "effective_at": FUTURE}),
    ("id_conflict", {"kind": "record", "id": "refused", "effective_at": FUTURE}),
    ("wrong_fields", {"kind": "record", "effective_at": FUTURE}),
    ("wrong_fields", {"kind": "post", "effective_at": FUTURE}),
    ("wrong_fields", {"kind": "post", "of": "arrived", **OUT}),
    ("wrong_fields", {"kind": "post", "timeout_seconds": 5, **OUT}),
    ("wrong_fields", {"kind": "reserve", "up_to": True, **OUT}),
    ("wrong_fields", {"kind": "post", "up_to": True, **move("external/vendor", "title/lot-1", 5, 4)}),
    ("wrong_fields", {"kind": "post", "up_to": True, "entries": OUT["entries"][:1]}),
    ("wrong_fields", {"kind": "post", "up_to": True, "entries": (OUT["entries"][0], OUT["entries"][0])}),
    ("wrong_fields", {"kind": "post", "corrects": "arrived", **OUT}),
    ("wrong_fields", {"kind": "post", "corrects": "arrived", "reason": "  ", **OUT}),
    ("wrong_fields", {"kind": "void", "entries": OUT["entries"], "of": "held"}),
    ("wrong_fields", {"kind": "expire", "of": "held"}),
    ("wrong_fields", {"kind": "void", "id": "ledger:mine", "of": "held"}),
    ("wrong_fields", {"kind": "open_account"}),
    ("wrong_fields", {"kind": "close_account"}),
    ("wrong_fields", {"kind": "reopen_account"}),
    ("wrong_fields", {"kind": "reverse"}),
    ("wrong_fields", {"kind": "clear"}),
    ("wrong_fields", {"kind": "assert_balance"}),
    ("wrong_fields", {"kind": "assert_balance", "asserts": {**COUNT, "credits_count": 1}}),
    ("wrong_fields", {"kind": "seal", "of": "held"}),
    ("wrong_fields", {"kind": "record", "topic": "a", "body": {"share": 0.5}}),
    ("future_effect", {"kind": "post", "effective_at": FUTURE, **NOWHERE}),
    ("future_effect", {"kind": "assert_balance", "asserts": {**COUNT, "as_of_at": FUTURE}}),
    ("sealed", {"kind": "post", "effective_at": SEALED, **NOWHERE}),
    ("sealed", {"kind": "record", "effective_at": SEALED, "topic": "a"}),
    ("sealed", {"kind": "seal", "effective_at": SEALED}),
    ("sealed", {"kind": "void", "effective_at": SEALED, "of": "nothing"}),
    ("sealed", {"kind": "post", "effective_at": SEALED, "corrects": "arrived", "reason": "a mistake", **OUT}),
    ("sealed", {"kind": "open_account", "effective_at": SEALED, "opens": ACCOUNT}),
    ("unknown_account", {"kind": "post", **NOWHERE}),
    ("unknown_account", {"kind": "reserve", **NOWHERE}),
    ("unknown_account", {"kind": "close_account", "account": "title/nowhere"}),
    ("unknown_account", {"kind": "reopen_account", "account": "title/nowhere"}),
    ("unknown_account", {"kind": "post_reserved", "of": "nothing", **NOWHERE}),
    ("unknown_account", {"kind": "clear", "clearings": ({**CLEAR, "account": "title/nowhere", "by": "nothing"},)}),
    ("unknown_account", {"kind": "assert_balance", "asserts": {**COUNT, "account": "title/nowhere"}}),
    ("account_exists", {"kind": "open_account", "opens": ACCOUNT}),
    ("account_closed", {"kind": "post", **move("loan/USD", "money/USD", 5, 4)}),
    ("account_closed", {"kind": "reserve", **move("money/USD", "loan/USD", 5)}),
    ("account_closed", {"kind": "post_reserved", "of": "held-loan"}),
    ("account_closed", {"kind": "reverse", "of": "borrowed"}),
    ("account_closed", {"kind": "close_account", "account": "loan/USD"}),
    ("account_not_closed", {"kind": "reopen_account", "account": "title/lot-1"}),
    ("unbalanced", {"kind": "post", **move("title/lot-1", "external/vendor", 5, 4)}),
    ("unbalanced", {"kind": "reserve", **move("title/lot-1", "external/market", 5)}),
    ("unbalanced", {"kind": "post", **move("money/USD", "external/vendor", 5)}),
    ("unbalanced", {"kind": "post_reserved", "of": "nothing", **move("external/vendor", "title/lot-1", 5, 4)}),
    ("unknown_event", {"kind": "void", "of": "nothing"}),
    ("unknown_event", {"kind": "post_reserved", "of": "nothing"}),
    ("unknown_event", {"kind": "reverse", "of": "nothing"}),
    ("unknown_event", {"kind": "void", "of": "in-the-pact"}),
    ("unknown_event", {"kind": "void", "of": "theirs"}),
    ("unknown_event", {"kind": "post", "corrects": "nothing", "reason": "a mistake", **TOO_MUCH}),
    ("unknown_event", {"kind": "clear", "clearings": ({**CLEAR, "by": "nothing"},)}),
    ("unknown_event", {"kind": "clear", "clearings": ({**CLEAR, "item": "nothing"},)}),
    ("not_reserved", {"kind": "void", "of": "arrived"}),
    ("not_reserved", {"kind": "post_reserved", "of": "arrived"}),
    ("not_reserved", {"kind": "void", "of": "held", "effective_at": TODAY - timedelta(seconds=1)}),
    ("already_posted", {"kind": "void", "of": "held-posted"}),
    ("already_voided", {"kind": "post_reserved", "of": "held-voided"}),
    ("already_expired", {"kind": "void", "of": "held-lapsed"}),
    ("already_posted", {"kind": "post_reserved", "of": "held-posted", **move("external/vendor", "title/lot-1", 900)}),
    ("exceeds_reserved", {"kind": "post_reserved", "of": "held", **move("external/vendor", "title/lot-1", 900)}),
    ("exceeds_reserved", {"kind": "post_reserved", "of": "held", **move("title/lot-1", "external/vendor", 1)}),
    ("exceeds_reserved", {"kind": "post_reserved", "of": "held", **move("title/lot-2", "title/lot-1", 1)}),
    ("exceeds_reserved", {"kind": "post_reserved", "of": "held", "entries": 2 * ALL_HELD}),
    ("not_reversible", {"kind": "reverse", "of": "held"}),
    ("not_reversible", {"kind": "reverse", "of": "reversal"}),
    ("not_reversible", {"kind": "reverse", "of": "settled"}),
    ("not_reversible", {"kind": "reverse", "of": "left", "effective_at": TODAY - timedelta(seconds=1)}),
    ("already_reversed", {"kind": "reverse", "of": "reversed"}),
    ("nothing_to_clear", {"kind": "clear", "clearings": ({**CLEAR, "by": "held"},)}),
    ("nothing_to_clear", {"kind": "clear", "clearings": ({**CLEAR, "by": "arrived"},)}),
    ("nothing_to_clear", {"kind": "clear", "clearings": ({**CLEAR, "account": "money/USD"},)}),
    ("nothing_to_clear", {"kind": "clear", "clearings": ({**CLEAR, "by": "reversed"},)}),
    ("nothing_to_clear", {"kind": "clear", "clearings": ({**CLEAR, "item": "reversal", "by": "arrived"},)}),
    ("exceeds_residual", {"kind": "clear", "clearings": ({**CLEAR, "amount_count": 8},)}),
    ("exceeds_residual", {"kind": "clear", "clearings": ({**CLEAR, "amount_count": 4}, {**CLEAR, "amount_count": 4})}),
    ("assertion_failed", {"kind": "assert_balance", "asserts": COUNT}),
    ("assertion_failed", {"kind": "post", **move("title/lot-2", "external/vendor", 5)}),
    ("exceeds_limit", {"kind": "post", **move("external/vendor", "title/lot-1", 900)}),
    ("exceeds_limit", {"kind": "reserve", **move("external/vendor", "title/lot-1", 900)}),
    ("exceeds_limit", {"kind": "reverse", "of": "stocked"}),
    ("overflow", {"kind": "post", **move("money/USD", "external/market", 2**63 - 1)}),
    ("overflow", {"kind": "reserve", **move("money/USD", "external/market", 2**63 - 1)}),
    ("mirror_unmatched", {"kind": "post", **LENT}),
    ("mirror_unmatched", {"kind": "reserve", **LENT}),
)  # fmt: skip


def furnish(store: Opened, clock: Clock) -> None:
    """Something of everything in north's book, up to a seal."""
    store.furnish()
    past = {"effective_at": BEGIN}
    held = move("external/vendor", "title/lot-1", 1)
    two = move("title/lot-2", "external/vendor", 50)
    steps: tuple[Event, ...] = (
        event("post", id="arrived", **move("title/lot-1", "external/vendor", 100), **past),
        event("post", id="moved", **two, **past),
        event("post", id="stocked", **move("custody/hall/stored/lot-1", "external/vendor", 10), **past),
        event("post", id="used", **move("external/vendor", "custody/hall/stored/lot-1", 10), **past),
        event("post", id="borrowed", **move("money/USD", "loan/USD", 5), **past),
        event("reserve", id="held-loan", **move("loan/USD", "money/USD", 1), **past),
        event("close_account", id="close", account="loan/USD", **past),
        event("assert_balance", id="counted", **past,
              asserts={"account": "title/lot-2", "debits_count": 50, "credits_count": 0, "as_of_at": TODAY + DAY}),
        event("record", id="in-the-pact", book=PACT, topic="a"),
        event("seal", id="sealed", effective_at=SEALED),
        event("post", id="left", **move("external/vendor", "title/lot-1", 7)),
        event("post", id="settled", **move("external/vendor", "title/lot-1", 2)),
        event("clear", id="clear", clearings=({**CLEAR, "by": "settled", "amount_count": 1},)),
        event("post", id="reversed", **move("external/vendor", "title/lot-1", 3)),
        event("reverse", id="reversal", of="reversed"),
        event("reserve", id="held", **held), event("reserve", id="held-posted", **held),
        event("reserve", id="held-voided", **held), event("reserve", id="held-lapsed", timeout_seconds=1, **held),
        event("post_reserved", id="p", of="held-posted"), event("void", id="v", of="held-voided"),
    )  # fmt: skip
    for step in steps:
        answer = store.submit(opening("north").model_copy(update={"id": step.id, "events": (step,)}))
        assert isinstance(answer, Accepted), answer
    theirs = event(
        "reserve", id="theirs", organisation="south", book=private("south"), **move("money/USD", "external/market", 1)
    )
    store.submit(opening("north").model_copy(update={"id": "theirs", "events": (theirs,)}))
    bad = event("void", id="refused", of="nothing")
    assert isinstance(store.submit(opening("north").model_copy(update={"id": "bad", "events": (bad,)})), Refused)
    clock.now += timedelta(seconds=5)
    assert store.store.expire_due() == 1


@pytest.fixture(scope="module")
def furnished_memory():  # type: ignore[no-untyped-def]
    clock = Clock()
    with open_url("memory:", clock, 1) as store:
        furnish(store, clock)
        yield store


@pytest.mark.parametrize(
    ("number", "row"), list(enumerate(TABLE)), ids=[f"{code}-{n}" for n, (code, _) in enumerate(TABLE)]
)
def test_each_refusal_memory(furnished_memory: Opened, number: int, row: tuple[str, dict[str, Any]]) -> None:
    code, fields = row
    asked = event(**{"id": f"asked-{number}", **fields})
    group = opening("north").model_copy(update={"id": f"g-{number}", "events": (asked,)})
    size = furnished_memory.store.size(EVERYBODY, private("north"))
    answer = furnished_memory.submit(group)
    assert isinstance(answer, Refused)
    assert (answer.code.value, answer.event, answer.organisation) == (code, asked.id, asked.organisation)
    assert answer.message
    assert furnished_memory.store.size(EVERYBODY, private("north")) == size
    again = furnished_memory.submit(group)
    assert isinstance(again, Refused)
    assert again.code is (Refusal.ID_ALREADY_FAILED if answer.code in STICKY else answer.code)


def test_the_order_holds_beside_a_second_mistake_memory(furnished_memory: Opened) -> None:
    """Each row once more, and it also names an event that is not there: whichever stands first in the list is the answer."""
    places = list(Refusal)
    for number, (code, fields) in enumerate(TABLE):
        if fields.get("corrects") or {"arrived", "refused"} & {fields.get("id")}:
            continue
        asked = event(**{"id": f"second-{number}", **fields, "corrects": "nothing", "reason": "a mistake"})
        group = opening("north").model_copy(update={"id": f"s-{number}", "events": (asked,)})
        answer = furnished_memory.submit(group)
        assert isinstance(answer, Refused)
        expected = min(Refusal(code), Refusal.UNKNOWN_EVENT, key=places.index)
        assert (number, answer.code) == (number, expected)


def test_every_refusal_is_in_the_table_memory() -> None:
    """Those that need a history of their own stand in other tests."""
    elsewhere = {Refusal.ID_ALREADY_FAILED, Refusal.STALE_SIZE}
    assert {Refusal(code) for code, _ in TABLE} | elsewhere == set(Refusal)


def test_every_store_refuses_alike(store: Opened, clock: Clock) -> None:
    furnish(store, clock)
    groups = [
        opening("north").model_copy(update={"id": f"g-{n}", "events": (event(**{"id": f"asked-{n}", **fields}),)})
        for n, (_, fields) in enumerate(TABLE)
    ]
    answers = store.store.submit_many(EVERYBODY, groups)
    assert [answer.code.value for answer in answers if isinstance(answer, Refused)] == [code for code, _ in TABLE]
