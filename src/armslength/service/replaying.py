"""Replaying: a trace under one policy, under several side by side, or along the values of one rule."""

import importlib.util
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

from armslength import __version__
from armslength.connectors.replay_tables import write_records
from armslength.errors import InputError
from armslength.model.case import Run
from armslength.model.replay import Entitlement, Replay, ReplayReport, Rules
from armslength.policy.catalogue import Policy, policy_of, refuse_unfit
from armslength.replay.entitle import entitlements_of
from armslength.replay.fast import STRICT_POLICIES
from armslength.replay.run import Bench
from armslength.replay.trace import Cluster, Trace
from armslength.service.trace_file import TraceRequest, open_trace

# Below this many jobs in all, starting other processes costs more than it saves.
PARALLEL_FROM_JOBS = 50_000
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One replay asked for: what to call it, and its rules."""

    name: str
    rules: Rules


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What is to be replayed.

    Attributes:
        trace: which trace.
        capacity: capacity file, or ``north=32x8,south=16x8``.
        wanted: the replays, in order.
        swept: the rule that varies along them; empty when none does.
        plan: plan.json for the policy `plan`.
        plan_run: which run of the plan.
        align_plan: whether the plan's first day is laid on the trace's.
        workers: processes; all cores when 0.
        records: folder to write each replay's records into.
        records_form: `csv`, `parquet` or `none`.
    """

    trace: TraceRequest
    capacity: str
    wanted: tuple[Wanted, ...]
    swept: str = ""
    plan: Path | None = None
    plan_run: Run | None = None
    align_plan: bool = False
    workers: int = 0
    records: Path | None = None
    records_form: str = "csv"
    notes: tuple[str, ...] = field(default=())


def replay_trace(request: ReplayRequest, say: Say) -> ReplayReport:
    """Replays a trace as asked and returns the report.

    Raises:
        InputError: when the trace, the capacity, the plan or the rules cannot be used.
        CheckFailed: when the result breaks a rule it must keep.
    """
    for wanted in request.wanted:
        refuse_unfit(wanted.rules)
        load_policy(wanted.rules.policy)
    if len({wanted.name for wanted in request.wanted}) < len(request.wanted):
        raise InputError("two replays have one name", hint="leave the second one out")
    say("reading the trace")
    read = open_trace(request.trace, request.capacity)
    assert read.cluster is not None
    entitlements = _entitlements(request, read.trace)
    jobs = _Jobs(read.trace, read.cluster, entitlements, request.records, request.records_form)
    replays = _run_all(jobs, request.wanted, _workers(request, len(read.trace)), say)
    notes = [*request.notes, *(str(problem) for problem in read.problems if problem.severity == "warning")]
    if read.dropped_count:
        rows = "1 row" if read.dropped_count == 1 else f"{read.dropped_count:,} rows"
        notes.append(f"{rows} could not be used and were left out (--skip-bad).")
    return ReplayReport(
        trace=read.trace.name,
        armslength_version=__version__,
        job_count=len(read.trace),
        dropped_count=read.dropped_count,
        owners=read.trace.owners,
        capacity=read.capacity,
        replays=tuple(replays),
        swept=request.swept,
        notes=tuple(notes),
    )


def load_policy(name: str) -> Policy:
    """Returns a policy by name, or from a file of one's own that ends in .py.

    Raises:
        InputError: when the file cannot be loaded.
    """
    if not name.endswith(".py"):
        return policy_of(name)
    path = Path(name)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not path.exists() or spec is None or spec.loader is None:
        raise InputError(f"{name}: there is no such file", hint="write a file with a function decide(view)")
    module: ModuleType = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (ImportError, SyntaxError, NameError, AttributeError, TypeError, ValueError) as error:
        raise InputError(
            f"{name}: cannot be loaded: {type(error).__name__}: {error}", hint="run it by itself"
        ) from error
    return policy_of(name, module)


def _entitlements(request: ReplayRequest, trace: Trace) -> tuple[Entitlement, ...]:
    needs = [wanted.name for wanted in request.wanted if load_policy(wanted.rules.policy).needs_plan]
    if not needs:
        return ()
    if request.plan is None:
        raise InputError(f"{needs[0]} follows a plan, and none was given", hint="add --plan plan.json")
    from armslength.service.dossier import read_plan

    return entitlements_of(read_plan(request.plan), trace, run=request.plan_run, align=request.align_plan)


def _workers(request: ReplayRequest, count: int) -> int:
    if request.workers:
        return min(request.workers, len(request.wanted))
    if count * len(request.wanted) < PARALLEL_FROM_JOBS:
        return 1
    return min(os.cpu_count() or 1, len(request.wanted))


@dataclass(slots=True)
class _Jobs:
    """What every worker needs; sent to it once."""

    trace: Trace
    cluster: Cluster
    entitlements: Sequence[Entitlement]
    records: Path | None
    records_form: str
    bench: Bench | None = None

    def do(self, wanted: Wanted, say: Say) -> Replay:
        """Replays, and writes the records."""
        if self.bench is None:
            self.bench = Bench(self.trace, self.cluster, self.entitlements, say)
        self.bench.say = say
        replay, records, alone = self.bench.replay(wanted.name, wanted.rules, load_policy(wanted.rules.policy))
        if self.records is not None and self.records_form != "none":
            say(f"writing the records of {wanted.name}")
            write_records(self.records, wanted.name, self.records_form, self.trace, records, alone)
        return replay


_here: list[_Jobs] = []


def _begin(jobs: _Jobs) -> None:
    _here.append(jobs)


def _work(wanted: Wanted) -> Replay:
    return _here[0].do(wanted, _say_nothing)


def _say_nothing(_: str) -> None:
    """Workers have no screen."""


def _run_all(jobs: _Jobs, wanted: Sequence[Wanted], workers: int, say: Say) -> list[Replay]:
    if workers <= 1:
        return [jobs.do(one, say) for one in wanted]
    replays: dict[str, Replay] = {}
    # A fresh interpreter each: this one may have threads, which do not survive a fork.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(jobs,)) as pool:
        say(f"replaying {len(wanted)} times on {workers} cores")
        # The longest first, or one core would stand idle while the other is busy with a long one that came last.
        futures = [pool.submit(_work, one) for one in sorted(wanted, key=_length, reverse=True)]
        try:
            for done, future in enumerate(as_completed(futures), 1):
                replay = future.result()
                replays[replay.name] = replay
                say(f"replayed {done} of {len(wanted)}: {replay.name}")
        finally:
            for future in futures:
                future.cancel()
    return [replays[one.name] for one in wanted]


def _length(wanted: Wanted) -> tuple[bool, bool, int]:
    """Puts replays in order of the time they are likely to take: what waits long is looked at again and again."""
    rules = wanted.rules
    return (
        rules.backfill == "conservative",
        rules.policy not in STRICT_POLICIES,
        max(rules.notice_seconds, rules.min_run_seconds),
    )
