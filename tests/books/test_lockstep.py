"""T6, T12: every store answers as the reference model does, and reads back what a naive filter finds."""

import random
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from armslength.model.book import Accepted
from books.drawing import Drawer
from books.lockstep import Lockstep, drive, small_limits
from books.stores import Clock, Opened, open_url

STEPS = {"memory": 350, "sqlite": 100, "postgresql": 60}


def test_a_store_and_the_reference_model_give_the_same_answers(
    store: Opened, clock: Clock, request: pytest.FixtureRequest
) -> None:
    both = drive(store, clock, 11, STEPS[request.node.callspec.params["address"]], every=60)
    assert both.answers["accepted"] > 20
    assert len(both.answers) > 5


def test_snapshots_expiries_in_parts_and_forgotten_caches(clock: Clock) -> None:
    with small_limits(), open_url("memory:", clock, seed=2) as store:
        both = drive(store, clock, 12, 350, every=40)
    assert both.answers["accepted"] > 100


class Machine(RuleBasedStateMachine):
    """The same, with every choice made by Hypothesis, which then looks for the shortest failing run."""

    @initialize(seed=st.randoms(use_true_random=False))
    def open(self, seed: random.Random) -> None:
        self.clock = Clock()
        self.opening = open_url("memory:", self.clock, seed=1)
        self.both = Lockstep(self.opening.__enter__(), self.clock, seed)
        self.both.furnish()
        self.drawer = Drawer("machine", seed, now=self.clock.now - timedelta(hours=1))

    @rule(times=st.integers(1, 8))
    def submit(self, times: int) -> None:
        for _ in range(times):
            group = self.drawer.group()
            self.clock.reach(self.drawer.now)
            answer = self.both.step(group)
            if isinstance(answer, Accepted) and not answer.duplicate:
                self.drawer.learn(group)

    @rule(seconds=st.sampled_from((1, 60, 3600)))
    def wait(self, seconds: int) -> None:
        self.drawer.now += timedelta(seconds=seconds)
        self.clock.reach(self.drawer.now)

    @precondition(lambda self: self.both.steps > 20)
    @rule()
    def look(self) -> None:
        self.both.compare_everything()

    def teardown(self) -> None:
        if hasattr(self, "opening"):
            self.opening.__exit__(None, None, None)


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=6, stateful_step_count=25)
