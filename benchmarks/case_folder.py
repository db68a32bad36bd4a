"""A case on disk, as every measurement reads it."""

from pathlib import Path

from armslength.connectors.case_file import read_case
from armslength.model.as_of import as_of
from armslength.model.case import Case


def read(folder: Path) -> Case:
    """Returns the case in a folder, rows in order of id."""
    return as_of(read_case(folder), None)
