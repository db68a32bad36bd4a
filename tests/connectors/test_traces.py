"""Job logs in: each format as its makers write it, and everything that can be wrong with one."""

import gzip
import json
from pathlib import Path

import pytest

from armslength.connectors.capacity_reading import read_capacity
from armslength.connectors.trace_reading import read_trace
from armslength.connectors.trace_rows import TraceReading
from armslength.errors import InputError

OWN = "job,owner,submit_at,run_seconds,gpus\n"
GOOD = "a,x,2024-01-01 00:00:00,10,1\nb,x,2024-01-01 00:01:00,20,8\n"


def reading(folder: Path, text: str, name: str = "log.csv", **how: str) -> TraceReading:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_trace([str(path)], **how)


def rows(found: TraceReading) -> list[tuple[str, str, int, int, int]]:
    trace = found.trace
    return [
        (trace.name_of(i), trace.owners[trace.owner[i]], int(trace.submit_seconds[i]), int(trace.run_seconds[i]),
         int(trace.gpus[i]))
        for i in range(len(trace))
    ]  # fmt: skip


def test_our_own_format(tmp_path: Path) -> None:
    found = reading(tmp_path, OWN + GOOD)
    assert rows(found) == [("a", "x", 0, 10, 1), ("b", "x", 60, 20, 8)]
    assert not found.problems
    assert found.lines[1] == "log.csv line 3"


def test_philly_as_csv_and_as_its_job_log(tmp_path: Path) -> None:
    table = "vc,jobname,submit_time,duration,num_gpu\nv1,j1,2017-10-01 00:00:05,100,4\n"
    log = [
        {
            "status": "Pass",
            "vc": "v1",
            "jobid": "j1",
            "submitted_time": "2017-10-01 00:00:05",
            "attempts": [
                {
                    "start_time": "2017-10-01 00:00:10",
                    "end_time": "2017-10-01 00:01:00",
                    "detail": [{"ip": "m1", "gpus": ["gpu0", "gpu1"]}, {"ip": "m2", "gpus": ["gpu0", "gpu1"]}],
                },
                {"start_time": "2017-10-01 00:02:00", "end_time": "2017-10-01 00:02:50", "detail": []},
            ],
        },
        {"status": "Killed", "vc": "v1", "jobid": "j2", "submitted_time": "2017-10-01 00:00:06", "attempts": []},
    ]
    assert rows(reading(tmp_path, table)) == [("j1", "v1", 0, 100, 4)]
    found = reading(tmp_path, json.dumps(log), "cluster_job_log")
    assert rows(found) == [("j1", "v1", 0, 100, 4)]
    assert found.ignored_count == 1
    assert found.trace.wait_seconds.tolist() == [5]


def test_helios(tmp_path: Path) -> None:
    text = (
        "job_id,user,vc,jobname,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue\n"
        "1,u,vcA,n,8,4,1,COMPLETED,2020-04-01 00:00:00,2020-04-01 00:00:30,2020-04-01 00:01:00,30,30\n"
        "2,u,vcA,n,0,4,1,COMPLETED,2020-04-01 00:00:00,2020-04-01 00:00:30,2020-04-01 00:01:00,30,30\n"
    )
    found = reading(tmp_path, text)
    assert rows(found) == [("1", "vcA", 0, 30, 8)]
    assert found.trace.wait_seconds.tolist() == [30]
    assert found.ignored_count == 1


def test_a_helios_slice_with_comments_and_microseconds(tmp_path: Path) -> None:
    text = (
        "# a slice\njob_id,user,tenant,class,submit_time,num_chips,chip_type,num_nodes,duration_s,walltime_limit_s,"
        "final_status\n7,u,vcA,f,5000000,16,,2,24.0,30.0,COMPLETED\n8,u,vcB,f,7500000,8,,1,87326.0,87326.0,CANCELED\n"
    )
    found = reading(tmp_path, text)
    assert rows(found) == [("7", "vcA", 0, 24, 16), ("8", "vcB", 2, 87326, 8)]
    assert found.trace.limit_seconds.tolist() == [30, 87326]


def test_sacct(tmp_path: Path) -> None:
    text = (
        "JobID|Account|Submit|Start|End|ElapsedRaw|AllocTRES|Timelimit|State\n"
        "10|lab|2024-05-01T10:00:00|2024-05-01T10:05:00|2024-05-01T11:05:00|3600|cpu=64,gres/gpu:h100=16,gres/gpu=16,"
        "node=2|1-00:00:00|COMPLETED\n"
        "10.batch|lab|2024-05-01T10:00:00|2024-05-01T10:05:00|2024-05-01T11:05:00|3600|cpu=64,gres/gpu=16||COMPLETED\n"
        "11|lab|2024-05-01T10:01:00|Unknown|Unknown|0||UNLIMITED|PENDING\n"
        "12|ops|2024-05-01T10:02:00|2024-05-01T10:02:00|2024-05-01T10:03:00|60|cpu=4|UNLIMITED|FAILED\n"
        "13_4|ops|2024-05-01T10:02:00|2024-05-01T10:02:00|2024-05-01T10:03:00|60|gres/gpu=1|UNLIMITED|CANCELLED by 7\n"
    )
    found = reading(tmp_path, text, "jobs.txt")
    assert rows(found) == [("10", "lab", 0, 3600, 16), ("13_4", "ops", 120, 60, 1)]
    assert found.trace.limit_seconds.tolist() == [86400, 60]
    assert found.ignored_count == 3


def test_sacct_without_the_columns_needed_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="looks like sacct") as caught:
        reading(tmp_path, "JobID|User|Submit|State\n1|me|2024-05-01T10:00:00|COMPLETED\n")
    assert "--format=JobID" in caught.value.hint


def kueue(name: str, *conditions: tuple[str, str]) -> dict[str, object]:
    return {
        "metadata": {"name": name, "namespace": "team", "creationTimestamp": "2024-05-01T10:00:00Z"},
        "spec": {
            "queueName": "local",
            "podSets": [
                {
                    "count": 2,
                    "template": {"spec": {"containers": [{"resources": {"requests": {"maker.com/gpu": "8"}}}]}},
                },
                {"count": 1, "template": {"spec": {"containers": [{"resources": {"requests": {"cpu": "8"}}}]}}},
            ],
        },
        "status": {
            "admission": {"clusterQueue": "north"},
            "conditions": [{"type": kind, "status": "True", "lastTransitionTime": at} for kind, at in conditions],
        },
    }


def test_kueue(tmp_path: Path) -> None:
    admitted, finished = ("Admitted", "2024-05-01T10:10:00Z"), ("Finished", "2024-05-01T11:10:00Z")
    document = {"items": [kueue("one", admitted, finished), kueue("two", admitted), {"metadata": {}}]}
    found = reading(tmp_path, json.dumps(document), "workloads.json")
    assert rows(found) == [("team/one", "north", 0, 3600, 16)]
    assert found.trace.wait_seconds.tolist() == [600]
    assert found.ignored_count == 1
    assert "element 3 lacks" in found.problems[0].message


def test_pai_tables(tmp_path: Path) -> None:
    (tmp_path / "pai_job_table.csv").write_text("j1,i,u1,Terminated,100,500\nj2,i,u2,Terminated,110,120\n")
    (tmp_path / "pai_task_table.csv").write_text(
        "j1,worker,3,Terminated,150,450,600,29,50,T4\nj1,ps,1,Terminated,140,500,600,29,,T4\n"
        "j1,chief,1,Terminated,160,400,600,29,100,T4\n"
    )
    found = read_trace([str(tmp_path)])
    # 3 x 0.5 + 1 x 1 = 2.5 accelerators, rounded up; from the first start to the last end of tasks that have any.
    assert rows(found) == [("j1", "u1", 0, 300, 3)]
    assert found.trace.wait_seconds.tolist() == [50]
    assert found.ignored_count == 1


def test_any_columns_with_units_and_one_file_per_owner(tmp_path: Path) -> None:
    mapping = "submit=created:ms,run=mins:m,gpus=n,name=id"
    for owner in ("north", "south"):
        (tmp_path / f"{owner}.csv").write_text(f"id;created;mins;n\n1;{1000 if owner == 'north' else 4000};1.5;2\n")
    sources = [f"{owner}={tmp_path / owner}.csv" for owner in ("north", "south")]
    found = read_trace(sources, columns=mapping)
    assert rows(found) == [("1", "north", 0, 90, 2), ("1", "south", 3, 90, 2)]


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("submit=a", "gpus"),
        ("submitted=a,gpus=b,run=c,owner=d", "submit"),
        ("submit=created,gpus=n,run=mins", "owner"),
        ("submit=creatd,gpus=n,run=mins,owner=id", "created"),
    ],
)
def test_columns_that_cannot_be_meant(tmp_path: Path, mapping: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        reading(tmp_path, "id,created,mins,n\n1,1,1,1\n", columns=mapping)
    assert words in str(caught.value)


def test_gzip_whole_and_cut(tmp_path: Path) -> None:
    whole = gzip.compress((OWN + GOOD * 1).encode())
    (tmp_path / "log.csv.gz").write_bytes(whole)
    assert len(read_trace([str(tmp_path / "log.csv.gz")]).trace) == 2
    (tmp_path / "cut.csv.gz").write_bytes(whole[:-12])
    with pytest.raises(InputError, match="breaks off"):
        read_trace([str(tmp_path / "cut.csv.gz")])


def test_every_kind_of_bad_row_is_listed_at_once(tmp_path: Path) -> None:
    text = OWN + GOOD + (
        "a,x,2024-01-01 00:02:00,10,1\n"
        "c,,2024-01-01 00:02:00,10,1\n"
        "d,x,2024-01-01 00:02:00,-10,1\n"
        "e,x,2024-01-01T00:02:00+01:00,10,1\n"
        "f,x,2021-01-01 00:00:00,10,1\n"
        "g,x,2024-01-01 00:00:30,0,1\n"
        "h,x,2024-01-01 00:03:00,10,0\n"
        "i,x,yesterday,ten,some\n"
        "j,x,2024-01-01 00:0"
    )  # fmt: skip
    found = reading(tmp_path, text)
    errors = {problem.place: problem.message for problem in found.problems if problem.severity == "error"}
    assert "stands on line 2 already" in errors["log.csv line 4"]
    assert "no owner" in errors["log.csv line 5"]
    assert "lasts -10 s" in errors["log.csv line 6"]
    assert "has a time zone" in errors["log.csv line 7"]
    assert "clock jumps" in errors["log.csv line 8"]
    assert "0 accelerators" in errors["log.csv line 10"]
    assert all(text in errors["log.csv line 11"] for text in ("`yesterday`", "`ten`", "`some`"))
    assert "3 of 5 columns" in errors["log.csv line 12"]
    warnings = " ".join(problem.message for problem in found.problems if problem.severity == "warning")
    assert all(text in warnings for text in ("does not end", "come before the row above", "length 0"))
    assert found.dropped_count == len(errors) == 8
    assert [row[0] for row in rows(found)] == ["a", "g", "b"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("none.csv", "", "no job log known"),
        ("odd.csv", "when,what\n1,2\n", "--columns"),
        ("cut.json", '[{"vc": "a"', "breaks off"),
        ("scalar.json", '{"a": 1}', "neither"),
    ],
)
def test_files_that_are_no_logs(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        reading(tmp_path, text, name)
    assert words in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_trace([str(tmp_path / "nowhere.csv")])


def test_parquet_both_ways(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from armslength.connectors.trace_parquet import write_trace_parquet

    trace = reading(tmp_path, OWN + GOOD).trace
    write_trace_parquet(trace, tmp_path / "log.parquet")
    again = read_trace([str(tmp_path / "log.parquet")])
    assert rows(again) == [("a", "x", 0, 10, 1), ("b", "x", 60, 20, 8)]
    assert again.trace.begin_at == trace.begin_at
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "log.parquet").read_bytes()[:200])
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_trace([str(tmp_path / "cut.parquet")])


def test_capacity_as_words_and_as_tables(tmp_path: Path) -> None:
    steps, problems = read_capacity("north=32x8,south=16")
    assert [(step.owner, step.node_count, step.node_gpus) for step in steps] == [("north", 32, 8), ("south", 16, 8)]
    assert not problems
    table = tmp_path / "nodes.csv"
    table.write_text("owner,nodes,gpus_per_node,from\na,2,4,\na,3,4,2024-02-01\nb,two,4,\n")
    steps, problems = read_capacity(str(table))
    assert [(step.owner, step.node_count, step.from_at is None) for step in steps] == [("a", 2, True), ("a", 3, False)]
    assert "line 4" in problems[0].place


def test_daily_capacity_drops_the_day_that_cannot_be(tmp_path: Path) -> None:
    table = tmp_path / "daily.csv"
    table.write_text(
        "date,a,b,c,total\n2020-05-08,8,16,8,32\n2020-05-09,32,0,0,32\n2020-05-10,8,24,8,41\n2020-05-11,8,24,8,40\n"
        "2020-05-12,8,25,8,41\n"
    )
    steps, problems = read_capacity(str(table))
    assert [(step.owner, step.node_count) for step in steps] == [("a", 1), ("b", 2), ("c", 1), ("b", 3)]
    assert [problem.place.split()[-1] for problem in problems] == ["3", "4", "6"]


@pytest.mark.parametrize(
    "text", ["north=", "a=1x8,b=1x4", "owner,nodes,gpus_per_node\na,1,8\nb,1,4\n", "x,y\n1,2\n", ""]
)
def test_capacity_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    table = tmp_path / "nodes.csv"
    table.write_text(text)
    with pytest.raises(InputError):
        read_capacity(str(table))
    with pytest.raises(InputError):
        read_capacity(text)
