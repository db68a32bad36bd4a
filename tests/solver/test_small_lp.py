"""Small dense programs: vertices, exact duals, and a word when there is no optimum."""

import numpy as np
import pytest

from armslength.errors import PlanError
from armslength.solver.small_lp import solve_small_lp

INFINITE = np.inf


def least(cost, matrix, lower, upper):
    columns = len(cost)
    return solve_small_lp(
        np.array(cost, dtype=float),
        np.array(matrix, dtype=float),
        np.array(lower, dtype=float),
        np.array(upper, dtype=float),
        np.zeros(columns),
        np.full(columns, INFINITE),
    )


def test_the_least_cost_of_a_diet():
    # Least 2 x + 3 y with x + y >= 4 and x + 3 y >= 6: x = 3, y = 1, cost 9.
    found = least((2, 3), ((1, 1), (1, 3)), (4, 6), (INFINITE, INFINITE))
    assert found.objective == pytest.approx(9)
    assert found.values == pytest.approx([3, 1])
    # Both bind: a + b = 2 and a + 3 b = 3, so a = 3/2, b = 1/2; rising lower bounds cost more.
    assert found.row_duals == pytest.approx([1.5, 0.5])


def test_the_dual_of_an_upper_bound_is_not_positive():
    # Least -x with x <= 5: one more unit allowed lowers the cost by 1.
    found = least((-1,), ((1,),), (-INFINITE,), (5,))
    assert found.objective == pytest.approx(-5)
    assert found.row_duals == pytest.approx([-1])


@pytest.mark.parametrize(
    ("matrix", "lower", "upper"),
    [(((1,), (1,)), (3, -INFINITE), (INFINITE, 2)), (((1,),), (0,), (INFINITE,))],
)
def test_without_an_optimum_it_says_so(matrix, lower, upper):
    # First: x >= 3 and x <= 2. Second: the least of -x without end.
    with pytest.raises(PlanError, match="no optimum"):
        least((-1,), matrix, lower, upper)


def test_the_same_program_gives_the_same_vertex():
    # Every point of x + y = 1 is best; which vertex is taken must not change from run to run.
    first, second = (least((1, 1), ((1, 1),), (1,), (INFINITE,)) for _ in range(2))
    assert first.values.tolist() == second.values.tolist()
    assert sorted(first.values.tolist()) == pytest.approx([0, 1])
