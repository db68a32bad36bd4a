"""What a sharing policy sees, and what it answers: ``decide(view) -> Decision``.

A policy is a pure function. It may read everything here and change nothing; to try something out it takes a copy of
the board. Whoever asks (a replay, or a live scheduler) carries the decision out. All times are whole seconds since
the trace's first instant.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from armslength.model.replay import Rules
from armslength.policy.board import Board, Placement

FREE_AT_ONCE = 0


class Job:
    """A job as a policy sees it. Read only.

    Attributes:
        index: its number in the trace: what ties are broken by.
        owner: number of its owner.
        gpus: accelerators it needs, all at once.
        submit_seconds: when it came.
        run_seconds: its work. A scheduler does not know this; orders and backfill that use it are bounds.
        limit_seconds: what its user asked for, which backfill may plan with; its true length where the trace has none.
        remaining_seconds: work left when it last started or stopped, with what preemption added.
        debt_seconds: of those, what preemption added and is still to be made up.
        started_seconds: when its present stay began; None while it waits.
        placement: where it stands; empty while it waits.
        leave_seconds: when it must have left, if it was given notice.
        due_seconds: when it would have started alone on its owner's nodes; None where nobody keeps that clock.
        due_placement: where it would have started alone.
        due_slots: the same as sets of accelerators: (node, one bit for each accelerator of the node).
        claim_seconds: since when it has waited with a claim to that place.
        as_guest: whether it stands somewhere without a claim, and so can be told to leave.
        rank: its place among jobs which the order holds equal: the order of joining the queue.
    """

    __slots__ = (
        "as_guest",
        "claim_seconds",
        "debt_seconds",
        "due_placement",
        "due_seconds",
        "due_slots",
        "gpus",
        "index",
        "leave_seconds",
        "limit_seconds",
        "owner",
        "placement",
        "rank",
        "remaining_seconds",
        "run_seconds",
        "started_seconds",
        "submit_seconds",
    )

    def __init__(
        self, index: int, owner: int, gpus: int, submit_seconds: int, run_seconds: int, limit_seconds: int
    ) -> None:
        self.index = index
        self.owner = owner
        self.gpus = gpus
        self.submit_seconds = submit_seconds
        self.run_seconds = run_seconds
        self.limit_seconds = limit_seconds
        self.remaining_seconds = run_seconds
        self.debt_seconds = 0
        self.started_seconds: int | None = None
        self.placement: Placement = ()
        self.leave_seconds: int | None = None
        self.due_seconds: int | None = None
        self.due_placement: Placement = ()
        self.due_slots: Placement = ()
        self.claim_seconds = 0
        self.as_guest = False
        self.rank = index

    def left_seconds(self, now_seconds: int) -> int:
        """Returns the work left now, whether it runs or waits."""
        if self.started_seconds is None:
            return self.remaining_seconds
        return self.remaining_seconds - (now_seconds - self.started_seconds)

    def expected_end_seconds(self, now_seconds: int) -> int:
        """Returns when it would end if it ran from now on, as its user's limit says."""
        spare = max(0, self.limit_seconds - self.run_seconds)
        return now_seconds + max(1, self.left_seconds(now_seconds) + spare)

    def __repr__(self) -> str:
        return f"Job({self.index}, owner={self.owner}, gpus={self.gpus})"


@dataclass(slots=True)
class Owner:
    """An owner as a policy sees it. Read only.

    Attributes:
        name: as in the trace.
        nodes: the set of nodes it owns now.
        own_gpus: accelerators of those nodes.
        used_gpus: accelerators its jobs use now, on anyone's nodes.
        lent_gpus: accelerators of its nodes that others' jobs use now.
        decayed_gpu_seconds: what its jobs have used, older use counting less (half-life in the rules).
        credit_gpu_seconds: what others have used of its nodes, less what its jobs have used of others'.
    """

    name: str
    nodes: int = 0
    own_gpus: int = 0
    used_gpus: int = 0
    lent_gpus: int = 0
    decayed_gpu_seconds: float = 0.0
    credit_gpu_seconds: int = 0

    @property
    def borrowed_gpus(self) -> int:
        """Accelerators its jobs use beyond what it owns."""
        return max(0, self.used_gpus - self.own_gpus)


class Queue(Protocol):
    """Waiting jobs in the replay's order; counting and looking at the first few is cheap."""

    def __iter__(self) -> Iterator[Job]: ...
    def __len__(self) -> int: ...


@dataclass(slots=True)
class View:
    """Everything a policy may know at one instant. Read only.

    Attributes:
        now_seconds: the instant.
        rules: what the user asked for: order, backfill, notice and so on, and the policy's own settings.
        owners: facts about each owner; a job's ``owner`` is its place here.
        queues: for each owner its waiting jobs, in order.
        running: jobs that run, by index, in order of starting.
        standing: for each node the jobs that stand on it, by index, in order of starting.
        board: nodes and free accelerators. Take ``board.copy()`` to try things on.
        due: with an alone clock: waiting jobs which alone would have started by now, longest claim first.
        entitled_gpus: with a plan: for each owner the accelerators the plan gives it now.
    """

    now_seconds: int
    rules: Rules
    owners: Sequence[Owner]
    queues: Sequence[Queue]
    running: Mapping[int, Job]
    standing: Sequence[Mapping[int, Job]]
    board: Board
    due: Sequence[Job] = ()
    entitled_gpus: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """A waiting job starts.

    Attributes:
        job: which.
        placement: where: as found on a copy of the board.
        as_guest: whether it can be told to leave for a claim.
    """

    job: Job
    placement: Placement
    as_guest: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to happen now: first the stops, then the notices, then the starts, each in order.

    Attributes:
        stops: running jobs that leave at once and wait again.
        notices: running jobs that must leave, and when (seconds).
        starts: waiting jobs that start.
        again_seconds: when to ask again even if nothing else happens; None when there is no such instant.
    """

    stops: tuple[Job, ...] = ()
    notices: tuple[tuple[Job, int], ...] = ()
    starts: tuple[Start, ...] = ()
    again_seconds: int | None = None


NOTHING = Decision()
Decide = Callable[[View], Decision]


@dataclass(slots=True)
class Draft:
    """A decision being made: what was tried on a copy of the board so far."""

    board: Board
    stops: list[Job] = field(default_factory=list)
    notices: list[tuple[Job, int]] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)

    def start(self, job: Job, placement: Placement, *, as_guest: bool = False) -> None:
        """Lays a waiting job on the copy."""
        self.board.take(placement)
        self.starts.append(Start(job, placement, as_guest))

    def stop(self, job: Job) -> None:
        """Takes a running job off the copy."""
        self.board.give(job.placement)
        self.stops.append(job)

    def decision(self, again_seconds: int | None = None) -> Decision:
        """Returns what was drafted."""
        return Decision(tuple(self.stops), tuple(self.notices), tuple(self.starts), again_seconds)
