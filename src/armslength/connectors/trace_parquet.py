"""Parquet in and out, in batches, so that a table of any length passes through little memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from armslength.connectors.flaws import Flaw
from armslength.connectors.trace_rows import NOT_GIVEN, RawJob, TraceDraft
from armslength.connectors.trace_tables import Columns
from armslength.connectors.trace_values import UNITS_PER_SECOND, Instant, read_instant, read_length
from armslength.errors import InputError, nearest
from armslength.replay.trace import Trace

PARQUET_SUFFIXES = (".parquet", ".pq")
ROWS_PER_BATCH = 131_072


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        hint = "pip install 'armslength[parquet]', or use CSV"
        raise InputError("Parquet needs the package pyarrow, which is not installed", hint=hint) from None
    return pyarrow, pyarrow.parquet


@contextmanager
def open_parquet(path: Path) -> Iterator[Any]:
    """Opens a Parquet file for reading in batches.

    Raises:
        InputError: when it cannot be read, or the package for it is not installed.
    """
    arrow, parquet = _pyarrow()
    try:
        file = parquet.ParquetFile(path)
    except (arrow.ArrowException, OSError) as error:
        message = f"{path}: cannot be read as Parquet: {str(error).splitlines()[0]}"
        raise InputError(message, hint="the file may have been cut; write it again") from None
    with file:
        yield file


def read_parquet(path: Path, columns: Columns, draft: TraceDraft, owner: str) -> None:
    """Reads jobs from a Parquet table; a row's line is its number from 1."""
    with open_parquet(path) as file:
        head = file.schema_arrow.names
        used = {meaning: column for meaning, column in columns.named.items() if column in head}
        for meaning in ("submit", "gpus", "run", *(() if owner or columns.owner else ("owner",))):
            if meaning not in used:
                column = columns.named.get(meaning, meaning)
                hint = nearest(column, head) or f"the columns are {', '.join(head)}"
                raise InputError(f"{path}: there is no column `{column}` (for {meaning})", hint=hint)
        line = 0
        for batch in file.iter_batches(ROWS_PER_BATCH, columns=sorted(set(used.values()))):
            values = {meaning: batch.column(column).to_pylist() for meaning, column in used.items()}
            for i in range(batch.num_rows):
                line += 1
                draft.add(_job(line, {meaning: column[i] for meaning, column in values.items()}, columns, owner))


def _job(line: int, cells: dict[str, Any], columns: Columns, owner: str) -> RawJob:
    units = columns.units
    limit = cells.get("limit")
    return RawJob(
        line=line,
        name="" if cells.get("name") is None else str(cells["name"]),
        owner=owner or columns.owner or str(cells.get("owner") or ""),
        submit=_instant(cells["submit"], units.get("submit", "")),
        run_seconds=read_length(str(cells["run"]), units.get("run", "")),
        gpus=int(cells["gpus"]) if isinstance(cells["gpus"], int) else Flaw(f"{cells['gpus']} is no whole number"),
        limit_seconds=NOT_GIVEN if limit is None else read_length(str(limit), units.get("limit", "")),
    )


def _instant(value: Any, unit: str) -> Instant | Flaw:
    if isinstance(value, int):
        return Instant(value // UNITS_PER_SECOND[unit or "s"], "number")
    return read_instant(str(value), "" if hasattr(value, "isoformat") else unit)


class ParquetTable:
    """A Parquet file being written in batches, to a name beside its own until it is whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._beside = path.with_name(f".{path.name}.part")
        self._writer: Any = None

    def write(self, columns: dict[str, Any]) -> None:
        """Appends columns of equal length: arrays, or lists of text."""
        arrow, parquet = _pyarrow()
        table = arrow.table(columns)
        if self._writer is None:
            self._writer = parquet.ParquetWriter(self._beside, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        """Finishes the file and gives it its name."""
        if self._writer is not None:
            self._writer.close()
            self._beside.replace(self.path)


def write_trace_parquet(trace: Trace, path: Path) -> None:
    """Writes a trace as Parquet, in the format that is read back by name."""
    table = ParquetTable(path)
    owners = np.array(trace.owners)
    begin = int(trace.begin_at.timestamp())
    for first in range(0, len(trace), ROWS_PER_BATCH):
        part = slice(first, first + ROWS_PER_BATCH)
        count = len(trace.owner[part])
        table.write(
            {
                "job": [trace.name_of(i) for i in range(first, first + count)],
                "owner": owners[trace.owner[part]].tolist(),
                "submit_at": trace.submit_seconds[part] + begin,
                "run_seconds": trace.run_seconds[part],
                "gpus": trace.gpus[part],
                "limit_seconds": trace.limit_seconds[part],
            }
        )
    table.close()
