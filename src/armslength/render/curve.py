"""The break-even chart: what an organisation gains or loses against alone while one fact varies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from markupsafe import Markup, escape

from armslength.model.comparison import Answer
from armslength.render import figures
from armslength.render.axis import Scale, Tick, Times, scale_of
from armslength.render.chart import framed, stretched

_HEIGHT = 220.0
_CLEAR_WIDE = 6.2  # percent of a wide plot that the text of a day takes
_CLEAR_NARROW = 26.0


@dataclass(frozen=True, slots=True)
class _Dot:
    at_ratio: float
    gain_value: float
    text: str  # of the value tried


def tried_on(label: str) -> date | None:
    """Returns the day a label names, or None."""
    try:
        return date.fromisoformat(label)
    except ValueError:
        return None


def tried_number(label: str) -> float | None:
    """Returns the number a label begins with, such as ``8.4 MW``, or None."""
    try:
        return float(label.split()[0]) if label.split() else None
    except ValueError:
        return None


def tried(label: str) -> str:
    """Returns a tried value as people write it."""
    on = tried_on(label)
    return figures.day(on) if on else label


def gain_curve(answer: Answer, currency: str) -> Markup:
    """Returns the chart of an answer with one varied fact; the answer must have at least one point."""
    dots, break_even = _placed(answer)
    scale = _scale(dots)
    zero = scale.y(0.0)
    loss = f'<rect class="losing" x="0" width="100%" y="{zero:g}" height="{_HEIGHT - zero:g}"/>'
    points = " ".join(f"{dot.at_ratio * 10:.1f},{scale.y(dot.gain_value):g}" for dot in dots)
    line = stretched(f'<polyline class="line gain-line" points="{points}"/>', _HEIGHT)
    sides = _side_texts(scale, zero)
    marks = "".join(_marker(dot, scale, _written(i, dots)) for i, dot in enumerate(dots))
    ticks = [Tick(dot.at_ratio, dot.text, wide=i % 2 == 1) for i, dot in enumerate(dots)]
    drawing = loss + line + sides + marks + _break_even_mark(break_even, answer.break_even_on)
    return framed(scale, _spread(ticks), drawing, f"{answer.text} Gain in {currency}: {_in_words(dots, currency)}.")


def _placed(answer: Answer) -> tuple[list[_Dot], float | None]:
    """The points in order with their places, 4 to 96 percent, and the place of the break-even day."""
    labels = [point.labels[0] for point in answer.points]
    days = [tried_on(label) for label in labels]
    numbers = [tried_number(label) for label in labels]
    known_days = [on for on in days if on is not None]
    known_numbers = [number for number in numbers if number is not None]
    if len(known_days) == len(labels):
        times = Times(min(known_days), max(known_days) + timedelta(days=1 if len(set(known_days)) == 1 else 0))
        places = [times.at(on) for on in known_days]
        on = answer.break_even_on
        mark = times.at(on) if on and times.start_on <= on <= times.end_on else None
    elif len(known_numbers) == len(labels) and max(known_numbers) > min(known_numbers):
        low, high = min(known_numbers), max(known_numbers)
        places, mark = [100 * (number - low) / (high - low) for number in known_numbers], None
    else:
        places, mark = [100 * i / max(len(labels) - 1, 1) for i in range(len(labels))], None
    dots = [
        _Dot(_inset(place), point.gain_value, tried(label))
        for place, point, label in zip(places, answer.points, labels, strict=True)
    ]
    return sorted(dots, key=lambda dot: dot.at_ratio), None if mark is None else _inset(mark)


def _inset(place: float) -> float:
    return 8.0 + place * 0.84


def _scale(dots: Sequence[_Dot]) -> Scale:
    """An axis with room on both sides of zero, so that either side can be named."""
    low, high = min(0.0, *(dot.gain_value for dot in dots)), max(0.0, *(dot.gain_value for dot in dots))
    room = 0.14 * (high - low)
    return scale_of(low - room, high + room, _HEIGHT, 5)


def _side_texts(scale: Scale, zero: float) -> str:
    texts = ""
    if scale.high > 0:
        texts += f'<text class="halo side" x="4" y="{max(zero - 6, 12):g}">▲ better off</text>'
    if scale.low < 0:
        texts += f'<text class="halo side" x="4" y="{zero + 15:g}">▼ worse off</text>'
    return texts


def _written(i: int, dots: Sequence[_Dot]) -> str:
    """Class of a point's value: always written at the ends and where it turns, else only on wide screens."""
    if len(dots) > 16 and i % 2:
        return "none"
    ends = i in (0, len(dots) - 1)
    return "" if ends or len(dots) <= 5 else "roomy"


def _marker(dot: _Dot, scale: Scale, css: str) -> str:
    y = scale.y(dot.gain_value)
    sign = 0 if figures.rounded(dot.gain_value) == "0" else 1 if dot.gain_value > 0 else -1
    shape = {
        1: '<path class="mark more" d="M-6 5L0 -6L6 5Z"/>',
        0: '<circle class="mark same" r="5"/>',
        -1: '<path class="mark less" d="M-6 -5L0 6L6 -5Z"/>',
    }[sign]
    place = f'x="{dot.at_ratio:.2f}%" y="{y:g}"'
    text_y = y + 20 if sign < 0 else y - 10
    note = f"<title>{escape(dot.text)}: {figures.exact(dot.gain_value)}</title>"
    value = (
        f'<text class="halo value {css}" x="{dot.at_ratio:.2f}%" y="{text_y:g}" text-anchor="middle">'
        f"{figures.signed(dot.gain_value)}</text>"
    )
    return f'<svg {place} overflow="visible">{shape}{note}</svg>' + ("" if css == "none" or sign == 0 else value)


def _break_even_mark(place: float | None, on: date | None) -> str:
    if place is None or on is None:
        return ""
    anchor, shift = ("start", 6) if place < 70 else ("end", -6)
    return (
        f'<line class="break-even" x1="{place:.2f}%" x2="{place:.2f}%" y1="0" y2="{_HEIGHT:g}"/>'
        f'<g transform="translate({shift} 0)" text-anchor="{anchor}">'
        f'<text class="halo name" x="{place:.2f}%" y="12">break-even</text>'
        f'<text class="halo name" x="{place:.2f}%" y="26">{figures.day(on)}</text></g>'
    )


def _spread(ticks: list[Tick]) -> list[Tick]:
    """Marks written at a stride, so that texts stand clear of each other on wide and on narrow screens."""
    wide, narrow = _stride(ticks, _CLEAR_WIDE), _stride(ticks, _CLEAR_NARROW)
    narrow = -(-narrow // wide) * wide
    return [Tick(t.at_ratio, t.text if i % wide == 0 else "", wide=i % narrow != 0) for i, t in enumerate(ticks)]


def _stride(ticks: list[Tick], least_ratio: float) -> int:
    """The smallest step at which all marks stand at least so many percent apart."""
    for stride in range(1, len(ticks)):
        kept = ticks[::stride]
        if all(b.at_ratio - a.at_ratio >= least_ratio for a, b in pairwise(kept)):
            return stride
    return max(len(ticks), 1)


def _in_words(dots: Sequence[_Dot], currency: str) -> str:
    return "; ".join(f"{dot.text}: {figures.signed_money(dot.gain_value, currency)}" for dot in dots)
