"""Who owns which nodes: a table of owners and nodes, with dates or without, or a column of GPUs for each owner."""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from armslength.connectors.files import read_text
from armslength.connectors.flaws import shown
from armslength.errors import InputError, Problem
from armslength.model.replay import CapacityStep

DEFAULT_NODE_GPUS = 8
_OWNER = ("owner", "vc", "tenant", "account", "clusterqueue")
_NODES = ("nodes", "node_count")
_SIZE = ("gpus_per_node", "node_gpus")
_FROM = ("from", "from_at", "from_on", "date")
_INLINE = re.compile(r"([^=,]+)=(\d+)(?:x(\d+))?")


def read_capacity(source: str) -> tuple[tuple[CapacityStep, ...], tuple[Problem, ...]]:
    """Reads a capacity file, or the words themselves: ``north=32x8,south=16x8``.

    A table has the columns owner (or vc), nodes, gpus_per_node (8 when left out) and, for nodes that come and go,
    from. A wide table has a column date, a column of GPUs for each owner, and perhaps a total that must agree.

    Returns:
        The steps of the good rows, and what is wrong with others.

    Raises:
        InputError: when there is nothing that can be used.
    """
    if _INLINE.fullmatch(source.split(",")[0].strip()) and not Path(source).exists():
        steps = _inline(source)
        _refuse_mixed(source, steps)
        return steps, ()
    path = Path(source)
    text = read_text(path, path.name)
    if isinstance(text, Problem):
        raise InputError(f"{source}: no capacity could be read", problems=[text])
    lines = text.splitlines()
    head = [name.strip().lower() for name in next(csv.reader(lines[:1]), [])]
    places = {
        key: _place(head, names)
        for key, names in (("owner", _OWNER), ("nodes", _NODES), ("size", _SIZE), ("from", _FROM))
    }
    if places["owner"] is not None and places["nodes"] is not None:
        found = list(_long(path.name, lines, places))
    elif head[:1] == ["date"]:
        found = list(_wide(path.name, lines))
    else:
        hint = "write owner,nodes,gpus_per_node, or date and a column of GPUs for each owner"
        raise InputError(f"{source}: the columns are {', '.join(head) or 'none'}", hint=hint)
    steps = tuple(row for row in found if isinstance(row, CapacityStep))
    problems = tuple(row for row in found if isinstance(row, Problem))
    if not steps:
        raise InputError(f"{source}: no owner has any nodes", problems=problems)
    _refuse_mixed(source, steps)
    return steps, problems


def _refuse_mixed(source: str, steps: Sequence[CapacityStep]) -> None:
    sizes = sorted({step.node_gpus for step in steps})
    if len(sizes) > 1:
        raise InputError(
            f"{source}: nodes of {' and '.join(str(size) for size in sizes)} accelerators in one replay",
            hint="a replay knows one size of node; replay the kinds apart",
        )


def _inline(source: str) -> tuple[CapacityStep, ...]:
    steps = []
    for part in source.split(","):
        match = _INLINE.fullmatch(part.strip())
        if not match:
            raise InputError(f"--capacity: {shown(part)} is no capacity", hint="write north=32x8 for 32 nodes of 8")
        owner, nodes, size = match[1].strip(), int(match[2]), int(match[3] or DEFAULT_NODE_GPUS)
        steps.append(CapacityStep(owner=owner, from_at=None, node_count=nodes, node_gpus=size))
    return tuple(steps)


def _place(head: Sequence[str], names: Sequence[str]) -> int | None:
    return next((head.index(name) for name in names if name in head), None)


def _long(name: str, lines: Sequence[str], places: dict[str, int | None]) -> Iterator[CapacityStep | Problem]:
    for line, row in enumerate(csv.reader(lines[1:]), 2):
        if not row:
            continue
        cells = {key: row[at].strip() if at is not None and at < len(row) else "" for key, at in places.items()}
        nodes, size = _whole(cells["nodes"]), _whole(cells["size"] or str(DEFAULT_NODE_GPUS))
        moment = _moment(cells["from"])
        if not cells["owner"] or nodes is None or not size or isinstance(moment, str):
            what = (
                moment if isinstance(moment, str) else f"owner {shown(cells['owner'])}, nodes {shown(cells['nodes'])}"
            )
            yield Problem(f"{name} line {line}", f"this row cannot be used: {what}", "write owner,nodes,gpus_per_node")
            continue
        yield CapacityStep(owner=cells["owner"], from_at=moment, node_count=nodes, node_gpus=size)


def _wide(name: str, lines: Sequence[str]) -> Iterator[CapacityStep | Problem]:
    """Yields a step for each change; a day whose sum is wrong or which names one owner only is a problem."""
    rows = csv.reader(lines)
    head = [column.strip() for column in next(rows)]
    owners = [(place, column) for place, column in enumerate(head) if column not in ("date", "total")]
    before: dict[str, int] = {}
    for line, row in enumerate(rows, 2):
        moment = _moment(row[0]) if row else "the row is empty"
        gpus = {owner: _whole(row[place]) for place, owner in owners if place < len(row)}
        wrong = _wrong_day(moment, gpus, owners, head, row, before)
        if wrong:
            yield Problem(f"{name} line {line}", wrong, "correct the day or take it out")
            continue
        assert isinstance(moment, datetime)
        for owner, count in gpus.items():
            assert count is not None
            if count != before.get(owner, 0):
                nodes = count // DEFAULT_NODE_GPUS
                yield CapacityStep(owner=owner, from_at=moment, node_count=nodes, node_gpus=DEFAULT_NODE_GPUS)
        before = {owner: count or 0 for owner, count in gpus.items()}


def _wrong_day(
    moment: datetime | str | None,
    gpus: dict[str, int | None],
    owners: Sequence[tuple[int, str]],
    head: Sequence[str],
    row: Sequence[str],
    before: dict[str, int],
) -> str:
    if not isinstance(moment, datetime):
        return moment or "the row has no day"
    if len(gpus) < len(owners) or None in gpus.values():
        return f"the row has {len(row)} of {len(head)} numbers"
    counts = [count or 0 for count in gpus.values()]
    if "total" in head and _whole(row[head.index("total")]) != sum(counts):
        return f"the owners' GPUs add up to {sum(counts):,}, the total says {row[head.index('total')]}"
    uneven = [owner for owner, count in gpus.items() if (count or 0) % DEFAULT_NODE_GPUS]
    if uneven:
        return f"{uneven[0]} has {gpus[uneven[0]]} GPUs, not whole nodes of {DEFAULT_NODE_GPUS}"
    if sum(map(bool, counts)) == 1 and sum(map(bool, before.values())) > 2:
        return "one owner has everything on this day and all others nothing"
    return ""


def _whole(text: str) -> int | None:
    text = text.strip().removesuffix(".0")
    return int(text) if text.isdigit() else None


def _moment(text: str) -> datetime | str | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return f"{shown(text)} is no day"
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
