"""Every refusal, one line each, in the order in which they are looked for; and what comes first when two hold."""

import pytest

from armslength.ledger.state import Draft, Known
from armslength.model.book import STICKY, Clearing, Event, Refusal, Refused
from ledger.drafting import BEGIN, DAY, Table


@pytest.fixture
def table() -> Table:
    """Title to 100, a reservation of 30, one that was posted, voided, and an item with what may settle it."""
    made = Table()
    made.open("title/a", "title/b", "external/v", "external/w", "external/shut", "money/USD")
    made.open("due_to/north", who="south")
    made.open("external/v", who="south")
    for line in (
        "post bought title/a+100 external/v-100",
        "post lent external/w+40 external/v-40",
        "post returned external/w-25 external/v+25",
        "reserve held title/a-30 external/v+30",
        "reserve shipped title/a-5 external/v+5",
        "post_reserved arrived shipped",
        "reserve dropped title/a-5 external/v+5",
        "void freed dropped",
        "close_account shut external/shut",
    ):
        assert isinstance(made.line(line), Draft), line
    return made


LINES = [
    ("unknown_book", "record x t", {"book": "nowhere"}),
    ("unknown_book", "record x t", {"book": "south"}),
    ("not_a_member", "record x t", {"book": "deal", "who": "auditor"}),
    ("id_conflict", "post bought title/a+99 external/v-99", {}),
    ("wrong_fields", "post x ", {}),
    ("wrong_fields", "record x ", {}),
    ("wrong_fields", "seal x", {"day": 20, "body": {"count": 2**70}}),
    ("wrong_fields", "record x t", {"body": {"share": 0.5}}),
    ("wrong_fields", "record x t", {"corrects": "bought"}),
    ("wrong_fields", "expire x held", {}),
    ("wrong_fields", "record ledger:x t", {}),
    ("wrong_fields", "post x title/a+5 external/v-4", {"up_to": True}),
    ("wrong_fields", "void x held", {"timeout_seconds": 5}),
    ("future_effect", "record x t", {"day": 300}),
    ("unknown_account", "post x title/z+5 external/v-5", {}),
    ("account_exists", "open_account x title/a", {}),
    ("account_closed", "post x external/shut+5 external/v-5", {}),
    ("account_closed", "close_account x external/shut", {}),
    ("account_not_closed", "reopen_account x title/a", {}),
    ("unbalanced", "post x title/a+5 external/v-4", {}),
    ("unknown_event", "void x nothing", {}),
    ("unknown_event", "record x t", {"corrects": "nothing", "reason": "a slip"}),
    ("not_reserved", "void x bought", {}),
    ("not_reserved", "void x held", {"day": 0.5}),
    ("already_posted", "void x shipped", {}),
    ("already_voided", "post_reserved x dropped", {}),
    ("exceeds_reserved", "post_reserved x held title/a-31 external/v+31", {}),
    ("exceeds_reserved", "post_reserved x held title/b-3 external/v+3", {}),
    ("not_reversible", "reverse x held", {}),
    ("not_reversible", "reverse x bought", {"day": 0.5}),
    ("nothing_to_clear", "clear x lent bought external/w 5", {}),
    ("nothing_to_clear", "clear x lent lent external/w 5", {}),
    ("exceeds_residual", "clear x lent returned external/w 26", {}),
    ("assertion_failed", "assert_balance x title/a 96", {}),
    ("exceeds_limit", "post x title/a-66 external/v+66", {}),
    ("exceeds_limit", "reserve x title/a-66 external/v+66", {}),
    ("exceeds_limit", "reverse x bought", {}),
    ("overflow", f"post x external/w+{2**63 - 1} external/v-{2**63 - 1}", {}),
]


@pytest.mark.parametrize(("code", "line", "fields"), LINES, ids=[f"{code}-{line}" for code, line, _ in LINES])
def test_a_line_is_refused_and_changes_nothing(table, code, line, fields):
    before = {key: state.copy() for key, state in table.world.accounts.items()}
    sizes = {name: state.size_count for name, state in table.world.books.items()}
    answer = table.line(line, **fields)
    assert isinstance(answer, Refused)
    assert answer.code == code, answer.message
    assert answer.event == line.split()[1]
    assert answer.event in answer.message
    assert table.world.accounts == before
    assert {name: state.size_count for name, state in table.world.books.items()} == sizes


def test_every_refusal_is_reached():
    elsewhere = {
        "id_already_failed",
        "stale_size",
        "sealed",
        "already_expired",
        "already_reversed",
        "mirror_unmatched",
    }
    assert {code for code, _, _ in LINES} | elsewhere == {code.value for code in Refusal}


def test_what_failed_for_the_state_of_the_books_stays_refused(table):
    for code, line, fields in LINES:
        if Refusal(code) not in STICKY:
            continue
        again = Table.of_line(table, line.replace(" x ", f" {code}-{len(line)} "), **fields)
        first = table.decide(again)
        assert isinstance(first, Refused)
        assert first.code == code
        second = table.decide(again)
        assert isinstance(second, Refused)
        assert second.code == Refusal.ID_ALREADY_FAILED
        assert code in second.message
    other = table.decide(table.event("record", first.event, topic="something_else"))
    assert isinstance(other, Refused)
    assert other.code == Refusal.ID_CONFLICT


def test_what_failed_by_itself_may_be_put_right(table):
    assert isinstance(table.line("post x title/a+5 external/v-4"), Refused)
    assert isinstance(table.line("post x title/a+5 external/v-5"), Draft)


def test_a_group_decided_on_old_news_is_refused(table):
    size = table.world.books["north"].size_count
    stale = table.decide(table.of_line("record late t"), expected_size_count={"north": size - 1})
    assert isinstance(stale, Refused)
    assert stale.code == Refusal.STALE_SIZE
    assert isinstance(table.decide(table.of_line("record fresh t"), expected_size_count={"north": size}), Draft)
    foreign = table.decide(table.of_line("record other t"), expected_size_count={"south": 0})
    assert isinstance(foreign, Refused)
    assert foreign.code == Refusal.UNKNOWN_BOOK


def test_nothing_is_booked_under_a_seal(table):
    assert isinstance(table.line("seal closed", day=10), Draft)
    for line in ("record x t", "post x title/a+5 external/v-5", "void x held", "seal x"):
        answer = table.line(line, day=10)
        assert isinstance(answer, Refused)
        assert answer.code == Refusal.SEALED
    assert isinstance(table.line("post after title/a+5 external/v-5", day=10.01), Draft)


def test_a_reservation_is_over_when_its_time_is(table):
    assert isinstance(table.line("reserve brief title/a-1 external/v+1", timeout_seconds=3600), Draft)
    late = table.line("post_reserved late brief")
    assert isinstance(late, Refused)
    assert late.code == Refusal.ALREADY_EXPIRED


def test_a_reversal_is_exact_once_and_for_good(table):
    before = table.world.accounts["north", "external/w"].counters
    assert isinstance(table.line("reverse undone lent"), Draft)
    after = table.world.accounts["north", "external/w"]
    assert after.counters == (before[0], before[1] + 40, 0, 0)
    for line, code in (("reverse x lent", "already_reversed"), ("reverse x undone", "not_reversible")):
        answer = table.line(line)
        assert isinstance(answer, Refused)
        assert answer.code == code
    cleared = table.line("clear x lent returned external/w 5")
    assert isinstance(cleared, Refused)
    assert cleared.code == Refusal.NOTHING_TO_CLEAR


def test_what_is_cleared_cannot_be_reversed(table):
    assert isinstance(table.line("clear settled lent returned external/w 25"), Draft)
    for name in ("lent", "returned"):
        answer = table.line(f"reverse x {name}")
        assert isinstance(answer, Refused)
        assert answer.code == Refusal.NOT_REVERSIBLE
    again = table.line("clear x lent returned external/w 1")
    assert isinstance(again, Refused)
    assert again.code == Refusal.EXCEEDS_RESIDUAL


def test_clearings_of_one_event_share_what_is_left(table):
    part = Clearing(item="lent", by="returned", account="external/w", amount_count=13)
    answer = table.decide(table.event("clear", "twice", clearings=(part, part)))
    assert isinstance(answer, Refused)
    assert answer.code == Refusal.EXCEEDS_RESIDUAL


def test_an_assertion_holds_for_ever_after(table):
    table.world.posted_as_of["north", "title/a", BEGIN + 5 * DAY] = (100, 5)
    assert isinstance(table.line("assert_balance counted title/a 95"), Draft)
    backdated = table.line("post x title/a+5 external/v-5", day=4)
    assert isinstance(backdated, Refused)
    assert backdated.code == Refusal.ASSERTION_FAILED
    assert isinstance(table.line("post later title/a+5 external/v-5", day=6), Draft)
    assert isinstance(table.line("reserve held-too title/a-5 external/v+5", day=4), Draft)


def test_an_assertion_sees_earlier_events_of_its_group(table):
    table.world.posted_as_of["north", "title/a", BEGIN + 5 * DAY] = (100, 5)
    bought = table.of_line("post more title/a+7 external/v-7")
    assert isinstance(table.decide(bought, table.of_line("assert_balance counted title/a 102")), Draft)


def test_a_retry_is_answered_as_the_first_time(table):
    bought = table.of_line("post bought title/a+100 external/v-100")
    again = table.decide(bought)
    assert isinstance(again, Known)
    assert again.recorded[0].event == bought
    mixed = table.decide(bought, table.of_line("record new t"))
    assert isinstance(mixed, Refused)
    assert mixed.code == Refusal.ID_CONFLICT


def test_one_id_twice_in_a_group_is_a_conflict(table):
    one = table.of_line("record same t")
    answer = table.decide(one, one)
    assert isinstance(answer, Refused)
    assert answer.code == Refusal.ID_CONFLICT


@pytest.mark.parametrize(
    ("line", "fields", "first"),
    [
        ("post x title/z+5 external/shut-4", {"day": 300, "of": "bought"}, "wrong_fields"),
        ("post x title/z+5 external/shut-4", {"day": 300}, "future_effect"),
        ("post x title/z+5 external/shut-4", {}, "unknown_account"),
        ("post x title/a+5 external/shut-4", {}, "account_closed"),
        ("post x title/a-500 external/v+499", {}, "unbalanced"),
        ("post_reserved x bought title/a-500 external/v+499", {}, "unbalanced"),
        ("post_reserved x held title/a-500 external/v+500", {"corrects": "no", "reason": "slip"}, "unknown_event"),
        ("reverse x held", {"day": 0.5}, "not_reversible"),
    ],
)
def test_the_first_reason_in_the_list_is_the_answer(table, line, fields, first):
    answer = table.line(line, **fields)
    assert isinstance(answer, Refused)
    assert answer.code == first


def linked(table: Table, north: str, south: str, **fields: object) -> list[Event]:
    return [table.of_line(north, **fields), table.of_line(south, who="south", **fields)]


@pytest.fixture
def owing(table: Table) -> Table:
    table.open("due_from/south")
    return table


@pytest.mark.parametrize("kind", ["post", "reserve"])
@pytest.mark.parametrize("theirs", [9, 11, 0])
def test_what_one_owes_the_other_is_owed(owing, kind, theirs):
    north = f"{kind} lend due_from/south+10 title/a-10"
    if theirs:
        answer = owing.decide(*linked(owing, north, f"{kind} borrow external/v+{theirs} due_to/north-{theirs}"))
    else:
        answer = owing.line(north)
    assert isinstance(answer, Refused)
    assert answer.code == Refusal.MIRROR_UNMATCHED


def test_reservations_mirror_with_their_end(owing):
    north, south = "reserve lend due_from/south+10 title/a-10", "reserve borrow external/v+10 due_to/north-10"
    apart = [owing.of_line(north, timeout_seconds=60), owing.of_line(south, who="south", timeout_seconds=61)]
    answer = owing.decide(*apart)
    assert isinstance(answer, Refused)
    assert answer.code == Refusal.MIRROR_UNMATCHED
    north, south = north.replace("lend", "lend-2"), south.replace("borrow", "borrow-2")
    assert isinstance(owing.decide(*linked(owing, north, south, timeout_seconds=10**6)), Draft)
    alone = owing.line("post_reserved x lend-2")
    assert isinstance(alone, Refused)
    assert alone.code == Refusal.MIRROR_UNMATCHED
    both = linked(
        owing,
        "post_reserved took lend-2 due_from/south+4 title/a-4",
        "post_reserved gave borrow-2 external/v+4 due_to/north-4",
    )
    assert isinstance(owing.decide(*both), Draft)
    assert owing.world.accounts["north", "due_from/south"].counters == (4, 0, 0, 0)
    assert owing.world.accounts["south", "due_to/north"].counters == (0, 4, 0, 0)


def test_each_event_of_a_group_sees_the_one_before(table):
    events = [
        table.of_line("reserve first title/a-65 external/v+65"),
        table.of_line("void second first"),
        table.of_line("post third title/a-65 external/v+65"),
    ]
    assert isinstance(table.decide(*events), Draft)


def test_a_group_takes_effect_whole_or_not_at_all(table):
    before = table.world.books["north"].size_count
    answer = table.decide(table.of_line("record one t"), table.of_line("post two title/a-500 external/v+500"))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.event) == (Refusal.EXCEEDS_LIMIT, "two")
    assert table.world.books["north"].size_count == before
    assert isinstance(table.line("record one t"), Draft)


def test_versions_of_an_account_run_without_gaps(table):
    seen: dict[str, list[int]] = {}
    for past in table.world.pasts.values():
        assert past.recorded is not None
        if past.event.book == "north":
            for name, version in past.recorded.versions_count.items():
                seen.setdefault(name, []).append(version)
    for name, versions in seen.items():
        assert sorted(versions) == list(range(1, len(versions) + 1)), name
        assert table.world.accounts["north", name].version == len(versions)


def test_an_instant_is_never_given_twice_even_if_the_clock_goes_back(table):
    last = table.world.books["north"].recorded_at
    table.now -= 50 * DAY
    answer = table.decide(table.of_line("record one t"), table.of_line("record two t"))
    assert isinstance(answer, Draft)
    assert last is not None
    assert last < answer.acts[0].recorded_at < answer.acts[1].recorded_at
