"""The plan: what happens in each period, what it is worth to whom, what binds, and where the answer comes from."""

from datetime import date
from typing import Literal

from pydantic import Field

from armslength.model.agreement import AgreementKind
from armslength.model.case import Run
from armslength.model.noun import Noun

IdleCause = Literal[
    "no power",
    "no slot",
    "commissioning",
    "no work",
    "not allowed",
    "not worth it",
    "not in term",
    "lent unused",
]
IDLE_MEANING: dict[str, str] = {
    "no power": "no site open to them has power to spare, or the power where they stand has fallen",
    "no slot": "no site open to them has a free slot, or the slots where they stand have been cut",
    "commissioning": "received, but waiting for commissioning or in burn-in",
    "no work": "energised, but no work that may run there is left",
    "not allowed": "energised while work that fits waits elsewhere under rules that forbid it here",
    "not worth it": "could be used, but only at the cost of something worth more",
    "not in term": "outside the days of a rental or hosting offer",
    "lent unused": "lent out, and the borrower had no work for them",
}


class Period(Noun):
    """One cell of the time grid."""

    start_on: date = Field(description="First day.")
    end_on: date = Field(description="First day no longer in it.")
    counted_hours: float = Field(description="Hours counted in it.")


class Supply(Noun):
    """What an organisation holds title to, whether powered or not."""

    title: str = Field(description="Organisation holding title.")
    sku: str = Field(description="SKU.")
    period_index: int = Field(description="Period.")
    received_gpus: int = Field(description="Accelerators received by the end of the period.")
    received_gpu_hours: float = Field(description="GPU-hours from receipt on, in this period.")


class Holding(Noun):
    """Accelerators at a site, by who holds title."""

    title: str = Field(description="Organisation holding title.")
    sku: str = Field(description="SKU.")
    site: str = Field(description="Site with custody.")
    period_index: int = Field(description="Period.")
    installed_gpus: int = Field(description="Accelerators commissioned by the end of the period.")
    usable_gpu_hours: float = Field(description="GPU-hours that can be used in the period.")


class Use(Noun):
    """GPU-hours a workload uses."""

    workload: str = Field(description="Workload.")
    title: str = Field(description="Organisation holding title to the accelerators used.")
    sku: str = Field(description="SKU.")
    site: str = Field(description="Site.")
    period_index: int = Field(description="Period.")
    used_gpu_hours: float = Field(description="GPU-hours used.")


class WorkloadResult(Noun):
    """How far a workload gets."""

    workload: str = Field(description="Workload.")
    done_gpu_hours: float = Field(description="Work done, GPU-hours of the reference SKU.")
    wanted_gpu_hours: float | None = Field(description="Work wanted in the horizon; None where it has no end.")
    finished_on: date | None = Field(
        description="End of the period in which the last work is done; None if unfinished."
    )
    work_value: float = Field(description="Worth of the work done.")
    lateness_cost: float = Field(description="Cost of lateness.")
    use_cost: float = Field(description="Price paid for rented or hosted GPU-hours.")


class OrganisationResult(Noun):
    """What a run is worth to an organisation before settlement, and the GPU-hours behind it."""

    organisation: str = Field(description="Organisation.")
    own_value: float = Field(description="Worth of its own work, less lateness and use prices.")
    used_gpu_hours: float = Field(description="GPU-hours its workloads use, of anyone's accelerators.")
    usable_gpu_hours: float = Field(description="GPU-hours of its accelerators that can be used, by anyone.")
    received_gpu_hours: float = Field(description="GPU-hours of its accelerators since receipt.")
    idle_gpu_hours: float = Field(description="Received GPU-hours that nobody used.")


class Idle(Noun):
    """GPU-hours received and not used, by cause. Causes add up to the idle GPU-hours exactly."""

    title: str = Field(description="Organisation holding title.")
    sku: str = Field(description="SKU.")
    site: str | None = Field(description="Site, or None while in storage.")
    period_index: int = Field(description="Period.")
    cause: IdleCause = Field(description="Why.")
    idle_gpu_hours: float = Field(description="GPU-hours.")


class Deal(Noun):
    """An agreement that the plan implies between two organisations."""

    id: str = Field(description="Short name.")
    kind: AgreementKind = Field(description="Form.")
    giver: str = Field(description="Organisation that gives title, use or custody.")
    taker: str = Field(description="Organisation that receives it; the host under hosting.")
    sku: str = Field(description="SKU.")
    site: str = Field(description="Site where they stand.")
    most_gpus: int = Field(description="Largest quantity at a time.")
    moved_gpu_hours: float = Field(description="GPU-hours used under it.")
    from_on: date = Field(description="First day.")
    until_on: date = Field(description="First day no longer in it, at the latest the end of the horizon.")
    text: str = Field(description="What it is, in a sentence.")


class Binding(Noun):
    """A rule that holds with no room to spare, and what one more unit of it would be worth."""

    family: str = Field(description="Name of the rule.")
    key: tuple[str, ...] = Field(description="What it is about: sites, SKUs, workloads.")
    period_index: int | None = Field(description="Period, where it has one.")
    marginal_value: float = Field(description="Worth of one more `unit`.")
    unit: str = Field(description="Unit, such as MW for the period.")
    text: str = Field(description="The rule in a sentence.")


class Provenance(Noun):
    """Where a plan comes from; enough to make it again."""

    armslength_version: str = Field(description="Version that made it.")
    solver: str = Field(description="Solver and version.")
    method: str = Field(description="How it was solved.")
    options: dict[str, str] = Field(default_factory=dict, description="Options in force.")
    objective_value: float = Field(description="Total value of the plan.")
    bound_value: float = Field(description="No plan under the same rules can be worth more.")
    gap_frac: float = Field(description="(bound - objective) / |bound|.")
    proved: bool = Field(description="Whether the gap is within the one asked for.")


class Plan(Noun):
    """A checked answer to one run of a case."""

    case_id: str = Field(description="Case.")
    case_digest: str = Field(description="SHA-256 of the case as planned.")
    run: Run = Field(description="Which run.")
    strict_gangs: bool = Field(
        False, description="Whether a gang that runs in a period has its smallest size all through."
    )
    periods: tuple[Period, ...] = Field(description="The time grid.")
    supplies: tuple[Supply, ...] = Field(description="What has been received, by title.")
    holdings: tuple[Holding, ...] = Field(description="What stands where.")
    uses: tuple[Use, ...] = Field(description="What is used.")
    workloads: tuple[WorkloadResult, ...] = Field(description="How far each workload gets.")
    results: tuple[OrganisationResult, ...] = Field(description="What it is worth to each organisation.")
    idle: tuple[Idle, ...] = Field(description="What is idle and why.")
    deals: tuple[Deal, ...] = Field((), description="Agreements the plan implies.")
    bindings: tuple[Binding, ...] = Field((), description="Rules without room to spare, dearest first.")
    provenance: Provenance = Field(description="Where it comes from.")

    def result_of(self, organisation: str) -> OrganisationResult:
        """Returns the result of one organisation.

        Raises:
            KeyError: when the organisation is not in the plan.
        """
        for result in self.results:
            if result.organisation == organisation:
                return result
        raise KeyError(organisation)

    @property
    def total_value(self) -> float:
        """Worth of everyone's work together."""
        return sum(result.own_value for result in self.results)
