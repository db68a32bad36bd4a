"""One replay from rules to outcome: the loop that fits, the run alone beside it, the checks after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from armslength.errors import CheckFailed, Problem
from armslength.model.replay import Entitlement, Replay, Rules
from armslength.policy.catalogue import Policy, policy_of
from armslength.replay.alone import Tick, alone_clock
from armslength.replay.engine import Engine
from armslength.replay.fast import has_short_cut, replay_fast
from armslength.replay.metrics import conserved, harms, outcomes, overfull, usages
from armslength.replay.records import Records
from armslength.replay.trace import Cluster, Trace

SHORT_CUT = "short cut for a strict queue"
GENERAL = "event loop"
Say = Callable[[str], None]


def quiet(_: str) -> None:
    """Says nothing."""


@dataclass(slots=True)
class Bench:
    """What several replays of one trace have in common, and the runs alone made so far."""

    trace: Trace
    cluster: Cluster
    entitlements: Sequence[Entitlement] = ()
    say: Say = quiet
    _alone: dict[str, Records] = field(default_factory=dict)
    _clock: tuple[Records, tuple[Tick, ...]] | None = None

    def replay(self, name: str, rules: Rules, policy: Policy | None = None) -> tuple[Replay, Records, Records]:
        """Replays the trace under some rules.

        Args:
            name: what to call it.
            rules: what is asked for.
            policy: the policy; the one that the rules name when not given.

        Returns:
            The outcome, the records, and the records of the run alone under the same order and backfill.

        Raises:
            CheckFailed: when accelerator-seconds do not add up, or a promise is broken.
        """
        policy = policy or policy_of(rules.policy)
        alone = self._run_alone(rules, policy.keeps_alone_clock)
        self.say(f"replaying {len(self.trace):,} jobs: {name}")
        short = has_short_cut(rules, self.cluster)
        if rules.policy == "static":
            records = alone
        elif short:
            records = replay_fast(self.trace, self.cluster, rules)
        else:
            ticks = self._clock_of(alone) if policy.keeps_alone_clock else ()
            records = Engine(
                self.trace, self.cluster, rules, policy.decide, alone=ticks, entitlements=self.entitlements
            ).run()
        self._check(name, records)
        shared = records is not alone
        outcome = Replay(
            name=name,
            rules=rules,
            begin_at=self.trace.begin_at,
            span_seconds=records.until_seconds,
            outcomes=outcomes(self.trace, self.cluster, records, alone),
            harms=harms(self.trace, records, alone) if shared else (),
            usages=usages(self.trace, self.cluster, records),
            conserved="capacity = busy + idle + lost, for every owner, to the GPU-second",
            method=SHORT_CUT if short else GENERAL,
        )
        return self._with_promise(outcome, policy, rules), records, alone

    def _run_alone(self, rules: Rules, with_places: bool) -> Records:
        """Returns the run alone under the same order, backfill and costs; made once."""
        plain = rules.model_copy(update={"policy": "static", "settings": (), "notice_seconds": 0, "min_run_seconds": 0})
        key = plain.model_dump_json()
        found = self._alone.get(key)
        if found is not None and (found.stays_at or not with_places):
            return found
        self.say("replaying every owner alone")
        if has_short_cut(plain, self.cluster) and not (with_places and plain.order == "srtf"):
            records = replay_fast(self.trace, self.cluster, plain, keep_places=with_places)
        else:
            decide = policy_of("static").decide
            records = Engine(self.trace, self.cluster, plain, decide, keep_places=with_places).run()
        self._alone[key] = records
        return records

    def _clock_of(self, alone: Records) -> tuple[Tick, ...]:
        """Returns the ticks of a run alone; those of the last one are kept, for a sweep asks again and again."""
        if self._clock is None or self._clock[0] is not alone:
            self._clock = (alone, alone_clock(alone.stays_at, self.cluster.node_gpus))
        return self._clock[1]

    def _check(self, name: str, records: Records) -> None:
        wrong = [*conserved(self.trace, records), *overfull(self.trace, self.cluster, records)]
        if wrong:
            problems = [Problem(name, text) for text in wrong]
            raise CheckFailed("GPU-seconds do not add up: this is our fault", problems=problems)

    def _with_promise(self, outcome: Replay, policy: Policy, rules: Rules) -> Replay:
        if policy.promise is None:
            return outcome
        bound = policy.promise(rules)
        worst = max((max(row.worst_start_seconds, row.worst_end_seconds) for row in outcome.harms), default=0)
        if self.cluster.changes:
            text = f"nodes come and go, so nothing is promised; the latest job was {worst:,} s later than alone"
        elif worst > bound:
            problem = Problem(outcome.name, f"a job is {worst:,} s later than alone, promised was {bound:,} s at most")
            raise CheckFailed("a promise was broken: this is our fault", problems=[problem])
        else:
            text = f"no job more than {bound:,} s later than alone; kept: the latest was {worst:,} s later"
        return outcome.model_copy(update={"promise": text})
