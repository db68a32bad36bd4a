"""Sankey diagrams: how much goes from where to where, through columns of nodes, with smooth bands.

The layout is computed here: heights share one scale, every node keeps room for its two lines of text, and
within a node bands leave and arrive in the order of the nodes they join, so that few of them cross.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from armslength.render.chart import stretched
from armslength.render.figures import shortened

_NODE_PIXELS = 10.0
_ROOM = 34.0  # least distance between two nodes' middles: two lines of text
_GAP = 10.0
_NAME_LETTERS = 22  # so that the names of two columns fit between them
REST = "·others"
STORAGE = "·storage"
NOBODY = "·nobody"
LAST = (REST, STORAGE, NOBODY)


@dataclass(frozen=True, slots=True)
class Link:
    """What goes from a node of one column to a node of the next.

    Attributes:
        column: number of the column it leaves.
        start: key of the node it leaves.
        end: key of the node it reaches.
        size: how much, in the diagram's unit.
        css: class of the band.
    """

    column: int
    start: str
    end: str
    size: float
    css: str


@dataclass(slots=True)
class _Node:
    key: str
    size: float
    top: float = 0.0
    height: float = 0.0
    left: float = 0.0  # next free place for arriving bands
    right: float = 0.0  # next free place for leaving bands


@dataclass(slots=True)
class _Layout:
    columns: list[dict[str, _Node]]
    height: float = 0.0
    scale: float = 1.0
    links: list[Link] = field(default_factory=list)


def sankey(
    links: Sequence[Link],
    names: Mapping[str, str],
    sizes: Mapping[str, str],
    *,
    label: str,
    height: float = 260.0,
) -> Markup:
    """Returns a Sankey diagram.

    Args:
        links: the bands; those without size are left out. The first column keeps their order.
        names: what to write beside a node, by key.
        sizes: how much goes through it, in words with a unit, by column and key as ``"0:key"``.
        label: what the diagram shows, in words.
        height: pixels which the tallest column's bands fill.
    """
    layout = _laid_out([link for link in links if link.size > 0], height)
    bands = "".join(_band(layout, link, names) for link in layout.links)
    last = len(layout.columns) - 1
    nodes = "".join(
        _node(node, i, last, names.get(node.key, node.key), sizes.get(f"{i}:{node.key}", ""))
        for i, column in enumerate(layout.columns)
        for node in column.values()
    )
    total = layout.height
    return Markup(
        f'<div class="scroll" role="img" aria-label="{escape(label)}" tabindex="0"><div class="sankey">'
        f'<svg width="100%" height="{total:g}" aria-hidden="true">'
        f"{stretched(bands, total)}{nodes}</svg></div></div>"
    )


def largest_kept(links: Sequence[Link], most: int) -> tuple[list[Link], int]:
    """Returns links among the largest nodes of each column, the others gathered, and their number."""
    through = _through(links)
    kept = [
        {key for key, _ in sorted(column.items(), key=lambda item: (-item[1], item[0]))[:most]} for column in through
    ]
    gathered = sum(len(column) - len(keys) for column, keys in zip(through, kept, strict=True))
    merged: dict[tuple[int, str, str, str], float] = {}
    for link in links:
        start = link.start if link.start in kept[link.column] else REST
        end = link.end if link.end in kept[link.column + 1] else REST
        css = link.css if start != REST else "b-rest"
        merged[link.column, start, end, css] = merged.get((link.column, start, end, css), 0.0) + link.size
    return [Link(*key[:3], size, key[3]) for key, size in merged.items()], gathered


def _through(links: Sequence[Link]) -> list[dict[str, float]]:
    """How much goes through each node, by column: what arrives or what leaves, whichever is more."""
    count = max((link.column for link in links), default=-1) + 2
    leaves: list[dict[str, float]] = [{} for _ in range(count)]
    arrives: list[dict[str, float]] = [{} for _ in range(count)]
    for link in links:
        leaves[link.column][link.start] = leaves[link.column].get(link.start, 0.0) + link.size
        arrives[link.column + 1][link.end] = arrives[link.column + 1].get(link.end, 0.0) + link.size
    return [
        {key: max(a.get(key, 0.0), b.get(key, 0.0)) for key in {**b, **a}} for a, b in zip(leaves, arrives, strict=True)
    ]


def _laid_out(links: Sequence[Link], height: float) -> _Layout:
    through = _through(links)
    layout = _Layout([{key: _Node(key, size) for key, size in column.items()} for column in through])
    most = max((sum(column.values()) for column in through), default=0.0)
    layout.scale = height / most if most > 0 else 1.0
    layout.columns[:1] = [
        dict(sorted(column.items(), key=lambda item: item[0] == REST)) for column in layout.columns[:1]
    ]
    for i in range(1, len(layout.columns)):
        arriving = [link for link in links if link.column == i - 1]
        layout.columns[i] = _ordered(layout.columns[i], layout.columns[i - 1], arriving)
    layout.height = max((_place(column, layout.scale) for column in layout.columns), default=0.0)
    for column in layout.columns:
        _centre(column, layout.height)
    order = [{key: rank for rank, key in enumerate(column)} for column in layout.columns]
    layout.links = sorted(links, key=lambda k: (k.column, order[k.column][k.start], order[k.column + 1][k.end]))
    return layout


def _ordered(column: dict[str, _Node], before: dict[str, _Node], links: Sequence[Link]) -> dict[str, _Node]:
    """A column in the order of the mean place of what arrives at each node; gathered and unused ones last."""
    rank = {key: i for i, key in enumerate(before)}
    pull: dict[str, list[float]] = {key: [0.0, 0.0] for key in column}
    for link in links:
        pull[link.end][0] += link.size * rank[link.start]
        pull[link.end][1] += link.size
    mean = {key: total / weight if weight else 1e9 for key, (total, weight) in pull.items()}
    return dict(sorted(column.items(), key=lambda item: (item[0] in LAST, mean[item[0]], item[0])))


def _place(column: dict[str, _Node], scale: float) -> float:
    """Gives each node its height and place from the top; returns the column's height."""
    y = 0.0
    for node in column.values():
        node.height = max(node.size * scale, 1.0)
        slot = max(node.height + _GAP, _ROOM)
        node.top = y + (slot - node.height) / 2
        y += slot
    return y


def _centre(column: dict[str, _Node], height: float) -> None:
    nodes = list(column.values())
    if not nodes:
        return
    used = nodes[-1].top + nodes[-1].height + nodes[0].top
    for node in nodes:
        node.top += max(0.0, height - used) / 2
        node.left = node.right = node.top


def _band(layout: _Layout, link: Link, names: Mapping[str, str]) -> str:
    """One band: an S-shaped curve from node to node, as high as it is large at both ends."""
    start, end = layout.columns[link.column][link.start], layout.columns[link.column + 1][link.end]
    height = max(link.size * layout.scale, 0.5)
    y0, y1 = start.right, end.left
    start.right += height
    end.left += height
    width = 1000.0 / (len(layout.columns) - 1)
    x0, x1 = width * link.column, width * (link.column + 1)
    mid = (x0 + x1) / 2
    path = (
        f"M{x0:.0f} {y0:.1f}C{mid:.0f} {y0:.1f} {mid:.0f} {y1:.1f} {x1:.0f} {y1:.1f}V{y1 + height:.1f}"
        f"C{mid:.0f} {y1 + height:.1f} {mid:.0f} {y0 + height:.1f} {x0:.0f} {y0 + height:.1f}Z"
    )
    note = f"{names.get(link.start, link.start)} → {names.get(link.end, link.end)}"
    return f'<path class="band {link.css}" d="{path}"><title>{escape(note)}</title></path>'


def _node(node: _Node, column: int, last: int, name: str, size: str) -> str:
    at = 100.0 * column / last if last else 0.0
    shift = 0.0 if column == 0 else -_NODE_PIXELS if column == last else -_NODE_PIXELS / 2
    text = -_NODE_PIXELS - 4 if column == last else shift + _NODE_PIXELS + 4
    anchor = "end" if column == last else "start"
    middle = node.top + node.height / 2
    css = "node nobody" if node.key == NOBODY else "node"
    return (
        f'<rect class="{css}" x="{at:g}%" y="{node.top:.1f}" width="{_NODE_PIXELS:g}" '
        f'height="{node.height:.1f}" transform="translate({shift:g} 0)"/>'
        f'<g transform="translate({text:g} 0)" text-anchor="{anchor}"><title>{escape(name)}</title>'
        f'<text class="halo name" x="{at:g}%" y="{middle - 2:.1f}">'
        f"{escape(shortened(name, _NAME_LETTERS))}</text>"
        f'<text class="halo" x="{at:g}%" y="{middle + 12:.1f}">{escape(size)}</text></g>'
    )
