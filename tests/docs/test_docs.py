"""What the documentation says is so: its commands are run, their output is compared, its links are followed.

A block of ``console`` holds commands behind ``$`` and, below each, all that it prints. Commands that begin
with ``armslength`` run in this process; everything else, and what stands behind a pipe, runs in a shell. A
block of ``pycon`` is a session of Python. Both run page by page, in an empty folder that holds nothing but
``cases``. `pytest --accept` writes what the commands print into the pages.
"""

import argparse
import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from armslength.cli.main import _parser, main
from armslength.model.case import Case, Question
from armslength.model.comparison import Answer
from armslength.planner.method import Effort
from armslength.service import planning

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
GENERATED = {"reference", "decisions"}
PAGES = sorted(path for path in DOCS.rglob("*.md") if not GENERATED & set(path.relative_to(DOCS).parts[:-1]))
TEXTS = [
    PROJECT / "README.md",
    PROJECT / "CHANGELOG.md",
    *sorted((PROJECT / "cases").glob("*/README.md")),
    *PAGES,
]

CONSOLE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
SESSION = re.compile(r"(?<=^```pycon\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^(?: {4}|\$ )|`)((?:\.venv/bin/)?armslength [^`\n#|>]*)", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
OPTION = re.compile(r"(?<=`)--[a-z][a-z-]+")
PROGRESS = re.compile(r"^ *\d+\.\d s  .*\n", re.MULTILINE)  # comes on slow machines only
FAULT = re.compile(r"Traceback|fault of ours|is not released")  # never to be shown, nor accepted
HEAD = re.compile(r"\| head -(\d+)")
VERDICT_LINES = 10  # a summary's first lines, before the answers to questions

CONSOLE_PAGES = [page for page in PAGES if CONSOLE.search(page.read_text(encoding="utf-8"))]
SESSION_PAGES = [page for page in PAGES if SESSION.search(page.read_text(encoding="utf-8"))]


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns an empty folder to work in, with the shipped cases beside nothing else."""
    (tmp_path / "cases").symlink_to(PROJECT / "cases")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return tmp_path


def unanswered(_: Case, question: Question, __: Effort) -> Answer:
    return Answer(question=question.id, text="", organisation=question.organisation, axes=(), points=(), reading="")


def run_here(words: list[str]) -> str:
    """Returns all that a command prints, on standard output and error, in this process."""
    printed = io.StringIO()
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        contextlib.suppress(SystemExit),
    ):
        main(words)
    return PROGRESS.sub("", printed.getvalue())


def run(line: str) -> str:
    """Returns what a line of a console prints."""
    command, pipe, rest = line.partition(" | ")
    if not command.startswith("armslength "):
        return shell(line, "")
    words = shlex.split(command, comments=True)
    head = HEAD.search(pipe + rest)
    with pytest.MonkeyPatch.context() as patch:
        if head and int(head[1]) <= VERDICT_LINES:
            # What `head` cuts off takes most of the time.
            patch.setattr(planning, "answered", unanswered)
        if ">" in words:
            at = words.index(">")
            Path(words[at + 1]).write_text(run_here(words[1:at]), encoding="utf-8")
            return ""
        printed = run_here(words[1:])
    return shell(rest, printed) if pipe else printed


def shell(line: str, given: str) -> str:
    done = subprocess.run(["/bin/sh", "-c", line], input=given, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


def exchanges(block: str) -> Iterator[tuple[str, str]]:
    """Yields each command of a block with what stands below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        while command.endswith("\\"):
            more, _, printed = printed.partition("\n")
            command = f"{command}\n{more}"
        yield command, printed


def typed(command: str) -> str:
    return re.sub(r"\\\n\s*", "", command)


@pytest.mark.parametrize("page", CONSOLE_PAGES, ids=name_of)
def test_commands_print_what_the_page_says(page: Path, desk: Path, request: pytest.FixtureRequest):
    def replayed(block: re.Match[str]) -> str:
        return "".join(f"$ {command}\n{run(typed(command))}" for command, _ in exchanges(block[0]))

    written = page.read_text(encoding="utf-8")
    now = CONSOLE.sub(replayed, written)
    assert not FAULT.search(now), f"{name_of(page)} would show a fault: {FAULT.findall(now)}"
    if request.config.getoption("--accept"):
        page.write_text(now, encoding="utf-8", newline="\n")
        return
    for old, new in zip(CONSOLE.findall(written), CONSOLE.findall(now), strict=True):
        assert old == new, f"{name_of(page)} is out of date: `make accept`, then read the diff"


@pytest.mark.parametrize("page", SESSION_PAGES, ids=name_of)
def test_sessions_of_python_print_what_the_page_says(page: Path, desk: Path):
    source = "\n".join(SESSION.findall(page.read_text(encoding="utf-8")))
    session = doctest.DocTestParser().get_doctest(source, {}, name_of(page), str(page), 0)
    said = io.StringIO()
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS).run(session, out=said.write)
    assert session.examples
    assert not said.getvalue(), said.getvalue()


@pytest.mark.parametrize("page", TEXTS, ids=name_of)
def test_each_command_is_one_that_the_program_takes(page: Path):
    text = page.read_text(encoding="utf-8").replace("\\\n", "")
    for found in COMMAND.finditer(text):
        words = shlex.split(found[1])[1:]
        if words[-1:] == ["--help"] or words[-1:] == ["--version"]:
            words = words[:-1] or ["fields"]
        if len(words) > 1 or words[0] in ("fields",):
            with contextlib.redirect_stderr(io.StringIO()) as said:
                try:
                    _parser().parse_args(words)
                except SystemExit:
                    pytest.fail(f"{name_of(page)}: {found[1]!r}: {said.getvalue()}")
        else:
            assert words[0] in known_commands(), f"{name_of(page)}: {found[1]!r}"


def known_commands() -> dict[str, set[str]]:
    """Returns the options of each command."""
    commands = next(action for action in _parser()._actions if action.dest == "command").choices
    assert isinstance(commands, dict)
    return {name: options_of(parser) for name, parser in commands.items()}


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Returns the options of a command and of the commands below it."""
    below = [action.choices for action in parser._actions if isinstance(action.choices, dict)]
    return set(parser._option_string_actions).union(*(options_of(inner) for names in below for inner in names.values()))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_each_option_exists(page: Path):
    options = set().union(*known_commands().values(), {"--version"})
    unknown = set(OPTION.findall(page.read_text(encoding="utf-8"))) - options
    assert not unknown


def test_each_option_is_documented():
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    missing = {
        f"{name} {option}"
        for name, options in known_commands().items()
        for option in options - {"--help", "--write"}
        if option.startswith("--") and option not in text
    }
    assert not missing


def anchor(heading: str) -> str:
    """Returns the name that a heading gets in a link, as on the usual web pages of repositories."""
    return re.sub(r"[^\w -]", "", heading.lower().strip()).replace(" ", "-")


@pytest.mark.parametrize("page", TEXTS, ids=name_of)
def test_links_lead_somewhere(page: Path):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path) if path else page
        assert file.exists(), f"{name_of(page)} links to {target}, which is not there"
        if fragment:
            names = {anchor(heading) for heading in HEADING.findall(file.read_text(encoding="utf-8"))}
            assert fragment in names, f"{name_of(page)} links to {target}; headings: {sorted(names)}"


def test_every_page_is_listed_on_the_first_one():
    listed = {(DOCS / target.partition("#")[0]).resolve() for target in LINK.findall((DOCS / "index.md").read_text())}
    missing = [name_of(page) for page in PAGES if page not in listed and page.name != "index.md"]
    assert not missing


def test_lines_fit_a_screen():
    wide = [
        f"{name_of(page)}:{number}"
        for page in PAGES
        for number, line in enumerate(CONSOLE.sub("", page.read_text(encoding="utf-8")).splitlines(), 1)
        if len(line) > 120 and not line.startswith("|")
    ]
    assert not wide


def test_the_runner_sees_what_differs(desk: Path):
    assert run("armslength --version") != run("armslength fields")
    assert run("echo a | tr a b") == "b\n"
    assert run("armslength check cases/worked-example | grep -c planned") == "1\n"
    assert "no such file" in run("armslength plan nowhere")
    assert os.getcwd() == str(desk)
    assert sys.stdout is not None
