"""Rows of a job log on their way to a trace: every row is judged, every problem is kept with its line."""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np

from armslength.connectors.flaws import Flaw
from armslength.connectors.trace_values import Instant
from armslength.errors import Problem
from armslength.replay.trace import Trace

NOT_GIVEN = -1
JUMP_SECONDS = 60 * 86_400  # no submission for longer than this is taken for a jump of the clock
PROBLEMS_KEPT = 1_000  # of one file; more are counted
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST_GPUS = 10_000_000


@dataclass(frozen=True, slots=True)
class RawJob:
    """One job as a row gives it; values that could not be read are flaws."""

    line: int
    name: str
    owner: str
    submit: Instant | Flaw
    run_seconds: int | Flaw
    gpus: int | Flaw
    limit_seconds: int | Flaw = NOT_GIVEN
    wait_seconds: int | Flaw = NOT_GIVEN


@dataclass(frozen=True, slots=True)
class TraceReading:
    """What was read.

    Attributes:
        trace: the good rows.
        lines: (J) place of each job: its file and line.
        problems: all that is wrong, warnings too.
        dropped_count: rows that cannot be used.
        ignored_count: rows that are no jobs on accelerators.
    """

    trace: Trace
    lines: "Lines"
    problems: tuple[Problem, ...]
    dropped_count: int
    ignored_count: int


class TraceDraft:
    """Good rows as columns, and what is wrong with the others."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.owners: dict[str, int] = {}
        self.owner = array("i")
        self.submit = array("q")
        self.run = array("q")
        self.gpus = array("q")
        self.limit = array("q")
        self.wait = array("q")
        self.line = array("q")
        self.file = array("i")
        self.files: list[str] = []
        self.zones: Counter[str] = Counter()
        self.zone_of: list[str] = []
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.dropped_count = 0
        self.ignored_count = 0
        self._seen: dict[str, int] = {}
        self._short_count = 0

    def open(self, file: str) -> None:
        """Begins a file; job names need to differ within it only."""
        self.files.append(file)
        self._seen = {}

    def place(self, line: int) -> str:
        """Returns where a line of the present file stands."""
        return f"{self.files[-1]} line {line}"

    def refuse(self, line: int, message: str, hint: str = "") -> None:
        """Notes a row that cannot be used."""
        self.dropped_count += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(Problem(self.place(line), message, hint))

    def add(self, job: RawJob) -> None:
        """Takes a job, or notes all that is wrong with it."""
        wrong = list(_wrong(job))
        first = self._seen.get(job.name) if job.name else None
        if first is not None:
            wrong.append(Flaw(f"job `{job.name}` stands on line {first} already", "names must differ within a file"))
        if wrong:
            text = "; ".join(flaw.message for flaw in wrong)
            self.refuse(job.line, text, next((flaw.hint for flaw in wrong if flaw.hint), ""))
            return
        assert isinstance(job.submit, Instant)
        assert isinstance(job.run_seconds, int)
        assert isinstance(job.gpus, int)
        assert isinstance(job.limit_seconds, int)
        assert isinstance(job.wait_seconds, int)
        if job.name:
            self._seen[job.name] = job.line
        self._short_count += job.run_seconds == 0
        self.names.append(job.name)
        self.owner.append(self.owners.setdefault(job.owner, len(self.owners)))
        self.submit.append(job.submit.seconds)
        self.run.append(max(1, job.run_seconds))
        self.gpus.append(job.gpus)
        self.limit.append(job.limit_seconds if job.limit_seconds > 0 else max(1, job.run_seconds))
        self.wait.append(job.wait_seconds)
        self.line.append(job.line)
        self.file.append(len(self.files) - 1)
        self.zones[job.submit.zone] += 1
        self.zone_of.append(job.submit.zone)

    def finish(self, name: str) -> TraceReading:
        """Sorts what was read and judges it as a whole."""
        keep = np.ones(len(self.submit), dtype=bool)
        self._judge_zones(keep)
        order = np.argsort(np.array(self.submit, dtype=np.int64), kind="stable")
        order = order[keep[order]]
        self._warn()
        order = self._judge_jumps(order)
        submit = np.array(self.submit, dtype=np.int64)[order]
        begin = int(submit[0]) if len(submit) else 0
        named = any(self.names)
        trace = Trace(
            name=name,
            begin_at=_EPOCH + timedelta(seconds=begin),
            owners=tuple(self.owners),
            names=[self.names[i] or str(i) for i in order] if named else (),
            owner=np.array(self.owner, dtype=np.int64)[order],
            submit_seconds=submit - begin,
            run_seconds=np.array(self.run, dtype=np.int64)[order],
            gpus=np.array(self.gpus, dtype=np.int64)[order],
            limit_seconds=np.array(self.limit, dtype=np.int64)[order],
            wait_seconds=np.array(self.wait, dtype=np.int64)[order],
        )
        lines = Lines(self.files, np.array(self.file)[order], np.array(self.line)[order])
        if self.dropped_count > len(self.problems):
            more = self.dropped_count - len(self.problems)
            self.problems.append(Problem(self.files[-1], f"{more:,} more rows cannot be used"))
        return TraceReading(trace, lines, (*self.problems, *self.warnings), self.dropped_count, self.ignored_count)

    def _judge_zones(self, keep: np.ndarray) -> None:
        """Moments with and without a zone cannot stand on one clock: the rarer kind is refused."""
        if len(self.zones) < 2:
            return
        main = self.zones.most_common(1)[0][0]
        words = {"none": "no time zone", "stated": "a time zone", "number": "a bare number"}
        for i, zone in enumerate(self.zone_of):
            if zone != main:
                keep[i] = False
                self.dropped_count += 1
                if len(self.problems) < PROBLEMS_KEPT:
                    message = f"the moment has {words[zone]}, most others have {words[main]}"
                    hint = "write all moments one way; without a zone they are read as UTC"
                    self.problems.append(Problem(f"{self.files[self.file[i]]} line {self.line[i]}", message, hint))

    def _judge_jumps(self, order: np.ndarray) -> np.ndarray:
        """A stretch of months without any submission is a wrong clock; the shorter side is refused."""
        submit = np.array(self.submit, dtype=np.int64)[order]
        jumps = np.flatnonzero(np.diff(submit) > JUMP_SECONDS)
        if not len(jumps):
            return order
        edges = [0, *(int(jump) + 1 for jump in jumps), len(order)]
        main = max(pairwise(edges), key=lambda part: part[1] - part[0])
        for first, last in pairwise(edges):
            if (first, last) == main:
                continue
            self.dropped_count += last - first
            days = abs(int(submit[first]) - int(submit[main[0] if first > main[0] else main[1] - 1])) // 86_400
            for i in order[first:last][:20]:
                message = f"the clock jumps: this job is {days:,} days from the main part of the trace"
                where = f"{self.files[self.file[i]]} line {self.line[i]}"
                self.problems.append(Problem(where, message, "correct the moment, or leave the row out"))
        return order[main[0] : main[1]]

    def _warn(self) -> None:
        submit = np.array(self.submit, dtype=np.int64)
        back = np.flatnonzero(np.diff(submit) < 0)
        back = back[np.array(self.file)[back] == np.array(self.file)[back + 1]] if len(back) else back
        if len(back):
            i = int(back[0]) + 1
            message = f"{len(back):,} rows come before the row above them; sorted by submission, ties as in the file"
            self.warnings.append(Problem(f"{self.files[self.file[i]]} line {self.line[i]}", message, "", "warning"))
        if self._short_count:
            message = f"{self._short_count:,} jobs have length 0; replayed as 1 s"
            self.warnings.append(Problem(self.files[0], message, "", "warning"))
        if self.ignored_count:
            message = f"{self.ignored_count:,} rows are no finished jobs on accelerators; left out"
            self.warnings.append(Problem(self.files[0], message, "", "warning"))


@dataclass(frozen=True, slots=True)
class Lines:
    """Where each job stands; made into words only when asked."""

    files: Sequence[str]
    file: np.ndarray
    line: np.ndarray

    def __len__(self) -> int:
        return len(self.line)

    def __getitem__(self, index: int) -> str:
        return f"{self.files[int(self.file[index])]} line {int(self.line[index])}"


def _wrong(job: RawJob) -> Iterator[Flaw]:
    for value in (job.submit, job.run_seconds, job.gpus, job.limit_seconds, job.wait_seconds):
        if isinstance(value, Flaw):
            yield value
    if not job.owner:
        yield Flaw("the job has no owner", "fill the column, or name the owner before the file: north=FILE")
    if isinstance(job.run_seconds, int) and job.run_seconds < 0:
        yield Flaw(f"the job lasts {job.run_seconds:,} s", "an end before its start, or a wrong unit?")
    if isinstance(job.gpus, int) and not 0 < job.gpus <= _LARGEST_GPUS:
        yield Flaw(f"the job has {job.gpus:,} accelerators", "leave out jobs without accelerators")
