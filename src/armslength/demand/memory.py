"""Memory of a service: weights of a replica, keys and values of requests, and the fleet that holds both."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log2

from armslength.demand.bands import Factor, known, product
from armslength.demand.subject import Subject
from armslength.demand.tables import setting
from armslength.model.catalogue import Precision
from armslength.model.estimate import Figure
from armslength.units import BYTES_PER_GB

WEIGHT_BYTES: dict[Precision, float] = {"bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0}
KV_BYTES = 2.0  # keys and values are kept in 16 bits unless a planner knows better
DOUBLINGS = 5  # larger replicas than the smallest that are looked at


@dataclass(frozen=True, slots=True)
class Memory:
    """What a service keeps in memory.

    Attributes:
        weights: of one replica; None where the size is not known.
        kv: of all requests in the busiest hour; None where the shape is not known.
        replica_gpus_min: fewest accelerators, in powers of two, whose memory holds weights and one request.
        usable_gb: memory of one accelerator for weights, keys and values.
        inputs: figures to show.
        notes: what a reader should know.
    """

    weights: Figure | None
    kv: Figure | None
    replica_gpus_min: float
    usable_gb: float
    inputs: tuple[Figure, ...]
    notes: tuple[str, ...]


def memory_of(subject: Subject, load: Sequence[Factor], ratio: Figure, shape: tuple[float, float]) -> Memory:
    """Returns the memory of a service.

    Args:
        subject: model and accelerator.
        load: average output tokens per second, as factors.
        ratio: busiest hour over the average.
        shape: input and output tokens of a request.
    """
    share = setting("serving", "memory-share")
    usable = subject.accelerator.memory_gb_per_gpu * share.central_quantity
    if subject.total_params is None:
        return Memory(None, None, 1.0, usable, (share,), ("The size is not known, so neither is the memory.",))
    bytes_each = WEIGHT_BYTES[subject.precision]
    weights_gb = subject.total_params * bytes_each / BYTES_PER_GB
    source = f"parameters × {bytes_each:g} bytes ({subject.precision})"
    weights = known("Weights of one replica", "GB", weights_gb, source, "ours")
    if subject.counts is None:
        note = "The shape is not known, so the memory of keys and values is left out of the fleet."
        return Memory(weights, None, _replica(weights_gb, 0.0, usable), usable, (share,), (note,))
    per_token_gb = subject.counts.kv_width_count * KV_BYTES / BYTES_PER_GB
    per_token = known(
        "Keys and values per token", "bytes", per_token_gb * BYTES_PER_GB, "by shape, 2 bytes each", "ours"
    )
    stream = setting("serving", "stream")
    tokens_in, tokens_out = shape
    # Little's law: a request stays for output / stream seconds and holds its input and, on average, half its output.
    kv = product(
        "Keys and values in the busiest hour",
        "GB",
        [*load, (ratio, 1.0), (stream, -1.0)],
        times=(tokens_in + tokens_out / 2) * per_token_gb,
        source="requests at a time × (input + output / 2) × bytes per token",
    )
    longest = _longest(subject, tokens_in + tokens_out)
    replica = _replica(weights_gb, longest * per_token_gb, usable)
    return Memory(weights, kv, replica, usable, (share, stream, per_token), ())


def _longest(subject: Subject, tokens: float) -> float:
    """The longest request a replica must be able to hold: one of the shape asked for, within the context."""
    context = subject.model.context_tokens if subject.model else None
    return min(tokens, float(context)) if context else tokens


def _replica(weights_gb: float, kv_gb: float, usable_gb: float) -> float:
    return 2.0 ** max(0, ceil(log2((weights_gb + kv_gb) / usable_gb)))


def fleet_of(peak: Figure, headroom: Figure, memory: Memory) -> tuple[Figure, Figure | None]:
    """Returns the accelerators to hold, and those of one replica.

    The fleet has the throughput of the busiest hour with headroom, and the memory; it consists of whole replicas, of the
    size with which it is smallest.
    """
    spare = Figure(
        name="",
        unit="",
        quantity_low=1 / (1 - headroom.quantity_low),
        central_quantity=1 / (1 - headroom.central_quantity),
        quantity_high=1 / (1 - headroom.quantity_high),
    )
    source = "busiest hour / (1 − headroom), at least what memory asks for, in whole replicas"
    made = product("Fleet", "GPUs", [(peak, 1.0), (spare, 1.0)], source=source)
    sizes = [memory.replica_gpus_min * 2**doubling for doubling in range(DOUBLINGS)] if memory.weights else [1.0]
    size = min(sizes, key=lambda gpus: (_in_replicas(made, memory, "central_quantity", gpus), gpus))
    ends = ("quantity_low", "central_quantity", "quantity_high")
    fleet = made.model_copy(update={end: _in_replicas(made, memory, end, size) for end in ends})
    replica = known("One replica", "GPUs", size, "the power of two with which the fleet is smallest", "ours")
    return fleet, replica if memory.weights else None


def _in_replicas(fleet: Figure, memory: Memory, end: str, size: float) -> float:
    """Whole replicas which have the throughput, and whose memory beside the weights holds keys and values."""
    gpus = float(getattr(fleet, end))
    replicas = max(1, ceil(gpus / size * (1 - 1e-12)))
    if memory.kv is not None and memory.weights is not None:
        room_gb = size * memory.usable_gb - memory.weights.central_quantity
        replicas = max(replicas, ceil(getattr(memory.kv, end) / room_gb))
    return replicas * size
