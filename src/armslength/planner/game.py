"""Cooperative games with transferable value: how a gain may be split, and who would rather leave.

A game is the worth of every coalition, in money of the case's currency: ``worth[frozenset({"T", "X"})]``.
The players are all names that occur. Every rule here pays out exactly what the coalition of all makes. How
worths are found is not known here.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from armslength.errors import InputError
from armslength.planner.nucleolus import gains_over_alone, membership, nucleolus_payoff
from armslength.solver.small_lp import FloatArray, solve_small_lp

Coalition = frozenset[str]
Worth = Mapping[Coalition, float]

PLAYER_COUNT_MAX = 12
SAMPLE_COUNT_MIN = 4
# Differences below this share of the largest worth are taken for rounding.
ROUNDING_RATIO = 1e-9
# A core this thin, as a share of the largest gain, may be the tolerance of the linear program.
CORE_RATIO = 1e-7


@dataclass(frozen=True, slots=True)
class CoreVerdict:
    """Whether a payoff lies in the core, and who would rather leave if not.

    Attributes:
        in_core: no coalition makes more on its own than its members are paid, and the payoff adds up to the
            worth of the coalition of all.
        leaving_coalition: the coalition that would gain most by leaving, names in order; empty when none
            would gain. Among equals the one with fewest members, then the first by name.
        leaving_gain_value: what that coalition makes beyond what its members are paid; 0 when none.
        unshared_value: worth of the coalition of all less all that is paid; negative when too much is paid.
    """

    in_core: bool
    leaving_coalition: tuple[str, ...]
    leaving_gain_value: float
    unshared_value: float


@dataclass(frozen=True, slots=True)
class SampledShapley:
    """A Shapley value estimated from random orderings of the players.

    Attributes:
        payoff_value: estimate per player; adds up to the worth of the coalition of all.
        standard_error_value: standard error of each estimate.
        ordering_count: orderings used.
    """

    payoff_value: dict[str, float]
    standard_error_value: dict[str, float]
    ordering_count: int


def equal_gain(worth: Worth) -> dict[str, float]:
    """Pays every player its worth alone and an equal share of the gain; a loss is shared equally too.

    x(i) = v(i) + (v(N) - sum of v(j)) / n. This is the Nash bargaining solution where value can be
    transferred and each party's alternative is standing alone (Nash, Econometrica 18 (1950) 155). Reads the
    worths of single players and of all together only, so that it needs no others and serves any number of
    players.

    Returns:
        Money per player.

    Raises:
        InputError: when the game has no players, or one of those worths is missing or not finite.
    """
    players = _players(worth)
    alone = np.array([_worth(worth, frozenset({player})) for player in players])
    total = _worth(worth, frozenset(players))
    return _named(players, alone + (total - alone.sum()) / len(players), total)


def proportional(worth: Worth) -> dict[str, float]:
    """Pays every player its worth alone and a share of the gain in proportion to its marginal contribution.

    x(i) = v(i) + (v(N) - sum of v(j)) * m(i) / (sum of m(j)), where m(i) = v(N) - v(N without i), or 0
    where that is negative. When all m are 0 the gain is shared equally. Reads only the worths in the
    formula.

    Returns:
        Money per player.

    Raises:
        InputError: when the game has no players, or one of those worths is missing or not finite.
    """
    players = _players(worth)
    everyone = frozenset(players)
    total = _worth(worth, everyone)
    alone = np.array([_worth(worth, frozenset({player})) for player in players])
    without = np.array([_worth(worth, everyone - {player}) for player in players])
    marginal = np.maximum(total - without, 0.0)
    if marginal.max() <= ROUNDING_RATIO * max(abs(total), float(np.abs(without).max())):
        marginal = np.ones(len(players))
    return _named(players, alone + (total - alone.sum()) * marginal / marginal.sum(), total)


def shapley(worth: Worth) -> dict[str, float]:
    """Pays every player its marginal contribution, averaged over all orders in which the players may come.

    x(i) = sum over S without i of |S|! (n - |S| - 1)! / n! * (v(S with i) - v(S)). Exact. Source: Shapley,
    "A value for n-person games", Contributions to the Theory of Games II (1953) 307.

    Returns:
        Money per player.

    Raises:
        InputError: when there are more than 12 players, or a coalition's worth is missing or not finite.
    """
    players, worths = _tabulate(worth)
    count = len(players)
    masks = np.arange(len(worths))
    weight_by_size = np.array([1.0 / (count * math.comb(count - 1, size)) for size in range(count)])
    payoff = np.empty(count)
    for player in range(count):
        without = masks[(masks >> player) & 1 == 0]
        weights = weight_by_size[np.bitwise_count(without)]
        payoff[player] = weights @ (worths[without | (1 << player)] - worths[without])
    return _named(players, payoff, float(worths[-1]))


def shapley_sampled(
    players: Iterable[str], worth_of: Callable[[Coalition], float], samples: int, seed: int
) -> SampledShapley:
    """Estimates the Shapley value from random orderings, for more players than `shapley` takes.

    Orderings are drawn in pairs, each with its reverse: a player who comes early in one comes late in the
    other, so that errors cancel, and the standard error is that of the independent pair means. ``worth_of``
    is asked once per coalition and never for the empty one. The order of ``players`` does not matter.
    Sources: Castro, Gomez and Tejada, Comput. Oper. Res. 36 (2009) 1726; Mitchell et al., J. Mach. Learn.
    Res. 23 (2022) no. 43, for pairs.

    Args:
        players: the names.
        worth_of: money that a coalition makes.
        samples: orderings wanted, at least 4; an odd number is rounded up.
        seed: same seed, same answer.

    Raises:
        InputError: when there are no players, a name occurs twice, a worth is not finite, or samples are
            too few.
    """
    names = tuple(sorted(players))
    if not names or len(set(names)) < len(names):
        raise InputError(f"a game needs players with different names, not {_list(names)}")
    if samples < SAMPLE_COUNT_MIN:
        hint = f"ask for at least {SAMPLE_COUNT_MIN}"
        raise InputError(f"{samples} orderings give no standard error", hint=hint)
    generator = np.random.default_rng(seed)  # noqa: TID251 - the seed is the caller's
    known: dict[Coalition, float] = {frozenset(): 0.0}
    pair_count = (samples + 1) // 2
    pair_means = np.empty((pair_count, len(names)))
    for pair in range(pair_count):
        order = generator.permutation(len(names))
        both = [_marginals(names, one, worth_of, known) for one in (order, order[::-1])]
        pair_means[pair] = (both[0] + both[1]) / 2.0
    errors = pair_means.std(axis=0, ddof=1) / math.sqrt(pair_count)
    return SampledShapley(
        payoff_value=_named(names, pair_means.mean(axis=0), known[frozenset(names)]),
        standard_error_value=dict(zip(names, errors.tolist(), strict=True)),
        ordering_count=2 * pair_count,
    )


def nucleolus(worth: Worth) -> dict[str, float]:
    """Pays so that the largest complaint of any coalition is least, then the next largest, and so on.

    Among the payoffs that leave nobody below standing alone (imputations), the one whose complaints
    v(S) - x(S), sorted from the largest, come first in lexicographic order. It is unique, and lies in the
    core whenever the core is not empty. Sources in `armslength.planner.nucleolus`.

    Returns:
        Money per player.

    Raises:
        InputError: when there are more than 12 players, a coalition's worth is missing or not finite, or all
            together make less than each alone, so that no payoff leaves everyone as well off.
        PlanError: when the solver fails.
    """
    players, worths = _tabulate(worth)
    total, alone_total = float(worths[-1]), float(worths[1 << np.arange(len(players))].sum())
    if total < alone_total - ROUNDING_RATIO * float(np.abs(worths).max()):
        raise InputError(
            f"all players together make {total:,.2f}, less than the {alone_total:,.2f} they make alone, "
            "so no payoff leaves everyone as well off",
            hint="together they can always do what each does alone: solve the shared run to a smaller gap",
        )
    return _named(players, nucleolus_payoff(worths), total)


def core_check(worth: Worth, payoff: Mapping[str, float], tolerance: float) -> CoreVerdict:
    """Says whether a payoff lies in the core, and if not which coalition would gain most by leaving.

    Args:
        worth: the game.
        payoff: money per player.
        tolerance: money by which a coalition may be short before it counts as leaving, and by which the
            payoff's sum may miss the worth of all.

    Raises:
        InputError: as `shapley`; or when the payoff names other players than the game, or is not finite.
    """
    players, worths = _tabulate(worth)
    if set(payoff) != set(players) or not all(math.isfinite(value) for value in payoff.values()):
        raise InputError(
            f"the payoff is for {_list(payoff)}, the game is played by {_list(players)}",
            hint="give every player of the game, and nobody else, a finite payoff",
        )
    unshared = float(worths[-1]) - math.fsum(payoff.values())
    excesses = (worths - membership(len(players)) @ np.array([payoff[player] for player in players]))[:-1]
    excess = float(excesses.max())
    rounding = ROUNDING_RATIO * float(np.abs(worths).max())
    leaves = excess > tolerance
    nearly_worst = np.flatnonzero(excesses >= excess - rounding) if leaves else np.array([0])
    coalitions = [_members(players, int(mask)) for mask in nearly_worst]
    worst = min(coalitions, key=lambda names: (len(names), names))
    return CoreVerdict(
        in_core=not leaves and abs(unshared) <= tolerance,
        leaving_coalition=worst,
        leaving_gain_value=excess if leaves else 0.0,
        unshared_value=unshared,
    )


def core_is_empty(worth: Worth) -> bool:
    """Says whether every payoff would make some coalition leave.

    The core is empty when the least total that leaves every smaller coalition content exceeds the worth of
    all (Bondareva 1963; Shapley, Nav. Res. Logist. Q. 14 (1967) 453), here by more than 1e-7 of the largest
    gain.

    Raises:
        InputError: as `shapley`.
        PlanError: when the solver fails.
    """
    players, worths = _tabulate(worth)
    if len(players) == 1:
        return False
    members = membership(len(players))
    gains, _ = gains_over_alone(worths, members)
    smaller = slice(1, len(gains) - 1)
    answer = solve_small_lp(
        cost=np.ones(len(players)),
        matrix=members[smaller],
        row_lower=gains[smaller],
        row_upper=np.full(len(gains) - 2, np.inf),
        column_lower=np.full(len(players), -np.inf),
        column_upper=np.full(len(players), np.inf),
    )
    return answer.objective > float(gains[-1]) + CORE_RATIO


def _players(worth: Worth) -> tuple[str, ...]:
    """Returns all names that occur, in order, so that the order of the mapping never matters."""
    players = tuple(sorted(frozenset[str]().union(*worth)))
    if not players:
        raise InputError("the game has no players", hint="give at least one coalition a worth")
    if worth.get(frozenset(), 0.0) != 0.0:
        raise InputError("the empty coalition must be worth 0", hint="leave it out")
    return players


def _worth(worth: Worth, coalition: Coalition) -> float:
    """Returns a coalition's worth, 0 for the empty one."""
    if not coalition:
        return 0.0
    if coalition not in worth:
        raise InputError(f"the coalition {_list(coalition)} has no worth", hint="solve it and add its worth")
    return _finite(worth[coalition], coalition)


def _finite(value: float, coalition: Coalition) -> float:
    if not math.isfinite(value):
        message = f"the coalition {_list(coalition)} is worth {value}"
        raise InputError(message, hint="give a finite amount of money")
    return float(value)


def _tabulate(worth: Worth) -> tuple[tuple[str, ...], FloatArray]:
    """Returns the players and (2**players) the worths by bitmask, where player ``i`` is bit ``i``."""
    players = _players(worth)
    if len(players) > PLAYER_COUNT_MAX:
        raise InputError(
            f"a game of {len(players)} players has too many coalitions to look at all of them; "
            f"{PLAYER_COUNT_MAX} players are the most",
            hint="use equal_gain or proportional, or estimate the Shapley value with shapley_sampled",
        )
    bit = {player: 1 << index for index, player in enumerate(players)}
    worths = np.full(1 << len(players), np.nan)
    worths[0] = 0.0
    for coalition, value in worth.items():
        worths[sum(bit[player] for player in coalition)] = _finite(value, coalition)
    missing = np.flatnonzero(np.isnan(worths))
    if len(missing):
        first = _list(_members(players, int(missing[0])))
        raise InputError(
            f"{len(missing)} of {len(worths) - 1} coalitions have no worth, the first of them {first}",
            hint=f"give every coalition of {_list(players)} a worth",
        )
    return players, worths


def _marginals(
    names: tuple[str, ...],
    order: Iterable[int],
    worth_of: Callable[[Coalition], float],
    known: dict[Coalition, float],
) -> FloatArray:
    """Returns (players) what each adds when they come in this order; remembers worths in ``known``."""
    marginals = np.empty(len(names))
    present: Coalition = frozenset()
    for player in order:
        grown = present | {names[player]}
        if grown not in known:
            known[grown] = _finite(worth_of(grown), grown)
        marginals[player] = known[grown] - known[present]
        present = grown
    return marginals


def _named(players: tuple[str, ...], payoff: FloatArray, total: float) -> dict[str, float]:
    """Returns the payoff by name, adding up to ``total`` without any rounding error.

    All payoffs are rounded to one grain, the last bit of the largest number among them, so that sums are
    exact; what is then missing, a few grains, goes to the largest payoff.
    """
    grain = math.ulp(max(abs(total), float(np.abs(payoff).max())))
    values: list[float] = (np.round(payoff / grain) * grain).tolist()
    largest = int(np.abs(payoff).argmax())
    values[largest] = math.fsum([total, *(-value for i, value in enumerate(values) if i != largest)])
    return dict(zip(players, values, strict=True))


def _members(players: tuple[str, ...], mask: int) -> tuple[str, ...]:
    return tuple(player for index, player in enumerate(players) if mask >> index & 1)


def _list(names: Iterable[str]) -> str:
    return "{" + ", ".join(sorted(names)) + "}"
