"""The tables beside the report: one CSV file each, UTF-8, exact figures, days instead of indices.

Units stand in the column names; money columns end in the case's currency. Every file is written, with its
header, even when it has no rows, so that a reader can rely on it. Rows stream, so size costs no memory.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from armslength.model.comparison import Comparison
from armslength.model.estimate import Figure
from armslength.model.plan import Plan
from armslength.render.words import Names, names_of

Row = Sequence[object]
Days = list[tuple[str, str]]
_WHERE = "run period_start_on period_end_on"


def write_tables(comparison: Comparison, folder: Path) -> tuple[Path, ...]:
    """Writes every table of a comparison into a folder, which is made if need be.

    Args:
        comparison: what to write.
        folder: where the files go; files of the same names are replaced.

    Returns:
        The files written, in alphabetical order.

    Raises:
        OSError: when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = names_of(comparison.case)
    money = re.sub(r"\W+", "_", comparison.case.currency)
    return tuple(
        _write(folder / f"{name}.csv", heads.replace("$", money).split(), rows(comparison, names))
        for name, (heads, rows) in sorted(_TABLES.items())
    )


def _write(path: Path, heads: Sequence[str], rows: Iterable[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heads)
        writer.writerows(rows)
    return path


def _number(value: float | None) -> object:
    """A number without the noise of binary fractions; whole ones without a decimal point."""
    if value is None:
        return ""
    short = round(value, 6)
    return int(short) if short == int(short) else short


def _days(plan: Plan) -> Days:
    return [(period.start_on.isoformat(), period.end_on.isoformat()) for period in plan.periods]


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""


def _results(comparison: Comparison, names: Names) -> Iterator[Row]:
    for plan in comparison.plans:
        for r in plan.results:
            hours = (r.used_gpu_hours, r.received_gpu_hours, r.usable_gpu_hours, r.idle_gpu_hours)
            name = names.organisation(r.organisation)
            yield (plan.run, r.organisation, name, _number(r.own_value), *map(_number, hours))


def _verdicts(comparison: Comparison, names: Names) -> Iterator[Row]:
    for v in comparison.verdicts:
        values = (
            v.alone_value,
            v.run_value,
            v.settlement_value,
            v.gain_value,
            v.gain_value_low,
            v.gain_value_high,
        )
        more = (v.make_whole_cost, v.used_gpu_hours, v.usable_gpu_hours)
        head = (v.run, v.organisation, names.organisation(v.organisation), v.standing)
        yield (*head, *map(_number, values), *map(_number, more), v.best_alternative or "", v.text)


def _supplies(comparison: Comparison, names: Names) -> Iterator[Row]:
    for plan in comparison.plans:
        days = _days(plan)
        for s in plan.supplies:
            yield (
                plan.run,
                *days[s.period_index],
                s.title,
                s.sku,
                s.received_gpus,
                _number(s.received_gpu_hours),
            )


def _holdings(comparison: Comparison, names: Names) -> Iterator[Row]:
    for plan in comparison.plans:
        days = _days(plan)
        for h in plan.holdings:
            place = (plan.run, *days[h.period_index], h.title, h.sku, h.site)
            yield (*place, h.installed_gpus, _number(h.usable_gpu_hours))


def _uses(comparison: Comparison, names: Names) -> Iterator[Row]:
    owners = {workload.id: workload.owner for workload in comparison.case.workloads}
    for plan in comparison.plans:
        days = _days(plan)
        for u in plan.uses:
            place = (
                plan.run,
                *days[u.period_index],
                owners.get(u.workload, ""),
                u.workload,
                u.title,
                u.sku,
                u.site,
            )
            yield (*place, _number(u.used_gpu_hours))


def _idle(comparison: Comparison, names: Names) -> Iterator[Row]:
    for plan in comparison.plans:
        days = _days(plan)
        for i in plan.idle:
            place = (plan.run, *days[i.period_index], i.title, i.sku, i.site or "", i.cause)
            yield (*place, _number(i.idle_gpu_hours))


def _workloads(comparison: Comparison, names: Names) -> Iterator[Row]:
    owners = {workload.id: workload.owner for workload in comparison.case.workloads}
    for plan in comparison.plans:
        for w in plan.workloads:
            head = (plan.run, owners.get(w.workload, ""), w.workload, names.workload(w.workload))
            done = (_number(w.done_gpu_hours), _number(w.wanted_gpu_hours), _day(w.finished_on))
            yield (*head, *done, _number(w.work_value), _number(w.lateness_cost), _number(w.use_cost))


def _deals(comparison: Comparison, names: Names) -> Iterator[Row]:
    for plan in comparison.plans:
        for d in plan.deals:
            days = (d.from_on.isoformat(), d.until_on.isoformat())
            what = (d.giver, d.taker, d.sku, d.site, d.most_gpus, _number(d.moved_gpu_hours))
            yield (plan.run, d.id, d.kind, *what, *days, d.text)


def _bindings(comparison: Comparison, names: Names) -> Iterator[Row]:
    for plan in comparison.plans:
        days = _days(plan)
        for b in plan.bindings:
            when = ("", "") if b.period_index is None else days[b.period_index]
            yield (plan.run, *when, b.family, "; ".join(b.key), _number(b.marginal_value), b.unit, b.text)


def _splits(comparison: Comparison, names: Names) -> Iterator[Row]:
    for split in comparison.splits:
        core = "" if split.in_core is None else "yes" if split.in_core else "no"
        for s in split.shares:
            values = (s.alone_value, s.shared_value, s.payoff_value, s.gain_value, s.settlement_value)
            against = ("; ".join(split.objectors), _number(split.objection_value), split.note)
            chosen = "yes" if split.chosen else "no"
            yield (split.rule, chosen, s.organisation, *map(_number, values), core, *against)


def _payments(comparison: Comparison, names: Names) -> Iterator[Row]:
    for payment in comparison.payments:
        yield (payment.payer, payment.payee, _number(payment.amount_cost))


def _answers(comparison: Comparison, names: Names) -> Iterator[Row]:
    for a in comparison.answers:
        for point in a.points:
            pairs = list(zip((*a.axes, "", ""), (*point.labels, "", ""), strict=False))[:2]
            tried = [text for pair in pairs for text in pair]
            found = (_number(point.gain_value), _number(point.used_gpu_hours))
            yield (a.question, a.organisation, *tried, *found, _day(a.break_even_on))


def _sizes(comparison: Comparison, names: Names) -> Iterator[Row]:
    for sizing in comparison.sizings:
        for what, figure in (("size", sizing.size), *(("input", figure) for figure in sizing.inputs)):
            repeated = "yes" if sizing.repeated else "no"
            yield (sizing.workload, sizing.model, repeated, what, figure.name, *_banded(figure), figure.source)


def _prospects(comparison: Comparison, names: Names) -> Iterator[Row]:
    for prospect in comparison.prospects:
        where = (prospect.lot, prospect.organisation, str(prospect.lot_gpus))
        for figure in (prospect.waiting, prospect.months, prospect.model_flop):
            yield (*where, "", figure.name, *_banded(figure), figure.source)
        for row in prospect.runs:
            yield (*where, row.model, row.runs.name, *_banded(row.runs), row.runs.source)


def _banded(figure: Figure) -> Row:
    return (_number(figure.quantity_low), _number(figure.central_quantity), _number(figure.quantity_high), figure.unit)


_TABLES: dict[str, tuple[str, Callable[[Comparison, Names], Iterator[Row]]]] = {
    "results": (
        """run organisation organisation_name own_value_$
        used_gpu_hours received_gpu_hours usable_gpu_hours idle_gpu_hours""",
        _results,
    ),
    "verdicts": (
        """run organisation organisation_name standing alone_value_$ run_value_$ settlement_value_$
        gain_value_$ gain_value_low_$ gain_value_high_$ make_whole_cost_$
        used_more_gpu_hours usable_more_gpu_hours best_alternative text""",
        _verdicts,
    ),
    "supplies": (f"{_WHERE} title sku received_gpus received_gpu_hours", _supplies),
    "holdings": (f"{_WHERE} title sku site installed_gpus usable_gpu_hours", _holdings),
    "uses": (f"{_WHERE} user workload title sku site used_gpu_hours", _uses),
    "idle": (f"{_WHERE} title sku site cause idle_gpu_hours", _idle),
    "workloads": (
        """run owner workload workload_name done_gpu_hours wanted_gpu_hours finished_on
        work_value_$ lateness_cost_$ use_cost_$""",
        _workloads,
    ),
    "deals": (
        "run deal kind giver taker sku site most_gpus moved_gpu_hours from_on until_on text",
        _deals,
    ),
    "bindings": (f"{_WHERE} family key marginal_value_$ for_one_more text", _bindings),
    "splits": (
        """rule chosen organisation alone_value_$ shared_value_$ payoff_value_$ gain_value_$
        settlement_value_$ in_core objectors objection_value_$ note""",
        _splits,
    ),
    "payments": ("payer payee amount_cost_$", _payments),
    "sizes": ("workload model repeated what name low_quantity central_quantity high_quantity unit source", _sizes),
    "prospects": (
        "lot organisation lot_gpus model name low_quantity central_quantity high_quantity unit source",
        _prospects,
    ),
    "answers": (
        """question organisation first_fact first_value second_fact second_value
        gain_value_$ used_more_gpu_hours break_even_on""",
        _answers,
    ),
}
