"""Interest and dependence, against a slow walk over all ways; and by hand where the numbers matter."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armslength.governance.interest import WHOLE, controllers, dependence, group_of, interests, window
from armslength.governance.presets import conflict_of, policies, strictest
from armslength.model.governance import Link, Register
from governance.stage import LINKS, ROLES, link, register, role

DAYS = window(date(2024, 3, 1), date(2024, 3, 1))
NAMES = ("p", "q", "a", "b", "c", "d", "e")


def of(*links: Link, roles=()) -> Register:
    return register(people=("p", "q"), roles=roles, links=links)


@pytest.mark.parametrize(
    ("links", "share"),
    [
        ((link("p", "b", "owns", 0.25),), 250_000),
        ((link("p", "c", "owns", 0.3), link("c", "b", "owns", 0.2)), 60_000),
        ((link("p", "c", "owns", 0.3), link("c", "b", "owns", 0.2), link("p", "b", "owns", 0.05)), 110_000),
        ((link("p", "c", "controls"), link("c", "b", "owns", 0.2)), 200_000),
        # Whoever has most of a company has the use of all that it holds.
        ((link("p", "c", "owns", 0.6), link("c", "b", "owns", 0.2)), 200_000),
        ((link("p", "c", "controls"), link("c", "b", "controls")), WHOLE),
        # Two companies that hold each other: a half of a tenth, once more by a hundredth, and so on.
        ((link("p", "c", "owns", 0.5), link("c", "b", "owns", 0.1), link("b", "c", "owns", 0.1)), 50_505),
        ((link("p", "q", "family"), link("q", "b", "owns", 0.01)), 10_000),
        ((link("q", "p", "family"), link("q", "b", "owns", 0.01)), 10_000),
        ((link("p", "b", "owns", 1e-9),), 1),
    ],
)
def test_shares_multiply_along_a_way_and_add_up_over_ways(links, share):
    (found,) = interests(of(*links), "p", "a", ("b",), DAYS)
    assert found.share == share
    assert found.path


def test_a_threshold_is_of_the_sum():
    links = (link("p", "c", "owns", 0.3), link("c", "b", "owns", 0.2), link("p", "b", "owns", 0.05))
    assert interests(of(*links), "p", "a", ("b",), DAYS, 110_000)
    assert not interests(of(*links), "p", "a", ("b",), DAYS, 110_001)


def test_what_is_held_through_the_own_side_does_not_count():
    links = (link("p", "a", "owns", 0.3), link("a", "b", "owns", 0.25))
    assert not interests(of(*links), "p", "a", ("b",), DAYS)
    assert interests(of(*links), "p", "c", ("b",), DAYS)


def test_an_inspector_is_not_made_interested_by_the_post():
    assert not interests(of(roles=(role("p", "b", "inspector"),)), "p", "a", ("b",), DAYS)
    assert interests(of(roles=(role("p", "b", "adviser"),)), "p", "a", ("b",), DAYS)


def test_paid_by_the_own_side_is_dependence_and_no_interest():
    links = (link("q", "a", "controls"), link("q", "b", "controls"))
    rows = of(*links, roles=(role("p", "a", "officer"),))
    assert not interests(rows, "p", "a", ("b",), DAYS)
    assert [str(row) for row in dependence(rows, "p", "a", ("b",), DAYS)] == [
        "p is officer of a; a is controlled by q; q controls b"
    ]
    # A director is not paid for obedience.
    assert not dependence(of(*links, roles=(role("p", "a", "director"),)), "p", "a", ("b",), DAYS)


@pytest.mark.parametrize(
    ("from_on", "until_on", "counts"),
    [
        (None, date(2024, 3, 1), False),
        (None, date(2024, 3, 2), True),
        (date(2024, 3, 1), None, True),
        (date(2024, 3, 2), None, False),
    ],
)
def test_days_are_half_open(from_on, until_on, counts):
    rows = of(link("p", "b", "owns", 0.1, from_on=from_on, until_on=until_on))
    assert bool(interests(rows, "p", "a", ("b",), DAYS)) is counts


def test_a_look_back_reaches_ties_that_have_ended():
    rows = of(link("p", "b", "owns", 0.1, until_on=date(2023, 9, 1)))
    assert not interests(rows, "p", "a", ("b",), DAYS)
    assert interests(rows, "p", "a", ("b",), window(date(2024, 3, 1), date(2024, 3, 1), 365))


ties = st.lists(
    st.tuples(
        st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(("controls", "owns", "family", "relationship"))
    ),
    max_size=10,
).map(lambda rows: [row for row in rows if row[0] != row[1]])


def reached(rows: list[tuple[str, str, str]], start: str, avoid: str) -> set[str]:
    """Returns everybody to whom a way leads that does not touch ``avoid``; by brute force."""
    found, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        for one, other, kind in rows:
            for holder, target in ((one, other), (other, one)) if kind == "family" else ((one, other),):
                if holder == name and target not in found and avoid not in (holder, target):
                    found.add(target)
                    waiting.append(target)
    return found - {start}


def links_of(rows: list[tuple[str, str, str]]) -> tuple[Link, ...]:
    return tuple(
        Link(id=str(i), holder=h, target=t, kind=k, share_frac=0.1 if k == "owns" else None)
        for i, (h, t, k) in enumerate(rows)
    )


@settings(max_examples=15)
@given(ties)
def test_interest_is_reachability_without_the_own_side(rows):
    found = interests(of(*links_of(rows)), "p", "a", NAMES, DAYS)
    assert {row.side for row in found} == reached(rows, "p", "a") - {"a"}


@settings(max_examples=15)
@given(ties, ties)
def test_more_ties_never_take_an_interest_away(rows, more):
    before = interests(of(*links_of(rows)), "p", "a", NAMES, DAYS, 1000)
    after = {row.side: row.share for row in interests(of(*links_of(rows + more)), "p", "a", NAMES, DAYS, 1000)}
    assert all(after.get(row.side, 0) >= row.share for row in before)


@settings(max_examples=15)
@given(ties)
def test_the_order_of_declarations_does_not_matter(rows):
    forth, back = of(*links_of(rows)), of(*reversed(links_of(rows)))
    shares = [[(row.side, row.share) for row in interests(each, "p", "a", NAMES, DAYS)] for each in (forth, back)]
    assert shares[0] == shares[1]
    assert {row.side for row in dependence(forth, "p", "a", NAMES, DAYS)} == {
        row.side for row in dependence(back, "p", "a", NAMES, DAYS)
    }


def test_controllers_and_groups_go_through_several_steps():
    rows = of(
        link("p", "c", "controls"),
        link("c", "d", "owns", 0.51),
        link("d", "e", "controls"),
        link("e", "b", "owns", 0.5),
    )
    assert set(controllers(rows, "e", DAYS)) == {"d", "c", "p"}
    assert group_of(rows, "c", DAYS) == {"c", "d", "e"}


@pytest.mark.parametrize(
    ("roles", "links", "conflict"),
    [
        (ROLES, (), "none"),
        (ROLES, (link("ann", "south", "owns", 0.01),), "director"),
        (ROLES, LINKS, "controller"),
        ((*ROLES, role("chief", "south", "director")), (), "director"),
        (ROLES, (link("south", "north", "controls"),), "controller"),
        (ROLES, (link("kin", "north", "controls"), link("kin", "south", "owns", 0.1)), "controller"),
        (ROLES, (link("pat", "south", "owns", 0.9),), "none"),
    ],
)
def test_how_a_party_stands_to_the_other_side(roles, links, conflict):
    assert conflict_of(register(roles=roles, links=links), "north", ("south",), DAYS) == conflict


@pytest.mark.parametrize(
    ("conflict", "where", "minority", "expected"),
    [
        ("controller", "", True, "mfw_dual"),
        ("controller", "us-de", True, "mfw_dual"),
        ("controller", "us-tx", True, "mfw_dual"),
        ("controller", "us-tx", False, "tx_committee"),
        ("controller", "us-de", False, "dgcl144_committee"),
        ("controller", "", False, "internal_two_sided"),
        ("director", "us-de", True, "dgcl144_committee"),
        ("director", "us-tx", True, "tx_committee"),
        ("director", "", True, "internal_two_sided"),
        ("none", "us-de", True, "internal_two_sided"),
    ],
)
def test_the_strictest_that_fits(conflict, where, minority, expected):
    assert strictest(conflict, where, minority).id == expected


def test_shipped_policies_have_sources_and_their_own_ranks():
    assert all(row.sources and row.text for row in policies())
    assert len({row.strictness_rank for row in policies()}) == len(policies()) == 7
