"""Short cuts for plain strict queues: the very records of the event loop, computed without asking a policy.

Under static partition and under one pool a strict queue needs no more than its head: while the head does not fit, only
an end can change anything. A property test holds these loops to the general one, record by record.
"""

from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush

import numpy as np

from armslength.model.replay import Rules
from armslength.policy.board import Board
from armslength.replay.alone import Place
from armslength.replay.fast_remaining import RemainingLoop
from armslength.replay.records import NEVER, Log, Records, records_of
from armslength.replay.trace import Cluster, Trace

STRICT_POLICIES = ("static", "pooled")


def has_short_cut(rules: Rules, cluster: Cluster) -> bool:
    """Tells whether ``replay_fast`` knows these rules."""
    return rules.policy in STRICT_POLICIES and rules.backfill == "none" and not cluster.changes


def replay_fast(
    trace: Trace,
    cluster: Cluster,
    rules: Rules,
    say: Callable[[str], None] | None = None,
    *,
    keep_places: bool = False,
) -> Records:
    """Replays a trace under static partition or one pool with a strict queue or shortest remaining time first.

    Args:
        trace: the jobs.
        cluster: the nodes.
        rules: what was asked for.
        say: told of each queue.
        keep_places: whether the records keep where each stay stood; not under shortest remaining time.
    """
    log = Log(len(trace))
    places: list[Place] | None = [] if keep_places else None
    for lane in _lanes(trace, cluster, pooled=rules.policy == "pooled"):
        if say:
            say(f"replaying {len(lane.jobs):,} jobs on {len(lane.node_owner):,} nodes")
        if rules.order == "srtf":
            assert not keep_places
            RemainingLoop(lane, rules, log).run()
        else:
            _strict(lane, rules, log, places)
    until = max(max(log.end, default=0), int(trace.submit_seconds[-1]) if len(trace) else 0)
    capacity = [count * cluster.node_gpus * until for count in cluster.node_counts]
    idle = [own - used for own, used in zip(capacity, log.used_gpu_seconds(len(capacity)), strict=True)]
    return records_of(log, idle, capacity, until, places or [])


class _Lane:
    """The jobs of one queue as plain lists, and its nodes, numbered from 0 whatever the number of the first is."""

    def __init__(
        self, trace: Trace, jobs: np.ndarray, node_owner: Sequence[int], node_gpus: int, first_node: int
    ) -> None:
        self.jobs: list[int] = jobs.tolist()
        self.submit: list[int] = trace.submit_seconds[jobs].tolist()
        self.run: list[int] = trace.run_seconds[jobs].tolist()
        self.gpus: list[int] = trace.gpus[jobs].tolist()
        self.node_owner = node_owner
        self.first_node = first_node
        self.board = Board(node_gpus, [node_gpus] * len(node_owner))
        # One owner of all nodes is the rule; then a stay needs no splitting.
        single = len(set(node_owner)) == 1
        self.whole = {gpus: [(node_owner[0], gpus)] for gpus in set(self.gpus)} if single else None

    def shares(self, gpus: int, placement: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Returns (owner of nodes, accelerators) of a placement."""
        if self.whole is not None:
            return self.whole[gpus]
        if len(placement) == 1:
            return [(self.node_owner[placement[0][0]], gpus)]
        found: dict[int, int] = {}
        for node, part in placement:
            owner = self.node_owner[node]
            found[owner] = found.get(owner, 0) + part
        return sorted(found.items())


def _lanes(trace: Trace, cluster: Cluster, *, pooled: bool) -> Iterator[_Lane]:
    """Yields the queues one after another, so that the lists of one only are held at a time."""
    if pooled:
        node_owner = [owner for owner, count in enumerate(cluster.node_counts) for _ in range(count)]
        yield _Lane(trace, np.arange(len(trace)), node_owner, cluster.node_gpus, 0)
        return
    first_node = 0
    for owner, count in enumerate(cluster.node_counts):
        yield _Lane(trace, np.flatnonzero(trace.owner == owner), [owner] * count, cluster.node_gpus, first_node)
        first_node += count


def _strict(lane: _Lane, rules: Rules, log: Log, places: list[Place] | None) -> None:
    """Serves a strict queue in an order that never changes."""
    keys = {"fifo": None, "sjf": lane.run, "smallest": lane.gpus}
    lengths = [run + rules.release_seconds for run in lane.run]
    start, placements = _run_strict(lane, lengths, keys[rules.order])
    for k, job in enumerate(lane.jobs):
        begin = start[k]
        if begin == NEVER:
            continue
        end = begin + lengths[k]
        log.start[job] = begin
        log.end[job] = end
        log.stay(job, begin, end, rules.release_seconds, lane.shares(lane.gpus[k], placements[k]))
        if places is not None:
            placement = tuple((lane.first_node + node, gpus) for node, gpus in placements[k])
            places.append(Place(begin, end, job, placement))


def _run_strict(
    lane: _Lane, lengths: list[int], key: list[int] | None
) -> tuple[list[int], list[tuple[tuple[int, int], ...]]]:
    """Returns when and where each job starts. Without a key the queue is the order of submission."""
    submit, gpus, board = lane.submit, lane.gpus, lane.board
    count = len(submit)
    bits = max(1, count.bit_length())
    mask = (1 << bits) - 1
    start = [NEVER] * count
    placements: list[tuple[tuple[int, int], ...]] = [()] * count
    ends: list[int] = []
    waiting: list[int] = []
    coming = 0
    lay, give = board.lay, board.give
    while coming < count or waiting:
        # While the head of a queue by submission does not fit, newcomers change nothing; elsewhere one may go first.
        newcomer_counts = coming < count and (key is not None or not waiting)
        if not ends and not newcomer_counts:
            break  # what waits can never start
        now = ends[0] >> bits if waiting and ends else submit[coming]
        if newcomer_counts and submit[coming] < now:
            now = submit[coming]
        while ends and ends[0] >> bits <= now:
            give(placements[heappop(ends) & mask])
        while coming < count and submit[coming] <= now:
            heappush(waiting, coming if key is None else key[coming] << bits | coming)
            coming += 1
        while waiting:
            head = waiting[0] & mask
            placement = lay(gpus[head])
            if placement is None:
                break
            heappop(waiting)
            placements[head] = placement
            start[head] = now
            heappush(ends, now + lengths[head] << bits | head)
    return start, placements
