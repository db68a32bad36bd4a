"""How the gain is split, with all the time there is and with none."""

from itertools import count

import pytest

from armslength.model.case import Case
from armslength.model.comparison import Split
from armslength.model.supply import Organisation, Site
from armslength.planner.coalition import splits
from armslength.planner.effort import Effort
from planner.cases_by_hand import alone, case, lot, shared, sharing, step, training

ALL = ["equal_gain", "nucleolus", "proportional", "shapley"]


def one_lender(borrowers: str) -> Case:
    """Returns a with 100 accelerators and no work, and others with room and work for them all."""
    return case(
        "a",
        *borrowers,
        lots=[lot("a", 100)],
        sites=[Site(id=f"hall-{name}", owner=name) for name in borrowers],
        steps=[step(f"hall-{name}", 0.1) for name in borrowers],
        workloads=[training(name) for name in borrowers],
        sharing=sharing(split="shapley"),
    ).model_copy(update={"organisations": tuple(Organisation(id=name) for name in f"a{borrowers}")})


def split_after(ticks: int, borrowers: str) -> tuple[Split, ...]:
    """Returns the splits when time is over after so many looks at the clock."""
    of = one_lender(borrowers)
    clock = count()
    effort = Effort(gap_frac=1e-6, time_limit_seconds=float(ticks), clock=lambda: float(next(clock)))
    return splits(of, alone(of), shared(of), effort)


def test_with_time_every_rule_is_there():
    found = split_after(100_000, "bc")
    assert sorted(split.rule for split in found) == ALL
    assert [split.rule for split in found if split.chosen] == ["shapley"]
    # a can do without b or c, and they cannot do without a: it gains 2/3 (Shapley), or all (nucleolus).
    gain = 100 * 336 * 2.0
    shares = {split.rule: split.shares[0].gain_value for split in found}
    assert shares["shapley"] == pytest.approx(gain * 2 / 3, rel=1e-6)
    assert shares["nucleolus"] == pytest.approx(gain, rel=1e-6)
    assert shares["equal_gain"] == pytest.approx(gain / 3, rel=1e-6)


@pytest.mark.parametrize("borrowers", ["b", "bc", "bcdefghi"])
@pytest.mark.parametrize("ticks", [0, 2, 10, 40])
def test_without_time_the_rules_that_need_least_are_there(ticks, borrowers):
    found = split_after(ticks, borrowers)
    assert found[0].rule == "equal_gain"
    assert sum(split.chosen for split in found) == 1
    chosen = next(split for split in found if split.chosen)
    assert chosen.rule == "shapley" or "stands in for shapley" in chosen.note
    for split in found:
        assert sum(share.gain_value for share in split.shares) == pytest.approx(100 * 336 * 2.0, rel=1e-6)
