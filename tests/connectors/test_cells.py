"""Cells: lists, ratios, shares, words, yes and no, and what a spreadsheet holds instead of text."""

from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.connectors.cells import read_native, reader_of, write_cell
from armslength.connectors.columns import unknown_name
from armslength.connectors.flaws import Flaw
from armslength.connectors.shapes import Slot, slots_of
from armslength.connectors.texts import escaped, quoted, split, unescaped, unquoted
from armslength.model.agreement import Agreement
from armslength.model.case import Sharing, Vary
from armslength.model.demand import Workload
from armslength.model.noun import Noun, on_day
from armslength.model.supply import Lot, Organisation, Site, Sku, Step


def slot(noun: type[Noun], name: str) -> Slot:
    return slots_of(noun)[name]


def said(flaw: object) -> str:
    assert isinstance(flaw, Flaw), flaw
    return f"{flaw.message} ({flaw.hint})"


@pytest.mark.parametrize(
    ("noun", "name", "text", "value"),
    [
        (Workload, "skus", "H100|H200", ("H100", "H200")),
        (Workload, "skus", " H100 | H200 ", ("H100", "H200")),
        (Workload, "skus", "[]", ()),
        (Workload, "skus", '"a, b"', ("a, b",)),
        (Workload, "skus", "a\\|b|c", ("a|b", "c")),
        (Agreement, "conditions", "board, and shareholders, agree", ("board, and shareholders, agree",)),
        (Sku, "throughput_ratio", "training=1.0|serving=0.9", {"training": 1.0, "serving": 0.9}),
        (Sku, "throughput_ratio", "[]", {}),
        (Organisation, "listed", "Yes", True),
        (Organisation, "listed", "FALSE", False),
        (Organisation, "name", '" a "', " a "),
        (Organisation, "name", '""', ""),
        (Organisation, "name", '"', '"'),
        (Lot, "stage", "shipped", "shipped"),
        (Vary, "dates_on", "2024-01-01|2024-02-01", (date(2024, 1, 1), date(2024, 2, 1))),
        (Vary, "levels_mw", "0|7.5", (0, 7.5)),
        (Sharing, "kinds", "loan|hosting", ("loan", "hosting")),
        (
            Organisation,
            "owns",
            "x=0.25@2023-11-01|y=0.1",
            (
                {"organisation": "x", "share_frac": 0.25, "from_on": date(2023, 11, 1)},
                {"organisation": "y", "share_frac": 0.1},
            ),
        ),
    ],
)
def test_what_a_cell_means(noun: type[Noun], name: str, text: str, value: object) -> None:
    assert reader_of(slot(noun, name))(text.strip()) == value


def test_lists_of_numbers_follow_the_decimal_sign_of_the_file() -> None:
    assert reader_of(slot(Vary, "levels_mw"), comma=True)("0|7,5") == (0, 7.5)
    assert reader_of(slot(Sku, "throughput_ratio"), comma=True)("a=0,9") == {"a": 0.9}


@pytest.mark.parametrize(
    ("noun", "name", "text", "words"),
    [
        (Workload, "skus", "H100, H200", "looks like several names (part them by `|`"),
        (Workload, "skus", "H100;H200", "looks like several names"),
        (Workload, "skus", "H100||H200", "has an empty part"),
        (Sku, "throughput_ratio", "training", "is not a name and a number"),
        (Sku, "throughput_ratio", "training=fast", "`fast` is not a number"),
        (Sku, "throughput_ratio", "a=1|a=2", "stands twice"),
        (Organisation, "owns", "x 25%", "is not a share (write organisation=share"),
        (Organisation, "owns", "x=25%", "write 0.25"),
        (Organisation, "owns", "x=0.25@2023-11", "precise to the month only"),
        (Organisation, "owns", "x=0.25@2023-11-01@2024-01-01", "is not a share"),
        (Organisation, "listed", "1", "neither yes nor no"),
        (Organisation, "name", "a\x07b", "control character U+0007"),
        (Lot, "stage", "Shipped", "did you mean shipped?"),
        (Sharing, "kinds", "loan|slot swap", "did you mean slot_swap?"),
        (Lot, "stage", "in transit", "is not one of reserved, allocated, shipped"),
    ],
)
def test_what_a_cell_cannot_mean(noun: type[Noun], name: str, text: str, words: str) -> None:
    assert words in said(reader_of(slot(noun, name))(text))


@pytest.mark.parametrize(
    ("noun", "name", "cell", "value"),
    [
        (Lot, "gpus", 12000, 12000),
        (Lot, "gpus", 12000.0, 12000),
        (Sku, "site_kw_per_gpu", 1, 1),
        (Lot, "order", 4711, "4711"),
        (Lot, "order", 4711.5, "4711.5"),
        (Lot, "order", datetime(2024, 6, 1), "2024-06-01"),
        (Lot, "known_on", datetime(2024, 6, 1), date(2024, 6, 1)),
        (Lot, "expected_on", datetime(2024, 6, 1), on_day(date(2024, 6, 1))),
        (Vary, "dates_on", datetime(2024, 6, 1), (date(2024, 6, 1),)),
        (Organisation, "listed", True, True),
    ],
)
def test_what_a_spreadsheet_value_means(noun: type[Noun], name: str, cell: Any, value: object) -> None:
    assert read_native(cell, slot(noun, name)) == value


def test_a_year_typed_as_a_number_is_a_vague_date() -> None:
    when = read_native(2024, slot(Lot, "expected_on"))
    assert (when.precision, when.p10_on) == ("year", date(2024, 1, 1))


@pytest.mark.parametrize(
    ("noun", "name", "cell", "words"),
    [
        (Lot, "gpus", 12.5, "not a whole number"),
        (Lot, "gpus", True, "TRUE is yes or no, but gpus is not"),
        (Lot, "gpus", 1e300, "too large"),
        (Sku, "site_kw_per_gpu", float("inf"), "is not a quantity"),
        (Lot, "known_on", 45292, "format the cell as a date"),
        (Lot, "expected_on", 45292, "format the cell as a date"),
        (Lot, "expected_on", datetime(2024, 6, 1, 12), "holds a time of day"),
        (Step, "power_mw", datetime(2024, 6, 1), "is not a number"),
        (Step, "power_mw", time(12), "which no field takes"),
    ],
)
def test_what_a_spreadsheet_value_cannot_mean(noun: type[Noun], name: str, cell: Any, words: str) -> None:
    assert words in said(read_native(cell, slot(noun, name)))


@given(st.text(max_size=12))
def test_quoted_text_reads_back(text: str) -> None:
    assert unquoted(quoted(text).strip()) == text


@given(st.lists(st.text(alphabet=st.sampled_from('ab|=@\\", ;[]'), max_size=6), min_size=1, max_size=4))
def test_lists_of_any_text_read_back(items: list[str]) -> None:
    cell = write_cell(tuple(items), slot(Agreement, "conditions").shape)
    assert [unescaped(part) for part in split(cell)] == items
    assert reader_of(slot(Workload, "skus"))(cell.strip()) == tuple(items)


@given(st.text(alphabet=st.sampled_from('ab|=@\\", ;[]'), max_size=8))
def test_escapes_read_back(text: str) -> None:
    assert unescaped(escaped(text)) == text


@pytest.mark.parametrize(
    ("name", "noun", "words"),
    [
        ("power_kw", Step, "the field is `power_mw` (its unit: megawatts)"),
        ("power", Step, "the field is `power_mw` (its unit: megawatts)"),
        ("Power (MW)", Step, "the field is `power_mw`"),
        ("slots", Step, "did you mean gpu_slots"),
        ("from", Step, "the field is `from_on`"),
        ("quantity", Lot, "the field is `gpus` (its unit: accelerators of any vendor)"),
        ("expected_date", Lot, "the field is `expected_on`"),
        ("ownr", Lot, "did you mean owner"),
        ("burn_in_hours", Site, "the field is `burn_in_days`"),
        ("zzz", Step, "known: id, site, from_on"),
    ],
)
def test_unknown_names_point_to_the_nearest_field(name: str, noun: type[Noun], words: str) -> None:
    assert words in said(unknown_name(name, slots_of(noun)))
