"""Roles and links of a case to records in every organisation's book: what it knew of itself and of the others.

They move nothing. Whoever deals with another has to know who stands behind it.
"""

from collections.abc import Iterator
from datetime import date

from armslength.connectors.book_sheet import Act, Sheet, told
from armslength.model.accounts import MICRO_SHARES
from armslength.model.case import Case
from armslength.model.governance import Link, Role
from armslength.model.supply import Organisation


def write_tie(sheet: Sheet, case: Case, row: Role | Link, on: date, of: str = "") -> None:
    """Writes a role or a link into the book of every organisation of the case.

    Args:
        sheet: receives the records.
        case: the case of the row.
        row: what is written.
        on: day from which it was known.
        of: id of the organisation in whose row a link stands, if it does.
    """
    post = isinstance(row, Role)
    holder, target = (row.person, row.organisation) if isinstance(row, Role) else (row.holder, row.target)
    share = row.share_frac if isinstance(row, Link) else None
    body = told(
        row,
        holder=holder,
        target=target,
        kind=row.kind,
        committee=row.committee if isinstance(row, Role) else None,
        share_micro_count=None if share is None else round(share * MICRO_SHARES),
        from_on=row.from_on.isoformat() if row.from_on else None,
        until_on=row.until_on.isoformat() if row.until_on else None,
    )
    table = "role" if post else "link"
    acts = [Act(one.id) for one in case.organisations]
    if acts:
        sheet.add(":".join(part for part in (table, of, row.id) if part), on, f"case.{table}", acts, body)


def ties_of(case: Case, row: Organisation) -> Iterator[Link]:
    """Yields the shares that an organisation's own row names, and its controller where no link names one."""
    for held in row.owns:
        if held.share_frac:
            yield Link(
                id=f"owns:{held.organisation}",
                holder=row.id,
                target=held.organisation,
                kind="owns",
                share_frac=held.share_frac,
                from_on=held.from_on,
                source=row.source,
                confidence=row.confidence,
            )
    linked = any(link.kind == "controls" and link.target == row.id for link in case.links)
    if row.controlled_by and not linked:
        yield Link(
            id="controls",
            holder=row.controlled_by,
            target=row.id,
            kind="controls",
            source=row.source,
            confidence=row.confidence,
        )
