"""The folder that a planned case leaves behind: plan.json, tables, report; reading it back and checking it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from armslength.connectors.case_file import read_case
from armslength.errors import InputError, Problem
from armslength.model.as_of import as_of as known_by
from armslength.model.case import Run
from armslength.model.comparison import Comparison
from armslength.model.digest import case_digest
from armslength.planner.build import build
from armslength.planner.check import check
from armslength.planner.scope import scope_of
from armslength.planner.tabulate import tabulate
from armslength.render.report import report_html
from armslength.render.tables import write_tables
from armslength.solver.highs import write_model

PROGRAM_SUFFIXES = (".lp", ".mps")


@dataclass(frozen=True, slots=True)
class Written:
    """Where things were written."""

    plan: Path
    report: Path
    tables: Path


def plan_document(comparison: Comparison) -> str:
    """Returns a comparison as the text of plan.json."""
    return comparison.model_dump_json()


def write_dossier(comparison: Comparison, folder: Path) -> Written:
    """Writes plan.json, the CSV tables and report.html into a folder.

    Raises:
        InputError: when the folder cannot be written to.
    """
    tables = folder / "tables"
    try:
        tables.mkdir(parents=True, exist_ok=True)
        plan = folder / "plan.json"
        plan.write_text(plan_document(comparison), encoding="utf-8")
        report = folder / "report.html"
        report.write_text(report_html(comparison), encoding="utf-8")
        write_tables(comparison, tables)
    except OSError as error:
        raise InputError(f"cannot write into {folder}: {error.strerror}", hint="give another --out DIR") from error
    return Written(plan, report, tables)


def read_plan(path: Path) -> Comparison:
    """Reads plan.json, or the one in a folder.

    Raises:
        InputError: when there is none, or it is not one.
    """
    file = path / "plan.json" if path.is_dir() else path
    try:
        return Comparison.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{file}: there is no such file", hint="`armslength plan CASE` writes one") from None
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from None
    except ValidationError as error:
        problems = [
            Problem(".".join(str(part) for part in item["loc"]) or file.name, item["msg"]) for item in error.errors()[:20]
        ]
        raise InputError(f"{file}: this is not a plan.json of this version", problems=problems) from None


def check_plan(case_path: Path, plan_path: Path, as_of: date | None) -> tuple[Problem, ...]:
    """Checks every plan of a plan.json, also one edited by hand, against a case read afresh."""
    comparison = read_plan(plan_path)
    case = known_by(read_case(case_path), as_of or comparison.case.as_of)
    problems: list[Problem] = []
    if case_digest(case) != case_digest(comparison.case):
        problems.append(
            Problem(
                "case",
                "the plan was made for another version of this case",
                "plan again, or give the day it was planned for with --as-of",
                "warning",
            )
        )
    alone = [plan for plan in comparison.plans if plan.run == "alone"]
    for plan in comparison.plans:
        for problem in check(case, plan, alone or None):
            problems.append(Problem(f"{plan.run}: {problem.place}", problem.message, problem.hint, problem.severity))
    return tuple(problems)


def export_program(case_path: Path, file: Path, run: Run, as_of: date | None) -> Path:
    """Writes the program of a run as LP or MPS, for another solver.

    Raises:
        InputError: when the file's suffix is neither.
    """
    if file.suffix.lower() not in PROGRAM_SUFFIXES:
        raise InputError(f"{file}: unknown form of program", hint="name the file .lp or .mps")
    case = read_case(case_path)
    case = known_by(case, as_of or case.as_of)
    program, _ = build(*tabulate(case, scope_of(case, run)))
    write_model(program, file)
    return file
