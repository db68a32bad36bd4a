"""Describing a trace: what is in it, and every problem with it."""

from collections.abc import Callable
from dataclasses import replace

from armslength.errors import InputError, Problem
from armslength.model.trace import TraceSummary
from armslength.replay.describe import describe
from armslength.service.trace_file import TraceRequest, open_trace


def describe_trace(
    request: TraceRequest, capacity: str | None, say: Callable[[str], None]
) -> tuple[TraceSummary | None, tuple[Problem, ...]]:
    """Returns what the good rows of a trace hold, None when there are none, and every problem.

    Raises:
        InputError: when the trace cannot be read at all.
    """
    say("reading the trace")
    try:
        read = open_trace(replace(request, skip_bad=True), capacity)
    except InputError as error:
        if not error.problems:
            raise
        return None, error.problems
    say("describing it")
    return describe(read.trace, read.cluster, read.dropped_count), read.problems
