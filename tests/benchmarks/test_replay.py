"""The benchmark of replay runs once on something small, and what it promises is measured."""

from pathlib import Path

import pytest

from benchmarks import replay


def test_every_subject_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay.main(["deep", "million", "cores", "--quick", "--out", str(tmp_path / "page.md")]) == 0
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert page == capsys.readouterr().out.removesuffix("\n")
    assert "a sweep over two cores" in page
    for name in replay.PLAIN:
        assert f"{name}: a million jobs" in page


def test_real_traces_are_left_out_openly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARMSLENGTH_SHARED", str(tmp_path))
    assert "Not measured" in replay.on_philly(replay.QUICK).note


def test_an_unknown_subject_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        replay.main(["speed"])
    assert "no such subject: speed" in capsys.readouterr().err
