"""A small chart of an estimate as an SVG file of its own: weeks by accelerators, or accelerators over the day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import escape

from armslength.model.estimate import Figure, ServeEstimate, TrainEstimate
from armslength.render import figures
from armslength.render.axis import Scale, scale_of
from armslength.units import HOURS_PER_DAY, HOURS_PER_WEEK

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 72, 26, 84, 44
POINTS = 60
WEEKS_WHERE_NOT_ASKED = 13.0  # a quarter: what a run is drawn around when neither accelerators nor days are given
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1c2733}.title{font-size:15px;font-weight:600}.small{font-size:12px;"
    "fill:#52606d}.band{fill:#2f6fb0;fill-opacity:.22}.line{fill:none;stroke:#1d4f87;stroke-width:2}"
    ".grid{stroke:#d5dbe1;stroke-width:1}.mark{stroke:#b3541e;stroke-width:1.5;stroke-dasharray:5 4}.dot{fill:#b3541e}"
)

Place = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class _Plot:
    """What is drawn: a band and its middle over a horizontal axis.

    Attributes:
        title: the first line.
        subtitle: the second line.
        label: what the vertical axis counts.
        xs: places along the horizontal axis.
        band: low, central and high at each place.
        ticks: places and texts of the horizontal axis.
        marks: vertical places and texts of dashed lines.
        dot: a place on the middle line, with its text.
        stepped: whether values hold until the next place.
    """

    title: str
    subtitle: str
    label: str
    xs: Sequence[float]
    band: Sequence[tuple[float, float, float]]
    ticks: Sequence[tuple[float, str]]
    marks: Sequence[tuple[float, str]] = ()
    dot: tuple[float, float, str] | None = None
    stepped: bool = False


def estimate_svg(estimate: TrainEstimate | ServeEstimate) -> str:
    """Returns the chart of an estimate as an SVG document which needs nothing else."""
    return _drawn(_train_plot(estimate) if isinstance(estimate, TrainEstimate) else _serve_plot(estimate))


def _train_plot(estimate: TrainEstimate) -> _Plot:
    hours = estimate.gpu_hours
    middle = _gpus(estimate)
    first, last = middle / 3, middle * 2
    xs = [first + (last - first) * i / (POINTS - 1) for i in range(POINTS)]
    ends = (hours.quantity_low, hours.central_quantity, hours.quantity_high)
    band = [(ends[0] / x / HOURS_PER_WEEK, ends[1] / x / HOURS_PER_WEEK, ends[2] / x / HOURS_PER_WEEK) for x in xs]
    steps = [step for step in scale_of(0.0, last, 100.0, 6).steps if first <= step <= last]
    weeks = hours.central_quantity / middle / HOURS_PER_WEEK
    text = f"{figures.whole_gpus(middle)} GPUs: {figures.rounded(weeks)} weeks"
    return _Plot(
        title=f"{estimate.subject}: weeks by GPUs",
        subtitle=f"{figures.rounded(ends[1])} GPU-hours on {estimate.sku} "
        f"({figures.rounded(ends[0])} to {figures.rounded(ends[2])})",
        label="weeks",
        xs=xs,
        band=band,
        ticks=[(step, figures.whole_gpus(step)) for step in steps],
        dot=(middle, weeks, text),
    )


def _gpus(estimate: TrainEstimate) -> float:
    """The accelerators to draw around: those given, those asked for, or those of a quarter of a year."""
    hours = estimate.gpu_hours.central_quantity
    if estimate.weeks is not None:
        return hours / estimate.weeks.central_quantity / HOURS_PER_WEEK
    if estimate.gpus is not None:
        return estimate.gpus.central_quantity
    return max(1.0, hours / WEEKS_WHERE_NOT_ASKED / HOURS_PER_WEEK)


def _serve_plot(estimate: ServeEstimate) -> _Plot:
    fleet = estimate.fleet
    xs = [float(hour) for hour in range(int(HOURS_PER_DAY) + 1)]
    band = [_ends(figure) for figure in (*estimate.hours, estimate.hours[-1])]
    return _Plot(
        title=f"{estimate.subject}: GPUs over the day",
        subtitle=f"Fleet of {figures.gpus(fleet.central_quantity)} {estimate.sku} "
        f"({figures.whole_gpus(fleet.quantity_low)} to {figures.whole_gpus(fleet.quantity_high)})",
        label="GPUs busy",
        xs=xs,
        band=band,
        ticks=[(float(hour), f"{hour}:00") for hour in range(0, 25, 4)],
        marks=((fleet.central_quantity, "fleet"),),
        stepped=True,
    )


def _ends(figure: Figure) -> tuple[float, float, float]:
    return figure.quantity_low, figure.central_quantity, figure.quantity_high


def _drawn(plot: _Plot) -> str:
    marked = [at for at, _ in plot.marks]
    scale = scale_of(0.0, max(*(high for _, _, high in plot.band), *marked, 0.0), HEIGHT - TOP - BOTTOM, 5)
    first, last = plot.xs[0], plot.xs[-1]
    width = WIDTH - LEFT - RIGHT

    def x(at: float) -> float:
        return round(LEFT + width * (at - first) / (last - first), 1)

    def y(at: float) -> float:
        return round(TOP + scale.y(at), 1)

    places = [(x(at), *(y(end) for end in ends)) for at, ends in zip(plot.xs, plot.band, strict=True)]
    low = [(row[0], row[1]) for row in places]
    middle = [(row[0], row[2]) for row in places]
    high = [(row[0], row[3]) for row in places]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">',
        f"<title>{escape(plot.title)}. {escape(plot.subtitle)}</title><style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text class="title" x="{LEFT - 56}" y="22">{escape(figures.shortened(plot.title, 76))}</text>',
        f'<text class="small" x="{LEFT - 56}" y="42">{escape(plot.subtitle)}</text>',
        *_grid(plot, scale, x, y),
        f'<path class="band" d="{_path(high, plot.stepped)}{_path(low[::-1], plot.stepped, back=True)}Z"/>',
        f'<path class="line" d="{_path(middle, plot.stepped)}"/>',
        *(
            f'<path class="mark" d="M{LEFT} {y(at)}H{WIDTH - RIGHT}"/>'
            f'<text class="small" x="{WIDTH - RIGHT}" y="{y(at) - 5}" text-anchor="end">{escape(text)}</text>'
            for at, text in plot.marks
        ),
    ]
    if plot.dot is not None:
        at, height, text = plot.dot
        parts.append(f'<circle class="dot" cx="{x(at)}" cy="{y(height)}" r="4"/>')
        parts.append(f'<text x="{x(at) + 8}" y="{y(height) - 10}">{escape(text)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _grid(plot: _Plot, scale: Scale, x: Place, y: Place) -> list[str]:
    """Lines and texts of both axes."""
    parts = []
    for step, text in zip(scale.steps, figures.alike(scale.steps), strict=True):
        parts.append(f'<path class="grid" d="M{LEFT} {y(step)}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="small" x="{LEFT - 8}" y="{y(step) + 4}" text-anchor="end">{escape(text)}</text>')
    for at, text in plot.ticks:
        parts.append(
            f'<text class="small" x="{x(at)}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{escape(text)}</text>'
        )
    unit = "hour of the day" if plot.stepped else "GPUs"
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text class="small" x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{unit}</text>')
    parts.append(f'<text class="small" x="{LEFT - 56}" y="{TOP - 14}">{escape(plot.label)}</text>')
    return parts


def _path(places: Sequence[tuple[float, float]], stepped: bool, back: bool = False) -> str:
    """A line through places. A step keeps its height until the next place, also when it is drawn backwards."""
    begin = "L" if back else "M"
    parts = [f"{begin}{places[0][0]} {places[0][1]}"]
    for at, height in places[1:]:
        if stepped:
            parts.append(f"V{height}H{at}" if back else f"H{at}V{height}")
        else:
            parts.append(f"L{at} {height}")
    return "".join(parts)
