"""A service: from users or tokens per second to accelerators over the day, memory, and the fleet to hold.

The rate of one accelerator is the published rate of a like model at full load, by parameters used per token, turned
to the shape of these requests. Reading an input token costs a fraction of writing one.
"""

from collections.abc import Sequence
from math import cos, pi

from armslength.demand.bands import Factor, known, product
from armslength.demand.memory import fleet_of, memory_of
from armslength.demand.shape import forward_flop_per_token
from armslength.demand.subject import GIVEN, Subject, subject_of
from armslength.demand.tables import accelerator, price, setting
from armslength.errors import InputError, Problem
from armslength.model.catalogue import CatalogueModel
from armslength.model.estimate import Figure, ServeEstimate, ServeQuestion
from armslength.units import FLOP_PER_TFLOP, HOURS_PER_DAY, SECONDS_PER_DAY

# The rates in the table were measured on this accelerator, in this precision, with as many tokens in as out.
MEASURED_ON = "h100-sxm"
MEASURED_IN = "fp8"
MEASURED_TOKENS = 1000.0
RATE_UNIT = 1e9  # of the table of rates: tokens per second times parameters
BUSIEST_HOUR = 20  # where no curve is given; only its height changes the answer
LEFT_OUT = (
    "Left out: reuse of prompts kept in memory, speculative decoding, several models on one accelerator, "
    "and loading of weights."
)


def estimate_serving(question: ServeQuestion, own: Sequence[CatalogueModel] = ()) -> ServeEstimate:
    """Returns what a service takes.

    Args:
        question: model, accelerator, users and requests or tokens per second, and the day's curve.
        own: models of the planner's own.

    Raises:
        InputError: carries everything that is wrong with the question.
    """
    subject = subject_of(question, own, _contradictions(question))
    if subject.active_params is None:
        hint = "name a model whose size is known"
        problem = Problem("model", f"the size of {subject.name} is not published, so no rate can be given", hint)
        raise InputError("the question cannot be answered", problems=[problem])
    shape = _shape(question)
    rate, rate_inputs = _rate(question, subject, shape)
    load, load_inputs = _load(question)
    curve, ratio = _curve(question)
    busy: list[Factor] = [*load, (rate, -1.0)]
    peak = product(
        "GPUs busy in the busiest hour", "GPUs", [*busy, (ratio, 1.0)], source="tokens/s × peak / rate of one GPU"
    )
    memory = memory_of(subject, load, ratio, shape)
    headroom = _headroom(question)
    fleet, replica = fleet_of(peak, headroom, memory)
    paid = _price(question)
    return ServeEstimate(
        subject=f"{subject.name}, {product('', '', load, source='').central_quantity:,.0f} output tokens/s on average",
        structure=subject.structure,
        sku=subject.accelerator.id,
        precision=subject.precision,
        inputs=(
            *subject.inputs,
            *load_inputs,
            *rate_inputs,
            ratio,
            headroom,
            *memory.inputs,
            *([paid] if paid else []),
        ),
        rate=rate,
        bound=_bound(subject, shape),
        hours=tuple(_hour(hour, share, busy, ratio) for hour, share in enumerate(curve)),
        mean=product("GPUs busy on average", "GPUs", busy, source="tokens/s / rate of one GPU"),
        peak=peak,
        fleet=fleet,
        replica=replica,
        weights=memory.weights,
        kv=memory.kv,
        cost=product(
            "Cost of the fleet", "USD per day", [(fleet, 1.0), (paid, 1.0)], times=HOURS_PER_DAY, source="fleet × price"
        )
        if paid
        else None,
        notes=(*memory.notes, *_notes(question, subject), LEFT_OUT),
    )


def _contradictions(question: ServeQuestion) -> list[Problem]:
    found = []
    by_users = (question.users, question.requests_per_user_day)
    if question.mean_tokens_per_second is not None and any(value is not None for value in by_users):
        found.append(Problem("users", "both tokens per second and users are given", "leave one out"))
    if question.mean_tokens_per_second is None:
        for field, words in (
            ("users", "users"),
            ("requests_per_user_day", "requests of a user in a day"),
            ("input_tokens", "input tokens of a request"),
            ("output_tokens", "output tokens of a request"),
        ):
            if getattr(question, field) is None:
                found.append(Problem(field, f"nothing says how many {words}", "give it, or the tokens per second"))
    if question.model is None and question.total_params is None:
        found.append(
            Problem("model", "nothing says what is served", "name a model, or give its parameters, all and per token")
        )
    if question.curve_ratio:
        found += _odd_curve(question)
    elif question.peak_to_mean_ratio is not None and not 1 <= question.peak_to_mean_ratio <= 2:
        message = f"the busiest hour has {question.peak_to_mean_ratio:g} times the average"
        found.append(Problem("peak_to_mean_ratio", message, "a wave has 1 to 2; give a sharper day as a curve"))
    return found


def _odd_curve(question: ServeQuestion) -> list[Problem]:
    found = []
    if len(question.curve_ratio) != int(HOURS_PER_DAY):
        message = f"the day's curve has {len(question.curve_ratio)} numbers, not 24"
        found.append(Problem("curve_ratio", message, "give one for each hour, from 0 to 23 o'clock"))
    if any(not 0 <= value < 1e12 for value in question.curve_ratio) or not sum(question.curve_ratio) > 0:
        found.append(Problem("curve_ratio", "the day's curve holds a number below zero, or only zeros", "correct it"))
    if question.peak_to_mean_ratio is not None:
        found.append(Problem("peak_to_mean_ratio", "both a curve and its height are given", "leave one out"))
    return found


def _shape(question: ServeQuestion) -> tuple[float, float]:
    """Input and output tokens of a request; those of the measured rates where nothing is said."""
    return question.input_tokens or MEASURED_TOKENS, question.output_tokens or MEASURED_TOKENS


def _rate(question: ServeQuestion, subject: Subject, shape: tuple[float, float]) -> tuple[Figure, list[Figure]]:
    """Output tokens per second of one accelerator, for requests of this shape, and the figures behind it."""
    name, unit = "Output rate of one GPU", "tokens/s"
    if question.gpu_tokens_per_second is not None:
        return known(name, unit, question.gpu_tokens_per_second, GIVEN), []
    assert subject.active_params is not None
    line = setting("serving", "rate", structure=subject.structure)
    weight = setting("serving", "input-weight")
    practice = setting("serving", "in-practice")
    faster = subject.peak_flop_per_second / (accelerator(MEASURED_ON).peak_tflops_per_gpu["fp8"] * FLOP_PER_TFLOP)
    of_shape = _of_shape(weight, shape)
    times = RATE_UNIT / subject.active_params * faster
    source = "published rate × active parameters / active parameters, by peak and shape of the requests"
    rate = product(name, unit, [(line, 1.0), (practice, 1.0), (of_shape, 1.0)], times=times, source=source)
    return rate, [line, practice, weight]


def _of_shape(weight: Figure, shape: tuple[float, float]) -> Figure:
    """How much more output per second these requests allow than those of the measured rate.

    With the work of an input token w, a request takes out + w × in; the measured one 1 + w per output token.
    """
    tokens_in, tokens_out = shape

    def ratio(w: float) -> float:
        return (1 + w) / (1 + w * tokens_in / tokens_out)

    ends = sorted(ratio(w) for w in (weight.quantity_low, weight.quantity_high))
    return Figure(
        name="Shape of the requests",
        unit="ratio",
        quantity_low=ends[0],
        central_quantity=ratio(weight.central_quantity),
        quantity_high=ends[1],
        source="(1 + w) / (1 + w × input / output)",
        confidence="ours",
    )


def _load(question: ServeQuestion) -> tuple[list[Factor], list[Figure]]:
    """Average output tokens per second, as factors, and the figures to show."""
    if question.mean_tokens_per_second is not None:
        load = known("Output tokens, average of the day", "tokens/s", question.mean_tokens_per_second, GIVEN)
        return [(load, 1.0)], [load]
    assert question.users is not None
    assert question.requests_per_user_day is not None
    assert question.output_tokens is not None
    assert question.input_tokens is not None
    users = known("Users", "users", question.users, GIVEN)
    requests = known("Requests of a user in a day", "requests", question.requests_per_user_day, GIVEN)
    read = known("Input tokens of a request", "tokens", question.input_tokens, GIVEN)
    written = known("Output tokens of a request", "tokens", question.output_tokens, GIVEN)
    per_day = product(
        "Output tokens",
        "tokens/s",
        [(users, 1.0), (requests, 1.0), (written, 1.0)],
        source="",
        times=1 / SECONDS_PER_DAY,
    )
    return [(per_day, 1.0)], [users, requests, read, written]


def _curve(question: ServeQuestion) -> tuple[list[float], Figure]:
    """The 24 hours of a day as shares of the average, and the busiest hour over the average."""
    name, unit = "Busiest hour over the average of the day", "ratio"
    if question.curve_ratio:
        mean = sum(question.curve_ratio) / len(question.curve_ratio)
        shares = [value / mean for value in question.curve_ratio]
        return shares, known(name, unit, max(shares), "the curve given")
    if question.peak_to_mean_ratio is not None:
        ratio = known(name, unit, question.peak_to_mean_ratio, GIVEN)
    else:
        ratio = setting("serving", "peak-to-mean")
    swing = ratio.central_quantity - 1
    return [
        1 + swing * cos(2 * pi * (hour - BUSIEST_HOUR) / HOURS_PER_DAY) for hour in range(int(HOURS_PER_DAY))
    ], ratio


def _hour(hour: int, share: float, busy: list[Factor], ratio: Figure) -> Figure:
    """Accelerators busy in one hour. The height of the day is uncertain in the busiest hour, and less in others."""
    name, unit = f"GPUs busy from {hour}:00", "GPUs"
    if share <= 0:
        return known(name, unit, 0.0, "the curve")
    swing = (share - 1) / (ratio.central_quantity - 1) if ratio.central_quantity > 1 else 0.0
    ends = sorted(max(1 + swing * (end - 1), 1e-9) for end in (ratio.quantity_low, ratio.quantity_high))
    height = Figure(
        name="",
        unit="",
        quantity_low=min(ends[0], share),
        central_quantity=share,
        quantity_high=max(ends[1], share),
    )
    return product(name, unit, [*busy, (height, 1.0)], source="the day's curve / rate of one GPU")


def _headroom(question: ServeQuestion) -> Figure:
    if question.headroom_frac is not None:
        return known("Headroom", "share of the fleet", question.headroom_frac, GIVEN)
    return setting("serving", "headroom")


def _price(question: ServeQuestion) -> Figure | None:
    if question.use_price_per_gpu_hour is not None:
        return known("Price of a GPU-hour", "USD per GPU-hour", question.use_price_per_gpu_hour, GIVEN)
    return price(question.sku, None)


def _bound(subject: Subject, shape: tuple[float, float]) -> Figure | None:
    """Output tokens per second if every operation of the peak went into them: no accelerator does more."""
    if subject.active_params is None:
        return None
    tokens_in, tokens_out = shape
    if subject.counts is not None:
        written = forward_flop_per_token(subject.counts, tokens_in + tokens_out / 2)
        read = forward_flop_per_token(subject.counts, tokens_in / 2)
    else:
        written = read = 2.0 * subject.active_params
    per_output = written + read * tokens_in / tokens_out
    source = "peak / operations of a forward pass, input included"
    return known("No more than", "tokens/s", subject.peak_flop_per_second / per_output, source, "ours")


def _notes(question: ServeQuestion, subject: Subject) -> list[str]:
    notes = []
    if question.gpu_tokens_per_second is None and subject.accelerator.id != MEASURED_ON:
        notes.append(
            f"Rates were measured on {accelerator(MEASURED_ON).name} in {MEASURED_IN}; for "
            f"{subject.accelerator.name} in {subject.precision} they are scaled by peak, which memory may not follow."
        )
    if question.input_tokens is None or question.output_tokens is None:
        notes.append(
            "Requests are taken to have the shape of the measured ones where nothing is said: 1,000 tokens in, 1,000 out."
        )
    if _price(question) is None:
        notes.append(f"No price of a GPU-hour of `{question.sku}` is known.")
    return notes
