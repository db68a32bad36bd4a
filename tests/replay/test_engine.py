"""The event loop, by hand: ties, gangs, preemption, capacity that comes and goes."""

from collections.abc import Sequence

import pytest

from armslength.model.replay import Entitlement, Rules
from armslength.policy.catalogue import policy_of
from armslength.policy.view import Decision, Start, View
from armslength.replay.engine import Engine
from armslength.replay.metrics import conserved, harms, outcomes, overfull, usages, waits
from armslength.replay.records import Records
from armslength.replay.trace import CapacityChange, Cluster, Trace
from replay.small_traces import costs, trace_of


def run(trace: Trace, cluster: Cluster, policy: str = "static", **rules: object) -> Records:
    asked = Rules.model_validate({"policy": policy, **rules})
    records = Engine(trace, cluster, asked, policy_of(policy).decide).run()
    assert conserved(trace, records) == []
    assert overfull(trace, cluster, records) == []
    return records


def test_ties_go_by_row() -> None:
    trace = trace_of([("a", 0, 5, 8), ("a", 0, 5, 8), ("a", 0, 5, 8)], "a")
    assert run(trace, Cluster(8, (1,))).start_seconds.tolist() == [0, 5, 10]


def test_a_strict_queue_waits_behind_its_head_and_best_effort_does_not() -> None:
    trace = trace_of([("a", 0, 10, 8), ("a", 1, 5, 16), ("a", 2, 3, 8)], "a")
    cluster = Cluster(8, (2,))
    assert run(trace, cluster).start_seconds.tolist() == [0, 10, 15]
    assert run(trace, cluster, backfill="best-effort").start_seconds.tolist() == [0, 10, 2]


def test_backfill_does_not_delay_the_head_it_was_promised_around() -> None:
    trace = trace_of([("a", 0, 10, 8), ("a", 1, 5, 16), ("a", 2, 8, 8), ("a", 2, 9, 8)], "a")
    cluster = Cluster(8, (2,))
    for backfill in ("easy", "conservative"):
        assert run(trace, cluster, backfill=backfill).start_seconds.tolist() == [0, 10, 2, 15]


def test_conservative_backfill_keeps_every_reservation() -> None:
    # The last job would fit beside the first at once, but would delay the third job's reservation, not the second's.
    rows = [("a", 0, 10, 4), ("a", 1, 5, 8), ("a", 1, 20, 4), ("a", 2, 14, 4)]
    cluster = Cluster(4, (2,))
    easy = run(trace_of(rows, "a"), cluster, backfill="easy").start_seconds
    conservative = run(trace_of(rows, "a"), cluster, backfill="conservative").start_seconds
    assert easy[1] == conservative[1] == 10
    assert conservative[2] <= easy[2]


def test_gangs_need_whole_nodes() -> None:
    # Sixteen are free, but no node is wholly free for the second half.
    trace = trace_of([("a", 0, 10, 4), ("a", 0, 10, 5), ("a", 0, 10, 5), ("a", 1, 3, 16)], "a")
    assert run(trace, Cluster(8, (4,))).start_seconds.tolist() == [0, 0, 0, 10]


def test_shortest_remaining_time_makes_the_long_leave_and_adds_its_cost() -> None:
    trace = trace_of([("a", 0, 100, 8), ("a", 10, 5, 8)], "a")
    records = run(trace, Cluster(8, (1,)), order="srtf", checkpoint_costs=costs(7), restart_cap=False)
    assert records.start_seconds.tolist() == [0, 10]
    assert records.end_seconds.tolist() == [112, 15]
    assert records.stop_counts.tolist() == [1, 0]
    assert records.lost_seconds().tolist() == [7, 0]
    assert waits(trace, records).tolist() == [5, 0]


def test_release_holds_accelerators_a_second_longer() -> None:
    trace = trace_of([("a", 0, 5, 8), ("a", 0, 5, 8)], "a")
    records = run(trace, Cluster(8, (1,)), release_seconds=1)
    assert records.end_seconds.tolist() == [6, 12]
    assert records.lost_seconds().tolist() == [1, 1]


def test_nodes_come_and_go_with_what_runs_on_them() -> None:
    trace = trace_of([("a", 0, 10, 8), ("a", 0, 10, 8), ("a", 0, 10, 8)], "a")
    changes = (CapacityChange(4, 0, 1), CapacityChange(12, 0, 3))
    records = run(trace, Cluster(8, (2,), changes))
    # Two run; one of them leaves at 4 and goes on when the other has ended; the third waits for the nodes of 12.
    assert sorted(records.end_seconds.tolist()) == [10, 16, 22]
    assert records.stop_counts.sum() == 1
    assert records.capacity_gpu_seconds.tolist() == [8 * (2 * 4 + 1 * 8 + 3 * 10)]


def test_lent_nodes_count_for_both_sides() -> None:
    trace = trace_of([("a", 0, 3600, 16), ("b", 0, 3600, 4)], "ab")
    cluster = Cluster(8, (1, 2))
    records = run(trace, cluster, "pooled")
    first, second, everybody = outcomes(trace, cluster, records)
    assert (first.own_gpu_hours, first.borrowed_gpu_hours, first.lent_gpu_hours) == (8, 8, 0)
    assert (second.own_gpu_hours, second.borrowed_gpu_hours, second.lent_gpu_hours) == (4, 0, 8)
    assert everybody.utilisation_frac == pytest.approx(20 / 24)
    assert sum(usages(trace, cluster, records, bins=4)[1].lent_gpus) == pytest.approx(32)


def test_harm_counts_jobs_and_work() -> None:
    trace = trace_of([("a", 0, 3600, 8), ("b", 0, 3600, 8), ("b", 10, 3600, 8)], "ab")
    cluster = Cluster(8, (1, 1))
    alone = run(trace, cluster)
    swapped = run(trace_of([("b", 0, 3600, 8), ("b", 0, 3600, 8), ("a", 10, 3600, 8)], "ab"), cluster, "pooled")
    harm = harms(trace, swapped, alone)
    assert harm[0].later_start_count == 0
    assert harm[1].better_or_same


def test_a_plan_entitles_from_its_day_on() -> None:
    trace = trace_of([("a", 0, 100, 8), ("a", 0, 100, 8), ("b", 50, 10, 8)], "ab")
    entitlements = [
        Entitlement(owner="a", from_seconds=0, entitled_gpus=16),
        Entitlement(owner="b", from_seconds=0, entitled_gpus=0),
        Entitlement(owner="a", from_seconds=70, entitled_gpus=8),
        Entitlement(owner="b", from_seconds=70, entitled_gpus=8),
    ]
    decide = policy_of("plan").decide
    records = Engine(trace, Cluster(8, (1, 1)), Rules(policy="plan"), decide, entitlements=entitlements).run()
    assert records.start_seconds.tolist() == [0, 0, 70]
    assert sorted(records.stop_counts.tolist()) == [0, 0, 1]


def test_a_policy_may_ask_to_be_asked_again() -> None:
    def later(view: View) -> Decision:
        queue = list(view.queues[0])
        if view.now_seconds < 30 or not queue:
            return Decision(again_seconds=30)
        placement = view.board.find(queue[0].gpus)
        assert placement is not None
        return Decision(starts=(Start(queue[0], placement),))

    trace = trace_of([("a", 0, 5, 1)], "a")
    assert Engine(trace, Cluster(8, (1,)), Rules(), later).run().start_seconds.tolist() == [30]


def test_a_policy_that_cheats_is_stopped() -> None:
    def twice(view: View) -> Decision:
        queue: Sequence[object] = list(view.queues[0])
        return Decision(starts=tuple(Start(job, ((0, 1),)) for job in queue))  # type: ignore[arg-type]

    trace = trace_of([("a", 0, 5, 2)], "a")
    with pytest.raises(AssertionError, match="not laid whole"):
        Engine(trace, Cluster(8, (1,)), Rules(), twice).run()


def test_the_checks_see_what_is_wrong() -> None:
    trace = trace_of([("a", 0, 5, 8)], "a")
    cluster = Cluster(8, (1,))
    records = run(trace, cluster)
    records.idle_gpu_seconds[0] += 1
    assert "idle" in conserved(trace, records)[0]
    records.stay_gpus[0] = 9
    assert "more in use than owned" in overfull(trace, cluster, records)[0]
    records.stay_until_seconds[0] = 4
    assert "work done" in conserved(trace, records)[-1]
