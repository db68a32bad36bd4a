"""Every seeded bug of governance is seen by some story; and without one no story fails."""

import pytest

from books.seeded_governance import SEEDED, Seeded, seeded
from governance.scenarios import STORIES


def caught_by(bug: Seeded) -> str:
    """Returns the first story that fails under a bug, or an empty string."""
    with seeded(bug):
        for story in STORIES:
            try:
                story()
            except Exception:  # noqa: BLE001 - any failure shows the bug
                return story.__name__
    return ""


@pytest.mark.parametrize("bug", SEEDED, ids=lambda bug: bug.name)
def test_a_seeded_bug_is_seen(bug: Seeded):
    assert caught_by(bug), f"no story sees it: {bug.what}"


def test_good_functions_are_back_afterwards():
    with seeded(SEEDED[0]):
        pass
    for story in STORIES[:3]:
        story()
