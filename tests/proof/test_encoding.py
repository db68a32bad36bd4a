"""Canonical bytes: the same for the same, different for different, and fixed for ever by golden vectors."""

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.model.book import Account, Assertion, Clearing, Entry, Event
from armslength.proof.encoding import canonical, event_bytes, leaf_of, recorded_bytes, touched_accounts, unencodable
from proof.small_books import both, desk, work

AT = datetime(2024, 1, 2, 9, 0, 0, 250, tzinfo=UTC)
SALT = bytes(range(16))
FULL = {
    "id": "e-1",
    "organisation": "north",
    "book": "private/north",
    "kind": "post",
    "effective_at": AT,
    "entries": both("title/lot-7", "external/vendor", 12_000),
    "up_to": True,
    "timeout_seconds": 60,
    "of": "e-0",
    "corrects": "e-00",
    "reason": 'the "vendor" said\nso: 12\u202f000 × H100 — ok \U0001f600',
    "opens": Account(id="use/org-b/lot-7", unit="USE:H100"),
    "account": "title/lot-7",
    "clearings": (Clearing(item="e-2", by="e-3", account="due_from/b/x", amount_count=1),),
    "asserts": Assertion(account="title/lot-7", debits_count=1, credits_count=0, as_of_at=AT),
    "topic": "agreement.approve",
    "body": {"b": [1, None, True], "a": {"z": "é", "\U0001f600": 2, "\uffee": 1}},
    "evidence": ("sha256:" + "0" * 64,),
}
BARE = {name: FULL[name] for name in ("id", "organisation", "book", "kind", "effective_at")}
CHANGED = {
    "kind": "reserve",
    "effective_at": AT + timedelta(microseconds=1),
    "entries": FULL["entries"][::-1],
    "up_to": False,
    "timeout_seconds": 61,
    "opens": Account(id="use/org-b/lot-7", unit="USE:H200"),
    "clearings": (),
    "asserts": Assertion(account="title/lot-7", debits_count=1, credits_count=0, as_of_at=AT + timedelta(seconds=1)),
    "body": {"b": [1, None, False], "a": {"z": "é", "\U0001f600": 2, "\uffee": 1}},
    "evidence": (),
}


def content(event: Event, **fields: object) -> bytes:
    said = {
        "moved": event.entries,
        "group": "g",
        "sequence_count": 5,
        "recorded_at": AT,
        "versions": {"title/lot-7": 2},
    }
    return recorded_bytes(event, **(said | fields))


def test_golden_vectors(golden):
    vectors = []
    for name, event in (("bare", Event(**BARE)), ("full", Event(**FULL))):
        data = content(event)
        vectors.append({"name": name, "salt": SALT.hex(), "content": data.decode(), "leaf": leaf_of(data, SALT).hex()})
    golden("proof/encoding.json", json.dumps(vectors, indent=1, ensure_ascii=False) + "\n")


def test_the_leaf_is_built_as_documented():
    data = content(Event(**FULL))
    commitment = sha256(b"armslength-event/v1\n" + SALT + data).digest()
    assert leaf_of(data, SALT) == sha256(b"\x00" + commitment).digest()
    assert leaf_of(data, bytes(16)) != leaf_of(data, SALT)
    with pytest.raises(ValueError, match="16 bytes"):
        leaf_of(data, b"short")


@pytest.mark.parametrize("fields", [BARE, FULL], ids=["bare", "full"])
def test_the_bytes_written_by_hand_are_canonical(fields):
    for data in (content(Event(**fields)), event_bytes(Event(**fields))):
        assert canonical(json.loads(data)) == data


@pytest.mark.parametrize("name", sorted(Event.model_fields))
def test_every_field_of_an_event_is_covered(name):
    full = Event(**FULL)
    value = CHANGED.get(name, f"{FULL[name]}x")
    other = Event(**(FULL | {name: value}))
    assert event_bytes(other) != event_bytes(full)
    assert content(other) != content(full)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("moved", both("title/lot-7", "external/vendor", 11_999)),
        ("moved", ()),
        ("group", "g2"),
        ("group", 'g","sequence_count":6,"x":"'),
        ("sequence_count", 6),
        ("recorded_at", AT + timedelta(microseconds=1)),
        ("versions", {"title/lot-7": 3}),
        ("versions", {"title/lot-8": 2}),
    ],
)
def test_everything_the_ledger_adds_is_covered(name, value):
    assert content(Event(**FULL), **{name: value}) != content(Event(**FULL))


def test_equal_instants_have_equal_bytes():
    elsewhere = AT.astimezone(timezone(timedelta(hours=-6)))
    assert event_bytes(Event(**(FULL | {"effective_at": elsewhere}))) == event_bytes(Event(**FULL))


def test_a_field_at_its_default_leaves_no_trace():
    assert set(json.loads(event_bytes(Event(**BARE)))) == set(BARE)


def test_what_a_store_gives_back_has_the_bytes_of_its_leaf():
    at = desk()
    work(at)
    for recorded in at.books.events(at.scope, at.book):
        data = recorded_bytes(
            recorded.event,
            moved=recorded.moved,
            group=recorded.group,
            sequence_count=recorded.sequence_count,
            recorded_at=recorded.recorded_at,
            versions=recorded.versions_count,
        )
        assert leaf_of(data, bytes.fromhex(recorded.salt)).hex() == recorded.leaf


def test_touched_accounts_are_named_once():
    event = Event(**FULL)
    assert touched_accounts(event, event.entries) == [
        "title/lot-7",
        "external/vendor",
        "use/org-b/lot-7",
        "due_from/b/x",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
)


@given(JSON)
def test_what_can_be_encoded_comes_back_as_it_was(value):
    assert unencodable(value) == ""
    assert json.loads(canonical({"value": value})) == {"value": value}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (0.5, "fraction"),
        (float("nan"), "fraction"),
        ([{"a": 1.0}], "fraction"),
        (2**63, "64 bits"),
        (-(2**63), "64 bits"),
        ("\ud800", "surrogate"),
        ({"\udfff": 1}, "surrogate"),
        ({1: 2}, "not texts"),
        (b"x", "bytes"),
    ],
)
def test_what_has_no_canonical_form_is_found(value, why):
    assert why in unencodable(value)


def test_depth_is_bounded():
    deep: object = 1
    for _ in range(40):
        deep = [deep]
    assert "nested" in unencodable(deep)


def test_no_escape_is_needed_where_none_is_made():
    for letter in '"\\\x00\n\u2028':
        with pytest.raises(ValueError, match="pattern"):
            Entry(account=f"a{letter}b", side="debit", amount_count=1)
