"""Workloads of a case which name a model: their GPU-hours or accelerators, put where a planner looks for them.

A pure function of the case as known on a day. Planning and the check of a plan both see the case that comes out.
"""

from armslength.demand.serve import estimate_serving
from armslength.demand.subject import GIVEN, model_problems
from armslength.demand.tables import accelerators, model_named
from armslength.demand.train import estimate_training
from armslength.errors import InputError, Problem, UnknownName
from armslength.model.case import Case
from armslength.model.catalogue import CatalogueModel, Model
from armslength.model.demand import Demand, Workload
from armslength.model.estimate import Figure, ServeEstimate, ServeQuestion, Sizing, TrainEstimate, TrainQuestion
from armslength.model.rules_demand import SERVICE_OF_USERS
from armslength.model.rules_references import place
from armslength.model.supply import Sku

LARGEST_GPU_HOURS = 1e15
LARGEST_FLEET_GPUS = 1e7
# What a workload holds once its size has been put in place of its model.
WITHOUT_MODEL: dict[str, bool | None] = {
    "model": None,
    "tokens": None,
    "repeated": False,
    "mean_tokens_per_second": None,
    **dict.fromkeys(SERVICE_OF_USERS),
}


def sizing_problems(case: Case) -> tuple[Problem, ...]:
    """Returns what stands against working out the size of each workload that names a model."""
    own = own_models(case)
    found = [
        Problem(place("models", index), problem.message, problem.hint)
        for index, row in enumerate(case.models)
        for problem in model_problems(_catalogued(row))
    ]
    if found:
        return tuple(found)
    for index, work in enumerate(case.workloads):
        if work.model is not None and _is_whole(work):
            found += _problems_of(case, index, work, own)
    return tuple(found)


def sized(case: Case) -> tuple[Case, tuple[Sizing, ...]]:
    """Returns the case with sizes in place of models, and how each was worked out.

    A training run gets ``work_gpu_hours``, a service a row in ``demand``; the model's fields are emptied, so that doing it
    again changes nothing.

    Raises:
        InputError: when a size cannot be worked out; ``sizing_problems`` lists all reasons.
    """
    own = own_models(case)
    workloads: list[Workload] = []
    demand = list(case.demand)
    sizings: list[Sizing] = []
    for work in case.workloads:
        if work.model is None:
            workloads.append(work)
            continue
        estimate = estimated(case, work, own)
        sizing = _sizing(case, work, estimate, own)
        sizings.append(sizing)
        update: dict[str, object] = dict(WITHOUT_MODEL)
        if isinstance(estimate, ServeEstimate):
            demand.append(_demand(case, work, sizing.size))
        elif not work.repeated:
            update["work_gpu_hours"] = sizing.size.central_quantity
        workloads.append(work.model_copy(update=update))
    if not sizings:
        return case, ()
    demand.sort(key=lambda row: row.id)
    return case.model_copy(update={"workloads": tuple(workloads), "demand": tuple(demand)}), tuple(sizings)


def own_models(case: Case) -> tuple[CatalogueModel, ...]:
    """Returns the case's own models in the form of the catalogue."""
    return tuple(_catalogued(row) for row in case.models)


def estimated(case: Case, work: Workload, own: tuple[CatalogueModel, ...]) -> TrainEstimate | ServeEstimate:
    """Returns what a workload's model takes, on the reference SKU of its kind of work.

    Raises:
        InputError: when it cannot be worked out.
    """
    sku = reference_sku(case, work)
    if work.form == "training":
        return estimate_training(TrainQuestion(model=work.model, tokens=work.tokens, sku=sku), own)
    question = ServeQuestion(
        model=work.model,
        sku=sku,
        mean_tokens_per_second=work.mean_tokens_per_second,
        users=work.users,
        requests_per_user_day=work.requests_per_user_day,
        input_tokens=work.input_tokens,
        output_tokens=work.output_tokens,
    )
    return estimate_serving(question, own)


def reference_sku(case: Case, work: Workload) -> str:
    """Returns the accelerator, as the table knows it, in whose GPU-hours a workload is counted.

    It is a SKU of the case whose throughput ratio for this kind of work is 1, one that the workload can use if possible.

    Raises:
        InputError: when there is none, or the table does not know it.
    """
    kind = work.kind or work.form
    fits = [sku for sku in case.skus if sku.throughput_ratio.get(kind, 1.0) == 1.0]
    fits.sort(key=lambda sku: (bool(work.skus) and sku.id not in work.skus, sku.id))
    known = {row.id for row in accelerators()}
    named = [peak_name(sku) for sku in fits if peak_name(sku) in known]
    if named:
        return named[0]
    what = (
        f"`{fits[0].id}`, the reference SKU for {kind}, is not in the table of peaks"
        if fits
        else f"no SKU has the ratio 1 for {kind}"
    )
    hint = (
        f"give the SKU `same_as`, one of {', '.join(sorted(known))}"
        if fits
        else "state throughput_ratio so that one is the reference"
    )
    raise InputError(what, problems=[Problem("model", f"the size of `{work.id}` cannot be counted: {what}", hint)])


def peak_name(sku: Sku) -> str:
    """Returns the name under which the table of peaks may know a SKU of a case."""
    return sku.same_as or sku.id


def _catalogued(row: Model) -> CatalogueModel:
    return CatalogueModel(**{name: getattr(row, name) for name in Model.model_fields})


def _is_whole(work: Workload) -> bool:
    """Whether a workload says all that its form needs; what is missing is for the rules of the case to say."""
    if work.form == "training" or work.mean_tokens_per_second is not None:
        return True
    return all(getattr(work, field) is not None for field in SERVICE_OF_USERS)


def _problems_of(case: Case, index: int, work: Workload, own: tuple[CatalogueModel, ...]) -> list[Problem]:
    try:
        model_named(work.model or "", own)
        estimate = estimated(case, work, own)
    except UnknownName as error:
        return [Problem(place("workloads", index, "model"), error.message, error.hint)]
    except InputError as error:
        return [
            Problem(
                place("workloads", index, problem.place if problem.place in WITHOUT_MODEL else "model"),
                problem.message,
                problem.hint,
            )
            for problem in error.problems
        ]
    size = estimate.fleet if isinstance(estimate, ServeEstimate) else estimate.gpu_hours
    most = LARGEST_FLEET_GPUS if isinstance(estimate, ServeEstimate) else LARGEST_GPU_HOURS
    if size.quantity_high > most:
        message = f"`{work.id}` comes to {size.central_quantity:.3g} {size.unit}, which is beyond reason"
        return [Problem(place("workloads", index, "model"), message, "check tokens, users and the model's size")]
    return []


def _sizing(
    case: Case, work: Workload, estimate: TrainEstimate | ServeEstimate, own: tuple[CatalogueModel, ...]
) -> Sizing:
    assert work.model is not None
    size = estimate.fleet if isinstance(estimate, ServeEstimate) else estimate.gpu_hours
    # Power and prices are answered for in the case itself.
    inputs = tuple(_of_case(row, work) for row in estimate.inputs if row.unit not in ("USD per GPU-hour", "kW"))
    if isinstance(estimate, TrainEstimate):
        inputs = (estimate.model_flop, *inputs)
    notes = list(estimate.notes)
    if case.as_of is not None and work.model not in {row.id for row in own}:
        notes.append(
            "The catalogue and its defaults are of today: they may hold what was not known yet on the day of this plan. "
            "Rows of `models` with known_on keep to the day."
        )
    return Sizing(
        workload=work.id, model=work.model, size=size, repeated=work.repeated, inputs=inputs, notes=tuple(notes)
    )


def _of_case(figure: Figure, work: Workload) -> Figure:
    """A figure that the planner gave comes from where the workload's row comes from."""
    if figure.source != GIVEN:
        return figure
    return figure.model_copy(update={"source": work.source or "the case", "confidence": work.confidence})


def _demand(case: Case, work: Workload, fleet: Figure) -> Demand:
    taken = {row.id for row in case.demand}
    name = work.id
    while name in taken:
        name += "-fleet"
    return Demand(
        id=name,
        workload=work.id,
        from_on=work.start_on or case.horizon.start_on,
        wanted_gpus=fleet.central_quantity,
        source=work.source,
        confidence="ours",
        note=f"Worked out from model {work.model}: {fleet.quantity_low:,.0f} to {fleet.quantity_high:,.0f}.",
    )
