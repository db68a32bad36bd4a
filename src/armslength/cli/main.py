"""The command line: parsing and printing only. Heavy modules load when a command runs: help comes at once."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from armslength.cli.agree_options import add_agree
from armslength.cli.book_options import add_book, add_store
from armslength.cli.demand_options import add_demand
from armslength.cli.proof_options import add_audit, add_witness
from armslength.cli.replay_options import add_replay, add_trace

if TYPE_CHECKING:
    from armslength.errors import ArmslengthError

EXIT_CODES = {
    "input": 2,
    "invalid_case": 2,
    "unknown_name": 2,
    "infeasible": 3,
    "stopped": 4,
    "check_failed": 5,
    "split_view": 5,
    "not_agreed": 6,
}
BUG_EXIT_CODE = 70
PROBLEMS_MOST = 30


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code.

    0 done; 1 ``check`` found problems; 2 input that cannot be used; 3 no plan keeps the rules; 4 stopped at a
    limit before any plan; 5 a plan failed its check, or a log was rewritten; 6 a condition of an
    agreement is not met; 70 a fault of ours; 130 interrupted.
    """
    _print_any_letter()
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments:
        _parser().print_help(sys.stderr)
        return 2
    parsed = _parser().parse_args(arguments)
    from armslength.cli import commands
    from armslength.errors import ArmslengthError

    try:
        code = int(getattr(commands, parsed.command)(parsed))
        sys.stdout.flush()
        return code
    except ArmslengthError as error:
        print(f"armslength: {_told(error)}", file=sys.stderr)
        return EXIT_CODES.get(error.code, 1)
    except BrokenPipeError:
        # The reader of the pipe has left. Nothing can be said there, not even by the interpreter as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("armslength: interrupted; files it was writing may be incomplete, run it again", file=sys.stderr)
        return 130
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(
            f"armslength: {where}{error.strerror or error} (check the path and its permissions)",
            file=sys.stderr,
        )
        return 2
    except Exception as error:  # the door: a fault of ours is said to be one, with its trace for a report
        import traceback

        traceback.print_exc()
        print(f"armslength: this is a fault of ours ({type(error).__name__}); please report it", file=sys.stderr)
        return BUG_EXIT_CODE


def _told(error: "ArmslengthError") -> str:
    """Returns what happened and what to do, then the problems, the first few of many."""
    problems = getattr(error, "problems", ())
    lines = [error.message + (f" ({error.hint})" if error.hint else "")]
    lines += [f"  {problem}" for problem in problems[:PROBLEMS_MOST]]
    if len(problems) > PROBLEMS_MOST:
        lines.append(f"  and {len(problems) - PROBLEMS_MOST:,} more; `armslength check` lists all")
    return "\n".join(lines)


def _print_any_letter() -> None:
    """A terminal that cannot show a letter shows a question mark, which is better than a fault."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="armslength",
        description="Plans, brokers and accounts for AI accelerators shared by several organisations.",
    )
    parser.add_argument("--version", action="version", version=f"armslength {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_plan(commands)
    _add_check(commands)
    _add_explain(commands)
    add_demand(commands)
    new = commands.add_parser("new", help="write a commented starter case")
    new.add_argument("folder", type=_path, metavar="DIR", help="new or empty folder")
    export = commands.add_parser(
        "export", help="write a case as a workbook or folder, or its program for another solver"
    )
    export.add_argument("case", type=_path, metavar="CASE", help="case folder, .yaml file or .xlsx workbook")
    export.add_argument("--xlsx", type=_path, metavar="F", help="write an XLSX workbook, one sheet per table")
    export.add_argument("--folder", type=_path, metavar="DIR", help="write a folder of YAML and CSV")
    export.add_argument("--program", type=_path, metavar="F", help="write the shared run's program as .lp or .mps")
    export.add_argument("--run", choices=("alone", "as_agreed", "shared"), default="shared", help="run of --program")
    export.add_argument("--as-of", type=_day, metavar="DATE", help="for --program: only what was known by then")
    fields = commands.add_parser("fields", help="document every field of a case with its unit")
    fields.add_argument("--schema", action="store_true", help="print the JSON Schema instead")
    add_replay(commands)
    add_trace(commands)
    add_book(commands)
    add_agree(commands)
    add_audit(commands)
    add_witness(commands, add_store)
    docs = commands.add_parser("docs", help="write the generated reference pages")
    docs.add_argument("--write", type=_path, required=True, metavar="DIR", help="folder to write into")
    return parser


def _add_plan(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    plan = commands.add_parser("plan", help="plan a case, check it, and write plan.json, tables and report.html")
    plan.add_argument("case", type=_path, metavar="CASE", help="case folder, .yaml file or .xlsx workbook")
    plan.add_argument("--alone", action="store_true", help="everyone with only their own")
    plan.add_argument("--as-agreed", action="store_true", help="agreements in force are given")
    plan.add_argument("--shared", action="store_true", help="the planner chooses; default: all three, side by side")
    plan.add_argument("--as-of", type=_day, metavar="DATE", help="use only what was known by this day (YYYY-MM-DD)")
    plan.add_argument(
        "--in-force", type=Path, metavar="PLAN", help="plan.json in force, which the shared run is to change least"
    )
    plan.add_argument("--strict", action="store_true", help="gangs never run below their smallest size")
    plan.add_argument("--gap", type=_share, default=1e-3, metavar="FRAC", help="gap to prove, 0 to 1 (default 0.001)")
    plan.add_argument(
        "--time-limit", type=_seconds, metavar="SECONDS", help="stop improving after this long, all runs together"
    )
    plan.add_argument("--out", type=_path, metavar="DIR", help="folder to write into (default: plan-CASE here)")
    plan.add_argument("--json", action="store_true", help="print plan.json to standard output; files only with --out")


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    check = commands.add_parser("check", help="list every problem of a case, or check a plan made or edited by hand")
    check.add_argument("case", type=_path, metavar="CASE", help="case folder, .yaml file or .xlsx workbook")
    check.add_argument("--plan", type=_path, metavar="PLAN", help="plan.json to check against the case")
    check.add_argument("--as-of", type=_day, metavar="DATE", help="only what was known by this day")
    check.add_argument("--json", action="store_true", help="print problems as JSON")


def _add_explain(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    explain = commands.add_parser("explain", help="say why: a lot, site, workload, organisation or agreement")
    explain.add_argument("plan", type=_path, metavar="PLAN", help="plan.json, or the folder it is in")
    explain.add_argument(
        "about", nargs="?", metavar="ID", help="id of a lot, site, workload, organisation or agreement"
    )
    explain.add_argument("--run", choices=("alone", "as_agreed", "shared"), help="run to explain")
    explain.add_argument("--json", action="store_true", help="print the sentences as JSON")


def _version() -> str:
    from armslength import __version__

    return __version__


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("the name is empty; name a file or folder, `.` for this one")
    return Path(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write YYYY-MM-DD, such as 2024-06-04") from None


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share < 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 up to 1; 0.01 is one per cent")
    return share


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
