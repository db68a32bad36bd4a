"""Charts of replays: one number for each replay as bars or, where one rule is swept, as a curve; use over time."""

from collections.abc import Sequence
from datetime import timedelta

from markupsafe import Markup, escape

from armslength.model.replay import Replay, Usage
from armslength.render.axis import Scale, Tick, Times, scale_of
from armslength.render.chart import Grid, Layer, framed, step_chart, stretched

_HEIGHT = 110.0
_HOUR, _DAY = 3600.0, 86_400.0


def time_unit(seconds: Sequence[float]) -> tuple[float, str]:
    """Returns the unit in which some lengths of time are drawn: seconds in it, and its name."""
    most = max(seconds, default=0.0)
    return (1.0, "seconds") if most < 300 else (60.0, "minutes") if most < 2 * _HOUR else (_HOUR, "hours")


def by_replay(names: Sequence[str], values: Sequence[float], top: float, *, curve: bool, label: str) -> Markup:
    """Returns a bar for each replay, or a curve through them, on a scale up to ``top``."""
    scale = scale_of(0.0, top, _HEIGHT, 3)
    width = 100.0 / max(1, len(names))
    centres = [(i + 0.5) * width for i in range(len(names))]
    # Bars are told apart by the key of the section: names would not fit below them.
    ticks = [Tick(at, _tried(name), wide=i % 2 == 1) for i, (at, name) in enumerate(zip(centres, names, strict=True))]
    ticks = ticks if curve else []
    drawing = _curve(centres, values, scale) if curve else _bars(centres, width, names, values, scale)
    return framed(scale, ticks, drawing, label)


def _tried(name: str) -> str:
    """Returns the value in a name such as ``notice=5m``."""
    return name.partition("=")[2] or name


def _curve(centres: Sequence[float], values: Sequence[float], scale: Scale) -> str:
    points = " ".join(f"{at * 10:.1f},{scale.y(value):g}" for at, value in zip(centres, values, strict=True))
    line = stretched(f'<polyline class="line gain-line" points="{points}"/>', _HEIGHT)
    dots = "".join(
        f'<circle class="mark more" cx="{at:.2f}%" cy="{scale.y(value):g}" r="4.5"/>'
        for at, value in zip(centres, values, strict=True)
    )
    return line + dots


def _bars(centres: Sequence[float], width: float, names: Sequence[str], values: Sequence[float], scale: Scale) -> str:
    zero = scale.y(0.0)
    return "".join(
        f'<rect class="b-{i % 8}" x="{at - width * 0.3:.2f}%" width="{width * 0.6:.2f}%" y="{scale.y(value):g}" '
        f'height="{max(zero - scale.y(value), 0.5):.1f}"><title>{escape(name)}</title></rect>'
        for i, (at, name, value) in enumerate(zip(centres, names, values, strict=True))
    )


def usage_chart(replay: Replay, usage: Usage, top: float) -> Markup:
    """Returns what stood on an owner's nodes over time: its own jobs, others' above them, and what it owns."""
    bins = len(usage.own_gpus)
    edges = [100.0 * i / bins for i in range(bins + 1)]
    begin = replay.begin_at
    end = begin + timedelta(seconds=max(replay.span_seconds, _DAY))
    grid = Grid(edges, Times(begin.date(), end.date()).ticks(3))
    both = [own + lent for own, lent in zip(usage.own_gpus, usage.lent_gpus, strict=True)]
    layers = [
        Layer("area", "lent-out", both),
        Layer("area", "area-used", usage.own_gpus),
        Layer("line", "limit", usage.capacity_gpus),
    ]
    return step_chart(grid, layers, top=top, label=f"{replay.name}: accelerators of {usage.owner} in use", height=90.0)
