"""Every subject of the benchmarks runs once on something small, and what it compares is the same thing."""

from dataclasses import replace
from pathlib import Path

import pytest

from armslength.model.as_of import as_of
from armslength.model.case import Case
from armslength.planner.build import build
from armslength.planner.scope import scope_of
from armslength.planner.tabulate import tabulate
from armslength.solver.highs import SolveOptions, solve
from armslength.solver.outcome import Solved
from benchmarks import peers, run, subjects
from benchmarks.generator import make_case
from benchmarks.measure import FailedMeasurement, in_fresh_process
from benchmarks.plain_form import plain_program, solve_plain


def _case(seed: int) -> Case:
    return as_of(make_case("XS", seed), None)


@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("strict", [False, True], ids=["duty", "strict"])
def test_plain_form_states_the_same_rules_as_the_planner(seed: int, strict: bool) -> None:
    tables, labels = tabulate(_case(seed), scope_of(_case(seed), "shared"))
    ours, _ = build(tables, labels, strict=strict)
    plain = plain_program(tables, labels, on_off=strict)
    found = [solve(program, SolveOptions(gap_frac=1e-4, time_limit_seconds=30)) for program in (ours, plain)]
    values = [outcome.objective_value for outcome in found if isinstance(outcome, Solved) and outcome.proved]
    assert len(values) == 2
    assert values[0] == pytest.approx(values[1], rel=2e-4)


def test_plain_form_reports_bound_and_gap() -> None:
    result = solve_plain(_case(1), 10.0, gap_frac=1e-2)
    assert result.binaries > 0
    assert result.gap_frac is not None
    assert result.gap_frac <= 1e-2
    assert result.bound_value is not None
    assert result.objective_value is not None
    assert result.bound_value >= result.objective_value > 0


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("arrays")
    peers.prepare("XS", 1, folder)
    return folder


@pytest.mark.parametrize("peer", peers.PEERS, ids=lambda peer: peer.package)
def test_peer_writes_the_same_program(peer: peers.Peer, arrays: Path) -> None:
    if peer not in peers.installed():
        pytest.skip(f"{peer.package} is not installed; the extra `bench` brings it")
    own = in_fresh_process("benchmarks.peers", "--one", "Armslength", "--arrays", str(arrays), "--solve")
    other = in_fresh_process("benchmarks.peers", "--one", peer.name, "--arrays", str(arrays), "--solve")
    assert other["counts"] == own["counts"]
    assert other["optimum"] == pytest.approx(own["optimum"], rel=1e-6)


def test_end_to_end_proves_its_gap() -> None:
    table = subjects.plans(replace(subjects.QUICK, plans=(subjects.Plan("XS", 0.02, 15),)))
    assert [target.met for target in table.targets] == [True], table.targets
    assert len(table.rows[0]) == len(table.head)


def test_scaling_has_a_row_for_each_number() -> None:
    table = subjects.scaling(replace(subjects.QUICK, lots=(2,), gpus=(1,)))
    assert [row[:2] for row in table.rows] == [("lots", "×2"), ("accelerators", "×1")]
    assert all(len(row) == len(table.head) for row in table.rows)


def test_page_says_what_was_not_kept(monkeypatch, capsys, tmp_path) -> None:
    broken = subjects.Target("help under 0.2 s", "0.3 s", False)
    table = subjects.Table("Commands", "A note.", ("command", "time, s"), (("`x`", "0.3"),), (broken,))
    monkeypatch.setattr(run, "SUBJECTS", {"commands": lambda scope: table})
    page = tmp_path / "benchmarks.md"
    assert run.main(["--quick", "--date", "2026-01-31", "--machine", "A box.", "--out", str(page)]) == 1
    text = page.read_text(encoding="utf-8")
    assert "2026-01-31" in text
    assert "A box." in text
    assert "| help under 0.2 s | 0.3 s | **no** |" in text
    assert text == capsys.readouterr().out.removesuffix("\n")


def test_unknown_subject_is_named(capsys) -> None:
    with pytest.raises(SystemExit):
        run.main(["speed"])
    assert "no such subject: speed; there are commands, plans" in capsys.readouterr().err


def test_failed_measurement_says_why() -> None:
    with pytest.raises(FailedMeasurement, match=r"no-such-folder"):
        in_fresh_process("benchmarks.end_to_end", "no-such-folder")
