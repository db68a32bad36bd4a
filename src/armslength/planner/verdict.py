"""Is anybody better or worse off than alone: by how much, when, and what would make them whole."""

from collections import defaultdict

from armslength.model.case import Case, Run
from armslength.model.comparison import Change, Payment, Verdict
from armslength.model.plan import Plan
from armslength.planner.calendar import Calendar
from armslength.planner.scope import in_force
from armslength.planner.tabulate_demand import demand_table
from armslength.units import in_words

LEAST_PAYMENT = 1.0  # smaller amounts come from rounding to whole accelerators
SAME_FRAC = 1e-6  # differences below this share of the worth are the solver's rounding


def agreed_settlements(case: Case) -> dict[str, float]:
    """Returns what each organisation receives (pays, negative) under agreements in force."""
    net: dict[str, float] = defaultdict(float)
    for row in case.settlements:
        if row.agreement in in_force(case):
            net[row.payee] += row.amount_cost
            net[row.payer] -= row.amount_cost
    return net


def verdicts(
    case: Case,
    run: Run,
    alone: Plan,
    plan: Plan,
    settlement: dict[str, float],
    alternatives: dict[str, tuple[str, float]],
) -> tuple[Verdict, ...]:
    """Returns each organisation's verdict on a run.

    Args:
        alone: the plan of everyone alone.
        plan: the plan of the run.
        settlement: money received in the run, by organisation.
        alternatives: (name, worth) of the best other realistic option, where it beats being alone.
    """
    low, high = (_values_at(case, end, alone, plan) for end in ("low", "high"))
    result = []
    for row in case.organisations:
        name = row.id
        before, after = alone.result_of(name), plan.result_of(name)
        option, floor = alternatives.get(name, (None, before.own_value))
        paid = settlement.get(name, 0.0)
        gain = after.own_value + paid - floor
        gain = gain if abs(gain) > SAME_FRAC * max(abs(floor), abs(after.own_value), 1.0) else 0.0
        ends = sorted((low[name] + paid, high[name] + paid)) if option is None and _priced(case, name) else (None, None)
        changes = _changes(case, name, alone, plan)
        used = beyond_rounding(after.used_gpu_hours - before.used_gpu_hours, before.received_gpu_hours)
        usable = sum(change.usable_gpu_hours for change in changes)
        usable = beyond_rounding(usable, before.received_gpu_hours)
        standing = "same" if gain == 0 else ("better" if gain > 0 else "worse")
        result.append(
            Verdict(
                organisation=name,
                run=run,
                standing=standing,  # type: ignore[arg-type]
                alone_value=floor,
                best_alternative=option,
                run_value=after.own_value,
                settlement_value=paid,
                gain_value=gain,
                gain_value_low=ends[0],
                gain_value_high=ends[1],
                used_gpu_hours=used,
                usable_gpu_hours=usable,
                make_whole_cost=max(0.0, -gain) if standing == "worse" else 0.0,
                changes=changes,
                text=_text(case, name, standing, gain, used, changes, plan, option),
            )
        )
    return tuple(result)


def beyond_rounding(hours: float, received: float) -> float:
    """Returns GPU-hours, or 0 where whole accelerators make a difference too small to count."""
    return hours if abs(hours) > SAME_FRAC * max(received, 1.0) else 0.0


def _priced(case: Case, organisation: str) -> bool:
    return any(row.owner == organisation and row.work_value_per_gpu_hour is None for row in case.workloads)


def _values_at(case: Case, end: str, alone: Plan, plan: Plan) -> dict[str, float]:
    """Returns each organisation's gain with the same two plans, valued at the low or high market prices."""
    prices = tuple(
        row.model_copy(
            update={
                "market_price_per_gpu_hour": _end(
                    row.market_price_per_gpu_hour,
                    row.market_price_per_gpu_hour_low if end == "low" else row.market_price_per_gpu_hour_high,
                )
            }
        )
        for row in case.prices
    )
    demand = demand_table(case.model_copy(update={"prices": prices}), Calendar(case.horizon))
    workload = {row.id: index for index, row in enumerate(case.workloads)}
    sku = {row.id: index for index, row in enumerate(case.skus)}
    owner = {row.id: row.owner for row in case.workloads}
    gain: dict[str, float] = defaultdict(float)
    for sign, rows in ((1.0, plan), (-1.0, alone)):
        for use in rows.uses:
            rate = demand.worth[workload[use.workload], sku[use.sku], use.period_index]
            gain[owner[use.workload]] += sign * float(rate) * use.used_gpu_hours
        for row in rows.workloads:
            gain[owner[row.workload]] -= sign * (row.lateness_cost + row.use_cost)
    return gain


def _end(central: float, end: float | None) -> float:
    return central if end is None else end


def _changes(case: Case, organisation: str, alone: Plan, plan: Plan) -> tuple[Change, ...]:
    owner = {row.id: row.owner for row in case.workloads}
    used: dict[int, float] = defaultdict(float)
    usable: dict[int, float] = defaultdict(float)
    for sign, rows in ((1.0, plan), (-1.0, alone)):
        for use in rows.uses:
            if owner[use.workload] == organisation:
                used[use.period_index] += sign * use.used_gpu_hours
            # To have the use is what counts: own hardware less what others use of it, and what it uses of theirs.
            if owner[use.workload] == organisation != use.title:
                usable[use.period_index] += sign * use.used_gpu_hours
            elif owner[use.workload] != organisation == use.title:
                usable[use.period_index] -= sign * use.used_gpu_hours
        for holding in rows.holdings:
            if holding.title == organisation:
                usable[holding.period_index] += sign * holding.usable_gpu_hours
    return tuple(
        Change(period_index=t, used_gpu_hours=used[t], usable_gpu_hours=usable[t])
        for t in sorted(set(used) | set(usable))
        if abs(used[t]) > 0.5 or abs(usable[t]) > 0.5
    )


def _text(
    case: Case,
    organisation: str,
    standing: str,
    gain: float,
    used: float,
    changes: tuple[Change, ...],
    plan: Plan,
    option: str | None,
) -> str:
    name = next(row.name or row.id for row in case.organisations if row.id == organisation)
    against = f"its next best option ({option})" if option else "standing alone"
    if standing == "same":
        return f"{name} is neither better nor worse off than {against}."
    money = in_words(abs(gain), case.currency)
    hours = f"{in_words(abs(used), 'GPU-hours')} {'more' if used > 0 else 'fewer'}"
    spans = _spans([change for change in changes if abs(change.used_gpu_hours) > 0.5], plan)
    when = f", {spans}" if spans else ""
    work = f": its work gets {hours}{when}" if abs(used) > 0.5 else ""
    return f"{name} is {standing} off than {against} by {money}{work}."


def _spans(changes: list[Change], plan: Plan) -> str:
    """Returns when the changes happen, in words: the first and last day."""
    if not changes:
        return ""
    first, last = plan.periods[changes[0].period_index], plan.periods[changes[-1].period_index]
    return f"between {first.start_on} and {last.end_on}"


def fewest_payments(net: dict[str, float]) -> tuple[Payment, ...]:
    """Returns payments that settle net amounts: the largest debtor pays the largest creditor, until nothing is left.

    Args:
        net: money to receive (pay, negative), by organisation; adds up to zero.
    """
    rest = {name: amount for name, amount in net.items() if abs(amount) >= LEAST_PAYMENT}
    payments = []
    while rest:
        payer = min(rest, key=lambda name: (rest[name], name))
        payee = max(rest, key=lambda name: (rest[name], name))
        amount = min(-rest[payer], rest[payee])
        if amount < LEAST_PAYMENT:
            break
        payments.append(Payment(payer=payer, payee=payee, amount_cost=amount))
        rest[payer] += amount
        rest[payee] -= amount
        rest = {name: value for name, value in rest.items() if abs(value) >= LEAST_PAYMENT}
    return tuple(payments)
