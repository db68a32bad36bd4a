"""A training run: from a model and tokens to operations, GPU-hours, weeks, power, energy, money and memory.

GPU-hours = operations / (peak × steady MFU × goodput). Operations are the model's, forward and backward; what
recomputation adds is shown apart and never enters, since MFU is defined without it (arXiv 2204.02311, appendix B).
"""

from collections.abc import Sequence

from armslength.demand.bands import known, product, whole
from armslength.demand.shape import RECOMPUTED, train_flop_per_token
from armslength.demand.subject import GIVEN, Subject, ground, subject_of
from armslength.demand.tables import price, setting
from armslength.errors import InputError, Problem
from armslength.model.catalogue import CatalogueModel
from armslength.model.estimate import Figure, TrainEstimate, TrainQuestion
from armslength.units import (
    BYTES_PER_GB,
    FLOP_PER_YOTTAFLOP,
    HOURS_PER_DAY,
    HOURS_PER_WEEK,
    KW_PER_MW,
    SECONDS_PER_HOUR,
)

LEFT_OUT = (
    "Left out: trial runs before the one that counts, tuning afterwards, data work, "
    "and operations outside matrix products."
)


def estimate_training(question: TrainQuestion, own: Sequence[CatalogueModel] = ()) -> TrainEstimate:
    """Returns what a training run takes.

    Args:
        question: model and tokens, or operations; accelerator; how many, or by when.
        own: models of the planner's own.

    Raises:
        InputError: carries everything that is wrong with the question.
    """
    subject = subject_of(question, own, _contradictions(question))
    flop, flop_inputs, notes = operations(question, subject)
    mfu, goodput = utilisation(question, subject)
    unit = subject.accelerator
    power = Figure(
        name="Site power of one accelerator",
        unit="kW",
        quantity_low=unit.site_kw_per_gpu_low,
        central_quantity=unit.site_kw_per_gpu,
        quantity_high=unit.site_kw_per_gpu_high,
        source=unit.power_source,
        confidence=unit.confidence,
    )
    paid = _price(question)
    work = [(flop, 1.0), (mfu, -1.0), (goodput, -1.0)]
    per_hour = subject.peak_flop_per_second * SECONDS_PER_HOUR
    gpu_hours = product(
        "GPU-hours", "GPU-hours", work, times=1 / per_hour, source="operations / (peak × steady MFU × goodput)"
    )
    floor = _floor(subject)
    notes += _warnings(question, subject, floor)
    gpus = _gpus_by(question, gpu_hours)
    running = known("", "", float(question.gpus), GIVEN) if question.gpus else gpus
    return TrainEstimate(
        subject=_in_words(question, subject, flop_inputs),
        structure=subject.structure,
        sku=unit.id,
        precision=subject.precision,
        inputs=(*subject.inputs, *flop_inputs, mfu, goodput, power, *([paid] if paid else [])),
        model_flop=flop,
        hardware_flop=_with_recomputation(flop) if question.recompute else None,
        gpu_hours=gpu_hours,
        gpus=gpus,
        weeks=_weeks(question, work, per_hour),
        power=product(
            "Site power", "MW", [(running, 1.0), (power, 1.0)], times=1 / KW_PER_MW, source="GPUs × kW per GPU"
        )
        if running
        else None,
        energy=product(
            "Energy", "MWh", [*work, (power, 1.0)], times=1 / per_hour / KW_PER_MW, source="GPU-hours × kW per GPU"
        ),
        cost=product("Cost", "USD", [*work, (paid, 1.0)], times=1 / per_hour, source="GPU-hours × price")
        if paid
        else None,
        floor=floor,
        notes=(*notes, LEFT_OUT),
    )


def operations(question: TrainQuestion, subject: Subject) -> tuple[Figure, list[Figure], list[str]]:
    """Returns the operations of a run, the figures behind them, and notes.

    They are those given; or those of the tokens given, by shape where it is known and else 6 per parameter used;
    or, without tokens, those of the catalogue's own tokens; or its published compute.
    """
    model = subject.model
    if question.train_yottaflop is not None:
        return known("Model operations", "FLOP", question.train_yottaflop * FLOP_PER_YOTTAFLOP, GIVEN), [], []
    tokens = _tokens(question, subject)
    if tokens is not None and subject.counts is not None:
        sequence = _sequence(question, subject)
        per_token = product(
            "Operations per token",
            "FLOP",
            [],
            times=train_flop_per_token(subject.counts, int(sequence.central_quantity)),
            source="6 × parameters multiplied with + attention over half a sequence, by shape",
        )
        flop = product(
            "Model operations", "FLOP", [(per_token, 1.0), (tokens, 1.0)], source="operations per token × tokens"
        )
        return flop, [tokens, sequence, per_token], _beside_published(subject, flop)
    if tokens is not None and subject.active_params is not None:
        per_token = known(
            "Operations per token", "FLOP", 6 * subject.active_params, "6 × parameters used per token", "ours"
        )
        flop = product(
            "Model operations", "FLOP", [(per_token, 1.0), (tokens, 1.0)], source="operations per token × tokens"
        )
        return (
            flop,
            [tokens, per_token],
            ["No shape is known: 6 operations per parameter and token, attention left out."],
        )
    published = published_operations(subject.model)
    if published is not None and question.tokens is None:
        return published, [], ["Tokens are not published; the operations are those that the catalogue gives."]
    raise InputError("the question cannot be answered", problems=[_why_not(question, model)])


def published_operations(model: CatalogueModel | None) -> Figure | None:
    """Returns the training compute which the catalogue gives for a model, with its range."""
    if model is None or model.train_yottaflop is None:
        return None
    central = model.train_yottaflop * FLOP_PER_YOTTAFLOP
    where = ground(model, "train_yottaflop")
    return Figure(
        name="Model operations",
        unit="FLOP",
        quantity_low=(model.train_yottaflop_low or model.train_yottaflop) * FLOP_PER_YOTTAFLOP,
        central_quantity=central,
        quantity_high=(model.train_yottaflop_high or model.train_yottaflop) * FLOP_PER_YOTTAFLOP,
        source=where.source,
        confidence=where.confidence,
        note=where.note,
    )


def utilisation(question: TrainQuestion, subject: Subject) -> tuple[Figure, Figure]:
    """Returns steady MFU and goodput, given or by default: two inputs, never one."""
    if question.steady_mfu_frac is not None:
        mfu = known("Steady MFU", "share of peak", question.steady_mfu_frac, GIVEN)
    else:
        mfu = setting(
            "training",
            "steady-mfu",
            structure=subject.structure,
            generation=subject.accelerator.generation,
            precision=subject.precision,
            params=subject.active_params,
        )
    if question.goodput_frac is not None:
        return mfu, known("Goodput", "share of GPU-hours", question.goodput_frac, GIVEN)
    return mfu, setting("training", "goodput")


def _contradictions(question: TrainQuestion) -> list[Problem]:
    found = []
    if question.train_yottaflop is not None and question.tokens is not None:
        found.append(Problem("flops", "both operations and tokens are given", "leave one out"))
    if question.finish_on is not None and question.gpus is not None:
        found.append(Problem("finish_on", "both accelerators and the day to finish by are given", "leave one out"))
    if question.finish_on is not None and question.start_on is None:
        found.append(Problem("start_on", "a day to finish by needs a first day", "give the first day"))
    if question.finish_on is not None and question.start_on is not None and question.finish_on <= question.start_on:
        message = f"finishing by {question.finish_on} is not after the start on {question.start_on}"
        found.append(Problem("finish_on", message, "correct one of the days"))
    if question.model is None and question.train_yottaflop is None:
        if question.total_params is None:
            found.append(
                Problem(
                    "model", "nothing says what is trained", "name a model, or give its parameters or the operations"
                )
            )
        if question.tokens is None:
            found.append(Problem("tokens", "nothing says how many tokens", "give the tokens, such as 15T"))
    return found


def _tokens(question: TrainQuestion, subject: Subject) -> Figure | None:
    if question.tokens is not None:
        return known("Tokens", "tokens", question.tokens, GIVEN)
    if subject.model is None or subject.model.train_tokens is None:
        return None
    where = ground(subject.model, "train_tokens")
    return known("Tokens", "tokens", subject.model.train_tokens, where.source, where.confidence, where.note)


def _sequence(question: TrainQuestion, subject: Subject) -> Figure:
    if question.sequence_tokens is not None:
        return known("Training sequence", "tokens", float(question.sequence_tokens), GIVEN)
    if subject.model is not None and subject.model.sequence_tokens is not None:
        where = ground(subject.model, "sequence_tokens")
        length = float(subject.model.sequence_tokens)
        return known("Training sequence", "tokens", length, where.source, where.confidence, where.note)
    return setting("training", "sequence")


def _beside_published(subject: Subject, flop: Figure) -> list[str]:
    published = published_operations(subject.model)
    if published is None:
        return []
    return [
        f"The catalogue gives {_flop(published.central_quantity)} FLOP for the run that was made ({published.source}); "
        f"this is {_flop(flop.central_quantity)}."
    ]


def _why_not(question: TrainQuestion, model: CatalogueModel | None) -> Problem:
    if model is not None and question.tokens is not None:
        message = f"the size of `{model.id}` is not published, so tokens say nothing"
        hint = (
            "leave the tokens out: the catalogue has the operations" if model.train_yottaflop else "give the operations"
        )
        return Problem("tokens", message, hint)
    if model is not None:
        message = f"neither tokens nor training operations of `{model.id}` are known"
        return Problem("tokens", message, "give the tokens, such as 15T, or the operations")
    return Problem("model", "nothing says what is trained", "name a model, or give its parameters or the operations")


def _with_recomputation(flop: Figure) -> Figure:
    made = product("Hardware operations", "FLOP", [(flop, 1.0)], times=RECOMPUTED, source="model operations × 8/6")
    return made.model_copy(
        update={"note": "With full recomputation. MFU and GPU-hours are counted in model operations."}
    )


def _price(question: TrainQuestion) -> Figure | None:
    if question.use_price_per_gpu_hour is not None:
        return known("Price of a GPU-hour", "USD per GPU-hour", question.use_price_per_gpu_hour, GIVEN)
    return price(question.sku, question.start_on)


def _floor(subject: Subject) -> Figure | None:
    """Fewest accelerators whose memory holds weights, gradients and the optimiser's states."""
    if subject.total_params is None:
        return None
    memory = subject.accelerator.memory_gb_per_gpu * BYTES_PER_GB
    made = product(
        "Memory floor",
        "GPUs",
        [(setting("training", "state-bytes"), 1.0)],
        times=subject.total_params / memory,
        source="parameters × bytes of training states / memory of one accelerator; activations left out",
    )
    return whole(made)


def _warnings(question: TrainQuestion, subject: Subject, floor: Figure | None) -> list[str]:
    notes = []
    if floor is not None and question.gpus is not None and question.gpus < floor.central_quantity:
        notes.append(
            f"{question.gpus:,} accelerators cannot hold the training states: at least {floor.central_quantity:,.0f} are needed."
        )
    if subject.model is None and subject.total_params is None and question.structure is None:
        notes.append("Nothing says what structure the model has: dense is assumed, whose utilisation is better known.")
    if floor is None:
        notes.append("The number of parameters is not known, so neither is the memory floor.")
    if question.use_price_per_gpu_hour is None and _price(question) is None:
        notes.append(f"No price of a GPU-hour of `{question.sku}` is known for that day, so there is no cost.")
    return notes


def _gpus_by(question: TrainQuestion, gpu_hours: Figure) -> Figure | None:
    """Accelerators with which the run ends by the day asked for."""
    if question.finish_on is None or question.start_on is None:
        return None
    hours = (question.finish_on - question.start_on).days * HOURS_PER_DAY
    made = product("GPUs", "GPUs", [(gpu_hours, 1.0)], times=1 / hours, source="GPU-hours / hours from start to finish")
    return whole(made)


def _weeks(question: TrainQuestion, work: list[tuple[Figure, float]], per_hour: float) -> Figure | None:
    if question.gpus is None:
        return None
    times = 1 / per_hour / question.gpus / HOURS_PER_WEEK
    return product("Weeks", "weeks", work, times=times, source=f"GPU-hours / {question.gpus:,} GPUs / 168 hours")


def _in_words(question: TrainQuestion, subject: Subject, inputs: list[Figure]) -> str:
    tokens = next((figure.central_quantity for figure in inputs if figure.name == "Tokens"), None)
    if question.train_yottaflop is not None:
        what = f"a run of {_flop(question.train_yottaflop * FLOP_PER_YOTTAFLOP)} FLOP"
        name = f"{what}, {subject.name}" if subject.model else what
    else:
        name = subject.name
    return f"{name} on {tokens / 1e12:,.4g}T tokens" if tokens else name


def _flop(operations_count: float) -> str:
    return f"{operations_count:.3g}".replace("e+", "e")
