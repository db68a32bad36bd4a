"""`armslength demand`: calls the service, prints what it returns."""

import argparse
import json
from collections.abc import Sequence
from functools import partial

from rich.console import Console

from armslength.model.estimate import ServeQuestion, TrainQuestion
from armslength.model.noun import Noun
from armslength.render.demand import print_accelerators, print_estimate, print_model, print_models, print_runs
from armslength.service import demand
from armslength.units import FLOP_PER_YOTTAFLOP


def train(parsed: argparse.Namespace) -> int:
    """Sizes a training run."""
    question = TrainQuestion(
        model=parsed.model,
        tokens=parsed.tokens,
        train_yottaflop=None if parsed.flops is None else parsed.flops / FLOP_PER_YOTTAFLOP,
        total_params=parsed.params,
        active_params=parsed.active,
        structure=parsed.structure,
        sequence_tokens=parsed.sequence,
        sku=parsed.sku,
        precision=parsed.precision,
        gpus=parsed.gpus,
        start_on=parsed.start,
        finish_on=parsed.finish_by,
        steady_mfu_frac=parsed.mfu,
        goodput_frac=parsed.goodput,
        recompute=parsed.recompute,
        use_price_per_gpu_hour=parsed.price,
    )
    estimate = demand.size_training(question, parsed.models)
    return _finish(parsed, estimate)


def serve(parsed: argparse.Namespace) -> int:
    """Sizes a service."""
    question = ServeQuestion(
        model=parsed.model,
        total_params=parsed.params,
        active_params=parsed.active,
        structure=parsed.structure,
        sku=parsed.sku,
        precision=parsed.precision,
        mean_tokens_per_second=parsed.tokens_per_second,
        users=parsed.users,
        requests_per_user_day=parsed.requests_per_user_day,
        input_tokens=parsed.input_tokens,
        output_tokens=parsed.output_tokens,
        curve_ratio=parsed.curve or (),
        peak_to_mean_ratio=parsed.peak_to_mean,
        headroom_frac=parsed.headroom,
        gpu_tokens_per_second=parsed.rate,
        use_price_per_gpu_hour=parsed.price,
    )
    return _finish(parsed, demand.size_service(question, parsed.models))


def _finish(parsed: argparse.Namespace, estimate: demand.Estimate) -> int:
    written = demand.write_chart(estimate, parsed.plot) if parsed.plot else None
    if parsed.json:
        print(estimate.model_dump_json(indent=2))
        return 0
    print_estimate(estimate, Console())
    if written:
        print(f"Chart: {written}")
    return 0


def models(parsed: argparse.Namespace) -> int:
    """Lists the catalogue, one model of it, published runs, or accelerators."""
    console = Console()
    rows: Sequence[Noun]
    if parsed.runs:
        rows = checks = demand.runs_known()
        show = partial(print_runs, checks)
    elif parsed.skus:
        rows = units = demand.accelerators_known()
        show = partial(print_accelerators, units)
    elif parsed.id is not None:
        model = demand.model_known(parsed.id, parsed.models)
        rows = (model,)
        show = partial(print_model, model)
    else:
        rows = known = demand.models_known(parsed.models)
        show = partial(print_models, known)
    if parsed.json:
        print(json.dumps([row.model_dump(mode="json", exclude_none=True) for row in rows], indent=2))
    else:
        show(console)
    return 0
