"""Traces out as CSV, and demand read from a trace as tables of a case."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from armslength.connectors.case_writing import csv_of
from armslength.connectors.shapes import slots_of
from armslength.model.demand import Demand, Workload
from armslength.replay.trace import Trace

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_trace_csv(trace: Trace, path: Path) -> None:
    """Writes a trace in the format that is read back by name; moments are UTC."""
    begin = int(trace.begin_at.timestamp())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["job", "owner", "submit_at", "run_seconds", "gpus", "limit_seconds"])
        columns = (trace.owner, trace.submit_seconds, trace.run_seconds, trace.gpus, trace.limit_seconds)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for index, (owner, submit, run, gpus, limit) in enumerate(rows):
            moment = _EPOCH + timedelta(seconds=begin + submit)
            writer.writerow(
                [trace.name_of(index), trace.owners[owner], f"{moment:%Y-%m-%dT%H:%M:%SZ}", run, gpus, limit]
            )


def write_demand_tables(workloads: list[Workload], demand: list[Demand], folder: Path) -> None:
    """Writes workloads.csv and demand.csv, to be put into a case's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "workloads.csv").write_text(csv_of(workloads, slots_of(Workload)), encoding="utf-8")
    (folder / "demand.csv").write_text(csv_of(demand, slots_of(Demand)), encoding="utf-8")
