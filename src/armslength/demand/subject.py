"""What a question is about: the model, its parameters, the accelerator and its peak. Shared by training and serving.

All that is wrong with a question is found before anything is computed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

from armslength.demand.bands import known
from armslength.demand.shape import Counts, counts_of, has_shape, missing_fields
from armslength.demand.tables import accelerator, model_named
from armslength.errors import InputError, Problem, UnknownName
from armslength.model.catalogue import Accelerator, CatalogueModel, Ground, Precision, Structure
from armslength.model.estimate import Figure, ServeQuestion, TrainQuestion
from armslength.model.noun import Noun
from armslength.units import FLOP_PER_TFLOP

GIVEN = "given"
LARGEST_QUANTITY = 1e18
SHARES = ("steady_mfu_frac", "goodput_frac", "headroom_frac")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is trained or served, and on what.

    Attributes:
        name: the model in words.
        model: its row, if it is in the catalogue or a planner's file.
        counts: what its shape comes to, where it is known.
        structure: dense or mixture of experts.
        total_params: all parameters; None where nothing is published.
        active_params: parameters used per token; None where nothing is published.
        accelerator: what it runs on.
        precision: precision of the products.
        inputs: figures to show with their sources.
    """

    name: str
    model: CatalogueModel | None
    counts: Counts | None
    structure: Structure
    total_params: float | None
    active_params: float | None
    accelerator: Accelerator
    precision: Precision
    inputs: tuple[Figure, ...]

    @property
    def peak_flop_per_second(self) -> float:
        """Dense peak of one accelerator."""
        return self.accelerator.peak_tflops_per_gpu[self.precision] * FLOP_PER_TFLOP


def subject_of(
    question: TrainQuestion | ServeQuestion,
    own: Sequence[CatalogueModel],
    more: Iterable[Problem] = (),
) -> Subject:
    """Returns what a question is about.

    Args:
        question: as asked.
        own: the planner's own models, which come before the catalogue's.
        more: problems that were found already, to be reported together.

    Raises:
        InputError: carries everything that is wrong with the question.
    """
    problems = [*more, *_odd_numbers(question)]
    model: CatalogueModel | None = None
    unit: Accelerator | None = None
    try:
        model = model_named(question.model, own) if question.model is not None else None
    except UnknownName as error:
        problems.append(Problem("model", error.message, error.hint))
    try:
        unit = accelerator(question.sku)
    except UnknownName as error:
        problems.append(Problem("sku", error.message, error.hint))
    if model is not None:
        problems += model_problems(model)
        problems += [
            Problem(field, f"both a model and {field} are given", "leave one out")
            for field in ("total_params", "active_params", "structure")
            if getattr(question, field) is not None
        ]
    problems += _odd_params(question)
    precision = _precision(question, unit, problems)
    if problems or unit is None or precision is None:
        raise InputError("the question cannot be answered", problems=problems)
    if model is not None:
        return _of_model(model, unit, precision)
    return _of_numbers(question, unit, precision)


def model_problems(model: CatalogueModel) -> tuple[Problem, ...]:
    """Returns what is wrong with a model's own figures."""
    found = []
    total, active = model.total_params, model.active_params
    if total is not None and active is not None and active > total:
        found.append(_more_active(f"model `{model.id}`", active, total))
    shape = [
        field for field in ("layers_count", "width_count", "heads_count", "vocabulary_count") if getattr(model, field)
    ]
    if shape and not has_shape(model):
        message = f"model `{model.id}` gives a part of its shape; {', '.join(missing_fields(model))} are missing"
        found.append(Problem("model", message, "give the whole shape, or total_params and active_params only"))
    chosen, experts = model.chosen_experts_count, model.experts_count
    if chosen is not None and experts is not None and chosen > experts:
        message = f"model `{model.id}` chooses {chosen} experts, but has {experts}"
        found.append(Problem("model", message, "exchange the two, or correct one"))
    if model.kv_heads_count and model.heads_count and model.heads_count % model.kv_heads_count:
        message = (
            f"model `{model.id}`: {model.heads_count} heads cannot share {model.kv_heads_count} key and value heads"
        )
        found.append(Problem("model", message, "heads_count must be a multiple of kv_heads_count"))
    if model.dense_layers_count and model.layers_count and model.dense_layers_count > model.layers_count:
        message = f"model `{model.id}` has {model.layers_count} layers, of which {model.dense_layers_count} are dense"
        found.append(Problem("model", message, "correct dense_layers_count"))
    low, central, high = model.train_yottaflop_low, model.train_yottaflop, model.train_yottaflop_high
    if central is None and (low or high):
        message = f"model `{model.id}` gives a range of compute without train_yottaflop"
        found.append(Problem("model", message, "give the central value too"))
    elif central is not None and not (low or central) <= central <= (high or central):
        message = f"model `{model.id}`: train_yottaflop of {central:g} is outside its own range"
        found.append(Problem("model", message, "low, central, high in order"))
    return tuple(found)


def _odd_numbers(question: Noun) -> list[Problem]:
    """Numbers that are zero, negative, endless or absurdly large."""
    found = []
    for field in type(question).model_fields:
        value = getattr(question, field)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not isfinite(value) or value <= 0 or value > LARGEST_QUANTITY:
            what = "zero" if value == 0 else f"{value:g}"
            found.append(
                Problem(field, f"{field} is {what}, but must be above zero and finite", "leave it out or correct it")
            )
        elif field in SHARES and (value > 1 or (field == "headroom_frac" and value >= 1)):
            found.append(Problem(field, f"{field} is {value:g}, but is a share of at most 1", "0.35 is 35 %"))
    return found


def _odd_params(question: TrainQuestion | ServeQuestion) -> list[Problem]:
    total, active = question.total_params, question.active_params
    if total is not None and active is not None and active > total:
        return [_more_active("active_params", active, total)]
    if active is not None and total is None and question.model is None:
        return [Problem("active_params", "active parameters are given without all of them", "give all parameters too")]
    if question.structure == "dense" and total is not None and active is not None and active < total:
        message = f"a dense model uses all its {total:g} parameters for a token, not {active:g}"
        return [Problem("structure", message, "leave the structure out, or make it moe")]
    return []


def _more_active(where: str, active: float, total: float) -> Problem:
    message = f"{active:,.0f} parameters are used per token, more than the {total:,.0f} there are"
    return Problem(where, message, "exchange the two, or correct one")


def _precision(
    question: TrainQuestion | ServeQuestion, unit: Accelerator | None, problems: list[Problem]
) -> Precision | None:
    """The precision asked for or, if none is, the first that the accelerator has of those in use."""
    if unit is None:
        return None
    peaks = unit.peak_tflops_per_gpu
    if question.precision is not None:
        if question.precision not in peaks:
            message = f"`{unit.id}` has no known peak for {question.precision}"
            problems.append(Problem("precision", message, f"it has {', '.join(peaks)}"))
            return None
        return question.precision
    wanted: tuple[Precision, ...] = (
        ("bf16", "fp16") if isinstance(question, TrainQuestion) else ("fp8", "int8", "bf16", "fp16")
    )
    return next(precision for precision in wanted if precision in peaks)


def ground(model: CatalogueModel, field: str) -> Ground:
    """Returns where a field of a model comes from: its own ground, or that of its row."""
    for row in model.grounds:
        if field in row.fields:
            return row
    return Ground(
        fields=(field,),
        source=model.source or "no source is named",
        confidence=model.confidence or "assumption",
        note=model.note or "",
    )


def _of_model(model: CatalogueModel, unit: Accelerator, precision: Precision) -> Subject:
    counts = counts_of(model) if has_shape(model) else None
    total = float(counts.total_params) if counts else model.total_params
    active = float(counts.active_params) if counts else (model.active_params or model.total_params)
    inputs: list[Figure] = []
    if total is not None and active is not None:
        where = ground(model, "layers_count" if counts else "total_params")
        made = "counted from the shape: " if counts else ""
        inputs.append(known("Parameters", "parameters", total, made + where.source, where.confidence))
        inputs.append(known("Parameters used per token", "parameters", active, made + where.source, where.confidence))
    name = model.name or model.id
    return Subject(
        name, model, counts, model.structure, total, active, unit, precision, (*inputs, peak_figure(unit, precision))
    )


def _of_numbers(question: TrainQuestion | ServeQuestion, unit: Accelerator, precision: Precision) -> Subject:
    total = question.total_params
    active = question.active_params or total
    structure: Structure = question.structure or ("moe" if total and active and active < total else "dense")
    inputs: list[Figure] = []
    if total is not None and active is not None:
        inputs.append(known("Parameters", "parameters", total, GIVEN))
        inputs.append(known("Parameters used per token", "parameters", active, GIVEN))
    name = f"a model of {total:,.0f} parameters" if total else "a model of unknown size"
    return Subject(name, None, None, structure, total, active, unit, precision, (*inputs, peak_figure(unit, precision)))


def peak_figure(unit: Accelerator, precision: Precision) -> Figure:
    """Returns the dense peak of an accelerator as a figure."""
    peak = unit.peak_tflops_per_gpu[precision]
    return known(f"Dense {precision} peak of {unit.name}", "TFLOP/s per GPU", peak, unit.source, unit.confidence)
