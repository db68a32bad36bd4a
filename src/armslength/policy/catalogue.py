"""The policies by name, and what each can be asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from armslength.errors import InputError, UnknownName, nearest
from armslength.model.replay import Rules
from armslength.policy import (
    credit,
    fair_share_decay,
    follow_plan,
    guarantee_deserved,
    lend_reclaim,
    pooled,
    quota_borrow,
    static,
)
from armslength.policy.view import Decide

PLAIN = ("static", "pooled")
_MODULES: dict[str, ModuleType] = {
    "static": static,
    "pooled": pooled,
    "lend-reclaim": lend_reclaim,
    "quota-borrow": quota_borrow,
    "guarantee-deserved": guarantee_deserved,
    "fair-share-decay": fair_share_decay,
    "credit": credit,
    "plan": follow_plan,
}
# Policies that admit by quota serve each queue strictly or best-effort, as their schedulers do.
_BY_QUOTA = ("quota-borrow", "guarantee-deserved", "credit", "plan")
NAMES = tuple(_MODULES)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy and what it needs.

    Attributes:
        name: name, or the file of one's own.
        decide: the rule itself.
        keeps_alone_clock: whether it needs to know what happens alone.
        needs_plan: whether it needs a plan's entitlements.
        promise: for the rules in force, by how much at most a job may be later than alone; None without a promise.
        about: what it is, in a sentence.
    """

    name: str
    decide: Decide
    keeps_alone_clock: bool
    needs_plan: bool
    promise: Callable[[Rules], int] | None
    about: str


def policy_of(name: str, module: ModuleType | None = None) -> Policy:
    """Returns a policy by name, or the one that a module of one's own defines.

    Raises:
        UnknownName: when there is none of this name.
        InputError: when the module has no function ``decide``.
    """
    if module is None:
        if name not in _MODULES:
            hint = nearest(name, NAMES) or f"known: {', '.join(NAMES)}; or a file my_policy.py with decide(view)"
            raise UnknownName(f"there is no policy `{name}`", hint=hint)
        module = _MODULES[name]
    decide = getattr(module, "decide", None)
    if not callable(decide):
        raise InputError(f"{name}: defines no function decide(view)", hint="docs/how-to/write-a-policy.md shows one")
    return Policy(
        name=name,
        decide=decide,
        keeps_alone_clock=bool(getattr(module, "KEEPS_ALONE_CLOCK", False)),
        needs_plan=bool(getattr(module, "NEEDS_PLAN", False)),
        promise=getattr(module, "promised_delay_seconds", None),
        about=(module.__doc__ or name).strip().partition("\n")[0],
    )


def refuse_unfit(rules: Rules) -> None:
    """Refuses rules that a policy cannot follow, rather than leave part of them out.

    Raises:
        InputError: with what to ask for instead.
    """
    name = rules.policy
    if name not in _MODULES:
        return
    if rules.order == "srtf" and name not in PLAIN:
        hint = "use --order fifo, sjf or smallest; srtf goes with static and pooled"
        raise InputError(f"--order srtf stops jobs by itself, which {name} does in its own way", hint=hint)
    if rules.order == "srtf" and rules.backfill != "none":
        raise InputError("--order srtf leaves nothing to backfill", hint="leave --backfill out")
    if name in _BY_QUOTA and rules.backfill not in ("none", "best-effort"):
        hint = "use --backfill none (StrictFIFO) or best-effort (BestEffortFIFO)"
        raise InputError(f"{name} admits by quota and knows no reservations", hint=hint)
    known = getattr(_MODULES[name], "SETTINGS", ())
    for setting in rules.settings:
        if setting.name not in known:
            hint = nearest(setting.name, known) or (f"its settings: {', '.join(known)}" if known else "it has none")
            raise InputError(f"{name} has no setting `{setting.name}`", hint=hint)
