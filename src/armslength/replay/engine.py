"""The event loop: asks a policy at every instant at which something happens, and carries its decisions out.

Within one second this is the order: jobs end; notices run out; capacity changes; jobs come; the alone clock ticks;
the policy is asked once. Nothing happens between events, so the loop's work grows with events and not with seconds.
"""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush

from armslength.model.replay import Entitlement, Rules
from armslength.policy.board import Board, Placement, nodes_of
from armslength.policy.order import KEYS
from armslength.policy.view import NOTHING, Decide, Decision, Job, Owner, View
from armslength.replay.alone import Place, Tick
from armslength.replay.queue import SortedQueue
from armslength.replay.records import Log, LogLike, Records, records_of
from armslength.replay.trace import Cluster, Trace

FAR_AWAY = 1 << 62
ASK_AGAIN = -1  # stands for a job in the heap of instants


class Engine:
    """One replay. ``run()`` may be called once."""

    def __init__(
        self,
        trace: Trace,
        cluster: Cluster,
        rules: Rules,
        decide: Decide,
        *,
        alone: Sequence[Tick] = (),
        entitlements: Sequence[Entitlement] = (),
        keep_places: bool = False,
    ) -> None:
        """Prepares a replay.

        Args:
            trace: the jobs.
            cluster: the nodes.
            rules: what was asked for.
            decide: the policy.
            alone: the ticks of an alone clock, in order of time, for policies that keep one.
            entitlements: what a plan gives each owner, from which second on.
            keep_places: whether the records keep where each stay stood.
        """
        self.trace, self.cluster, self.rules, self.decide = trace, cluster, rules, decide
        self.board = Board(cluster.node_gpus)
        self.owners = [Owner(name) for name in trace.owners]
        self.node_owner: list[int] = []
        self.standing: list[dict[int, Job]] = []
        self.free_gpus = [0] * len(self.owners)
        for owner, count in enumerate(cluster.node_counts):
            self._add_nodes(owner, count)
        self.queues = [SortedQueue(KEYS[rules.order]) for _ in self.owners]
        self.running: dict[int, Job] = {}
        self.live: dict[int, Job] = {}
        self.due: dict[int, Job] = {}
        self.alone = alone
        self.log: LogLike = Log(len(trace))
        self.places: list[Place] | None = [] if keep_places else None
        self.instants: list[tuple[int, int]] = []
        self.ends: dict[int, int] = {}
        self.joined_count = len(trace)
        self.now = 0
        self.idle = [0] * len(self.owners)
        self.capacity = [0] * len(self.owners)
        self.entitlements = sorted(entitlements, key=lambda row: row.from_seconds)
        self.entitled = [0] * len(self.owners) if entitlements else []
        for at_seconds in {row.from_seconds for row in entitlements if row.from_seconds > 0}:
            heappush(self.instants, (at_seconds, ASK_AGAIN))

    def run(self) -> Records:
        """Replays the whole trace and returns the records."""
        log = Log(len(self.trace))
        self.follow(jobs_of(self.trace), log)
        return records_of(log, self.idle, self.capacity, self.now, self.places or [])

    def follow(self, arrivals: Iterator[Job], log: LogLike) -> None:
        """Replays jobs as they come, in order of submission, and notes what happens in a log."""
        self.log = log
        coming = next(arrivals, None)
        changes = iter(self.cluster.changes)
        change = next(changes, None)
        ticks = iter(self.alone)
        tick = next(ticks, None)
        while coming or self.live:
            self._forget_stale()
            now = min(
                coming.submit_seconds if coming else FAR_AWAY,
                self.instants[0][0] if self.instants else FAR_AWAY,
                change.from_seconds if change else FAR_AWAY,
                tick.at_seconds if tick else FAR_AWAY,
            )
            if now == FAR_AWAY:
                break  # what waits can never start
            self._advance(now)
            self._let_pass(now)
            while change and change.from_seconds <= now:
                self._resize(change.owner, change.node_count)
                change = next(changes, None)
            while coming and coming.submit_seconds == now:
                self._join(coming)
                coming = next(arrivals, None)
            while tick and tick.at_seconds <= now:
                self._tick(tick)
                tick = next(ticks, None)
            self._ask()
        self._check_board()

    def _advance(self, now: int) -> None:
        """Integrates up to an instant everything that grows with time."""
        seconds = now - self.now
        if seconds <= 0:
            return
        self.now = now
        decay = 0.5 ** (seconds / self.rules.half_life_seconds)
        for number, owner in enumerate(self.owners):
            self.idle[number] += self.free_gpus[number] * seconds
            self.capacity[number] += owner.own_gpus * seconds
            owner.decayed_gpu_seconds = owner.decayed_gpu_seconds * decay + owner.used_gpus * seconds
            on_own = owner.own_gpus - self.free_gpus[number] - owner.lent_gpus
            owner.credit_gpu_seconds += (owner.lent_gpus - (owner.used_gpus - on_own)) * seconds

    def _forget_stale(self) -> None:
        """Drops instants of jobs that have left or stand elsewhere since, so that none of them prolongs the replay."""
        instants = self.instants
        while instants:
            at_seconds, index = instants[0]
            job = self.running.get(index)
            if index == ASK_AGAIN or (job and at_seconds in (self.ends[index], job.leave_seconds)):
                return
            heappop(instants)

    def _let_pass(self, now: int) -> None:
        """Lets jobs end, and lets those leave whose notice runs out."""
        instants = self.instants
        leaving: list[Job] = []
        while instants and instants[0][0] <= now:
            _, index = heappop(instants)
            job = self.running.get(index)
            if job is None:
                continue
            if self.ends[index] == now:
                self._end(job)
            elif job.leave_seconds == now:
                leaving.append(job)
        for job in leaving:
            if job.index in self.running:
                self._stop(job)

    def _end(self, job: Job) -> None:
        self._leave_nodes(job, job.debt_seconds + self.rules.release_seconds)
        self.log.end[job.index] = self.now
        del self.live[job.index]
        self.due.pop(job.index, None)

    def _stop(self, job: Job) -> None:
        """Makes a running job wait again, with what the stop costs."""
        assert job.started_seconds is not None
        stayed = self.now - job.started_seconds
        left = max(0, job.remaining_seconds - stayed)
        lost = min(stayed, job.debt_seconds)
        if left == 0:
            lost += stayed - job.remaining_seconds
        self._leave_nodes(job, lost)
        self.log.stops[job.index] += 1
        job.debt_seconds -= min(stayed, job.debt_seconds)
        if left == 0:
            self.log.end[job.index] = self.now
            del self.live[job.index]
            return
        cost = self.rules.cost_of(job.gpus)
        if self.rules.restart_cap:
            cost = min(cost, job.run_seconds - left)
        job.remaining_seconds = left + max(0, cost)
        job.debt_seconds += max(0, cost)
        self.joined_count += 1
        job.rank = self.joined_count
        self.queues[job.owner].add(job)
        if job.due_seconds is not None:
            self._claim(job)

    def _leave_nodes(self, job: Job, lost: int) -> None:
        assert job.started_seconds is not None
        shares: dict[int, int] = {}
        for node, gpus in job.placement:
            owner = self.node_owner[node]
            shares[owner] = shares.get(owner, 0) + gpus
            self.free_gpus[owner] += gpus
            del self.standing[node][job.index]
            if owner != job.owner:
                self.owners[owner].lent_gpus -= gpus
        if self.now > job.started_seconds:
            self.log.stay(job.index, job.started_seconds, self.now, lost, sorted(shares.items()))
            if self.places is not None:
                self.places.append(Place(job.started_seconds, self.now, job.index, job.placement))
        self.board.give(job.placement)
        self.owners[job.owner].used_gpus -= job.gpus
        del self.running[job.index]
        del self.ends[job.index]
        job.placement, job.started_seconds, job.leave_seconds, job.as_guest = (), None, None, False

    def _start(self, job: Job, placement: Placement, as_guest: bool) -> None:
        now = self.now
        assert sum(gpus for _, gpus in placement) == job.gpus, f"{job} is not laid whole"
        self.queues[job.owner].remove(job)
        self.due.pop(job.index, None)
        self.board.take(placement)
        for node, gpus in placement:
            owner = self.node_owner[node]
            self.free_gpus[owner] -= gpus
            self.standing[node][job.index] = job
            if owner != job.owner:
                self.owners[owner].lent_gpus += gpus
        self.owners[job.owner].used_gpus += job.gpus
        job.placement, job.started_seconds, job.as_guest = placement, now, as_guest
        if self.log.start[job.index] < 0:
            self.log.start[job.index] = now
        self.running[job.index] = job
        end = now + job.remaining_seconds + self.rules.release_seconds
        self.ends[job.index] = end
        heappush(self.instants, (end, job.index))

    def _join(self, job: Job) -> None:
        self.live[job.index] = job
        self.queues[job.owner].add(job)

    def _tick(self, tick: Tick) -> None:
        """The alone clock: here and now this job would start a stay alone."""
        job = self.live.get(tick.job)
        if job is not None:
            job.due_seconds, job.due_placement, job.due_slots = tick.at_seconds, tick.placement, tick.slots
            if job.started_seconds is None:
                self._claim(job)

    def _claim(self, job: Job) -> None:
        job.claim_seconds = self.now
        self.due[job.index] = job

    def _ask(self) -> None:
        if self.entitled:
            self._entitle()
        due = tuple(sorted(self.due.values(), key=_by_claim)) if self.due else ()
        view = View(
            self.now,
            self.rules,
            self.owners,
            self.queues,
            self.running,
            self.standing,
            self.board,
            due,
            self.entitled,
        )
        decision = self.decide(view)
        if decision is not NOTHING:
            self._carry_out(decision)

    def _carry_out(self, decision: Decision) -> None:
        for job in decision.stops:
            self._stop(job)
        for job, leave_seconds in decision.notices:
            assert leave_seconds > self.now, f"{job} is given no notice; stop it instead"
            job.leave_seconds = leave_seconds
            heappush(self.instants, (leave_seconds, job.index))
        for row in decision.starts:
            # A job made to leave in its very last second has ended by that.
            if row.job.index in self.live:
                self._start(row.job, row.placement, row.as_guest)
        if decision.again_seconds is not None and decision.again_seconds > self.now:
            heappush(self.instants, (decision.again_seconds, ASK_AGAIN))

    def _entitle(self) -> None:
        while self.entitlements and self.entitlements[0].from_seconds <= self.now:
            row = self.entitlements.pop(0)
            self.entitled[self.trace.owners.index(row.owner)] = row.entitled_gpus

    def _add_nodes(self, owner: int, count: int) -> None:
        if count:
            self.owners[owner].nodes |= self.board.add_nodes(count)
            self.node_owner += [owner] * count
            self.standing += [{} for _ in range(count)]
            self.owners[owner].own_gpus += count * self.cluster.node_gpus
            self.free_gpus[owner] += count * self.cluster.node_gpus

    def _resize(self, owner: int, count: int) -> None:
        """Gives an owner this many nodes: new ones come empty, the newest leave at once with what runs on them.

        Which ones leave must not depend on what stands on them, or claims of the alone clock would name other nodes.
        """
        nodes = nodes_of(self.owners[owner].nodes)
        if count >= len(nodes):
            self._add_nodes(owner, count - len(nodes))
            return
        leaving = set(nodes[count:])
        for job in [job for job in self.running.values() if any(node in leaving for node, _ in job.placement)]:
            self._stop(job)
        self._forget_claims(leaving)
        for node in leaving:
            self.board.remove_node(node)
            self.owners[owner].nodes &= ~(1 << node)
            self.owners[owner].own_gpus -= self.cluster.node_gpus
            self.free_gpus[owner] -= self.cluster.node_gpus

    def _forget_claims(self, leaving: set[int]) -> None:
        """A claim to a node that has left is void; the alone clock gives another when the job goes on there."""
        for job in self.live.values():
            if any(node in leaving for node, _ in job.due_placement):
                job.due_seconds, job.due_placement, job.due_slots = None, (), ()
                self.due.pop(job.index, None)

    def _check_board(self) -> None:
        """The counters that were integrated and the board must agree, whatever the policy did."""
        for number, owner in enumerate(self.owners):
            assert self.free_gpus[number] == self.board.free(owner.nodes), f"free accelerators of {owner.name}"


def jobs_of(trace: Trace) -> Iterator[Job]:
    """Yields a trace's jobs, some at a time, so that there are never many more objects than jobs that wait or run."""
    step = 65_536
    for first in range(0, len(trace), step):
        part = slice(first, first + step)
        columns = (
            trace.owner[part].tolist(),
            trace.gpus[part].tolist(),
            trace.submit_seconds[part].tolist(),
            trace.run_seconds[part].tolist(),
            trace.limit_seconds[part].tolist(),
        )
        for index, row in enumerate(zip(*columns, strict=True), first):
            yield Job(index, *row)


def _by_claim(job: Job) -> tuple[int, int, int]:
    return (job.claim_seconds, job.due_seconds or 0, job.index)
