"""T1: power cuts under a SQLite store. The long form is part of ``make torture``."""

import pytest

from books.cutting import BAD, campaign

POINTS = 40


def test_no_cut_loses_what_was_answered() -> None:
    tally = campaign(POINTS, seed=1, groups=60, per_run=POINTS)
    assert (tally.points, tally.bad) == (POINTS, 0), tally.examples


@pytest.mark.parametrize("mode", sorted(BAD))
def test_a_setting_that_is_not_durable_is_caught(mode: str) -> None:
    """Forced upon the store behind its back; otherwise this simulator might see nothing at all."""
    tally = campaign(POINTS, seed=2, groups=60, per_run=POINTS, forced=BAD[mode])
    assert tally.bad > 0.7 * POINTS
