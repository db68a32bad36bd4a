"""The folder that a planned case leaves behind: plan.json, tables, report. And programs for other solvers."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from armslength.connectors.case_file import read_case
from armslength.demand.sizing import sized, sizing_problems
from armslength.errors import InputError, Problem
from armslength.model.as_of import as_of as known_by
from armslength.model.case import Case, Run
from armslength.model.comparison import Comparison
from armslength.model.digest import case_digest
from armslength.model.plan import Plan
from armslength.model.rules import problems as problems_of
from armslength.planner.build import build
from armslength.planner.check import check
from armslength.planner.scope import scope_of
from armslength.planner.tabulate import tabulate
from armslength.render.report import report_html
from armslength.render.tables import write_tables
from armslength.solver.highs import write_model

PROGRAM_SUFFIXES = (".lp", ".mps")
MAKES_ONE = "`armslength plan CASE --out DIR` writes one"
OTHER_FOLDER = "give another --out DIR"


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
    tables, plan, report = folder / "tables", folder / "plan.json", folder / "report.html"
    # Both are made before either is written, so that a failure leaves an older pair whole.
    document, page = plan_document(comparison), report_html(comparison)
    try:
        tables.mkdir(parents=True, exist_ok=True)
        plan.write_text(document, encoding="utf-8")
        report.write_text(page, encoding="utf-8")
        write_tables(comparison, tables)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written into: {error.strerror}", hint=OTHER_FOLDER) from error
    return Written(plan, report, tables)


def refuse_unwritable(folder: Path) -> None:
    """Refuses a folder that cannot be written into, before time is spent on planning. Makes nothing.

    Raises:
        InputError: when it, or the nearest folder above it that exists, is a file or may not be written to.
    """
    for place in (folder, *folder.absolute().parents):
        if place.exists():
            if not place.is_dir():
                raise InputError(f"{folder}: cannot be a folder: {place} is a file", hint=OTHER_FOLDER)
            if not os.access(place, os.W_OK | os.X_OK):
                raise InputError(f"{folder}: cannot be written into: no permission in {place}", hint=OTHER_FOLDER)
            return


def read_plan(path: Path) -> Comparison:
    """Reads plan.json, or the one in a folder.

    Raises:
        InputError: when there is none, or it is not one.
    """
    file = path / "plan.json" if path.is_dir() else path
    try:
        return Comparison.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{file}: there is no such file", hint=MAKES_ONE) from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}", hint="check its permissions") from None
    except ValidationError as error:
        problems = [
            Problem(".".join(str(part) for part in item["loc"]) or file.name, item["msg"]) for item in error.errors()
        ]
        raise InputError(f"{file}: this is no plan.json of this version", hint=MAKES_ONE, problems=problems) from None


def plan_in_force(path: Path) -> Plan:
    """Returns the plan of a plan.json that is in force: as agreed where there is one, else shared, else alone.

    Raises:
        InputError: there is none, or it is not one.
    """
    plans = {plan.run: plan for plan in read_plan(path).plans}
    return next(plans[run] for run in ("as_agreed", "shared", "alone") if run in plans)


def problems_as_of(case: Case, day: date) -> tuple[Problem, ...]:
    """Returns the problems, warnings too, which a case has as known on a day."""
    known = known_by(case, day)
    return tuple(
        Problem(f"as of {day}: {found.place}", found.message, found.hint, found.severity)
        for found in (*problems_of(known), *sizing_problems(known))
    )


def check_plan(case_path: Path, plan_path: Path, as_of: date | None) -> tuple[Problem, ...]:
    """Checks every plan of a plan.json, also one edited by hand, against a case read afresh."""
    comparison = read_plan(plan_path)
    case, _ = sized(known_by(read_case(case_path), as_of or comparison.case.as_of))
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
        problems += [
            Problem(f"{plan.run}: {found.place}", found.message, found.hint, found.severity)
            for found in check(case, plan, alone or None)
        ]
    return tuple(problems)


def check_as_planned(case: Case, plan: Plan, alone: Plan | Sequence[Plan] | None = None) -> tuple[Problem, ...]:
    """Finds every rule that a plan breaks, with sizes in place of the case's models as planning has them.

    Args:
        case: the case as of its day.
        plan: the plan of one run.
        alone: the plan of the run `alone`; without it the rule `no_detriment` is left out.
    """
    return check(sized(case)[0], plan, alone)


def export_program(case_path: Path, file: Path, run: Run, as_of: date | None) -> Path:
    """Writes the program of a run as LP or MPS, for another solver.

    Raises:
        InputError: when the file's suffix is neither, or it cannot be written.
    """
    if file.suffix.lower() not in PROGRAM_SUFFIXES:
        hint = f"name it {file.stem or 'program'}.lp"
        raise InputError(f"{file}: a program is written as .lp or .mps", hint=hint)
    case = read_case(case_path)
    case, _ = sized(known_by(case, as_of or case.as_of))
    program, _ = build(*tabulate(case, scope_of(case, run)))
    try:
        # The solver does not say why it could not write, so the file is tried first.
        file.write_bytes(b"")
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}", hint="name another file") from error
    write_model(program, file)
    return file
