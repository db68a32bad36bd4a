"""HiGHS behind one file: values, duals with their signs, proofs, conflicts, limits, and models for other solvers."""

from dataclasses import replace
from pathlib import Path

import highspy
import numpy as np
import pytest

from armslength.solver import highs
from armslength.solver.highs import VALUE_SCALE, Relaxation, SolveOptions, solve, solver_version, write_model
from armslength.solver.outcome import NoAnswer, Solved, Stopped, gap
from armslength.solver.program import Program, ProgramBuilder
from solver.programs_by_hand import INFINITE, chips_and_power, floats, ints, keys, mask, program_of

METHODS = ("simplex", "interior", "interior_basic")


def answer(program: Program, **options) -> Solved:
    outcome = solve(program, SolveOptions(**options))
    assert isinstance(outcome, Solved), outcome
    return outcome


@pytest.mark.parametrize("method", METHODS)
def test_a_linear_program_is_solved_and_proved(method):
    found = answer(chips_and_power(constant=100.0), method=method)
    # 3 x 2 + 5 x 6 = 36, and the constant
    assert found.x == pytest.approx([2, 6], abs=1e-6)
    assert found.objective_value == pytest.approx(136)
    assert found.bound_value == pytest.approx(136)
    assert found.proved
    assert found.gap_frac == 0


@pytest.mark.parametrize("method", METHODS)
def test_a_dual_is_the_worth_of_one_more_unit(method):
    found = answer(chips_and_power(), method=method)
    # Chips are left over. One more MW: y + 1/2, x - 1/3, so 2.5 - 1 = 1.5. One more slot: x + 1/3, so 1.
    assert found.duals == pytest.approx([0, 1.5, 1], abs=1e-5)


@pytest.mark.parametrize(("name", "more", "worth"), [("power", 13.0, 1.5), ("slots", 19.0, 1.0)])
def test_one_more_unit_is_worth_its_dual(name, more, worth):
    base = chips_and_power()
    row = [base.family_of(number)[0] for number in range(3)].index(name)
    upper = base.row_upper.copy()
    upper[row] = more
    assert answer(replace(base, row_upper=upper)).objective_value == pytest.approx(36 + worth)


def test_the_dual_of_a_least_amount_is_negative():
    # Most of -2 x where x >= 3: one more unit asked for costs 2.
    builder = ProgramBuilder()
    x = builder.add_columns("x", mask(1), keys("x"), value=-2.0)
    builder.add_rows("promise", floats(INFINITE), keys("r"), (ints(0), x, floats(1)), lower=3.0)
    found = answer(builder.program())
    assert found.objective_value == pytest.approx(-6)
    assert found.duals == pytest.approx([-2])


def test_duals_are_in_the_unit_of_the_value_whatever_its_size():
    # Money is scaled inside the solver; it must come out as it went in.
    program = program_of((5_000_000.0,), [("power", (2.0,), 7.0)])
    found = answer(program)
    assert found.objective_value == pytest.approx(17_500_000)
    assert found.duals == pytest.approx([2_500_000])


def network(days: int = 30, halls: int = 4) -> Program:
    """Returns a program that presolve shortens a great deal: stock that stands, halls that fill, work that ends."""
    builder = ProgramBuilder()
    cells = np.ones((halls, days), dtype=bool)
    worth = 1.0 + np.arange(halls)[:, None] * 0.1 + np.zeros((1, days))
    stands = builder.add_columns("stands", cells, lambda i: (str(i),), upper=10.0)
    works = builder.add_columns("works", cells, lambda i: (str(i),), upper=10.0, value=worth)
    cell = np.arange(halls * days).reshape(halls, days)
    ones = np.ones(halls * days)
    builder.add_rows(
        "usable",
        np.zeros(halls * days),
        lambda i: (str(i),),
        (cell.ravel(), works.ravel(), ones),
        (cell.ravel(), stands.ravel(), -ones),
    )
    later = np.arange(halls * (days - 1))
    builder.add_rows(
        "keeps",
        np.zeros(len(later)),
        lambda i: (str(i),),
        (later, stands[:, :-1].ravel(), np.ones(len(later))),
        (later, stands[:, 1:].ravel(), -np.ones(len(later))),
    )
    day = np.tile(np.arange(days), halls)
    arrived = np.minimum(np.arange(days) + 1.0, 12.0)
    builder.add_rows("received", arrived, lambda i: (str(i),), (day, stands.ravel(), ones))
    return builder.program()


@pytest.mark.parametrize("method", METHODS)
def test_duals_survive_presolve(method):
    """HiGHS 1.15 loses the duals of a maximisation that it presolves and solves without crossover."""
    program = network()
    found = answer(program, method=method)
    # 1 to 10 accelerators in the best hall (1.3), then two more in the next (1.2):
    # 1.3 x (1 + 2 + ... + 10 + 20 x 10) + 1.2 x (1 + 19 x 2) = 1.3 x 255 + 1.2 x 39
    assert found.objective_value == pytest.approx(1.3 * 255 + 1.2 * 39)
    assert found.duals.max() > 0.5
    # Weak duality: the prices prove the answer, at every column's best end.
    margin = program.price_out(found.duals)
    bound = found.duals @ program.row_upper + program.upper @ np.maximum(margin, 0)
    assert bound == pytest.approx(found.objective_value, rel=1e-5)
    assert (found.duals >= -1e-6).all()


def test_whole_numbers_are_bounded_by_a_proof():
    # 5 x + 4 y, 6 x + 5 y <= 14: the relaxation has 35/3; in whole numbers x = y = 1 gives 9, x = 2 gives 10, y = 2: 8.
    program = program_of((5.0, 4.0), [("room", (6.0, 5.0), 14.0)], integer=True)
    found = answer(program, gap_frac=0.0)
    assert found.x.tolist() == [2, 0]
    assert found.objective_value == pytest.approx(10)
    assert found.bound_value == pytest.approx(10)
    assert found.proved
    assert found.duals is None


def test_a_loose_gap_still_gives_an_honest_bound():
    rng = np.random.default_rng(3)
    weight, worth = rng.integers(10, 60, 30).astype(float), rng.integers(10, 60, 30).astype(float)
    builder = ProgramBuilder()
    pick = builder.add_columns(
        "pick", np.ones(30, dtype=bool), lambda i: (str(i),), upper=1.0, value=worth, integer=True
    )
    builder.add_rows("sack", floats(400), keys("r"), (np.zeros(30, dtype=np.int64), pick, weight))
    program = builder.program()
    loose, tight = answer(program, gap_frac=0.2), answer(program, gap_frac=0.0)
    assert loose.objective_value <= tight.objective_value <= loose.bound_value * (1 + 1e-9)
    assert loose.proved
    assert loose.gap_frac <= 0.2


def test_a_known_answer_may_be_given_to_start_from():
    program = program_of((5.0, 4.0), [("room", (6.0, 5.0), 14.0)], integer=True)
    outcome = solve(program, SolveOptions(gap_frac=0.0), start=floats(0, 2))
    assert isinstance(outcome, Solved)
    assert outcome.objective_value == pytest.approx(10)


def test_a_conflict_is_named_by_families_and_keys():
    # x >= 5 and x <= 3 cannot both hold; y has nothing to do with it.
    builder = ProgramBuilder()
    x = builder.add_columns("x", mask(1, 1), keys("x", "y"), value=1.0)
    builder.add_rows("slots", floats(9, 3), keys("room", "hall"), (ints(0, 1), x[ints(1, 0)], floats(1)))
    builder.add_rows("promise", floats(INFINITE), keys("lot"), (ints(0), x[ints(0)], floats(1)), lower=5.0)
    builder.add_rows("power", floats(100), keys("room"), (ints(0, 0), x, floats(1)))
    outcome = solve(builder.program())
    assert isinstance(outcome, NoAnswer)
    assert set(outcome.conflict) == {("slots", ("hall",)), ("promise", ("lot",))}


def test_a_conflict_of_whole_numbers_is_found_too():
    # 2 x = 3 has no whole answer, though halves would do.
    builder = ProgramBuilder()
    x = builder.add_columns("x", mask(1), keys("x"), upper=9.0, integer=True)
    builder.add_rows("exactly", floats(3), keys("r"), (ints(0), x, floats(2)), lower=3.0)
    outcome = solve(builder.program())
    assert isinstance(outcome, NoAnswer)


def test_a_value_without_end_is_no_answer():
    builder = ProgramBuilder()
    x = builder.add_columns("x", mask(1), keys("x"), value=1.0)
    builder.add_rows("least", floats(INFINITE), keys("r"), (ints(0), x, floats(1)), lower=0.0)
    assert not isinstance(solve(builder.program()), Solved)


def market_split(count: int = 60) -> tuple[Program, int]:
    """Returns a program that takes hours, and what one of its answers is worth: how many it picks."""
    rng = np.random.default_rng(7)
    picked = rng.random(count) < 0.5
    builder = ProgramBuilder()
    pick = builder.add_columns(
        "pick", np.ones(count, dtype=bool), lambda i: (str(i),), upper=1.0, value=1.0, integer=True
    )
    for number in range(12):
        weight = rng.integers(100, 1000, count).astype(float)
        # Exactly so much, from both sides: no answer is found by rounding.
        total = float(weight[picked].sum())
        row = (np.zeros(count, dtype=np.int64), pick, weight)
        builder.add_rows(f"half{number}", floats(total), keys("r"), row, lower=total)
    return builder.program(), int(picked.sum())


def test_a_limit_of_time_stops_without_an_answer_but_with_a_bound():
    program, worth = market_split()
    outcome = solve(program, SolveOptions(time_limit_seconds=0.01))
    assert isinstance(outcome, Stopped)
    assert "time" in outcome.reason.lower()
    assert outcome.bound_value >= worth


@pytest.mark.parametrize("constant", [0.0, 12.5])
def test_a_program_without_columns_is_worth_its_constant(constant):
    builder = ProgramBuilder()
    builder.add_columns("nothing", mask(0, 0), keys())
    builder.add_rows("power", floats(5), keys("hall"))
    found = answer(builder.program(constant))
    assert (found.objective_value, found.bound_value, found.proved) == (constant, constant, True)
    assert found.duals.tolist() == [0]


def test_a_program_without_columns_may_still_break_a_rule():
    builder = ProgramBuilder()
    builder.add_columns("nothing", mask(0), keys())
    builder.add_rows("power", floats(5), keys("hall"))
    builder.add_rows("promise", floats(-1), keys("t"))
    assert solve(builder.program()) == NoAnswer((("promise", ("t",)),))


def test_a_program_without_rows_takes_each_column_to_its_best_end():
    builder = ProgramBuilder()
    builder.add_columns("x", mask(1, 1), keys("x", "y"), lower=-1.0, upper=4.0, value=floats(2, -3))
    builder.add_rows("nobody", floats(), keys())
    # 2 x 4 - 3 x (-1)
    assert answer(builder.program()).objective_value == pytest.approx(11)


def test_the_same_program_gives_the_same_answer():
    first, second = answer(network()), answer(network())
    assert first.x.tobytes() == second.x.tobytes()
    assert first.duals.tobytes() == second.duals.tobytes()


def optimum_of(file: Path) -> tuple[float, list[str], list[str]]:
    """Returns what another reader of the model finds: the value, and the names of columns and rows."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    assert solver.readModel(str(file)) == highspy.HighsStatus.kOk
    solver.run()
    model = solver.getLp()
    sign = 1.0 if model.sense_ == highspy.ObjSense.kMaximize else -1.0
    value = sign * solver.getInfo().objective_function_value / VALUE_SCALE
    return value, list(model.col_names_), list(model.row_names_)


@pytest.mark.parametrize("suffix", [".lp", ".mps"])
@pytest.mark.parametrize("integer", [False, True])
def test_a_written_model_has_the_same_optimum(tmp_path, suffix, integer):
    # In whole numbers 6 x + 5 y <= 14 gives 10 (above); otherwise 14 / 6 x 5 = 11.67. The constant adds 3.
    program = program_of((5.0, 4.0), [("room", (6.0, 5.0), 14.0)], integer=integer, constant=3.0)
    file = tmp_path / f"model{suffix}"
    write_model(program, file)
    value, columns, rows = optimum_of(file)
    assert value == pytest.approx(13 if integer else 3 + 35 / 3)
    assert columns == ["columns.x", "columns.y"]
    assert rows == ["room.here"]


def test_names_that_another_solver_could_not_read_are_changed(tmp_path):
    builder = ProgramBuilder()
    x = builder.add_columns("use", mask(1, 1), keys("a b:c", "a_b+c"), upper=1.0, value=1.0)
    builder.add_rows("room", floats(1), keys("höll <= 3"), (ints(0, 0), x, floats(1)))
    file = tmp_path / "model.lp"
    write_model(builder.program(), file)
    value, columns, _ = optimum_of(file)
    assert value == pytest.approx(1)
    assert len(set(columns)) == 2


def test_the_solver_says_its_version():
    name, version = solver_version().split()
    assert name == "HiGHS"
    assert version.count(".") == 2


@pytest.mark.parametrize(
    ("objective", "bound", "expected"), [(9, 10, 0.1), (10, 10, 0), (11, 10, 0), (-11, -10, 0.1), (5, 0, 0)]
)
def test_the_gap_is_what_is_missing_of_the_bound(objective, bound, expected):
    assert gap(objective, bound) == pytest.approx(expected)


@pytest.fixture(params=["simplex first", "interior first"])
def relaxation(request, monkeypatch) -> Relaxation:
    if request.param == "interior first":
        monkeypatch.setattr(highs, "INTERIOR_FIRST_COLUMNS", 0)
    whole = chips_and_power(constant=100.0)
    return Relaxation(replace(whole, integer=np.ones(len(whole.value), dtype=bool)))


def test_a_relaxation_is_solved_again_under_other_bounds(relaxation):
    program = chips_and_power()
    first = relaxation.solve(program.lower, program.upper)
    assert isinstance(first, Solved)
    assert first.objective_value == pytest.approx(136)
    root = relaxation.basis()
    for x_most, basis in [(1.0, None), (0.0, root), (1.5, root), (4.0, None)]:
        upper = program.upper.copy()
        upper[0] = x_most
        again = relaxation.solve(program.lower, upper, basis)
        direct = answer(replace(chips_and_power(constant=100.0), upper=upper))
        assert isinstance(again, Solved)
        assert again.objective_value == pytest.approx(direct.objective_value)
        assert again.x[0] <= x_most + 1e-9


def test_a_relaxation_says_when_nothing_is_worth_more(relaxation):
    program = chips_and_power()
    assert isinstance(relaxation.solve(program.lower, program.upper, above=135.9), Solved)
    # The bound is looked at by the dual simplex method, so from the second time on.
    upper = program.upper.copy()
    upper[0] = 1.0
    less = answer(replace(chips_and_power(constant=100.0), upper=upper)).objective_value
    assert isinstance(relaxation.solve(program.lower, upper, above=less - 0.1), Solved)
    worthless = relaxation.solve(program.lower, np.minimum(upper, 0.5), above=less + 10.0)
    assert isinstance(worthless, NoAnswer) or worthless.objective_value <= less + 10.0
    assert isinstance(relaxation.solve(program.lower, program.upper, above=-np.inf), Solved)


def test_a_relaxation_says_when_bounds_cannot_hold(relaxation):
    program = chips_and_power()
    lower = program.lower.copy()
    lower[:] = 1e6
    assert relaxation.solve(lower, program.upper) == NoAnswer(())
    assert relaxation.solve(lower, np.full(len(lower), INFINITE)) == NoAnswer(())
    assert isinstance(relaxation.solve(program.lower, program.upper), Solved)
