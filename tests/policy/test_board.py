"""Boards and profiles: where a job fits, now and later."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armslength.policy.board import Board, nodes_of
from armslength.policy.profile import FOR_EVER, Profile


def test_a_small_job_goes_into_the_fullest_node_that_fits() -> None:
    board = Board(8, [8, 3, 5, 3])
    assert board.find(3) == ((1, 3),)
    assert board.find(4) == ((2, 4),)
    assert board.find(6) == ((0, 6),)
    assert board.find(3, 0b0101) == ((2, 3),)


def test_a_gang_takes_wholly_free_nodes_and_its_rest_the_emptiest() -> None:
    board = Board(8, [8, 3, 8, 8, 6])
    assert board.find(16) == ((0, 8), (2, 8))
    assert board.find(28) == ((0, 8), (2, 8), (3, 8), (4, 4))
    assert board.find(12) == ((0, 8), (2, 4))
    assert board.find(31) is None
    assert board.find(16, 0b1000, 0b0111) == ((3, 8), (0, 8))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.lists(st.integers(1, 12), max_size=8))
def test_taking_and_giving_back_leaves_the_board_as_it_was(free: list[int], jobs: list[int]) -> None:
    board = Board(4, free)
    placed = []
    for gpus in jobs:
        placement = board.find(gpus)
        before = board.free()
        if placement is not None:
            assert sum(part for _, part in placement) == gpus
            assert board.fits(placement)
            board.take(placement)
            assert board.free() == before - gpus
            placed.append(placement)
        elif gpus <= 4:
            assert max(board.free_gpus) < gpus
    for placement in placed:
        board.give(placement)
    assert board.free_gpus == free
    assert board.levels == Board(4, free).levels


def test_a_board_refuses_what_it_has_not() -> None:
    board = Board(4, [1])
    with pytest.raises(AssertionError, match="too few"):
        board.take(((0, 2),))
    with pytest.raises(AssertionError, match="more accelerators back"):
        board.give(((0, 4),))


def test_a_copy_is_its_own() -> None:
    board = Board(4, [4])
    board.copy().take(((0, 4),))
    assert board.free() == 4


def test_nodes_come_and_go() -> None:
    board = Board(4, [4])
    assert nodes_of(board.add_nodes(2)) == [1, 2]
    board.remove_node(0)
    assert board.find(4) == ((1, 4),)
    assert board.free() == 8


def test_a_profile_reserves_the_earliest_stretch_on_the_same_nodes() -> None:
    board = Board(4, [0, 2])
    profile = Profile(board, -1, 100, [(110, ((0, 4),)), (130, ((1, 2),))])
    assert profile.reserve(2, 5) == (100, ((1, 2),))
    assert profile.reserve(2, 5) == (105, ((1, 2),))
    assert profile.reserve(4, 30) == (110, ((0, 4),))
    assert profile.reserve(8, 1) == (140, ((0, 4), (1, 4)))
    assert profile.reserve(9, 1) == (FOR_EVER, None)
