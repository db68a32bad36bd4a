"""Each shipped policy: the least that meets it, and what falls short of it."""

import pytest

from armslength.governance.presets import digest_of, policies, policy
from armslength.model.terms import Party
from governance.stage import LINKS, ROLES, Stage, link, proposed, register, role, terms

BOTH = ("committee_approval", "minority_vote")


def stage(how: str, conditions=(), *, roles=ROLES, links=LINKS) -> Stage:
    found = proposed(
        terms(conditions=conditions),
        policies={"north": how, "south": "internal_two_sided"},
        declared=register(roles=roles, links=links),
    )
    return found.approve("south", "sam", "sue")


def ready(of: Stage) -> bool:
    return not of.unmet


def test_two_sided_takes_two_of_each():
    assert ready(stage("internal_two_sided").approve("north", "ann", "pat"))
    assert not ready(stage("internal_two_sided").approve("north", "pat"))


def test_a_committee_takes_most_of_its_disinterested_members():
    conditions = ("committee_approval",)
    good = stage("dgcl144_committee", conditions).recuse("north", "chief").approve("north", "ann", "bob")
    assert ready(good)
    assert not ready(stage("dgcl144_committee", conditions).recuse("north", "chief").approve("north", "ann"))
    assert not ready(stage("dgcl144_committee", conditions).approve("north", "ann", "bob"))
    assert not ready(stage("dgcl144_committee").recuse("north", "chief").approve("north", "ann", "bob"))
    # One interested member does not spoil it; with two of three, one is left, and it takes two.
    one = (*LINKS, link("cid", "south", "owns", 0.1))
    assert ready(
        stage("dgcl144_committee", conditions, links=one)
        .recuse("north", "chief")
        .recuse("north", "cid")
        .approve("north", "ann", "bob")
    )
    two = (*one, link("bob", "south", "owns", 0.1))
    spoilt = stage("dgcl144_committee", conditions, links=two)
    for person in ("chief", "cid", "bob"):
        spoilt.recuse("north", person)
    assert "has 1 disinterested, and needs 2" in spoilt.approve("north", "ann").unmet


def test_a_texan_committee_is_spoilt_by_one_interested_member():
    conditions, one = ("committee_approval",), (*LINKS, link("cid", "south", "owns", 0.1))
    assert ready(stage("tx_committee", conditions).recuse("north", "chief").approve("north", "ann", "bob"))
    spoilt = stage("tx_committee", conditions, links=one).recuse("north", "chief").recuse("north", "cid")
    assert "spoils it" in spoilt.approve("north", "ann", "bob").unmet


def test_a_vote_takes_most_of_the_votes_cast():
    conditions = ("minority_vote",)
    assert ready(stage("dgcl144_vote", conditions).recuse("north", "chief").vote(for_count=11, against_count=10))
    assert not ready(stage("dgcl144_vote", conditions).recuse("north", "chief").vote(for_count=10, against_count=10))
    assert not ready(stage("dgcl144_vote", conditions).recuse("north", "chief").approve("north", "ann", "bob"))


def test_both_are_asked_for_by_the_strictest():
    both = stage("mfw_dual", BOTH).recuse("north", "chief").approve("north", "ann", "bob").vote()
    assert ready(both)
    assert not ready(stage("mfw_dual", BOTH).recuse("north", "chief").approve("north", "ann", "bob"))
    assert not ready(stage("mfw_dual", BOTH).recuse("north", "chief").vote())
    # Most of those who came is not most of all.
    assert not ready(
        stage("mfw_dual", BOTH)
        .recuse("north", "chief")
        .approve("north", "ann", "bob")
        .vote(for_count=50, against_count=1)
    )


def test_the_board_decides_while_most_of_it_is_disinterested():
    assert ready(stage("dgcl144_interested_director").recuse("north", "chief").approve("north", "ann", "bob"))
    # Chief and two more are interested: three of five, so a committee of two has to.
    links = (*LINKS, link("ann", "south", "owns", 0.1), link("dan", "south", "owns", 0.1))
    roles = (*ROLES, role("dan", "north", "director"))
    people = register(roles=roles, links=links, people=("chief", "ann", "bob", "cid", "dan", "sam", "sue", "clerk"))
    found = proposed(policies={"north": "dgcl144_interested_director", "south": "internal_two_sided"}, declared=people)
    for person in ("chief", "ann", "dan"):
        found.recuse("north", person)
    assert "of the committee special" in found.unmet
    assert ready(found.approve("north", "bob", "cid").approve("south", "sam", "sue"))


def test_a_poll_approves_nothing():
    found = stage("advisory_poll").approve("north", "ann", "bob")
    assert "authorises nothing" in found.unmet


@pytest.mark.parametrize(
    "how", ["mfw_dual", "tx_committee", "dgcl144_committee", "dgcl144_vote", "dgcl144_interested_director"]
)
def test_every_policy_for_conflicts_asks_for_recusal_and_a_fresh_certificate(how):
    assert policy(how).recusal
    assert policy(how).certificate_days_max is not None
    assert Party(organisation="north", policy=policy(how), strictest=how)


# Old agreements are judged by the policies they were approved under, and by which of the shipped ones was the strictest. So a
# shipped policy never changes: a change is a new row with a new id, and this table only grows.
SHIPPED = {
    "mfw_dual": "sha256:526c6d34b80a511560b9116a798b079b2c0a0a6db4e1038fa0e16c4e08600f57",
    "tx_committee": "sha256:3e07726c2fec7cb4424a164110be98533c89b419c4671521815e5dffaa720e75",
    "dgcl144_committee": "sha256:c2c8946b43929e7f7407137d2389097d093ea68d1779e2f041d0b34c8cb744e4",
    "dgcl144_vote": "sha256:5729eb9af954e87d9095b37f70fa29f61d027b1ec5237cca0250cbfb9eeb169b",
    "dgcl144_interested_director": "sha256:c352cafa8980fc6bf8a37445cc27fa24f6904b869f86a63b99286419d6c39958",
    "internal_two_sided": "sha256:8b609eba71c2e8978f0e23997b653a5ca808beb535581e8938b96d6e6717e320",
    "advisory_poll": "sha256:947f14e8e7489165ba4485647ea3bfe60544f226f598f882c0ca6bd289f9b447",
}


def test_a_shipped_policy_never_changes():
    assert {row.id: digest_of(row) for row in policies()} == SHIPPED
