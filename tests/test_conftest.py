"""The golden comparison says what differs, and `--accept` writes the file."""

from conftest import golden_difference, settle_golden


def test_equal_texts_do_not_differ():
    assert golden_difference("a.txt", "one\ntwo\n", "one\ntwo\n") == ""


def test_a_difference_is_shown_as_a_diff():
    problem = golden_difference("a.txt", "one\ntwo\n", "one\nthree\n")
    assert "-two" in problem
    assert "+three" in problem
    assert "tests/golden/a.txt" in problem
    assert "make accept" in problem


def test_a_difference_in_line_ends_only_is_said_so():
    assert "ends differ" in golden_difference("a.txt", "one\n", "one")


def test_a_long_difference_is_cut():
    problem = golden_difference("a.txt", "", "\n".join(str(i) for i in range(500)))
    assert "more lines" in problem
    assert len(problem.splitlines()) < 100


def test_accepting_writes_the_file_and_then_it_agrees(tmp_path):
    assert "does not exist" in settle_golden(tmp_path, "plan/a.txt", "één\n", accept=False)
    assert settle_golden(tmp_path, "plan/a.txt", "één\n", accept=True) == ""
    assert settle_golden(tmp_path, "plan/a.txt", "één\n", accept=False) == ""
    assert "+twee" in settle_golden(tmp_path, "plan/a.txt", "twee\n", accept=False)
    assert (tmp_path / "plan" / "a.txt").read_text(encoding="utf-8") == "één\n"
