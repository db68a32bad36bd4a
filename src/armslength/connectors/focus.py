"""Metered use as a FOCUS 1.2 data set: who used which lot for how long, and who is charged for the idle rest.

Every metered interval of a lot is one origin: its capacity in GPU-seconds and what that costs. The rows allocated from
it add up to it exactly, in time and in money. Idle powered capacity is `Unused` and is charged to somebody.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from io import StringIO

from armslength.model.accounts import tree
from armslength.model.book import Recorded
from armslength.units import largest_remainder

METERED_TOPIC = "usage.metered"
# Columns of FOCUS 1.2, then our own, which the specification asks to begin with `x_`.
HEADS = (
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "CapacityReservationId",
    "CapacityReservationStatus",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SkuId",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "Tags",
    "x_EventId",
    "x_GpuSeconds",
    "x_OriginGpuSeconds",
    "x_OriginCost",
)
_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a GPU-hour costs, for charging.

    Attributes:
        price_per_gpu_hour: price; 0 shows hours only.
        currency: currency of the price, three letters.
    """

    price_per_gpu_hour: Decimal
    currency: str


def focus_csv(recorded: Iterable[Recorded], tariff: Tariff) -> Iterator[str]:
    """Yields the FOCUS data set of a book's metered use, header first.

    Args:
        recorded: events of one book, in its order; those that meter nothing are passed over.
        tariff: what a GPU-hour costs.
    """
    rows = list(recorded)
    undone = {row.event.of for row in rows if row.event.kind == "reverse"}
    yield _line(HEADS)
    for row in rows:
        if row.event.topic == METERED_TOPIC and row.event.kind == "post" and row.event.id not in undone:
            yield from _allocated(row, tariff)


def _allocated(row: Recorded, tariff: Tariff) -> Iterator[str]:
    """Yields the rows of one interval: each is a part of the origin, in time and in money."""
    parts = [entry for entry in row.moved if entry.side == "debit"]
    total = sum(entry.amount_count for entry in parts)
    origin = _money(total, tariff)
    cents = int(origin * 100)
    shares = [entry.amount_count * cents / total for entry in parts]
    for entry, share in zip(parts, largest_remainder(shares, cents), strict=True):
        cost = Decimal(share).scaleb(-2)
        yield _line(_cells(row, entry.account, entry.amount_count, cost, origin, total, tariff))


def _cells(
    row: Recorded, account: str, seconds: int, cost: Decimal, origin: Decimal, total: int, tariff: Tariff
) -> list[object]:
    event = row.event
    body = event.body
    _, user, lot = account.split("/")
    used = tree(account) == "metered"
    begin, end = datetime.fromisoformat(str(body["from_at"])), datetime.fromisoformat(str(body["until_at"]))
    hours, sku = _hours(seconds), str(body.get("sku", ""))
    price = tariff.price_per_gpu_hour
    told = f"Use of {lot} by {user}" if used else f"Idle powered capacity of {lot}, charged to {user}"
    values: dict[str, object] = {
        "BilledCost": cost,
        "BillingAccountId": event.organisation,
        "BillingAccountName": event.organisation,
        "BillingCurrency": tariff.currency,
        "BillingPeriodEnd": _stamp(_next_month(begin)),
        "BillingPeriodStart": _stamp(_month(begin)),
        "CapacityReservationId": lot,
        "CapacityReservationStatus": "Used" if used else "Unused",
        "ChargeCategory": "Usage",
        "ChargeDescription": told,
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": _stamp(end),
        "ChargePeriodStart": _stamp(begin),
        "ConsumedQuantity": hours,
        "ConsumedUnit": "GPU-Hours",
        "ContractedCost": cost,
        "ContractedUnitPrice": price,
        "EffectiveCost": cost,
        "InvoiceIssuerName": event.organisation,
        "ListCost": cost,
        "ListUnitPrice": price,
        "PricingCategory": "Standard",
        "PricingQuantity": hours,
        "PricingUnit": "GPU-Hours",
        "ProviderName": event.organisation,
        "PublisherName": event.organisation,
        "RegionId": body.get("site", ""),
        "ResourceId": lot,
        "ResourceName": lot,
        "ResourceType": "Accelerators",
        "ServiceCategory": "Compute",
        "ServiceName": "Accelerator time",
        "ServiceSubcategory": "Other (Compute)",
        "SkuId": sku,
        "SkuPriceId": sku,
        "SubAccountId": user,
        "SubAccountName": user,
        "Tags": "{}",
        "x_EventId": event.id,
        "x_GpuSeconds": seconds,
        "x_OriginGpuSeconds": total,
        "x_OriginCost": origin,
    }
    return [values.get(head, "") for head in HEADS]


def _money(seconds: int, tariff: Tariff) -> Decimal:
    """What some GPU-seconds cost, to the cent, rounded once."""
    exact = Decimal(seconds) * tariff.price_per_gpu_hour / _SECONDS_PER_HOUR
    return exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def _hours(seconds: int) -> Decimal:
    """GPU-hours, exact where they are, to nine decimals where they are not.

    >>> _hours(5400)
    Decimal('1.5')
    """
    hours = (Decimal(seconds) / _SECONDS_PER_HOUR).quantize(Decimal("1.000000000"))
    return hours.normalize() if hours % 1 else hours.quantize(Decimal(1))


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _month(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _next_month(at: datetime) -> datetime:
    first = _month(at)
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


def _line(cells: Iterable[object]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([str(cell) for cell in cells])
    return buffer.getvalue()
