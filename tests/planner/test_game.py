"""Splits of a gain: published and hand-computed games, sampling, and what is refused."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, combinations

import numpy as np
import pytest

from armslength.errors import InputError, PlanError
from armslength.planner.game import (
    Worth,
    core_check,
    core_is_empty,
    equal_gain,
    nucleolus,
    proportional,
    shapley,
    shapley_sampled,
)
from armslength.solver.small_lp import solve_small_lp

Rule = Callable[[Worth], dict[str, float]]
RULES: list[Rule] = [equal_gain, proportional, shapley, nucleolus]
NAMES = "abcdefghijklm"


def coalitions(players: Iterable[str]) -> list[frozenset[str]]:
    """All non-empty coalitions, smaller ones first."""
    names = list(players)
    sizes = range(1, len(names) + 1)
    return [frozenset(some) for some in chain.from_iterable(combinations(names, size) for size in sizes)]


def game(players: Iterable[str], value: Callable[[frozenset[str]], float]) -> dict[frozenset[str], float]:
    return {coalition: value(coalition) for coalition in coalitions(players)}


def listed(players: Iterable[str], values: Iterable[float]) -> dict[frozenset[str], float]:
    return dict(zip(coalitions(players), values, strict=True))


def close(payoff: Mapping[str, float], expected: Mapping[str, float], tolerance: float = 1e-7) -> bool:
    return bool(payoff == pytest.approx(expected, abs=tolerance))


# ---------------------------------------------------------------- published and hand-computed games


@pytest.mark.parametrize(
    ("worths", "shares"),
    [
        ((0, 0, 0, 0, 0, 0, 100), (100 / 3, 100 / 3, 100 / 3)),
        ((0, 0, 0, 0, 0, 100, 200), (50, 75, 75)),
        ((0, 0, 0, 0, 100, 200, 300), (50, 100, 150)),
    ],
)
def test_nucleolus_of_the_talmud(worths: tuple[float, ...], shares: tuple[float, ...]) -> None:
    # Aumann and Maschler, J. Econ. Theory 36 (1985) 195: a, b, c claim 100, 200, 300 on an estate of 100,
    # 200 or 300. A coalition makes what is left when all others have been paid: of 200, {b, c} keep 100.
    assert close(nucleolus(listed("abc", worths)), dict(zip("abc", shares, strict=True)), 1e-10)


def test_nucleolus_of_an_insurance_pool() -> None:
    # Lemaire, ASTIN Bulletin 21 (1991) 17: three parties, worths of A, B, C, AB, AC, BC, ABC. By hand: {A}
    # and {B, C} complain by 46125 - xA and 30750 - (90000 - xA), together -13125 whatever is paid, which is
    # more than such a pair for B (-18750) or C (-15000). So they complain by -6562.5 each: xA = 52687.5.
    # That leaves 37312.5 to B and C, who complain most when alone: 17437.5 - xB = 5812.5 - (37312.5 - xB).
    worth = listed("ABC", (46125, 17437.5, 5812.5, 69187.5, 53812.5, 30750, 90000))
    assert close(nucleolus(worth), {"A": 52687.5, "B": 24468.75, "C": 12843.75}, 1e-8)


def test_nucleolus_of_four_players_as_published_with_another_program() -> None:
    # The example in the manual of CoopGame 0.2.2, an R package.
    worth = listed("abcd", (0, 0, 0, 0, 5, 5, 8, 9, 10, 8, 13, 15, 16, 17, 21))
    assert close(nucleolus(worth), {"a": 3.5, "b": 4.5, "c": 5.5, "d": 7.5}, 1e-9)


def test_nucleolus_of_the_apex_game() -> None:
    # Peleg, SIAM J. Appl. Math. 16 (1968) 527: in a constant-sum majority game it is the normalised weights.
    weights = {"a": 3, "b": 1, "c": 1, "d": 1, "e": 1}
    worth = game("abcde", lambda who: float(sum(weights[name] for name in who) >= 4))
    assert close(nucleolus(worth), {name: weight / 7 for name, weight in weights.items()}, 1e-10)


def test_glove_game() -> None:
    # One left glove, two right ones; a pair is worth 1. Left adds 1 in every order but the two in which it
    # comes first: Shapley 4/6. Each right glove adds 1 only right after left at the start: 1/6. Left is
    # scarce: in the core it gets all.
    worth = game(["left", "right1", "right2"], lambda who: float("left" in who and len(who) > 1))
    scarce = {"left": 1.0, "right1": 0.0, "right2": 0.0}
    assert close(shapley(worth), {"left": 2 / 3, "right1": 1 / 6, "right2": 1 / 6}, 1e-12)
    assert close(nucleolus(worth), scarce, 1e-12)
    assert close(proportional(worth), scarce, 1e-12)
    assert not core_is_empty(worth)
    assert core_check(worth, scarce, 0.0).in_core
    verdict = core_check(worth, equal_gain(worth), 1e-9)
    assert not verdict.in_core
    assert verdict.leaving_coalition == ("left", "right1")
    assert verdict.leaving_gain_value == pytest.approx(1 / 3)
    assert verdict.unshared_value == 0.0


def test_majority_game() -> None:
    # Any two of three make all there is: by symmetry a third each, and any two would rather leave (2/3 < 1).
    worth = game("abc", lambda who: float(len(who) >= 2))
    for rule in RULES:
        assert close(rule(worth), dict.fromkeys("abc", 1 / 3), 1e-12), rule
    assert core_is_empty(worth)
    verdict = core_check(worth, shapley(worth), 1e-9)
    assert verdict.leaving_coalition == ("a", "b")
    assert verdict.leaving_gain_value == pytest.approx(1 / 3)


def test_airport_game() -> None:
    # Littlechild and Owen, Manage. Sci. 20 (1973) 370: a runway long enough for the largest costs 12, 18,
    # 30. Each stretch is shared by those who need it: 12/3; 12/3 + 6/2; 12/3 + 6/2 + 12.
    costs = {"a": 12.0, "b": 18.0, "c": 30.0}
    worth = game("abc", lambda who: -max(costs[name] for name in who))
    assert close(shapley(worth), {"a": -4.0, "b": -7.0, "c": -19.0}, 1e-12)


def test_two_parties_share_the_gain_of_a_swap() -> None:
    # 6,000 GPUs for 5 months of 730 h at 2.50 a GPU-hour: a gain of 54.75 M, 27.375 M each.
    gain = 6000 * 5 * 730 * 2.5
    worth = listed("TX", (100e6, 150e6, 250e6 + gain))
    for rule in (equal_gain, shapley, nucleolus):
        assert close(rule(worth), {"T": 127.375e6, "X": 177.375e6}, 1e-6), rule


def test_proportional_by_hand() -> None:
    # Alone 10, 20, 0; together 60: a gain of 30. Marginal: 60 - 30 = 30; 60 - 40 = 20; 60 - 50 = 10.
    worth = listed("abc", (10, 20, 0, 50, 40, 30, 60))
    assert close(proportional(worth), {"a": 10 + 15.0, "b": 20 + 10.0, "c": 0 + 5.0}, 1e-12)


def test_proportional_is_equal_when_nobody_is_needed() -> None:
    worth = listed("abc", (1, 2, 3, 12, 12, 12, 12))
    assert close(proportional(worth), {"a": 3.0, "b": 4.0, "c": 5.0}, 1e-12)


def test_proportional_counts_a_player_in_the_way_as_adding_nothing() -> None:
    # c lowers what the others make from 14 to 12; a and b add 12 - 4 = 8 and 12 - 6 = 6.
    worth = listed("abc", (0, 0, 5, 14, 6, 4, 12))
    assert close(proportional(worth), {"a": 4.0, "b": 3.0, "c": 5.0}, 1e-12)


def test_nucleolus_leaves_nobody_below_alone() -> None:
    # a and b would make 10 on their own, but all together make nothing: without the floor c would have to
    # pay them.
    worth = listed("abc", (0, 0, 0, 10, 0, 0, 0))
    assert close(nucleolus(worth), {"a": 0.0, "b": 0.0, "c": 0.0}, 1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_one_player_gets_what_it_makes(rule: Rule) -> None:
    assert rule({frozenset({"a"}): -7.25}) == {"a": -7.25}


def test_core_with_one_player() -> None:
    worth = {frozenset({"a"}): 5.0}
    assert not core_is_empty(worth)
    assert core_check(worth, {"a": 5.0}, 0.0).in_core
    verdict = core_check(worth, {"a": 4.0}, 0.5)
    assert (verdict.in_core, verdict.leaving_coalition, verdict.unshared_value) == (False, (), 1.0)


@pytest.mark.parametrize("rule", RULES)
def test_nothing_to_gain_leaves_all_as_alone(rule: Rule) -> None:
    # Worths that are sums of what members make alone, up to the rounding of such sums.
    alone = {"a": 0.1, "b": 0.2, "c": 0.3, "d": 1e9}
    worth = game("abcd", lambda who: math.fsum(alone[name] for name in who))
    worth[frozenset("abcd")] -= 1e-7
    assert close(rule(worth), alone, 1e-6)
    assert not core_is_empty(worth)


# ---------------------------------------------------------------- core


def test_core_check_names_overpayment_and_leftovers() -> None:
    worth = listed("ab", (1, 1, 10))
    assert core_check(worth, {"a": 6.0, "b": 6.0}, 1e-9).unshared_value == -2.0
    assert not core_check(worth, {"a": 6.0, "b": 6.0}, 1e-9).in_core
    leftover = core_check(worth, {"a": 4.0, "b": 4.0}, 1e-9)
    assert (leftover.in_core, leftover.unshared_value) == (False, 2.0)


def test_core_check_keeps_the_tolerance() -> None:
    worth = listed("ab", (5, 1, 10))
    assert core_check(worth, {"a": 4.5, "b": 5.5}, 0.5).in_core
    verdict = core_check(worth, {"a": 4.5, "b": 5.5}, 0.49)
    assert (verdict.leaving_coalition, verdict.leaving_gain_value) == (("a",), 0.5)


def test_core_check_names_the_smallest_of_equals() -> None:
    # {a, c} and {b} both make 2 more than they are paid.
    verdict = core_check(listed("abc", (0, 3, 0, 0, 4, 0, 3)), dict.fromkeys("abc", 1.0), 1e-9)
    assert (verdict.leaving_coalition, verdict.leaving_gain_value) == (("b",), 2.0)


# ---------------------------------------------------------------- twelve players, and more


def test_twelve_players_are_quick() -> None:
    # The square of the size: everyone is alike and adds 12 on average. Then noise, where all programs are
    # needed.
    players = NAMES[:12]
    generator = np.random.default_rng(7)
    square = game(players, lambda who: float(len(who) ** 2))
    noisy = {who: value * (1.0 - 0.1 * generator.random() * (1 < len(who) < 12)) for who, value in square.items()}
    start = time.process_time()
    assert close(shapley(square), dict.fromkeys(players, 12.0), 1e-11)
    shapley_seconds = time.process_time() - start
    assert close(nucleolus(square), dict.fromkeys(players, 12.0), 1e-9)
    assert core_check(noisy, nucleolus(noisy), 1e-6).in_core
    # Taken on a small machine: 0.02 s and 0.2 s.
    assert shapley_seconds < 1.0
    assert time.process_time() - start < 10.0


def test_thirteen_players_are_told_what_to_do() -> None:
    worth = game(NAMES, lambda who: float(len(who)))
    for looks_at_all in (shapley, nucleolus, core_is_empty):
        with pytest.raises(InputError, match=r"13 players.*12") as raised:
            looks_at_all(worth)
        assert "shapley_sampled" in raised.value.hint
    assert close(equal_gain(worth), dict.fromkeys(NAMES, 1.0), 1e-12)


def test_sampling_finds_the_shapley_value_within_its_error() -> None:
    worth = game("abcdef", lambda who: float(sum(ord(name) - 96 for name in who) >= 11) * 100.0)
    exact = shapley(worth)
    sampled = shapley_sampled("fedcba", worth.__getitem__, 2000, seed=3)
    assert sampled.ordering_count == 2000
    for name, value in exact.items():
        assert 0.0 < sampled.standard_error_value[name] < 2.0
        assert abs(sampled.payoff_value[name] - value) < 4.0 * sampled.standard_error_value[name]


def test_standard_errors_are_honest() -> None:
    # Over many seeds the errors in standard errors have a spread of 1; 400 of them show it to within a tenth
    # or so.
    worth = game("abcde", lambda who: float(sum(ord(name) - 96 for name in who) >= 7) * 100.0)
    exact = shapley(worth)
    runs = [shapley_sampled("abcde", worth.__getitem__, 200, seed) for seed in range(80)]
    errors = [(run.payoff_value[n] - exact[n]) / run.standard_error_value[n] for run in runs for n in exact]
    assert 0.8 < math.sqrt(math.fsum(error**2 for error in errors) / len(errors)) < 1.25


def test_sampling_many_players_pays_out_exactly_and_repeats() -> None:
    def worth_of(who: frozenset[str]) -> float:
        return 1e6 * math.sqrt(sum(float(name[1:]) for name in who))

    players = [f"p{number}" for number in range(1, 31)]
    sampled = shapley_sampled(players, worth_of, 20, seed=11)
    assert math.fsum(sampled.payoff_value.values()) == worth_of(frozenset(players))
    assert sampled == shapley_sampled(reversed(players), worth_of, 19, seed=11)
    assert sampled != shapley_sampled(players, worth_of, 20, seed=12)


def test_sampling_asks_for_each_worth_once() -> None:
    asked: list[frozenset[str]] = []

    def worth_of(who: frozenset[str]) -> float:
        asked.append(who)
        return float(len(who) ** 2)

    sampled = shapley_sampled("abcd", worth_of, 40, seed=0)
    assert len(asked) == len(set(asked)) <= 15
    assert frozenset() not in asked
    # In an ordering and its reverse a player adds 2k - 1 and 2(5 - k) - 1, which is 4 on average: no error
    # is left.
    assert sampled.payoff_value == dict.fromkeys("abcd", 4.0)
    assert sampled.standard_error_value == dict.fromkeys("abcd", 0.0)


@pytest.mark.parametrize(
    ("players", "samples", "words"),
    [("", 10, "needs players"), ("aab", 10, "different names"), ("ab", 3, "3 orderings")],
)
def test_sampling_refuses(players: str, samples: int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        shapley_sampled(players, lambda who: 1.0, samples, seed=0)


def test_sampling_refuses_a_worth_that_is_no_number() -> None:
    with pytest.raises(InputError, match="is worth nan"):
        shapley_sampled("ab", lambda who: math.nan, 10, seed=0)


# ---------------------------------------------------------------- input that cannot be used


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("worth", "words"),
    [
        ({}, "no players"),
        ({frozenset(): 2.0, frozenset("a"): 1.0}, "empty coalition must be worth 0"),
        ({frozenset("a"): 1.0, frozenset("ab"): 3.0}, r"\{b\}"),
        ({frozenset("a"): 1.0, frozenset("b"): 1.0, frozenset("ab"): math.inf}, r"\{a, b\} is worth inf"),
    ],
)
def test_rules_refuse(rule: Rule, worth: dict[frozenset[str], float], words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        rule(worth)
    assert raised.value.hint


def test_missing_coalitions_are_counted() -> None:
    worth = game("abc", lambda who: 1.0)
    del worth[frozenset("ac")], worth[frozenset("bc")]
    with pytest.raises(InputError, match=r"2 of 7 coalitions have no worth, the first of them \{a, c\}"):
        shapley(worth)
    with pytest.raises(InputError, match=r"\{b, c\} has no worth"):
        proportional(worth)


def test_the_empty_coalition_may_be_listed() -> None:
    worth = game("ab", lambda who: float(len(who) ** 2))
    assert shapley(worth | {frozenset(): 0.0}) == {"a": 2.0, "b": 2.0}


def test_nucleolus_refuses_a_loss() -> None:
    with pytest.raises(InputError, match=r"make 90\.00, less than the 100\.00 they make alone") as raised:
        nucleolus(listed("ab", (40, 60, 90)))
    assert "smaller gap" in raised.value.hint


@pytest.mark.parametrize("payoff", [{"a": 1.0}, {"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 1.0, "b": math.nan}], ids=str)
def test_core_check_refuses_a_payoff_of_others(payoff: dict[str, float]) -> None:
    with pytest.raises(InputError, match="payoff"):
        core_check(listed("ab", (1, 1, 3)), payoff, 1e-9)


# ---------------------------------------------------------------- the linear program underneath


def test_small_lp_by_hand() -> None:
    # Least 2x + 3y with x + y >= 4, x <= 3, y >= 0: x = 3, y = 1, cost 9. One more on the right costs a y, 3.
    answer = solve_small_lp(
        cost=np.array([2.0, 3.0]),
        matrix=np.array([[1.0, 1.0]]),
        row_lower=np.array([4.0]),
        row_upper=np.array([np.inf]),
        column_lower=np.zeros(2),
        column_upper=np.array([3.0, np.inf]),
    )
    assert answer.objective == pytest.approx(9.0)
    assert answer.values.tolist() == pytest.approx([3.0, 1.0])
    assert answer.row_duals.tolist() == pytest.approx([3.0])


@pytest.mark.parametrize(("upper", "words"), [(1.0, "infeasible"), (np.inf, "unbounded")])
def test_small_lp_without_optimum(upper: float, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        solve_small_lp(
            cost=np.array([-1.0]),
            matrix=np.array([[1.0]]),
            row_lower=np.array([2.0]),
            row_upper=np.array([np.inf]),
            column_lower=np.zeros(1),
            column_upper=np.array([upper]),
        )
