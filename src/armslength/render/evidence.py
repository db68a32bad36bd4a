"""What the planner found: the runs side by side, the rules that bind, and how the plans were made."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from armslength.model.comparison import Comparison
from armslength.model.plan import Binding, Period, Plan
from armslength.render import figures
from armslength.render.listing import (
    Cell,
    Listing,
    cut,
    gpu_hours_cell,
    money_cell,
    words,
)
from armslength.render.words import RUN, Names

_RULES_MOST = 15
_PARTIES_MOST = 16


@dataclass(slots=True)
class _Rule:
    """A binding rule over all its periods."""

    dearest: Binding
    key: tuple[str, ...]  # without the period
    total_value: float = 0.0
    periods: list[int] = field(default_factory=list)


def binding_listings(comparison: Comparison, names: Names) -> tuple[Listing, ...]:
    """Returns a table per run of the rules that hold with no room to spare, dearest first."""
    made = (_bindings(plan, comparison.case.currency, names) for plan in comparison.plans)
    return tuple(listing for listing in made if listing)


def _bindings(plan: Plan, currency: str, names: Names) -> Listing | None:
    rules: dict[tuple[str, tuple[str, ...], str], _Rule] = {}
    for binding in plan.bindings:
        key = _lasting_key(binding, plan.periods)
        rule = rules.setdefault((binding.family, key, binding.unit), _Rule(binding, key))
        if abs(binding.marginal_value) > abs(rule.dearest.marginal_value):
            rule.dearest = binding
        rule.total_value += binding.marginal_value
        if binding.period_index is not None:
            rule.periods.append(binding.period_index)
    if not rules:
        return None
    ordered = sorted(rules.values(), key=lambda rule: (-abs(rule.total_value), rule.dearest.family, rule.key))
    shown, more = cut(ordered, _RULES_MOST)
    rows = [
        [
            words(_sentence(rule, plan.periods, names)),
            words(_when(rule.periods, plan.periods)),
            money_cell(rule.dearest.marginal_value, currency),
            words(rule.dearest.unit),
            money_cell(rule.total_value, currency),
        ]
        for rule in shown
    ]
    return Listing(
        f"{RUN[plan.run]}: what one more unit would be worth, {currency}",
        ("Rule", "When", "Highest price", "For one more", "Sum of prices"),
        rows,
        frozenset({2, 4}),
        left_out_count=more,
        left_out_in="bindings.csv",
    )


def _lasting_key(binding: Binding, periods: Sequence[Period]) -> tuple[str, ...]:
    """What a rule is about, without the day of its period, so that its periods can be gathered."""
    index = binding.period_index
    if index is None or index >= len(periods) or not binding.key:
        return binding.key
    return binding.key[:-1] if binding.key[-1] == periods[index].start_on.isoformat() else binding.key


def _named(part: str, names: Names) -> str:
    """A part of a key in names: ``organisation:sku`` becomes both, ``one+other`` both parties."""
    pieces = ([names.anything(party) for party in piece.split("+")] for piece in part.split(":"))
    return " ".join(figures.listed(piece) for piece in pieces)


def _sentence(rule: _Rule, periods: Sequence[Period], names: Names) -> str:
    text, index = rule.dearest.text, rule.dearest.period_index
    for part in rule.key:
        if ":" in part:
            text = text.replace(part, _named(part, names))
    if index is not None and index < len(periods):
        period = periods[index]
        many = len(set(rule.periods)) > 1
        said = "each of these periods" if many else figures.span(period.start_on, period.end_on)
        text = text.replace(f"the period of {period.start_on.isoformat()}", said)
    return figures.with_days(text)


def _when(indices: Sequence[int], periods: Sequence[Period]) -> str:
    inside = sorted({index for index in indices if index < len(periods)})
    if not inside:
        return "throughout"
    first, last = periods[inside[0]], periods[inside[-1]]
    gaps = len(inside) < inside[-1] - inside[0] + 1
    text = figures.span(first.start_on, last.end_on)
    return f"{len(inside)} periods within {text}" if gaps else text


def provenance_listing(comparison: Comparison) -> Listing | None:
    """Returns how each plan was made and how close to the best it is proved to be."""
    if not comparison.plans:
        return None
    currency = comparison.case.currency
    rows = []
    for plan in comparison.plans:
        made = plan.provenance
        rows.append(
            [
                words(RUN[plan.run]),
                money_cell(made.objective_value, currency),
                money_cell(made.bound_value, currency),
                words(figures.percent(made.gap_frac)),
                words("yes" if made.proved else "no"),
                words("whole gangs" if plan.strict_gangs else "duty"),
                words(made.method),
                words(made.solver),
                words(", ".join(f"{key} {value}" for key, value in made.options.items())),
                words(made.armslength_version),
            ]
        )
    heads = ("Run", "Value", "Bound", "Gap", "Proved", "Gangs", "Method", "Solver", "Options", "Armslength")
    caption = f"How the plans were made; value and bound in {currency}"
    return Listing(caption, heads, rows, frozenset({1, 2, 3}))


def runs_listing(comparison: Comparison, names: Names) -> Listing | None:
    """Returns the runs side by side, a row per organisation and run."""
    if not comparison.plans:
        return None
    currency = comparison.case.currency
    gains = {(v.organisation, v.run): v for v in comparison.verdicts}
    parties = list(dict.fromkeys(r.organisation for plan in comparison.plans for r in plan.results))
    if len(parties) > _PARTIES_MOST:
        size = {r.organisation: r.own_value for plan in comparison.plans for r in plan.results}
        parties.sort(key=lambda party: (-size[party], party))
    shown, more = cut(parties, _PARTIES_MOST)
    results = [{r.organisation: r for r in plan.results} for plan in comparison.plans]
    rows: list[list[Cell]] = []
    for party in shown:
        for i, (plan, by_party) in enumerate(zip(comparison.plans, results, strict=True)):
            result, verdict = by_party.get(party), gains.get((party, plan.run))
            if result is None:
                continue
            rows.append(
                [
                    Cell(names.organisation(party), css="" if i == 0 else "again"),
                    words(RUN[plan.run]),
                    money_cell(result.own_value, currency),
                    gpu_hours_cell(result.used_gpu_hours),
                    gpu_hours_cell(result.received_gpu_hours),
                    gpu_hours_cell(result.usable_gpu_hours),
                    gpu_hours_cell(result.idle_gpu_hours),
                    money_cell(verdict.settlement_value if verdict else None, currency, sign=True),
                    money_cell(verdict.gain_value if verdict else None, currency, sign=True),
                ]
            )
    return Listing(
        f"Money in {currency}; all else in GPU-hours. Used: by its own work, on anyone’s GPUs. "
        "Received, usable and idle: of the GPUs to which it holds title.",
        ("Organisation", "Run", "Own value", "Used", "Received", "Usable", "Idle", "Settlement", "Gain"),
        rows,
        frozenset(range(2, 9)),
        _run_totals(comparison) if len(parties) > 1 else (),
        more,
        "results.csv and verdicts.csv",
    )


def _run_totals(comparison: Comparison) -> list[list[Cell]]:
    currency = comparison.case.currency
    rows = []
    for plan in comparison.plans:
        gains = [v.gain_value for v in comparison.verdicts if v.run == plan.run]
        rows.append(
            [
                words("All"),
                words(RUN[plan.run]),
                money_cell(plan.total_value, currency),
                gpu_hours_cell(sum(r.used_gpu_hours for r in plan.results)),
                gpu_hours_cell(sum(r.received_gpu_hours for r in plan.results)),
                gpu_hours_cell(sum(r.usable_gpu_hours for r in plan.results)),
                gpu_hours_cell(sum(r.idle_gpu_hours for r in plan.results)),
                Cell(""),
                money_cell(sum(gains), currency, sign=True) if gains else Cell(""),
            ]
        )
    return rows
