"""Every seeded bug of governance is seen by the story named beside it; and without one no story fails."""

import pytest

from books.seeded_governance import SEEDED, Seeded, seeded
from governance.scenarios import STORIES

BY_NAME = {story.__name__: story for story in STORIES}


@pytest.mark.parametrize("bug", SEEDED, ids=lambda bug: bug.name)
def test_a_seeded_bug_is_seen(bug: Seeded):
    with seeded(bug), pytest.raises(AssertionError):
        BY_NAME[bug.story]()


def test_good_functions_are_back_afterwards():
    with seeded(SEEDED[0]):
        pass
    BY_NAME[SEEDED[0].story]()


def test_there_are_enough():
    assert len({bug.name for bug in SEEDED}) == len(SEEDED) >= 50
