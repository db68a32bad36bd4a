"""Splits of a gain: the properties that define each rule, on small games that are often degenerate."""

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import chain, combinations, permutations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from armslength.planner.game import (
    Worth,
    core_check,
    core_is_empty,
    equal_gain,
    nucleolus,
    proportional,
    shapley,
)
from armslength.solver.small_lp import solve_small_lp

Rule = Callable[[Worth], dict[str, float]]
RULES: list[Rule] = [equal_gain, proportional, shapley, nucleolus]
NAMES = "abcde"


def coalitions(players: Iterable[str]) -> list[frozenset[str]]:
    """All non-empty coalitions, smaller ones first."""
    names = list(players)
    sizes = range(1, len(names) + 1)
    return [frozenset(some) for some in chain.from_iterable(combinations(names, size) for size in sizes)]


def close(payoff: Mapping[str, float], expected: Mapping[str, float], tolerance: float = 1e-7) -> bool:
    return bool(payoff == pytest.approx(expected, abs=tolerance))


def sorted_excesses(worth: Worth, payoff: Mapping[str, float]) -> list[float]:
    return sorted((value - sum(payoff[name] for name in who) for who, value in worth.items()), reverse=True)


def is_imputation(worth: Worth, payoff: Mapping[str, float]) -> bool:
    return all(payoff[name] >= worth[frozenset({name})] - 1e-9 for name in payoff)


@st.composite
def games(draw: st.DrawFn, most: int = 4, least: int = 1, gain: bool = True) -> dict[frozenset[str], float]:
    """Games of whole money, many degenerate; with ``gain`` all together make at least the sum alone."""
    players = NAMES[: draw(st.integers(least, most))]
    worth = {who: float(draw(st.integers(-3, 12))) for who in coalitions(players)}
    everyone = frozenset(players)
    alone = sum(worth[frozenset({name})] for name in players)
    if gain and worth[everyone] < alone:
        worth[everyone] = alone + draw(st.integers(0, 3))
    return worth


@given(games(least=3, most=3))
def test_core_of_three_is_empty_as_the_balanced_sets_say(worth: dict[frozenset[str], float]) -> None:
    # Bondareva and Shapley: for three players the minimal balanced sets are the partitions and the three
    # pairs.
    a, b, c, ab, ac, bc, abc = worth.values()
    least = max(a + b + c, ab + c, ac + b, bc + a, (ab + ac + bc) / 2)
    assert core_is_empty(worth) == (least > abc)


@given(games())
def test_nucleolus_is_in_the_core_unless_it_is_empty(worth: dict[frozenset[str], float]) -> None:
    assert core_check(worth, nucleolus(worth), 1e-6).in_core == (not core_is_empty(worth))


@given(games(), st.sampled_from([1.0, 0.1, 1e9 / 7]))
def test_all_is_paid_out_exactly(worth: dict[frozenset[str], float], scale: float) -> None:
    scaled = {who: value * scale for who, value in worth.items()}
    everyone = frozenset[str]().union(*worth)
    for rule in RULES:
        paid, total = math.fsum(rule(scaled).values()), scaled[everyone]
        grain = math.ulp(max(abs(value) for value in rule(scaled).values()))
        # Exact, unless the total itself is finer than the last bit of what is paid.
        assert paid == total or (total % grain != 0.0 and abs(paid - total) <= grain), rule


@given(games(least=2, most=2))
def test_two_players_share_equally(worth: dict[frozenset[str], float]) -> None:
    assert close(shapley(worth), equal_gain(worth))
    assert close(nucleolus(worth), equal_gain(worth))


@given(games(least=2))
def test_equals_are_paid_equally(worth: dict[frozenset[str], float]) -> None:
    swap = {"a": "b", "b": "a"}
    mirrored = {who: value + worth[frozenset(swap.get(name, name) for name in who)] for who, value in worth.items()}
    for rule in RULES:
        payoff = rule(mirrored)
        assert payoff["a"] == pytest.approx(payoff["b"], abs=1e-7), rule


@given(games(), st.integers(-3, 3))
def test_who_adds_only_its_own_gets_its_own(worth: dict[frozenset[str], float], own: int) -> None:
    extended = dict(worth) | {frozenset({"z"}): float(own)}
    extended |= {who | {"z"}: value + own for who, value in worth.items()}
    for rule in (shapley, nucleolus):
        assert close(rule(extended), rule(worth) | {"z": float(own)}), rule


@given(games(least=3, most=3), games(least=3, most=3))
def test_shapley_of_a_sum_is_the_sum(one: dict[frozenset[str], float], two: dict[frozenset[str], float]) -> None:
    first, second = shapley(one), shapley(two)
    both = shapley({who: one[who] + two[who] for who in one})
    assert close(both, {name: first[name] + second[name] for name in first})


@given(games(gain=False))
def test_shapley_is_the_mean_over_all_orders(worth: dict[frozenset[str], float]) -> None:
    players = sorted(frozenset[str]().union(*worth))
    mean = dict.fromkeys(players, Fraction(0))
    for order in permutations(players):
        for place, name in enumerate(order):
            before = Fraction(worth.get(frozenset(order[:place]), 0.0))
            mean[name] += (Fraction(worth[frozenset(order[: place + 1])]) - before) / math.factorial(len(order))
    assert close(shapley(worth), {name: float(value) for name, value in mean.items()}, 1e-12)


@given(games(), st.permutations(NAMES[:4]))
def test_names_and_order_of_input_change_nothing(worth: dict[frozenset[str], float], names: list[str]) -> None:
    renamed = dict(zip(NAMES, names, strict=False))
    other = {frozenset(renamed[name] for name in who): value for who, value in worth.items()}
    for rule in RULES:
        assert rule(dict(reversed(worth.items()))) == rule(worth), rule
        assert close(rule(other), {renamed[name]: paid for name, paid in rule(worth).items()}), rule


@given(games(), st.sampled_from([1e-6, 3.0, 1e9]), st.integers(-5, 5))
def test_other_money_and_a_gift_change_nothing(worth: dict[frozenset[str], float], scale: float, gift: int) -> None:
    moved = {who: scale * (value + gift * ("a" in who)) for who, value in worth.items()}
    for rule in (equal_gain, shapley, nucleolus):
        expected = {name: scale * (paid + gift * (name == "a")) for name, paid in rule(worth).items()}
        assert close(rule(moved), expected, 1e-7 * scale), rule


@given(games(most=5), st.integers(0, 2**32), st.sampled_from([1e-12, 1e-9, 1e-6]))
def test_nearly_equal_worths_give_nearly_equal_splits(
    worth: dict[frozenset[str], float], seed: int, noise: float
) -> None:
    # Worths come from solves, so that complaints which should tie differ by a little.
    generator = np.random.default_rng(seed)
    noisy = {who: value + noise * generator.random() * (len(who) > 1) for who, value in worth.items()}
    for rule in (equal_gain, shapley, nucleolus):
        assert close(rule(noisy), rule(worth), 100.0 * noise + 1e-7), rule


@given(games(least=2), st.lists(st.integers(0, 5), min_size=4, max_size=4))
def test_no_other_imputation_has_smaller_complaints(worth: dict[frozenset[str], float], weights: list[int]) -> None:
    assume(sum(weights[: len(equal_gain(worth))]) > 0)
    ours = sorted_excesses(worth, nucleolus(worth))
    assert is_imputation(worth, nucleolus(worth))
    others = [equal_gain(worth), weighted_gain(worth, weights)]
    others += [shapley(worth)] if is_imputation(worth, shapley(worth)) else []
    for other in others:
        pairs = zip(ours, sorted_excesses(worth, other), strict=True)
        first_difference = next((mine - theirs for mine, theirs in pairs if abs(mine - theirs) > 1e-7), 0.0)
        assert first_difference <= 0.0, other


def weighted_gain(worth: Worth, weights: list[int]) -> dict[str, float]:
    """Any imputation: the gain shared by these weights."""
    players = sorted(frozenset[str]().union(*worth))
    alone = {name: worth[frozenset({name})] for name in players}
    gain = worth[frozenset(players)] - sum(alone.values())
    total = sum(weights[: len(players)])
    return {name: alone[name] + gain * weight / total for name, weight in zip(players, weights, strict=False)}


@given(games(least=2, most=5))
def test_nucleolus_meets_kohlbergs_criterion(worth: dict[frozenset[str], float]) -> None:
    # Kohlberg, SIAM J. Appl. Math. 20 (1971) 62: an imputation is the nucleolus if and only if at every
    # level the coalitions that complain at least so much, with the players held at their floors added where
    # needed, can be given positive weights so that every player's weights add up to 1.
    payoff = nucleolus(worth)
    players = sorted(payoff)
    excess = {who: value - sum(payoff[name] for name in who) for who, value in worth.items()}
    del excess[frozenset(players)]
    at_floor = [frozenset({name}) for name in players if abs(payoff[name] - worth[frozenset({name})]) < 1e-7]
    for level in sorted(set(excess.values()), reverse=True):
        complaining = [who for who, value in excess.items() if value >= level - 1e-7]
        weight = largest_common_weight(players, complaining, at_floor)
        assert weight > 1e-6, (level, complaining)


def largest_common_weight(
    players: list[str], complaining: list[frozenset[str]], at_floor: list[frozenset[str]]
) -> float:
    """The largest t for which weights exist, at least t on ``complaining`` and at least 0 on ``at_floor``."""
    columns = [[float(name in who) for name in players] for who in (*complaining, *at_floor)]
    columns.append([float(sum(name in who for who in complaining)) for name in players])
    count = len(columns)
    answer = solve_small_lp(
        cost=np.append(np.zeros(count - 1), -1.0),
        matrix=np.array(columns).T,
        row_lower=np.ones(len(players)),
        row_upper=np.ones(len(players)),
        column_lower=np.zeros(count),
        column_upper=np.full(count, np.inf),
    )
    return -answer.objective


@given(st.lists(st.integers(0, 30), min_size=2, max_size=5), st.integers(0, 100))
def test_nucleolus_of_any_bankruptcy_is_the_rule_of_the_talmud(claimed: list[int], percent: int) -> None:
    # Aumann and Maschler 1985, theorem D: half the claims, capped equally, while the estate is below half of
    # all claims; beyond that the claims less such a share of what is missing.
    claims = dict(zip(NAMES, map(float, claimed), strict=False))
    estate = sum(claimed) * percent / 100
    worth = bankruptcy(estate, claims)
    missing = sum(claimed) - estate
    small = capped_equally(min(estate, missing), {name: claim / 2 for name, claim in claims.items()})
    expected = small if estate <= missing else {name: claims[name] - small[name] for name in claims}
    assert close(nucleolus(worth), expected)


def bankruptcy(estate: float, claims: Mapping[str, float]) -> dict[frozenset[str], float]:
    others = {who: sum(claim for name, claim in claims.items() if name not in who) for who in coalitions(claims)}
    return {who: max(0.0, estate - paid) for who, paid in others.items()}


def capped_equally(estate: float, caps: Mapping[str, float]) -> dict[str, float]:
    """Equal shares of the estate, none above its cap: smallest caps are served first."""
    shares: dict[str, float] = {}
    for place, name in enumerate(sorted(caps, key=lambda name: caps[name])):
        shares[name] = min(caps[name], (estate - sum(shares.values())) / (len(caps) - place))
    return shares
