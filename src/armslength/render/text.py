"""The summary for a terminal: the verdict first, then the runs side by side, in aligned plain text.

In a terminal tables are drawn with rules and the standings are coloured; in a pipe there are only spaces.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armslength.errors import Problem
from armslength.model.case import Case
from armslength.model.comparison import Comparison, Verdict
from armslength.render import figures
from armslength.render.sizes import size_lines
from armslength.render.verdict import lead_of, periods_of, when_of
from armslength.render.words import (
    RUN,
    SPLIT_PHRASE,
    STANDING,
    STANDING_MARK,
    Names,
    main_run,
    names_of,
    title_of,
)

_ORGANISATIONS_MOST = 12
_LEAST_GAP_FRAC = 1e-5
_NOTED_MOST = 4  # organisations up to which each verdict has its notes
_STYLE = {"better": "bold blue", "same": "", "worse": "bold red"}


@dataclass(frozen=True, slots=True)
class _Grid:
    """A table of texts; the columns from ``numeric`` on hold numbers."""

    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    numeric: int


def print_summary(comparison: Comparison, console: Console) -> None:
    """Prints what was found: tables with rules in a terminal, aligned text in a pipe."""
    if not console.is_terminal:
        for line in summary_lines(comparison):
            console.print(Text(line), soft_wrap=True)
        return
    case, names = comparison.case, names_of(comparison.case)
    console.print(Text(_headline(case), style="bold"))
    console.print(Text(lead_of(comparison, names)))
    _print_verdicts(comparison, names, console)
    grid = _runs(comparison, names)
    if grid.rows:
        console.print(_drawn(grid, _runs_caption(case)))
    for line in _more(comparison, names):
        console.print(Text(line))


def summary_lines(comparison: Comparison) -> list[str]:
    """Returns the summary as plain lines without escape codes."""
    case, names = comparison.case, names_of(comparison.case)
    lines = [_headline(case), "", lead_of(comparison, names)]
    told = _told(comparison)
    for i, verdict in enumerate(told[:_ORGANISATIONS_MOST]):
        if i == 0 or len(told) <= _NOTED_MOST:
            lines.append("")
        lines += _verdict_lines(verdict, comparison, names)[: None if len(told) <= _NOTED_MOST else 1]
    left_out = len(told) - _ORGANISATIONS_MOST
    if left_out > 0:
        lines += ["", f"{figures.count(left_out, 'more organisation')} in verdicts.csv."]
    grid = _runs(comparison, names)
    if grid.rows:
        lines += ["", _runs_caption(case), *_aligned(grid)]
    more = _more(comparison, names)
    return lines + ([""] if more else []) + more


def problems_table(problems: Sequence[Problem], console: Console) -> None:
    """Prints what is wrong with a case, each problem with its place and what to do next; errors first."""
    ordered = sorted(problems, key=lambda problem: problem.severity != "error")
    if not console.is_terminal:
        for problem in ordered:
            console.print(Text(f"{problem.severity}: {problem}"), soft_wrap=True)
    elif ordered:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        for head in ("", "Where", "What", "What to do"):
            table.add_column(head, overflow="fold")
        for problem in ordered:
            style = "bold red" if problem.severity == "error" else "yellow"
            texts = (
                Text(problem.severity, style=style),
                Text(problem.place),
                Text(problem.message),
                Text(problem.hint),
            )
            table.add_row(*texts)
        console.print(table)
    errors = sum(problem.severity == "error" for problem in ordered)
    counted = [figures.count(errors, "error")] if errors else []
    counted += [figures.count(len(ordered) - errors, "warning")] if len(ordered) > errors else []
    console.print(f"{figures.listed(counted)}." if counted else "No problems found.", highlight=False)


def _headline(case: Case) -> str:
    as_of = f", as of {figures.day(case.as_of)}" if case.as_of else ""
    return f"{title_of(case)}: {figures.span(case.horizon.start_on, case.horizon.end_on)}{as_of}"


def _told(comparison: Comparison) -> list[Verdict]:
    run = main_run(comparison)
    order = {"worse": 0, "better": 1, "same": 2}
    told = [verdict for verdict in comparison.verdicts if verdict.run == run]
    return sorted(told, key=lambda v: (order[v.standing], -abs(v.gain_value), v.organisation))


def _verdict_words(verdict: Verdict, comparison: Comparison, names: Names) -> tuple[str, str]:
    """The first line of a verdict before and after its standing."""
    currency = comparison.case.currency
    amount = figures.signed_money(verdict.gain_value, currency)
    spread = figures.money_range(verdict.gain_value_low, verdict.gain_value_high, currency)
    hours = figures.signed_gpu_hours(verdict.usable_gpu_hours)
    tail = f": {hours} usable, {amount}" + (f" ({spread})" if spread else "")
    return names.organisation(verdict.organisation), tail


def _verdict_notes(verdict: Verdict, comparison: Comparison) -> list[str]:
    currency = comparison.case.currency
    notes = [when_of(verdict, periods_of(comparison)), figures.with_days(verdict.text)]
    if verdict.settlement_value:
        way = "receives" if verdict.settlement_value > 0 else "pays"
        notes.append(f"Settlement: it {way} {figures.money(abs(verdict.settlement_value), currency)}.")
    if verdict.make_whole_cost > 0:
        notes.append(f"To be made whole it needs {figures.money(verdict.make_whole_cost, currency)}.")
    first = notes[0][:1].upper() + notes[0][1:] + "." if notes[0] else ""
    return [note for note in (first, *notes[1:]) if note]


def _verdict_lines(verdict: Verdict, comparison: Comparison, names: Names) -> list[str]:
    name, tail = _verdict_words(verdict, comparison, names)
    mark = STANDING_MARK[verdict.standing]
    notes = [f"  {note}" for note in _verdict_notes(verdict, comparison)]
    return [f"{mark} {name} is {STANDING[verdict.standing]}{tail}", *notes]


def _print_verdicts(comparison: Comparison, names: Names, console: Console) -> None:
    told = _told(comparison)
    for verdict in told[:_ORGANISATIONS_MOST]:
        name, tail = _verdict_words(verdict, comparison, names)
        style = _STYLE[verdict.standing]
        standing = f"{STANDING_MARK[verdict.standing]} {name} is {STANDING[verdict.standing]}"
        if len(told) > _NOTED_MOST:
            console.print(Text.assemble((standing, style), tail))
            continue
        console.print()
        console.print(Text.assemble((standing, style), tail))
        for note in _verdict_notes(verdict, comparison):
            console.print(Text(note))
    if len(told) > _ORGANISATIONS_MOST:
        left_out = figures.count(len(told) - _ORGANISATIONS_MOST, "more organisation")
        console.print(Text(f"\n{left_out} in verdicts.csv."))
    console.print()


def _runs_caption(case: Case) -> str:
    return f"Value and gain in {case.currency}; used, usable and idle in GPU-hours"


def _runs(comparison: Comparison, names: Names) -> _Grid:
    gains = {(v.organisation, v.run): v.gain_value for v in comparison.verdicts}
    parties = list(dict.fromkeys(r.organisation for plan in comparison.plans for r in plan.results))
    rows = []
    for party in parties[:_ORGANISATIONS_MOST]:
        name = names.organisation(party)
        for plan in comparison.plans:
            for r in plan.results:
                if r.organisation != party:
                    continue
                numbers = (r.own_value, r.used_gpu_hours, r.usable_gpu_hours, r.idle_gpu_hours)
                gain = gains.get((party, plan.run))
                told = "" if gain is None else figures.signed(gain)
                rows.append((figures.shortened(name, 28), RUN[plan.run], *map(figures.rounded, numbers), told))
                name = ""
    return _Grid(("Organisation", "Run", "Value", "Used", "Usable", "Idle", "Gain"), rows, 2)


def _aligned(grid: _Grid) -> list[str]:
    table = [grid.heads, *grid.rows]
    widths = [max(cell_len(row[i]) for row in table) for i in range(len(grid.heads))]
    return ["  ".join(_padded(row[i], widths[i], i >= grid.numeric) for i in range(len(row))).rstrip() for row in table]


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


def _drawn(grid: _Grid, caption: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=Text(caption), title_justify="left", title_style="dim", pad_edge=False)
    for i, head in enumerate(grid.heads):
        table.add_column(head, justify="right" if i >= grid.numeric else "left", no_wrap=True)
    for row in grid.rows:
        table.add_row(*map(Text, row))
    return table


def _more(comparison: Comparison, names: Names) -> list[str]:
    """What else a reader should know: answers, the fair split, the better deal, how good the plans are."""
    currency = comparison.case.currency
    lines = [f"{answer.text} {figures.with_days(answer.reading)}" for answer in comparison.answers]
    chosen = next((split for split in comparison.splits if split.chosen), None)
    if chosen:
        gains = [
            f"{names.organisation(s.organisation)} {figures.signed_money(s.gain_value, currency)}"
            for s in chosen.shares
        ]
        lines.append(f"Shared, split by {SPLIT_PHRASE[chosen.rule]}: {figures.listed(gains)}.")
    paid = [
        f"{names.organisation(p.payer)} pays {names.organisation(p.payee)} {figures.money(p.amount_cost, currency)}"
        for p in comparison.payments
    ]
    if paid:
        lines.append(f"Payments for that: {figures.listed(paid)}.")
    if comparison.better_deal:
        lines.append(f"A better deal for both: {figures.with_days(comparison.better_deal)}")
    lines += size_lines(comparison, names)
    return lines + _proofs(comparison) + [f"Note: {note}" for note in comparison.notes]


def _proofs(comparison: Comparison) -> list[str]:
    """How good the plans are proved to be; runs that say the same share a line."""
    runs: dict[str, list[str]] = {}
    for plan in comparison.plans:
        gap = figures.percent(max(plan.provenance.gap_frac, _LEAST_GAP_FRAC))
        proof = "proved" if plan.provenance.proved else "not proved to the gap asked for"
        runs.setdefault(f"within {gap} of the best, {proof}; checked.", []).append(RUN[plan.run].lower())
    return [f"Plans ({figures.listed(names)}): {what}" for what, names in runs.items()]
