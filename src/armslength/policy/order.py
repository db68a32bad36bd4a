"""Orders of a queue: what each sorts by. Ties go to whoever joined the queue first."""

from collections.abc import Callable, Iterable, Iterator
from heapq import merge

from armslength.model.replay import Order
from armslength.policy.view import Job

SortKey = Callable[[Job], tuple[int, int]]

# Orders by length or by work left know what a real scheduler does not: they are bounds, not policies to run.
KEYS: dict[Order, SortKey] = {
    "fifo": lambda job: (job.submit_seconds, job.index),
    "sjf": lambda job: (job.run_seconds, job.index),
    "srtf": lambda job: (job.remaining_seconds, job.rank),
    "smallest": lambda job: (job.gpus, job.index),
}


def in_order(queues: Iterable[Iterable[Job]], order: Order) -> Iterator[Job]:
    """Yields the jobs of several sorted queues as one sorted queue."""
    filled = [queue for queue in queues if queue]
    if len(filled) == 1:
        yield from filled[0]
    else:
        yield from merge(*filled, key=KEYS[order])
