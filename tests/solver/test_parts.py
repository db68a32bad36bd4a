"""Programs taken apart: prices for rows, parts that stand for themselves, columns that are held."""

import numpy as np
import pytest

from armslength.solver.highs import solve
from armslength.solver.outcome import Solved
from armslength.solver.parts import held, independent, priced, touches_several, with_least
from solver.programs_by_hand import ints, mask, program_of

# x and y share one row; x has one of its own, y and z another.
ROWS = [("own", [1, 0, 0], 4), ("shared", [1, 1, 0], 5), ("pair", [0, 1, 2], 6)]


def best(program) -> Solved:
    found = solve(program)
    assert isinstance(found, Solved)
    return found


def test_a_row_that_is_paid_for_bounds_the_program():
    whole = program_of([3, 2, 1], ROWS, upper=10)
    worth = best(whole).objective_value
    # x = 4, y = 1, z = 2.5: 12 + 2 + 2.5
    assert worth == pytest.approx(16.5)
    for price in (0.0, 0.5, 1.0, 1.5, 4.0):
        free = priced(whole, mask(0, 1, 0), np.array([9.0, price, 9.0]))
        assert best(free).objective_value >= worth - 1e-9
    # At 1.5 for the shared row x earns 1.5, y 0.5 and z 1: 4 x 1.5 + 6 x 0.5 (or 3 x 1) + 5 x 1.5
    free = priced(whole, mask(0, 1, 0), np.array([0.0, 1.5, 0.0]))
    assert best(free).objective_value == pytest.approx(6 + 3 + 7.5)


def test_rows_that_tie_groups_together_are_found():
    assert touches_several(program_of([3, 2, 1], ROWS), ints(0, 1, 1)).tolist() == [False, True, False]
    assert touches_several(program_of([3, 2, 1], ROWS), ints(0, 0, 0)).tolist() == [False, False, False]


def test_independent_parts_together_are_the_whole():
    whole = priced(program_of([3, 2, 1], ROWS, upper=10), mask(0, 1, 0), np.array([0.0, 1.5, 0.0]))
    parts = list(independent(whole, ints(0, 1, 1)))
    assert [part.columns.tolist() for part in parts] == [[0], [1, 2]]
    assert [part.rows.tolist() for part in parts] == [[0], [1]]
    total = whole.constant + sum(best(part.program).objective_value for part in parts)
    assert total == pytest.approx(best(whole).objective_value)


def test_what_is_held_is_paid_out_of_the_limits():
    whole = program_of([3, 2, 1], ROWS, upper=10, constant=7)
    rest = held(whole, mask(1, 0, 0), np.array([2.0, 9.0, 9.0]))
    assert rest.rows.tolist() == [1, 2]  # the row that only x touches has gone
    answer = best(rest.program)
    # x = 2, so y = 3 and z = 1.5: 7 + 6 + 6 + 1.5
    assert answer.objective_value == pytest.approx(20.5)
    assert rest.whole_columns(answer.x) == pytest.approx([2, 3, 1.5])
    assert answer.duals is not None
    # z could take 0.5 of another unit of the pair; y, at 2, gives 0.5 of it up
    assert rest.whole_duals(answer.duals, 3) == pytest.approx([0, 1.5, 0.5])


def test_rounding_in_what_is_held_bars_no_answer():
    whole = program_of([1, 1], [("both", [1, 1], 2)])
    rest = held(whole, mask(1, 0), np.array([2 + 1e-9, 0]))
    assert best(rest.program).objective_value == pytest.approx(2)


@pytest.mark.parametrize(("cost", "y"), [(0.5, 1), (4.0, 4)])
def test_what_is_missing_has_a_price(cost, y):
    # x = 4, y = 1 is best; y at 4 takes 3 of x, worth 9 less, and brings 6.
    whole = program_of([3, 2, 1], ROWS, upper=10)
    program = with_least(whole, ints(1), np.array([4.0]), np.array([cost]))
    answer = best(program)
    assert answer.x[1] == pytest.approx(y)
    assert answer.x[3] == pytest.approx(4 - y)
    assert float(whole.value @ answer.x[:3]) == pytest.approx(16.5 if y == 1 else 3 + 8 + 1)
