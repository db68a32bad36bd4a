"""The runs of one case side by side: verdicts, splits of the gain, answers to questions."""

from datetime import date
from typing import Literal

from pydantic import Field

from armslength.model.case import Case, Run, SplitRule
from armslength.model.estimate import Prospect, Sizing
from armslength.model.noun import Noun
from armslength.model.plan import Plan


class Change(Noun):
    """What one period brings an organisation against standing alone."""

    period_index: int = Field(description="Period.")
    used_gpu_hours: float = Field(description="GPU-hours used more (or less, negative).")
    usable_gpu_hours: float = Field(description="GPU-hours usable more (or less, negative), by who has the use.")


class Verdict(Noun):
    """Whether one organisation is better or worse off in a run than alone."""

    organisation: str = Field(description="Organisation.")
    run: Run = Field(description="`as_agreed` or `shared`.")
    standing: Literal["better", "same", "worse"] = Field(description="Against alone, settlement included.")
    alone_value: float = Field(description="Worth alone, or under the best other realistic option.")
    best_alternative: str | None = Field(None, description="The realistic option that `alone_value` rests on, if any.")
    run_value: float = Field(description="Worth in the run, before settlement.")
    settlement_value: float = Field(0.0, description="Settlement received (paid, negative).")
    gain_value: float = Field(description="run_value + settlement_value - alone_value.")
    gain_value_low: float | None = Field(None, description="The same at the low market prices.")
    gain_value_high: float | None = Field(None, description="The same at the high market prices.")
    used_gpu_hours: float = Field(description="GPU-hours used more (or less, negative) than alone.")
    usable_gpu_hours: float = Field(description="GPU-hours usable more (or less, negative) than alone.")
    make_whole_cost: float = Field(0.0, description="What the others would have to pay it so that it is not worse off.")
    changes: tuple[Change, ...] = Field((), description="When: periods in which something changes.")
    text: str = Field(description="The verdict in plain words.")


class Share(Noun):
    """What one organisation gets under one rule of splitting."""

    organisation: str = Field(description="Organisation.")
    alone_value: float = Field(description="Worth alone.")
    shared_value: float = Field(description="Worth of its own work when sharing.")
    payoff_value: float = Field(description="What the rule gives it in all.")
    gain_value: float = Field(description="payoff_value - alone_value.")
    settlement_value: float = Field(description="payoff_value - shared_value: what it receives (pays, negative).")


class Split(Noun):
    """The gain of sharing divided by one rule."""

    rule: SplitRule = Field(description="Rule.")
    chosen: bool = Field(description="Whether the case asks for this rule.")
    shares: tuple[Share, ...] = Field(description="What each organisation gets.")
    in_core: bool | None = Field(description="Whether no group would rather leave; None if not known.")
    objectors: tuple[str, ...] = Field((), description="The group that would gain most by leaving.")
    objection_value: float = Field(0.0, description="What that group would gain together by leaving.")
    note: str = Field("", description="How it was computed, where not exact.")


class Payment(Noun):
    """One payment that settles the chosen split."""

    payer: str = Field(description="Organisation that pays.")
    payee: str = Field(description="Organisation that is paid.")
    amount_cost: float = Field(description="Amount.")


class Point(Noun):
    """One tried value, or pair of values, of a question."""

    labels: tuple[str, ...] = Field(description="The values tried, in the order of the question's varied facts.")
    gain_value: float = Field(description="The organisation's gain (loss, negative) against alone.")
    used_gpu_hours: float = Field(description="GPU-hours used more (less, negative) than alone.")


class Answer(Noun):
    """The answer to one question of the case."""

    question: str = Field(description="Id of the question.")
    text: str = Field(description="The question.")
    organisation: str = Field(description="Whose gain is asked for.")
    axes: tuple[str, ...] = Field(description="Words for the varied facts.")
    points: tuple[Point, ...] = Field(description="What was tried and what came out.")
    break_even_on: date | None = Field(None, description="Day at which loss turns to none, for a varied day.")
    reading: str = Field(description="What the points say, in plain words.")


class Comparison(Noun):
    """All that `armslength plan` finds out about a case. Written to plan.json."""

    case: Case = Field(description="The case as planned: as of its day.")
    plans: tuple[Plan, ...] = Field(description="One plan per run.")
    verdicts: tuple[Verdict, ...] = Field((), description="Each organisation in each run against alone.")
    splits: tuple[Split, ...] = Field((), description="The gain of sharing under each rule.")
    payments: tuple[Payment, ...] = Field((), description="Fewest payments that settle the chosen split.")
    answers: tuple[Answer, ...] = Field((), description="Answers to the case's questions.")
    better_deal: str = Field("", description="Which deal would have been better for both, in plain words.")
    strictness_cost: float | None = Field(
        None, description="Value given up by strict gangs against duty, if both were run."
    )
    sizings: tuple[Sizing, ...] = Field((), description="Workloads whose size was worked out from a model.")
    prospects: tuple[Prospect, ...] = Field((), description="What lots that would have waited could have trained.")
    notes: tuple[str, ...] = Field((), description="What the tool does not know, or could not do in the time given.")

    def plan_of(self, run: Run) -> Plan:
        """Returns the plan of one run.

        Raises:
            KeyError: when that run was not made.
        """
        for plan in self.plans:
            if plan.run == run:
                return plan
        raise KeyError(run)
