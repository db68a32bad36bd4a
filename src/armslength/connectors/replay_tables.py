"""Records and outcomes of replays as tables: CSV or Parquet."""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from armslength.connectors.trace_parquet import ROWS_PER_BATCH, ParquetTable
from armslength.model.noun import Noun
from armslength.model.replay import ReplayReport
from armslength.replay.metrics import waits
from armslength.replay.records import NEVER, Records
from armslength.replay.trace import Trace


def records_name(name: str, form: str) -> str:
    """Returns the file of a replay's records.

    >>> records_name("pooled/fifo/easy", "csv")
    'records-pooled-fifo-easy.csv'
    """
    return f"records-{re.sub(r'[^A-Za-z0-9.]+', '-', name).strip('-')}.{form}"


def write_records(folder: Path, name: str, form: str, trace: Trace, records: Records, alone: Records) -> Path:
    """Writes one row a job: what it asked for, what it got, and what it would have got alone."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / records_name(name, form)
    if form == "parquet":
        table = ParquetTable(path)
        for columns in _batches(trace, records, alone):
            table.write(columns)
        table.close()
        return path
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for number, columns in enumerate(_batches(trace, records, alone)):
            if number == 0:
                writer.writerow(columns)
            writer.writerows(zip(*(_cells(column) for column in columns.values()), strict=True))
    return path


def _cells(column: Any) -> list[Any]:
    values = column.tolist() if isinstance(column, np.ndarray) else column
    return ["" if value == NEVER else value for value in values]


def _batches(trace: Trace, records: Records, alone: Records) -> Iterator[dict[str, Any]]:
    owners = np.array(trace.owners)
    at_home = records.stay_node_owner == trace.owner[records.stay_job]
    amount = (records.stay_until_seconds - records.stay_begin_seconds) * records.stay_gpus
    own, borrowed = np.zeros(len(trace), np.int64), np.zeros(len(trace), np.int64)
    np.add.at(own, records.stay_job[at_home], amount[at_home])
    np.add.at(borrowed, records.stay_job[~at_home], amount[~at_home])
    wait, lost, before = waits(trace, records), records.lost_seconds(), waits(trace, alone)
    for first in range(0, len(trace), ROWS_PER_BATCH):
        part = slice(first, first + ROWS_PER_BATCH)
        count = len(trace.owner[part])
        yield {
            "job": [trace.name_of(index) for index in range(first, first + count)],
            "owner": owners[trace.owner[part]].tolist(),
            "gpus": trace.gpus[part],
            "submit_seconds": trace.submit_seconds[part],
            "run_seconds": trace.run_seconds[part],
            "start_seconds": records.start_seconds[part],
            "end_seconds": records.end_seconds[part],
            "wait_seconds": wait[part],
            "stop_count": records.stop_counts[part],
            "lost_seconds": lost[part],
            "own_gpu_seconds": own[part],
            "borrowed_gpu_seconds": borrowed[part],
            "alone_start_seconds": alone.start_seconds[part],
            "alone_wait_seconds": before[part],
        }


def write_outcomes(report: ReplayReport, folder: Path) -> tuple[Path, ...]:
    """Writes the outcomes and the harm of all replays, one row for each replay and owner."""
    outcomes = [_flat(replay.name, row) for replay in report.replays for row in replay.outcomes]
    harms = [_flat(replay.name, row) for replay in report.replays for row in replay.harms]
    written = []
    for name, rows in (("outcomes.csv", outcomes), ("harm.csv", harms)):
        if rows:
            written.append(_write(folder / name, rows))
    return tuple(written)


def _flat(replay: str, row: Noun) -> dict[str, Any]:
    cells: dict[str, Any] = {"replay": replay}
    for name, value in row.model_dump().items():
        if isinstance(value, dict):
            cells |= {f"{name}_{inner}": number for inner, number in value.items()}
        else:
            cells[name] = value
    return cells


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {key: round(value, 6) if isinstance(value, float) else value for key, value in row.items()} for row in rows
        )
    return path
