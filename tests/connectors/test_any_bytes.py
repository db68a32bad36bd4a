"""Whatever bytes a file holds, reading ends in a case or in problems: never in another exception."""

import tempfile
from functools import lru_cache
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from armslength.connectors.case_file import case_problems, read_case
from armslength.connectors.starter import CASE_YAML, LOTS_CSV, write_starter
from armslength.connectors.workbook_writing import write_workbook

QUIET = settings(suppress_health_check=[HealthCheck.too_slow])


def read(name: str, content: bytes) -> None:
    """Reads a folder with this one file, and the file by itself."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        if path.suffix == ".csv":
            Path(folder, "case.yaml").write_text(CASE_YAML, encoding="utf-8")
        path.write_bytes(content)
        for target in (Path(folder), path):
            case, found = case_problems(target)
            assert case is not None or any(problem.severity == "error" for problem in found)
            assert all(problem.place and problem.message for problem in found)


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """A good file with a few pieces cut out, doubled, exchanged or overwritten."""
    data = good
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        piece = draw(
            st.sampled_from(
                [b"", data[start:end] * 2, b"\0", b"\xff", b"'", b'"', b"[", b"{", b"-", b": ", b"\n", b"&a "]
            )
            | st.binary(max_size=6)
            | st.sampled_from(
                [
                    b"null",
                    b"*a",
                    b"!!int ",
                    b"1e999",
                    b"2024-99",
                    b"\t",
                    b"|\n",
                    b"? ",
                    b"<<: ",
                    b"%",
                    b"---\n",
                ]
            )
        )
        data = data[:start] + piece + data[end:]
    return data


@QUIET
@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
@example(b"\xef\xbb\xbfid: a")
@example(b"id: \xed\xa0\x80")
@example(b"\x00\x01\x02")
def test_bytes_as_yaml_or_csv(content: bytes) -> None:
    read("case.yaml", content)
    read("lots.csv", content)


@QUIET
@given(damaged(CASE_YAML.encode()))
def test_damaged_yaml(content: bytes) -> None:
    read("case.yaml", content)


@QUIET
@given(damaged(LOTS_CSV.encode()))
def test_damaged_csv(content: bytes) -> None:
    read("lots.csv", content)


@lru_cache(maxsize=1)
def good_workbook() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_starter(Path(folder, "case"))
        write_workbook(read_case(Path(folder, "case")), Path(folder, "case.xlsx"))
        return Path(folder, "case.xlsx").read_bytes()


@settings(QUIET, max_examples=30)
@given(st.data())
def test_damaged_workbook(data: st.DataObject) -> None:
    read("case.xlsx", data.draw(damaged(good_workbook()) | st.binary(max_size=50)))
