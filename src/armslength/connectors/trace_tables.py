"""Job logs that are tables: which column holds what in the formats known by name, and in anybody's own."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from armslength.connectors.flaws import Flaw, shown
from armslength.connectors.trace_rows import NOT_GIVEN, RawJob, TraceDraft
from armslength.connectors.trace_values import (
    SECONDS_PER_UNIT,
    UNITS_PER_SECOND,
    Instant,
    read_gpus,
    read_instant,
    read_length,
)
from armslength.errors import InputError, nearest

MEANINGS = ("name", "owner", "submit", "start", "end", "run", "gpus", "limit", "state")
_UNITS = {*UNITS_PER_SECOND, *SECONDS_PER_UNIT}
_EMPTY = {"", "Unknown", "None", "N/A", "NULL", "null", "UNLIMITED", "Partition_Limit"}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what.

    Attributes:
        named: column of each meaning in ``MEANINGS`` that the table has.
        units: unit of a meaning's numbers, where it is not seconds or ISO text.
        owner: everybody's owner, where no column says so.
        delimiter: what parts the columns.
        skip_parts: whether names with a dot are steps of a job, to be left out.
    """

    named: Mapping[str, str]
    units: Mapping[str, str]
    owner: str = ""
    delimiter: str = ","
    skip_parts: bool = False


# Formats by name, and the columns by which a file is known to be one. Order matters: the first that fits is taken.
FORMATS: dict[str, Columns] = {
    "armslength": Columns(
        {"name": "job", "owner": "owner", "submit": "submit_at", "run": "run_seconds", "gpus": "gpus",
         "limit": "limit_seconds"}, {}),
    "helios": Columns(
        {"name": "job_id", "owner": "vc", "submit": "submit_time", "start": "start_time", "run": "duration",
         "gpus": "gpu_num", "state": "state"}, {}),
    "helios-slice": Columns(
        {"name": "job_id", "owner": "tenant", "submit": "submit_time", "run": "duration_s", "gpus": "num_chips",
         "limit": "walltime_limit_s"}, {"submit": "us"}),
    "philly": Columns(
        {"name": "jobname", "owner": "vc", "submit": "submit_time", "run": "duration", "gpus": "num_gpu"}, {}),
    "sacct": Columns(
        {"name": "JobID", "owner": "Account", "submit": "Submit", "start": "Start", "end": "End",
         "run": "ElapsedRaw", "gpus": "AllocTRES", "limit": "Timelimit", "state": "State"},
        {}, delimiter="|", skip_parts=True),
}  # fmt: skip
_NEEDED = ("submit", "gpus")
_NEVER_RAN = ("PENDING", "RUNNING", "REQUEUED", "SUSPENDED")


def columns_of(text: str, owner: str) -> Columns:
    """Reads a column mapping such as ``submit=created:ms,gpus=n,run=secs,owner=team``.

    Raises:
        InputError: when it names what there is not, or leaves out what is needed.
    """
    named: dict[str, str] = {}
    units: dict[str, str] = {}
    for part in text.split(","):
        meaning, equals, column = (piece.strip() for piece in part.partition("="))
        if not equals or meaning not in MEANINGS or not column:
            hint = nearest(meaning, MEANINGS) or f"write MEANING=COLUMN with one of {', '.join(MEANINGS)}"
            raise InputError(f"--columns: {shown(part)} names no column", hint=hint)
        name, colon, unit = column.rpartition(":")
        if colon and unit in _UNITS:
            named[meaning], units[meaning] = name, unit
        else:
            named[meaning] = column
    missing = [meaning for meaning in _NEEDED if meaning not in named]
    if not (named.keys() & {"run", "end"}):
        missing.append("run (or start and end)")
    if "owner" not in named and not owner:
        missing.append("owner (or write OWNER=FILE)")
    if missing:
        raise InputError(f"--columns: nothing says which column holds {', '.join(missing)}", hint=f"given: {text}")
    return Columns(named, units, owner)


def known_format(head: Sequence[str], delimiter: str) -> Columns | None:
    """Returns the format that has these columns, or None."""
    for columns in FORMATS.values():
        needed = {columns.named[key] for key in ("submit", "gpus", "run", "owner")}
        if needed <= set(head) and columns.delimiter == delimiter:
            return columns
    return None


def read_rows(lines: Iterable[tuple[int, str]], columns: Columns, draft: TraceDraft, owner: str) -> None:
    """Reads the rows of a table; its first line names the columns.

    Raises:
        InputError: when a column that was named is not there.
    """
    numbers: list[int] = []

    def texts() -> Iterator[str]:
        for number, line in lines:
            numbers.append(number)
            yield line

    reader = csv.reader(texts(), delimiter=columns.delimiter)
    head = [name.strip() for name in next(reader, [])]
    places = _places(head, columns, draft.files[-1])
    width = len(head)
    for row in reader:
        line = numbers[-1]
        if len(row) != width:
            if row:
                hint = "the file may have been cut here" if len(row) < width else "a comma within a value?"
                draft.refuse(line, f"the row has {len(row)} of {width} columns", hint)
            continue
        job = _job(line, row, places, columns, owner)
        if job is None:
            draft.ignored_count += 1
        else:
            draft.add(job)


def _places(head: Sequence[str], columns: Columns, file: str) -> dict[str, int]:
    optional = {"limit", "state", "start", "end", "name"}
    places = {}
    for meaning, column in columns.named.items():
        if column in head:
            places[meaning] = head.index(column)
        elif meaning not in optional or columns not in FORMATS.values():
            hint = nearest(column, head) or f"the columns are {', '.join(head)}"
            raise InputError(f"{file}: there is no column `{column}` (for {meaning})", hint=hint)
    return places


def _job(line: int, row: Sequence[str], places: Mapping[str, int], columns: Columns, owner: str) -> RawJob | None:
    """Returns the job of a row; None for a step of a job, one that never ran, or one without accelerators."""
    cells = {meaning: row[place] for meaning, place in places.items()}
    name = cells.get("name", "").strip()
    if columns.skip_parts and "." in name:
        return None
    gpus = read_gpus(cells["gpus"]) if cells["gpus"].strip() else 0
    if gpus == 0 and "state" in columns.named:
        return None
    if cells.get("state", "").split(" ")[0] in _NEVER_RAN or cells.get("start", "x").strip() == "Unknown":
        return None
    units = columns.units
    submit = read_instant(cells["submit"], units.get("submit", ""))
    start = _instant(cells, "start", units)
    return RawJob(
        line=line,
        name=name,
        owner=owner or columns.owner or cells.get("owner", "").strip(),
        submit=submit,
        run_seconds=_run(cells, start, units),
        gpus=gpus,
        limit_seconds=_limit(cells.get("limit", ""), units),
        wait_seconds=_wait(submit, start),
    )


def _instant(cells: Mapping[str, str], meaning: str, units: Mapping[str, str]) -> Instant | Flaw | None:
    text = cells.get(meaning, "").strip()
    return None if text in _EMPTY else read_instant(text, units.get(meaning, ""))


def _run(cells: Mapping[str, str], start: Instant | Flaw | None, units: Mapping[str, str]) -> int | Flaw:
    if "run" in cells:
        return read_length(cells["run"], units.get("run", ""))
    end = _instant(cells, "end", units)
    if isinstance(start, Instant) and isinstance(end, Instant):
        return end.seconds - start.seconds
    return next((flaw for flaw in (start, end) if isinstance(flaw, Flaw)), Flaw("the job has no start or no end"))


def _limit(text: str, units: Mapping[str, str]) -> int | Flaw:
    return NOT_GIVEN if text.strip() in _EMPTY else read_length(text, units.get("limit", ""))


def _wait(submit: Instant | Flaw, start: Instant | Flaw | None) -> int:
    if isinstance(submit, Instant) and isinstance(start, Instant) and submit.zone == start.zone:
        return max(NOT_GIVEN, start.seconds - submit.seconds)
    return NOT_GIVEN
