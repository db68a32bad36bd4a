"""One function per command: calls one service, prints what it returns, and returns the exit code."""

import argparse
import json
import re
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from armslength.cli.progress import Progress
from armslength.errors import InputError
from armslength.model.case import Run
from armslength.render.text import print_summary, problems_table


def plan(parsed: argparse.Namespace) -> int:
    """Plans a case and writes plan.json, the tables and the report."""
    from armslength.connectors.case_file import read_case
    from armslength.service.dossier import plan_document, plan_in_force, refuse_unwritable, write_dossier
    from armslength.service.planning import ALL_RUNS, plan_case

    chosen: list[Run] = [run for run in ALL_RUNS if getattr(parsed, run)]
    case = read_case(parsed.case)
    out = parsed.out or (None if parsed.json else _default_out(case.id))
    if out:
        refuse_unwritable(out)
    in_force = plan_in_force(parsed.in_force) if parsed.in_force else None
    with Progress() as progress:
        comparison = plan_case(
            case,
            tuple(chosen) or ALL_RUNS,
            as_of=parsed.as_of,
            gap=parsed.gap,
            time_limit=parsed.time_limit,
            strict=parsed.strict,
            in_force=in_force,
            say=progress.say,
        )
        if not comparison.plans:
            why = " ".join(comparison.notes).rstrip(".")
            raise InputError(
                f"{parsed.case}: {why}",
                hint="set an agreement's state to in_force, or plan without --as-agreed",
            )
        if out:
            progress.say("writing the report")
        written = write_dossier(comparison, out) if out else None
    if parsed.json:
        print(plan_document(comparison))
        return 0
    print_summary(comparison, Console())
    if written:
        print(f"Report: {written.report}\nPlan:   {written.plan}\nTables: {written.tables}")
    return 0


def _default_out(case_id: str) -> Path:
    """Returns a folder here, whatever letters the id holds."""
    return Path("plan-" + re.sub(r"[^\w.-]+", "-", case_id)[:100])


def check(parsed: argparse.Namespace) -> int:
    """Lists every problem of a case, or of a plan against its case."""
    from armslength.service.case_file import check_case
    from armslength.service.dossier import check_plan, problems_as_of

    if parsed.plan is not None:
        problems = check_plan(parsed.case, parsed.plan, parsed.as_of)
        good = f"{parsed.plan}: the plan keeps every rule of {parsed.case}"
    else:
        case, problems = check_case(parsed.case)
        if case and parsed.as_of:
            problems = problems_as_of(case, parsed.as_of)
        good = f"{parsed.case}: can be planned"
    errors = [problem for problem in problems if problem.severity == "error"]
    if parsed.json:
        print(json.dumps([asdict(problem) for problem in problems], indent=2))
        return 1 if errors else 0
    problems_table(problems, Console())
    if not errors:
        print(good)
    return 1 if errors else 0


def explain(parsed: argparse.Namespace) -> int:
    """Says why a plan is as it is."""
    from armslength.planner.explain import explain as explained
    from armslength.service.dossier import read_plan

    sentences = explained(read_plan(parsed.plan), parsed.about, run=parsed.run)
    if parsed.json:
        print(json.dumps(list(sentences), indent=2))
    else:
        print("\n".join(sentences))
    return 0


def demand(parsed: argparse.Namespace) -> int:
    """Sizes a training run or a service, or lists the models."""
    from armslength.cli import demand_commands

    return int(getattr(demand_commands, parsed.question)(parsed))


def new(parsed: argparse.Namespace) -> int:
    """Writes a starter case."""
    from armslength.service.case_file import new_case

    folder = new_case(parsed.folder)
    print(f"Wrote a starter case to {folder}\nNext: armslength check {folder}, then armslength plan {folder}")
    return 0


def export(parsed: argparse.Namespace) -> int:
    """Writes a case in another form, or its program."""
    from armslength.service.case_file import export_case
    from armslength.service.dossier import export_program

    if not (parsed.xlsx or parsed.folder or parsed.program):
        raise InputError("nothing to write", hint="give --xlsx F, --folder DIR or --program F.lp")
    for target in (parsed.xlsx, parsed.folder):
        if target and target.resolve() in (parsed.case.resolve(), parsed.case.resolve().parent):
            raise InputError(f"{target}: this would write over the case itself", hint="name another place")
    if parsed.xlsx or parsed.folder:
        for path in export_case(parsed.case, xlsx=parsed.xlsx, folder=parsed.folder):
            print(f"Wrote {path}")
    if parsed.program:
        print(f"Wrote {export_program(parsed.case, parsed.program, parsed.run, parsed.as_of)}")
    return 0


def fields(parsed: argparse.Namespace) -> int:
    """Prints the reference of fields, or the JSON Schema."""
    from armslength.connectors.fields import fields_markdown, json_schema

    print(json.dumps(json_schema(), indent=2) if parsed.schema else fields_markdown())
    return 0


def docs(parsed: argparse.Namespace) -> int:
    """Writes the generated reference pages."""
    from armslength.service.reference import write_reference

    for path in write_reference(parsed.write):
        print(f"Wrote {path}")
    return 0


def replay(parsed: argparse.Namespace) -> int:
    """Replays a job log under sharing policies."""
    from armslength.cli import replaying

    return replaying.replay(parsed)


def trace(parsed: argparse.Namespace) -> int:
    """Describes a job log, makes one, or turns one into demand."""
    from armslength.cli import replaying

    return replaying.trace(parsed)


def book(parsed: argparse.Namespace) -> int:
    """Keeps books: opens, reads, exports and verifies them."""
    from armslength.cli import book_commands, proving

    return {**book_commands.COMMANDS, **proving.BOOK_COMMANDS}[parsed.act](parsed)


def audit(parsed: argparse.Namespace) -> int:
    """Verifies bundles offline."""
    from armslength.cli import proving

    return proving.audit(parsed)


def witness(parsed: argparse.Namespace) -> int:
    """Watches books with a key of one's own."""
    from armslength.cli import proving

    return proving.WITNESS_COMMANDS[parsed.act](parsed)


def agree(parsed: argparse.Namespace) -> int:
    """Proposes, approves or carries out an agreement."""
    from armslength.cli import agreeing

    return agreeing.agree(parsed)
