"""Armslength plans, brokers and accounts for AI accelerators shared by several organisations."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from armslength.connectors.case_file import read_case
    from armslength.planner.explain import explain
    from armslength.service.dossier import check_as_planned as check
    from armslength.service.planning import plan_case as plan

__all__ = ["check", "explain", "plan", "read_case"]
__version__ = "0.1.0"

_HOMES = {
    "read_case": ("armslength.connectors.case_file", "read_case"),
    "plan": ("armslength.service.planning", "plan_case"),
    "check": ("armslength.service.dossier", "check_as_planned"),
    "explain": ("armslength.planner.explain", "explain"),
}


def __getattr__(name: str) -> Any:
    """Loads the public functions on first use, so that `armslength --help` starts at once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'armslength' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
