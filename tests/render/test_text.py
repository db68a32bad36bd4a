"""The terminal summary: golden in a pipe, tables in a terminal, and problems in both."""

import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from armslength.errors import Problem
from armslength.model.comparison import Comparison
from armslength.render.text import print_summary, problems_table, summary_lines

GOLDEN = """\
A swap of delivery slots: Jan–Dec 2024, as of 31 Dec 2024

As agreed, Chatter & Sons <Ltd> is better off than alone; \
Motor Works is neither better nor worse off than alone; \
nobody is worse off. Together: +54.8 M USD against everyone alone.

▲ Chatter & Sons <Ltd> is better off: +21.9 M GPU-hours usable, +54.8 M USD (+43.8 M to +87.6 M USD)
  More usable in Jan–May 2024.
  It uses 6,000 more GPUs from January to May 2024.

= Motor Works is neither better nor worse off: 0 GPU-hours usable, 0 USD
  It uses as many GPU-hours as alone: its hall opens after the last return lot.

Value and gain in USD; used, usable and idle in GPU-hours
Organisation          Run         Value    Used  Usable    Idle     Gain
Motor Works           Alone      65.7 M  26.3 M  26.3 M  78.8 M
                      As agreed  65.7 M  26.3 M  26.3 M  56.9 M        0
                      Shared      120 M  48.2 M  48.2 M  56.9 M  +27.4 M
Chatter & Sons <Ltd>  Alone       208 M  83.2 M  83.2 M       0
                      As agreed   263 M   105 M   105 M       0  +54.8 M
                      Shared      208 M  83.2 M  83.2 M       0  +27.4 M

What if the hall had opened earlier? \
Motor Works loses if its hall opens before 1 Jun 2024, and not after.
And if Atlanta had had less powered room? \
Less room at Atlanta changes nothing while the hall opens after June.
Shared, split by equal gain: Motor Works +27.4 M USD and Chatter & Sons <Ltd> +27.4 M USD.
Payments for that: Motor Works pays Chatter & Sons <Ltd> 27.4 M USD.
A better deal for both: \
Hosting 6,000 of Motor Works’ GPUs in Atlanta gives the same gain, and keeps the title.
Plans (alone, as agreed and shared): within 0.001 % of the best, proved; checked.
Note: Failures of GPUs are not modelled.
"""
PROBLEMS = (
    Problem("sites[0]", "no step gives it power", "add a row to steps", "warning"),
    Problem("lots.csv row 3, column sku", "there is no SKU [h1000]", "did you mean h100?"),
)


def printed(write: Callable[[Console], None], *, terminal: bool, width: int = 100) -> str:
    file = io.StringIO()
    write(Console(file=file, force_terminal=terminal, width=width, color_system="standard" if terminal else None))
    return file.getvalue()


def test_plain_summary_is_golden(swap: Comparison) -> None:
    text = printed(lambda console: print_summary(swap, console), terminal=False, width=40)
    assert text == GOLDEN
    assert len(text.splitlines()) <= 40


def test_plain_lines_carry_no_escape_codes(swap: Comparison) -> None:
    lines = summary_lines(swap)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u2500-\u257f]", "".join(lines))


def test_terminal_has_rules_and_fits(swap: Comparison) -> None:
    text = printed(lambda console: print_summary(swap, console), terminal=True)
    assert "\x1b[" in text
    assert "─" in text
    plain = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert max(map(len, plain.splitlines())) <= 100
    assert plain.index("better off") < plain.index("Organisation")
    assert "Chatter & Sons <Ltd>" in plain


def test_markup_and_emoji_in_names_stay_text(swap: Comparison) -> None:
    organisations = tuple(o.model_copy(update={"name": "[bold]:rocket:"}) for o in swap.case.organisations)
    odd = swap.model_copy(update={"case": swap.case.model_copy(update={"organisations": organisations})})
    for terminal in (True, False):
        assert "[bold]:rocket:" in printed(lambda console: print_summary(odd, console), terminal=terminal)


def test_many_organisations_are_counted(large: Callable[..., Comparison]) -> None:
    lines = summary_lines(large(organisations=50, sites=2, weeks=2, workloads=2))
    assert "38 more organisations in verdicts.csv." in lines
    assert any(line.startswith("By sharing, 33 organisations are better off") for line in lines)


def test_a_lone_run_says_that_nothing_is_compared(swap: Comparison) -> None:
    lone = Comparison(case=swap.case, plans=swap.plans[:1])
    assert "Nothing is compared here: a verdict needs the run alone beside another one." in summary_lines(lone)


@pytest.mark.parametrize("terminal", [True, False])
def test_problems_put_errors_first(terminal: bool) -> None:
    text = printed(lambda console: problems_table(PROBLEMS, console), terminal=terminal, width=120)
    assert text.index("SKU [h1000]") < text.index("no step gives it power")
    assert "lots.csv row 3, column sku" in text
    assert "did you mean h100?" in text
    assert text.rstrip().endswith("1 error and 1 warning.")


def test_no_problems_are_said_too() -> None:
    assert printed(lambda console: problems_table((), console), terminal=False) == "No problems found.\n"
