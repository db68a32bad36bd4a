"""Policies by quota, credit and fair share, by hand: one thing each."""

import pytest

from armslength.errors import InputError, UnknownName
from armslength.model.replay import Rules, Setting
from armslength.policy.catalogue import NAMES, policy_of, refuse_unfit
from armslength.replay.engine import Engine
from armslength.replay.trace import Cluster
from replay.small_traces import trace_of

Rows = list[tuple[str, int, int, int]]


def starts(policy: str, rows: Rows, nodes: tuple[int, ...], owners: str = "ab", **settings: float) -> list[int]:
    given = tuple(Setting(name=name, value_ratio=value) for name, value in settings.items())
    rules = Rules(policy=policy, settings=given)
    refuse_unfit(rules)
    records = Engine(trace_of(rows, owners), Cluster(8, nodes), rules, policy_of(policy).decide).run()
    return [int(second) for second in records.start_seconds]


def test_idle_quota_is_borrowed_and_given_back() -> None:
    rows = [("a", 0, 100, 8), ("a", 0, 100, 8), ("b", 10, 5, 8)]
    assert starts("quota-borrow", rows, (1, 1)) == [0, 0, 10]


def test_a_borrowing_limit_holds() -> None:
    rows = [("a", 0, 10, 8), ("a", 0, 10, 4), ("a", 0, 10, 4)]
    assert starts("quota-borrow", rows, (1, 1)) == [0, 0, 0]
    assert starts("quota-borrow", rows, (1, 1), borrowing_limit_frac=0.5) == [0, 0, 10]
    assert starts("quota-borrow", rows, (1, 1), borrowing_limit_frac=0) == [0, 10, 10]


def test_a_lending_limit_holds() -> None:
    rows = [("a", 0, 10, 8), ("a", 0, 10, 4), ("a", 0, 10, 4)]
    assert starts("quota-borrow", rows, (1, 1), lending_limit_frac=0.5) == [0, 0, 10]


def test_among_borrowers_the_one_that_borrows_least_goes_first() -> None:
    rows = [("c", 0, 10, 16), ("a", 1, 30, 8), ("b", 1, 30, 8), ("a", 2, 5, 8), ("a", 3, 5, 8), ("b", 4, 5, 8)]
    fair = starts("quota-borrow", rows, (1, 1, 2), "abc")
    plain = starts("quota-borrow", rows, (1, 1, 2), "abc", fair_sharing=0)
    # At 10 two nodes fall idle. By time both would go to a; by share one each.
    assert (plain[3], plain[4], plain[5]) == (10, 10, 15)
    assert (fair[3], fair[4], fair[5]) == (10, 15, 10)


def test_a_guarantee_is_never_lent() -> None:
    rows = [("a", 0, 10, 8), ("a", 0, 10, 4), ("a", 0, 10, 4)]
    assert starts("guarantee-deserved", rows, (1, 1), guarantee_frac=0.5) == [0, 0, 10]


def test_capability_caps_even_when_all_else_is_idle() -> None:
    rows = [("a", 0, 10, 8), ("a", 0, 10, 8)]
    assert starts("guarantee-deserved", rows, (1, 2), capability_frac=1) == [0, 10]


def test_who_lent_borrows_first() -> None:
    # b lends its node to a until 20. Then c's two nodes fall idle for whoever has credit: b, though a came first.
    rows = [("c", 0, 20, 16), ("a", 0, 20, 8), ("a", 0, 20, 8), ("a", 15, 50, 8), ("a", 15, 50, 16), ("b", 16, 50, 8),
            ("b", 16, 50, 16)]  # fmt: skip
    by_credit = starts("credit", rows, (1, 1, 2), "abc")
    by_share = starts("quota-borrow", rows, (1, 1, 2), "abc", fair_sharing=0)
    assert by_share[4] < by_share[6]
    assert by_credit[6] < by_credit[4]


def test_a_right_that_is_given_up_is_not_reclaimed() -> None:
    rows = [("a", 0, 100, 8), ("a", 0, 100, 8), ("b", 10, 5, 4), ("b", 11, 5, 8)]
    assert starts("credit", rows, (1, 1), guaranteed_frac=0) == [0, 0, 100, 100]
    # Half a right brings four back; then b, which has lent, goes first for the rest.
    assert starts("credit", rows, (1, 1), guaranteed_frac=0.5) == [0, 0, 10, 15]


def test_who_used_least_lately_goes_first() -> None:
    rows = [("a", 0, 1000, 16), ("a", 10, 100, 16), ("b", 20, 100, 16)]
    assert starts("fair-share-decay", rows, (1, 1)) == [0, 1100, 1000]
    assert starts("pooled", rows, (1, 1)) == [0, 1000, 1100]


@pytest.mark.parametrize("name", NAMES)
def test_every_policy_says_what_it_is(name: str) -> None:
    assert policy_of(name).about.endswith(".") or ":" in policy_of(name).about


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"policy": "lend-reclaim", "order": "srtf"}, "srtf"),
        ({"policy": "static", "order": "srtf", "backfill": "easy"}, "nothing to backfill"),
        ({"policy": "credit", "backfill": "conservative"}, "no reservations"),
        ({"policy": "pooled", "settings": (Setting(name="x", value_ratio=1),)}, "no setting `x`"),
    ],
)
def test_rules_that_do_not_go_together_are_refused(rules: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        refuse_unfit(Rules.model_validate(rules))


def test_an_unknown_policy_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="lend-reclaim"):
        policy_of("lend-reclam")
