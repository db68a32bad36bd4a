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
from books.stores import EVERYBODY, Clock, Opened, open_url

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


def test_batches_are_decided_as_one_by_one(clock: Clock) -> None:
    """Groups that share a commit get the answers that they would have got alone."""
    with open_url("memory:", clock, 1) as store:
        both = Lockstep(store, clock, random.Random(1))
        both.furnish()
        drawer = Drawer("batch", random.Random(5), now=clock.now - timedelta(hours=1), timeouts_seconds=(10**8,))
        for _ in range(30):
            batch = [drawer.group() for _ in range(9)]
            clock.reach(drawer.now)
            clock.now += timedelta(seconds=1)
            for group_, answer in zip(batch, store.store.submit_many(EVERYBODY, batch), strict=True):
                at = clock.now
                if isinstance(answer, Accepted):
                    of = {(one.event.organisation, one.event.id): one.recorded_at for one in answer.recorded}
                    verdict = both.reference.submit(group_, [of[e.organisation, e.id] for e in group_.events])
                    assert verdict.code is None
                    assert verdict.duplicate == answer.duplicate
                    drawer.learn(group_)
                else:
                    assert both.reference.submit(group_, at).code is answer.code
        for name in both.seen:
            both.seen[name] = store.events(name)
        both.compare_everything()


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
