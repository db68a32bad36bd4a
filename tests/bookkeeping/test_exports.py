"""Books in other forms: CSV, hledger, beancount, FOCUS. Figures are held against the books, not against the code."""

import csv
import io
import shutil
import subprocess
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.connectors.focus import HEADS, Tariff, focus_csv
from armslength.connectors.metered import metered_groups, read_metered
from armslength.errors import InputError
from armslength.model.book import Event, Group, Recorded
from armslength.service.book_importing import bring_in, import_metered
from armslength.service.book_reading import FORMATS, all_events, exported, held
from armslength.store.scope import scope_of

EYES = scope_of("a", "b", operator=True)
TARIFF = Tariff(Decimal("2.85"), "USD")
COLUMNS = "owner,lot,sku,gpus,from_at,until_at,user,used_gpu_seconds,charged_to\n"
STOCK = {"id": "stock", "site": "hall", "owner": "a", "sku": "k", "gpus": 50}
LAST = date(2026, 6, 1)


def text(books, scope, book, form):
    return "".join(exported(books, scope, book, form, TARIFF))


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "focus"])
def test_the_redirect_book_in_each_form(opened, everybody, golden, form):
    golden(f"books/x-corp.{form}.txt", text(opened, everybody, "x-corp", form))


def test_the_rows_of_the_csv_add_up_to_the_balances(opened, everybody):
    rows = list(csv.DictReader(io.StringIO(text(opened, everybody, "tesla", "csv"))))
    sums: Counter[str] = Counter()
    for row in rows:
        if row["account"] and row["kind"] in ("post", "post_reserved", "reverse"):
            sums[row["account"]] += int(row["debit"] or 0) - int(row["credit"] or 0)
    found = held(opened, everybody, ["private/tesla"])
    assert {r.account.id: r.balance.debits_posted_count - r.balance.credits_posted_count for r in found} == {
        r.account.id: sums[r.account.id] for r in found
    }
    assert len({row["sequence"] for row in rows}) == opened.size(everybody, "private/tesla")


def test_no_cell_of_the_csv_is_a_formula(books, case_of):
    claim = {"id": "t", "kind": "money", "giver": "b", "taker": "a", "unit": "currency"}
    bring_in(books, case_of(transfers=[claim | {"note": "=1+1"}]), until=LAST)
    rows = csv.reader(io.StringIO(text(books, EYES, "a", "csv")))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.skipif(shutil.which("hledger") is None, reason="no hledger here: apt-get install hledger")
def test_hledger_reads_it_and_finds_it_balanced(opened, everybody, tmp_path):
    path = tmp_path / "book.journal"
    path.write_text(text(opened, everybody, "tesla", "ledger"))
    found = subprocess.run(
        ["hledger", "-f", str(path), "check", "accounts", "commodities"], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")


def metered(tmp_path, *rows):
    path = tmp_path / "use.csv"
    path.write_text(COLUMNS + "".join(row + "\n" for row in rows))
    return path


@pytest.fixture
def hall(books, case_of):
    bring_in(books, case_of(stock=[STOCK]), until=LAST)
    return books


def test_used_and_idle_time_is_charged_and_adds_up(hall, tmp_path):
    """By hand: 50 GPUs for an hour are 50 GPU-hours, 142.50 USD. a used 20, b 10; 20 idle are charged to b."""
    rows = ["a,20", "b,10"]
    path = metered(
        tmp_path,
        *(
            f"a,stock,k,50,2024-02-01T00:00Z,2024-02-01T01:00Z,{r.split(',')[0]},{int(r.split(',')[1]) * 3600},b"
            for r in rows
        ),
    )
    assert import_metered(hall, EYES, path).made_count == 1
    found = list(csv.DictReader(io.StringIO(text(hall, EYES, "a", "focus"))))
    told = [(r["SubAccountId"], r["CapacityReservationStatus"], r["ConsumedQuantity"], r["BilledCost"]) for r in found]
    assert told == [("a", "Used", "20", "57.00"), ("b", "Used", "10", "28.50"), ("b", "Unused", "20", "57.00")]
    assert {row["x_OriginCost"] for row in found} == {"142.50"}
    assert import_metered(hall, EYES, path).known_count == 1


def test_the_columns_that_may_not_be_empty_are_not(hall, tmp_path):
    """As FOCUS 1.2 asks of a usage charge of a capacity reservation."""
    import_metered(hall, EYES, metered(tmp_path, "a,stock,k,50,2024-02-01T00:00Z,2024-03-15T00:00Z,a,7,"))
    for row in csv.DictReader(io.StringIO(text(hall, EYES, "a", "focus"))):
        empty = {head for head in HEADS if not row[head]}
        assert empty == {"ChargeClass", "RegionId"}
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"] < row["BillingPeriodEnd"]
        assert row["ChargeCategory"] == "Usage"
        assert row["CapacityReservationStatus"] in ("Used", "Unused")


@given(
    gpus=st.integers(1, 10**6),
    seconds=st.integers(1, 10**6),
    parts=st.lists(st.integers(0, 10**9), max_size=6),
    price=st.decimals(0, 1000, places=4),
)
def test_allocated_rows_sum_to_the_origin(gpus, seconds, parts, price):
    """I13: whatever is used, and whatever the price, nothing is lost between the rows of an interval."""
    capacity = gpus * seconds
    used, left = [], capacity
    for part in parts:
        used.append(min(part, left))
        left -= used[-1]
    begin = datetime(2024, 2, 1, tzinfo=UTC)
    stamps = f"{begin.isoformat()},{(begin + timedelta(seconds=seconds)).isoformat()}"
    lines = [f"a,l,k,{gpus},{stamps},u{i},{amount},c" for i, amount in enumerate(used)] or [
        f"a,l,k,{gpus},{stamps},u,0,c"
    ]
    with TemporaryDirectory() as folder:
        rows = read_metered(metered(Path(folder), *lines))
    (group,), _ = metered_groups(rows)
    event = group.events[0]
    recorded = Recorded(
        event=event, sequence_count=0, recorded_at=begin, group="g", moved=event.entries, salt="0" * 32, leaf="0" * 64
    )
    found = list(csv.DictReader(io.StringIO("".join(focus_csv([recorded], Tariff(price, "USD"))))))
    assert sum(int(row["x_GpuSeconds"]) for row in found) == capacity
    assert {Decimal(row["x_OriginCost"]) for row in found} == {sum(Decimal(row["BilledCost"]) for row in found)}
    exact = capacity * price / 3600
    assert abs(sum(Decimal(row["BilledCost"]) for row in found) - exact) <= Decimal("0.005")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["a,stock,k,50,2024-02-01T00:00Z,2024-02-01T01:00Z,a,180001,"], "180,001 GPU-seconds are used of 180,000"),
        (["a,stock,k,50,2024-02-01T01:00Z,2024-02-01T01:00Z,a,1,"], "not after it begins"),
        (["a,stock,k,x,2024-02-01T00:00Z,2024-02-01T01:00Z,a,1,"], "`x` is no whole number"),
        (["a,stock,k,50,soon,2024-02-01T01:00Z,a,1,"], "`soon` is no instant"),
        (["a,stock,k,51,2024-02-01T00:00Z,2024-02-01T01:00Z,a,1,"], "but 50 stand energised"),
        (["a,stack,k,5,2024-02-01T00:00Z,2024-02-01T01:00Z,a,1,"], "but 0 stand energised"),
        (["z,stock,k,5,2024-02-01T00:00Z,2024-02-01T01:00Z,a,1,"], "`z` has no book here"),
        (["a,stock,k,5,2024-02-01T00:00Z,2024-02-01T01:00Z,a b,1,"], "cannot stand in the name of an account"),
        (
            [
                "a,stock,k,5,2024-02-01T00:00Z,2024-02-01T01:00Z,a,1,",
                "a,stock,k,6,2024-02-01T00:00Z,2024-02-01T01:00Z,b,1,",
            ],
            "says otherwise than row 2",
        ),
        (
            [
                "a,stock,k,5,2024-02-01T00:00Z,2024-02-01T02:00Z,a,1,",
                "a,stock,k,5,2024-02-01T01:00Z,2024-02-01T03:00Z,a,1,",
            ],
            "begins before that of row 2 ends",
        ),
    ],
)
def test_bad_metering_is_refused_and_nothing_recorded(hall, tmp_path, rows, said):
    before = hall.checkpoint(EYES, "private/a")
    with pytest.raises(InputError) as raised:
        import_metered(hall, EYES, metered(tmp_path, *rows))
    assert any(said in problem.message for problem in raised.value.problems), raised.value.problems
    assert hall.checkpoint(EYES, "private/a") == before


def test_a_reversed_interval_is_not_charged(hall, tmp_path):
    import_metered(hall, EYES, metered(tmp_path, "a,stock,k,50,2024-02-01T00:00Z,2024-02-01T01:00Z,a,7,"))
    (row,) = [one for one in all_events(hall, EYES, "private/a") if one.event.topic == "usage.metered"]
    event = row.event
    undo = Event(
        id="undo",
        organisation="a",
        book="private/a",
        kind="reverse",
        of=event.id,
        effective_at=event.effective_at,
        reason="metered twice",
    )
    hall.submit(EYES, Group(id="undo", events=(undo,)))
    assert list(csv.DictReader(io.StringIO(text(hall, EYES, "a", "focus")))) == []
