"""Days and vague dates: what they span, what they are planned at, what is refused and why."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.connectors.dates import read_day, read_when, write_when
from armslength.connectors.flaws import Flaw
from armslength.model.noun import When, on_day


@pytest.mark.parametrize(
    ("text", "first", "middle", "last", "precision"),
    [
        ("2024-06", "2024-06-01", "2024-06-15", "2024-06-30", "month"),
        # February of a leap year: 29 days, the middle one is the 15th.
        ("2024-02", "2024-02-01", "2024-02-15", "2024-02-29", "month"),
        # 92 days: day 45 after 1 October, counted from 0 and rounded down.
        ("2024-Q4", "2024-10-01", "2024-11-15", "2024-12-31", "quarter"),
        ("2023-q1", "2023-01-01", "2023-02-14", "2023-03-31", "quarter"),
        ("2024-H1", "2024-01-01", "2024-03-31", "2024-06-30", "half"),
        ("2024-h2", "2024-07-01", "2024-09-30", "2024-12-31", "half"),
        ("2023", "2023-01-01", "2023-07-02", "2023-12-31", "year"),
    ],
)
def test_vague_dates_span_first_to_last_day(text: str, first: str, middle: str, last: str, precision: str) -> None:
    when = read_when(text)
    assert isinstance(when, When)
    assert [str(when.p10_on), str(when.p50_on), str(when.p90_on)] == [first, middle, last]
    assert when.precision == precision


def test_a_day_and_a_range() -> None:
    assert read_when("2024-06-01") == on_day(date(2024, 6, 1))
    days = {"p10_on": date(2024, 9, 1), "p50_on": date(2024, 10, 1), "p90_on": date(2025, 1, 15)}
    assert read_when("2024-09-01/2024-10-01/2025-01-15") == When(**days)
    assert read_when("2024-09-01/2024-10-01/2025-01-15 quarter") == When(**days, precision="quarter")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2024-13", "names no month"),
        ("2024-02-30", "not in the calendar"),
        ("2024-06-01T12:00:00Z", "holds a time of day"),
        ("01.06.2024", "leaves open which part is the month"),
        ("6/1/2024", "leaves open which part is the month"),
        ("Q4 2024", "write 2024-Q4"),
        ("2024Q4", "write 2024-Q4"),
        ("2024-Q5", "is not a date"),
        ("next spring", "write 2024-06-01, or vaguely"),
        ("2025-01-15/2024-10-01/2024-09-01", "not in order"),
        ("2024-09/2024-10-01/2025-01-15", "`2024-09` in the range is not an exact day"),
        ("2024-09-01/2024-10-01", "is not a date"),
        ("2024-09-01/2024-10-01/2025-01-15 decade", "`decade` is not a precision"),
        ("0000", "is not a date"),
        ("٢٠٢٤", "is not a date"),
        ("2024-06-01 to 2024-07-01", "is not a date"),
        ("", "is not a date"),
    ],
)
def test_what_is_no_date_says_what_to_write(text: str, words: str) -> None:
    flaw = read_when(text)
    assert isinstance(flaw, Flaw)
    assert words in f"{flaw.message} ({flaw.hint})"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "2024-06",
            "precise to the month only, but this field takes an exact day (write a day such as 2024-06-15)",
        ),
        ("2024-Q4", "precise to the quarter only"),
        ("2024-H2", "precise to the half only"),
        ("2024", "precise to the year only"),
        ("2024-09-01/2024-10-01/2025-01-15", "is a range"),
        ("01.06.2024", "year-month-day"),
        ("2024-02-30", "not in the calendar"),
    ],
)
def test_an_exact_day_is_asked_for_where_one_is_needed(text: str, words: str) -> None:
    flaw = read_day(text)
    assert isinstance(flaw, Flaw)
    assert words in f"{flaw.message} ({flaw.hint})"


@given(st.lists(st.dates(), min_size=3, max_size=3), st.sampled_from(["day", "month", "quarter", "half", "year"]))
def test_any_range_reads_back(days: list[date], precision: str) -> None:
    p10, p50, p90 = sorted(days)
    when = When(p10_on=p10, p50_on=p50, p90_on=p90, precision=precision)  # type: ignore[arg-type]
    assert read_when(write_when(when)) == when


@given(st.integers(1900, 2199), st.sampled_from(["", "-01", "-12", "-Q1", "-Q4", "-H1", "-H2", "-02-28"]))
def test_vague_dates_are_written_as_they_came(year: int, rest: str) -> None:
    when = read_when(f"{year}{rest}")
    assert isinstance(when, When)
    assert write_when(when) == f"{year}{rest}"


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_flaw(text: str) -> None:
    assert isinstance(read_when(text), When | Flaw)
    assert isinstance(read_day(text), date | Flaw)
