"""What went where: GPU-hours from title through sites to users, lots from who ordered to who got title."""

from collections.abc import Mapping

from armslength.model.case import Case
from armslength.model.comparison import Comparison
from armslength.render import figures
from armslength.render.panels import Panel, PanelRow, PanelSection, Tallies
from armslength.render.sankey import NOBODY, REST, STORAGE, Link, largest_kept, sankey
from armslength.render.tally import Tally
from armslength.render.words import BINDING_STATES, RUN, Names

_NODES_MOST = 8
_COLOURS = 8


def flow_section(comparison: Comparison, tallies: Tallies, names: Names) -> PanelSection | None:
    """Returns where received GPU-hours went: from who holds title, through sites, to who used them."""
    colours = _colours(comparison.case)
    panels = [_flow_panel(run, tally, colours, names) for run, tally in tallies.items() if any(tally.flows.values())]
    if not panels:
        return None
    return PanelSection(
        "GPU-hours from who holds title, through the site with custody, to who used them. "
        "The height of a band is its size.",
        (),
        (PanelRow("", "", tuple(panels)),),
    )


def _flow_panel(run: str, tally: Tally, colours: Mapping[str, str], names: Names) -> Panel:
    links = _flow_links(tally, colours)
    kept, gathered = largest_kept(links, _NODES_MOST)
    label = {REST: "All others", NOBODY: "Not used", STORAGE: "Storage"}
    for link in kept:
        for column, key in ((link.column, link.start), (link.column + 1, link.end)):
            if key not in label:
                label[key] = names.site(key[5:]) if column == 1 else names.organisation(key)
    said = {key: figures.gpu_hours(size) for key, size in _sizes(kept).items()}
    total = sum(link.size for link in links if link.column == 0)
    text = f"{RUN[run]}: {figures.gpu_hours(total)} received."
    note = f"{figures.count(gathered, 'smaller one')} gathered; all are in uses.csv and idle.csv." if gathered else ""
    return Panel(f"{RUN[run]}: who holds title → site → who used them", sankey(kept, label, said, label=text), note)


def _flow_links(tally: Tally, colours: Mapping[str, str]) -> list[Link]:
    first: dict[tuple[str, str], float] = {}
    second: dict[tuple[str, str, str], float] = {}
    for (title, site, user), size in tally.flows.items():
        place, end = STORAGE if site is None else f"site:{site}", NOBODY if user is None else user
        first[title, place] = first.get((title, place), 0.0) + size
        second[place, end, title] = second.get((place, end, title), 0.0) + size
    rank = {title: i for i, title in enumerate(colours)}
    ordered = sorted(first.items(), key=lambda item: (rank.get(item[0][0], len(rank)), item[0]))
    links = [Link(0, title, place, size, colours.get(title, "b-rest")) for (title, place), size in ordered]
    links += [Link(1, place, end, size, colours.get(title, "b-rest")) for (place, end, title), size in second.items()]
    return links


def lot_panel(comparison: Comparison, names: Names) -> Panel | None:
    """Returns which lots moved under the agreements in force: who ordered → lot → who got title, in GPUs."""
    case = comparison.case
    holders = _holders(case)
    moved = [lot for lot in case.lots if set(holders[lot.id]) != {lot.owner}]
    if not moved:
        return None
    colours = _colours(case)
    links = []
    for lot in moved:
        css = colours.get(lot.owner, "b-rest")
        links.append(Link(0, lot.owner, f"lot:{lot.id}", lot.gpus, css))
        links += [Link(1, f"lot:{lot.id}", holder, gpus, css) for holder, gpus in holders[lot.id].items()]
    kept, gathered = largest_kept(links, _NODES_MOST)
    label = {REST: "All others", **{f"lot:{lot.id}": lot.id for lot in moved}}
    label |= {party: names.organisation(party) for lot in moved for party in (lot.owner, *holders[lot.id])}
    days = {f"1:lot:{lot.id}": f"{figures.gpus(lot.gpus)}, {figures.day(lot.expected_on.p50_on)}" for lot in moved}
    sizes = {key: figures.gpus(size) for key, size in _sizes(kept).items()} | days
    total = sum(lot.gpus for lot in moved)
    note = f"{figures.count(gathered, 'smaller one')} gathered." if gathered else ""
    text = f"{figures.gpus(total)} in {figures.count(len(moved), 'lot')} whose title moves under the agreements."
    return Panel("Who ordered → lot → who gets title", sankey(kept, label, sizes, label=text, height=180.0), note)


def _holders(case: Case) -> dict[str, dict[str, int]]:
    """Who holds how many GPUs of each lot once the title legs of the agreements in force are done."""
    bound = {a.id for a in case.agreements if a.state in BINDING_STATES and a.kind in ("redirect", "slot_swap")}
    holders = {lot.id: {lot.owner: lot.gpus} for lot in case.lots}
    for leg in case.legs:
        if leg.agreement not in bound or leg.lot not in holders:
            continue
        held = holders[leg.lot]
        gpus = min(leg.gpus, held.get(leg.giver, 0))
        held[leg.giver] = held.get(leg.giver, 0) - gpus
        held[leg.taker] = held.get(leg.taker, 0) + gpus
    return {lot: {party: gpus for party, gpus in held.items() if gpus} for lot, held in holders.items()}


def _colours(case: Case) -> dict[str, str]:
    return {o.id: f"b-{i % _COLOURS}" for i, o in enumerate(case.organisations)}


def _sizes(links: list[Link]) -> dict[str, float]:
    """How much goes through each node of a diagram of three columns, by column and key."""
    sizes: dict[str, float] = {}
    for link in links:
        ends = (f"0:{link.start}", f"1:{link.end}") if link.column == 0 else (f"2:{link.end}",)
        for end in ends:
            sizes[end] = sizes.get(end, 0.0) + link.size
    return sizes
