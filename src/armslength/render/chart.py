"""Charts over time as small inline SVG: stepped areas and lines, stacked bars, differences, strips.

Widths are percentages and heights pixels, so a chart reflows and its text keeps its size. All colours come
from the page's style sheet by class, so charts follow light, dark and print. A series is told apart by fill,
dash or hatching as well as by colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup, escape

from armslength.render.axis import Scale, Tick, Times, scale_of
from armslength.render.figures import alike, rounded

AXIS_PIXELS = 18.0  # below the plot, for the axis' text
_WIDTH = 1000.0  # units across a stretched drawing


@dataclass(frozen=True, slots=True)
class Layer:
    """One series of a step chart: a value per period.

    Attributes:
        kind: a filled area or a line.
        css: class which gives it colour, dash or hatching.
        values: one per period.
    """

    kind: Literal["area", "line"]
    css: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Grid:
    """What every chart over the same periods shares.

    Attributes:
        edges: where the periods begin and the last one ends, percent of the width.
        ticks: the marks of the axis.
    """

    edges: Sequence[float]
    ticks: Sequence[Tick]

    @classmethod
    def of(cls, times: Times, edges: Sequence[float], most: int = 5) -> "Grid":
        """Returns the grid of a time axis with at most ``most`` marks."""
        return cls(edges, times.ticks(most))


def step_chart(grid: Grid, layers: Sequence[Layer], *, top: float, label: str, height: float = 120.0) -> Markup:
    """Returns stepped areas and lines from zero to ``top``; ``label`` says in words what they show."""
    scale = scale_of(0.0, top, height, 3)
    paths = [
        f'<path class="{layer.css}" d="{_area(grid.edges, layer.values, scale)}"/>'
        if layer.kind == "area"
        else f'<path class="line {layer.css}" d="{_steps(grid.edges, layer.values, scale)}"/>'
        for layer in layers
    ]
    return framed(scale, grid.ticks, stretched("".join(paths), height), label)


def stacked_bars(
    grid: Grid,
    series: Sequence[tuple[str, str, Sequence[float]]],
    *,
    top: float,
    label: str,
    titles: Sequence[str] = (),
    height: float = 150.0,
) -> Markup:
    """Returns bars, one per period, in which the series stand upon each other.

    Args:
        grid: edges of the periods and marks.
        series: (class, name, one value per period), the lowest first.
        top: highest sum to leave room for.
        label: what the chart shows, in words.
        titles: name of each period, for the notes that a pointer shows; none are written when empty.
        height: pixels.
    """
    scale = scale_of(0.0, top, height, 3)
    floor = [0.0] * (len(grid.edges) - 1)
    bars: list[str] = []
    for css, name, values in series:
        for i, value in enumerate(values):
            if value <= top * 1e-6:
                continue
            y, base = scale.y(floor[i] + value), scale.y(floor[i])
            floor[i] += value
            note = f"<title>{escape(titles[i])}: {escape(name)}, {rounded(value)}</title>" if titles else ""
            bars.append(_bar(grid.edges, i, y, base, css, note))
    return framed(scale, grid.ticks, "".join(bars), label)


def difference_bars(grid: Grid, values: Sequence[float], *, label: str, height: float = 48.0) -> Markup:
    """Returns bars above zero (more, solid) and below zero (less, hatched), one per period."""
    scale = scale_of(min(values, default=0.0), max(values, default=0.0), height, 2)
    zero = scale.y(0.0)
    bars = [
        _bar(grid.edges, i, min(scale.y(value), zero), max(scale.y(value), zero), _direction(value))
        for i, value in enumerate(values)
        if abs(scale.y(value) - zero) >= 0.1
    ]
    return framed(scale, grid.ticks, "".join(bars), label)


def strip(
    grid: Grid, values: Sequence[float], *, top: float, css: str, extra: str = "", height: float = 24.0
) -> Markup:
    """Returns one row of a Gantt chart: how much in each period, as height, without an axis of its own."""
    scale = Scale(0.0, top if top > 0 else 1.0, height, ())
    marks = "".join(_upright(tick, height) for tick in grid.ticks)
    area = _area(grid.edges, values, scale) if any(values) else ""
    drawn = stretched(f'<path class="{css}" d="{area}"/>', height) if area else ""
    base = f'<line class="base" x1="0" x2="100%" y1="{height}" y2="{height}"/>'
    return Markup(
        f'<svg class="strip" width="100%" height="{height + 1:g}" aria-hidden="true">{marks}{drawn}{extra}{base}</svg>'
    )


def axis_row(grid: Grid) -> Markup:
    """Returns the marks of a time axis alone, to stand above or below strips."""
    texts = "".join(_tick_text(tick, 12) for tick in grid.ticks)
    return Markup(f'<svg class="strip" width="100%" height="16" aria-hidden="true">{texts}</svg>')


def stretched(drawing: str, height: float) -> str:
    """Returns a drawing, 1000 wide, stretched over the plot's width; lines keep their thickness."""
    return (
        f'<svg class="stretch" viewBox="0 0 {_WIDTH:g} {height:g}" preserveAspectRatio="none" width="100%" '
        f'height="{height:g}">{drawing}</svg>'
    )


def framed(scale: Scale, ticks: Sequence[Tick], drawing: str, label: str, *, axis_text: bool = True) -> Markup:
    """Returns a plot with its two axes around a drawing."""
    marks = zip(scale.steps, alike(scale.steps), strict=True)
    texts = "".join(f'<text x="48" y="{scale.y(v) + 4:g}">{mark}</text>' for v, mark in marks)
    lines = "".join(_level("zero" if v == 0 else "grid", scale.y(v)) for v in scale.steps)
    lines += "".join(_upright(tick, scale.height) for tick in ticks)
    height = scale.height + AXIS_PIXELS + 8
    below = "".join(_tick_text(tick, scale.height + 15) for tick in ticks)
    return Markup(
        f'<div class="plot" role="img" aria-label="{escape(label)}">'
        f'<svg class="ya" width="54" height="{height:g}" aria-hidden="true">'
        f'<g transform="translate(0 6)">{texts}</g></svg>'
        f'<svg class="pa" width="100%" height="{height:g}" aria-hidden="true">'
        f'<g transform="translate(0 6)">{lines}{drawing}{below}</g></svg></div>'
    )


def _direction(value: float) -> str:
    return "more" if value > 0 else "less"


def _bar(edges: Sequence[float], i: int, y: float, base: float, css: str, note: str = "") -> str:
    width = edges[i + 1] - edges[i]
    gap = width * 0.12 if len(edges) <= 60 else 0.0
    return (
        f'<rect class="{css}" x="{edges[i] + gap / 2:.2f}%" width="{max(width - gap, 0.05):.2f}%" '
        f'y="{y:g}" height="{max(base - y, 0.5):.1f}"' + (f">{note}</rect>" if note else "/>")
    )


def _level(css: str, y: float) -> str:
    return f'<line class="{css}" x1="0" x2="100%" y1="{y:g}" y2="{y:g}"/>'


def _upright(tick: Tick, height: float) -> str:
    return f'<line class="grid" x1="{tick.at_ratio:.2f}%" x2="{tick.at_ratio:.2f}%" y1="0" y2="{height:g}"/>'


def _tick_text(tick: Tick, y: float) -> str:
    if not tick.text:
        return ""
    anchor = "start" if tick.at_ratio < 6 else "end" if tick.at_ratio > 94 else "middle"
    css = "tick wide" if tick.wide else "tick"
    place = f'x="{tick.at_ratio:.2f}%" y="{y:g}" text-anchor="{anchor}"'
    return f'<text class="{css}" {place}>{escape(tick.text)}</text>'


def _steps(edges: Sequence[float], values: Sequence[float], scale: Scale) -> str:
    """A path along the values' tops; equal neighbours make one step."""
    parts: list[str] = []
    last: float | None = None
    for i, value in enumerate(values):
        y = scale.y(value)
        if last is None:
            parts.append(f"M{_x(edges[i])} {y:g}")
        elif y != last:
            parts.append(f"H{_x(edges[i])}V{y:g}")
        last = y
    if parts:
        parts.append(f"H{_x(edges[len(values)])}")
    return "".join(parts)


def _area(edges: Sequence[float], values: Sequence[float], scale: Scale) -> str:
    """The closed path between the values' tops and zero."""
    top = _steps(edges, values, scale)
    return f"{top}V{scale.y(0.0):g}H{_x(edges[0])}Z" if top else ""


def _x(percent: float) -> str:
    return f"{percent * _WIDTH / 100:.1f}".removesuffix(".0")
