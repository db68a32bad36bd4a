"""T8: the mistakes of ``seeds`` can still be planted, and a few of them are, each time; all of them by ``make torture``."""

import pytest

from books.seeding import Seed, caught_by, misplaced
from books.seeds import SEEDS

PLANTED = ("sweep takes what is reserved",)


def test_there_are_enough_and_each_has_its_place() -> None:
    assert len(SEEDS) >= 25
    assert len({seed.name for seed in SEEDS}) == len(SEEDS)
    assert [why for why in map(misplaced, SEEDS) if why] == []


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if seed.name in PLANTED], ids=lambda seed: seed.name)
def test_a_planted_mistake_is_caught(seed: Seed) -> None:
    assert caught_by(seed)
