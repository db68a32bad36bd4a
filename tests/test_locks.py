"""The committed locks are complete, hashed and at one with each other; the records account for them."""

import re
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]


def pins(lock: str) -> dict[str, str]:
    text = (PROJECT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def test_the_locks_agree():
    runtime, dev, bench = (
        pins("requirements.lock"),
        pins("requirements-dev.lock"),
        pins("requirements-bench.lock"),
    )
    assert runtime
    assert runtime.items() < dev.items() < bench.items()


def test_the_lock_holds_what_the_project_asks_for():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for wanted, lock in (
        (project["dependencies"], "requirements.lock"),
        (extras["dev"], "requirements-dev.lock"),
        (extras["bench"], "requirements-bench.lock"),
    ):
        names = {re.split(r"[<>=!~;\[ ]", line)[0].lower().replace("_", "-") for line in wanted}
        assert names <= pins(lock).keys(), f"run `make lock`: {lock}"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-bench.lock"])
def test_every_pin_has_hashes(lock):
    text = (PROJECT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert lines
    assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == []


def test_every_runtime_dependency_is_accounted_for():
    record = (PROJECT / "docs" / "decisions" / "0002-runtime-dependencies.md").read_text(encoding="utf-8")
    missing = [name for name in pins("requirements.lock") if f"`{name}`" not in record]
    assert not missing, f"docs/decisions/0002-runtime-dependencies.md says nothing of {missing}"


def test_decision_records_are_short_and_numbered():
    records = sorted((PROJECT / "docs" / "decisions").glob("*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    long = [record.name for record in records if len(record.read_text(encoding="utf-8").splitlines()) > 40]
    assert not long, f"at most 40 lines: {long}"
