"""Names and words: what people call the things whose ids and codes stand in a case and its plans."""

from dataclasses import dataclass

from armslength.model.case import Case
from armslength.model.comparison import Comparison

RUN: dict[str, str] = {"alone": "Alone", "as_agreed": "As agreed", "shared": "Shared"}
RUN_MEANING: dict[str, str] = {
    "alone": "each organisation plans with only its own lots and sites",
    "as_agreed": "the agreements in force are given; all else is chosen as well as possible",
    "shared": "the planner chooses the deals, and nobody may end up worse off than alone",
}
RUN_PHRASE: dict[str, str] = {"alone": "Alone", "as_agreed": "As agreed", "shared": "By sharing"}
STANDING: dict[str, str] = {
    "better": "better off",
    "same": "neither better nor worse off",
    "worse": "worse off",
}
STANDING_MARK: dict[str, str] = {"better": "▲", "same": "=", "worse": "▼"}
KIND: dict[str, str] = {
    "redirect": "Redirect",
    "slot_swap": "Slot swap",
    "loan": "Loan",
    "hosting": "Hosting",
    "capacity_lease": "Capacity lease",
    "contribution": "Contribution",
}
KIND_MEANING: dict[str, str] = {
    "redirect": "title of a lot moves before receipt",
    "slot_swap": "title against title, at two dates",
    "loan": "use moves for a term; equivalents return",
    "hosting": "custody at another’s site; use stays",
    "capacity_lease": "use of energised GPUs in place",
    "contribution": "use of energised GPUs against equity",
}
STATE: dict[str, str] = {
    "proposed": "proposed",
    "approved": "approved",
    "in_force": "in force",
    "ended": "ended",
}
SPLIT: dict[str, str] = {
    "equal_gain": "Equal gain",
    "shapley": "Shapley value",
    "nucleolus": "Nucleolus",
    "proportional": "Proportional",
}
SPLIT_PHRASE: dict[str, str] = {
    "equal_gain": "equal gain",
    "shapley": "Shapley value",
    "nucleolus": "nucleolus",
    "proportional": "proportion to contribution",
}
METRIC: dict[str, str] = {
    "ordered": "ordered",
    "received": "received",
    "installed": "installed",
    "energised": "energised (active)",
    "h100_equivalent": "H100-equivalents",
    "money_spent": "money spent",
}
CONFIDENCE: dict[str, str] = {
    "A": "A: primary or close to it",
    "B": "B: established press or named analyst",
    "C": "C: secondary; a lead only",
    "ours": "our arithmetic",
    "assumption": "assumption",
}
NO_DETRIMENT: dict[str, str] = {
    "in_kind": "in kind: nobody’s own work is worth less than alone",
    "money": "with money: nobody is worth less than alone after settlement",
    "both": "both in kind and after settlement",
}
BINDING_STATES = ("approved", "in_force")


@dataclass(frozen=True, slots=True)
class Names:
    """What to print for an id; the id itself where nothing better is known."""

    by_table: dict[str, dict[str, str]]

    def organisation(self, key: str) -> str:
        """Returns an organisation's name."""
        return self.by_table["organisations"].get(key) or key

    def site(self, key: str | None) -> str:
        """Returns a site's name, or words for storage."""
        return "Storage" if key is None else self.by_table["sites"].get(key) or key

    def sku(self, key: str | None) -> str:
        """Returns a SKU's name."""
        return "" if key is None else self.by_table["skus"].get(key) or key

    def workload(self, key: str) -> str:
        """Returns a workload's name."""
        return self.by_table["workloads"].get(key) or key

    def agreement(self, key: str) -> str:
        """Returns an agreement's name."""
        return self.by_table["agreements"].get(key) or key

    def source(self, key: str | None) -> str:
        """Returns a source's title; words that are no id of a source stand for themselves."""
        return "" if key is None else self.by_table["sources"].get(key) or key

    def anything(self, key: str) -> str:
        """Returns the name of whatever has this id: the first table that knows it."""
        return next((names[key] for names in self.by_table.values() if names.get(key)), key)


def names_of(case: Case) -> Names:
    """Returns the names of everything in a case; of several versions of one fact the last named counts."""
    return Names(
        {
            "organisations": {row.id: row.name for row in case.organisations if row.name},
            "sites": {row.id: row.name for row in case.sites if row.name},
            "skus": {row.id: row.name for row in case.skus if row.name},
            "workloads": {row.id: row.name for row in case.workloads if row.name},
            "agreements": {row.id: row.name for row in case.agreements if row.name},
            "sources": {row.id: row.title for row in case.sources},
        }
    )


def title_of(case: Case) -> str:
    """Returns what to call a case."""
    return case.title or case.id


def main_run(comparison: Comparison) -> str | None:
    """Returns the run whose verdict is told first: what was agreed where anything binds, else sharing."""
    judged = {verdict.run for verdict in comparison.verdicts}
    agreed = any(agreement.state in BINDING_STATES for agreement in comparison.case.agreements)
    if "as_agreed" in judged and (agreed or "shared" not in judged):
        return "as_agreed"
    return "shared" if "shared" in judged else None
