"""What a person asks about demand: the size of a training run or of a service, and the models there are."""

from datetime import date
from pathlib import Path

from armslength.connectors.catalogue_file import read_models
from armslength.demand.calibration import run_checks
from armslength.demand.serve import estimate_serving
from armslength.demand.tables import accelerators, model_named, models
from armslength.demand.train import estimate_training
from armslength.errors import InputError
from armslength.model.catalogue import Accelerator, CatalogueModel
from armslength.model.estimate import RunCheck, ServeEstimate, ServeQuestion, TrainEstimate, TrainQuestion
from armslength.render.demand_chart import estimate_svg

Estimate = TrainEstimate | ServeEstimate


def size_training(question: TrainQuestion, own: Path | None = None) -> TrainEstimate:
    """Returns what a training run takes.

    Args:
        question: what is asked. A run to finish by a day starts today when no first day is given.
        own: TOML file with models of the planner's own.

    Raises:
        InputError: carries everything that is wrong with the question or the file.
    """
    if question.finish_on is not None and question.start_on is None:
        question = question.model_copy(update={"start_on": date.today()})
    return estimate_training(question, _own(own))


def size_service(question: ServeQuestion, own: Path | None = None) -> ServeEstimate:
    """Returns what a service takes; raises InputError as ``size_training`` does."""
    return estimate_serving(question, _own(own))


def models_known(own: Path | None = None) -> tuple[CatalogueModel, ...]:
    """Returns the catalogue, with a planner's own models in place of those of the same id."""
    return tuple({row.id: row for row in (*models(), *_own(own))}.values())


def model_known(name: str, own: Path | None = None) -> CatalogueModel:
    """Returns one model; raises UnknownName, with the nearest names, when there is none."""
    return model_named(name, _own(own))


def runs_known() -> tuple[RunCheck, ...]:
    """Returns the published runs beside what the calculator gives for them."""
    return run_checks()


def accelerators_known() -> tuple[Accelerator, ...]:
    """Returns the accelerators whose peaks are known."""
    return accelerators()


def write_chart(estimate: Estimate, file: Path) -> Path:
    """Writes an estimate's chart as SVG.

    Raises:
        InputError: when the file's suffix is another, or it cannot be written.
    """
    if file.suffix.lower() != ".svg":
        raise InputError(f"{file}: a chart is written as .svg", hint=f"name it {file.stem or 'chart'}.svg")
    try:
        file.write_text(estimate_svg(estimate), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}", hint="name another file") from error
    return file


def _own(file: Path | None) -> tuple[CatalogueModel, ...]:
    return () if file is None else read_models(file)
