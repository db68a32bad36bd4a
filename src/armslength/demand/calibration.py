"""Published runs beside what the calculator gives for them: what its defaults are held to."""

from armslength.demand.bands import holds
from armslength.demand.tables import accelerator, reported_runs
from armslength.demand.train import estimate_training
from armslength.model.catalogue import ReportedRun
from armslength.model.estimate import RunCheck, TrainQuestion
from armslength.units import FLOP_PER_TFLOP, SECONDS_PER_HOUR


def run_checks() -> tuple[RunCheck, ...]:
    """Returns every published run of the table with the calculator's band, at its defaults."""
    return tuple(_checked(run) for run in reported_runs())


def _checked(run: ReportedRun) -> RunCheck:
    question = TrainQuestion(model=run.model, tokens=run.trained_tokens, sku=run.sku, precision=run.precision)
    estimate = estimate_training(question)
    peak = accelerator(run.sku).peak_tflops_per_gpu[run.precision] * FLOP_PER_TFLOP
    most = run.reported_gpu_hours * SECONDS_PER_HOUR * peak
    return RunCheck(
        run=run,
        gpu_hours=estimate.gpu_hours,
        whole_run_mfu_frac=estimate.model_flop.central_quantity / most,
        inside=holds(estimate.gpu_hours, run.reported_gpu_hours),
    )
