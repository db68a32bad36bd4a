"""Programs: which columns exist, how rows are put together, and what a row or column is called."""

import numpy as np
import pytest

from armslength.solver.program import ProgramBuilder
from solver.programs_by_hand import chips_and_power, floats, ints, keys, mask


def dense(program) -> np.ndarray:
    """Returns the matrix as rows of numbers."""
    matrix = np.zeros((len(program.row_lower), len(program.value)))
    matrix[program.entry_rows(), program.columns] = program.coefficients
    return matrix


def test_only_cells_that_exist_become_columns():
    builder = ProgramBuilder()
    first = builder.add_columns("stock", mask(1, 0, 1), keys("a", "c"), upper=floats(1, 2, 3), value=7.0)
    second = builder.add_columns("use", np.array([[False, True], [True, True]]), keys("b", "c", "d"), lower=0.5)
    builder.add_rows("rule", floats(9), keys("r"))
    program = builder.program()
    assert first.tolist() == [0, -1, 1]
    assert second.tolist() == [[-1, 2], [3, 4]]
    # The middle cell's bound of 2 goes with the cell.
    assert program.upper.tolist() == [1, 3, np.inf, np.inf, np.inf]
    assert program.lower.tolist() == [0, 0, 0.5, 0.5, 0.5]
    assert program.value.tolist() == [7, 7, 0, 0, 0]


def test_every_column_belongs_to_one_block_and_has_one_key():
    builder = ProgramBuilder()
    builder.add_columns("stock", mask(1, 0, 1), keys("a", "c"))
    builder.add_columns("use", mask(1), keys("u"), integer=True)
    builder.add_rows("rule", floats(1), keys("r"))
    program = builder.program()
    named = [(b.name, b.first + i, *b.key_of(i)) for b in program.blocks for i in range(b.count)]
    assert named == [("stock", 0, "a"), ("stock", 1, "c"), ("use", 2, "u")]
    assert program.integer.tolist() == [False, False, True]


def test_entries_at_the_same_place_are_added_up_and_zeros_dropped():
    builder = ProgramBuilder()
    columns = builder.add_columns("x", mask(1, 1), keys("x", "y"))
    # Row 0: 1 x + 2 x + 5 y; row 1: 4 y - 4 y.
    builder.add_rows(
        "rule",
        floats(10, 20),
        keys("r", "s"),
        (ints(0, 1), columns[ints(0, 1)], floats(1, 4)),
        (ints(0, 1, 0), columns[ints(0, 1, 1)], floats(2, -4, 5)),
    )
    program = builder.program()
    assert dense(program).tolist() == [[3, 5], [0, 0]]
    assert len(program.coefficients) == 2
    assert program.starts.tolist() == [0, 2, 2]


def test_entries_of_one_group_are_added_up_too():
    builder = ProgramBuilder()
    columns = builder.add_columns("x", mask(1, 1), keys("x", "y"))
    builder.add_rows("rule", floats(10), keys("r"), (ints(0, 0, 0), columns[ints(1, 0, 1)], floats(1, 2, 3)))
    program = builder.program()
    assert dense(program).tolist() == [[2, 4]]
    assert len(program.coefficients) == 2


def test_an_entry_outside_its_family_is_a_mistake():
    builder = ProgramBuilder()
    columns = builder.add_columns("x", mask(1), keys("x"))
    for row in (-1, 1):
        with pytest.raises(AssertionError):
            builder.add_rows("rule", floats(10), keys("r"), (ints(row), columns, floats(1)))


def test_entries_of_columns_that_do_not_exist_are_left_out():
    builder = ProgramBuilder()
    columns = builder.add_columns("x", mask(1, 0, 1), keys("x", "z"))
    builder.add_rows("rule", floats(1), keys("r"), (ints(0, 0, 0), columns, floats(1, 2, 3)))
    assert dense(builder.program()).tolist() == [[1, 3]]


def test_one_coefficient_stands_for_all_entries_of_a_group():
    builder = ProgramBuilder()
    columns = builder.add_columns("x", mask(1, 1), keys("x", "y"))
    builder.add_rows("rule", floats(1), keys("r"), (ints(0, 0), columns, floats(2)))
    assert dense(builder.program()).tolist() == [[2, 2]]


def test_a_row_is_called_by_its_family_and_key():
    builder = ProgramBuilder()
    builder.add_columns("x", mask(1), keys("x"))
    builder.add_rows("power", floats(1, 2), keys("hall", "room"))
    builder.add_rows("nobody", floats(), keys())
    builder.add_rows("slots", floats(3), keys("hall"), lower=-1.0)
    program = builder.program()
    assert [program.family_of(row) for row in range(3)] == [
        ("power", ("hall",)),
        ("power", ("room",)),
        ("slots", ("hall",)),
    ]
    assert program.row_lower.tolist() == [-np.inf, -np.inf, -1]
    assert program.families[2].rows == slice(2, 3)
    with pytest.raises(IndexError):
        program.family_of(3)


def test_activity_is_what_the_rows_add_up_to():
    # x = 2, y = 6: chips 2, power 2 x 6 = 12, slots 3 x 2 + 2 x 6 = 18
    assert chips_and_power().activity(floats(2, 6)).tolist() == [2, 12, 18]


def test_pricing_out_leaves_what_a_column_earns_beyond_the_prices():
    program = chips_and_power()
    # Prices 0, 1.5, 1: x earns 3 - 3 x 1 = 0, y earns 5 - 2 x 1.5 - 2 x 1 = 0. At prices 1, 0, 0: 2 and 5.
    assert program.price_out(floats(0, 1.5, 1)).tolist() == [0, 0]
    assert program.price_out(floats(1, 0, 0)).tolist() == [2, 5]


def test_a_floor_is_one_more_row_on_the_present_value():
    program = chips_and_power(constant=4.0)
    floored = program.with_floor("worth", 30.0)
    # 3 x + 5 y + 4 >= 30, in any unit of money
    row = dense(floored)[-1]
    unit = row[0] / 3
    assert row == pytest.approx([3 * unit, 5 * unit])
    assert floored.row_lower[-1] == pytest.approx(26 * unit)
    assert floored.row_upper[-1] == np.inf
    assert floored.family_of(3) == ("worth", ())
    assert len(program.row_lower) == 3


def test_a_floor_names_only_columns_that_are_worth_something():
    program = chips_and_power()
    worthless_y = type(program)(**{**vars(program), "value": floats(3, 0)})
    floored = worthless_y.with_floor("worth", 1.0)
    assert floored.columns[floored.starts[-2] :].tolist() == [0]
