"""What lending promises: proved on small traces under every order and backfill, and where it cannot be promised."""

from hypothesis import given, settings
from hypothesis import strategies as st

from armslength.model.replay import Rules
from armslength.policy import lend_reclaim
from armslength.policy.catalogue import policy_of
from armslength.replay.alone import alone_clock
from armslength.replay.engine import Engine
from armslength.replay.metrics import conserved, overfull
from armslength.replay.records import Records
from armslength.replay.trace import CapacityChange, Cluster, Trace
from replay.small_traces import cases, costs, sharing_rules, trace_of


def both(trace: Trace, cluster: Cluster, rules: Rules) -> tuple[Records, Records]:
    """Returns the records alone and shared."""
    policy = policy_of(rules.policy)
    alone = Engine(trace, cluster, rules, policy_of("static").decide, keep_places=True).run()
    ticks = alone_clock(alone.stays_at, cluster.node_gpus) if policy.keeps_alone_clock else ()
    shared = Engine(trace, cluster, rules, policy.decide, alone=ticks).run()
    assert not conserved(trace, shared)
    assert not overfull(trace, cluster, shared)
    return alone, shared


@settings(max_examples=100)
@given(case=cases(), rules=sharing_rules("lend-reclaim", free=True))
def test_lending_with_free_and_instant_reclaim_delays_nobody(case: tuple[Trace, Cluster], rules: Rules) -> None:
    alone, shared = both(*case, rules)
    assert (shared.start_seconds <= alone.start_seconds).all()
    assert (shared.end_seconds <= alone.end_seconds).all()


@settings(max_examples=100)
@given(case=cases(), rules=sharing_rules("lend-reclaim", free=False))
def test_notice_and_minimum_run_bound_the_harm(case: tuple[Trace, Cluster], rules: Rules) -> None:
    alone, shared = both(*case, rules)
    bound = lend_reclaim.promised_delay_seconds(rules)
    assert bound == max(rules.notice_seconds, rules.min_run_seconds) + rules.checkpoint_costs[0].cost_seconds
    assert (shared.start_seconds - alone.start_seconds).max() <= bound
    assert (shared.end_seconds - alone.end_seconds).max() <= bound


def test_the_bound_is_reached() -> None:
    # b's job comes to nodes on which a's has just begun: it waits for the whole notice.
    trace = trace_of([("a", 0, 50, 4), ("a", 0, 50, 4), ("b", 1, 10, 4)], "ab")
    rules = Rules(policy="lend-reclaim", notice_seconds=7)
    alone, shared = both(trace, Cluster(4, (1, 1)), rules)
    assert shared.start_seconds[2] - alone.start_seconds[2] == 7 == lend_reclaim.promised_delay_seconds(rules)


@given(case=cases(), rules=sharing_rules("lend-reclaim", free=True))
def test_lending_promises_nothing_less_to_pure_lenders(case: tuple[Trace, Cluster], rules: Rules) -> None:
    trace, cluster = case
    alone, shared = both(trace, cluster, rules)
    first = trace.owner == 0
    assert (shared.end_seconds[first] <= alone.end_seconds[first]).all()


def test_reclaim_by_quota_cannot_promise_it() -> None:
    """The counterexample: quotas count accelerators, gangs need nodes.

    Each owner has one node of two. At 5 one of b's small jobs begins on a's idle node, for b's own is full. At 6 b's own
    node is free again, so b stands within its quota and nobody is a borrower any more; but its job still stands on
    a's node, and a's job for the whole node waits until 7 for the other one. Alone it starts at 6.
    """
    rows = [("b", 0, 6, 2), ("a", 1, 1, 2), ("b", 5, 5, 1), ("b", 6, 1, 1), ("a", 6, 5, 2)]
    trace, cluster = trace_of(rows, "ab"), Cluster(2, (1, 1))
    alone, by_quota = both(trace, cluster, Rules(policy="quota-borrow"))
    assert alone.start_seconds.tolist() == [0, 1, 6, 6, 6]
    assert by_quota.start_seconds.tolist() == [0, 1, 5, 6, 7]
    _, by_clock = both(trace, cluster, Rules(policy="lend-reclaim"))
    assert by_clock.start_seconds.tolist() == [0, 1, 5, 6, 6]


def test_a_strict_pool_cannot_promise_it() -> None:
    # a's long job fills b's node from the moment it is idle; b comes a second later and waits to the end.
    trace = trace_of([("a", 0, 100, 2), ("a", 0, 100, 2), ("b", 1, 5, 2)], "ab")
    alone, pooled = both(trace, Cluster(2, (1, 1)), Rules(policy="pooled"))
    assert (alone.start_seconds[2], pooled.start_seconds[2]) == (1, 100)


@given(case=cases(), rules=st.sampled_from(["quota-borrow", "guarantee-deserved", "credit"]).flatmap(
    lambda name: sharing_rules(name, free=False)))  # fmt: skip
def test_other_policies_keep_their_books_too(case: tuple[Trace, Cluster], rules: Rules) -> None:
    if rules.backfill in ("easy", "conservative"):
        rules = rules.model_copy(update={"backfill": "best-effort"})
    _, shared = both(*case, rules)
    assert (shared.end_seconds >= 0).all()
    assert (shared.end_seconds - case[0].submit_seconds >= case[0].run_seconds).all()


@given(case=cases(), data=st.data())
def test_nodes_may_come_and_go_under_every_policy(case: tuple[Trace, Cluster], data: st.DataObject) -> None:
    trace, cluster = case
    name = data.draw(st.sampled_from(["static", "pooled", "lend-reclaim", "quota-borrow", "fair-share-decay"]))
    rules = data.draw(sharing_rules(name, free=False)).model_copy(update={"backfill": "none"})
    owners = st.integers(0, len(cluster.node_counts) - 1)
    drawn = data.draw(st.lists(st.builds(CapacityChange, st.integers(1, 40), owners, st.integers(0, 4)), max_size=4))
    back = [CapacityChange(60, owner, count) for owner, count in enumerate(cluster.node_counts)]
    changes = tuple(sorted([*drawn, *back], key=lambda change: change.from_seconds))
    _, shared = both(trace, Cluster(cluster.node_gpus, cluster.node_counts, changes), rules)
    assert (shared.end_seconds >= 0).all()


def test_without_the_cap_a_stop_can_cost_more_than_beginning_again() -> None:
    trace = trace_of([("a", 0, 50, 4), ("a", 0, 6, 4), ("b", 1, 10, 4)], "ab")
    capped = Rules(policy="lend-reclaim", checkpoint_costs=costs(100))
    _, shared = both(trace, Cluster(4, (1, 1)), capped)
    assert shared.lost_seconds().tolist() == [0, 1, 0]
