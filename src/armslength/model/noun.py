"""What every noun is: frozen, strict, closed, and able to say where it comes from."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Confidence = Literal["A", "B", "C", "ours", "assumption"]
Precision = Literal["day", "month", "quarter", "half", "year"]


class Noun(BaseModel):
    """A thing of the domain. Two nouns with equal fields are the same thing."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Fact(Noun):
    """A thing known from somewhere since some day.

    Several rows of one table may share an id when their ``known_on`` differ: they are versions of one fact, and a run
    as of a day uses the latest version known by then.
    """

    known_on: date | None = Field(None, description="Day this version of the fact became known; always, if empty.")
    source: str | None = Field(None, description="Where it is from: the id of a row in `sources`, or words.")
    confidence: Confidence | None = Field(
        None,
        description="A primary or close to it; B established press; C secondary; ours: our arithmetic; assumption.",
    )
    note: str | None = Field(None, description="Anything a reader should know about this row.")


class When(Noun):
    """A day, with the range in which it may fall.

    A vague date such as ``2024-Q4`` spans its first to its last day and is planned at its middle day.
    """

    p10_on: date = Field(description="Early end: one chance in ten of being earlier.")
    p50_on: date = Field(description="The day plans use.")
    p90_on: date = Field(description="Late end: one chance in ten of being later.")
    precision: Precision = Field("day", description="How precisely the source states it.")

    @model_validator(mode="after")
    def _in_order(self) -> "When":
        if not self.p10_on <= self.p50_on <= self.p90_on:
            raise ValueError("dates must be in order: p10, p50, p90")
        return self


def on_day(day: date) -> When:
    """Returns the ``When`` of a day that is known exactly."""
    return When(p10_on=day, p50_on=day, p90_on=day)
