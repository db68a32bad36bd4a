"""Rows of related-party disclosure over all the agreements of an organisation; and the time, for whoever prints."""

from datetime import UTC, datetime

from armslength.errors import UnknownName
from armslength.governance.disclosure import disclosures as rows_of
from armslength.model.disclosure import Disclosure
from armslength.service.agreeing import agreements, look
from armslength.store.books import Books


def now() -> datetime:
    """Returns the time, UTC."""
    return datetime.now(UTC)


def disclosures(books: Books, organisation: str, at: datetime) -> tuple[Disclosure, ...]:
    """Returns the rows that an organisation's agreements give, rule by rule."""
    found: list[Disclosure] = []
    for name in agreements(books, organisation):
        try:
            seen = look(books, name, organisation, at)
        except UnknownName:
            continue
        found += rows_of(seen.state, seen.conditions, organisation)
    return tuple(sorted(found, key=lambda row: (row.rule, row.agreement, row.person or "")))
