"""Sizes worked out from models, with their bands, and what accelerators that waited could have trained."""

from collections.abc import Sequence
from dataclasses import dataclass

from armslength.model.comparison import Comparison
from armslength.model.estimate import Figure, Prospect, Sizing
from armslength.render import figures
from armslength.render.demand import band, quantity
from armslength.render.listing import Cell, Listing, cut, without_blanks, words
from armslength.render.words import RUN, Names

_ROWS_MOST = 40
_TRAINED = "GPU-hours"  # the unit of a training run's size; a service's is in accelerators


@dataclass(frozen=True, slots=True)
class SizeSection:
    """A paragraph, tables and notes."""

    lead: str
    listings: tuple[Listing, ...]
    notes: tuple[str, ...]


def size_section(comparison: Comparison, names: Names) -> SizeSection | None:
    """Returns the workloads that name a model, their sizes with bands, and each input with its source."""
    sizings = comparison.sizings
    if not sizings:
        return None
    lead = (
        "These workloads name a model. Their size was worked out before planning: GPU-hours of the reference SKU for a "
        "training run, accelerators to hold for a service. The plans use the central value."
    )
    notes = dict.fromkeys(note for sizing in sizings for note in sizing.notes)
    return SizeSection(lead, (_sizes(comparison, names), _inputs(sizings, names)), tuple(notes))


def waiting_section(comparison: Comparison, names: Names) -> tuple[SizeSection, ...]:
    """Returns, for each lot that would have waited alone, what could have been trained meanwhile."""
    return tuple(_waiting(prospect, names) for prospect in comparison.prospects)


def size_lines(comparison: Comparison, names: Names) -> list[str]:
    """Returns the same as lines for the summary."""
    shown, more = cut(comparison.sizings, 8)
    lines = [_line(sizing, names) for sizing in shown]
    if more:
        lines.append(f"{figures.count(more, 'more size')} in sizes.csv.")
    return lines + [prospect.text for prospect in comparison.prospects]


def _line(sizing: Sizing, names: Names) -> str:
    each = " a run, repeated without end" if sizing.repeated else ""
    return f"Size of {names.workload(sizing.workload)}: {band(sizing.size)}{each}, from model {sizing.model}."


def _sizes(comparison: Comparison, names: Names) -> Listing:
    runs = [plan.run for plan in comparison.plans]
    shown, more = cut(comparison.sizings, _ROWS_MOST)
    rows = [
        [
            words(names.workload(sizing.workload)),
            words(sizing.model),
            *_cells(sizing.size),
            words(f"{sizing.size.unit}, one run" if sizing.repeated else sizing.size.unit),
            *_done(comparison, sizing),
        ]
        for sizing in shown
    ]
    heads = ("Workload", "Model", "Low", "Central", "High", "Unit", *(f"Runs done, {RUN[run].lower()}" for run in runs))
    numeric = frozenset({2, 3, 4, *range(6, 6 + len(runs))})
    return without_blanks(Listing("Sizes worked out from models", heads, rows, numeric, (), more, "sizes.csv"))


def _done(comparison: Comparison, sizing: Sizing) -> list[Cell]:
    """How many times each plan trains the model, at the central size."""
    if sizing.size.unit != _TRAINED:
        return [Cell("") for _ in comparison.plans]
    done = []
    for plan in comparison.plans:
        hours = sum(row.done_gpu_hours for row in plan.workloads if row.workload == sizing.workload)
        done.append(Cell(figures.rounded(hours / sizing.size.central_quantity), f"{figures.exact(hours)} GPU-hours"))
    return done


def _inputs(sizings: Sequence[Sizing], names: Names) -> Listing:
    """Each input once, with the workloads into which it goes."""
    used: dict[Figure, list[str]] = {}
    for sizing in sizings:
        for figure in sizing.inputs:
            used.setdefault(figure, []).append(names.workload(sizing.workload))
    rows = [
        [
            words(figure.name),
            *_cells(figure),
            words(figure.unit),
            words(figures.listed(workloads, most=8)),
            words(_grounds(figure, names)),
        ]
        for figure, workloads in used.items()
    ]
    shown, more = cut(rows, 2 * _ROWS_MOST)
    heads = ("Input", "Low", "Central", "High", "Unit", "For", "Source, confidence and note")
    return without_blanks(Listing("What went in", heads, shown, frozenset({1, 2, 3}), (), more, "sizes.csv"))


def _grounds(figure: Figure, names: Names) -> str:
    """Source, confidence and note in one cell: columns of their own would not fit a page."""
    source = names.source(figure.source)
    told = f"{source} ({figure.confidence})" if figure.confidence else source
    return f"{told}. {figure.note}" if figure.note else told


def _waiting(prospect: Prospect, names: Names) -> SizeSection:
    rows = [[words(row.name), *_cells(row.runs), words("runs")] for row in prospect.runs]
    told = [
        [words(figure.name), *_cells(figure), words(figure.unit)]
        for figure in (prospect.waiting, prospect.months, prospect.model_flop)
    ]
    heads = ("", "Low", "Central", "High", "Unit")
    caption = f"The wait of {prospect.lot} ({names.organisation(prospect.organisation)}), and the runs that fit into it"
    notes = (
        "The wait is counted in the plan of standing alone, on the days that the plan uses: those received first are taken to "
        "be commissioned first. It is the least that the plan allows: where several lots are commissioned in one period, "
        "`armslength explain` divides that period's wait among them and gives more.",
        "The bands are of the training alone, not of the days. The rows are alternatives: each takes the whole wait.",
    )
    return SizeSection(prospect.text, (Listing(caption, heads, [*told, *rows], frozenset({1, 2, 3})),), notes)


def _cells(figure: Figure) -> list[Cell]:
    ends = (figure.quantity_low, figure.central_quantity, figure.quantity_high)
    return [Cell(quantity(end), f"{figures.exact(end)} {figure.unit}") for end in ends]
