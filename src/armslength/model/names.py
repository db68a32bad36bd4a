"""What to call the things of a case in sentences."""

from armslength.model.case import Case


def names_of(case: Case) -> dict[str, str]:
    """Returns the name to print of every organisation, SKU, site and workload, by id; the id where there is no name."""
    named = (
        [(row.id, row.name) for row in case.workloads]
        + [(row.id, row.name) for row in case.sites]
        + [(row.id, row.name) for row in case.skus]
        + [(row.id, row.name) for row in case.organisations]
    )
    return {key: name or key for key, name in named}
