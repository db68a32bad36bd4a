"""Whatever stands in the records, the fold comes to an end, and what it cannot take changes nothing but the findings."""

import json
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armslength.governance.fold import fold
from armslength.governance.presets import body_of
from armslength.model.acts import Verb
from armslength.model.terms import Proposal
from governance.stage import approved, in_force, proposal, terms

VERBS = (*get_args(Verb), "nonsense")
SCRAPS = st.none() | st.booleans() | st.integers(-(2**40), 2**70) | st.text(max_size=8) | st.sampled_from(
    ["ann", "pat", "sam", "swap", "north", "south", "back-1", "whole", "sha256:" + "1" * 64, "2024-04-01", "USD/2"]
)  # fmt: skip
NAMES = (
    "person",
    "proposal",
    "policy",
    "leg",
    "payment",
    "amount_count",
    "due_on",
    "legs",
    "reason",
    "prices_count",
    "x",
)
BODIES = st.dictionaries(st.sampled_from(NAMES), SCRAPS | st.lists(SCRAPS, max_size=3), max_size=8)
FORCE, NEW = in_force(), approved()


@settings(max_examples=30)
@given(st.sampled_from(VERBS), BODIES, st.sampled_from(("north", "south", "east")), st.booleans())
def test_no_record_stops_the_fold(verb, body, organisation, executed):
    before = FORCE if executed else NEW
    stage = replace(before, rows=list(before.rows), known=None)
    if stage.last is not None and body.get("proposal"):
        body = {**body, "proposal": stage.digest}
    stage.record(organisation, verb, body)
    after = stage.state
    assert after.size == before.state.size + 1
    if after.findings:
        assert replace(after, size=0, findings=()) == replace(before.state, size=0, findings=())


def test_what_is_no_record_of_an_agreement_is_passed_over():
    rows = [FORCE.rows[0], *FORCE.rows]
    other = rows[0].model_copy(update={"event": rows[0].event.model_copy(update={"topic": "case.agreement"})})
    assert fold("swap", [other, *FORCE.rows], FORCE.documents).findings == ()


def test_nothing_is_nothing():
    state = fold("swap", [])
    assert state.versions == ()
    assert state.size == 0


def test_a_proposal_comes_back_from_its_body_as_it_was():
    text = proposal(terms())
    assert Proposal.model_validate_json(json.dumps(body_of(text)), strict=False) == text


@pytest.mark.parametrize(
    "verb", ["approve", "execute", "return", "settle", "recall", "fail", "close_out", "vote", "reject"]
)
def test_an_empty_body_is_a_finding(verb):
    stage = replace(FORCE, rows=list(FORCE.rows), known=None)
    stage.record("north", verb, {})
    assert [row.code for row in stage.state.findings] in (["unreadable"], ["too_late"])
