"""`armslength explain`: sentences about a plan, from the file or folder that `plan` wrote."""

import json

import pytest

IDS = ("north-lot", "north-hall", "south-hall", "north-work", "north", "south", "guests")


@pytest.mark.parametrize("about", IDS)
def test_each_thing_can_be_asked_about(armslength, planned, about):
    ran = armslength("explain", planned / "out", about)
    assert (ran.code, ran.err) == (0, "")
    assert len(ran.out.splitlines()) >= 1
    assert all(line.rstrip().endswith((".", ":", ";")) for line in ran.out.splitlines() if line.strip())


def test_the_whole_plan_can_be_asked_about(armslength, planned):
    ran = armslength("explain", planned / "out/plan.json")
    assert ran.code == 0
    assert "North" in ran.out


@pytest.mark.parametrize("run", ["alone", "as_agreed", "shared"])
def test_the_run_can_be_chosen(armslength, planned, run):
    ran = armslength("explain", planned / "out", "north-lot", "--run", run)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out


def test_what_waits_alone_waits_for_power(armslength, planned):
    ran = armslength("explain", planned / "out", "north-lot", "--run", "alone")
    assert "no power" in ran.out.lower()


def test_sentences_as_json(armslength, planned):
    ran = armslength("explain", planned / "out", "north-hall", "--json")
    sentences = json.loads(ran.out)
    assert sentences
    assert all(isinstance(sentence, str) for sentence in sentences)
    assert "\n".join(sentences) + "\n" == armslength("explain", planned / "out", "north-hall").out


def test_an_unknown_id_gives_the_nearest(armslength, planned):
    ran = armslength("explain", planned / "out", "north-hal")
    assert (ran.code, ran.out) == (2, "")
    assert "north-hal" in ran.err
    assert "did you mean" in ran.err
    assert "north-hall" in ran.err


def test_an_id_like_no_other_says_what_there_is(armslength, planned):
    ran = armslength("explain", planned / "out", "zzzz")
    assert (ran.code, ran.out) == (2, "")
    assert "zzzz" in ran.err
    assert "(" in ran.err, "says what to do next"


def test_a_run_that_was_not_made(armslength, small):
    armslength("plan", small, "--alone", "--out", "out")
    assert armslength("explain", "out", "north-lot").code == 0
    ran = armslength("explain", "out", "north-lot", "--run", "shared")
    assert (ran.code, ran.out) == (2, "")
    assert "shared" in ran.err


def test_a_plan_that_is_not_there(armslength):
    ran = armslength("explain", "nowhere")
    assert ran.code == 2
    assert "nowhere: there is no such file" in ran.err
