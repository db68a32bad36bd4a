"""Case files in: a folder with `case.yaml` and a CSV file per table, a single YAML file, or one workbook."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path

from armslength.connectors.assembly import assemble
from armslength.connectors.csv_tables import read_csv
from armslength.connectors.drafts import Draft, Row
from armslength.connectors.files import read_text
from armslength.connectors.places import YamlPlace
from armslength.connectors.shapes import nouns_of_tables
from armslength.connectors.workbook import read_workbook, stray_table
from armslength.connectors.yaml_tree import read_tree
from armslength.connectors.yaml_values import YamlReader
from armslength.errors import InvalidCase, Problem
from armslength.model.case import Case

YAML_SUFFIXES = (".yaml", ".yml")
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")
CASE_NAME = "case.yaml"


def read_case(path: str | PathLike[str]) -> Case:
    """Reads a case.

    Args:
        path: a folder with ``case.yaml`` and any of ``organisations.csv``, ``lots.csv`` and so on; a single
            ``.yaml`` file; or an ``.xlsx`` workbook with a sheet per table.

    Raises:
        InvalidCase: carries every error found, each with its place in the file and what to do about it.
    """
    case, found = case_problems(path)
    if case is None:
        errors = [problem for problem in found if problem.severity == "error"]
        count = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
        raise InvalidCase(f"{fspath(path)}: {count} in this case", problems=errors)
    return case


def case_problems(path: str | PathLike[str]) -> tuple[Case | None, tuple[Problem, ...]]:
    """Returns the case, or None when it has errors, and all problems, warnings too; content never raises."""
    with _without_collecting():
        return assemble(_draft(Path(path)))


def _draft(path: Path) -> Draft:
    draft = Draft(Row(YamlPlace(path.name, (), None)))
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except (OSError, ValueError):
        is_folder = exists = False
    if is_folder:
        _read_folder(draft, path)
    elif not exists:
        hint = f"give a folder with {CASE_NAME}, a .yaml file or an .xlsx workbook; `armslength new` writes one"
        _refuse(draft, path, "there is no such file or folder", hint)
    elif path.suffix.lower() in YAML_SUFFIXES:
        _read_yaml(draft, path)
        _mention_neighbours(draft, path)
    elif path.suffix.lower() in WORKBOOK_SUFFIXES:
        read_workbook(draft, path)
    else:
        hint = "save it as .xlsx" if path.suffix.lower() in (".xls", ".ods") else "give a folder, .yaml or .xlsx"
        _refuse(draft, path, f"a case is not read from a file that ends in `{path.suffix}`", hint)
    return draft


def _refuse(draft: Draft, path: Path, message: str, hint: str) -> None:
    """Notes that nothing at all could be read, so that nothing else is said to be missing."""
    draft.problems.append(Problem(str(path), message, hint))
    draft.top.flawed.add(())


def _read_folder(draft: Draft, folder: Path) -> None:
    """Reads `case.yaml` first, then the tables in the order people read them."""
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        _refuse(draft, folder, f"the folder cannot be read: {error.strerror}", "check its permissions")
        return
    tops = [name for name in names if name in ("case.yaml", "case.yml")]
    if tops:
        _read_yaml(draft, folder / tops[0])
    else:
        hint = "it holds id and horizon; `armslength new` shows one"
        _refuse(draft, folder, f"there is no {CASE_NAME} in this folder", hint)
    if len(tops) > 1:
        draft.problems.append(Problem(str(folder), f"both {tops[0]} and {tops[1]} are here", "keep one of them"))
    tables = nouns_of_tables()
    for table in tables:
        if f"{table}.csv" in names:
            read_csv(draft, table, folder / f"{table}.csv")
    for name in names:
        stem, dot, suffix = name.rpartition(".")
        if dot and suffix.lower() == "csv" and not (stem in tables and suffix == "csv"):
            draft.problems.append(stray_table(name, stem, "file"))


def _read_yaml(draft: Draft, path: Path) -> None:
    text = read_text(path, path.name)
    if isinstance(text, Problem):
        draft.problems.append(text)
        _skip_all(draft)
        return
    tree = read_tree(text, path.name)
    draft.problems.extend(tree.problems)
    draft.top.place = YamlPlace(path.name, (), tree.root)
    if tree.root is not None:
        YamlReader(draft).case(tree.root, path.name)
    elif tree.problems:
        _skip_all(draft)
    else:
        draft.problems.append(Problem(path.name, "the file is empty", "`armslength new` shows what a case holds"))
        draft.top.flawed.add(())


def _skip_all(draft: Draft) -> None:
    """The file could hold anything: neither its scalars nor any name are said to be missing."""
    draft.top.flawed.add(())
    draft.unread.update(nouns_of_tables())


def _mention_neighbours(draft: Draft, path: Path) -> None:
    """Warns of tables beside a `case.yaml` that was named by itself."""
    if path.name != CASE_NAME:
        return
    beside = [table for table in nouns_of_tables() if path.with_name(f"{table}.csv").exists()]
    if beside:
        names = ", ".join(f"{table}.csv" for table in beside)
        message = f"{names} beside this file are not read"
        draft.problems.append(Problem(path.name, message, f"name the folder, {path.parent}, to read them", "warning"))


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Reading makes many small objects and no cycles; the collector would walk them all again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
