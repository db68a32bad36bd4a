"""Replay: the rules a trace of jobs is replayed under, who owns which nodes, and what came out for whom."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from armslength.model.noun import Noun

Order = Literal["fifo", "sjf", "srtf", "smallest"]
Backfill = Literal["none", "best-effort", "easy", "conservative"]
TIE_RULE = "jobs that the order holds equal go by order of the trace: submit second, then row of the file"


class Sized(Noun):
    """A number of seconds for jobs of up to so many accelerators."""

    upto_gpus: int | None = Field(description="Jobs of at most this many accelerators; all larger ones when empty.")
    cost_seconds: int = Field(ge=0, description="Seconds for each of them.")


class Setting(Noun):
    """One setting of a policy, by the name the policy's own schedulers use."""

    name: str = Field(description="Name, such as `borrowing_limit_frac`.")
    value_ratio: float = Field(description="Its value; 1 or 0 for yes or no.")


class Rules(Noun):
    """What a replay was asked for."""

    policy: str = Field("static", description="Name of the sharing policy, or the file of one's own.")
    order: Order = Field("fifo", description="Order of the queue.")
    backfill: Backfill = Field("none", description="What may start behind a job that does not fit.")
    backfill_depth_count: int = Field(64, ge=1, description="Waiting jobs looked at behind a job that does not fit.")
    notice_seconds: int = Field(0, ge=0, description="Time between telling a borrower to leave and its leaving.")
    min_run_seconds: int = Field(0, ge=0, description="Time which a job may run before it can be told to leave.")
    checkpoint_costs: tuple[Sized, ...] = Field(
        (), description="Work to be made up after each stop, by size of the job; nothing when empty."
    )
    restart_cap: bool = Field(
        True, description="Whether a stop never costs more than starting the job again from its beginning."
    )
    release_seconds: int = Field(
        0, ge=0, description="Seconds for which a job keeps its accelerators after its last second of work."
    )
    half_life_seconds: int = Field(
        1_209_600, ge=1, description="Age at which use counts half under fair share with decay (14 days)."
    )
    settings: tuple[Setting, ...] = Field((), description="The policy's own settings.")

    def setting(self, name: str, default: float) -> float:
        """Returns a setting of the policy, or its default."""
        return next((row.value_ratio for row in self.settings if row.name == name), default)

    def cost_of(self, gpus: int) -> int:
        """Returns the work to be made up after a stop of a job of ``gpus`` accelerators, seconds."""
        for row in self.checkpoint_costs:
            if row.upto_gpus is None or gpus <= row.upto_gpus:
                return row.cost_seconds
        return 0


class CapacityStep(Noun):
    """From some instant on, an owner has this many nodes."""

    owner: str = Field(min_length=1, description="Owner.")
    from_at: datetime | None = Field(None, description="From when; from the beginning when empty.")
    node_count: int = Field(ge=0, le=100_000, description="Nodes owned from then on.")
    node_gpus: int = Field(ge=1, le=1024, description="Accelerators of each node.")


class Entitlement(Noun):
    """From some second on, a plan gives an owner this many accelerators."""

    owner: str = Field(description="Owner.")
    from_seconds: int = Field(description="From when, seconds since the trace's first instant.")
    entitled_gpus: int = Field(ge=0, description="Accelerators.")


class Spread(Noun):
    """How a number of seconds is spread over jobs."""

    mean_seconds: float = Field(description="Mean.")
    median_seconds: float = Field(description="Median.")
    p95_seconds: float = Field(description="95 in 100 jobs have at most this.")
    p99_seconds: float = Field(description="99 in 100 jobs have at most this.")


class OwnerOutcome(Noun):
    """What a replay came to for one owner; for all together under the name `all`."""

    owner: str = Field(description="Owner, or `all`.")
    own_gpus: int = Field(description="Accelerators owned when the replay began.")
    job_count: int = Field(description="Jobs of this owner.")
    unfinished_count: int = Field(description="Jobs that had not finished when nothing more could happen.")
    waited_count: int = Field(description="Jobs that did not start in the second they were submitted.")
    wait: Spread = Field(description="Time in which a job stood nowhere, from its submission to its end.")
    completion: Spread = Field(description="Time from submission to end.")
    slowdown_mean_ratio: float = Field(description="Mean of completion time / length, jobs under 10 s taken as 10 s.")
    slowdown_median_ratio: float = Field(description="Median of the same.")
    fairness_mean_ratio: float | None = Field(
        description="Mean of completion time here / alone (finish-time fairness); None without a run alone."
    )
    fairness_worst_ratio: float | None = Field(description="Largest of the same.")
    stop_count: int = Field(description="Times that a job was made to leave.")
    own_gpu_hours: float = Field(description="GPU-hours its jobs used on its own nodes.")
    borrowed_gpu_hours: float = Field(description="GPU-hours its jobs used on others' nodes.")
    lent_gpu_hours: float = Field(description="GPU-hours others' jobs used on its nodes.")
    lost_gpu_hours: float = Field(description="Of its jobs' GPU-hours, those that stops and releases cost.")
    idle_gpu_hours: float = Field(description="GPU-hours of its nodes that nobody used.")
    capacity_gpu_hours: float = Field(description="GPU-hours of its nodes from the first submission to the last end.")
    utilisation_frac: float = Field(description="Share of its nodes' GPU-hours in which somebody worked, losses not.")


class Harm(Noun):
    """What sharing cost the jobs of one owner that fared worse than alone."""

    owner: str = Field(description="Owner.")
    later_start_count: int = Field(description="Jobs that started later than alone.")
    later_start_gpu_hours: float = Field(description="Work of those jobs.")
    longer_wait_count: int = Field(description="Jobs that waited longer than alone.")
    longer_wait_gpu_hours: float = Field(description="Work of those jobs.")
    delayed_gpu_hours: float = Field(description="Sum of their longer waiting times accelerators.")
    worst_start_seconds: int = Field(description="Latest start behind the start alone; 0 when none is later.")
    worst_end_seconds: int = Field(description="Latest end behind the end alone; 0 when none is later.")
    sooner_count: int = Field(description="Jobs that waited less than alone.")
    saved_gpu_hours: float = Field(description="Sum of their shorter waiting times accelerators.")
    mean_wait_change_seconds: float = Field(description="Mean wait here less mean wait alone.")
    better_or_same: bool = Field(description="Whether the owner's mean wait is no longer than alone.")


class Usage(Noun):
    """What stood on one owner's nodes over time, as means over equal bins."""

    owner: str = Field(description="Owner of the nodes.")
    own_gpus: tuple[float, ...] = Field(description="Accelerators used by the owner's jobs, per bin.")
    lent_gpus: tuple[float, ...] = Field(description="Accelerators used by others' jobs, per bin.")
    capacity_gpus: tuple[float, ...] = Field(description="Accelerators owned, per bin.")


class Replay(Noun):
    """One replay of a trace under one set of rules."""

    name: str = Field(description="What to call it beside others.")
    rules: Rules = Field(description="What was asked for.")
    tie_rule: str = Field(TIE_RULE, description="How jobs go that the order holds equal.")
    begin_at: datetime = Field(description="First submission.")
    span_seconds: int = Field(description="From the first submission to the last end.")
    outcomes: tuple[OwnerOutcome, ...] = Field(description="For each owner, and for all.")
    harms: tuple[Harm, ...] = Field((), description="Against static partition under the same order and backfill.")
    usages: tuple[Usage, ...] = Field((), description="Use over time.")
    conserved: str = Field(description="What the check of GPU-seconds found.")
    promise: str = Field("", description="What the policy promises every owner, and whether it was kept.")
    method: str = Field(description="Which loop computed it; both give the same records.")

    def outcome_of(self, owner: str) -> OwnerOutcome:
        """Returns the outcome of an owner.

        Raises:
            KeyError: when there is none.
        """
        for outcome in self.outcomes:
            if outcome.owner == owner:
                return outcome
        raise KeyError(owner)


class ReplayReport(Noun):
    """All replays of one trace, side by side."""

    trace: str = Field(description="Name of the trace.")
    armslength_version: str = Field(description="Version that made it.")
    job_count: int = Field(description="Jobs replayed.")
    dropped_count: int = Field(description="Rows left out because they cannot be used (`--skip-bad`).")
    owners: tuple[str, ...] = Field(description="Owners, in order of the capacity file.")
    capacity: tuple[CapacityStep, ...] = Field(description="Who owns which nodes.")
    replays: tuple[Replay, ...] = Field(description="The replays.")
    swept: str = Field("", description="Name of the rule that was swept; empty when none was.")
    notes: tuple[str, ...] = Field((), description="What a reader must know.")
