"""Who is better or worse off than under their next best option, by how much, and what is paid.

a has 100 accelerators for two weeks, 33,600 GPU-hours, and work worth 2 USD; b has a hall for them and work of its own.
"""

from datetime import date
from typing import Any

import pytest

from armslength.model.agreement import Settlement
from armslength.model.case import Case
from armslength.model.comparison import Verdict
from armslength.model.demand import Alternative
from armslength.model.plan import Plan
from armslength.model.supply import Site
from armslength.planner.alternatives import best_alternatives, worth_with
from armslength.planner.effort import Effort
from armslength.planner.verdict import agreed_settlements, fewest_payments, verdicts
from armslength.service.planning import plan_case
from planner.cases_by_hand import (
    agreed,
    agreement,
    alone,
    case,
    day,
    leg,
    lot,
    price,
    step,
    training,
    when,
)

ALL = 33_600.0
CENT = 0.05
EXACT = Effort(gap_frac=1e-6)


def deal(room_of_a: float = 0.1, **tables: Any) -> Case:
    """Returns a, which gives 60 of its 100 to b."""
    fields: dict[str, Any] = {
        "lots": [lot("a", 100, name="lot")],
        "sites": [Site(id="a-hall", owner="a"), Site(id="b-hall", owner="b")],
        "steps": [step("a-hall", room_of_a), step("b-hall", 0.1)],
        "workloads": [training("a"), training("b")],
        "agreements": [agreement("redirect", "a", "b")],
        "legs": [leg("a", "b", 60, lot="lot")],
    }
    return case("a", "b", **{**fields, **tables})


def judged(of: Case, before: Plan | None = None) -> dict[str, Verdict]:
    before = before or alone(of)
    options = best_alternatives(of, before, EXACT)
    found = verdicts(of, "as_agreed", before, agreed(of), agreed_settlements(of), options)
    return {row.organisation: row for row in found}


def test_who_gives_what_it_could_use_is_worse_off():
    found = judged(deal())
    # 60 x 336 x 2 USD change hands.
    assert (found["a"].standing, found["b"].standing) == ("worse", "better")
    assert found["a"].gain_value == pytest.approx(-0.6 * ALL * 2, abs=CENT)
    assert found["a"].make_whole_cost == pytest.approx(0.6 * ALL * 2, abs=CENT)
    assert found["b"].gain_value == pytest.approx(0.6 * ALL * 2, abs=CENT)
    assert found["b"].make_whole_cost == 0
    assert found["a"].used_gpu_hours == pytest.approx(-0.6 * ALL, abs=CENT)
    assert [change.used_gpu_hours for change in found["a"].changes] == pytest.approx([-0.3 * ALL] * 2, abs=CENT)
    assert "worse off than standing alone" in found["a"].text
    assert "2024-01-01" in found["a"].text


def test_who_gives_what_would_have_waited_is_the_same():
    found = judged(deal(room_of_a=0.04))
    assert found["a"].standing == "same"
    assert found["a"].changes == ()


@pytest.mark.parametrize(("paid", "standing"), [(40_319.0, "worse"), (40_320.0, "same"), (40_321.0, "better")])
def test_a_settlement_makes_whole(paid, standing):
    # 60 x 336 x 2 = 40,320 USD
    paying = Settlement(id="fee", agreement="deal", payer="b", payee="a", amount_cost=paid)
    found = judged(deal(settlements=[paying]))
    assert found["a"].standing == standing
    assert found["a"].settlement_value == paid
    assert found["a"].run_value == pytest.approx(0.4 * ALL * 2, abs=CENT)
    assert found["b"].settlement_value == -paid


def test_a_settlement_of_a_deal_that_does_not_bind_is_not_counted():
    paying = Settlement(id="fee", agreement="deal", payer="b", payee="a", amount_cost=9.0)
    of = deal(settlements=[paying], agreements=[agreement("redirect", "a", "b", state="proposed")])
    assert dict(agreed_settlements(of)) == {}


def test_at_market_prices_a_gain_has_a_low_and_a_high_end():
    of = deal(
        workloads=[training("a", work_value_per_gpu_hour=None), training("b")],
        prices=[price(3.0, market_price_per_gpu_hour_low=2.0, market_price_per_gpu_hour_high=5.0)],
    )
    found = judged(of)
    lost = 0.6 * ALL
    assert found["a"].gain_value == pytest.approx(-3 * lost, abs=CENT)
    assert (found["a"].gain_value_low, found["a"].gain_value_high) == pytest.approx((-5 * lost, -2 * lost), abs=CENT)
    # b's worth is stated.
    assert found["b"].gain_value_low is None


def offer(kind: str, gpus: int, cost: float, first: int = 0, until: date | None = None) -> Alternative:
    return Alternative(
        id=f"{kind}-{gpus}",
        organisation="a",
        kind=kind,  # type: ignore[arg-type]
        sku="h100",
        offered_gpus=gpus,
        from_on=when(first),
        until_on=until,
        use_price_per_gpu_hour=cost,
    )


@pytest.mark.parametrize(
    ("option", "worth"),
    [
        # Alone a has room for 40: 40 x 336 x 2 = 26,880. Renting 50 at 1.25 brings 50 x 336 x 0.75 more.
        (offer("rent", 50, 1.25), 26_880 + 12_600),
        # In the second week only, and in the first five days only
        (offer("rent", 50, 1.25, first=7), 26_880 + 6_300),
        (offer("rent", 50, 1.25, until=day(5)), 26_880 + 4_500),
        # Dearer than the work is worth: not taken up
        (offer("rent", 50, 2.5), 26_880),
        (offer("rent", 0, 0.0), 26_880),
        # Hosting has room for 30 of the 60 that wait; 100 places are more than wait.
        (offer("hosting", 30, 0.5), 26_880 + 30 * 336 * 1.5),
        (offer("hosting", 100, 0.5), 26_880 + 60 * 336 * 1.5),
        (offer("hosting", 100, 0.5, first=10), 26_880 + 60 * 96 * 1.5),
        (offer("hosting", 60, 0.5, until=day(10)), 26_880 + 60 * 240 * 1.5),
    ],
)
def test_an_offer_is_worth_what_it_adds(option, worth):
    assert worth_with(deal(room_of_a=0.04), option, EXACT) == pytest.approx(worth, abs=CENT)


def test_the_best_offer_that_beats_standing_alone_counts():
    offers = [offer("rent", 50, 1.25), offer("hosting", 100, 0.5), offer("rent", 20, 9.0)]
    of = deal(room_of_a=0.04, alternatives=offers)
    assert best_alternatives(of, alone(of), EXACT) == {
        "a": ("hosting-100", pytest.approx(26_880 + 60 * 336 * 1.5, abs=CENT))
    }


def test_an_offer_worse_than_alone_does_not_count():
    of = deal(alternatives=[offer("rent", 20, 9.0)])
    assert best_alternatives(of, alone(of), EXACT) == {}


def test_the_certificate_compares_with_the_next_best_option():
    of = deal(room_of_a=0.04, alternatives=[offer("hosting", 100, 0.5)])
    found = judged(of)["a"]
    # Against standing alone a loses nothing by giving the 60 that wait; but they could have been hosted.
    assert found.best_alternative == "hosting-100"
    assert found.standing == "worse"
    assert found.make_whole_cost == pytest.approx(60 * 336 * 1.5, abs=CENT)
    assert "hosting-100" in found.text


def test_the_whole_use_case_says_the_same():
    of = deal(room_of_a=0.04, alternatives=[offer("hosting", 100, 0.5)])
    rows = plan_case(of, ("alone", "as_agreed"), gap=1e-6).verdicts
    assert [(row.organisation, row.standing) for row in rows] == [("a", "worse"), ("b", "better")]


def test_few_payments_settle_everything():
    net = {"a": 70.0, "b": -100.0, "c": 30.0, "d": -5.0, "e": 5.0, "f": 0.0}
    found = fewest_payments(net)
    for name, amount in net.items():
        received = sum(row.amount_cost for row in found if row.payee == name)
        assert received - sum(row.amount_cost for row in found if row.payer == name) == pytest.approx(amount)
    # One fewer than those who pay or are paid, at most.
    assert len(found) <= 4
    assert all(row.amount_cost > 0 for row in found)


def test_nothing_owed_needs_no_payment():
    assert fewest_payments({"a": 0.001, "b": -0.001}) == ()
