"""Numbers: what is read, and what is refused with what to write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.connectors.flaws import Flaw
from armslength.connectors.quantities import read_number, read_whole, write_number


def said(flaw: object) -> str:
    assert isinstance(flaw, Flaw), flaw
    return f"{flaw.message} ({flaw.hint})"


@pytest.mark.parametrize(
    ("text", "comma", "number"),
    [
        ("12", False, 12),
        ("0", False, 0),
        ("1.35", False, 1.35),
        ("-2.5", False, -2.5),
        ("+3", False, 3),
        (".5", False, 0.5),
        ("1e3", False, 1000.0),
        ("1,35", True, 1.35),
        # In a file with decimal commas, three digits behind a comma are a fraction: 1.275 kW, not 1275.
        ("1,275", True, 1.275),
        ("1.35", True, 1.35),
        ("12000", True, 12000),
    ],
)
def test_numbers(text: str, comma: bool, number: float) -> None:
    assert read_number(text, "power_mw", comma) == number


@pytest.mark.parametrize(
    ("text", "comma", "words"),
    [
        ("1,400", False, "can mean 1400 or 1.400"),
        ("1.400", True, "can mean 1400 or 1,400"),
        ("1,400,000", False, "marks between thousands (write 1400000)"),
        ("1,400.5", False, "marks between thousands (write 1400.5)"),
        ("1.400,5", False, "marks between thousands (write 1400.5)"),
        ("1.400.000", True, "marks between thousands (write 1400000)"),
        ("1 400 000", False, "marks between thousands (write 1400000)"),
        ("1\u202f400", False, "marks between thousands (write 1400)"),
        ("1'400", False, "marks between thousands (write 1400)"),
        ("1_400", False, "marks between thousands (write 1400)"),
        ("1,35", False, "has a decimal comma (write 1.35"),
        ("012", False, "begins with a zero (write 12)"),
        ("nan", False, "leave the field empty for unlimited"),
        ("-inf", False, "leave the field empty for unlimited"),
        ("1e999", False, "too large"),
        ("9" * 5000, False, "too large"),
        ("1" * 16, False, "too large"),
        ("2024-06-01", False, "is not a number (write a number: megawatts)"),
        ("n/a", False, "is not a number"),
        ("0x1F", False, "is not a number"),
        ("١٢", False, "is not a number"),
        ("--5", False, "is not a number"),
    ],
)
def test_what_could_mean_two_numbers_is_refused(text: str, comma: bool, words: str) -> None:
    assert words in said(read_number(text, "power_mw", comma))


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("75 MW", "power_mw", "power_mw is in megawatts: write 75)"),
        ("75MW", "power_mw", "write 75)"),
        ("1,400 kW", "power_mw", "write 1.4)"),
        ("1400 kW", "power_mw", "write 1.4)"),
        ("0.1 GW", "power_mw", "write 100)"),
        ("1400 W", "site_kw_per_gpu", "site_kw_per_gpu is in kilowatts per accelerator: write 1.4)"),
        ("2 weeks", "burn_in_days", "burn_in_days is in days of 24 hours: write 14)"),
        ("72 h", "burn_in_days", "write 3)"),
        ("25%", "share_frac", "write 0.25)"),
        ("12k", "gpus", "write 12000)"),
        ("$41,700", "capital_price_per_gpu", "write 41700"),
        ("500 million", "purchase_cost", "write 500000000)"),
        ("12,000 GPUs", "gpus", "write 12000"),
        ("75 MW", "gpus", "gpus is in accelerators of any vendor)"),
    ],
)
def test_units_in_values_are_refused_with_what_to_write(text: str, name: str, words: str) -> None:
    assert words in said(read_number(text, name))
    assert "holds a unit; write the number alone" in said(read_number(text, name))


def test_whole_numbers() -> None:
    assert read_whole("12000", "gpus") == 12000
    # Tools that hold a column with gaps as fractions write whole numbers so.
    assert read_whole("12000.0", "gpus") == 12000
    assert "`12.5` is not a whole number of accelerators" in said(read_whole("12.5", "gpus"))
    assert "write 1400 if thousands are meant" in said(read_whole("1,400", "gpus", comma=True))


@given(st.floats(-1e15, 1e15) | st.integers(-(10**15), 10**15))
def test_any_number_reads_back(number: float) -> None:
    assert read_number(write_number(number), "power_mw") == number


@given(st.text(alphabet=st.sampled_from("0123456789.,eE+-_ '%kMW$\u202fnaif"), max_size=14), st.booleans())
def test_any_text_is_a_number_or_a_flaw(text: str, comma: bool) -> None:
    assert isinstance(read_number(text, "power_mw", comma), int | float | Flaw)
    assert isinstance(read_whole(text, "gpus", comma), int | Flaw)
