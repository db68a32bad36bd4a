"""Sizes of runs and services, and the catalogue of models, for a terminal or a pipe."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armslength.demand.shape import counts_of, has_shape
from armslength.model.catalogue import Accelerator, CatalogueModel
from armslength.model.estimate import Figure, RunCheck, ServeEstimate, TrainEstimate
from armslength.render import figures

BENCHMARKS = ("MMLU", "HumanEval", "GSM8K", "MATH")
MAKERS_OWN = "Scores are the makers' own figures, tested in different ways: they show a class, no ranking."
BAND = "Bands: inputs vary independently; the ends are no limits, and most published runs fall between them."
_SCIENTIFIC = 1e15


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of texts with a title; ``numeric`` are the numbers of the columns to align right."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    numeric: frozenset[int] = frozenset()


NOTHING = 1e-4  # no quantity shown here means anything when it is smaller


def print_estimate(estimate: TrainEstimate | ServeEstimate, console: Console) -> None:
    """Prints what a run or a service takes, what went in, and what is left out."""
    _print(console, f"{estimate.subject} ({estimate.structure}, {estimate.sku}, {estimate.precision})")
    results = _train_results(estimate) if isinstance(estimate, TrainEstimate) else _serve_results(estimate)
    heads = ("", "Low", "Central", "High", "Unit")
    print_sheet(Sheet("Result", heads, [_row(figure) for figure in results], frozenset({1, 2, 3})), console)
    rows = [(*_row(figure), _source(figure)) for figure in estimate.inputs]
    print_sheet(Sheet("Inputs", (*heads, "Source and confidence"), rows, frozenset({1, 2, 3})), console)
    if isinstance(estimate, ServeEstimate):
        hours = [(f"{hour}:00", *_quantities(figure)) for hour, figure in enumerate(estimate.hours)]
        sheet = Sheet("GPUs busy over the day", ("From", "Low", "Central", "High"), hours, frozenset({1, 2, 3}))
        print_sheet(sheet, console)
    _print(console, "", *estimate.notes, BAND)


def print_models(rows: Sequence[CatalogueModel], console: Console) -> None:
    """Prints the catalogue: size, training, the makers' own scores, licence."""
    heads = ("Id", "Structure", "Params", "Active", "Tokens", "FLOP", *BENCHMARKS, "Licence")
    table = [_model_row(row) for row in rows]
    print_sheet(Sheet("Models", heads, table, frozenset(range(2, 10))), console)
    _print(console, "", MAKERS_OWN, "`armslength demand models ID` shows the source of each field.")


def print_model(row: CatalogueModel, console: Console) -> None:
    """Prints one model: every field with its source and confidence, and what its shape comes to."""
    _print(console, row.name or row.id)
    grounds = {field: ground for ground in row.grounds for field in ground.fields}
    left = {"id", "grounds", "scores", "yardstick", "source", "confidence", "known_on", "note"}
    fields = []
    for field in row.model_fields_set - left:
        ground = grounds.get(field)
        source = ground.source if ground else row.source or ""
        confidence = ground.confidence if ground else row.confidence or ""
        fields.append((field, _plain(getattr(row, field)), confidence, source))
    order = {field: i for i, field in enumerate(type(row).model_fields)}
    fields.sort(key=lambda cells: order[cells[0]])
    print_sheet(Sheet("Fields", ("Field", "Value", "Confidence", "Source"), fields, frozenset({1})), console)
    _print(console, *(ground.note for ground in row.grounds if ground.note), *([row.note] if row.note else []))
    if has_shape(row):
        counts = counts_of(row)
        counted = [
            ("Parameters", f"{counts.total_params:,}"),
            ("Used per token", f"{counts.active_params:,}"),
            ("Of them multiplied with", f"{counts.multiplied_params:,}"),
            ("Keys and values per token, 16 bits", f"{2 * counts.kv_width_count:,} bytes"),
        ]
        print_sheet(Sheet("Counted from the shape", ("", ""), counted, frozenset({1})), console)
    if row.scores:
        scores = [(s.benchmark, f"{s.score_frac:.1%}", s.how, s.confidence, s.source) for s in row.scores]
        heads = ("Benchmark", "Score", "How", "Confidence", "Source")
        print_sheet(Sheet("Scores", heads, scores, frozenset({1})), console)
        _print(console, "", MAKERS_OWN)


def print_runs(rows: Sequence[RunCheck], console: Console) -> None:
    """Prints the published runs beside the calculator's bands."""
    heads = (
        "Run",
        "SKU",
        "Tokens",
        "Reported GPU-hours",
        "Low",
        "Central",
        "High",
        "Inside",
        "Whole-run MFU",
        "Source",
    )
    table = [
        (
            row.run.id,
            row.run.sku,
            figures.rounded(row.run.trained_tokens),
            figures.rounded(row.run.reported_gpu_hours),
            *_quantities(row.gpu_hours),
            "yes" if row.inside else "no",
            f"{row.whole_run_mfu_frac:.3f}",
            f"{row.run.source} ({row.run.confidence})",
        )
        for row in rows
    ]
    print_sheet(Sheet("Published runs", heads, table, frozenset({2, 3, 4, 5, 6, 8})), console)
    text = "The defaults were set with these runs in view: that they are inside is no test by new runs."
    _print(console, "", text)


def print_accelerators(rows: Sequence[Accelerator], console: Console) -> None:
    """Prints the accelerators with their dense peaks, memory and power."""
    heads = ("Id", "Dense peaks, TFLOP/s", "GB", "Site kW", "Source")
    table = [
        (
            row.id,
            ", ".join(f"{name} {peak:g}" for name, peak in row.peak_tflops_per_gpu.items()),
            f"{row.memory_gb_per_gpu:g}",
            f"{row.site_kw_per_gpu:g} ({row.site_kw_per_gpu_low:g} to {row.site_kw_per_gpu_high:g})",
            f"{row.source}; power: {row.power_source} ({row.confidence})",
        )
        for row in rows
    ]
    print_sheet(Sheet("Accelerators", heads, table, frozenset({2, 3})), console)


def print_sheet(sheet: Sheet, console: Console) -> None:
    """Prints a table: with rules in a terminal, aligned by spaces in a pipe."""
    if console.is_terminal:
        table = Table(
            box=box.SIMPLE_HEAD, title=Text(sheet.title), title_justify="left", title_style="dim", pad_edge=False
        )
        for i, head in enumerate(sheet.heads):
            table.add_column(head, justify="right" if i in sheet.numeric else "left", overflow="fold")
        for row in sheet.rows:
            table.add_row(*map(Text, row))
        console.print(table)
        return
    _print(console, "", sheet.title)
    grid = [sheet.heads, *sheet.rows] if any(sheet.heads) else list(sheet.rows)
    widths = [max(cell_len(row[i]) for row in grid) for i in range(len(sheet.heads))]
    for row in grid:
        cells = [_padded(cell, widths[i], i in sheet.numeric) for i, cell in enumerate(row)]
        _print(console, "  ".join(cells).rstrip())


def quantity(number: float) -> str:
    """Returns a number in three digits; operations, which outgrow every short scale, as a power of ten.

    >>> quantity(3.2355e24), quantity(3_070_937), quantity(0.34), quantity(1.7e-6)
    ('3.24e24', '3.07 M', '0.34', '0')
    """
    if abs(number) < NOTHING:
        return "0"
    return f"{number:.2e}".replace("e+", "e") if abs(number) >= _SCIENTIFIC else figures.rounded(number)


def band(figure: Figure) -> str:
    """Returns a figure with its band in words; only the figure where the band has no width."""
    low, central, high = _quantities(figure)
    return f"{central} {figure.unit}" if low == high else f"{central} {figure.unit} ({low} to {high})"


def _train_results(estimate: TrainEstimate) -> list[Figure]:
    found = (
        estimate.gpu_hours,
        estimate.weeks,
        estimate.gpus,
        estimate.power,
        estimate.energy,
        estimate.cost,
        estimate.floor,
        estimate.model_flop,
        estimate.hardware_flop,
    )
    return [figure for figure in found if figure is not None]


def _serve_results(estimate: ServeEstimate) -> list[Figure]:
    found = (
        estimate.fleet,
        estimate.peak,
        estimate.mean,
        estimate.replica,
        estimate.rate,
        estimate.bound,
        estimate.weights,
        estimate.kv,
        estimate.cost,
    )
    return [figure for figure in found if figure is not None]


def _quantities(figure: Figure) -> tuple[str, str, str]:
    return quantity(figure.quantity_low), quantity(figure.central_quantity), quantity(figure.quantity_high)


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    return (figure.name, *_quantities(figure), figure.unit)


def _source(figure: Figure) -> str:
    confidence = f" ({figure.confidence})" if figure.confidence else ""
    note = f" {figure.note}" if figure.note else ""
    return f"{figure.source}{confidence}{'.' if note else ''}{note}"


def _model_row(row: CatalogueModel) -> tuple[str, ...]:
    counts = counts_of(row) if has_shape(row) else None
    total = counts.total_params if counts else row.total_params
    active = counts.active_params if counts else row.active_params or row.total_params
    flop = f"{row.train_yottaflop:g}e24" if row.train_yottaflop is not None else ""
    scores = {score.benchmark: f"{score.score_frac:.1%}" for score in row.scores}
    size = [figures.rounded(value).replace(" bn", "B") if value else "" for value in (total, active)]
    tokens = f"{row.train_tokens / 1e12:g}T" if row.train_tokens else ""
    return (row.id, row.structure, *size, tokens, flop, *(scores.get(name, "") for name in BENCHMARKS), row.licence)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


def _print(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(Text(line), soft_wrap=not console.is_terminal)
