"""From a trace to a case: owners' demand as workloads for the planner."""

from collections.abc import Callable
from datetime import timedelta
from math import ceil
from pathlib import Path

from armslength.connectors.trace_writing import write_demand_tables
from armslength.errors import InputError
from armslength.model.demand import Demand, Workload
from armslength.model.trace import TraceDemand, WeekDemand
from armslength.replay.demand import demand_of
from armslength.replay.trace import Trace
from armslength.service.trace_file import TraceRequest, open_trace

NODE_GPUS = 8


def write_demand(request: TraceRequest, folder: Path, held_out_frac: float, say: Callable[[str], None]) -> TraceDemand:
    """Writes workloads.csv, demand.csv and demand.json, and returns demand and scores.

    In the part held out the tables hold what was to be expected a period ahead, not what came: a plan made from them
    knows no more than a planner would have. Bands stand in demand.json.

    Raises:
        InputError: when the trace cannot be used, or the folder not be written to.
    """
    if not 0 < held_out_frac < 1:
        raise InputError(f"--held-out {held_out_frac:g}: not between 0 and 1", hint="write --held-out 0.25")
    say("reading the trace")
    trace = open_trace(request, None).trace
    say("reading demand from it")
    result = demand_of(trace, NODE_GPUS, held_out_frac)
    workloads, demand = _tables(result, trace)
    try:
        write_demand_tables(workloads, demand, folder)
        (folder / "demand.json").write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written into: {error.strerror}", hint="give another --out") from error
    return result


def _tables(result: TraceDemand, trace: Trace) -> tuple[list[Workload], list[Demand]]:
    workloads: list[Workload] = []
    demand: list[Demand] = []
    source = f"trace {trace.name}"
    for owner in trace.owners:
        serving = [row for row in result.demands if row.owner == owner and row.kind == "serving"]
        if serving:
            name = f"{owner}-small-jobs"
            workloads.append(Workload(id=name, owner=owner, form="serving", source=source))
            demand += [
                Demand(
                    id=f"{name}-{row.from_on}",
                    workload=name,
                    from_on=row.from_on,
                    wanted_gpus=round(_expected(row), 2),
                    source=source,
                )
                for row in serving
            ]
        gangs = trace.gpus[(trace.owner == trace.owners.index(owner)) & (trace.gpus > NODE_GPUS)]
        workloads += [
            Workload(
                id=f"{owner}-gangs-{row.from_on}",
                owner=owner,
                form="training",
                work_gpu_hours=float(ceil(_expected(row) * 24 * result.period_days)),
                gang_gpus_min=int(gangs.min()),
                start_on=row.from_on,
                due_on=row.from_on + timedelta(days=result.period_days),
                source=source,
            )
            for row in result.demands
            if row.owner == owner and row.kind == "training" and _expected(row) > 0
        ]
    return workloads, demand


def _expected(row: WeekDemand) -> float:
    return row.wanted_p50_gpus if row.held_out else row.observed_gpus
