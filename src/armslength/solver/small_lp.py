"""Small dense linear programs, arrays in and arrays out, for those who need basic solutions and exact duals.

Solved by the simplex method without presolve, so that the answer is a vertex and the duals belong to its
basis. Knows nothing of blocks, families or gaps, and is not meant for programs with more than a few
thousand rows.
"""

from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from armslength.errors import PlanError

FloatArray = npt.NDArray[np.float64]

# The tightest that HiGHS allows is 1e-10; callers scale their programs so that 1 is a large number.
FEASIBILITY_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class SmallLpAnswer:
    """An optimal vertex.

    Attributes:
        objective: the least cost, in the caller's unit.
        values: (columns) the vertex.
        row_duals: (rows) rise of the objective per unit of a row's binding bound; not negative at a lower
            bound.
    """

    objective: float
    values: FloatArray
    row_duals: FloatArray


def solve_small_lp(
    cost: FloatArray,
    matrix: FloatArray,
    row_lower: FloatArray,
    row_upper: FloatArray,
    column_lower: FloatArray,
    column_upper: FloatArray,
) -> SmallLpAnswer:
    """Minimises ``cost @ x`` subject to bounds on ``matrix @ x`` and on ``x``.

    The same arrays give the same answer: serial, fixed seed.

    Args:
        cost: (columns) cost of one unit of each column.
        matrix: (rows, columns) dense.
        row_lower: (rows) may hold ``-inf``.
        row_upper: (rows) may hold ``inf``.
        column_lower: (columns) may hold ``-inf``.
        column_upper: (columns) may hold ``inf``.

    Raises:
        PlanError: when the program has no optimum, or the solver does not find it.
    """
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, setting in _OPTIONS.items():
        highs.setOptionValue(option, setting)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, column_lower, column_upper
    lp.row_lower_, lp.row_upper_ = row_lower, row_upper
    rows, columns = np.nonzero(matrix)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.searchsorted(rows, np.arange(len(matrix) + 1)).astype(np.int32)
    lp.a_matrix_.index_ = columns.astype(np.int32)
    lp.a_matrix_.value_ = matrix[rows, columns]
    highs.passModel(lp)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        words = highs.modelStatusToString(highs.getModelStatus()).lower()
        raise PlanError(f"a small linear program has no optimum: the solver says {words}")
    solution = highs.getSolution()
    return SmallLpAnswer(
        objective=float(highs.getInfo().objective_function_value),
        values=np.array(solution.col_value),
        row_duals=np.array(solution.row_dual),
    )


_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    # The process has one pool of threads, and asking for another size than it has is an error: 0 takes it as
    # it is. The serial simplex method uses none of them, so the answer does not depend on their number.
    "threads": 0,
    "parallel": "off",
    "solver": "simplex",
    "simplex_strategy": 1,
    "random_seed": 0,
    "presolve": "off",
    "primal_feasibility_tolerance": FEASIBILITY_TOLERANCE,
    "dual_feasibility_tolerance": FEASIBILITY_TOLERANCE,
}
