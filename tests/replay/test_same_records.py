"""The short cuts give the very records of the event loop; and so does a stream."""

from hypothesis import given, settings
from hypothesis import strategies as st

from armslength.model.replay import Rules, Sized
from armslength.policy.catalogue import policy_of
from armslength.replay.alone import alone_clock
from armslength.replay.engine import Engine, jobs_of
from armslength.replay.fast import has_short_cut, replay_fast
from armslength.replay.metrics import outcomes
from armslength.replay.stream import replay_stream
from armslength.replay.trace import Cluster, Trace
from replay.small_traces import cases, costs, difference, trace_of


@settings(max_examples=150)
@given(
    case=cases(),
    policy=st.sampled_from(["static", "pooled"]),
    order=st.sampled_from(["fifo", "sjf", "smallest", "srtf", "srtf", "srtf"]),
    release=st.integers(0, 2),
    cost=st.integers(0, 4),
    cap=st.booleans(),
)
def test_a_short_cut_changes_no_record(
    case: tuple[Trace, Cluster], policy: str, order: str, release: int, cost: int, cap: bool
) -> None:
    trace, cluster = case
    rules = Rules(policy=policy, order=order, release_seconds=release, checkpoint_costs=costs(cost), restart_cap=cap)
    assert has_short_cut(rules, cluster)
    slow = Engine(trace, cluster, rules, policy_of(policy).decide).run()
    assert difference(slow, replay_fast(trace, cluster, rules)) == ""


@given(case=cases(), order=st.sampled_from(["fifo", "sjf", "smallest"]))
def test_a_short_cut_keeps_the_places_of_the_alone_clock(case: tuple[Trace, Cluster], order: str) -> None:
    trace, cluster = case
    rules = Rules(policy="static", order=order)
    slow = Engine(trace, cluster, rules, policy_of("static").decide, keep_places=True).run()
    quick = replay_fast(trace, cluster, rules, keep_places=True)
    assert len(slow.stays_at) == len(trace)
    assert alone_clock(slow.stays_at, cluster.node_gpus) == alone_clock(quick.stays_at, cluster.node_gpus)


def test_jobs_made_to_leave_together_queue_in_order_of_their_starts() -> None:
    # The fourth job makes the first two leave. Both then have as much work left: whoever started first is first again.
    trace = trace_of([("a", 0, 8, 2), ("a", 1, 6, 1), ("a", 2, 7, 2), ("a", 2, 2, 4)], "a")
    cluster = Cluster(4, (1,))
    sizes = (Sized(upto_gpus=1, cost_seconds=5), Sized(upto_gpus=None, cost_seconds=4))
    rules = Rules(policy="static", order="srtf", checkpoint_costs=sizes, restart_cap=False)
    slow = Engine(trace, cluster, rules, policy_of("static").decide).run()
    assert difference(slow, replay_fast(trace, cluster, rules)) == ""
    assert slow.stop_counts.tolist() == [1, 1, 0, 0]
    assert slow.end_seconds.tolist() == [14, 21, 11, 4]


def test_jobs_that_never_fit_are_left_in_both() -> None:
    trace = trace_of([("a", 0, 5, 9), ("a", 1, 5, 1), ("b", 2, 3, 2)], "ab")
    cluster = Cluster(4, (2, 1))
    for order in ("fifo", "sjf", "smallest", "srtf"):
        rules = Rules(policy="static", order=order)
        slow = Engine(trace, cluster, rules, policy_of("static").decide).run()
        assert difference(slow, replay_fast(trace, cluster, rules)) == ""
        assert slow.end_seconds[0] == -1


@given(case=cases(), policy=st.sampled_from(["static", "pooled", "quota-borrow", "fair-share-decay"]))
def test_a_stream_comes_to_the_same(case: tuple[Trace, Cluster], policy: str) -> None:
    trace, cluster = case
    rules = Rules(policy=policy, checkpoint_costs=costs(2), notice_seconds=1)
    records = Engine(trace, cluster, rules, policy_of(policy).decide).run()
    whole = outcomes(trace, cluster, records)
    rows: list[tuple[int, ...]] = []
    empty = trace.kept(trace.owner < 0)
    streamed, count = replay_stream(empty, cluster, rules, policy_of(policy), jobs_of(trace), rows.append)
    assert count == len(trace) == len(rows)
    for row in rows:
        assert (row[5], row[6]) == (records.start_seconds[row[0]], records.end_seconds[row[0]])
    for one, other in zip(whole, streamed.outcomes, strict=True):
        assert abs(one.wait.mean_seconds - other.wait.mean_seconds) < 1e-9
        assert abs(one.utilisation_frac - other.utilisation_frac) < 1e-12
        assert abs(one.wait.p95_seconds - other.wait.p95_seconds) <= 0.02 * one.completion.p99_seconds + 20
        same = ("job_count", "waited_count", "stop_count", "lent_gpu_hours", "lost_gpu_hours", "idle_gpu_hours")
        assert all(getattr(one, name) == getattr(other, name) for name in same)
