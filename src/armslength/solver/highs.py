"""The only file that knows HiGHS."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import highspy
import numpy as np

from armslength.solver.outcome import Floats, NoAnswer, Outcome, Solved, Stopped, gap
from armslength.solver.program import Program

SOLVER_NAME = "HiGHS"
# Money is counted in thousands inside the solver, so that its tolerances fit sums of many millions.
VALUE_SCALE = 1e-3
Basis = highspy.HighsBasis
INTERIOR_FIRST_COLUMNS = (
    5_000  # larger programs are first solved by interior point and crossover, which takes half as long
)


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """How to solve.

    Attributes:
        gap_frac: relative gap at which a program with integers counts as solved.
        time_limit_seconds: give up after this long; None for no limit.
        method: ``simplex`` (a vertex), or ``interior`` (a point inside the optimal face; for large programs).
        threads: solver threads; one keeps answers the same from run to run.
        seed: random seed of the solver.
        presolve: whether HiGHS may simplify the program first.
    """

    gap_frac: float = 1e-4
    time_limit_seconds: float | None = None
    method: str = "simplex"
    threads: int = 1
    seed: int = 0
    presolve: bool = True


def solver_version() -> str:
    """Returns the solver's name and version."""
    return f"{SOLVER_NAME} {_new_solver().version()}"


def _new_solver() -> highspy.Highs:
    return highspy.Highs()  # type: ignore[no-untyped-call]


def solve(program: Program, options: SolveOptions | None = None, start: np.ndarray | None = None) -> Outcome:
    """Maximises a program.

    Args:
        program: what to solve.
        options: how.
        start: columns of a known answer, from which a program with integers starts.
    """
    options = options or SolveOptions()
    if len(program.value) == 0:
        return _without_columns(program)
    solver = loaded(program, options)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(start)
        solver.setSolution(solution)
    solver.run()
    return _outcome(solver, program, options)


_WORTHLESS = (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kObjectiveBound)
_ENDED = (highspy.HighsModelStatus.kOptimal, *_WORTHLESS)


class Relaxation:
    """A program without its integers, solved again and again under other bounds on its columns.

    Each answer starts from the basis of another, so that the dual simplex method needs few steps.
    """

    def __init__(self, program: Program) -> None:
        self._program = replace(program, integer=np.zeros_like(program.integer))
        self._solver = loaded(self._program, SolveOptions())
        if len(program.value) > INTERIOR_FIRST_COLUMNS:
            self._solver.setOptionValue("solver", "ipx")
        self._lower, self._upper = program.lower, program.upper

    def solve(
        self,
        lower: Floats,
        upper: Floats,
        basis: Basis | None = None,
        *,
        above: float = -np.inf,
        seconds: float | None = None,
    ) -> Outcome:
        """Maximises the program under these bounds.

        Args:
            lower, upper: (columns).
            basis: where to start; from the last answer when not given.
            above: answers worth no more are not looked for, and come back as none.
            seconds: give up after this long.
        """
        solver, program = self._solver, self._program
        if (lower > upper).any():
            return NoAnswer(())
        changed = np.flatnonzero((lower != self._lower) | (upper != self._upper)).astype(np.int32)
        if len(changed):
            solver.changeColsBounds(len(changed), changed, lower[changed], upper[changed])
        self._lower, self._upper = lower, upper
        if basis is not None:
            solver.setBasis(basis)
            solver.setOptionValue("presolve", "off")  # or the basis would not be used
        solver.setOptionValue("objective_bound", -above * VALUE_SCALE)
        # The solver's clock runs on from one run to the next.
        solver.setOptionValue("time_limit", np.inf if seconds is None else solver.getRunTime() + max(seconds, 0.01))
        solver.run()
        solver.setOptionValue("presolve", "off")
        solver.setOptionValue("solver", "simplex")
        status = solver.getModelStatus()
        if status not in (*_ENDED, highspy.HighsModelStatus.kTimeLimit):
            solver.clearSolver()  # in trouble with its numbers: once more, from nothing
            solver.run()
            status = solver.getModelStatus()
        if status in _WORTHLESS:
            return NoAnswer(())
        if status != highspy.HighsModelStatus.kOptimal:
            return Stopped(solver.modelStatusToString(status), np.inf)
        x = np.clip(np.array(solver.getSolution().col_value), lower, upper)
        value = float(program.value @ x) + program.constant
        return Solved(x, value, value, True, None)

    def basis(self) -> Basis:
        """Returns the basis of the last answer, from which similar programs may start."""
        return self._solver.getBasis()


def write_model(program: Program, path: Path) -> None:
    """Writes the program as LP or MPS, by the suffix of ``path``, for another solver. Money is in thousands."""
    names = [
        (_lp_name(block.name, block.key_of(i)) for block in program.blocks for i in range(block.count)),
        (_lp_name(family.name, family.key_of(i)) for family in program.families for i in range(family.count)),
    ]
    solver = loaded(program, SolveOptions())
    for number, name in enumerate(_unique(names[0])):
        solver.passColName(number, name)
    for number, name in enumerate(_unique(names[1])):
        solver.passRowName(number, name)
    if solver.writeModel(str(path)) == highspy.HighsStatus.kError:
        raise OSError(None, "the solver cannot write this program", str(path))


def _lp_name(name: str, key: tuple[str, ...]) -> str:
    text = ".".join((name, *key))
    return "".join(letter if letter.isalnum() or letter in "._" else "_" for letter in text)[:200]


def _unique(names: Iterator[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}#{seen[name]}"


def loaded(program: Program, options: SolveOptions) -> highspy.Highs:
    """Returns HiGHS with a program and options, ready to run."""
    solver = _new_solver()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", options.threads)
    solver.setOptionValue("random_seed", options.seed)
    solver.setOptionValue("mip_rel_gap", options.gap_frac)
    solver.setOptionValue("mip_abs_gap", 1e-6)
    solver.setOptionValue("mip_allow_restart", False)  # costs more than it brings on programs of this shape
    if options.time_limit_seconds is not None:
        solver.setOptionValue("time_limit", max(options.time_limit_seconds, 0.01))
    if not options.presolve:
        solver.setOptionValue("presolve", "off")
    if options.method != "simplex" and not program.integer.any():
        solver.setOptionValue("solver", "ipx")
        solver.setOptionValue("run_crossover", "off")
        # HiGHS 1.15 may return wrong duals when it has presolved and skips crossover; without presolve it is as fast here.
        solver.setOptionValue("presolve", "off")
    # Stated as a minimisation: HiGHS 1.15 loses the duals of a maximisation when it presolves and skips crossover.
    # Whole arrays in one call: the attributes of HighsLp copy them number by number.
    solver.passModel(
        len(program.value),
        len(program.row_lower),
        len(program.columns),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        -program.constant * VALUE_SCALE,
        -program.value * VALUE_SCALE,
        program.lower,
        program.upper,
        program.row_lower,
        program.row_upper,
        program.starts.astype(np.int32),
        program.columns.astype(np.int32),
        program.coefficients,
        program.integer.astype(np.int32),
    )
    return solver


def _outcome(solver: highspy.Highs, program: Program, options: SolveOptions) -> Outcome:
    status = solver.getModelStatus()
    info = solver.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return NoAnswer(_smallest_conflict(solver, program))
    integers = bool(program.integer.any())
    bound = -info.mip_dual_bound / VALUE_SCALE if integers else np.inf
    optimal = status == highspy.HighsModelStatus.kOptimal
    if not optimal and not integers and options.method == "interior":
        # Without crossover HiGHS may call an answer unknown whose duals are a little off. The rows are what must hold.
        optimal = status == highspy.HighsModelStatus.kUnknown and _keeps_rows(program, solver)
    if not (optimal or (integers and found)):
        return Stopped(solver.modelStatusToString(status), bound)
    solution = solver.getSolution()
    x = np.clip(np.array(solution.col_value), program.lower, program.upper)
    objective = float(program.value @ x) + program.constant
    if not integers:
        duals = -np.array(solution.row_dual) / VALUE_SCALE
        return Solved(x, objective, objective, True, duals)
    proved = optimal or gap(objective, bound) <= options.gap_frac
    return Solved(x, objective, max(bound, objective), proved, None)


def _keeps_rows(program: Program, solver: highspy.Highs) -> bool:
    activity = np.array(solver.getSolution().row_value)
    if len(activity) != len(program.row_upper):
        return False
    room = np.minimum(program.row_upper - activity, activity - program.row_lower)
    return bool((room >= -1e-5 * np.maximum(1.0, np.abs(activity))).all())


def _without_columns(program: Program) -> Outcome:
    broken = np.flatnonzero((program.row_lower > 0) | (program.row_upper < 0))
    if len(broken):
        return NoAnswer((program.family_of(int(broken[0])),))
    return Solved(np.zeros(0), program.constant, program.constant, True, np.zeros(len(program.row_lower)))


def _smallest_conflict(solver: highspy.Highs, program: Program) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Returns the rows of an irreducible conflict, as families and keys."""
    solver.setOptionValue("iis_strategy", 4)  # drop rows until none can be dropped
    _, conflict = solver.getIis()
    return tuple(program.family_of(int(row)) for row in conflict.row_index_)
