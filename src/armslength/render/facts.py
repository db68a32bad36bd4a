"""What the plans were told: lots, power, options, prices, assumptions, public claims, and their sources."""

from armslength.model.agreement import Statement
from armslength.model.case import Case
from armslength.model.noun import Fact
from armslength.render import figures
from armslength.render.listing import Cell, Listing, cut, gpus_cell, without_blanks, words
from armslength.render.words import CONFIDENCE, METRIC, Names

_ROWS_MOST = 40


def fact_listings(case: Case, names: Names) -> tuple[Listing, ...]:
    """Returns the facts on which the plans rest most: lots, power and prices, each with where it is from."""
    made = (
        _lots(case, names),
        _stock(case, names),
        _steps(case, names),
        _options(case, names),
        _prices(case, names),
    )
    return tuple(without_blanks(listing) for listing in made if listing.rows)


def _grounds(row: Fact, names: Names) -> list[Cell]:
    return [words(names.source(row.source)), words(row.confidence or ""), words(row.note or "")]


_GROUNDS = ("Source", "Confidence", "Note")


def _lots(case: Case, names: Names) -> Listing:
    shown, more = cut(case.lots, _ROWS_MOST)
    rows = [
        [
            words(lot.id),
            words(names.organisation(lot.owner)),
            gpus_cell(lot.gpus),
            words(names.sku(lot.sku)),
            words(figures.when(lot.expected_on)),
            words(lot.stage),
            *_grounds(lot, names),
        ]
        for lot in shown
    ]
    heads = ("Lot", "Title", "GPUs", "SKU", "Expected", "Stage", *_GROUNDS)
    return Listing("Lots", heads, rows, frozenset({2}), left_out_count=more, left_out_in="the case")


def _stock(case: Case, names: Names) -> Listing:
    shown, more = cut(case.stock, _ROWS_MOST)
    rows = [
        [
            words(names.site(row.site)),
            words(names.organisation(row.owner)),
            gpus_cell(row.gpus),
            words(names.sku(row.sku)),
            *_grounds(row, names),
        ]
        for row in shown
    ]
    heads = ("Site", "Title", "GPUs", "SKU", *_GROUNDS)
    caption = "Energised when the horizon starts"
    return Listing(caption, heads, rows, frozenset({2}), left_out_count=more, left_out_in="the case")


def _options(case: Case, names: Names) -> Listing:
    shown, more = cut(case.alternatives, _ROWS_MOST)
    rows = [
        [
            words(names.organisation(row.organisation)),
            words(row.kind),
            gpus_cell(row.offered_gpus),
            words(names.sku(row.sku)),
            words(figures.when(row.from_on)),
            words(figures.day(row.until_on) if row.until_on else ""),
            words(f"{row.use_price_per_gpu_hour:,.2f}"),
            *_grounds(row, names),
        ]
        for row in shown
    ]
    heads = (
        "Organisation",
        "Option",
        "GPUs",
        "SKU",
        "From",
        "Until",
        f"Price per GPU-hour, {case.currency}",
        *_GROUNDS,
    )
    caption = "Other realistic options without the other organisations"
    return Listing(caption, heads, rows, frozenset({2, 6}), left_out_count=more, left_out_in="the case")


def _steps(case: Case, names: Names) -> Listing:
    shown, more = cut(case.steps, _ROWS_MOST)
    rows = [
        [
            words(names.site(step.site)),
            words(figures.when(step.from_on)),
            words("" if step.power_mw is None else figures.rounded(step.power_mw)),
            words("" if step.gpu_slots is None else figures.rounded(step.gpu_slots)),
            *_grounds(step, names),
        ]
        for step in shown
    ]
    heads = ("Site", "From", "Power, MW", "Slots, GPUs", *_GROUNDS)
    return Listing(
        "Power and slots of the sites",
        heads,
        rows,
        frozenset({2, 3}),
        left_out_count=more,
        left_out_in="the case",
    )


def _prices(case: Case, names: Names) -> Listing:
    shown, more = cut(case.prices, _ROWS_MOST)
    rows = []
    for row in shown:
        low, high = row.market_price_per_gpu_hour_low, row.market_price_per_gpu_hour_high
        spread = "" if low is None or high is None else f"{low:,.2f} to {high:,.2f}"
        rows.append(
            [
                words(names.sku(row.sku)),
                words(figures.day(row.from_on)),
                words(f"{row.market_price_per_gpu_hour:,.2f}"),
                words(spread),
                *_grounds(row, names),
            ]
        )
    heads = ("SKU", "From", "Central", "Range", *_GROUNDS)
    caption = f"Market prices of a GPU-hour, {case.currency}"
    return Listing(caption, heads, rows, frozenset({2, 3}), left_out_count=more, left_out_in="the case")


def assumption_listing(case: Case) -> Listing | None:
    """Returns what no source gives, with what the case uses and its range."""
    if not case.assumptions:
        return None
    rows = []
    for row in case.assumptions:
        low, high = row.range_quantity_low, row.range_quantity_high
        rows.append(
            [
                words(row.text),
                words("" if row.central_quantity is None else figures.exact(row.central_quantity)),
                words("" if low is None or high is None else f"{figures.exact(low)} to {figures.exact(high)}"),
                words(row.unit),
                words(row.reason),
            ]
        )
    heads = ("Assumed", "Used here", "Range", "Unit", "Why")
    return without_blanks(Listing("What no source gives", heads, rows, frozenset({1, 2})))


def statement_listings(case: Case, names: Names) -> tuple[Listing, ...]:
    """Returns public claims, a table per metric and unit, so that different counts never meet."""
    groups: dict[tuple[str, str], list[Statement]] = {}
    for row in case.statements:
        groups.setdefault((row.metric, row.unit), []).append(row)
    return tuple(without_blanks(_claims(metric, unit, rows, case, names)) for (metric, unit), rows in groups.items())


def _claims(metric: str, unit: str, claims: list[Statement], case: Case, names: Names) -> Listing:
    written = case.currency if unit == "currency" else "GPUs"
    shown, more = cut(sorted(claims, key=lambda row: (row.said_on.p50_on, row.id)), _ROWS_MOST)
    rows = [
        [
            words(figures.when(row.said_on)),
            words(names.organisation(row.organisation)),
            Cell(
                figures.rounded(row.claimed_quantity, trimmed=True),
                f"{figures.exact(row.claimed_quantity)} {written}",
            ),
            words(figures.when(row.by_on) if row.by_on else "when said"),
            words("to come" if row.forward_looking else "present"),
            words(row.speaker),
            words(row.quote),
            *_grounds(row, names)[:2],
        ]
        for row in shown
    ]
    heads = (
        "Said",
        "About",
        f"Claimed, {written}",
        "By",
        "Speaks of",
        "Speaker",
        "Words",
        "Source",
        "Confidence",
    )
    caption = f"Claims of {METRIC[metric]}, {written}"
    return Listing(caption, heads, rows, frozenset({2}), left_out_count=more, left_out_in="the case")


def source_listing(case: Case) -> Listing | None:
    """Returns the sources with their confidence and how many rows of the case lean on each."""
    if not case.sources:
        return None
    leans: dict[str, int] = {}
    for table in (
        *(
            case.organisations,
            case.skus,
            case.lots,
            case.sites,
            case.steps,
            case.stock,
            case.workloads,
            case.demand,
        ),
        *(case.agreements, case.legs, case.settlements, case.statements, case.prices, case.alternatives),
    ):
        for row in table:
            if row.source:
                leans[row.source] = leans.get(row.source, 0) + 1
    shown, more = cut(case.sources, 3 * _ROWS_MOST)
    rows = [
        [
            words(source.title),
            words(figures.when(source.published_on) if source.published_on else ""),
            words(CONFIDENCE[source.confidence] if source.confidence else "not rated"),
            words(f"{leans.get(source.id, 0):,}"),
        ]
        for source in shown
    ]
    heads = ("Source", "Published", "Confidence", "Rows of the case")
    caption = "Where facts come from, and how many rows of the case lean on each"
    return without_blanks(Listing(caption, heads, rows, frozenset({3}), left_out_count=more, left_out_in="the case"))
