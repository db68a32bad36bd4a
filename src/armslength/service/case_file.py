"""What a person does with case files: check one, export one, begin one."""

from os import PathLike
from pathlib import Path

from armslength.connectors.case_file import case_problems, read_case
from armslength.connectors.case_writing import write_case
from armslength.connectors.starter import write_starter
from armslength.connectors.workbook_writing import write_workbook
from armslength.errors import InputError, Problem
from armslength.model.case import Case


def check_case(path: str | PathLike[str]) -> tuple[Case | None, tuple[Problem, ...]]:
    """Returns the case at ``path``, or None when it has errors, and all its problems, warnings too."""
    return case_problems(path)


def export_case(
    path: str | PathLike[str],
    *,
    xlsx: str | PathLike[str] | None = None,
    folder: str | PathLike[str] | None = None,
) -> tuple[Path, ...]:
    """Writes the case at ``path`` to a workbook, a folder, or both.

    Returns:
        What was written.

    Raises:
        InvalidCase: when the case has errors.
        InputError: when neither form is asked for, or one cannot be written.
    """
    if xlsx is None and folder is None:
        raise InputError("nothing to export to", hint="name a workbook or a folder")
    case = read_case(path)
    if xlsx is not None:
        write_workbook(case, xlsx)
    if folder is not None:
        write_case(case, folder)
    return tuple(Path(target) for target in (xlsx, folder) if target is not None)


def new_case(folder: str | PathLike[str]) -> Path:
    """Writes a commented starter case into a new or empty folder and returns the folder.

    Raises:
        InputError: when the folder holds something already, or cannot be written.
    """
    write_starter(folder)
    return Path(folder)
