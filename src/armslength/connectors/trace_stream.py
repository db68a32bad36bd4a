"""A sorted Parquet trace as a stream of jobs, and their records as a stream out."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from armslength.connectors.trace_parquet import ROWS_PER_BATCH, ParquetTable, open_parquet
from armslength.errors import InputError, nearest
from armslength.policy.view import Job
from armslength.replay.stream import Row
from armslength.replay.trace import Cluster

RECORD_COLUMNS = (
    "job_index", "owner", "gpus", "submit_seconds", "run_seconds", "start_seconds", "end_seconds", "wait_seconds",
    "stop_count", "lost_seconds", "own_gpu_seconds", "borrowed_gpu_seconds",
)  # fmt: skip
_NEEDED = ("owner", "submit_at", "run_seconds", "gpus")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def begin_of(path: Path) -> datetime:
    """Returns the first submission of a sorted Parquet trace.

    Raises:
        InputError: when it cannot be read, lacks a column, or is empty.
    """
    with open_parquet(path) as file:
        head = file.schema_arrow.names
        for name in _NEEDED:
            if name not in head:
                hint = nearest(name, head) or f"needed: {', '.join(_NEEDED)}; `armslength trace generate` writes them"
                raise InputError(f"{path}: there is no column `{name}`", hint=hint)
        for batch in file.iter_batches(1, columns=["submit_at"]):
            return _EPOCH + timedelta(seconds=int(_seconds(batch.column("submit_at"))[0]))
    raise InputError(f"{path}: there are no jobs", hint="name another file")


def stream_jobs(path: Path, owners: Sequence[str], cluster: Cluster, begin_at: datetime) -> Iterator[Job]:
    """Yields the jobs of a Parquet trace that is sorted by submission.

    Raises:
        InputError: at the first row that cannot be used, or comes before the row above it.
    """
    places = {name: number for number, name in enumerate(owners)}
    most = [cluster.most_nodes(number) * cluster.node_gpus for number in range(len(owners))]
    zero = int(begin_at.timestamp())
    index, before = 0, 0
    with open_parquet(path) as file:
        limited = ["limit_seconds"] if "limit_seconds" in file.schema_arrow.names else []
        for batch in file.iter_batches(ROWS_PER_BATCH, columns=[*_NEEDED, *limited]):
            submit = (_seconds(batch.column("submit_at")) - zero).tolist()
            run, gpus = batch.column("run_seconds").to_pylist(), batch.column("gpus").to_pylist()
            limit = batch.column("limit_seconds").to_pylist() if limited else run
            names = batch.column("owner").to_pylist()
            for name, size, at, length, asked in zip(names, gpus, submit, run, limit, strict=True):
                owner = places.get(name, -1)
                if owner < 0 or at < before or not 0 < size <= most[owner] or length < 0:
                    raise _refused(path, index, (name, size, at - before, length), places, most)
                yield Job(index, owner, size, at, max(1, length), asked or max(1, length))
                index, before = index + 1, at


def _refused(
    path: Path, index: int, row: tuple[str, int, int, int], places: dict[str, int], most: Sequence[int]
) -> InputError:
    name, size, later, length = row
    if name not in places:
        why = f"owner `{name}` has no nodes"
    elif later < 0:
        why = f"the job comes {-later:,} s before the row above it"
    elif length < 0:
        why = f"the job lasts {length:,} s"
    else:
        why = f"the job needs {size:,} accelerators, its owner has {most[places[name]]:,}"
    return InputError(
        f"{path} row {index + 1}: {why}", hint="a stream must be right and sorted; replay without --stream"
    )


def _seconds(column: Any) -> np.ndarray:
    """Returns moments as whole seconds since 1970, whether they are numbers or timestamps."""
    values = column.to_numpy(zero_copy_only=False)
    if values.dtype.kind == "M":
        return np.asarray(values.astype("datetime64[s]").astype(np.int64))
    return np.asarray(values.astype(np.int64))


class RecordStream:
    """Records going out to Parquet in batches."""

    def __init__(self, path: Path, owners: Sequence[str]) -> None:
        self._table = ParquetTable(path)
        self._owners = owners
        self._rows: list[Row] = []

    def emit(self, row: Row) -> None:
        """Takes a record."""
        self._rows.append(row)
        if len(self._rows) >= ROWS_PER_BATCH:
            self._write()

    def close(self) -> None:
        """Writes what is left and finishes the file."""
        if self._rows:
            self._write()
        self._table.close()

    def _write(self) -> None:
        columns: dict[str, Any] = {
            name: np.array(values, dtype=np.int64)
            for name, values in zip(RECORD_COLUMNS, zip(*self._rows, strict=True), strict=True)
        }
        columns["owner"] = np.array(self._owners)[columns["owner"]].tolist()
        self._table.write(columns)
        self._rows = []
