"""I14 to I18, and what is owed afterwards."""

import pytest

from governance.scenarios import STORIES, Story


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_it_holds(story: Story):
    story()


def test_there_are_stories():
    assert len(STORIES) > 60
