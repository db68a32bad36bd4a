"""The habits of the house, kept by machine: sizes, names, who may read a clock, and what no file may say.

It works as a ratchet: a limit may be tightened, never loosened. Rules that a linter keeps by itself (imports
that go downwards, blind excepts) stand in pyproject.toml; what needs the whole tree stands here.
"""

import ast
import functools
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "src" / "armslength"
CODE_FOLDERS = ("src", "tests", "benchmarks", "tools")

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60

BANNED_STEMS = {"base", "common", "core", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}

# Started by a person or by an installer, so that no other module needs to import them.
ENTRY_POINTS = {"armslength", "armslength.__main__", "armslength.cli.main"}

# What the independent check may not lean on, directly or through others.
ARRAYS = re.compile(
    r"(numpy|scipy|highspy|armslength\.solver|armslength\.planner\.(tab|build|read_out|solve)\w*)(\.\w+)*"
)

# What might be a relative import or one of everything; whether it is one, the parser says.
ODD_IMPORT = re.compile(r"^\s*from\s*\.|\bimport\s*\(?\s*\*", re.MULTILINE)

# Names that read a clock or draw at random, and the rooms that may use them.
STOPWATCHES = {"time.monotonic", "time.perf_counter", "time.perf_counter_ns", "time.process_time"}
STOPWATCH_ROOMS = {"service", "cli", "solver"}
CLOCKS = re.compile(
    r"datetime\.date\.today|datetime\.datetime\.(now|utcnow|today)|time\.\w+|random(\.\w+)*|numpy\.random(\.\w+)*"
    r"|secrets(\.\w+)*|uuid\.uuid[14]"
)
CLOCK_ROOMS = {"service"}
# These may be used anywhere with a seed that came in from outside.
SEEDED = {"numpy.random.default_rng", "random.Random"}

# Not part of the project: what tools make, and what git or an editor keeps.
SKIPPED_FOLDERS = {".git", ".venv", "build", "dist", "node_modules", "__pycache__"}
SKIPPED_SUFFIXES = {".pyc", ".whl", ".xlsx", ".png"}

# One letter of each word stands in brackets, so that this file does not contain what it looks for.
UNFINISHED = re.compile(r"\b(TO[D]O|FI[X]ME|X[X]X|HA[C]K)\b")
MADE_BY = re.compile(
    r"\b(ai|coding|language)[ -](assi[s]tant|a[g]ent)s?\b|co-author[e]d-by|\bsub-?a[g]ents?\b|\bwor[k]place\b"
    r"|\bchat ?b[o]t\b|\bissu[e]s? #?\d+\b|\b(this|last|next|earlier) sessio[n]\b"
)
REGISTRIES = re.compile(
    r"pypi\.or[g]|pythonhosted\.or[g]|npmjs\.(or[g]|co[m])|debian\.or[g]|anaconda\.or[g]|crates\.i[o]"
    r"|--(extra-)?index-ur[l]|--find-link[s]"
)
MACHINE_PATHS = re.compile(r"(?<![\w.$}~/-])/(wor[k]|tm[p]|roo[t]|hom[e]|User[s]|op[t])/")

# A name here belongs in cases/, in the data tables, and in their sources: the code plans for anybody.
COMPANIES = re.compile(
    r"\b(tesla|nvidia|xai|x\.ai|musk|openai|microsoft|anthropic|google|alphabet|deepmind|amazon|aws|facebook|oracle"
    r"|coreweave|nebius|crusoe|spacex|starlink|neuralink|twitter|dell|supermicro|intel|samsung|tsmc|softbank"
    r"|deepseek|alibaba|tencent|baidu|huawei|mistral|colossus|cortex|dojo|memphis|optimus|stargate)\b"
)
# Looked for in small letters, which is several times as quick as asking each pattern to ignore case.
SMALL = {MADE_BY, COMPANIES}


def python_files(*folders: str) -> list[Path]:
    return sorted(
        file
        for folder in folders or CODE_FOLDERS
        for file in (PROJECT / folder).rglob("*.py")
        if not SKIPPED_FOLDERS.intersection(file.relative_to(PROJECT).parts)
    )


@functools.cache
def text_files(root: Path = PROJECT) -> tuple[tuple[Path, str], ...]:
    """Returns every text file that belongs to the project, walking the tree so that no git is needed."""
    return tuple(_texts(root))


def _texts(root: Path) -> Iterator[tuple[Path, str]]:
    for entry in sorted(root.iterdir()):
        if entry.name in SKIPPED_FOLDERS or re.fullmatch(r"\.\w+_cache|\.hypothesis|\.benchmarks", entry.name):
            continue
        if entry.is_dir():
            yield from _texts(entry)
        elif entry.suffix not in SKIPPED_SUFFIXES:
            try:
                yield entry, entry.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def place(file: Path, line: int | None = None) -> str:
    return file.relative_to(PROJECT).as_posix() + (f":{line}" if line else "")


def found(pattern: re.Pattern[str], file: Path, text: str) -> list[str]:
    """Returns the places where a pattern stands in a text, with what stands there."""
    text = text.lower() if pattern in SMALL else text
    return [f"{place(file, text.count(chr(10), 0, m.start()) + 1)}: {m.group()}" for m in pattern.finditer(text)]


def module_name(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(file: Path) -> str:
    parts = file.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else file.stem


@functools.cache
def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


@functools.cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree))


def dotted_names(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yields each use of an imported name, with its dotted path from the imported module on."""
    imported: dict[str, str] = {}
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                imported[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    parts_of_names: set[int] = set()
    for node in nodes(tree):
        if not isinstance(node, ast.Attribute | ast.Name) or id(node) in parts_of_names:
            continue
        attributes: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            attributes.append(inner.attr)
            inner = inner.value
            parts_of_names.add(id(inner))
        if isinstance(inner, ast.Name) and inner.id in imported:
            yield node, ".".join([imported[inner.id], *reversed(attributes)])


def clock_readings(tree: ast.AST, in_room: str) -> list[tuple[int, str]]:
    """Returns the clocks and random sources that a module of a room uses although it may not."""
    calls = [node for node in nodes(tree) if isinstance(node, ast.Call)]
    seeded = {id(call.func) for call in calls if call.args and not isinstance(call.args[0], ast.Constant)}
    readings = []
    for node, name in dotted_names(tree):
        allowed = (
            in_room in CLOCK_ROOMS
            or (name in STOPWATCHES and in_room in STOPWATCH_ROOMS)
            or (name in SEEDED and id(node) in seeded)
            or name == "numpy.random.Generator"
        )
        if CLOCKS.fullmatch(name) and not allowed:
            readings.append((node.lineno, name))
    return sorted(readings)


def is_code(comment: str) -> bool:
    """Tells whether a comment is a statement that was switched off. Prose and formulas are not."""
    text = comment.lstrip("#!: ").rstrip()
    try:
        statements = ast.parse(f"{text} pass" if text.endswith(":") else text).body
    except (SyntaxError, ValueError):
        return False
    sure = ast.Import | ast.ImportFrom | ast.Return | ast.Raise | ast.Delete | ast.Assert | ast.For | ast.FunctionDef
    likely = ast.Call | ast.Compare if text.endswith(":") else ast.Call
    return any(isinstance(s, sure) or any(isinstance(n, likely) for n in ast.walk(s)) for s in statements)


def might_hold_code(text: str) -> bool:
    """Whether anything behind a hash mark, be it in a comment or in a string, would do as code."""
    rests = (line[m.start() :] for line in text.splitlines() if "#" in line for m in re.finditer("#", line))
    return any(is_code(rest) for rest in rests)


def comments(file: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(file.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def imported_modules(tree: ast.AST) -> set[str]:
    """Returns every dotted name that a module imports, also by its name in a string (a lazy import)."""
    names: set[str] = set()
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value)
    return names


def test_there_is_something_to_look_at():
    assert len(python_files("src")) > 10
    assert {place(file) for file, _ in text_files()} >= {"pyproject.toml", "Makefile", "tests/test_tidy.py"}


def test_modules_are_short():
    # Test data written out by hand may run long; code may not.
    lengths = {place(f): len(f.read_text().splitlines()) for f in python_files("src", "benchmarks", "tools")}
    long = {name: lines for name, lines in lengths.items() if lines > MODULE_LINES_MAX}
    assert not long, f"at most {MODULE_LINES_MAX} lines; cut at a seam: {long}"


def test_functions_are_short():
    long = []
    for file in python_files("src", "benchmarks", "tools"):
        for node in nodes(parse(file)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long.append(f"{place(file, node.lineno)} {node.name}: {lines} lines")
    assert not long, f"at most {FUNCTION_LINES_MAX} lines:\n" + "\n".join(long)


def test_names_say_what_a_module_is_for():
    paths = [part for file in python_files() for part in [file, *file.relative_to(PROJECT).parents]]
    bad = sorted({str(path) for path in paths if path.stem in BANNED_STEMS})
    assert not bad, f"a name that says nothing: {bad}"


def test_only_the_service_reads_the_clock():
    readings = [
        f"{place(file, line)}: {name}"
        for file in python_files("src")
        for line, name in clock_readings(parse(file), room(file))
    ]
    assert not readings, "pass the time, the stopwatch or the seed in:\n" + "\n".join(readings)


@pytest.mark.parametrize(
    ("code", "in_room", "name"),
    [
        ("from datetime import date\nx = date.today()", "planner", "datetime.date.today"),
        ("import datetime as d\nx = d.datetime.now()", "cli", "datetime.datetime.now"),
        ("from time import time as clock\nx = clock()", "model", "time.time"),
        ("from time import perf_counter\nx = perf_counter()", "planner", "time.perf_counter"),
        ("import numpy as np\nx = np.random.default_rng()", "planner", "numpy.random.default_rng"),
        ("import numpy as np\nx = np.random.default_rng(1)", "planner", "numpy.random.default_rng"),
        ("from numpy import random\nx = random.normal(0, 1)", "planner", "numpy.random.normal"),
        ("import random\nx = random.random()", "solver", "random.random"),
    ],
)
def test_a_clock_is_seen_under_any_name(code, in_room, name):
    assert name in [reading for _, reading in clock_readings(ast.parse(code), in_room)]


@pytest.mark.parametrize(
    ("code", "in_room"),
    [
        ("from time import perf_counter\nx = perf_counter()", "solver"),
        ("import time\nx = time.time()", "service"),
        ("from datetime import date\nx = date(2024, 1, 1)", "planner"),
        ("import numpy as np\ndef f(seed: int): return np.random.default_rng(seed)", "planner"),
        ("def f(random: int, today: int) -> int: return random + today", "planner"),
    ],
)
def test_what_is_no_clock_or_is_allowed_passes(code, in_room):
    assert clock_readings(ast.parse(code), in_room) == []


def test_imports_are_absolute_and_by_name():
    bad = [
        place(file, node.lineno)
        for file in python_files()
        if ODD_IMPORT.search(file.read_text(encoding="utf-8"))
        for node in nodes(parse(file))
        if isinstance(node, ast.ImportFrom) and (node.level or any(alias.name == "*" for alias in node.names))
    ]
    assert not bad


def test_only_the_root_init_says_anything():
    full = [place(f) for f in python_files() if f.name == "__init__.py" and f.read_text().strip()]
    assert [path for path in full if path != "src/armslength/__init__.py"] == []


def test_no_comment_is_code():
    files = [file for file in python_files() if might_hold_code(file.read_text(encoding="utf-8"))]
    bad = [f"{place(f, line)}: {text}" for f in files for line, text in comments(f) if is_code(text)]
    assert not bad, "delete it, git remembers:\n" + "\n".join(bad)


@pytest.mark.parametrize(
    "text",
    ["# return x", "# solve(case)", "# x = solve(case)", "# for lot in lots:", "# if x > 0:", "#import os"],
)
def test_code_in_a_comment_is_seen(text):
    assert is_code(text)


@pytest.mark.parametrize(
    "text", ["# GPU-hours", "# idle = received - energised", "# for example:", "# if so:", "# the default"]
)
def test_prose_in_a_comment_is_not_code(text):
    assert not is_code(text)


def test_no_module_is_dead():
    trees = {module_name(file): parse(file) for file in python_files("src")}
    packages = {module_name(file) for file in python_files("src") if file.name == "__init__.py"}
    used = {
        name
        for module, tree in trees.items()
        for name in imported_modules(tree)
        if name != module and name.startswith("armslength")
    }
    dead = sorted(set(trees) - packages - ENTRY_POINTS - used)
    assert not dead, f"no other module imports {dead}"


def test_the_check_shares_no_code_with_the_arrays():
    trees = {module_name(file): parse(file) for file in python_files("src")}
    reached = {name for name in trees if name.startswith("armslength.planner.check")}
    assert reached, "the independent check has moved"
    via: dict[str, str] = {}
    waiting = list(reached)
    while waiting:
        module = waiting.pop()
        for name in imported_modules(trees[module]):
            via.setdefault(name, module)
            if name in trees and name not in reached:
                reached.add(name)
                waiting.append(name)
    shared = [f"{via[name]} imports {name}" for name in sorted(via) if ARRAYS.fullmatch(name)]
    assert not shared, "\n".join(shared)


def test_nothing_is_left_unfinished():
    assert [hit for file, text in text_files() for hit in found(UNFINISHED, file, text)] == []


def test_no_file_tells_how_it_was_made():
    assert [hit for file, text in text_files() for hit in found(MADE_BY, file, text)] == []


def test_no_file_names_a_registry_or_a_machine():
    patterns = (REGISTRIES, MACHINE_PATHS)
    assert [hit for file, text in text_files() for p in patterns for hit in found(p, file, text)] == []


def test_code_names_no_company():
    data = PACKAGE / "data"
    code = [(file, text) for file, text in text_files(PROJECT / "src") if data not in file.parents]
    assert [hit for file, text in code for hit in found(COMPANIES, file, text)] == []


def test_data_is_no_code():
    assert {file.suffix for file, _ in text_files(PACKAGE / "data")} == {".toml"}


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (UNFINISHED, "# TO|DO: later"),
        (MADE_BY, "written by an AI assi|stant"),
        (MADE_BY, "see issu|e 12"),
        (REGISTRIES, "https://files.pythonhosted.o|rg/packages/x"),
        (MACHINE_PATHS, "cd /wor|k/main"),
        (COMPANIES, "ordered by Tes|la"),
    ],
)
def test_each_pattern_bites(pattern, text):
    assert found(pattern, PROJECT / "a.py", text.replace("|", ""))


def test_a_path_in_the_project_is_no_machine_path():
    assert not MACHINE_PATHS.search("cases/work/lots.csv, ./tmp/x, {build}/home/x")
