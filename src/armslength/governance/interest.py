"""Who has an interest on another side, directly or through others: control, shares, posts, family, dependence.

Two questions, kept apart because policies do. *Interested*: would the person gain with another side? *Dependent*: does the
person answer, through pay or another tie, to somebody who would? Nothing here knows more than the register holds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from armslength.model.governance import Link, Register

WHOLE = 1_000_000  # a share is counted in millionths
MOST = 0.5  # who owns more of an organisation controls it
PAID = ("officer", "employee")  # posts by which a person depends on an organisation and on whoever controls it


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which a tie counts: it was there on one of them.

    A tie that ends after an agreement was proposed still counts for that agreement.
    """

    from_on: date
    until_on: date

    def meets(self, from_on: date | None, until_on: date | None) -> bool:
        """Whether something that lasted from ``from_on`` to before ``until_on`` was there on one of the days."""
        return (from_on is None or from_on <= self.until_on) and (until_on is None or until_on > self.from_on)


def window(proposed_on: date, now_on: date, look_back_days: int = 0) -> Window:
    """Returns the days on which ties count for an agreement proposed on one day and judged on another."""
    begins = proposed_on - timedelta(days=look_back_days) if look_back_days else proposed_on
    return Window(begins, max(proposed_on, now_on))


@dataclass(frozen=True, slots=True)
class Interest:
    """That somebody gains with another side.

    Attributes:
        side: organisation on the other side.
        path: from the person to the side, each step in words.
        share: millionths of it; a whole where control or a post leads there.
    """

    side: str
    path: tuple[str, ...]
    share: int

    def __str__(self) -> str:
        return "; ".join(self.path)


@dataclass(frozen=True, slots=True)
class _Edge:
    target: str
    share: int
    words: str


Graph = Mapping[str, tuple[_Edge, ...]]


def interests(
    register: Register, person: str, own: str, sides: Iterable[str], days: Window, least_share: int = 1
) -> tuple[Interest, ...]:
    """Returns a person's interests on the other sides of a decision that ``own`` takes.

    Args:
        register: who stands where.
        person: whose interest is looked for.
        own: party for which the person would decide. What is held through it does not count: it is shared with all
            who hold it.
        sides: organisations on the other side, and others who gain there.
        days: on which ties count.
        least_share: smallest share that counts, millionths; several holdings add up.
    """
    graph = _graph(register, days, avoid=own)
    shares, paths = _reach(graph, person)
    return tuple(
        Interest(side, paths[side], shares[side])
        for side in sorted(set(sides))
        if side != own and shares.get(side, 0) >= least_share
    )


def dependence(
    register: Register, person: str, own: str, sides: Iterable[str], days: Window, least_share: int = 1
) -> tuple[Interest, ...]:
    """Returns by whom a person may be swayed who is interested on another side; as :func:`interests`, upwards too.

    A person paid by an organisation answers to it and to whoever controls it. Paid by the own side counts here.
    """
    found: list[Interest] = []
    for master, path in sorted(_masters(register, person, days).items()):
        if master == own:
            continue
        for interest in interests(register, master, own, sides, days, least_share):
            found.append(Interest(interest.side, (*path, *interest.path), interest.share))
        if master in set(sides):
            found.append(Interest(master, path, WHOLE))
    return tuple(found)


def controllers(register: Register, organisation: str, days: Window) -> dict[str, tuple[str, ...]]:
    """Returns everybody who controls an organisation, directly or through others, with the steps in words."""
    holders: dict[str, list[str]] = defaultdict(list)
    for link in register.links:
        if _controls(link) and days.meets(*_days(link)):
            holders[link.target].append(link.holder)
    found: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, tuple[str, ...]]] = [(organisation, ())]
    while waiting:
        name, path = waiting.pop(0)
        for holder in sorted(set(holders[name])):
            if holder not in found and holder != organisation:
                found[holder] = (*path, f"{name} is controlled by {holder}")
                waiting.append((holder, found[holder]))
    return found


def _masters(register: Register, person: str, days: Window) -> dict[str, tuple[str, ...]]:
    """Returns everybody to whom a person answers, with the steps in words."""
    found: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, tuple[str, ...]]] = [(person, ())]
    ties: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for role in register.roles:
        if role.kind in PAID and days.meets(role.from_on, role.until_on):
            ties[role.person].append((role.organisation, f"{role.person} is {role.kind} of {role.organisation}"))
    for link in register.links:
        if days.meets(link.from_on, link.until_on):
            for holder, target, words in _dependences(link):
                ties[holder].append((target, words))
    while waiting:
        name, path = waiting.pop(0)
        above: list[tuple[str, tuple[str, ...]]] = [(target, (words,)) for target, words in sorted(ties[name])]
        above += sorted(controllers(register, name, days).items())
        for master, steps in above:
            if master != person and master not in found:
                found[master] = (*path, *steps)
                waiting.append((master, found[master]))
    return found


def _dependences(link: Link) -> list[tuple[str, str, str]]:
    """Returns who depends on whom by a link, with the words for it."""
    if link.kind == "relationship":
        return [(link.holder, link.target, f"{link.holder} has a tie to {link.target}")]
    if link.kind == "family":
        pairs = ((link.holder, link.target), (link.target, link.holder))
        return [(one, other, f"{one} is family of {other}") for one, other in pairs]
    return []


def group_of(register: Register, organisation: str, days: Window) -> frozenset[str]:
    """Returns an organisation and all that it controls, directly or through others."""
    found = {organisation}
    waiting = [organisation]
    while waiting:
        holder = waiting.pop()
        for link in register.links:
            if link.holder == holder and link.target not in found and _controls(link) and days.meets(*_days(link)):
                found.add(link.target)
                waiting.append(link.target)
    return frozenset(found)


def _controls(link: Link) -> bool:
    return link.kind == "controls" or (link.kind == "owns" and (link.share_frac or 0.0) > MOST)


def _days(link: Link) -> tuple[date | None, date | None]:
    return link.from_on, link.until_on


def _graph(register: Register, days: Window, avoid: str) -> Graph:
    """Returns whom each holder gains with. Nothing leads through ``avoid``."""
    edges: dict[str, dict[tuple[str, str], _Edge]] = defaultdict(dict)

    def add(holder: str, target: str, share: int, words: str) -> None:
        if avoid in (holder, target):
            return
        kind = "share" if share < WHOLE else "whole"
        before = edges[holder].get((target, kind))
        total = min(WHOLE, share + (before.share if before and kind == "share" else 0))
        edges[holder][target, kind] = _Edge(
            target, total, before.words + " and more" if before and kind == "share" else words
        )

    for role in register.roles:
        if role.kind != "inspector" and days.meets(role.from_on, role.until_on):
            add(role.person, role.organisation, WHOLE, f"{role.person} is {role.kind} of {role.organisation}")
            if role.kind in PAID and role.organisation != avoid:
                for holder, steps in controllers(register, role.organisation, days).items():
                    words = ", ".join((f"{role.person} is {role.kind} of {role.organisation}", *steps))
                    add(role.person, holder, WHOLE, words)
    for link in register.links:
        if not days.meets(*_days(link)):
            continue
        if link.kind == "controls":
            add(link.holder, link.target, WHOLE, f"{link.holder} controls {link.target}")
        elif link.kind == "owns":
            share = max(1, round((link.share_frac or 0.0) * WHOLE))
            words = f"{link.holder} owns {_percent(share)} of {link.target}"
            # Whoever has most of it can make all of it serve them.
            add(link.holder, link.target, WHOLE if _controls(link) else share, words)
        for holder, target, words in _dependences(link):
            add(holder, target, WHOLE, words)
    return {holder: tuple(found.values()) for holder, found in edges.items()}


def _reach(graph: Graph, start: str) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """Returns the share of ``start`` in everybody reached, millionths, and the shortest way there.

    Shares multiply along a way and add up over ways. Holdings in a circle are followed round until nothing is added:
    the sum is never below what a person counts by hand, and at most a whole. A way with any share at all counts as a
    millionth at least, however long it is.
    """
    paths: dict[str, tuple[str, ...]] = {start: ()}
    waiting = [start]
    while waiting:
        name = waiting.pop(0)
        for edge in graph.get(name, ()):
            if edge.target not in paths:
                paths[edge.target] = (*paths[name], edge.words)
                waiting.append(edge.target)
    shares = dict.fromkeys(paths, 0.0) | {start: 1.0}
    for _ in range(20 * len(paths) + 20):
        new = dict.fromkeys(paths, 0.0) | {start: 1.0}
        for name in paths:
            for target, share in _strongest(graph.get(name, ())):
                if target != start:
                    new[target] = min(1.0, new[target] + shares[name] * share / WHOLE)
        if all(abs(new[name] - shares[name]) < 1e-12 for name in paths):
            break
        shares = new
    return {name: max(1, round(share * WHOLE)) for name, share in shares.items() if name != start}, paths


def _strongest(edges: Iterable[_Edge]) -> list[tuple[str, int]]:
    """One share for each target: a whole stands above parts of it."""
    best: dict[str, int] = {}
    for edge in edges:
        best[edge.target] = max(best.get(edge.target, 0), edge.share)
    return sorted(best.items())


def _percent(share: int) -> str:
    return f"{share / (WHOLE / 100):.4f}".rstrip("0").rstrip(".") + " %"
