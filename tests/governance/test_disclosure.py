"""Rows of related-party disclosure: who gets one, what it says, and that nothing unknown is taken to be small."""

import pytest

from armslength.governance.disclosure import disclosures, rules
from governance.stage import LINKS, ROLES, Stage, certificate, leg, link, proposal, register, signed, terms


def rows(*, value=None, listed=True, links=LINKS, roles=ROLES, run=True):
    """Returns the rows of North for a swap whose outward leg is worth so much."""
    worth = {"value_count": value, "value_source": "by hand"} if value is not None else {}
    back = {"value_count": 0} if value is not None else {}
    what = terms(legs=(leg("out", "north", "south", **worth), leg("back", "south", "north", returns="out", **back)))
    document = signed(certificate(what))
    text = proposal(what, document, declared=register(links=links, roles=roles))
    north = text.parties[0].model_copy(update={"listed": listed})
    text = text.model_copy(update={"parties": (north, text.parties[1])})
    stage = Stage().propose(text, "south", document=document).propose(text, document=document)
    if run:
        stage.approve("north", "ann", "bob").approve("south", "sam", "sue").execute()
        assert stage.state.executed is not None
    return disclosures(stage.state, stage.conditions, "north")


def test_a_listed_party_has_a_row_for_each_rule_and_person():
    found = {row.rule: row for row in rows()}
    assert set(found) == {"item_404a", "asc_850", "ias_24"}
    row = found["item_404a"]
    assert row.person == "chief"
    assert row.basis == "chief is director and officer of north | chief controls holding; holding controls south"
    assert row.value_cents_count is None
    assert "not stated" in row.note
    assert row.outstanding == ("due from south: 50.00 USD (settlement)", "due from south: 100 SLOT:h100")
    assert row.commitments == ("south to deliver 100 SLOT:h100 to north",)


def test_item_404a_is_for_those_who_are_traded():
    assert {row.rule for row in rows(listed=False)} == {"asc_850", "ias_24"}


@pytest.mark.parametrize(("value", "asked"), [(12_000_000, False), (12_000_001, True), (None, True)])
def test_only_what_is_known_to_be_small_is_left_out(value, asked):
    assert ("item_404a" in {row.rule for row in rows(value=value)}) is asked


def test_no_relation_no_row():
    assert rows(links=()) == ()


def test_a_proposal_is_disclosed_as_one_and_commits_nobody():
    row = rows(run=False)[0]
    assert row.status == "proposed"
    assert row.commitments == ()
    assert row.approval.startswith("not in effect")


def test_the_interest_of_a_small_holder_is_counted_and_left_to_counsel():
    found = rows(value=10**9, links=(link("cid", "south", "owns", 0.05),))
    row = next(row for row in found if row.rule == "item_404a")
    assert (row.person, row.interest_cents_count) == ("cid", 5 * 10**7)
    assert "counsel" in row.note


def test_who_is_no_party_has_no_rows():
    stage = Stage().propose(proposal(terms()))
    assert disclosures(stage.state, stage.conditions, "east") == ()


def test_rules_name_their_source():
    assert all(rule.source and rule.asks for rule in rules())
