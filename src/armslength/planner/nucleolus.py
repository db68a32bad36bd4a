"""The nucleolus of a game given as an array over bitmasks, by a sequence of linear programs.

Knows no names: player ``i`` is bit ``i`` of a coalition's mask. `planner.game` is the door with names.
"""

import numpy as np
import numpy.typing as npt

from armslength.solver.small_lp import FloatArray, SmallLpAnswer, solve_small_lp

MaskSet = npt.NDArray[np.bool_]

# Gains below this share of the largest worth are rounding.
NO_GAIN_RATIO = 1e-12
# A dual of a vertex is a ratio of determinants of 0/1 matrices of order 13 at most, of which the largest is
# 9477: so a dual is 0 or above 1e-4.
DUAL_TOLERANCE = 1e-7
SPAN_TOLERANCE = 1e-9


def membership(player_count: int) -> FloatArray:
    """Returns (2**players, players): 1 where the player is in the coalition of that mask, else 0."""
    masks = np.arange(1 << player_count)
    return ((masks[:, None] >> np.arange(player_count)) & 1).astype(np.float64)


def gains_over_alone(worths: FloatArray, members: FloatArray) -> tuple[FloatArray, float]:
    """Returns what each coalition makes beyond its members alone, scaled, and the scale.

    The gains (coalitions) are shares of the largest, which is the scale, in money. Gains and scale are 0 when
    all gains are rounding errors of the worths.
    """
    alone = worths[1 << np.arange(members.shape[1])]
    gains = worths - members @ alone
    scale = float(np.abs(gains).max())
    if scale <= NO_GAIN_RATIO * float(np.abs(worths).max()):
        return np.zeros_like(gains), 0.0
    return gains / scale, scale


def nucleolus_payoff(worths: FloatArray) -> FloatArray:
    """Returns (players) the nucleolus: the imputation whose largest complaints are as small as can be.

    A coalition's complaint (excess) is its worth less what its members get. Each program finds the smallest
    possible largest complaint among the coalitions still open::

        minimise   e
        subject to v(S) - x(S) <= e         for every open coalition S
                   x(S)         = settled   for every settled coalition S, and for the coalition of all
                   x(i)        >= v(i)      for every player i

    A coalition with a positive dual has that complaint at every optimum, so what it gets is settled; so is
    what any coalition gets that is a linear combination of settled ones. Every program settles at least one
    more dimension, hence there are fewer programs than players, however degenerate the game is.

    Sources: Schmeidler, SIAM J. Appl. Math. 17 (1969) 1163; Maschler, Peleg and Shapley, Math. Oper. Res. 4
    (1979) 303, for the sequence of programs; Potters, Reijnierse and Ansing, Math. Oper. Res. 21
    (1996) 757, for settling by duals and span.

    Args:
        worths: (2**players) money; entry 0 is the empty coalition and must be 0. The coalition of all must
            be worth at least its members alone, or at most a rounding error less.

    Raises:
        PlanError: when the solver fails.
    """
    player_count = len(worths).bit_length() - 1
    members = membership(player_count)
    gains, scale = gains_over_alone(worths, members)
    rows, payoff = np.ones((1, player_count)), np.full(player_count, max(gains[-1], 0.0) / player_count)
    while len(rows) < player_count:
        is_open = ~_in_span(rows, members)
        answer = _smallest_complaint(members[is_open], gains[is_open], rows, payoff)
        payoff = answer.values[:player_count]
        is_tight = answer.row_duals[: np.count_nonzero(is_open)] > DUAL_TOLERANCE
        rows = _independent(rows, members[is_open][is_tight])
    return np.asarray(worths[1 << np.arange(player_count)] + scale * payoff, dtype=np.float64)


def _smallest_complaint(
    open_members: FloatArray, open_gains: FloatArray, rows: FloatArray, payoff: FloatArray
) -> SmallLpAnswer:
    """Solves one program of the sequence; its first rows are the open coalitions, its last column ``-e``.

    The payoff of the program before says what the settled ``rows`` get, and lowers a floor that it breaks by
    a rounding error. So it keeps the rules of this program exactly, which then cannot be infeasible.
    """
    settled, floor = rows @ payoff, np.minimum(payoff, 0.0)
    open_rows = np.column_stack([open_members, np.full(len(open_members), -1.0)])
    settled_rows = np.column_stack([rows, np.zeros(len(rows))])
    return solve_small_lp(
        cost=np.append(np.zeros(len(floor)), -1.0),
        matrix=np.vstack([open_rows, settled_rows]),
        row_lower=np.append(open_gains, settled),
        row_upper=np.append(np.full(len(open_gains), np.inf), settled),
        column_lower=np.append(floor, -np.inf),
        column_upper=np.full(len(floor) + 1, np.inf),
    )


def _in_span(rows: FloatArray, members: FloatArray) -> MaskSet:
    """Returns (coalitions) whether what a coalition gets follows from what the settled ones get."""
    basis, _ = np.linalg.qr(rows.T)
    residual = members - members @ basis @ basis.T
    return np.asarray(np.abs(residual).max(axis=1) < SPAN_TOLERANCE, dtype=np.bool_)


def _independent(rows: FloatArray, candidates: FloatArray) -> FloatArray:
    """Returns ``rows`` and those candidates, in order, which are independent of all before them."""
    count_before = len(rows)
    for candidate in candidates:
        if not _in_span(rows, candidate[None, :])[0]:
            rows = np.vstack([rows, candidate])
    assert len(rows) > count_before, "a program settled nothing: its duals must add up to 1"
    return rows
