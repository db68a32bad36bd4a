"""What accelerators that wait without power could have trained: from a plan's idle GPU-hours to runs of known models."""

from collections.abc import Sequence

from armslength.demand.bands import known, product
from armslength.demand.sizing import own_models, peak_name
from armslength.demand.subject import subject_of
from armslength.demand.tables import accelerators, models
from armslength.demand.train import operations, utilisation
from armslength.model.case import Case
from armslength.model.catalogue import CatalogueModel
from armslength.model.estimate import Figure, Prospect, Runs, Sizing, TrainQuestion
from armslength.model.names import names_of
from armslength.model.plan import IdleCause, Period, Plan
from armslength.model.supply import Lot
from armslength.units import HOURS_PER_MONTH, SECONDS_PER_HOUR, in_words

WAITING: tuple[IdleCause, ...] = ("no power", "no slot", "commissioning")
LEAST_MONTHS = 0.5  # the days of commissioning and burn-in are no waiting to speak of
TOLD_MOST = 3


def prospects(case: Case, alone: Plan, lots: Sequence[str], sizings: Sequence[Sizing]) -> tuple[Prospect, ...]:
    """Returns what lots that wait for power when everyone stands alone could have trained meanwhile.

    Args:
        case: the case as planned.
        alone: the plan of standing alone.
        lots: ids of the lots to look at.
        sizings: of the case; their models are among those counted in.
    """
    found = []
    for lot in sorted((row for row in case.lots if row.id in set(lots)), key=lambda row: (-row.gpus, row.id)):
        hours = waiting_gpu_hours(case, alone, lot)
        if lot.gpus and hours / lot.gpus >= LEAST_MONTHS * HOURS_PER_MONTH:
            prospect = _prospect(case, lot, hours, sizings)
            found += [prospect] if prospect else []
    return tuple(found)


def waiting_gpu_hours(case: Case, alone: Plan, lot: Lot) -> float:
    """Returns the GPU-hours for which a lot waits between receipt and use, in a plan of standing alone.

    A plan counts accelerators by owner and SKU. Those received first are taken to be commissioned first, so a lot waits
    for what is left of the waiting once all later lots wait in full. In a period in which several lots are commissioned
    that is the least it can be: the plan does not say in which part of the period each of them is.
    """
    waiting = [0.0] * len(alone.periods)
    for row in alone.idle:
        if row.title == lot.owner and row.sku == lot.sku and row.cause in WAITING:
            waiting[row.period_index] += row.idle_gpu_hours
    order = (lot.expected_on.p50_on, lot.id)
    later = [
        row
        for row in case.lots
        if row.owner == lot.owner and row.sku == lot.sku and (row.expected_on.p50_on, row.id) > order
    ]
    total = 0.0
    for period, hours in zip(alone.periods, waiting, strict=True):
        behind = sum(_held_gpu_hours(row, period) for row in later)
        total += min(max(0.0, hours - behind), _held_gpu_hours(lot, period))
    return total


def _held_gpu_hours(lot: Lot, period: Period) -> float:
    """GPU-hours of a lot in a period from its receipt on."""
    days = (period.end_on - period.start_on).days
    held = (period.end_on - max(lot.expected_on.p50_on, period.start_on)).days
    return lot.gpus * period.counted_hours * max(0, held) / days


def _prospect(case: Case, lot: Lot, hours: float, sizings: Sequence[Sizing]) -> Prospect | None:
    sku = next((peak_name(row) for row in case.skus if row.id == lot.sku), "")
    if sku not in {row.id for row in accelerators()}:
        return None
    source = "the plan of standing alone: no power, no slot or commissioning"
    waiting = known("Waiting", "GPU-hours", hours, source, "ours")
    months = known(
        "Wait of one accelerator", "months", hours / lot.gpus / HOURS_PER_MONTH, "waiting / accelerators", "ours"
    )
    flop = _flop(sku, waiting)
    runs = sorted(
        (_runs(model, sku, waiting, case) for model in _yardsticks(case, sizings)),
        key=lambda row: (-row.runs.central_quantity, row.model),
    )
    text = _waited(case, lot, months, waiting, flop)
    told = [row for row in runs if row.runs.quantity_high >= 1][-TOLD_MOST:]
    if told:
        text += f" In runs of known models: {'; '.join(_told(row) for row in told)}."
    return Prospect(
        lot=lot.id,
        organisation=lot.owner,
        lot_gpus=lot.gpus,
        waiting=waiting,
        months=months,
        model_flop=flop,
        runs=tuple(runs),
        text=text,
    )


def _waited(case: Case, lot: Lot, months: Figure, waiting: Figure, flop: Figure) -> str:
    owner = names_of(case).get(lot.owner, lot.owner)
    ends = f"{_flop_words(flop.quantity_low)} to {_flop_words(flop.quantity_high)}"
    return (
        f"Standing alone, the {lot.gpus:,} accelerators of the lot {lot.id} ({owner}) would have waited "
        f"at least {months.central_quantity:.1f} months on average: {in_words(waiting.central_quantity, 'GPU-hours')}. "
        f"A dense model's training could have used them for {_flop_words(flop.central_quantity)} FLOP ({ends})."
    )


def _told(row: Runs) -> str:
    runs = row.runs
    return f"{row.name} {_count(runs.central_quantity)} ({_count(runs.quantity_low)} to {_count(runs.quantity_high)})"


def _count(runs: float) -> str:
    return f"{runs:,.0f}" if runs >= 20 else f"{runs:.1f}"


def _flop(sku: str, waiting: Figure) -> Figure:
    """Operations of a dense model's training that fit into GPU-hours, at whole-run utilisation."""
    # Only the accelerator and the defaults matter here; the operations asked for are a stand-in.
    question = TrainQuestion(train_yottaflop=1.0, structure="dense", sku=sku)
    subject = subject_of(question, ())
    mfu, goodput = utilisation(question, subject)
    return product(
        "Model operations",
        "FLOP",
        [(waiting, 1.0), (mfu, 1.0), (goodput, 1.0)],
        times=subject.peak_flop_per_second * SECONDS_PER_HOUR,
        source="GPU-hours × peak × steady MFU × goodput, dense",
    )


def _yardsticks(case: Case, sizings: Sequence[Sizing]) -> list[CatalogueModel]:
    """The models that the case trains, and those which the catalogue marks for comparison and that were out by then."""
    named = {sizing.model for sizing in sizings if sizing.size.unit == "GPU-hours"}
    known_models = {row.id: row for row in (*models(), *own_models(case))}
    return [row for name, row in known_models.items() if name in named or (row.yardstick and _is_out(row, case))]


def _is_out(model: CatalogueModel, case: Case) -> bool:
    return case.as_of is None or (model.released_on is not None and model.released_on <= case.as_of)


def _runs(model: CatalogueModel, sku: str, waiting: Figure, case: Case) -> Runs:
    question = TrainQuestion(model=model.id, sku=sku)
    subject = subject_of(question, own_models(case))
    flop, _, _ = operations(question, subject)
    mfu, goodput = utilisation(question, subject)
    runs = product(
        "Runs",
        "runs",
        [(waiting, 1.0), (mfu, 1.0), (goodput, 1.0), (flop, -1.0)],
        times=subject.peak_flop_per_second * SECONDS_PER_HOUR,
        source="GPU-hours × peak × steady MFU × goodput / operations of one run",
    )
    return Runs(model=model.id, name=model.name or model.id, runs=runs)


def _flop_words(operations_count: float) -> str:
    return f"{operations_count:.1e}".replace("e+", "e")
