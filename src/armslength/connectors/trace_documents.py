"""Job logs that are JSON documents or several tables: Philly's job log, Kueue's workloads, the PAI tables of 2020."""

import csv
import json
from collections.abc import Iterator, Mapping
from math import ceil
from pathlib import Path
from typing import Any

from armslength.connectors.flaws import Flaw, shown
from armslength.connectors.trace_rows import NOT_GIVEN, RawJob, TraceDraft
from armslength.connectors.trace_values import Instant, read_instant
from armslength.errors import InputError, nearest

# Resource names of accelerators end like this, whoever makes them.
GPU_RESOURCES = ("/gpu", "/tpu")
_KUEUE_HINT = "`kubectl get workloads.kueue.x-k8s.io -A -o json` writes one"
_PAI_JOB = ("job_name", "inst_id", "user", "status", "start_time", "end_time")
_PAI_TASK = ("job_name", "task_name", "inst_num", "status", "start_time", "end_time", "plan_cpu", "plan_mem",
             "plan_gpu", "gpu_type")  # fmt: skip
PAI_JOBS, PAI_TASKS = "pai_job_table.csv", "pai_task_table.csv"


def read_document(text: str, draft: TraceDraft, owner: str) -> None:
    """Reads a JSON document: a Kueue list of workloads, or Philly's array of jobs. Lines count its elements.

    Raises:
        InputError: when it is neither.
    """
    file = draft.files[-1]
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{file} line {error.lineno}"
        raise InputError(f"{where}: the JSON breaks off: {error.msg}", hint="the file may have been cut") from None
    if isinstance(document, dict) and isinstance(document.get("items"), list):
        for number, item in enumerate(document["items"], 1):
            _add(draft, number, item, _kueue_job, owner)
    elif isinstance(document, list):
        for number, item in enumerate(document, 1):
            _add(draft, number, item, _philly_job, owner)
    else:
        raise InputError(f"{file}: neither a list of Kueue workloads nor of Philly jobs", hint=_KUEUE_HINT)


def _add(draft: TraceDraft, number: int, item: Any, read: Any, owner: str) -> None:
    try:
        job = read(number, item, owner)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        draft.refuse(number, f"element {number} lacks or garbles {shown(str(error))}", "is it a whole dump?")
        return
    if job is None:
        draft.ignored_count += 1
    else:
        draft.add(job)


def _philly_job(number: int, item: Mapping[str, Any], owner: str) -> RawJob | None:
    """A job of Philly's ``cluster_job_log``: its work is the sum of its attempts."""
    attempts = [row for row in item["attempts"] if row.get("start_time") and row.get("end_time")]
    if not attempts:
        return None
    run = 0
    for row in attempts:
        begin, end = read_instant(row["start_time"], ""), read_instant(row["end_time"], "")
        if isinstance(begin, Flaw) or isinstance(end, Flaw):
            return RawJob(number, item["jobid"], owner or item["vc"], begin if isinstance(begin, Flaw) else end, 0, 1)
        run += end.seconds - begin.seconds
    gpus = sum(len(node["gpus"]) for node in attempts[0]["detail"])
    if not gpus:
        return None
    submit, start = read_instant(item["submitted_time"], ""), read_instant(attempts[0]["start_time"], "")
    wait = NOT_GIVEN
    if isinstance(submit, Instant) and isinstance(start, Instant):
        wait = max(NOT_GIVEN, start.seconds - submit.seconds)
    return RawJob(number, str(item["jobid"]), owner or str(item["vc"]), submit, run, gpus, NOT_GIVEN, wait)


def _kueue_job(number: int, item: Mapping[str, Any], owner: str) -> RawJob | None:
    """A Workload: from admission to its end; None when it has not run or asks for no accelerators."""
    meta, spec, status = item["metadata"], item["spec"], item.get("status", {})
    moments = {
        row["type"]: row["lastTransitionTime"] for row in status.get("conditions", []) if row["status"] == "True"
    }
    # Before `Admitted` existed, reserving quota was the start.
    began = moments.get("Admitted") or moments.get("QuotaReserved")
    gpus = sum(int(pods.get("count", 1)) * _pod_gpus(pods) for pods in spec["podSets"])
    if not began or "Finished" not in moments or not gpus:
        return None
    submit = read_instant(meta["creationTimestamp"], "")
    start, end = read_instant(began, ""), read_instant(moments["Finished"], "")
    if isinstance(start, Flaw) or isinstance(end, Flaw):
        return RawJob(number, meta["name"], owner, start if isinstance(start, Flaw) else end, 0, gpus)
    queue = status.get("admission", {}).get("clusterQueue") or spec.get("queueName", "")
    limit = spec.get("maximumExecutionTimeSeconds", NOT_GIVEN)
    wait = start.seconds - submit.seconds if isinstance(submit, Instant) else NOT_GIVEN
    name = f"{meta.get('namespace', '')}/{meta['name']}"
    return RawJob(
        number, name, owner or queue, submit, end.seconds - start.seconds, gpus, int(limit), max(NOT_GIVEN, wait)
    )


def _pod_gpus(pods: Mapping[str, Any]) -> int:
    count = 0
    for container in pods["template"]["spec"].get("containers", []):
        resources = container.get("resources", {})
        asked = resources.get("requests") or resources.get("limits") or {}
        count += sum(int(number) for name, number in asked.items() if name.endswith(GPU_RESOURCES))
    return count


def read_pai(folder: Path, draft: TraceDraft, owner: str) -> None:
    """Reads the PAI job and task tables of 2020 from a folder; the published files have no header line.

    A task asks for hundredths of an accelerator for each instance; a job's are added up and rounded up, for jobs here
    are gangs of whole ones. A job's owner is its user unless one is named. Its work is from its first task's start to
    its last task's end.
    """
    wanted: dict[str, float] = {}
    spans: dict[str, tuple[float, float]] = {}
    for _, row in _table(folder / PAI_TASKS, _PAI_TASK):
        if row["plan_gpu"] and row["start_time"] and row["end_time"]:
            name = row["job_name"]
            wanted[name] = wanted.get(name, 0.0) + float(row["inst_num"] or 1) * float(row["plan_gpu"]) / 100
            begin, end = float(row["start_time"]), float(row["end_time"])
            before = spans.get(name, (begin, end))
            spans[name] = (min(begin, before[0]), max(end, before[1]))
    draft.open(PAI_JOBS)
    for line, row in _table(folder / PAI_JOBS, _PAI_JOB):
        name = row["job_name"]
        if name not in wanted or not row["start_time"]:
            draft.ignored_count += 1
            continue
        begin, end = spans[name]
        submit = Instant(int(float(row["start_time"])), "number")
        wait = max(NOT_GIVEN, int(begin) - submit.seconds)
        gpus = ceil(wanted[name] - 1e-9)
        draft.add(RawJob(line, name, owner or row["user"], submit, int(end - begin), gpus, NOT_GIVEN, wait))


def _table(path: Path, names: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    if not path.exists():
        near = nearest(path.name, [entry.name for entry in path.parent.iterdir()])
        raise InputError(
            f"{path}: there is no such table", hint=near or f"put {PAI_JOBS} and {PAI_TASKS} in one folder"
        )
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.reader(file), 1):
            if row and row[0] != names[0]:
                if len(row) != len(names):
                    where = f"{path.name} line {line}"
                    raise InputError(f"{where}: {len(row)} of {len(names)} columns", hint="the file may have been cut")
                yield line, dict(zip(names, row, strict=True))
