"""The options of `armslength demand`. Imports nothing heavy: help comes at once."""

import argparse
from datetime import date
from pathlib import Path

from armslength.cli.amounts import amount, whole_amount


def add_demand(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `demand train`, `demand serve` and `demand models`."""
    demand = commands.add_parser("demand", help="from a model to GPU-hours: size a training run or a service")
    questions = demand.add_subparsers(dest="question", required=True, metavar="QUESTION")
    _add_train(questions)
    _add_serve(questions)
    models = questions.add_parser("models", help="list the catalogue of models, or show one with its sources")
    models.add_argument("id", nargs="?", metavar="ID", help="model to show in full")
    models.add_argument("--runs", action="store_true", help="published runs beside what the calculator gives for them")
    models.add_argument("--skus", action="store_true", help="accelerators with their peaks, memory and power")
    _add_output(models, plot=False)


def _add_train(questions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    train = questions.add_parser("train", help="GPU-hours, weeks, energy, cost and memory of a training run")
    _add_subject(train)
    train.add_argument("--tokens", type=amount, metavar="N", help="tokens, such as 6.2T")
    train.add_argument(
        "--flops", type=amount, metavar="FLOP", help="operations of the run, such as 2.9e24, not per second"
    )
    train.add_argument("--sequence", type=whole_amount, metavar="TOKENS", help="length of a training sequence")
    train.add_argument("--gpus", type=whole_amount, metavar="N", help="accelerators it runs on: gives weeks")
    train.add_argument("--finish-by", type=_day, metavar="DATE", help="day to finish by: gives accelerators")
    train.add_argument(
        "--start", type=_day, metavar="DATE", help="first day (default: today); the price is of that day"
    )
    train.add_argument("--mfu", type=float, metavar="FRAC", help="steady model FLOP utilisation, such as 0.4")
    train.add_argument("--goodput", type=float, metavar="FRAC", help="share of GPU-hours in which training runs")
    train.add_argument("--recompute", action="store_true", help="show hardware operations with full recomputation too")
    _add_output(train)


def _add_serve(questions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    serve = questions.add_parser("serve", help="accelerators over the day, memory and the fleet of a service")
    _add_subject(serve)
    serve.add_argument(
        "--tokens-per-second", type=amount, metavar="N", help="output tokens per second, average of a day"
    )
    serve.add_argument("--users", type=amount, metavar="N", help="users, such as 1M")
    serve.add_argument("--requests-per-user-day", type=amount, metavar="N", help="requests of a user in a day")
    serve.add_argument("--input-tokens", type=amount, metavar="N", help="tokens read per request")
    serve.add_argument("--output-tokens", type=amount, metavar="N", help="tokens written per request")
    serve.add_argument(
        "--curve", type=_curve, metavar="24 NUMBERS", help="load of each hour of the day, joined by commas"
    )
    serve.add_argument("--peak-to-mean", type=float, metavar="RATIO", help="busiest hour over the average, 1 to 2")
    serve.add_argument(
        "--headroom", type=float, metavar="FRAC", help="share of the fleet kept free in the busiest hour"
    )
    serve.add_argument(
        "--rate", type=amount, metavar="N", help="output tokens per second of one accelerator, if measured"
    )
    _add_output(serve)


def _add_subject(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="ID", help="model of the catalogue; `armslength demand models` lists them")
    parser.add_argument(
        "--params", type=amount, metavar="N", help="parameters of a model outside the catalogue, such as 70B"
    )
    parser.add_argument("--active", type=amount, metavar="N", help="parameters used per token, in a mixture of experts")
    parser.add_argument("--structure", choices=("dense", "moe"), help="of a model outside the catalogue")
    parser.add_argument("--sku", default="h100-sxm", metavar="ID", help="accelerator (default: h100-sxm)")
    parser.add_argument("--precision", choices=("bf16", "fp16", "fp8", "int8"), help="precision of the products")
    parser.add_argument("--price", type=amount, metavar="USD", help="price of a GPU-hour")


def _add_output(parser: argparse.ArgumentParser, plot: bool = True) -> None:
    parser.add_argument("--models", type=Path, metavar="F.toml", help="models of your own, beside the catalogue")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    if plot:
        parser.add_argument("--plot", type=Path, metavar="F.svg", help="write a small chart")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write YYYY-MM-DD, such as 2024-06-04") from None


def _curve(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers; join 24 of them by commas") from None
