"""What is in a trace of jobs, and the demand read from one."""

from datetime import date, datetime

from pydantic import Field

from armslength.model.noun import Noun


class OwnerLoad(Noun):
    """What one owner's jobs ask for."""

    owner: str = Field(description="Owner, or `all`.")
    job_count: int = Field(description="Jobs.")
    work_gpu_hours: float = Field(description="Accelerators times length, summed over jobs.")
    own_gpus: int | None = Field(description="Accelerators owned; None without a capacity.")
    load_ratio: float | None = Field(description="Work over what the owner's nodes could do in the span.")
    largest_gpus: int = Field(description="Largest job.")
    wanted_mean_gpus: float = Field(description="Accelerators wanted at a time, if every job ran when it came: mean.")
    wanted_p95_gpus: float = Field(description="The same, reached or exceeded 5 % of the time.")
    wanted_most_gpus: float = Field(description="The same, highest mean over ten minutes.")
    run_median_seconds: float = Field(description="Median length of a job.")
    run_p95_seconds: float = Field(description="95 in 100 jobs are at most this long.")
    recorded_wait_mean_seconds: float | None = Field(description="Mean wait the trace itself records; None if none.")


class Together(Noun):
    """How two owners' demand goes together."""

    one: str = Field(description="Owner.")
    other: str = Field(description="Another owner.")
    correlation_ratio: float = Field(description="Correlation of accelerators wanted per day; -1 to 1.")


class SizeShare(Noun):
    """Jobs of one size."""

    size_gpus: int = Field(description="Accelerators of the job.")
    job_count: int = Field(description="Jobs of this size.")
    work_frac: float = Field(description="Their share of all work.")


class Meeting(Noun):
    """How much idleness met waiting, when every owner is alone with its own nodes (strict queue by submission)."""

    idle_mean_gpus: float = Field(description="Accelerators idle, mean.")
    waiting_mean_gpus: float = Field(description="Accelerators asked for by jobs that waited, mean.")
    met_frac: float = Field(description="Share of time in which a job waited while as many stood idle elsewhere.")
    met_gpu_hours: float = Field(description="Waiting accelerators that idle ones of others could have served.")


class TraceSummary(Noun):
    """What is in a trace."""

    trace: str = Field(description="Name.")
    begin_at: datetime = Field(description="First submission.")
    end_at: datetime = Field(description="Last submission.")
    span_days: float = Field(description="Days between them.")
    loads: tuple[OwnerLoad, ...] = Field(description="For each owner, and for all.")
    together: tuple[Together, ...] = Field(description="For each pair of owners, most alike first.")
    sizes: tuple[SizeShare, ...] = Field(description="Jobs by size.")
    meeting: Meeting | None = Field(description="Idleness and waiting; None without a capacity.")
    dropped_count: int = Field(description="Rows that cannot be used.")


class WeekDemand(Noun):
    """What an owner wants in one period of a trace."""

    owner: str = Field(description="Owner.")
    kind: str = Field(description="`serving`: jobs within one node; `training`: gangs larger than a node.")
    from_on: date = Field(description="First day of the period.")
    observed_gpus: float = Field(
        description="Accelerators wanted, mean over the period, if every job ran when it came."
    )
    wanted_p10_gpus: float = Field(description="What was to be expected a period before: low.")
    wanted_p50_gpus: float = Field(description="The same: middle.")
    wanted_p90_gpus: float = Field(description="The same: high.")
    held_out: bool = Field(description="Whether the period lies in the part that was only used to score.")


class DemandScore(Noun):
    """How well an owner's demand was foreseen on the part held out."""

    owner: str = Field(description="Owner.")
    kind: str = Field(description="`serving` or `training`.")
    period_count: int = Field(description="Periods scored.")
    weight_ratio: float = Field(description="Weight of the newest period against all before; 1 is persistence.")
    error_mean_gpus: float = Field(description="Mean absolute error, one period ahead.")
    persistence_mean_gpus: float = Field(description="The same when the last period is expected to repeat.")
    skill_frac: float | None = Field(description="1 - error / error of persistence; None where persistence is exact.")
    covered_frac: float = Field(description="Share of periods inside the band p10 to p90; 0.8 is right.")


class TraceDemand(Noun):
    """Demand read from a trace, with bands and scores."""

    trace: str = Field(description="Name.")
    period_days: int = Field(description="Length of a period.")
    demands: tuple[WeekDemand, ...] = Field(description="For each owner, kind and period.")
    scores: tuple[DemandScore, ...] = Field(description="For each owner and kind.")
    notes: tuple[str, ...] = Field((), description="What a reader must know.")
