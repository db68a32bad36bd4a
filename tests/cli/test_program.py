"""The program as a whole: help at once, pipes, terminals, exit codes. Runs it in processes of its own."""

import subprocess
import sys
from time import perf_counter

import pytest

from armslength.cli.main import EXIT_CODES, main
from armslength.errors import (
    CheckFailed,
    Infeasible,
    InputError,
    InvalidCase,
    NotAgreed,
    SolveStopped,
    SplitView,
    UnknownName,
)
from armslength.service import planning

HEAVY = {"numpy", "pydantic", "highspy", "rich", "openpyxl", "yaml", "jinja2"}
COMMANDS = ("plan", "check", "explain", "new", "export", "fields", "docs")


def test_help_comes_at_once(program):
    seconds = []
    for _ in range(3):
        began = perf_counter()
        ran = program("--help")
        seconds.append(perf_counter() - began)
        assert ran.code == 0
    assert all(command in ran.out for command in COMMANDS)
    # 0.1 s where nothing else runs; generous here, for a machine that is busy.
    assert min(seconds) < 1.0, seconds


@pytest.mark.parametrize("words", [["--help"], ["plan", "--help"], ["--version"], ["plan"]])
def test_nothing_heavy_is_loaded_to_answer(program, words):
    ran = program(*words, python=("-X", "importtime"))
    loaded = {line.split("|")[-1].strip().split(".")[0] for line in ran.err.splitlines() if "|" in line}
    assert "argparse" in loaded
    assert not loaded & HEAVY


def test_without_a_command_the_help_is_shown(armslength):
    ran = armslength()
    assert (ran.code, ran.out) == (2, "")
    assert "plan a case" in ran.err


def test_an_unknown_command_names_those_there_are(armslength):
    ran = armslength("plann", "x")
    assert ran.code == 2
    assert all(command in ran.err for command in COMMANDS)


@pytest.mark.parametrize(
    "words",
    [["plan", ""], ["plan", "small.yaml", "--out="], ["new", ""], ["explain", ""], ["check", "x", "--plan="]],
)
def test_an_empty_name_is_no_name_for_this_folder(armslength, small, tmp_path, words):
    ran = armslength(*words)
    assert ran.code == 2
    assert "the name is empty" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_its_help(armslength, command):
    ran = armslength(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"usage: armslength {command}")


def test_a_pipe_gets_plain_text_and_one_in_another_alphabet_question_marks(program, small):
    ran = program("plan", small, "--alone", "--out", "out", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ran.code == 0, ran.err
    assert "North" in ran.out
    assert "6 Jan ? 2 Feb 2025" in ran.out
    assert "\x1b" not in ran.out + ran.err


def test_a_reader_who_leaves_early_is_no_fault(tmp_path):
    command = [sys.executable, "-m", "armslength.cli.main", "fields"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.close()
        said = started.stderr.read()
    assert (started.returncode, said) == (0, b"")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("x"), 2),
        (InvalidCase("x"), 2),
        (UnknownName("x"), 2),
        (Infeasible("x"), 3),
        (SolveStopped("x"), 4),
        (CheckFailed("x"), 5),
    ],
)
def test_each_kind_of_error_has_its_code(capsys, monkeypatch, small, error, code):
    def stopped(*_: object, **__: object) -> None:
        error.hint = "do this"
        raise error

    monkeypatch.setattr(planning, "plan_case", stopped)
    assert main(["plan", str(small), "--json"]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "armslength: x (do this)\n"


def test_every_error_meant_for_users_has_a_code():
    kinds = (InputError, InvalidCase, UnknownName, Infeasible, SolveStopped, CheckFailed, NotAgreed)
    assert set(EXIT_CODES) == {kind.code for kind in kinds} | {SplitView("", held="", shown="").code}


def test_no_permission_is_said_with_the_path(armslength, small, monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "somewhere")

    monkeypatch.setattr(planning, "plan_case", refused)
    ran = armslength("plan", small)
    assert ran.code == 2
    assert ran.err == "armslength: somewhere: Permission denied (check the path and its permissions)\n"
