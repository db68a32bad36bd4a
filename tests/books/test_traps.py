"""Traps that others fell into, and that were measured before this ledger was written: each stays a test."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from armslength.errors import ArmslengthError
from armslength.model.book import Accepted, Account, Book, Event, Group, Refusal, Refused
from armslength.store import writer
from books.drawing import BEGIN, ORGANISATIONS, entry, private
from books.postgres import Cluster
from books.stores import EVERYBODY, Clock, Opened, open_url

DAY = timedelta(days=1)
GPU = "GPU:a"
NUMBERS = itertools.count()
OTHER = {"debit": "credit", "credit": "debit"}


def event(name: str, kind: str, organisation: str = "north", **fields: Any) -> Event:
    known = {"id": name, "organisation": organisation, "kind": kind, "book": private(organisation)}
    return Event.model_validate(known | {"effective_at": BEGIN + DAY} | fields)


def group(*events: Event, name: str = "") -> Group:
    return Group(id=name or f"g-{events[0].id}", events=events)


def arrives(name: str, amount: int, organisation: str = "north") -> Event:
    entries = (entry("title/lot-1", "debit", amount), entry("external/vendor", "credit", amount))
    return event(name, "post", organisation, entries=entries)


def lent(name: str, amount: int, **fields: Any) -> tuple[Event, Event]:
    """What north lends to south, reserved in both books."""
    give = (entry(f"due_from/south/pact/{GPU}", "debit", amount), entry("title/lot-1", "credit", amount))
    take = (entry("title/lot-2", "debit", amount), entry(f"due_to/north/pact/{GPU}", "credit", amount))
    return (
        event(f"{name}-give", "reserve", entries=give, **fields),
        event(f"{name}-take", "reserve", "south", entries=take, **fields),
    )


@pytest.fixture
def furnished(clock: Clock) -> Iterator[Opened]:
    """Yields the drawn world with a hundred accelerators in it."""
    with open_url("memory:", clock, seed=2) as store:
        store.furnish()
        assert isinstance(store.submit(group(arrives("arrived", 100))), Accepted)
        yield store


@pytest.fixture(params=["memory", "postgresql"])
def everywhere(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Opened]:
    """Yields the same in memory and on a server, where the database could make a difference.

    A file differs from memory in nothing that matters here.
    """
    with ExitStack() as stack:
        if request.param == "memory":
            store = stack.enter_context(open_url("memory:", clock, seed=2))
            store.furnish()
        else:
            cluster: Cluster = request.getfixturevalue("cluster")
            name = f"trap_{next(NUMBERS)}"
            url = cluster.create(name, request.getfixturevalue("furnished_template"))
            stack.callback(cluster.drop, name)
            store = stack.enter_context(open_url(url, clock, seed=2))
        assert isinstance(store.submit(group(arrives("arrived", 100))), Accepted)
        yield store


# -- whoever the store -----------------------------------------------------------------------------------------------


def test_pending_counts_against_a_limit(furnished: Opened) -> None:
    """Another ledger let reservations pass that together exceeded what there was."""
    take = (entry("external/vendor", "debit", 60), entry("title/lot-1", "credit", 60))
    assert isinstance(furnished.submit(group(event("r1", "reserve", entries=take))), Accepted)
    answer = furnished.submit(group(event("r2", "reserve", entries=take)))
    assert isinstance(answer, Refused)
    assert answer.code is Refusal.EXCEEDS_LIMIT


def test_a_refused_reservation_cannot_be_posted(furnished: Opened) -> None:
    take = (entry("external/vendor", "debit", 101), entry("title/lot-1", "credit", 101))
    furnished.submit(group(event("r1", "reserve", entries=take)))
    answer = furnished.submit(group(event("p1", "post_reserved", of="r1")))
    assert isinstance(answer, Refused)
    assert answer.code is Refusal.UNKNOWN_EVENT


def test_a_repeated_reversal_reverses_once(furnished: Opened) -> None:
    """Another ledger answered "conflict" to a repeated refund, and paid again."""
    reversal = group(event("back", "reverse", of="arrived"))
    assert isinstance(furnished.submit(reversal), Accepted)
    again = furnished.submit(reversal)
    assert isinstance(again, Accepted)
    assert again.duplicate
    other = furnished.submit(group(event("back-2", "reverse", of="arrived")))
    assert isinstance(other, Refused)
    assert other.code is Refusal.ALREADY_REVERSED
    balance = furnished.store.balance(EVERYBODY, private("north"), "title/lot-1")
    assert (balance.debits_posted_count, balance.credits_posted_count) == (100, 100)


def test_the_same_id_twice_in_one_commit(everywhere: Opened) -> None:
    """Another ledger crashed on this: its index knew only what had been committed."""
    one, other = group(arrives("twice", 7)), group(arrives("twice", 8), name="other")
    answers = everywhere.store.submit_many(EVERYBODY, [one, one, other])
    assert isinstance(answers[0], Accepted)
    assert isinstance(answers[1], Accepted)
    assert answers[1].duplicate
    assert isinstance(answers[2], Refused)
    assert answers[2].code is Refusal.ID_CONFLICT
    both = everywhere.submit(group(arrives("within", 1), arrives("within", 1)))
    assert isinstance(both, Refused)
    assert both.code is Refusal.ID_CONFLICT


def test_half_of_a_group_cannot_be_sent_again(furnished: Opened) -> None:
    first, second = arrives("first", 1), arrives("second", 1)
    assert isinstance(furnished.submit(group(first)), Accepted)
    for events in ((first, second), (second, first)):
        answer = furnished.submit(group(*events, name=f"both-{events[0].id}"))
        assert isinstance(answer, Refused)
        assert (answer.code, answer.event) == (Refusal.ID_CONFLICT, "first")
    assert isinstance(furnished.submit(group(second)), Accepted)
    again = furnished.submit(group(second, first, name="again"))
    assert isinstance(again, Accepted)
    assert again.duplicate
    assert [one.event.id for one in again.recorded] == ["second", "first"]


def test_a_retry_is_answered_although_its_period_is_sealed(furnished: Opened) -> None:
    first = group(arrives("early", 1))
    accepted = furnished.submit(first)
    assert isinstance(accepted, Accepted)
    seal = event("seal", "seal", effective_at=BEGIN + 30 * DAY)
    assert isinstance(furnished.submit(group(seal)), Accepted)
    again = furnished.submit(first)
    assert isinstance(again, Accepted)
    assert again.duplicate
    assert again.recorded == accepted.recorded
    late = furnished.submit(group(arrives("late", 1)))
    assert isinstance(late, Refused)
    assert late.code is Refusal.SEALED


def test_a_delayed_retry_cannot_surprise(everywhere: Opened) -> None:
    """What was refused for want of a balance stays refused when there is one."""
    take = (entry("external/vendor", "debit", 150), entry("title/lot-1", "credit", 150))
    wanted = group(event("want", "post", entries=take))
    assert isinstance(everywhere.submit(wanted), Refused)
    assert isinstance(everywhere.submit(group(arrives("more", 100))), Accepted)
    answer = everywhere.submit(wanted)
    assert isinstance(answer, Refused)
    assert answer.code is Refusal.ID_ALREADY_FAILED


def test_another_organisations_id_is_no_obstacle(everywhere: Opened) -> None:
    """A key that is unique in the whole table tells one organisation what another has used."""
    assert isinstance(everywhere.submit(group(arrives("arrived", 5, "south"))), Accepted)
    two = group(arrives("both", 5), arrives("both", 5, "south"))
    assert isinstance(everywhere.submit(two), Accepted)


def test_half_of_a_mirrored_reservation_cannot_be_posted(furnished: Opened) -> None:
    assert isinstance(furnished.submit(group(*lent("loan", 10))), Accepted)
    for one in (event("p", "post_reserved", of="loan-give"), event("v", "void", "south", of="loan-take")):
        answer = furnished.submit(group(one))
        assert isinstance(answer, Refused)
        assert answer.code is Refusal.MIRROR_UNMATCHED


@pytest.mark.parametrize("pairs", [1, 3])
def test_mirrored_reservations_lapse_together(everywhere: Opened, clock: Clock, pairs: int) -> None:
    """And never stop the writer: an expiry that is refused would be tried again before every commit."""
    events = [one for n in range(pairs) for one in lent(f"loan-{n}", 10, timeout_seconds=60 + n)]
    assert isinstance(everywhere.submit(group(*events)), Accepted)
    for n in range(pairs + 1):
        clock.now += timedelta(seconds=61 if n == 0 else 1)
        assert isinstance(everywhere.submit(group(arrives(f"later-{n}", 1))), Accepted)
        everywhere.store.expire_due()
        for name, account in (("north", f"due_from/south/pact/{GPU}"), ("south", f"due_to/north/pact/{GPU}")):
            balance = everywhere.store.balance(EVERYBODY, private(name), account)
            pending = balance.debits_pending_count + balance.credits_pending_count
            assert pending == 10 * max(0, pairs - 1 - n)


def test_what_lapses_while_others_are_recorded_cannot_be_posted(furnished: Opened, clock: Clock) -> None:
    """The ledger's time runs ahead of the clock when many events are recorded at one instant."""
    take = (entry("external/vendor", "debit", 5), entry("title/lot-1", "credit", 5))
    held = furnished.submit(group(event("held", "reserve", entries=take, timeout_seconds=60)))
    assert isinstance(held, Accepted)
    clock.now = held.recorded[0].recorded_at + timedelta(seconds=60, microseconds=-3)
    assert isinstance(furnished.submit(group(*(arrives(f"a-{n}", 1) for n in range(5)))), Accepted)
    late = furnished.submit(group(event("late", "post_reserved", of="held")))
    assert isinstance(late, Refused)
    assert late.code is Refusal.ALREADY_EXPIRED


def test_unequal_ends_of_a_mirrored_reservation_are_refused(furnished: Opened) -> None:
    give, take = lent("loan", 10, timeout_seconds=60)
    for other in (None, 61):
        longer = take.model_copy(update={"timeout_seconds": other, "id": f"take-{other}"})
        answer = furnished.submit(group(give.model_copy(update={"id": f"give-{other}"}), longer))
        assert isinstance(answer, Refused)
        assert answer.code is Refusal.MIRROR_UNMATCHED


def test_a_debt_is_mirrored_on_the_other_side(furnished: Opened) -> None:
    """Both organisations may not stand as creditors of the same loan."""
    give, take = lent("loan", 10)
    turned = tuple(entry(e.account, OTHER[e.side], e.amount_count) for e in take.entries)
    stock = (entry("title/lot-2", "debit", 50), entry("external/vendor", "credit", 50))
    assert isinstance(furnished.submit(group(event("stock", "post", "south", entries=stock))), Accepted)
    answer = furnished.submit(group(give, take.model_copy(update={"entries": turned})))
    assert isinstance(answer, Refused)
    assert answer.code is Refusal.MIRROR_UNMATCHED


def test_halves_of_two_reservations_cannot_be_resolved_as_one(furnished: Opened) -> None:
    """Equal amounts with other ends: what is left would lapse on one side only."""
    for name, seconds in (("short", 60), ("long", 120)):
        assert isinstance(furnished.submit(group(*lent(name, 10, timeout_seconds=seconds))), Accepted)
    for kind in ("void", "post_reserved"):
        give, take = event(f"{kind}-1", kind, of="short-give"), event(f"{kind}-2", kind, "south", of="long-take")
        answer = furnished.submit(group(give, take))
        assert isinstance(answer, Refused)
        assert answer.code is Refusal.MIRROR_UNMATCHED


def test_a_large_group_of_reservations_lapses_as_a_whole(
    everywhere: Opened, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More at once than a commit takes."""
    events = [one for n in range(6) for one in lent(f"loan-{n}", 1, timeout_seconds=60)]
    assert isinstance(everywhere.submit(group(*events)), Accepted)
    monkeypatch.setattr(writer, "GROUPS_MAX", 5)
    clock.now += timedelta(seconds=61)
    assert isinstance(everywhere.submit(group(arrives("later", 1))), Accepted)
    everywhere.store.expire_due()
    balance = everywhere.store.balance(EVERYBODY, private("north"), f"due_from/south/pact/{GPU}")
    assert balance.debits_pending_count == 0


def test_a_clock_that_goes_back_changes_no_order(furnished: Opened, clock: Clock) -> None:
    first = furnished.submit(group(arrives("before", 1)))
    clock.now -= timedelta(days=10)
    second = furnished.submit(group(arrives("after", 1)))
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert second.recorded[0].recorded_at > first.recorded[0].recorded_at


UNENCODABLE = ({"share": 0.5}, {"text": "\ud800"}, {"large": 2**70})


@pytest.mark.parametrize("body", UNENCODABLE, ids=["fraction", "half a letter", "large"])
def test_a_body_that_has_no_canonical_form_stops_nobody(everywhere: Opened, body: dict[str, Any]) -> None:
    """A poison pill: valid as a noun, and impossible to write down."""
    poison = group(event("poison", "record", topic="agreement.propose", body=body))
    answers = everywhere.store.submit_many(EVERYBODY, [group(arrives("before", 1)), poison, group(arrives("after", 1))])
    assert [isinstance(one, Accepted) for one in answers] == [True, False, True]
    assert isinstance(answers[1], Refused)
    assert answers[1].code is Refusal.WRONG_FIELDS


def test_odd_texts_are_kept_or_refused_and_stop_nobody(everywhere: Opened) -> None:
    """PostgreSQL's texts hold no NUL."""
    for n, text in enumerate(("\x00", "a\x00b", "\U0001f600", "'); drop table event; --", "\u202e")):
        odd = event(f"odd-{n}", "record", topic="t", reason=text, corrects="arrived", body={text: [text]})
        before, after = group(arrives(f"before-{n}", 1)), group(arrives(f"after-{n}", 1))
        answers = everywhere.store.submit_many(EVERYBODY, [before, group(odd), after])
        assert isinstance(answers[0], Accepted)
        assert isinstance(answers[2], Accepted)
        if isinstance(answers[1], Accepted):
            kept = everywhere.store.event(EVERYBODY, "north", odd.id)
            assert kept is not None
            assert kept.event.body == {text: [text]}
            assert kept.event.reason == text


def test_the_largest_amounts(everywhere: Opened) -> None:
    most = 2**63 - 1
    entries = (entry("money/USD", "debit", most), entry("external/market", "credit", most))
    assert isinstance(everywhere.submit(group(event("most", "post", entries=entries))), Accepted)
    one = (entry("money/USD", "debit", 1), entry("external/market", "credit", 1))
    answers = everywhere.store.submit_many(
        EVERYBODY, [group(event("more", "post", entries=one)), group(event("held", "reserve", entries=one))]
    )
    assert [a.code for a in answers if isinstance(a, Refused)] == [Refusal.OVERFLOW, Refusal.OVERFLOW]
    balance = everywhere.store.balance(EVERYBODY, private("north"), "money/USD")
    assert balance.debits_posted_count == most


def test_sums_as_of_a_business_date_may_exceed_what_a_counter_holds(everywhere: Opened) -> None:
    """Two reservations that never stood together in the ledger's time may stand together in business time."""
    most = 2**63 - 1
    entries = (entry("money/USD", "debit", most), entry("external/market", "credit", most))
    for name in ("first", "second"):
        held = event(name, "reserve", entries=entries)
        freed = event(f"free-{name}", "void", of=name, effective_at=BEGIN + 10 * DAY)
        assert isinstance(everywhere.submit(group(held)), Accepted)
        assert isinstance(everywhere.submit(group(freed)), Accepted)
    balance = everywhere.store.balance(EVERYBODY, private("north"), "money/USD", effective_at=BEGIN + 5 * DAY)
    assert balance.debits_pending_count == 2 * most


def test_up_to_takes_what_there_is(furnished: Opened) -> None:
    held = (entry("external/vendor", "debit", 30), entry("title/lot-1", "credit", 30))
    assert isinstance(furnished.submit(group(event("held", "reserve", entries=held))), Accepted)
    for ceiling, expected, name in ((150, 70, "all"), (10, 0, "none")):
        entries = (entry("external/vendor", "debit", ceiling), entry("title/lot-1", "credit", ceiling))
        answer = furnished.submit(group(event(name, "post", entries=entries, up_to=True)))
        assert isinstance(answer, Accepted)
        assert sum(e.amount_count for e in answer.recorded[0].moved if e.side == "debit") == expected
    free = (entry("money/USD", "debit", 9), entry("external/market", "credit", 9))
    answer = furnished.submit(group(event("free", "post", entries=free, up_to=True)))
    assert isinstance(answer, Accepted)
    assert answer.recorded[0].moved == free


def test_a_part_is_posted_and_the_rest_released(furnished: Opened) -> None:
    take = (entry("external/vendor", "debit", 60), entry("title/lot-1", "credit", 60))
    part = (entry("external/vendor", "debit", 25), entry("title/lot-1", "credit", 25))
    furnished.submit(group(event("held", "reserve", entries=take)))
    assert isinstance(furnished.submit(group(event("part", "post_reserved", of="held", entries=part))), Accepted)
    balance = furnished.store.balance(EVERYBODY, private("north"), "title/lot-1")
    assert (balance.credits_posted_count, balance.credits_pending_count) == (25, 0)
    assert isinstance(furnished.submit(group(event("rest", "post_reserved", of="held"))), Refused)


def test_a_failed_group_leaves_nothing_and_its_other_ids_free(furnished: Opened) -> None:
    good = arrives("good", 5)
    bad = event("bad", "void", of="nothing")
    sizes = {name: furnished.store.size(EVERYBODY, private(name)) for name in ORGANISATIONS}
    assert isinstance(furnished.submit(group(good, bad)), Refused)
    assert sizes == {name: furnished.store.size(EVERYBODY, private(name)) for name in ORGANISATIONS}
    assert isinstance(furnished.submit(group(good, name="alone")), Accepted)
    answer = furnished.submit(group(bad, name="again"))
    assert isinstance(answer, Refused)
    assert answer.code is Refusal.ID_ALREADY_FAILED


def test_an_assertion_holds_for_ever(furnished: Opened) -> None:
    counted = {"account": "title/lot-1", "debits_count": 100, "credits_count": 0, "as_of_at": BEGIN + 2 * DAY}
    assert isinstance(furnished.submit(group(event("count", "assert_balance", asserts=counted))), Accepted)
    answer = furnished.submit(group(arrives("backdated", 1)))
    assert isinstance(answer, Refused)
    assert answer.code is Refusal.ASSERTION_FAILED
    later = arrives("later", 1).model_copy(update={"effective_at": BEGIN + 3 * DAY})
    assert isinstance(furnished.submit(group(later)), Accepted)


def test_an_assertion_may_be_of_credits_and_counts_its_own_instant(furnished: Opened) -> None:
    borrowed = (entry("money/USD", "debit", 5), entry("loan/USD", "credit", 5))
    assert isinstance(furnished.submit(group(event("borrowed", "post", entries=borrowed))), Accepted)
    said = {"account": "loan/USD", "debits_count": 0, "credits_count": 5, "as_of_at": BEGIN + DAY}
    for n, wrong in enumerate(({"credits_count": 4}, {"debits_count": 5, "credits_count": 0}, {"credits_count": 0},
                               {"as_of_at": BEGIN + DAY - timedelta(microseconds=1)})):  # fmt: skip
        answer = furnished.submit(group(event(f"wrong-{n}", "assert_balance", asserts=said | wrong)))
        assert isinstance(answer, Refused)
        assert answer.code is Refusal.ASSERTION_FAILED
    fresh = Account(id="money/EUR", unit="EUR/2")
    empty = {"account": fresh.id, "debits_count": 0, "credits_count": 0, "as_of_at": BEGIN + DAY}
    opened = group(event("open", "open_account", opens=fresh), event("empty", "assert_balance", asserts=empty))
    assert isinstance(furnished.submit(opened), Accepted)
    both = group(
        event("more", "post", entries=borrowed), event("said", "assert_balance", asserts=said | {"credits_count": 10})
    )
    assert isinstance(furnished.submit(both), Accepted)
    at_that_instant = furnished.submit(group(event("late", "post", entries=borrowed)))
    assert isinstance(at_that_instant, Refused)
    held = furnished.submit(group(event("held", "reserve", entries=borrowed)))
    assert isinstance(held, Accepted), "what is only reserved is not what was counted"


def test_decided_on_old_news(furnished: Opened) -> None:
    size = furnished.store.size(EVERYBODY, private("north"))
    assert isinstance(furnished.submit(group(arrives("meanwhile", 1))), Accepted)
    late = group(arrives("decided", 1)).model_copy(update={"expected_size_count": {private("north"): size}})
    answer = furnished.submit(late)
    assert isinstance(answer, Refused)
    assert answer.code is Refusal.STALE_SIZE


def test_a_private_book_has_one_member(furnished: Opened) -> None:
    with pytest.raises(ArmslengthError):
        furnished.store.create_book(EVERYBODY, Book(id="private/two", kind="private", members=("north", "south")))
